//! Signing in and out, accounts, and what Admins do with them: over HTTP, as people meet it.

mod test_client;

#[path = "users/admins.rs"]
mod admins;
#[path = "users/demo.rs"]
mod demo;
#[path = "users/first_admin.rs"]
mod first_admin;
#[path = "users/history.rs"]
mod history;
#[path = "users/limits.rs"]
mod limits;
#[path = "users/other_user.rs"]
mod other_user;
#[path = "users/resumed_forms.rs"]
mod resumed_forms;
#[path = "users/second_step.rs"]
mod second_step;
#[path = "users/secret_keys.rs"]
mod secret_keys;
#[path = "users/secrets.rs"]
mod secrets;
#[path = "users/session_validity.rs"]
mod session_validity;
#[path = "users/sessions.rs"]
mod sessions;
#[path = "users/sign_in.rs"]
mod sign_in;
