//! The customers that a transaction on money is about, and their locks.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::contact::{Gstin, PinCode};
use crate::base::error::AppError;
use crate::billing::model::provider::address;
use crate::billing::model::state_code::StateCode;
use crate::customers::model::AccountNumber;
use crate::record::record_ref::RecordRef;
use crate::services::store::lock_customers;

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

/// Locks a customer, and reads it as it is then.
///
/// # Errors
/// `NotFound`.
pub async fn lock_one(transaction: &mut PgConnection, id: Uuid) -> Result<LedgerCustomer, AppError> {
    lock(transaction, &[id]).await?;
    get(transaction, id).await
}

/// A customer, deleted or not.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &mut PgConnection, id: Uuid) -> Result<LedgerCustomer, AppError> {
    let row = sqlx::query!(
        "SELECT account_number, name, address_line, city, state, pin_code, gstin, deleted_at FROM customers WHERE id = $1",
        id
    );
    let row = row.fetch_one(db).await?;
    Ok(LedgerCustomer {
        customer: RecordRef {
            id,
            reference: AccountNumber(row.account_number).to_string(),
            name: row.name,
        },
        address: address(
            &row.address_line,
            &row.city,
            &row.state,
            &PinCode::from_stored(row.pin_code),
        ),
        state: StateCode::of(&row.state),
        gstin: row.gstin.map(Gstin::from_stored),
        is_deleted: row.deleted_at.is_some(),
    })
}
