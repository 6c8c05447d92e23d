//! What stands beside the axes.

use super::{RUN, STUDY, densities, workplace};
use crate::command::Workplace;

#[test]
fn facts_of_the_clinical_table_stand_beside_the_axes() {
    let workplace = workplace();
    let clinical = "patient_id\tmsi\ttmb\nP00\tMSI-H\t41.5\nP01\tMSS\t3\nP02\tMSS\t\nelsewhere\tMSI-H\t9\n";
    workplace.write("clinical.tsv", clinical);
    let with_clinical = STUDY.replace("[inputs]\n", "[inputs]\nclinical = \"clinical.tsv\"\n");
    workplace.write(
        "study.toml",
        with_clinical.replace("[contexture]\n", "[contexture]\ncovariates = [\"msi\", \"tmb\"]\n"),
    );
    workplace.finishes(&RUN);
    let page = |name: &str| workplace.read(&format!("out/patients/{name}.html"));
    assert!(page("P00").contains("Beside the axes: msi: MSI-H; tmb: 41.5."));
    assert!(page("P02").contains("Beside the axes: msi: MSS; tmb: not known."));
    let record = workplace.read("out/contexture.json");
    assert!(record.contains("\"P01\": \"MSS\"") && !record.contains("elsewhere"), "patients of the contexture alone");
    assert!(workplace.read("out/cohort.html").contains("Beside the axes, from the clinical table"));
    assert!(workplace.read("out/run.json").contains("clinical.tsv"), "it was read");
}

#[test]
fn covariates_without_their_table_or_column_are_refused() {
    let workplace = Workplace::with_files([("densities.tsv", &*densities())]);
    let asked = STUDY.replace("[contexture]\n", "[contexture]\ncovariates = [\"msi\"]\n");
    workplace.write("study.toml", &asked);
    let found = workplace.refuses(&RUN);
    assert!(found.contains("[contexture] covariates need [inputs] clinical"), "{found}");
    workplace.write("study.toml", asked.replace("[inputs]\n", "[inputs]\nclinical = \"clinical.tsv\"\n"));
    workplace.write("clinical.tsv", "patient_id\tmsi_status\nP00\tMSS\n");
    let found = workplace.refuses(&RUN);
    assert!(found.contains("has no column 'msi'") && found.contains("msi_status"), "{found}");
}
