//! Many at once, and browsers that go away: no write that was acknowledged is lost.

use std::collections::HashSet;
use std::time::Duration;

use app::base::units::{Megabytes, Paise};
use app::customers::model::ChurnRisk;
use app::customers::spec::field;
use app::customers::store::{Customer, mismatches};
use app::record::responses::SaveOutcome;
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{add_money, context, create, details, get, update, wide};
use crate::{HISTORY, LIVE, count, edit_form, history, new_form, save};

/// A client that disconnects right after its request cancels nothing half-way: each write is complete, with its history, or absent.
#[sqlx::test(migrations = "../migrations")]
async fn a_write_whose_client_disconnects_is_complete_or_absent(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let mut sent = Vec::new();
    for number in 0..30 {
        let form = new_form(&context, "Asha Rao", &format!("asha{number}@example.in")).await;
        let request = save(&context, &form, &[]);
        // The request's future is dropped as soon as it has to wait.
        let gone = tokio::time::timeout(Duration::from_micros(number * 150), request).await;
        sent.push((form.id, gone.is_ok()));
    }
    context.writes.close();
    context.writes.wait().await;
    for (id, acknowledged) in &sent {
        let there = get(&pool, *id).await;
        assert!(there.is_ok() || !acknowledged, "an acknowledged write is lost");
        assert_eq!(history(&pool, *id).await.len(), usize::from(there.is_ok()));
    }
    assert_eq!(count(&pool, LIVE).await, count(&pool, HISTORY).await);
    // No connection was left inside a transaction.
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(count(&pool, open).await, 0);
    context.pool().close().await;
}

/// Many concurrent users of the same few customers: the history and the customers agree with every response.
#[sqlx::test(migrations = "../migrations")]
async fn no_acknowledged_write_is_lost(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let mut ids = Vec::new();
    for number in 0..3 {
        let made = create(
            &pool,
            Uuid::now_v7(),
            &details("Asha Rao", &format!("asha{number}@example.in")),
        )
        .await;
        ids.push(made.id);
    }
    let people: Vec<_> = (0..12_usize)
        .map(|person| {
            let (context, ids) = (context.clone(), ids.clone());
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for edit in 0..8 {
                    let id = ids[(person + edit) % ids.len()];
                    let form = edit_form(&context, id).await;
                    let line = format!("{person}-{edit} MG Road");
                    let outcome = save(&context, &form, &[(field::ADDRESS, &line)]).await;
                    match outcome.expect("no fault") {
                        SaveOutcome::Done { .. } => acknowledged.push((id, line)),
                        // Somebody was quicker: what was typed is still there.
                        SaveOutcome::Invalid(form) => assert_eq!(form.draft.value(field::ADDRESS), line),
                    }
                }
                acknowledged
            })
        })
        .collect();
    let mut acknowledged = HashSet::new();
    for person in people {
        acknowledged.extend(person.await.expect("no panic"));
    }
    let mut written = HashSet::new();
    for id in ids {
        let rows = history(&pool, id).await;
        let versions: Vec<i64> = rows.iter().map(|row| row.0).collect();
        assert_eq!(
            versions,
            (1..=rows.len() as i64).collect::<Vec<_>>(),
            "a version for each write"
        );
        // Each write began from what the one before it left.
        for pair in rows[1..].windows(2) {
            assert_eq!(pair[0].3, pair[1].2);
        }
        let customer = get(&pool, id).await.expect("there");
        assert_eq!(customer.version, rows.len() as i64);
        assert_eq!(
            rows.last().and_then(|row| row.3.clone()),
            Some(customer.data.address_line)
        );
        written.extend(rows.into_iter().skip(1).filter_map(|row| row.3).map(|line| (id, line)));
    }
    assert_eq!(acknowledged, written);
    context.pool().close().await;
}

/// Each of many edits of one customer adds to what the one before it has left.
#[sqlx::test(migrations = "../migrations")]
async fn every_one_of_many_concurrent_edits_is_saved(pool: PgPool) {
    const WRITERS: i64 = 16;
    const EDITS: i64 = 6;
    let pool = wide(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    // The counts of a segment lose it with the customer, and those of another gain it.
    add_money(&pool, id, Paise(136_700), Paise(0)).await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let pool = pool.clone();
        writers.spawn(async move {
            for _ in 0..EDITS {
                let add = |customer: &Customer| {
                    let mut details = customer.data.clone();
                    details.data_used.0 += 1;
                    details.tickets = (customer.version % 3) as i32;
                    details.churn_risk = ChurnRisk::ALL[(customer.version % 2) as usize];
                    details
                };
                update(&pool, id, add).await;
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("it ends");
    }
    let edits = WRITERS * EDITS;
    let customer = get(&pool, id).await.expect("there");
    assert_eq!((customer.version, customer.data.data_used.0), (1 + edits, edits));
    let counted: Vec<_> = history(&pool, id)
        .await
        .into_iter()
        .filter(|(_, field, ..)| field == field::DATA_USED)
        .map(|(version, _, _, after)| (version, after.expect("a number")))
        .collect();
    let expected: Vec<_> = (1..=edits)
        .map(|edit| (1 + edit, Megabytes(edit).input_text()))
        .collect();
    assert_eq!(counted, expected);
    let mut db = pool.acquire().await.expect("a connection");
    let wrong = mismatches(&mut db).await.expect("compared");
    assert_eq!((wrong.counts, wrong.words), (0, 0));
    drop(db);
    pool.close().await;
}
