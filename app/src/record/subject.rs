//! What the pages of all subjects need of each.

use leptos::prelude::*;
use std::sync::Arc;
use uuid::Uuid;

use super::choices::Choices;
use super::hint::FieldHint;
use super::responses::{DeleteOutcome, DeletePreview, DeletedList, DeletedQuery, RecordForm, RecordMatch, SaveOutcome};
use crate::base::audit::EntityKind;
use crate::base::spec::SubjectSpec;
use crate::list::pages::FetchCounts;
use crate::list::responses::{ListPage, RelatedRows, Row};
use crate::list::routes::Dialog;
use crate::list::views::View;
use crate::ui::latest_resource::Answer;
use crate::ui::lazy::LazyChunk;

/// What the pages of a subject are made of that every visit loads: its server functions, and the layout of its record.
pub struct SubjectPages {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The page of a record, by its id.
    pub record_page: &'static LazyChunk<Uuid>,
    /// The ready-made views of its list.
    pub views: &'static [View],
    /// The page of the board, where there is one.
    pub board: Option<&'static LazyChunk<()>>,
    /// The page of the list that an address asks for: its part behind the path.
    pub list: fn(String) -> Answer<ListPage>,
    /// The numbers of that list, where they do not come with its page.
    pub counts: Option<FetchCounts>,
    /// Keeps a choice of columns, by the names of their fields.
    pub choose_columns: fn(Vec<String>) -> Answer<()>,
    /// Restores a deleted record that has a version.
    pub restore: fn(Uuid, i64) -> Answer<DeleteOutcome>,
    /// The deleted records that a query asks for.
    pub deleted: fn(DeletedQuery) -> Answer<DeletedList>,
    /// Whether its records become records of another subject: [`SubjectDialogs::conversion`] says how.
    pub has_conversion: bool,
    /// How its records are shown on the page of the record that they belong to.
    pub related: Option<&'static RelatedRecords>,
}

/// What the dialogs of a subject are made of. It is named in their chunk alone, so that its code is loaded with theirs.
pub struct SubjectDialogs {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The form of a new record (no id) or of an edit.
    pub form: fn(Option<Uuid>) -> Answer<RecordForm>,
    /// The options of the form's fields that are loaded, where there are such fields.
    pub choices: Option<fn() -> Answer<Choices>>,
    /// What the server says below a field of the form, where it says something.
    pub hint: Option<&'static FieldHint>,
    /// Saves a form, which is sent as a browser would send it.
    pub save: fn(String) -> Answer<SaveOutcome>,
    /// What a deletion would take away.
    pub delete_preview: fn(Uuid) -> Answer<DeletePreview>,
    /// Deletes a record that has a version.
    pub delete: fn(Uuid, i64) -> Answer<DeleteOutcome>,
    /// Records that a search finds, where fields name records of the subject; each with cells that tell it from others
    /// of its name: a customer's city.
    pub find: Option<FindRecords>,
    /// How the records are found that may be the one in a form.
    pub matching: Option<&'static Matching>,
    /// How its records become records of another subject.
    pub conversion: Option<&'static Conversion>,
}

/// How the records are found that may be the one in a form.
pub struct Matching {
    /// The fields by which they are found.
    pub fields: &'static [&'static str],
    /// Finds them. The form is sent as a browser would send it; the id is that of the record that the form is about, if it is there already.
    pub find: fn(String, Option<Uuid>) -> Answer<Vec<RecordMatch>>,
}

/// How records of a subject become records of another: leads, customers.
pub struct Conversion {
    /// The other subject.
    pub into: &'static SubjectSpec,
    /// What it is called: `Convert to customer`.
    pub label: &'static str,
    /// What the button says meanwhile.
    pub busy_label: &'static str,
    /// The form of the new record.
    pub form: fn(Uuid) -> Answer<RecordForm>,
    /// Saves that form, which is sent as a browser would send it.
    pub save: fn(Uuid, String) -> Answer<SaveOutcome>,
}

/// How records of a subject are shown on the page of a record of another: the lead that a customer came from.
pub struct RelatedRecords {
    /// The kind of record that they belong to.
    pub of: EntityKind,
    /// The fields that are shown of each.
    pub fields: &'static [&'static str],
    /// Those of one record.
    pub fetch: fn(Uuid) -> Answer<RelatedRows>,
}

/// What another part of the program shows on the page of each record of a kind, below its head.
pub struct RecordExtra {
    /// The kind of record.
    pub of: EntityKind,
    /// Asks for what it shows of one record.
    pub prepare: fn(Uuid) -> PreparedExtra,
}

/// What another part of the program shows of a record, and was asked for.
pub struct PreparedExtra {
    /// Whether it is there. It is tracked.
    pub is_ready: Signal<bool>,
    /// Draws it, without a `Suspense` of its own.
    pub view: ViewFn,
}

/// What others show on the record that is shown. All of it is asked for with the record, and the record is drawn when all of it is there: so
/// what waits for answers is made in the same order on both sides, and the browser's half finds those of the server.
#[derive(Clone)]
pub struct RecordExtras(Arc<[PreparedExtra]>);

impl RecordExtras {
    /// Asks for all of a record, for what is drawn below.
    pub fn provide(entity: EntityKind, id: Uuid) -> Self {
        let extras = expect_context::<AllSubjects>().extras.iter();
        let prepared = extras
            .filter(|extra| extra.of == entity)
            .map(|extra| (extra.prepare)(id));
        let prepared = Self(prepared.collect());
        provide_context(prepared.clone());
        prepared
    }

    /// Whether all of it is there. Each is read, whatever the others say: the server waits for what was read at first.
    pub fn are_ready(&self) -> bool {
        let waiting = self.0.iter().filter(|extra| !extra.is_ready.get());
        waiting.count() == 0
    }

    /// Draws all of the record that is shown.
    pub fn views() -> AnyView {
        let Self(extras) = expect_context();
        extras.iter().map(|extra| extra.view.run()).collect_view().into_any()
    }
}

/// A server function that gives the records that a search finds.
pub type FindRecords = fn(String) -> Answer<Vec<Row>>;

/// All subjects, in the context of every page.
#[derive(Clone, Copy)]
pub struct AllSubjects {
    /// The subjects.
    pub pages: &'static [&'static SubjectPages],
    /// Their dialogs.
    pub dialogs: &'static LazyChunk<Dialog>,
    /// What others show on the pages of their records.
    pub extras: &'static [&'static RecordExtra],
}

impl SubjectPages {
    /// Those of the page that is shown.
    pub fn of_page() -> &'static Self {
        expect_context()
    }

    /// Those of a kind of record.
    pub fn of(entity: EntityKind) -> Option<&'static Self> {
        let mut subjects = Self::all().iter();
        subjects.find(|subject| subject.spec.entity == entity).copied()
    }

    /// Those of all subjects.
    pub fn all() -> &'static [&'static Self] {
        expect_context::<AllSubjects>().pages
    }
}

/// The dialogs of all subjects, in the context of every dialog.
#[derive(Clone, Copy)]
struct AllDialogs(&'static [&'static SubjectDialogs]);

impl SubjectDialogs {
    /// Those of the page that is shown.
    pub fn of_page() -> &'static Self {
        expect_context()
    }

    /// Those of a kind of record.
    pub fn of(entity: EntityKind) -> Option<&'static Self> {
        let AllDialogs(all) = expect_context();
        all.iter().find(|dialogs| dialogs.spec.entity == entity).copied()
    }

    /// Provides those of the page that is shown to a dialog, of those of all subjects.
    pub fn provide(all: &'static [&'static Self]) {
        provide_context(AllDialogs(all));
        let entity = SubjectPages::of_page().spec.entity;
        if let Some(dialogs) = Self::of(entity) {
            provide_context(dialogs);
        }
    }
}
