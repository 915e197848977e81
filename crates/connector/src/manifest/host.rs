//! Hosts beside the channel's own that may be called, without credentials.

use std::fmt;

use url::{Host as Name, Url};

/// A host, or all hosts below a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    name: String,
    below: bool,
}

impl Host {
    /// Reads `files.example.org` or `*.example.org`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, below) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
        let Ok(Name::Domain(domain)) = Name::parse(name) else { return None };
        // All of `*.com` would be no limit at all.
        let plain = !domain.contains('*') && (!below || domain.contains('.'));
        plain.then_some(Self { name: domain, below })
    }

    /// Whether `url` leads there, over https and its usual port.
    pub(crate) fn is_at(&self, url: &Url) -> bool {
        let Some(Name::Domain(domain)) = url.host() else { return false };
        let usual = url.scheme() == "https" && url.port().is_none();
        let inside = || domain.strip_suffix(&self.name).is_some_and(|front| front.ends_with('.'));
        usual && if self.below { inside() } else { domain == self.name }
    }
}

/// As it stands in a manifest.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_at(host: &str, url: &str) -> bool {
        Host::parse(host).unwrap().is_at(&Url::parse(url).unwrap())
    }

    #[test]
    fn a_host_is_itself_and_a_star_is_what_lies_below() {
        assert!(is_at("files.example.org", "https://FILES.example.org/a?b"));
        assert!(is_at("*.example.org", "https://a.b.example.org/"));
        for url in
            ["https://example.org", "https://badexample.org", "http://a.example.org", "https://a.example.org:8443"]
        {
            assert!(!is_at("*.example.org", url), "{url}");
        }
        assert!(!is_at("example.org", "https://a.example.org"));
    }

    #[test]
    fn what_is_no_host_or_no_limit_is_refused() {
        for text in
            ["*", "*.org", "", "a/b", "https://a.example", "127.0.0.1", "[::1]", "a.*.example", "example.org:443"]
        {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }
}
