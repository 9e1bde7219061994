//! Pages over several reports: what each says of the statement or the publication that it is about.
//!
//! Written from the `report.json` of each, so that a page cannot say what its reports do not.

use std::fmt::Write as _;
use std::path::Path;

use analysis::{Interval, Spread, Summary};
use serde::Deserialize;
use store::{Against, Quantity, Source};
use text::counted;

use crate::ReportError;
use crate::document::Table;
use crate::format::duration;
use crate::markdown::{grid, row};
use crate::sections::measured;
use crate::verdict::Verdict;

/// What a report says, as far as a page over several needs it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Told {
    /// Name of the experiment.
    pub experiment: String,
    /// Its question.
    question: String,
    /// What it repeats or puts to the test.
    #[serde(default)]
    source: Option<Source>,
    /// In file order.
    claims: Vec<ToldClaim>,
    /// Computing time.
    seconds: ToldSeconds,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct ToldClaim {
    text: String,
    verdict: Verdict,
    post_hoc: bool,
    right: Against,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    metric: Option<String>,
    tasks: Vec<ToldTask>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct ToldTask {
    task: String,
    #[serde(default)]
    part: Option<String>,
    difference: Option<ToldSummary>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct ToldSummary {
    n: usize,
    mean: f64,
    min: f64,
    max: f64,
    sd: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct ToldSeconds {
    finished: f64,
}

impl Told {
    /// Reads the `report.json` of a folder that a report was written to.
    ///
    /// # Errors
    /// [`ReportError::Told`] if there is none, or it is not what `report` writes.
    pub fn read(folder: &Path) -> Result<Self, ReportError> {
        let path = folder.join("report.json");
        let wrong = |reason: String| ReportError::Told { path: path.clone(), reason };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
    }

    /// The verdict on the whole: a sentence that counts the claims that hold and names the others.
    ///
    /// `It holds: all 4 claims are borne out.`
    fn verdict(&self) -> String {
        let of = |is_it: fn(Verdict) -> bool| -> Vec<&str> {
            let claims = self.claims.iter().filter(|it| is_it(it.verdict));
            claims.map(|it| it.text.as_str()).collect()
        };
        let holds = of(Verdict::holds);
        let refuted = of(|it| it == Verdict::Refuted);
        let open = of(|it| it == Verdict::Inconclusive);
        let all = self.claims.len();
        if all == 0 {
            return "It makes no claim.".into();
        }
        if self.holds() {
            let borne = match all {
                1 => "the claim is borne out".to_owned(),
                _ => format!("all {all} claims are borne out"),
            };
            return format!("**It holds**: {borne}.");
        }
        let all_in_all =
            if refuted.is_empty() { "Not all of it is shown" } else { "Not as it is said" };
        let verb = if holds.len() == 1 { "holds" } else { "hold" };
        let mut text =
            format!("**{all_in_all}**: {} of {} {verb}.", holds.len(), counted(all, "claim"));
        for (what, claims) in [("Refuted", &refuted), ("Left open", &open)] {
            if !claims.is_empty() {
                let quoted: Vec<_> =
                    claims.iter().map(|it| format!("“{}”", text::markdown(it))).collect();
                let _ = write!(text, " {what}: {}.", quoted.join("; "));
            }
        }
        text
    }

    /// Whether it makes claims and all are borne out.
    fn holds(&self) -> bool {
        !self.claims.is_empty() && self.claims.iter().all(|it| it.verdict.holds())
    }

    /// The figure that shows what most of its claims are about, among those that are there.
    fn figure(&self, folder: &Path) -> std::io::Result<Option<String>> {
        let about = |is_it: fn(&ToldClaim) -> bool| {
            2 * self.claims.iter().filter(|it| is_it(it)).count() > self.claims.len()
        };
        let is_gradient = |it: &ToldClaim| it.metric.as_deref() == Some("gradient_decay");
        let name = if about(is_gradient) { "gradients" } else { "differences" };
        let entries = match std::fs::read_dir(folder.join("figures")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        let files = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let files = files.collect::<std::io::Result<Vec<String>>>()?;
        let is_figure = |it: &String| {
            it.starts_with(name) && Path::new(it).extension().is_some_and(|it| it == "svg")
        };
        Ok(files.into_iter().filter(is_figure).min())
    }
}

impl ToldClaim {
    /// Its verdict, to stand out.
    fn strong(&self) -> String {
        format!("**{}**", self.verdict.of_claim(self.post_hoc))
    }

    /// What was measured on each of its tasks and parts.
    fn measured(&self) -> String {
        let quantity = Quantity::named(self.metric.as_deref().unwrap_or_default());
        let one = |it: &ToldTask| {
            let value = measured(&quantity, &self.right, it.difference.map(ToldSummary::summary));
            let part = it.part.iter().map(|part| text::markdown(part));
            let mut place: Vec<_> = part.collect();
            if self.tasks.iter().any(|other| other.task != it.task) {
                place.insert(0, text::markdown(&it.task));
            }
            if place.is_empty() { value } else { format!("{}: {value}", place.join(", ")) }
        };
        self.tasks.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

impl ToldSummary {
    fn summary(self) -> Summary {
        let Self { n, mean, min, max, sd, low, high } = self;
        let spread = match (sd, low, high) {
            (Some(sd), Some(low), Some(high)) => {
                Some(Spread { sd, interval: Interval { low, high } })
            }
            _ => None,
        };
        Summary { n, mean, min, max, spread }
    }
}

/// What one report says of its statement: the statement, a figure, the verdict and the claims.
/// `link` leads from the page to the folder of the report, `folder` from here.
///
/// # Errors
/// [`ReportError::Told`] if the folder of the figures cannot be read.
pub fn statement(told: &Told, folder: &Path, link: &str) -> Result<String, ReportError> {
    let mut page = String::new();
    if let Some(source) = told.source.as_ref().filter(|it| !it.statement.is_empty()) {
        let _ = writeln!(page, "> {}\n", text::markdown(&source.statement));
        if !source.paper.is_empty() {
            let _ = writeln!(page, "{}\n", text::markdown(&source.paper));
        }
    }
    let _ = writeln!(page, "{}\n", told.verdict());
    let figure = told.figure(folder).map_err(|error| ReportError::Told {
        path: folder.join("figures"),
        reason: error.to_string(),
    })?;
    if let Some(figure) = figure {
        let alt = text::markdown(&told.question);
        let _ = writeln!(page, "![{alt}]({link}/figures/{figure})\n");
    }
    let headings = Table::new(&["Claim", "Verdict", "#Measured, 95 %"]);
    let row =
        |claim: &ToldClaim| vec![text::markdown(&claim.text), claim.strong(), claim.measured()];
    page += &grid(&headings.columns, told.claims.iter().map(row));
    let time = duration(told.seconds.finished);
    let _ = writeln!(page, "\n[The whole report]({link}/report.md); {time} of computing.");
    Ok(page)
}

/// What was published, what was measured here, and what differs, report by report. Each comes with
/// the link from the page to its folder.
pub fn publications(all: &[(Told, String)]) -> String {
    let passed = all.iter().filter(|(told, _)| told.holds()).count();
    let mut page = format!(
        "All claims are borne out of {passed} of {}.\n\n",
        counted(all.len(), "publication")
    );
    let _ = writeln!(page, "| | Claim | Published | Here, 95 % | Verdict |");
    let _ = writeln!(page, "| --- | --- | --- | ---: | --- |");
    for (told, link) in all {
        let mut name = format!("[{}]({link}/report.md)", text::markdown(&told.experiment));
        for claim in &told.claims {
            let published = claim.published.as_deref().map_or_else(String::new, text::markdown);
            let (said, measured) = (text::markdown(&claim.text), claim.measured());
            page += &row(&[std::mem::take(&mut name), said, published, measured, claim.strong()]);
        }
    }
    for (told, _) in all {
        let Some(source) = &told.source else { continue };
        let place =
            if source.place.is_empty() { String::new() } else { format!(", {}", source.place) };
        let _ = writeln!(page, "\n### {}\n", text::markdown(&told.experiment));
        let _ = writeln!(page, "{}{}.\n", text::markdown(&source.paper), text::markdown(&place));
        for (what, said) in [("The same", &source.same), ("Different", &source.differs)] {
            if !said.is_empty() {
                let _ = writeln!(page, "{what}: {}\n", text::markdown(said));
            }
        }
        let time = duration(told.seconds.finished);
        let _ = writeln!(page, "{} {time} of computing.", told.verdict());
    }
    page
}
