//! Passwords that were leaked elsewhere and that many people use. The program has a list of their hashes.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// How many bytes of a SHA-256 are kept.
const WIDTH: usize = 6;

/// The hashes, in order. `app/examples/leaked_passwords.rs` makes the file; `docs/security.md` says from which lists.
static HASHES: &[u8] = include_bytes!("leaked_passwords.bin");

/// Whether a password is one of them. It is in one encoding and in lower case.
pub fn is_leaked(password: &str) -> bool {
    let (hashes, _) = HASHES.as_chunks::<WIDTH>();
    hashes.binary_search(&key(password)).is_ok()
}

/// The file for passwords that are in one encoding and in lower case.
pub fn file_of(passwords: impl Iterator<Item = String>) -> Vec<u8> {
    let keys: BTreeSet<_> = passwords.map(|password| key(&password)).collect();
    keys.into_iter().flatten().collect()
}

fn key(password: &str) -> [u8; WIDTH] {
    let hash = Sha256::digest(password);
    std::array::from_fn(|index| hash[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_finds_its_passwords_alone() {
        let (hashes, rest) = HASHES.as_chunks::<WIDTH>();
        assert!(hashes.is_sorted() && rest.is_empty());
        assert!(hashes.len() > 2000, "{}", hashes.len());
        for leaked in ["1q2w3e4r5t6y", "123qweasdzxc", "sojdlg123aljg", "polniypizdec0211"] {
            assert!(is_leaked(leaked), "{leaked}");
        }
        assert!(!is_leaked("") && !is_leaked("nine green kettles sing"));
        let file = file_of(["b", "a", "b"].map(String::from).into_iter());
        assert_eq!(file.len(), 2 * WIDTH);
        assert!(file.as_chunks::<WIDTH>().0.is_sorted());
    }
}
