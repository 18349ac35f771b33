//! Every SQL statement about users.

pub mod credentials;
pub mod known_browsers;
pub mod names;
pub mod one_time_links;
pub mod policies;
pub mod sessions;
pub mod sign_in_attempts;
pub mod timeline;
pub mod users;
