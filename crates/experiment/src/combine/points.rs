//! The points that every arm is taken through, and their names.

use serde_json::Value;

use crate::combine::draw::sample;
use crate::combine::sweep::Sweep;
use crate::key::checker::Checker;
use crate::key::setting::Setting;
use crate::section::axis::Axis;
use crate::text::place::Place;
use crate::text::problem::Problem;

/// The settings of each point that every arm is taken through, in file order, the last
/// axis fastest. One point without settings if nothing varies.
pub(crate) fn points(sweep: &Sweep, most: usize, checker: &mut Checker<'_>) -> Vec<Vec<Setting>> {
    let mut groups: Vec<Vec<Vec<Setting>>> = Vec::new();
    for axis in sweep.grid.iter().filter(|axis| !axis.is_of_tasks()) {
        groups.push(axis.values.iter().map(|value| vec![value.clone()]).collect());
    }
    if !sweep.zip.iter().any(Axis::is_of_tasks) && !sweep.zip.is_empty() {
        groups.push(rows(&sweep.zip));
    }
    let samples = sweep.random.as_ref().map_or(1, |random| random.samples as usize);
    let known = groups.iter().map(Vec::len).chain([samples]);
    let size = known.fold(1_usize, usize::saturating_mul);
    if size > most {
        let place = sweep.keys().map(|(_, _, place)| place).min().unwrap_or(Place::START);
        let message = format!("{size} points for every arm are too many");
        let help = format!("at most {most} configurations can be planned at once");
        checker.report(Problem::new(place, message, "from here on", help));
        return Vec::new();
    }
    if let Some(random) = &sweep.random {
        groups.push((0..random.samples).map(|index| sample(random, index)).collect());
    }
    product(&groups)
}

/// The rows of lists of one length.
pub(crate) fn rows(axes: &[Axis]) -> Vec<Vec<Setting>> {
    let length = axes.iter().map(|axis| axis.values.len()).min().unwrap_or(0);
    (0..length).map(|row| axes.iter().map(|axis| axis.values[row].clone()).collect()).collect()
}

/// Every combination of one item from each group, the last group fastest.
pub(crate) fn product(groups: &[Vec<Vec<Setting>>]) -> Vec<Vec<Setting>> {
    let mut points = vec![Vec::new()];
    for group in groups {
        let longer = |point: &Vec<Setting>| {
            let point = point.clone();
            group.iter().map(move |item| [point.as_slice(), item].concat()).collect::<Vec<_>>()
        };
        points = points.iter().flat_map(longer).collect();
    }
    points
}

/// A point for people: `hidden=32, learning_rate=0.001`.
pub(crate) fn named(point: &[Setting]) -> String {
    let names = short_names(point.iter().map(|setting| setting.key.as_str()));
    let values = point.iter().zip(names).map(|(setting, name)| {
        let value = match &setting.value {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string().replace('"', ""),
            None => String::new(),
        };
        format!("{name}={value}")
    });
    values.collect::<Vec<_>>().join(", ")
}

/// The last segments of dotted keys, as many as it takes to tell them apart.
fn short_names<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let keys: Vec<_> = keys.collect();
    let last = |key: &'a str, segments: usize| {
        let mut at = key.len();
        for _ in 0..segments {
            at = key[..at].rfind('.').unwrap_or(0);
        }
        key[at..].trim_start_matches('.')
    };
    let short = |&key: &&'a str| {
        let fits = |&segments: &usize| {
            let name = last(key, segments);
            keys.iter().filter(|other| last(other, segments) == name).count() == 1
        };
        (1..4).find(fits).map_or(key, |segments| last(key, segments))
    };
    keys.iter().map(short).collect()
}

#[cfg(test)]
mod tests {
    use super::short_names;

    #[test]
    fn names_are_as_short_as_they_can_be_told_apart() {
        let names = |keys: &[&'static str]| short_names(keys.iter().copied());
        assert_eq!(names(&["train.learning_rate", "model.hidden"]), ["learning_rate", "hidden"]);
        assert_eq!(names(&["backend"]), ["backend"]);
        assert_eq!(
            names(&["model.stacked.cell", "model.cnn_rnn.cell", "model.hidden"]),
            ["stacked.cell", "cnn_rnn.cell", "hidden"]
        );
    }
}
