//! What the person at the terminal sees: a line for each thing done, and a bar for what takes its time.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::{
        LazyLock,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Work shorter than this is done before anybody wonders.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often something is said where no bar can be drawn.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How often a bar is drawn anew.
const FRAME: Duration = Duration::from_millis(200);

/// The bars that stand on the terminal, so that lines go above them.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A line for a thing that is done.
pub fn say(line: &str) {
    BARS.suspend(|| eprintln!("{line}"));
}

/// Digits in groups of three, as Indonesia writes them: 1.234.567.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let places = digits.len();
    let with_points = |(at, digit): (usize, char)| {
        let point = (at > 0 && (places - at).is_multiple_of(3)).then_some('.');
        point.into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(with_points).collect()
}

/// Work that goes on, with a bar that shows itself to those who have waited for it, and goes with this value. Elsewhere
/// than on a terminal it is a line every ten seconds. A thread of its own shows it, whatever the work blocks.
pub struct Progress {
    bar: ProgressBar,
    end: Option<Sender<()>>,
    shower: Option<JoinHandle<()>>,
}

impl Progress {
    /// Work on this, in so many steps.
    #[must_use]
    pub fn of(label: impl Into<String>, total: u64) -> Self {
        Self::new(label.into(), Some(total))
    }

    /// Work on this; nobody knows in how many steps.
    #[must_use]
    pub fn unbounded(label: impl Into<String>) -> Self {
        Self::new(label.into(), None)
    }

    fn new(label: String, total: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        bar.set_style(style(total.is_some()));
        bar.set_prefix(label);
        let (end, ended) = channel();
        let shown = bar.clone();
        // Where no thread is to be had the work goes on unseen.
        let shower = std::thread::Builder::new().name("progress".to_owned()).spawn(move || show(&shown, &ended)).ok();
        Self { bar, end: Some(end), shower }
    }

    /// So far, of so many; nothing of none is not yet all.
    pub fn reached(&self, done: u64, total: Option<u64>) {
        if let Some(total) = total.filter(|total| *total > 0) {
            if self.bar.length().is_none() {
                self.bar.set_style(style(true));
            }
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// What the work is at.
    pub fn at(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// Does one step while the bar tells what it is.
    pub async fn step<R>(&self, what: &str, work: impl Future<Output = R>) -> R {
        self.at(what);
        let result = work.await;
        self.bar.inc(1);
        result
    }

    /// How long it has taken, in words.
    #[must_use]
    pub fn took(&self) -> String {
        format!("{:.1} s", self.bar.elapsed().as_secs_f32())
    }
}

fn style(bounded: bool) -> ProgressStyle {
    let template = if bounded {
        "{prefix} [{bar:30}] {human_pos}/{human_len} {msg} {elapsed}"
    } else {
        "{prefix} {spinner} {human_pos} {msg} {elapsed}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

/// Shows the bar until the sender has gone.
fn show(bar: &ProgressBar, ended: &Receiver<()>) {
    let goes_on = |pause| matches!(ended.recv_timeout(pause), Err(RecvTimeoutError::Timeout));
    if !goes_on(PATIENCE) {
        return;
    }
    if std::io::stderr().is_terminal() {
        BARS.add(bar.clone());
        while goes_on(FRAME) {
            bar.tick();
        }
    } else {
        loop {
            say(&in_words(bar));
            if !goes_on(LINE_EVERY) {
                return;
            }
        }
    }
}

/// `enrolments: 3 of 17, PKH, 12 s`.
fn in_words(bar: &ProgressBar) -> String {
    let total = bar.length().map_or_else(String::new, |total| format!(" of {}", grouped(total)));
    let what = Some(bar.message()).filter(|what| !what.is_empty()).map_or_else(String::new, |what| format!(", {what}"));
    let seconds = bar.elapsed().as_secs();
    format!("{}: {}{total}{what}, {seconds} s", bar.prefix(), grouped(bar.position()))
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end = None;
        // It ends by itself; there is nothing to do about one that panicked.
        let _ = self.shower.take().map(JoinHandle::join);
        self.bar.finish_and_clear();
        BARS.remove(&self.bar);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rupiah_are_written_in_groups_of_three() {
        let written = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(written, ["0", "999", "1.000", "1.234.567"]);
    }

    #[test]
    fn where_no_bar_can_be_drawn_a_line_says_how_far_it_is() {
        let progress = Progress::of("enrolments", 1_700);
        progress.reached(3, None);
        progress.at("PKH");
        assert_eq!(in_words(&progress.bar), "enrolments: 3 of 1.700, PKH, 0 s");
    }

    #[test]
    fn work_of_unknown_size_tells_what_is_done_and_later_of_how_much() {
        let progress = Progress::unbounded("lines");
        progress.reached(12, Some(0));
        assert_eq!(in_words(&progress.bar), "lines: 12, 0 s");
        progress.reached(12, Some(20));
        assert_eq!(in_words(&progress.bar), "lines: 12 of 20, 0 s");
    }

    #[test]
    fn short_work_ends_without_waiting_for_the_bar() {
        let began = std::time::Instant::now();
        drop(Progress::of("short", 1));
        assert!(began.elapsed() < PATIENCE / 2);
    }
}
