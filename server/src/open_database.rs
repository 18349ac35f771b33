//! The database of a command: an external one, or the embedded one, which the command starts or finds running.

use std::path::{Path, PathBuf};

use postgres_embedded::{ConnectionInfo, EmbeddedPostgres, PostgresError};
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;

use crate::config::DatabaseConfig;
use crate::database::{self, DatabaseError};

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The embedded Postgres does not run.
    #[error("{error}{option}", error = .0, option = option_for(.0))]
    Postgres(#[from] PostgresError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What the embedded Postgres cannot know: by which option of this program its advice is followed.
fn option_for(error: &PostgresError) -> &'static str {
    match error {
        PostgresError::NotInstalled => {
            ", or name the directory of initdb and postgres with LASTMILE_POSTGRES_BIN, or point DATABASE_URL at a \
             database of your own"
        }
        PostgresError::NoBinaries(_) => " with LASTMILE_POSTGRES_BIN (or --postgres-bin)",
        PostgresError::InUse { .. } | PostgresError::Unreachable(_) => " with --data-dir",
        _ => "",
    }
}

/// A database that the program can connect to. The caller closes it.
pub struct OpenDatabase {
    /// How to connect as the program's role.
    pub program: PgConnectOptions,
    owner: Option<PgConnectOptions>,
    /// The data directory, where the database is the embedded one.
    data_dir: Option<PathBuf>,
    /// The embedded Postgres, where this process runs it.
    postgres: Option<EmbeddedPostgres>,
}

impl OpenDatabase {
    /// Opens the database for `serve`, which always runs the embedded one itself.
    ///
    /// # Errors
    /// `OpenError`.
    pub async fn for_serve(config: DatabaseConfig) -> Result<Self, OpenError> {
        match config {
            DatabaseConfig::External(external) => Ok(Self {
                program: external.program,
                owner: external.owner,
                data_dir: None,
                postgres: None,
            }),
            DatabaseConfig::Embedded(config) => Self::start(&config).await.map_err(OpenError::from),
        }
    }

    /// Opens the database for any other command. Where a `serve` runs the embedded one, the command connects to that one.
    ///
    /// # Errors
    /// `OpenError`.
    pub async fn for_command(config: DatabaseConfig) -> Result<Self, OpenError> {
        let DatabaseConfig::Embedded(embedded) = &config else {
            return Self::for_serve(config).await;
        };
        match Self::start(embedded).await {
            Err(PostgresError::InUse { .. }) => {
                let info = ConnectionInfo::of_running(embedded)?;
                Ok(Self::embedded(embedded, info, None))
            }
            started => Ok(started?),
        }
    }

    async fn start(config: &postgres_embedded::Config) -> Result<Self, PostgresError> {
        let postgres = EmbeddedPostgres::start(config).await?;
        let info = postgres.connection_info().clone();
        Ok(Self::embedded(config, info, Some(postgres)))
    }

    fn embedded(config: &postgres_embedded::Config, info: ConnectionInfo, postgres: Option<EmbeddedPostgres>) -> Self {
        Self {
            program: info.app,
            owner: Some(info.owner),
            data_dir: Some(config.data_dir.clone()),
            postgres,
        }
    }

    /// The data directory, where the database is the embedded one.
    pub fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    /// A connection as the owner of the tables.
    ///
    /// # Errors
    /// `Unreachable` and `Silent`.
    pub async fn owner(&self) -> Result<PgConnection, DatabaseError> {
        match &self.owner {
            Some(owner) if self.data_dir.is_some() => database::connect(owner, "the data directory").await,
            Some(owner) => database::connect(owner, "LASTMILE_MIGRATE_DATABASE_URL").await,
            None => database::connect(&self.program, "DATABASE_URL").await,
        }
    }

    /// Migrates the database, and grants the program's role its rights where it is not the owner.
    ///
    /// # Errors
    /// `DatabaseError`.
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        let mut owner = self.owner().await?;
        database::migrate(&mut owner)
            .await
            .map_err(|error| self.locate(error))?;
        match &self.owner {
            Some(options) if options.get_username() != self.program.get_username() => {
                database::grant(&mut owner, self.program.get_username()).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks that the schema is this program's.
    ///
    /// # Errors
    /// `Schema` with what to do; `Query`.
    pub async fn check_schema(&self, connection: &mut PgConnection) -> Result<(), DatabaseError> {
        let answer = database::check_schema(connection).await?;
        answer.map_err(|error| self.locate(error.into()))
    }

    /// Makes sure that the schema is this program's: the embedded database is migrated, an external one is only checked.
    ///
    /// # Errors
    /// `Schema` with what to do; `Unreachable`.
    pub async fn prepare_to_serve(&self) -> Result<(), DatabaseError> {
        if self.data_dir.is_some() {
            return self.migrate().await;
        }
        let mut connection = database::connect(&self.program, "DATABASE_URL").await?;
        self.check_schema(&mut connection).await?;
        if database::could_alter(&mut connection).await? {
            tracing::warn!(
                "DATABASE_URL's role owns the tables, so that a fault could alter them or the history: see \
                 LASTMILE_MIGRATE_DATABASE_URL for a role that migrates, and give the program one of its own"
            );
        }
        Ok(())
    }

    /// Names the data directory in an error whose advice depends on it.
    fn locate(&self, error: DatabaseError) -> DatabaseError {
        match error {
            DatabaseError::Schema(error) => DatabaseError::Schema(error.in_data_dir(self.data_dir.as_deref())),
            other => other,
        }
    }

    /// Stops the embedded Postgres, where this process runs it.
    pub async fn close(self) {
        let Some(postgres) = self.postgres else {
            return;
        };
        match postgres.stop().await {
            Ok(true) => tracing::info!("Postgres has stopped"),
            Ok(false) => tracing::warn!("Postgres is still stopping; the next start waits for it"),
            Err(fault) => tracing::error!(%fault, "Postgres was not stopped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_names_this_programs_options() {
        let in_use = PostgresError::InUse {
            directory: "/srv/lastmile".into(),
            holder: String::new(),
        };
        for (error, option) in [
            (PostgresError::NotInstalled, "LASTMILE_POSTGRES_BIN"),
            (PostgresError::NoBinaries("/opt".into()), "--postgres-bin"),
            (in_use, "choose another data directory with --data-dir"),
        ] {
            let line = OpenError::from(error).to_string();
            assert!(line.contains(option), "{line}");
        }
    }
}
