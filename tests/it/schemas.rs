//! The checked-in schemas are the ones that the types generate, and what is written keeps to them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use contexture::cli::schemas::SCHEMAS;
use serde_json::Value;

use crate::command::{Workplace, has_ending};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

#[test]
fn schemas_are_up_to_date() {
    let update = env::var_os("UPDATE_SCHEMAS").is_some();
    for schema in SCHEMAS {
        let path = folder().join(schema.name);
        let generated = schema.generate();
        if update {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &generated).unwrap();
        }
        let checked_in = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == generated,
            "{} is out of date; run `UPDATE_SCHEMAS=1 cargo test --test it schemas` and commit it",
            path.display(),
        );
    }
}

#[test]
fn no_other_file_is_among_the_schemas() {
    let mut found: Vec<String> =
        fs::read_dir(folder()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: Vec<&str> = SCHEMAS.iter().map(|it| it.name).collect();
    found.sort();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn the_command_writes_the_checked_in_schemas() {
    let workplace = Workplace::with_files([]);
    workplace.finishes(&["schema", "-o", "schemas"]);
    for schema in SCHEMAS {
        let checked_in = fs::read_to_string(folder().join(schema.name)).unwrap();
        assert_eq!(workplace.read(&format!("schemas/{}", schema.name)), checked_in);
    }
}

/// What is wrong with a document by a schema; empty if nothing is.
fn problems(schema: &str, document: &Value) -> Vec<String> {
    let text = fs::read_to_string(folder().join(schema)).expect("a checked-in schema");
    let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema of draft 2020-12");
    validator.iter_errors(document).map(|it| format!("{}: {it}", it.instance_path())).collect()
}

fn toml(text: &str) -> Value {
    toml::from_str(text).expect("TOML")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What counting the bundled slides and analysing a table writes and prints, and what a user may write for it.
fn documents_of_other_commands() -> Vec<(&'static str, String, Value)> {
    let workplace = Workplace::with_files([]);
    let slides = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/slides").display().to_string();
    let samplesheet = format!("{slides}/samples.csv");
    workplace.finishes(&["count", "--samplesheet", &samplesheet, "-o", "out"]);
    let models = "[[models]]\nname = \"clinical\"\ncovariates = [\"age\"]\npenalty = { ridge = { theta = 1.0 } }\n";
    let lung = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/reference/survival/data/lung.csv");
    workplace.write("models.toml", models);
    let table = lung.display().to_string();
    let mut args = vec!["stratify", &table, "--time", "time", "--event", "status=2", "--unit", "days", "--by", "sex"];
    args.extend(["--models", "models.toml", "--cutpoint", "age", "--bootstrap", "20", "--times", "365", "-o", "lung"]);
    workplace.finishes(&args);
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cohort/reference.json").display().to_string();
    let training = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cohort/training_densities.tsv");
    let training = training.display().to_string();
    let account = workplace.finishes(&["reference", "show", &reference, "--json"]);
    let account = &account[account.find('{').expect("JSON")..=account.rfind('}').expect("JSON")];
    workplace.finishes(&["reference", "check", &reference, &training, "-o", "drift"]);
    let changed = fs::read_to_string(&training).expect("a table").replace("\t1", "\t2");
    workplace.write("all.tsv", changed);
    let fit =
        ["reference", "fit", &training, "--name", "n", "--description", "d", "--quantiles", "20", "-o", "table.json"];
    workplace.finishes(&fit);
    let printed = workplace.finishes(&["inspect", "--json", &format!("{slides}/0003_cell_seg_data.txt")]);
    let printed = &printed[printed.find('[').expect("JSON")..=printed.rfind(']').expect("JSON")];
    let plan = workplace.finishes(&["plan", "--json", "--hazard-ratio", "0.6", "--events", "90"]);
    let plan = &plan[plan.find('{').expect("JSON")..=plan.rfind('}').expect("JSON")];
    workplace.finishes(&["compare", &training, "all.tsv", "-o", "agreement"]);
    let axes = "schema_version = 1\n[[markers]]\nmarker = \"FOXP3\"\nsign = \"negative\"\nsource = \"our cohort\"\n";
    let words = "[regions]\n\"Rand\" = \"IM\"\n[markers]\n\"T cells\" = \"CD3\"\n";
    vec![
        ("tally.schema.json", "tally.json".to_owned(), json(&workplace.read("out/tally.json"))),
        ("inspect.schema.json", "inspect --json".to_owned(), json(printed)),
        ("mapping.schema.json", "nsclc.toml".to_owned(), toml(include_str!("../../benches/peers/mappings/nsclc.toml"))),
        ("words.schema.json", "words.toml".to_owned(), toml(words)),
        ("axes.schema.json", "axes.toml".to_owned(), toml(axes)),
        ("plan.schema.json", "plan --json".to_owned(), json(plan)),
        ("models.schema.json", "models.toml".to_owned(), toml(models)),
        ("reference-account.schema.json", "reference show --json".to_owned(), json(account)),
        ("drift.schema.json", "drift/drift.json".to_owned(), json(&workplace.read("drift/drift.json"))),
        ("agreement.schema.json", "agreement.json".to_owned(), json(&workplace.read("agreement/agreement.json"))),
        ("reference.schema.json", "table.json".to_owned(), json(&workplace.read("table.json"))),
        (
            "table-statistics.schema.json",
            "lung/statistics.json".to_owned(),
            json(&workplace.read("lung/statistics.json")),
        ),
    ]
}

/// Every document of the bundled cohort, with the schema it has to keep to.
fn documents() -> Vec<(&'static str, String, Value)> {
    let workplace = Workplace::with_cohort();
    workplace.edit("study.toml", "[[endpoints]]\nname = \"os\"", "[contexture]\n\n[[endpoints]]\nname = \"os\"");
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    let mut documents = vec![
        ("study.schema.json", "study.toml".to_owned(), toml(&workplace.read("study.toml"))),
        (
            "protocol.schema.json",
            "consensus.toml".to_owned(),
            toml(include_str!("../../src/protocol/presets/consensus.toml")),
        ),
        ("reference.schema.json", "reference.json".to_owned(), json(&workplace.read("reference.json"))),
        ("reference.schema.json", "out/reference.json".to_owned(), json(&workplace.read("out/reference.json"))),
        ("statistics.schema.json", "statistics.json".to_owned(), json(&workplace.read("out/statistics.json"))),
        ("run.schema.json", "run.json".to_owned(), json(&workplace.read("out/run.json"))),
        ("contexture.schema.json", "contexture.json".to_owned(), json(&workplace.read("out/contexture.json"))),
    ];
    let patients = workplace.contents("out/patients");
    let reports = patients.into_iter().filter(|it| has_ending(&it.0, "json"));
    documents.extend(
        reports
            .map(|(name, bytes)| ("patient-report.schema.json", name, serde_json::from_slice(&bytes).expect("JSON"))),
    );
    documents
}

#[test]
fn what_is_read_and_written_keeps_to_the_schemas() {
    let documents = documents();
    assert_eq!(documents.len(), 307, "300 patients and seven other documents");
    let documents = [documents, documents_of_other_commands()].concat();
    for (schema, name, document) in &documents {
        assert_eq!(problems(schema, document), [""; 0], "{name}");
    }
    for schema in SCHEMAS {
        assert!(documents.iter().any(|it| it.0 == schema.name), "{} has a document", schema.name);
    }
}

#[test]
fn a_wrong_document_does_not_keep_to_its_schema() {
    for (schema, name, document) in documents().into_iter().take(8) {
        let mut surprising = document.clone();
        surprising["surprise"] = Value::from(1);
        assert!(!problems(schema, &surprising).is_empty(), "{name} with an unknown key");

        let mut lacking = document.clone();
        lacking.as_object_mut().unwrap().remove("schema_version");
        assert!(!problems(schema, &lacking).is_empty(), "{name} without its version");

        let mut mistyped = document;
        mistyped["schema_version"] = Value::from("one");
        assert!(!problems(schema, &mistyped).is_empty(), "{name} with text for a number");
    }
}

#[test]
fn a_percentile_above_100_does_not_keep_to_the_schema() {
    let mut report = documents().into_iter().find(|it| it.1 == "0001.json").unwrap().2;
    report["components"][0]["percentile"] = Value::from(100.5);
    let found = problems("patient-report.schema.json", &report);
    assert!(found.iter().any(|it| it.starts_with("/components/0/percentile")), "{found:?}");
}
