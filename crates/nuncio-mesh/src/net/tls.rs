//! TLS between nodes: both sides show a certificate, and nobody has to have a certain name.
//!
//! By the rule of the originals one PEM file is the certificate, its key and the authority at once: whoever has the same
//! certificate belongs to the mesh, or one that it has signed. Such a certificate may be an authority's, which ordinary
//! verifiers do not take for one of a peer; so equal ones are compared, and only others are followed to an authority. In
//! both cases the peer has to prove that it has the key.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use nuncio_core::{Error, ErrorKind, Result};
use tokio::net::TcpStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::verify_server_cert_signed_by_trust_anchor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
    SignatureScheme,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::stream::Prefixed;
use crate::proto::handshake::TlsRole;

/// The certificate of a node, and whom it takes for others of the mesh.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Reads certificate and key from a PEM file, and the authority from another one, if there is one.
    pub(super) fn read(pem: &Path, authority: Option<&Path>) -> Result<Self> {
        Self::new(&read(pem)?, pem, authority)
    }

    /// Certificate and key in PEM, which came from a file.
    pub(super) fn new(content: &[u8], pem: &Path, authority: Option<&Path>) -> Result<Self> {
        let wrong = |path: &Path, reason: &'static str| {
            Error::new(ErrorKind::Misconfigured, "read the certificate").on(path).because(reason)
        };
        let own = certificates_in(content, pem)?;
        let key = PrivateKeyDer::from_pem_slice(content)
            .map_err(|error| wrong(pem, "there is no private key in it").caused_by(error))?;
        let trusted = authority.map_or_else(|| Ok(own.clone()), certificates)?;
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(Verifier::new(&trusted, Arc::clone(&provider)));
        let unfit = |error: rustls::Error| wrong(pem, "certificate and key are not fit for TLS").caused_by(error);
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
            .with_client_auth_cert(own.clone(), key.clone_key());
        let mut client = client.map_err(unfit)?;
        client.enable_sni = false;
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(own, key);
        let server = server.map_err(unfit)?;
        Ok(Self { connector: Arc::new(client).into(), acceptor: Arc::new(server).into() })
    }

    /// Goes over to TLS; `read` was read already.
    pub(super) async fn encrypt(
        &self,
        role: TlsRole,
        stream: TcpStream,
        read: Vec<u8>,
    ) -> std::io::Result<TlsStream<Prefixed>> {
        let stream = Prefixed::new(read, stream);
        match role {
            TlsRole::Client => {
                // No name is asked for, and none is looked at.
                let name = ServerName::from(std::net::IpAddr::from([127, 0, 0, 1]));
                self.connector.connect(name, stream).await.map(TlsStream::from)
            }
            TlsRole::Server => self.acceptor.accept(stream).await.map(TlsStream::from),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(..)")
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::io("read the certificate", error).on(path))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    certificates_in(&read(path)?, path)
}

fn certificates_in(content: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(content).collect();
    let wrong = || Error::new(ErrorKind::Misconfigured, "read the certificate").on(path);
    let certificates = certificates.map_err(|error| wrong().because("this is no PEM file").caused_by(error))?;
    match certificates.is_empty() {
        true => Err(wrong().because("there is no certificate in it")),
        false => Ok(certificates),
    }
}

/// Whom to take for a node of the mesh.
#[derive(Debug)]
struct Verifier {
    trusted: Vec<CertificateDer<'static>>,
    authorities: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(trusted: &[CertificateDer<'static>], provider: Arc<CryptoProvider>) -> Self {
        let mut authorities = RootCertStore::empty();
        authorities.add_parsable_certificates(trusted.iter().cloned());
        Self { trusted: trusted.to_vec(), authorities, provider }
    }

    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> std::result::Result<(), rustls::Error> {
        if self.trusted.iter().any(|trusted| trusted == certificate) {
            return Ok(());
        }
        if self.authorities.is_empty() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.authorities, intermediates, now, algorithms)
    }

    fn signed_12(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn signed_13(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        self.verify(certificate, intermediates, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.signed_12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.signed_13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> std::result::Result<ClientCertVerified, rustls::Error> {
        self.verify(certificate, intermediates, now).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.signed_12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.signed_13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}
