//! Generates the users: who administers, and who works the leads.

use app::base::time::ist_date;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::customers::midnight;
use super::rng::{RngStream, SeededRng};

/// The admin's email.
pub(super) const ADMIN: &str = "meera.joshi@example.in";
/// The email of the salesperson as whom one may sign in.
pub(super) const SALES: &str = "arjun.menon@example.in";

/// A user as the seed loads it.
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) role: &'static str,
    pub(super) created_at: DateTime<Utc>,
}

/// The admin and the salespeople, who own the leads.
pub(super) fn users(rng_seed: u64, now: DateTime<Utc>) -> [User; 4] {
    let user = |row: u64, name, email, role| {
        // Before the first customer signed up.
        let created_at = midnight(ist_date(now) - Duration::days(3_000)) + Duration::hours(10 + row as i64);
        User {
            id: SeededRng::new(rng_seed, RngStream::Users, row).uuid(created_at),
            name,
            email,
            role,
            created_at,
        }
    };
    [
        user(0, "Meera Joshi", ADMIN, "Admin"),
        user(1, "Arjun Menon", SALES, "Sales"),
        user(2, "Kavya Shetty", "kavya.shetty@example.in", "Sales"),
        user(3, "Imran Qureshi", "imran.qureshi@example.in", "Sales"),
    ]
}
