//! The history as people read it.

mod common;

#[path = "history/list.rs"]
mod list;
#[path = "history/past.rs"]
mod past;
#[path = "history/reads.rs"]
mod reads;
#[path = "history/timeline.rs"]
mod timeline;
