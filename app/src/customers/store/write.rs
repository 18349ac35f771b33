//! Changes of a customer: each is one statement, with its history, the counts and the words.
//!
//! Nothing is locked in advance. A change is made to the version that it was decided upon; where somebody else was faster it is
//! decided again, upon what is there then.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::counts::{self, CountChanges};
use super::get;
use super::words::WordChanges;
use crate::connections::{Connection, Connections};
use crate::contact::{Email, fold};
use crate::customers::model::draft::Draft;
use crate::customers::model::field::Field;
use crate::customers::model::{
    AccountNumber, BillingCycle, ChurnRisk, Customer, CustomerName, Details, PlanType, Standing, Status,
};
use crate::customers::search::{search_text, text_of_contact};
use crate::error::AppError;
use crate::history::model::{Change, Entity, Event, Stamp};
use crate::history::store::{self as history, Lines};

/// Why a change was not made. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another live customer has the email.
    EmailTaken(Option<CustomerName>),
    /// No customer has the account number that was given as the referrer's.
    UnknownReferrer,
    /// The referrer's account number is the customer's own.
    OwnReferrer,
    /// The customer is deleted, or, where it was to be restored, is not.
    Deleted(Box<Customer>),
    /// Another customer, or another content, was made under the id.
    Taken(Box<Customer>),
}

/// The outcome of a change.
pub type Written = Result<Result<Customer, Refusal>, AppError>;

/// What goes with a write into the same statement.
struct Deed {
    /// Its version is the one that the write makes.
    event: Event,
    lines: Lines,
    counts: CountChanges,
    words: WordChanges,
}

impl Deed {
    /// What makes a version of a customer, whose details count from `before` to `after`: none where it does not live.
    fn new(
        stamp: &Stamp,
        (id, version): (Uuid, i64),
        changes: Vec<Change>,
        before: Option<&Details>,
        after: Option<&Details>,
    ) -> Self {
        Self {
            event: Event {
                stamp: *stamp,
                entity: Entity::Customer,
                id,
                version,
            },
            lines: changes.into(),
            counts: CountChanges::between(before, after),
            words: WordChanges::between(before, after),
        }
    }
}

/// What a write says that was made.
struct Made {
    account_number: i64,
    /// Whether it is one of those after which the counts are folded.
    fold: bool,
}

/// Makes a write and its deed, or neither: gives `Made` where the write has met the row that it is for.
///
/// The write, given as literals, is the insertion or update of one customer. `$1` is the customer's id, `$2` now, `$6` the version that
/// is made; its own binds begin with `$22`. The history is written here once more, beside `history::record`, because a statement that is
/// checked when the program is built can only be put together from literals.
macro_rules! make {
    ($db:expr, $deed:expr, [$($write:literal),+] $(, $bind:expr)*) => {{
        let Deed { event, lines, counts, words } = $deed;
        let written = sqlx::query_as!(
            Made,
            "WITH made AS (" $(+ $write)+ + " RETURNING account_number, name_key, segment, price_paise, outstanding_paise),
             told AS (
                 INSERT INTO history (id, at, actor, source, entity, entity_id, version, field, before, after)
                 SELECT f.id, $2, $3, $4, $5, $1, $6, f.field, f.before, f.after
                 FROM made CROSS JOIN unnest($7::uuid[], $8::text[], $9::text[], $10::text[]) AS f (id, field, before, after)
             ), counted AS (
                 INSERT INTO customer_count_changes
                     (status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise)
                 SELECT p.status, p.churn_risk, p.plan_type, p.customers, p.debtors, p.price_paise, p.outstanding_paise
                 FROM made CROSS JOIN unnest($11::customer_status[], $12::churn_risk[], $13::plan_type[],
                     $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[])
                     AS p (status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise)
                 RETURNING change
             ), unsaid AS (
                 DELETE FROM customer_words w USING made WHERE w.word = ANY ($19) AND w.name_key = $18 AND w.id = $1
             ), learnt AS (
                 INSERT INTO search_words SELECT w.word FROM made CROSS JOIN unnest($20::text[]) AS w (word) ON CONFLICT DO NOTHING
             ), said AS (
                 INSERT INTO customer_words
                 SELECT w.word, made.name_key, $1, made.segment, made.price_paise, made.outstanding_paise, w.all_words
                 FROM made CROSS JOIN unnest($20::text[], $21::text[]) AS w (word, all_words)
                 ON CONFLICT (word, name_key, id) DO UPDATE
                 SET (segment, price_paise, outstanding_paise, all_words)
                     = (excluded.segment, excluded.price_paise, excluded.outstanding_paise, excluded.all_words)
             )
             SELECT account_number, (SELECT coalesce(bool_or(change % 32 = 0), false) FROM counted) AS \"fold!\" FROM made",
            event.id, event.stamp.at, event.stamp.actor, event.stamp.source.word(), event.entity.word(), event.version,
            &lines.ids, &lines.fields, &lines.before as &[Option<String>], &lines.after as &[Option<String>],
            &counts.statuses as &[Status], &counts.churn_risks as &[ChurnRisk], &counts.plan_types as &[PlanType],
            &counts.customers, &counts.debtors, &counts.price_paise, &counts.outstanding_paise,
            words.name_key.as_deref(), &words.gone, &words.written, &words.all_words
            $(, $bind)*
        );
        written.fetch_optional(&mut *$db).await
    }};
}

/// Makes a write of all details and of the text that a search looks in, with its deed: the three literals are what stands before the
/// columns, between columns and values, and in the place of the last value and after it, where `$55` is `$search`.
macro_rules! write_details {
    ($db:expr, $deed:expr, $lead:literal, $between:literal, $search_and_rest:literal, $details:expr, $search:expr) => {{
        let Details { contact, standing, plan, usage, relationship, billing } = $details;
        let (cancelled_on, cancel_reason) = match standing {
            Standing::Cancelled { on, reason } => (Some(*on), Some(reason.as_str())),
            _ => (None, None),
        };
        let ott_apps: Vec<String> = plan.ott_apps.iter().map(ToString::to_string).collect();
        let peak_hours: Vec<i16> = usage.peak_hours.iter().flat_map(|hours| [hours.from.0, hours.to.0]).collect();
        make!(
            $db,
            $deed,
            [
                $lead,
                "name, name_key, email, email_key, phone, address_line, city, state, pin_code,
                 status, cancelled_on, cancel_reason,
                 plan_type, speed_kbps, price_paise, billing_cycle, ott_apps, live_channels,
                 data_used_mb, average_speed_kbps, uptime_bp, most_used_ott, peak_hours,
                 customer_since, lifetime_value_paise, churn_risk, nps, tickets, last_ticket_on, satisfaction, referred_by,
                 next_billing_on, outstanding_paise, search_text",
                $between,
                "$22, $23, $24, $25, $26, $27, $28, $29, $30,
                 $31, $32, $33,
                 $34, $35, $36, $37, $38, $39,
                 $40, $41, $42, $43, $44,
                 $45, $46, $47, $48, $49, $50, $51, $52,
                 $53, $54, ",
                $search_and_rest
            ],
            contact.name, fold(&contact.name), contact.email.as_str(), contact.email.key(), contact.phone.as_str(),
            contact.address_line, contact.city, contact.state, contact.pin_code.as_str(),
            standing.status() as Status, cancelled_on, cancel_reason,
            plan.plan_type as PlanType, plan.speed.0, plan.price.0, plan.billing_cycle as BillingCycle, &ott_apps,
            plan.live_channels,
            usage.data_used.0, usage.average_speed.0, usage.uptime.0, usage.most_used_ott.map(|app| app.word()), &peak_hours,
            relationship.customer_since, relationship.lifetime_value.0, relationship.churn_risk as ChurnRisk, relationship.nps,
            relationship.tickets, relationship.last_ticket_on, relationship.satisfaction,
            relationship.referred_by.map(|account| account.0),
            billing.next_billing_on, billing.outstanding.0,
            $search
        )
    }};
}

/// Creates a customer under an id that the form has brought. The same id again changes nothing and gives what is there.
///
/// # Errors
/// `Unavailable` and `Internal`; everything that a person can mend is a `Refusal`.
pub async fn create(connections: &Connections, stamp: &Stamp, id: Uuid, details: &Details) -> Written {
    let mut db = connections.take().await?;
    let deed = Deed::new(stamp, (id, 1), vec![Change::word("created")], None, Some(details));
    // The id is looked for before any other unique rule: the first sending of this form may have made the customer already.
    let made = write_details!(
        db,
        &deed,
        "INSERT INTO customers (id, version, created_at, updated_at, account_number, ",
        ") SELECT $1, $6, $2, $2, account, ",
        "$55::text || ' lm-' || lpad(account::text, greatest(7, length(account::text)), '0') || ' lm-' || account || ' ' || account
         FROM nextval('customers_account_number_seq') AS account
         ON CONFLICT (id) DO NOTHING",
        details,
        text_of_contact(&details.contact)
    );
    match made {
        Ok(Some(made)) => {
            made.done(db).await;
            Ok(Ok(Customer {
                id,
                account_number: AccountNumber(made.account_number),
                version: 1,
                updated_at: stamp.at,
                deleted_at: None,
                details: details.clone(),
            }))
        }
        Ok(None) => made_already(&mut db, id, details).await,
        Err(error) => match refused(&mut db, error, &details.contact.email).await? {
            // The same form, sent twice at once: the other sending was first.
            Refusal::EmailTaken(Some(holder)) if holder.id == id => made_already(&mut db, id, details).await,
            refusal => Ok(Err(refusal)),
        },
    }
}

/// Gives a live customer the details that `decide` makes of what is there now. It is asked again where somebody else was faster:
/// what is written was decided upon the version that it replaces.
///
/// # Errors
/// `NotFound`, `Unavailable` and `Internal`; inside, what `decide` refused or a `Refusal`.
pub async fn update<R: From<Refusal>>(
    connections: &Connections,
    stamp: &Stamp,
    id: Uuid,
    decide: impl Fn(&Customer) -> Result<Details, R> + Send,
) -> Result<Result<Customer, R>, AppError> {
    let mut db = connections.take().await?;
    // Every turn but the last means that somebody else's change was made, so that it ends.
    loop {
        let current = get(&mut *db, id).await?;
        if current.deleted_at.is_some() {
            return Ok(Err(Refusal::Deleted(Box::new(current)).into()));
        }
        let details = match decide(&current) {
            Ok(details) => details,
            Err(refused) => return Ok(Err(refused)),
        };
        let changes = changes(&current.details, &details);
        if changes.is_empty() {
            return Ok(Ok(current));
        }
        let version = current.version + 1;
        let deed = Deed::new(stamp, (id, version), changes, Some(&current.details), Some(&details));
        let made = write_details!(
            db,
            &deed,
            "UPDATE customers SET version = $6, updated_at = $2, (",
            ") = (",
            "$55) WHERE id = $1 AND version + 1 = $6 AND deleted_at IS NULL",
            &details,
            search_text(current.account_number, &details.contact)
        );
        match made {
            Ok(Some(made)) => {
                made.done(db).await;
                return Ok(Ok(Customer {
                    version,
                    updated_at: stamp.at,
                    details,
                    ..current
                }));
            }
            Ok(None) => {}
            Err(error) => return Ok(Err(refused(&mut db, error, &details.contact.email).await?.into())),
        }
    }
}

/// Marks a live customer as deleted; it can be restored.
///
/// # Errors
/// `NotFound`, `Unavailable` and `Internal`; `Refusal::Deleted` where it is deleted already.
pub async fn delete(connections: &Connections, stamp: &Stamp, id: Uuid) -> Written {
    mark(connections, stamp, id, Some(stamp.at)).await
}

/// Takes a customer's deletion back.
///
/// # Errors
/// `NotFound`, `Unavailable` and `Internal`; `Refusal::Deleted` where it is not deleted, `EmailTaken` where a live one has its email.
pub async fn restore(connections: &Connections, stamp: &Stamp, id: Uuid) -> Written {
    mark(connections, stamp, id, None).await
}

/// Marks a live customer as deleted at an instant, or takes the mark from a deleted one.
async fn mark(connections: &Connections, stamp: &Stamp, id: Uuid, deleted_at: Option<DateTime<Utc>>) -> Written {
    let mut db = connections.take().await?;
    loop {
        let current = get(&mut *db, id).await?;
        if current.deleted_at.is_some() == deleted_at.is_some() {
            return Ok(Err(Refusal::Deleted(Box::new(current))));
        }
        let version = current.version + 1;
        let lived = Some(&current.details);
        let (word, before, after) = match deleted_at {
            Some(_) => ("deleted", lived, None),
            None => ("restored", None, lived),
        };
        let deed = Deed::new(stamp, (id, version), vec![Change::word(word)], before, after);
        let made = make!(
            db,
            &deed,
            [
                "UPDATE customers SET version = $6, updated_at = $2, deleted_at = $22::timestamptz
              WHERE id = $1 AND version + 1 = $6 AND (deleted_at IS NULL) = ($22::timestamptz IS NOT NULL)"
            ],
            deleted_at
        );
        match made {
            Ok(Some(made)) => {
                made.done(db).await;
                return Ok(Ok(Customer {
                    version,
                    updated_at: stamp.at,
                    deleted_at,
                    ..current
                }));
            }
            Ok(None) => {}
            Err(error) => return Ok(Err(refused(&mut db, error, &current.details.contact.email).await?)),
        }
    }
}

impl Made {
    /// Folds the counts, if it is time, and hands the connection on. The write is done, whatever becomes of this.
    async fn done(&self, mut db: Connection) {
        if self.fold
            && let Err(error) = counts::fold(&mut db).await
        {
            tracing::warn!(%error, "the changes of the counts were not folded");
            return;
        }
        db.hand_on();
    }
}

/// The customer that an earlier sending of a form has made: the same one, if it was made with the same content and is still there.
async fn made_already(db: &mut PgConnection, id: Uuid, details: &Details) -> Written {
    // The history after the customer, so that no edit between the two is missing from it.
    let existing = get(&mut *db, id).await?;
    let later = history::first_after(db, id, 1).await?;
    let (now, sent) = (Draft::of(&existing.details), Draft::of(details));
    let same = Field::ALL.iter().all(|field| {
        let at_first = match later.get(field.word()) {
            Some(before) => before.clone(),
            None => now.said(*field),
        };
        at_first == sent.said(*field)
    });
    Ok(match (same, existing.deleted_at) {
        (true, None) => Ok(existing),
        (_, Some(_)) => Err(Refusal::Deleted(Box::new(existing))),
        (false, None) => Err(Refusal::Taken(Box::new(existing))),
    })
}

/// The history of an edit: a change for every field that says something else now.
fn changes(before: &Details, after: &Details) -> Vec<Change> {
    let (before, after) = (Draft::of(before), Draft::of(after));
    let changed = Field::ALL.iter().filter(|field| !before.agrees(&after, **field));
    changed
        .map(|field| Change::of(field.word(), before.said(*field), after.said(*field)))
        .collect()
}

/// What a constraint says, as a refusal. Constraints are known by their names in the migrations.
async fn refused(db: &mut PgConnection, error: sqlx::Error, email: &Email) -> Result<Refusal, AppError> {
    let constraint = error
        .as_database_error()
        .and_then(|fault| fault.constraint())
        .unwrap_or_default();
    match constraint {
        "customers_email_key" => Ok(Refusal::EmailTaken(with_email(db, email).await?)),
        "customers_referred_by_fkey" => Ok(Refusal::UnknownReferrer),
        "customers_not_referred_by_self" => Ok(Refusal::OwnReferrer),
        _ => Err(error.into()),
    }
}

/// The live customer with an email; none where it has just gone.
async fn with_email(db: &mut PgConnection, email: &Email) -> Result<Option<CustomerName>, AppError> {
    let row = sqlx::query!(
        "SELECT id, account_number, name FROM customers WHERE email_key = $1 AND deleted_at IS NULL",
        email.key()
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| CustomerName {
        id: row.id,
        account_number: AccountNumber(row.account_number),
        name: row.name,
    }))
}
