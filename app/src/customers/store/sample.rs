//! How common a search is, known before it is looked for: from a sample of the customers' texts that the program keeps.
//!
//! A word that one customer in fifty has is found by reading the list in its order until a page is full; one that hardly anybody
//! has by the trigram index. Each way is thousands of times slower where the other fits. In the index, a word is looked up by the rarest
//! of its parts first, so that the long lists of those who have the other parts are hardly read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tokio::sync::RwLock;

use crate::customers::search::{Gram, Needles, grams, needles};
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
/// So many of a search's grams are looked up one by one, before the whole.
const RARE_GRAMS: usize = 4;

/// The sample of this program; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Sample(Arc<RwLock<Option<Taken>>>);

#[derive(Clone, Debug)]
struct Taken {
    at: DateTime<Utc>,
    texts: Arc<Texts>,
}

/// The texts of a sample.
#[derive(Debug)]
struct Texts {
    all: Vec<String>,
    /// In how many of them each gram stands.
    grams: HashMap<Gram, u32>,
}

/// What is known of a search beforehand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Foreseen {
    /// Whether it finds so many that walking the list meets a page of them sooner than looking them all up.
    pub walk: bool,
    /// Whether it finds certainly more than are counted.
    pub uncounted: bool,
    /// The rarest parts of what is looked for, the rarest first; none where nothing is known of them.
    pub rare_grams: Vec<Gram>,
}

impl Foreseen {
    /// Of a share of all customers, as far as a sample tells.
    fn of(share: f64, customers: u64, lists: usize) -> Self {
        let found = share * customers as f64;
        // Walking meets one in 1/share rows of each list; looking up reads as many as are found.
        let page = 51.0 * lists as f64;
        Self {
            walk: share >= LEAST_SHARE && page / share < found,
            // Twice the limit: at 40 texts and more a sample is not off by half.
            uncounted: share >= LEAST_SHARE && found > 2.0 * COUNTED as f64,
            rare_grams: Vec::new(),
        }
    }
}

impl Texts {
    fn new(all: Vec<String>) -> Self {
        let mut counts = HashMap::new();
        for text in &all {
            for gram in grams(text).collect::<BTreeSet<_>>() {
                *counts.entry(gram).or_default() += 1;
            }
        }
        Self { all, grams: counts }
    }

    /// In how many texts a gram stands.
    fn with(&self, gram: Gram) -> u32 {
        self.grams.get(&gram).copied().unwrap_or_default()
    }

    /// The rarest grams of a search, the rarest first.
    fn rarest(&self, needles: &Needles) -> Vec<Gram> {
        let mut grams: Vec<Gram> = needles.grams().into_iter().collect();
        grams.sort_by_key(|gram| self.with(*gram));
        grams.truncate(RARE_GRAMS);
        grams
    }

    /// The share of the texts in which a search finds something: not more than that of its rarest gram.
    fn share(&self, needles: &Needles, rare_grams: &[Gram]) -> f64 {
        let all = self.all.len() as f64;
        let most = rare_grams.first().map_or(1.0, |gram| f64::from(self.with(*gram)) / all);
        if most < LEAST_SHARE {
            return most;
        }
        let found = self.all.iter().filter(|text| needles.are_in(text)).count();
        found as f64 / all
    }
}

impl Sample {
    /// What is to be expected of a search among so many customers, in an order that is merged from so many lists.
    ///
    /// # Errors
    /// `Unavailable` and `Internal`, where a new sample is taken.
    pub async fn foresee(
        &self,
        db: &mut PgConnection,
        now: DateTime<Utc>,
        customers: u64,
        search: &str,
        lists: usize,
    ) -> Result<Foreseen, AppError> {
        if search.is_empty() || customers < WORTHWHILE {
            return Ok(Foreseen::default());
        }
        let texts = self.texts(db, now, customers).await?;
        if (texts.all.len() as u64) < TEXTS / 4 {
            return Ok(Foreseen::default());
        }
        let needles = needles(search);
        let rare_grams = texts.rarest(&needles);
        let share = texts.share(&needles, &rare_grams);
        Ok(Foreseen {
            rare_grams,
            ..Foreseen::of(share, customers, lists)
        })
    }

    async fn texts(&self, db: &mut PgConnection, now: DateTime<Utc>, customers: u64) -> Result<Arc<Texts>, AppError> {
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
        let texts = Arc::new(Texts::new(take(db, customers).await?));
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
            let foreseen = Foreseen::of(share, customers, 1);
            (foreseen.walk, foreseen.uncounted)
        };
        assert_eq!(of(0.0, 10_000_000), (false, false));
        // 3,000 of 100,000 are counted, and a walk of 1,700 rows meets a page of them.
        assert_eq!(of(0.03, 100_000), (true, false));
        assert_eq!(of(0.012, 100_000), (false, false));
        assert_eq!(of(0.03, 10_000_000), (true, true));
        // Too few in the sample to be told from chance.
        assert_eq!(of(0.009, 10_000_000), (false, false));
    }
    #[test]
    fn the_rarest_parts_come_first() {
        let texts = Texts::new(vec![
            " asha rao".into(),
            " asha pillai".into(),
            " usha rao ashakiran".into(),
        ]);
        let rarest = |search| {
            let grams = texts.rarest(&needles(search)).into_iter();
            grams
                .map(|gram| String::from_utf8_lossy(&gram).into_owned())
                .collect::<Vec<_>>()
        };
        // Nobody, one, all of them (each text counts once), and not more than are worth it.
        assert_eq!(rarest("ashaki"), ["aki", "hak", "ash", "sha"]);
        assert_eq!(rarest("rao pil"), ["pil", "rao"]);
        assert_eq!(rarest("asha pillai").len(), RARE_GRAMS);
        // A word that is not there whole, since a phrase may be; and letters that Postgres may part otherwise.
        assert_eq!(rarest("asha r"), [""; 0]);
        assert_eq!(rarest("प्रिया"), [""; 0]);
    }
}
