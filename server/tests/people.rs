//! Getting in and out, accounts, and what Admins do with them: over HTTP, as people meet it.

mod browser;

#[path = "people/admins.rs"]
mod admins;
#[path = "people/demo.rs"]
mod demo;
#[path = "people/entry.rs"]
mod entry;
#[path = "people/first_admin.rs"]
mod first_admin;
#[path = "people/held_sessions.rs"]
mod held_sessions;
#[path = "people/history.rs"]
mod history;
#[path = "people/kept.rs"]
mod kept;
#[path = "people/limits.rs"]
mod limits;
#[path = "people/second_step.rs"]
mod second_step;
#[path = "people/secrets.rs"]
mod secrets;
#[path = "people/sessions.rs"]
mod sessions;
