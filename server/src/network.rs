//! The operator's configuration of the network between browsers and the program: the public URL and the proxies.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::uri::Authority;
use ipnet::{IpNet, Ipv4Net};
use reqwest::Url;

/// The network between browsers and the program.
#[derive(Clone, Debug, Default)]
pub struct NetworkConfig {
    /// The URL that browsers use, where it differs from the address that the program listens on.
    pub public_url: Option<PublicUrl>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: TrustedProxies,
}

/// Scheme and host as browsers write them in `Origin`: lowercase, without a default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Parses `https://crm.example`.
    ///
    /// # Errors
    /// How to write it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::normalize(text).ok_or_else(|| "write scheme and host alone, such as https://crm.example".to_owned())
    }

    fn normalize(text: &str) -> Option<Self> {
        // It reads an address as browsers do: `http://0` is `http://0.0.0.0`.
        let url = Url::parse(text).ok()?;
        let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let is_web = matches!(url.scheme(), "http" | "https");
        let host = url.host_str()?;
        let can_be_opened = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => !address.to_canonical().is_unspecified(),
            Err(_) => host.split('.').all(is_label),
        };
        let is_fine = is_web && is_origin && is_anonymous && can_be_opened;
        is_fine.then(|| Self(url.origin().ascii_serialization()))
    }

    /// Scheme and host.
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// Whether a host, as in the `Host` header, is its own.
    pub fn is_host(&self, host: &str) -> bool {
        let (scheme, own) = self.0.split_once("://").unwrap_or_default();
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        host.strip_suffix(default_port)
            .unwrap_or(host)
            .eq_ignore_ascii_case(own)
    }

    /// Whether its host is this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, host)| host);
        is_loopback(host)
    }

    /// Whether browsers use https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Whether a text can stand between the dots of a host's name.
fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The URL of an address that the program listens on. No browser can open "all addresses": this machine stands for them.
pub fn url_of(listening: SocketAddr) -> String {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listening.port()))
}

/// Whether a host, as in the `Host` header, is this machine.
pub fn is_loopback(host: &str) -> bool {
    let authority: Option<Authority> = host.parse().ok();
    let host = authority.as_ref().map_or("", Authority::host);
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The addresses of the trusted proxies; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses addresses and networks, separated by commas.
    ///
    /// # Errors
    /// Names the entry that is neither, and says how to write it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let networks = entries.map(|entry| {
            network(entry).ok_or_else(|| {
                format!("{entry} is neither an address nor a network: write 10.0.0.5, 10.1.0.0/16 or fd00::/8, with commas between")
            })
        });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }

    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An IPv4 network may be written as an IPv4-mapped one (`::ffff:10.0.0.0/104`); addresses are compared as IPv4.
fn network(text: &str) -> Option<IpNet> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    match (network.addr().to_canonical(), network.prefix_len()) {
        (IpAddr::V4(address), length @ 96..) => Ipv4Net::new(address, length - 96).ok().map(IpNet::V4),
        _ => Some(network),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_hosts_are_recognized() {
        for (host, ours) in [
            ("localhost:3000", true),
            ("127.0.0.1", true),
            ("[::1]:3000", true),
            ("crm.example", false),
            ("localhost.example", false),
            ("192.0.2.1:80", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), ours, "{host}");
        }
    }

    #[test]
    fn the_url_of_all_addresses_can_be_opened() {
        for (listening, url) in [
            ("0.0.0.0:3000", "http://127.0.0.1:3000"),
            ("[::]:3000", "http://[::1]:3000"),
            ("192.0.2.1:80", "http://192.0.2.1:80"),
        ] {
            assert_eq!(url_of(listening.parse().expect("an address")), url);
        }
    }

    #[test]
    fn a_public_url_has_one_host() {
        for (url, host, is_its_own) in [
            ("https://crm.example", "crm.example", true),
            ("https://crm.example", "CRM.example:443", true),
            ("https://crm.example", "crm.example:80", false),
            ("https://crm.example", "crm.example.evil.example", false),
            ("https://crm.example", "", false),
            ("http://127.0.0.1:3000", "127.0.0.1:3000", true),
            ("http://127.0.0.1:3000", "127.0.0.1", false),
            ("http://crm.example", "crm.example:80", true),
        ] {
            assert_eq!(
                PublicUrl::parse(url).expect("a URL").is_host(host),
                is_its_own,
                "{url} {host}"
            );
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for (text, origin) in [
            ("https://crm.example", "https://crm.example"),
            ("HTTPS://CRM.Example:443/", "https://crm.example"),
            ("http://crm.example:80", "http://crm.example"),
            ("http://crm.example:443", "http://crm.example:443"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://192.168.1.7:3000", "http://192.168.1.7:3000"),
            ("https://हिन्दी.भारत", "https://xn--j2bd4cyah0f.xn--h2brj9c"),
        ] {
            let url = PublicUrl::parse(text).expect(text);
            assert_eq!(url.origin(), origin);
            assert_eq!(url.is_https(), origin.starts_with("https:"));
        }
        for text in [
            "",
            "crm.example",
            "/",
            "ftp://crm.example",
            "https://",
            "https://:443",
            "https://crm.example/app",
            "https://crm.example?x",
            "https://crm.example#x",
            "https://me@crm.example",
            "http://0.0.0.0:3000",
            "http://[::]:3000",
            "http://0:3000",
            "http://0x0:80",
            "http://0.0.0.0.:3000",
            "http://[::ffff:0.0.0.0]:3000",
            "http://*:3000",
            "http://crm.example:99999",
            "https://crm..example",
            "https://crm example",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }
}
