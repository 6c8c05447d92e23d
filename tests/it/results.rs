//! The results of a run, as the files say.

use std::path::{Path, PathBuf};
use std::process::Command;

use contexture::stratify::{ByClass, EndpointStatistics, Statistics};
use contexture::survival::cox::{Coefficient, CoxModel};
use tempfile::TempDir;

/// Output folder of a run.
pub(crate) struct Results {
    folder: TempDir,
    /// What `statistics.json` says; absent if the study has no endpoints.
    statistics: Option<Statistics>,
}

impl Results {
    /// Runs a study.
    pub(crate) fn of_study(study: &Path) -> Self {
        let folder = TempDir::new().expect("temporary folder");
        let output = Command::new(env!("CARGO_BIN_EXE_contexture"))
            .arg("run")
            .arg(study)
            .arg("-o")
            .arg(folder.path().join("out"))
            .output()
            .expect("contexture starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = std::fs::read_to_string(folder.path().join("out/statistics.json")).ok();
        let statistics = text.map(|it| serde_json::from_str(&it).expect("statistics follow their type"));
        Self { folder, statistics }
    }

    /// Runs a study whose text is given.
    pub(crate) fn of_text(study: &str) -> Self {
        let folder = TempDir::new().expect("temporary folder");
        let path = folder.path().join("study.toml");
        std::fs::write(&path, study).expect("study file");
        Self::of_study(&path)
    }

    /// An output file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    /// The text of an output file.
    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What `statistics.json` says.
    pub(crate) fn statistics(&self) -> &Statistics {
        self.statistics.as_ref().expect("the study has endpoints")
    }

    /// The statistics of an endpoint.
    pub(crate) fn endpoint(&self, name: &str) -> &EndpointStatistics {
        self.statistics().endpoints.iter().find(|it| it.name == name).expect("the endpoint")
    }

    /// The rows of a tab-separated output table, each as pairs of column and cell.
    pub(crate) fn rows(&self, name: &str) -> Vec<Vec<(String, String)>> {
        let text = self.text(name);
        let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().expect("a header");
        lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
    }
}

/// A folder of the real data that stand beside the project, and are no part of it; without them tests fail in CI, and are
/// skipped elsewhere.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
    eprintln!("skipped: {} is missing", folder.display());
    None
}

/// A cell of a row.
pub(crate) fn cell<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    &row.iter().find(|it| it.0 == column).unwrap_or_else(|| panic!("no column {column}")).1
}

/// Survival by the classes of a scheme.
pub(crate) fn scheme<'a>(endpoint: &'a EndpointStatistics, name: &str) -> &'a ByClass {
    endpoint.by_class.iter().find(|it| it.scheme == name).expect("the scheme")
}

/// A coefficient of a model.
pub(crate) fn coefficient<'a>(model: &'a CoxModel, term: &str, name: &str) -> &'a Coefficient {
    model.coefficients.iter().find(|it| it.term == term && it.name == name).expect("the coefficient")
}

/// Fails unless a number is as expected, up to a relative tolerance.
#[track_caller]
pub(crate) fn assert_near(found: impl Into<Option<f64>>, expected: f64, tolerance: f64) {
    let found = found.into().expect("a number");
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
}
