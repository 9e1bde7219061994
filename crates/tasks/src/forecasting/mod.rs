//! Forecasting: the next values of a series, from a window of it.
//!
//! The input is `window` rows of a table with a time column, the target the `horizon` rows after
//! them, of all columns or of some. Rows are divided by time: training, then validation, then
//! test; targets never reach over a border, windows may reach back over it. Each column is
//! scaled by its mean and standard deviation over the training rows, and errors are reported in
//! the table's own units.
//!
//! ```text
//! date        temp_max  temp_min
//! 2012/01/01      12.8       5.0   \\
//! 2012/01/02      10.6       2.8    > window 3
//! 2012/01/03      11.7       7.2   /
//! 2012/01/04      12.2       5.6   -> horizon 1
//! ```
//!
//! Shipped are monthly sunspots from 1749 on, weekly CO2 on Mauna Loa (with missing weeks), and the
//! weather of Seattle day by day; `path` names any other table. Beside the scores stand those of
//! the naive forecast (the last value, or with `season` that of a season ago), and `mase` divides
//! by its error on the training rows (Hyndman and Koehler 2006).
//!
//! Training windows are drawn with replacement. A table larger than memory is read once; beyond 64
//! MiB its numbers lie in a temporary file.

mod series;

use std::ops::Range;
use std::path::PathBuf;

use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::forecasting::series::{Fill, Series, Wanted};
use crate::metric::{
    Metric, Setting, mase, mean_absolute_error, root_mean_squared_error, scores_of, squared_error,
};
use crate::{
    Answers, Batch, Context, Example, Input, Inputs, Names, Part, TEST, Target, Targets, Task,
    TaskEntry, TaskError, TaskFacts, TaskShape, below, stream,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "forecasting",
    summary: "the next values of a series (sunspots, CO2, weather, or any table with a time column)",
    about: include_str!("mod.rs"),
    keys: &[
        Key::new(
            "series",
            Kind::OneOf(&[
                Choice { word: "sunspots", doc: "Monthly means, 1749 to 2009." },
                Choice {
                    word: "co2",
                    doc: "Weekly CO2 on Mauna Loa, 1958 to 2001; some are missing.",
                },
                Choice { word: "seattle_weather", doc: "Four daily channels, 2012 to 2015." },
            ]),
            Literal::Text("sunspots"),
            "Which of the shipped series, unless there is a `path`.",
        ),
        Key::optional(
            "path",
            Kind::Text,
            "A .csv or .tsv file with a header, absolute or from the folder that the program is \
             started in.",
        ),
        Key::optional(
            "time",
            Kind::Text,
            "The column of times, numbers or dates that sort as text; the first column if absent.",
        ),
        Key::optional(
            "columns",
            Kind::Text,
            "The columns that are read, between commas; all that hold numbers if absent.",
        ),
        Key::optional(
            "targets",
            Kind::Text,
            "The columns that are forecast, between commas; all that are read if absent.",
        ),
        Key::new(
            "window",
            Kind::Integer { min: 1, max: 100_000 },
            Literal::Integer(24),
            "Rows that a forecast is made from.",
        ),
        Key::new(
            "horizon",
            Kind::Integer { min: 1, max: 10_000 },
            Literal::Integer(1),
            "Rows that are forecast.",
        ),
        Key::new(
            "season",
            Kind::Integer { min: 1, max: 100_000 },
            Literal::Integer(1),
            "Rows of a season, for the naive forecast; at most `window`. 1 takes the last value.",
        ),
        Key::new(
            "missing",
            Kind::OneOf(&[
                Choice { word: "refuse", doc: "A missing value is an error that names its row." },
                Choice { word: "last", doc: "The value before it." },
                Choice {
                    word: "linear",
                    doc: "On the line from the value before to the one after.",
                },
            ]),
            Literal::Text("refuse"),
            "What stands for a missing value; at the start of a column always the first there is.",
        ),
        Key::new("validation", SHARE, Literal::Number(0.1), "Share of the rows for validation."),
        Key::new("test", SHARE, Literal::Number(0.2), "Share of the rows, the last, for testing."),
    ],
    build,
};

const SHARE: Kind = Kind::Number { min: 0.001, max: 0.45 };

const LIMITS: &str = "A single series is one sample: its test part is one stretch of time, and seeds do \
     not vary it. Many series are hard to forecast better than by their last value; look at mase, where \
     1 is the naive forecast.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    series: String,
    path: Option<PathBuf>,
    time: Option<String>,
    columns: Option<String>,
    targets: Option<String>,
    window: usize,
    horizon: usize,
    season: usize,
    missing: Fill,
    validation: f64,
    test: f64,
}

/// The task.
struct Forecasting {
    series: Series,
    window: usize,
    horizon: usize,
    season: usize,
    /// First rows of windows by part: training, validation, test.
    windows: [Range<usize>; 3],
    parts: Vec<Part>,
    setting: Setting,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let Config { window, horizon, season, .. } = config;
    if season > window {
        let reason =
            format!("season = {season} is longer than window = {window}; widen the window");
        return Err(TaskError::Together { task: ENTRY.name, reason });
    }
    let shipped = || context.datasets.join(ENTRY.name).join(format!("{}.csv", config.series));
    let path = config.path.clone().unwrap_or_else(shipped);
    let wanted = Wanted {
        time: config.time.as_deref(),
        columns: config.columns.as_deref(),
        targets: config.targets.as_deref(),
        fill: config.missing,
    };
    let mut series =
        Series::read(&path, &wanted, data::long_sequence::IN_MEMORY).map_err(|error| {
            TaskError::of_data(error, "the option `path` names a .csv or .tsv file")
        })?;
    let rows = series.rows();
    let share = |share: f64| (share * rows as f64).round() as usize;
    let test = rows - share(config.test);
    let validation = test - share(config.validation).min(test);
    let enough = |part: &Range<usize>| part.len() >= horizon;
    if validation < window + horizon || !enough(&(validation..test)) || !enough(&(test..rows)) {
        let reason = format!(
            "{rows} rows are too few for window = {window}, horizon = {horizon} and the shares for \
             validation and test"
        );
        return Err(TaskError::Unfit { path, reason });
    }
    series.scale_by(0..validation);
    // Windows whose targets lie in a range of rows.
    let windows =
        |rows: Range<usize>| rows.start.max(window) - window..rows.end + 1 - horizon - window;
    let windows = [windows(0..validation), windows(validation..test), windows(test..rows)];
    let errors = series.naive_errors(0..validation, season);
    let repeated = |values: Vec<f64>| values.repeat(horizon);
    let target = Target::Value { values: horizon * series.targets() };
    let setting = Setting {
        target,
        units: repeated(series.scales().map(|scale| scale.deviation).collect()),
        origins: repeated(series.scales().map(|scale| scale.mean).collect()),
        naive_errors: repeated(errors),
    };
    let parts = Part::validation_and_test(windows[1].len(), windows[2].len());
    Ok(Box::new(Forecasting { series, window, horizon, season, windows, parts, setting }))
}

impl Forecasting {
    /// The window that begins at row `start`, and the rows after it.
    fn example(&self, start: usize) -> Example {
        let (window, horizon) = (self.window, self.horizon);
        let rows = self.series.scaled(start..start + window + horizon);
        let channels = self.series.channels();
        let (seen, later) = rows.split_at(window * channels);
        let targets = later.chunks(channels).flat_map(|row| self.series.of_targets(row));
        Example::of_values(seen.to_vec(), Targets::Values(targets.collect()))
    }

    fn batch(&self, starts: impl Iterator<Item = usize>) -> Batch {
        let examples: Vec<_> = starts.map(|start| self.example(start)).collect();
        let TaskShape { input, target, .. } = self.shape();
        Batch::pad(input, target, &examples)
    }

    /// The naive forecast: at each row of the horizon, the value of a season before, or of as many
    /// seasons as reach back into the window.
    fn naive(&self, batch: &Batch) -> Vec<f32> {
        let Inputs::Values(values) = &batch.inputs else { return Vec::new() };
        let channels = self.series.channels();
        let row = |window: &[f32], step: usize| -> Vec<f32> {
            let at = self.window - self.season + step % self.season;
            self.series.of_targets(&window[at * channels..][..channels]).collect()
        };
        values
            .chunks(self.window * channels)
            .flat_map(|window| (0..self.horizon).flat_map(move |step| row(window, step)))
            .collect()
    }
}

impl Task for Forecasting {
    fn shape(&self) -> TaskShape {
        TaskShape::new(
            Input::Vectors { channels: self.series.channels() },
            self.window,
            self.setting.target,
            Answers::Sequence,
        )
    }

    fn metrics(&self) -> Vec<&'static Metric> {
        vec![
            &squared_error::METRIC,
            &mean_absolute_error::METRIC,
            &root_mean_squared_error::METRIC,
            &mase::METRIC,
        ]
    }

    fn setting(&self) -> Setting {
        self.setting.clone()
    }

    fn facts(&self) -> TaskFacts {
        let all = (0..self.parts[TEST].sequences).step_by(self.evaluation_size());
        let batches = all.map(|start| self.evaluation_batch(TEST, start, self.evaluation_size()));
        let trivial = scores_of(&self.metrics(), &self.setting, batches, |batch| self.naive(batch));
        TaskFacts {
            summary: format!(
                "the next {} of {}, from {} rows",
                self.horizon,
                self.series.names_of_targets().join(", "),
                self.window
            ),
            limits: LIMITS.into(),
            metric: mase::METRIC.name,
            trivial,
            trivial_rule: if self.season > 1 {
                format!("the value {} rows before (seasonal naive)", self.season)
            } else {
                "the last value, repeated (naive)".into()
            },
            checksum: self.series.checksum().into(),
            training_sequences: self.windows[0].len(),
        }
    }

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let windows = &self.windows[0];
        let start = |index| {
            windows.start
                + below(&mut stream(seed, "forecasting training", step, index), windows.len())
        };
        self.batch((0..size as u64).map(start))
    }

    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch {
        let windows = &self.windows[part + 1];
        let end = start.saturating_add(size).min(windows.len());
        self.batch((start..end).map(|index| windows.start + index))
    }

    fn names(&self) -> Names {
        Names { channels: self.series.names().to_vec(), ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::build;

    fn task(options: &[(&str, serde_json::Value)]) -> Result<Box<dyn Task>, String> {
        let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        build("forecasting", &options.collect(), &Context { datasets: &datasets })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn naive_forecasts_score_what_was_measured_elsewhere() {
        let rmse = |options: &[(&str, serde_json::Value)]| task(options).unwrap().facts().trivial["root_mean_squared_error"];
        // Root mean squared errors of the last value over the last fifth.
        let sunspots = rmse(&[]);
        assert!((sunspots - 19.6).abs() < 0.3, "{sunspots}");
        let weather = rmse(&[("series", "seattle_weather".into()), ("targets", "temp_max".into())]);
        assert!((weather - 3.06).abs() < 0.05, "{weather}");
        let co2 = rmse(&[("series", "co2".into()), ("missing", "linear".into())]);
        assert!((co2 - 0.513).abs() < 0.02, "{co2}");
        // A year ago is a better guess of a temperature half a year ahead.
        let year = [
            ("series", "seattle_weather".into()),
            ("targets", "temp_max".into()),
            ("window", 365.into()),
            ("horizon", 120.into()),
        ];
        let mut seasonal = year.to_vec();
        seasonal.push(("season", 365.into()));
        assert!(rmse(&seasonal) < 0.7 * rmse(&year));
    }

    #[test]
    fn windows_follow_each_other_and_targets_stay_in_their_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("count.csv");
        let rows: Vec<_> = (0..100).map(|row| format!("{row},{row},{}", row * row)).collect();
        fs::write(&path, format!("t,a,b\n{}\n", rows.join("\n"))).unwrap();
        let path = path.to_str().unwrap();
        let options = [
            ("path", path.into()),
            ("window", 5.into()),
            ("horizon", 3.into()),
            ("targets", "a".into()),
        ];
        let task = task(&options).unwrap();
        assert_eq!(task.shape().input, Input::Vectors { channels: 2 });
        assert_eq!(task.shape().target, Target::Value { values: 3 });
        // 70 rows to train on, 10 to validate on, 20 to test on.
        let sizes =
            [task.facts().training_sequences, task.parts()[0].sequences, task.parts()[1].sequences];
        assert_eq!(sizes, [70 - 7, 10 - 2, 20 - 2]);
        let setting = task.setting();
        let value = |scaled: f32| f64::from(scaled) * setting.units[0] + 34.5;
        let batch = task.evaluation_batch(TEST, 0, 1000);
        let (Inputs::Values(seen), Targets::Values(later)) = (&batch.inputs, &batch.targets) else {
            panic!("numbers")
        };
        for (window, (seen, later)) in seen.chunks(10).zip(later.chunks(3)).enumerate() {
            let rows: Vec<f64> = seen.chunks(2).map(|row| value(row[0]).round()).collect();
            let expected: Vec<f64> = (75 + window..80 + window).map(|row| row as f64).collect();
            assert_eq!(rows, expected);
            let rows: Vec<f64> = later.iter().map(|it| value(*it).round()).collect();
            assert_eq!(rows, (80 + window..83 + window).map(|row| row as f64).collect::<Vec<_>>());
        }
        // The naive error is 1 a step, and three steps ahead 1, 2 and 3.
        let trivial = task.facts().trivial;
        assert!((trivial["mase"] - 2.0).abs() < 1e-4, "{trivial:?}");
        assert!((trivial["mean_absolute_error"] - 2.0).abs() < 1e-4, "{trivial:?}");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.csv");
        let message = |text: &str, options: &[(&str, serde_json::Value)]| {
            fs::write(&path, text).unwrap();
            let mut all = vec![("path", path.to_str().unwrap().into()), ("window", 2.into())];
            all.extend(options.iter().cloned());
            let shown = format!("{}/", folder.path().display());
            task(&all).err().unwrap().replace(&shown, "")
        };
        let good = "t,a,b\n1,2,x\n2,3,y\n3,4,z\n";
        let messages = [
            message(good, &[]),
            message(good, &[("season", 3.into())]),
            message(good, &[("columns", "c".into())]),
            message(good, &[("targets", "b".into())]),
            message(good, &[("time", "when".into())]),
            message("t,a\n1,2\n3,4\n2,5\n", &[]),
            message("t,a\n1,2\n2,\n", &[]),
            message("t,a\n1,2\n2,zwei\n", &[]),
            message("t,a\n1,x\n", &[]),
            message("t,a\n", &[]),
        ];
        insta::assert_snapshot!(messages.join("\n"));
    }
}
