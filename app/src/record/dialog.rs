//! The dialog of a new record and of an edit.

use leptos::{ev, ev::SubmitEvent, prelude::*, task::spawn_local};
use uuid::Uuid;

use super::actions::RecordActions;
use super::answer_dialog::answer_dialog;
use super::form::FormBody;
use super::responses::{RecordForm, SaveOutcome};
use super::submission::Submission;
use super::unsaved::{OpenForm, UnsavedDrafts};
use crate::base::error::AppError;
use crate::list::page_context::{PageContext, use_close};
use crate::ui::dialog::{CancelLink, ConfirmLeave, Dialog};
use crate::ui::dom::clear_invalid;
use crate::ui::error_view::ErrorAlert;
use crate::ui::title::PageTitle;
use crate::ui::toast::Toasts;

/// The dialog; without an id, of a new record.
#[component]
pub fn RecordDialog(actions: &'static RecordActions, id: Option<Uuid>) -> impl IntoView {
    let unsaved = UnsavedDrafts::of_app();
    let editor = move |form: RecordForm| {
        let body = unsaved.take((actions.spec.path, id));
        let typed = body.and_then(|body| Submission::parse(actions.spec, &body));
        let restored = typed.is_some();
        let form = typed.map_or(form, |typed| typed.with_errors(Default::default(), None));
        view! { <Editor actions form restored is_new=id.is_none()/> }.into_any()
    };
    answer_dialog(move || (actions.form)(id), editor)
}

#[component]
fn Editor(actions: &'static RecordActions, form: RecordForm, restored: bool, is_new: bool) -> impl IntoView {
    let spec = actions.spec;
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
    let Saving { saving, failure, save } = use_save(actions, id, form, move |answer| {
        shown.update(|(number, shown)| {
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
    let failure_view = move || {
        failure.get().map(|error| match error {
            AppError::SignedOut => view! { <SignInFirst form/> }.into_any(),
            error => view! { <ErrorAlert error retry=save/> }.into_any(),
        })
    };
    view! {
        <PageTitle text=title.clone()/>
        <Dialog title subtitle close_to=PageContext::of_page().close_url on_close=close>
            <form
                id=format!("{}-form", spec.singular) class="editor" method="post" novalidate node_ref=form.element
                on:submit=on_submit on:input=on_input aria-busy=move || saving.get().to_string()
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

/// How a form is saved.
struct Saving {
    /// Whether an answer is on its way.
    saving: RwSignal<bool>,
    /// Why there was none.
    failure: RwSignal<Option<AppError>>,
    /// Saves the form as it stands.
    save: Callback<()>,
}

/// Saves a form (of a new record: no id) and closes its dialog; `show` is given the form that could not be saved.
fn use_save(
    actions: &'static RecordActions,
    id: Option<Uuid>,
    form: OpenForm,
    show: impl Fn(RecordForm) + Copy + Send + Sync + 'static,
) -> Saving {
    let page = PageContext::of_page();
    let unsaved = UnsavedDrafts::of_app();
    let toasts = Toasts::of_app();
    let close_page = use_close();
    let saving = RwSignal::new(false);
    let failure = RwSignal::new(None::<AppError>);
    let save = Callback::new(move |()| {
        let Some(body) = form.body().filter(|_| !saving.get_untracked()) else {
            return;
        };
        saving.set(true);
        failure.set(None);
        spawn_local(async move {
            let answer = (actions.save)(body).await;
            // The dialog may have been left meanwhile; what was saved is reported all the same.
            let is_left = saving.is_disposed();
            if !is_left && !matches!(answer, Ok(SaveOutcome::Done { .. })) {
                saving.set(false);
            }
            match answer {
                Ok(SaveOutcome::Done { action, record }) => {
                    form.settle();
                    unsaved.take((actions.spec.path, id));
                    toasts.success(action.message(actions.spec, &record));
                    page.notify_changed(id.map_or("new".into(), |id| format!("edit-{id}")));
                    close_page.try_run(());
                }
                _ if is_left => {}
                Ok(SaveOutcome::Invalid(form)) => show(*form),
                Err(error) => failure.set(Some(error)),
            }
        });
    });
    Saving { saving, failure, save }
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
fn Buttons(saving: RwSignal<bool>, asking: RwSignal<bool>, leave: Callback<()>, close: Callback<()>) -> impl IntoView {
    let page = PageContext::of_page();
    let save_label = move || {
        if saving.get() {
            "Saving…".to_owned()
        } else {
            format!("Save {}", page.spec.singular)
        }
    };
    let buttons = move || {
        view! {
            <CancelLink close_to=page.close_url close/>
            <button class="button primary" aria-disabled=move || saving.get().to_string()>{save_label}</button>
        }
    };
    view! {
        <footer>
            <Show when=move || asking.get() fallback=buttons><ConfirmLeave asking leave/></Show>
        </footer>
    }
}
