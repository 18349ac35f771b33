//! A dialog around a small form that the browser itself submits. It closes to the page behind it.

use leptos::prelude::*;

use super::dialog::{CancelLink, ConfirmLeave, Dialog};
use super::form_state::{FormState, ReturnedForm};
use super::navigate::use_navigate_in_place;

/// How the dialog around a form closes.
#[derive(Clone, Copy)]
struct Closing {
    /// The address that it closes to.
    close_to: Signal<String>,
    /// Closes it, or asks first.
    close: Callback<()>,
}

/// The dialog.
#[component]
pub fn FormDialog(
    /// The heading.
    #[prop(into)]
    title: String,
    /// The address that it closes to.
    #[prop(into)]
    close_to: Signal<String>,
    /// The form.
    children: Children,
) -> impl IntoView {
    let returned = ReturnedForm::of_page();
    // The values of a returned form are as good as typed.
    let dirty = RwSignal::new(returned != FormState::default());
    let asking = RwSignal::new(false);
    let shows_secrets = !returned.shown_once.is_empty();
    let navigate = use_navigate_in_place();
    let leave = Callback::new(move |()| {
        asking.set(false);
        if shows_secrets {
            // The session may be at a later stage now: the page has to be loaded again.
            let _ = window().location().set_href(&close_to.get_untracked());
        } else {
            navigate(&close_to.get_untracked(), true);
        }
    });
    let close = Callback::new(move |()| {
        if dirty.get_untracked() {
            asking.set(true)
        } else {
            leave.run(())
        }
    });
    provide_context(Closing { close_to, close });
    view! {
        <Dialog title close_to=close_to on_close=close>
            <div class="dialog-body" on:input=move |_| dirty.set(true)>{children()}</div>
            <Show when=move || asking.get()>
                <footer><ConfirmLeave asking leave shows_secrets/></footer>
            </Show>
        </Dialog>
    }
}

/// The dialog's Cancel link, beside its submit button.
#[component]
pub fn Cancel() -> impl IntoView {
    let Closing { close_to, close } = expect_context();
    view! { <CancelLink close_to close/> }
}
