//! The program as an operator meets it: started, refused, stopped, killed.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The program, without what the environment of the tests says.
fn lastmile() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastmile"));
    for (name, _) in std::env::vars() {
        if name.starts_with("LASTMILE_") && name != "LASTMILE_POSTGRES_BIN" || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command.env("RUST_LOG", "info,sqlx=warn");
    command
}

/// A data directory that is removed in the end, with whatever Postgres a test left in it ended first.
struct DataDir(PathBuf);

impl DataDir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("lastmile-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        // As root, the user postgres has to pass through it.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn postmaster(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.0.join("postgres/postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    }

    fn serve(&self) -> Served {
        self.serve_with("127.0.0.1:0", &[])
    }

    fn serve_with(&self, listen: &str, options: &[&str]) -> Served {
        let mut child = lastmile()
            .args(["serve", "--listen", listen, "--data-dir"])
            .arg(&self.0)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(address) = line.trim().strip_prefix("Lastmile is at http://").map(str::to_owned) else {
            panic!("{line:?}: {:?}", child.wait_with_output());
        };
        Served {
            child,
            address,
            log: None,
        }
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if self.postmaster().is_some() {
            // Any command ends what was left behind.
            let _ = lastmile().args(["migrate", "--data-dir"]).arg(&self.0).output();
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running `lastmile serve`, ended with the test.
struct Served {
    child: Child,
    address: String,
    log: Option<BufReader<ChildStderr>>,
}

/// The whole answer to a request whose first line ends, and whose headers begin, as is said.
fn get(address: &str, path: &str, version_and_host: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} {version_and_host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
}

impl Served {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn end(&mut self) -> Option<i32> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not end within 30 s");
    }

    /// The status that an address answers with.
    fn status(&self, path: &str) -> u16 {
        status_of(&get(&self.address, path, "HTTP/1.1\r\nHost: localhost"))
    }

    /// The next line of its log that holds a text.
    fn log_line(&mut self, text: &str) -> String {
        let log = self
            .log
            .get_or_insert_with(|| BufReader::new(self.child.stderr.take().unwrap()));
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "no {text:?} in the log");
        }
        line
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The one line that a refusal says.
fn only_line(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("lastmile: "), "{stderr}");
    stderr
}

#[test]
fn an_invalid_command_line_gets_one_line_and_status_2() {
    for words in [
        &["serve", "--nonsense"][..],
        &["serve", "--listen", "here"],
        &["fly"],
        &[],
    ] {
        let output = lastmile().args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        only_line(&output);
    }
    let output = lastmile().arg("serve").env("LASTMILE_LISTEN", "here").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(only_line(&output).contains("127.0.0.1:3000"));
}

#[test]
fn help_and_version_are_printed() {
    for word in ["--help", "--version"] {
        let output = lastmile().arg(word).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stdout).contains("lastmile"));
    }
}

#[test]
fn an_unreachable_database_gets_one_line_and_status_1() {
    let unreachable = "postgres://me:secret@127.0.0.1:1/lastmile";
    for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["seed"]] {
        let output = lastmile()
            .args(words)
            .env("DATABASE_URL", unreachable)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        let line = only_line(&output);
        assert!(line.contains("127.0.0.1:1") && line.contains("DATABASE_URL"), "{line}");
        assert!(!line.contains("secret"), "{line}");
    }
}

#[test]
fn a_taken_port_gets_one_line_and_status_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = lastmile().args(["serve", "--listen", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(only_line(&output).contains("--listen"));
}

#[test]
fn sigterm_stops_the_server_and_its_postgres_in_order() {
    let dir = DataDir::new("stop");
    for signal in [Signal::TERM, Signal::INT] {
        let mut served = dir.serve();
        assert!(dir.postmaster().is_some());

        // Meanwhile: no second one, but commands that use the running database.
        let second = lastmile()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&dir.0)
            .output()
            .unwrap();
        assert_eq!(second.status.code(), Some(1));
        assert!(only_line(&second).contains("--data-dir"));
        let migrate = lastmile().args(["migrate", "--data-dir"]).arg(&dir.0).output().unwrap();
        assert_eq!(migrate.status.code(), Some(0), "{migrate:?}");

        served.signal(signal);
        assert_eq!(served.end(), Some(0));
        assert_eq!(dir.postmaster(), None);
    }
}

#[test]
fn a_closed_log_pipe_stops_nothing() {
    let dir = DataDir::new("unread");
    let mut served = dir.serve();
    drop(served.child.stderr.take());
    for _ in 0..3 {
        assert_eq!(served.status("/healthz"), 200);
    }
    served.signal(Signal::TERM);
    assert_eq!(served.end(), Some(0));
}

#[test]
fn after_a_kill_it_starts_again_whatever_was_left_behind() {
    let dir = DataDir::new("kill");
    for postgres_too in [false, true, false] {
        let mut served = dir.serve();
        let postmaster = dir.postmaster().unwrap();
        served.signal(Signal::KILL);
        assert_eq!(served.end(), None);
        if postgres_too {
            kill_process(postmaster, Signal::KILL).unwrap();
        }
    }
    let mut served = dir.serve();
    assert!(served.status("/") < 500);
    served.signal(Signal::TERM);
    assert_eq!(served.end(), Some(0));
    assert_eq!(dir.postmaster(), None);
}

#[test]
fn after_a_kill_during_initdb_it_creates_the_cluster_again() {
    let dir = DataDir::new("half");
    let mut child = lastmile()
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&dir.0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let unfinished = || {
        let mut entries = std::fs::read_dir(&dir.0).unwrap().map_while(Result::ok);
        entries.any(|entry| entry.file_name().to_string_lossy().starts_with("postgres.new"))
    };
    let begun = Instant::now();
    while !unfinished() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it makes no database");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!dir.0.join("postgres").exists());

    let mut served = dir.serve();
    served.signal(Signal::TERM);
    assert_eq!(served.end(), Some(0));
}

#[test]
fn the_check_command_finds_and_repairs_derived_tables() {
    let data = DataDir::new("check");
    let run = |words: &[&str]| {
        let output = lastmile().args(words).arg("--data-dir").arg(&data.0).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["seed", "--customers", "40", "--leads", "1"]);
    let right = "the counts of customers are right\nthe words of customers are right\n\
                 the status and plan of customers by their services are right\n\
                 the summaries of customers are right\nthe open amounts of bills and payments are right\n";
    assert_eq!(run(&["check"]), right);
    assert_eq!(run(&["check", "--repair"]), right);
}

#[test]
fn all_addresses_are_no_address_for_links() {
    let dir = DataDir::new("all");
    let mut served = dir.serve_with("0.0.0.0:0", &["--metrics-listen", "127.0.0.1:0"]);
    assert!(served.address.starts_with("127.0.0.1:"), "{}", served.address);
    let warning = served.log_line("links begin with");
    assert!(
        warning.contains(&format!("http://{}", served.address)) && warning.contains("--public-url"),
        "{warning}"
    );
    // Metrics have a listener of their own.
    let line = served.log_line("metrics");
    let (_, metrics) = line.trim().split_once("address=").unwrap();
    assert_eq!(served.status("/healthz"), 200);
    let answer = get(metrics, "/metrics", "HTTP/1.1\r\nHost: localhost");
    assert_eq!(status_of(&answer), 200, "{answer}");
    assert!(
        answer.contains("lastmile_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1"),
        "{answer}"
    );
    assert!(
        answer.contains("lastmile_sessions 0") && answer.contains("lastmile_connections_max 8192"),
        "{answer}"
    );
    assert_ne!(served.status("/metrics"), 200, "not among the pages");
    served.signal(Signal::TERM);
    assert_eq!(served.end(), Some(0));
}

#[test]
fn a_request_needs_one_host() {
    let dir = DataDir::new("host");
    let mut served = dir.serve();
    for (version_and_host, status) in [
        ("HTTP/1.1\r\nHost: localhost", 200),
        ("HTTP/1.1", 400),
        ("HTTP/1.1\r\nHost: a\r\nHost: a", 400),
        ("HTTP/1.0", 200),
    ] {
        let answer = get(&served.address, "/sign-in", version_and_host);
        assert_eq!(status_of(&answer), status, "{version_and_host}");
    }
    served.signal(Signal::TERM);
    assert_eq!(served.end(), Some(0));
}

#[test]
fn half_open_heads_and_idle_connections_hold_up_no_shutdown() {
    let dir = DataDir::new("heads");
    let mut served = dir.serve();
    let connections: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = TcpStream::connect(&served.address).unwrap();
            if number % 2 == 0 {
                stream.write_all(b"GET / HTTP/1.1\r\nHost:").unwrap();
            }
            stream
        })
        .collect();
    assert_eq!(served.status("/readyz"), 200);
    served.signal(Signal::TERM);
    let begun = Instant::now();
    assert_eq!(served.end(), Some(0));
    // Waiting for them would take as long as an answer may, 8 s.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    drop(connections);
}

#[test]
fn more_connections_than_files_may_be_open_at_first() {
    let dir = DataDir::new("files");
    let mut served = dir.serve();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", served.child.id())).unwrap();
    let files: Vec<&str> = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(files[0], files[1], "{limits}");
    served.signal(Signal::TERM);
    assert_eq!(served.end(), Some(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    let dir = DataDir::new("twice");
    let mut served = dir.serve();
    let postmaster = dir.postmaster().unwrap();
    // A request whose body never ends keeps the first stop waiting.
    let mut slow = TcpStream::connect(&served.address).unwrap();
    slow.write_all(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nemail")
        .unwrap();
    // Connections are dealt in turn: who has it has answered one that came later, so that the stop finds it.
    for _ in 0..std::thread::available_parallelism().unwrap().get() {
        served.status("/");
    }
    served.signal(Signal::TERM);
    let stderr = served.child.stderr.take().unwrap();
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("asked to stop")));
    served.signal(Signal::TERM);
    // The first alone would end with 0, and only after the time that requests are given.
    assert_eq!(served.end(), Some(143));
    // Its Postgres has gone with it.
    assert_eq!(
        rustix::process::test_kill_process(postmaster),
        Err(rustix::io::Errno::SRCH)
    );
}
