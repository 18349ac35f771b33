//! Everything that could be injected into a form, and what has changed after it was sent.

use app::base::roles::Role;
use app::users::service::sign_in::DemoAccounts;
use serde_json::Value;
use server::network::NetworkConfig;
use sqlx::PgPool;

use crate::test_client::TestResponse;
use crate::test_client::test_app::{Rows, TestApp, TestUser, rows};

/// The program, and what is injected in.
pub struct MassAssignmentProbe {
    pub app: TestApp,
    pub root: TestUser,
    pub mallory: TestUser,
    /// Names and values.
    injected: Vec<(String, String)>,
}

impl MassAssignmentProbe {
    pub async fn new(pool: &PgPool, demo: bool) -> Self {
        let app = TestApp::with(pool, NetworkConfig::default(), move |context| {
            context.set_shared(demo.then(|| DemoAccounts {
                admin: "root@people.example".into(),
                sales: "mallory@people.example".into(),
            }));
        })
        .await;
        let (root, mallory) = (
            app.add_user("Root", Role::Admin).await,
            app.add_user("Mallory", Role::Admin).await,
        );
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name::text, min(data_type) FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1",
        )
        .fetch_all(pool)
        .await
        .expect("columns");
        assert!(columns.len() > 60, "{columns:?}");
        let mut injected: Vec<_> = columns
            .into_iter()
            .map(|(name, kind)| {
                let value = match (&*name, &*kind) {
                    ("role", _) => "Admin".into(),
                    ("email" | "email_key", _) => "injected@evil.example".into(),
                    (_, "uuid") => mallory.id.to_string(),
                    (_, "boolean") => "true".into(),
                    (_, "date") => "1999-12-31".into(),
                    (_, kind) if kind.starts_with("timestamp") => "1999-12-31T00:00:00Z".into(),
                    (_, "bigint" | "integer" | "smallint") => "97".into(),
                    (_, "bytea") => format!("\\x{}", "97".repeat(20)),
                    _ => "injected".to_owned(),
                };
                (name, value)
            })
            .collect();
        for (name, value) in [
            ("is_admin", "true"),
            ("admin", "1"),
            ("rights", "Administer"),
            ("users[role]", "Admin"),
            ("user.role", "Admin"),
            ("users.role", "Admin"),
            ("customer_id", &mallory.id.to_string()),
            ("created_by", &mallory.id.to_string()),
            ("stage", "in"),
            ("disabled", "true"),
            ("deleted", "true"),
            ("address_of_peer", "203.0.113.99"),
            ("_method", "DELETE"),
        ] {
            if !injected.iter().any(|(known, _)| known == name) {
                injected.push((name.to_owned(), value.to_owned()));
            }
        }
        Self {
            app,
            root,
            mallory,
            injected,
        }
    }

    /// All names but those that belong to the form.
    pub fn alongside(&self, body: &str, own: &[&str]) -> String {
        let sent: Vec<_> = form_urlencoded::parse(body.as_bytes())
            .map(|(name, _)| name.into_owned())
            .collect();
        let foreign = self
            .injected
            .iter()
            .filter(|(name, _)| !sent.contains(name) && !own.contains(&&**name));
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(foreign)
            .finish()
    }

    /// Sends a form with all of that, in its body and in its address; says what has changed.
    pub async fn send(&self, session: &str, address: &str, own: &[&str], body: &str) -> (TestResponse, Vec<String>) {
        // Of what it is about, such a form says which version it means.
        let is_versioned =
            ["/delete", "/restore"].iter().any(|end| address.ends_with(end)) || address.starts_with("/settings/");
        let own = &[own, if is_versioned { &["version"] } else { &[] }].concat();
        let alongside = self.alongside(body, own);
        assert!(alongside.matches('&').count() > 40, "{alongside}");
        let before = rows(&self.app.pool).await;
        self.app.advance(chrono::TimeDelta::seconds(1));
        let answer = self
            .app
            .server
            .post_as(
                session,
                &format!("{address}?{alongside}"),
                format!("{body}&{alongside}"),
            )
            .await;
        self.app.wait_for_writes().await;
        assert!(!answer.status.is_server_error(), "{address}: {}", answer.visible_text());
        let after = rows(&self.app.pool).await;
        (answer, self.changes(&before, &after, own))
    }

    /// The changes of a form that is accepted.
    pub async fn changes_of(&self, session: &str, address: &str, own: &[&str], body: &str) -> Vec<String> {
        let (answer, changes) = self.send(session, address, own, body).await;
        assert!(
            answer.status.is_success() || answer.status.is_redirection(),
            "{address}: {} {}",
            answer.status,
            answer.visible_text()
        );
        changes
    }

    fn changes(&self, before: &Rows, after: &Rows, own: &[&str]) -> Vec<String> {
        let mut changes = Vec::new();
        for (key, row) in after {
            let (table, _) = key;
            let name = name_of(table, row, after);
            match before.get(key) {
                None => {
                    self.assert_honest(table, row, own);
                    changes.push(format!("+{table} {name}"));
                }
                Some(was) if was != row => {
                    let columns = row.as_object().expect("a row").iter();
                    let other: Vec<_> = columns
                        .filter(|(column, value)| was[*column] != **value)
                        .map(|(column, _)| &**column)
                        .collect();
                    changes.push(format!("{table} {name}: {}", other.join(" ")));
                }
                Some(_) => {}
            }
        }
        for (key, row) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
            changes.push(format!("-{} {}", key.0, name_of(&key.0, row, before)));
        }
        changes.sort();
        changes
    }

    /// A new row holds nothing of what was injected in.
    fn assert_honest(&self, table: &str, row: &Value, own: &[&str]) {
        if table == "history" {
            let at: chrono::DateTime<chrono::Utc> = text(row, "at").parse().expect("an instant");
            // Microseconds later where something was done to it before, at the same time.
            let later = at - self.app.now();
            assert!(
                (0..100).contains(&later.num_microseconds().expect("a short time")),
                "{row}"
            );
            assert_eq!(row["source"], "page", "{row}");
        }
        for (name, value) in self.injected.iter().filter(|(name, _)| !own.contains(&&**name)) {
            // The form of a reset asks for it.
            if name == "without_two_step" && row["purpose"] == "Reset" {
                continue;
            }
            let stored = match &row[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_ne!(&stored, value, "{table} {name}: {row}");
        }
        assert!(!row.to_string().contains("injected"), "{table}: {row}");
        assert!(
            !row.to_string().contains(&self.mallory.id.to_string()),
            "{table}: {row}"
        );
    }
}

fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_default()
}

/// What a person would call a row.
fn name_of(table: &str, row: &Value, all: &Rows) -> String {
    let name = |id: &str| {
        // What is derived of a customer has the customer's id.
        let mut named = all.iter().filter(|((table, _), _)| table != "customer_summary");
        let found = named.find(|((_, key), _)| key == id).map(|(_, row)| row);
        found.map_or("nobody", |row| match text(row, "name") {
            "" if row["role"].is_string() => text(row, "role"),
            "" if row["kind"].is_string() => text(row, "kind"),
            "" if row["pin_code"].is_string() => text(row, "pin_code"),
            "" => "the session policy",
            name => name,
        })
    };
    match table {
        "users" | "customers" | "leads" | "plans" | "holidays" => text(row, "name").to_owned(),
        "served_pin_codes" => text(row, "pin_code").to_owned(),
        "jobs" => text(row, "kind").to_owned(),
        "role_policies" => text(row, "role").to_owned(),
        "history" => format!(
            "{} of {} by {}",
            text(row, "field"),
            name(text(row, "entity_id")),
            name(text(row, "actor"))
        ),
        _ if row["user_id"].is_string() => format!("of {}", name(text(row, "user_id"))),
        _ => String::new(),
    }
}
