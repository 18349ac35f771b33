//! What the page "My day" asks for.

use std::cmp::Ordering;

use super::codec::Leads;
use super::responses::{DueLeads, MyDay};
use super::spec::SPEC;
use super::store::{self, Lead};
use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::list::responses::Row;
use crate::record::store::RecordStore as _;

/// The most leads that are shown as overdue, as due today, and as due this week.
pub const MOST: usize = 200;

/// The caller's own open leads with a next step, up to the end of the week.
///
/// # Errors
/// `SignedOut` and `Forbidden`.
pub async fn my_day(context: &AppContext) -> Result<MyDay, AppError> {
    let owner = context.caller.require(SPEC.browse)?.user;
    let today = context.clock.today();
    // One more tells whether there are more.
    let limit = MOST as i64 + 1;
    let read = context.read_db(|mut db| async move { store::due(&mut db, owner, today, limit).await });
    let mut day = MyDay {
        today,
        overdue: DueLeads::default(),
        due_today: DueLeads::default(),
        this_week: DueLeads::default(),
    };
    for lead in read.await? {
        let due = match lead.data.next_step_on.cmp(&Some(today)) {
            Ordering::Less => &mut day.overdue,
            Ordering::Equal => &mut day.due_today,
            Ordering::Greater => &mut day.this_week,
        };
        if due.rows.len() < MOST {
            due.rows.push(row(&lead));
        } else {
            due.has_more = true;
        }
    }
    Ok(day)
}

fn row(lead: &Lead) -> Row {
    let snapshot = Leads::snapshot(lead);
    Row {
        id: lead.id,
        cells: MyDay::columns()
            .map(|field| snapshot.draft.cell(&SPEC, field))
            .collect(),
        title: snapshot.record.name,
        subtitle: snapshot.record.reference,
    }
}
