//! One record for all subjects: its form with and without script, the merge of two people's edits, its deletion and its page, made from
//! the table of fields.

pub mod action;
mod answer_dialog;
pub mod api;
pub mod choices;
#[cfg(feature = "ssr")]
pub mod codec;
#[cfg(feature = "ssr")]
pub mod convert;
#[cfg(feature = "ssr")]
pub mod delete;
mod delete_dialog;
mod deleted;
mod dialog;
pub mod draft;
#[cfg(feature = "ssr")]
pub mod duplicates;
mod form;
pub mod hint;
mod inputs;
mod matches;
pub mod merge;
mod purpose;
pub mod record_page;
pub mod record_ref;
#[cfg(feature = "ssr")]
pub mod related;
pub mod responses;
#[cfg(feature = "ssr")]
pub mod save;
#[cfg(feature = "ssr")]
pub mod store;
pub mod subject;
pub mod subject_page;
pub mod submission;
#[cfg(feature = "ssr")]
pub mod write;

pub use delete_dialog::restore_with_toast;
