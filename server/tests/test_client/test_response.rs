//! A response, as a browser reads it.

use axum::http::{HeaderMap, StatusCode, header};

use super::html::{attribute, unescaped};

/// A whole response.
#[derive(Debug)]
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl TestResponse {
    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Everything that it sets as cookies.
    pub fn cookies(&self) -> Vec<&str> {
        let set = self.headers.get_all(header::SET_COOKIE).iter();
        set.map(|value| value.to_str().expect("text")).collect()
    }

    /// The `Set-Cookie` of the session; empty where there is none.
    pub fn session_cookie(&self) -> &str {
        let of_session =
            |cookie: &&str| cookie.starts_with("lastmile_session=") || cookie.starts_with("__Host-lastmile=");
        self.cookies().into_iter().find(of_session).unwrap_or_default()
    }

    /// The cookie by which the browser is known from now on, as it sends it; empty where there is none.
    pub fn browser_cookie(&self) -> String {
        let cookies = self.cookies();
        let cookie = cookies.iter().find(|cookie| cookie.contains("lastmile_browser"));
        let pair = cookie.and_then(|cookie| cookie.split(';').next());
        pair.unwrap_or_default().to_owned()
    }

    /// The secret that the page shows, by which the second step is turned on; none where it shows none.
    pub fn totp_secret(&self) -> Option<String> {
        let (_, rest) = self.body.split_once("<code class=\"secret\">")?;
        let (shown, _) = rest.split_once("</code>")?;
        Some(shown.chars().filter(char::is_ascii_alphanumeric).collect())
    }

    /// The session that it has opened, as the browser sends it from now on; empty where it has opened none.
    pub fn session(&self) -> String {
        let pair = self.session_cookie().split(';').next().unwrap_or_default();
        if pair.ends_with('=') {
            String::new()
        } else {
            pair.to_owned()
        }
    }

    /// The page's inputs that have a name, with their values.
    pub fn inputs(&self) -> Vec<(String, String)> {
        let tags = self
            .body
            .split('<')
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap_or_default());
        let inputs = tags.filter(|tag| tag.starts_with("input "));
        inputs
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
            .collect()
    }

    /// The value of the page's first input with a name; none where there is no such input.
    pub fn input(&self, name: &str) -> Option<String> {
        self.inputs()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Fails where a person does not read `text`, and says what stands there instead.
    #[track_caller]
    pub fn assert_shows(&self, text: &str) {
        let shown = self.visible_text();
        assert!(shown.contains(text), "{text}: {shown}");
    }

    /// What a person reads: no tags, no scripts, and single spaces.
    pub fn visible_text(&self) -> String {
        let mut text = String::new();
        for part in self.markup().replace("<!--", "<").replace("-->", ">").split('<') {
            let (tag, after) = part.split_once('>').unwrap_or(("", part));
            if !tag.starts_with("style") {
                text.push_str(after);
                text.push(' ');
            }
        }
        unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The page without the text of its scripts.
    pub fn markup(&self) -> String {
        let mut parts = self.body.split("<script");
        let mut markup = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let tag = part.split('>').next().unwrap_or_default();
            let after = part.split_once("</script>").map_or("", |(_, after)| after);
            markup.extend(["<script", tag, "></script>", after]);
        }
        markup
    }

    /// The page's text with its entities read.
    pub fn text(&self) -> String {
        unescaped(&self.body)
    }

    /// The page without the comments by which the browser finds its places again.
    pub fn seen(&self) -> String {
        let mut parts = self.body.split("<!--");
        let mut seen = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            seen.push_str(part.split_once("-->").map_or("", |(_, rest)| rest));
        }
        unescaped(&seen)
    }
}
