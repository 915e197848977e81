//! What a sealed value promises.

use dossier_vault::{Key, MasterKey, VaultError};
use proptest::prelude::*;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

proptest! {
    #[test]
    fn a_sealed_value_opens_to_what_was_sealed(context in bytes(), plain in bytes()) {
        let key = Key::generate();
        let sealed = key.seal(&context, &plain).unwrap();
        prop_assert_eq!(sealed.len(), plain.len() + 29);
        prop_assert_eq!(key.open(&context, &sealed), Ok(plain));
    }

    #[test]
    fn a_sealed_value_with_any_bit_flipped_does_not_open(plain in bytes(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let key = Key::generate();
        let mut sealed = key.seal(b"here", &plain).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        let expected = if at == 0 { VaultError::Malformed } else { VaultError::Refused };
        prop_assert_eq!(key.open(b"here", &sealed), Err(expected));
    }

    #[test]
    fn a_truncated_value_does_not_open(plain in bytes(), at in any::<prop::sample::Index>()) {
        let key = Key::generate();
        let sealed = key.seal(b"here", &plain).unwrap();
        let length = at.index(sealed.len());
        let expected = if length < 29 { VaultError::Malformed } else { VaultError::Refused };
        prop_assert_eq!(key.open(b"here", &sealed[..length]), Err(expected));
    }

    #[test]
    fn a_lengthened_value_does_not_open(plain in bytes(), more in prop::collection::vec(any::<u8>(), 1..40)) {
        let key = Key::generate();
        let mut sealed = key.seal(b"here", &plain).unwrap();
        sealed.extend(more);
        prop_assert_eq!(key.open(b"here", &sealed), Err(VaultError::Refused));
    }

    #[test]
    fn a_value_opens_in_its_own_place_only(context in bytes(), other in bytes(), plain in bytes()) {
        prop_assume!(context != other);
        let key = Key::generate();
        let sealed = key.seal(&context, &plain).unwrap();
        prop_assert_eq!(key.open(&other, &sealed), Err(VaultError::Refused));
    }

    #[test]
    fn a_value_opens_with_its_own_key_only(plain in bytes()) {
        let sealed = Key::generate().seal(b"here", &plain).unwrap();
        prop_assert_eq!(Key::generate().open(b"here", &sealed), Err(VaultError::Refused));
    }

    #[test]
    fn two_seals_of_the_same_text_differ_and_do_not_show_it(plain in prop::collection::vec(any::<u8>(), 16..200)) {
        let key = Key::generate();
        let (one, two) = (key.seal(b"here", &plain).unwrap(), key.seal(b"here", &plain).unwrap());
        prop_assert_ne!(&one[1..13], &two[1..13], "the nonce is new");
        prop_assert_ne!(&one[13..], &two[13..], "so is the cipher text");
        prop_assert!(!one.windows(plain.len()).any(|window| window == plain), "the text does not show");
    }

    #[test]
    fn whatever_stands_in_the_database_gives_an_error_and_no_panic(sealed in bytes()) {
        let key = Key::generate();
        prop_assert!(key.open(b"here", &sealed).is_err());
        prop_assert!(key.unwrap(&sealed, b"here").is_err());
    }
}

#[test]
fn a_wrapped_key_unwraps_to_the_same_key() {
    let (master, tenant, request) = (MasterKey::generate(), Key::generate(), Key::generate());
    let sealed = request.seal(b"here", b"7001015009087").unwrap();

    let in_tenant = tenant.wrap(&request, b"request 1");
    let in_master = master.wrap(&tenant, b"tenant 1");
    let request = master.unwrap(&in_master, b"tenant 1").unwrap().unwrap(&in_tenant, b"request 1").unwrap();

    assert_eq!(request.open(b"here", &sealed).unwrap(), b"7001015009087");
}

#[test]
fn a_wrapped_key_is_bound_to_its_wrapper_and_its_place() {
    let (tenant, request) = (Key::generate(), Key::generate());
    let wrapped = tenant.wrap(&request, b"request 1");

    assert_eq!(tenant.unwrap(&wrapped, b"request 2").unwrap_err(), VaultError::Refused);
    assert_eq!(Key::generate().unwrap(&wrapped, b"request 1").unwrap_err(), VaultError::Refused);
    assert_eq!(MasterKey::generate().unwrap(&wrapped, b"request 1").unwrap_err(), VaultError::Refused);
    assert!(tenant.unwrap(&wrapped, b"request 1").is_ok(), "control");
}

#[test]
fn a_wrapped_key_cannot_be_opened_as_a_value_nor_a_value_unwrapped_as_a_key() {
    let (tenant, request) = (Key::generate(), Key::generate());
    let wrapped = tenant.wrap(&request, b"here");
    let sealed = tenant.seal(b"here", &[7; 32]).unwrap();

    assert_eq!(tenant.open(b"here", &wrapped).unwrap_err(), VaultError::Refused);
    assert_eq!(tenant.unwrap(&sealed, b"here").unwrap_err(), VaultError::Refused);
}

#[test]
fn a_value_of_another_version_is_named_as_such() {
    let key = Key::generate();
    let mut sealed = key.seal(b"here", b"text").unwrap();
    sealed[0] = 2;
    assert_eq!(key.open(b"here", &sealed), Err(VaultError::Malformed));
}
