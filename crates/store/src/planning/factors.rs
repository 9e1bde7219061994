//! What tells the arms of a plan apart, where their names are long and nearly alike.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Arm;

/// The arms of a grid as a table: one column for the swept arm where there are several, one for
/// each varied key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Headings: `arm`, and keys without the parts that they need not be told apart by.
    pub keys: Vec<String>,
    /// For each arm its value in each column; empty where it has none.
    pub rows: Vec<Vec<String>>,
}

impl Factors {
    /// `None` unless most of the arms are points of a sweep within the plan.
    pub fn of(arms: &[Arm]) -> Option<Self> {
        let swept = arms.iter().filter_map(|arm| arm.point.as_ref());
        if 2 * swept.clone().count() <= arms.len().max(1) {
            return None;
        }
        let mut keys: Vec<&str> = Vec::new();
        for (key, _) in swept.clone().flat_map(|point| &point.values) {
            if !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
        let own = |arm: &Arm| arm.point.as_ref().map_or(&arm.name, |it| &it.arm).clone();
        let is_alone = arms.iter().all(|arm| own(arm) == own(&arms[0]));
        let row = |arm: &Arm| {
            let value = |key: &&str| {
                let values = arm.point.iter().flat_map(|point| &point.values);
                let found = values.into_iter().find(|it| it.0 == **key);
                found.map_or_else(String::new, |it| short(&it.1))
            };
            let name = (!is_alone).then(|| own(arm));
            name.into_iter().chain(keys.iter().map(value)).collect()
        };
        let mut rows: Vec<Vec<String>> = arms.iter().map(row).collect();
        for column in 0..rows[0].len() {
            round(&mut rows, column);
        }
        let heading = (!is_alone).then(|| "arm".to_owned());
        Some(Self { keys: heading.into_iter().chain(shortened(&keys)).collect(), rows })
    }
}

fn short(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Rounds the long numbers of a column to four digits, unless that makes two of them the same.
fn round(rows: &mut [Vec<String>], column: usize) {
    let rounded = |text: &String| match text.parse::<f64>() {
        Ok(number) if text.len() > 8 => format!("{number:.3e}"),
        _ => text.clone(),
    };
    let distinct = |texts: Vec<String>| texts.into_iter().collect::<BTreeSet<_>>().len();
    let before: Vec<String> = rows.iter().map(|row| row[column].clone()).collect();
    let after: Vec<String> = before.iter().map(rounded).collect();
    if distinct(before) == distinct(after.clone()) {
        for (row, text) in rows.iter_mut().zip(after) {
            row[column] = text;
        }
    }
}

/// The last parts of keys, as many as tell each from the others.
fn shortened(keys: &[&str]) -> Vec<String> {
    let last = |key: &str, parts: usize| -> String {
        let all: Vec<&str> = key.split('.').collect();
        all[all.len().saturating_sub(parts)..].join(".")
    };
    let short = |key: &&str| {
        let is_told = |parts: &usize| {
            keys.iter().filter(|other| last(other, *parts) == last(key, *parts)).count() == 1
        };
        let parts = (1..=key.split('.').count()).find(is_told);
        parts.map_or_else(|| (*key).to_owned(), |parts| last(key, parts))
    };
    keys.iter().map(short).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Point;

    fn arm(base: &str, values: &[(&str, Value)]) -> Arm {
        let values: Vec<_> =
            values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let point = (!values.is_empty()).then(|| Point { arm: base.into(), values });
        let name = format!("{base}, and so on");
        Arm { name, architecture: base.into(), changes: vec![], point }
    }

    #[test]
    fn a_grid_is_told_apart_by_its_factors() {
        let point = |base, rate: f64, hidden: u64| {
            let values = [("train.learning_rate", json!(rate)), ("model.hidden", json!(hidden))];
            arm(base, &values)
        };
        let one = Factors::of(&[point("gru", 0.1, 8), point("gru", 0.01, 8)]).unwrap();
        assert_eq!(one.keys, ["learning_rate", "hidden"]);
        assert_eq!(one.rows, [["0.1", "8"], ["0.01", "8"]]);
        let two = Factors::of(&[point("gru", 0.1, 8), point("lstm", 0.1, 8)]).unwrap();
        assert_eq!(two.keys, ["arm", "learning_rate", "hidden"]);
        assert_eq!(two.rows[1], ["lstm", "0.1", "8"]);
        let mixed = [point("gru", 0.1, 8), point("gru", 0.2, 8), arm("tcn", &[])];
        let mixed = Factors::of(&mixed).unwrap();
        assert_eq!(mixed.rows[2], ["tcn, and so on", "", ""]);
        assert_eq!(Factors::of(&[arm("gru", &[]), arm("tcn", &[])]), None);
        assert_eq!(Factors::of(&[]), None);
        let long = Factors::of(&[point("gru", 0.000_113_906_25, 8), point("gru", 0.1, 8)]).unwrap();
        assert_eq!(long.rows[0], ["1.139e-4", "8"]);
        let near = [point("gru", 0.000_113_906_25, 8), point("gru", 0.000_113_906_26, 8)];
        assert_eq!(Factors::of(&near).unwrap().rows[0][0], "0.00011390625", "told apart");
    }

    #[test]
    fn keys_keep_what_tells_them_apart() {
        let keys = ["model.hidden", "model.stacked.layers", "model.tcn.layers", "train.batch"];
        let short = ["hidden", "stacked.layers", "tcn.layers", "batch"];
        assert_eq!(shortened(&keys), short);
    }
}
