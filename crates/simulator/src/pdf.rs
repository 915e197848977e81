//! The smallest honest PDF: one A4 page of text lines in Helvetica (ISO 32000-1, the standard fonts need no file).

use std::fmt::Write as _;

/// The longest line that fits between the margins, in characters, and the longest heading.
const LINE: usize = 90;
const HEADING: usize = 52;

/// A document of one page: a heading and lines below it. Characters outside Latin-1 become `?`; long lines are cut.
pub(crate) fn page(heading: &str, lines: &[String]) -> Vec<u8> {
    let mut content =
        format!("BT\n/F1 16 Tf\n56 770 Td\n({}) Tj\n/F1 10 Tf\n0 -12 Td\n16 TL\n", literal(heading, HEADING));
    for line in lines {
        let _ = writeln!(content, "T*\n({}) Tj", literal(line, LINE));
    }
    content.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    assemble(&objects)
}

/// Numbers the objects from 1 and writes the table of their places.
fn assemble(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = writeln!(file, "{} 0 obj\n{object}\nendobj", index + 1);
    }
    let (place, size) = (file.len(), objects.len() + 1);
    let _ = write!(file, "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{place}\n%%EOF\n");
    file.into_bytes()
}

/// The inside of a PDF string of so many characters at most: ASCII as it is, brackets and backslash escaped, the rest of Latin-1 in octal.
fn literal(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for character in text.chars().take(longest) {
        match character {
            '(' | ')' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            '\u{a0}'..='\u{ff}' => {
                let _ = write!(out, "\\{:03o}", u32::from(character));
            }
            _ => out.push('?'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_from(pdf: &str, place: usize) -> &str {
        &pdf[place..]
    }

    #[test]
    fn every_place_in_the_table_is_where_its_object_begins() {
        let bytes = page("Company report", &["One (1) line".to_owned(), "Elsabé Février".to_owned()]);
        let pdf = String::from_utf8(bytes).unwrap();
        assert!(pdf.starts_with("%PDF-1.4\n") && pdf.ends_with("%%EOF\n"));
        let start: usize = pdf.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        let mut table = text_from(&pdf, start).split_inclusive('\n');
        assert_eq!(table.next(), Some("xref\n"));
        assert_eq!(table.next(), Some("0 6\n"));
        for (number, entry) in table.take(6).enumerate() {
            assert_eq!(entry.len(), 20, "an entry of the table has 20 bytes");
            if number > 0 {
                let place: usize = entry[..10].parse().unwrap();
                assert!(text_from(&pdf, place).starts_with(&format!("{number} 0 obj\n")), "object {number}");
            }
        }
    }

    #[test]
    fn the_stream_is_as_long_as_it_says() {
        let pdf = String::from_utf8(page("Head", &["Line".to_owned()])).unwrap();
        let said: usize = pdf.split("/Length ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let stream = pdf.split("stream\n").nth(1).unwrap().strip_suffix("\nend").unwrap();
        assert_eq!(stream.len(), said);
    }

    #[test]
    fn brackets_accents_and_other_scripts_cannot_break_a_string() {
        assert_eq!(literal(r"A (B) \ é 漢", LINE), r"A \(B\) \\ \351 ?");
        assert_eq!(literal("((((", 2), r"\(\(", "what is cut is the text, not its escapes");
    }
}
