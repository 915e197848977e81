//! The smallest honest PNG (ISO/IEC 15948): 8-bit pixels from a palette, not compressed (RFC 1951, stored blocks).

/// The longest stored block.
const BLOCK: usize = 65_535;

/// An image of `width` pixels a row. A pixel is the number of its colour in the palette, which has 256 at most.
pub(crate) fn image(width: usize, pixels: &[u8], palette: &[[u8; 3]]) -> Vec<u8> {
    let width = width.max(1);
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX).to_be_bytes();
    let mut header = [side(width), side(pixels.len() / width)].concat();
    header.extend([8, 3, 0, 0, 0]);
    let mut rows = Vec::with_capacity(pixels.len() + pixels.len() / width);
    for row in pixels.chunks_exact(width) {
        rows.push(0);
        rows.extend(row);
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in
        [(b"IHDR", header), (b"PLTE", palette.concat()), (b"IDAT", stored(&rows)), (b"IEND", Vec::new())]
    {
        file.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
        let chunk = [name.as_slice(), &data].concat();
        file.extend(&chunk);
        file.extend(crc(&chunk).to_be_bytes());
    }
    file
}

/// A zlib stream (RFC 1950) that packs nothing.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let count = data.len().div_ceil(BLOCK);
    for (index, block) in data.chunks(BLOCK).enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(index + 1 == count));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler(data).to_be_bytes());
    stream
}

/// The check sum of a chunk (CRC-32 of ISO 3309).
fn crc(data: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    };
    !data.iter().fold(u32::MAX, step)
}

/// The check sum of a zlib stream (Adler-32).
fn adler(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    (high << 16) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sums_are_the_published_examples() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(adler(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_large_image_is_stored_in_several_blocks_of_which_one_is_the_last() {
        let stream = stored(&vec![7; BLOCK + 2]);
        assert_eq!(stream[2..7], [0, 0xff, 0xff, 0, 0]);
        assert_eq!(stream[7 + BLOCK..12 + BLOCK], [1, 2, 0, 0xfd, 0xff]);
    }

    #[test]
    fn the_header_says_the_size() {
        let file = image(3, &[0, 1, 0, 1, 0, 1], &[[0, 0, 0], [255, 255, 255]]);
        assert_eq!(file[16..24], [0, 0, 0, 3, 0, 0, 0, 2]);
        assert!(file.ends_with(&[0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82]));
    }
}
