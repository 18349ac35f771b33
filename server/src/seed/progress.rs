//! How far a seed is, for somebody who waits at a terminal.

use std::time::{Duration, Instant};

/// A line on stderr, at most every second and never for a seed that takes less.
pub fn lines_on_stderr() -> impl FnMut(u64, u64) {
    let mut last = Instant::now();
    move |done, total| {
        if last.elapsed() >= Duration::from_secs(1) {
            last = Instant::now();
            eprintln!("customers {done} of {total}");
        }
    }
}
