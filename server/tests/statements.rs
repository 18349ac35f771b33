//! What the compiler knows of the database, `.sqlx/`, is what the migrations make. A build trusts it without asking a database, and fails
//! where a statement is missing; `make queries` writes it again, without the statements that are gone.

use std::fs;

use serde::Deserialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgPool, SqlSafeStr};

/// One file of `.sqlx/`: a statement, and what Postgres says of its columns and parameters.
#[derive(Deserialize)]
struct Known {
    query: String,
    describe: Value,
}

#[sqlx::test(migrations = "../migrations")]
async fn the_compiler_knows_what_the_migrations_make(pool: PgPool) {
    let mut db = pool.acquire().await.expect("a connection");
    let mut statements = 0;
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.sqlx")).expect("a directory") {
        let text = fs::read(file.expect("a file").path()).expect("readable");
        let Known { query, describe } = serde_json::from_slice(&text).expect("what sqlx has written");
        let found = db.describe(AssertSqlSafe(query.clone()).into_sql_str()).await;
        let found = serde_json::to_value(found.expect("a statement that Postgres accepts")).expect("JSON");
        assert_eq!(found, describe, "run make queries: {query}");
        statements += 1;
    }
    assert!(statements > 100, "{statements}");
}
