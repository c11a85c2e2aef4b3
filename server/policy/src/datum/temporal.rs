//! Dates and times, in ISO form only: PostgreSQL reads that the same under every `DateStyle`.

use jiff::civil::Date;
use pgpe_catalog::BaseType;

use super::InvalidValue;

/// PostgreSQL's `infinity`.
pub const MAX_INSTANT: i64 = i64::MAX;
/// PostgreSQL's `-infinity`.
pub const MIN_INSTANT: i64 = i64::MIN;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

pub(super) fn read_date(text: &str) -> Result<i64, InvalidValue> {
    if let Some(infinite) = read_infinity(text) {
        return Ok(infinite);
    }
    match Parts::of(text) {
        Some(Parts { date, time: None, offset: None }) => Ok(micros(date, 0)),
        _ => Err(wrong("a date", "2026-01-31", text)),
    }
}

pub(super) fn read_timestamp(text: &str) -> Result<i64, InvalidValue> {
    if let Some(infinite) = read_infinity(text) {
        return Ok(infinite);
    }
    match Parts::of(text) {
        // PostgreSQL would silently ignore an offset here.
        Some(Parts { offset: Some(_), .. }) => {
            Err(InvalidValue::new("a timestamp without time zone takes no offset"))
        }
        Some(Parts { date, time, offset: None }) => Ok(micros(date, time.unwrap_or(0))),
        None => Err(wrong("a timestamp", "2026-01-31 12:00:00", text)),
    }
}

pub(super) fn read_timestamptz(text: &str) -> Result<i64, InvalidValue> {
    if let Some(infinite) = read_infinity(text) {
        return Ok(infinite);
    }
    match Parts::of(text) {
        Some(Parts { date, time: Some(time), offset: Some(offset) }) => {
            Ok(micros(date, time) - offset * MICROS_PER_SECOND)
        }
        Some(_) => Err(InvalidValue::new(
            "without an offset it would depend on the session's time zone: write it like 2026-01-31 12:00:00+00",
        )),
        None => Err(wrong("a timestamp with time zone", "2026-01-31 12:00:00+00", text)),
    }
}

pub(super) fn read_time(text: &str) -> Result<i64, InvalidValue> {
    read_clock(text).ok_or_else(|| wrong("a time", "12:00:00", text))
}

pub(super) fn show_instant(micros: i64, ty: &BaseType) -> String {
    if micros == MAX_INSTANT {
        return "infinity".to_owned();
    }
    if micros == MIN_INSTANT {
        return "-infinity".to_owned();
    }
    let days = micros.div_euclid(MICROS_PER_DAY);
    let Some(date) = i32::try_from(days).ok().and_then(date_of) else {
        return format!("{micros} microseconds");
    };
    let clock = show_time(micros.rem_euclid(MICROS_PER_DAY));
    match ty {
        BaseType::Date => date.to_string(),
        BaseType::TimestampTz => format!("{date} {clock}+00"),
        _ => format!("{date} {clock}"),
    }
}

pub(super) fn show_time(micros: i64) -> String {
    let seconds = micros / MICROS_PER_SECOND;
    let fraction = micros % MICROS_PER_SECOND;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { clock } else { format!("{clock}.{fraction:06}").trim_end_matches('0').to_owned() }
}

fn date_of(days: i32) -> Option<Date> {
    Date::new(1970, 1, 1).ok()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn micros(date: Date, time_of_day: i64) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    let days = date.since((jiff::Unit::Day, epoch)).map_or(0, |span| i64::from(span.get_days()));
    days * MICROS_PER_DAY + time_of_day
}

fn wrong(what: &str, example: &str, text: &str) -> InvalidValue {
    match text.trim().to_ascii_lowercase().as_str() {
        "now" | "today" | "tomorrow" | "yesterday" => {
            InvalidValue::new("PostgreSQL would freeze it at the moment when the policy is created")
        }
        _ => InvalidValue::new(format!("it is not {what} like {example}")),
    }
}

fn read_infinity(text: &str) -> Option<i64> {
    match text.to_ascii_lowercase().as_str() {
        "infinity" => Some(MAX_INSTANT),
        "-infinity" => Some(MIN_INSTANT),
        _ => None,
    }
}

/// `YYYY-MM-DD[ HH:MM[:SS[.ffffff]][offset]]`, the parts in days and microseconds, the offset in seconds.
struct Parts {
    date: Date,
    time: Option<i64>,
    offset: Option<i64>,
}

impl Parts {
    fn of(text: &str) -> Option<Parts> {
        let (date, rest) = text.split_at_checked(10)?;
        let date = read_calendar_date(date)?;
        if rest.is_empty() {
            return Some(Parts { date, time: None, offset: None });
        }
        let rest = rest.strip_prefix([' ', 'T'])?;
        let (clock, offset) = match rest.find(['Z', '+', '-']) {
            Some(at) => (&rest[..at], Some(read_offset(&rest[at..])?)),
            None => (rest, None),
        };
        Some(Parts { date, time: Some(read_clock(clock)?), offset })
    }
}

fn read_calendar_date(text: &str) -> Option<Date> {
    let shape = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    // Year 0 is no year to PostgreSQL.
    if shape && !text.starts_with("0000") { text.parse().ok() } else { None }
}

fn read_clock(text: &str) -> Option<i64> {
    let (whole, fraction) =
        text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let parts: Vec<&str> = whole.split(':').collect();
    let two_digits = |text: &&str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !(2..=3).contains(&parts.len())
        || !parts.iter().all(two_digits)
        || (fraction.is_some() && parts.len() != 3)
    {
        return None;
    }
    let number = |at: usize| parts.get(at).map_or(Some(0), |part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (number(0)?, number(1)?, number(2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let micros = match fraction {
        None => 0,
        Some(digits)
            if (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{digits:0<6}").parse::<i64>().ok()?
        }
        Some(_) => return None,
    };
    Some(((hours * 60 + minutes) * 60 + seconds) * MICROS_PER_SECOND + micros)
}

/// `Z`, `+HH`, `+HHMM` or `+HH:MM`, in seconds east of UTC.
fn read_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let number = |text: &str| if text.len() == 2 { text.parse::<u8>().ok().map(i64::from) } else { None };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    // PostgreSQL's own limit is just below 16 hours.
    (hours <= 15 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}
