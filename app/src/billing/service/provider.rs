//! The provider's details.

use sqlx::Connection as _;
use uuid::Uuid;

use crate::base::audit::{AuditEvent, Change, EntityKind};
use crate::base::contact::{Gstin, PinCode, STATES};
use crate::base::error::AppError;
use crate::base::text::{parse_lines, parse_text};
use crate::base::units::parse_whole_number;
use crate::billing::model::provider::Provider;
use crate::billing::model::upi::UpiId;
use crate::billing::store::providers;
use crate::db::audit_log;
use crate::http::context::AppContext;
use crate::ui::form_state::FormState;

/// What the history calls the provider: there is one.
const PROVIDER: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0027);

/// The inputs of the form, in the order in which they stand.
pub const INPUTS: &[&str] = &[
    "name",
    "gstin",
    "address_line",
    "city",
    "state",
    "pin_code",
    "upi_id",
    "bank_details",
    "bill_series",
    "note_series",
    "due_days",
    "grace_days",
];

/// Saves what a form says. The inner error is the form again, with what is wrong.
///
/// # Errors
/// The database's.
pub async fn save(context: &AppContext, version: i64, state: FormState) -> Result<Result<(), FormState>, AppError> {
    let provider = match parse(&state) {
        Ok(provider) => provider,
        Err(errors) => {
            return Ok(Err(errors
                .into_iter()
                .fold(state, |state, (name, message)| state.error(name, message))));
        }
    };
    let mut db = context.pool().acquire().await?;
    let mut transaction = db.begin().await?;
    let audit = context.audit();
    let before = providers::get(&mut transaction, None).await?;
    let is_newest = before.as_ref().map_or(0, |(version, _)| *version) == version;
    if !is_newest || !providers::insert(&mut transaction, version + 1, &provider, audit.at).await? {
        return Ok(Err(state.problem(
            "Another user changed these details. Open the page again to see them.",
        )));
    }
    let event = AuditEvent {
        context: audit,
        entity: EntityKind::Provider,
        id: PROVIDER,
        version: version + 1,
    };
    let before = before.map(|(_, provider)| values(&provider)).unwrap_or_default();
    let changes: Vec<Change> = values(&provider)
        .into_iter()
        .enumerate()
        .filter(|(place, (_, after))| before.get(*place).is_none_or(|(_, before)| before != after))
        .map(|(place, (name, after))| {
            let before = before.get(place).and_then(|(_, before)| before.clone());
            Change::of(name, before, after)
        })
        .collect();
    if changes.is_empty() {
        return Ok(Ok(()));
    }
    audit_log::record(&mut transaction, &event, &changes).await?;
    transaction.commit().await?;
    Ok(Ok(()))
}

/// The value of each input.
pub fn values(provider: &Provider) -> Vec<(&'static str, Option<String>)> {
    let text = |text: &str| Some(text.to_owned());
    let values = [
        text(&provider.name),
        text(provider.gstin.as_str()),
        text(&provider.address_line),
        text(&provider.city),
        text(&provider.state),
        text(provider.pin_code.as_str()),
        provider.upi_id.as_ref().map(|id| id.as_str().to_owned()),
        provider.bank_details.clone(),
        text(&provider.bill_series),
        text(&provider.note_series),
        text(&provider.due_days.to_string()),
        provider.grace_days.map(|days| days.to_string()),
    ];
    INPUTS.iter().copied().zip(values).collect()
}

type Errors = Vec<(&'static str, String)>;

fn parse(state: &FormState) -> Result<Provider, Errors> {
    let mut errors = Errors::new();
    let value = |name: &str| state.value(name);
    let mut read = |name: &'static str, parsed: Result<String, String>| {
        parsed.map_err(|message| errors.push((name, message))).ok()
    };
    let name = read("name", parse_text(&value("name"), "the provider's name", 120));
    let address_line = read(
        "address_line",
        parse_text(&value("address_line"), "street and number", 200),
    );
    let city = read("city", parse_text(&value("city"), "the city", 80));
    let state_name = read("state", known_state(&value("state")));
    let bill_series = read("bill_series", series(&value("bill_series")));
    let note_series = read("note_series", series(&value("note_series")));
    let bank_details = match value("bank_details") {
        empty if empty.trim().is_empty() => Some(None),
        lines => read("bank_details", parse_lines(&lines, "the bank details", 300)).map(Some),
    };
    let gstin = Gstin::parse(&value("gstin"))
        .map_err(|message| errors.push(("gstin", message)))
        .ok();
    let pin_code = PinCode::parse(&value("pin_code"))
        .map_err(|message| errors.push(("pin_code", message)))
        .ok();
    let upi_id = match value("upi_id") {
        empty if empty.trim().is_empty() => Some(None),
        id => UpiId::parse(&id)
            .map_err(|message| errors.push(("upi_id", message)))
            .ok()
            .map(Some),
    };
    let mut days = |name: &'static str| {
        let days = parse_whole_number(&value(name), "days", 0..=90);
        if days.is_none() {
            errors.push((name, "Enter 0 to 90 days.".into()));
        }
        days
    };
    let due_days: Option<i16> = days("due_days");
    let grace_days = match value("grace_days") {
        empty if empty.trim().is_empty() => Some(None),
        _ => days("grace_days").map(Some),
    };
    let provider = (|| {
        Some(Provider {
            name: name?,
            address_line: address_line?,
            city: city?,
            state: state_name?,
            pin_code: pin_code?,
            gstin: gstin?,
            bank_details: bank_details?,
            upi_id: upi_id?,
            bill_series: bill_series?,
            note_series: note_series?,
            due_days: due_days?,
            grace_days: grace_days?,
        })
    })();
    let Some(provider) = provider else { return Err(errors) };
    if provider.bill_series == provider.note_series {
        errors.push(("note_series", "Enter another series than that of bills.".into()));
    }
    let code = provider.state_code().map(|code| code.to_string()).unwrap_or_default();
    if !provider.gstin.as_str().starts_with(&code) {
        errors.push((
            "gstin",
            format!("The GSTIN of a business in {} begins with {code}.", provider.state),
        ));
    }
    if errors.is_empty() { Ok(provider) } else { Err(errors) }
}

fn known_state(text: &str) -> Result<String, String> {
    let state = STATES.iter().find(|state| **state == text.trim());
    state.map(ToString::to_string).ok_or_else(|| "Choose the state.".into())
}

/// What numbers of bills begin with: at most two characters leave room for seven digits.
fn series(text: &str) -> Result<String, String> {
    let plain = text.trim().to_ascii_uppercase();
    let is_fine = (1..=4).contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_alphanumeric());
    is_fine
        .then_some(plain)
        .ok_or_else(|| "Enter 1 to 4 letters and digits, like LM.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(values: &[(&str, &str)]) -> FormState {
        let usual = [
            ("name", "Lastmile Networks"),
            ("gstin", "27AAPFU0939F1ZV"),
            ("address_line", "1 Residency Road"),
            ("city", "Pune"),
            ("state", "Maharashtra"),
            ("pin_code", "411001"),
            ("bill_series", "lm"),
            ("note_series", "LC"),
            ("due_days", "10"),
        ];
        let all = usual.iter().chain(values);
        all.fold(FormState::new(), |state, (name, value)| state.with(name, value))
    }

    #[test]
    fn the_details_are_read_as_people_write_them() {
        let provider = parse(&form(&[])).expect("a provider");
        assert_eq!(
            (
                &*provider.bill_series,
                provider.upi_id,
                provider.bank_details,
                provider.grace_days
            ),
            ("LM", None, None, None)
        );
        let provider = parse(&form(&[
            ("upi_id", "lastmile@okbank"),
            ("bank_details", "A/c 1\nIFSC 2"),
            ("grace_days", " 0 "),
        ]))
        .expect("a provider");
        assert_eq!(provider.bank_details.as_deref(), Some("A/c 1\nIFSC 2"));
        assert_eq!(provider.grace_days, Some(0));
        assert_eq!(values(&provider).len(), INPUTS.len());
    }

    #[test]
    fn what_is_wrong_is_refused_with_a_sentence() {
        for (name, value) in [
            ("name", " "),
            ("gstin", "27AAPFU0939F1ZX"),
            ("gstin", ""),
            ("state", "Atlantis"),
            ("pin_code", "0"),
            ("upi_id", "lastmile"),
            ("bill_series", "LAST1"),
            ("note_series", "LM"),
            ("due_days", "91"),
            ("due_days", "soon"),
            ("grace_days", "91"),
        ] {
            let errors = parse(&form(&[(name, value)])).expect_err(value);
            assert_eq!(
                errors.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
                [name],
                "{value}"
            );
            assert!(errors[0].1.ends_with('.'), "{errors:?}");
        }
        // The state of the GSTIN is another one.
        let errors = parse(&form(&[("state", "Karnataka")])).expect_err("another state");
        assert_eq!(errors[0].0, "gstin");
    }
}
