//! The subject's pages.

use leptos::prelude::*;

use super::account::AccountPage;
use super::link::LinkPage;
use super::roles_page::RolesPage;
use super::sign_in::{CodePage, SignInPage};
use super::users::UsersPage;

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
