//! Pictures of a result, and two of them with how alike the provider finds them.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Cell;

/// A picture, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/picture.html")]
pub struct Picture {
    /// What it shows: `ID photo`.
    label: String,
    face: Face,
}

/// What of a picture there is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Face {
    /// Where it is, what its file is called, its width and its height.
    Seen { href: String, name: String, width: u32, height: u32 },
    /// A file that cannot be shown, and where it can be downloaded.
    Unseen { href: String, name: String },
    /// Nothing.
    Missing,
}

impl HtmlSafe for Picture {}

impl Picture {
    /// The picture at `href`, in the file `name`, of this width and height.
    pub fn new(label: &str, href: impl Into<String>, name: &str, (width, height): (u32, u32)) -> Self {
        Self { label: label.to_owned(), face: Face::Seen { href: href.into(), name: name.to_owned(), width, height } }
    }

    /// A file that is called a picture and cannot be shown as one; at `href` it is downloaded.
    pub fn unseen(label: &str, href: impl Into<String>, name: &str) -> Self {
        Self { label: label.to_owned(), face: Face::Unseen { href: href.into(), name: name.to_owned() } }
    }

    /// A picture that is not there: its label says which.
    pub fn missing(label: &str) -> Self {
        Self { label: label.to_owned(), face: Face::Missing }
    }
}

/// Two pictures and a score. The figure is text; the bar is a picture of it. It is grey: no rule knows whether a score
/// is good.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/faces.html")]
pub struct Comparison {
    pictures: [Picture; 2],
    score: Option<Cell>,
    limit: Option<String>,
    bar: Option<Bar>,
}

impl HtmlSafe for Comparison {}

/// A bar from 0 to 100, in the words of SVG.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bar {
    share: String,
    mark: Option<String>,
}

impl Comparison {
    /// Two pictures, the provider's score and its limit.
    pub fn new(left: Picture, right: Picture, score: Option<Cell>, limit: Option<String>) -> Self {
        Self { pictures: [left, right], score, limit, bar: None }
    }

    /// The same with a bar that shows the score at `share` and the limit at `mark` of 100.
    #[must_use]
    pub fn drawn(self, share: Option<f64>, mark: Option<f64>) -> Self {
        let place = |share: f64| (0.0..=100.0).contains(&share).then(|| share.to_string());
        let bar = share.and_then(place).map(|share| Bar { share, mark: mark.and_then(place) });
        Self { bar, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_ends_where_its_track_ends() {
        let bar = |share, mark| {
            let pair = || Picture::missing("A");
            Comparison::new(pair(), pair(), None, None).drawn(share, mark).bar
        };
        let drawn = |share: &str, mark: Option<&str>| Some(Bar { share: share.into(), mark: mark.map(str::to_owned) });
        assert_eq!(bar(Some(93.4), Some(80.0)), drawn("93.4", Some("80")));
        assert_eq!(bar(Some(100.0), Some(100.1)), drawn("100", None));
        for odd in [None, Some(-0.1), Some(f64::NAN), Some(1e9)] {
            assert_eq!(bar(odd, Some(1.0)), None);
        }
    }
}
