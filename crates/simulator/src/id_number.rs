//! South African ID numbers: `YYMMDD SSSS C A Z`, where SSSS is below 5000 for women, C is 0 for citizens and 1 for
//! permanent residents, A is 8 and Z is a Luhn check digit (ISO/IEC 7812-1).

use time::{Date, Month};

/// Who the serial number belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sex {
    /// SSSS from 0000.
    Female,
    /// SSSS from 5000.
    Male,
}

/// The ID number of a citizen born on this day. `serial` counts within the day and sex and wraps at 5,000.
pub(crate) fn write(born: Date, sex: Sex, serial: u32) -> String {
    let serial = serial % 5_000 + if sex == Sex::Male { 5_000 } else { 0 };
    let (year, month, day) = (born.year().rem_euclid(100), u8::from(born.month()), born.day());
    let body = format!("{year:02}{month:02}{day:02}{serial:04}08");
    format!("{body}{}", check_digit(&body))
}

/// Whether a text is an ID number: 13 digits, a date of either century, C, and the check digit.
pub(crate) fn is_valid(text: &str) -> bool {
    if text.len() != 13 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (body, check) = text.split_at(12);
    let part = |from: usize| body[from..from + 2].parse::<u8>().unwrap_or_default();
    let is_date = [1900, 2000].into_iter().any(|century| {
        Month::try_from(part(2))
            .is_ok_and(|month| Date::from_calendar_date(century + i32::from(part(0)), month, part(4)).is_ok())
    });
    is_date && matches!(&body[10..11], "0" | "1") && check == check_digit(body).to_string()
}

/// The birthday that a valid ID number says. Years up to 25 are taken to be of this century.
pub(crate) fn born(number: &str) -> Option<Date> {
    let part = |from: usize| number.get(from..from + 2)?.parse::<u8>().ok();
    let (year, month, day) = (i32::from(part(0)?), Month::try_from(part(2)?).ok()?, part(4)?);
    Date::from_calendar_date(if year <= 25 { 2000 + year } else { 1900 + year }, month, day).ok()
}

/// The sex that an ID number says.
pub(crate) fn sex(number: &str) -> Sex {
    if number.as_bytes().get(6).is_some_and(|digit| *digit >= b'5') { Sex::Male } else { Sex::Female }
}

/// The Luhn digit that completes these digits.
fn check_digit(body: &str) -> u32 {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let weighted = if place % 2 == 0 { digit * 2 } else { digit };
            weighted / 10 + weighted % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: Month, day: u8) -> Date {
        Date::from_calendar_date(year, month, day).unwrap()
    }

    #[test]
    fn the_check_digit_is_the_published_luhn_example() {
        assert_eq!(check_digit("7992739871"), 3);
    }

    #[test]
    fn a_number_says_birthday_sex_and_citizenship() {
        let number = write(day(2001, Month::March, 7), Sex::Male, 12);
        assert_eq!(&number[..12], "010307501208");
        assert_eq!(&write(day(1984, Month::December, 31), Sex::Female, 12)[..12], "841231001208");
        assert!(is_valid(&number));
    }

    #[test]
    fn a_number_is_read_as_it_was_written() {
        let birthday = day(1984, Month::December, 31);
        assert_eq!(born(&write(birthday, Sex::Female, 12)), Some(birthday));
        assert_eq!(sex(&write(birthday, Sex::Female, 4_999)), Sex::Female);
        assert_eq!(sex(&write(birthday, Sex::Male, 0)), Sex::Male);
        assert_eq!(born("8413"), None);
    }

    #[test]
    fn every_changed_digit_is_noticed() {
        let number = write(day(1975, Month::June, 16), Sex::Female, 4_321);
        for place in 0..13 {
            for digit in b'0'..=b'9' {
                let mut changed = number.clone().into_bytes();
                if changed[place] != digit {
                    changed[place] = digit;
                    assert!(!is_valid(&String::from_utf8(changed).unwrap()), "digit {place} of {number}");
                }
            }
        }
    }

    #[test]
    fn other_texts_are_no_id_numbers() {
        for text in ["", "750616432108", "75061643210800", "7506164321o80", "7513164321086", "７５０６"] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn the_leap_day_of_2000_exists_in_one_century_and_that_is_enough() {
        assert!(is_valid(&write(day(2000, Month::February, 29), Sex::Male, 1)));
    }
}
