//! Faces of nobody: a head, hair, eyes and a mouth, drawn from a few colours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::chance::Chance;
use crate::png;

const WIDTH: usize = 72;
const HEIGHT: usize = 90;

/// The places of the palette.
const WALL: u8 = 0;
const SKIN: u8 = 1;
const HAIR: u8 = 2;
const SHIRT: u8 = 3;
const EYE: u8 = 4;
const LIP: u8 = 5;

/// A PNG of 72 by 90 pixels: the same face for the same words.
pub(crate) fn draw(seed: u64, of: &str) -> Vec<u8> {
    let mut chance = Chance::of(seed, &["face", of]);
    let palette = [
        chance.pick(&[[214, 222, 228], [228, 226, 214], [206, 220, 210]]),
        chance.pick(&[[92, 60, 42], [128, 86, 60], [172, 122, 88], [222, 178, 146], [238, 204, 178]]),
        chance.pick(&[[24, 20, 18], [58, 40, 28], [120, 84, 44], [150, 150, 148]]),
        chance.pick(&[[38, 70, 110], [120, 40, 48], [44, 96, 72], [70, 70, 78]]),
        [20, 20, 24],
        [150, 70, 72],
    ];
    let head = Oval { x: 36, y: 42, wide: 17 + i32_below(&mut chance, 4), high: 23 + i32_below(&mut chance, 4) };
    let brow = 26 + i32_below(&mut chance, 6);
    let apart = 7 + i32_below(&mut chance, 3);
    let smile = 5 + i32_below(&mut chance, 4);
    let pixel = |x: i32, y: i32| {
        let eye = |at: i32| Oval { x: at, y: 41, wide: 3, high: 2 }.holds(x, y);
        let mouth = Oval { x: 36, y: 55, wide: smile, high: 2 };
        if eye(36 - apart) || eye(36 + apart) {
            EYE
        } else if mouth.holds(x, y) {
            LIP
        } else if head.holds(x, y) {
            if y < brow { HAIR } else { SKIN }
        } else if (Oval { x: 36, y: 36, wide: head.wide + 3, high: head.high + 1 }).holds(x, y) && y < 48 {
            HAIR
        } else if (Oval { x: 36, y: 92, wide: 32, high: 20 }).holds(x, y) {
            SHIRT
        } else if (30..=42).contains(&x) && (60..=78).contains(&y) {
            SKIN
        } else {
            WALL
        }
    };
    let pixels: Vec<u8> =
        (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).map(|(x, y)| pixel(place(x), place(y))).collect();
    png::image(WIDTH, &pixels, &palette)
}

/// The same in base64.
pub(crate) fn encoded(seed: u64, of: &str) -> String {
    STANDARD.encode(draw(seed, of))
}

struct Oval {
    x: i32,
    y: i32,
    wide: i32,
    high: i32,
}

impl Oval {
    fn holds(&self, x: i32, y: i32) -> bool {
        let (across, down) = ((x - self.x) * self.high, (y - self.y) * self.wide);
        across * across + down * down <= (self.wide * self.high).pow(2)
    }
}

fn place(at: usize) -> i32 {
    i32::try_from(at).unwrap_or_default()
}

fn i32_below(chance: &mut Chance, limit: u32) -> i32 {
    i32::try_from(chance.below(limit)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_draw_the_same_face_and_others_another() {
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert!(draw(1, "a").len() < 8_000);
    }
}
