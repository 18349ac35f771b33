//! Pays open bills of a customer from open payments and credit notes, and keeps what is open of each.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::billing::model::allocation::{Allocation, Credit, OpenBill, Source, allocate};

/// A bill, a payment or a credit note that the transaction is about to insert.
#[derive(Clone, Copy, Debug)]
pub enum NewEntry {
    /// A bill, with its total.
    Bill(OpenBill),
    /// A payment or a credit note, with its amount.
    Credit(Credit),
}

/// Pays what can be paid of a locked customer's bills, the oldest first. A new entry is the newest of its kind, and is inserted afterwards with
/// what stays open of it: that is returned.
pub async fn settle(
    transaction: &mut PgConnection,
    customer: Uuid,
    new: Option<NewEntry>,
    at: DateTime<Utc>,
) -> Result<Paise, AppError> {
    let (mut bills, mut credits) = open_entries(transaction, customer).await?;
    let (stored_bills, stored_credits) = (bills.len(), credits.len());
    match new {
        Some(NewEntry::Bill(bill)) => bills.push(bill),
        Some(NewEntry::Credit(credit)) => credits.push(credit),
        None => {}
    }
    let allocations = allocate(&mut bills, &mut credits);
    if !allocations.is_empty() {
        write_open(
            transaction,
            &bills[..stored_bills],
            &credits[..stored_credits],
            &allocations,
        )
        .await?;
        insert_allocations(transaction, &allocations, at).await?;
    }
    Ok(match new {
        Some(NewEntry::Bill(_)) => bills.last().map_or(Paise(0), |bill| bill.open),
        Some(NewEntry::Credit(_)) => credits.last().map_or(Paise(0), |credit| credit.open),
        None => Paise(0),
    })
}

/// What is open of a customer, the oldest first.
async fn open_entries(db: &mut PgConnection, customer: Uuid) -> Result<(Vec<OpenBill>, Vec<Credit>), AppError> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", is_payment AS "is_payment!", of_bill, open_paise AS "open_paise!"
           FROM (SELECT id, false AS is_payment, of_bill, open_paise, issued_on AS day FROM bills WHERE customer_id = $1 AND settlement = 'Open'
                 UNION ALL
                 SELECT id, true, NULL, open_paise, received_on FROM payments WHERE customer_id = $1 AND open_paise > 0) AS entries
           ORDER BY day, id"#,
        customer
    );
    let (mut bills, mut credits) = (Vec::new(), Vec::new());
    for row in rows.fetch_all(db).await? {
        let open = Paise(row.open_paise);
        let source = match row.of_bill {
            Some(of_bill) => Source::CreditNote(row.id, of_bill),
            None if row.is_payment => Source::Payment(row.id),
            None => {
                bills.push(OpenBill { id: row.id, open });
                continue;
            }
        };
        credits.push(Credit { source, open });
    }
    Ok((bills, credits))
}

/// Writes what stays open of what was allocated. Mostly it is one bill. Postgres keeps the plan of a statement for one; one with arrays it
/// would plan anew each time.
async fn write_open(
    transaction: &mut PgConnection,
    bills: &[OpenBill],
    credits: &[Credit],
    allocations: &[Allocation],
) -> Result<(), AppError> {
    for bill in bills {
        if allocations.iter().any(|made| made.bill == bill.id) {
            write_open_bill(transaction, bill.id, bill.open).await?;
        }
    }
    for credit in credits {
        if allocations.iter().any(|made| made.source == credit.source) {
            match credit.source {
                Source::CreditNote(id, _) => write_open_bill(transaction, id, credit.open).await?,
                Source::Payment(id) => write_open_payment(transaction, id, credit.open).await?,
            }
        }
    }
    Ok(())
}

/// Writes what is open of a bill or a credit note.
async fn write_open_bill(transaction: &mut PgConnection, id: Uuid, open: Paise) -> Result<(), AppError> {
    let update = sqlx::query!("UPDATE bills SET open_paise = $2 WHERE id = $1", id, open.0);
    update.execute(transaction).await?;
    Ok(())
}

async fn write_open_payment(transaction: &mut PgConnection, id: Uuid, open: Paise) -> Result<(), AppError> {
    let update = sqlx::query!("UPDATE payments SET open_paise = $2 WHERE id = $1", id, open.0);
    update.execute(transaction).await?;
    Ok(())
}

async fn insert_allocations(
    transaction: &mut PgConnection,
    allocations: &[Allocation],
    at: DateTime<Utc>,
) -> Result<(), AppError> {
    let (mut ids, mut bills, mut payments, mut notes, mut amounts) = (vec![], vec![], vec![], vec![], vec![]);
    for allocation in allocations {
        let (payment, note) = match allocation.source {
            Source::Payment(id) => (Some(id), None),
            Source::CreditNote(id, _) => (None, Some(id)),
        };
        ids.push(Uuid::now_v7());
        bills.push(allocation.bill);
        payments.push(payment);
        notes.push(note);
        amounts.push(allocation.amount.0);
    }
    let insert = sqlx::query!(
        "INSERT INTO allocations (id, bill_id, payment_id, note_id, amount_paise, created_at)
         SELECT id, bill, payment, note, amount, $6
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) AS a (id, bill, payment, note, amount)",
        &ids,
        &bills,
        &payments as &[Option<Uuid>],
        &notes as &[Option<Uuid>],
        &amounts,
        at
    );
    insert.execute(transaction).await?;
    Ok(())
}

/// Takes back what a payment has paid: its bills are open again.
pub async fn undo(transaction: &mut PgConnection, payment: Uuid, at: DateTime<Utc>) -> Result<(), AppError> {
    let undo = sqlx::query!(
        "WITH undone AS (
             UPDATE allocations SET undone_at = $2 WHERE payment_id = $1 AND undone_at IS NULL RETURNING bill_id, amount_paise)
         UPDATE bills SET open_paise = bills.open_paise + u.amount_paise
         FROM (SELECT bill_id, sum(amount_paise)::bigint AS amount_paise FROM undone GROUP BY bill_id) AS u
         WHERE bills.id = u.bill_id",
        payment,
        at
    );
    undo.execute(transaction).await?;
    Ok(())
}
