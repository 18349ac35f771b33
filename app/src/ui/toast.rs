//! The notice at the bottom of the page: what was done, with Undo where it can be undone. It stays until the user dismisses it.

use leptos::prelude::*;

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// A sentence.
    pub text: String,
    /// Whether it reports a failure.
    pub failed: bool,
    /// The address that undoes the action, by POST.
    pub undo: Option<String>,
}

/// Shows the application's notice. There is one at a time.
#[derive(Clone, Copy, Debug)]
pub struct Toasts(RwSignal<Option<Toast>>);

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

    /// Shows a success in place of the last notice.
    pub fn success(self, text: String) {
        self.show(Toast {
            text,
            failed: false,
            undo: None,
        });
    }

    /// Shows a notice in place of the last one.
    pub fn show(self, toast: Toast) {
        self.0.set(Some(toast));
    }

    /// Removes the notice.
    pub fn dismiss(self) {
        self.0.set(None);
    }

    /// The notice that is shown now.
    pub fn current(self) -> Option<Toast> {
        self.0.get()
    }
}

/// Renders the notice.
#[component]
pub fn ToastBar(
    /// The notice. The live region is there without one too, so that a screen reader announces the next.
    #[prop(into)]
    toast: Signal<Option<Toast>>,
    /// Undoes the action, given its address. Called with script only.
    #[prop(into)]
    undo: Callback<String>,
    /// Removes the notice.
    #[prop(into)]
    dismiss: Callback<()>,
) -> impl IntoView {
    let bar = move |toast: Toast| {
        let undo_form = toast.undo.map(|address| {
            let action = address.clone();
            let submit = move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                undo.run(action.clone());
            };
            view! {
                <form method="post" action=address on:submit=submit>
                    <button>"Undo"</button>
                </form>
            }
        });
        view! {
            <div class="notice" class:failed=toast.failed>
                <p>{toast.text}</p>
                {undo_form}
                <button class="dismiss scripted" aria-label="Dismiss" on:click=move |_| dismiss.run(())>
                    "×"
                </button>
            </div>
        }
    };
    view! {
        <div class="notices" role="status" aria-live="polite">
            {move || toast.get().map(bar)}
        </div>
    }
}
