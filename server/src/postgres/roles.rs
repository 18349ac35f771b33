//! The two roles and the database: made by the superuser, at every start where they are missing.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::process::Launch;

/// Owns the database and its tables; migrates.
pub const OWNER: &str = "lastmile_owner";
/// The program's own: reads and writes rows, and cannot alter tables.
pub const PROGRAM: &str = "lastmile";
/// The database.
pub const DATABASE: &str = "lastmile";

/// Makes what is missing.
///
/// # Errors
/// The database's.
pub async fn prepare(launch: &Launch) -> Result<(), sqlx::Error> {
    let mut cluster = launch.superuser("postgres").connect().await?;
    make_role(&mut cluster, OWNER, &launch.passwords.owner).await?;
    make_role(&mut cluster, PROGRAM, &launch.passwords.program).await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut cluster)
        .await?;
    if !there {
        run(&mut cluster, format!("CREATE DATABASE {DATABASE} OWNER {OWNER}")).await?;
    }
    run(&mut cluster, format!("REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")).await?;
    run(
        &mut cluster,
        format!("GRANT CONNECT ON DATABASE {DATABASE} TO {PROGRAM}"),
    )
    .await?;
    cluster.close().await?;

    // Before Postgres 15 the schema is the superuser's, and everyone may make tables in it.
    let mut database = launch.superuser(DATABASE).connect().await?;
    run(&mut database, format!("ALTER SCHEMA public OWNER TO {OWNER}")).await?;
    run(&mut database, "REVOKE ALL ON SCHEMA public FROM PUBLIC".to_owned()).await?;
    run(&mut database, format!("GRANT USAGE ON SCHEMA public TO {PROGRAM}")).await?;
    database.close().await
}

/// The password is made of hexadecimal digits, so it needs no quoting.
async fn make_role(cluster: &mut PgConnection, role: &str, password: &str) -> Result<(), sqlx::Error> {
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(role)
        .fetch_one(&mut *cluster)
        .await?;
    if there {
        return Ok(());
    }
    run(cluster, format!("CREATE ROLE {role} LOGIN PASSWORD '{password}'")).await
}

/// Runs a statement made of our own constants: roles and databases cannot be named by parameters.
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}
