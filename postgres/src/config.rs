//! What a program chooses: where the data are, and what the database and its roles are called.

use std::path::{Component, Path, PathBuf};

use super::error::PostgresError;

/// The superuser that `initdb` makes. Only the start of the database uses it.
pub(crate) const SUPERUSER: &str = "postgres";

/// Leaves room in the name of the socket's directory for a hash and a user id.
const LONGEST_PROGRAM_NAME: usize = 32;
/// Postgres cuts longer names off.
const LONGEST_SQL_NAME: usize = 63;
/// The databases that `initdb` makes.
const INITDB_DATABASES: [&str; 3] = ["postgres", "template0", "template1"];

/// How to run an embedded Postgres.
#[derive(Clone, Debug)]
pub struct Config {
    /// The program's short name: letters, digits, `_` and `-`, at most 32 of them. The socket's directory begins with it.
    pub program: String,
    /// The data directory. One process at a time uses it.
    pub data_dir: PathBuf,
    /// What the files in the data directory are called.
    pub layout: DataLayout,
    /// The directory of `initdb` and `postgres`. None: they are searched for.
    pub bin_dir: Option<PathBuf>,
    /// The database that is created.
    pub database: String,
    /// The role that owns the database and its schema `public`: it creates and alters tables.
    pub owner_role: String,
    /// The role that the program works as. It can connect to the database and use the schema, and has no other right
    /// until the owner grants one.
    pub app_role: String,
}

/// The names of what an embedded Postgres keeps in its data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataLayout {
    /// The directory of the cluster.
    pub cluster: String,
    /// The file with the passwords, a line each: the superuser's, the owner's, the program's. Only the program's user can read it.
    pub passwords: String,
    /// The file whose lock says that a process uses the directory.
    pub lock: String,
    /// What Postgres printed at its last start, before its own log began.
    pub start_log: String,
}

impl Default for DataLayout {
    /// `postgres/`, `passwords`, `lock` and `postgres-start.log`.
    fn default() -> Self {
        Self {
            cluster: "postgres".to_owned(),
            passwords: "passwords".to_owned(),
            lock: "lock".to_owned(),
            start_log: "postgres-start.log".to_owned(),
        }
    }
}

impl Config {
    /// The database and the program's role are called as the program, and the owner's role `PROGRAM_owner`.
    pub fn new(program: &str, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            program: program.to_owned(),
            data_dir: data_dir.into(),
            layout: DataLayout::default(),
            bin_dir: None,
            database: program.to_owned(),
            owner_role: format!("{program}_owner"),
            app_role: program.to_owned(),
        }
    }

    /// Refuses names that would fail later, with a less clear error.
    ///
    /// # Errors
    /// `InvalidConfig`.
    pub(crate) fn check(&self) -> Result<(), PostgresError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let program = &self.program;
        if program.is_empty() || program.len() > LONGEST_PROGRAM_NAME || !program.chars().all(is_plain) {
            return Err(invalid("program", program, "is not 1 to 32 letters, digits, _ and -"));
        }
        let layout = &self.layout;
        for name in [&layout.cluster, &layout.passwords, &layout.lock, &layout.start_log] {
            if !is_file_name(name) {
                return Err(invalid("layout", name, "is not the name of a file"));
            }
        }
        let sql_names = [
            ("database", &self.database),
            ("owner_role", &self.owner_role),
            ("app_role", &self.app_role),
        ];
        for (field, name) in sql_names {
            if name.is_empty() || name.len() > LONGEST_SQL_NAME || name.contains('\0') {
                return Err(invalid(field, name, "is not 1 to 63 bytes"));
            }
        }
        if INITDB_DATABASES.contains(&self.database.as_str()) {
            return Err(invalid("database", &self.database, "is a database of Postgres's own"));
        }
        for (field, role) in [("owner_role", &self.owner_role), ("app_role", &self.app_role)] {
            if role == SUPERUSER || role.starts_with("pg_") {
                return Err(invalid(field, role, "is a role of Postgres's own"));
            }
        }
        if self.owner_role == self.app_role {
            return Err(invalid("app_role", &self.app_role, "is the owner's role too"));
        }
        Ok(())
    }
}

/// Whether a name stays in the directory that it is joined to.
fn is_file_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!((components.next(), components.next()), (Some(Component::Normal(part)), None) if part == name)
}

fn invalid(field: &'static str, value: &str, reason: &'static str) -> PostgresError {
    PostgresError::InvalidConfig {
        field,
        value: value.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Config)) -> Option<&'static str> {
        let mut config = Config::new("ledger", "/srv/ledger");
        change(&mut config);
        match config.check() {
            Ok(()) => None,
            Err(PostgresError::InvalidConfig { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn names_that_postgres_takes_are_accepted() {
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|config| config.database = "two \"words\"".to_owned()), None);
    }

    #[test]
    fn names_that_would_fail_later_are_refused() {
        assert_eq!(refused(|config| config.program = "led/ger".to_owned()), Some("program"));
        assert_eq!(refused(|config| config.program = "l".repeat(33)), Some("program"));
        assert_eq!(
            refused(|config| config.layout.lock = "../lock".to_owned()),
            Some("layout")
        );
        assert_eq!(
            refused(|config| config.layout.cluster = "..".to_owned()),
            Some("layout")
        );
        assert_eq!(
            refused(|config| config.database = "template1".to_owned()),
            Some("database")
        );
        assert_eq!(refused(|config| config.database = "d".repeat(64)), Some("database"));
        assert_eq!(refused(|config| config.owner_role = String::new()), Some("owner_role"));
        assert_eq!(
            refused(|config| config.app_role = "postgres".to_owned()),
            Some("app_role")
        );
        assert_eq!(
            refused(|config| config.app_role = "ledger_owner".to_owned()),
            Some("app_role")
        );
    }
}
