//! Records that a text names: by words of the name, or by the number that people call them by. Deleted records are named, too.

use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::search::name_words;
use crate::base::spec::{Format, SubjectSpec};
use crate::base::text::compared;
use crate::db::predicates::like_pattern;

/// The fewest characters of a text that the index over `search_text` finds.
const TRIGRAM: usize = 3;

/// The records whose name has every word of a text, or whose number does; none where there are more than `most`.
///
/// # Errors
/// The database's.
pub async fn find_ids(
    db: &mut PgConnection,
    spec: &SubjectSpec,
    text: &str,
    most: usize,
) -> Result<Option<Vec<Uuid>>, AppError> {
    let words = name_words(text);
    if words.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let (table, number) = (spec.table, spec.subtitle.0);
    let rows = format!("SELECT id, name_key, {number} FROM {table} WHERE deleted_at IS");
    let mut sql = QueryBuilder::new("SELECT id FROM (");
    sql.push(&rows).push(" NULL");
    // This text has the name and the number in it.
    for word in words.iter().filter(|word| word.chars().count() >= TRIGRAM) {
        sql.push(" AND search_text LIKE ").push_bind(like_pattern(word));
    }
    sql.push(" UNION ALL ")
        .push(&rows)
        .push(format_args!(" NOT NULL) AS {table} WHERE "));
    push_is_named(&mut sql, spec, &words);
    sql.push(" LIMIT ").push_bind(most as i64 + 1);
    let ids: Vec<Uuid> = sql.build_query_scalar().fetch_all(db).await?;
    Ok(Some(ids).filter(|ids| ids.len() <= most))
}

/// Whether a text names a deleted record of a subject.
///
/// # Errors
/// The database's.
pub async fn names_deleted(db: &mut PgConnection, spec: &SubjectSpec, text: &str) -> Result<bool, AppError> {
    let words = name_words(text);
    if words.is_empty() {
        return Ok(false);
    }
    let mut sql = QueryBuilder::new(format!(
        "SELECT EXISTS (SELECT FROM {} WHERE deleted_at IS NOT NULL AND ",
        spec.table
    ));
    push_is_named(&mut sql, spec, &words);
    sql.push(")");
    Ok(sql.build_query_scalar().fetch_one(db).await?)
}

/// The ids of deleted records that a text names, the last deleted first: at most `limit`, those deleted before the record `older_than` where
/// that is a deleted one. A text without words names all.
///
/// # Errors
/// The database's.
pub async fn deleted_ids(
    db: &mut PgConnection,
    spec: &SubjectSpec,
    text: &str,
    older_than: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let table = spec.table;
    let mut sql = QueryBuilder::new(format!("SELECT id FROM {table} WHERE deleted_at IS NOT NULL AND "));
    push_is_named(&mut sql, spec, &name_words(text));
    sql.push(format_args!(
        " AND coalesce((deleted_at, id) < (SELECT older.deleted_at, older.id FROM {table} older WHERE older.deleted_at IS NOT NULL AND older.id = "
    ));
    sql.push_bind(older_than)
        .push("), true) ORDER BY deleted_at DESC, id DESC LIMIT ")
        .push_bind(limit);
    sql.build_query_scalar().fetch_all(db).await
}

/// Adds a condition: that the record with an id has a name or a number with every word of a text. `id` is a column.
pub fn push_names_record(sql: &mut QueryBuilder<Postgres>, spec: &SubjectSpec, id: &'static str, text: &str) {
    sql.push("(SELECT ");
    push_is_named(sql, spec, &name_words(text));
    sql.push(format_args!(
        " FROM {table} WHERE {table}.id = {id})",
        table = spec.table
    ));
}

fn push_is_named(sql: &mut QueryBuilder<Postgres>, spec: &SubjectSpec, words: &[String]) {
    sql.push("(TRUE");
    for word in words {
        let pattern = like_pattern(word);
        sql.push(" AND (name_key LIKE ").push_bind(pattern.clone());
        // The number as people write it, with and without the zeros: `lm-0001042`.
        if let (number, Format::Number(show)) = spec.subtitle {
            let shown = compared(&show(0));
            let (prefix, digits) = shown.split_once('-').unwrap_or_default();
            let digits = digits.len();
            for shown in [
                format!("lpad({number}::text, greatest({digits}, length({number}::text)), '0')"),
                format!("{number}::text"),
            ] {
                sql.push(" OR ")
                    .push_bind(format!("{prefix}-"))
                    .push(format_args!(" || {shown} LIKE "))
                    .push_bind(pattern.clone());
            }
        }
        sql.push(")");
    }
    sql.push(")");
}
