//! Connections to a server that asks for encryption and passwords: what is verified, and what is said when it fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cli/support.rs"]
#[allow(dead_code)]
mod cli;
#[path = "support/postgres.rs"]
mod postgres_server;

use cli::{Project, Run, SCHEMA, command, run};
use postgres_server::{Database, Server};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

const PASSWORD: &str = "s3cret word";

/// Who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// Certificate and key of that host.
    fn sign(&self, host: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// A server whose role `secure` has to come encrypted and with a password; its certificate is for 127.0.0.1.
struct Scene {
    database: Database,
    project: Project,
}

impl Scene {
    fn new() -> Scene {
        let database = Server::own().create_database();
        database.load(SCHEMA);
        let authority = Authority::new();
        let (certificate, key) = authority.sign("127.0.0.1");
        let mut client = database.connect();
        client
            .batch_execute(&format!(
                "SET password_encryption = 'scram-sha-256'; CREATE ROLE secure LOGIN PASSWORD '{PASSWORD}'"
            ))
            .unwrap();
        // The server writes them itself: they have to be its own.
        let rules = "local all all trust\nhostssl all secure 127.0.0.1/32 scram-sha-256";
        for (file, text) in [("server.crt", &*certificate), ("server.key", &*key), ("pg_hba.conf", rules)] {
            let write = format!(
                "COPY (SELECT unnest(string_to_array($text${text}$text$, E'\\n'))) TO PROGRAM 'cat >{file} && chmod 600 {file}'"
            );
            client.batch_execute(&write).unwrap();
        }
        client.batch_execute("ALTER SYSTEM SET ssl = on").unwrap();
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
        let project = Project::new(&[]);
        project.write("root.pem", &authority.pem);
        project.write("stranger.pem", &Authority::new().pem);
        let scene = Scene { database, project };
        // Processes of the server read the new settings when they come to it.
        for _ in 0..100 {
            if scene.pull("127.0.0.1", PASSWORD, "sslmode=require").code == 0 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        scene
    }

    fn configure(&self, host: &str, password: &str, parameters: &str) {
        let password = password.replace(' ', "%20");
        let colon = if password.is_empty() { "" } else { ":" };
        let (port, name) = (self.database.port(), &self.database.name);
        let url = format!("postgresql://secure{colon}{password}@{host}:{port}/{name}?{parameters}");
        self.project.write("pgpe.yaml", format!("targets: {{ dev: {{ url: \"{url}\" }} }}\n"));
    }

    fn pull(&self, host: &str, password: &str, parameters: &str) -> Run {
        self.configure(host, password, parameters);
        let ran = self.project.run(&["schema", "pull", "--target", "dev", "--verbose"]);
        assert!(!ran.err.contains("s3cret") && !ran.out.contains("s3cret"), "{}", ran.err);
        ran
    }
}

#[test]
fn certificates_are_verified_as_is_asked() {
    let scene = Scene::new();
    for parameters in [
        "sslmode=require",
        "sslmode=prefer",
        "sslmode=verify-ca&sslrootcert=root.pem",
        "sslmode=verify-full&sslrootcert=root.pem",
    ] {
        scene.pull("127.0.0.1", PASSWORD, parameters).exits(0);
    }
    // The certificate is not for that name.
    scene.pull("localhost", PASSWORD, "sslmode=verify-ca&sslrootcert=root.pem").exits(0);
    scene
        .pull("localhost", PASSWORD, "sslmode=verify-full&sslrootcert=root.pem")
        .refuses(&["dev", "certificate"]);
    for mode in ["verify-ca", "verify-full"] {
        let parameters = format!("sslmode={mode}&sslrootcert=stranger.pem");
        scene.pull("127.0.0.1", PASSWORD, &parameters).refuses(&["dev", "certificate"]);
        let parameters = format!("sslmode={mode}&sslrootcert=missing.pem");
        scene.pull("127.0.0.1", PASSWORD, &parameters).refuses(&["missing.pem"]);
    }
    scene.pull("127.0.0.1", PASSWORD, "sslmode=disable").refuses(&["dev", "pg_hba.conf"]);
}

#[test]
fn passwords_are_asked_for_and_never_told() {
    let scene = Scene::new();
    scene.pull("127.0.0.1", "another", "sslmode=require").refuses(&["dev", "password"]);
    scene.pull("127.0.0.1", "", "sslmode=require").refuses(&["dev", "password"]);
    // From the password file, where the URL has none.
    scene.configure("127.0.0.1", "", "sslmode=require");
    let port = scene.database.port();
    scene.project.write("passwords", format!("127.0.0.1:{port}:*:secure:{PASSWORD}\n"));
    let file = scene.project.path("passwords");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, private).unwrap();
    let mut pull = command(&scene.project.path("."), &["schema", "pull", "--target", "dev"]);
    pull.env("PGPASSFILE", &file);
    run(pull, b"").exits(0);
}
