//! Requests for consent, and how far each has come. Nothing of this is published: paths and names are assumed.
//!
//! A request moves by being looked at: the first look finds it sent, the second opened, the third answered.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use crate::chance::Chance;
use crate::clock;
use crate::pdf;
use crate::wishes::{Wish, Wishes};

/// How many requests are remembered; older ones go.
const KEPT: usize = 10_000;

/// The types of consent that there are: short hand, and what it stands for.
static TYPES: [(&str, &str); 3] = [
    ("KYC", "Verification of identity and address"),
    ("CREDIT", "Enquiry at credit bureaus"),
    ("MARKETING", "News about products"),
];

/// What the form of a request has. In an update, what is not given stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Form {
    pub(crate) short_hand: Option<String>,
    terms_link: Option<String>,
    email: Option<String>,
    phone_number: Option<String>,
    pub(crate) callback_url: Option<String>,
    reference: Option<String>,
    retry_count: Option<u32>,
    retry_interval_minutes: Option<u32>,
}

impl Form {
    /// What is missing from a new request.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let blank = |field: &Option<String>| field.as_deref().is_none_or(|text| text.trim().is_empty());
        if blank(&self.short_hand) {
            Some("shortHand is required")
        } else if blank(&self.terms_link) {
            Some("termsLink is required")
        } else if blank(&self.email) && blank(&self.phone_number) {
            Some("email or phoneNumber is required")
        } else {
            None
        }
    }

    /// The type of consent that is asked for. A short hand that names how the link is sent (`email`, `SMS`,
    /// `multi-channel`), as the portal's guide has it, asks for the first.
    fn kind(&self) -> &'static str {
        let named = TYPES.iter().find(|(short_hand, _)| self.short_hand.as_deref() == Some(*short_hand));
        named.map_or(TYPES[0].0, |(short_hand, _)| short_hand)
    }

    fn update(&mut self, newer: Self) {
        let keep = |old: &mut Option<String>, new: Option<String>| {
            if new.is_some() {
                *old = new;
            }
        };
        keep(&mut self.short_hand, newer.short_hand);
        keep(&mut self.terms_link, newer.terms_link);
        keep(&mut self.email, newer.email);
        keep(&mut self.phone_number, newer.phone_number);
        keep(&mut self.callback_url, newer.callback_url);
        keep(&mut self.reference, newer.reference);
        self.retry_count = newer.retry_count.or(self.retry_count);
        self.retry_interval_minutes = newer.retry_interval_minutes.or(self.retry_interval_minutes);
    }
}

struct Request {
    consent: String,
    form: Form,
    end: &'static str,
    /// How many looks it takes to the end; none if it never comes.
    looks: u32,
    attempts: u32,
    /// When it came to be sent, opened and answered.
    times: [Option<OffsetDateTime>; 3],
}

/// A change that is told to whoever wants to be called back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) request: String,
    pub(crate) consent: String,
    pub(crate) status: &'static str,
    /// Whether nothing will follow.
    pub(crate) last: bool,
}

/// Why something cannot be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody was given this ID.
    Unknown,
    /// Not in this state.
    State(&'static str),
}

/// All requests.
pub(crate) struct Consents {
    seed: u64,
    base: String,
    count: u64,
    requests: HashMap<String, Request>,
    order: VecDeque<String>,
}

impl Request {
    fn status(&self) -> &'static str {
        match self.end {
            "Parked" => "Parked",
            end => match self.looks {
                0 | 1 => "sent",
                2 => "opened",
                _ if end.is_empty() => "opened",
                _ => end,
            },
        }
    }

    fn ended(&self) -> bool {
        ["given", "refused", "expired"].contains(&self.status())
    }

    /// Moves on and says whether that changed anything.
    fn step(&mut self, now: OffsetDateTime) -> bool {
        let before = self.status();
        self.looks = self.looks.saturating_add(1);
        let place = usize::from(self.status() != "sent") + usize::from(self.ended());
        self.times[place].get_or_insert(now);
        before != self.status()
    }
}

impl Consents {
    pub(crate) fn new(seed: u64, base: String) -> Self {
        Self { seed, base, count: 0, requests: HashMap::new(), order: VecDeque::new() }
    }

    /// Sends a request and returns its ID and the ID of its consent.
    pub(crate) fn send(&mut self, form: Form, wishes: &Wishes, now: OffsetDateTime) -> News {
        self.count += 1;
        let mut chance = Chance::of(self.seed, &["consent", &self.count.to_string()]);
        let (id, consent) = (chance.uuid().to_string(), chance.uuid().to_string());
        let ends = [
            (Wish::ConsentRefused, "refused"),
            (Wish::ConsentExpires, "expired"),
            (Wish::ConsentSticks, ""),
            (Wish::UnknownStatus, "Parked"),
        ];
        let end = ends.into_iter().find_map(|(wish, end)| wishes.has(wish).then_some(end)).unwrap_or("given");
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.requests.remove(&oldest);
        }
        self.order.push_back(id.clone());
        let request =
            Request { consent: consent.clone(), form, end, looks: 0, attempts: 1, times: [Some(now), None, None] };
        let status = request.status();
        self.requests.insert(id.clone(), request);
        News { request: id, consent, status, last: false }
    }

    /// The ID of the request whose consent this is.
    pub(crate) fn request_of(&self, consent: &str) -> Option<String> {
        self.requests.iter().find(|(_, request)| request.consent == consent).map(|(id, _)| id.clone())
    }

    /// Looks at a request, which moves it on.
    pub(crate) fn look(&mut self, id: &str, now: OffsetDateTime) -> Option<News> {
        let request = self.requests.get_mut(id)?;
        let (consent, changed) = (request.consent.clone(), request.step(now));
        changed.then(|| News { request: id.to_owned(), consent, status: request.status(), last: request.ended() })
    }

    /// Sends a request again. One that was given is not asked for again.
    pub(crate) fn again(&mut self, id: &str, now: OffsetDateTime) -> Result<News, Fault> {
        let request = self.requests.get_mut(id).ok_or(Fault::Unknown)?;
        if request.status() == "given" {
            return Err(Fault::State("The consent was given already"));
        }
        request.looks = 0;
        request.attempts += 1;
        request.times = [Some(now), None, None];
        Ok(News { request: id.to_owned(), consent: request.consent.clone(), status: request.status(), last: false })
    }

    /// Changes a request that is not answered yet.
    pub(crate) fn update(&mut self, id: &str, form: Form) -> Result<(), Fault> {
        let request = self.requests.get_mut(id).ok_or(Fault::Unknown)?;
        if request.ended() {
            return Err(Fault::State("The request was answered already"));
        }
        request.form.update(form);
        Ok(())
    }

    /// A request as it is answered.
    pub(crate) fn request(&self, id: &str) -> Option<Value> {
        let request = self.requests.get(id)?;
        let form = &request.form;
        let time = |place: usize| request.times[place].map(clock::text);
        Some(json!({
            "id": id,
            "consentId": request.consent,
            "shortHand": form.short_hand,
            "termsLink": form.terms_link,
            "email": form.email,
            "phoneNumber": form.phone_number,
            "reference": form.reference,
            "callbackUrl": form.callback_url,
            "retryCount": form.retry_count,
            "retryIntervalMinutes": form.retry_interval_minutes,
            "status": request.status(),
            "attempts": request.attempts,
            "sentAt": time(0),
            "openedAt": time(1),
            "answeredAt": time(2),
        }))
    }

    /// The consent that a request is for.
    pub(crate) fn consent(&self, id: &str) -> Option<Value> {
        let request = self.requests.get(id)?;
        let given = request.status() == "given";
        let answered = request.times[2];
        let document = format!("{}/consent/api/v3/consents/{}/document", self.base, request.consent);
        Some(json!({
            "id": request.consent,
            "requestId": id,
            "shortHand": request.form.short_hand,
            "status": if ["sent", "opened"].contains(&request.status()) { "pending" } else { request.status() },
            "answeredAt": answered.map(clock::text),
            "expiresAt": answered.filter(|_| given).map(|answered| clock::text(answered + Duration::days(365))),
            "documentUrl": given.then_some(document),
        }))
    }

    /// The document of a consent that was given.
    pub(crate) fn document(&self, id: &str) -> Result<Vec<u8>, Fault> {
        let request = self.requests.get(id).ok_or(Fault::Unknown)?;
        if request.status() != "given" {
            return Err(Fault::State("There is no document before the consent is given"));
        }
        let given = request.times[2].map(clock::text).unwrap_or_default();
        let lines = [
            "Simulated: nobody has consented to anything.".to_owned(),
            String::new(),
            format!("Consent: {}", request.consent),
            format!("Given: {given}"),
        ];
        Ok(pdf::page(&format!("Consent {}", request.form.short_hand.as_deref().unwrap_or_default()), &lines))
    }

    /// The types that there are; for a contact, what was asked of it, the newest of each type.
    pub(crate) fn types(&self, contact: Option<&str>) -> Value {
        let types = TYPES.iter().map(|(short_hand, name)| {
            let mut kind = Map::new();
            kind.insert("shortHand".to_owned(), (*short_hand).into());
            kind.insert("name".to_owned(), (*name).into());
            if let Some(contact) = contact {
                let newest = self.order.iter().rev().find_map(|id| {
                    let request = self.requests.get(id)?;
                    let form = &request.form;
                    let asked =
                        [&form.email, &form.phone_number].into_iter().any(|known| known.as_deref() == Some(contact));
                    (asked && form.kind() == *short_hand).then_some((id, request))
                });
                kind.insert("status".to_owned(), newest.map_or("none", |(_, request)| request.status()).into());
                kind.insert("requestId".to_owned(), newest.map(|(id, _)| id.clone()).into());
                kind.insert("consentId".to_owned(), newest.map(|(_, request)| request.consent.clone()).into());
            }
            Value::Object(kind)
        });
        types.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::START;

    fn form() -> Form {
        Form { short_hand: Some("KYC".to_owned()), email: Some("a@example.com".to_owned()), ..Form::default() }
    }

    fn statuses(wishes: &str) -> Vec<String> {
        let mut consents = Consents::new(1, String::new());
        let id = consents.send(form(), &Wishes::of(wishes), START).request;
        (0..4)
            .map(|_| {
                consents.look(&id, START);
                consents.request(&id).unwrap()["status"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    #[test]
    fn a_request_is_answered_at_the_third_look() {
        assert_eq!(statuses(""), ["sent", "opened", "given", "given"]);
        assert_eq!(statuses("sim:consent-refused"), ["sent", "opened", "refused", "refused"]);
        assert_eq!(statuses("sim:consent-expires"), ["sent", "opened", "expired", "expired"]);
        assert_eq!(statuses("sim:consent-sticks"), ["sent", "opened", "opened", "opened"]);
        assert_eq!(statuses("sim:unknown-status"), ["Parked"; 4]);
    }

    #[test]
    fn there_is_news_at_each_change_and_the_answer_is_the_last() {
        let mut consents = Consents::new(1, String::new());
        let id = consents.send(form(), &Wishes::default(), START).request;
        let news: Vec<_> = (0..4).map(|_| consents.look(&id, START).map(|news| (news.status, news.last))).collect();
        assert_eq!(news, [None, Some(("opened", false)), Some(("given", true)), None]);
    }

    #[test]
    fn a_way_of_sending_asks_for_the_first_type() {
        for (short_hand, place) in [("KYC", 0), ("email", 0), ("CREDIT", 1)] {
            let mut consents = Consents::new(1, String::new());
            let id =
                consents.send(Form { short_hand: Some(short_hand.to_owned()), ..form() }, &Wishes::default(), START);
            let asked: Vec<_> =
                (0..3).filter(|at| consents.types(Some("a@example.com"))[*at]["requestId"] == id.request).collect();
            assert_eq!(asked, [place], "{short_hand}");
        }
    }

    #[test]
    fn old_requests_make_room() {
        let mut consents = Consents::new(1, String::new());
        let first = consents.send(form(), &Wishes::default(), START).request;
        for _ in 0..KEPT {
            consents.send(form(), &Wishes::default(), START);
        }
        assert_eq!((consents.request(&first), consents.requests.len()), (None, KEPT));
    }
}
