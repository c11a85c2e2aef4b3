//! Settings that raise an error in one of the original and the compiled SQL alone, among other policies.

use pgpe_catalog::ddl::read_ddl;
use pgpe_config::{Config, MissingSetting};

use crate::{Present, import};

const TABLES: &str = "
CREATE TABLE a (id int PRIMARY KEY, tenant_id uuid, public boolean);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, public boolean);
";

/// The policies that are left.
fn left(policies: &str, missing: MissingSetting) -> Vec<String> {
    let catalog = read_ddl(&format!("{TABLES}{policies}")).catalog;
    let mut config = Config::default();
    config.session.missing = missing;
    let import = import(&catalog, &config, &Present::default());
    import.left.iter().map(|left| left.name.clone()).collect()
}

const OWN: &str = "CREATE POLICY own ON a USING (tenant_id = current_setting('app.tenant', true)::uuid);";
const EXACT: &str = "CREATE POLICY exact ON a USING (tenant_id = current_setting('app.tenant')::uuid);";

#[test]
fn nothing_else_may_let_rows_pass() {
    for missing in [MissingSetting::Error, MissingSetting::Deny] {
        assert_eq!(left(OWN, missing), [""; 0]);
        let other = format!("{OWN} CREATE POLICY other ON a FOR SELECT USING (public);");
        assert_eq!(left(&other, missing), ["own"]);
        let unreadable = format!("{OWN} CREATE POLICY odd ON a FOR DELETE USING (id::text ~ 'a');");
        assert_eq!(left(&unreadable, missing), ["odd", "own"]);
        let clause =
            "CREATE POLICY own ON a USING (public OR tenant_id = current_setting('app.tenant', true)::uuid);";
        assert_eq!(left(clause, missing), ["own"]);
        // A restrictive one for everybody closes the table then.
        let closed = format!(
            "{OWN} CREATE POLICY other ON a FOR SELECT USING (public);
             CREATE POLICY close ON a AS RESTRICTIVE USING (tenant_id = current_setting('app.tenant', true)::uuid);"
        );
        assert_eq!(left(&closed, missing), [""; 0]);
        let some = closed.replace("AS RESTRICTIVE", "AS RESTRICTIVE TO staff");
        assert_eq!(left(&some, missing), ["own"]);
    }
    // Both raise an error where the setting is missing, or are NULL in both.
    let both = format!("{EXACT} CREATE POLICY other ON a FOR SELECT USING (public);");
    assert_eq!(left(&both, MissingSetting::Error), [""; 0]);
    assert_eq!(left(&both, MissingSetting::Deny), ["exact"]);
    let both = format!("{OWN}{EXACT}");
    assert_eq!(left(&both, MissingSetting::Error), [""; 0]);
}

#[test]
fn errors_come_into_policies_of_other_tables() {
    let via = "CREATE POLICY via ON b USING (EXISTS (SELECT 1 FROM a WHERE a.id = b.a_id));";
    assert_eq!(left(&format!("{OWN}{via}"), MissingSetting::Error), [""; 0]);
    let public = "CREATE POLICY public ON b FOR SELECT USING (public);";
    assert_eq!(left(&format!("{OWN}{via}{public}"), MissingSetting::Error), ["own", "via"]);
    assert_eq!(left(&format!("{EXACT}{via}{public}"), MissingSetting::Error), [""; 0]);
    // What stays as it is would meet the error, too.
    let odd = "CREATE POLICY odd ON b USING (EXISTS (SELECT 1 FROM a WHERE a.id > b.a_id) OR public);";
    assert_eq!(left(&format!("{OWN}{odd}"), MissingSetting::Error), ["own", "odd"]);
}

#[test]
fn tables_that_traverse_each_other_end() {
    let mut policies = OWN.to_owned();
    for number in 0..12 {
        policies.push_str(&format!(
            "CREATE POLICY a{number} ON a USING (EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id AND b.id > {number}));
             CREATE POLICY b{number} ON b USING (EXISTS (SELECT 1 FROM a WHERE a.id = b.a_id AND a.id > {number}));"
        ));
    }
    assert!(left(&policies, MissingSetting::Error).contains(&"own".to_owned()));
}
