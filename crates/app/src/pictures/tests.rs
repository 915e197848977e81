//! What is shown of a picture, and what never gets that far.

use dossier_testkit::picture::{bomb, exif, picture};
use image::{Rgb, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

fn written(picture: impl Into<DynamicImage>, kind: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, kind).unwrap();
    bytes.into_inner()
}

fn shown(preview: &Preview) -> RgbImage {
    assert_eq!(kind(&preview.bytes), Ok(ImageFormat::Jpeg));
    let shown = image::load_from_memory(&preview.bytes).unwrap().into_rgb8();
    assert_eq!(preview.pixels, Pixels { width: shown.width(), height: shown.height() });
    shown
}

fn close(one: Rgb<u8>, other: [u8; 3]) -> bool {
    one.0.iter().zip(other).all(|(one, other)| one.abs_diff(other) < 24)
}

#[test]
fn every_kind_that_is_shown_becomes_a_jpeg_of_the_same_pixels() {
    for kind in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif] {
        let made = preview(&picture(64, 48, kind)).unwrap();
        let seen = shown(&made);
        assert_eq!(seen.dimensions(), (64, 48), "{kind:?}");
        assert!(close(*seen.get_pixel(8, 8), [0, 200, 0]) && close(*seen.get_pixel(56, 40), [0, 0, 200]), "{kind:?}");
    }
    let sixteen = DynamicImage::new_rgba16(9, 9);
    assert!(preview(&written(sixteen, ImageFormat::Png)).is_ok(), "16 bits for each colour");
}

#[test]
fn twelve_megapixels_are_shown_whole_and_smaller() {
    let photo = picture(4_000, 3_000, ImageFormat::Jpeg);
    let made = preview(&photo).unwrap();
    let seen = shown(&made);
    assert_eq!(seen.dimensions(), (1_600, 1_200));
    for (x, y, colour) in [(10, 10, [0, 200, 0]), (10, 1_190, [200, 0, 0]), (1_590, 10, [0, 0, 200])] {
        assert!(close(*seen.get_pixel(x, y), colour), "{x}, {y}: {:?}", seen.get_pixel(x, y));
    }
    let strip = preview(&picture(4_000, 2, ImageFormat::Png)).unwrap();
    assert_eq!(strip.pixels, Pixels { width: 1_600, height: 1 }, "no side is lost");
}

/// Each of the eight ways in which a camera may be held (EXIF 2.3, 4.6.4).
#[test]
fn a_picture_stands_upright_and_tells_no_place() {
    let corner = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)];
    let flat = picture(64, 48, ImageFormat::Jpeg);
    for (turn, (right, low)) in (1..).zip(corner) {
        let photo = exif(&flat, turn);
        assert!(photo.windows(11).any(|w| w == b"GPS-OF-HOME"), "the control");
        let made = preview(&photo).unwrap();
        let seen = shown(&made);
        let (wide, tall) = if turn < 5 { (64, 48) } else { (48, 64) };
        assert_eq!(seen.dimensions(), (wide, tall), "{turn}");
        let (x, y) = (8 + right * (wide - 16), 8 + low * (tall - 16));
        assert!(close(*seen.get_pixel(x, y), [0, 200, 0]), "{turn}: {:?}", seen.get_pixel(x, y));
        for told in [&b"Exif"[..], b"GPS-OF-HOME"] {
            assert!(!made.bytes.windows(told.len()).any(|w| w == told), "{turn}");
        }
    }
}

#[test]
fn what_shows_through_becomes_white() {
    let glass = RgbaImage::from_fn(32, 32, |x, _| if x < 16 { Rgba([255, 0, 0, 0]) } else { Rgba([0, 0, 0, 128]) });
    let made = preview(&written(glass, ImageFormat::Png)).unwrap();
    let seen = shown(&made);
    assert!(close(*seen.get_pixel(4, 16), [255, 255, 255]) && close(*seen.get_pixel(28, 16), [127, 127, 127]));
}

#[test]
fn one_that_says_it_is_huge_is_refused_by_its_first_bytes() {
    for (width, height) in [(60_000, 60_000), (20_001, 1), (1, 20_001), (10_000, 5_001)] {
        let said = Unfit::Large(Pixels { width, height });
        assert_eq!(preview(&bomb(width, height)), Err(said));
        // Nothing that follows is looked at: were a pixel of it read, it would be broken.
        assert_eq!(preview(&bomb(width, height)[..45]), Err(said));
    }
    assert!(preview(&bomb(2_000_000_000, 1)).is_err(), "the reader of the format refuses this by itself");
    assert_eq!(preview(&bomb(10_000, 5_000)), Err(Unfit::Broken), "the control: this large it is opened");
    let deep = written(DynamicImage::new_rgba16(6_000, 5_000), ImageFormat::Png);
    let said = Unfit::Large(Pixels { width: 6_000, height: 5_000 });
    assert_eq!(preview(&deep), Err(said), "few enough pixels, but eight bytes for each");
    let words = Unfit::Large(Pixels { width: 60_000, height: 40 }).said_of("ID.png");
    assert_eq!(
        words,
        "ID.png has 60000 × 40 pixels, which is more than can be opened. Save it with at most 50 million pixels, no side \
         longer than 20000, and choose it again."
    );
}

#[test]
fn what_only_begins_like_a_picture_is_broken_and_what_is_none_is_something_else() {
    for start in [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff\xe0\0\x10JFIF", b"GIF89a"] {
        for rest in [&b""[..], b"<script>alert(1)</script>", &[0; 400]] {
            // What stands where a size should be reads as one, and as too large.
            let refused = preview(&[start, rest].concat());
            assert!(matches!(refused, Err(Unfit::Broken | Unfit::Large(_))), "{start:?}: {refused:?}");
        }
    }
    for other in [
        &b""[..],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"BM\0\0",
        b"II*\0",
        b"GIF8",
        b"RIFF\x10\0\0\0WEBPVP8 ",
    ] {
        assert_eq!(preview(other), Err(Unfit::Other), "{other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is done to a real picture, or stands where one should be, the answer is a picture or a reason.
    #[test]
    fn no_bytes_make_it_panic_or_give_more_than_it_says(
        at in 0_usize..3,
        blows in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let kind = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif][at];
        let mut bytes = picture(40, 30, kind);
        for (place, byte) in blows {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        bytes.extend(tail);
        if let Ok(made) = preview(&bytes) {
            prop_assert!(made.pixels.width.max(made.pixels.height) <= LONGEST_SIDE);
            prop_assert!(image::load_from_memory(&made.bytes).is_ok());
        }
    }
}
