//! The forms about money: payments, bills, credit notes, the provider; and the statement as a file.

use app::base::error::AppError;
use app::base::roles::Permission;
use app::base::text::isolated;
use app::base::time::{format_date, parse_date};
use app::base::units::Paise;
use app::billing::model::PaymentState;
use app::billing::model::payment::{NewPayment, field};
use app::billing::model::period::Period;
use app::billing::model::statement::Statement;
use app::billing::responses::{IssueOutcome, PaymentOutcome};
use app::billing::routes::{PROVIDER, bill_url, receipt_url};
use app::billing::service::credit::{self, CreditForm};
use app::billing::service::issue::{self, IssueForm};
use app::billing::service::payments::{self, ReversalForm};
use app::billing::service::{provider, read};
use app::http::context::AppContext;
use app::http::flash::FlashMessage;
use app::ui::form_state::FormState;
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::form_context::{FormBody, FormContext, FormRoutes};

/// The routes that these forms are sent to.
pub fn routes() -> FormRoutes {
    let mut routes = FormRoutes::default()
        .resumable_route("/payments/new/{id}", post(take_payment))
        .resumable_route("/payments/{id}/reverse", post(reverse_payment))
        .route("/bills/new/{id}", post(issue_bill))
        .resumable_route("/bills/{id}/credit", post(credit_bill))
        .resumable_route(PROVIDER, post(save_provider));
    routes.router = routes.router.route("/statements/{id}/csv", get(statement_csv));
    routes
}

/// The inputs of a form, by their names.
type Inputs = BTreeMap<String, String>;

/// What was typed, to be shown again.
fn typed(inputs: &Inputs) -> FormState {
    inputs
        .iter()
        .fold(FormState::new(), |state, (name, value)| state.with(name, value))
}

fn id_of(inputs: &Inputs, name: &str) -> Result<Uuid, AppError> {
    let id = inputs.get(name).and_then(|id| Uuid::parse_str(id).ok());
    id.ok_or_else(|| AppError::BadRequest(format!("the form has no {name}")))
}

/// The context of a sender who has a permission.
fn permitted(forms: &FormContext, parts: &Parts, permission: Permission) -> Result<AppContext, AppError> {
    let context = forms.for_request(parts);
    context.caller.require(permission)?;
    Ok(context)
}

async fn take_payment(
    State(forms): State<FormContext>,
    Path(customer): Path<Uuid>,
    parts: Parts,
    sent: FormBody<Inputs>,
) -> Response {
    let state = typed(&sent.form);
    if sent.is_resumed {
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let taken = async {
        let context = permitted(&forms, &parts, Permission::TakePayments)?;
        let id = id_of(&sent.form, field::ID)?;
        let value = |name: &str| state.value(name);
        match NewPayment::parse((id, customer), value, context.clock.today()) {
            Ok(payment) => payments::take(&context, payment).await.map(Ok),
            Err(errors) => Ok(Err(errors)),
        }
    };
    match taken.await {
        Ok(Ok(PaymentOutcome::Taken(receipt))) => {
            let message = format!(
                "Receipt {}: {} from {}",
                receipt.receipt,
                receipt.amount,
                isolated(&receipt.customer.name)
            );
            forms.redirect_with_message(&receipt_url(receipt.id), &FlashMessage::success(message))
        }
        Ok(Ok(PaymentOutcome::Refused { message, payment })) => {
            let state = state
                .with("other", &payment.id.to_string())
                .error(field::REFERENCE, message);
            forms.render_with(parts, StatusCode::CONFLICT, state).await
        }
        Ok(Err(errors)) => {
            let state = errors
                .into_iter()
                .fold(state, |state, (name, message)| state.error(name, message));
            forms.invalid(parts, state).await
        }
        Err(error) => forms.failed(parts, Some(&sent.body), state, error).await,
    }
}

async fn reverse_payment(
    State(forms): State<FormContext>,
    Path(id): Path<Uuid>,
    parts: Parts,
    sent: FormBody<Inputs>,
) -> Response {
    let state = typed(&sent.form);
    if sent.is_resumed {
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let reversed = async {
        let context = permitted(&forms, &parts, Permission::Bill)?;
        let today = context.clock.today();
        let day = parse_date(&state.value("day")).filter(|day| *day <= today);
        let reason = app::base::text::parse_text(&state.value("reason"), "the reason", 500);
        let to = PaymentState::parse(&state.value("state")).filter(|state| *state != PaymentState::Received);
        let (Some(day), Ok(reason), Some(to)) = (day, &reason, to) else {
            let state = state
                .clone()
                .error_if(
                    "day",
                    day.is_none()
                        .then(|| format!("Enter a day up to today, {}.", format_date(today))),
                )
                .error_if("reason", reason.err())
                .error_if("state", to.is_none().then_some("Choose what happened."));
            return Ok(Err(state));
        };
        let form = ReversalForm {
            payment: id,
            version: state.value("version").parse().unwrap_or_default(),
            state: to,
            day,
            reason: reason.clone(),
        };
        let reversed = payments::reverse(&context, form).await?;
        Ok(reversed.map_err(|message| state.clone().problem(message)))
    };
    match reversed.await {
        Ok(Ok(payment)) => {
            let message = format!("Receipt {} {}", payment.receipt, payment.state.as_str().to_lowercase());
            forms.redirect_with_message(&receipt_url(id), &FlashMessage::success(message))
        }
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.failed(parts, Some(&sent.body), state, error).await,
    }
}

async fn issue_bill(
    State(forms): State<FormContext>,
    Path(service): Path<Uuid>,
    parts: Parts,
    sent: FormBody<Inputs>,
) -> Response {
    let issued = async {
        let context = permitted(&forms, &parts, Permission::Bill)?;
        let day = |name: &str| sent.form.get(name).and_then(|day| parse_date(day));
        let period = day("from").zip(day("to")).map(|(from, to)| Period { from, to });
        let total = sent.form.get("total").and_then(|total| total.parse().ok());
        let (Some(period), Some(total)) = (period, total) else {
            return Err(AppError::BadRequest("this is not the form of a bill".into()));
        };
        let form = IssueForm {
            id: id_of(&sent.form, "id")?,
            service,
            period,
            total: Paise(total),
        };
        issue::issue(&context, form).await
    };
    match issued.await {
        Ok(IssueOutcome::Issued(bill)) => {
            let message = format!("Bill {}: {}", bill.number, bill.total);
            forms.redirect_with_message(&bill_url(bill.id), &FlashMessage::success(message))
        }
        Ok(IssueOutcome::Changed(preview)) => forms.render_with(parts, StatusCode::CONFLICT, *preview).await,
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

async fn credit_bill(
    State(forms): State<FormContext>,
    Path(id): Path<Uuid>,
    parts: Parts,
    sent: FormBody<Inputs>,
) -> Response {
    let state = typed(&sent.form);
    if sent.is_resumed {
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let credited = async {
        let context = permitted(&forms, &parts, Permission::Bill)?;
        let lines = credited_lines(&sent.form);
        let reason = app::base::text::parse_text(&state.value("reason"), "the reason", 500);
        let (Ok(lines), Ok(reason)) = (&lines, &reason) else {
            let state = state.clone().error_if("reason", reason.err());
            return Ok(Err(match lines {
                Ok(_) => state,
                Err(message) => state.problem(message),
            }));
        };
        let form = CreditForm {
            id: id_of(&sent.form, "id")?,
            bill: id,
            lines: lines.clone(),
            reason: reason.clone(),
        };
        let credited = credit::credit(&context, form).await?;
        Ok(credited.map_err(|message| state.clone().problem(message)))
    };
    match credited.await {
        Ok(Ok(note)) => {
            let message = format!("Credit note {}: {}", note.number, note.total);
            forms.redirect_with_message(&bill_url(note.id), &FlashMessage::success(message))
        }
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.failed(parts, Some(&sent.body), state, error).await,
    }
}

/// The lines of a credit note: those with more than nothing.
fn credited_lines(inputs: &Inputs) -> Result<Vec<(i16, Paise)>, String> {
    let mut lines = Vec::new();
    for (name, value) in inputs {
        let Some(number) = name.strip_prefix("line").and_then(|number| number.parse().ok()) else {
            continue;
        };
        let amount = Paise::parse(value).filter(|amount| amount.0 >= 0);
        let amount = amount.ok_or("Enter an amount for each line, or 0.")?;
        if amount.0 > 0 {
            lines.push((number, amount));
        }
    }
    match lines.is_empty() {
        true => Err("Enter what is credited of at least one line.".into()),
        false => Ok(lines),
    }
}

async fn save_provider(State(forms): State<FormContext>, parts: Parts, sent: FormBody<Inputs>) -> Response {
    let state = typed(&sent.form);
    if sent.is_resumed {
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let saved = async {
        let context = permitted(&forms, &parts, Permission::Administer)?;
        let version = state.value("version").parse().unwrap_or_default();
        let form = state.clone();
        let write = move |context: AppContext| async move { provider::save(&context, version, form).await };
        context.run_write(write).await
    };
    match saved.await {
        Ok(Ok(())) => forms.redirect_with_message(PROVIDER, &FlashMessage::success("Details saved".to_owned())),
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.failed(parts, Some(&sent.body), state, error).await,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Since {
    from: String,
}

async fn statement_csv(
    State(forms): State<FormContext>,
    Path(customer): Path<Uuid>,
    Query(since): Query<Since>,
    parts: Parts,
) -> Response {
    let read = async {
        let context = permitted(&forms, &parts, Permission::Browse)?;
        let from = parse_date(&since.from);
        context.with_deadline(read::statement(&context, customer, from)).await
    };
    match read.await {
        Ok(page) => {
            let name = format!("attachment; filename=\"statement-{}.csv\"", page.customer.reference);
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            (headers, csv(&page.statement)).into_response()
        }
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

/// A statement as comma-separated values: dates and amounts as programs read them.
fn csv(statement: &Statement) -> String {
    let rupees = |amount: Paise| {
        format!(
            "{}{}.{:02}",
            if amount.0 < 0 { "-" } else { "" },
            amount.0.abs() / 100,
            amount.0.abs() % 100
        )
    };
    let optional = |amount: Option<Paise>| amount.map(rupees).unwrap_or_default();
    let mut text = String::from("Date,Entry,Reference,Due,Billed,Paid or credited,Balance\r\n");
    if let Some(from) = statement.from {
        text.push_str(&format!("{from},Balance before,,,,,{}\r\n", rupees(statement.opening)));
    }
    for entry in &statement.entries {
        let (billed, paid) = entry.columns();
        let cells = [
            entry.day.to_string(),
            cell(&entry.kind.label()),
            cell(entry.reference.as_deref().unwrap_or_default()),
            entry.due_on.map(|day| day.to_string()).unwrap_or_default(),
            optional(billed),
            optional(paid),
            rupees(entry.balance),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A text as a cell. One that a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t']) {
        "'"
    } else {
        ""
    };
    let text = format!("{guard}{text}");
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula() {
        for (text, expected) in [
            ("Invoice", "Invoice"),
            ("Payment, UPI", "\"Payment, UPI\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }

    #[test]
    fn only_lines_with_an_amount_are_credited() {
        let inputs = |pairs: &[(&str, &str)]| -> Inputs {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let lines = credited_lines(&inputs(&[
            ("line1", "333.33"),
            ("line2", "0"),
            ("linex", "5"),
            ("reason", "x"),
        ]));
        assert_eq!(lines, Ok(vec![(1, Paise(33_333))]));
        for pairs in [&[("line1", "x")][..], &[("line1", "-1")], &[("line1", "0")], &[]] {
            assert!(credited_lines(&inputs(pairs)).is_err(), "{pairs:?}");
        }
    }
}
