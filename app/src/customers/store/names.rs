//! The names of customers, for the subjects that refer to them.

use sqlx::{PgConnection, PgExecutor, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::text::fold;
use crate::customers::model::AccountNumber;
use crate::db::predicates::like_pattern;
use crate::record::record_ref::RecordRef;

/// The fewest characters of a text that the index over `search_text` finds.
const TRIGRAM: usize = 3;

/// A customer's name, and whether the customer is deleted.
pub struct NamedCustomer {
    /// The customer.
    pub customer: RecordRef,
    /// Whether it is deleted.
    pub is_deleted: bool,
}

/// The names of customers, deleted customers included.
pub async fn names_of(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<NamedCustomer>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id, account_number, name, deleted_at IS NOT NULL AS "is_deleted!" FROM customers WHERE id = ANY($1)"#,
        ids
    );
    let named = rows.fetch_all(db).await?.into_iter().map(|row| NamedCustomer {
        customer: RecordRef {
            id: row.id,
            reference: AccountNumber(row.account_number).to_string(),
            name: row.name,
        },
        is_deleted: row.is_deleted,
    });
    Ok(named.collect())
}

/// The customers, deleted or not, whose name or account number contains a text; none where there are more than `most`.
pub async fn find_ids(db: &mut PgConnection, text: &str, most: usize) -> Result<Option<Vec<Uuid>>, AppError> {
    const COLUMNS: &str = "SELECT id, name_key, account_number FROM customers WHERE deleted_at IS";
    let mut sql = QueryBuilder::new("SELECT id FROM (");
    sql.push(COLUMNS).push(" NULL");
    // This text has the name and the account number in it.
    if text.chars().count() >= TRIGRAM {
        sql.push(" AND search_text LIKE ").push_bind(like_pattern(&fold(text)));
    }
    sql.push(" UNION ALL ")
        .push(COLUMNS)
        .push(" NOT NULL) AS customers WHERE ");
    push_is_named(&mut sql, text);
    sql.push(" LIMIT ").push_bind(most as i64 + 1);
    let ids: Vec<Uuid> = sql.build_query_scalar().fetch_all(db).await?;
    Ok(Some(ids).filter(|ids| ids.len() <= most))
}

/// Adds a condition: that the customer with an id has a name or an account number that contains a text. `id` is a column.
pub fn push_names_customer(sql: &mut QueryBuilder<Postgres>, id: &'static str, text: &str) {
    sql.push("(SELECT ");
    push_is_named(sql, text);
    sql.push(format_args!(" FROM customers WHERE customers.id = {id})"));
}

fn push_is_named(sql: &mut QueryBuilder<Postgres>, text: &str) {
    let pattern = like_pattern(&fold(text));
    // The account number as people write it: `lm-0001042` folded.
    sql.push("(name_key LIKE ").push_bind(pattern.clone());
    sql.push(" OR 'lm-' || lpad(account_number::text, greatest(7, length(account_number::text)), '0') LIKE ");
    sql.push_bind(pattern).push(")");
}
