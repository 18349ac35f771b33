//! "My day": whose leads, in which groups and order.

use std::sync::Arc;

use app::base::error::AppError;
use app::base::roles::{Permission, Role};
use app::base::time::Clock;
use app::http::context::AppContext;
use app::http::identity::{Identity, RequestIdentity, Session};
use app::http::token::Token;
use app::http::user_summary::AuthStage;
use app::leads::codec::Leads;
use app::leads::model::Stage;
use app::leads::my_day::{MOST, my_day};
use app::leads::responses::DueLeads;
use app::leads::spec::field;
use app::record::delete;
use sqlx::PgPool;
use uuid::Uuid;

use super::common::{context, date, version_of};
use super::{create, draft, give, user};

/// The context of a user's request, on 24 November 2026 in India; in London it is still the day before.
fn request(pool: &PgPool, user: Uuid, role: Role) -> AppContext {
    let session = Session {
        id: Uuid::now_v7(),
        token: Token::new().expect("random bytes"),
        user,
        name: "Arjun".into(),
        email: "arjun@example.in".into(),
        role,
        stage: AuthStage::Authenticated,
        last_write: None,
    };
    let mut context = context(pool).for_caller(RequestIdentity {
        identity: Identity::Session(Arc::new(session)),
        ..RequestIdentity::default()
    });
    context.clock = Clock::new(|| "2026-11-23T18:30:00Z".parse().expect("an instant"));
    context
}

async fn lead(pool: &PgPool, name: &str, owner: Uuid, stage: Stage, next_step_on: &str) -> Uuid {
    let mut draft = draft(name);
    draft.put(field::OWNER, owner);
    draft.put(field::STAGE, stage);
    draft.put(field::LOST_REASON, "Too dear");
    draft.put(field::NEXT_STEP, "Call again");
    draft.put(field::NEXT_STEP_ON, next_step_on);
    create(pool, &draft).await.id
}

fn names(due: &DueLeads) -> Vec<&str> {
    due.rows.iter().map(|row| row.title.as_str()).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn one_s_own_open_leads_are_grouped_by_the_date_of_the_next_step(pool: PgPool) {
    let (me, other) = (user(&pool, "Arjun", "Sales").await, user(&pool, "Meera", "Admin").await);
    for (name, stage, next_step_on) in [
        ("Tomorrow", Stage::Proposal, "2026-11-25"),
        ("Sixth day", Stage::New, "2026-11-30"),
        ("Next week", Stage::New, "2026-12-01"),
        ("ravi", Stage::Qualified, "2026-11-24"),
        ("Asha", Stage::Contacted, "2026-11-24"),
        ("Priya", Stage::New, "2026-11-24"),
        ("Yesterday", Stage::New, "2026-11-23"),
        ("Long ago", Stage::New, "2020-02-29"),
        ("Without a date", Stage::New, ""),
        ("Won", Stage::Won, "2026-11-24"),
        ("Lost", Stage::Lost, "2026-11-23"),
    ] {
        lead(&pool, name, me, stage, next_step_on).await;
    }
    lead(&pool, "Another's", other, Stage::New, "2026-11-24").await;
    let context = request(&pool, me, Role::Sales);
    let deleted = lead(&pool, "Deleted", me, Stage::New, "2026-11-24").await;
    delete::delete::<Leads>(&context, deleted, version_of(&context, deleted).await)
        .await
        .expect("deleted");

    let day = my_day(&context).await.expect("a day");
    assert_eq!(day.today, date("2026-11-24"));
    assert_eq!(names(&day.overdue), ["Long ago", "Yesterday"]);
    assert_eq!(names(&day.due_today), ["Asha", "Priya", "ravi"]);
    assert_eq!(names(&day.this_week), ["Tomorrow", "Sixth day"]);
    let of_other = my_day(&request(&pool, other, Role::Admin)).await.expect("a day");
    assert_eq!(names(&of_other.due_today), ["Another's"]);
    assert!(of_other.overdue.rows.is_empty() && of_other.this_week.rows.is_empty());
}

#[sqlx::test(migrations = "../migrations")]
async fn each_group_ends_at_its_most_and_says_so(pool: PgPool) {
    let me = user(&pool, "Arjun", "Sales").await;
    sqlx::query(
        "INSERT INTO leads (id, lead_number, name, name_key, phone, source, stage, owner, next_step_on, position, search_text,
             created_at, updated_at)
         SELECT gen_random_uuid(), n, 'Lead ' || n, 'lead ' || n, '+919845012345', 'Phone', 'New', $1, date '2026-11-23' + n % 3, n,
             '', now(), now()
         FROM generate_series(1, $2) n",
    )
    .bind(me)
    // One too many are due today, and as many as are shown are on each other day.
    .bind(3 * MOST as i32 + 1)
    .execute(&pool)
    .await
    .expect("leads");
    let day = my_day(&request(&pool, me, Role::Sales)).await.expect("a day");
    let sizes = [&day.overdue, &day.due_today, &day.this_week].map(|due| (due.rows.len(), due.has_more));
    assert_eq!(sizes, [(MOST, false), (MOST, true), (MOST, false)]);
}

#[sqlx::test(migrations = "../migrations")]
async fn staff_and_whoever_is_not_signed_in_have_no_day(pool: PgPool) {
    let sara = user(&pool, "Sara", "Staff").await;
    let owned = create(&pool, &draft("Asha")).await;
    give(&pool, owned.id, sara).await;
    let refused = my_day(&request(&pool, sara, Role::Staff)).await;
    assert_eq!(refused.err(), Some(AppError::Forbidden(Permission::WorkLeads)));
    assert_eq!(my_day(&context(&pool)).await.err(), Some(AppError::SignedOut));
}
