//! The leads that may be the same person as somebody.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::EntityKind;
use crate::base::error::AppError;
use crate::db::predicates::like_pattern;
use crate::leads::model::LeadNumber;
use crate::record::contact_keys::ContactKeys;
use crate::record::record_ref::RecordRef;
use crate::record::responses::RecordMatch;

/// The live leads with the same phone number or email, or a very similar name in the same city; not the lead `except`.
pub async fn matches(
    db: &mut PgConnection,
    keys: &ContactKeys,
    except: Option<Uuid>,
) -> Result<Vec<RecordMatch>, AppError> {
    // Each part reads its index. The search's finds the similar names: <% needs six of ten trigrams of the name somewhere in the text.
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", lead_number AS "number!", name AS "name!", city, phone, email_key FROM (
               (SELECT id, lead_number, name, name_key, city, phone, email_key FROM leads
                WHERE phone = $1 AND deleted_at IS NULL AND id IS DISTINCT FROM $7 LIMIT $6)
               UNION
               (SELECT id, lead_number, name, name_key, city, phone, email_key FROM leads
                WHERE email_key = $2 AND deleted_at IS NULL AND id IS DISTINCT FROM $7 LIMIT $6)
               UNION
               (SELECT id, lead_number, name, name_key, city, phone, email_key FROM leads
                WHERE name_key = $3 AND lower(city) = $4 AND deleted_at IS NULL AND id IS DISTINCT FROM $7 LIMIT $6)
               UNION
               (SELECT id, lead_number, name, name_key, city, phone, email_key FROM leads
                WHERE $3 <% search_text AND search_text LIKE $5 AND similarity(name_key, $3) >= 0.6 AND lower(city) = $4
                    AND deleted_at IS NULL AND id IS DISTINCT FROM $7 LIMIT 4 * $6)
           ) found ORDER BY (phone = $1 OR email_key = $2) IS TRUE DESC, similarity(name_key, $3) DESC, id DESC LIMIT $6"#,
        keys.phone.as_deref(),
        keys.email.as_deref(),
        keys.name.as_deref(),
        keys.city.as_deref(),
        keys.city.as_deref().map(like_pattern),
        ContactKeys::LIMIT,
        except
    );
    let found = rows.fetch_all(db).await?.into_iter().map(|row| RecordMatch {
        entity: EntityKind::Lead,
        reason: keys.reason(row.phone.as_deref(), row.email_key.as_deref(), row.city.as_deref()),
        record: RecordRef {
            id: row.id,
            reference: LeadNumber(row.number).to_string(),
            name: row.name,
        },
    });
    Ok(found.collect())
}
