//! How keys are read, written, shown and told apart.
#![expect(clippy::unwrap_used, reason = "tests")]

use base64::{Engine, prelude::*};
use dossier_vault::{Key, MasterKey, VaultError, token_digest};
use proptest::prelude::*;
use secrecy::ExposeSecret;

const TEXT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn refusal(text: &str) -> String {
    match MasterKey::from_text(text) {
        Err(VaultError::NotAKey(sentence)) => sentence.to_owned(),
        other => format!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_master_key_is_written_as_hex_and_read_back() {
    let key = MasterKey::generate();
    let text = key.to_text();
    assert_eq!(text.expose_secret().len(), 64);
    assert_eq!(MasterKey::from_text(text.expose_secret()).unwrap().fingerprint(), key.fingerprint());
    assert_eq!(MasterKey::from_text(TEXT).unwrap().to_text().expose_secret(), TEXT);
}

proptest! {
    #[test]
    fn a_master_key_is_read_in_every_usual_spelling(bytes in any::<[u8; 32]>()) {
        let hex = bytes.map(|byte| format!("{byte:02x}")).concat();
        for text in [
            hex.to_uppercase(),
            format!("  {hex}\r\n"),
            BASE64_STANDARD.encode(bytes),
            BASE64_STANDARD_NO_PAD.encode(bytes),
            BASE64_URL_SAFE.encode(bytes),
            BASE64_URL_SAFE_NO_PAD.encode(bytes),
        ] {
            let read = MasterKey::from_text(&text).unwrap().to_text();
            prop_assert_eq!(read.expose_secret(), &hex);
        }
    }

    #[test]
    fn whatever_an_operator_pastes_gives_a_sentence_and_no_panic(text in "\\PC{0,80}") {
        if let Err(error) = MasterKey::from_text(&text) {
            prop_assert!(matches!(error, VaultError::NotAKey(_)));
        }
    }

    #[test]
    fn a_digest_differs_by_purpose_by_key_and_by_data(purpose in ".{0,20}", other in ".{0,20}", data: Vec<u8>, datum: Vec<u8>) {
        prop_assume!(purpose != other && data != datum);
        let key = Key::generate();
        let digest = key.digest(&purpose, &data);
        prop_assert_eq!(digest, key.digest(&purpose, &data));
        prop_assert_ne!(digest, key.digest(&other, &data));
        prop_assert_ne!(digest, key.digest(&purpose, &datum));
        prop_assert_ne!(digest, Key::generate().digest(&purpose, &data));
        prop_assert_ne!(digest, token_digest(&data));
    }
}

#[test]
fn what_is_no_master_key_is_refused_with_a_sentence() {
    assert!(refusal("").contains("empty"));
    assert!(refusal(" \n").contains("empty"));
    assert!(refusal(&TEXT[1..]).contains("64 hexadecimal digits"));
    assert!(refusal(&format!("{TEXT}0")).contains("64 hexadecimal digits"));
    assert!(refusal(&TEXT.replace('f', "g")).contains("64 hexadecimal digits"));
    assert!(refusal(&BASE64_STANDARD.encode([1, 2, 3])).contains("64 hexadecimal digits"));
    assert!(refusal(&"0".repeat(64)).contains("placeholder"));
}

#[test]
fn a_refused_key_is_not_quoted() {
    let text = TEXT.replace('f', "g");
    assert!(!refusal(&text).contains(&text[..4]));
}

#[test]
fn the_fingerprint_tells_master_keys_apart_and_shows_none_of_their_digits() {
    let fingerprint = MasterKey::from_text(TEXT).unwrap().fingerprint();
    assert_eq!(fingerprint.len(), 32);
    assert_ne!(fingerprint, MasterKey::generate().fingerprint());
    assert!(!TEXT.contains(&fingerprint[..8]));
}

/// The values were made with another implementation of AES-GCM, HMAC and HKDF. What is stored must still open and be
/// found after an upgrade.
#[test]
fn sealed_values_and_digests_stay_readable_from_release_to_release() {
    let hex = |bytes: [u8; 32]| bytes.map(|byte| format!("{byte:02x}")).concat();
    let master = MasterKey::from_text(TEXT).unwrap();
    assert_eq!(master.fingerprint(), "02913ded47163beef25049693cabbd6c");

    let wrapped = "016465666768696a6b6c6d6e6f128f4f9f42cedd3879ab31f21c815671da\
        5d3b39004271a6edd1a22db726e688423f2346413dae7dd0b2b605543676e1";
    let key = master.unwrap(&unhex(wrapped), b"tenant 1").unwrap();
    assert_eq!(
        key.open(b"here", &unhex("016465666768696a6b6c6d6e6f9f32111b2fd15cb714693bd5b5008895705afb95")).unwrap(),
        b"text"
    );
    assert_eq!(
        hex(key.digest("identity number", b"7001015009087")),
        "d9364decd16f3c9934d65943a35da1d69548b8cd0dfad2b4d5fb83849d3f1cbf"
    );
    assert_eq!(hex(token_digest(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn debug_output_of_keys_shows_nothing_of_them() {
    assert_eq!(format!("{:?} {:#?}", Key::generate(), Key::generate()), "Key(…) Key(…)");
    let master = MasterKey::from_text(TEXT).unwrap();
    assert_eq!(format!("{master:?}"), "MasterKey(…)");
    assert!(!format!("{:?}", master.to_text()).contains("0001"));
}

#[test]
fn what_follows_from_a_master_key_repeats_and_depends_on_key_purpose_and_data() {
    let (one, other) = (MasterKey::generate(), MasterKey::generate());
    let again = MasterKey::from_text(one.to_text().expose_secret()).unwrap();
    let digest = one.digest("demo", b"lindiwe");
    assert_eq!(digest, again.digest("demo", b"lindiwe"));
    assert_ne!(digest, one.digest("demo", b"johan"));
    assert_ne!(digest, one.digest("other", b"lindiwe"));
    assert_ne!(digest, other.digest("demo", b"lindiwe"));
}
