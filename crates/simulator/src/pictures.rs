//! What the services say of uploaded pictures. All of it follows from the digests of their bytes.

use serde_json::{Value, json};

use crate::bureau::{Finding, Refusal};
use crate::chance::Chance;
use crate::faces;
use crate::id_number::{self, Sex};
use crate::people::Person;
use crate::uploads::Upload;
use crate::wishes::{Wish, Wishes};

/// From which score on two faces are one person's.
const SAME: f64 = 0.8;
/// From which score on a picture was taken from life.
const ALIVE: f64 = 0.5;

/// Identity Document OCR.
pub(crate) fn read(seed: u64, front: &Upload, back: &Upload, wishes: &Wishes) -> Result<Finding, Refusal> {
    if wishes.has(Wish::Unreadable) {
        return Err(Refusal::unreadable("The document cannot be read"));
    }
    let digests = [front.digest, back.digest].map(|digest| digest.to_string());
    let mut chance = Chance::of(seed, &["card", &digests[0], &digests[1]]);
    let Person { first_name, surname, id_number } = Person::invent(&mut chance, 1960, 45);
    let result = json!({
        "DocumentType": "IDCARD",
        "IDNumber": id_number,
        "Surname": surname,
        "Names": first_name,
        "Sex": if id_number::sex(&id_number) == Sex::Male { "M" } else { "F" },
        "Nationality": "RSA",
        "DateOfBirth": id_number::born(&id_number).map(|born| born.to_string()),
        "CountryOfBirth": "RSA",
        "Status": "CITIZEN",
        "CardNumber": format!("{:09}", chance.below(1_000_000_000)),
        "DateOfIssue": format!("20{}-0{}-2{}", 16 + chance.below(9), 1 + chance.below(9), chance.below(9)),
        "Confidence": score(&mut chance, 90, 100),
        "FaceImage": faces::encoded(seed, &id_number),
    });
    Ok(Finding { results: vec![result], report: None })
}

/// Face Compare: a result for each face, in their order.
pub(crate) fn compare(seed: u64, target: &Upload, faces: &[&Upload], wishes: &Wishes) -> Result<Finding, Refusal> {
    if wishes.has(Wish::Unreadable) {
        return Err(Refusal::unreadable("No face was found in the picture"));
    }
    let results = faces.iter().map(|face| {
        // Who is compared with whom makes no difference.
        let (one, other) = (target.digest.min(face.digest), target.digest.max(face.digest));
        let mut chance = Chance::of(seed, &["faces", &one.to_string(), &other.to_string()]);
        let score = match (wishes.has(Wish::NoMatch), one == other) {
            (true, _) => score(&mut chance, 5, 60),
            (false, true) => 1.0,
            (false, false) => score(&mut chance, 82, 99),
        };
        json!({ "score": score, "match": score >= SAME, "threshold": SAME })
    });
    Ok(Finding { results: results.collect(), report: None })
}

/// Passive Liveness.
pub(crate) fn liveness(seed: u64, media: &Upload, wishes: &Wishes) -> Result<Finding, Refusal> {
    if wishes.has(Wish::Unreadable) {
        return Err(Refusal::unreadable("No face was found in the picture"));
    }
    let mut chance = Chance::of(seed, &["liveness", &media.digest.to_string()]);
    let score = if wishes.has(Wish::Spoof) { score(&mut chance, 2, 40) } else { score(&mut chance, 85, 100) };
    let result: Value = json!({
        "live": score >= ALIVE,
        "liveness_score": score,
        "spoof_score": (100.0 - score * 100.0).round() / 100.0,
        "threshold": ALIVE,
    });
    Ok(Finding { results: vec![result], report: None })
}

/// A score of two digits, `from` and up to `to` hundredths.
fn score(chance: &mut Chance, from: u32, to: u32) -> f64 {
    f64::from(from + chance.below(to - from)) / 100.0
}
