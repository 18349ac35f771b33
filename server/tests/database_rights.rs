//! The program's own role may add to the history and read it, and nothing else; of the ledger it changes what is open, and deletes nothing.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use uuid::Uuid;

async fn run(connection: &mut PgConnection, sql: impl Into<String>) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await?;
    Ok(())
}

/// A role such as an operator makes for the program, with what the program's migration gives it.
async fn program(owner: &mut PgConnection, pool: &PgPool, role: &str) -> PgConnection {
    run(owner, format!("CREATE ROLE {role} LOGIN PASSWORD 'x'"))
        .await
        .expect("a role");
    server::database::grant(owner, role).await.expect("granted");
    let options: PgConnectOptions = pool.connect_options().as_ref().clone();
    options
        .username(role)
        .password("x")
        .connect()
        .await
        .expect("a connection")
}

async fn count(connection: &mut PgConnection) -> i64 {
    let lines = sqlx::query_scalar("SELECT count(*) FROM history");
    lines.fetch_one(connection).await.expect("reading")
}

const ADD: &str = "INSERT INTO history (id, at, source, entity, entity_id, version, field)
    VALUES (gen_random_uuid(), now(), 'page', 'customer', gen_random_uuid(), 1, 'created')";

#[sqlx::test(migrations = "../migrations")]
async fn the_programs_role_can_only_insert_and_select_history(pool: PgPool) {
    let mut owner = pool.acquire().await.expect("a connection");
    let role = format!("lastmile_test_{}", Uuid::now_v7().simple());
    let mut program = program(&mut owner, &pool, &role).await;

    run(&mut program, ADD).await.expect("adding");
    assert_eq!(count(&mut program).await, 1);

    let owners_name: String = sqlx::query_scalar("SELECT current_user::text")
        .fetch_one(&mut *owner)
        .await
        .expect("a name");
    let refused = [
        "UPDATE history SET field = 'x'".to_owned(),
        "UPDATE history SET actor = NULL WHERE false".into(),
        "DELETE FROM history".into(),
        "DELETE FROM history WHERE false".into(),
        "TRUNCATE history".into(),
        "SELECT * FROM history FOR UPDATE".into(),
        "DO 'BEGIN LOCK TABLE history IN ACCESS EXCLUSIVE MODE; END'".into(),
        "INSERT INTO history OVERRIDING SYSTEM VALUE SELECT * FROM history ON CONFLICT (seq) DO UPDATE SET field = 'x'"
            .into(),
        "ALTER TABLE history ADD COLUMN x int".into(),
        "ALTER TABLE history DROP COLUMN actor".into(),
        "ALTER TABLE history DISABLE TRIGGER ALL".into(),
        "ALTER TABLE history RENAME TO past".into(),
        format!("ALTER TABLE history OWNER TO {role}"),
        "DROP TABLE history".into(),
        "DROP INDEX history_by_time".into(),
        "CREATE INDEX ON history (field)".into(),
        "CREATE FUNCTION pg_temp.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER swallow BEFORE INSERT ON history FOR EACH ROW EXECUTE FUNCTION pg_temp.nothing()"
            .into(),
        "CREATE RULE swallow AS ON INSERT TO history DO INSTEAD NOTHING".into(),
        "CREATE POLICY hide ON history USING (false)".into(),
        "SET session_replication_role = replica".into(),
        format!("SET ROLE \"{owners_name}\""),
        format!("SET SESSION AUTHORIZATION \"{owners_name}\""),
        format!("GRANT \"{owners_name}\" TO {role}"),
        "UPDATE _sqlx_migrations SET success = false".into(),
    ];
    for statement in refused {
        let answer = run(&mut program, statement.clone()).await;
        let error = answer.expect_err(&statement);
        let code = error
            .as_database_error()
            .and_then(|fault| fault.code().map(|code| code.into_owned()));
        // insufficient_privilege
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }

    // Granting itself more is answered with a warning, and gives nothing.
    for right in ["UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "ALL"] {
        let _ = run(&mut program, format!("GRANT {right} ON history TO {role}")).await;
    }
    let rights: Vec<String> = sqlx::query_scalar(
        "SELECT word FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS word
         WHERE has_table_privilege($1, 'history', word) OR has_table_privilege($1, 'history', word || ' WITH GRANT OPTION')",
    )
    .bind(&role)
    .fetch_all(&mut *owner)
    .await
    .expect("the rights");
    assert_eq!(rights, ["SELECT", "INSERT"]);
    assert!(run(&mut program, "DELETE FROM history").await.is_err());
    assert_eq!(count(&mut owner).await, 1);

    // A second migration of the same program takes nothing away and gives nothing more.
    server::database::grant(&mut owner, &role).await.expect("granted");
    run(&mut program, ADD).await.expect("adding");
    assert!(run(&mut program, "UPDATE history SET field = 'x'").await.is_err());

    program.close().await.expect("closed");
    run(&mut owner, format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await
        .expect("the role is gone");
}

/// Several commands on one database, such as three `lastmile user add` beside a `serve`, each bring the schema up and grant.
#[sqlx::test(migrations = "../migrations")]
async fn concurrent_grants_succeed(pool: PgPool) {
    let role = format!("lastmile_test_{}", Uuid::now_v7().simple());
    let mut owner = pool.acquire().await.expect("a connection");
    run(&mut owner, format!("CREATE ROLE {role}")).await.expect("a role");
    let mut commands = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (options, role) = (pool.connect_options(), role.clone());
        commands.spawn(async move {
            let mut connection = options.connect().await?;
            for _ in 0..5 {
                server::database::grant(&mut connection, &role).await?;
            }
            connection.close().await
        });
    }
    while let Some(command) = commands.join_next().await {
        command.expect("it ends").expect("granted");
    }
    run(&mut owner, format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await
        .expect("the role is gone");
}

/// The columns of the ledger that the program's role may change, and that it may delete nothing of it.
#[sqlx::test(migrations = "../migrations")]
async fn the_programs_role_changes_only_what_is_open_of_the_ledger(pool: PgPool) {
    let mut owner = pool.acquire().await.expect("a connection");
    let role = format!("lastmile_test_{}", Uuid::now_v7().simple());
    let mut program = program(&mut owner, &pool, &role).await;
    // A second grant changes nothing.
    server::database::grant(&mut owner, &role).await.expect("granted");
    let columns: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT t.name, string_agg(a.attname::text, ', ' ORDER BY a.attnum)
             FILTER (WHERE a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege($1, a.attrelid, a.attnum, 'UPDATE'))
         FROM unnest(ARRAY['allocations', 'bill_lines', 'bills', 'payments', 'providers']) AS t (name)
         JOIN pg_attribute a ON a.attrelid = t.name::regclass GROUP BY t.name ORDER BY t.name",
    )
    .bind(&role)
    .fetch_all(&mut *owner)
    .await
    .expect("the rights");
    let columns: Vec<(&str, Option<&str>)> = columns
        .iter()
        .map(|(table, names)| (&**table, names.as_deref()))
        .collect();
    let expected = [
        ("allocations", Some("undone_at")),
        ("bill_lines", Some("reversed")),
        ("bills", Some("open_paise")),
        ("payments", Some("state, reversed_on, reason, open_paise, version")),
        ("providers", None),
    ];
    let names = |names: &Option<&str>| -> Vec<String> {
        let mut names: Vec<String> = names.unwrap_or_default().split(", ").map(str::to_owned).collect();
        names.sort();
        names
    };
    for ((table, found), (expected_table, wanted)) in columns.iter().zip(&expected) {
        assert_eq!((table, names(found)), (expected_table, names(wanted)));
        for statement in [format!("DELETE FROM {table} WHERE false"), format!("TRUNCATE {table}")] {
            let error = run(&mut program, statement.clone()).await.expect_err(&statement);
            let code = error
                .as_database_error()
                .and_then(|fault| fault.code().map(|code| code.into_owned()));
            assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
        }
        run(&mut program, format!("SELECT FROM {table}"))
            .await
            .expect("reading");
    }
    let refused = run(&mut program, "UPDATE payments SET amount_paise = 1 WHERE false").await;
    assert!(refused.is_err());
    program.close().await.expect("closed");
    run(&mut owner, format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await
        .expect("the role is gone");
}
