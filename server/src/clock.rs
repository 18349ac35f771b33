//! The system's clock.

use app::base::time::Clock;

/// The system's clock. This is the only place that asks the system for the time; all other code uses the context's clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn system() -> Clock {
    Clock::new(chrono::Utc::now)
}
