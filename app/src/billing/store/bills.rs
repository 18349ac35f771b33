//! The statements about bills and credit notes.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::customers::LedgerCustomer;
use crate::base::contact::Gstin;
use crate::base::error::AppError;
use crate::base::search::search_text;
use crate::base::units::{BasisPoints, Paise};
use crate::billing::model::BillKind;
use crate::billing::model::number::{FinancialYear, document_number};
use crate::billing::model::period::Period;
use crate::billing::model::state_code::StateCode;
use crate::billing::model::tax::Taxed;

/// A bill or a credit note that is about to be issued.
#[derive(Clone, Debug)]
pub struct NewBill<'a> {
    /// UUIDv7.
    pub id: Uuid,
    /// For whom.
    pub customer: &'a LedgerCustomer,
    /// The bill that it credits, and why; none where it is a bill itself.
    pub credits: Option<(Uuid, &'a str)>,
    /// The day.
    pub issued_on: NaiveDate,
    /// When it has to be paid; none of a credit note.
    pub due_on: Option<NaiveDate>,
    /// Which version of the provider issues it, in which series.
    pub provider: (i64, &'a str),
    /// From which state to which.
    pub states: (StateCode, StateCode),
    /// The sum of its lines.
    pub amount: Taxed,
    /// To whole rupees.
    pub round_off: Paise,
    /// What stays open of it.
    pub open: Paise,
}

impl NewBill<'_> {
    /// All of it.
    pub const fn total(&self) -> Paise {
        Paise(self.amount.total().0 + self.round_off.0)
    }
}

/// A line that is about to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// The service.
    pub service: Option<Uuid>,
    /// What it is for.
    pub description: String,
    /// Its code in GST.
    pub sac: String,
    /// The days.
    pub period: Period,
    /// How much.
    pub amount: Taxed,
    /// The rate of GST.
    pub rate: BasisPoints,
    /// Of a credit note: the line that it credits.
    pub of: Option<(Uuid, i16)>,
}

/// The text in which a search finds a bill.
pub fn bill_text(number: &str, customer: &str, reference: &str) -> String {
    search_text(&[number, customer], None, reference)
}

/// Takes the next number of a series, and inserts a bill with it. Nothing is written after that in its transaction, so that others wait for the
/// series as short as can be; where the transaction fails, the number is the next one's.
///
/// # Errors
/// `BadRequest` where the series is full.
pub async fn insert_numbered(
    transaction: &mut PgConnection,
    bill: &NewBill<'_>,
    at: DateTime<Utc>,
) -> Result<String, AppError> {
    let (version, series) = bill.provider;
    let year = FinancialYear::of(bill.issued_on);
    let count = sqlx::query_scalar!(
        r#"INSERT INTO bill_series AS s (series, financial_year, next) VALUES ($1, $2, 2)
           ON CONFLICT (series, financial_year) DO UPDATE SET next = s.next + 1 RETURNING next - 1 AS "count!""#,
        series,
        year.0
    );
    let count = count.fetch_one(&mut *transaction).await?;
    let number = document_number(series, year, count).ok_or_else(|| {
        AppError::BadRequest(format!(
            "the series {series} is full: choose another one in the settings"
        ))
    })?;
    let LedgerCustomer { customer, .. } = bill.customer;
    let kind = match bill.credits {
        Some(_) => BillKind::CreditNote,
        None => BillKind::Invoice,
    };
    let insert = sqlx::query!(
        "INSERT INTO bills (id, customer_id, kind, number, of_bill, reason, issued_on, due_on, provider_version, billed_name, billed_address,
             customer_gstin, supplied_from, supplied_to, taxable_paise, cgst_paise, sgst_paise, igst_paise, round_off_paise, total_paise,
             open_paise, search_text, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
        bill.id,
        customer.id,
        kind as BillKind,
        number,
        bill.credits.map(|(of_bill, _)| of_bill),
        bill.credits.map(|(_, reason)| reason),
        bill.issued_on,
        bill.due_on,
        version,
        customer.name,
        bill.customer.address,
        bill.customer.gstin.as_ref().map(Gstin::as_str),
        bill.states.0.to_string(),
        bill.states.1.to_string(),
        bill.amount.taxable.0,
        bill.amount.cgst.0,
        bill.amount.sgst.0,
        bill.amount.igst.0,
        bill.round_off.0,
        bill.total().0,
        bill.open.0,
        bill_text(&number, &customer.name, &customer.reference),
        at
    );
    insert.execute(transaction).await?;
    Ok(number)
}

/// Writes the lines of a bill that is inserted afterwards.
pub async fn insert_lines(transaction: &mut PgConnection, bill: Uuid, lines: &[NewLine]) -> Result<(), AppError> {
    for (line, number) in lines.iter().zip(1_i16..) {
        let insert = sqlx::query!(
            "INSERT INTO bill_lines (bill_id, line, service_id, description, sac, from_on, to_on, taxable_paise, gst_rate_bp, cgst_paise,
                 sgst_paise, igst_paise, of_bill, of_line)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            bill,
            number,
            line.service,
            line.description,
            line.sac,
            line.period.from,
            line.period.to,
            line.amount.taxable.0,
            line.rate.0,
            line.amount.cgst.0,
            line.amount.sgst.0,
            line.amount.igst.0,
            line.of.map(|(of_bill, _)| of_bill),
            line.of.map(|(_, of_line)| of_line)
        );
        insert.execute(&mut *transaction).await?;
    }
    Ok(())
}

/// A bill that is there.
#[derive(Clone, Debug)]
pub struct StoredBill {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub customer: Uuid,
    /// What it is.
    pub kind: BillKind,
    /// Its number; none where it was brought forward.
    pub number: Option<String>,
    /// From which state to which.
    pub states: Option<(StateCode, StateCode)>,
    /// To whole rupees.
    pub round_off: Paise,
    /// All of it.
    pub total: Paise,
    /// The sum of its credit notes, and of their round-offs.
    pub credited: (Paise, Paise),
}

/// A bill.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &mut PgConnection, id: Uuid) -> Result<StoredBill, AppError> {
    find(db, id).await?.ok_or(AppError::NotFound)
}

/// A bill, where there is one with an id.
pub async fn find(db: &mut PgConnection, id: Uuid) -> Result<Option<StoredBill>, AppError> {
    let row = sqlx::query!(
        r#"SELECT customer_id, kind AS "kind: BillKind", number, supplied_from, supplied_to, round_off_paise, total_paise,
               (SELECT coalesce(sum(total_paise), 0)::bigint FROM bills n WHERE n.of_bill = b.id) AS "credited!",
               (SELECT coalesce(sum(round_off_paise), 0)::bigint FROM bills n WHERE n.of_bill = b.id) AS "credited_round_off!"
           FROM bills b WHERE id = $1"#,
        id
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| StoredBill {
        id,
        customer: row.customer_id,
        kind: row.kind,
        number: row.number,
        states: StateCode::parse(&row.supplied_from).zip(StateCode::parse(&row.supplied_to)),
        round_off: Paise(row.round_off_paise),
        total: Paise(row.total_paise),
        credited: (Paise(row.credited), Paise(row.credited_round_off)),
    }))
}

/// A line of a bill, and what is not credited of it.
#[derive(Clone, Debug)]
pub struct StoredLine {
    /// Its place on the bill, from 1.
    pub number: i16,
    /// The line.
    pub line: NewLine,
    /// What is not credited yet.
    pub left: Taxed,
    /// Whether all of it is credited.
    pub is_reversed: bool,
}

/// The lines of a bill, in their order.
pub async fn lines(db: &mut PgConnection, bill: Uuid) -> Result<Vec<StoredLine>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT l.line, l.service_id, l.description, l.sac, l.from_on, l.to_on, l.taxable_paise, l.gst_rate_bp, l.cgst_paise, l.igst_paise,
               l.reversed, l.of_bill, l.of_line, c.taxable AS "credited_taxable!", c.cgst AS "credited_cgst!", c.igst AS "credited_igst!"
           FROM bill_lines l CROSS JOIN LATERAL (
               SELECT coalesce(sum(taxable_paise), 0)::bigint AS taxable, coalesce(sum(cgst_paise), 0)::bigint AS cgst,
                   coalesce(sum(igst_paise), 0)::bigint AS igst
               FROM bill_lines WHERE of_bill = l.bill_id AND of_line = l.line
           ) AS c
           WHERE l.bill_id = $1 ORDER BY l.line"#,
        bill
    );
    let taxed = |taxable, cgst, igst| Taxed {
        taxable: Paise(taxable),
        cgst: Paise(cgst),
        sgst: Paise(cgst),
        igst: Paise(igst),
    };
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| {
        let amount = taxed(row.taxable_paise, row.cgst_paise, row.igst_paise);
        StoredLine {
            number: row.line,
            left: amount - taxed(row.credited_taxable, row.credited_cgst, row.credited_igst),
            is_reversed: row.reversed,
            line: NewLine {
                service: row.service_id,
                description: row.description,
                sac: row.sac,
                period: Period {
                    from: row.from_on,
                    to: row.to_on,
                },
                amount,
                rate: BasisPoints(row.gst_rate_bp),
                of: row.of_bill.zip(row.of_line),
            },
        }
    });
    Ok(rows.collect())
}

/// Marks lines of a bill as wholly credited.
pub async fn set_reversed(transaction: &mut PgConnection, bill: Uuid, lines: &[i16]) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE bill_lines SET reversed = true WHERE bill_id = $1 AND line = ANY($2)",
        bill,
        lines
    );
    update.execute(transaction).await?;
    Ok(())
}
