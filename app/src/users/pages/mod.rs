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
    /// The second step of signing in.
    Code,
    /// A one-time link.
    Link,
    /// The user's own account.
    Account,
    /// All users.
    Users,
    /// The roles and policies.
    Roles,
}

impl Page {
    /// Renders the page.
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
