//! The dialog of a new record and of an edit.

use leptos::{ev, ev::SubmitEvent, html, prelude::*, task::spawn_local};
use uuid::Uuid;

use super::actions::RecordActions;
use super::form::FormBody;
use super::responses::{RecordForm, SaveOutcome};
use super::submission::Submission;
use super::unsaved::UnsavedDrafts;
use crate::base::error::AppError;
use crate::list::page_context::{PageContext, use_navigate_in_place};
use crate::list::routes::deleted_url;
use crate::ui::dialog::Dialog;
use crate::ui::dom::{clear_invalid, focus, serialize_form};
use crate::ui::error_view::ErrorAlert;
use crate::ui::title::PageTitle;
use crate::ui::toast::Toasts;

/// The dialog; without an id, of a new record.
#[component]
pub fn RecordDialog(actions: &'static RecordActions, id: Option<Uuid>) -> impl IntoView {
    let page = PageContext::of_page();
    let unsaved = UnsavedDrafts::of_app();
    let form = Resource::new_blocking(move || id, actions.form);
    let retry = Callback::new(move |()| form.refetch());
    let content = move || {
        form.get().map(|answer| match answer {
            Ok(form) => {
                let body = unsaved.take((actions.spec.path, id));
                let typed = body.and_then(|body| Submission::parse(actions.spec, &body));
                let restored = typed.is_some();
                let form = typed.map_or(form, |typed| typed.with_errors(Default::default(), None));
                view! { <Editor actions form restored is_new=id.is_none()/> }.into_any()
            }
            Err(error) => view! { <ErrorDialog error retry/> }.into_any(),
        })
    };
    view! { <Transition fallback=move || view! { <LoadingDialog close_to=page.close_url/> }>{content}</Transition> }
}

/// A dialog whose content is loading.
#[component]
pub fn LoadingDialog(#[prop(into)] close_to: Signal<String>) -> impl IntoView {
    let navigate = use_navigate_in_place();
    let close = Callback::new(move |()| navigate(&close_to.get_untracked(), false));
    view! {
        <Dialog title="One moment…" close_to on_close=close loading=true>
            <p class="loading" aria-busy="true">"Loading…"</p>
        </Dialog>
    }
}

/// A dialog whose content could not be loaded.
#[component]
pub fn ErrorDialog(error: AppError, retry: Callback<()>) -> impl IntoView {
    let page = PageContext::of_page();
    let navigate = use_navigate_in_place();
    let close = Callback::new(move |()| navigate(&page.close_url.get_untracked(), false));
    let (title, is_gone) = match error {
        AppError::NotFound => ("Not found", true),
        AppError::Forbidden => ("Not allowed", false),
        _ => ("Not available", false),
    };
    error.set_status();
    let content = if is_gone {
        let spec = page.spec;
        view! {
            <p>{format!("This {} does not exist, or was deleted meanwhile.", spec.singular)}</p>
            <p class="actions"><a class="button" href=deleted_url(spec)>{format!("Deleted {}", spec.plural)}</a></p>
        }
        .into_any()
    } else {
        view! { <ErrorAlert error retry/> }.into_any()
    };
    view! {
        <Dialog title close_to=page.close_url on_close=close>
            <div class="fields">{content}</div>
        </Dialog>
    }
}

#[component]
fn Editor(actions: &'static RecordActions, form: RecordForm, restored: bool, is_new: bool) -> impl IntoView {
    let page = PageContext::of_page();
    let unsaved = UnsavedDrafts::of_app();
    let toasts = Toasts::of_app();
    let navigate = use_navigate_in_place();
    let spec = actions.spec;
    let id = form.id;
    let key = (spec.path, (!is_new).then_some(id));
    let element = NodeRef::<html::Form>::new();
    // The form's body: when it was opened, and now.
    let opened = StoredValue::new(None::<String>);
    let now = StoredValue::new(None::<String>);
    let always_asks = StoredValue::new(restored || form.is_rejected());
    let is_dirty =
        move || always_asks.get_value() || (now.get_value().is_some() && now.get_value() != opened.get_value());
    let is_settled = StoredValue::new(false);
    let asking = RwSignal::new(false);
    let saving = RwSignal::new(false);
    let failure = RwSignal::new(None::<AppError>);
    let title = match &form.base {
        Some(base) => format!("Edit {}", base.record.name),
        None => format!("New {}", spec.singular),
    };
    let subtitle = form.base.as_ref().map(|base| base.record.reference.clone());
    // The form as it stands; a number tells one answer from the next, so that each is drawn afresh.
    let shown = RwSignal::new((0_u32, form));

    Effect::new(move |_| {
        shown.track();
        if let Some(form) = element.get() {
            let body = serialize_form(&form);
            // What was restored, or rejected, is as good as typed.
            now.set_value(always_asks.get_value().then(|| body.clone()));
            opened.set_value(Some(body));
        }
    });
    let on_input = move |event: ev::Event| {
        clear_invalid(&event);
        if let Some(form) = element.get_untracked() {
            now.set_value(Some(serialize_form(&form)));
        }
    };
    on_cleanup(move || {
        // Left by the browser's Back, or by a link.
        if !is_settled.get_value()
            && is_dirty()
            && let Some(body) = now.get_value()
        {
            unsaved.insert(key, body);
        }
    });
    warn_before_unload(move || !is_settled.get_value() && is_dirty());
    let leave = Callback::new({
        let navigate = navigate.clone();
        move |()| {
            is_settled.set_value(true);
            navigate(&page.close_url.get_untracked(), false);
        }
    });
    let close = Callback::new(move |()| if is_dirty() { asking.set(true) } else { leave.run(()) });
    let save = Callback::new(move |body: String| {
        if saving.get_untracked() {
            return;
        }
        saving.set(true);
        failure.set(None);
        let navigate = navigate.clone();
        spawn_local(async move {
            let answer = (actions.save)(body).await;
            // The dialog may have been left meanwhile; what was saved is reported all the same.
            let is_left = saving.is_disposed();
            if !is_left && !matches!(answer, Ok(SaveOutcome::Done { .. })) {
                saving.set(false);
            }
            match answer {
                Ok(SaveOutcome::Done { action, record }) => {
                    is_settled.try_set_value(true);
                    unsaved.take(key);
                    toasts.success(action.message(spec, &record));
                    page.notify_changed(if is_new { "new".into() } else { format!("edit-{id}") });
                    if !is_left {
                        navigate(&page.close_url.get_untracked(), false);
                    }
                }
                _ if is_left => {}
                Ok(SaveOutcome::Invalid(form)) => {
                    always_asks.set_value(true);
                    shown.update(|(number, shown)| {
                        *number += 1;
                        *shown = *form;
                    });
                }
                Err(error) => failure.set(Some(error)),
            }
        });
    });
    let submit = Callback::new(move |()| {
        if let Some(form) = element.get_untracked() {
            save.run(serialize_form(&form));
        }
    });
    // Sent by the browser itself: the server asks to sign in, keeps what was typed, and shows this form again afterwards.
    let sign_in_first = Callback::new(move |()| {
        if let Some(form) = element.get_untracked() {
            is_settled.set_value(true);
            let _ = form.submit();
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        submit.run(());
    };
    let failure_view = move || {
        failure.get().map(|error| match error {
            AppError::SignedOut => view! { <SignInFirst send=sign_in_first/> }.into_any(),
            error => view! { <ErrorAlert error retry=submit/> }.into_any(),
        })
    };
    view! {
        <PageTitle text=title.clone()/>
        <Dialog title subtitle close_to=page.close_url on_close=close>
            <form
                id=format!("{}-form", spec.singular) class="editor" method="post" novalidate node_ref=element on:submit=on_submit
                on:input=on_input aria-busy=move || saving.get().to_string()
            >
                <For each=move || vec![shown.get()] key=|(number, _)| *number let((number, form))>
                    <FormBody form actions first=number == 0 restored/>
                </For>
                {failure_view}
                <Buttons saving asking leave close/>
            </form>
        </Dialog>
    }
}

/// The session has ended: the way to sign in again, which keeps what was typed.
#[component]
fn SignInFirst(send: Callback<()>) -> impl IntoView {
    view! {
        <div class="alert" role="alert">
            <p>{AppError::SignedOut.to_string()}</p>
            <span class="actions">
                <button type="button" class="button primary" on:click=move |_| send.run(())>"Sign in and come back"</button>
            </span>
        </div>
    }
}

/// Save and Cancel; or, when typed text is about to be thrown away, the question.
#[component]
fn Buttons(saving: RwSignal<bool>, asking: RwSignal<bool>, leave: Callback<()>, close: Callback<()>) -> impl IntoView {
    let page = PageContext::of_page();
    let stay = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = stay.get() {
            let _ = button.focus();
        }
    });
    let cancel = move |event: ev::MouseEvent| {
        event.prevent_default();
        close.run(());
    };
    let keep_editing = move |_| {
        asking.set(false);
        focus("dialog-title");
    };
    let question = move || {
        view! {
            <div class="confirm" role="alertdialog" aria-labelledby="ask-text">
                <p id="ask-text">"Throw away what you typed?"</p>
                <button type="button" class="button danger" on:click=move |_| leave.run(())>"Throw away"</button>
                <button type="button" class="button primary" node_ref=stay on:click=keep_editing>"Keep editing"</button>
            </div>
        }
    };
    let save_label = move || {
        if saving.get() {
            "Saving…".to_owned()
        } else {
            format!("Save {}", page.spec.singular)
        }
    };
    let buttons = move || {
        view! {
            <a class="button quiet" data-noscroll href=move || page.close_url.get() on:click=cancel>"Cancel"</a>
            <button class="button primary" aria-disabled=move || saving.get().to_string()>{save_label}</button>
        }
    };
    view! {
        <footer>
            <Show when=move || asking.get() fallback=buttons>{question()}</Show>
        </footer>
    }
}

/// The browser asks before it leaves the whole page.
fn warn_before_unload(is_dirty: impl Fn() -> bool + Copy + 'static) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::beforeunload, move |event| {
            if is_dirty() {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}
