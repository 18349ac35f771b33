//! The subject's pages.

mod account;
mod link;
mod roles;
mod sign_in;
mod users;

use leptos::prelude::*;

use account::AccountPage;
use link::LinkPage;
use roles::RolesPage;
use sign_in::{CodePage, SignInPage};
use users::UsersPage;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Signing in.
    SignIn,
    /// The second step of it.
    Code,
    /// A one-time link.
    Link,
    /// One's own account.
    Account,
    /// All users.
    Users,
    /// The roles and their rules.
    Roles,
}

impl Page {
    /// Draws the page.
    pub fn view(self) -> AnyView {
        match self {
            Self::SignIn => view! { <SignInPage/> }.into_any(),
            Self::Code => view! { <CodePage/> }.into_any(),
            Self::Link => view! { <LinkPage/> }.into_any(),
            Self::Account => view! { <AccountPage/> }.into_any(),
            Self::Users => view! { <UsersPage/> }.into_any(),
            Self::Roles => view! { <RolesPage/> }.into_any(),
        }
    }
}
