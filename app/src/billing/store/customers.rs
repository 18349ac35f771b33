//! The customers that a transaction on money is about, and their locks.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::contact::{Gstin, PinCode};
use crate::base::error::AppError;
use crate::billing::model::provider::address;
use crate::billing::model::state_code::StateCode;
use crate::customers::model::AccountNumber;
use crate::record::record_ref::RecordRef;
use crate::services::store::customers::lock_customers;

/// A customer as bills and receipts name it.
#[derive(Clone, Debug)]
pub struct LedgerCustomer {
    /// The customer.
    pub customer: RecordRef,
    /// The address in one line.
    pub address: String,
    /// The state where the line is.
    pub state: Option<StateCode>,
    /// Of a business.
    pub gstin: Option<Gstin>,
    /// Whether it was deleted.
    pub is_deleted: bool,
}

impl LedgerCustomer {
    /// What the history calls it.
    pub fn label(&self) -> String {
        format!("{} ({})", self.customer.name, self.customer.reference)
    }
}

/// Locks customers until the transaction ends, in the order of their ids, so that no two transactions wait for each other.
pub async fn lock(transaction: &mut PgConnection, ids: &[Uuid]) -> Result<(), AppError> {
    lock_customers(transaction, ids).await?;
    Ok(())
}

/// [`lock`] for one, and reads it as it is then.
///
/// # Errors
/// `NotFound`.
pub async fn lock_one(transaction: &mut PgConnection, id: Uuid) -> Result<LedgerCustomer, AppError> {
    let row = sqlx::query_as!(
        CustomerRow,
        "SELECT account_number, name, address_line, city, state, pin_code, gstin, deleted_at FROM customers WHERE id = $1
         FOR NO KEY UPDATE",
        id
    );
    Ok(row.fetch_one(transaction).await?.customer(id))
}

/// A customer, deleted or not.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &mut PgConnection, id: Uuid) -> Result<LedgerCustomer, AppError> {
    let row = sqlx::query_as!(
        CustomerRow,
        "SELECT account_number, name, address_line, city, state, pin_code, gstin, deleted_at FROM customers WHERE id = $1",
        id
    );
    Ok(row.fetch_one(db).await?.customer(id))
}

struct CustomerRow {
    account_number: i64,
    name: String,
    address_line: String,
    city: String,
    state: String,
    pin_code: String,
    gstin: Option<String>,
    deleted_at: Option<DateTime<Utc>>,
}

impl CustomerRow {
    fn customer(self, id: Uuid) -> LedgerCustomer {
        let pin_code = PinCode::from_stored(self.pin_code);
        LedgerCustomer {
            customer: RecordRef {
                id,
                reference: AccountNumber(self.account_number).to_string(),
                name: self.name,
            },
            address: address(&self.address_line, &self.city, &self.state, &pin_code),
            state: StateCode::of(&self.state),
            gstin: self.gstin.map(Gstin::from_stored),
            is_deleted: self.deleted_at.is_some(),
        }
    }
}
