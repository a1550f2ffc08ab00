//! The server: its address, its routes, and its end.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::address::Asked;
use super::site::{PageFault, PageResult, SCRIPT, Site, WebPage};
use super::{answer_page, best_page, compare_page, guard, mix_page, places_page, report_page, why_page};
use crate::error::{Error, Kind, Result};
use crate::planner::MixDesk;
use crate::report::Language;

/// The usual port.
pub const DEFAULT_PORT: u16 = 8008;
/// Most bytes of a form.
const MOST_BYTES: usize = 64 * 1024;
/// Time between two looks at whether the server has to stop.
const PAUSE: Duration = Duration::from_millis(100);

/// The planner's page, ready to be served.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<Site>,
    desk: Arc<MixDesk>,
}

/// Makes a page of a request.
type PageMaker = fn(&Site, &Asked) -> PageResult;

impl Server {
    /// Takes a port of this computer (0: any that is free). `language` is that of addresses that name none.
    ///
    /// # Errors
    /// A port that is in use or may not be used, with the cure; an internal error of the templates.
    pub fn bind(port: u16, desk: Arc<MixDesk>, language: Language) -> Result<Server> {
        let wanted = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let listener = TcpListener::bind(wanted).map_err(|cause| refused(port, &cause))?;
        let ready = listener.set_nonblocking(true).and_then(|()| listener.local_addr());
        let address = ready.map_err(|cause| refused(port, &cause))?;
        let site = Arc::new(Site::new(Arc::clone(&desk), language)?);
        Ok(Server { listener, address, site, desk })
    }

    /// The address, for a browser.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers requests, and simulates what is asked, until `stop` is set.
    ///
    /// # Errors
    /// The system gives no thread or no event queue.
    pub fn run(self, stop: &AtomicBool) -> Result<()> {
        let Server { listener, address, site, desk } = self;
        let failed = |cause: std::io::Error| {
            Error::new(Kind::Io, format!("the page cannot be served: {cause}"), "close other programs, and try again")
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(failed)?;
        // The server waits for a flag of its own, which outlives it.
        let (ends, ended) = (Arc::new(AtomicBool::new(false)), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| desk.work());
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) && !ended.load(Ordering::Relaxed) {
                    std::thread::sleep(PAUSE);
                }
                ends.store(true, Ordering::Relaxed);
            });
            let flag = Arc::clone(&ends);
            let stopped = async move {
                while !flag.load(Ordering::Relaxed) {
                    tokio::time::sleep(PAUSE).await;
                }
            };
            let served = runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, routes(&site, address.port())).with_graceful_shutdown(stopped).await
            });
            ended.store(true, Ordering::Relaxed);
            desk.close();
            runtime.shutdown_background();
            served.map_err(|cause| failed(cause).into())
        })
    }
}

fn refused(port: u16, cause: &std::io::Error) -> Error {
    let (what, cure) = match cause.kind() {
        ErrorKind::AddrInUse => (
            format!("port {port} is in use, perhaps by another `keten serve`"),
            "open that page, stop the other program, or give another port with --port; --port 0 takes any that is free",
        ),
        ErrorKind::PermissionDenied => (format!("port {port} may not be used"), "give a port above 1023 with --port"),
        _ => (format!("port {port} cannot be used: {cause}"), "give another port with --port"),
    };
    Error::new(Kind::Io, what, cure)
}

fn routes(site: &Arc<Site>, port: u16) -> Router {
    let shown = |page: PageMaker| shown(Arc::clone(site), page);
    let sent = |page: PageMaker| sent(Arc::clone(site), page);
    let missing = Arc::clone(site);
    Router::new()
        .route("/", shown(mix_page::page))
        .route("/mix", sent(mix_page::send))
        .route("/budget", sent(mix_page::budget))
        .route("/answer", shown(answer_page::page))
        .route("/answer/part", shown(answer_page::part))
        .route("/stop", sent(answer_page::stop))
        .route("/start", sent(answer_page::start))
        .route("/experiment.toml", shown(answer_page::file))
        .route("/report", shown(report_page::page))
        .route("/best", shown(best_page::page))
        .route("/best/part", shown(best_page::part))
        .route("/best/ask", sent(best_page::send))
        .route("/best/stop", sent(best_page::stop))
        .route("/best/start", sent(best_page::start))
        .route("/best/question.toml", shown(best_page::file))
        .route("/places", shown(places_page::page))
        .route("/places/part", shown(places_page::part))
        .route("/why", shown(why_page::page))
        .route("/compare", shown(compare_page::page))
        .route("/compare/part", shown(compare_page::part))
        .route(
            "/style.css",
            shown(|_, _| Ok(WebPage { kind: "text/css; charset=utf-8", ..WebPage::html(Site::style()) })),
        )
        .route(
            "/page.js",
            shown(|_, _| Ok(WebPage { kind: "text/javascript; charset=utf-8", ..WebPage::html(SCRIPT.into()) })),
        )
        .fallback(move |uri: Uri| {
            answer(Arc::clone(&missing), query(&uri), |_, _| Err(PageFault::of(StatusCode::NOT_FOUND, "fault.missing")))
        })
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::from_fn_with_state((Arc::clone(site), port), guarded))
}

/// A page that is read.
fn shown(site: Arc<Site>, page: PageMaker) -> MethodRouter {
    let refuses = Arc::clone(&site);
    get(move |uri: Uri| answer(Arc::clone(&site), query(&uri), page))
        .fallback(move |uri: Uri| wrong_method(refuses.clone(), uri))
}

/// A page to which a form is sent.
fn sent(site: Arc<Site>, page: PageMaker) -> MethodRouter {
    let refuses = Arc::clone(&site);
    let take = move |body: std::result::Result<Bytes, BytesRejection>| {
        let site = Arc::clone(&site);
        async move {
            match body {
                Ok(body) => answer(site, body.to_vec(), page).await,
                Err(fault) if fault.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                    answer(site, Vec::new(), |_, _| Err(PageFault::of(StatusCode::PAYLOAD_TOO_LARGE, "fault.large")))
                        .await
                }
                Err(_) => {
                    answer(site, Vec::new(), |_, _| Err(PageFault::of(StatusCode::BAD_REQUEST, "fault.broken"))).await
                }
            }
        }
    };
    post(take).fallback(move |uri: Uri| wrong_method(refuses.clone(), uri))
}

async fn wrong_method(site: Arc<Site>, uri: Uri) -> Response {
    answer(site, query(&uri), |_, _| Err(PageFault::of(StatusCode::METHOD_NOT_ALLOWED, "fault.method"))).await
}

fn query(uri: &Uri) -> Vec<u8> {
    uri.query().unwrap_or_default().as_bytes().to_vec()
}

/// Makes the page of a query on a thread of its own, so that a slow page keeps no other waiting.
async fn answer(site: Arc<Site>, query: Vec<u8>, page: PageMaker) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        let asked = Asked::of(site.desk.catalogue(), &query, site.usual);
        page(&site, &asked).unwrap_or_else(|fault| site.fault_page(&asked, &fault))
    });
    match made.await {
        Ok(page) => response(page),
        // A page that panicked is a fault of keten; the others go on.
        Err(_) => response(WebPage::html(String::new()).with_status(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

fn response(page: WebPage) -> Response {
    let WebPage { status, kind, text, location, file, own_style } = page;
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(location) = HeaderValue::from_str(&location)
        && !location.is_empty()
    {
        headers.insert(header::LOCATION, location);
    }
    if let Some(Ok(file)) = file.map(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))) {
        headers.insert(header::CONTENT_DISPOSITION, file);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    }
    guard::protect(&mut response, own_style);
    response
}

/// Lets a request through only if its headers are those of a reader on this computer.
async fn guarded(State((site, port)): State<(Arc<Site>, u16)>, request: Request, next: Next) -> Response {
    match guard::check(request.method(), request.headers(), port) {
        Ok(()) => next.run(request).await,
        Err(fault) => {
            let asked = Asked::of(site.desk.catalogue(), &[], site.usual);
            response(site.fault_page(&asked, &fault))
        }
    }
}
