use pgpe_catalog::BaseType;

use super::resolve_key;
use crate::fixture::catalog;
use crate::show;

const FUNCTIONS: &str = "
    CREATE SCHEMA auth;
    CREATE FUNCTION auth.uid() RETURNS uuid STABLE LANGUAGE sql AS $$ SELECT NULL::uuid $$;
    CREATE FUNCTION auth.fixed() RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT NULL::uuid $$;
    CREATE FUNCTION auth.dice() RETURNS uuid LANGUAGE sql AS $$ SELECT NULL::uuid $$;
    CREATE FUNCTION tenant(text) RETURNS uuid STABLE LANGUAGE sql AS $$ SELECT NULL::uuid $$;";

#[test]
fn settings_and_functions_are_keys() {
    let catalog = catalog(FUNCTIONS);
    let key = |text: &str| resolve_key(text, Some(&catalog)).map(|key| show::operand(&key));
    assert_eq!(key("session('app.tenant_id')"), Ok("session('app.tenant_id')".to_owned()));
    assert_eq!(key("fn(auth.uid, [])"), Ok("fn(auth.uid, [])".to_owned()));
    assert_eq!(key("fn(current_database, [])"), Ok("fn(pg_catalog.current_database, [])".to_owned()));
    let crate::resolved::Operand::Function { returns, .. } =
        resolve_key("fn(auth.uid, [])", Some(&catalog)).unwrap()
    else {
        panic!("a function")
    };
    assert_eq!(returns.map(|ty| ty.base), Some(BaseType::Uuid));
}

#[test]
fn nothing_else_is() {
    let catalog = catalog(FUNCTIONS);
    let error = |text: &str| resolve_key(text, Some(&catalog)).unwrap_err();
    assert_eq!(error("col('tenant_id')"), "a column belongs to a row, not to a session");
    assert_eq!(error("lit('acme')"), "a literal is the same in every session");
    assert_eq!(
        error("fn(auth.dice, [])"),
        "the function is VOLATILE, so a session would have no fixed tenant"
    );
    assert_eq!(
        error("fn(auth.fixed, [])"),
        "the function is IMMUTABLE, so it is the same in every session; declare it STABLE if it is not"
    );
    assert_eq!(error("fn(tenant, [])"), "the schema's function of that name needs arguments");
    assert!(error("session('a') session('b')").starts_with("expected"));
    assert!(error("").starts_with("expected"));
}

#[test]
fn without_a_schema_functions_are_taken_as_they_are() {
    assert!(resolve_key("fn(auth.uid, [])", None).is_ok());
}
