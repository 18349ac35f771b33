//! The router: every address that the program answers.

use std::sync::{Arc, LazyLock};

use app::App;
use app::billing::lists::{BILL_LIST, PAYMENT_LIST};
use app::customers::codec::Customers;
use app::document::{DEFERRED_STYLES, deferred_stylesheet};
use app::holidays::codec::Holidays;
use app::http::context::AppContext;
use app::leads::codec::Leads;
use app::plans::codec::Plans;
use app::served_pin_codes::codec::ServedPinCodes;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
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

use crate::form_context::{FormContext, FormRoutes};
use crate::headers::PageShell;
use crate::metrics::Metrics;
use crate::network::NetworkConfig;
use crate::{
    auth_middleware, billing_routes, board_routes, client_ip, expected_user, headers, health, job_routes, lead_routes,
    metrics, page_failures, record_routes, request_guard, request_log, request_rate, service_routes, sign_in_routes,
    user_routes,
};

/// The application's pages. Leptos finds them once, before it renders the first page: meanwhile no page in the process can load its data.
/// Server functions are excluded, since they have routes of their own below.
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| {
    let functions = server_fn_paths().map(|(path, _)| path.to_owned());
    generate_route_list_with_exclusions(App, Some(functions.collect()))
});

/// For addresses that contain a hash of what they lead to.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The router: pages, server functions, forms without script, files, health; every request is logged.
pub fn router(mut context: AppContext, shell: PageShell, network: NetworkConfig) -> Router {
    let options = shell.options().clone();
    let metrics = context.shared::<Metrics>();
    context.observe_wait = {
        let metrics = metrics.clone();
        Some(Arc::new(move |wait| metrics.observe_wait(wait)))
    };
    // For each request axum clones the layers around the route, with their state: the context is shared.
    let shared = Arc::new(context.clone());
    let provide = {
        let shared = shared.clone();
        move || provide_context(AppContext::clone(&shared))
    };
    let page = {
        let shell = shell.clone();
        move || shell.page()
    };
    let pages = Router::new()
        .leptos_routes_with_context(&options, PAGES.clone(), provide.clone(), page.clone())
        .fallback_service(files(&options, render_app_async_with_context(provide.clone(), page)))
        .with_state(options.clone());
    let app = pages
        .route("/", get(|| std::future::ready(Redirect::to("/customers"))))
        .merge(functions(provide))
        .merge(forms(FormContext {
            context: context.clone(),
            shell,
        }))
        .layer(from_fn_with_state(shared.clone(), expected_user::check))
        .layer(from_fn(request_guard::buffer_body))
        .layer(from_fn_with_state(shared.clone(), request_rate::limit))
        .layer(from_fn_with_state(shared, auth_middleware::authenticate_request))
        .layer(from_fn(remove_trailing_slash))
        .merge(health::routes(&context))
        .merge(page_failures::routes())
        .route(deferred_stylesheet(), get(deferred_styles));
    let app = request_guard::layer(app, &network)
        .layer(from_fn_with_state(network.clone(), client_ip::resolve_client_ip))
        .layer(CompressionLayer::new());
    metrics::layer(request_log::layer(headers::layer(app, &network)), metrics)
}

/// Leads an address that ends with a slash to the page without it, also what is sent there: pages' forms are sent to their own address.
async fn remove_trailing_slash(request: Request, next: Next) -> Response {
    match without_trailing_slash(request.uri()) {
        Some(address) => Redirect::permanent(&address).into_response(),
        None => next.run(request).await,
    }
}

/// The address without the slashes at the end of its path; none where there are none. It begins with one slash: browsers take two (or a backslash) for
/// the beginning of another site's name.
fn without_trailing_slash(uri: &Uri) -> Option<String> {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return None;
    }
    let path = path.trim_matches(['/', '\\']);
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("/{path}{query}"))
}

/// The stylesheet of lazy chunks. Its address changes with it.
async fn deferred_styles() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, IMMUTABLE),
    ];
    (headers, DEFERRED_STYLES)
}

/// The server functions. Leptos's own routes would redirect a client that accepts HTML to the page in `Referer`, which may be another
/// site's: these routes ignore `Accept`.
fn functions(provide: impl Fn() + Clone + Send + Sync + 'static) -> Router {
    let answer = move |mut request: Request| {
        request.headers_mut().remove(header::ACCEPT);
        handle_server_fns_with_context(provide.clone(), request)
    };
    // The handler itself answers for an unknown function.
    let unknown = Router::new().route("/api/{*function}", get(answer.clone()).post(answer.clone()));
    server_fn_paths().fold(unknown, |router, (path, method)| {
        let method = MethodFilter::try_from(method).unwrap_or(MethodFilter::POST);
        router.route(path, on(method, answer.clone()))
    })
}

fn all_forms() -> [FormRoutes; 14] {
    [
        record_routes::routes::<Customers>(),
        record_routes::routes::<Leads>(),
        lead_routes::routes(),
        board_routes::routes(),
        record_routes::routes::<ServedPinCodes>(),
        record_routes::routes::<Plans>(),
        record_routes::routes::<Holidays>(),
        sign_in_routes::routes(),
        user_routes::routes(),
        job_routes::routes(),
        service_routes::routes(),
        billing_routes::routes(),
        record_routes::list_routes(BILL_LIST.spec),
        record_routes::list_routes(PAYMENT_LIST.spec),
    ]
}

/// The forms, at their pages' own addresses.
fn forms(context: FormContext) -> Router {
    let router = all_forms()
        .into_iter()
        .fold(Router::new(), |router, forms| router.merge(forms.router));
    router.with_state(context)
}

/// The addresses of the pages, as the application's router spells them.
pub fn page_paths() -> Vec<String> {
    let all = PAGES.iter().map(|page| page.path().to_owned());
    all.filter(|path| !path.starts_with("/api/")).collect()
}

/// The addresses that forms are sent to, as the router spells them.
pub fn form_paths() -> Vec<String> {
    all_forms().into_iter().flat_map(|forms| forms.paths).collect()
}

/// The files for the browser, which the build has compressed. For any other address the application answers, with 404.
fn files<H, F>(options: &LeptosOptions, not_found: H) -> Router
where
    H: Fn(axum::extract::Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let folder = ServeDir::new(&*options.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(Router::new().fallback(not_found));
    // A file with a hashed name never changes; a browser revalidates any other, and scripts: a script contains names of other files, and
    // the build hashes its own name before it writes them.
    let hashed = options.hash_files;
    let package = format!("/{}/", options.site_pkg_dir);
    Router::new().fallback_service(folder).layer(from_fn(
        move |request: axum::extract::Request, next: axum::middleware::Next| {
            let path = request.uri().path();
            let is_immutable = hashed && path.starts_with(&package) && !path.ends_with(".js");
            async move {
                let mut response = next.run(request).await;
                if response.status().is_success() {
                    add_charset(response.headers_mut());
                    let value = if is_immutable { IMMUTABLE } else { "no-cache" };
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

/// Says that a file of text is UTF-8; `ServeDir` tells its type alone.
fn add_charset(headers: &mut HeaderMap) {
    let with_charset = match headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"text/css") => "text/css; charset=utf-8",
        Some(b"text/javascript") => "text/javascript; charset=utf-8",
        Some(b"image/svg+xml") => "image/svg+xml; charset=utf-8",
        _ => return,
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(with_charset));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_trailing_slash_leads_to_the_page() {
        for (address, to) in [
            ("/customers/new/", Some("/customers/new")),
            ("/customers/?q=a/&page=/", Some("/customers?q=a/&page=/")),
            ("/customers//", Some("/customers")),
            ("//evil.example/", Some("/evil.example")),
            ("/\\evil.example/", Some("/evil.example")),
            ("/\\/evil.example//", Some("/evil.example")),
            ("//", Some("/")),
            ("/", None),
            ("/customers", None),
            ("/customers?next=/", None),
        ] {
            let uri: Uri = address.parse().expect("an address");
            assert_eq!(without_trailing_slash(&uri).as_deref(), to, "{address}");
        }
    }

    proptest! {
        /// It leads to this site alone, and not to another address with a slash.
        #[test]
        fn a_trailing_slash_never_leads_elsewhere(path in "/[a-z/.%\\\\:@]{0,20}/") {
            if let Ok(uri) = path.parse::<Uri>() {
                let to = without_trailing_slash(&uri).unwrap_or("/x".into());
                prop_assert!(to == "/" || !to.ends_with('/'), "{}", to);
                prop_assert!(!to.starts_with("//") && !to.starts_with("/\\"), "{}", to);
            }
        }
    }
}
