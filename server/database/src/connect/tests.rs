//! Connection strings, files and variables, and that no secret is printed.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;

use super::*;

const SECRET: &str = "s3cr:t/@ %41'\\";

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::of(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn settings(url: &str, variables: &[(&str, &str)]) -> Result<Settings, DatabaseError> {
    let environment = environment(variables);
    let parameters = Parameters::read("dev", url, &environment)?;
    Settings::of("dev", parameters, &ConnectOptions { environment, ..ConnectOptions::default() })
}

fn described(url: &str, variables: &[(&str, &str)]) -> String {
    settings(url, variables).unwrap().description
}

fn password(settings: &Settings) -> Option<&str> {
    settings.config.get_password().map(|password| std::str::from_utf8(password).unwrap())
}

fn refused(url: &str, variables: &[(&str, &str)]) -> String {
    match settings(url, variables) {
        Ok(settings) => panic!("{}", settings.description),
        Err(error) => error.to_string(),
    }
}

#[test]
fn urls_and_keywords_say_the_same() {
    let user = [("USER", "me")];
    for (url, expected) in [
        ("postgresql://alice@db.example:6543/app", "app at db.example:6543 as alice"),
        ("postgres://alice:x@db.example/app?sslmode=require", "app at db.example:5432 as alice"),
        ("postgresql://a%40b@[::1]:77/my%20db", "my db at [::1]:77 as a@b"),
        ("postgresql://h1:1,h2:2/app", "app at h1:1, h2:2 as me"),
        ("postgresql:///app?host=/tmp/sockets&port=5", "app at /tmp/sockets:5 as me"),
        ("postgresql://%2Ftmp%2Fsockets/app", "app at /tmp/sockets:5432 as me"),
        ("host=db.example port = 6543 user='al ice' dbname=a\\'b", "a'b at db.example:6543 as al ice"),
        ("hostaddr=127.0.0.1 user='it\\'s' dbname=app", "app at 127.0.0.1:5432 as it's"),
    ] {
        assert_eq!(described(url, &user), expected, "{url}");
    }
    assert!(matches!(settings("postgresql://h/app", &user).unwrap().tls, Tls::On(_)));
    assert!(matches!(settings("postgresql://h/app?sslmode=disable", &user).unwrap().tls, Tls::Off));
    assert!(matches!(settings("postgresql:///app?host=/tmp&sslmode=require", &user).unwrap().tls, Tls::Off));
}

#[test]
fn variables_stand_for_parts_and_for_the_whole() {
    let variables =
        [("PW", SECRET), ("HOSTS", "h1:1,h2:2"), ("URL", "postgresql://u:p%40@h/d"), ("USER", "me")];
    let read = |url: &str| settings(url, &variables).unwrap();
    let whole = read("${URL}");
    assert_eq!((whole.description.as_str(), password(&whole)), ("d at h:5432 as u", Some("p@")));
    assert_eq!(read("${URL}?port=9").description, "d at h:9 as u");
    let part = read("postgresql://u:${PW}@${HOSTS}/d");
    assert_eq!((part.description.as_str(), password(&part)), ("d at h1:1, h2:2 as u", Some(SECRET)));
    assert_eq!(password(&read("host=h password=${PW}")), Some(SECRET));
    assert_eq!(
        refused("postgresql://u:${NOT_SET}@h/d", &variables),
        "the connection string of dev needs the variable NOT_SET, which is not set: export it"
    );
    assert!(refused("postgresql://u:${PW@h/d", &variables).contains("is not closed"));
}

#[test]
fn the_string_comes_before_the_service_and_that_before_variables() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("services");
    fs::write(&file, "# mine\n[other]\nhost=wrong\n[mine]\nhost=from.service\nport=7\nuser=service\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let variables = [
        ("PGSERVICEFILE", file),
        ("PGHOST", "from.variable"),
        ("PGUSER", "variable"),
        ("PGDATABASE", "variable"),
        ("PGSSLMODE", "disable"),
    ];
    assert_eq!(described("service=mine user=string", &variables), "variable at from.service:7 as string");
    assert_eq!(described("postgresql://?service=mine", &variables), "variable at from.service:7 as service");
    assert_eq!(described("", &variables), "variable at from.variable:5432 as variable");
    assert!(matches!(settings("", &variables).unwrap().tls, Tls::Off));
    let by_variable = [&variables[..], &[("PGSERVICE", "mine")]].concat();
    assert_eq!(described("postgresql:///app", &by_variable), "app at from.service:7 as service");
    let error = refused("service=none", &variables);
    assert!(error.contains("names the service none, which is not in ") && error.contains(file), "{error}");
}

#[cfg(unix)]
#[test]
fn the_password_file_is_read_if_it_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".pgpass");
    let lines = "#h:*:*:*:no\nh:5432:app:bob:no\nh:*:a\\:b:alice:with \\: colon\n*:*:*:alice:any\nlocalhost:1:*:*:local\n";
    fs::write(&file, lines).unwrap();
    let home = [("HOME", folder.path().to_str().unwrap()), ("USER", "me")];
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o600);
    let found = |url: &str| password(&settings(url, &home).unwrap()).map(str::to_owned);
    assert_eq!(found("postgresql://alice@h/a:b").as_deref(), Some("with : colon"));
    assert_eq!(found("postgresql://alice@other/app").as_deref(), Some("any"));
    assert_eq!(found("postgresql://alice:own@other/app").as_deref(), Some("own"));
    assert_eq!(found("postgresql:///app?host=/tmp&port=1").as_deref(), Some("local"));
    assert_eq!(found("postgresql://carol@h/app"), None);
    mode(0o644);
    let settings = settings("postgresql://alice@h/app", &home).unwrap();
    assert_eq!(password(&settings), None);
    assert!(settings.password_hint.contains("chmod 600"), "{}", settings.password_hint);
}

#[test]
fn what_is_not_understood_is_refused() {
    for (url, reason) in [
        ("db.example", "neither a URL"),
        ("postgresql://h/d?sslmode=maybe", "sslmode is none of"),
        ("postgresql://h:x/d", "port is not a number"),
        ("postgresql://h/d?sslcrl=x", "`sslcrl` is not supported"),
        ("postgresql://h/d?require_auth=none", "`require_auth` is not supported"),
        ("host=h hots=x", "none of PostgreSQL's"),
        ("postgresql://h/d?gssencmode=require", "GSSAPI"),
        ("postgresql://h/d?novalue", "keyword=value"),
        ("postgresql://[::1/d", "not closed"),
        ("host='x", "not closed"),
        ("postgresql://h/d?connect_timeout=soon", "connect_timeout"),
        ("postgresql://h/d?sslmode=require&sslrootcert=/no/such/file", "/no/such/file can't be read"),
        ("postgresql://h/d?sslmode=require&sslrootcert=system", "verify-full"),
    ] {
        let error = refused(url, &[("USER", "me")]);
        assert!(error.contains(reason) && error.contains("dev"), "{url}: {error}");
    }
}

#[test]
fn no_secret_is_ever_printed() {
    let variables = [("PGPASSWORD", SECRET), ("USER", "me")];
    let environment = environment(&variables);
    let options = ConnectOptions { environment: environment.clone(), ..ConnectOptions::default() };
    let parameters = Parameters::read("dev", "host=h", &environment).unwrap();
    let target = Target { url: format!("postgresql://u:{SECRET}@h/d"), protected: false };
    let config = pgpe_config::Config {
        targets: [("dev".to_owned(), target.clone())].into(),
        ..pgpe_config::Config::default()
    };
    let mut printed = format!("{environment:?} {options:?} {parameters:?} {target:?} {config:?}");
    // Whatever is wrong with a string, none of it is repeated.
    for url in [
        format!("postgresql://u:{SECRET}"),
        format!("postgresql://u:{SECRET}@h:port/d"),
        format!("{SECRET} = x '"),
        format!("password='{SECRET} host=h"),
        SECRET.to_owned(),
        "password=with s3cr=t host=h".to_owned(),
        format!("postgresql://h/d?password={SECRET}&sslmode=x"),
        format!("password='s3cr\\' nothing={SECRET}"),
    ] {
        match settings(&url, &variables) {
            Ok(settings) => printed += &format!("{} {:?}", settings.description, settings.config),
            Err(error) => printed += &format!("{error} {error:?}"),
        }
    }
    assert!(!printed.contains("s3cr"), "{printed}");
}
