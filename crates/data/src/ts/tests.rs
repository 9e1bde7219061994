use std::fmt::Write as _;
use std::fs;

use proptest::prelude::*;

use super::*;

const PATH: &str = "data.ts";

fn read_text(text: &str) -> TsData {
    parse(Path::new(PATH), text.as_bytes()).unwrap()
}

/// Every text, indented, and the message that refuses it.
fn listing(texts: &[impl AsRef<str>]) -> String {
    let mut listing = String::new();
    for text in texts.iter().map(AsRef::as_ref) {
        let message = parse(Path::new(PATH), text.as_bytes()).unwrap_err();
        for line in text.lines() {
            writeln!(listing, "{}", format!("    {line}").trim_end()).unwrap();
        }
        writeln!(listing, "{message}\n").unwrap();
    }
    listing
}

/// Text of a file that [`parse`] reads as `data`, but for the line numbers.
fn write(data: &TsData) -> String {
    let mut text = format!("@problemName {}\n@dimensions {}\n", data.name, data.channels);
    let labelled = !data.classes.is_empty();
    writeln!(text, "@classLabel {labelled} {}\n@data", data.classes.join(" ")).unwrap();
    for case in &data.cases {
        let dimensions = (0..data.channels).map(|channel| {
            let values = case.values.iter().skip(channel).step_by(data.channels);
            values.map(f32::to_string).collect::<Vec<_>>().join(",")
        });
        let label = case.label.map(|label| data.classes[label].clone());
        writeln!(text, "{}", dimensions.chain(label).collect::<Vec<_>>().join(":")).unwrap();
    }
    text
}

#[test]
fn values_are_steps_by_channels() {
    let data = read_text(
        "# comment\n@problemName Two Hands\n@timeStamps false\n@missing false\n\
         @univariate false\n@dimensions 2\n@equalLength false\n\
         @classLabel true left right\n@data\n1,2,3:-4,5e1,.5:right\n7:8:left\n",
    );
    assert_eq!((&*data.name, data.channels), ("Two Hands", 2));
    assert_eq!(data.classes, ["left", "right"]);
    let values = vec![1.0, -4.0, 2.0, 50.0, 3.0, 0.5];
    let first = Case { line: 10, values, label: Some(1), target: None };
    let second = Case { line: 11, values: vec![7.0, 8.0], label: Some(0), target: None };
    assert_eq!(data.cases, [first, second]);
}

#[test]
fn tags_come_in_any_order_and_case() {
    let ordered = read_text("@dimensions 1\n@missing true\n@classLabel true a b\n@data\n1,?:b\n");
    let mixed = read_text("@CLASSLABEL True a b\n@Missing TRUE\n@Dimensions 1\n@DATA\n1,?:b\n");
    assert_eq!(ordered.classes, mixed.classes);
    assert_eq!(format!("{:?}", ordered.cases), format!("{:?}", mixed.cases));
}

#[test]
fn white_space_comments_and_line_ends_do_not_matter() {
    let plain = read_text("@classLabel true a\n@data\n1,2:a\n3:a\n");
    let loose = read_text(
        "\u{feff}#x\r\n\r\n  @classLabel\ttrue  a \r\n@data\r\n# one\r\n 1 , 2 : a \r\n\r\n3:a",
    );
    let content = |data: TsData| -> Vec<_> {
        data.cases.into_iter().map(|case| (case.values, case.label)).collect()
    };
    assert_eq!(content(plain), content(loose));
}

#[test]
fn missing_values_are_nan() {
    let data = read_text("@classLabel true a\n@data\n1,?,NaN,nan,2:a\n");
    let missing: Vec<_> = data.cases[0].values.iter().map(|value| value.is_nan()).collect();
    assert_eq!(missing, [false, true, true, true, false]);
}

#[test]
fn a_file_may_have_no_labels() {
    let data = read_text("@classLabel false\n@targetLabel false\n@data\n1,2:3,4\n");
    assert_eq!((data.channels, data.classes.len(), data.cases[0].label), (2, 0, None));
}

#[test]
fn the_number_of_dimensions_may_be_left_to_the_first_case() {
    let labels = "@classLabel true a\n@data\n";
    assert_eq!(read_text(&format!("{labels}1:2:3:a\n4:5:6:a")).channels, 3);
    assert_eq!(read_text(&format!("@univariate true\n{labels}1,2:a")).channels, 1);
    assert_eq!(read_text(&format!("@univariate true\n@dimensions 1\n{labels}1:a")).channels, 1);
}

#[test]
fn lengths_differ_where_the_tags_allow_it() {
    let cases = "@classLabel true a\n@data\n1,2:a\n3,4:a\n5:a\n";
    for tags in ["", "@equalLength false\n", "@equalLength false\n@seriesLength 2\n"] {
        assert_eq!(read_text(&format!("{tags}{cases}")).cases.len(), 3);
    }
}

#[test]
fn broken_files_are_refused() {
    insta::assert_snapshot!(listing(&[
        "",
        "# only\n\n# comments\n",
        "@classLabel true a\n",
        "@classLabel true a\n@data\n\n",
        "@dimensions 2\n@data\n1:2:a\n",
        "@data",
    ]));
    let bytes = b"@classLabel true a\n@data\n1,2:a\n1,\xff:a\n";
    let message = parse(Path::new(PATH), bytes).unwrap_err().to_string();
    assert_eq!(message, "data.ts:4: the file is not UTF-8 text from here on; save it as UTF-8");
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(&folder.path().join("absent.ts")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read /"), "{error}");
    assert!(error.contains("absent.ts: "), "{error}");
    let path = folder.path().join("present.ts");
    fs::write(&path, "@classLabel true a\n@data\n1:a\n").unwrap();
    assert_eq!(read(&path).unwrap().cases.len(), 1);
}

#[test]
fn targets_of_a_regression_are_read() {
    let data = read_text("@targetLabel true\n@data\n1,2:3,4:-0.5\n5:6:1e3\n");
    assert_eq!((data.channels, data.classes.len()), (2, 0));
    let targets: Vec<_> = data.cases.iter().map(|case| (case.target, case.label)).collect();
    assert_eq!(targets, [(Some(-0.5), None), (Some(1000.0), None)]);
}

#[test]
fn values_with_times_are_read_in_the_order_of_their_times() {
    let header = "@timeStamps true\n@classLabel true a\n@data\n";
    let line =
        "(2,0.5),(0,0.25),(10,?):(2024-01-01 00:30,7), (2024-01-01 00:10,6),(2024-02-01 00:00,8):a";
    let data = read_text(&format!("{header}{line}\n"));
    assert_eq!((data.channels, data.cases[0].values[..4].to_vec()), (2, vec![0.25, 6.0, 0.5, 7.0]));
    assert!(data.cases[0].values[4].is_nan());
    assert_eq!(data.cases[0].values[5].to_bits(), 8.0_f32.to_bits());
    let cases = ["1,2:a", "(1):a", "(1,2:a", "(0,1),(0,2):a", "(0,x):a", "(0,1)(1,2):a", "():a"];
    insta::assert_snapshot!(listing(&cases.map(|case| format!("{header}{case}"))));
}

#[test]
fn broken_targets_are_refused() {
    let header = "@targetLabel true\n@data\n";
    let cases = ["1,2", "1,2:", "1,2:high", "1,2:NaN", "1,2:1e39"];
    let mut texts: Vec<_> = cases.iter().map(|case| format!("{header}{case}")).collect();
    texts.push("@classLabel true a\n@targetLabel true\n@data\n1:a".to_owned());
    texts.push("@targetLabel maybe\n@data\n1:a".to_owned());
    insta::assert_snapshot!(listing(&texts));
}

#[test]
fn broken_tags_are_refused() {
    let rest = "@classLabel true left right\n@data\n1,2:left\n";
    let tags = [
        "1,2,3:left",
        "@frequency 50",
        "@",
        "@missing true\n@Missing false",
        "@missing yes",
        "@missing",
        "@dimensions many",
        "@dimensions 0",
        "@univariate true\n@dimensions 2",
        "@seriesLength -1",
        "@targetLabel true",
        "@classLabel",
        "@classLabel true",
        "@classLabel false a",
        "@classLabel true a b a",
        "@classLabel true a:b",
    ];
    insta::assert_snapshot!(listing(&tags.map(|tag| format!("{tag}\n{rest}"))));
}

#[test]
fn broken_cases_are_refused() {
    let header = "@dimensions 2\n@classLabel true left right\n@data\n";
    let cases = [
        "1,2",
        "1:2:",
        "1:2:left\n1:2:up",
        "1:2:3:left",
        "1:left",
        "1,2::left",
        "1,2:3,x4:left",
        "1,2:3,:left",
        "1,inf:3,4:left",
        "1,1e39:3,4:left",
        "1,2:3:left",
        "1,9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x:3,4:left",
        "1:2:left\n@missing false",
    ];
    insta::assert_snapshot!(listing(&cases.map(|case| format!("{header}{case}\n"))));
}

#[test]
fn cases_that_contradict_the_tags_are_refused() {
    let lengths = "@classLabel true a\n@data\n1,2:a\n3,4:a\n5:a\n";
    insta::assert_snapshot!(listing(&[
        "@classLabel true a\n@data\n1:2:3:a\n4:5:a\n".into(),
        "@univariate true\n@classLabel true a\n@data\n1:2:a\n".into(),
        "@missing false\n@classLabel true a\n@data\n1,?:a\n".into(),
        format!("@equalLength true\n{lengths}"),
        format!("@equalLength true\n@seriesLength 3\n{lengths}"),
        format!("@seriesLength 2\n{lengths}"),
    ]));
}

/// Any well-formed content, missing values included.
fn content() -> impl Strategy<Value = TsData> {
    let value = prop_oneof![9 => any::<f32>().prop_filter("finite", |v| v.is_finite()),
        1 => Just(f32::NAN)];
    (1_usize..4, 0_usize..4).prop_flat_map(move |(channels, classes)| {
        let label =
            if classes == 0 { Just(None).boxed() } else { (0..classes).prop_map(Some).boxed() };
        let values = (1_usize..6).prop_flat_map({
            let value = value.clone();
            move |steps| proptest::collection::vec(value.clone(), steps * channels)
        });
        let cases = proptest::collection::vec((values, label), 1..6);
        cases.prop_map(move |cases| TsData {
            name: "generated".into(),
            channels,
            classes: (0..classes).map(|class| format!("c{class}")).collect(),
            cases: (5..)
                .zip(cases)
                .map(|(line, (values, label))| Case { line, values, label, target: None })
                .collect(),
        })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(data in content()) {
        // Debug text, since NaN is not equal to itself.
        prop_assert_eq!(format!("{:?}", read_text(&write(&data))), format!("{data:?}"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(Path::new(PATH), &bytes);
    }

    #[test]
    fn anything_like_a_file_is_read_or_refused(
        tags in proptest::collection::vec(
            "(@|@data|@classLabel|@dimensions|@univariate|@seriesLength|@équal)[ \t]?\
             (true|false|1|99999999999999999999|a)?( a| b| é)?", 0..5),
        cases in proptest::collection::vec("[-0-9?naeé,:@#. ]{0,20}", 0..5),
    ) {
        let text = format!("{}\n@classLabel true a\n@data\n{}", tags.join("\n"), cases.join("\n"));
        if let Ok(data) = parse(Path::new(PATH), text.as_bytes()) {
            prop_assert!(!data.cases.is_empty());
            for case in data.cases {
                prop_assert!(!case.values.is_empty());
                prop_assert_eq!(case.values.len() % data.channels, 0);
                prop_assert_eq!(case.label.is_some(), !data.classes.is_empty());
            }
        }
    }
}
