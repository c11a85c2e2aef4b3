-- Hospitals share one database. Each is a tenant: what belongs to one must never reach another.
CREATE TYPE profession AS ENUM ('doctor', 'nurse', 'clerk');
CREATE TYPE prescription_status AS ENUM ('prescribed', 'given', 'withheld', 'cancelled');
CREATE TYPE invoice_state AS ENUM ('draft', 'sent', 'paid', 'void');

CREATE TABLE hospitals (
  id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  city text NOT NULL
);

CREATE TABLE wards (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hospital_id uuid NOT NULL REFERENCES hospitals (id),
  name        text NOT NULL,
  beds        smallint NOT NULL CHECK (beds > 0),
  UNIQUE (hospital_id, name)
);

CREATE TABLE staff (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hospital_id uuid NOT NULL REFERENCES hospitals (id),
  ward_id     bigint REFERENCES wards (id),
  full_name   text NOT NULL,
  profession  profession NOT NULL,
  is_active   boolean NOT NULL DEFAULT true
);

CREATE TABLE patients (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hospital_id uuid NOT NULL REFERENCES hospitals (id),
  full_name   text NOT NULL,
  born_on     date NOT NULL,
  is_sealed   boolean NOT NULL DEFAULT false,
  UNIQUE (hospital_id, id)
);
COMMENT ON COLUMN patients.is_sealed IS 'The record is for those who treat the patient only.';

-- Has no hospital of its own: an admission belongs to the hospital of its patient.
CREATE TABLE admissions (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  patient_id    bigint NOT NULL REFERENCES patients (id),
  ward_id       bigint NOT NULL REFERENCES wards (id),
  admitted_at   timestamptz NOT NULL DEFAULT now(),
  discharged_at timestamptz
);
CREATE INDEX ON admissions (ward_id) WHERE discharged_at IS NULL;

CREATE TABLE medications (
  code text PRIMARY KEY,
  name text NOT NULL
);

-- Two steps from its hospital: admission, patient.
CREATE TABLE prescriptions (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  admission_id    bigint NOT NULL REFERENCES admissions (id),
  prescriber_id   bigint NOT NULL REFERENCES staff (id),
  medication_code text NOT NULL REFERENCES medications (code),
  dose_mg         numeric(8, 2) NOT NULL CHECK (dose_mg > 0),
  status          prescription_status NOT NULL DEFAULT 'prescribed'
);

-- The composite key keeps an invoice's patient in the invoice's own hospital.
CREATE TABLE invoices (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hospital_id uuid NOT NULL REFERENCES hospitals (id),
  patient_id  bigint NOT NULL,
  amount      numeric(12, 2) NOT NULL,
  state       invoice_state NOT NULL DEFAULT 'draft',
  FOREIGN KEY (hospital_id, patient_id) REFERENCES patients (hospital_id, id)
);

CREATE TABLE access_log (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hospital_id uuid NOT NULL REFERENCES hospitals (id),
  staff_id    bigint NOT NULL REFERENCES staff (id),
  patient_id  bigint REFERENCES patients (id),
  action      text NOT NULL,
  happened_at timestamptz NOT NULL DEFAULT now()
);
