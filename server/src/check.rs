//! `lastmile check`: whether what is kept beside the customers agrees with them, and putting it right.

use std::error::Error;

use app::customers::store::{recount, wrong_counts};
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
    match wrong_counts(&mut transaction).await? {
        0 => println!("the counts of customers are right"),
        wrong if options.repair => {
            recount(&mut transaction).await?;
            transaction.commit().await?;
            println!("the counts of customers are right again: {wrong} of 36 were wrong");
        }
        wrong => {
            return Err(
                format!("{wrong} of the 36 counts of customers are wrong: run `lastmile check --repair`").into(),
            );
        }
    }
    Ok(())
}
