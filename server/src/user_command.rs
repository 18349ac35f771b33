//! `lastmile user`: accounts from the command line; and how to sign in, which `serve` prints at its start.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use app::base::audit::Source;
use app::base::contact::Email;
use app::base::error::AppError;
use app::http::context::{AppContext, PublicAddress};
use app::http::token::Token;
use app::ui::form_state::FormState;
use app::users::model::password::{Hasher, Password};
use app::users::model::{Purpose, User};
use app::users::service::sign_in::DemoAccounts;
use app::users::service::{admin, invitations};
use app::users::store::{credentials, users};

use crate::clock;
use crate::command_line::{UserCommand, Users};
use crate::database::{self, connect};
use crate::network;
use crate::open_database::OpenDatabase;
use crate::seed;

/// Runs the command, and prints its result: a one-time link, or the list of users.
///
/// # Errors
/// In a sentence.
pub async fn run(opened: &OpenDatabase, command: Users) -> Result<(), Box<dyn Error>> {
    let mut connection = connect(&opened.program, "DATABASE_URL").await?;
    opened.check_schema(&mut connection).await?;
    drop(connection);
    let mut context = AppContext::new(database::pool(&opened.program), clock::system());
    context.source = Source::CommandLine;
    let url = match &command.public_url {
        Some(url) => url.to_string(),
        None => network::url_of(command.listen),
    };
    if command.public_url.is_none() && matches!(command.command, UserCommand::Add { .. } | UserCommand::Reset { .. }) {
        tracing::warn!("the link begins with {url}: if browsers reach lastmile elsewhere, say where with --public-url");
    }
    context.public_address = Arc::new(PublicAddress { url });
    let output = execute(&context, command.command).await;
    context.pool().close().await;
    print!("{}", output?);
    Ok(())
}

async fn execute(context: &AppContext, command: UserCommand) -> Result<String, Box<dyn Error>> {
    Ok(match command {
        UserCommand::List => list(context).await?,
        UserCommand::Add { name, email, role } => {
            let (user, link) = into_result(invitations::invite(context, &name, &email, role.as_str()).await?)?;
            format_link(&user, &link, Purpose::Invitation)
        }
        UserCommand::Reset {
            email,
            without_two_step,
        } => {
            let id = find(context, &email).await?.id;
            let (user, link) = into_result(invitations::reset(context, (id, None), without_two_step).await?)?;
            let purpose = if user.has_password {
                Purpose::Reset
            } else {
                Purpose::Invitation
            };
            format_link(&user, &link, purpose)
        }
        UserCommand::Disable { email } => set_disabled(context, &email, true).await?,
        UserCommand::Enable { email } => set_disabled(context, &email, false).await?,
    })
}

async fn list(context: &AppContext) -> Result<String, AppError> {
    let mut text = String::new();
    for row in admin::list_users(context).await?.users {
        let User { email, role, name, .. } = &row.user;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{email}\t{role}\t{}\t{name}", row.user.state());
    }
    Ok(text)
}

async fn set_disabled(context: &AppContext, email: &str, disabled: bool) -> Result<String, Box<dyn Error>> {
    let id = find(context, email).await?.id;
    let user = into_result(admin::set_disabled(context, (id, None), disabled).await?)?;
    Ok(format!("{} is {}\n", user.email, user.state().to_lowercase()))
}

async fn find(context: &AppContext, email: &str) -> Result<User, Box<dyn Error>> {
    let address = Email::parse(email)?;
    let found = users::find_by_email(context.pool(), &address).await?;
    let unknown = || format!("there is no user {email}: see lastmile user list");
    Ok(found.ok_or_else(unknown)?.user)
}

/// The result, or all errors of the form in one line.
fn into_result<T>(done: Result<T, FormState>) -> Result<T, Box<dyn Error>> {
    done.map_err(|posted| {
        let reasons: Vec<String> = posted
            .problem
            .into_iter()
            .chain(posted.errors.into_iter().map(|(_, message)| message))
            .collect();
        reasons.join(" ").into()
    })
}

fn format_link(user: &User, link: &str, purpose: Purpose) -> String {
    let lasts = purpose.lifetime();
    format!(
        "{} chooses a password here, once, within {lasts}:\n{link}\n",
        user.email
    )
}

/// How to sign in: the demo's passwords when they are new, or the link for the first Admin.
///
/// # Errors
/// The database's.
pub async fn sign_in_instructions(context: &AppContext) -> Result<String, AppError> {
    if let Some(demo) = context.shared::<Option<DemoAccounts>>() {
        return demo_passwords(context, &demo).await;
    }
    let link = invitations::invite_first_admin(context).await?;
    Ok(link.map_or(String::new(), |link| {
        let lasts = Purpose::FirstAdmin.lifetime();
        format!("Nobody can sign in yet. Create the first Admin within {lasts}:\n{link}\n")
    }))
}

/// The demo's accounts, where the database has them. In any other database nobody signs in by a button: its users are real.
///
/// # Errors
/// The database's.
pub async fn find_demo_accounts(context: &AppContext) -> Result<Option<DemoAccounts>, AppError> {
    let demo = seed::demo();
    let email = Email::parse(&demo.admin).map_err(AppError::internal)?;
    if users::find_by_email(context.pool(), &email).await?.is_some() {
        return Ok(Some(demo));
    }
    tracing::warn!("this database is not the demo's: people sign in as everywhere else");
    Ok(None)
}

/// Gives the demo's Admin and Sales user random passwords, where they have none.
async fn demo_passwords(context: &AppContext, demo: &DemoAccounts) -> Result<String, AppError> {
    let mut text = String::new();
    for email in [&demo.admin, &demo.sales] {
        let email = Email::parse(email).map_err(AppError::internal)?;
        let found = users::find_by_email(context.pool(), &email).await?;
        let Some(user) = found.map(|found| found.user).filter(|user| !user.has_password) else {
            continue;
        };
        let token = Token::new()?;
        let password = token.secret().get(..16).unwrap_or_default();
        let hash = context.shared::<Hasher>().hash(Password::from_input(password)).await?;
        let mut transaction = context.pool().begin().await?;
        credentials::set_password(&mut transaction, &context.audit(), user.id, &hash, None).await?;
        transaction.commit().await?;
        let _ = writeln!(text, "{}: {} with the password {password}", user.role, user.email);
    }
    Ok(text)
}
