//! The database of a command: somebody's own, or the embedded one, started or found running.

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;

use crate::config::DatabaseConfig;
use crate::database::{self, DatabaseError, SchemaError};
use crate::postgres::{Access, Embedded, PostgresError};

/// Why the database cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The embedded one.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// Either.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// A database that can be connected to. To be closed.
pub struct Opened {
    /// As the program's role.
    pub program: PgConnectOptions,
    owner: Option<PgConnectOptions>,
    embedded: Option<Embedded>,
    ours: bool,
}

impl Opened {
    /// Opens the database for `serve`, which runs the embedded one itself.
    ///
    /// # Errors
    /// `OpenError`.
    pub async fn to_serve(config: DatabaseConfig) -> Result<Self, OpenError> {
        match config {
            DatabaseConfig::Own(own) => Ok(Self {
                program: own.program,
                owner: own.owner,
                embedded: None,
                ours: false,
            }),
            DatabaseConfig::Embedded(settings) => {
                let embedded = Embedded::start(&settings).await?;
                let access = embedded.access().clone();
                Ok(Self::embedded(access, Some(embedded)))
            }
        }
    }

    /// Opens the database for a command that comes and goes: where a `serve` runs the embedded one, that one is used.
    ///
    /// # Errors
    /// `OpenError`.
    pub async fn to_work(config: DatabaseConfig) -> Result<Self, OpenError> {
        let DatabaseConfig::Embedded(settings) = &config else {
            return Self::to_serve(config).await;
        };
        match Embedded::start(settings).await {
            Ok(embedded) => {
                let access = embedded.access().clone();
                Ok(Self::embedded(access, Some(embedded)))
            }
            Err(PostgresError::InUse { .. }) => Ok(Self::embedded(Access::of_running(settings)?, None)),
            Err(fault) => Err(fault.into()),
        }
    }

    fn embedded(access: Access, embedded: Option<Embedded>) -> Self {
        Self {
            program: access.program,
            owner: Some(access.owner),
            embedded,
            ours: true,
        }
    }

    /// A connection as the owner of the tables.
    ///
    /// # Errors
    /// `Unreachable` and `Silent`.
    pub async fn owner(&self) -> Result<PgConnection, DatabaseError> {
        match &self.owner {
            Some(owner) if self.ours => database::connect(owner, "the data directory").await,
            Some(owner) => database::connect(owner, "LASTMILE_MIGRATE_DATABASE_URL").await,
            None => database::connect(&self.program, "DATABASE_URL").await,
        }
    }

    /// Migrates, and gives the program's role its rights where it is not the owner.
    ///
    /// # Errors
    /// `DatabaseError`.
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        let mut owner = self.owner().await?;
        database::migrate(&mut owner).await?;
        match &self.owner {
            Some(options) if options.get_username() != self.program.get_username() => {
                database::grant(&mut owner, self.program.get_username()).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Makes sure that the schema is this program's: the embedded database is migrated, somebody's own is only looked at.
    ///
    /// # Errors
    /// `Schema` with what to do; `Unreachable`.
    pub async fn prepare_to_serve(&self) -> Result<(), DatabaseError> {
        if self.ours {
            return self.migrate().await;
        }
        let mut connection = database::connect(&self.program, "DATABASE_URL").await?;
        let schema: Result<(), SchemaError> = database::check_schema(&mut connection).await?;
        schema?;
        if database::could_alter(&mut connection).await? {
            tracing::warn!(
                "DATABASE_URL's role owns the tables, so that a fault could alter them or the history: see \
                 LASTMILE_MIGRATE_DATABASE_URL for a role that migrates, and give the program one of its own"
            );
        }
        Ok(())
    }

    /// Stops the embedded Postgres, if this is who started it.
    pub async fn close(self) {
        let Some(embedded) = self.embedded else {
            return;
        };
        match embedded.stop().await {
            Ok(true) => tracing::info!("Postgres has stopped"),
            Ok(false) => tracing::warn!("Postgres is still stopping; the next start waits for it"),
            Err(fault) => tracing::error!(%fault, "Postgres was not stopped"),
        }
    }
}
