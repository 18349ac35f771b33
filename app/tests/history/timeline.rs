//! A customer's timeline: events as they were made.

use app::base::audit::{Actor, AuditContext, AuditEvent, Change, EntityKind, Source};
use app::base::error::AppError;
use app::customers::codec::Customers;
use app::customers::spec::field;
use app::db::audit_log;
use app::users::store::timeline::timeline;
use chrono::TimeDelta;
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{context, create, create_as, data_of, details, now, set_deleted_as, update_as, valid_draft};
use crate::past::user;

#[sqlx::test(migrations = "../migrations")]
async fn events_of_a_customer_are_complete_and_newest_first(pool: PgPool) {
    let asha = user(&pool, "Asha Rao", "asha@example.in").await;
    let context = context(&pool);
    let audit = |hours: i64, actor| AuditContext {
        at: now() - TimeDelta::hours(hours),
        actor,
        source: Source::Page,
    };
    let id = Uuid::now_v7();
    create_as(&pool, &audit(9, None), id, &details("Ravi", "ravi@example.in")).await;
    let mut other = valid_draft("Ravi", "ravi@example.in");
    other.put(field::CHURN_RISK, "High");
    other.put(field::CITY, "Pune");
    update_as(&pool, &audit(2, Some(asha)), id, |_| data_of(&other)).await;
    for (hours, deletes) in [(1, true), (0, false)] {
        let moved = set_deleted_as(&pool, &audit(hours, Some(asha)), id, deletes).await;
        moved.expect("deleted or restored");
    }
    let history = timeline::<Customers>(&context, id, None).await.expect("a history");
    assert_eq!((history.older, history.newest, history.now), (None, true, now()));
    let events: Vec<(i64, &str, Vec<&str>)> = history
        .events
        .iter()
        .map(|event| {
            let fields = event.changes.iter().map(|change| change.field.as_str()).collect();
            (event.version, event.actor.name(), fields)
        })
        .collect();
    assert_eq!(
        events,
        [
            (4, "Asha Rao", vec!["restored"]),
            (3, "Asha Rao", vec!["deleted"]),
            (2, "Asha Rao", vec!["city", "churn"]),
            (1, "System", vec!["created"]),
        ]
    );
    let risk = &history.events[2].changes[1];
    assert_eq!(
        (risk.before.as_deref(), risk.after.as_deref()),
        (Some("Low"), Some("High"))
    );
    assert_eq!(history.events[2].actor, Actor::User("Asha Rao".into()));
}

#[sqlx::test(migrations = "../migrations")]
async fn older_events_follow_without_gaps_and_seeded_customers_have_none(pool: PgPool) {
    let context = context(&pool);
    let id = Uuid::now_v7();
    create(&pool, id, &details("Ravi", "ravi@example.in")).await;
    // As a seeded customer is: without an event.
    sqlx::query("DELETE FROM history")
        .execute(&pool)
        .await
        .expect("emptied");
    let mut db = pool.acquire().await.expect("a connection");
    let audit = AuditContext {
        at: now(),
        actor: None,
        source: Source::CommandLine,
    };
    // Versions may be missing.
    let versions: Vec<i64> = (2..60).filter(|version| version % 7 != 0).collect();
    for version in &versions {
        let event = AuditEvent {
            context: audit,
            entity: EntityKind::Customer,
            id,
            version: *version,
        };
        let changes = [
            Change::of("city", None, Some("Pune".into())),
            Change::of("nps", Some("1".into()), None),
        ];
        audit_log::record(&mut db, &event, &changes).await.expect("written");
    }
    drop(db);
    let mut seen = Vec::new();
    let mut older = None;
    loop {
        let history = timeline::<Customers>(&context, id, older).await.expect("a history");
        assert!(
            history
                .events
                .iter()
                .all(|event| event.changes.len() == 2 && event.actor == Actor::CommandLine)
        );
        seen.extend(history.events.iter().map(|event| event.version));
        older = history.older;
        if older.is_none() {
            break;
        }
        assert_eq!(history.events.len(), 20);
    }
    seen.reverse();
    assert_eq!(seen, versions);
    // Another kind of thing with the same id has a history of its own.
    let mut db = pool.acquire().await.expect("a connection");
    let event = AuditEvent {
        context: audit,
        entity: EntityKind::User,
        id,
        version: 99,
    };
    audit_log::record(&mut db, &event, &[Change::event("password changed")])
        .await
        .expect("written");
    let newest = timeline::<Customers>(&context, id, None).await.expect("a history");
    assert_eq!(newest.events[0].version, 59);

    let other = create(&pool, Uuid::now_v7(), &details("Asha", "asha@example.in"))
        .await
        .id;
    sqlx::query("DELETE FROM history")
        .execute(&pool)
        .await
        .expect("emptied");
    for older in [None, Some(5), Some(i64::MIN), Some(i64::MAX)] {
        let none = timeline::<Customers>(&context, other, older).await.expect("a history");
        assert!(none.events.is_empty() && none.older.is_none());
    }
    assert_eq!(
        timeline::<Customers>(&context, Uuid::from_u128(1), None).await,
        Err(AppError::NotFound)
    );
}
