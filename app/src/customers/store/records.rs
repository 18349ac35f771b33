//! The statements about single customers.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::AuditContext;
use crate::base::contact::{Email, Gstin, Phone, PinCode};
use crate::base::error::AppError;
use crate::base::field_value::FieldValue as _;
use crate::base::spec::ValueOption;
use crate::base::text::compared;
use crate::base::time::HourRange;
use crate::base::time::ist_date;
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise};
use crate::customers::codec::{CustomerData, Customers};
use crate::customers::model::{AccountNumber, ChurnRisk, Status};
use crate::customers::search::search_text;
use crate::customers::spec::field;
use crate::db::options::LoadedOptions;
use crate::plans::model::{BillingCycle, OttApp, PlanType};
use crate::plans::store as plans;
use crate::record::draft::Draft;
use crate::record::record_ref::RecordRef;
use crate::record::responses::DeletionRefusal;
use crate::record::store::{FieldError, Record, RecordStore};
use crate::services::routes::services_url;
use crate::services::service::effects::{Order, insert_order};
use crate::services::store::customers::count_live;

/// Customers as records, for the subjects that make one.
pub type CustomerStore = Customers;

/// A customer.
pub type Customer = Record<CustomerData>;

/// The customers with these ids, deleted or not, the last deleted first.
pub async fn customers(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Customer>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT id, account_number, name, email, phone, address_line, city, state, pin_code, gstin, status AS "status: Status",
               cancelled_on, cancel_reason, plan_type AS "plan_type: PlanType", speed_kbps, price_paise,
               billing_cycle AS "billing_cycle: BillingCycle", ott_apps, live_channels, data_used_mb, average_speed_kbps, uptime_bp,
               most_used_ott, peak_hours, customer_since, churn_risk AS "churn_risk: ChurnRisk", nps, tickets,
               last_ticket_on, satisfaction, referred_by, promised_on, outstanding_paise, paid_paise, next_bill_on, version, updated_at,
               deleted_at
           FROM customers JOIN customer_summary USING (id) WHERE id = ANY($1) ORDER BY deleted_at DESC, id DESC"#,
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
            plan: None,
            starts_on: None,
            data_used: Megabytes(row.data_used_mb),
            average_speed: Kbps(row.average_speed_kbps),
            uptime: BasisPoints(row.uptime_bp),
            most_used_ott: row.most_used_ott.as_deref().and_then(OttApp::parse),
            peak_hours: HourRange::from_minutes(&row.peak_hours),
            customer_since: row.customer_since,
            churn_risk: row.churn_risk,
            nps: row.nps,
            tickets: row.tickets,
            last_ticket_on: row.last_ticket_on,
            satisfaction: row.satisfaction,
            referred_by: row.referred_by.map(AccountNumber),
            promised_on: row.promised_on,
        },
        derived: {
            let mut derived = Draft::default();
            let apps = row
                .ott_apps
                .iter()
                .filter_map(|app| OttApp::parse(app))
                .collect::<Vec<_>>();
            derived.put(field::STATUS, row.status);
            derived.set(field::CANCELLED_ON, row.cancelled_on.write());
            derived.set(field::CANCEL_REASON, row.cancel_reason.write());
            derived.put(field::PLAN_TYPE, row.plan_type);
            derived.set(field::SPEED, Kbps(row.speed_kbps).write());
            derived.set(field::PRICE, Paise(row.price_paise).write());
            derived.put(field::BILLING_CYCLE, row.billing_cycle);
            derived.set(field::OTT_APPS, apps.write());
            derived.put(field::LIVE_CHANNELS, row.live_channels);
            derived.set(field::LIFETIME_VALUE, Paise(row.paid_paise).write());
            derived.set(field::NEXT_BILLING_ON, row.next_bill_on.write());
            derived.set(field::OUTSTANDING, Paise(row.outstanding_paise).write());
            derived
        },
    });
    customers.fetch_all(db).await
}

/// Runs a statement that writes all data of a customer, with the search text and the keys that are made of them. It is put together from
/// literals, since it is checked when the program is built: what stands before the columns, between columns and values, and after them.
/// `$1` to `$3` are the three binds.
macro_rules! write_data {
    (
        $db:expr, [$lead:literal, $between:literal, $rest:literal], [$first:expr, $second:expr, $third:expr],
        $data:expr, $account_number:expr $(, $more:expr)*
    ) => {{
        let data: &CustomerData = $data;
        let peak_hours: Vec<i16> = data.peak_hours.iter().flat_map(|range| [range.from.0, range.to.0]).collect();
        let written = sqlx::query!(
            $lead
                + "search_text, name, name_key, email, email_key, phone, address_line, city, state, pin_code, gstin,
                   data_used_mb, average_speed_kbps, uptime_bp, most_used_ott, peak_hours,
                   customer_since, churn_risk, nps, tickets, last_ticket_on, satisfaction, referred_by, promised_on"
                + $between
                + "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27"
                + $rest,
            $first, $second, $third,
            search_text($account_number, data), data.name, compared(&data.name), data.email.as_str(), data.email.key(),
            data.phone.as_str(), data.address_line, data.city, data.state, data.pin_code.as_str(),
            data.gstin.as_ref().map(Gstin::as_str),
            data.data_used.0, data.average_speed.0, data.uptime.0, data.most_used_ott.map(|app| app.as_str()), &peak_hours,
            data.customer_since, data.churn_risk as ChurnRisk, data.nps, data.tickets, data.last_ticket_on,
            data.satisfaction, data.referred_by.map(|account| account.0), data.promised_on
            $(, $more)*
        );
        written.execute($db).await?.rows_affected() == 1
    }};
}

impl LoadedOptions for Customers {
    async fn options(db: &mut PgConnection, name: &str) -> Result<Vec<ValueOption>, AppError> {
        let offers = match name {
            field::PLAN => plans::on_sale(db).await?,
            _ => Vec::new(),
        };
        let options = offers.iter().map(|plan| ValueOption {
            value: plan.id.to_string(),
            label: plan.label(),
        });
        Ok(options.collect())
    }
}

impl RecordStore for Customers {
    async fn by_ids(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Customer>, sqlx::Error> {
        customers(db, ids).await
    }

    async fn insert(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        id: Uuid,
        data: &CustomerData,
    ) -> Result<Option<String>, sqlx::Error> {
        // The number comes first: it stands in the text that a search looks in.
        let number = sqlx::query_scalar!(r#"SELECT nextval('customers_account_number_seq') AS "number!""#);
        let account_number = AccountNumber(number.fetch_one(&mut *transaction).await?);
        // It is written as its service makes it, and not changed at once.
        let Some((plan, starts_on)) = data.plan.zip(data.starts_on) else {
            return Err(sqlx::Error::Encode("a new customer has no plan".into()));
        };
        let status = match starts_on <= ist_date(audit.at) {
            true => Status::Active,
            false => Status::Pending,
        };
        let inserted = write_data!(
            &mut *transaction,
            [
                "INSERT INTO customers (id, account_number, created_at, updated_at, status, plan_type, speed_kbps, price_paise, billing_cycle,
                     ott_apps, live_channels, ",
                ") SELECT $1, $2, $3, $3, $28, p.plan_type, p.download_kbps, p.price_paise, p.billing_cycle, p.ott_apps, p.live_channels, ",
                " FROM plans p WHERE p.id = $29 ON CONFLICT (id) DO NOTHING"
            ],
            [id, account_number.0, audit.at],
            data,
            account_number,
            status as Status,
            plan
        );
        if inserted {
            let price = plans::price(&mut *transaction, plan).await?;
            let order = Order {
                id: Uuid::now_v7(),
                plan,
                price,
                starts_on,
                login: None,
            };
            insert_order(transaction, audit, id, &order).await?;
        }
        Ok(inserted.then(|| account_number.to_string()))
    }

    async fn update(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        current: &Customer,
        data: &CustomerData,
    ) -> Result<bool, sqlx::Error> {
        let account_number = account_number(current).map_err(|message| sqlx::Error::Decode(message.into()))?;
        Ok(write_data!(
            transaction,
            [
                "UPDATE customers SET version = $2 + 1, updated_at = $3, (",
                ") = (",
                ") WHERE id = $1 AND version = $2 AND deleted_at IS NULL"
            ],
            [current.id, current.version, audit.at],
            data,
            account_number
        ))
    }

    async fn losses(db: &mut PgConnection, customer: &Customer) -> Result<Vec<String>, AppError> {
        let mut losses = vec![match customer.data.tickets {
            0 => "This also removes the record.".to_owned(),
            1 => "This also removes the record with 1 ticket.".to_owned(),
            tickets => format!("This also removes the record with {tickets} tickets."),
        }];
        match referral_count(db, customer.id).await? {
            0 => {}
            1 => losses.push("The customer referred by this one stays.".into()),
            count => losses.push(format!("The {count} customers referred by this one stay.")),
        }
        Ok(losses)
    }

    async fn refusal(
        db: &mut PgConnection,
        current: Option<&CustomerData>,
        data: &CustomerData,
    ) -> Result<Option<FieldError>, AppError> {
        let plan = match data.plan {
            Some(plan) if current.is_none() => plans::price_on_sale(db, plan).await?,
            _ => return Ok(None),
        };
        let message = "This plan is not on sale any more. Choose another.";
        Ok(plan.is_none().then(|| FieldError::of(field::PLAN, message)))
    }

    async fn deletion_refusal(db: &mut PgConnection, id: Uuid) -> Result<Option<DeletionRefusal>, AppError> {
        let message = match count_live(db, id).await? {
            0 => return balance_refusal(db, id).await,
            1 => "This customer has a service. End it first: a customer without services can be deleted.".to_owned(),
            count => format!(
                "This customer has {count} services. End them first: a customer without services can be deleted."
            ),
        };
        Ok(Some(DeletionRefusal {
            message,
            link: (services_url(id), "Services of this customer".to_owned()),
        }))
    }

    async fn constraint_error(
        db: &mut PgConnection,
        constraint: &str,
        data: &CustomerData,
    ) -> Result<Option<FieldError>, AppError> {
        let referred_by = |message: &str| FieldError {
            field: field::REFERRED_BY,
            message: message.to_owned(),
            on_restore: None,
            record: None,
        };
        Ok(match constraint {
            "customers_email_key" => Some(email_taken(by_email(db, &data.email).await?)),
            "customers_referred_by_fkey" => Some(referred_by(
                "No customer has this account number. Search by name and choose from the list.",
            )),
            "customers_not_referred_by_self" => Some(referred_by(
                "A customer can't refer themselves. Choose someone else, or leave this empty.",
            )),
            _ => None,
        })
    }
}

fn email_taken(holder: Option<RecordRef>) -> FieldError {
    let who = |otherwise: &str| {
        holder
            .as_ref()
            .map_or_else(|| otherwise.to_owned(), RecordRef::full_name)
    };
    FieldError {
        field: field::EMAIL,
        message: format!(
            "{} has this email already. Enter another, or open that customer.",
            who("Another customer")
        ),
        on_restore: Some(format!(
            "The email belongs to {} now. Give that customer another email, then restore.",
            who("another customer")
        )),
        record: holder,
    }
}

/// The live customer with an email; none where it has just gone.
async fn by_email(db: &mut PgConnection, email: &Email) -> Result<Option<RecordRef>, AppError> {
    let row = sqlx::query!(
        "SELECT id, account_number, name FROM customers WHERE email_key = $1 AND deleted_at IS NULL",
        email.key()
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| record_ref(row.id, row.account_number, row.name)))
}

/// The live customer with an account number.
pub async fn by_account_number(
    db: &mut PgConnection,
    account_number: AccountNumber,
) -> Result<Option<RecordRef>, AppError> {
    let row = sqlx::query!(
        "SELECT id, name FROM customers WHERE account_number = $1 AND deleted_at IS NULL",
        account_number.0
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| record_ref(row.id, account_number.0, row.name)))
}

/// How many live customers one has referred.
pub async fn referral_count(db: &mut PgConnection, id: Uuid) -> Result<i64, AppError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM customers
           WHERE referred_by = (SELECT account_number FROM customers WHERE id = $1) AND deleted_at IS NULL"#,
        id
    );
    Ok(count.fetch_one(db).await?)
}

fn record_ref(id: Uuid, account_number: i64, name: String) -> RecordRef {
    RecordRef {
        id,
        reference: AccountNumber(account_number).to_string(),
        name,
    }
}

/// The number behind a customer's reference.
fn account_number(customer: &Customer) -> Result<AccountNumber, String> {
    AccountNumber::parse(&customer.reference)
}

/// Why a customer with a balance is not deleted.
async fn balance_refusal(db: &mut PgConnection, id: Uuid) -> Result<Option<DeletionRefusal>, AppError> {
    let outstanding = sqlx::query_scalar!("SELECT outstanding_paise FROM customer_summary WHERE id = $1", id);
    let message = match outstanding.fetch_optional(db).await?.map(Paise) {
        None | Some(Paise(0)) => return Ok(None),
        Some(owed @ Paise(1..)) => format!("This customer owes {owed}. Take the payment or credit the bills first."),
        Some(Paise(credit)) => format!("This customer has {} credit. Pay it back first.", Paise(-credit)),
    };
    Ok(Some(DeletionRefusal {
        message,
        link: (format!("/statements/{id}"), "Statement of this customer".to_owned()),
    }))
}
