//! The programme in a temporary folder: the harness of the tests from the outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Name and content of every file and folder below a folder; a folder's name ends in `/` and it has no content.
pub(crate) type Contents = BTreeMap<String, Vec<u8>>;

/// The tables and the study file of the bundled cohort.
pub(crate) const COHORT: [(&str, &str); 4] = [
    ("study.toml", include_str!("../../testdata/cohort/study.toml")),
    ("densities.tsv", include_str!("../../testdata/cohort/densities.tsv")),
    ("clinical.tsv", include_str!("../../testdata/cohort/clinical.tsv")),
    ("reference.json", include_str!("../../testdata/cohort/reference.json")),
];

/// A temporary folder to run `contexture` in.
pub(crate) struct Workplace {
    folder: TempDir,
}

impl Workplace {
    /// A folder with the given files, as pairs of name and content.
    pub(crate) fn with_files<const N: usize>(files: [(&str, &str); N]) -> Self {
        let workplace = Self { folder: TempDir::new().expect("temporary folder") };
        for (name, content) in files {
            workplace.write(name, content);
        }
        workplace
    }

    /// A folder with the files of the bundled cohort.
    pub(crate) fn with_cohort() -> Self {
        Self::with_files(COHORT)
    }

    /// Where a file of the folder stands.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders on the way to it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        let folder = path.parent().expect("a file in the folder");
        fs::create_dir_all(folder).expect("folder in temporary folder");
        fs::write(path, content).expect("file in temporary folder");
    }

    /// The text of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The rows of a tab-separated table, each by the names of its columns.
    #[track_caller]
    pub(crate) fn rows(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let text = self.read(name);
        let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().expect("a header");
        lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
    }

    /// Replaces text that stands in a file.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} does not hold {from:?}");
        self.write(name, text.replace(from, to));
    }

    /// The programme with these arguments, to be started in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contexture"));
        command.args(args).current_dir(&self.folder).env_remove("RUST_BACKTRACE");
        command
    }

    /// Runs `contexture` with these arguments; returns exit code, standard output and standard error as one text. The
    /// temporary folder is called `[folder]` in it.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(args).output().expect("contexture starts");
        let text = format!(
            "exit code {}\n--- stdout\n{}--- stderr\n{}",
            status.code().expect("contexture ends by itself"),
            String::from_utf8(stdout).expect("UTF-8"),
            String::from_utf8(stderr).expect("UTF-8"),
        );
        text.replace(&self.folder.path().display().to_string(), "[folder]")
    }

    /// Runs `contexture`, which has to finish without complaint; returns what it says.
    #[track_caller]
    pub(crate) fn finishes(&self, args: &[&str]) -> String {
        let text = self.run(args);
        assert!(text.starts_with("exit code 0\n") && text.ends_with("--- stderr\n"), "{args:?}: {text}");
        text
    }

    /// Runs `contexture`, which has to refuse its input, leave every file as it was, and none beside them: no output, no
    /// hidden folder of a half-written one. Returns what it says.
    #[track_caller]
    pub(crate) fn refuses(&self, args: &[&str]) -> String {
        let before = self.contents("");
        let text = self.run(args);
        assert!(text.starts_with("exit code 1\n"), "{args:?}: {text}");
        let after = self.contents("");
        assert!(before.keys().eq(after.keys()), "left behind: {:?}", after.keys().collect::<Vec<_>>());
        assert!(before == after, "a file was changed");
        text
    }

    /// All files and folders below a folder of the workplace.
    pub(crate) fn contents(&self, folder: &str) -> Contents {
        let root = self.path(folder);
        let mut contents = Contents::new();
        let mut folders = vec![root.clone()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
                let path = entry.expect("an entry of a folder").path();
                let name = name_below(&root, &path);
                if path.is_dir() {
                    contents.insert(format!("{name}/"), Vec::new());
                    folders.push(path);
                } else {
                    contents.insert(name, fs::read(&path).expect("a file of the folder"));
                }
            }
        }
        contents
    }
}

fn name_below(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).expect("a path below the folder").components();
    parts.map(|it| it.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Whether the name of a file ends in `.` and this.
pub(crate) fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it == ending)
}

/// Asserts that two folders hold the same files with the same bytes, and names those that differ.
#[track_caller]
pub(crate) fn assert_same(one: &Contents, other: &Contents) {
    let names: Vec<&String> = one.keys().chain(other.keys()).collect();
    let mut differ: Vec<&String> = names.into_iter().filter(|it| one.get(*it) != other.get(*it)).collect();
    differ.sort();
    differ.dedup();
    assert!(differ.is_empty(), "these differ: {differ:?}");
    assert!(!one.is_empty(), "nothing was compared");
}
