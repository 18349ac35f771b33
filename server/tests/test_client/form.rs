//! The form of a record, as a browser reads and sends it.

use super::html::{attribute, unescaped};
use super::plan::PLAN;
use super::test_response::TestResponse;

/// The form of a customer or a lead as a browser reads it out of a page.
#[derive(Clone, Debug)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the inputs and the selected options.
    pub fn in_page(page: &TestResponse) -> Self {
        let start = page.body.find("class=\"editor\"");
        let start = start.unwrap_or_else(|| panic!("no form in {page:?}"));
        let end = page.body[start..].find("</form>").expect("its end");
        let mut pairs = Vec::new();
        let mut select = String::new();
        for tag in page.body[start..start + end].split('<').skip(1) {
            let (tag, text) = tag.split_once('>').unwrap_or((tag, ""));
            let value = || attribute(tag, "value").unwrap_or_default();
            let name = attribute(tag, "name").unwrap_or_default();
            if tag.starts_with("input ") {
                let kind = attribute(tag, "type").unwrap_or_default();
                let is_choice = kind == "checkbox" || kind == "radio";
                if !is_choice || tag.split_whitespace().any(|word| word.starts_with("checked")) {
                    pairs.push((name, value()));
                }
            } else if tag.starts_with("textarea ") {
                pairs.push((name, unescaped(text.trim_start_matches('\n'))));
            } else if tag.starts_with("select ") {
                select = name;
            } else if tag.starts_with("option ") && tag.split_whitespace().any(|word| word.starts_with("selected")) {
                pairs.push((select.clone(), value()));
            }
        }
        Self(pairs)
    }

    /// The first value under a name.
    pub fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The form after a person has typed into a field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some(pair) => pair.1 = value.to_owned(),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// All that a new customer needs.
    pub fn filled_in(&self, name: &str, email: &str) -> Self {
        let fields = [
            ("name", name),
            ("email", email),
            ("phone", "98450 12345"),
            ("address", "12 MG Road"),
            ("city", "Bengaluru"),
            ("state", "Karnataka"),
            ("pin_code", "560001"),
            ("plan_id", &PLAN.to_string()),
        ];
        fields
            .into_iter()
            .fold(self.clone(), |form, (field, value)| form.with(field, value))
    }

    /// What is sent.
    pub fn body(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}
