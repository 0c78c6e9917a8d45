//! Figures, as a table for people and as JSON for machines.

use super::Outcome;
use sejahtera::cli::progress::say;
use serde::Serialize;

/// One measured value beside its limit.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// What was measured.
    pub name: &'static str,
    /// The service's value.
    pub value: f64,
    /// Unit of both values.
    pub unit: &'static str,
    /// What the limit is.
    pub limit: &'static str,
    /// The limit's value, of the same run.
    pub limit_value: f64,
    /// The value as a part of the limit's.
    pub ratio: f64,
    /// What the ratio must be.
    pub goal: String,
    /// Whether it is.
    pub holds: bool,
}

impl Figure {
    /// A value of which more is better: its ratio must be this at least.
    pub fn at_least(
        name: &'static str,
        value: f64,
        unit: &'static str,
        limit: (&'static str, f64),
        least: f64,
    ) -> Self {
        let ratio = value / limit.1;
        let goal = format!("≥ {least:.2}");
        Self { name, value, unit, limit: limit.0, limit_value: limit.1, ratio, goal, holds: ratio >= least }
    }

    /// A value of which less is better: its ratio may be this at most.
    pub fn at_most(name: &'static str, value: f64, unit: &'static str, limit: (&'static str, f64), most: f64) -> Self {
        let ratio = value / limit.1;
        let goal = format!("≤ {most:.2}");
        Self { name, value, unit, limit: limit.0, limit_value: limit.1, ratio, goal, holds: ratio <= most }
    }
}

/// All figures of a run, each with the machine's load when it was taken.
#[derive(Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
    loads: Vec<String>,
}

impl Report {
    /// Adds figures, and says them at once to whoever waits at the terminal.
    pub fn add(&mut self, figures: Vec<Figure>) -> Outcome<()> {
        for figure in figures {
            let load = std::fs::read_to_string("/proc/loadavg")?;
            let load = load.split(' ').next().unwrap_or_default().to_owned();
            say(&format!("{} (load {load})", line(&figure)));
            self.figures.push(figure);
            self.loads.push(load);
        }
        Ok(())
    }

    /// An array of figures.
    pub fn json(&self) -> String {
        // Figures are plain numbers and texts.
        serde_json::to_string_pretty(&self.figures).unwrap_or_default() + "\n"
    }

    /// Lines of equal columns.
    pub fn table(&self) -> String {
        let head = format!(
            "{:<20} {:>12} {:<9} {:>12} {:>8}  {:<8} {:<5} {:>5}  {}\n",
            "name", "value", "unit", "limit", "ratio", "goal", "holds", "load", "limited by"
        );
        let rows = self.figures.iter().zip(&self.loads).map(|(figure, load)| {
            let holds = if figure.holds { "yes" } else { "NO" };
            format!(
                "{:<20} {:>12.3} {:<9} {:>12.3} {:>8.3}  {:<8} {holds:<5} {load:>5}  {}\n",
                figure.name, figure.value, figure.unit, figure.limit_value, figure.ratio, figure.goal, figure.limit
            )
        });
        head + &rows.collect::<String>()
    }
}

fn line(figure: &Figure) -> String {
    let Figure { name, value, unit, limit_value, ratio, goal, .. } = figure;
    format!("  {name}: {value:.3} {unit}, limit {limit_value:.3}, ratio {ratio:.3}, goal {goal}")
}

/// The middle value; of an even number the upper of the two.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that 99 of 100 do not exceed.
pub fn p99(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() * 99).div_ceil(100).saturating_sub(1);
    values.get(at).copied().unwrap_or(f64::NAN)
}
