//! One of everything, so that every page of the program shows something.

use app::base::time::ist_date;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::test_client::Form;
use crate::test_client::test_app::TestApp;

/// Lists that lack what another list has: a board, a form that converts.
const LACKS: [&str; 8] = [
    "/customers/board",
    "/plans/board",
    "/served-pin-codes/board",
    "/holidays/board",
    "/customers/{id}/convert",
    "/plans/{id}/convert",
    "/served-pin-codes/{id}/convert",
    "/holidays/{id}/convert",
];

/// A record of each kind, each with the same name, in the same city.
pub struct Examples {
    customer: Uuid,
    lead: Uuid,
    plan: Uuid,
    served: Uuid,
    holiday: Uuid,
    service: Uuid,
    bill: String,
    payment: String,
    user: Uuid,
}

impl Examples {
    /// Makes them as an Admin, with a customer who owes a part of a bill; `user` is another user.
    pub async fn new(app: &TestApp, session: &str, user: Uuid, name: &str, city: &str) -> Self {
        let fill = async |path: &str, fields: &[(&str, &str)]| {
            let form = Form::in_page(&app.server.get_as(session, path).await);
            let form = match path {
                "/customers/new" => form.filled_in(name, "payer@example.in"),
                _ => form,
            };
            let form = fields.iter().fold(form, |form, (field, value)| form.with(field, value));
            let answer = app.server.post_as(session, path, form.body()).await;
            assert_eq!(
                answer.status,
                StatusCode::SEE_OTHER,
                "{path}: {}",
                answer.visible_text()
            );
            let id: Uuid = form.value("id").parse().unwrap_or_default();
            (id, answer.header("location").to_owned())
        };
        let provider = [
            ("name", name),
            ("gstin", "29AAGCB7383J1Z4"),
            ("address_line", "1 Residency Road"),
            ("city", city),
            ("state", "Karnataka"),
            ("pin_code", "560025"),
            ("upi_id", "lastmile@okbank"),
            ("bank_details", name),
            ("bill_series", "LM"),
            ("note_series", "LC"),
            ("due_days", "10"),
        ];
        fill("/settings/provider", &provider).await;
        let plan = [
            ("name", name),
            ("code", "EXAMPLE-100"),
            ("download", "100"),
            ("upload", "50"),
            ("price", "699"),
        ];
        let (plan, _) = fill("/plans/new", &plan).await;
        let (customer, _) = fill("/customers/new", &[("city", city), ("plan_id", &plan.to_string())]).await;
        let (lead, _) = fill(
            "/leads/new",
            &[("name", name), ("phone", "98450 12345"), ("city", city)],
        )
        .await;
        let served = [
            ("pin_code", "560099"),
            ("area", name),
            ("city", city),
            ("plan_types", "Fiber"),
            ("max_speed", "500"),
        ];
        let (served, _) = fill("/served-pin-codes/new", &served).await;
        let (holiday, _) = fill("/holidays/new", &[("name", name), ("day", "2027-01-26")]).await;
        let service: Uuid = sqlx::query_scalar(
            "UPDATE services SET status = 'Active', starts_on = '2026-10-01', anchor_day = 1 WHERE customer_id = $1 RETURNING id",
        )
        .bind(customer)
        .fetch_one(&app.pool)
        .await
        .expect("a service");
        let (_, bill) = fill(&format!("/bills/new/{service}"), &[]).await;
        let today = ist_date(app.now()).to_string();
        let payment = [("amount", "100"), ("method", "Cash"), ("received_on", &*today)];
        let (_, payment) = fill(&format!("/payments/new/{customer}"), &payment).await;
        fill(&format!("{bill}/credit"), &[("line1", "100"), ("reason", name)]).await;
        let end = [("day", "2027-01-01"), ("cause", "Request"), ("reason", name)];
        fill(&format!("/services/{customer}/{service}/end"), &end).await;
        Self {
            customer,
            lead,
            plan,
            served,
            holiday,
            service,
            bill,
            payment,
            user,
        }
    }

    /// The addresses of all pages that a signed-in Admin can open, as the program lists its pages.
    pub fn addresses(&self) -> Vec<String> {
        let pages = server::router::page_paths();
        let known =
            |path: &String| LACKS.contains(&&**path) || path.starts_with("/sign-in") || path.starts_with("/link/");
        assert!(
            LACKS.iter().all(|path| pages.contains(&(*path).to_owned())),
            "{pages:?}"
        );
        pages
            .into_iter()
            .filter(|path| !known(path))
            .flat_map(|path| self.fill(&path))
            .collect()
    }

    /// The addresses of a page: one, or one for each of its actions.
    fn fill(&self, path: &str) -> Vec<String> {
        let subject = path.split('/').nth(1).unwrap_or_default();
        let id = match subject {
            "customers" | "statements" => self.customer,
            "leads" => self.lead,
            "plans" => self.plan,
            "served-pin-codes" => self.served,
            "holidays" => self.holiday,
            "settings" => self.user,
            "bills" if path.contains("/new/") => self.service,
            "payments" if path.contains("/new/") => self.customer,
            "bills" => return vec![path.replace("/bills/{id}", &self.bill)],
            "payments" => return vec![path.replace("/payments/{id}", &self.payment)],
            "services" => self.service,
            _ => Uuid::nil(),
        };
        let path = path
            .replace("{customer}", &self.customer.to_string())
            .replace("{id}", &id.to_string())
            .replace("{role}", "Staff");
        let actions: &[&str] = match subject {
            "services" => &["change-plan", "login", "suspend", "pause", "end"],
            _ => &["role", "disable", "sessions", "reset"],
        };
        match path.contains("{action}") {
            true => actions.iter().map(|action| path.replace("{action}", action)).collect(),
            false => vec![path],
        }
    }
}
