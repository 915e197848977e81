//! Pre-signed links: anybody who has one may fetch, until its time is over or its uses are.

use std::collections::{HashMap, VecDeque};

use time::OffsetDateTime;

use crate::chance::Chance;
use crate::clock::LINK_LIFE;
use crate::wishes::{Wish, Wishes};
use crate::{faces, pdf};

/// How many links are remembered; older ones go.
const KEPT: usize = 20_000;

/// What a link leads to. It is made when it is fetched.
#[derive(Clone, Debug)]
pub(crate) enum Paper {
    /// A PDF: a heading and lines.
    Report(String, Vec<String>),
    /// A PNG of the face for these words.
    Face(String),
}

struct Link {
    paper: Paper,
    expires: OffsetDateTime,
    uses: Option<u32>,
    redirects: bool,
}

/// What is answered to somebody who follows a link.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// Bytes and their media type.
    File(Vec<u8>, &'static str),
    /// The time is over, or the uses are.
    Expired,
    /// To a private address.
    Redirected,
    /// No such link, or its time was tampered with.
    Unknown,
}

/// All links that were given out.
pub(crate) struct Links {
    seed: u64,
    /// Where the simulator is, without a slash at the end.
    base: String,
    known: HashMap<String, Link>,
    order: VecDeque<String>,
}

impl Links {
    pub(crate) fn new(seed: u64, base: String) -> Self {
        Self { seed, base, known: HashMap::new(), order: VecDeque::new() }
    }

    /// The link for these words: made at the first call, the same at every further one.
    pub(crate) fn sign(&mut self, words: &[&str], paper: Paper, wishes: &Wishes, now: OffsetDateTime) -> String {
        let mut chance = Chance::of(self.seed, &[&["link"], words].concat());
        let token = format!("{}{}", chance.uuid().simple(), chance.uuid().simple());
        if !self.known.contains_key(&token) {
            if self.order.len() == KEPT
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            let expires = if wishes.has(Wish::LinksExpired) { now - LINK_LIFE } else { now + LINK_LIFE };
            let uses = wishes.has(Wish::LinksOnce).then_some(1);
            self.order.push_back(token.clone());
            self.known.insert(token.clone(), Link { paper, expires, uses, redirects: wishes.has(Wish::LinksRedirect) });
        }
        let expires = self.known.get(&token).map_or(now, |link| link.expires);
        format!("{}/signed/{token}?expires={}", self.base, expires.unix_timestamp())
    }

    /// Follows a link. A use counts only if it brings the file.
    pub(crate) fn fetch(&mut self, token: &str, expires: &str, now: OffsetDateTime) -> Fetched {
        let Some(link) = self.known.get_mut(token) else { return Fetched::Unknown };
        if link.expires.unix_timestamp().to_string() != expires {
            return Fetched::Unknown;
        }
        if link.redirects {
            return Fetched::Redirected;
        }
        if now >= link.expires || link.uses == Some(0) {
            return Fetched::Expired;
        }
        link.uses = link.uses.map(|uses| uses - 1);
        match &link.paper {
            Paper::Report(heading, lines) => Fetched::File(pdf::page(heading, lines), "application/pdf"),
            Paper::Face(of) => Fetched::File(faces::draw(self.seed, of), "image/png"),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::clock::START;

    fn one(wishes: &str) -> (Links, String, String) {
        let mut links = Links::new(1, String::new());
        let url = links.sign(&["a"], Paper::Face("a".to_owned()), &Wishes::of(wishes), START);
        let (token, expires) = url.strip_prefix("/signed/").unwrap().split_once("?expires=").unwrap();
        (links, token.to_owned(), expires.to_owned())
    }

    #[test]
    fn a_link_counts_until_its_time_is_over() {
        let (mut links, token, expires) = one("");
        let last = START + LINK_LIFE - Duration::SECOND;
        assert!(matches!(links.fetch(&token, &expires, last), Fetched::File(_, "image/png")));
        assert_eq!(links.fetch(&token, &expires, START + LINK_LIFE), Fetched::Expired);
    }

    #[test]
    fn a_link_whose_time_was_changed_is_not_known() {
        let (mut links, token, expires) = one("");
        assert_eq!(links.fetch(&token, &format!("{expires}0"), START), Fetched::Unknown);
        assert_eq!(links.fetch("made-up", &expires, START), Fetched::Unknown);
    }

    #[test]
    fn a_link_for_one_use_is_used_up() {
        let (mut links, token, expires) = one("sim:links-once");
        assert!(matches!(links.fetch(&token, &expires, START), Fetched::File(..)));
        assert_eq!(links.fetch(&token, &expires, START), Fetched::Expired);
    }

    #[test]
    fn links_can_be_expired_or_lead_elsewhere_from_the_start() {
        let (mut links, token, expires) = one("sim:links-expired");
        assert_eq!(links.fetch(&token, &expires, START), Fetched::Expired);
        let (mut links, token, expires) = one("sim:links-redirect");
        assert_eq!(links.fetch(&token, &expires, START), Fetched::Redirected);
    }
}
