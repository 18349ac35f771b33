//! The dialog of a new record, of an edit, and of a conversion.

use futures::future::join;
use leptos::{ev, ev::SubmitEvent, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::answer_dialog::answer_dialog;
use super::choices::Choices;
use super::form::FormBody;
use super::hint::OpenedHint;
use super::matches::Matches;
use super::purpose::Purpose;
use super::responses::{RecordForm, SaveOutcome};
use super::subject::SubjectDialogs;
use crate::base::error::AppError;
use crate::http::current_user::USER_INPUT;
use crate::http::flash::FlashMessage;
use crate::http::next_url::sign_in_again_url;
use crate::list::page_context::{PageContext, use_close};
use crate::list::query::WITH;
use crate::list::routes::record_url;
use crate::ui::dialog::{CancelLink, ConfirmLeave, Dialog};
use crate::ui::dom::clear_invalid;
use crate::ui::error_view::{ErrorAlert, use_address};
use crate::ui::latest_resource::Answer;
use crate::ui::live_text::LiveText;
use crate::ui::sending::Sending;
use crate::ui::title::PageTitle;
use crate::ui::toast::Toasts;
use crate::ui::unsaved::{OpenForm, UnsavedDrafts};

/// The dialog.
#[component]
pub fn RecordDialog(purpose: Purpose) -> impl IntoView {
    let subject = SubjectDialogs::of_page();
    let unsaved = UnsavedDrafts::of_app();
    let search = PageContext::of_page().search;
    let editor = move |(form, choices, hint): (RecordForm, Choices, OpenedHint)| {
        provide_context(choices);
        provide_context(hint);
        let body = unsaved.take(purpose.key(subject));
        let typed = body.and_then(|body| RecordForm::parse(purpose.spec(subject), &body));
        let restored = typed.is_some();
        let matches = Matches::new(form.matches.clone());
        let mut form = typed.unwrap_or(form);
        if !restored && !form.is_rejected() {
            search.with_untracked(|search| preset(&mut form, search));
        }
        view! { <Editor form purpose matches restored/> }.into_any()
    };
    // Without options a form still holds all that was typed.
    let fetch = move || -> Answer<(RecordForm, Choices, OpenedHint)> {
        let choices = purpose.choices(subject);
        let (form, hint) = (purpose.form(subject), subject.hint);
        Box::pin(async move {
            let choices = async move {
                match choices {
                    Some(choices) => choices.await.unwrap_or_default(),
                    None => Choices::default(),
                }
            };
            let (form, choices) = join(form, choices).await;
            let form = form?;
            let hint = OpenedHint::load(hint, &form.draft).await;
            Ok((form, choices, hint))
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
fn Editor(form: RecordForm, purpose: Purpose, matches: Matches, restored: bool) -> impl IntoView {
    let PageContext { spec, close_url, .. } = PageContext::of_page();
    let subject = SubjectDialogs::of_page();
    let title = purpose.title(subject, &form);
    let subtitle = form.base.as_ref().map(|base| base.record.reference.clone());
    let rejected = form.is_rejected();
    // The form as it stands; a number tells one answer from the next, so that each is drawn afresh.
    let shown = RwSignal::new((0_u32, form));
    // Its buttons are drawn anew only where it changes.
    let is_done: Signal<bool> = Signal::from(Memo::new(move |_| shown.with(|(_, form)| purpose.is_done(form))));
    let is_typed = move || !is_done.get() && shown.with(|(number, _)| *number > 0 || restored || rejected);
    let has_errors = Signal::derive(move || shown.with(|(_, form)| form.is_rejected()));
    let form = OpenForm::new(purpose.key(subject), is_typed);
    let sending = Sending::new();
    // The button that was pressed, where it has a name.
    let pressed = StoredValue::new(None);
    let save = use_save(purpose, form, pressed, sending, move |answer| {
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
        let button = event.submitter();
        pressed.set_value(button.and_then(|button| button.get_attribute("name").zip(button.get_attribute("value"))));
        save.run(());
    };
    let mut look_for_matches = matches.follow(purpose, form);
    let on_input = move |event: ev::Event| {
        clear_invalid(&event);
        form.note_input();
        look_for_matches(&event);
    };
    let failure_view = move || sending.failure.get().map(|error| failure_view(error, form, save));
    view! {
        <PageTitle text=title.clone() has_errors/>
        <Dialog title subtitle close_to=close_url on_close=close>
            <form
                id=format!("{}-form", spec.singular.replace(' ', "-")) class="editor" method="post" node_ref=form.element
                on:submit=on_submit on:input=on_input aria-busy=move || sending.is_busy.get().to_string()
            >
                <For each=move || vec![shown.get()] key=|(number, _)| *number let((number, form))>
                    <FormBody form purpose matches first=number == 0 restored/>
                </For>
                {failure_view}
                <Buttons purpose is_done is_saving=sending.is_busy asking leave close/>
            </form>
        </Dialog>
    }
}

/// Saves a form, as the button that was `pressed` says, and closes its dialog; `show` is given the form that could not be saved.
fn use_save(
    purpose: Purpose,
    form: OpenForm,
    pressed: StoredValue<Option<(String, String)>>,
    sending: Sending,
    show: impl Fn(RecordForm) + Copy + Send + Sync + 'static,
) -> Callback<()> {
    let subject = SubjectDialogs::of_page();
    let spec = purpose.spec(subject);
    let page = PageContext::of_page();
    let unsaved = UnsavedDrafts::of_app();
    let toasts = Toasts::of_app();
    let close_page = use_close();
    let navigate = use_navigate();
    let open_page = Callback::new(move |address: String| navigate(&address, NavigateOptions::default()));
    let saved = move |outcome| match outcome {
        SaveOutcome::Done { action, record } => {
            form.settle();
            unsaved.take(purpose.key(subject));
            // The dialog may have been left meanwhile; what was saved is reported all the same.
            toasts.show(FlashMessage::success(action.message(spec, &record)));
            page.notify_changed(purpose.record().map_or("new".into(), |id| format!("edit-{id}")));
            if purpose.conversion().is_some() {
                open_page.try_run(record_url(spec, record.id, ""));
            } else {
                close_page.try_run(());
            }
            true
        }
        SaveOutcome::Invalid(form) => {
            show(*form);
            false
        }
    };
    Callback::new(move |()| {
        if let Some(mut body) = form.body().filter(|_| form.can_be_sent()) {
            if let Some((name, value)) = pressed.get_value() {
                body.push_str(&format!("&{name}={value}"));
            }
            sending.send(purpose.save(subject, body), saved);
        }
    })
}

fn failure_view(error: AppError, form: OpenForm, save: Callback<()>) -> AnyView {
    match error {
        AppError::SignedOut => view! { <SignInFirst form/> }.into_any(),
        error @ AppError::OtherUser { .. } => view! { <OtherUser error form/> }.into_any(),
        error => view! { <ErrorAlert error retry=save/> }.into_any(),
    }
}

/// The session has ended: the way to sign in again, which keeps what was typed.
#[component]
fn SignInFirst(form: OpenForm) -> impl IntoView {
    // Sent by the browser itself: the server asks to sign in, keeps what was typed, and shows this form again afterwards.
    let send = move |_| {
        if let Some(element) = form.element.get_untracked().filter(|_| form.can_be_sent()) {
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

/// Another user is signed in than when the page was opened: the ways on, which keep what was typed. The browser itself sends the form, since
/// this page is still the first user's.
#[component]
fn OtherUser(error: AppError, form: OpenForm) -> impl IntoView {
    let message = error.to_string();
    let AppError::OtherUser {
        expected,
        current,
        current_id,
    } = error
    else {
        return ().into_any();
    };
    let element = move || form.element.get_untracked().filter(|_| form.can_be_sent());
    let go_on = move |_| {
        if let Some(element) = element() {
            let input = element.query_selector(&format!("input[name={USER_INPUT}]"));
            if let Some(input) = input
                .ok()
                .flatten()
                .and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
            {
                input.set_value(&current_id);
            }
            form.settle();
            let _ = element.submit();
        }
    };
    let address = use_address();
    let sign_in = move |_| {
        if let Some(element) = element() {
            element.set_action(&sign_in_again_url(&address()));
            form.settle();
            let _ = element.submit();
        }
    };
    view! {
        <div class="alert" role="alert">
            <p>{message}</p>
            <span class="actions">
                <button type="button" class="button primary" on:click=go_on>"Continue as " {current}</button>
                {expected.map(|expected| view! {
                    <button type="button" class="button" on:click=sign_in>"Sign in as " {expected}</button>
                })}
            </span>
        </div>
    }
    .into_any()
}

/// Save, or what else the form is for, and Cancel; or, when typed text is about to be thrown away, the question.
#[component]
fn Buttons(
    purpose: Purpose,
    is_done: Signal<bool>,
    is_saving: RwSignal<bool>,
    asking: RwSignal<bool>,
    leave: Callback<()>,
    close: Callback<()>,
) -> impl IntoView {
    let page = PageContext::of_page();
    let subject = SubjectDialogs::of_page();
    let save_label = move || {
        let (label, busy_label) = purpose.button(subject);
        if is_saving.get() { busy_label.to_owned() } else { label }
    };
    let buttons = move || {
        view! {
            <CancelLink close_to=page.close_url close/>
            {(!is_done.get()).then(|| view! {
                <button class="button primary" aria-disabled=move || is_saving.get().to_string()><LiveText text=Signal::derive(save_label)/></button>
            })}
        }
    };
    view! {
        <footer>
            <Show when=move || asking.get() fallback=buttons><ConfirmLeave asking leave/></Show>
        </footer>
    }
}
