//! Files in a form: which they may be, in words, and what stands for one in a value.

use serde_json::Value;

use super::{Field, FieldKind, Form};

/// The most bytes that a file can have, whatever a field says.
pub(super) const MAX_BYTES: u64 = 10_000_000;
/// The most files of a field that says no other number.
pub(super) const MAX_FILES: usize = 10;
/// The most files of a field, whatever its form says.
pub(super) const MOST_FILES: usize = 50;

/// The media types that can be told from the bytes of a file, with their words.
pub(crate) const TYPES: &[(&str, &str)] = &[
    ("image/jpeg", "JPEG"),
    ("image/png", "PNG"),
    ("application/pdf", "PDF"),
    ("image/gif", "GIF"),
    ("image/webp", "WebP"),
    ("image/heif", "HEIC"),
    ("image/tiff", "TIFF"),
    ("image/bmp", "BMP"),
    ("video/mp4", "MP4"),
    ("video/webm", "WebM"),
    ("video/quicktime", "QuickTime"),
    ("application/zip", "ZIP"),
];
/// Those that are meant when a field names none: what an identity document comes as.
pub(super) const USUAL: usize = 3;

impl Form {
    /// The files in `value`: the field and the id of each.
    pub fn files(&self, value: &Value) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for field in &self.flat(value).fields {
            let here = &value[field.name.as_str()];
            let list = match &field.kind {
                FieldKind::File { .. } => std::slice::from_ref(here),
                FieldKind::Files { .. } => here.as_array().map_or(&[] as &[Value], Vec::as_slice),
                _ => continue,
            };
            let ids = list.iter().filter_map(|file| file["id"].as_str());
            found.extend(ids.map(|id| (field.name.clone(), id.to_owned())));
        }
        found
    }

    /// Whether any field, of any branch, takes files.
    pub fn takes_files(&self) -> bool {
        self.every().any(|field| field.file_rule().is_some())
    }
}

impl Field {
    /// The media types and the most bytes of a file for this field; `None` when it takes none.
    pub fn file_rule(&self) -> Option<(&[String], u64)> {
        match &self.kind {
            FieldKind::File { types, max_bytes } | FieldKind::Files { types, max_bytes, .. } => {
                Some((types, *max_bytes))
            }
            _ => None,
        }
    }

    /// The media type of a file with these bytes, which tell it; or why the field does not take it, as a sentence.
    pub fn take(&self, bytes: &[u8]) -> Result<&'static str, String> {
        let media_type = media_type(bytes);
        self.refuse_file(media_type, bytes.len() as u64).map_or(Ok(media_type), Err)
    }

    /// Why a file of this media type and size is refused, as a sentence; `None` when it fits.
    fn refuse_file(&self, media_type: &str, size: u64) -> Option<String> {
        let (types, max_bytes) = self.file_rule()?;
        let the = self.inline();
        if !types.iter().any(|t| t == media_type) {
            return Some(format!("Choose a {} file for the {the}.", words(types)));
        }
        if size == 0 {
            return Some(format!("The file for the {the} is empty. Choose another one."));
        }
        (size > max_bytes).then(|| {
            let (most, this) = (megabytes(max_bytes), megabytes(size));
            format!("The file for the {the} can have at most {most}. This one has {this}.")
        })
    }

    /// What a person has to know before choosing a file: `JPEG, PNG or PDF, at most 10 MB`.
    pub fn file_hint(&self) -> Option<String> {
        let (types, max_bytes) = self.file_rule()?;
        Some(format!("{}, at most {}", words(types), megabytes(max_bytes)))
    }
}

fn media_type(bytes: &[u8]) -> &'static str {
    infer::get(bytes).map_or("application/octet-stream", |kind| kind.mime_type())
}

/// Why `value` is no file for `field`.
pub(super) fn refuse(field: &Field, value: &Value) -> Option<String> {
    let again = || Some(format!("Choose the file for the {} again.", field.inline()));
    let Value::Object(pairs) = value else { return again() };
    let text = |name: &str, max: usize| {
        pairs.get(name)?.as_str().filter(|t| !t.trim().is_empty() && t.len() <= max && !t.chars().any(char::is_control))
    };
    let (id, name, kind) = (text("id", 100), text("name", 1_000), text("type", 100));
    let (Some(_), Some(_), Some(kind), Some(size), 4) =
        (id, name, kind, pairs.get("size").and_then(Value::as_u64), pairs.len())
    else {
        return again();
    };
    field.refuse_file(kind, size)
}

/// `JPEG, PNG or PDF`.
fn words(types: &[String]) -> String {
    let word = |kind: &String| TYPES.iter().find(|(known, _)| known == kind).map_or(kind.clone(), |(_, w)| (*w).into());
    let mut words: Vec<String> = types.iter().map(word).collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}

/// `10 MB`, `2.5 MB`, `800 KB`.
fn megabytes(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    if bytes < 1_000_000 {
        return format!("{} KB", bytes.div_ceil(1_000));
    }
    let tenths = bytes.div_ceil(100_000);
    match tenths % 10 {
        0 => format!("{} MB", tenths / 10),
        rest => format!("{}.{rest} MB", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_so_that_a_file_over_the_limit_never_reads_as_the_limit() {
        let shown = [999, 1_000, 800_001, 1_000_000, 10_000_000, 10_000_001].map(megabytes);
        assert_eq!(shown, ["999 bytes", "1 KB", "801 KB", "1 MB", "10 MB", "10.1 MB"]);
    }

    #[test]
    fn every_type_that_a_form_knows_is_told_from_its_bytes() {
        let mut webm = b"\x1aE\xdf\xa3\x9fB\x82\x84webm".to_vec();
        webm.resize(300, 0);
        let heif = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"%PDF-1.7", "application/pdf"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (heif, "image/heif"),
            (b"II*\0\x08\0\0\0\0\0\0\0", "image/tiff"),
            (b"BM\0\0\0\0", "image/bmp"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
            (webm.as_slice(), "video/webm"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
            (b"PK\x03\x04", "application/zip"),
        ] {
            assert_eq!(media_type(bytes), kind);
        }
        assert!(TYPES.iter().all(|(kind, _)| media_type(b"<script>alert(1)</script>") != *kind));
    }
}
