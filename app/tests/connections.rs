//! Connections that are handed on: used again, never hoarded, and not trusted for long.

use app::connections::{Connection, Connections};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::time::Duration;

fn of(pool: &PgPool, most: u32) -> Connections {
    let options = pool.connect_options().as_ref().clone();
    Connections::of(PgPoolOptions::new().max_connections(most).connect_lazy_with(options))
}

async fn backend(connection: &mut Connection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut **connection)
        .await
        .expect("an answer")
}

#[sqlx::test]
async fn the_next_reader_has_the_same_connection(pool: PgPool) {
    let connections = of(&pool, 8);
    let mut first = connections.take().await.expect("a connection");
    let of_first = backend(&mut first).await;
    let mut other = connections.take().await.expect("a connection");
    let of_other = backend(&mut other).await;
    assert_ne!(of_first, of_other);
    first.hand_on();
    let mut second = connections.take().await.expect("a connection");
    assert_eq!(backend(&mut second).await, of_first);
}

#[sqlx::test]
async fn half_of_the_pool_stays_with_the_pool(pool: PgPool) {
    let connections = of(&pool, 8);
    let mut taken = Vec::new();
    for _ in 0..7 {
        taken.push(connections.take().await.expect("a connection"));
    }
    taken.into_iter().for_each(Connection::hand_on);
    // Three of the seven come back by themselves, and one is yet to be made.
    while connections.pool().num_idle() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!((connections.pool().size(), connections.pool().num_idle()), (7, 3));
}

#[sqlx::test]
async fn who_waits_for_the_pool_comes_before_the_next_reader(pool: PgPool) {
    let connections = of(&pool, 2);
    let reader = connections.take().await.expect("a connection");
    let _writer = connections.pool().acquire().await.expect("a connection");
    let waiting = tokio::spawn({
        let pool = connections.pool().clone();
        async move { pool.acquire().await.map(drop) }
    });
    tokio::task::yield_now().await;
    reader.hand_on();
    let served = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    served.expect("in time").expect("no panic").expect("a connection");
}

#[sqlx::test]
async fn one_that_died_at_rest_is_not_used(pool: PgPool) {
    let connections = of(&pool, 4);
    let mut reader = connections.take().await.expect("a connection");
    let dead = backend(&mut reader).await;
    reader.hand_on();
    sqlx::query("SELECT pg_terminate_backend($1)")
        .bind(dead)
        .execute(&pool)
        .await
        .expect("ended");
    tokio::time::sleep(Duration::from_millis(60)).await;
    let mut next = connections.take().await.expect("a connection");
    assert_ne!(backend(&mut next).await, dead);
}

#[sqlx::test]
async fn closing_does_not_wait_for_what_is_at_hand(pool: PgPool) {
    let connections = of(&pool, 4);
    let reader = connections.take().await.expect("a connection");
    let late = connections.take().await.expect("a connection");
    reader.hand_on();
    let closing = tokio::spawn({
        let connections = connections.clone();
        async move { connections.close().await }
    });
    while !connections.pool().is_closed() {
        tokio::task::yield_now().await;
    }
    late.hand_on();
    tokio::time::timeout(Duration::from_secs(5), closing)
        .await
        .expect("closed in time")
        .expect("no panic");
}
