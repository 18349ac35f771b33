//! What time it is.

use app::context::Clock;

/// The system's clock: the one place that asks for the time. Everybody else asks the context's clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn system() -> Clock {
    Clock::new(chrono::Utc::now)
}
