//! Why no connection came about, and what to do.

use std::error::Error;
use std::io;

use tokio_postgres::error::SqlState;

use super::settings::Settings;
use crate::error::{DatabaseError, sentence};

/// An attempt that took too long.
pub(super) fn overdue(settings: &Settings) -> DatabaseError {
    let seconds = settings.timeout.as_secs_f32();
    unreachable(settings, &format!("it did not answer within {seconds} s"))
}

fn unreachable(settings: &Settings, reason: &str) -> DatabaseError {
    DatabaseError::Unreachable {
        target: settings.target.clone(),
        address: settings.address.clone(),
        reason: reason.to_owned(),
    }
}

/// What an attempt to connect failed at.
pub(super) fn explain(settings: &Settings, error: &tokio_postgres::Error) -> DatabaseError {
    let target = settings.target.clone();
    if let Some(server) = error.as_db_error() {
        let code = server.code();
        return if *code == SqlState::INVALID_PASSWORD {
            wrong_password(settings)
        } else if *code == SqlState::INVALID_CATALOG_NAME {
            DatabaseError::UnknownDatabase {
                target,
                address: settings.address.clone(),
                database: settings.database.clone(),
            }
        } else {
            DatabaseError::Connect { target, reason: format!("the server says: {}", server.message()) }
        };
    }
    let words = sentence(error);
    if words.contains("password missing") {
        let hint = settings.password_hint.clone();
        return DatabaseError::NoPassword { target, user: settings.user.clone(), hint };
    }
    if words.contains("TLS") {
        return DatabaseError::Tls { target, address: settings.address.clone(), reason: tls_reason(error) };
    }
    match cause::<io::Error>(error) {
        Some(cause) => unreachable(settings, &io_reason(cause)),
        None => DatabaseError::Connect { target, reason: words },
    }
}

fn wrong_password(settings: &Settings) -> DatabaseError {
    DatabaseError::WrongPassword {
        target: settings.target.clone(),
        user: settings.user.clone(),
        hint: settings.password_hint.clone(),
    }
}

/// The first cause of that type.
fn cause<T: Error + 'static>(error: &tokio_postgres::Error) -> Option<&T> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        io::ErrorKind::NotFound => "there is no such socket".to_owned(),
        io::ErrorKind::TimedOut => "it did not answer in time".to_owned(),
        _ => error.to_string(),
    }
}

/// What went wrong with TLS, and what helps.
fn tls_reason(error: &tokio_postgres::Error) -> String {
    use rustls::{CertificateError as Certificate, Error::InvalidCertificate};
    let Some(cause) = cause::<io::Error>(error) else {
        return match sentence(error).contains("does not support") {
            true => "it does not offer TLS, which sslmode asks for".to_owned(),
            false => sentence(error),
        };
    };
    let inner = cause.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(InvalidCertificate(Certificate::UnknownIssuer)) => {
            "its certificate comes from no known root: set sslrootcert to the file of its root".to_owned()
        }
        Some(InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        )) => "its certificate is for another host".to_owned(),
        Some(InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. })) => {
            "its certificate has expired".to_owned()
        }
        Some(InvalidCertificate(other)) => format!("its certificate is not good: {other}"),
        _ => cause.to_string(),
    }
}
