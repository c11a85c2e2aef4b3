//! Roles, traversals of two steps, checks, restrictive policies and grants.

use expect_test::expect;
use postgres::Client;

use crate::{Example, changed, column, create_role, isolation, refused, run};

#[test]
fn every_table_with_an_owner_is_isolated() {
    expect![[r#"
        access_log: PROVEN PROVEN DENIED DENIED
        admissions: PROVEN PROVEN PROVEN DENIED
        hospitals: PROVEN DENIED DENIED DENIED
        invoices: PROVEN PROVEN PROVEN PROVEN
        patients: PROVEN PROVEN PROVEN DENIED
        prescriptions: PROVEN PROVEN PROVEN DENIED
        staff: PROVEN DENIED DENIED DENIED
        wards: PROVEN DENIED DENIED DENIED
    "#]]
    .assert_eq(&isolation(&Example::load("hospital").check()));
}

#[test]
fn nothing_is_complained_of() {
    let example = Example::load("hospital");
    expect![[r#""#]].assert_eq(&example.complaints(&example.check()));
}

const NORTH: &str = "00000000-0000-0000-0000-00000000000a";
const SOUTH: &str = "00000000-0000-0000-0000-00000000000b";

/// Two hospitals; the northern one has two wards with a patient each, of whom the second is under seal.
fn hospitals() -> Client {
    let example = Example::load("hospital");
    let mut client = crate::server::Database::create().connect();
    run(&mut client, example.schema());
    for role in ["doctor", "nurse", "billing", "auditor"] {
        create_role(&mut client, role);
    }
    run(&mut client, &example.sql());
    run(
        &mut client,
        &format!(
            "INSERT INTO hospitals VALUES ('{NORTH}', 'North', 'Bergen'), ('{SOUTH}', 'South', 'Graz');
             INSERT INTO medications VALUES ('A01', 'aspirin');
             INSERT INTO wards (hospital_id, name, beds)
               VALUES ('{NORTH}', 'one', 8), ('{NORTH}', 'two', 8), ('{SOUTH}', 'three', 8);
             INSERT INTO staff (hospital_id, full_name, profession)
               VALUES ('{NORTH}', 'Dr North', 'doctor'), ('{SOUTH}', 'Dr South', 'doctor');
             INSERT INTO patients (hospital_id, full_name, born_on, is_sealed) VALUES
               ('{NORTH}', 'Ada', '1990-01-01', false), ('{NORTH}', 'Bo', '1990-01-01', true),
               ('{SOUTH}', 'Cy', '1990-01-01', false);
             INSERT INTO admissions (patient_id, ward_id) VALUES (1, 1), (2, 2), (3, 3);
             INSERT INTO prescriptions (admission_id, prescriber_id, medication_code, dose_mg)
               VALUES (1, 1, 'A01', 10), (2, 1, 'A01', 20), (3, 2, 'A01', 30);
             INSERT INTO invoices (hospital_id, patient_id, amount, state)
               VALUES ('{NORTH}', 1, 100, 'draft'), ('{NORTH}', 1, 200, 'paid'), ('{SOUTH}', 3, 300, 'draft')"
        ),
    );
    client
}

fn become_role(client: &mut Client, role: &str, hospital: &str, staff: u32, ward: u32) {
    run(
        client,
        &format!(
            "RESET ROLE; SET ROLE {role}; SET app.hospital_id = '{hospital}';
             SET app.staff_id = '{staff}'; SET app.ward_id = '{ward}'"
        ),
    );
}

#[test]
fn each_role_sees_its_part_of_its_own_hospital() {
    let mut client = hospitals();
    let patients = "SELECT full_name FROM patients ORDER BY 1";
    let doses = "SELECT dose_mg::int FROM prescriptions ORDER BY 1";

    become_role(&mut client, "doctor", NORTH, 1, 0);
    assert_eq!(column(&mut client, patients), ["Ada", "Bo"]);
    assert_eq!(column(&mut client, doses), ["10", "20"]);

    become_role(&mut client, "nurse", NORTH, 1, 2);
    assert_eq!(column(&mut client, patients), ["Ada", "Bo"]);
    assert_eq!(column(&mut client, doses), ["20"]);

    // The ward of another hospital shows nothing.
    become_role(&mut client, "nurse", NORTH, 1, 3);
    assert!(column(&mut client, doses).is_empty());

    become_role(&mut client, "billing", NORTH, 1, 0);
    assert_eq!(column(&mut client, patients), ["Ada"]);
    assert_eq!(column(&mut client, "SELECT amount::int FROM invoices ORDER BY 1"), ["100", "200"]);

    become_role(&mut client, "auditor", SOUTH, 2, 0);
    assert_eq!(column(&mut client, patients), ["Cy"]);
    assert_eq!(column(&mut client, doses), ["30"]);
    assert_eq!(column(&mut client, "SELECT amount::int FROM invoices"), ["300"]);
}

#[test]
fn checks_bind_what_is_written() {
    let mut client = hospitals();
    let prescribe = |admission: u32, prescriber: u32| {
        format!(
            "INSERT INTO prescriptions (admission_id, prescriber_id, medication_code, dose_mg)
             VALUES ({admission}, {prescriber}, 'A01', 1)"
        )
    };
    become_role(&mut client, "doctor", NORTH, 1, 0);
    assert_eq!(changed(&mut client, &prescribe(1, 1)), 1);
    refused(&mut client, &prescribe(3, 1));
    refused(&mut client, &prescribe(1, 2));
    refused(&mut client, "INSERT INTO admissions (patient_id, ward_id) VALUES (1, 3)");
    assert_eq!(changed(&mut client, "UPDATE admissions SET discharged_at = now() WHERE patient_id = 1"), 1);
    refused(&mut client, &prescribe(1, 1));

    become_role(&mut client, "nurse", NORTH, 1, 2);
    refused(&mut client, "UPDATE prescriptions SET status = 'cancelled'");
    assert_eq!(changed(&mut client, "UPDATE prescriptions SET status = 'given'"), 1);

    become_role(&mut client, "billing", NORTH, 1, 0);
    assert_eq!(changed(&mut client, "UPDATE invoices SET state = 'paid'"), 1);
    assert_eq!(changed(&mut client, "UPDATE invoices SET amount = 0"), 0);
    assert_eq!(changed(&mut client, "DELETE FROM invoices"), 0);
    refused(
        &mut client,
        &format!("INSERT INTO invoices (hospital_id, patient_id, amount) VALUES ('{NORTH}', 1, -1)"),
    );
}
