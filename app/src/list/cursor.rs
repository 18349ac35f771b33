//! Where a page begins: a row's key in a sorted list, opaque in the address.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::base::keyset::KeysetKey;
use crate::base::spec::KeyType;

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Position {
    /// The rows behind a key.
    #[serde(rename = "a")]
    After {
        /// The last row of the page before.
        #[serde(rename = "p")]
        key: KeysetKey,
        /// How many rows stand before this page.
        #[serde(rename = "n")]
        at: u64,
    },
    /// The rows before a key.
    #[serde(rename = "b")]
    Before {
        /// The first row of the page behind.
        #[serde(rename = "p")]
        key: KeysetKey,
        /// How many rows stand before that row.
        #[serde(rename = "n")]
        at: u64,
    },
    /// The last page, counted back from the end.
    #[serde(rename = "l")]
    Last,
}

/// A position, tied to the list in which it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The page.
    #[serde(rename = "p")]
    pub position: Position,
    /// A fingerprint of the list: a position means nothing in another one.
    #[serde(rename = "l")]
    list: u32,
}

impl Cursor {
    /// A position in the list whose first page has an address.
    pub fn new(position: Position, list: &str) -> Self {
        Self {
            position,
            list: fingerprint(list),
        }
    }

    /// Whether the position was taken in the list whose first page has an address, and which is sorted by a column of a type.
    pub fn belongs_to(&self, list: &str, sorted_by: KeyType) -> bool {
        let fits = match &self.position {
            Position::After { key, .. } | Position::Before { key, .. } => key.value.fits(sorted_by),
            Position::Last => true,
        };
        fits && self.list == fingerprint(list)
    }

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

/// FNV-1a: the same in every build of the program.
fn fingerprint(list: &str) -> u32 {
    list.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::base::keyset::SortValue;
    #[test]
    fn a_cursor_of_another_list_does_not_belong() {
        let cursor = Cursor::new(Position::Last, "/customers");
        assert!(cursor.belongs_to("/customers", KeyType::Text));
        assert!(!cursor.belongs_to("/customers?q=rao", KeyType::Text));
        let key = KeysetKey {
            value: SortValue::Number(7),
            id: Uuid::nil(),
        };
        let cursor = Cursor::new(Position::After { key, at: 25 }, "/customers");
        assert!(cursor.belongs_to("/customers", KeyType::BigInt));
        assert!(!cursor.belongs_to("/customers", KeyType::Text));
    }
}
