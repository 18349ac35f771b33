//! Every address that the program answers.

use std::sync::{Arc, LazyLock};

use app::App;
use app::context::AppContext;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::{MethodFilter, get, on};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list_with_exclusions, handle_server_fns_with_context,
    render_app_async_with_context,
};
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use crate::desk::Desk;
use crate::headers::Document;
use crate::web::Web;
use crate::{customers, entry, headers, health, limits, peer, people, requests, sessions};

/// The application's pages. They are found once and before the first of them is shown: while Leptos looks for them, no page of the
/// process gets what it waits for, whatever router it is of. The server functions stand among them as what the framework shall not route by itself.
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| {
    let functions = server_fn_paths().map(|(path, _)| path.to_owned());
    generate_route_list_with_exclusions(App, Some(functions.collect()))
});

/// The router: pages, server functions, forms without script, files, health; every request is logged.
pub fn router(context: AppContext, document: Document, web: Web) -> Router {
    let options = document.options().clone();
    // With each request axum copies what is around a route, layer by layer, and what they hold with it: it is shared.
    let shared = Arc::new(context.clone());
    let provide = {
        let shared = shared.clone();
        move || provide_context(AppContext::clone(&shared))
    };
    let page = {
        let document = document.clone();
        move || document.page()
    };
    let pages = Router::new()
        .leptos_routes_with_context(&options, PAGES.clone(), provide.clone(), page.clone())
        .fallback_service(files(&options, render_app_async_with_context(provide.clone(), page)))
        .with_state(options.clone());
    let app = pages
        .route("/", get(|| std::future::ready(Redirect::to("/customers"))))
        .merge(functions(provide))
        .merge(forms(Desk {
            context: context.clone(),
            document,
        }))
        .layer(from_fn_with_state(shared, sessions::known))
        .merge(health::routes(context))
        .layer(from_fn_with_state(web.clone(), limits::held))
        .layer(from_fn_with_state(web.clone(), peer::found))
        .layer(CompressionLayer::new());
    requests::layer(headers::layer(app, &web))
}

/// The server functions. The framework's own routes for them would lead whoever accepts HTML on to the page that a link was on, another site's included:
/// whatever is accepted, these answer.
fn functions(provide: impl Fn() + Clone + Send + Sync + 'static) -> Router {
    let answer = move |mut request: Request| {
        request.headers_mut().remove(header::ACCEPT);
        handle_server_fns_with_context(provide.clone(), request)
    };
    // What is none of them says so itself.
    let none = Router::new().route("/api/{*function}", get(answer.clone()).post(answer.clone()));
    server_fn_paths().fold(none, |router, (path, method)| {
        let method = MethodFilter::try_from(method).unwrap_or(MethodFilter::POST);
        router.route(path, on(method, answer.clone()))
    })
}

/// The forms, at their pages' own addresses.
fn forms(desk: Desk) -> Router {
    let all = [customers::forms(), entry::forms(), people::forms()];
    let router = all
        .into_iter()
        .fold(Router::new(), |router, forms| router.merge(forms.router));
    router.with_state(desk)
}

/// The addresses of the pages, as the application's router spells them.
pub fn page_paths() -> Vec<String> {
    let all = PAGES.iter().map(|page| page.path().to_owned());
    all.filter(|path| !path.starts_with("/api/")).collect()
}

/// The addresses that forms are sent to, as the router spells them.
pub fn form_paths() -> Vec<&'static str> {
    let all = [customers::forms(), entry::forms(), people::forms()];
    all.into_iter().flat_map(|forms| forms.paths).collect()
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
    // A hashed name means the same bytes for ever; another name must be asked for again. So must a script: it names other
    // files, and its own name is hashed before they are.
    let lasting = options.hash_files;
    let package = format!("/{}/", options.site_pkg_dir);
    Router::new().fallback_service(folder).layer(from_fn(
        move |request: axum::extract::Request, next: axum::middleware::Next| {
            let path = request.uri().path();
            let lasts = lasting && path.starts_with(&package) && !path.ends_with(".js");
            async move {
                let mut response = next.run(request).await;
                if response.status().is_success() {
                    let value = if lasts {
                        "public, max-age=31536000, immutable"
                    } else {
                        "no-cache"
                    };
                    response
                        .headers_mut()
                        .entry(header::CACHE_CONTROL)
                        .or_insert(HeaderValue::from_static(value));
                }
                response
            }
        },
    ))
}
