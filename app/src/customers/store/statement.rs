//! The list's statements, built from typed parts: no text of a user ever becomes SQL.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::cells::{self, Values};
use super::clauses::{push_found, push_found_by_word, push_found_here, push_looked_at};
use super::counts::{COUNT_FOUND, FOUND_COLUMNS, MARK};
use super::sample::Narrowed;
use super::segments;
use crate::customers::model::field::Field;
use crate::customers::model::sort::Sort;
use crate::customers::query::cursor::{SortValue, Spot};
use crate::customers::query::{Filter, Order};
use crate::customers::search::Needles;
use crate::people::store::sessions;

/// Which of a row's values is the one in the column of the sort: behind those that say who it is, and before the segment.
pub const SORTED: usize = 3;
/// Which of them is the mark of the sessions: behind the segment, and before the cells'.
pub const SESSION_MARK: usize = SORTED + 2;

/// Which way from a spot.
#[derive(Clone, Copy, PartialEq)]
pub enum Direction {
    /// Behind it.
    Forward,
    /// Before it, the nearest first.
    Backward,
}

/// An order as SQL says it.
pub struct Sorted {
    by: Sort,
    column: &'static str,
    ascending: bool,
}

impl Sorted {
    /// Of an order, read in a direction.
    pub fn new(order: Order, direction: Direction) -> Self {
        Self {
            by: order.by,
            column: column(order.by),
            ascending: order.descending == (direction == Direction::Backward),
        }
    }
}

/// How the rows are found.
#[derive(Clone, Copy)]
pub enum Way<'a> {
    /// By walking through the list, and passing over what a search does not find.
    Walking,
    /// A search's, in an index.
    LookedUp {
        /// By these parts.
        narrowed: &'a Narrowed,
        /// Whether all that is found is counted, too.
        counted: bool,
    },
}

/// Whose keys are read.
enum Of {
    /// All customers'.
    All,
    /// Those of the segment that stands beside as `chosen`.
    Chosen,
    /// Those of one segment.
    Segment(i16),
}

/// A part of a list, as one statement.
pub struct Part<'a> {
    /// Which customers.
    pub filter: &'a Filter,
    /// What its search looks for.
    pub needles: &'a Needles,
    /// How they are found.
    pub way: Way<'a>,
    /// The word by which the search is looked up among the words; none where it is not.
    pub word: Option<&'a str>,
    /// Whether more are found than it is worth to collect.
    pub many: bool,
    /// Whether the filter leaves so few that a walk meets all of them.
    pub few_in_view: bool,
    /// What each row's cells show.
    pub columns: &'a [Field],
    /// Only names that begin with this.
    pub beginning: Option<&'a str>,
    /// Where it begins; none is the end of the list.
    pub spot: Option<&'a Spot>,
    /// In which order.
    pub order: Sorted,
    /// How many rows at most.
    pub limit: usize,
}

impl Part<'_> {
    /// What a page shows of the rows. Without a search the last column is the mark of the counts; where what is found is counted, the last
    /// columns of one row are the counts, and a page without rows has a row for them. Limits stand in it as they are, since there are few
    /// and Postgres plans by them.
    pub fn statement(&self) -> QueryBuilder<Postgres> {
        let filter = self.filter;
        let mut sql = QueryBuilder::new("SELECT id, account_number, name, ");
        sql.push(self.order.column);
        sql.push(", segment, ").push(sessions::MARK).push(" AS session_mark");
        for columns in self.columns.iter().filter_map(|field| cells::columns(*field)) {
            sql.push(", ").push(columns);
        }
        if self.needles.is_empty() {
            sql.push(", ").push(MARK).push(" AS mark");
        }
        let segments = segments::in_view(filter);
        if self.needles.is_empty() && segments.is_none() {
            sql.push(" FROM customers WHERE deleted_at IS NULL");
            self.push_spot(&mut sql, self.order.column, self.spot);
            self.push_order(&mut sql, self.order.column, Some(self.limit));
            return sql;
        }
        let mut join = "JOIN";
        if let Way::LookedUp { counted: true, .. } = self.way {
            sql.push(", ").push(FOUND_COLUMNS);
            join = "LEFT JOIN";
        }
        sql.push(" FROM (");
        match (self.way, segments) {
            (Way::LookedUp { narrowed, counted }, segments) => {
                self.push_looked_up(&mut sql, segments, narrowed, counted);
            }
            (Way::Walking, Some(segments)) if self.needles.is_empty() => self.push_segments(&mut sql, segments),
            (Way::Walking, segments) => self.push_walked(&mut sql, segments),
        }
        sql.push(format_args!(") near {join} customers USING (id)"));
        self.push_order(&mut sql, self.order.column, None);
        sql
    }

    /// The ids that an index finds. By name, letters are found among the words, and no customer is read for it: where many have them, only as many as are counted and
    /// shown. Otherwise all are found first, whatever Postgres thinks of it: it cannot know how many they are.
    fn push_looked_up(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        segments: Option<Vec<i16>>,
        narrowed: &Narrowed,
        counted: bool,
    ) {
        let needles = self.needles;
        let merged = self.word.filter(|_| self.many || needles.words.len() == 1);
        sql.push("WITH ");
        if let Some(word) = self.word {
            push_found_by_word(sql, word, needles, merged.is_some());
        } else {
            sql.push("found AS MATERIALIZED (");
            push_found(sql, self.order.column, needles, narrowed);
            sql.push(")");
        }
        if counted {
            // The first of the page's rows has them, if there is one.
            sql.push(format_args!(
                ", counted AS MATERIALIZED ({COUNT_FOUND}) SELECT id, counted.* FROM (SELECT) AS always \
                 LEFT JOIN (SELECT id, row_number() OVER () AS place FROM ("
            ));
        } else {
            sql.push(" ");
        }
        match merged {
            Some(word) => self.push_by_word(sql, word, segments),
            None => {
                sql.push("SELECT id FROM found WHERE TRUE");
                self.push_rest(sql, "key", segments, self.limit);
            }
        }
        if counted {
            sql.push(") AS ids) AS page ON TRUE LEFT JOIN counted ON coalesce(place, 1) = 1");
        }
    }

    /// The ids of the first by name who are found in one of the `words`: a page of each word that may have one of them, merged. Those are as many as a page has rows,
    /// at most: the words whose own first customers are the first.
    fn push_by_word(&self, sql: &mut QueryBuilder<Postgres>, word: &str, segments: Option<Vec<i16>>) {
        sql.push("SELECT part.id FROM (SELECT words.word FROM words CROSS JOIN LATERAL (");
        self.push_of_word(sql, word, segments.clone(), 1);
        sql.push(") part");
        self.push_order(sql, "name_key", Some(self.limit));
        sql.push(") AS words CROSS JOIN LATERAL (");
        self.push_of_word(sql, word, segments, self.limit);
        sql.push(") part");
        self.push_order(sql, "name_key", Some(self.limit));
    }

    /// The first by name who are found in a word of `words`.
    fn push_of_word(&self, sql: &mut QueryBuilder<Postgres>, word: &str, segments: Option<Vec<i16>>, limit: usize) {
        sql.push("SELECT id, name_key FROM customer_words WHERE word = words.word");
        push_found_here(sql, word, self.needles);
        self.push_rest(sql, "name_key", segments, limit);
    }

    /// The conditions that leave the first of what a search finds, in order.
    fn push_rest(&self, sql: &mut QueryBuilder<Postgres>, key: &str, segments: Option<Vec<i16>>, limit: usize) {
        if let Some(segments) = segments {
            sql.push(" AND segment = ANY(").push_bind(segments).push(")");
        }
        self.push_spot(sql, key, self.spot);
        self.push_order(sql, key, Some(limit));
    }

    /// The ids that a search finds in the first rows of the list, which may be fewer than a page.
    fn push_walked(&self, sql: &mut QueryBuilder<Postgres>, segments: Option<Vec<i16>>) {
        sql.push("SELECT id FROM (");
        self.push_merged(sql, segments, self.most_walked());
        // In the order that the rows have anyway: Postgres sees that nothing needs sorting, and stops when a page is full.
        sql.push(") walked WHERE TRUE");
        push_looked_at(sql, self.needles);
        self.push_order(sql, "key", Some(self.limit));
    }

    /// How many rows of the list a search passes over before it is looked up after all. By name the index has the texts that are looked in; in all other
    /// orders each customer's row is fetched for its text. Letters alone, by name, are looked up so soon that it is not worth more.
    fn most_walked(&self) -> usize {
        let cheap = self.order.by == Sort::Name && self.word.is_none();
        if cheap || self.few_in_view { 400_000 } else { 20_000 }
    }

    /// The ids of a page's rows, from a page of each segment in view. They are few enough to be read whole, and for any filter it is the same
    /// statement, which is planned once.
    fn push_segments(&self, sql: &mut QueryBuilder<Postgres>, segments: Vec<i16>) {
        sql.push("SELECT part.id FROM unnest(")
            .push_bind(segments)
            .push("::smallint[]) AS chosen (segment) CROSS JOIN LATERAL (");
        self.push_keys(sql, "", Of::Chosen, self.limit);
        sql.push(") part");
        self.push_order(sql, "key", Some(self.limit));
    }

    /// The ids of the first rows of the list, with the texts that a search looks in. With filters it is merged from the segments in view: each is
    /// read in order, and only as far as it is needed.
    fn push_merged(&self, sql: &mut QueryBuilder<Postgres>, segments: Option<Vec<i16>>, limit: usize) {
        const TEXT: &str = ", search_text";
        let Some(segments) = segments else {
            return self.push_keys(sql, TEXT, Of::All, limit);
        };
        sql.push("SELECT * FROM (");
        for (place, segment) in segments.into_iter().enumerate() {
            sql.push(if place == 0 { "(" } else { ") UNION ALL (" });
            self.push_keys(sql, TEXT, Of::Segment(segment), limit);
        }
        sql.push(")) part");
        self.push_order(sql, "key", Some(limit));
    }

    /// The ids of the first rows of some customers.
    fn push_keys(&self, sql: &mut QueryBuilder<Postgres>, more: &str, of: Of, limit: usize) {
        let column = self.order.column;
        sql.push(format_args!(
            "SELECT id, {column} AS key{more} FROM customers WHERE deleted_at IS NULL"
        ));
        match of {
            Of::All => {}
            Of::Chosen => {
                sql.push(" AND segment = chosen.segment");
            }
            Of::Segment(segment) => {
                sql.push(" AND segment = ").push_bind(segment);
            }
        }
        match self.beginning {
            Some(beginning) => self.push_names(sql, beginning),
            None => self.push_spot(sql, column, self.spot),
        }
        self.push_order(sql, column, Some(limit));
    }

    /// Names that begin with something, which stand together, up to what would come behind any character. Where they are read from is said as a spot: between
    /// two bounds Postgres would expect few, and sort all of them.
    fn push_names(&self, sql: &mut QueryBuilder<Postgres>, beginning: &str) {
        let (first, behind) = (beginning.to_owned(), format!("{beginning}{}", char::MAX));
        let ascending = self.order.ascending;
        let (from, ends, to) = match ascending {
            true => (first, "<", behind),
            false => (behind, ">=", first),
        };
        let begin = Spot {
            value: SortValue::Text(from.clone()),
            id: Uuid::nil(),
        };
        let is_among = |spot: &&Spot| matches!(&spot.value, SortValue::Text(name) if (*name >= from) == ascending);
        let spot = self.spot.filter(is_among).unwrap_or(&begin);
        self.push_spot(sql, "name_key", Some(spot));
        sql.push(format_args!(" AND name_key {ends} ")).push_bind(to);
    }

    fn push_spot(&self, sql: &mut QueryBuilder<Postgres>, column: &str, spot: Option<&Spot>) {
        let Some(spot) = spot else {
            return;
        };
        let compare = if self.order.ascending { ">" } else { "<" };
        sql.push(format_args!(" AND ({column}, id) {compare} ("));
        push_value(sql, self.order.by, &spot.value);
        sql.push(", ").push_bind(spot.id).push(")");
    }

    fn push_order(&self, sql: &mut QueryBuilder<Postgres>, column: &str, limit: Option<usize>) {
        let direction = if self.order.ascending { "ASC" } else { "DESC" };
        sql.push(format_args!(" ORDER BY {column} {direction}, id {direction}"));
        if let Some(limit) = limit {
            sql.push(format_args!(" LIMIT {limit}"));
        }
    }
}

const fn column(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "name_key",
        Sort::Account => "account_number",
        Sort::Plan => "plan_type",
        Sort::Speed => "speed_kbps",
        Sort::Price => "price_paise",
        Sort::Churn => "churn_risk",
        Sort::Nps => "nps",
        Sort::Outstanding => "outstanding_paise",
        Sort::NextBilling => "next_billing_on",
        Sort::Since => "customer_since",
        Sort::LifetimeValue => "lifetime_value_paise",
    }
}

/// Binds a value with the column's own type, so that the row comparison is the index's own. `Cursor` has checked that it fits.
fn push_value(sql: &mut QueryBuilder<Postgres>, sort: Sort, value: &SortValue) {
    match value {
        SortValue::Text(text) => sql.push_bind(text.clone()),
        SortValue::Date(date) => sql.push_bind(*date),
        SortValue::Plan(plan) => sql.push_bind(*plan),
        SortValue::Churn(risk) => sql.push_bind(*risk),
        SortValue::Number(number) => match sort {
            Sort::Nps => sql.push_bind(*number as i16),
            Sort::Speed => sql.push_bind(*number as i32),
            _ => sql.push_bind(*number),
        },
    };
}

/// A row's value in the column of a sort.
pub fn read_value(values: &mut Values<'_>, sort: Sort) -> Result<SortValue, sqlx::Error> {
    Ok(match sort {
        Sort::Name => SortValue::Text(values.next()?),
        Sort::NextBilling | Sort::Since => SortValue::Date(values.next()?),
        Sort::Plan => SortValue::Plan(values.next()?),
        Sort::Churn => SortValue::Churn(values.next()?),
        Sort::Nps => SortValue::Number(values.next::<i16>()?.into()),
        Sort::Speed => SortValue::Number(values.next::<i32>()?.into()),
        Sort::Account | Sort::Price | Sort::Outstanding | Sort::LifetimeValue => SortValue::Number(values.next()?),
    })
}
