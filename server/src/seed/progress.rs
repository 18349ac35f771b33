//! Reports the progress of a seed to somebody who waits at a terminal.

use std::time::{Duration, Instant};

/// Prints a line on stderr, at most once a second. A seed that takes less than a second prints none.
pub fn lines_on_stderr() -> impl FnMut(u64, u64) {
    let mut last = Instant::now();
    move |done, total| {
        if last.elapsed() >= Duration::from_secs(1) {
            last = Instant::now();
            eprintln!("customers {done} of {total}");
        }
    }
}
