//! Creates the two roles and the database, as the superuser, at every start where they are missing.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::process::LaunchConfig;

/// Creates what is missing, and grants the program's role the use of the database.
///
/// # Errors
/// The database's.
pub async fn prepare(launch: &LaunchConfig) -> Result<(), sqlx::Error> {
    let config = &launch.config;
    let (database, owner, app) = (
        quoted(&config.database),
        quoted(&config.owner_role),
        quoted(&config.app_role),
    );
    let mut connection = launch.superuser("postgres").connect().await?;
    make_role(&mut connection, &config.owner_role, &launch.passwords.owner).await?;
    make_role(&mut connection, &config.app_role, &launch.passwords.app).await?;
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&config.database)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        run(&mut connection, format!("CREATE DATABASE {database} OWNER {owner}")).await?;
    }
    let grants = format!(
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC;
         GRANT CONNECT ON DATABASE {database} TO {app}"
    );
    run(&mut connection, grants).await?;
    connection.close().await?;

    // Before Postgres 15 the schema belongs to the superuser, and everybody may create tables in it.
    let mut connection = launch.superuser(&config.database).connect().await?;
    let grants = format!(
        "ALTER SCHEMA public OWNER TO {owner};
         REVOKE ALL ON SCHEMA public FROM PUBLIC;
         GRANT USAGE ON SCHEMA public TO {app}"
    );
    run(&mut connection, grants).await?;
    connection.close().await
}

/// The password consists of hexadecimal digits, so it needs no escaping.
async fn make_role(connection: &mut PgConnection, role: &str, password: &str) -> Result<(), sqlx::Error> {
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(role)
        .fetch_one(&mut *connection)
        .await?;
    if exists {
        return Ok(());
    }
    let role = quoted(role);
    run(connection, format!("CREATE ROLE {role} LOGIN PASSWORD '{password}'")).await
}

/// A name as an SQL identifier: roles and databases cannot be parameters.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Runs statements in which every name is quoted.
async fn run(connection: &mut PgConnection, statements: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await?;
    Ok(())
}
