//! What each of Postgres's errors becomes: by its SQLSTATE, against a Postgres that raises it.

mod test_client;

use std::io::Write;
use std::sync::{Arc, Mutex};

use app::base::error::AppError;
use axum::http::StatusCode;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};
use test_client::{Form, TestResponse, TestServer};
use uuid::Uuid;

/// A SQLSTATE, the status that it becomes, and how often the write is done.
const TABLE: [(&str, u16, i64); 29] = [
    // Connection exception.
    ("08000", 503, 1),
    ("08006", 503, 1),
    ("08P01", 503, 1),
    // A database that only reads.
    ("25006", 503, 1),
    // Insufficient resources: the disk is full, memory, connections.
    ("53000", 503, 1),
    ("53100", 503, 1),
    ("53200", 503, 1),
    ("53300", 503, 1),
    ("53400", 503, 1),
    // A lock that was not given in time.
    ("55P03", 503, 1),
    // Operator intervention, also a statement that took too long.
    ("57000", 503, 1),
    ("57014", 503, 1),
    ("57P01", 503, 1),
    ("57P03", 503, 1),
    // System error.
    ("58000", 503, 1),
    ("58030", 503, 1),
    ("58P01", 503, 1),
    // Lost against others: once, and three times again.
    ("40001", 503, 4),
    ("40P01", 503, 4),
    // The rest of those classes, and all others, are faults of ours.
    ("40002", 500, 1),
    ("25000", 500, 1),
    ("25P02", 500, 1),
    ("28000", 500, 1),
    ("42501", 500, 1),
    ("42P01", 500, 1),
    ("22012", 500, 1),
    ("55000", 500, 1),
    ("P0001", 500, 1),
    ("XX000", 500, 1),
];

/// Lets each insert of a customer raise a SQLSTATE, and counts how often one was tried. After `tries` it succeeds.
async fn raise(pool: &PgPool, sqlstate: &str, tries: i64) {
    let statements = format!(
        "CREATE SEQUENCE IF NOT EXISTS tried;
         ALTER SEQUENCE tried RESTART;
         CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('tried') <= {tries} THEN
                 RAISE EXCEPTION 'as the test wants it' USING ERRCODE = '{sqlstate}';
             END IF;
             RETURN NEW;
         END $$;
         CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION fail();"
    );
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(pool)
        .await
        .expect("done");
}

async fn tried(pool: &PgPool) -> i64 {
    let tried = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tried";
    sqlx::query_scalar(tried).fetch_one(pool).await.expect("a number")
}

/// Sends the form of a new customer.
async fn save(server: &TestServer) -> (Form, TestResponse) {
    let email = format!("{}@example.in", Uuid::now_v7().simple());
    let form = Form::in_page(&server.get("/customers/new").await).filled_in("Asha Rao", &email);
    let answer = server.post("/customers/new", form.body()).await;
    (form, answer)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_sqlstate_decides_what_is_answered(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for (sqlstate, status, times) in TABLE {
        raise(&pool, sqlstate, i64::MAX).await;
        let (form, answer) = save(&server).await;
        assert_eq!(answer.status.as_u16(), status, "{sqlstate}: {}", answer.visible_text());
        assert_eq!(tried(&pool).await, times, "{sqlstate}");
        let retry_after = if status == 503 { "2" } else { "" };
        assert_eq!(answer.header("retry-after"), retry_after, "{sqlstate}");
        let back = Form::in_page(&answer);
        assert_eq!(
            back.value("email"),
            form.value("email"),
            "{sqlstate}: what was typed is there"
        );
        // Among the ids in its inputs may be one with these digits.
        assert!(!answer.visible_text().contains(sqlstate), "{sqlstate}");
        assert!(!answer.body.contains("as the test wants it"), "{sqlstate}");
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_write_that_lost_against_others_is_done_again(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for sqlstate in ["40001", "40P01"] {
        for tries in 0..=3 {
            raise(&pool, sqlstate, tries).await;
            let (form, answer) = save(&server).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{sqlstate} {tries}");
            assert_eq!(tried(&pool).await, tries + 1);
            let id = form.value("id");
            let events =
                sqlx::query_scalar("SELECT count(*) FROM history WHERE entity_id = $1::uuid AND field = 'created'");
            let events: i64 = events.bind(id).fetch_one(&pool).await.expect("a count");
            assert_eq!(events, 1, "it is written once");
        }
    }
    server.close().await;
}

/// Where a test's log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The error of connecting, and the log of it.
async fn connect_error(options: &PgConnectOptions) -> (AppError, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let refused = server::database::pool(options).acquire().await.expect_err("a refusal");
    let error = AppError::from(refused);
    let text = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
    (error, text)
}

async fn run(pool: &PgPool, statements: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(statements)).execute(pool).await;
    done.map(drop).expect("done");
}

async fn database_name(pool: &PgPool) -> String {
    let name = sqlx::query_scalar("SELECT current_database()").fetch_one(pool).await;
    name.expect("a name")
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refused_connection_is_a_503(pool: PgPool) {
    let options = pool.connect_options().as_ref().clone();
    let role = format!("visitor_{}", Uuid::now_v7().simple());
    let name = database_name(&pool).await;
    run(&pool, format!("CREATE ROLE {role} NOLOGIN")).await;
    let as_role = options.clone().username(&role);
    for (change, options, sqlstate) in [
        // A role that may not sign in, one that there is not, no right to the database, no connection left, no such database.
        (String::new(), &as_role, "28000"),
        (String::new(), &options.clone().username("nobody_at_all"), "28000"),
        (
            format!("ALTER ROLE {role} LOGIN; REVOKE CONNECT ON DATABASE \"{name}\" FROM PUBLIC"),
            &as_role,
            "42501",
        ),
        (
            format!("GRANT CONNECT ON DATABASE \"{name}\" TO PUBLIC; ALTER ROLE {role} CONNECTION LIMIT 0"),
            &as_role,
            "53300",
        ),
        (String::new(), &options.clone().database("no_such_database"), "3D000"),
    ] {
        run(&pool, change).await;
        let (error, log) = connect_error(options).await;
        assert_eq!(error, AppError::Unavailable, "{sqlstate}");
        // The pool tries again for a while where no connection is left, and then says that alone.
        let code = match sqlstate {
            "53300" => "pool timed out".to_owned(),
            other => format!("\"code\":\"{other}\""),
        };
        assert!(log.contains(&code) && log.contains("WARN"), "{sqlstate}: {log}");
    }
    run(&pool, format!("DROP ROLE {role}")).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_connection_that_only_reads_is_replaced(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let name = database_name(&pool).await;
    let set = |read_only: &str| {
        let statement = format!(
            "BEGIN READ WRITE; ALTER DATABASE \"{name}\" SET default_transaction_read_only = {read_only}; COMMIT"
        );
        run(&pool, statement)
    };
    set("on").await;
    // All connections of the program are made anew, and only read.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'lastmile' AND datname = current_database()";
    sqlx::query(end).execute(&pool).await.expect("ended");
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let (_, refused) = save(&server).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    set("off").await;
    let (_, saved) = save(&server).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.visible_text());
    server.close().await;
}
