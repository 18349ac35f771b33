//! Asks each subject for the names of what was changed, and for what a text finds among them.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::registry;
use super::responses::RecordName;
use super::store::{StoredRow, TextMatches};
use crate::base::audit::EntityKind;
use crate::base::error::AppError;
use crate::base::search::{has_words, name_words};
use crate::billing::store as billing;
use crate::customers::store::names as customers;
use crate::holidays::store as holidays;
use crate::jobs::store as jobs;
use crate::leads::store as leads;
use crate::list::names::find_ids;
use crate::plans::store as plans;
use crate::served_pin_codes::store as served_pin_codes;
use crate::services::store::services;
use crate::users::model::user_ref::UserRef;
use crate::users::store::names as users;

/// The most records of a subject whose history is looked up one by one. With more, the rows of the history are read and their records
/// looked at.
const LOOKUP_LIMIT: usize = 5_000;

/// The names of what rows are about. `all_users` are needed for the page anyway.
pub async fn names_of(
    db: &mut PgConnection,
    rows: &[StoredRow],
    all_users: &[UserRef],
) -> Result<HashMap<(EntityKind, Uuid), RecordName>, AppError> {
    let mut names = HashMap::new();
    for kind in EntityKind::ALL {
        let of_kind = rows.iter().filter(|row| row.entity == *kind);
        let ids: Vec<Uuid> = of_kind.map(|row| row.entity_id).collect();
        if ids.is_empty() {
            continue;
        }
        let mut add = |id, name, detail, is_deleted| {
            let name = RecordName {
                name,
                detail,
                is_deleted,
            };
            names.insert((*kind, id), name);
        };
        match kind {
            EntityKind::Customer => {
                for found in customers::names_of(&mut *db, &ids).await? {
                    let customer = found.customer;
                    add(customer.id, customer.name, Some(customer.reference), found.is_deleted);
                }
            }
            EntityKind::User => {
                for user in all_users.iter().filter(|user| ids.contains(&user.id)) {
                    add(user.id, user.name.clone(), Some(user.email.clone()), false);
                }
            }
            EntityKind::Role => {
                for (id, role) in users::roles_of(&mut *db, &ids).await? {
                    add(id, role, None, false);
                }
            }
            EntityKind::Lead => {
                for (lead, is_deleted) in leads::names_of(&mut *db, &ids).await? {
                    add(lead.id, lead.name, Some(lead.reference), is_deleted);
                }
            }
            EntityKind::ServedPinCode => {
                for (served, is_deleted) in served_pin_codes::names_of(&mut *db, &ids).await? {
                    add(served.id, served.name, Some(served.reference), is_deleted);
                }
            }
            EntityKind::Plan => {
                for (plan, is_deleted) in plans::names_of(&mut *db, &ids).await? {
                    add(plan.id, plan.name, Some(plan.reference), is_deleted);
                }
            }
            EntityKind::Service => {
                for (id, plan, customer) in services::names_of(&mut *db, &ids).await? {
                    add(id, plan, Some(customer), false);
                }
            }
            EntityKind::Holiday => {
                for (holiday, is_deleted) in holidays::names_of(&mut *db, &ids).await? {
                    add(holiday.id, holiday.name, Some(holiday.reference), is_deleted);
                }
            }
            EntityKind::Job => {
                for (id, kind) in jobs::kinds_of(&mut *db, &ids).await? {
                    add(id, kind, None, false);
                }
            }
            EntityKind::Bill | EntityKind::Payment => {
                for (id, name) in billing::names_of(&mut *db, &ids).await? {
                    add(id, name, None, false);
                }
            }
            // How long sessions last has no name, and there is one provider.
            EntityKind::SessionPolicy | EntityKind::Provider => {}
        }
    }
    Ok(names)
}

/// What a text finds among things of a kind, or of all kinds: fields by their labels, users and records by their names.
pub async fn find(
    db: &mut PgConnection,
    text: &str,
    kind: Option<EntityKind>,
    all_users: &[UserRef],
) -> Result<TextMatches, AppError> {
    let words = name_words(text);
    let found = all_users
        .iter()
        .filter(|user| has_words(&user.name, &words) || has_words(&user.email, &words));
    let mut ids: Vec<Uuid> = found.map(|user| user.id).collect();
    let mut many = Vec::new();
    for subject in registry::SUBJECTS {
        if kind.is_none_or(|kind| kind == subject.entity) {
            match find_ids(db, subject, text, LOOKUP_LIMIT).await? {
                Some(found) => ids.extend(found),
                None => many.push(*subject),
            }
        }
    }
    Ok(TextMatches {
        fields: registry::names_like(text),
        ids,
        text: text.to_owned(),
        many,
    })
}
