//! `sejahtera serve` and `sejahtera health`.

use crate::{
    app,
    platform::{config::Settings, db::migrate, tls},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

/// What the service is asked over: a socket, bare or with TLS.
trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Runs the service until it is told to stop.
///
/// # Errors
/// Why it could not start.
pub fn run() -> Result<(), String> {
    let settings = Settings::from_environment().map_err(|faults| faults.to_string())?;
    actix_web::rt::System::new().block_on(async move {
        match migrate::is_current(&settings.database_url).await {
            Ok(true) => {}
            Ok(false) => return Err("the database is not at this version: run `sejahtera migrate` first".to_owned()),
            Err(fault) => return Err(fault.to_string()),
        }
        let bind = settings.bind;
        let listener = TcpListener::bind(bind).map_err(|error| format!("can't listen on {bind}: {error}"))?;
        let running = app::start(settings, listener)?;
        log::info!("listening on {bind}");
        let served = running.server.await.map_err(|error| error.to_string());
        let _ = running.stop_jobs.send(true);
        let _ = running.jobs.join();
        served
    })
}

/// Asks the service on `BIND` whether it is ready, with nothing but a socket (and TLS, where `TLS_CERT_FILE` says so):
/// for a container without a shell.
///
/// # Errors
/// That it is not.
pub fn health() -> Result<(), String> {
    let bind: SocketAddr = std::env::var("BIND")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let target = if bind.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], bind.port())) } else { bind };
    let patience = Duration::from_secs(3);
    let certificate = std::env::var("TLS_CERT_FILE").ok().filter(|path| !path.is_empty());
    let ask = || -> std::io::Result<String> {
        let stream = TcpStream::connect_timeout(&target, patience)?;
        stream.set_read_timeout(Some(patience))?;
        let mut stream: Box<dyn Stream> = match &certificate {
            Some(path) => Box::new(tls::with_oneself(stream, path.as_ref()).map_err(std::io::Error::other)?),
            None => Box::new(stream),
        };
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    match ask() {
        Ok(answer) if answer.starts_with("HTTP/1.1 200") => Ok(()),
        Ok(_) => Err("not ready".to_owned()),
        Err(error) => Err(format!("no answer from {target}: {error}")),
    }
}
