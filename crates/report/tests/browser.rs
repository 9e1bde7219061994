//! The page in a real browser, where one is installed (`chromium`, or the program that the variable
//! `BROWSER` names): no error, nothing wider than the window, figures that are seen, tables that
//! sort, arms that can be hidden, figures that open, dark where the reader wants it dark.

mod sweep;

use std::path::{Path, PathBuf};
use std::process::Command;

use report::{Format, Options, write};
use serde_json::{Value, json};
use sweep::{Sweep, adding, parity};

/// Does what a reader does, and says what came of it.
const READER: &str = r#"<script>
const found = { errors: window.errors };
found.wider = document.documentElement.scrollWidth - window.innerWidth;
const seen = [...document.querySelectorAll("figure svg")].map((it) => it.getBoundingClientRect());
found.figures = seen.length;
found.unseen = seen.filter((it) => !(it.width > 100 && it.height > 30)).length;
const column = (table, at) =>
  [...table.tBodies[0].rows].map((row) => row.cells[at].textContent.trim());
const table = [...document.querySelectorAll("table")].find((it) => it.textContent.includes("p, Holm"));
const heading = [...table.tHead.rows[0].cells].find((it) => it.textContent.includes("mean ± sd"));
found.before = column(table, heading.cellIndex);
heading.querySelector("button").click();
found.rising = column(table, heading.cellIndex);
found.sorted = heading.getAttribute("aria-sort");
heading.querySelector("button").click();
found.falling = column(table, heading.cellIndex);
const shown = () => [...document.querySelectorAll('figure [data-arm="1"]')]
  .filter((it) => it.style.display !== "none").length;
found.shown = shown();
const box = document.querySelector('input[data-shows="1"]');
box.click();
found.left = shown();
document.querySelector("figure button.large").click();
found.large = document.querySelector("dialog").open
  && document.querySelector("dialog svg").getBoundingClientRect().width > 100;
found.paper = getComputedStyle(document.body).backgroundColor;
found.focusable = document.querySelectorAll("button, summary, a, input").length;
document.documentElement.setAttribute("data-found", JSON.stringify(found));
</script>"#;

const ERRORS: &str = r#"<script>window.errors = [];
addEventListener("error", (it) => window.errors.push(it.message));</script>"#;

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("BROWSER").map(PathBuf::from);
    let names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).flat_map(|it| names.map(|name| it.join(name)));
    named.into_iter().chain(places).find(|it| it.is_file())
}

/// What the reader found in a window of this width.
fn read(browser: &Path, page: &Path, width: u32, dark: bool) -> Value {
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000"]);
    command.args(["--enable-logging=stderr", "--dump-dom"]);
    command.arg(format!("--window-size={width},900"));
    command.arg(format!("--user-data-dir={}", page.with_extension("profile").display()));
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let output = command.arg(format!("file://{}", page.display())).output().unwrap();
    let (dom, log) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(!log.contains("CONSOLE") || !log.contains("rror:"), "{log}");
    let found = dom.split_once("data-found=\"").expect(&log).1.split_once('"').unwrap().0;
    serde_json::from_str(&found.replace("&quot;", "\"")).unwrap()
}

#[test]
fn the_page_works_in_a_browser() {
    let Some(browser) = browser() else {
        assert!(std::env::var_os("REPORT_NEEDS_BROWSER").is_none(), "no browser");
        eprintln!("no browser is installed: the page was not opened");
        return;
    };
    let sweep = Sweep::new(
        &["lstm", "gru", "a <much> longer name of an arm"],
        vec![adding(), parity()],
        &[0, 1, 2],
    );
    for condition in 0..6 {
        for seed in 0..3 {
            let score = 0.1 + 0.07 * f64::from(condition as u32 * 2 % 3) + 0.01 * seed as f64;
            sweep.finish(condition, seed, &[(50, 0.9), (100, score)]);
        }
    }
    for seed in 0..3 {
        std::fs::remove_dir_all(sweep.run(4, seed).path()).unwrap();
    }
    sweep.diverge(4, 2, &[(50, 3e8)], 71);
    sweep.fail(4, 1, &[(50, 0.15)], "index out of bounds");
    sweep.stop(4, 0, &[(50, 0.3)]);
    write(&sweep.folder(), &Options { formats: vec![Format::Html], to: None }).unwrap();
    let page = sweep.folder().path().join("report/report.html");
    let text = std::fs::read_to_string(&page).unwrap();
    let text = text.replacen("<head>", &format!("<head>{ERRORS}"), 1);
    std::fs::write(&page, text.replacen("</body>", &format!("{READER}</body>"), 1)).unwrap();

    for (width, dark) in [(400, false), (1600, false), (1600, true)] {
        let found = read(&browser, &page, width, dark);
        assert_eq!(found["errors"], json!([]), "{found}");
        assert!(found["wider"].as_f64().unwrap() <= 0.0, "at {width}: {found}");
        assert!(found["figures"].as_u64().unwrap() >= 8, "{found}");
        assert_eq!(found["unseen"], json!(0), "at {width}: {found}");
        assert_eq!(found["sorted"], json!("ascending"));
        let numbers = |key: &str| -> Vec<f64> {
            let cells = found[key].as_array().unwrap().iter().filter_map(Value::as_str);
            cells.filter_map(|it| it.split(' ').next()?.parse().ok()).collect()
        };
        let (rising, falling) = (numbers("rising"), numbers("falling"));
        // The trivial prediction stays at the end.
        let arms = rising.len() - 1;
        assert!(arms == 3 && rising[..arms].is_sorted(), "{found}");
        assert!(falling[..arms].iter().rev().is_sorted(), "{found}");
        assert_ne!(found["before"], found["falling"]);
        assert!(found["shown"].as_u64().unwrap() > 4, "{found}");
        assert_eq!((&found["left"], &found["large"]), (&json!(0), &json!(true)), "{found}");
        let paper = if dark { "rgb(21, 24, 29)" } else { "rgb(255, 255, 255)" };
        assert_eq!(found["paper"], json!(paper));
    }
}
