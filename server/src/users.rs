//! `lastmile user`: what an operator does with accounts from the command line; and what `serve` says of them at its start.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use app::contact::Email;
use app::context::{AppContext, Demo, Reach};
use app::error::AppError;
use app::history::model::Source;
use app::people::model::password::Password;
use app::people::model::token::Token;
use app::people::model::{Purpose, User};
use app::people::service::{invitations, settings};
use app::people::store::{secrets, users};
use app::ui::posted::Posted;

use crate::clock;
use crate::command_line::{UserCommand, Users};
use crate::database::{self, check_schema, connect};
use crate::opening::Opened;
use crate::seed;

/// Does what the command line says, and prints what there is to know: a one-time link, or the list.
///
/// # Errors
/// In a sentence.
pub async fn run(opened: &Opened, command: Users) -> Result<(), Box<dyn Error>> {
    let mut connection = connect(&opened.program, "DATABASE_URL").await?;
    check_schema(&mut connection).await??;
    drop(connection);
    let mut context = AppContext::new(database::pool(&opened.program), clock::system());
    context.source = Source::CommandLine;
    context.reach = Arc::new(Reach {
        url: command.public_url.origin().to_owned(),
        demo: None,
    });
    let said = said(&context, command.command).await;
    context.connections.close().await;
    print!("{}", said?);
    Ok(())
}

async fn said(context: &AppContext, command: UserCommand) -> Result<String, Box<dyn Error>> {
    Ok(match command {
        UserCommand::List => list(context).await?,
        UserCommand::Add { name, email, role } => {
            let (user, link) = wanted(invitations::invite(context, &name, &email, role.word()).await?)?;
            link_for(&user, &link, Purpose::Invitation)
        }
        UserCommand::Reset {
            email,
            without_two_step,
        } => {
            let id = find(context, &email).await?.id;
            let (user, link) = wanted(invitations::reset(context, id, without_two_step).await?)?;
            let purpose = if user.has_password {
                Purpose::Reset
            } else {
                Purpose::Invitation
            };
            link_for(&user, &link, purpose)
        }
        UserCommand::Disable { email } => set_disabled(context, &email, true).await?,
        UserCommand::Enable { email } => set_disabled(context, &email, false).await?,
    })
}

async fn list(context: &AppContext) -> Result<String, AppError> {
    let mut text = String::new();
    for row in settings::users(context).await?.users {
        let User { email, role, name, .. } = &row.user;
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{email}\t{role}\t{}\t{name}", row.user.state());
    }
    Ok(text)
}

async fn set_disabled(context: &AppContext, email: &str, disabled: bool) -> Result<String, Box<dyn Error>> {
    let id = find(context, email).await?.id;
    let user = wanted(settings::set_disabled(context, id, disabled).await?)?;
    Ok(format!("{} is {}\n", user.email, user.state().to_lowercase()))
}

async fn find(context: &AppContext, email: &str) -> Result<User, Box<dyn Error>> {
    let address = Email::parse(email)?;
    let found = users::with_email(context.pool(), &address).await?;
    let unknown = || format!("there is no user {email}: see lastmile user list");
    Ok(found.ok_or_else(unknown)?.user)
}

/// What was done, or all that stands in its way in one line.
fn wanted<T>(done: Result<T, Posted>) -> Result<T, Box<dyn Error>> {
    done.map_err(|posted| {
        let reasons: Vec<String> = posted.problem.into_iter().chain(posted.errors.into_values()).collect();
        reasons.join(" ").into()
    })
}

fn link_for(user: &User, link: &str, purpose: Purpose) -> String {
    let lasts = purpose.lasts();
    format!(
        "{} chooses a password here, once, within {lasts}:\n{link}\n",
        user.email
    )
}

/// What `serve` prints about getting in: the demo's passwords when they are made, or the link for the first Admin.
///
/// # Errors
/// The database's.
pub async fn ways_in(context: &AppContext) -> Result<String, AppError> {
    if let Some(demo) = &context.reach.demo {
        return demo_passwords(context, demo).await;
    }
    let link = invitations::first_admin(context).await?;
    Ok(link.map_or(String::new(), |link| {
        let lasts = Purpose::FirstAdmin.lasts();
        format!("Nobody can sign in yet. Create the first Admin within {lasts}:\n{link}\n")
    }))
}

/// The demo's people, where they are in the database. In any other database nobody comes in by a button: its people are real.
///
/// # Errors
/// The database's.
pub async fn demo(context: &AppContext) -> Result<Option<Demo>, AppError> {
    let demo = seed::demo();
    let email = Email::parse(&demo.admin).map_err(AppError::internal)?;
    if users::with_email(context.pool(), &email).await?.is_some() {
        return Ok(Some(demo));
    }
    tracing::warn!("this database is not the demo's: people sign in as everywhere else");
    Ok(None)
}

/// Gives the demo's Admin and Sales user random passwords, where they have none.
async fn demo_passwords(context: &AppContext, demo: &Demo) -> Result<String, AppError> {
    let mut text = String::new();
    for email in [&demo.admin, &demo.sales] {
        let email = Email::parse(email).map_err(AppError::internal)?;
        let found = users::with_email(context.pool(), &email).await?;
        let Some(user) = found.map(|found| found.user).filter(|user| !user.has_password) else {
            continue;
        };
        let token = Token::new()?;
        let password = token.secret().get(..16).unwrap_or_default();
        let hash = context.hasher.hash(Password::typed(password)).await?;
        let mut transaction = context.pool().begin().await?;
        secrets::set_password(&mut transaction, &context.stamp(), user.id, &hash, None).await?;
        transaction.commit().await?;
        let _ = writeln!(text, "{}: {} with the password {password}", user.role, user.email);
    }
    Ok(text)
}
