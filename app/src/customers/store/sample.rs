//! How common a search is, known before it is looked for: from a sample of the customers' texts that the program keeps.
//!
//! A word that more customers have than are counted is found by reading the list in its order until a page is full; one that hardly anybody
//! has by an index. Each way is thousands of times slower where the other fits. By name, letters are looked up among the words of all, and so is, in any order, a word
//! that hardly anybody has; anything else in the trigram index by the rarest of its parts first, so that the long lists of those who have the other parts are hardly read.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tokio::sync::RwLock;
use tokio::task::spawn_blocking;

use crate::customers::search::{self, Gram, Needles, grams};
use crate::customers::view::COUNTED;
use crate::error::AppError;

/// How many texts are wanted.
const TEXTS: u64 = 4_000;
/// With fewer customers every search is looked up: that is quick then, and the sample would be most of the table.
const WORTHWHILE: u64 = 20_000;
/// After so long a new one is taken: words become common slowly.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// The least share of the customers that is told from chance: 12 of the sample's texts.
const LEAST_SHARE: f64 = 0.003;
/// With half as many it is at least likely.
const LIKELY_SHARE: f64 = LEAST_SHARE / 2.0;
/// So many of a search's grams are looked up one by one, at most.
const GRAMS: usize = 6;
/// So many of a search's words are compared by how many have them, at most.
const COMPARED: usize = 4;
/// So few customers are left by the grams that each can be looked at.
const FEW: f64 = 50.0;

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
    /// The words of all of them.
    words: BTreeSet<String>,
}

/// What is known of a search beforehand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Foreseen {
    /// Whether it finds so many that counting as far as is counted takes less than looking all of them up.
    pub many: bool,
    /// Whether it finds certainly more than are counted.
    pub uncounted: bool,
    /// Whether it finds many, and in so many rows of any list that walking the list meets a page of them sooner than looking them all up.
    pub walk: bool,
    /// Whether most of them have a name that begins with it.
    pub begins_names: bool,
    /// Whether the filters leave so few customers that a walk meets all of them.
    pub few_in_view: bool,
    /// What it looks for.
    pub needles: Needles,
    /// The word of letters that the fewest have, where several are looked for and a sample tells.
    pub rarest: Option<String>,
    /// By what that is looked up, where it is not among the words.
    pub narrowed: Narrowed,
}

/// Parts of what is looked for that stand in all that is found.
#[derive(Clone, Debug, PartialEq)]
pub enum Narrowed {
    /// Parts of three letters.
    Grams {
        /// All of these, the rarest first; none where nothing is known of them.
        rarest: Vec<Gram>,
        /// Whether so few customers have all of them that each can be looked at.
        to_few: bool,
    },
    /// A word that few customers have.
    Word(String),
}

impl Default for Narrowed {
    fn default() -> Self {
        let rarest = vec![];
        Self::Grams { rarest, to_few: false }
    }
}

impl Foreseen {
    /// The word by which the search is looked up among the words, where it is for letters alone.
    pub fn word(&self) -> Option<&str> {
        let longest = || self.needles.letters().max_by_key(|word| word.len());
        let word = self.rarest.as_deref().or_else(longest);
        word.filter(|_| self.needles.are_letters())
    }

    /// A share of so many texts has it, and so of all customers, as far as a sample tells.
    fn expect(&mut self, share: f64, texts: usize, customers: u64) {
        let found = share * customers as f64;
        // A sample is not off by more than three times its spread.
        self.uncounted =
            share >= LEAST_SHARE && (share - 3.0 * (share / texts as f64).sqrt()) * customers as f64 > COUNTED as f64;
        self.many = self.uncounted || share >= LIKELY_SHARE && found > 2.0 * COUNTED as f64;
        // Walking meets a page in 51/share rows, which is less than many.
        self.walk = self.many && share >= LEAST_SHARE;
    }
}

impl Texts {
    fn new(all: Vec<String>) -> Self {
        let mut counts = HashMap::new();
        for text in &all {
            for gram in grams(text).map(|(_, gram)| gram).collect::<BTreeSet<_>>() {
                *counts.entry(gram).or_default() += 1;
            }
        }
        Self {
            words: all
                .iter()
                .flat_map(|text| search::words(text))
                .map(|word| word.letters.to_owned())
                .collect(),
            grams: counts,
            all,
        }
    }

    /// The share of the texts in which a gram stands. What stands in none is not nowhere.
    fn share_of(&self, gram: Gram) -> f64 {
        let count = self.grams.get(&gram).map_or(0.5, |count| f64::from(*count));
        count / self.all.len() as f64
    }

    /// By which parts a search among so many customers is narrowed down.
    fn narrowed(&self, needles: &Needles, customers: u64) -> Narrowed {
        if needles.phrase.is_some() {
            // The words need not be there.
            return Narrowed::default();
        }
        let rare = needles.letters().filter(|word| self.is_rare(word));
        if let Some(word) = rare.max_by_key(|word| word.len()) {
            return Narrowed::Word(word.to_owned());
        }
        let words = needles.words.iter().enumerate();
        let parts = words.flat_map(|(word, text)| grams(text).map(move |(at, gram)| (word, at, gram)));
        let mut parts: Vec<_> = parts.map(|part| (self.share_of(part.2), part)).collect();
        parts.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut left = customers as f64;
        let mut chosen: Vec<(usize, usize, Gram)> = Vec::new();
        // What lies over another part says less than one that stands apart: about one letter more.
        for over in [false, true] {
            for (share, part) in &parts {
                let (word, at, gram) = *part;
                let lies_over = chosen
                    .iter()
                    .any(|one| one.0 == word && one.1.abs_diff(at) < gram.len());
                let known = chosen.iter().any(|one| one.2 == gram);
                if left > FEW && chosen.len() < GRAMS && lies_over == over && !known {
                    left *= if over { share.max(0.1) } else { *share };
                    chosen.push(*part);
                }
            }
        }
        Narrowed::Grams {
            rarest: chosen.into_iter().map(|(_, _, gram)| gram).collect(),
            to_few: left <= FEW,
        }
    }

    /// The word of letters that the fewest texts have, where letters are all that is looked for: of the first few, since each is looked for in all texts.
    fn rarest(&self, needles: &Needles, narrowed: &Narrowed) -> Option<String> {
        if let Narrowed::Word(word) = narrowed {
            return Some(word.clone());
        }
        if !needles.are_letters() || needles.words.len() == 1 {
            return None;
        }
        let with = |word: &str| self.all.iter().filter(|text| text.contains(word)).count();
        let few = needles.letters().take(COMPARED);
        few.min_by_key(|word| (with(word), Reverse(word.len())))
            .map(str::to_owned)
    }

    /// Whether none of the texts has letters that are looked for, and so hardly any customer.
    fn is_rare(&self, letters: &str) -> bool {
        grams(letters).any(|(_, gram)| !self.grams.contains_key(&gram))
            || !self.words.iter().any(|word| word.contains(letters))
    }

    /// The share of the texts in which a search finds something, not more than that of its rarest part; and whether most of those are of names that begin with it.
    fn share(&self, needles: &Needles, narrowed: &Narrowed) -> (f64, bool) {
        let most = match narrowed {
            Narrowed::Grams { rarest, .. } => rarest.first().map_or(1.0, |gram| self.share_of(*gram)),
            Narrowed::Word(_) => 0.0,
        };
        if most < LIKELY_SHARE {
            return (most, false);
        }
        let found: Vec<_> = self.all.iter().filter(|text| needles.are_in(text)).collect();
        let beginning = found.iter().filter(|text| needles.begin_name_in(text)).count();
        (found.len() as f64 / self.all.len() as f64, 2 * beginning > found.len())
    }
}

impl Sample {
    /// What is to be expected of a search among so many customers.
    ///
    /// # Errors
    /// `Unavailable` and `Internal`, where a new sample is taken.
    pub async fn foresee(
        &self,
        db: &mut PgConnection,
        now: DateTime<Utc>,
        customers: u64,
        search: &str,
    ) -> Result<Foreseen, AppError> {
        let mut foreseen = Foreseen {
            needles: search::needles(search),
            ..Foreseen::default()
        };
        if foreseen.needles.is_empty() || customers < WORTHWHILE {
            return Ok(foreseen);
        }
        let texts = self.texts(db, now, customers).await?;
        if texts.all.len() as u64 >= TEXTS / 4 {
            foreseen.narrowed = texts.narrowed(&foreseen.needles, customers);
            let (share, begins_names) = texts.share(&foreseen.needles, &foreseen.narrowed);
            foreseen.begins_names = begins_names;
            foreseen.rarest = texts.rarest(&foreseen.needles, &foreseen.narrowed);
            foreseen.expect(share, texts.all.len(), customers);
        }
        Ok(foreseen)
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
        let taken = take(db, customers).await?;
        // Some 20 ms, in which nobody else should have to wait.
        let made = spawn_blocking(move || Texts::new(taken)).await;
        let texts = Arc::new(made.map_err(AppError::internal)?);
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
    use crate::customers::search::needles;

    #[test]
    fn many_are_walked_to() {
        let of = |share, customers| {
            let mut foreseen = Foreseen::default();
            foreseen.expect(share, 4_000, customers);
            (foreseen.many, foreseen.uncounted, foreseen.walk)
        };
        assert_eq!(of(0.0, 10_000_000), (false, false, false));
        // 3,000 of 100,000 are counted, for which they are looked up anyway.
        assert_eq!(of(0.03, 100_000), (false, false, false));
        assert_eq!(of(0.03, 10_000_000), (true, true, true));
        // 13,000 of 25,000 are certainly more than are counted, 40,000 of ten million may not be.
        assert_eq!(of(0.52, 25_000), (true, true, true));
        assert_eq!(of(0.005, 10_000_000), (true, true, true));
        assert_eq!(of(0.004, 10_000_000), (true, false, true));
        assert_eq!(of(0.004, 1_000_000), (false, false, false));
        // Too few in the sample to be told from chance, and then to be likely; and there may be none at all.
        assert_eq!(of(0.002_75, 100_000_000), (true, false, false));
        assert_eq!(of(0.001_25, 100_000_000), (false, false, false));
    }

    #[test]
    fn most_of_what_is_found_may_be_names_that_begin_with_it() {
        let mut all = vec![" rahul rao rahul@example.in".to_owned(); 60];
        all.extend(vec![" a. rahul a rahul".to_owned(); 40]);
        all.extend(vec![" asha rao".to_owned(); 50]);
        let texts = Texts::new(all);
        let begins = |search| {
            let needles = needles(search);
            texts.share(&needles, &texts.narrowed(&needles, 100_000))
        };
        assert_eq!(begins("rahul"), (100.0 / 150.0, true));
        // Where a word begins, which the surname does as well.
        assert_eq!(begins("ra"), (1.0, false));
        assert_eq!(begins("rahul rao"), (60.0 / 150.0, true));
        assert_eq!(begins("rao rahul"), (60.0 / 150.0, false));
        assert_eq!(begins("rao"), (110.0 / 150.0, false));
    }

    #[test]
    fn a_search_is_narrowed_by_its_rarest_parts_until_few_are_left() {
        let mut all = vec![" asha rao".to_owned(); 900];
        all.extend(vec![" asha pillai 98450".to_owned(); 99]);
        all.push(" usha rao ashakiran".to_owned());
        let texts = Texts::new(all);
        let narrowed = |search, customers| {
            let Narrowed::Grams { rarest, to_few } = texts.narrowed(&needles(search), customers) else {
                panic!("{search} is rare");
            };
            let grams = rarest.iter().map(|gram| String::from_utf8_lossy(gram).into_owned());
            (grams.collect::<Vec<_>>().join(" "), to_few)
        };
        // A text that has it twice counts once; one part is enough where hardly anybody has it.
        assert_eq!(narrowed("ashakiran", 20_000), ("hak".into(), true));
        // Parts that stand apart first, then what lies over them.
        assert_eq!(narrowed("pillai", 4_000), ("pil lai".into(), true));
        assert_eq!(narrowed("pillai", 10_000), ("pil lai ill".into(), true));
        assert_eq!(narrowed("rao 984", 20_000), ("984 rao".into(), false));
        assert_eq!(narrowed("asha", 20_000), ("ash sha".into(), false));
        assert_eq!(narrowed("asha r", 20_000), ("ash sha".into(), false));
        // Where the first is short the whole may be found and the words not.
        assert_eq!(narrowed("a rao", 20_000), (String::new(), false));
    }

    #[test]
    fn letters_are_looked_up_by_the_rarest_word() {
        let mut all = vec![" asha rao".to_owned(); 90];
        all.extend(vec![" pillai asha mumbai".to_owned(); 10]);
        let texts = Texts::new(all);
        let by = |search| {
            let needles = needles(search);
            let narrowed = texts.narrowed(&needles, 1_000_000);
            let rarest = texts.rarest(&needles, &narrowed);
            let foreseen = Foreseen {
                needles,
                rarest,
                ..Foreseen::default()
            };
            foreseen.word().unwrap_or_default().to_owned()
        };
        assert_eq!(by("asha rao m"), "rao");
        assert_eq!(by("asha pillai rao"), "pillai");
        assert_eq!(by("asha vasudevan pillai"), "vasudevan");
        assert_eq!(by("asha"), "asha");
        for search in ["asha pillai 98450", "a pillai", "as", ""] {
            assert_eq!(by(search), "", "{search}");
        }
    }

    #[test]
    fn a_word_that_the_sample_does_not_have_is_looked_up_among_the_words() {
        let texts = Texts::new(vec![
            " santhosh kumar santhoshkumar@example.in ashak shakti".to_owned();
            100
        ]);
        let by = |search| match texts.narrowed(&needles(search), 1_000_000) {
            Narrowed::Word(word) => word,
            Narrowed::Grams { .. } => String::new(),
        };
        assert_eq!(by("vasudevan"), "vasudevan");
        assert_eq!(by("kumar rao vasudevan"), "vasudevan");
        assert_eq!(by("प्रिया"), "प्रिया");
        // All its parts are in the sample, but not together.
        assert_eq!(by("ashakti"), "ashakti");
        // In the sample; not of letters alone.
        assert_eq!(by("thoshkum"), "");
        assert_eq!(by("vasudevan@"), "");
        assert_eq!(by("vasudevan r"), "vasudevan");
        // The words need not be there where the phrase is.
        assert_eq!(by("r vasudevan"), "");
    }
}
