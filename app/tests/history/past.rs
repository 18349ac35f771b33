//! A made-up past, and what was written of it.

use std::collections::{BTreeMap, BTreeSet};

use app::base::audit::{AuditContext, AuditEvent, Change, EntityKind, Source};
use app::base::contact::Email;
use app::base::search::{has_words, name_words};
use app::customers::store::Customer;
use app::db::audit_log;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{Random, create_varied, now, varied};

/// A row as it was written.
#[derive(Clone, Debug)]
pub struct WrittenRow {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor: Option<Uuid>,
    pub entity: EntityKind,
    pub entity_id: Uuid,
    pub field: String,
}

/// Everything that has been written, by the row's id.
pub type All = BTreeMap<Uuid, WrittenRow>;

/// The columns of `WrittenRow`, with the row's id before them.
type Columns = (Uuid, i64, DateTime<Utc>, Option<Uuid>, String, Uuid, String);

pub async fn all(pool: &PgPool) -> All {
    let rows: Vec<Columns> = sqlx::query_as("SELECT id, seq, at, actor, entity, entity_id, field FROM history")
        .fetch_all(pool)
        .await
        .expect("the history");
    let known = rows.into_iter().map(|(id, seq, at, actor, entity, entity_id, field)| {
        let entity = EntityKind::parse(&entity).expect("a kind");
        (
            id,
            WrittenRow {
                seq,
                at,
                actor,
                entity,
                entity_id,
                field,
            },
        )
    });
    known.collect()
}

pub const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "'; DROP TABLE history; --",
    "प्रिया \u{202e}देशमुख",
    "100%_\\",
    "\"><img src=x onerror=alert(1)>",
    "🙂 Zoë",
];

/// Somebody who has changed things.
pub async fn user(pool: &PgPool, name: &str, email: &str) -> Uuid {
    let id = Uuid::now_v7();
    let key = Email::parse(email).expect("an email").key();
    sqlx::query(
        "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES ($1, $2, $3, $4, 'Admin', $5, $5)",
    )
    .bind(id)
    .bind(name)
    .bind(email)
    .bind(key)
    .bind(now())
    .execute(pool)
    .await
    .expect("a user");
    id
}

/// A made-up past: customers, users and rules that were changed by several people over a month.
pub struct Past {
    pub pool: PgPool,
    pub random: Random,
    pub users: Vec<(Uuid, String, String)>,
    pub customers: Vec<Customer>,
    versions: BTreeMap<Uuid, i64>,
}

impl Past {
    pub async fn new(pool: &PgPool, customers: usize, events: usize, seed: u64) -> Self {
        let mut past = Self {
            pool: pool.clone(),
            random: Random::new(seed),
            users: Vec::new(),
            customers: Vec::new(),
            versions: BTreeMap::new(),
        };
        for (number, name) in ["Asha Rao", "Ravi_Iyer", HOSTILE[0], HOSTILE[2]]
            .into_iter()
            .enumerate()
        {
            let email = format!("person{number}@example.in");
            past.users
                .push((user(pool, name, &email).await, name.to_owned(), email));
        }
        for number in 0..customers {
            let details = varied(&mut past.random, number);
            let audit = past.audit();
            let id = past.random.id();
            let made = create_varied(pool, &audit, id, &details).await;
            past.versions.insert(id, 1);
            past.customers.push(made);
        }
        past.write(events).await;
        past
    }

    /// Who and when: now and then at the very same instant, and at the edges of days in India.
    fn audit(&mut self) -> AuditContext {
        let minutes = self.random.below(30 * 24 * 60) as i64;
        let at = match self.random.below(4) {
            0 => now() - TimeDelta::days(minutes % 3),
            1 => {
                "2026-11-10T18:30:00Z".parse::<DateTime<Utc>>().expect("an instant")
                    - TimeDelta::microseconds(minutes % 2)
            }
            _ => now() - TimeDelta::minutes(minutes) + TimeDelta::microseconds(self.random.below(1_000_000) as i64),
        };
        let actor = self
            .random
            .chance(70)
            .then(|| self.users[self.random.below(self.users.len())].0);
        let source = match actor {
            None if self.random.chance(50) => Source::CommandLine,
            _ => Source::Page,
        };
        AuditContext { at, actor, source }
    }

    /// More events, of any kind of thing.
    pub async fn write(&mut self, events: usize) {
        let mut db = self.pool.acquire().await.expect("a connection");
        for _ in 0..events {
            let entity = *self.random.pick(&[
                EntityKind::Customer,
                EntityKind::Customer,
                EntityKind::Customer,
                EntityKind::User,
                EntityKind::Lead,
                EntityKind::ServedPinCode,
                EntityKind::Plan,
                EntityKind::Service,
                EntityKind::Holiday,
                EntityKind::Bill,
                EntityKind::Payment,
                EntityKind::Provider,
                EntityKind::Job,
                EntityKind::Role,
                EntityKind::SessionPolicy,
            ]);
            let id = match entity {
                EntityKind::Customer => self.random.pick(&self.customers).id,
                EntityKind::User => self.users[self.random.below(self.users.len())].0,
                EntityKind::Role => Uuid::parse_str("00000000-0000-7000-8000-000000000001").expect("an id"),
                EntityKind::SessionPolicy => Uuid::parse_str("00000000-0000-7000-8000-000000000010").expect("an id"),
                EntityKind::Lead => Uuid::from_u128(9),
                EntityKind::ServedPinCode => Uuid::from_u128(10),
                EntityKind::Plan => Uuid::from_u128(11),
                EntityKind::Job => Uuid::from_u128(12),
                EntityKind::Service => Uuid::from_u128(13),
                EntityKind::Holiday => Uuid::from_u128(14),
                EntityKind::Bill => Uuid::from_u128(15),
                EntityKind::Payment => Uuid::from_u128(16),
                EntityKind::Provider => Uuid::from_u128(17),
            };
            let fields: &[&str] = match entity {
                EntityKind::Customer => &["churn", "name", "city", "deleted", "nps"],
                EntityKind::User => &["role", "name", "two-step on", "password changed"],
                EntityKind::Job => &["retried", "stopped"],
                EntityKind::Service => &["login"],
                EntityKind::Role => &["two-step sign-in"],
                EntityKind::SessionPolicy => &["idle limit", "absolute limit"],
                EntityKind::Bill => &["created"],
                EntityKind::Payment => &["created", "bounced", "reversed"],
                EntityKind::Provider => &["due_days", "upi_id"],
                EntityKind::Lead | EntityKind::ServedPinCode | EntityKind::Plan | EntityKind::Holiday => {
                    &["restored", "created"]
                }
            };
            let mut chosen = self.random.some(fields, 50);
            if chosen.is_empty() {
                chosen.push(fields[0]);
            }
            let optional_text = |random: &mut Random| random.chance(70).then(|| (*random.pick(HOSTILE)).to_owned());
            let changes: Vec<Change> = chosen
                .into_iter()
                .map(|field| Change::of(field, optional_text(&mut self.random), optional_text(&mut self.random)))
                .collect();
            let version = self.versions.entry(id).and_modify(|version| *version += 1).or_insert(2);
            let event = AuditEvent {
                version: *version,
                entity,
                id,
                context: self.audit(),
            };
            audit_log::record(&mut db, &event, &changes).await.expect("written");
        }
    }

    /// What a text finds among the names.
    pub fn named(&self, text: &str) -> BTreeSet<Uuid> {
        let words = name_words(text);
        let users = self
            .users
            .iter()
            .filter(|(_, name, email)| has_words(name, &words) || has_words(email, &words));
        let customers = self.customers.iter().filter(|customer| {
            let in_either = |word: &String| {
                let word = std::slice::from_ref(word);
                has_words(&customer.data.name, word) || has_words(&customer.reference, word)
            };
            !words.is_empty() && words.iter().all(in_either)
        });
        users
            .map(|user| user.0)
            .chain(customers.map(|customer| customer.id))
            .collect()
    }
}
