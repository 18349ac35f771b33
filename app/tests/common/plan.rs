//! The plan that customers of the tests have.

use sqlx::PgPool;
use uuid::Uuid;

/// The plan that customers of the tests order.
pub const PLAN: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0011);

/// Puts that plan into the catalogue, unless it is there, or somebody else is putting it there now: its code is unique, too.
pub async fn ensure_plan(pool: &PgPool) {
    let insert = sqlx::query(
        "INSERT INTO plans (id, code, name, name_key, status, plan_type, download_kbps, upload_kbps, ott_apps, live_channels, price_paise,
             billing_cycle, gst_rate_bp, sac, search_text, created_at, updated_at)
         VALUES ($1, 'TEST-100', 'Fiber 100', 'fiber 100', 'On sale', 'Fiber', 100000, 100000, '{}', 0, 136700, 'Monthly', 1800, '998422',
             ' test-100 test 100 fiber 100', now(), now())
         ON CONFLICT DO NOTHING",
    );
    insert.bind(PLAN).execute(pool).await.expect("a plan");
}

/// Takes a customer's services away, so that the customer can be deleted, and can have any status and plan.
pub async fn remove_services(pool: &PgPool, customer: Uuid) {
    sqlx::query(
        "WITH gone AS (DELETE FROM service_events e USING services s WHERE s.id = e.service_id AND s.customer_id = $1)
         DELETE FROM services WHERE customer_id = $1",
    )
    .bind(customer)
    .execute(pool)
    .await
    .expect("no services");
}
