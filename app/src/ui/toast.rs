//! The toast at the bottom of the page: what was done, with Undo where it can be undone and a link where
//! something follows. What can be undone stays until the user dismisses it; the others go.

use std::time::Duration;

use leptos::{html, prelude::*};

use super::dom::focused;

use crate::http::current_user::ExpectedUser;
use crate::http::flash::FlashMessage;

/// Shows the application's toast. There is one at a time.
#[derive(Clone, Copy, Debug)]
pub struct Toasts(RwSignal<Option<FlashMessage>>);

impl Toasts {
    /// Provides it to all pages below.
    pub fn provide() -> Self {
        let toasts = Self(RwSignal::new(None));
        provide_context(toasts);
        toasts
    }

    /// The one that the application provides.
    pub fn of_app() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(None)))
    }

    /// Shows a toast in place of the last one.
    pub fn show(self, toast: FlashMessage) {
        self.0.set(Some(toast));
    }

    /// Removes the toast.
    pub fn dismiss(self) {
        self.0.set(None);
    }

    /// The toast that is shown now.
    pub fn current(self) -> Option<FlashMessage> {
        self.0.get()
    }
}

/// Renders the toast.
#[component]
pub fn ToastBar(
    /// The toast. The live region is there without one too, so that a screen reader announces the next.
    #[prop(into)]
    toast: Signal<Option<FlashMessage>>,
    /// Undoes the action, given its address. Called with script only.
    #[prop(into)]
    undo: Callback<String>,
    /// Removes the toast.
    #[prop(into)]
    dismiss: Callback<()>,
    /// Removes the toast when its time is over, and leaves the focus where it is.
    #[prop(into)]
    expire: Callback<()>,
) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    expire_unused(toast, element, expire);
    let bar = move |toast: FlashMessage| {
        let undo_form = toast.undo.map(|address| {
            let action = address.clone();
            let submit = move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                undo.run(action.clone());
            };
            view! {
                <form method="post" action=address on:submit=submit>
                    <ExpectedUser/>
                    <button>"Undo"</button>
                </form>
            }
        });
        view! {
            <div class="toast" class:failed=toast.failed>
                <p>{toast.text}</p>
                {toast.next.map(|(label, address)| view! { <a href=address data-noscroll>{label}</a> })}
                {undo_form}
                <button class="dismiss script-only" aria-label="Dismiss" on:click=move |_| dismiss.run(())>
                    "×"
                </button>
            </div>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite" node_ref=element>
            {move || toast.get().map(bar)}
        </div>
    }
}

/// How many seconds a toast stays that cannot be undone.
const SECONDS: u32 = 10;

/// Removes a toast that cannot be undone once it has been there for a while and nobody points at it or has the focus in it.
fn expire_unused(toast: Signal<Option<FlashMessage>>, element: NodeRef<html::Div>, expire: Callback<()>) {
    let unused = StoredValue::new(0);
    let tick = move || {
        let Some(Some(element)) = element.try_get_untracked() else {
            return;
        };
        let is_hovered = element
            .query_selector(".toast:hover")
            .is_ok_and(|toast| toast.is_some());
        let is_focused = focused().is_some_and(|focused| element.contains(Some(&focused)));
        let seconds = if is_hovered || is_focused {
            0
        } else {
            unused.get_value() + 1
        };
        unused.set_value(seconds);
        if seconds >= SECONDS {
            expire.run(());
        }
    };
    Effect::new(move |_| {
        unused.set_value(0);
        if toast.with(|toast| toast.as_ref().is_some_and(|toast| toast.undo.is_none())) {
            let timer = set_interval_with_handle(tick, Duration::from_secs(1)).ok();
            on_cleanup(move || timer.into_iter().for_each(|timer| timer.clear()));
        }
    });
}
