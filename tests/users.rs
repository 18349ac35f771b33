//! Accounts as an operator meets them: `lastmile user`, and the ways in that `lastmile serve` prints at its start.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

const PASSWORD: &str = "nine green kettles sing";

/// The program, without what the environment of the tests says.
fn lastmile() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastmile"));
    for (name, _) in std::env::vars() {
        if name.starts_with("LASTMILE_") && name != "LASTMILE_POSTGRES_BIN" || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command.env("RUST_LOG", "trace");
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

    /// `lastmile user` with these words.
    fn user(&self, words: &[&str]) -> Output {
        let mut command = lastmile();
        command.env("RUST_LOG", "info,sqlx=warn");
        command
            .arg("user")
            .args(words)
            .arg("--data-dir")
            .arg(&self.0)
            .output()
            .unwrap()
    }

    /// What it prints where it does its work.
    fn stdout(&self, words: &[&str]) -> String {
        let output = self.user(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Its one line where it does not.
    fn refusal(&self, words: &[&str]) -> String {
        let output = self.user(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{words:?}");
        only_line(&output)
    }

    fn serve(&self, more: &[&str]) -> Served {
        let mut child = lastmile()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&self.0)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(self.0.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let line = line_of(&mut out);
        let Some(address) = line.strip_prefix("Lastmile is at http://").map(str::to_owned) else {
            panic!("{line:?}: {:?}", child.wait_with_output());
        };
        Served { child, address, out }
    }

    /// What the last `serve` has logged.
    fn log(&self) -> String {
        std::fs::read_to_string(self.0.join("log")).unwrap()
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if self.0.join("postgres/postmaster.pid").exists() {
            // Any command ends what was left behind.
            let _ = lastmile().args(["migrate", "--data-dir"]).arg(&self.0).output();
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn line_of(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// The one line that a refusal says, after what is logged of the database's start and stop.
fn only_line(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let (refusals, log): (Vec<&str>, Vec<&str>) = stderr.lines().partition(|line| line.starts_with("lastmile: "));
    assert_eq!(refusals.len(), 1, "{stderr}");
    assert_eq!(stderr.lines().last(), refusals.first().copied(), "{stderr}");
    assert!(
        log.iter()
            .all(|line| line.contains(" INFO ") || line.contains(" WARN ")),
        "{stderr}"
    );
    refusals[0].to_owned()
}

/// A running `lastmile serve`, ended with the test.
struct Served {
    child: Child,
    address: String,
    out: BufReader<ChildStdout>,
}

impl Served {
    fn line(&mut self) -> String {
        line_of(&mut self.out)
    }

    /// Ends it in order, and gives what it has printed and nobody has read.
    fn stop(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        rest
    }

    fn send(&self, method: &str, path: &str, session: &str, body: &str) -> PageData {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: text/html\r\nCookie: {session}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        PageData(answer)
    }

    fn get(&self, path: &str, session: &str) -> PageData {
        self.send("GET", path, session, "")
    }

    fn post(&self, path: &str, body: &str) -> PageData {
        self.send("POST", path, "", body)
    }

    /// Chooses the password of a link.
    fn choose(&self, link: &str, more: &str) {
        let path = link[link.find("/link/").unwrap()..].trim_end();
        assert_eq!(self.get(path, "").status(), 200);
        let answer = self.post(path, &format!("password={PASSWORD}{more}"));
        assert_eq!(
            (answer.status(), answer.header("location")),
            (303, "/sign-in"),
            "{answer:?}"
        );
        assert_eq!(self.get(path, "").status(), 404);
    }

    /// Signs in: the session.
    fn enter(&self, email: &str, password: &str) -> String {
        let answer = self.post("/sign-in", &format!("email={email}&password={password}"));
        assert_eq!(
            (answer.status(), answer.header("location")),
            (303, "/customers"),
            "{answer:?}"
        );
        let session = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        assert_eq!(self.get("/account", &session).status(), 200);
        session
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug)]
struct PageData(String);

impl PageData {
    fn status(&self) -> u16 {
        self.0.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        let lines = self.0.lines().take_while(|line| !line.is_empty());
        let mut pairs = lines.filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }
}

#[test]
fn the_first_start_prints_a_link_for_the_first_admin() {
    let dir = DataDir::new("first");
    let mut served = dir.serve(&[]);
    let (words, link) = (served.line(), served.line());
    assert!(words.contains("Create the first Admin within 30 minutes"), "{words}");
    assert!(link.starts_with(&format!("http://{}/link/", served.address)), "{link}");
    served.choose(&link, "&name=Asha+Rao&email=asha@example.in");
    let session = served.enter("asha@example.in", PASSWORD);
    assert_eq!(served.stop(), "");
    let log = dir.log();
    let token = link.rsplit('/').next().unwrap();
    let session = session.split_once('=').unwrap().1;
    for secret in [token, session, PASSWORD, "asha@example.in"] {
        assert!(!log.contains(secret), "{secret}");
    }
    assert!(log.contains("one-time link used"), "{log}");

    let again = dir.serve(&[]);
    again.enter("asha@example.in", PASSWORD);
    assert_eq!(again.stop(), "", "nobody has to be let in any more");
    assert_eq!(dir.stdout(&["list"]), "asha@example.in\tAdmin\tActive\tAsha Rao\n");
}

#[test]
fn the_user_command_manages_accounts() {
    let dir = DataDir::new("users");
    assert_eq!(dir.stdout(&["list"]), "");
    let add = |name: &'static str, email: &'static str, role: &'static str| {
        ["add", "--name", name, "--email", email, "--role", role]
    };
    let asha = dir.stdout(&add("Asha Rao", "asha@example.in", "Admin"));
    let lines: Vec<&str> = asha.lines().collect();
    assert_eq!(lines.len(), 2, "{asha}");
    assert!(
        lines[0].contains("asha@example.in") && lines[0].contains("72 hours"),
        "{asha}"
    );
    assert!(lines[1].starts_with("http://127.0.0.1:3000/link/"), "{asha}");
    let mut elsewhere = add("Ravi Kumar", "Ravi@example.in", "Staff").to_vec();
    elsewhere.extend(["--public-url", "https://crm.example"]);
    let ravi = dir.stdout(&elsewhere);
    assert!(ravi.contains("\nhttps://crm.example/link/"), "{ravi}");

    for words in [
        &add("Other", "other@example.in", "Boss")[..],
        &["add", "--name", "X"],
        &["fly"],
        &["reset"],
        &[],
    ] {
        let output = dir.user(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        only_line(&output);
    }
    assert_eq!(
        dir.stdout(&["list"]),
        "asha@example.in\tAdmin\tInvited\tAsha Rao\nRavi@example.in\tStaff\tInvited\tRavi Kumar\n"
    );

    // While it serves, the commands use the same database.
    let served = dir.serve(&[]);
    for (words, reason) in [
        (
            &add("Other", "ASHA@example.in", "Staff")[..],
            "Another user has this email",
        ),
        (&add("Other", "asha", "Staff"), "Enter an address"),
        (&add("", "other@example.in", "Staff"), "Enter a name"),
        (&["reset", "nobody@example.in"], "there is no user nobody@example.in"),
        (&["disable", "nobody@example.in"], "there is no user"),
        (&["enable", "nobody"], "Enter an address"),
        (&["disable", "asha@example.in"], "only Admin"),
    ] {
        let line = dir.refusal(words);
        assert!(line.contains(reason), "{words:?}: {line}");
    }
    served.choose(&asha, "");
    served.choose(&ravi, "");
    let (admin, staff) = (
        served.enter("asha@example.in", PASSWORD),
        served.enter("ravi@example.in", PASSWORD),
    );
    assert!(dir.refusal(&["disable", "asha@example.in"]).contains("only Admin"));
    assert_eq!(
        dir.stdout(&["disable", "ravi@EXAMPLE.in"]),
        "Ravi@example.in is disabled\n"
    );
    assert_eq!(served.get("/account", &staff).status(), 303, "signed out at once");
    assert_eq!(
        served
            .post("/sign-in", &format!("email=ravi@example.in&password={PASSWORD}"))
            .status(),
        422
    );
    assert!(dir.stdout(&["list"]).contains("Ravi@example.in\tStaff\tDisabled\t"));
    assert!(dir.refusal(&["reset", "ravi@example.in"]).contains("Enable it first"));
    assert_eq!(
        dir.stdout(&["enable", "ravi@example.in"]),
        "Ravi@example.in is active\n"
    );
    let staff = served.enter("ravi@example.in", PASSWORD);
    let reset = dir.stdout(&["reset", "ravi@example.in", "--without-two-step"]);
    assert!(reset.contains("24 hours"), "{reset}");
    assert_eq!(served.get("/account", &staff).status(), 200, "until it is used");
    served.choose(&reset, "");
    assert_eq!(served.get("/account", &staff).status(), 303);

    let history = served.get("/history", &admin);
    assert_eq!(history.status(), 200);
    for entry in ["command line", "disabled", "enabled", "Ravi Kumar"] {
        assert!(history.0.contains(entry), "{entry}: {}", history.0);
    }
    served.stop();
}

#[test]
fn a_demo_prints_its_passwords_once() {
    let dir = DataDir::new("demo");
    let mut served = dir.serve(&["--demo"]);
    let lines = [served.line(), served.line()];
    let mut secrets = Vec::new();
    for (role, line) in ["Admin", "Sales"].iter().zip(&lines) {
        let rest = line
            .strip_prefix(&format!("{role}: "))
            .unwrap_or_else(|| panic!("{line}"));
        let (email, password) = rest.split_once(" with the password ").unwrap();
        assert!(password.len() >= 12, "{line}");
        let session = served.enter(email, password);
        let may = served.get("/settings/users", &session).status();
        assert_eq!(may, if *role == "Admin" { 200 } else { 403 });
        secrets.push(password.to_owned());
        let button = served.post("/sign-in/demo", &format!("role={role}"));
        assert_eq!((button.status(), button.header("location")), (303, "/customers"));
    }
    assert_eq!(served.post("/sign-in/demo", "role=Staff").status(), 303);
    assert_eq!(served.stop(), "");
    assert!(secrets.iter().all(|secret| !dir.log().contains(secret)));

    assert_eq!(dir.serve(&["--demo"]).stop(), "", "they are set already");
    assert_eq!(
        dir.serve(&[]).stop(),
        "",
        "nor is there a link, since somebody can sign in"
    );
}

#[test]
fn a_demo_listens_on_loopback_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = lastmile()
            .args(["serve", "--demo", "--listen", address])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{address}");
        assert!(only_line(&output).contains("this machine alone"));
    }
}
