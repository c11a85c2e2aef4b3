//! TLS: how far the server's certificate is checked, and the client's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

/// libpq's `sslmode`; `allow` is `prefer` here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Whether a connection may have TLS.
pub(super) enum Tls {
    Off,
    On(MakeRustlsConnect),
}

/// Files in PEM.
pub(super) struct TlsFiles {
    pub(super) roots: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

impl Tls {
    /// The error says what is wrong with the files.
    pub(super) fn new(mode: Mode, files: &TlsFiles) -> Result<Tls, String> {
        if mode == Mode::Disable {
            return Ok(Tls::Off);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let system = files.roots.as_deref() == Some(Path::new("system"));
        if system && mode != Mode::VerifyFull {
            return Err("sslrootcert=system needs sslmode=verify-full".to_owned());
        }
        // With roots at hand, `require` checks against them, as it does in PostgreSQL's own clients.
        let check = match mode {
            Mode::VerifyFull => Check::Full(verifier(files, &provider)?),
            Mode::VerifyCa => Check::Chain(verifier(files, &provider)?),
            Mode::Require if files.roots.is_some() => Check::Chain(verifier(files, &provider)?),
            Mode::Require | Mode::Prefer | Mode::Disable => Check::Nothing,
        };
        let verifier = Arc::new(Verifier { check, provider: Arc::clone(&provider) });
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match (&files.certificate, &files.key) {
            (Some(certificate), Some(key)) => {
                let chain = certificates(certificate)?;
                let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
                builder.with_client_auth_cert(chain, key).map_err(|error| {
                    format!("the client certificate {} can't be used: {error}", certificate.display())
                })?
            }
            _ => builder.with_no_client_auth(),
        };
        Ok(Tls::On(MakeRustlsConnect::new(config)))
    }
}

fn unreadable(file: &Path, error: &rustls::pki_types::pem::Error) -> String {
    format!("{} can't be read as PEM: {error}", file.display())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(|error| unreadable(file, &error))?;
    match found.is_empty() {
        true => Err(format!("{} has no certificate in it", file.display())),
        false => Ok(found),
    }
}

/// Verifies against the given roots, or those of the system.
fn verifier(files: &TlsFiles, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore::empty();
    match files.roots.as_deref().filter(|file| *file != Path::new("system")) {
        Some(file) => {
            for certificate in certificates(file)? {
                let added = roots.add(certificate);
                added.map_err(|error| format!("a certificate of {} is none: {error}", file.display()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err("there are no root certificates to check the server's with: set sslrootcert".to_owned());
    }
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    builder.build().map_err(|error| error.to_string())
}

/// How much of the server's certificate is checked.
#[derive(Debug)]
enum Check {
    /// Any will do: protects against listeners, not against impostors.
    Nothing,
    /// It has to come from a known root.
    Chain(Arc<WebPkiServerVerifier>),
    /// And it has to be for the host.
    Full(Arc<WebPkiServerVerifier>),
}

#[derive(Debug)]
struct Verifier {
    check: Check,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verify = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        match &self.check {
            Check::Nothing => Ok(ServerCertVerified::assertion()),
            Check::Full(verifier) => verify(verifier),
            // The name is looked at last, when the chain has been found good.
            Check::Chain(verifier) => match verify(verifier) {
                Err(rustls::Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                )) => Ok(ServerCertVerified::assertion()),
                other => other,
            },
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
