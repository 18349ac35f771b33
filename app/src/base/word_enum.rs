//! Enums whose variants are words, spelled the same on screen, in addresses, in forms and in the database.

/// An enum of words, as a type of its own.
pub trait Word: Copy + Ord + 'static {
    /// The value with exactly this word.
    fn from_word(word: &str) -> Option<Self>;

    /// The word.
    fn word(self) -> &'static str;
}

/// Declares an enum whose variants are words, with `ALL`, `WORDS`, `as_str` and `parse`; on the server it is a Postgres enum too, where one
/// is named.
macro_rules! word_enum {
    // The words of a Postgres enum are these, too.
    ($(#[$doc:meta])* $vis:vis enum $name:ident as $sql:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $crate::base::word_enum::word_enum! {
            $(#[$doc])*
            #[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = $sql))]
            $vis enum $name {
                $($(#[$variant_doc])* #[cfg_attr(feature = "ssr", sqlx(rename = $word))] $variant = $word),+
            }
        }
    };
    ($(#[$doc:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Every value, in the order in which they are shown and sorted.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The words of all, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The value with exactly this word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl crate::base::word_enum::Word for $name {
            fn from_word(word: &str) -> Option<Self> {
                Self::parse(word)
            }

            fn word(self) -> &'static str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use word_enum;
