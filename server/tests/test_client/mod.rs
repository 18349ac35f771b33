//! What the tests of the whole program share: its router over a database of the test's own, and a browser without script, which
//! follows no rule but HTML's.
#![allow(dead_code, unused_imports, reason = "each test program uses a part of this")]

mod form;
mod html;
#[path = "../../../app/tests/common/plan.rs"]
pub mod plan;
pub mod test_app;
mod test_response;
mod test_server;

pub use form::Form;
pub use html::attribute;
pub use test_response::TestResponse;
pub use test_server::{TestServer, form_request, from, inputs, secret_keys};
