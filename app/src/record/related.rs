//! The records of a subject that belong to one of another, as rows.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::store::{Record, RecordStore};
use super::write::history_text;
use crate::base::cell::Cell;
use crate::base::error::AppError;
use crate::base::spec::Input;
use crate::list::responses::{RelatedRows, Row};

/// Records as rows, each with a cell for every one of these fields.
pub async fn related_rows<S: RecordStore>(
    db: &mut PgConnection,
    records: &[Record<S::Data>],
    fields: &[&str],
    today: NaiveDate,
) -> Result<RelatedRows, AppError> {
    let mut rows = Vec::new();
    for record in records {
        let (draft, who) = (S::snapshot(record).draft, S::record_ref(record));
        let mut cells = Vec::new();
        for field in fields.iter().filter_map(|name| S::SPEC.field(name)) {
            cells.push(match field.input {
                Input::Loaded { .. } => Cell::text(history_text::<S>(db, &draft, field).await?),
                _ => draft.cell(S::SPEC, field),
            });
        }
        rows.push(Row {
            id: who.id,
            title: who.name,
            subtitle: who.reference,
            cells,
        });
    }
    Ok(RelatedRows { rows, today })
}
