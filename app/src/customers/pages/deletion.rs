//! The dialog that asks before a customer is deleted, and what takes it back.

use leptos::{ev, ev::SubmitEvent, prelude::*, task::spawn_local};
use uuid::Uuid;

use super::desk::{Desk, use_go};
use super::form_dialog::{Failed, Opening};
use crate::customers::api::{delete_customer, open_deletion, restore_customer};
use crate::customers::model::CustomerName;
use crate::customers::place;
use crate::customers::view::deed::Deed;
use crate::customers::view::{Deletion, Moved};
use crate::error::AppError;
use crate::ui::dialog::Dialog;
use crate::ui::dom::HEADING;
use crate::ui::fault::Fault;
use crate::ui::notice::{Notice, Notices};
use crate::ui::title::PageTitle;
use crate::units::Paise;

/// The notice of a deletion, with its Undo.
pub fn deleted_notice(customer: &CustomerName) -> Notice {
    Notice {
        text: Deed::Deleted.told(customer),
        failed: false,
        undo: Some(place::restore(customer.id)),
    }
}

/// Takes a deletion back, and says so in the notice.
pub fn restore_with_notice(id: Uuid, notices: Notices, changed: impl FnOnce() + 'static) {
    spawn_local(async move {
        let failed = |text: String| Notice {
            text,
            failed: true,
            undo: Some(place::restore(id)),
        };
        match restore_customer(id).await {
            Ok(Moved::Done(customer)) => {
                notices.say(Deed::Restored.told(&customer));
                changed();
            }
            Ok(Moved::Refused(problem)) => notices.show(failed(problem.message)),
            Err(error) => notices.show(failed(error.to_string())),
        }
    });
}

/// The dialog.
#[component]
pub fn DeleteDialog(id: Uuid) -> impl IntoView {
    let desk = Desk::of_page();
    let deletion = Resource::new_blocking(move || id, open_deletion);
    let retry = Callback::new(move |()| deletion.refetch());
    let content = move || {
        deletion.get().map(|answer| match answer {
            Ok(deletion) => view! { <Question deletion/> }.into_any(),
            Err(error) => view! { <Failed error retry/> }.into_any(),
        })
    };
    view! { <Transition fallback=move || view! { <Opening close_to=desk.closed/> }>{content}</Transition> }
}

#[component]
fn Question(deletion: Deletion) -> impl IntoView {
    let desk = Desk::of_page();
    let notices = Notices::of_app();
    let go = use_go();
    let Deletion { customer, referrals } = deletion;
    let (id, account) = (customer.id, customer.account_number);
    let name = customer.details.contact.name.clone();
    let busy = RwSignal::new(false);
    let fault = RwSignal::new(None::<AppError>);
    let refused = RwSignal::new(None::<String>);
    let close = Callback::new({
        let go = go.clone();
        move |()| go(&desk.closed.get_untracked(), false)
    });
    // The record behind is gone with the customer: then it is the list that shows what was done.
    let after = move || place::list(&desk.query.get_untracked());
    let delete = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        fault.set(None);
        let go = go.clone();
        spawn_local(async move {
            let answer = delete_customer(id).await;
            // Once it is done the dialog is on its way out: nothing in it moves any more.
            if !matches!(answer, Ok(Moved::Done(_))) {
                busy.try_set(false);
            }
            match answer {
                Ok(Moved::Done(customer)) => {
                    notices.show(deleted_notice(&customer));
                    // A record that is deleted is left, not asked for again.
                    if !desk.over_record.get_untracked() {
                        desk.changed(HEADING.into());
                    }
                    go(&after(), false);
                }
                Ok(Moved::Refused(problem)) => {
                    refused.try_set(Some(problem.message));
                    desk.changed(HEADING.into());
                }
                Err(error) => {
                    fault.try_set(Some(error));
                }
            }
        });
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        delete.run(());
    };
    let cancel = move |event: ev::MouseEvent| {
        event.prevent_default();
        close.run(());
    };
    let losses = losses(&customer.details, referrals);
    let title = format!("Delete {name}?");
    view! {
        <PageTitle text=format!("Delete {name}")/>
        <Dialog title aside=Some(account.to_string()) close_to=desk.closed on_close=close>
            <form id="delete-form" class="editor" method="post" on:submit=submit>
                <div class="fields">
                    {move || refused.get().map(|message| view! { <div class="summary" role="alert"><p>{message}</p></div> })}
                    <p>"With " {name} " go:"</p>
                    <ul class="losses">{losses.into_iter().map(|loss| view! { <li>{loss}</li> }).collect_view()}</ul>
                    <p class="sub">"You can undo this afterwards, and restore it later under Deleted customers."</p>
                    {move || fault.get().map(|error| view! { <Fault error retry=delete/> })}
                </div>
                <footer>
                    <a class="button quiet" data-noscroll href=move || desk.closed.get() on:click=cancel>"Cancel"</a>
                    <Show when=move || refused.with(Option::is_none)>
                        <button class="button danger" aria-disabled=move || busy.get().to_string()>
                            {move || if busy.get() { "Deleting…" } else { "Delete customer" }}
                        </button>
                    </Show>
                </footer>
            </form>
        </Dialog>
    }
}

/// What goes with a customer, a sentence each.
fn losses(details: &crate::customers::model::Details, referrals: i64) -> Vec<String> {
    let mut losses = vec![format!(
        "the {} plan at {}, {} a month",
        details.plan.plan_type, details.plan.speed, details.plan.price
    )];
    let owed = details.billing.outstanding;
    if owed > Paise(0) {
        losses.push(format!("{owed} outstanding"));
    }
    losses.push(match details.relationship.tickets {
        0 => "the record, which has no tickets".into(),
        1 => "the record with 1 ticket".into(),
        tickets => format!("the record with {tickets} tickets"),
    });
    if referrals > 0 {
        let whom = if referrals == 1 { "customer" } else { "customers" };
        losses.push(format!(
            "not the {referrals} {whom} referred by this one: they stay, with the number that referred them"
        ));
    }
    losses
}
