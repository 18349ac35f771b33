//! What a subject has, in static tables: its fields, sorts and facets. The list, the form, the record, the merge of two people's
//! edits and the history read them, so that a field is described once.
//!
//! Tables and not generics: code over a table is compiled once, not once for each subject into what the browser loads.

use super::audit::EntityKind;
pub use super::facet::{FacetSpec, FacetValues, ValueOption};
pub use super::input::{Input, NumberInput};
use super::roles::Permission;

/// A subject: customers, leads.
#[derive(Debug)]
pub struct SubjectSpec {
    /// The address of its list: `/customers`.
    pub path: &'static str,
    /// What one of them is called: `customer`.
    pub singular: &'static str,
    /// What several are called: `customers`.
    pub plural: &'static str,
    /// What the history calls it.
    pub entity: EntityKind,
    /// Who may see it.
    pub browse: Permission,
    /// Who may create, edit, delete and restore it; none where its rows are made elsewhere, and none is ever deleted.
    pub edit: Option<Permission>,
    /// The table that the list reads.
    pub table: &'static str,
    /// The column that names a row.
    pub title: &'static str,
    /// The column that stands below the name.
    pub subtitle: (&'static str, Format),
    /// What the metrics of its list add up, where they add something up; and of how many rows at most, where a search finds them.
    pub sums: Option<(&'static str, u64)>,
    /// The amounts in paise that `list/counts.rs` adds up; none where the subject has metrics of its own, or none.
    pub summed: &'static [&'static str],
    /// What a search looks in, for the search box.
    pub searched: &'static str,
    /// The sections of form and record, in order.
    pub sections: &'static [&'static str],
    /// The fields, in the order of form, record and columns.
    pub fields: &'static [FieldSpec],
    /// The sorts of the list; the first is the default.
    pub sorts: &'static [SortSpec],
    /// Whether the default sort begins at its end: with the latest.
    pub latest_first: bool,
    /// The filters of the list.
    pub facets: &'static [FacetSpec],
    /// Sets of facets, by their places: for each set, indexes have the live rows of each combination of its values in the order of each
    /// sort. In a set of several, all have fixed values, and each row has one of each.
    pub indexed_facets: &'static [&'static [usize]],
    /// The columns that the list shows until a person chooses others, in the order of the fields.
    pub default_columns: &'static [&'static str],
    /// The columns that the page of the deleted records shows beside the name.
    pub deleted_columns: &'static [&'static str],
}

impl SubjectSpec {
    /// The field with a name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields of a section, in order.
    pub fn fields_of(&self, section: &str) -> impl Iterator<Item = &'static FieldSpec> {
        let fields: &'static [FieldSpec] = self.fields;
        fields.iter().filter(move |field| field.section == section)
    }

    /// The fields that an edit may change.
    pub fn edited_fields(&self) -> impl Iterator<Item = &'static FieldSpec> {
        let fields: &'static [FieldSpec] = self.fields;
        fields.iter().filter(|field| field.is_edited())
    }

    /// The fields that the form of a new record has.
    pub fn new_fields(&self) -> impl Iterator<Item = &'static FieldSpec> {
        let fields: &'static [FieldSpec] = self.fields;
        fields.iter().filter(|field| field.is_entered_when_new())
    }

    /// The fields that the list can show beside the name: the name always stands first.
    pub fn columns(&self) -> impl Iterator<Item = &'static FieldSpec> {
        let (title, fields): (&str, &'static [FieldSpec]) = (self.title, self.fields);
        fields
            .iter()
            .filter(move |field| field.name != title && field.is_stored())
    }

    /// The condition that leaves the rows that are not deleted.
    pub const fn live_rows(&self) -> &'static str {
        match self.edit {
            Some(_) => "deleted_at IS NULL",
            None => "TRUE",
        }
    }

    /// What the list selects for a field: the column of its name, where there is no such field.
    pub fn column_of(&self, name: &'static str) -> &'static str {
        self.field(name).map_or(name, |field| field.column)
    }

    /// The sort with a name, by its place among the sorts.
    pub fn sort(&self, name: &str) -> Option<usize> {
        self.sorts.iter().position(|sort| sort.name == name)
    }

    /// Whether a first click on a header gives the end of the sort with the highest values: of amounts of money, and of days in a list
    /// that begins with the latest.
    pub fn begins_with_highest(&self, sort: usize) -> bool {
        let (name, high_first) = (self.sorts[sort].name, self.sorts[sort].high_first);
        let is_money = |field: &FieldSpec| matches!(field.input, Input::Number(number) if number.is_money());
        let is_latest = self.latest_first && self.sorts[sort].key == KeyType::Date;
        let is_money = || {
            self.fields
                .iter()
                .any(|field| field.sorts.contains(&name) && is_money(field))
        };
        !high_first && (is_latest || is_money())
    }

    /// The facet with a name, by its place among the facets.
    pub fn facet(&self, name: &str) -> Option<usize> {
        self.facets.iter().position(|facet| facet.name == name)
    }
}

/// A field: what it is called, how it is entered, how it is shown.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its name in forms, addresses, column choices and the history.
    pub name: &'static str,
    /// What it is called on screen.
    pub label: &'static str,
    /// The section of the form and the record in which it stands.
    pub section: &'static str,
    /// How it is entered.
    pub input: Input,
    /// Whether a form needs it.
    pub required: bool,
    /// When people enter it.
    pub entry: Entry,
    /// The field and its value with which alone it has a meaning: only then is it read.
    pub only_if: Option<(&'static str, &'static str)>,
    /// What helps to fill it in, where the label does not say it.
    pub help: Option<&'static str>,
    /// How it is shown.
    pub format: Format,
    /// What the list selects for it: a column, or an expression over the table's columns.
    pub column: &'static str,
    /// The names of the sorts that its column's header offers.
    pub sorts: &'static [&'static str],
}

impl FieldSpec {
    /// A required field that is shown as plain text, in the column of its name.
    pub const fn new(name: &'static str, label: &'static str, section: &'static str, input: Input) -> Self {
        Self {
            name,
            label,
            section,
            input,
            required: true,
            entry: Entry::Always,
            only_if: None,
            help: None,
            format: Format::Text,
            column: name,
            sorts: &[],
        }
    }

    /// The same, which a form may leave empty.
    pub const fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }

    /// The same, which people enter at other times.
    pub const fn entry(self, entry: Entry) -> Self {
        Self { entry, ..self }
    }

    /// The same, which has a meaning only where another field has a value.
    pub const fn only_if(self, field: &'static str, value: &'static str) -> Self {
        Self {
            only_if: Some((field, value)),
            ..self
        }
    }

    /// The same with help.
    pub const fn help(self, help: &'static str) -> Self {
        Self {
            help: Some(help),
            ..self
        }
    }

    /// The same in another format.
    pub const fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// The same from another column, or from an expression.
    pub const fn column(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    /// The same with sorts behind its column's header.
    pub const fn sorts(self, sorts: &'static [&'static str]) -> Self {
        Self { sorts, ..self }
    }

    /// Whether a stored record has it.
    pub fn is_stored(&self) -> bool {
        self.entry != Entry::WhenNew
    }

    /// Whether an edit may change it.
    pub fn is_edited(&self) -> bool {
        matches!(self.entry, Entry::Always | Entry::Later)
    }

    /// Whether the form of a new record has it.
    pub fn is_entered_when_new(&self) -> bool {
        matches!(self.entry, Entry::Always | Entry::WhenNew)
    }

    /// Whether its values line up at the right.
    pub fn is_numeric(&self) -> bool {
        matches!(self.input, Input::Number(_))
    }
}

/// When people enter a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// With a new record, and in every edit.
    Always,
    /// With a new record alone: it is made into something else than a value of the record.
    WhenNew,
    /// In edits alone: a new record has the default.
    Later,
    /// Never: the database derives it from other rows.
    Derived,
}

/// How a value is shown.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// As it is.
    Text,
    /// A telephone number, in groups.
    Phone,
    /// A whole number of a small unit, with its unit.
    Number(fn(i64) -> String),
    /// The same, and a word where there is none.
    NumberOr(fn(i64) -> String, &'static str),
    /// Whole paise that somebody owes: marked where they are more than nothing, credit where they are less.
    Due,
    /// A date.
    Date,
    /// A date to come, with its distance from today; marked where it is past.
    Deadline,
    /// A deadline as long as another field has none of these words; then a date.
    DeadlineUnless(&'static str, &'static [&'static str]),
    /// A word as a tag.
    Tag,
    /// A word of Low, Medium, High as bars.
    Level,
    /// Words, one after the other.
    List,
    /// Pairs of minutes after midnight.
    Hours,
    /// A word, with another field beside it.
    Pair(&'static str),
}

impl Format {
    /// The field without whose value a value is not shown.
    pub const fn beside(self) -> Option<&'static str> {
        match self {
            Self::Pair(other) | Self::DeadlineUnless(other, _) => Some(other),
            _ => None,
        }
    }
}

/// What the list can be sorted by.
#[derive(Debug)]
pub struct SortSpec {
    /// Its name in the address.
    pub name: &'static str,
    /// What the header calls it.
    pub label: &'static str,
    /// The column.
    pub column: &'static str,
    /// Where the column is, if not in the subject's own table: a table with a row for each, of the same id.
    pub table: Option<&'static str>,
    /// The column's type.
    pub key: KeyType,
    /// Whether the column's order begins with the highest: churn risk is High, Medium, Low.
    pub high_first: bool,
    /// Whether an index has all live rows in this order, whatever the facets.
    pub indexed: bool,
}

impl SortSpec {
    /// By a column that no index has in order.
    pub const fn new(name: &'static str, label: &'static str, column: &'static str, key: KeyType) -> Self {
        Self {
            name,
            label,
            column,
            table: None,
            key,
            high_first: false,
            indexed: false,
        }
    }

    /// The same, by a column of a table beside the subject's own.
    pub const fn of(self, table: &'static str) -> Self {
        Self {
            table: Some(table),
            ..self
        }
    }

    /// The same, by a column whose order begins with the highest.
    pub const fn high_first(self) -> Self {
        Self {
            high_first: true,
            ..self
        }
    }

    /// The same, by a column that an index has in order.
    pub const fn indexed(self) -> Self {
        Self { indexed: true, ..self }
    }
}

/// The type of a column that is sorted by, as Postgres knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// `text COLLATE "C"`
    Text,
    /// `smallint`
    SmallInt,
    /// `integer`
    Integer,
    /// `bigint`
    BigInt,
    /// `date`
    Date,
    /// An enum: its type and its words.
    Enum(&'static str, &'static [&'static str]),
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What must hold of the tables of every subject.
    pub(crate) fn is_consistent(spec: &SubjectSpec) {
        let in_sections: Vec<&str> = spec
            .sections
            .iter()
            .flat_map(|section| spec.fields_of(section))
            .map(|field| field.name)
            .collect();
        let names: Vec<&str> = spec.fields.iter().map(|field| field.name).collect();
        assert_eq!(
            in_sections, names,
            "every field is in one section, and the sections follow one another"
        );
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len(), "names are distinct");
        for sort in spec.sorts {
            assert!(
                spec.fields.iter().any(|field| field.sorts.contains(&sort.name)),
                "no header sorts by {}",
                sort.name
            );
        }
        for field in spec.fields {
            assert!(
                field.sorts.iter().all(|sort| spec.sort(sort).is_some()),
                "{}",
                field.name
            );
            if let Some(other) = field.format.beside() {
                assert!(spec.field(other).is_some(), "{other}");
            }
            if let Some((other, value)) = field.only_if {
                let other = spec.field(other).expect(field.name);
                assert!(
                    matches!(other.input, Input::Choice { options, .. } if options.contains(&value)),
                    "{value}"
                );
            }
        }
        for summed in spec.summed {
            assert!(spec.field(summed).is_some_and(FieldSpec::is_numeric), "{summed}");
        }
        for set in spec.indexed_facets.iter().filter(|set| set.len() > 1) {
            assert!(
                set.iter().all(|place| !spec.facets[*place].words().is_empty()),
                "{set:?}"
            );
        }
        for column in spec.default_columns.iter().chain(spec.deleted_columns) {
            assert!(spec.columns().any(|field| field.name == *column), "{column}");
        }
    }
}
