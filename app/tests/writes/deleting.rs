//! Deleting and restoring.

use std::collections::HashSet;

use app::base::error::AppError;
use app::customers::codec::Customers;
use app::customers::list;
use app::record::delete::{self as deletion, delete_preview, deleted_list};
use app::record::responses::{DeleteOutcome, DeletedQuery};
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{context, create, details, populate, record_ref, wide};
use crate::{delete, edit_form, history, restore, save};

#[sqlx::test(migrations = "../migrations")]
async fn a_second_deletion_is_refused_and_a_second_restore_succeeds(pool: PgPool) {
    let context = context(&pool);
    let asha = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in")).await;
    let deleted = delete(&context, asha.id).await;
    let record = record_ref(&asha);
    assert_eq!(deleted, Ok(DeleteOutcome::Done { record, version: 2 }));
    let Ok(DeleteOutcome::Refused(problem)) = delete(&context, asha.id).await else {
        panic!("deleted twice");
    };
    assert_eq!(problem.status, 409);
    let listed = deleted_list::<Customers>(&context, DeletedQuery::default())
        .await
        .expect("a list");
    assert_eq!(
        listed.rows.iter().map(|row| row.record.id).collect::<Vec<_>>(),
        [asha.id]
    );
    for _ in 0..2 {
        assert_eq!(
            restore(&context, asha.id).await,
            Ok(DeleteOutcome::Done {
                record: record_ref(&asha),
                version: 3
            })
        );
    }
    assert_eq!(history(&pool, asha.id).await.len(), 3);
    let nobody = Uuid::now_v7();
    assert_eq!(delete(&context, nobody).await, Err(AppError::NotFound));
    assert_eq!(restore(&context, nobody).await, Err(AppError::NotFound));
    // An edit that names somebody who never was.
    let mut form = edit_form(&context, asha.id).await;
    form.id = nobody;
    assert_eq!(save(&context, &form, &[]).await, Err(AppError::NotFound));
}

#[sqlx::test(migrations = "../migrations")]
async fn of_twenty_concurrent_deletions_one_succeeds(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let deletions: Vec<_> = (0..20)
        .map(|_| {
            let context = context.clone();
            tokio::spawn(async move { delete(&context, id).await })
        })
        .collect();
    let mut done = 0;
    for deletion in deletions {
        match deletion.await.expect("no panic").expect("no fault") {
            DeleteOutcome::Done { .. } => done += 1,
            DeleteOutcome::Refused(problem) => assert_eq!(problem.status, 409),
            DeleteOutcome::Changed(now) => panic!("{now:?}"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(history(&pool, id).await.len(), 2);
    context.pool().close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn deleted_customers_are_listed_page_by_page(pool: PgPool) {
    let context = context(&pool);
    let customers = populate(&pool, 120, 32).await;
    // Many in the same instant: the clock stands.
    for customer in &customers {
        delete(&context, customer.id).await.expect("a deletion");
    }
    let mut seen = HashSet::new();
    let mut older_than = None;
    loop {
        let query = DeletedQuery {
            older_than,
            ..DeletedQuery::default()
        };
        let list = deleted_list::<Customers>(&context, query).await.expect("a list");
        for row in list.rows {
            assert!(seen.insert(row.record.id), "listed twice");
        }
        older_than = list.older_than;
        if older_than.is_none() {
            break;
        }
    }
    assert_eq!(seen, customers.iter().map(|customer| customer.id).collect());
    let list = list::list(&context, "", &[]).await.expect("a list");
    assert_eq!((list.totals.expect("counted").total, list.rows.len()), (0, 0));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_search_finds_deleted_customers_by_name_and_number(pool: PgPool) {
    let context = context(&pool);
    let mut ids = Vec::new();
    for (name, email) in [
        ("José Rao", "jose@example.in"),
        ("Ravi Iyer", "ravi@example.in"),
        ("Asha Rao", "asha@example.in"),
    ] {
        let customer = create(&pool, Uuid::now_v7(), &details(name, email)).await;
        delete(&context, customer.id).await.expect("a deletion");
        ids.push(customer);
    }
    create(&pool, Uuid::now_v7(), &details("Meera Rao", "meera@example.in")).await;
    let number = ids[1].reference.trim_start_matches("LM-000").to_owned();
    for (search, expected) in [
        ("", vec![2, 1, 0]),
        ("rao", vec![2, 0]),
        ("rao jose", vec![0]),
        (&ids[1].reference, vec![1]),
        (&number, vec![1]),
        ("meera", vec![]),
    ] {
        let query = DeletedQuery {
            search: search.to_owned(),
            older_than: None,
        };
        let list = deleted_list::<Customers>(&context, query).await.expect("a list");
        let found: Vec<Uuid> = list.rows.iter().map(|row| row.record.id).collect();
        let expected: Vec<Uuid> = expected.into_iter().map(|place: usize| ids[place].id).collect();
        assert_eq!(found, expected, "{search}");
    }
}

/// Whatever was done to a record since its deletion or restoration was asked for: it is refused, says what the record is now, and is done by
/// whoever has seen that.
#[sqlx::test(migrations = "../migrations")]
async fn what_has_changed_since_is_neither_deleted_nor_restored(pool: PgPool) {
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let shown = delete_preview::<Customers>(&context, id).await.expect("live");
    let form = edit_form(&context, id).await;
    save(&context, &form, &[("name", "Meera Rao"), ("city", "Mysuru")])
        .await
        .expect("saved");
    let before = history(&pool, id).await.len();
    for version in [0, shown.version, shown.version + 2] {
        let answer = deletion::delete::<Customers>(&context, id, version).await;
        let Ok(DeleteOutcome::Changed(now)) = answer else {
            panic!("{version}: {answer:?}");
        };
        let words = now.changed.unwrap_or_default();
        assert!(words.starts_with("Meera Rao (LM-"), "{words}");
        assert!(words.contains("changed after you opened this. It is now: "), "{words}");
        assert_eq!((&*now.record.name, now.version), ("Meera Rao", shown.version + 1));
    }
    assert_eq!(history(&pool, id).await.len(), before, "nothing was done");
    let done = deletion::delete::<Customers>(&context, id, shown.version + 1).await;
    let Ok(DeleteOutcome::Done { version, .. }) = done else {
        panic!("{done:?}");
    };
    // Somebody else restores and deletes it once more: an Undo of the first deletion is not theirs.
    deletion::restore::<Customers>(&context, id, version)
        .await
        .expect("restored");
    deletion::delete::<Customers>(&context, id, version + 1)
        .await
        .expect("deleted");
    let answer = deletion::restore::<Customers>(&context, id, version).await;
    let Ok(DeleteOutcome::Changed(now)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(now.version, version + 2);
    let done = deletion::restore::<Customers>(&context, id, now.version).await;
    assert!(matches!(done, Ok(DeleteOutcome::Done { .. })), "{done:?}");
}
