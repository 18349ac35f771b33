//! What only pages read of the ledger.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{bills, providers};
use crate::base::contact::Gstin;
use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::billing::model::BillKind;
use crate::billing::model::age::Age;
use crate::billing::model::state_code::StateCode;
use crate::billing::model::tax::Taxed;
use crate::billing::responses::{
    BillLine, BillPage, BillableService, DEBTORS_ON_PAGE, DebtorKey, IssuedBill, PaidBill,
};
use crate::customers::model::AccountNumber;
use crate::record::record_ref::RecordRef;

/// A bill or a credit note, without its QR code.
///
/// # Errors
/// `NotFound`.
pub async fn bill(db: &mut PgConnection, id: Uuid) -> Result<BillPage, AppError> {
    let row = sqlx::query!(
        r#"SELECT b.customer_id, c.name, c.account_number, b.kind AS "kind: BillKind", b.number, b.of_bill, o.number AS "of_number?", b.reason,
               b.issued_on, b.due_on, b.provider_version, b.billed_name, b.billed_address, b.customer_gstin, b.supplied_to, b.taxable_paise,
               b.cgst_paise, b.igst_paise, b.round_off_paise, b.total_paise, b.open_paise
           FROM bills b JOIN customers c ON c.id = b.customer_id LEFT JOIN bills o ON o.id = b.of_bill WHERE b.id = $1"#,
        id
    );
    let row = row.fetch_one(&mut *db).await?;
    let provider = match row.provider_version {
        Some(version) => providers::get(db, Some(version)).await?,
        None => None,
    };
    let lines = bills::lines(db, id).await?.into_iter().map(|stored| BillLine {
        number: stored.number,
        description: stored.line.description,
        sac: stored.line.sac,
        period: stored.line.period,
        rate: stored.line.rate,
        amount: stored.line.amount,
        left: stored.left,
        is_reversed: stored.is_reversed,
    });
    Ok(BillPage {
        id,
        kind: row.kind,
        number: row.number,
        credits: row
            .of_bill
            .zip(row.of_number)
            .zip(row.reason)
            .map(|((id, number), reason)| (id, number, reason)),
        issued_on: row.issued_on,
        due_on: row.due_on,
        customer: RecordRef {
            id: row.customer_id,
            reference: AccountNumber(row.account_number).to_string(),
            name: row.name,
        },
        billed_name: row.billed_name,
        billed_address: row.billed_address,
        customer_gstin: row.customer_gstin.map(Gstin::from_stored),
        supplied_to: StateCode::parse(&row.supplied_to),
        lines: lines.collect(),
        amount: Taxed {
            taxable: Paise(row.taxable_paise),
            cgst: Paise(row.cgst_paise),
            sgst: Paise(row.cgst_paise),
            igst: Paise(row.igst_paise),
        },
        round_off: Paise(row.round_off_paise),
        total: Paise(row.total_paise),
        open: Paise(row.open_paise),
        notes: notes_of(db, id).await?,
        provider: provider.map(|(_, provider)| provider),
        next_id: Uuid::now_v7(),
        qr_svg: None,
    })
}

async fn notes_of(db: &mut PgConnection, bill: Uuid) -> Result<Vec<IssuedBill>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id, number AS "number!", total_paise FROM bills WHERE of_bill = $1 ORDER BY issued_on, id"#,
        bill
    );
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| IssuedBill {
        id: row.id,
        number: row.number,
        total: Paise(row.total_paise),
    });
    Ok(rows.collect())
}

/// The bills that a payment pays.
pub async fn paid_by(db: &mut PgConnection, payment: Uuid) -> Result<Vec<PaidBill>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT b.id, b.number, sum(a.amount_paise)::bigint AS "amount!" FROM allocations a JOIN bills b ON b.id = a.bill_id
           WHERE a.payment_id = $1 AND a.undone_at IS NULL GROUP BY b.id, b.number, b.issued_on ORDER BY b.issued_on, b.id"#,
        payment
    );
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| PaidBill {
        id: row.id,
        number: row.number,
        amount: Paise(row.amount),
    });
    Ok(rows.collect())
}

/// The services of a customer that are billed.
pub async fn billable_services(db: &mut PgConnection, customer: Uuid) -> Result<Vec<BillableService>, AppError> {
    let rows = sqlx::query_as!(
        BillableService,
        r#"SELECT s.id, p.name AS plan, coalesce(s.paid_through + 1, s.starts_on) AS "next_bill_on!"
           FROM services s JOIN plans p ON p.id = s.plan_id
           WHERE s.customer_id = $1 AND (s.status IN ('Active', 'Suspended') OR s.ends_on > coalesce(s.paid_through, s.starts_on - 1))
               AND s.status <> 'Ordered'
           ORDER BY s.starts_on, s.id"#,
        customer
    );
    Ok(rows.fetch_all(db).await?)
}

/// Of each age, how many bills are open and how much of them.
pub async fn dues(db: &mut PgConnection, today: NaiveDate) -> Result<Vec<(Age, i64, Paise)>, AppError> {
    let mut dues: Vec<(Age, i64, Paise)> = Age::ALL.iter().map(|age| (*age, 0, Paise(0))).collect();
    let rows = sqlx::query!(
        r#"SELECT due_on AS "due_on!", count(*) AS "bills!", sum(open_paise)::bigint AS "open!" FROM bills
           WHERE settlement = 'Open' AND due_on IS NOT NULL GROUP BY due_on"#
    );
    for row in rows.fetch_all(db).await? {
        let age = Age::of(row.due_on, today);
        for (_, bills, open) in dues.iter_mut().filter(|(of, ..)| *of == age) {
            *bills += row.bills;
            open.0 += row.open;
        }
    }
    Ok(dues)
}

/// Customers with what they owe.
pub type Debtors = Vec<(RecordRef, Paise)>;

/// A page of the customers who owe of an age, with what they owe of it, highest first; and behind whom the next page begins.
pub async fn debtors(
    db: &mut PgConnection,
    age: Age,
    today: NaiveDate,
    after: Option<DebtorKey>,
) -> Result<(Debtors, Option<DebtorKey>), AppError> {
    let (first, last) = age.due_days(today);
    let rows = sqlx::query!(
        r#"SELECT c.id, c.name, c.account_number, d.open AS "open!"
           FROM (SELECT customer_id, sum(open_paise)::bigint AS open FROM bills
                 WHERE settlement = 'Open' AND due_on >= coalesce($1, '-infinity'::date) AND due_on <= coalesce($2, 'infinity'::date)
                 GROUP BY customer_id) d
               JOIN customers c ON c.id = d.customer_id
           WHERE $3::bigint IS NULL OR d.open < $3 OR d.open = $3 AND c.id > $4
           ORDER BY d.open DESC, c.id LIMIT $5"#,
        first,
        last,
        after.map(|key| key.open.0),
        after.map(|key| key.customer),
        DEBTORS_ON_PAGE as i64 + 1
    );
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| {
        let customer = RecordRef {
            id: row.id,
            reference: AccountNumber(row.account_number).to_string(),
            name: row.name,
        };
        (customer, Paise(row.open))
    });
    let mut debtors: Debtors = rows.collect();
    let is_last = debtors.len() <= DEBTORS_ON_PAGE;
    debtors.truncate(DEBTORS_ON_PAGE);
    let key = |(customer, open): &(RecordRef, Paise)| DebtorKey {
        open: *open,
        customer: customer.id,
    };
    let next = debtors.last().filter(|_| !is_last).map(key);
    Ok((debtors, next))
}
