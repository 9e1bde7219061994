//! Names of arms, short where they are nearly alike.

use store::{Factors, Plan};

/// Names for a table: of a grid's arms the factors, in columns, with what they are above.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) heading: String,
    pub(crate) names: Vec<String>,
}

impl Names {
    pub(crate) fn of(plan: &Plan) -> Self {
        let Some(Factors { keys, rows }) = Factors::of(&plan.arms) else {
            let names = plan.arms.iter().map(|arm| arm.name.clone()).collect();
            return Self { heading: "arm".into(), names };
        };
        let columns = |text: &String| text.chars().count();
        let widths: Vec<usize> = (0..keys.len())
            .map(|column| {
                let cells = rows.iter().map(|row| columns(&row[column]));
                cells.chain([columns(&keys[column])]).max().unwrap_or(0)
            })
            .collect();
        let line = |cells: &[String]| {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            padded.collect::<Vec<_>>().join(" ").trim_end().to_owned()
        };
        Self { heading: line(&keys), names: rows.iter().map(|row| line(row)).collect() }
    }
}
