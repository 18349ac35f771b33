//! The database as the process sees it: connections, the schema, and rights.

mod schema;
pub mod text_rules;

use std::time::Duration;

use app::db::error::may_only_read;
use log::LevelFilter;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};

pub use schema::{MIGRATOR, SchemaError, check_schema};

/// How long a request waits for a connection before it answers 503.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(3);
/// How long it waits for one to the replica before it asks the database instead.
const ACQUIRE_REPLICA_WITHIN: Duration = Duration::from_millis(500);
/// How long a first connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long the health check keeps a connection.
const HEALTH_LIFETIME: Duration = Duration::from_secs(10);
/// A connection that was idle for longer is tested before it is used.
const TRUSTED_FOR: Duration = Duration::from_millis(50);
/// How many connections an event loop has, where there are enough of them: they keep its processor busy while some of them wait for a lock.
const CONNECTIONS: u32 = 8;
/// How many it has at least.
const LEAST_CONNECTIONS: u32 = 4;
/// How many all have. Postgres allows 100 by default, and the owner and the operator want some of them.
const MOST_CONNECTIONS: u32 = 80;
/// How many prepared statements a connection keeps. In Postgres one takes a tenth of a megabyte; a search under a filter up to one.
const STATEMENTS: usize = 256;
/// What a search looks up lies all over the table. Its places are noted in memory: in too little, whole pages are looked through for them. And where the pages
/// are not in memory, they are fetched side by side, if Postgres can do that on its system. What an operator has set stays.
const SEARCHING: &str = "SELECT set_config(name, wanted, false)
    FROM (VALUES ('work_mem', '16MB'), ('effective_io_concurrency', '32')) AS settings (name, wanted) JOIN pg_settings USING (name)
    WHERE source = 'default' AND boot_val <> '0'";
/// The advisory lock of whoever grants rights: "grants", as a number of this program's own.
const GRANTING: i64 = 0x6772_616e_7473;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No connection.
    #[error("cannot reach the database {place}: check that it runs and that {variable} is right")]
    Unreachable {
        /// Host and name, never the password.
        place: String,
        /// Where the address came from.
        variable: &'static str,
        /// The driver's reason.
        source: sqlx::Error,
    },
    /// It does not prove who it is.
    #[error(
        "the database {place} offers no TLS, or its certificate is none that this machine trusts: name its authority by ?sslrootcert=FILE in \
         {variable}, or allow less by ?sslmode=require (encrypted) or ?sslmode=disable"
    )]
    Unproven {
        /// Host and name, never the password.
        place: String,
        /// Where the address came from.
        variable: &'static str,
        /// The driver's reason.
        source: sqlx::Error,
    },
    /// No answer within the time allowed.
    #[error("the database {place} does not answer within {} s: check that it runs and that {variable} is right", CONNECT_WITHIN.as_secs())]
    Silent {
        /// Host and name, never the password.
        place: String,
        /// Where the address came from.
        variable: &'static str,
    },
    /// The schema is not this program's.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A migration failed.
    #[error("the database could not be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A query of the process itself failed.
    #[error("the database refused a query of the start")]
    Query(#[from] sqlx::Error),
}

/// Opens one connection, within a few seconds, for work that may take long: no statement of it is logged as a slow one.
///
/// # Errors
/// `Unreachable` and `Silent`, which name `variable`.
pub async fn connect(options: &PgConnectOptions, variable: &'static str) -> Result<PgConnection, DatabaseError> {
    let patient = options.clone().log_slow_statements(LevelFilter::Off, Duration::MAX);
    match tokio::time::timeout(CONNECT_WITHIN, patient.connect()).await {
        Ok(connected) => connected.map_err(|source| {
            let place = place(options);
            match source {
                sqlx::Error::Tls(_) => DatabaseError::Unproven {
                    place,
                    variable,
                    source,
                },
                _ => DatabaseError::Unreachable {
                    place,
                    variable,
                    source,
                },
            }
        }),
        Err(_) => Err(DatabaseError::Silent {
            place: place(options),
            variable,
        }),
    }
}

/// Where options lead, without the password: `lastmile at db.example:5432`.
fn place(options: &PgConnectOptions) -> String {
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{name} at {}", socket.display()),
        None => format!("{name} at {}:{}", options.get_host(), options.get_port()),
    }
}

/// The pool of the program's role. It connects when it is first used, so that a database that is away never stops the program.
///
/// A connection that has been idle is tested before it is used: after a restart of the database each stale connection would
/// otherwise answer somebody's request with an error. One that was in use a moment ago is not, which spares a busy program
/// the round trip.
pub fn pool(options: &PgConnectOptions) -> PgPool {
    pool_options()
        .acquire_timeout(ACQUIRE_WITHIN)
        .connect_lazy_with(connect_options(options))
}

/// The pool of jobs: for what each of some workers does, and for their leases. No browser waits for it.
pub fn jobs_pool(options: &PgConnectOptions, workers: u32) -> PgPool {
    let options = connect_options(options)
        .application_name("lastmile jobs")
        .options([("statement_timeout", "60s")]);
    pool_options()
        .max_connections(2 * workers)
        .acquire_timeout(ACQUIRE_WITHIN)
        .connect_lazy_with(options)
}

/// The pool of a replica, from which nobody writes. Whoever waits for it in vain can still ask the database.
pub fn read_pool(options: &PgConnectOptions) -> PgPool {
    let options = connect_options(options).options([("default_transaction_read_only", "on")]);
    pool_options()
        .acquire_timeout(ACQUIRE_REPLICA_WITHIN)
        .connect_lazy_with(options)
}

/// The pool of the health check: one connection, which no request waits for, and which is made anew often enough to notice that others
/// could not be made.
pub fn health_pool(options: &PgConnectOptions) -> PgPool {
    pool_options()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_WITHIN)
        .max_lifetime(HEALTH_LIFETIME)
        .connect_lazy_with(options.clone())
}

fn connect_options(options: &PgConnectOptions) -> PgConnectOptions {
    options
        .clone()
        .application_name("lastmile")
        // Each combination of sort, filters, columns and size is a statement of its own.
        .statement_cache_capacity(STATEMENTS)
        .options([
            // No page is worth more: what takes longer fails, and frees its connection.
            ("statement_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
            // Every statement is written for one plan that fits whatever is bound: planning again finds nothing better, and takes
            // as long as the answer. Compiling one takes longer still.
            ("plan_cache_mode", "force_generic_plan"),
            ("jit", "off"),
        ])
}

/// How many event loops share the database: one for each processor, as far as the connections go.
pub fn loops() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(processors)
        .unwrap_or(u32::MAX)
        .min(MOST_CONNECTIONS / LEAST_CONNECTIONS)
}

fn pool_options() -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS.min(MOST_CONNECTIONS / loops()))
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(SEARCHING).execute(connection).await?;
                Ok(())
            })
        })
        .before_acquire(|connection, found| {
            Box::pin(async move {
                if may_only_read(found.age) {
                    return Ok(false);
                }
                if found.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

/// Brings the schema to this program's version, and the text of the rows to its rules.
///
/// # Errors
/// `Schema` where another program's migrations are in the way; `Migrate`.
pub async fn migrate(owner: &mut PgConnection) -> Result<(), DatabaseError> {
    match check_schema(&mut *owner).await? {
        Ok(()) => {}
        Err(SchemaError::Empty | SchemaError::Older { .. }) => {
            MIGRATOR.run(&mut *owner).await.map_err(DatabaseError::Migrate)?;
        }
        Err(other) => return Err(other.into()),
    }
    Ok(text_rules::renew(owner).await?)
}

/// Gives the program's role what it needs and no more: rows of every table; the history is only added to and read, and of
/// a service's events nothing is deleted and only what becomes of them is changed.
/// In one transaction, so that a running program never lacks a right for a moment; and one after the other, since commands that
/// grant at the same moment would write the same rows of Postgres's catalogue, which it refuses.
///
/// # Errors
/// The database's.
pub async fn grant(owner: &mut PgConnection, role: &str) -> Result<(), sqlx::Error> {
    let schema: String = sqlx::query_scalar("SELECT current_schema()")
        .fetch_one(&mut *owner)
        .await?;
    let (schema, role) = (quoted(&schema), quoted(role));
    let mut transaction = owner.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(GRANTING)
        .execute(&mut *transaction)
        .await?;
    let statements = format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
         REVOKE UPDATE, DELETE ON {schema}.history, {schema}.service_events FROM {role};
         GRANT UPDATE (plan_before, price_before_paise, applied_at, withdrawn_at, withdrawn_by, refusal, told_at) ON {schema}.service_events TO {role};
         REVOKE UPDATE, DELETE ON {schema}.bills, {schema}.bill_lines, {schema}.payments, {schema}.allocations, {schema}.providers FROM {role};
         GRANT UPDATE (open_paise) ON {schema}.bills TO {role};
         GRANT UPDATE (reversed) ON {schema}.bill_lines TO {role};
         GRANT UPDATE (state, reversed_on, reason, open_paise, version) ON {schema}.payments TO {role};
         GRANT UPDATE (undone_at) ON {schema}.allocations TO {role};
         REVOKE INSERT, UPDATE, DELETE ON {schema}._sqlx_migrations, {schema}.text_rules FROM {role}"
    );
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// Asks whether the database can be written to, by a statement that needs the right and the possibility to write and changes no row. The
/// outer error is the connection's, the inner one says why it cannot.
///
/// # Errors
/// The connection's.
pub async fn check_writable(connection: &mut PgConnection) -> Result<Result<(), String>, sqlx::Error> {
    let write = sqlx::query("DELETE FROM sign_in_attempts WHERE false");
    match write.execute(connection).await {
        Ok(_) => Ok(Ok(())),
        Err(sqlx::Error::Database(error)) => Ok(Err(format!("the database takes no writes ({})", error.message()))),
        Err(error) => Err(error),
    }
}

/// How many sessions have not expired.
///
/// # Errors
/// The database's.
pub async fn count_sessions(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM sessions CROSS JOIN session_policy
         WHERE last_seen_at > now() - make_interval(mins => idle_minutes)
             AND signed_in_at > now() - make_interval(mins => absolute_minutes)",
    );
    count.fetch_one(connection).await
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether the role of this connection could alter the tables: `serve` says so in its log.
///
/// # Errors
/// The database's.
pub async fn could_alter(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'customers'::regclass")
        .fetch_one(connection)
        .await
}

/// Whether there is no customer, not even a deleted one.
///
/// # Errors
/// The database's.
pub async fn is_empty(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT NOT EXISTS (SELECT FROM customers)")
        .fetch_one(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_identifiers_are_quoted() {
        assert_eq!(quoted("a\"; DROP TABLE x; --"), "\"a\"\"; DROP TABLE x; --\"");
    }

    #[test]
    fn a_displayed_database_url_has_no_password() {
        let options: PgConnectOptions = "postgres://me:secret@db.example:5433/lastmile".parse().expect("a URL");
        assert_eq!(place(&options), "lastmile at db.example:5433");
    }
}
