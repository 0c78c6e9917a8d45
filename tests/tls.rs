//! TLS of the service's own.

use crate::support::Api;
use std::{path::Path, process::Command, sync::Arc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

/// A service with a certificate made for this test, and a client that trusts no other.
async fn service() -> (Arc<Api>, TlsConnector) {
    let made = rcgen::generate_simple_self_signed(["sejahtera.test".to_owned()]).unwrap();
    let mut trusted = RootCertStore::empty();
    trusted.add(made.cert.der().clone()).unwrap();
    let api = Api::start_with(|settings| {
        let folder = Path::new(&settings["SIGNING_KEY_FILE"]).parent().unwrap().to_owned();
        for (name, file, pem) in [
            ("TLS_CERT_FILE", "tls.pem", made.cert.pem()),
            ("TLS_KEY_FILE", "tls.key", made.signing_key.serialize_pem()),
        ] {
            std::fs::write(folder.join(file), pem).unwrap();
            settings.insert(name.to_owned(), folder.join(file).display().to_string());
        }
    })
    .await;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    (api, TlsConnector::from(Arc::new(config)))
}

#[tokio::test]
async fn with_a_certificate_the_service_speaks_tls_and_nothing_else() {
    let (api, connector) = service().await;
    let stream = tokio::net::TcpStream::connect(api.settings.bind).await.unwrap();
    let name = ServerName::try_from("sejahtera.test").unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: sejahtera.test\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(reqwest::get(format!("http://{}/health/ready", api.settings.bind)).await.is_err());
}

#[tokio::test]
async fn the_health_command_knows_its_own_service_by_its_certificate() {
    let (api, _) = service().await;
    let (other, _) = service().await;
    let ask = |bind: String, certificate: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sejahtera"));
        command.arg("health").env("BIND", bind).env("TLS_CERT_FILE", certificate).output().unwrap().status.success()
    };
    let certificate = |api: &Arc<Api>| api.settings.tls.as_ref().unwrap().certificate.clone();
    let bind = api.settings.bind.to_string();
    assert!(ask(bind.clone(), &certificate(&api)));
    assert!(!ask(bind, &certificate(&other)));
}
