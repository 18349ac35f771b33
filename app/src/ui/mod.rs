//! Elements with no subject.

pub mod ahead;
pub mod changes;
pub mod dates;
pub mod dialog;
pub mod dom;
pub mod fault;
pub mod latest;
pub mod live;
pub mod menu;
pub mod notice;
pub mod panel;
pub mod part;
pub mod post_form;
pub mod posted;
pub mod title;
