//! The columns that a person has chosen for a list, kept in a cookie of the browser.

use ::cookie::Cookie;

use crate::base::error::AppError;
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::http::context::PublicAddress;
use crate::http::cookie;

fn cookie_name(spec: &SubjectSpec) -> String {
    format!("lastmile_columns_{}", spec.table)
}

/// The columns of the request that is being answered; the usual ones where nothing was chosen.
pub fn selected(spec: &'static SubjectSpec) -> Vec<&'static FieldSpec> {
    let of_names = |names: &[&str]| {
        spec.columns()
            .filter(|field| names.contains(&field.name))
            .collect::<Vec<_>>()
    };
    let chosen = cookie::from_request(&cookie_name(spec), |names| {
        let chosen = of_names(&names.split('.').collect::<Vec<_>>());
        (names.is_empty() || !chosen.is_empty()).then_some(chosen)
    });
    chosen.unwrap_or_else(|| of_names(spec.default_columns))
}

/// Keeps a choice, in the answer that is being made.
///
/// # Errors
/// `BadRequest` where the list has no such column.
pub fn keep(spec: &'static SubjectSpec, names: &[String], site: &PublicAddress) -> Result<(), AppError> {
    if let Some(unknown) = names.iter().find(|name| spec.field(name).is_none()) {
        return Err(AppError::BadRequest(format!("there is no column {unknown}")));
    }
    cookie::set(&cookie_for(spec, names, site));
    Ok(())
}

/// The cookie that keeps a choice for a year.
pub fn cookie_for(spec: &'static SubjectSpec, names: &[String], site: &PublicAddress) -> Cookie<'static> {
    let chosen = spec
        .columns()
        .map(|field| field.name)
        .filter(|name| names.iter().any(|other| other == name));
    let chosen: Vec<&str> = chosen.collect();
    if chosen == spec.default_columns {
        return cookie::expired(&cookie_name(spec), site);
    }
    cookie::persistent(&cookie_name(spec), &chosen.join("."), site)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::spec::SPEC;

    #[test]
    fn the_default_columns_are_not_stored_in_the_cookie() {
        let mut names: Vec<String> = SPEC.default_columns.iter().map(ToString::to_string).collect();
        assert_eq!(cookie_for(&SPEC, &names, &PublicAddress::default()).value(), "");
        names.push("email".into());
        assert_eq!(
            cookie_for(&SPEC, &names, &PublicAddress::default())
                .value()
                .split('.')
                .next(),
            Some("email")
        );
    }
}
