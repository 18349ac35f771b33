//! What a page of a long history reads: about a page, whoever and whatever it is of, with one plan for all values.

use app::base::audit::{AuditEvent, Change, EntityKind};
use app::db::audit_log;
use app::history::query::ActorFilter;
use app::history::query::cursor::KeysetKey;
use app::history::store::{self, HistoryFilter, KeysetRange, PAGE_SIZE, TextMatches};
use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

use crate::common::audit;

fn number(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// 40,000 changes, a second apart: of 2,000 customers by seven users and nobody, and one in a hundred of a user by user 8.
async fn insert(pool: &PgPool) {
    sqlx::raw_sql(
        "INSERT INTO history (id, at, actor, source, entity, entity_id, version, field)
         SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 s',
             CASE WHEN n % 100 = 0 THEN '00000000-0000-0000-0000-000000000008'
                  WHEN n % 8 > 0 THEN '00000000-0000-0000-0000-00000000000' || n % 8 END::uuid,
             'page', CASE WHEN n % 100 = 0 THEN 'user' ELSE 'customer' END,
             ('00000000-0000-0000-0001-' || lpad((n % 2000)::text, 12, '0'))::uuid, n / 2000 + 2,
             CASE WHEN n % 100 = 0 THEN 'role' ELSE (ARRAY['city', 'churn', 'nps', 'plan'])[1 + n % 4] END
         FROM generate_series(1, 40000) AS n",
    )
    .execute(pool)
    .await
    .expect("a history");
}

/// How many rows of the history a connection has read, as far as its transaction knows.
async fn read(db: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'history'")
        .fetch_one(db)
        .await
        .expect("a count")
}

/// Also where the statement was planned for an empty history.
#[sqlx::test(migrations = "../migrations")]
async fn the_event_before_is_looked_up_in_an_index(pool: PgPool) {
    let mut db = pool.acquire().await.expect("a connection");
    // As the program's pool has it.
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan; ANALYZE history")
        .execute(&mut *db)
        .await
        .expect("set");
    let event = |id, version| AuditEvent {
        context: audit(),
        entity: EntityKind::Customer,
        id,
        version,
    };
    let change = [Change::event("created")];
    let first = event(number(1), 1);
    audit_log::record(&mut db, &first, &change).await.expect("recorded");
    insert(&pool).await;
    let mut transaction = db.begin().await.expect("a transaction");
    let next = event(number((1 << 48) + 17), 99);
    audit_log::record(&mut transaction, &next, &change)
        .await
        .expect("recorded");
    assert!(read(&mut transaction).await <= 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_reads_few_more_rows_than_it_shows(pool: PgPool) {
    insert(&pool).await;
    sqlx::raw_sql("ANALYZE history").execute(&pool).await.expect("analyzed");
    let page = PAGE_SIZE as i64 + 1;
    let filter = |actor, kind, text| HistoryFilter { actor, kind, text };
    let user = |id| Some(ActorFilter::User(number(id)));
    let (nobody, customer, person) = (
        Some(ActorFilter::NoUser),
        Some(EntityKind::Customer),
        Some(EntityKind::User),
    );
    let found = |fields: &[&'static str], ids: &[u128], many: Option<&str>| {
        Some(TextMatches {
            fields: fields.to_vec(),
            ids: ids.iter().map(|id| number((1 << 48) + id)).collect(),
            text: many.unwrap_or_default().to_owned(),
            many: many.map(|_| &app::customers::spec::SPEC).into_iter().collect(),
        })
    };
    // 400 changes are of users, of each thing 20. Read are at most: a page of an index; all of the few, where few of those are wanted; and for
    // a text a page of each field and all of each thing.
    for (filter, most) in [
        (filter(None, None, None), page),
        (filter(user(1), None, None), page),
        (filter(nobody, None, None), page),
        (filter(None, customer, None), page + 1),
        (filter(None, person, None), page),
        (filter(user(1), customer, None), page),
        (filter(nobody, customer, None), page),
        (filter(user(8), person, None), page),
        (filter(user(8), customer, None), 400),
        (filter(user(1), person, None), 400),
        (filter(nobody, person, None), 400),
        (filter(None, None, found(&["churn"], &[], None)), page),
        (filter(None, None, found(&["churn", "role"], &[], None)), 2 * page),
        (filter(None, None, found(&[], &[0x17, 0x18], None)), 2 * 20),
        (filter(None, None, found(&["churn"], &[0x17], None)), page + 20),
        (filter(user(1), None, found(&["churn"], &[], None)), 2 * page),
        (filter(None, None, found(&["churn"], &[], Some("zzz"))), 4 * page),
        (filter(user(1), None, found(&["churn"], &[], Some("zzz"))), 4 * page),
    ] {
        for (oldest_first, by_time) in [(false, false), (true, false), (false, true), (true, true)] {
            let key = |at: &str, seq| KeysetKey {
                at: at.parse::<DateTime<Utc>>().expect("an instant"),
                seq,
            };
            let range = KeysetRange {
                above: key("2026-01-01T01:00:00Z", 3600),
                below: key("2026-01-01T10:00:00Z", 36_000),
                by_time,
                oldest_first,
            };
            let mut transaction = pool.begin().await.expect("a transaction");
            // As the program's pool has it.
            sqlx::raw_sql("SET LOCAL plan_cache_mode = force_generic_plan")
                .execute(&mut *transaction)
                .await
                .expect("set");
            // Planning reads the ends of an index.
            store::page(&mut transaction, &range, &filter).await.expect("a page");
            let before = read(&mut transaction).await;
            store::page(&mut transaction, &range, &filter).await.expect("a page");
            let read = read(&mut transaction).await - before;
            assert!(
                read <= most,
                "{filter:?}, oldest first {oldest_first}, by time {by_time}: reads {read}"
            );
        }
    }
}
