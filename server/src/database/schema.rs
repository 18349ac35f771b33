//! The schema: this program's migrations, and whether a database has exactly these.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sqlx::PgConnection;
use sqlx::migrate::Migrator;

/// The migrations that this program was built with.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// How the database's schema differs from the one that this program was built for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Never migrated.
    #[error("the database holds no tables of Lastmile: run `lastmile migrate`")]
    Empty,
    /// Migrations are missing.
    #[error("the database's schema ({theirs}) is older than this program's ({ours}): run `lastmile migrate`")]
    Older {
        /// The database's version.
        theirs: i64,
        /// The program's version.
        ours: i64,
    },
    /// A newer program has migrated it.
    #[error(
        "the database's schema ({theirs}) is newer than this program's ({ours}): start the newer lastmile that migrated it"
    )]
    Newer {
        /// The database's version.
        theirs: i64,
        /// The program's version.
        ours: i64,
    },
    /// Migrated by an earlier checkout, whose migrations have since been replaced by others.
    #[error(
        "an earlier checkout of Lastmile made this database: its migration {version} has since been replaced, and there is no \
         way from it to this program's schema; {}",
        begin_anew(.data_dir.as_deref())
    )]
    EarlierCheckout {
        /// The oldest migration that this program does not have.
        version: i64,
        /// The data directory, where the database is the embedded one.
        data_dir: Option<PathBuf>,
    },
    /// The same number, other content.
    #[error("the database was migrated by another build (migration {0} differs): start the lastmile that migrated it")]
    Different(i64),
}

impl SchemaError {
    /// The error of the embedded database in `data_dir`, or of an external one where there is none.
    pub fn in_data_dir(self, data_dir: Option<&Path>) -> Self {
        match self {
            Self::EarlierCheckout { version, .. } => Self::EarlierCheckout {
                version,
                data_dir: data_dir.map(Path::to_owned),
            },
            other => other,
        }
    }
}

fn begin_anew(data_dir: Option<&Path>) -> String {
    match data_dir {
        Some(directory) => format!(
            "to begin anew, stop lastmile, move the data directory {} aside, and start again",
            directory.display()
        ),
        None => "to begin anew, make a new, empty database and run `lastmile migrate` on it".to_owned(),
    }
}

/// Compares the database's schema with this program's. The outer error is the database's, the inner one the answer.
///
/// # Errors
/// The database's.
pub async fn check_schema(connection: &mut PgConnection) -> Result<Result<(), SchemaError>, sqlx::Error> {
    // Asked first, because a missing table would be an error in Postgres's log.
    let migrated: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !migrated {
        return Ok(Err(SchemaError::Empty));
    }
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success")
        .fetch_all(connection)
        .await?;
    Ok(compare(&rows.into_iter().collect()))
}

fn compare(theirs: &BTreeMap<i64, Vec<u8>>) -> Result<(), SchemaError> {
    let ours: BTreeMap<i64, &[u8]> = MIGRATOR
        .iter()
        .filter(|migration| !migration.migration_type.is_down_migration())
        .map(|migration| (migration.version, &*migration.checksum))
        .collect();
    let oldest_of_ours = ours.keys().next().copied().unwrap_or_default();
    let newest_of_ours = ours.keys().next_back().copied().unwrap_or_default();
    let Some(newest_of_theirs) = theirs.keys().next_back().copied() else {
        return Err(SchemaError::Empty);
    };
    match theirs.keys().find(|version| !ours.contains_key(version)).copied() {
        // Migrations are only ever added at the end, unless they are all replaced.
        Some(version) if version < oldest_of_ours => {
            return Err(SchemaError::EarlierCheckout {
                version,
                data_dir: None,
            });
        }
        Some(_) => {
            return Err(SchemaError::Newer {
                theirs: newest_of_theirs,
                ours: newest_of_ours,
            });
        }
        None => {}
    }
    for (version, checksum) in ours {
        match theirs.get(&version) {
            None => {
                return Err(SchemaError::Older {
                    theirs: newest_of_theirs,
                    ours: newest_of_ours,
                });
            }
            Some(other) if other != checksum => return Err(SchemaError::Different(version)),
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> BTreeMap<i64, Vec<u8>> {
        MIGRATOR
            .iter()
            .map(|migration| (migration.version, migration.checksum.to_vec()))
            .collect()
    }

    #[test]
    fn only_the_same_migrations_are_the_same_schema() {
        assert_eq!(compare(&ours()), Ok(()));
        assert_eq!(compare(&BTreeMap::new()), Err(SchemaError::Empty));

        let mut newer = ours();
        newer.insert(i64::MAX, vec![1]);
        assert!(matches!(
            compare(&newer),
            Err(SchemaError::Newer { theirs: i64::MAX, .. })
        ));

        let mut other = ours();
        let first = *other.keys().next().expect("a migration");
        other.insert(first, vec![1]);
        assert_eq!(compare(&other), Err(SchemaError::Different(first)));
    }

    #[test]
    fn migrations_before_the_first_are_those_of_an_earlier_checkout() {
        let first = *ours().keys().next().expect("a migration");
        let earlier = SchemaError::EarlierCheckout {
            version: first - 2,
            data_dir: None,
        };
        let mut theirs: BTreeMap<_, _> = [(first - 2, vec![1]), (first - 1, vec![1])].into();
        assert_eq!(compare(&theirs), Err(earlier.clone()));
        theirs.insert(i64::MAX, vec![1]);
        assert_eq!(compare(&theirs), Err(earlier));
    }
}
