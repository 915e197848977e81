//! Pictures as people see them. A browser is never handed the bytes of a stranger: what is shown is a *preview*, a JPEG
//! that is made here of the pixels alone, once, when the file arrives. It has no metadata (no place, no camera, no
//! colour profile), stands upright and is at most [`LONGEST_SIDE`] pixels long. The provider gets the file as it came.

use std::io::Cursor;
use std::sync::Arc;

use dossier_storage::attachments::Pixels;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use tokio::sync::Semaphore;

/// The most pixels of a picture that is opened: a photo of the largest usual cameras has 48 million.
const MOST_PIXELS: u64 = 50_000_000;
/// The most pixels of one side.
const MOST_SIDE: u32 = 20_000;
/// The most bytes that the pixels of a picture take; of those with the most pixels each can have four. A decoder may hold
/// as much again while it works, so that opening one takes up to half a gigabyte.
const MOST_BYTES: u64 = 4 * MOST_PIXELS;
/// The most pixels of a side of what is shown.
pub const LONGEST_SIDE: u32 = 1_600;
/// How good a preview is, of 100: the print on a card stays sharp.
const QUALITY: u8 = 88;

/// What is shown of a picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    /// A JPEG.
    pub bytes: Vec<u8>,
    /// Its size.
    pub pixels: Pixels,
}

/// Only its size: the rest is personal.
impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Preview({:?}, {} bytes)", self.pixels, self.bytes.len())
    }
}

/// Why nothing can be shown of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is no picture, or one of a kind that is not opened here.
    #[error("no picture of a kind that is opened")]
    Other,
    /// It begins like a picture and cannot be opened as one.
    #[error("a broken picture")]
    Broken,
    /// It says that it is this large. It was not opened.
    #[error("a picture of {} × {} pixels", .0.width, .0.height)]
    Large(Pixels),
}

impl Unfit {
    /// The reason in words for who chose the file `name` as a picture.
    pub(crate) fn said_of(self, name: &str) -> String {
        match self {
            Self::Other | Self::Broken => {
                format!("{name} is damaged, or is something else under the name of a picture. Choose another file.")
            }
            Self::Large(Pixels { width, height }) => format!(
                "{name} has {width} × {height} pixels, which is more than can be opened. Save it with at most {} million \
                 pixels, no side longer than {MOST_SIDE}, and choose it again.",
                MOST_PIXELS / 1_000_000
            ),
        }
    }
}

/// Where pictures are opened: one after the other, so that many at once take no more memory than the largest of them.
#[derive(Debug)]
pub(crate) struct Darkroom(Arc<Semaphore>);

impl Default for Darkroom {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Darkroom {
    /// What is shown of these bytes.
    pub(crate) async fn preview(&self, bytes: &[u8]) -> Result<Preview, Unfit> {
        // What is none does not wait for those that are.
        kind(bytes)?;
        let place = Arc::clone(&self.0).acquire_owned().await.map_err(|_| Unfit::Broken)?;
        let bytes = bytes.to_vec();
        // Whoever asked may be gone before it is opened; it goes on, and the place is taken until then. A panic of a decoder
        // ends here too: the file is then kept and not shown.
        let made = tokio::task::spawn_blocking(move || (preview(&bytes), place).0);
        made.await.unwrap_or(Err(Unfit::Broken))
    }
}

/// What kind of picture these bytes begin like, whatever their name and type say.
fn kind(bytes: &[u8]) -> Result<ImageFormat, Unfit> {
    let kind = image::guess_format(bytes).map_err(|_| Unfit::Other)?;
    // Not WebP: its decoder takes the memory that a file asks for without a limit (image 0.25).
    let opened = matches!(kind, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif);
    if opened { Ok(kind) } else { Err(Unfit::Other) }
}

/// Whether files of this media type are shown as pictures.
pub fn shows(media_type: &str) -> bool {
    matches!(media_type, "image/jpeg" | "image/png" | "image/gif")
}

/// Makes the preview of a picture: of a moving one, of its first image. It computes for as long as the pixels take; on a
/// server it is called through the application, which bounds how many do so at once.
///
/// # Errors
/// [`Unfit`]. How large a picture is, is known and checked before a pixel of it is read.
pub fn preview(bytes: &[u8]) -> Result<Preview, Unfit> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind(bytes)?);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Unfit::Broken)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > MOST_SIDE
        || u64::from(width) * u64::from(height) > MOST_PIXELS
        || decoder.total_bytes() > MOST_BYTES
    {
        return Err(Unfit::Large(Pixels { width, height }));
    }
    // A mark that cannot be read turns nothing.
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Unfit::Broken)?;
    if width.max(height) > LONGEST_SIDE {
        picture = picture.thumbnail(LONGEST_SIDE, LONGEST_SIDE);
    }
    picture.apply_orientation(turned);
    let flat = on_white(picture);
    let mut made = Vec::new();
    flat.write_with_encoder(JpegEncoder::new_with_quality(&mut made, QUALITY)).map_err(|_| Unfit::Broken)?;
    Ok(Preview { bytes: made, pixels: Pixels { width: flat.width(), height: flat.height() } })
}

/// The picture without what shows through, which JPEG cannot say.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [colour @ .., alpha] = picture.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        let over = |part: u8| u8::try_from((u16::from(part) * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        image::Rgb(colour.map(over))
    })
}

#[cfg(test)]
mod tests;
