//! The way from rows of the table to customers.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::contact::{Email, Gstin, Phone, PinCode};
use crate::base::time::HourRange;
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise};
use crate::customers::codec::CustomerData;
use crate::customers::model::{AccountNumber, BillingCycle, ChurnRisk, OttApp, PlanType, Status};
use crate::record::store::Record;

/// A customer.
pub type Customer = Record<CustomerData>;

/// The customers with these ids, deleted or not, the last deleted first.
pub async fn customers(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Customer>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT id, account_number, name, email, phone, address_line, city, state, pin_code, gstin, status AS "status: Status",
               cancelled_on, cancel_reason, plan_type AS "plan_type: PlanType", speed_kbps, price_paise,
               billing_cycle AS "billing_cycle: BillingCycle", ott_apps, live_channels, data_used_mb, average_speed_kbps, uptime_bp,
               most_used_ott, peak_hours, customer_since, lifetime_value_paise, churn_risk AS "churn_risk: ChurnRisk", nps, tickets,
               last_ticket_on, satisfaction, referred_by, next_billing_on, outstanding_paise, version, updated_at, deleted_at
           FROM customers WHERE id = ANY($1) ORDER BY deleted_at DESC, id DESC"#,
        ids
    );
    let customers = rows.map(|row| Customer {
        id: row.id,
        reference: AccountNumber(row.account_number).to_string(),
        version: row.version,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
        data: CustomerData {
            name: row.name,
            email: Email::from_stored(row.email),
            phone: Phone::from_stored(row.phone),
            address_line: row.address_line,
            city: row.city,
            state: row.state,
            pin_code: PinCode::from_stored(row.pin_code),
            gstin: row.gstin.map(Gstin::from_stored),
            status: row.status,
            cancelled_on: row.cancelled_on,
            cancel_reason: row.cancel_reason,
            plan_type: row.plan_type,
            speed: Kbps(row.speed_kbps),
            price: Paise(row.price_paise),
            billing_cycle: row.billing_cycle,
            ott_apps: row.ott_apps.iter().filter_map(|app| OttApp::parse(app)).collect(),
            live_channels: row.live_channels,
            data_used: Megabytes(row.data_used_mb),
            average_speed: Kbps(row.average_speed_kbps),
            uptime: BasisPoints(row.uptime_bp),
            most_used_ott: row.most_used_ott.as_deref().and_then(OttApp::parse),
            peak_hours: HourRange::from_minutes(&row.peak_hours),
            customer_since: row.customer_since,
            lifetime_value: Paise(row.lifetime_value_paise),
            churn_risk: row.churn_risk,
            nps: row.nps,
            tickets: row.tickets,
            last_ticket_on: row.last_ticket_on,
            satisfaction: row.satisfaction,
            referred_by: row.referred_by.map(AccountNumber),
            next_billing_on: row.next_billing_on,
            outstanding: Paise(row.outstanding_paise),
        },
    });
    customers.fetch_all(db).await
}
