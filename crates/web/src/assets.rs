//! The stylesheet, the script and the mark: compiled in, and served under names that change with their content, so that
//! browsers may keep them for ever. A new file goes into `assets/`; pages name it through [`url`].

use std::fmt::Write as _;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "assets/"]
struct Assets;

/// Where the asset `name` is served: `/assets/dossier-9f2c41e07ab3d502.css` for `dossier.css`. The digits are the start
/// of its content's SHA-256. An unknown name comes back without digits, and [`serve`] answers it with 404.
pub fn url(name: &str) -> String {
    match (Assets::get(name), name.rsplit_once('.')) {
        (Some(file), Some((stem, kind))) => format!("/assets/{stem}-{}.{kind}", digest(&file)),
        _ => format!("/assets/{name}"),
    }
}

/// Answers `GET /assets/{file}`. With the present digits in the name the answer may be kept for ever; with none or with
/// those of another version (a page that an older server sent) the present file comes, to be asked for again each time.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let (name, asked) = parts(&file);
    let Some(found) = Assets::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let digest = digest(&found);
    let keep = if asked == Some(digest.as_str()) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{digest}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|tags| {
        tags.split(',').any(|each| matches!(each.trim().trim_start_matches("W/"), t if t == tag || t == "*"))
    });

    let mut answer =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { found.data.clone().into_owned().into_response() };
    let kind = content_type(&name);
    for (name, value) in [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ] {
        answer.headers_mut().insert(name, value);
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// `dossier-9f2c41e07ab3d502.css` is `dossier.css` and its digits; a name without digits is itself.
fn parts(file: &str) -> (String, Option<&str>) {
    let split = file.rsplit_once('.').and_then(|(stem, kind)| {
        let (name, digits) = stem.rsplit_once('-')?;
        (digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| (format!("{name}.{kind}"), Some(digits)))
    });
    split.unwrap_or_else(|| (file.to_owned(), None))
}

/// Hexadecimal digits of the digest in a name: 64 bits, far more than the handful of versions that ever meet.
const DIGITS: usize = 16;

fn digest(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(DIGITS / 2).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str, tag: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(tag) = tag {
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(tag).unwrap());
        }
        serve(Path(path.trim_start_matches("/assets/").to_owned()), headers).await
    }

    fn said<'a>(answer: &'a Response, name: &header::HeaderName) -> &'a str {
        answer.headers()[name].to_str().unwrap()
    }

    #[tokio::test]
    async fn the_address_of_an_asset_leads_to_it_and_may_be_kept_for_ever() {
        for (name, kind) in [
            ("dossier.css", "text/css; charset=utf-8"),
            ("dossier.js", "text/javascript; charset=utf-8"),
            ("mark.svg", "image/svg+xml"),
        ] {
            let answer = get(&url(name), None).await;
            assert_eq!(answer.status(), StatusCode::OK, "{name}");
            assert_eq!(said(&answer, &header::CONTENT_TYPE), kind);
            assert_eq!(said(&answer, &header::CACHE_CONTROL), "public, max-age=31536000, immutable");
            assert_eq!(said(&answer, &header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        }
    }

    #[tokio::test]
    async fn who_already_has_the_asset_is_not_sent_it_again() {
        let tag = said(&get(&url("dossier.css"), None).await, &header::ETAG).to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            assert_eq!(get("dossier.css", Some(&known)).await.status(), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(get("dossier.css", Some("\"other\"")).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_page_of_another_version_gets_the_present_file_but_may_not_keep_it() {
        for path in ["dossier.css", "dossier-0000000000000000.css"] {
            let answer = get(path, None).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            assert_eq!(said(&answer, &header::CACHE_CONTROL), "no-cache");
        }
    }

    #[tokio::test]
    async fn nothing_outside_the_folder_is_served() {
        for path in ["", "nothing.css", "../Cargo.toml", "..%2fCargo.toml", "/etc/hostname", "../src/lib.rs"] {
            assert_eq!(get(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(url("nothing.css"), "/assets/nothing.css");
    }
}
