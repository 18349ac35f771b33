//! The client's address: the other end of the connection, or, where that is a trusted proxy, the client that it names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::network::{NetworkConfig, TrustedProxies};

/// The client's address, in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// The other end of a connection. (axum provides it for its own listeners alone, not for the workers'.)
#[derive(Clone, Copy, Debug)]
pub struct SocketPeer(pub SocketAddr);

/// Puts the client's address into the request's extensions.
pub async fn resolve_client_ip(State(network): State<NetworkConfig>, mut request: Request, next: Next) -> Response {
    // There is no connection where a test calls the router itself.
    let socket = request.extensions().get::<ConnectInfo<SocketPeer>>();
    let socket = socket.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(SocketPeer(address))| {
        address.ip()
    });
    let client = forwarded_client(socket, request.headers(), &network.trusted_proxies);
    request.extensions_mut().insert(ClientIp(client));
    next.run(request).await
}

/// Every proxy appends the address that it was called from. So the list is read from its end, and only as far as each entry was
/// written by a trusted proxy: entries further left may be forged.
fn forwarded_client(socket: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut client = socket.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let mut forwarded = lines.flat_map(entries);
    while trusted.contains(client) {
        match forwarded.next().map(address) {
            Some(Some(address)) => client = address,
            _ => break,
        }
    }
    client
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

    fn client(socket: &str, lines: &[&str], trusted: &str) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).expect("a header");
            headers.append("x-forwarded-for", value);
        }
        let trusted = TrustedProxies::parse(trusted).expect("addresses");
        forwarded_client(socket.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn the_client_is_the_last_address_that_is_not_a_trusted_proxy() {
        let ours = "10.0.0.0/8, fd00::/8";
        for (socket, lines, expected) in [
            ("10.0.0.1", &["192.0.2.7"][..], "192.0.2.7"),
            // What the client itself has sent is further left.
            ("10.0.0.1", &["1.1.1.1, 192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", &["1.1.1.1", "192.0.2.7, 10.2.2.2"], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7", "10.2.2.2", ""], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7:5000"], "192.0.2.7"),
            ("10.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("fd00::1", &["[2001:DB8::7]:5000"], "2001:db8::7"),
            ("10.0.0.1", &["::ffff:192.0.2.7"], "192.0.2.7"),
            ("::ffff:10.0.0.1", &["192.0.2.7 , ::ffff:10.2.2.2 ,"], "192.0.2.7"),
            // All are proxies: the first of them.
            ("10.0.0.1", &["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            ("10.0.0.1", &[], "10.0.0.1"),
            // An entry that is no address ends the list.
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7, x, 10.2.2.2"], "10.2.2.2"),
            ("10.0.0.1", &["\u{ff}, 192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7, [192.0.2.8]"], "10.0.0.1"),
            // Only trusted proxies are believed.
            ("192.0.2.9", &["192.0.2.7"], "192.0.2.9"),
            ("2001:db8::9", &["10.0.0.1"], "2001:db8::9"),
            ("::ffff:192.0.2.9", &["10.0.0.1"], "192.0.2.9"),
        ] {
            assert_eq!(client(socket, lines, ours), expected, "{socket} {lines:?}");
        }
        assert_eq!(client("10.0.0.1", &["192.0.2.7"], "::ffff:10.0.0.0/104"), "192.0.2.7");
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
    async fn the_client_ip_is_in_the_request() {
        let network = NetworkConfig {
            trusted_proxies: TrustedProxies::parse("127.0.0.1").expect("an address"),
            ..NetworkConfig::default()
        };
        let show = async |Extension(ClientIp(client)): Extension<ClientIp>| client.to_string();
        let router = Router::new()
            .fallback(show)
            .layer(from_fn_with_state(network, resolve_client_ip));
        for (socket, expected) in [
            (Some("127.0.0.1:80"), "192.0.2.7"),
            (Some("192.0.2.9:80"), "192.0.2.9"),
            (None, "0.0.0.0"),
        ] {
            let mut request = Request::new(Body::empty());
            let forwarded = HeaderValue::from_static("192.0.2.7");
            request.headers_mut().insert("x-forwarded-for", forwarded);
            if let Some(socket) = socket {
                let socket: SocketAddr = socket.parse().expect("a socket");
                request.extensions_mut().insert(ConnectInfo(SocketPeer(socket)));
            }
            let answer = router.clone().oneshot(request).await.expect("an answer");
            let body = to_bytes(answer.into_body(), 100).await.expect("a body");
            assert_eq!(body, expected);
        }
    }

    proptest! {
        #[test]
        fn an_untrusted_peer_is_not_believed(socket: IpAddr, lines in prop::collection::vec("[ -~]{0,60}", 0..4)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let resolved = client(&socket.to_string(), &lines, "");
            prop_assert_eq!(resolved, socket.to_canonical().to_string());
        }

        #[test]
        fn addresses_sent_by_a_client_through_a_proxy_are_ignored(stranger: IpAddr, sent in "[ -~]{0,60}") {
            prop_assume!(stranger.to_canonical() != IpAddr::from([10, 0, 0, 1]));
            let line = format!("{sent},{stranger}");
            let resolved = client("10.0.0.1", &[&line], "10.0.0.1");
            prop_assert_eq!(resolved, stranger.to_canonical().to_string());
        }
    }
}
