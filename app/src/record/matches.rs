//! The records that may be the one in a form, shown in it while somebody types. They never keep it from being saved.

use leptos::{ev, prelude::*};
use std::time::Duration;
use web_sys::HtmlInputElement;

use super::purpose::Purpose;
use super::responses::RecordMatch;
use super::subject::{SubjectDialogs, SubjectPages};
use super::submission::names;
use crate::list::routes::record_url;
use crate::ui::dom::target;
use crate::ui::latest_resource::LatestRequest;
use crate::ui::live_text::LiveText;
use crate::ui::unsaved::OpenForm;

/// The records that may be the one in a form.
#[derive(Clone, Copy)]
pub struct Matches {
    found: RwSignal<Vec<RecordMatch>>,
    /// Whether they were asked for since the form was opened.
    is_update: RwSignal<bool>,
}

impl Matches {
    /// Those that came with the form.
    pub fn new(found: Vec<RecordMatch>) -> Self {
        Self {
            found: RwSignal::new(found),
            is_update: RwSignal::new(false),
        }
    }

    /// To be called with what is typed into the form: it looks for them anew once nothing was typed for a moment.
    pub fn follow(self, purpose: Purpose, form: OpenForm) -> impl FnMut(&ev::Event) {
        let matching = SubjectDialogs::of_page().matching;
        let ask = move |()| {
            // The form may have been left meanwhile.
            let body = form.element.try_get_untracked().flatten().and_then(|_| form.body())?;
            Some((matching?.find)(body, purpose.record()))
        };
        let mut look = LatestRequest::new().while_typing(Duration::from_millis(300), ask, move |answer| {
            // Without an answer those of before stay.
            if let Ok(found) = answer {
                self.found.try_set(found);
                self.is_update.try_set(true);
            }
        });
        move |event| {
            let name = target::<HtmlInputElement>(event).map(|input| input.name());
            if matching.is_some_and(|matching| matching.fields.iter().any(|field| name.as_deref() == Some(*field))) {
                look(());
            }
        }
    }

    /// What who listens is told of an answer.
    fn announced(self) -> Option<String> {
        let count = self.found.with(Vec::len);
        self.is_update.get().then(|| match count {
            0 => "No possible duplicates".into(),
            1 => "1 possible duplicate".into(),
            count => format!("{count} possible duplicates"),
        })
    }
}

/// The records with why each may be the same; in a conversion, with a button that takes it in place of a new one.
#[component]
pub fn MatchList(matches: Matches, purpose: Purpose) -> impl IntoView {
    let list = move || {
        let found = matches.found.get();
        let items = found.iter().map(|found| match_view(found, purpose)).collect_view();
        (!found.is_empty()).then(|| {
            view! {
                <section class="matches" aria-labelledby="matches">
                    <h3 id="matches">"Possible duplicates"</h3>
                    <ul>{items}</ul>
                </section>
            }
        })
    };
    view! {
        <p class="visually-hidden" aria-live="polite"><LiveText text=Signal::derive(move || matches.announced().unwrap_or_default())/></p>
        {list}
    }
}

fn match_view(found: &RecordMatch, purpose: Purpose) -> impl IntoView + use<> {
    let RecordMatch { entity, record, reason } = found.clone();
    let href = SubjectPages::of(entity).map(|subject| record_url(subject.spec, record.id, ""));
    let into = purpose.conversion().map(|conversion| conversion.into);
    let link = into.filter(|into| into.entity == entity).map(|into| view! {
        <button class="button" name=names::LINK value=record.id.to_string()>
            {format!("Link to this {}", into.singular)} <span class="visually-hidden">{format!(": {}", record.full_name())}</span>
        </button>
    });
    view! {
        <li>
            <span>
                <a href=href target="_blank"><bdi>{record.name.clone()}</bdi></a> " " <span class="muted">{record.reference.clone()}</span> " "
                <b>{reason}</b>
            </span>
            {link}
        </li>
    }
}
