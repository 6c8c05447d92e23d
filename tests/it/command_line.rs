//! Exit codes, help, and what is printed where.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::command::Workplace;

const RUN: [&str; 4] = ["run", "study.toml", "-o", "out"];

#[test]
fn a_run_says_how_many_patients_were_analysed_and_what_to_open() {
    assert_snapshot!(Workplace::with_cohort().finishes(&RUN), @"
    exit code 0
    --- stdout
    read 300 patients, scored 284, rejected 16
    Overall survival: 277 patients analysed, 122 events
    Relapse-free survival: 275 patients analysed, 146 events
    open out/cohort.html
    --- stderr
    ");
}

#[test]
fn quiet_prints_nothing_but_errors() {
    let workplace = Workplace::with_cohort();
    assert_snapshot!(workplace.finishes(&["run", "study.toml", "-o", "out", "--quiet"]), @"
    exit code 0
    --- stdout
    --- stderr
    ");
    assert_snapshot!(workplace.refuses(&["run", "study.toml", "-o", "out", "--quiet"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'out' is not empty; choose another folder, or say --force to replace the results in it
    ");
}

#[test]
fn strict_ends_with_3_where_patients_were_rejected_and_writes_the_results() {
    let workplace = Workplace::with_cohort();
    for (command, folder) in [("run", "ran"), ("score", "scored")] {
        let text = workplace.run(&[command, "study.toml", "-o", folder, "--strict", "--quiet"]);
        assert_eq!(text, "exit code 3\n--- stdout\n--- stderr\n", "{command}");
        assert!(workplace.path(folder).join("scores.tsv").exists());
    }
}

#[test]
fn strict_ends_with_0_where_nobody_was_rejected() {
    let workplace = Workplace::with_cohort();
    workplace.write("densities.tsv", include_str!("../../testdata/cohort/training_densities.tsv"));
    workplace.finishes(&["score", "study.toml", "-o", "out", "--strict"]);
}

#[test]
fn the_demo_brings_its_own_cohort() {
    let workplace = Workplace::with_files([]);
    assert_snapshot!(workplace.finishes(&["demo", "-o", "demo"]), @"
    exit code 0
    --- stdout
    read 300 patients, scored 284, rejected 16
    Overall survival: 277 patients analysed, 122 events
    Relapse-free survival: 275 patients analysed, 146 events
    the cohort is synthetic; its tables and study file are in demo/study
    open demo/cohort.html
    --- stderr
    ");
    // What it shows can be repeated from the files it leaves.
    workplace.finishes(&["run", "demo/study/study.toml", "-o", "again"]);
    let (demo, again) = (workplace.contents("demo"), workplace.contents("again"));
    for (name, content) in &again {
        assert_eq!(demo.get(name), Some(content), "{name}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let text = Workplace::with_files([]).finishes(&["--version"]);
    assert_eq!(text, format!("exit code 0\n--- stdout\ncontexture {}\n--- stderr\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_names_every_command_and_exit_code() {
    assert_snapshot!(Workplace::with_files([]).finishes(&["--help"]), @"
    exit code 0
    --- stdout
    Score the immune infiltrate of tumours and relate it to survival. Research use only

    Usage: contexture [OPTIONS] <COMMAND>

    Commands:
      run        Score a cohort, relate the scores to survival, and write the report
      demo       Run on a bundled synthetic cohort of 300 patients
      init       Write a commented study file from the columns of your tables
      inspect    Show what files are: format, columns, units, phenotypes, regions, and what would not be counted
      count      Count cells: exports of other programs to densities
      protocol   List, show, check and train protocols: what is scored, and how
      axes       Show and check the axes of the immune contexture: which marker speaks for what, and which way
      score      Score a cohort: densities to scores, profiles and rejections
      reference  Freeze, look at, check against and merge the cohorts that percentiles refer to
      compare    Compare readers, instruments, lots or centres: do they agree on the same patients?
      stratify   Relate scores, or any table of patients, to survival: curves, tests, models
      plan       Plan a comparison of survival: events needed, or power of the events there are
      report     Write pages and figures, for the cohort and for each patient
      schema     Write the JSON schemas of every file that a user writes or reads
      help       Print this message or the help of the given subcommand(s)

    Options:
          --threads <N>  Threads to use; all cores if not given. The result does not depend on it
      -q, --quiet        Print nothing but errors
      -h, --help         Print help
      -V, --version      Print version

    Try it:
      contexture demo -o demo      the whole way on a bundled synthetic cohort

    Exit codes: 0 done, 1 input cannot be analysed, 2 wrong usage, 3 patients were rejected and --strict was given
    --- stderr
    ");
}

#[test]
fn the_help_of_every_command_has_an_example() {
    let workplace = Workplace::with_files([]);
    for command in ["run", "demo", "init", "axes", "score", "compare", "stratify", "plan", "report", "schema"] {
        let text = workplace.finishes(&[command, "--help"]);
        assert!(
            text.contains(&format!("Example:\n  contexture {}", if command == "run" { "init" } else { command })),
            "{text}"
        );
    }
}

#[test]
fn wrong_usage_ends_with_2_and_writes_nothing() {
    let workplace = Workplace::with_cohort();
    let before = workplace.contents("");
    for (args, problem) in [
        (&["run", "study.toml"][..], "--output <DIR>"),
        (&["run", "-o", "out"], "<STUDY.toml>"),
        (&["run", "study.toml", "-o", "out", "--threads", "0"], "'0'"),
        (&["run", "study.toml", "-o", "out", "--thread", "2"], "--threads"),
        (&["analyse"], "unrecognized subcommand 'analyse'"),
        (&["stratify", "study.toml", "-o", "out"], "--scored <DIR>"),
        (&[], "Usage: contexture"),
    ] {
        let text = workplace.run(args);
        assert!(text.starts_with("exit code 2\n--- stdout\n--- stderr\n"), "{args:?}: {text}");
        assert!(text.contains(problem), "{args:?}: {text}");
    }
    assert_eq!(before, workplace.contents(""));
}

#[test]
fn a_reader_who_leaves_early_does_not_stop_the_run() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["run", "study.toml", "-o", "heard"]);
    let mut command = workplace.command(&RUN);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // As `head -0` does.
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap()), (Some(0), String::new()));
    crate::command::assert_same(&workplace.contents("heard"), &workplace.contents("out"));
}
