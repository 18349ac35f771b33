//! How common a search is, known before it is looked for: from a sample of the customers' texts that the program keeps.
//!
//! A word that one customer in fifty has is found by reading the list in its order until a page is full; one that hardly anybody
//! has by the trigram index. Each way is thousands of times slower where the other fits.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tokio::sync::RwLock;

use crate::customers::search::needles;
use crate::customers::view::COUNTED;
use crate::error::AppError;

/// How many texts are wanted.
const TEXTS: u64 = 4_000;
/// With fewer customers every search is looked up in the index: that is quick then, and the sample would be most of the table.
const WORTHWHILE: u64 = 20_000;
/// After so long a new one is taken: words become common slowly.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// The least share of the customers that is told from chance: 40 of the sample's texts.
const LEAST_SHARE: f64 = 0.01;

/// The sample of this program; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Sample(Arc<RwLock<Option<Taken>>>);

#[derive(Clone, Debug)]
struct Taken {
    at: DateTime<Utc>,
    texts: Arc<[String]>,
}

/// What is known of a search beforehand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Commonness {
    /// Whether it finds so many that walking the list meets a page of them sooner than looking them all up.
    pub walk: bool,
    /// Whether it finds certainly more than are counted.
    pub uncounted: bool,
}

impl Commonness {
    /// Of what is looked up in the index.
    pub const RARE: Self = Self {
        walk: false,
        uncounted: false,
    };

    /// Of a share of all customers, as far as a sample tells.
    fn of(share: f64, customers: u64, lists: usize) -> Self {
        let found = share * customers as f64;
        // Walking meets one in 1/share rows of each list; looking up reads as many as are found.
        let page = 51.0 * lists as f64;
        Self {
            walk: share >= LEAST_SHARE && page / share < found,
            // Twice the limit: at 40 texts and more a sample is not off by half.
            uncounted: share >= LEAST_SHARE && found > 2.0 * COUNTED as f64,
        }
    }
}

impl Sample {
    /// How common a search is among so many customers, in an order that is merged from so many lists.
    ///
    /// # Errors
    /// `Unavailable` and `Internal`, where a new sample is taken.
    pub async fn commonness(
        &self,
        db: &mut PgConnection,
        now: DateTime<Utc>,
        customers: u64,
        search: &str,
        lists: usize,
    ) -> Result<Commonness, AppError> {
        if customers < WORTHWHILE {
            return Ok(Commonness::RARE);
        }
        let texts = self.texts(db, now, customers).await?;
        if (texts.len() as u64) < TEXTS / 4 {
            return Ok(Commonness::RARE);
        }
        let needles = needles(search);
        let found = texts.iter().filter(|text| needles.are_in(text)).count();
        Ok(Commonness::of(found as f64 / texts.len() as f64, customers, lists))
    }

    async fn texts(
        &self,
        db: &mut PgConnection,
        now: DateTime<Utc>,
        customers: u64,
    ) -> Result<Arc<[String]>, AppError> {
        let kept = self.0.read().await.clone();
        if let Some(taken) = &kept
            && now - taken.at < FRESH
        {
            return Ok(taken.texts.clone());
        }
        // One request takes the new one; the others go on with the old.
        let mut place = match (self.0.try_write(), kept) {
            (Err(_), Some(taken)) => return Ok(taken.texts),
            (Err(_), None) => self.0.write().await,
            (Ok(place), _) => place,
        };
        if let Some(taken) = place.as_ref()
            && now - taken.at < FRESH
        {
            return Ok(taken.texts.clone());
        }
        let texts: Arc<[String]> = take(db, customers).await?.into();
        *place = Some(Taken {
            at: now,
            texts: texts.clone(),
        });
        Ok(texts)
    }
}

/// Texts of whole pages of the table, chosen by chance.
async fn take(db: &mut PgConnection, customers: u64) -> Result<Vec<String>, AppError> {
    let percent = 100.0 * TEXTS as f64 / customers.max(TEXTS) as f64;
    let texts = sqlx::query_scalar!(
        "SELECT search_text FROM customers TABLESAMPLE SYSTEM ($1) WHERE deleted_at IS NULL",
        percent as f32
    );
    Ok(texts.fetch_all(db).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_walked_to_only_where_that_is_shorter() {
        let of = |share, customers| {
            let common = Commonness::of(share, customers, 1);
            (common.walk, common.uncounted)
        };
        assert_eq!(of(0.0, 10_000_000), (false, false));
        // 3,000 of 100,000 are counted, and a walk of 1,700 rows meets a page of them.
        assert_eq!(of(0.03, 100_000), (true, false));
        assert_eq!(of(0.012, 100_000), (false, false));
        assert_eq!(of(0.03, 10_000_000), (true, true));
        // Too few in the sample to be told from chance.
        assert_eq!(of(0.009, 10_000_000), (false, false));
    }
}
