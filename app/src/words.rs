//! Fixed sets of words: enums that are spelled the same on screen, in addresses, in forms and in the database.

/// Declares an enum whose variants are words, with `ALL`, `word` and `parse`; on the server also a Postgres enum where one is named.
macro_rules! words {
    ($(#[$doc:meta])* $vis:vis enum $name:ident $(as $sql:literal)? {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $(#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = $sql))])?
        $vis enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Every word, in the order in which they are shown and sorted.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word itself.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The value with this word, spelled exactly so.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.word())
            }
        }
    };
}

pub(crate) use words;
