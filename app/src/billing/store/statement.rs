//! What a customer owes, and why: bills, credit notes, payments and reversals, each on its day.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::billing::model::statement::{Entry, EntryKind, Statement};
use crate::billing::model::{BillKind, PaymentMethod, PaymentState};

/// The statement of a customer from a day on, with the balance before it; from the beginning where there is no day.
pub async fn read(db: &mut PgConnection, customer: Uuid, from: Option<NaiveDate>) -> Result<Statement, AppError> {
    let rows = sqlx::query!(
        r#"SELECT day AS "day!", id AS "id!", bill AS "bill: BillKind", method AS "method: PaymentMethod", state AS "state: PaymentState",
               reference, owed_paise AS "owed_paise!", due_on
           FROM (
               SELECT issued_on AS day, 0 AS place, id, kind AS bill, NULL::payment_method AS method, NULL::payment_state AS state,
                   number AS reference, owed_paise, due_on
               FROM bills WHERE customer_id = $1
               UNION ALL
               SELECT received_on, 1, id, NULL, method, 'Received', coalesce(reference, ''), -amount_paise, NULL
               FROM payments WHERE customer_id = $1
               UNION ALL
               SELECT reversed_on, 2, id, NULL, method, state, reason, amount_paise, NULL
               FROM payments WHERE customer_id = $1 AND reversed_on IS NOT NULL
           ) AS entries
           ORDER BY day, place, id"#,
        customer
    );
    let mut statement = Statement {
        from,
        opening: Paise(0),
        entries: Vec::new(),
    };
    let mut balance = Paise(0);
    for row in rows.fetch_all(db).await? {
        balance.0 += row.owed_paise;
        if from.is_some_and(|from| row.day < from) {
            statement.opening = balance;
            continue;
        }
        let kind = match (row.bill, row.method, row.state) {
            (Some(kind), ..) => EntryKind::Bill(kind),
            (_, Some(method), Some(state)) => EntryKind::Payment(method, state),
            _ => return Err(AppError::internal("an entry of no kind")),
        };
        statement.entries.push(Entry {
            day: row.day,
            id: row.id,
            kind,
            reference: row.reference.filter(|reference| !reference.is_empty()),
            owed: Paise(row.owed_paise),
            balance,
            due_on: row.due_on,
        });
    }
    Ok(statement)
}
