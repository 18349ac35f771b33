//! Every address that the program answers.

use app::context::AppContext;
use axum::Router;
use leptos::config::LeptosOptions;

/// The router: pages, server functions, forms without script, files.
pub fn router(_context: AppContext, _options: LeptosOptions) -> Router {
    Router::new()
}
