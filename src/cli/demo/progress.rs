//! What the person at the terminal sees: a line for each thing done, and a bar for what takes its time.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

/// Work shorter than this is done before anybody wonders.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often something is said where no bar can be drawn.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A line for a thing that is done. No bar may stand below it: drop the [`Progress`] first.
pub fn say(line: &str) {
    eprintln!("{line}");
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

/// Work that goes on, with a bar that shows itself to those who have waited for it. Elsewhere than on a terminal
/// it is a line every ten seconds.
pub struct Progress {
    bar: ProgressBar,
    label: String,
    since: Instant,
    said: Instant,
}

impl Progress {
    /// Work on this, in so many steps.
    #[must_use]
    pub fn of(label: impl Into<String>, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {human_pos}/{human_len} {msg} {elapsed}") {
            bar.set_style(style.progress_chars("=> "));
        }
        let label = label.into();
        bar.set_prefix(label.clone());
        Self { bar, label, since: Instant::now(), said: Instant::now() }
    }

    /// So far, of so many; nothing of none is not yet all.
    pub fn reached(&mut self, done: u64, total: u64) {
        self.bar.set_length(total.max(1));
        self.bar.set_position(done);
        if self.since.elapsed() > PATIENCE {
            self.show();
        }
    }

    /// Does one step while the bar tells what it is.
    pub async fn step<R>(&mut self, what: &str, work: impl Future<Output = R>) -> R {
        self.bar.set_message(what.to_owned());
        tokio::pin!(work);
        let left = PATIENCE.saturating_sub(self.since.elapsed());
        let result = match tokio::time::timeout(left, &mut work).await {
            Ok(result) => result,
            Err(_) => {
                self.show();
                work.await
            }
        };
        self.bar.inc(1);
        result
    }

    /// How long it has taken, in words.
    #[must_use]
    pub fn took(&self) -> String {
        format!("{:.1} s", self.since.elapsed().as_secs_f32())
    }

    fn show(&mut self) {
        if std::io::stderr().is_terminal() {
            if self.bar.is_hidden() {
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
                self.bar.enable_steady_tick(Duration::from_millis(200));
            }
        } else if self.said.elapsed() > LINE_EVERY {
            self.said = Instant::now();
            let total = self.bar.length().unwrap_or_default();
            say(&format!("{}: {} of {total}", self.label, self.bar.position()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
