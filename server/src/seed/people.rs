//! Generates people: name, email, telephone number.

use app::base::contact::{Email, Phone};
use std::collections::HashSet;

use super::cities::City;
use super::names::{self, Community, DEVANAGARI, Names};
use super::rng::{RngStream, SeededRng};

/// A person's name: as it is written, and in plain letters for the email.
pub(super) struct Person {
    pub(super) name: String,
    given: String,
    family: String,
}

/// Generates people. The memory is bounded, whatever their number.
pub(super) struct People {
    names: [Names; 13],
    emails: Emails,
    phones: Phones,
}

impl People {
    pub(super) fn new(rng_seed: u64) -> Self {
        Self {
            names: names::all(),
            emails: Emails::default(),
            phones: Phones::new(rng_seed),
        }
    }

    /// Somebody who lives in a city. Most belong to the city's largest community, some have moved there from elsewhere.
    pub(super) fn person(&self, rng: &mut SeededRng, city: &City) -> Person {
        let community = community(rng, city.home);
        let devanagari = match community {
            Community::Hindi | Community::Marathi => rng.chance(0.07),
            _ => false,
        };
        let is_woman = rng.chance(0.38);
        if devanagari {
            let [women, men, families] = DEVANAGARI;
            let (given, given_written) = rng.pick_skewed(if is_woman { women } else { men });
            let (family, family_written) = rng.pick_skewed(families);
            return Person {
                name: format!("{given_written} {family_written}"),
                given: given.to_owned(),
                family: family.to_owned(),
            };
        }
        let names = &self.names[community as usize];
        let given = rng.pick_skewed(if is_woman { &names.women } else { &names.men });
        let family = family(rng, names, community, is_woman, given);
        Person {
            name: full_name(rng, community, given, family),
            given: given.to_ascii_lowercase(),
            family: family.to_ascii_lowercase(),
        }
    }

    /// An email that no other row of this run has. `row` is the row's number.
    pub(super) fn email(&mut self, rng: &mut SeededRng, person: &Person, row: u64) -> Email {
        self.emails.next(rng, person, row)
    }

    /// A mobile number that no other row has. `row` is the row's number.
    pub(super) fn phone(&self, row: u64) -> Phone {
        self.phones.of(row)
    }
}

/// The community of somebody who lives in a city where `home` is the largest one.
fn community(rng: &mut SeededRng, home: Community) -> Community {
    use Community::{Bengali, Christian, Gujarati, Hindi, Malayali, Marathi, Muslim, Punjabi, Tamil, Telugu};
    let christians = if matches!(home, Malayali | Christian) { 17 } else { 2 };
    rng.pick_weighted(&[
        (home, 66),
        (Hindi, 9),
        (Muslim, 12),
        (Christian, christians),
        (Telugu, 2),
        (Tamil, 2),
        (Bengali, 2),
        (Marathi, 2),
        (Gujarati, 1),
        (Punjabi, 2),
    ])
}

fn family(rng: &mut SeededRng, names: &Names, community: Community, is_woman: bool, given: &str) -> &'static str {
    // Kaur is by far the most frequent family name of Sikh women, and Singh that of the men.
    if community == Community::Punjabi && rng.chance(0.4) {
        return if is_woman { "Kaur" } else { "Singh" };
    }
    let drawn = rng.pick_skewed(&names.families);
    match drawn {
        "Kaur" => "Singh",
        // Not "Kumar Kumar" or "Murugan Murugan": the first family name that differs.
        same if same == given => names
            .families
            .iter()
            .copied()
            .find(|family| *family != given)
            .unwrap_or(same),
        fine => fine,
    }
}

/// The name as people write it: in the south often with an initial.
fn full_name(rng: &mut SeededRng, community: Community, given: &str, family: &str) -> String {
    let initial = family.chars().next().unwrap_or('K');
    let initials = match community {
        Community::Tamil => 0.45,
        Community::Telugu | Community::Kannada => 0.15,
        Community::Malayali => 0.1,
        _ => 0.0,
    };
    if !rng.chance(initials) {
        return format!("{given} {family}");
    }
    if community == Community::Tamil && rng.chance(0.5) {
        format!("{initial}. {given}")
    } else {
        format!("{given} {initial}")
    }
}

/// So many emails have no digits after the name. All later ones have, so that the set of emails in use does not grow.
const PLAIN_EMAILS: usize = 50_000;

const DOMAINS: &[(&str, u32)] = &[
    ("example.in", 40),
    ("example.com", 30),
    ("mail.example.in", 12),
    ("example.org", 10),
    ("mail.example.com", 5),
    ("example.net", 3),
];

/// Generates emails, each of them once.
#[derive(Default)]
struct Emails {
    /// Those without digits.
    plain: HashSet<String>,
}

impl Emails {
    fn next(&mut self, rng: &mut SeededRng, person: &Person, row: u64) -> Email {
        let Person { given, family, .. } = person;
        let mut address = match rng.below(20) {
            0..9 => format!("{given}.{family}"),
            9..12 => format!("{given}{family}"),
            12..14 => format!("{given}_{family}"),
            14..16 => format!("{}.{family}", &given[..1]),
            16..18 => format!("{family}.{given}"),
            _ => format!("{given}.{}", &family[..1]),
        };
        let domain = rng.pick_weighted(DOMAINS);
        let local = address.len();
        address.push('@');
        address.push_str(domain);
        if self.plain.len() >= PLAIN_EMAILS || !self.plain.insert(address.clone()) {
            // No name has digits, so one that ends in digits which only its row has is unique.
            address.insert_str(local, &unique_digits(row));
        }
        // The letters are a to z and the domains are those above, so it is a valid address.
        Email::from_stored(address)
    }
}

/// Digits that no other row has, and that do not look like a counter: as many as the row's number has (at least two), permuted
/// among all numbers of that many digits.
fn unique_digits(row: u64) -> String {
    let width = row.checked_ilog10().map_or(1, |log| log + 1).max(2);
    let modulus = 10_u128.pow(width);
    // The multiplication is a permutation, because the factor shares no divisor with the modulus: it is odd and does not end in 5.
    let permuted = (u128::from(row) * 618_033_988_749_894_847 + 271_828) % modulus;
    format!("{permuted:0width$}", width = width as usize)
}

/// Generates mobile numbers, each of them once: steps through all 4,000,000,000 in an order that reaches every one.
struct Phones {
    first: u64,
}

impl Phones {
    const ALL: u64 = 4_000_000_000;
    /// Shares no divisor with [`Self::ALL`], whose prime factors are 2 and 5.
    const STEP: u64 = 2_472_135_957;

    fn new(rng_seed: u64) -> Self {
        let first = SeededRng::new(rng_seed, RngStream::Phones, 0).below(Self::ALL);
        Self { first }
    }

    fn of(&self, row: u64) -> Phone {
        let offset = u128::from(row) * u128::from(Self::STEP) + u128::from(self.first);
        // Indian mobile numbers begin with 6 to 9.
        let national = 6_000_000_000 + offset % u128::from(Self::ALL);
        Phone::from_stored(format!("+91{national}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_have_the_same_digits_or_phone() {
        let rows = (1..=200_000).chain(9_900_000..=10_000_000);
        let phones = Phones::new(1);
        let (mut numbers, mut seen, mut count) = (HashSet::new(), HashSet::new(), 0);
        for row in rows {
            numbers.insert(unique_digits(row));
            seen.insert(phones.of(row).as_str().to_owned());
            count += 1;
        }
        assert_eq!((numbers.len(), seen.len()), (count, count));
        assert_eq!(unique_digits(7).len(), 2);
        assert_eq!(unique_digits(10_000_000).len(), 8);
    }
}
