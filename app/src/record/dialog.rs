//! The dialog of a new record and of an edit.

use futures::future::join;
use leptos::{ev, ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_location;
use uuid::Uuid;

use super::answer_dialog::answer_dialog;
use super::choices::Choices;
use super::form::FormBody;
use super::responses::{RecordForm, SaveOutcome};
use super::subject::SubjectPages;
use crate::base::error::AppError;
use crate::http::flash::FlashMessage;
use crate::list::page_context::{PageContext, use_close};
use crate::list::query::WITH;
use crate::ui::dialog::{CancelLink, ConfirmLeave, Dialog};
use crate::ui::dom::clear_invalid;
use crate::ui::error_view::ErrorAlert;
use crate::ui::latest_resource::Answer;
use crate::ui::sending::Sending;
use crate::ui::title::PageTitle;
use crate::ui::toast::Toasts;
use crate::ui::unsaved::{OpenForm, UnsavedDrafts};

/// The dialog; without an id, of a new record.
#[component]
pub fn RecordDialog(id: Option<Uuid>) -> impl IntoView {
    let SubjectPages {
        spec, form, choices, ..
    } = SubjectPages::of_page();
    let unsaved = UnsavedDrafts::of_app();
    let search = use_location().search;
    let editor = move |(form, choices): (RecordForm, Choices)| {
        provide_context(choices);
        let body = unsaved.take((spec.path, id));
        let typed = body.and_then(|body| RecordForm::parse(spec, &body));
        let restored = typed.is_some();
        let mut form = typed.unwrap_or(form);
        if !restored && !form.is_rejected() {
            search.with_untracked(|search| preset(&mut form, search));
        }
        view! { <Editor form restored is_new=id.is_none()/> }.into_any()
    };
    // Without options a form still holds all that was typed.
    let fetch = move || -> Answer<(RecordForm, Choices)> {
        let choices = choices.map(|choices| choices());
        let form = form(id);
        Box::pin(async move {
            let choices = async move {
                match choices {
                    Some(choices) => choices.await.unwrap_or_default(),
                    None => Choices::default(),
                }
            };
            let (form, choices) = join(form, choices).await;
            Ok((form?, choices))
        })
    };
    answer_dialog(fetch, editor)
}

/// Puts the values that an address brings into a form.
fn preset(form: &mut RecordForm, search: &str) {
    for (key, value) in form_urlencoded::parse(search.trim_start_matches('?').as_bytes()) {
        if let Some(field) = key.strip_prefix(WITH) {
            form.draft.put(field, value);
        }
    }
}

#[component]
fn Editor(form: RecordForm, restored: bool, is_new: bool) -> impl IntoView {
    let PageContext { spec, close_url, .. } = PageContext::of_page();
    let title = match &form.base {
        Some(base) => format!("Edit {}", base.record.name),
        None => format!("New {}", spec.singular),
    };
    let subtitle = form.base.as_ref().map(|base| base.record.reference.clone());
    let id = (!is_new).then_some(form.id);
    let rejected = form.is_rejected();
    // The form as it stands; a number tells one answer from the next, so that each is drawn afresh.
    let shown = RwSignal::new((0_u32, form));
    let is_typed = move || shown.with(|(number, _)| *number > 0 || restored || rejected);
    let form = OpenForm::new((spec.path, id), is_typed);
    let sending = Sending::new();
    let save = use_save(id, form, sending, move |answer| {
        shown.try_update(|(number, shown)| {
            *number += 1;
            *shown = answer;
        });
    });
    let asking = RwSignal::new(false);
    let close_page = use_close();
    let leave = Callback::new(move |()| {
        form.settle();
        close_page.run(());
    });
    let close = Callback::new(move |()| {
        if form.is_unsaved() {
            asking.set(true)
        } else {
            leave.run(())
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        save.run(());
    };
    let on_input = move |event: ev::Event| {
        clear_invalid(&event);
        form.note_input();
    };
    let failure_view = move || sending.failure.get().map(|error| failure_view(error, form, save));
    view! {
        <PageTitle text=title.clone()/>
        <Dialog title subtitle close_to=close_url on_close=close>
            <form
                id=format!("{}-form", spec.singular) class="editor" method="post" novalidate node_ref=form.element
                on:submit=on_submit on:input=on_input aria-busy=move || sending.is_busy.get().to_string()
            >
                <For each=move || vec![shown.get()] key=|(number, _)| *number let((number, form))>
                    <FormBody form first=number == 0 restored/>
                </For>
                {failure_view}
                <Buttons is_saving=sending.is_busy asking leave close/>
            </form>
        </Dialog>
    }
}

/// Saves a form (of a new record: no id) and closes its dialog; `show` is given the form that could not be saved.
fn use_save(
    id: Option<Uuid>,
    form: OpenForm,
    sending: Sending,
    show: impl Fn(RecordForm) + Copy + Send + Sync + 'static,
) -> Callback<()> {
    let SubjectPages { spec, save, .. } = SubjectPages::of_page();
    let page = PageContext::of_page();
    let unsaved = UnsavedDrafts::of_app();
    let toasts = Toasts::of_app();
    let close_page = use_close();
    let saved = move |outcome| match outcome {
        SaveOutcome::Done { action, record } => {
            form.settle();
            unsaved.take((spec.path, id));
            // The dialog may have been left meanwhile; what was saved is reported all the same.
            toasts.show(FlashMessage::success(action.message(spec, &record)));
            page.notify_changed(id.map_or("new".into(), |id| format!("edit-{id}")));
            close_page.try_run(());
            true
        }
        SaveOutcome::Invalid(form) => {
            show(*form);
            false
        }
    };
    Callback::new(move |()| {
        if let Some(body) = form.body() {
            sending.send(save(body), saved);
        }
    })
}

fn failure_view(error: AppError, form: OpenForm, save: Callback<()>) -> AnyView {
    match error {
        AppError::SignedOut => view! { <SignInFirst form/> }.into_any(),
        error => view! { <ErrorAlert error retry=save/> }.into_any(),
    }
}

/// The session has ended: the way to sign in again, which keeps what was typed.
#[component]
fn SignInFirst(form: OpenForm) -> impl IntoView {
    // Sent by the browser itself: the server asks to sign in, keeps what was typed, and shows this form again afterwards.
    let send = move |_| {
        if let Some(element) = form.element.get_untracked() {
            form.settle();
            let _ = element.submit();
        }
    };
    view! {
        <div class="alert" role="alert">
            <p>{AppError::SignedOut.to_string()}</p>
            <span class="actions">
                <button type="button" class="button primary" on:click=send>"Sign in and come back"</button>
            </span>
        </div>
    }
}

/// Save and Cancel; or, when typed text is about to be thrown away, the question.
#[component]
fn Buttons(
    is_saving: RwSignal<bool>,
    asking: RwSignal<bool>,
    leave: Callback<()>,
    close: Callback<()>,
) -> impl IntoView {
    let page = PageContext::of_page();
    let save_label = move || {
        if is_saving.get() {
            "Saving…".to_owned()
        } else {
            format!("Save {}", page.spec.singular)
        }
    };
    let buttons = move || {
        view! {
            <CancelLink close_to=page.close_url close/>
            <button class="button primary" aria-disabled=move || is_saving.get().to_string()>{save_label}</button>
        }
    };
    view! {
        <footer>
            <Show when=move || asking.get() fallback=buttons><ConfirmLeave asking leave/></Show>
        </footer>
    }
}
