//! The embedded Postgres, for real: made, killed, locked, refused.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use server::config::{DatabaseConfig, OwnDatabase};
use server::database;
use server::opening::Opened;
use server::postgres::{Access, Embedded, PROGRAM, PostgresError, Settings};
use sqlx::{ConnectOptions, Connection};

/// A data directory that is removed in the end, with whatever Postgres a failed test left in it ended first.
struct DataDir(PathBuf);

impl DataDir {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("lastmile-test-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&path).unwrap();
        // As root, the user postgres has to pass through it.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn settings(&self) -> Settings {
        Settings {
            data_dir: self.0.clone(),
            bin: None,
        }
    }

    fn postmaster(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.0.join("postgres/postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster() {
            let _ = kill_process(pid, Signal::INT);
            let begun = Instant::now();
            while self.postmaster().is_some() && begun.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn one(access: &Access, query: &'static str) -> Result<String, sqlx::Error> {
    let mut connection = access.program.connect().await?;
    let answer = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(answer)
}

async fn as_owner(access: &Access, statement: &'static str) {
    let mut owner = access.owner.connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
}

fn is_private(path: &Path) -> bool {
    path.metadata().unwrap().permissions().mode() & 0o077 == 0
}

#[tokio::test]
async fn a_fresh_one_is_fit_for_production_and_keeps_its_data() {
    let dir = DataDir::new();
    let postgres = Embedded::start(&dir.settings()).await.unwrap();
    let access = postgres.access().clone();
    for (query, answer) in [
        ("SELECT current_user::text", PROGRAM),
        ("SHOW data_checksums", "on"),
        ("SHOW server_encoding", "UTF8"),
        ("SHOW fsync", "on"),
        ("SHOW full_page_writes", "on"),
        ("SHOW listen_addresses", ""),
        ("SHOW password_encryption", "scram-sha-256"),
    ] {
        assert_eq!(one(&access, query).await.unwrap(), answer, "{query}");
    }
    assert!(is_private(&dir.0.join("passwords")) && is_private(&dir.0.join("postgres")));
    assert!(is_private(access.program.get_socket().unwrap()));
    let wrong = access.program.clone().password("wrong").connect().await;
    assert!(wrong.is_err(), "the password counts, even on the socket");

    as_owner(
        &access,
        "CREATE TABLE kept AS SELECT 'still here' AS word; GRANT SELECT ON kept TO lastmile",
    )
    .await;
    assert!(postgres.stop().await.unwrap());
    assert_eq!(dir.postmaster(), None);
    assert!(!access.program.get_socket().unwrap().exists());

    let postgres = Embedded::start(&dir.settings()).await.unwrap();
    let word = one(postgres.access(), "SELECT word FROM kept").await.unwrap();
    assert_eq!(word, "still here");
    assert!(postgres.stop().await.unwrap());
}

/// The program's settings hold in its connections. How much memory a search may have, and how far Postgres fetches ahead, are an operator's choice.
#[tokio::test]
async fn connections_have_the_programs_settings() {
    let dir = DataDir::new();
    let postgres = Embedded::start(&dir.settings()).await.unwrap();
    let access = postgres.access().clone();
    let said = async |setting: &str| {
        let pool = database::pool(&access.program);
        let said: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&pool)
            .await
            .unwrap();
        pool.close().await;
        said
    };
    assert_eq!(said("statement_timeout").await, "5s");
    assert_eq!(said("plan_cache_mode").await, "force_generic_plan");
    assert_eq!(said("work_mem").await, "16MB");
    // Elsewhere Postgres may not be able to.
    if cfg!(target_os = "linux") {
        assert_eq!(said("effective_io_concurrency").await, "32");
    }
    let chosen = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '64MB');
        EXECUTE format('ALTER DATABASE %I SET effective_io_concurrency = 1', current_database());
    END $$";
    as_owner(&access, chosen).await;
    assert_eq!(said("work_mem").await, "64MB");
    assert_eq!(said("effective_io_concurrency").await, "1");
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn killed_it_comes_back_and_no_stale_connection_is_handed_out() {
    let dir = DataDir::new();
    let postgres = Embedded::start(&dir.settings()).await.unwrap();
    let access = postgres.access().clone();
    as_owner(
        &access,
        "CREATE TABLE kept (n int); GRANT SELECT, INSERT ON kept TO lastmile",
    )
    .await;
    let pool = database::pool(&access.program);
    let insert = async || sqlx::query("INSERT INTO kept VALUES (1)").execute(&pool).await;
    let five = async || tokio::join!(insert(), insert(), insert(), insert(), insert());
    let (a, b, c, d, e) = five().await;
    assert!([a, b, c, d, e].iter().all(Result::is_ok));

    let killed = dir.postmaster().unwrap();
    kill_process(killed, Signal::KILL).unwrap();
    let begun = Instant::now();
    while dir.postmaster().is_none_or(|pid| pid == killed) || one(&access, "SELECT 'up'").await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "Postgres did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (a, b, c, d, e) = five().await;
    for answer in [a, b, c, d, e] {
        answer.expect("a connection from before the restart was handed out");
    }
    let count = one(&access, "SELECT count(*)::text FROM kept").await.unwrap();
    assert_eq!(count, "10", "every acknowledged write is there");
    pool.close().await;
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn one_lastmile_per_data_directory() {
    let dir = DataDir::new();
    let postgres = Embedded::start(&dir.settings()).await.unwrap();
    let fault = Embedded::start(&dir.settings()).await.unwrap_err();
    assert!(matches!(fault, PostgresError::InUse { .. }), "{fault}");
    let line = fault.to_string();
    assert!(
        line.contains(&std::process::id().to_string()) && line.contains("--data-dir"),
        "{line}"
    );

    // A command that comes and goes uses the one that runs.
    let access = Access::of_running(&dir.settings()).unwrap();
    assert_eq!(one(&access, "SELECT 'shared'").await.unwrap(), "shared");
    assert!(postgres.stop().await.unwrap());
    Embedded::start(&dir.settings()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn data_of_another_major_version_is_refused() {
    let dir = DataDir::new();
    Embedded::start(&dir.settings()).await.unwrap().stop().await.unwrap();
    let version = dir.0.join("postgres/PG_VERSION");
    let right = std::fs::read_to_string(&version).unwrap();
    std::fs::write(&version, "9\n").unwrap();
    let fault = Embedded::start(&dir.settings()).await.unwrap_err();
    assert!(matches!(fault, PostgresError::OtherMajor { .. }), "{fault}");
    let line = fault.to_string();
    assert!(
        line.contains("postgresql-9") && line.contains("pg_dump") && !line.contains('\n'),
        "{line}"
    );

    std::fs::write(&version, right).unwrap();
    Embedded::start(&dir.settings()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn what_a_start_that_was_killed_left_behind_is_removed() {
    let dir = DataDir::new();
    let half = dir.0.join("postgres.new-0");
    std::fs::create_dir_all(half.join("cluster/base")).unwrap();
    std::fs::write(half.join("cluster/PG_VERSION"), "15\n").unwrap();
    let postgres = Embedded::start(&dir.settings()).await.unwrap();
    let unfinished = std::fs::read_dir(&dir.0)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("new"))
        .count();
    assert_eq!(unfinished, 0);
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn a_number_that_is_another_programs_by_now_stops_nobody() {
    let dir = DataDir::new();
    Embedded::start(&dir.settings()).await.unwrap().stop().await.unwrap();
    // As after a crash of the machine: the file is there, and its number is a living program of the same user.
    let file = dir.0.join("postgres/postmaster.pid");
    let text = format!(
        "{}\n{}\n0\n5432\n\n\n",
        std::process::id(),
        dir.0.join("postgres").display()
    );
    std::fs::write(&file, text).unwrap();
    Embedded::start(&dir.settings()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn the_programs_role_cannot_alter_tables_nor_the_history() {
    let dir = DataDir::new();
    let opened = Opened::to_serve(DatabaseConfig::Embedded(dir.settings()))
        .await
        .unwrap();
    opened.migrate().await.unwrap();
    opened.migrate().await.unwrap();
    let mut program = opened.program.connect().await.unwrap();
    for statement in [
        "SELECT FROM customers",
        "DELETE FROM customers",
        "SELECT FROM history",
        "SELECT FROM _sqlx_migrations",
    ] {
        sqlx::raw_sql(statement).execute(&mut program).await.expect(statement);
    }
    for statement in [
        "ALTER TABLE customers ADD COLUMN x int",
        "CREATE TABLE mine (n int)",
        "UPDATE history SET id = id",
        "DELETE FROM history",
        "TRUNCATE history",
        "TRUNCATE customers",
        "DELETE FROM _sqlx_migrations",
    ] {
        let fault = sqlx::raw_sql(statement)
            .execute(&mut program)
            .await
            .expect_err(statement);
        let code = fault
            .as_database_error()
            .and_then(|fault| fault.code().map(|code| code.into_owned()));
        // 42501: insufficient privilege.
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {fault}");
    }
    program.close().await.unwrap();
    opened.close().await;
}

#[tokio::test]
async fn somebodys_own_database_is_served_only_with_this_programs_schema() {
    let dir = DataDir::new();
    let postgres = Embedded::start(&dir.settings()).await.unwrap();
    let access = postgres.access().clone();
    let own = async || {
        Opened::to_serve(DatabaseConfig::Own(Box::new(OwnDatabase {
            program: access.program.clone(),
            owner: Some(access.owner.clone()),
        })))
        .await
        .unwrap()
    };
    let opened = own().await;
    let fault = opened.prepare_to_serve().await.unwrap_err().to_string();
    // The table is not there or not ours to see: either way it has not been migrated.
    assert!(fault.contains("lastmile migrate"), "{fault}");
    opened.migrate().await.unwrap();
    opened.prepare_to_serve().await.unwrap();

    as_owner(
        &access,
        "INSERT INTO _sqlx_migrations VALUES (99999999999999, 'later', now(), true, ''::bytea, 0)",
    )
    .await;
    let fault = opened.prepare_to_serve().await.unwrap_err().to_string();
    assert!(fault.contains("newer"), "{fault}");
    let fault = opened.migrate().await.unwrap_err().to_string();
    assert!(fault.contains("newer"), "{fault}");
    assert!(postgres.stop().await.unwrap());
}
