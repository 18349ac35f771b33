//! The program on an embedded Postgres, and on an external one: its settings, its rights, its schema.
#![allow(clippy::unwrap_used)]

#[path = "../../postgres/tests/data_dir/mod.rs"]
mod data_dir;

use std::time::{Duration, Instant};

use data_dir::DataDir;
use postgres_embedded::{ConnectionInfo, EmbeddedPostgres};
use rustix::process::{Signal, kill_process};
use server::config::{DatabaseConfig, ExternalDatabase};
use server::database::{self, DatabaseError, SchemaError};
use server::open_database::OpenDatabase;
use sqlx::{ConnectOptions, Connection, PgConnection};

fn config(dir: &DataDir) -> DatabaseConfig {
    DatabaseConfig::embedded(dir.0.clone(), None)
}

fn embedded(dir: &DataDir) -> postgres_embedded::Config {
    match config(dir) {
        DatabaseConfig::Embedded(config) => *config,
        DatabaseConfig::External(_) => unreachable!("the configuration is that of an embedded database"),
    }
}

async fn start(dir: &DataDir) -> EmbeddedPostgres {
    EmbeddedPostgres::start(&embedded(dir)).await.unwrap()
}

/// The database of an embedded Postgres as one that somebody else runs.
async fn open_external(info: &ConnectionInfo) -> OpenDatabase {
    let external = ExternalDatabase {
        program: info.app.clone(),
        owner: Some(info.owner.clone()),
    };
    OpenDatabase::for_serve(DatabaseConfig::External(Box::new(external)))
        .await
        .unwrap()
}

async fn one(info: &ConnectionInfo, query: &'static str) -> Result<String, sqlx::Error> {
    let mut connection = info.app.connect().await?;
    let value = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(value)
}

async fn as_owner(info: &ConnectionInfo, statement: &'static str) {
    let mut owner = info.owner.connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
}

/// The program's settings hold in its connections. An operator may change how much memory a search has, and how far Postgres fetches ahead.
#[tokio::test]
async fn connections_have_the_programs_settings() {
    let dir = DataDir::new();
    let postgres = start(&dir).await;
    let info = postgres.connection_info().clone();
    let current = async |setting: &str| {
        let pool = database::pool(&info.app);
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&pool)
            .await
            .unwrap();
        pool.close().await;
        value
    };
    assert_eq!(current("statement_timeout").await, "5s");
    assert_eq!(current("plan_cache_mode").await, "force_generic_plan");
    assert_eq!(current("work_mem").await, "16MB");
    // Elsewhere Postgres may not be able to.
    if cfg!(target_os = "linux") {
        assert_eq!(current("effective_io_concurrency").await, "32");
    }
    let operators_choice = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '64MB');
        EXECUTE format('ALTER DATABASE %I SET effective_io_concurrency = 1', current_database());
    END $$";
    as_owner(&info, operators_choice).await;
    assert_eq!(current("work_mem").await, "64MB");
    assert_eq!(current("effective_io_concurrency").await, "1");
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn after_a_restart_of_postgres_the_pool_hands_out_no_stale_connection() {
    let dir = DataDir::new();
    let postgres = start(&dir).await;
    let info = postgres.connection_info().clone();
    as_owner(
        &info,
        "CREATE TABLE entries (n int); GRANT SELECT, INSERT ON entries TO lastmile",
    )
    .await;
    let pool = database::pool(&info.app);
    let insert = async || sqlx::query("INSERT INTO entries VALUES (1)").execute(&pool).await;
    let five = async || tokio::join!(insert(), insert(), insert(), insert(), insert());
    let (a, b, c, d, e) = five().await;
    assert!([a, b, c, d, e].iter().all(Result::is_ok));

    let killed = dir.postmaster().unwrap();
    kill_process(killed, Signal::KILL).unwrap();
    let began = Instant::now();
    while dir.postmaster().is_none_or(|pid| pid == killed) || one(&info, "SELECT 'up'").await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "Postgres did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (a, b, c, d, e) = five().await;
    for answer in [a, b, c, d, e] {
        answer.expect("a connection from before the restart was handed out");
    }
    let count = one(&info, "SELECT count(*)::text FROM entries").await.unwrap();
    assert_eq!(count, "10", "every acknowledged write is there");
    pool.close().await;
    assert!(postgres.stop().await.unwrap());
}

#[tokio::test]
async fn the_programs_role_cannot_alter_tables_nor_the_history() {
    let dir = DataDir::new();
    let opened = OpenDatabase::for_serve(config(&dir)).await.unwrap();
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
        "DELETE FROM text_rules",
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
async fn an_external_database_is_served_only_with_this_programs_schema() {
    let dir = DataDir::new();
    let postgres = start(&dir).await;
    let info = postgres.connection_info().clone();
    let opened = open_external(&info).await;
    let error = opened.prepare_to_serve().await.unwrap_err().to_string();
    // The table does not exist, or the program's role cannot see it: either way the database was not migrated.
    assert!(error.contains("lastmile migrate"), "{error}");
    opened.migrate().await.unwrap();
    opened.prepare_to_serve().await.unwrap();

    as_owner(
        &info,
        "INSERT INTO _sqlx_migrations VALUES (99999999999999, 'later', now(), true, ''::bytea, 0)",
    )
    .await;
    let error = opened.prepare_to_serve().await.unwrap_err().to_string();
    assert!(error.contains("newer"), "{error}");
    let error = opened.migrate().await.unwrap_err().to_string();
    assert!(error.contains("newer"), "{error}");
    assert!(postgres.stop().await.unwrap());
}

/// A migration that checkouts had until all migrations were replaced.
const REPLACED: i64 = 20_261_123_060_000;

/// Makes an empty database look like one that an earlier checkout has migrated. Returns the version of the migration.
async fn migrate_as_an_earlier_checkout(owner: &mut PgConnection) -> i64 {
    let first = database::MIGRATOR.iter().map(|migration| migration.version).min();
    let version = REPLACED.min(first.unwrap() - 1);
    sqlx::raw_sql(
        "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
             installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL,
             execution_time bigint NOT NULL);
         GRANT SELECT ON _sqlx_migrations TO lastmile",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations VALUES ($1, 'customers', now(), true, '\\x01', 0)")
        .bind(version)
        .execute(owner)
        .await
        .unwrap();
    version
}

/// What `serve`, `migrate` and the commands that only check the schema say of a database with a replaced migration.
async fn refusals(opened: &OpenDatabase, replaced: i64) -> [String; 3] {
    let mut owner = opened.owner().await.unwrap();
    let results = [
        opened.prepare_to_serve().await,
        opened.migrate().await,
        opened.check_schema(&mut owner).await,
    ];
    owner.close().await.unwrap();
    results.map(|result| match result.unwrap_err() {
        DatabaseError::Schema(error @ SchemaError::EarlierCheckout { version, .. }) if version == replaced => {
            error.to_string()
        }
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn a_database_of_an_earlier_checkout_is_refused_and_unchanged() {
    let dir = DataDir::new();
    let opened = OpenDatabase::for_serve(config(&dir)).await.unwrap();
    let mut owner = opened.owner().await.unwrap();
    let replaced = migrate_as_an_earlier_checkout(&mut owner).await;
    owner.close().await.unwrap();

    let directory = dir.0.display().to_string();
    for line in refusals(&opened, replaced).await {
        let advice = format!("move the data directory {directory} aside");
        assert!(line.contains(&advice), "{line}");
    }
    let info = ConnectionInfo::of_running(&embedded(&dir)).unwrap();
    let external = open_external(&info).await;
    for line in refusals(&external, replaced).await {
        let advice = "make a new, empty database and run `lastmile migrate`";
        assert!(line.contains(advice) && !line.contains(&directory), "{line}");
    }
    let tables = "SELECT count(*)::text FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(one(&info, tables).await.unwrap(), "1", "nothing was migrated");
    opened.close().await;
}
