//! A dialog around a small form that the browser itself submits. It closes to the page behind it.

use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::dialog::Dialog;
use super::form_state::{FormState, ReturnedForm};

/// The address that the dialog closes to.
#[derive(Clone, Copy)]
struct CloseTarget(&'static str);

/// The dialog.
#[component]
pub fn FormDialog(
    /// The heading.
    #[prop(into)]
    title: String,
    /// The address that it closes to.
    close_to: &'static str,
    /// The form.
    children: Children,
) -> impl IntoView {
    let returned = ReturnedForm::of_page();
    // The values of a returned form are as good as typed.
    let dirty = RwSignal::new(returned != FormState::default());
    let confirming = RwSignal::new(false);
    let shows_secrets = !returned.shown_once.is_empty();
    provide_context(CloseTarget(close_to));
    provide_context(UnsavedGuard {
        dirty,
        confirming,
        shows_secrets,
    });
    let leave = use_leave();
    let on_close = Callback::new(move |()| {
        if dirty.get_untracked() {
            confirming.set(true)
        } else {
            leave()
        }
    });
    view! {
        <Dialog title close_to=close_to.to_owned() on_close>
            <div class="dialog-body" on:input=move |_| dirty.set(true)>{children()}</div>
            <Show when=move || confirming.get()><ConfirmLeave/></Show>
        </Dialog>
    }
}

/// Keeps a dialog open until the user confirms that its content may be lost.
#[derive(Clone, Copy)]
struct UnsavedGuard {
    /// Whether the user typed anything.
    dirty: RwSignal<bool>,
    /// Whether the user is being asked.
    confirming: RwSignal<bool>,
    /// Whether the dialog shows secrets that are not shown again.
    shows_secrets: bool,
}

fn use_leave() -> impl Fn() + Clone {
    let close_to = expect_context::<CloseTarget>().0;
    let navigate = use_navigate();
    let UnsavedGuard {
        confirming,
        shows_secrets,
        ..
    } = expect_context();
    move || {
        confirming.set(false);
        if shows_secrets {
            // The session may be at a later stage now: the page has to be loaded again.
            let _ = window().location().set_href(close_to);
            return;
        }
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(close_to, options);
    }
}

/// Asks before typed text, or a secret, is lost.
#[component]
fn ConfirmLeave() -> impl IntoView {
    let leave = use_leave();
    let UnsavedGuard {
        confirming,
        shows_secrets,
        ..
    } = expect_context();
    let (question, leave_label, stay_label) = if shows_secrets {
        ("Close this? It is not shown again.", "Close", "Keep it open")
    } else {
        ("Throw away what you typed?", "Throw away", "Keep editing")
    };
    let stay = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = stay.get() {
            let _ = button.focus();
        }
    });
    view! {
        <footer>
            <div class="confirm" role="alertdialog" aria-labelledby="ask-text">
                <p id="ask-text">{question}</p>
                <button type="button" class="button danger" on:click=move |_| leave()>{leave_label}</button>
                <button type="button" class="button primary" node_ref=stay on:click=move |_| confirming.set(false)>{stay_label}</button>
            </div>
        </footer>
    }
}

/// The dialog's Cancel link, beside its submit button.
#[component]
pub fn Cancel() -> impl IntoView {
    let close_to = expect_context::<CloseTarget>().0;
    let leave = use_leave();
    let UnsavedGuard { dirty, confirming, .. } = expect_context();
    let cancel = move |event: ev::MouseEvent| {
        event.prevent_default();
        if dirty.get_untracked() {
            confirming.set(true)
        } else {
            leave()
        }
    };
    view! { <a class="button quiet" data-noscroll href=close_to on:click=cancel>"Cancel"</a> }
}
