//! Where a request comes from: the other end of the connection, or whom a trusted proxy there speaks for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::web::{TrustedProxies, Web};

/// The address that a request comes from, in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The other end of a connection. (axum itself tells it of a listener's connections alone, and not of those that an event loop is dealt.)
#[derive(Clone, Copy, Debug)]
pub struct Remote(pub SocketAddr);

/// Puts the peer into the request's extensions.
pub async fn found(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    // There is no connection where a test calls the router itself.
    let socket = request.extensions().get::<ConnectInfo<Remote>>();
    let socket = socket.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(Remote(address))| {
        address.ip()
    });
    let peer = behind(socket, request.headers(), &web.trusted_proxies);
    request.extensions_mut().insert(Peer(peer));
    next.run(request).await
}

/// Every proxy appends the address that it was called from. So the list is read from its end, and only as far as each address
/// was said by a trusted one: what is further left may be anybody's invention.
fn behind(socket: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut peer = socket.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let mut said = lines.flat_map(entries);
    while trusted.has(peer) {
        match said.next().map(address) {
            Some(Some(address)) => peer = address,
            _ => break,
        }
    }
    peer
}

/// The entries of a header line from the last to the first, without empty ones.
fn entries(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    let entries = line.as_bytes().rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    entries.filter(|entry| !entry.is_empty())
}

/// `192.0.2.1`, `192.0.2.1:5000`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5000`.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(inner) => IpAddr::V6(inner.parse().ok()?),
        None => text
            .parse()
            .or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()))
            .ok()?,
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::{Extension, Router};
    use proptest::prelude::*;
    use tower::ServiceExt;

    fn peer(socket: &str, lines: &[&str], trusted: &str) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).expect("a header");
            headers.append("x-forwarded-for", value);
        }
        let trusted = TrustedProxies::parse(trusted).expect("addresses");
        behind(socket.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn the_last_address_that_is_no_proxy_of_ours() {
        let ours = "10.0.0.0/8, fd00::/8";
        for (socket, lines, expected) in [
            ("10.0.0.1", &["192.0.2.7"][..], "192.0.2.7"),
            // What the browser has sent itself is further left.
            ("10.0.0.1", &["1.1.1.1, 192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", &["1.1.1.1", "192.0.2.7, 10.2.2.2"], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7", "10.2.2.2", ""], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7:5000"], "192.0.2.7"),
            ("10.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("fd00::1", &["[2001:DB8::7]:5000"], "2001:db8::7"),
            ("10.0.0.1", &["::ffff:192.0.2.7"], "192.0.2.7"),
            ("::ffff:10.0.0.1", &["192.0.2.7 , ::ffff:10.2.2.2 ,"], "192.0.2.7"),
            // Nobody but proxies: the first of them.
            ("10.0.0.1", &["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            ("10.0.0.1", &[], "10.0.0.1"),
            // What cannot be read ends the list.
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7, x, 10.2.2.2"], "10.2.2.2"),
            ("10.0.0.1", &["\u{ff}, 192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7, [192.0.2.8]"], "10.0.0.1"),
            // Strangers are not believed.
            ("192.0.2.9", &["192.0.2.7"], "192.0.2.9"),
            ("2001:db8::9", &["10.0.0.1"], "2001:db8::9"),
            ("::ffff:192.0.2.9", &["10.0.0.1"], "192.0.2.9"),
        ] {
            assert_eq!(peer(socket, lines, ours), expected, "{socket} {lines:?}");
        }
        assert_eq!(peer("10.0.0.1", &["192.0.2.7"], "::ffff:10.0.0.0/104"), "192.0.2.7");
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        assert_eq!(TrustedProxies::parse(" , "), Ok(TrustedProxies::default()));
        assert!(TrustedProxies::parse("10.0.0.1,::1, fd00::/8").is_ok());
        for text in ["10.0.0.1/33", "proxy.example", "10.0.0.1 10.0.0.2", "10.0.0.1:80"] {
            let refusal = TrustedProxies::parse(text).expect_err(text);
            assert!(refusal.contains(text), "{refusal}");
        }
    }

    #[tokio::test]
    async fn a_request_knows_its_peer() {
        let web = Web {
            trusted_proxies: TrustedProxies::parse("127.0.0.1").expect("an address"),
            ..Web::default()
        };
        let tell = async |Extension(Peer(peer)): Extension<Peer>| peer.to_string();
        let router = Router::new().fallback(tell).layer(from_fn_with_state(web, found));
        for (socket, expected) in [
            (Some("127.0.0.1:80"), "192.0.2.7"),
            (Some("192.0.2.9:80"), "192.0.2.9"),
            (None, "0.0.0.0"),
        ] {
            let mut request = Request::new(Body::empty());
            let said = HeaderValue::from_static("192.0.2.7");
            request.headers_mut().insert("x-forwarded-for", said);
            if let Some(socket) = socket {
                let socket: SocketAddr = socket.parse().expect("a socket");
                request.extensions_mut().insert(ConnectInfo(Remote(socket)));
            }
            let answer = router.clone().oneshot(request).await.expect("an answer");
            let told = to_bytes(answer.into_body(), 100).await.expect("a body");
            assert_eq!(told, expected);
        }
    }

    proptest! {
        #[test]
        fn a_stranger_says_nothing(socket: IpAddr, lines in prop::collection::vec("[ -~]{0,60}", 0..4)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let said = peer(&socket.to_string(), &lines, "");
            prop_assert_eq!(said, socket.to_canonical().to_string());
        }

        #[test]
        fn what_a_stranger_sent_through_a_proxy_changes_nothing(stranger: IpAddr, sent in "[ -~]{0,60}") {
            prop_assume!(stranger.to_canonical() != IpAddr::from([10, 0, 0, 1]));
            let line = format!("{sent},{stranger}");
            let said = peer("10.0.0.1", &[&line], "10.0.0.1");
            prop_assert_eq!(said, stranger.to_canonical().to_string());
        }
    }
}
