//! Which module may know which, and how long a file may be (see ARCHITECTURE.md): kept by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// No file is longer than this.
const LONGEST_FILE: usize = 400;

/// A source file: its path below the crate, with `/`, and its lines.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Lines of code with their numbers: no comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_start()));
        lines.filter(|(_, line)| !line.starts_with("//"))
    }

    /// Whether it stands in one of these folders or is one of these files, below `src/`.
    fn is_in(&self, places: &[&str]) -> bool {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        places.iter().any(|it| path == *it || (it.ends_with('/') && path.starts_with(it)))
    }

    /// Lines of code that hold a word, as `path:line`.
    fn lines_with(&self, word: &str) -> Vec<String> {
        let lines = self.code().filter(|(_, line)| has_word(line, word));
        lines.map(|(number, _)| format!("{}:{number} names {word}", self.path)).collect()
    }
}

/// Whether a line holds a word, not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(is_part)
            && !line[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

/// All sources below these folders of the crate.
fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = folders.iter().map(|it| root.join(it)).collect();
    let mut sources = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder of the crate") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let parts = path.strip_prefix(root).expect("a path below the crate").components();
                let parts: Vec<_> = parts.map(|it| it.as_os_str().to_string_lossy()).collect();
                sources.push(Source { path: parts.join("/"), text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty());
    sources
}

/// Lines of `src/` that hold one of the words outside of the places that may.
fn strangers(words: &[&str], places: &[&str]) -> Vec<String> {
    let others = sources(&["src"]).into_iter().filter(|it| !it.is_in(places));
    others.flat_map(|it| words.iter().flat_map(|word| it.lines_with(word)).collect::<Vec<_>>()).collect()
}

/// Lines of `src/` that hold one of the words in the places that may not.
fn intruders(words: &[&str], places: &[&str]) -> Vec<String> {
    let here = sources(&["src"]).into_iter().filter(|it| it.is_in(places));
    here.flat_map(|it| words.iter().flat_map(|word| it.lines_with(word)).collect::<Vec<_>>()).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn only_files_tables_and_the_error_name_polars() {
    assert_eq!(strangers(&["polars"], &["io/", "table/", "error.rs"]), NONE);
    let error = sources(&["src"]).into_iter().find(|it| it.path == "src/error.rs").unwrap();
    assert_eq!(error.lines_with("polars").len(), 1, "one variant of Error");
}

#[test]
fn only_the_command_line_names_clap() {
    assert_eq!(strangers(&["clap"], &["cli/", "main.rs"]), NONE);
}

#[test]
fn nobody_but_the_programme_knows_the_command_line() {
    assert_eq!(strangers(&["cli"], &["cli/", "main.rs", "lib.rs"]), NONE);
}

#[test]
fn the_model_knows_nobody_but_the_error() {
    let mut found = Vec::new();
    for source in sources(&["src"]).iter().filter(|it| it.is_in(&["model/"])) {
        for (number, line) in source.code() {
            let mut known = line.match_indices("crate::").map(|(at, it)| &line[at + it.len()..]);
            if known.any(|it| !it.starts_with("error") && !it.starts_with("model")) {
                found.push(format!("{}:{number}: {line}", source.path));
            }
        }
    }
    assert_eq!(found, NONE);
}

#[test]
fn the_sciences_read_no_file_no_environment_and_no_clock() {
    let sciences = ["agreement/", "model/", "score/", "spatial/", "survival/", "stratify/", "report/"];
    assert_eq!(intruders(&["std::fs", "std::env", "std::time", "std::io"], &sciences), NONE);
    assert_eq!(intruders(&["crate::io", "crate::cli", "crate::table"], &sciences), NONE);
}

#[test]
fn nothing_is_left_to_do() {
    for word in ["todo!", "unimplemented!", "dbg!", "FIXME", "TODO"] {
        let found = sources(&["src", "benches"]).into_iter().find(|it| it.text.contains(word)).map(|it| it.path);
        assert_eq!(found, None, "{word}");
    }
}

#[test]
fn no_file_is_long() {
    for source in sources(&["src", "tests", "benches"]) {
        let n_lines = source.text.lines().count();
        assert!(n_lines <= LONGEST_FILE, "{} has {n_lines} lines, at most {LONGEST_FILE} are wanted", source.path);
    }
}

#[test]
fn a_breach_of_a_rule_is_found() {
    let source = Source {
        path: "src/score/wrong.rs".to_owned(),
        text: "// polars in a comment\nlet polars_like = 1;\nuse polars::prelude::DataFrame;\n".to_owned(),
    };
    assert_eq!(source.lines_with("polars"), ["src/score/wrong.rs:3 names polars"]);
    assert!(source.is_in(&["score/"]) && !source.is_in(&["io/", "score.rs", "wrong.rs"]));
}
