//! The notice at the foot of the page: what was done, with Undo where there is one. It stays until it is dismissed.

use leptos::prelude::*;

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// A sentence.
    pub text: String,
    /// Whether it tells of a failure.
    pub failed: bool,
    /// The address that takes back what was done, by POST.
    pub undo: Option<String>,
}

/// The place of the notice, for every page.
#[derive(Clone, Copy, Debug)]
pub struct Notices(RwSignal<Option<Notice>>);

impl Notices {
    /// Makes the place, for all pages below.
    pub fn provide() -> Self {
        let notices = Self(RwSignal::new(None));
        provide_context(notices);
        notices
    }

    /// The place that the application provides.
    pub fn of_app() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(None)))
    }

    /// Shows a notice in place of the last one.
    pub fn say(self, text: String) {
        self.show(Notice {
            text,
            failed: false,
            undo: None,
        });
    }

    /// Shows a notice in place of the last one.
    pub fn show(self, notice: Notice) {
        self.0.set(Some(notice));
    }

    /// Takes the notice away.
    pub fn dismiss(self) {
        self.0.set(None);
    }

    /// The notice that is shown.
    pub fn shown(self) -> Option<Notice> {
        self.0.get()
    }
}

/// Draws a notice; `undo` is what the button does with script.
#[component]
pub fn NoticeBar(
    /// The notice; the bar stands empty without one, so that a screen reader hears the next.
    #[prop(into)]
    notice: Signal<Option<Notice>>,
    /// Takes back what was done.
    #[prop(into)]
    undo: Callback<String>,
    /// Takes the notice away.
    #[prop(into)]
    dismiss: Callback<()>,
) -> impl IntoView {
    let bar = move |notice: Notice| {
        let undo_form = notice.undo.map(|address| {
            let target = address.clone();
            let take_back = move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                undo.run(target.clone());
            };
            view! {
                <form method="post" action=address on:submit=take_back>
                    <button>"Undo"</button>
                </form>
            }
        });
        view! {
            <div class="notice" class:failed=notice.failed>
                <p>{notice.text}</p>
                {undo_form}
                <button class="dismiss scripted" aria-label="Dismiss" on:click=move |_| dismiss.run(())>
                    "×"
                </button>
            </div>
        }
    };
    view! {
        <div class="notices" role="status" aria-live="polite">
            {move || notice.get().map(bar)}
        </div>
    }
}
