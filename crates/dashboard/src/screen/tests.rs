//! Screens as text, and any key at any size.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};
use store::{Outcome, RunState};

use super::*;
use crate::fixture::{START, STEPS, Sweep, finish, let_go, midway, train};

fn view(sweep: &Sweep, owner: Owner) -> SweepView {
    let mut view = SweepView::open(&sweep.folder, owner).unwrap().with_clock(|| START + 15.0);
    view.palette = Palette::Indexed;
    view.is_ascii = false;
    view.state.update(Duration::MAX);
    view
}

fn press(view: &mut SweepView, keys: &str) {
    for key in keys.chars() {
        let code = match key {
            '↓' => KeyCode::Down,
            '→' => KeyCode::Right,
            '⇥' => KeyCode::Tab,
            '⏎' => KeyCode::Enter,
            key => KeyCode::Char(key),
        };
        assert_eq!(view.handle_key(code.into()), None);
    }
}

fn terminal(view: &SweepView, columns: u16, rows: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| view.draw(frame)).unwrap();
    terminal
}

/// The screen, a line each, without the spaces at line ends.
fn screen(view: &SweepView, columns: u16, rows: u16) -> String {
    let terminal = terminal(view, columns, rows);
    let buffer = terminal.backend().buffer();
    let line = |row: u16| {
        let cells = (0..columns).map(|column| buffer[(column, row)].symbol());
        cells.collect::<String>().trim_end().to_owned()
    };
    (0..rows).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sweep_in_the_middle_at_every_size() {
    let (sweep, _locks) = midway();
    let view = view(&sweep, Owner::Watcher);
    for (columns, rows) in [(120, 36), (80, 24), (60, 40), (40, 10), (20, 4)] {
        insta::assert_snapshot!(format!("midway_{columns}x{rows}"), screen(&view, columns, rows));
    }
    assert_eq!(screen(&view, 1, 1), "…");
}

#[test]
fn one_of_several_sweeps_says_which() {
    let (sweep, _locks) = midway();
    let view = view(&sweep, Owner::Runner).at(Some(Place { number: 2, of: 21 }));
    let screen = screen(&view, 80, 24);
    let name = &view.state().plan().experiment;
    assert!(screen.starts_with(&format!("2/21 {name}  ")), "{screen}");
}

#[test]
fn the_seeds_of_an_arm_on_the_other_axis() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    press(&mut view, "sy");
    insta::assert_snapshot!("seeds_linear", screen(&view, 100, 24));
}

#[test]
fn a_loss_starts_on_a_log_axis_unless_a_value_has_no_logarithm() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    let title = |view: &SweepView| screen(view, 120, 36).lines().nth(3).unwrap().to_owned();
    assert!(title(&view).contains("validation loss, mean over seeds, log ─"), "{}", title(&view));
    press(&mut view, "m");
    assert!(title(&view).contains("validation accuracy, mean over seeds ─"), "{}", title(&view));
    press(&mut view, "my");
    assert!(title(&view).contains("validation loss, mean over seeds ─"), "the key: linear");
    press(&mut view, "y");
    assert!(title(&view).contains(", log ─"), "the key: logarithmic");
    let solved = sweep.run(0, 2, 2);
    crate::fixture::append(&solved, 1, [(1.0, crate::fixture::evaluated(50, 0.0))]);
    let zero = self::view(&sweep, Owner::Watcher);
    assert!(title(&zero).contains("validation loss, mean over seeds ─"), "{}", title(&zero));
}

#[test]
fn the_legend_covers_no_curve_at_any_size() {
    let names = ["one", "two", "three", "four", "five", "a name of 16 col", "seven", "eight"];
    let sweep = Sweep::new(&["adding"], &names, 1);
    for arm in 0..names.len() {
        train(&sweep.run(0, arm, 0), 0.0, STEPS, arm as f64);
    }
    let view = view(&sweep, Owner::Watcher);
    for (columns, rows) in [(80, 24), (72, 18), (200, 60), (44, 30)] {
        let text = screen(&view, columns, rows);
        let lines: Vec<&str> = text.lines().collect();
        let frame = lines.iter().position(|line| line.contains("validation loss")).unwrap();
        // The axis reaches up to the legend, and from there on no row has a name.
        let plot = lines.iter().skip(frame + 1).position(|line| {
            line.ends_with("│") && {
                let right = line.trim_end_matches('│').rsplit("││").next().unwrap();
                right.trim_start_matches('│').contains('│')
            }
        });
        let plot = frame + 1 + plot.unwrap();
        let end = lines.iter().skip(plot).position(|line| line.contains('└')).unwrap() + plot;
        for line in &lines[plot..end] {
            let right = line.trim_end_matches('│').rsplit('│').next().unwrap();
            assert!(names.iter().all(|name| !right.contains(name)), "{text}");
        }
    }
    insta::assert_snapshot!("legend_80x24", screen(&view, 80, 24));
    insta::assert_snapshot!("legend_72x12", screen(&view, 72, 12));
    insta::assert_snapshot!("legend_44x30", screen(&view, 44, 30));
}

#[test]
fn a_failed_and_a_diverged_run() {
    let (sweep, locks) = midway();
    let is_running = |arm| sweep.run(0, arm, 2).state().unwrap() == RunState::Running;
    let_go(locks, || sweep.folder.is_locked() || is_running(0) || is_running(1));
    let mut view = view(&sweep, Owner::Watcher);
    press(&mut view, "↓m");
    insta::assert_snapshot!("failed_diverged", screen(&view, 100, 24));
}

#[test]
fn nothing_started() {
    let sweep = Sweep::new(&["adding", "copy"], &["lstm", "gru"], 9);
    let mut view = view(&sweep, Owner::Runner);
    press(&mut view, "⇥");
    insta::assert_snapshot!("nothing_started", screen(&view, 90, 20));
}

#[test]
fn all_finished() {
    let sweep = Sweep::new(&["adding"], &["lstm", "gru"], 2);
    for (arm, seed) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let run = sweep.run(0, arm, seed);
        train(&run, 0.0, STEPS, 2.0 + arm as f64);
        finish(&run, Outcome::Completed, 10.0);
    }
    insta::assert_snapshot!("all_finished", screen(&view(&sweep, Owner::Watcher), 90, 20));
}

#[test]
fn runs_that_were_stopped_at_a_rung_are_settled_and_in_no_mean() {
    let sweep = Sweep::new(&["adding"], &["lstm", "gru"], 2);
    let run = sweep.run(0, 0, 0);
    train(&run, 0.0, STEPS, 2.0);
    finish(&run, Outcome::Completed, 10.0);
    for (arm, seed) in [(0, 1), (1, 0), (1, 1)] {
        let run = sweep.run(0, arm, seed);
        train(&run, 0.0, 400, 1.0 + seed as f64);
        finish(&run, Outcome::StoppedAtRung { step: 400 }, 4.0);
    }
    insta::assert_snapshot!("stopped_at_a_rung", screen(&view(&sweep, Owner::Watcher), 110, 20));
}

#[test]
fn the_help_says_what_leaving_means() {
    let (sweep, _locks) = midway();
    let mut watcher = view(&sweep, Owner::Watcher);
    press(&mut watcher, "?");
    insta::assert_snapshot!("help", screen(&watcher, 80, 24));
    let mut runner = view(&sweep, Owner::Runner);
    press(&mut runner, "?");
    let text = screen(&runner, 80, 24);
    assert!(text.contains("leave the sweep running, or stop it"), "{text}");
    assert!(text.contains("stop it, its state saved"), "{text}");
}

#[test]
fn a_plan_without_a_task_and_a_broken_file_are_told_in_words() {
    let mut sweep = Sweep::new(&[], &["gru"], 0);
    let mut view = view(&sweep, Owner::Watcher);
    assert!(screen(&view, 80, 24).contains("the plan has no task"));
    sweep.rewrite_plan(|plan| plan.question = "Longer now?".into());
    std::fs::write(sweep.path().join("plan.json"), "{").unwrap();
    view.update();
    let text = screen(&view, 300, 24);
    assert!(text.contains("plan.json is damaged"), "{text}");
    assert!(screen(&view, 40, 10).contains("! "));
}

#[test]
fn long_and_wide_names_and_many_arms_and_seeds_fit() {
    let wide = "忘却ゲートのない長短期記憶ネットワーク";
    let long = "a baseline whose name goes on for much longer than any column could";
    let mut arms = vec![long, wide];
    arms.extend(["x"; 60]);
    let sweep = Sweep::new(&[long], &arms, 40);
    let mut view = view(&sweep, Owner::Watcher);
    press(&mut view, "↓");
    let text = screen(&view, 80, 24);
    assert!(text.contains("忘 却 ゲ"), "wide characters take two cells:\n{text}");
    assert!(text.contains("a basel…"), "{text}");
    assert!(text.contains("·40"), "seeds are counted where they do not fit:\n{text}");
    press(&mut view, &"↓".repeat(50));
    assert!(screen(&view, 80, 24).contains("› Z"), "the table scrolls to the selected arm");
}

#[test]
fn what_cannot_be_seen_is_shown_in_names_questions_and_messages() {
    let bad = "\u{202E}x\u{1B}[31m\n<b>|=1\u{200B}";
    let shown = r"\u{202E}x\u{1B}[31m\n<b>|=1\u{200B}";
    let mut sweep = Sweep::new(&[bad], &[bad, "gru"], 2);
    sweep.rewrite_plan(|plan| plan.question = format!("why {bad}"));
    let run = sweep.run(0, 0, 1);
    train(&run, 0.0, STEPS, 2.0);
    crate::fixture::append(&run, 1, [(20.0, crate::fixture::failed(bad))]);
    let mut view = view(&sweep, Owner::Watcher);
    for keys in ["", "s"] {
        press(&mut view, keys);
        let text = screen(&view, 200, 40);
        let hidden = text.chars().find(|&c| c != '\n' && text::is_hidden(c));
        assert_eq!(hidden, None, "{text}");
        for part in ["why ", "task 1/1: ", "panicked: "] {
            assert!(text.contains(&format!("{part}{shown}")), "{part}\n{text}");
        }
        // The table and the legend, which cut it.
        assert!(text.contains(&format!("a {}…", &shown[..23])), "{text}");
        assert!(keys == "s" || text.contains(&format!("a {}…", &shown[..15])), "{text}");
    }
    for (columns, rows) in [(80, 24), (40, 10), (20, 4), (9, 3)] {
        assert!(!screen(&view, columns, rows).chars().any(|c| c != '\n' && text::is_hidden(c)));
    }
}

#[test]
fn without_colours_every_state_has_its_symbol() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    let is_coloured = |view: &SweepView| {
        let terminal = terminal(view, 120, 36);
        let mut cells = terminal.backend().buffer().content().iter();
        cells.any(|cell| cell.fg != ratatui::style::Color::Reset)
    };
    let coloured = screen(&view, 120, 36);
    assert!(is_coloured(&view));
    view.palette = Palette::Plain;
    assert!(!is_coloured(&view));
    let plain = screen(&view, 120, 36);
    assert_eq!(plain, coloured);
    assert!("·▶✓✗≈‖".chars().all(|symbol| plain.contains(symbol)), "{plain}");
}

#[test]
fn without_unicode_everything_is_ascii() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    view.is_ascii = true;
    insta::assert_snapshot!("ascii", screen(&view, 80, 24));
    for keys in ["2", "3", "4", "5", "1?", "?p"] {
        press(&mut view, keys);
        let text = screen(&view, 100, 30);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn keys_leave_through_the_view() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    assert_eq!(view.handle_key(KeyCode::Char('q').into()), Some(Exit::Left));
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(view.handle_key(ctrl_c), Some(Exit::Interrupted));
}

#[test]
fn every_screen_in_the_middle_of_a_sweep() {
    let (sweep, _locks) = midway();
    for (arm, rate) in [(0, 0.05), (1, 0.6), (2, 0.2)] {
        for (time, step, factor) in [(3.0, 200, 2.0), (4.0, 400, 1.0)] {
            let event = crate::fixture::probed(step, factor * rate);
            crate::fixture::append(&sweep.run(0, arm, 0), 1, [(time, event)]);
        }
    }
    std::fs::write(sweep.run(0, 1, 1).log_path(), "one\n\nthread panicked\nlast words\n").unwrap();
    let mut view = view(&sweep, Owner::Watcher);
    press(&mut view, "2");
    insta::assert_snapshot!("curves", screen(&view, 100, 24));
    press(&mut view, "bazz>>t");
    insta::assert_snapshot!("curves_over_time", screen(&view, 100, 24));
    press(&mut view, "t");
    let by_length = screen(&view, 100, 24);
    assert!(by_length.contains("no finished run of a task that has parts"), "{by_length}");
    press(&mut view, "3↓→");
    insta::assert_snapshot!("run", screen(&view, 110, 30));
    press(&mut view, "4");
    insta::assert_snapshot!("gradients", screen(&view, 100, 24));
    press(&mut view, "t");
    let text = screen(&view, 100, 24);
    assert!(text.contains("share of the gradient that reaches the largest lag"), "{text}");
    for (arm, seed, loss) in [(0, 0, 0.02), (0, 1, 0.03), (2, 0, 0.011), (2, 1, 0.012)] {
        crate::fixture::score(&sweep, arm, seed, loss);
    }
    view.state.update(Duration::MAX);
    press(&mut view, "5");
    assert!(screen(&view, 100, 24).contains("too early to say"));
    while !screen(&view, 100, 24).contains("difference to lstm") {
        std::thread::sleep(Duration::from_millis(5));
        view.update();
    }
    insta::assert_snapshot!("compare", screen(&view, 100, 30));
    for digit in "12345".chars() {
        press(&mut view, &digit.to_string());
        for (columns, rows) in [(40, 10), (9, 3), (200, 60)] {
            terminal(&view, columns, rows);
        }
    }
}

#[test]
fn a_zoom_shows_a_part_and_pans_within_the_whole() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    train(&sweep.run(0, 0, 0), 0.0, STEPS, 2.0);
    let mut view = view(&sweep, Owner::Watcher);
    press(&mut view, "2");
    let ends = |view: &SweepView| {
        let text = screen(view, 80, 20);
        let axis = text.lines().filter(|line| line.contains("└")).count();
        let labels = text.lines().skip_while(|line| !line.contains('└')).nth(1).unwrap().to_owned();
        assert_eq!(axis, 1);
        let words = labels.trim_matches('│').split_whitespace();
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ends(&view), ["0", "500", "1000"]);
    press(&mut view, "z");
    assert_eq!(ends(&view), ["250", "500", "750"]);
    press(&mut view, ">>>>");
    assert_eq!(ends(&view), ["500", "750", "1000"]);
    press(&mut view, "<Z");
    assert_eq!(ends(&view), ["0", "500", "1000"]);
}

#[test]
fn arms_are_filtered_and_sorted() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    let marks = |view: &SweepView| -> String {
        let text = screen(view, 80, 24);
        let marks = text.lines().skip(5).take(3).filter_map(|row| row.chars().nth(3));
        marks.filter(|mark| *mark != ' ').collect()
    };
    assert_eq!(marks(&view), "abc");
    press(&mut view, "o");
    assert_eq!(marks(&view), "cab", "the best first");
    press(&mut view, "o");
    assert_eq!(marks(&view), "bac", "the one that failed first");
    press(&mut view, "o/GR");
    let footer = screen(&view, 80, 24).lines().last().unwrap().to_owned();
    assert!(footer.starts_with("/GR▏"), "{footer}");
    press(&mut view, "⏎");
    assert_eq!(marks(&view), "c");
    assert_eq!(view.selection.arm, 2, "an arm that is shown is selected");
    assert_eq!(view.handle_key(KeyCode::Esc.into()), None);
    assert_eq!(marks(&view), "abc");
}

#[test]
fn the_arms_of_a_grid_are_told_apart_by_their_factors() {
    let long = "vanilla, train.learning_rate=0.1, model.hidden=64";
    let mut sweep = Sweep::new(&["adding"], &[long; 4], 2);
    sweep.rewrite_plan(|plan| {
        for (index, arm) in plan.arms.iter_mut().enumerate() {
            let (rate, hidden) = ([0.1, 0.001][index / 2], [8, 128][index % 2]);
            let values = vec![
                ("train.learning_rate".to_owned(), rate.into()),
                ("model.hidden".to_owned(), hidden.into()),
            ];
            arm.point = Some(store::Point { arm: "vanilla".into(), values });
        }
    });
    let view = view(&sweep, Owner::Watcher);
    let text = screen(&view, 80, 24);
    let left = |row: &str| row.chars().take(46).collect::<String>();
    let table: Vec<String> = text.lines().skip(4).take(5).map(left).collect();
    insta::assert_snapshot!("a_grid", table.join("\n"));
}

/// Answers what is asked as a runner would.
fn answer(sweep: &Sweep, requests: &mut store::Requests, says: &str) -> store::Request {
    let asked = requests.read().unwrap().pop().unwrap();
    let kind =
        store::SweepEntryKind::Answered { asked: asked.clone(), answer: store::Answer::done(says) };
    store::SweepJournal::open(sweep.path()).unwrap().append(kind).unwrap();
    asked.request
}

#[test]
fn what_changes_a_sweep_is_confirmed_and_answered() {
    use store::Request;
    let (sweep, locks) = midway();
    let mut journal = store::SweepJournal::open(sweep.path()).unwrap();
    let started = store::SweepEntryKind::Started { command: "run".into(), jobs: 2, runs: 18 };
    journal.append(started).unwrap();
    let mut requests = store::Requests::open(&sweep.folder).unwrap();
    let mut view = view(&sweep, Owner::Runner);
    let message = |view: &SweepView| screen(view, 120, 30).lines().nth(28).unwrap().to_owned();
    press(&mut view, "p");
    insta::assert_snapshot!("confirm", screen(&view, 80, 24));
    press(&mut view, "n");
    assert!(requests.read().unwrap().is_empty(), "not confirmed");
    press(&mut view, "py");
    assert_eq!(message(&view), "asked; waiting for the runner");
    assert_eq!(answer(&sweep, &mut requests, "paused"), Request::Pause {});
    assert!(view.update());
    assert_eq!(message(&view), "paused");
    assert!(screen(&view, 120, 30).contains("elapsed, paused"));
    press(&mut view, "py");
    assert_eq!(answer(&sweep, &mut requests, "it goes on"), Request::Resume {});
    view.update();
    press(&mut view, "+y");
    assert_eq!(answer(&sweep, &mut requests, "3"), Request::Jobs { jobs: 3 });
    view.update();
    press(&mut view, "--");
    assert!(screen(&view, 80, 24).contains("2 runs at a time, not 3?") || view.dialog.is_none());
    press(&mut view, "x");
    assert_eq!(message(&view), "lstm, seed 0 has ended");
    press(&mut view, "→→xy");
    let run = view.state().run_name(view.state().runs_of(0, 0).nth(2).unwrap());
    assert_eq!(answer(&sweep, &mut requests, "stops"), Request::StopRun { run });
    press(&mut view, "r");
    assert_eq!(message(&view), "lstm, seed 2 has neither failed nor been stopped");
    press(&mut view, "↓→→ry");
    let run = view.state().run_name(view.state().runs_of(1, 0).nth(1).unwrap());
    assert_eq!(answer(&sweep, &mut requests, "it is next"), Request::RetryRun { run });
    // Of two runners the first may say no; the other one's word counts.
    press(&mut view, "fy");
    let asked = requests.read().unwrap().pop().unwrap();
    let mut journal = store::SweepJournal::open(sweep.path()).unwrap();
    let mut says = |answer: store::Answer| {
        let asked = asked.clone();
        journal.append(store::SweepEntryKind::Answered { asked, answer }).unwrap();
    };
    says(store::Answer::refused("not mine"));
    view.update();
    assert!(view.asking.is_some(), "the other one may still answer");
    assert_eq!(message(&view), "asked; waiting for the runner");
    says(store::Answer::done("two waiting are next"));
    view.update();
    assert_eq!(message(&view), "two waiting are next");
    press(&mut view, "fy");
    let asked = answer(&sweep, &mut requests, "next");
    assert!(
        matches!(asked, Request::First { arm, folders } if arm == "no forget gate" && folders.len() == 2)
    );
    // Whoever started it is asked what leaving means.
    press(&mut view, "q");
    let text = screen(&view, 80, 24);
    assert!(text.contains("Leave it running, or stop it?"), "{text}");
    assert_eq!(view.handle_key(KeyCode::Char('l').into()), Some(Exit::Left));
    press(&mut view, "q");
    assert_eq!(view.handle_key(KeyCode::Char('s').into()), Some(Exit::Interrupted));
    let is_running = |arm| sweep.run(0, arm, 2).state().unwrap() == RunState::Running;
    let_go(locks, || sweep.folder.is_locked() || is_running(0) || is_running(1));
    view.update();
    press(&mut view, "p");
    assert_eq!(message(&view), "no runner is at work on this sweep: nobody to ask");
    assert_eq!(view.handle_key(KeyCode::Char('q').into()), Some(Exit::Left));
}

#[test]
fn a_sweep_that_is_over_is_replayed() {
    let (sweep, locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    press(&mut view, "R");
    assert!(screen(&view, 120, 30).contains("the sweep is at work: a replay is of one"));
    let is_running = |arm| sweep.run(0, arm, 2).state().unwrap() == RunState::Running;
    let_go(locks, || sweep.folder.is_locked() || is_running(0) || is_running(1));
    view.update();
    press(&mut view, "ss");
    let now = screen(&view, 100, 24);
    press(&mut view, "R ");
    let start = screen(&view, 100, 24);
    assert!(start.contains("replay 0s of 15s, 1.0 times as fast, paused"), "{start}");
    assert!(start.contains("0/18 runs"), "{start}");
    press(&mut view, "++++ ");
    assert!(screen(&view, 100, 24).contains("16.0 times as fast"));
    while !screen(&view, 100, 24).contains("replay 15s of 15s") {
        std::thread::sleep(Duration::from_millis(20));
        assert!(view.update(), "it moves by itself");
    }
    // At its end everything is as it is, and so it is afterwards.
    let without_times = |text: &str| {
        text.lines().filter(|line| !line.contains(" failed")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_times(&screen(&view, 100, 24)), without_times(&now));
    press(&mut view, "R");
    assert_eq!(screen(&view, 100, 24), now);
}

#[test]
fn seeds_that_nothing_asks_for_are_told_apart() {
    let mut sweep = Sweep::new(&["adding"], &["lstm", "gru"], 4);
    sweep.rewrite_plan(|plan| plan.rounds = Some(store::Rounds { first: 2 }));
    let mut view = view(&sweep, Owner::Watcher);
    while view.state.counts().planned != 4 {
        std::thread::sleep(Duration::from_millis(2));
        view.update();
    }
    let text = screen(&view, 80, 24);
    assert!(text.contains("· · – –"), "{text}");
    assert!(text.contains("0/4 runs, so far"), "{text}");
    // Those that nothing asks for so far may be asked for by a next round.
    crate::fixture::append(&sweep.run(0, 0, 2), 1, [(1.0, crate::fixture::started(0))]);
    view.state.update(Duration::MAX);
    assert!(screen(&view, 80, 24).contains("· · ‖ –"));
}

#[test]
fn the_view_is_written_as_picture_text_and_numbers() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    for (digit, name, csv) in [
        ("1", "sweep", "no forget gate,adding,1,failed,200,1000,loss,"),
        ("2", "curves", "line,step,loss\nlstm,50,"),
        ("3", "run", "metric,step,validation\naccuracy,50,"),
        ("4", "gradients", "arm,lag,gradient_norm\n"),
    ] {
        press(&mut view, digit);
        press(&mut view, "e");
        let read = |ending: &str| {
            let path = sweep.path().join("views").join(format!("{name}.{ending}"));
            std::fs::read_to_string(path).unwrap()
        };
        assert!(read("csv").contains(csv), "{}", read("csv"));
        assert!(read("txt").contains("gates-on-adding"));
        let svg = read("svg");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
        assert!(svg.contains("gates-on-adding"), "{svg}");
    }
}

#[test]
fn what_a_cluster_has_is_said_beside_the_times() {
    let sweep = Sweep::new(&["adding"], &["lstm", "gru"], 2);
    let mut view = view(&sweep, Owner::Watcher);
    let counts = |view: &SweepView| screen(view, 100, 24).lines().nth(2).unwrap().to_owned();
    assert!(counts(&view).ends_with("not running"), "{}", counts(&view));
    let words = "3 tasks at work on n1, 9 tasks in the queue (Resources)";
    view.queue = Queue::saying(words);
    let said = |view: &SweepView| screen(view, 160, 24).lines().nth(2).unwrap().to_owned();
    assert!(said(&view).ends_with(&format!("not running, {words}")), "{}", said(&view));
    // Their runs are at work wherever that is.
    let (sweep, _locks) = midway();
    let mut view = self::view(&sweep, Owner::Watcher);
    view.queue = Queue::saying(words);
    let busy = said(&view);
    assert!(busy.ends_with(words) && !busy.contains("not running"), "{busy}");
}

#[test]
fn nothing_is_drawn_anew_where_nothing_is_new() {
    let (sweep, locks) = midway();
    let is_running = |arm| sweep.run(0, arm, 2).state().unwrap() == RunState::Running;
    let_go(locks, || sweep.folder.is_locked() || is_running(0) || is_running(1));
    let mut view = view(&sweep, Owner::Watcher);
    terminal(&view, 80, 24);
    for _ in 0..40 {
        assert!(!view.update());
    }
    crate::fixture::append(&sweep.run(0, 2, 1), 1, [(20.0, crate::fixture::evaluated(350, 0.1))]);
    assert!(view.update());
}

#[test]
fn the_mouse_selects_what_it_points_at_on_the_screen() {
    let (sweep, _locks) = midway();
    let mut view = view(&sweep, Owner::Watcher);
    let send = |view: &mut SweepView, kind: MouseEventKind, (column, row): (u16, u16)| {
        view.handle_mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    for (columns, rows) in [(120, 36), (80, 24), (40, 10)] {
        view.selection = Selection::default();
        view.current = 0;
        let text = screen(&view, columns, rows);
        // The second arm is the one with a failed run.
        let is_it = |line: &str| line.contains("no forg") && line.contains('✗');
        let (row, line) = text.lines().enumerate().find(|(_, line)| is_it(line)).unwrap();
        let place = |part: &str| line[..line.find(part).unwrap()].chars().count() as u16;
        send(&mut view, click, (place("no forg"), row as u16));
        assert_eq!((view.selection.arm, view.selection.seed), (1, 0), "{columns}x{rows}");
        send(&mut view, click, (place("▶"), row as u16));
        assert_eq!((view.selection.arm, view.selection.seed), (1, 2), "{columns}x{rows}\n{text}");
        send(&mut view, MouseEventKind::ScrollUp, (0, 0));
        assert_eq!(view.selection.arm, 0);
        send(&mut view, MouseEventKind::ScrollDown, (0, 0));
        send(&mut view, MouseEventKind::Moved, (place("no forg"), row as u16 - 1));
        assert_eq!(view.selection.arm, 1);
        let title = text.lines().next().unwrap();
        if let Some(start) = title.find("3 run") {
            send(&mut view, click, (title[..start].chars().count() as u16, 0));
            assert_eq!(view.current, 2);
        }
    }
    press(&mut view, "1?");
    screen(&view, 80, 24);
    send(&mut view, MouseEventKind::ScrollUp, (0, 0));
    assert_eq!(view.selection.arm, 1, "the help covers what could be pointed at");
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let code = prop_oneof![
        Just(KeyCode::Up),
        Just(KeyCode::Down),
        Just(KeyCode::Left),
        Just(KeyCode::Right),
        Just(KeyCode::Tab),
        Just(KeyCode::BackTab),
        Just(KeyCode::Esc),
        Just(KeyCode::Enter),
        Just(KeyCode::Backspace),
        "[0-9mys?xjkhlotabzZ<>/p+rfeyR -]"
            .prop_map(|text| KeyCode::Char(text.chars().next().unwrap_or('x'))),
    ];
    code.prop_map(KeyEvent::from)
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..1.0, Just(0.0), Just(-3.0), Just(f64::MAX), Just(f64::MIN), Just(1e-300)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_keys_at_any_size(
        keys in proptest::collection::vec(key(), 0..12),
        sizes in proptest::collection::vec((0_u16..=200, 0_u16..=60), 1..8),
        values in proptest::collection::vec(any_value(), 0..6),
        clicks in proptest::collection::vec((0_u16..=200, 0_u16..=60), 0..8),
    ) {
        let (sweep, _locks) = midway();
        let run = sweep.run(1, 0, 0);
        for (epoch, value) in values.into_iter().enumerate() {
            let event = crate::fixture::evaluated(50 * (epoch as u64 + 1), value);
            crate::fixture::append(&run, 1, [(1.0, event)]);
        }
        let mut view = view(&sweep, Owner::Runner);
        for key in keys {
            prop_assert_eq!(view.handle_key(key), None);
            for &(columns, rows) in &sizes {
                terminal(&view, columns, rows);
            }
            for &(column, row) in &clicks {
                let kind = MouseEventKind::Down(MouseButton::Left);
                let modifiers = KeyModifiers::NONE;
                view.handle_mouse(MouseEvent { kind, column, row, modifiers });
            }
        }
    }
}
