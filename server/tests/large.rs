//! Lists and searches in a database that is large enough for every plan to be used: each page has the rows that one plain statement
//! gives, whatever the plan, and a page reads about as many rows as it shows.

#[path = "large/every_page.rs"]
mod every_page;
#[path = "large/plans.rs"]
mod plans;
#[path = "large/reads.rs"]
mod reads;
#[path = "large/support.rs"]
mod support;
#[path = "large/words.rs"]
mod words;
