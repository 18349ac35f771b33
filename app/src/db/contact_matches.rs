//! Who may be the same person as somebody: the statement that subjects with contacts share.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::predicates::like_pattern;
use crate::base::contact::{Email, Phone};
use crate::base::text::{capitalize, compared, isolated};

/// By what a person is found again. Each may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactKeys {
    /// E.164.
    phone: Option<String>,
    /// Its key.
    email: Option<String>,
    /// As it is compared.
    name: Option<String>,
    /// As it is compared.
    city: Option<String>,
}

impl ContactKeys {
    /// Those of what somebody typed. What cannot be read is missing.
    pub fn parse(phone: &str, email: &str, name: &str, city: &str) -> Self {
        let text = |text: &str| Some(compared(text)).filter(|text| !text.is_empty());
        Self {
            phone: Phone::parse(phone).ok().map(|phone| phone.as_str().to_owned()),
            email: Email::parse(email).ok().map(|email| email.key()),
            name: text(name),
            city: text(city),
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
    has_similar_name: bool,
    has_phone: bool,
    has_email: bool,
}

impl ContactMatch {
    fn is_in_city(&self, keys: &ContactKeys) -> bool {
        let city = self.city.as_deref().map(compared);
        city.is_some() && city == keys.city
    }

    /// Whether something is the same. The statement finds a city's name wherever it stands in a row's text.
    fn is_match(&self, keys: &ContactKeys) -> bool {
        self.has_phone || self.has_email || self.has_similar_name && self.is_in_city(keys)
    }

    /// Why it may be the same person: all of it.
    pub fn reason(&self, keys: &ContactKeys) -> String {
        let contact = match (self.has_phone, self.has_email) {
            (true, true) => Some("same phone and email".to_owned()),
            (true, false) => Some("same phone".to_owned()),
            (false, true) => Some("same email".to_owned()),
            (false, false) => None,
        };
        let city = self.city.as_deref().filter(|_| self.is_in_city(keys));
        let name = self.has_similar_name.then(|| match city {
            Some(city) => format!("similar name in {}", isolated(city)),
            None => "similar name".to_owned(),
        });
        capitalize(&contact.into_iter().chain(name).collect::<Vec<_>>().join(", "))
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
    let mut sql = QueryBuilder::<Postgres>::new("SELECT id, number, name, city, (phone = ");
    sql.push_bind(&keys.phone).push(") IS TRUE AS has_phone, (email_key = ");
    sql.push_bind(&keys.email).push(") IS TRUE AS has_email, (name_key = ");
    sql.push_bind(&keys.name).push(" OR similarity(name_key, ");
    sql.push_bind(&keys.name)
        .push(") >= 0.6) IS TRUE AS has_similar_name FROM (");
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
    if let (Some(name), Some(city)) = (&keys.name, &keys.city) {
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
    sql.push(") IS TRUE DESC, similarity(name_key, ").push_bind(&keys.name);
    sql.push(") DESC, id DESC");
    let mut found: Vec<ContactMatch> = sql.build_query_as().fetch_all(db).await?;
    found.retain(|found| found.is_match(keys));
    found.truncate(MOST);
    Ok(found)
}
