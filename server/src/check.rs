//! `lastmile check`: whether what is kept beside the customers agrees with them, and putting it right.

use std::error::Error;

use app::customers::store::{mend_words, recount, wrong_counts, wrong_words};
use sqlx::Connection;

use crate::command_line::Check;
use crate::database::{check_schema, connect};
use crate::opening::Opened;

/// Checks, repairs where that is asked for, and prints what it found.
///
/// # Errors
/// In a sentence; what is wrong and not repaired is one.
pub async fn run(opened: &Opened, options: &Check) -> Result<(), Box<dyn Error>> {
    let mut connection = connect(&opened.program, "DATABASE_URL").await?;
    check_schema(&mut connection).await??;
    // All or nothing, and nothing changes between looking and repairing.
    let mut transaction = connection.begin().await?;
    if options.repair {
        sqlx::raw_sql("LOCK TABLE customers IN SHARE MODE")
            .execute(&mut *transaction)
            .await?;
    }
    let mut findings = Vec::new();
    let wrong = wrong_counts(&mut transaction).await?;
    if options.repair && wrong > 0 {
        recount(&mut transaction).await?;
    }
    findings.push(("the counts of customers", wrong));
    let wrong = match options.repair {
        true => mend_words(&mut transaction).await?,
        false => wrong_words(&mut transaction).await?,
    };
    findings.push(("the words of customers", wrong));
    transaction.commit().await?;
    for (what, wrong) in &findings {
        match wrong {
            0 => println!("{what} are right"),
            wrong if options.repair => println!("{what} are right again: {wrong} were wrong"),
            wrong => println!("{what} are not right: {wrong} are wrong"),
        }
    }
    if !options.repair && findings.iter().any(|(_, wrong)| *wrong > 0) {
        return Err("what is kept beside the customers does not agree with them: run `lastmile check --repair`".into());
    }
    Ok(())
}
