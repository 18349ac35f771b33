//! Every address that the program answers.

use app::context::AppContext;
use app::{App, shell};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, map_response};
use axum::response::{Redirect, Response};
use axum::routing::get;
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list, handle_server_fns_with_context, render_app_async_with_context};
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use crate::{health, limits, no_script, requests};

/// The router: pages, server functions, forms without script, files, health; every request is logged.
pub fn router(context: AppContext, options: LeptosOptions) -> Router {
    let provide = {
        let context = context.clone();
        move || provide_context(context.clone())
    };
    let page = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let answer = {
        let provide = provide.clone();
        move |request| handle_server_fns_with_context(provide.clone(), request)
    };
    let functions = Router::new().route("/api/{*function}", get(answer.clone()).post(answer));
    let pages = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), provide.clone(), page.clone())
        .fallback_service(files(&options, render_app_async_with_context(provide, page)))
        .with_state(options.clone());
    let app = pages
        .route("/", get(|| std::future::ready(Redirect::to("/customers"))))
        .merge(no_script::routes(context.clone(), options))
        .merge(functions)
        .layer(from_fn(limits::held))
        .layer(map_response(private))
        .layer(CompressionLayer::new());
    requests::layer(app.merge(health::routes(context)))
}

/// The files of the site, compressed when it was built; what is no file is the application's to answer (404).
fn files<H, F>(options: &LeptosOptions, otherwise: H) -> Router
where
    H: Fn(axum::extract::Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let folder = ServeDir::new(&*options.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(Router::new().fallback(otherwise));
    // A hashed name means the same bytes for ever; another name must be asked for again.
    let lasting = options.hash_files;
    let package = format!("/{}/", options.site_pkg_dir);
    Router::new().fallback_service(folder).layer(from_fn(
        move |request: axum::extract::Request, next: axum::middleware::Next| {
            let is_package = request.uri().path().starts_with(&package);
            async move {
                let mut response = next.run(request).await;
                if response.status().is_success() {
                    let value = if is_package && lasting {
                        "public, max-age=31536000, immutable"
                    } else {
                        "no-cache"
                    };
                    response
                        .headers_mut()
                        .insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
                }
                response
            }
        },
    ))
}

/// Pages and answers hold personal data: no cache keeps them.
async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
