//! Makes the text of existing rows anew by the rules of `app::base::text`: what is stored, and the keys by which it is found, sorted and
//! unique.
//!
//! In batches, each a transaction that notes how far it came. Of two live rows that would get the same unique key the one that comes later
//! keeps its email and its key, so that nothing is lost; [`clashes`] lists it.

use std::collections::HashSet;

use app::base::contact::{Email, Phone};
use app::base::search;
use app::base::text::{RULES_VERSION, collapse_space, compared, is_blank, stored};
use app::billing::store::bills::bill_text;
use app::billing::store::payments::payment_text;
use app::customers::model::AccountNumber;
use app::holidays::store::holiday_text;
use app::leads::model::LeadNumber;
use sqlx::{AssertSqlSafe, Connection, FromRow, PgConnection};
use uuid::Uuid;

/// How many rows a transaction looks at.
const BATCH: i64 = 1_000;
/// How often a batch that has lost against another transaction is tried again.
const MOST_DEADLOCKS: u32 = 10;

/// A table with text that is compared.
struct Table {
    name: &'static str,
    /// Selects `TextRow`s behind `$1`, at most `$2`, by id.
    select: &'static str,
    /// Writes the rows of the arrays `$1` to `$7`.
    update: &'static str,
    /// The live rows among `$1` that have one of the keys `$2`.
    holders: Option<&'static str>,
    search_text: Option<fn(&TextRow) -> String>,
}

/// The statements of a table: the columns of its `TextRow`, and those that are written.
macro_rules! table {
    ($name:literal, live $live:literal, $columns:literal, $written:literal = $values:literal, holders $holders:expr, search_text $search_text:expr) => {
        Table {
            name: $name,
            select: concat!(
                "SELECT id, ",
                $live,
                " AS is_live, ",
                $columns,
                " FROM ",
                $name,
                " WHERE id > $1 ORDER BY id LIMIT $2"
            ),
            update: concat!(
                "UPDATE ",
                $name,
                " SET (",
                $written,
                ") = ROW (",
                $values,
                ")
                 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
                     AS new (id, title, title_key, email, email_key, city, search_text)
                 WHERE ",
                $name,
                ".id = new.id"
            ),
            holders: $holders,
            search_text: $search_text,
        }
    };
}

const TABLES: &[Table] = &[
    table!(
        "users", live "deleted_at IS NULL", "name AS title, email, email_key",
        "name, email, email_key" = "new.title, new.email, new.email_key",
        holders Some("SELECT email_key FROM users WHERE deleted_at IS NULL AND id <> ALL ($1) AND email_key = ANY ($2)"),
        search_text None
    ),
    table!(
        "customers", live "deleted_at IS NULL",
        "name AS title, name_key AS title_key, email, email_key, city, pin_code, phone AS code, account_number AS number, search_text",
        "name, name_key, email, email_key, city, search_text"
            = "new.title, new.title_key, new.email, new.email_key, new.city, new.search_text",
        holders Some("SELECT email_key FROM customers WHERE deleted_at IS NULL AND id <> ALL ($1) AND email_key = ANY ($2)"),
        search_text Some(|row| row.person_text(AccountNumber::show))
    ),
    table!(
        "leads", live "deleted_at IS NULL",
        "name AS title, name_key AS title_key, email, email_key, city, pin_code, phone AS code, lead_number AS number, search_text",
        "name, name_key, email, email_key, city, search_text"
            = "new.title, new.title_key, new.email, new.email_key, new.city, new.search_text",
        holders None,
        search_text Some(|row| row.person_text(LeadNumber::show))
    ),
    table!(
        "served_pin_codes", live "deleted_at IS NULL", "area AS title, area_key AS title_key, city, pin_code AS code, search_text",
        "area, area_key, city, search_text" = "new.title, new.title_key, new.city, new.search_text",
        holders None,
        search_text Some(TextRow::coded_text)
    ),
    table!(
        "plans", live "deleted_at IS NULL", "name AS title, name_key AS title_key, code, search_text",
        "name, name_key, search_text" = "new.title, new.title_key, new.search_text",
        holders None,
        search_text Some(TextRow::coded_text)
    ),
    table!(
        "holidays", live "deleted_at IS NULL", "name AS title, name_key AS title_key, day::text AS code, search_text",
        "name, name_key, search_text" = "new.title, new.title_key, new.search_text",
        holders None,
        search_text Some(|row| holiday_text(&row.title, row.code()))
    ),
    // Bills and payments keep what was written on them.
    table!(
        "bills", live "true",
        "billed_name AS title, coalesce(number, kind::text) AS code, search_text,
         (SELECT account_number FROM customers WHERE customers.id = customer_id) AS number",
        "search_text" = "new.search_text",
        holders None,
        search_text Some(|row| bill_text(row.code(), &row.title, &row.reference(AccountNumber::show)))
    ),
    table!(
        "payments", live "true",
        "payer_name AS title, reference AS code, receipt, search_text,
         (SELECT account_number FROM customers WHERE customers.id = customer_id) AS number",
        "search_text" = "new.search_text",
        holders None,
        search_text Some(|row| {
            let receipt = row.receipt.unwrap_or_default();
            payment_text(receipt, row.code.as_deref(), &row.title, &row.reference(AccountNumber::show))
        })
    ),
];

/// The text of a row.
#[derive(Clone, Debug, Default, FromRow, PartialEq, Eq)]
#[sqlx(default)]
struct TextRow {
    id: Uuid,
    is_live: bool,
    /// The name, or what a place is called.
    title: String,
    title_key: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
    city: Option<String>,
    /// Of customers and leads.
    pin_code: Option<String>,
    /// The phone number, the PIN code, the code of a plan, the day of a holiday, the number of a bill, or the reference of a payment.
    code: Option<String>,
    /// Of the customer or the lead.
    number: Option<i64>,
    /// Of payments.
    receipt: Option<i64>,
    search_text: Option<String>,
}

impl TextRow {
    /// The row by the rules of today.
    fn renewed(&self, table: &Table) -> Self {
        // What nobody can see stays, since a name and a city may not be empty.
        let tidy = |text: &String| match is_blank(text) {
            true => text.clone(),
            false => collapse_space(&stored(text)),
        };
        let mut new = self.clone();
        new.title = tidy(&self.title);
        new.city = self.city.as_ref().map(tidy);
        new.title_key = self.title_key.as_ref().map(|_| compared(&new.title));
        if let Some(email) = &self.email {
            let parsed = Email::parse(email).ok();
            new.email_key = Some(parsed.as_ref().map_or_else(|| compared(email), Email::key));
            new.email = parsed.map(|email| email.as_str().to_owned()).or(new.email);
        }
        new.search_text = table.search_text.map(|search_text| search_text(&new));
        new
    }

    /// The text in which a search finds a customer or a lead.
    fn person_text(&self, show: fn(i64) -> String) -> String {
        let phone = self.code.clone().map(Phone::from_stored);
        let reference = self.reference(show);
        search::person_text(
            &self.title,
            [self.city.as_deref(), self.pin_code.as_deref()],
            self.email.as_deref(),
            phone.as_ref(),
            &reference,
        )
    }

    fn reference(&self, show: fn(i64) -> String) -> String {
        show(self.number.unwrap_or_default())
    }

    fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }

    /// The text in which a search finds a served PIN code or a plan.
    fn coded_text(&self) -> String {
        let texts = [self.code.as_deref(), Some(&*self.title), self.city.as_deref()];
        search::search_text(&texts.into_iter().flatten().collect::<Vec<_>>(), None, "")
    }
}

/// Makes the text of all rows anew whose rules are older than the program's.
///
/// # Errors
/// The database's. What was done until then stays, and the next call goes on behind it.
pub async fn renew(owner: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut deadlocks = 0;
    loop {
        match renew_batch(owner, BATCH).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            // An older program that still runs has won.
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some("40P01") && deadlocks < MOST_DEADLOCKS =>
            {
                deadlocks += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Makes the text of the next rows anew; false where all are done.
///
/// # Errors
/// The database's.
pub async fn renew_batch(owner: &mut PgConnection, batch: i64) -> Result<bool, sqlx::Error> {
    let mut transaction = owner.begin().await?;
    for table in TABLES {
        let Some(last_id) = place_in(&mut transaction, table).await? else {
            continue;
        };
        // Locked until the transaction ends.
        let select = AssertSqlSafe(format!("{} FOR NO KEY UPDATE", table.select));
        let rows = sqlx::query_as(select).bind(last_id).bind(batch);
        let rows: Vec<TextRow> = rows.fetch_all(&mut *transaction).await?;
        write(&mut transaction, table, &rows).await?;
        sqlx::query("UPDATE text_rules SET last_id = $2, is_finished = $3 WHERE table_name = $1")
            .bind(table.name)
            .bind(rows.last().map_or(last_id, |row| row.id))
            .bind(rows.is_empty())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        return Ok(true);
    }
    Ok(false)
}

/// The last row of a table that was looked at, locked until the transaction ends; none where all were.
async fn place_in(db: &mut PgConnection, table: &Table) -> Result<Option<Uuid>, sqlx::Error> {
    let place = sqlx::query_scalar(
        "INSERT INTO text_rules (table_name, version) VALUES ($1, $2)
         ON CONFLICT (table_name) DO UPDATE SET version = excluded.version, is_finished = false,
             last_id = CASE WHEN text_rules.version = excluded.version THEN text_rules.last_id ELSE excluded.last_id END
         WHERE text_rules.version < excluded.version OR text_rules.version = excluded.version AND NOT text_rules.is_finished
         RETURNING last_id",
    );
    place.bind(table.name).bind(RULES_VERSION).fetch_optional(db).await
}

/// Writes those of some rows that change. Where a key is taken the row keeps its email and its key.
async fn write(db: &mut PgConnection, table: &Table, rows: &[TextRow]) -> Result<(), sqlx::Error> {
    let changes = rows
        .iter()
        .map(|row| (row, row.renewed(table)))
        .filter(|(row, new)| *row != new);
    let mut changes: Vec<(&TextRow, TextRow)> = changes.collect();
    if changes.is_empty() {
        return Ok(());
    }
    if let Some(holders) = table.holders {
        let ids: Vec<Uuid> = changes.iter().map(|(row, _)| row.id).collect();
        let keys: Vec<&str> = changes.iter().filter_map(|(_, new)| new.email_key.as_deref()).collect();
        let taken = sqlx::query_scalar(holders)
            .bind(ids)
            .bind(keys)
            .fetch_all(&mut *db)
            .await?;
        let mut taken: HashSet<String> = taken.into_iter().collect();
        // What one of these rows has now is taken, too, until it is another's: a unique index knows no order.
        let own = |row: &TextRow| row.email_key.clone().filter(|_| row.is_live);
        taken.extend(changes.iter().filter_map(|(row, _)| own(row)));
        for (row, new) in changes
            .iter_mut()
            .filter(|(row, new)| row.is_live && row.email_key != new.email_key)
        {
            let is_free = new.email_key.clone().is_none_or(|key| taken.insert(key));
            if !is_free {
                tracing::warn!(table = table.name, id = %row.id, "another row has this email: see lastmile check");
                (new.email, new.email_key) = (row.email.clone(), row.email_key.clone());
                new.search_text = table.search_text.map(|search_text| search_text(new));
            }
        }
    }
    let column = |value: fn(&TextRow) -> Option<&str>| -> Vec<Option<&str>> {
        changes.iter().map(|(_, new)| value(new)).collect()
    };
    sqlx::query(table.update)
        .bind(changes.iter().map(|(_, new)| new.id).collect::<Vec<_>>())
        .bind(column(|new| Some(&new.title)))
        .bind(column(|new| new.title_key.as_deref()))
        .bind(column(|new| new.email.as_deref()))
        .bind(column(|new| new.email_key.as_deref()))
        .bind(column(|new| new.city.as_deref()))
        .bind(column(|new| new.search_text.as_deref()))
        .execute(db)
        .await?;
    tracing::info!(table = table.name, rows = changes.len(), "text was made anew");
    Ok(())
}

/// The live users and customers whose email another has in another spelling, each in a line.
///
/// # Errors
/// The database's.
pub async fn clashes(db: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut lines = Vec::new();
    for table in TABLES.iter().filter(|table| table.holders.is_some()) {
        let mut last_id = Uuid::nil();
        loop {
            let rows: Vec<TextRow> = sqlx::query_as(table.select)
                .bind(last_id)
                .bind(BATCH)
                .fetch_all(&mut *db)
                .await?;
            let Some(last) = rows.last() else { break };
            last_id = last.id;
            let kept = rows
                .iter()
                .filter(|row| row.is_live && row.renewed(table).email_key != row.email_key);
            lines.extend(kept.map(|row| {
                format!(
                    "{}: {} ({})",
                    table.name,
                    row.title,
                    row.email.as_deref().unwrap_or_default()
                )
            }));
        }
    }
    Ok(lines)
}

/// Whether all rows are made by the rules of today.
///
/// # Errors
/// The database's.
pub async fn is_renewed(db: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let finished: i64 = sqlx::query_scalar("SELECT count(*) FROM text_rules WHERE is_finished AND version >= $1")
        .bind(RULES_VERSION)
        .fetch_one(db)
        .await?;
    Ok(usize::try_from(finished).is_ok_and(|finished| finished >= TABLES.len()))
}
