//! `lastmile check`: compares what is derived with the customers, their services and the ledger, and repairs it; lists whose email another has in
//! another spelling.

use std::error::Error;

use app::billing::store::summary;
use app::customers::store::{Mismatches, mismatches, rebuild_derived};
use app::services::store::customers;
use sqlx::Connection;

use crate::command_line::Check;
use crate::database::{connect, text_rules};
use crate::open_database::OpenDatabase;

/// How many customers are compared and repaired at once.
const BATCH: i64 = 5_000;

/// Checks, repairs if `--repair` is given, and prints the result.
///
/// # Errors
/// A sentence. That something is wrong and was not repaired is an error too.
pub async fn run(opened: &OpenDatabase, options: &Check) -> Result<(), Box<dyn Error>> {
    let mut connection = connect(&opened.program, "DATABASE_URL").await?;
    opened.check_schema(&mut connection).await?;
    // In one transaction with a lock, so that nothing changes between check and repair.
    let mut transaction = connection.begin().await?;
    if options.repair {
        sqlx::raw_sql("LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await?;
    }
    let Mismatches { counts, words } = mismatches(&mut transaction).await?;
    let ledger = summary::mismatches(&mut transaction).await?;
    if options.repair && counts + words > 0 {
        rebuild_derived(&mut transaction).await?;
    }
    let mut unlike = 0;
    loop {
        let customers = customers::mismatches(&mut transaction, BATCH).await?;
        unlike += customers.len() as i64;
        if customers.is_empty() || !options.repair {
            break;
        }
        customers::update_customers(&mut transaction, &customers).await?;
    }
    if options.repair && ledger.summaries + ledger.open > 0 {
        summary::repair(&mut transaction).await?;
    }
    transaction.commit().await?;
    let is_renewed = text_rules::is_renewed(&mut connection).await?;
    let clashes = text_rules::clashes(&mut connection).await?;
    let derived = [
        ("the counts of customers", counts),
        ("the words of customers", words),
        ("the status and plan of customers by their services", unlike),
        ("the summaries of customers", ledger.summaries),
        ("the open amounts of bills and payments", ledger.open),
    ];
    for (what, wrong) in derived {
        match wrong {
            0 => println!("{what} are right"),
            wrong if options.repair => println!("{what} are right again: {wrong} were wrong"),
            wrong => println!("{what} are not right: {wrong} are wrong"),
        }
    }
    for clash in &clashes {
        println!("another has this email in another spelling: {clash}");
    }
    if derived.iter().any(|(_, wrong)| *wrong > 0) && !options.repair {
        return Err(
            "what is derived from the customers and the ledger is not right: run `lastmile check --repair`".into(),
        );
    }
    if !is_renewed {
        return Err("rows have text by the rules of an older program: run `lastmile migrate`".into());
    }
    match clashes.len() {
        0 => Ok(()),
        count => Err(format!("{count} have an email that another has in another spelling: give each their own").into()),
    }
}
