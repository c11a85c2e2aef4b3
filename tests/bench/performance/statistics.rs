//! Figures and what is said of many of them.

use std::time::{Duration, Instant};

/// How long something took, each time.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// One more.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that this share of all did not exceed, in milliseconds: the smallest one that so many are no longer
    /// than (the nearest rank).
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().map(milliseconds)
    }
}

impl Extend<Duration> for Times {
    fn extend<T: IntoIterator<Item = Duration>>(&mut self, times: T) {
        self.0.extend(times);
    }
}

impl IntoIterator for Times {
    type Item = Duration;
    type IntoIter = std::vec::IntoIter<Duration>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What a figure is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// Half of all times are no longer.
    Median,
    /// 95 of 100 times are no longer.
    P95,
}

/// What was measured.
#[derive(Debug, Clone)]
pub enum Figure {
    /// Times of the same thing, of which typical and bad ones matter.
    Times(Times),
    /// Times of a whole process, which others on the machine only lengthen: typical and best ones matter.
    Runs(Times),
    /// One time, or an average, in milliseconds.
    Time(f64),
    /// A size in MiB.
    Mebibytes(f64),
    /// A number of things.
    Count(u64),
    /// How many times as much something is.
    Ratio(f64),
    /// Something that is no number: other programs' figures, or why there is none.
    Text(String),
}

impl Figure {
    /// The figure as a number; milliseconds if it is a time.
    pub fn value(&self, statistic: Statistic) -> Option<f64> {
        match self {
            Figure::Times(times) | Figure::Runs(times) => times.quantile(match statistic {
                Statistic::Median => 0.5,
                Statistic::P95 => 0.95,
            }),
            Figure::Time(value) | Figure::Mebibytes(value) | Figure::Ratio(value) => Some(*value),
            Figure::Count(count) => Some(*count as f64),
            Figure::Text(_) => None,
        }
    }

    /// What stands behind its number.
    pub fn unit(&self) -> &'static str {
        match self {
            Figure::Times(_) | Figure::Runs(_) | Figure::Time(_) => " ms",
            Figure::Mebibytes(_) => " MiB",
            Figure::Ratio(_) => " ×",
            Figure::Count(_) | Figure::Text(_) => "",
        }
    }

    /// How it stands in a table.
    pub fn show(&self) -> String {
        let at = |times: &Times, share: f64| times.quantile(share).map_or("–".to_owned(), number);
        match self {
            Figure::Times(times) => {
                let (median, p95, most) = (at(times, 0.5), at(times, 0.95), at(times, 1.0));
                format!("{median} / {p95} / {most} ms ({})", times.count())
            }
            Figure::Runs(times) => format!("{} / {} ms ({})", at(times, 0.5), at(times, 0.0), times.count()),
            Figure::Time(value) => format!("{} ms", number(*value)),
            Figure::Mebibytes(value) => format!("{value:.1} MiB"),
            Figure::Count(count) => grouped(*count),
            Figure::Ratio(value) => format!("{} ×", number(*value)),
            Figure::Text(why) => why.clone(),
        }
    }
}

/// A number with about three digits that tell something.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => grouped(value.round() as u64),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// A whole number with commas.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How often something is measured.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// This often at least, whatever it takes.
    pub least: usize,
    /// No more often.
    pub most: usize,
    /// No new round begins after that.
    pub time: Duration,
}

impl Budget {
    /// The numbers of the rounds, while there is time.
    pub fn rounds(self) -> impl Iterator<Item = usize> {
        let started = Instant::now();
        (0..self.most).take_while(move |round| *round < self.least || started.elapsed() < self.time)
    }
}
