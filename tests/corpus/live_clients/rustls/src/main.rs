//! Asks rustls, with its webpki verifier, about servers on loopback.
//!
//! A question is a line on standard input: port, name, when to ask (seconds since 1970, 0 for at
//! once), and the path of a CA file, divided by tabs. The answer is a line on standard output:
//! "accepted", or why not.

use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let question: Vec<&str> = line.split('\t').collect();
        wait_until(question[2]);
        let answer = match ask(question[0], question[1], question[3]) {
            Ok(()) => "accepted".to_string(),
            Err(reason) => reason.replace('\n', " "),
        };
        println!("{answer}");
    }
}

fn ask(port: &str, name: &str, ca_file: &str) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    let pem = std::fs::read(ca_file).map_err(|error| error.to_string())?;
    // As rustls-native-certs does it: one that webpki cannot use is left out.
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_string()).map_err(|error| error.to_string())?;
    let mut client =
        ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    let mut socket =
        TcpStream::connect(format!("127.0.0.1:{port}")).map_err(|error| error.to_string())?;
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .map_err(|error| error.to_string())?;
    let mut stream = rustls::Stream::new(&mut client, &mut socket);
    stream
        .write_all(b"HEAD / HTTP/1.0\r\n\r\n")
        .and_then(|()| stream.flush())
        .map_err(|error| error.to_string())?;
    let _ = stream.read(&mut [0; 64]);
    Ok(())
}

fn wait_until(seconds: &str) {
    let at = UNIX_EPOCH + Duration::from_secs_f64(seconds.parse().expect("seconds since 1970"));
    if let Ok(left) = at.duration_since(SystemTime::now()) {
        std::thread::sleep(left);
    }
}
