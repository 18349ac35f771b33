//! What was changed on one record, on its page.

pub mod change_text;
#[cfg(feature = "ssr")]
mod read;
mod view;

#[cfg(feature = "ssr")]
pub use read::read_page;
pub use view::{FetchTimeline, HistoryEvent, Timeline, TimelinePage};
