//! TLS in both directions: certificates are checked, and prove who sends.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nuncio_gateway::Settings;

use self::support::{Place, Running, contents, message_for, put, take, wait_until};

/// An authority, and certificates that it has signed.
struct Authority {
    dir: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let authority = Self { dir: tempfile::tempdir().expect("a directory") };
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=nuncio test",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ]);
        authority
    }

    /// A certificate for the address `ip`.
    fn sign(&self, ip: &str) {
        let (key, request, cert) = (format!("{ip}.key"), format!("{ip}.csr"), format!("{ip}.pem"));
        std::fs::write(self.file("ext"), format!("subjectAltName=IP:{ip}\nextendedKeyUsage=serverAuth,clientAuth\n"))
            .expect("written");
        self.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=host",
            "-keyout",
            &key,
            "-out",
            &request,
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "ext",
            "-out",
            &cert,
        ]);
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(self.dir.path()).stdin(Stdio::null()).output();
        let output = output.expect("openssl can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Settings that serve with the certificate for `ip`.
    fn serves(&self, ip: &str) -> String {
        format!("tls-cert = {:?}\ntls-key = {:?}\n", self.file(&format!("{ip}.pem")), self.file(&format!("{ip}.key")))
    }
}

/// Whether the test can run: without the command it is left out with a reason, or fails where everything is required.
fn has_openssl() -> bool {
    let is_there =
        Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    assert!(is_there || std::env::var_os("NUNCIO_REQUIRE_ALL").is_none(), "openssl is missing");
    if !is_there {
        eprintln!("left out: the command openssl is missing");
    }
    is_there
}

fn sends(place: &Place, to: &Running, more: &str) -> Running {
    let config = place.config("127.0.0.2", &format!("destination = ['127.0.0.3=https://{}']\n{more}", to.address));
    Running::start(config)
}

fn quoted(path: &Path) -> String {
    format!("{path:?}")
}

#[test]
fn messages_go_over_tls_between_hosts_that_trust_each_other_and_to_nobody_else() {
    if !has_openssl() {
        return;
    }
    let (ours, others) = (Authority::new(), Authority::new());
    ["127.0.0.2", "127.0.0.3"].iter().for_each(|ip| ours.sign(ip));
    others.sign("127.0.0.2");
    let (a, b) = (Place::new(), Place::new());
    let demands = format!("{}client-ca = {}", ours.serves("127.0.0.3"), quoted(&ours.file("ca.pem")));
    let receiver = Running::start(b.config("127.0.0.3", &demands));
    let text = message_for("127.0.0.3", "jobs", "{\"n\":1}");
    put(&a.queue("transitd"), &text);

    // Who does not trust the receiver tells it nothing; who shows another's certificate, or none, is not let in.
    let trust = format!("ca = {}\n", quoted(&ours.file("ca.pem")));
    let strangers = [
        format!("ca = {}\n{}", quoted(&others.file("ca.pem")), ours.serves("127.0.0.2")),
        format!("{trust}{}", others.serves("127.0.0.2")),
        trust.clone(),
    ];
    for stranger in strangers {
        let mut config =
            a.config("127.0.0.2", &format!("destination = ['127.0.0.3=https://{}']\n{stranger}", receiver.address));
        config.listen = None;
        let gateway = Running::start(config);
        let handle = gateway.handle.clone();
        wait_until("a failure", move || !handle.metrics().contains("posts_failed_total 0\n"));
        gateway.stop();
    }
    assert!(contents(&b.queue("jobs")).is_empty());

    let sender = sends(&a, &receiver, &format!("{trust}{}", ours.serves("127.0.0.2")));
    assert_eq!(take(&b.queue("jobs")).payload(), b"{\"n\":1}");
    sender.stop();
}

#[test]
fn a_certificate_proves_which_hosts_messages_may_be_had() {
    if !has_openssl() {
        return;
    }
    let ours = Authority::new();
    ["127.0.0.2", "127.0.0.3", "127.0.0.4"].iter().for_each(|ip| ours.sign(ip));
    let b = Place::new();
    let demands =
        format!("proxy = ['127.0.0.2']\n{}client-ca = {}", ours.serves("127.0.0.3"), quoted(&ours.file("ca.pem")));
    let receiver = Running::start(b.config("127.0.0.3", &demands));
    put(&b.queue("127.0.0.2"), &message_for("127.0.0.2", "jobs", "{\"n\":7}"));
    let ask = |ip: &str| {
        let output = Command::new("curl")
            .args(["--silent", "--max-time", "20", "--data-binary", "", "-H", "TRANSIT-SENDING-HOST: 127.0.0.2"])
            .args(["--cacert", ours.file("ca.pem").to_str().expect("text")])
            .args(["--cert", ours.file(&format!("{ip}.pem")).to_str().expect("text")])
            .args(["--key", ours.file(&format!("{ip}.key")).to_str().expect("text")])
            .arg(format!("https://{}/", receiver.address))
            .output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Ok(refused) = ask("127.0.0.4") else {
        assert!(std::env::var_os("NUNCIO_REQUIRE_ALL").is_none(), "curl is missing");
        return;
    };
    assert!(refused.contains("has to prove to be it"), "{refused}");
    assert_eq!(ask("127.0.0.2").expect("asked").as_bytes(), message_for("127.0.0.2", "jobs", "{\"n\":7}"));
}

#[test]
fn files_that_hold_something_else_are_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    std::fs::write(&file, "no certificate").expect("written");
    for settings in ["ca = 'F'", "tls-cert = 'F'\ntls-key = 'F'"] {
        let text = format!("spool = '/x'\n{}", settings.replace('F', file.to_str().expect("text")));
        let error = Settings::parse(&text).expect("settings").check().expect_err("no certificate");
        assert!(error.chain().to_string().contains(file.to_str().expect("text")), "{}", error.chain());
    }
}
