//! The toast at the bottom of the page: what was done, with Undo where it can be undone and a link where
//! something follows. It stays until the user dismisses it.

use leptos::prelude::*;

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
) -> impl IntoView {
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
        <div class="toasts" role="status" aria-live="polite">
            {move || toast.get().map(bar)}
        </div>
    }
}
