//! A customer's money on the customer's record: the balance and its age, the last bills and payments, and what can be done.

use leptos::prelude::*;
use uuid::Uuid;

use super::receipt::balance_text;
use super::statement::entry_link;
use crate::base::roles::Permission;
use crate::base::text::isolated;
use crate::base::time::{format_date, relative_days};
use crate::billing::api::get_customer_money;
use crate::billing::model::statement::{Entry, Summary};
use crate::billing::responses::{BillableService, CustomerMoney};
use crate::billing::routes::{issue_bill_url, statement_url, take_payment_url};
use crate::http::current_user::CurrentUser;
use crate::record::subject::PreparedExtra;
use crate::ui::error_view::ErrorAlert;
use crate::ui::latest_resource::LatestResource;
use crate::ui::refresh::RefreshCounter;

/// Asks for a customer's money, and gives the section.
pub fn customer_money(customer: Uuid) -> PreparedExtra {
    let changes = RefreshCounter::of_app();
    let money = LatestResource::new(
        move || (customer, changes.count()),
        |(customer, _)| Box::pin(get_customer_money(customer)),
    );
    let retry = Callback::new(move |()| money.refetch());
    let content = move || {
        money.get().map(|answer| match answer {
            Ok(money) => section(money),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    PreparedExtra {
        is_ready: Signal::derive(move || money.is_ready()),
        view: (move || content.into_any()).into(),
    }
}

fn section(money: CustomerMoney) -> AnyView {
    let CustomerMoney {
        customer,
        summary,
        last,
        services,
        today,
    } = money;
    let Summary {
        outstanding,
        oldest_unpaid_due_on,
        ..
    } = summary;
    let age = oldest_unpaid_due_on.filter(|_| outstanding.0 > 0).map(|due_on| {
        let days = relative_days(due_on, today);
        let text = if due_on < today {
            format!("since {}, {days}", format_date(due_on))
        } else {
            format!("due {days}")
        };
        view! { <span class="muted">{text}</span> }
    });
    let bill_now = CurrentUser::may(Permission::Bill).then(|| services.into_iter().map(bill_link).collect_view());
    let take = CurrentUser::may(Permission::TakePayments)
        .then(|| view! { <a class="button primary" href=take_payment_url(customer)>"Take payment"</a> });
    let rows = last.into_iter().map(row).collect_view();
    view! {
        <section class="card money" aria-label="Bills and payments">
            <div class="money-head">
                <h2 class=("due", outstanding.0 > 0)>{balance_text(outstanding)}</h2>
                {age}
                <div class="actions">{take} <a class="button" href=statement_url(customer, None)>"Statement"</a> {bill_now}</div>
            </div>
            <table class="plain-table">
                <caption class="visually-hidden">"Last bills and payments, newest first"</caption>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn row(entry: Entry) -> impl IntoView {
    view! {
        <tr>
            <td>{format_date(entry.day)}</td>
            <td>{entry_link(&entry)}</td>
            <td class="numeric">{entry.owed.to_string()}</td>
        </tr>
    }
}

fn bill_link(service: BillableService) -> impl IntoView {
    let label = format!(
        "Bill now: {}, from {}",
        isolated(&service.plan),
        format_date(service.next_bill_on)
    );
    view! { <a class="button" href=issue_bill_url(service.id) aria-label=label.clone() title=label.clone()>"Bill now"</a> }
}
