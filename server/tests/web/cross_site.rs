//! The headers by which browsers, old and new, say where a request comes from.

/// The URL that browsers know.
pub const PUBLIC: &str = "https://crm.example";

/// `Sec-Fetch-Site`, `Origin`, `Host`; whether the request is cross-site, and whether it is where the public URL is known.
pub type Case = (
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
    bool,
    bool,
);

const HOST: Option<&str> = Some("crm.internal:3000");
/// What a request may say.
pub const CASES: [Case; 38] = [
    // A client that sends neither is no browser.
    (None, None, HOST, false, false),
    (None, None, None, false, false),
    (None, Some(""), HOST, false, false),
    (Some(""), None, HOST, false, false),
    // Sec-Fetch-Site decides, whatever the Origin.
    (Some("same-origin"), None, HOST, false, false),
    (Some("same-origin"), Some(PUBLIC), HOST, false, false),
    (Some("same-origin"), Some("null"), HOST, false, false),
    (Some("none"), None, HOST, false, false),
    // Where the public URL is known, an Origin has to agree with it.
    (Some("same-origin"), Some("http://crm.internal:3000"), HOST, false, true),
    (
        Some("same-origin"),
        Some("http://crm.example"),
        Some("crm.example"),
        false,
        true,
    ),
    (Some("same-origin"), Some("https://evil.example"), HOST, false, true),
    (Some("none"), Some("https://evil.example"), HOST, false, true),
    (Some("same-site"), None, HOST, true, true),
    (Some("same-site"), Some("http://crm.internal:3000"), HOST, true, true),
    (Some("cross-site"), None, HOST, true, true),
    (Some("cross-site"), Some("http://crm.internal:3000"), HOST, true, true),
    (Some("SAME-ORIGIN"), None, HOST, true, true),
    (Some("same-origin, cross-site"), None, HOST, true, true),
    (Some("anything"), None, HOST, true, true),
    // Except that the public URL's own pages may send to any name of the program.
    (Some("same-site"), Some(PUBLIC), HOST, true, false),
    (Some("cross-site"), Some(PUBLIC), Some("crm.example"), true, false),
    // Without it, the Origin has to be the public URL, or the Host where no public URL is known.
    (None, Some("http://crm.internal:3000"), HOST, false, true),
    (None, Some("https://crm.internal:3000"), HOST, false, true),
    (Some(""), Some("http://crm.internal:3000"), HOST, false, true),
    (None, Some("http://crm.internal:3001"), HOST, true, true),
    (None, Some("http://crm.internal"), HOST, true, true),
    (None, Some("https://evil.example"), HOST, true, true),
    (Some(""), Some("https://evil.example"), HOST, true, true),
    (None, Some("null"), HOST, true, true),
    (None, Some("null"), Some("null"), true, true),
    (None, Some("crm.internal:3000"), HOST, true, true),
    (None, Some("https://"), Some(""), true, true),
    (None, Some("http://crm.internal:3000"), None, true, true),
    (None, Some(PUBLIC), HOST, true, false),
    (None, Some(PUBLIC), None, true, false),
    (None, Some(PUBLIC), Some("crm.example"), false, false),
    // The same host without https is another origin.
    (None, Some("http://crm.example"), Some("crm.example"), false, true),
    (None, Some("https://crm.example.evil.example"), HOST, true, true),
];
