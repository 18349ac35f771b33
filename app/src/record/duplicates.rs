//! The records of a subject that may be the one in a form.

use sqlx::PgConnection;
use uuid::Uuid;

use super::record_ref::RecordRef;
use super::responses::RecordMatch;
use crate::base::error::AppError;
use crate::base::spec::{Format, SubjectSpec};
use crate::db::contact_matches::{self, ContactKeys};

/// The live records of a subject with contacts that may be the same person, but for `except`.
pub async fn find(
    db: &mut PgConnection,
    spec: &'static SubjectSpec,
    keys: &ContactKeys,
    except: Option<Uuid>,
) -> Result<Vec<RecordMatch>, AppError> {
    let (number, format) = spec.subtitle;
    let found = contact_matches::find(db, (spec.table, number), keys, except).await?;
    let found = found.into_iter().map(|found| RecordMatch {
        entity: spec.entity,
        reason: found.reason(keys),
        record: RecordRef {
            id: found.id,
            reference: match format {
                Format::Number(show) => show(found.number),
                _ => found.number.to_string(),
            },
            name: found.name,
        },
    });
    Ok(found.collect())
}
