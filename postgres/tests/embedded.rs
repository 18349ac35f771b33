//! A real Postgres: made, stopped, killed, locked, refused.
#![allow(clippy::unwrap_used)]

mod data_dir;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use data_dir::DataDir;
use postgres_embedded::{Config, ConnectionInfo, DataLayout, EmbeddedPostgres, PostgresError};
use rustix::process::{Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

fn config(dir: &DataDir) -> Config {
    Config::new("ledger", &dir.0)
}

async fn start(dir: &DataDir) -> EmbeddedPostgres {
    EmbeddedPostgres::start(&config(dir)).await.unwrap()
}

async fn refusal(dir: &DataDir) -> PostgresError {
    EmbeddedPostgres::start(&config(dir)).await.unwrap_err()
}

/// The one value of a query, as text.
async fn value(options: &PgConnectOptions, query: &'static str) -> Result<String, sqlx::Error> {
    let mut connection = options.connect().await?;
    let value = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(value)
}

async fn execute(options: &PgConnectOptions, statement: &'static str) {
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn is_private(path: &Path) -> bool {
    path.metadata().unwrap().permissions().mode() & 0o077 == 0
}

#[tokio::test]
async fn a_new_cluster_has_production_settings_and_keeps_its_data() {
    let dir = DataDir::new();
    let postgres = start(&dir).await;
    let info = postgres.connection_info().clone();
    for (query, expected) in [
        ("SELECT current_user::text", "ledger"),
        ("SHOW data_checksums", "on"),
        ("SHOW server_encoding", "UTF8"),
        ("SHOW fsync", "on"),
        ("SHOW full_page_writes", "on"),
        ("SHOW listen_addresses", ""),
        ("SHOW password_encryption", "scram-sha-256"),
    ] {
        assert_eq!(value(&info.app, query).await.unwrap(), expected, "{query}");
    }
    assert!(is_private(&dir.0.join("passwords")) && is_private(&dir.0.join("postgres")));
    assert!(is_private(info.app.get_socket().unwrap()));
    let wrong = info.app.clone().password("wrong").connect().await;
    assert!(wrong.is_err(), "the socket asks for the password");
    let secret = std::fs::read_to_string(dir.0.join("passwords")).unwrap();
    let secret = secret.lines().nth(2).unwrap();
    assert!(!format!("{postgres:?}").contains(secret), "no password in a debug text");

    execute(
        &info.owner,
        "CREATE TABLE entries AS SELECT 'still here' AS word; GRANT SELECT ON entries TO ledger",
    )
    .await;
    assert!(postgres.stop().await.unwrap());
    assert_eq!(dir.postmaster(), None);
    assert!(!info.app.get_socket().unwrap().exists());

    let postgres = start(&dir).await;
    let word = value(&postgres.connection_info().app, "SELECT word FROM entries").await;
    assert_eq!(word.unwrap(), "still here");
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn the_app_role_has_only_the_granted_privileges() {
    let dir = DataDir::new();
    let postgres = start(&dir).await;
    let info = postgres.connection_info();
    execute(
        &info.owner,
        "CREATE TABLE entries (n int); CREATE TABLE secrets (n int); GRANT SELECT ON entries TO ledger",
    )
    .await;
    let mut app = info.app.connect().await.unwrap();
    sqlx::raw_sql("SELECT FROM entries").execute(&mut app).await.unwrap();
    for statement in [
        "SELECT FROM secrets",
        "INSERT INTO entries VALUES (1)",
        "ALTER TABLE entries ADD COLUMN m int",
        "CREATE TABLE mine (n int)",
        "CREATE TEMPORARY TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE another",
    ] {
        let error = sqlx::raw_sql(statement).execute(&mut app).await.expect_err(statement);
        let code = error
            .as_database_error()
            .and_then(|error| error.code().map(|code| code.into_owned()));
        // 42501: insufficient privilege.
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }
    app.close().await.unwrap();
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn every_postgres_name_can_be_configured() {
    let dir = DataDir::new();
    let config = Config {
        layout: DataLayout {
            cluster: "data".to_owned(),
            passwords: "secrets".to_owned(),
            lock: "in-use".to_owned(),
            start_log: "start.log".to_owned(),
        },
        database: "the \"books\"".to_owned(),
        owner_role: "select".to_owned(),
        app_role: "The Clerk".to_owned(),
        ..config(&dir)
    };
    // The second start finds what the first one has made.
    for _ in 0..2 {
        let postgres = EmbeddedPostgres::start(&config).await.unwrap();
        let info = ConnectionInfo::of_running(&config).unwrap();
        let who = "SELECT current_database() || ' ' || current_user";
        assert_eq!(value(&info.app, who).await.unwrap(), "the \"books\" The Clerk");
        assert_eq!(value(&info.owner, who).await.unwrap(), "the \"books\" select");
        assert!(postgres.stop().await.unwrap());
    }
    let mut names: Vec<String> = std::fs::read_dir(&dir.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["data", "in-use", "secrets", "start.log"]);
    let without_passwords = dir.0.join("secrets");
    std::fs::remove_file(&without_passwords).unwrap();
    let error = EmbeddedPostgres::start(&config).await.unwrap_err();
    assert!(
        matches!(&error, PostgresError::NoPasswords(path) if path.ends_with("secrets")),
        "{error}"
    );
}

#[tokio::test]
async fn a_killed_postmaster_is_restarted_with_every_commit() {
    let dir = DataDir::new();
    let postgres = start(&dir).await;
    let info = postgres.connection_info().clone();
    execute(
        &info.owner,
        "CREATE TABLE entries (n int); GRANT SELECT, INSERT ON entries TO ledger",
    )
    .await;
    execute(&info.app, "INSERT INTO entries SELECT generate_series(1, 10)").await;

    let killed = dir.postmaster().unwrap();
    kill_process(killed, Signal::KILL).unwrap();
    let began = Instant::now();
    while dir.postmaster().is_none_or(|pid| pid == killed) || value(&info.app, "SELECT 'up'").await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "Postgres did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let count = value(&info.app, "SELECT count(*)::text FROM entries").await.unwrap();
    assert_eq!(count, "10");
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn one_process_per_data_directory() {
    let dir = DataDir::new();
    let postgres = start(&dir).await;
    let error = refusal(&dir).await;
    assert!(matches!(error, PostgresError::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");

    // Another process connects to the one that runs.
    let info = ConnectionInfo::of_running(&config(&dir)).unwrap();
    assert_eq!(value(&info.app, "SELECT 'shared'").await.unwrap(), "shared");
    assert!(postgres.stop().await.unwrap());

    let error = ConnectionInfo::of_running(&config(&dir)).unwrap_err();
    assert!(matches!(error, PostgresError::NotRunning(_)), "{error}");
    assert!(start(&dir).await.stop().await.unwrap());
}

#[tokio::test]
async fn data_of_another_major_version_is_refused() {
    let dir = DataDir::new();
    assert!(start(&dir).await.stop().await.unwrap());
    let version = dir.0.join("postgres/PG_VERSION");
    let right = std::fs::read_to_string(&version).unwrap();
    std::fs::write(&version, "9\n").unwrap();
    let error = refusal(&dir).await;
    assert!(matches!(error, PostgresError::OtherMajor { .. }), "{error}");
    let line = error.to_string();
    assert!(
        line.contains("postgresql-9") && line.contains("--username ledger_owner") && !line.contains('\n'),
        "{line}"
    );

    std::fs::write(&version, right).unwrap();
    assert!(start(&dir).await.stop().await.unwrap());
}

#[tokio::test]
async fn an_unfinished_cluster_of_a_killed_start_is_removed() {
    let dir = DataDir::new();
    let unfinished = dir.0.join("postgres.new-0");
    std::fs::create_dir_all(unfinished.join("cluster/base")).unwrap();
    std::fs::write(unfinished.join("cluster/PG_VERSION"), "15\n").unwrap();
    let postgres = start(&dir).await;
    let left = std::fs::read_dir(&dir.0)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("new"))
        .count();
    assert_eq!(left, 0);
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn a_reused_process_id_is_left_alone() {
    let dir = DataDir::new();
    assert!(start(&dir).await.stop().await.unwrap());
    // As after a crash of the machine: the file is there, and its process id is that of a running program of the same user.
    let file = dir.0.join("postgres/postmaster.pid");
    let text = format!(
        "{}\n{}\n0\n5432\n\n\n",
        std::process::id(),
        dir.0.join("postgres").display()
    );
    std::fs::write(&file, text).unwrap();
    assert!(start(&dir).await.stop().await.unwrap());
}
