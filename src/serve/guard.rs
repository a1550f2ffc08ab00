//! Who may ask: only a browser on this computer, at the address that keten printed, and only its own pages may send forms.
//!
//! A page elsewhere cannot read answers (no cross-origin header is sent) and cannot send forms (`Origin` and
//! `Sec-Fetch-Site` are checked). A name that another server points to this computer is refused by its `Host`.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::site::PageFault;

/// Rules for the style of pages: only the style sheet of this site, or also one inside the page, as the report has.
const STYLES: [&str; 2] = ["'self'", "'unsafe-inline'"];

/// Checks the headers of a request to the server at a port.
///
/// # Errors
/// The fault that the reader gets instead of the page.
pub(super) fn check(method: &Method, headers: &HeaderMap, port: u16) -> Result<(), PageFault> {
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")];
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    let host = text(header::HOST).filter(|host| hosts.contains(host));
    if host.is_none() {
        return Err(PageFault::of(StatusCode::MISDIRECTED_REQUEST, "fault.host"));
    }
    let refused = Err(PageFault::of(StatusCode::FORBIDDEN, "fault.origin"));
    let origin = text(header::ORIGIN);
    if origin.as_ref().is_some_and(|origin| !hosts.iter().any(|host| *origin == format!("http://{host}"))) {
        return refused;
    }
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let mode = text(HeaderName::from_static("sec-fetch-mode"));
    let own = matches!(site.as_deref(), Some("same-origin" | "none"));
    let reads = matches!(*method, Method::GET | Method::HEAD);
    // A link elsewhere may lead here, but nothing on another page may load parts of this one.
    let follows = reads && mode.as_deref() == Some("navigate");
    match (reads, site.is_some(), origin.is_some()) {
        (_, true, _) if !own && !follows => refused,
        // A form must say where it comes from.
        (false, false, false) => refused,
        _ => Ok(()),
    }
}

/// Adds the headers that all answers have.
pub(super) fn protect(response: &mut Response, own_style: bool) {
    let style = STYLES[usize::from(own_style)];
    let policy = format!(
        "default-src 'none'; style-src {style}; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: Method, of: &[(&'static str, &'static str)]) -> Option<u16> {
        let mut headers = HeaderMap::new();
        for (name, value) in of {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check(&method, &headers, 8008).err().map(|fault| fault.status.as_u16())
    }

    #[test]
    fn only_this_computer_at_this_port_is_answered() {
        for host in ["127.0.0.1:8008", "localhost:8008", "LOCALHOST:8008", "[::1]:8008"] {
            assert_eq!(asked(Method::GET, &[("host", host)]), None, "{host}");
        }
        for host in ["keten.example:8008", "127.0.0.1:80", "127.0.0.1", "localhost:8008.example"] {
            assert_eq!(asked(Method::GET, &[("host", host)]), Some(421), "{host}");
        }
        assert_eq!(asked(Method::GET, &[]), Some(421));
    }

    #[test]
    fn forms_come_from_this_page_only() {
        let host = ("host", "127.0.0.1:8008");
        let own = ("origin", "http://127.0.0.1:8008");
        assert_eq!(asked(Method::POST, &[host, own]), None);
        assert_eq!(asked(Method::POST, &[host, own, ("sec-fetch-site", "same-origin")]), None);
        assert_eq!(asked(Method::POST, &[host]), Some(403), "it does not say where it comes from");
        for origin in ["http://keten.example", "null", "https://127.0.0.1:8008", "http://127.0.0.1:8009"] {
            assert_eq!(asked(Method::POST, &[host, ("origin", origin)]), Some(403), "{origin}");
        }
        assert_eq!(asked(Method::POST, &[host, own, ("sec-fetch-site", "cross-site")]), Some(403));
    }

    #[test]
    fn a_link_may_lead_here_and_nothing_may_be_loaded_from_elsewhere() {
        let host = ("host", "127.0.0.1:8008");
        let elsewhere = ("sec-fetch-site", "cross-site");
        assert_eq!(asked(Method::GET, &[host, elsewhere, ("sec-fetch-mode", "navigate")]), None);
        assert_eq!(asked(Method::GET, &[host, elsewhere, ("sec-fetch-mode", "no-cors")]), Some(403));
        assert_eq!(asked(Method::GET, &[host, elsewhere]), Some(403));
        assert_eq!(asked(Method::GET, &[host, ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")]), None);
    }
}
