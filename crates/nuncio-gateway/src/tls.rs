//! TLS in both directions, over rustls: certificates are always checked.

use std::path::Path;
use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Result};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, client};

const SERVE: &str = "serve with";

/// How to serve with a certificate chain and its key; with `client_ca` senders must have certificates that it signs.
///
/// # Errors
/// [`ErrorKind::Misconfigured`] when a file does not hold what it should; those of reading.
pub(crate) fn server(cert: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Arc<ServerConfig>> {
    let wrong = |path: &Path, error| Error::new(ErrorKind::Misconfigured, SERVE).on(path).caused_by(error);
    let chain = certificates(cert)?;
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(cert, error))?;
    let builder =
        match client_ca {
            None => builder.with_no_client_auth(),
            Some(ca) => {
                let roots = Arc::new(roots(ca)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::new(default_provider())).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| {
                    Error::new(ErrorKind::Misconfigured, "check senders with").on(ca).caused_by(error)
                })?)
            }
        };
    builder.with_single_cert(chain, key_der).map(Arc::new).map_err(|error| wrong(cert, error))
}

/// How to check destinations: by the certificates in `ca`, or by those that the system trusts; none if it trusts nobody.
///
/// # Errors
/// As [`server`].
pub(crate) fn client(ca: Option<&Path>) -> Result<Option<Arc<ClientConfig>>> {
    let roots = match ca {
        Some(ca) => roots(ca)?,
        None => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Ok(None);
            }
            roots
        }
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Misconfigured, "check destinations").caused_by(error))?;
    Ok(Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth())))
}

/// The same, with a certificate of our own to show: that which we serve with.
pub(crate) fn client_with_identity(ca: Option<&Path>, cert: &Path, key: &Path) -> Result<Option<Arc<ClientConfig>>> {
    let Some(config) = client(ca)? else { return Ok(None) };
    let mut config = Arc::unwrap_or_clone(config);
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let signed = default_provider()
        .key_provider
        .load_private_key(key_der)
        .map_err(|error| Error::new(ErrorKind::Misconfigured, "use the key in").on(key).caused_by(error))?;
    let certified = tokio_rustls::rustls::sign::CertifiedKey::new(certificates(cert)?, signed);
    config.client_auth_cert_resolver = Arc::new(tokio_rustls::rustls::sign::SingleCertAndKey::from(certified));
    Ok(Some(Arc::new(config)))
}

/// Whether a certificate that was checked is of `host`.
pub(crate) fn is_of(certificate: &CertificateDer<'_>, host: &str) -> bool {
    let (Ok(parsed), Ok(name)) = (ParsedCertificate::try_from(certificate), ServerName::try_from(host)) else {
        return false;
    };
    client::verify_server_name(&parsed, &name).is_ok()
}

fn roots(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| {
            Error::new(ErrorKind::Misconfigured, "trust the certificate in").on(path).caused_by(error)
        })?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(path, error))?;
    match certificates.is_empty() {
        false => Ok(certificates),
        true => Err(Error::new(ErrorKind::Misconfigured, "read certificates in").on(path).because("it has none")),
    }
}

fn unreadable(path: &Path, error: tokio_rustls::rustls::pki_types::pem::Error) -> Error {
    Error::new(ErrorKind::Misconfigured, "read").on(path).caused_by(error)
}
