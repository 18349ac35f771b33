//! Interface elements that know no subject.

pub mod cell;
pub mod dialog;
pub mod dom;
pub mod error_view;
pub mod field;
pub mod form_dialog;
pub mod form_state;
pub mod html_block;
pub mod latest_resource;
pub mod lazy;
pub mod live_text;
pub mod menu;
pub mod navigate;
pub mod page_link;
pub mod post_form;
pub mod prefetch;
pub mod refresh;
pub mod region;
pub mod sending;
pub mod sortable;
pub mod title;
pub mod toast;
pub mod unsaved;
