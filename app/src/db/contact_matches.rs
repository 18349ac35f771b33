//! Who may be the same person as somebody: the statement that subjects with contacts share.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::predicates::like_pattern;
use crate::base::contact::{Email, Phone};
use crate::base::text::{compared, isolated};

/// By what a person is found again. Each may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactKeys {
    /// E.164.
    phone: Option<String>,
    /// Its key.
    email: Option<String>,
    /// The name and the city, both as they are compared.
    name_in_city: Option<(String, String)>,
}

impl ContactKeys {
    /// Those of what somebody typed. What cannot be read is missing.
    pub fn parse(phone: &str, email: &str, name: &str, city: &str) -> Self {
        let text = |text: &str| Some(compared(text)).filter(|text| !text.is_empty());
        Self {
            phone: Phone::parse(phone).ok().map(|phone| phone.as_str().to_owned()),
            email: Email::parse(email).ok().map(|email| email.key()),
            name_in_city: text(name).zip(text(city)),
        }
    }
}

/// Somebody who was found.
#[derive(Debug, FromRow)]
pub struct ContactMatch {
    /// The row's id.
    pub id: Uuid,
    /// The row's number.
    pub number: i64,
    /// The name.
    pub name: String,
    city: Option<String>,
    phone: Option<String>,
    email_key: Option<String>,
}

impl ContactMatch {
    /// Whether something is the same. The statement finds a city's name wherever it stands in a row's text.
    fn is_match(&self, keys: &ContactKeys) -> bool {
        let same_city = || {
            let cities = self.city.as_deref().zip(keys.name_in_city.as_ref());
            cities.is_some_and(|(ours, (_, theirs))| compared(ours) == *theirs)
        };
        let same = |ours: &Option<String>, theirs: &Option<String>| ours.is_some() && ours == theirs;
        same(&self.phone, &keys.phone) || same(&self.email_key, &keys.email) || same_city()
    }

    /// Why it may be the same person.
    pub fn reason(&self, keys: &ContactKeys) -> String {
        let same_phone = self.phone.is_some() && self.phone == keys.phone;
        let same_email = self.email_key.is_some() && self.email_key == keys.email;
        match (same_phone, same_email) {
            (true, true) => "Same phone and email".into(),
            (true, false) => "Same phone".into(),
            (false, true) => "Same email".into(),
            (false, false) => format!("Similar name in {}", isolated(self.city.as_deref().unwrap_or_default())),
        }
    }
}

/// The most rows that are shown.
const MOST: usize = 5;

/// The live rows of a table with the same phone number or email, or a very similar name in the same city: at most five, the surest first,
/// and not the row `except`. `number` is the column of the row's number.
pub async fn find(
    db: &mut PgConnection,
    (table, number): (&'static str, &'static str),
    keys: &ContactKeys,
    except: Option<Uuid>,
) -> Result<Vec<ContactMatch>, sqlx::Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT id, number, name, city, phone, email_key FROM (");
    let mut separator = "";
    // Each part reads an index, and no more rows than can be shown.
    let mut part = |sql: &mut QueryBuilder<Postgres>| {
        sql.push(separator).push(format_args!(
            "(SELECT id, {number} AS number, name, name_key, city, phone, email_key FROM {table}
              WHERE deleted_at IS NULL AND id IS DISTINCT FROM "
        ));
        sql.push_bind(except);
        separator = " LIMIT 5) UNION ";
    };
    if let Some(phone) = &keys.phone {
        part(&mut sql);
        // As it stands in the text that searches look in: that index is there for every subject.
        let pattern = like_pattern(phone.trim_start_matches('+'));
        sql.push(" AND search_text LIKE ").push_bind(pattern);
        sql.push(" AND phone = ").push_bind(phone);
    }
    if let Some(email) = &keys.email {
        part(&mut sql);
        sql.push(" AND email_key = ").push_bind(email);
    }
    if let Some((name, city)) = &keys.name_in_city {
        // A space stands before and behind it: behind it at least the number follows.
        part(&mut sql);
        sql.push(" AND name_key = ").push_bind(name);
        sql.push(" AND strpos(search_text, ")
            .push_bind(format!(" {city} "))
            .push(") > 0");
        part(&mut sql);
        // The same index has the texts with six of ten trigrams of the name somewhere in them (<%), beside the city.
        sql.push(" AND search_text LIKE ")
            .push_bind(like_pattern(&format!(" {city} ")));
        sql.push(" AND ").push_bind(name).push(" <% search_text");
        sql.push(" AND similarity(name_key, ").push_bind(name).push(") >= 0.6");
    }
    if separator.is_empty() {
        return Ok(Vec::new());
    }
    sql.push(" LIMIT 20)) found ORDER BY (phone = ").push_bind(&keys.phone);
    sql.push(" OR email_key = ").push_bind(&keys.email);
    sql.push(") IS TRUE DESC, similarity(name_key, ")
        .push_bind(keys.name_in_city.as_ref().map(|(name, _)| name));
    sql.push(") DESC, id DESC");
    let mut found: Vec<ContactMatch> = sql.build_query_as().fetch_all(db).await?;
    found.retain(|found| found.is_match(keys));
    found.truncate(MOST);
    Ok(found)
}
