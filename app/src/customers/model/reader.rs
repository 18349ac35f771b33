//! Reads a draft: every rule of what may be typed, with its message.

use chrono::NaiveDate;

use super::draft::{Draft, Errors};
use super::field::{Field, Input};
use super::{
    AccountNumber, Billing, BillingCycle, ChurnRisk, Contact, Details, Minute, OttApp, PeakHours, Plan, PlanType,
    Relationship, Standing, Status, Usage,
};
use crate::contact::{Email, Phone, PinCode, STATES, parse_text};
use crate::units::{BasisPoints, Kbps, Megabytes, Paise, parse_whole};

impl Draft {
    /// The details that the draft says.
    ///
    /// # Errors
    /// Every field that is wrong, with what is allowed there.
    pub fn parse(&self) -> Result<Details, Errors> {
        let mut reader = Reader {
            draft: self,
            errors: Errors::new(),
        };
        match reader.details() {
            Some(details) if reader.errors.is_empty() => Ok(details),
            _ => Err(reader.errors),
        }
    }
}

/// Reads a draft and gathers what is wrong with it. `None` stands for a value whose error is noted.
struct Reader<'a> {
    draft: &'a Draft,
    errors: Errors,
}

impl Reader<'_> {
    fn details(&mut self) -> Option<Details> {
        let contact = self.contact();
        let standing = self.standing();
        let plan = self.plan();
        let usage = self.usage();
        let relationship = self.relationship();
        let billing = self.billing();
        Some(Details {
            contact: contact?,
            standing: standing?,
            plan: plan?,
            usage: usage?,
            relationship: relationship?,
            billing: billing?,
        })
    }

    fn contact(&mut self) -> Option<Contact> {
        let name = self.text(Field::Name, "the customer's full name");
        let email = self.read(Field::Email, Email::parse);
        let phone = self.read(Field::Phone, Phone::parse);
        let address_line = self.text(Field::AddressLine, "the house and street");
        let city = self.text(Field::City, "the city");
        let state = self.read(Field::State, |text| {
            let known = STATES.iter().find(|state| **state == text);
            known
                .map(|state| (*state).to_owned())
                .ok_or_else(|| "Choose a state.".to_owned())
        });
        let pin_code = self.read(Field::PinCode, PinCode::parse);
        Some(Contact {
            name: name?,
            email: email?,
            phone: phone?,
            address_line: address_line?,
            city: city?,
            state: state?,
            pin_code: pin_code?,
        })
    }

    fn standing(&mut self) -> Option<Standing> {
        match self.word(Field::Status, Status::parse)? {
            Status::Pending => Some(Standing::Pending),
            Status::Active => Some(Standing::Active),
            Status::Suspended => Some(Standing::Suspended),
            Status::Cancelled => {
                let on = self.date(Field::CancelledOn);
                let reason = self.text(Field::CancelReason, "why the customer cancelled");
                Some(Standing::Cancelled {
                    on: on?,
                    reason: reason?,
                })
            }
        }
    }

    fn plan(&mut self) -> Option<Plan> {
        let plan_type = self.word(Field::PlanType, PlanType::parse);
        let speed = self.number(Field::Speed, Kbps::parse, |speed| i64::from(speed.0), 1_000);
        let price = self.number(Field::Price, Paise::parse, |price| price.0, 100);
        let billing_cycle = self.word(Field::BillingCycle, BillingCycle::parse);
        let ott_apps = self.ott_apps();
        let live_channels = self.whole(Field::LiveChannels);
        Some(Plan {
            plan_type: plan_type?,
            speed: speed?,
            price: price?,
            billing_cycle: billing_cycle?,
            ott_apps: ott_apps?,
            live_channels: live_channels?,
        })
    }

    fn usage(&mut self) -> Option<Usage> {
        let data_used = self.number(Field::DataUsed, Megabytes::parse, |data| data.0, 1_000);
        let average_speed = self.number(Field::AverageSpeed, Kbps::parse, |speed| i64::from(speed.0), 1_000);
        let uptime = self.number(Field::Uptime, BasisPoints::parse, |uptime| i64::from(uptime.0), 100);
        let most_used_ott = self.optional(Field::MostUsedOtt, |reader, field| reader.word(field, OttApp::parse));
        let peak_hours = self.peak_hours();
        Some(Usage {
            data_used: data_used?,
            average_speed: average_speed?,
            uptime: uptime?,
            most_used_ott: most_used_ott?,
            peak_hours: peak_hours?,
        })
    }

    fn relationship(&mut self) -> Option<Relationship> {
        let customer_since = self.date(Field::CustomerSince);
        let lifetime_value = self.number(Field::LifetimeValue, Paise::parse, |value| value.0, 100);
        let churn_risk = self.word(Field::ChurnRisk, ChurnRisk::parse);
        let nps = self.whole(Field::Nps);
        let tickets = self.whole(Field::Tickets);
        let last_ticket_on = self.optional(Field::LastTicketOn, Self::date);
        if tickets == Some(0) && matches!(last_ticket_on, Some(Some(_))) {
            self.error(Field::LastTicketOn, "Leave this empty, or count at least one ticket.");
        }
        let satisfaction = self.optional(Field::Satisfaction, |reader, field| {
            reader.read(field, |text| match text.parse() {
                Ok(score @ 1..=5) => Ok(score),
                _ => Err("Choose a score from 1 to 5.".to_owned()),
            })
        });
        let referred_by = self.optional(Field::ReferredBy, |reader, field| {
            reader.read(field, AccountNumber::parse)
        });
        Some(Relationship {
            customer_since: customer_since?,
            lifetime_value: lifetime_value?,
            churn_risk: churn_risk?,
            nps: i16::try_from(nps?).ok()?,
            tickets: tickets?,
            last_ticket_on: last_ticket_on?,
            satisfaction: satisfaction?,
            referred_by: referred_by?,
        })
    }

    fn billing(&mut self) -> Option<Billing> {
        let next_billing_on = self.date(Field::NextBillingOn);
        let outstanding = self.number(Field::Outstanding, Paise::parse, |amount| amount.0, 100);
        Some(Billing {
            next_billing_on: next_billing_on?,
            outstanding: outstanding?,
        })
    }

    fn ott_apps(&mut self) -> Option<Vec<OttApp>> {
        let named = self.draft.values(Field::OttApps).iter().filter(|name| !name.is_empty());
        let apps: Option<Vec<OttApp>> = named.map(|name| OttApp::parse(name)).collect();
        let Some(mut apps) = apps else {
            self.error(Field::OttApps, "Choose from the apps that are listed.");
            return None;
        };
        apps.sort_unstable();
        apps.dedup();
        Some(apps)
    }

    fn peak_hours(&mut self) -> Option<Vec<PeakHours>> {
        let pairs = self.draft.values(Field::PeakHours).chunks(2);
        let used: Vec<&[String]> = pairs.filter(|pair| pair.iter().any(|time| !time.is_empty())).collect();
        let read = |pair: &[String]| match pair {
            [from, to] => Some(PeakHours {
                from: Minute::parse(from)?,
                to: Minute::parse(to)?,
            }),
            _ => None,
        };
        let hours: Option<Vec<PeakHours>> = used.into_iter().map(read).collect();
        match hours {
            Some(hours) if hours.len() <= 3 && hours.iter().all(|range| range.from != range.to) => Some(hours),
            _ => {
                self.error(
                    Field::PeakHours,
                    "Enter up to three ranges, each with a start and another end, like 21:00 to 00:00.",
                );
                None
            }
        }
    }

    fn error(&mut self, field: Field, message: impl Into<String>) {
        self.errors.insert(field, message.into());
    }

    fn read<T>(&mut self, field: Field, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match parse(self.draft.value(field).trim()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(field, message);
                None
            }
        }
    }

    /// `Some(None)` where the field is empty.
    fn optional<T>(&mut self, field: Field, read: impl FnOnce(&mut Self, Field) -> Option<T>) -> Option<Option<T>> {
        if self.draft.value(field).trim().is_empty() {
            Some(None)
        } else {
            read(self, field).map(Some)
        }
    }

    fn text(&mut self, field: Field, what: &str) -> Option<String> {
        let most = match field.input() {
            Input::Text { most } => most,
            _ => 200,
        };
        self.read(field, |text| parse_text(text, what, most))
    }

    fn word<T>(&mut self, field: Field, parse: fn(&str) -> Option<T>) -> Option<T> {
        self.read(field, |text| {
            parse(text).ok_or_else(|| match field.input() {
                Input::Choice { options, .. } => format!("Choose one of {}.", options().join(", ")),
                _ => "Choose one of the options.".into(),
            })
        })
    }

    fn date(&mut self, field: Field) -> Option<NaiveDate> {
        let years = NaiveDate::from_ymd_opt(1990, 1, 1)?..=NaiveDate::from_ymd_opt(2100, 12, 31)?;
        self.read(field, |text| match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(date) if years.contains(&date) => Ok(date),
            _ => Err("Enter a date from 1990 to 2100, as year-month-day like 2026-11-23.".into()),
        })
    }

    /// Reads a number in its unit and holds it against the range of its input; `scale` is how many small units one typed unit has.
    fn number<T>(&mut self, field: Field, parse: fn(&str) -> Option<T>, small: fn(&T) -> i64, scale: i32) -> Option<T> {
        let Input::Number { unit, least, most } = field.input() else {
            return None;
        };
        self.read(field, |text| {
            let typed = text.trim_start_matches('₹').trim_start();
            match parse(typed) {
                Some(value) if (least..=most).contains(&(small(&value) as f64 / f64::from(scale))) => Ok(value),
                _ => {
                    let decimals = match scale {
                        1 => "a whole number",
                        100 => "a number with at most 2 decimals",
                        _ => "a number with at most 3 decimals",
                    };
                    let most = crate::units::Grouped(most as u64);
                    Err(format!("Enter {decimals} from {least} to {most} ({unit})."))
                }
            }
        })
    }

    fn whole(&mut self, field: Field) -> Option<i32> {
        self.number(
            field,
            |text| parse_whole(text).and_then(|number| i32::try_from(number).ok()),
            |number| i64::from(*number),
            1,
        )
    }
}
