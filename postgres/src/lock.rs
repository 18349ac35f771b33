//! One process per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};

use super::data_dir::DataDir;
use super::error::PostgresError;

/// The lock of the data directory. The kernel releases it when this is dropped, and however the process ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock, or says which process has it.
    ///
    /// # Errors
    /// `InUse` where another process has it, `Io` where the file cannot be made.
    pub fn take(data_dir: &DataDir) -> Result<Self, PostgresError> {
        let path = data_dir.lock();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(PostgresError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(data_dir, &mut file)),
            Err(TryLockError::Error(source)) => {
                return Err(PostgresError::io("lock", &path)(source));
            }
        }
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "{}", std::process::id()))
            .map_err(PostgresError::io("write", &path))?;
        Ok(Self { _file: file })
    }
}

fn in_use(data_dir: &DataDir, file: &mut File) -> PostgresError {
    let mut holder = String::new();
    let is_known = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
    PostgresError::InUse {
        directory: data_dir.root().to_owned(),
        holder: if is_known {
            format!(" (process {})", holder.trim())
        } else {
            String::new()
        },
    }
}
