//! Pictures that tests send and receive: real ones, which can be opened.

use std::io::Cursor;

pub use image::ImageFormat;
use image::{DynamicImage, Rgb, RgbImage};

/// A picture with a green corner at the top left, red below it and blue beside it, so that a turn or a loss is seen.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let drawn = RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([0, 200, 0]),
        (true, false) => Rgb([200, 0, 0]),
        (false, _) => Rgb([0, 0, 200]),
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(drawn).write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// How much of a PNG has about this colour, from 0 to 1.
pub fn share(png: &[u8], colour: [u8; 3]) -> f64 {
    let picture = image::load_from_memory(png).expect("a picture").into_rgb8();
    let near = |pixel: &Rgb<u8>| pixel.0.iter().zip(colour).all(|(is, wanted)| is.abs_diff(wanted) < 40);
    let found = picture.pixels().filter(|pixel| near(pixel)).count();
    f64::from(u32::try_from(found).expect("a small picture")) / f64::from(picture.width() * picture.height())
}

/// A JPEG with a block (EXIF 2.3, little-endian) that says that the camera was turned, by its number, and where it was:
/// the words `GPS-OF-HOME`.
pub fn exif(jpeg: &[u8], turned: u8) -> Vec<u8> {
    let mut block = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    block.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, turned, 0, 0, 0]);
    block.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    // The directory of the place: one entry, a text that follows it.
    block.extend([1, 0, 0x1d, 0, 2, 0, 12, 0, 0, 0, 56, 0, 0, 0, 0, 0, 0, 0]);
    block.extend(b"GPS-OF-HOME\0");
    let length = u16::try_from(block.len() + 2).expect("a short block").to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &block, &jpeg[2..]].concat()
}

/// A PNG whose head says that it is this large, and that has hardly a pixel.
pub fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = picture(4, 4, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    // The sum that ends a chunk (ISO/IEC 15948, annex D).
    let sum = !png[12..29].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    });
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

/// A small PNG, and after its end what makes it one of its own.
pub fn png(own: &str) -> Vec<u8> {
    [&picture(4, 4, ImageFormat::Png), own.as_bytes()].concat()
}

/// A small JPEG, and after its end what makes it one of its own.
pub fn jpeg(own: &str) -> Vec<u8> {
    [&picture(8, 8, ImageFormat::Jpeg), own.as_bytes()].concat()
}
