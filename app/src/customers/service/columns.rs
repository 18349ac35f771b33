//! The columns that a person has chosen, kept in a cookie of the browser.

use axum::http::{HeaderValue, header};
use leptos::prelude::use_context;

use crate::cookie;
use crate::customers::model::field::Field;

/// The cookie's name.
const COOKIE: &str = "lastmile_columns";

/// The columns of the request that is being answered; the usual ones where nothing was chosen.
pub fn chosen() -> Vec<Field> {
    let Some(kept) = cookie::of_request(COOKIE) else {
        return Field::DEFAULT_COLUMNS.to_vec();
    };
    // The name stands before all columns, always.
    let fields = kept
        .split('.')
        .filter_map(Field::parse)
        .filter(|field| *field != Field::Name);
    fields.collect()
}

/// Keeps a choice for a year, in the answer that is being made.
pub fn keep(columns: &[Field]) {
    let Some(response) = use_context::<leptos_axum::ResponseOptions>() else {
        return;
    };
    if let Ok(value) = HeaderValue::from_str(&cookie_for(columns)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// The cookie that keeps a choice, as a header's value.
pub fn cookie_for(columns: &[Field]) -> String {
    let chosen: Vec<Field> = Field::ALL
        .iter()
        .copied()
        .filter(|field| columns.contains(field))
        .collect();
    if chosen == Field::DEFAULT_COLUMNS {
        return cookie::cleared(COOKIE);
    }
    let words: Vec<&str> = chosen.iter().map(|field| field.word()).collect();
    cookie::lasting(COOKIE, &words.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_columns_are_no_choice() {
        assert_eq!(cookie_for(Field::DEFAULT_COLUMNS), cookie::cleared(COOKIE));
        let mut more = Field::DEFAULT_COLUMNS.to_vec();
        more.push(Field::Email);
        assert_ne!(cookie_for(&more), cookie::cleared(COOKIE));
    }
}
