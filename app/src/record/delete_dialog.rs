//! The dialog that asks before a record is deleted, and what restores it.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use uuid::Uuid;
use web_sys::Element;

use super::action::RecordAction;
use super::answer_dialog::answer_dialog;
use super::responses::{DeleteOutcome, DeletePreview};
use super::subject::{SubjectDialogs, SubjectPages};
use super::submission::names;
use crate::base::text::isolated;
use crate::http::current_user::ExpectedUser;
use crate::http::flash::FlashMessage;
use crate::list::page_context::{PageContext, use_close};
use crate::list::routes::restore_url;
use crate::ui::dialog::{CancelLink, Dialog};
use crate::ui::dom::{HEADING, closest};
use crate::ui::error_view::ErrorAlert;
use crate::ui::field::ErrorSummary;
use crate::ui::live_text::LiveText;
use crate::ui::navigate::use_navigate_in_place;
use crate::ui::sending::Sending;
use crate::ui::title::PageTitle;
use crate::ui::toast::Toasts;

/// Restores a record, and reports it in the notice.
pub fn restore_with_toast(
    subject: &'static SubjectPages,
    (id, version): (Uuid, i64),
    toasts: Toasts,
    changed: impl FnOnce() + 'static,
) {
    spawn_local(async move {
        let again =
            |text: String, version| FlashMessage::failure(text).with_undo(restore_url(subject.spec, id, version));
        let failed = |text: String| again(text, version);
        toasts.show(match (subject.restore)(id, version).await {
            Ok(DeleteOutcome::Done { record, .. }) => {
                changed();
                FlashMessage::success(RecordAction::Restored.message(subject.spec, &record))
            }
            Ok(DeleteOutcome::Refused(error)) => failed(error.message),
            // Whoever has read what it is now may restore that.
            Ok(DeleteOutcome::Changed(now)) => again(now.changed.unwrap_or_default(), now.version),
            Err(error) => failed(error.to_string()),
        });
    });
}

/// The dialog.
#[component]
pub fn DeleteDialog(id: Uuid) -> impl IntoView {
    let preview = SubjectDialogs::of_page().delete_preview;
    answer_dialog(move || preview(id), |preview| view! { <Question preview/> }.into_any())
}

#[component]
fn Question(preview: DeletePreview) -> impl IntoView {
    let PageContext { spec, close_url, .. } = PageContext::of_page();
    let record = preview.record.clone();
    let name = record.name;
    let title = format!("Delete {}", isolated(&name));
    let sending = Sending::new();
    let refusal = RwSignal::new(preview.refusal.as_ref().map(|refusal| refusal.message.clone()));
    let way_on = preview.refusal.as_ref().map(|refusal| {
        let (href, label) = refusal.link.clone();
        view! { <p><a href=href>{label}</a></p> }
    });
    let preview = RwSignal::new(preview);
    let delete = use_delete(preview, sending, refusal);
    let close = use_close();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        delete.run(());
    };
    let delete_label = move || {
        if sending.is_busy.get() {
            "Deleting…".to_owned()
        } else if preview.with(|preview| preview.changed.is_some()) {
            "Delete anyway".to_owned()
        } else {
            format!("Delete {}", spec.singular)
        }
    };
    let message = move || refusal.get().or_else(|| preview.get().changed);
    let is_refused = move || refusal.with(Option::is_some);
    let lost = move || {
        let losses = preview.get().losses.into_iter().map(|loss| view! { <p>{loss}</p> });
        view! { <div class="losses">{losses.collect_view()}</div> }
    };
    let undo = format!("You can restore it from Deleted {}.", spec.plural);
    view! {
        <PageTitle text=title.clone()/>
        <Dialog title=format!("{title}?") subtitle=Some(record.reference) close_to=close_url on_close=close>
            <form id="delete-form" class="editor" method="post" on:submit=on_submit>
                <ExpectedUser/>
                <input type="hidden" name=names::VERSION value=move || preview.with(|preview| preview.version.to_string()) autocomplete="off"/>
                <div class="fields">
                    {move || message().map(|message| view! { <ErrorSummary message links=Vec::new() focuses=false/> })}
                    {way_on}
                    <Show when=move || !is_refused()>
                        {lost}
                        <p class="muted">{undo.clone()}</p>
                    </Show>
                    {move || sending.failure.get().map(|error| view! { <ErrorAlert error retry=delete/> })}
                </div>
                <footer>
                    <CancelLink close_to=close_url close/>
                    <Show when=move || !is_refused()>
                        <button class="button danger" aria-disabled=move || sending.is_busy.get().to_string()><LiveText text=Signal::derive(delete_label)/></button>
                    </Show>
                </footer>
            </form>
        </Dialog>
    }
}

/// The id of what edits the row behind that of a record, or before it where it is the last: the focus goes there, and stays in view.
fn next_row(id: Uuid) -> Option<String> {
    let edit = document().get_element_by_id(&format!("edit-{id}"))?;
    let row = closest::<Element>(&edit, "tr")?;
    let neighbour = row.next_element_sibling().or_else(|| row.previous_element_sibling())?;
    let edit = neighbour.query_selector("[id^='edit-']").ok().flatten()?;
    Some(edit.id())
}

/// Deletes a record as `preview` shows it, and shows the list without it; `refusal` is why it was not deleted.
fn use_delete(preview: RwSignal<DeletePreview>, sending: Sending, refusal: RwSignal<Option<String>>) -> Callback<()> {
    let SubjectDialogs { spec, delete, .. } = SubjectDialogs::of_page();
    let page = PageContext::of_page();
    let toasts = Toasts::of_app();
    let navigate = use_navigate_in_place();
    let deleted = move |outcome| match outcome {
        DeleteOutcome::Done { record, version } => {
            let message = RecordAction::Deleted.message(spec, &record);
            toasts.show(FlashMessage::success(message).with_undo(restore_url(spec, record.id, version)));
            // A record that is deleted is left, not asked for again.
            if !page.is_over_record.get_untracked() {
                page.notify_changed(next_row(record.id).unwrap_or_else(|| HEADING.into()));
            }
            // The page of the record is gone with it: then it is the list that shows what was done.
            navigate(&page.back_url(), true);
            true
        }
        DeleteOutcome::Refused(error) => {
            refusal.try_set(Some(error.message));
            page.notify_changed(HEADING.into());
            false
        }
        DeleteOutcome::Changed(now) => {
            preview.try_set(now);
            page.notify_changed(HEADING.into());
            false
        }
    };
    Callback::new(move |()| {
        let (id, version) = preview.with_untracked(|preview| (preview.record.id, preview.version));
        sending.send(delete(id, version), deleted.clone());
    })
}
