//! Reads from a real replica: it follows a database of this test's own, and its replay is paused and resumed.

#[path = "../../app/tests/common/plan.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod plan;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use app::base::contact::Email;
use app::base::error::AppError;
use app::base::roles::Role;
use app::base::time::Clock;
use app::customers::codec::Customers;
use app::customers::list;
use app::customers::spec::field;
use app::db::replica::Replica;
use app::http::context::AppContext;
use app::http::identity::{Identity, RequestIdentity};
use app::http::token::Token;
use app::record::codec::RecordCodec as _;
use app::record::write;
use app::users::store::sessions;
use plan::{PLAN, ensure_plan};
use server::database::{MIGRATOR, pool, read_pool};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection, PgPool};
use uuid::Uuid;

/// Where Postgres's programs are.
fn bin() -> PathBuf {
    if let Some(named) = std::env::var_os("LASTMILE_POSTGRES_BIN") {
        return named.into();
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max();
    newest.expect("Postgres's programs")
}

/// A program of Postgres, which refuses to be root.
fn program(name: &str) -> Command {
    let path = bin().join(name);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("lastmile-replica-{}", std::process::id()));
        std::fs::create_dir(&path).expect("a directory");
        if is_root() {
            let given = Command::new("chown")
                .arg("postgres:")
                .arg(&path)
                .status()
                .expect("chown");
            assert!(given.success());
        }
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running Postgres, ended with the test.
struct Postgres {
    child: Child,
    data: PathBuf,
    options: PgConnectOptions,
}

impl Postgres {
    async fn start(data: PathBuf, socket: &Path, port: u16) -> Self {
        let child = program("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(socket)
            .args([
                "-p",
                &port.to_string(),
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=60",
            ])
            .spawn()
            .expect("postgres");
        let options = PgConnectOptions::new_without_pgpass()
            .socket(socket)
            .port(port)
            .username("postgres")
            .database("postgres");
        let mut tries = 0;
        while options.connect().await.is_err() {
            tries += 1;
            assert!(tries < 600, "it does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { child, data, options }
    }

    async fn connection(&self) -> PgConnection {
        self.options.connect().await.expect("a connection")
    }

    /// Lets the replica follow no further.
    async fn pause_replay(&self) {
        let mut connection = self.connection().await;
        run(&mut connection, "SELECT pg_wal_replay_pause()").await;
        let mut tries = 0;
        loop {
            let state: String = sqlx::query_scalar("SELECT pg_get_wal_replay_pause_state()")
                .fetch_one(&mut connection)
                .await
                .expect("a state");
            if state == "paused" {
                return;
            }
            tries += 1;
            assert!(tries < 600, "it is {state}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn stop(&mut self) {
        let _ = program("pg_ctl")
            .arg("-D")
            .arg(&self.data)
            .args(["-m", "immediate", "-w", "stop"])
            .status();
        let _ = self.child.wait();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.expect(sql);
}

/// The context of a user's next request.
async fn signed_in_context(primary: &PgPool, token: &Token, context: &AppContext) -> AppContext {
    let found = sessions::lookup(primary, context.clock.now(), token.clone())
        .await
        .expect("no fault")
        .expect("a session");
    let caller = RequestIdentity {
        identity: Identity::Session(Arc::new(found.session)),
        ..RequestIdentity::default()
    };
    context.clone().for_caller(caller)
}

async fn sign_in(primary: &PgPool, context: &AppContext, name: &str) -> Token {
    let now = context.clock.now();
    let (user, token) = (Uuid::now_v7(), Token::new().expect("random bytes"));
    let email = Email::parse(&format!("{name}@lastmile.example")).expect("an email");
    sqlx::query(
        "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(user)
    .bind(name)
    .bind(email.as_str())
    .bind(email.key())
    .bind(Role::Admin.as_str())
    .bind(now)
    .execute(primary)
    .await
    .expect("a user");
    sqlx::query(
        "INSERT INTO sessions (id, token_hash, user_id, signed_in_at, last_seen_at, address, browser)
         VALUES ($1, $2, $3, $4, $4, '', '')",
    )
    .bind(Uuid::now_v7())
    .bind(&token.hash()[..])
    .bind(user)
    .bind(now)
    .execute(primary)
    .await
    .expect("a session");
    token
}

/// Creates a customer as a request does.
async fn create(context: &AppContext, name: &str) {
    let mut draft = Customers::defaults(context.clock.today());
    for (field, value) in [
        (field::NAME, name),
        (field::EMAIL, &*format!("{name}@example.in")),
        (field::PHONE, "98450 12345"),
        (field::ADDRESS, "12 MG Road"),
        (field::CITY, "Bengaluru"),
        (field::STATE, "Karnataka"),
        (field::PIN_CODE, "560 001"),
        (field::PLAN, &*PLAN.to_string()),
    ] {
        draft.put(field, value);
    }
    let data = Customers::parse_new(&draft, context.clock.today()).expect("valid");
    ensure_plan(context.pool()).await;
    let written = context.run_write(|context| async move {
        let mut db = context.pool().acquire().await?;
        let created = write::create::<Customers>(&mut db, &context.audit(), Uuid::now_v7(), &data).await;
        created.map_err(|error| AppError::internal(format!("{error:?}")))
    });
    written.await.expect("no fault").expect("a new id");
}

/// The names in the list, and its total.
async fn list(context: &AppContext) -> (Vec<String>, u64) {
    let list = list::list(context, "", &[]).await.expect("a page");
    let names = list.rows.into_iter().map(|row| row.title).collect();
    (names, list.totals.expect("counted").total)
}

#[tokio::test]
async fn users_read_their_own_writes_and_others_read_the_replica() {
    let directory = Directory::new();
    let data = directory.0.join("primary");
    let made = program("initdb")
        .arg("-D")
        .arg(&data)
        .args(["-U", "postgres", "--auth=trust", "--no-sync"])
        .status();
    assert!(made.expect("initdb").success());
    let primary = Postgres::start(data, &directory.0, 5501).await;
    MIGRATOR.run(&mut primary.connection().await).await.expect("migrated");
    let copied = directory.0.join("replica");
    let socket = directory.0.to_string_lossy().into_owned();
    let backup = program("pg_basebackup")
        .args([
            "-h",
            &socket,
            "-p",
            "5501",
            "-U",
            "postgres",
            "-R",
            "--checkpoint=fast",
            "--no-sync",
            "-D",
        ])
        .arg(&copied)
        .status();
    assert!(backup.expect("pg_basebackup").success());
    let mut standby = Postgres::start(copied, &directory.0, 5502).await;

    let clock = Clock::new(|| "2026-11-23T06:30:00Z".parse().expect("an instant"));
    let mut context = AppContext::new(pool(&primary.options), clock);
    context.replica = Some(Replica::new(read_pool(&standby.options), sessions::record_write));
    let [writer, other] = [
        sign_in(context.pool(), &context, "writer").await,
        sign_in(context.pool(), &context, "other").await,
    ];

    standby.pause_replay().await;
    create(&signed_in_context(context.pool(), &writer, &context).await, "asha").await;
    let all = (vec!["asha".to_owned()], 1);
    assert_eq!(
        list(&signed_in_context(context.pool(), &writer, &context).await).await,
        all,
        "one's own write is there"
    );
    assert_eq!(
        list(&signed_in_context(context.pool(), &other, &context).await).await,
        (vec![], 0),
        "the replica is behind"
    );

    run(&mut standby.connection().await, "SELECT pg_wal_replay_resume()").await;
    let mut tries = 0;
    while list(&signed_in_context(context.pool(), &other, &context).await).await != all {
        tries += 1;
        assert!(tries < 600, "the replica does not catch up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // It has caught up: who has written reads there again, and does not see what it lacks.
    standby.pause_replay().await;
    create(&signed_in_context(context.pool(), &other, &context).await, "bela").await;
    assert_eq!(
        list(&signed_in_context(context.pool(), &writer, &context).await).await,
        all
    );
    assert_eq!(
        list(&signed_in_context(context.pool(), &other, &context).await).await.1,
        2
    );

    // A connection to it is lost while it is asked: the database answers.
    let reads = AtomicU32::new(0);
    let reading = signed_in_context(context.pool(), &writer, &context).await;
    let answer = reading.read_db(|mut db| {
        reads.fetch_add(1, Ordering::Relaxed);
        async move {
            let kill =
                "SELECT CASE WHEN pg_is_in_recovery() THEN pg_terminate_backend(pg_backend_pid()) ELSE false END";
            let killed = sqlx::query_scalar::<_, bool>(kill).fetch_one(&mut *db).await;
            killed.map_err(AppError::from)
        }
    });
    assert_eq!((answer.await, reads.into_inner()), (Ok(false), 2));

    // Without the replica everybody reads from the database.
    context.replica = Some(Replica::new(read_pool(&standby.options), sessions::record_write));
    standby.stop();
    assert_eq!(
        list(&signed_in_context(context.pool(), &writer, &context).await)
            .await
            .1,
        2
    );
    context.pool().close().await;
}
