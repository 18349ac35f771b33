//! Makes `app/src/users/model/leaked_passwords.bin` of lists of leaked passwords, one a line:
//! `cat LISTS | cargo run -p app --features ssr --example leaked_passwords >app/src/users/model/leaked_passwords.bin`

use std::io::{Read, Write, stdin, stdout};

use app::users::model::leaked_passwords::file_of;
use app::users::model::password::listed;

/// Reads the lists, writes the file.
fn main() -> std::io::Result<()> {
    let mut lists = Vec::new();
    stdin().read_to_end(&mut lists)?;
    let lists = String::from_utf8_lossy(&lists);
    stdout().write_all(&file_of(listed(&lists)))
}
