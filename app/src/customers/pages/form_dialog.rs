//! The dialog of a new customer and of an edit.

use leptos::{ev, ev::SubmitEvent, html, prelude::*, task::spawn_local};
use std::collections::HashMap;
use uuid::Uuid;

use super::desk::{Desk, use_go};
use super::form::FormBody;
use crate::customers::api::{open_customer_form, save_customer};
use crate::customers::submission::Submission;
use crate::customers::view::{CustomerForm, Outcome};
use crate::error::AppError;
use crate::ui::dialog::Dialog;
use crate::ui::dom::{focus, no_longer_wrong, sent};
use crate::ui::fault::Fault;
use crate::ui::notice::Notices;
use crate::ui::title::PageTitle;

/// What was typed into forms that were left without a decision (by the browser's Back), by customer; none stands for a new one.
/// It lives as long as the page.
#[derive(Clone, Copy)]
pub struct Unsaved(StoredValue<HashMap<Option<Uuid>, String>>);

impl Unsaved {
    /// Makes the place, for all pages below.
    pub fn provide() {
        provide_context(Self(StoredValue::new(HashMap::new())));
    }

    fn take(self, id: Option<Uuid>) -> Option<String> {
        self.0.try_update_value(|kept| kept.remove(&id)).flatten()
    }

    fn keep(self, id: Option<Uuid>, form: String) {
        self.0.update_value(|kept| {
            kept.insert(id, form);
        });
    }
}

/// The dialog; without an id, of a new customer.
#[component]
pub fn FormDialog(id: Option<Uuid>) -> impl IntoView {
    let desk = Desk::of_page();
    let unsaved = expect_context::<Unsaved>();
    let form = Resource::new_blocking(move || id, open_customer_form);
    let retry = Callback::new(move |()| form.refetch());
    let content = move || {
        form.get().map(|answer| match answer {
            Ok(form) => {
                let kept = unsaved.take(id).and_then(|body| Submission::parse(&body));
                let restored = kept.is_some();
                let form = kept.map_or(form, |kept| kept.again(Default::default(), None));
                view! { <Editor form restored new=id.is_none()/> }.into_any()
            }
            Err(error) => view! { <Failed error retry/> }.into_any(),
        })
    };
    view! { <Transition fallback=move || view! { <Opening close_to=desk.closed/> }>{content}</Transition> }
}

/// A dialog whose content is on its way.
#[component]
pub fn Opening(#[prop(into)] close_to: Signal<String>) -> impl IntoView {
    let go = use_go();
    let close = Callback::new(move |()| go(&close_to.get_untracked(), false));
    view! {
        <Dialog title="One moment…" close_to on_close=close waiting=true>
            <p class="loading" aria-busy="true">"Loading…"</p>
        </Dialog>
    }
}

/// A dialog whose content could not be had.
#[component]
pub fn Failed(error: AppError, retry: Callback<()>) -> impl IntoView {
    let desk = Desk::of_page();
    let go = use_go();
    let close = Callback::new(move |()| go(&desk.closed.get_untracked(), false));
    let (title, explanation) = match error {
        AppError::NotFound => (
            "Not found",
            Some("This customer does not exist, or was deleted meanwhile."),
        ),
        AppError::Forbidden => ("Not allowed", None),
        _ => ("Not available", None),
    };
    #[cfg(feature = "ssr")]
    error.set_status();
    view! {
        <Dialog title close_to=desk.closed on_close=close>
            <div class="fields">
                {match explanation {
                    Some(explanation) => view! {
                        <p>{explanation}</p>
                        <p class="ways"><a class="button" href="/customers/deleted">"Deleted customers"</a></p>
                    }.into_any(),
                    None => view! { <Fault error retry/> }.into_any(),
                }}
            </div>
        </Dialog>
    }
}

#[component]
fn Editor(form: CustomerForm, restored: bool, new: bool) -> impl IntoView {
    let desk = Desk::of_page();
    let unsaved = expect_context::<Unsaved>();
    let notices = Notices::of_app();
    let go = use_go();
    let id = form.id;
    let key = (!new).then_some(id);
    let element = NodeRef::<html::Form>::new();
    // What the form holds, as it would be sent: when it was opened, and now.
    let opened = StoredValue::new(None::<String>);
    let now = StoredValue::new(None::<String>);
    let must_ask = StoredValue::new(restored || form.problem.is_some() || !form.errors.is_empty());
    let dirty = move || must_ask.get_value() || (now.get_value().is_some() && now.get_value() != opened.get_value());
    let settled = StoredValue::new(false);
    let asking = RwSignal::new(false);
    let saving = RwSignal::new(false);
    let fault = RwSignal::new(None::<AppError>);
    let title = match &form.editing {
        Some(editing) => format!("Edit {}", editing.name),
        None => "New customer".to_owned(),
    };
    let aside = form.editing.as_ref().map(|editing| editing.account_number.to_string());
    // The form as it stands; a number tells one answer from the next, so that each is drawn afresh.
    let shown = RwSignal::new((0_u32, form));

    Effect::new(move |_| {
        shown.track();
        if let Some(form) = element.get() {
            let body = sent(&form);
            // What was brought back, or came back, is as good as typed.
            now.set_value(must_ask.get_value().then(|| body.clone()));
            opened.set_value(Some(body));
        }
    });
    let note = move |event: ev::Event| {
        no_longer_wrong(&event);
        if let Some(form) = element.get_untracked() {
            now.set_value(Some(sent(&form)));
        }
    };
    on_cleanup(move || {
        // Left by the browser's Back, or by a link: what was typed is there when the form is opened again.
        if !settled.get_value()
            && dirty()
            && let Some(body) = now.get_value()
        {
            unsaved.keep(key, body);
        }
    });
    warn_before_unload(move || !settled.get_value() && dirty());
    let leave = {
        let go = go.clone();
        move || {
            settled.set_value(true);
            go(&desk.closed.get_untracked(), false);
        }
    };
    let close = Callback::new({
        let leave = leave.clone();
        move |()| if dirty() { asking.set(true) } else { leave() }
    });
    let save = Callback::new(move |body: String| {
        if saving.get_untracked() {
            return;
        }
        saving.set(true);
        fault.set(None);
        let go = go.clone();
        spawn_local(async move {
            let answer = save_customer(body).await;
            // The dialog may have been left meanwhile; what was saved is told all the same.
            let left = saving.is_disposed();
            if !left && !matches!(answer, Ok(Outcome::Done { .. })) {
                saving.set(false);
            }
            match answer {
                Ok(Outcome::Done { deed, customer }) => {
                    settled.try_set_value(true);
                    unsaved.take(key);
                    notices.say(deed.told(&customer));
                    desk.changed(if new { "new".into() } else { format!("edit-{id}") });
                    if !left {
                        go(&desk.closed.get_untracked(), false);
                    }
                }
                _ if left => {}
                Ok(Outcome::Again(form)) => {
                    must_ask.set_value(true);
                    shown.update(|(number, shown)| {
                        *number += 1;
                        *shown = *form;
                    });
                }
                Err(error) => fault.set(Some(error)),
            }
        });
    });
    let again = Callback::new(move |()| {
        if let Some(form) = element.get_untracked() {
            save.run(sent(&form));
        }
    });
    // Sent by the browser itself: the server asks to sign in, keeps what was typed, and shows this form again afterwards.
    let sign_in_first = Callback::new(move |()| {
        if let Some(form) = element.get_untracked() {
            settled.set_value(true);
            let _ = form.submit();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        again.run(());
    };
    let drawn = move || {
        let (number, form) = shown.get();
        vec![(number, form)]
    };
    view! {
        <PageTitle text=title.clone()/>
        <Dialog title aside close_to=desk.closed on_close=close>
            <form
                id="customer-form" class="editor" method="post" novalidate node_ref=element on:submit=submit on:input=note
                aria-busy=move || saving.get().to_string()
            >
                <For each=drawn key=|(number, _)| *number let((number, form))>
                    <FormBody form first=number == 0 restored/>
                </For>
                {move || fault.get().map(|error| match error {
                    AppError::SignedOut => view! { <SignInFirst send=sign_in_first/> }.into_any(),
                    error => view! { <Fault error retry=again/> }.into_any(),
                })}
                <Buttons saving asking leave=Callback::new(move |()| leave()) close/>
            </form>
        </Dialog>
    }
}

/// The session has ended: the way back in, which keeps what was typed.
#[component]
fn SignInFirst(send: Callback<()>) -> impl IntoView {
    view! {
        <div class="fault" role="alert">
            <p>{AppError::SignedOut.to_string()}</p>
            <span class="ways">
                <button type="button" class="button primary" on:click=move |_| send.run(())>"Sign in and come back"</button>
            </span>
        </div>
    }
}

/// Save and Cancel; or, when typed text is about to be thrown away, the question.
#[component]
fn Buttons(saving: RwSignal<bool>, asking: RwSignal<bool>, leave: Callback<()>, close: Callback<()>) -> impl IntoView {
    let desk = Desk::of_page();
    let keep = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = keep.get() {
            let _ = button.focus();
        }
    });
    let cancel = move |event: ev::MouseEvent| {
        event.prevent_default();
        close.run(());
    };
    let question = move || {
        view! {
            <div class="ask" role="alertdialog" aria-labelledby="ask-text">
                <p id="ask-text">"Throw away what you typed?"</p>
                <button type="button" class="button danger" on:click=move |_| leave.run(())>"Throw away"</button>
                <button type="button" class="button primary" node_ref=keep on:click=move |_| { asking.set(false); focus("dialog-title") }>
                    "Keep editing"
                </button>
            </div>
        }
    };
    let buttons = move || {
        view! {
            <a class="button quiet" data-noscroll href=move || desk.closed.get() on:click=cancel>"Cancel"</a>
            <button class="button primary" aria-disabled=move || saving.get().to_string()>
                {move || if saving.get() { "Saving…" } else { "Save customer" }}
            </button>
        }
    };
    view! {
        <footer>
            <Show when=move || asking.get() fallback=buttons>{question()}</Show>
        </footer>
    }
}

/// The browser asks before it leaves the whole page.
fn warn_before_unload(dirty: impl Fn() -> bool + Copy + 'static) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::beforeunload, move |event| {
            if dirty() {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}
