//! JSON Schema of every file that a user writes or reads, generated from the types.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::plan::Plan;
use crate::io::analysis_file::ModelsFile;
use crate::io::count::FileFacts;
use crate::io::format::Mapping;
use crate::io::words::WordsFile;
use crate::protocol::{AxesFile, Protocol, Study};
use crate::report::patient::PatientReport;
use crate::report::run::RunRecord;
use crate::score::comparison::AgreementReport;
use crate::score::contexture::ContextureRecord;
use crate::score::drift::DriftReport;
use crate::score::reference::{ReferenceAccount, ReferenceFile};
use crate::stratify::Statistics;
use crate::stratify::patients::TableStatistics;
use crate::table::tally::Tally;

/// The schema of one kind of file.
#[derive(Clone, Copy, Debug)]
pub struct SchemaFile {
    /// Name of the schema's file.
    pub name: &'static str,
    generate: fn() -> String,
}

/// All schemas, one for each kind of file.
pub const SCHEMAS: &[SchemaFile] = &[
    SchemaFile { name: "study.schema.json", generate: text::<Study> },
    SchemaFile { name: "protocol.schema.json", generate: text::<Protocol> },
    SchemaFile { name: "axes.schema.json", generate: text::<AxesFile> },
    SchemaFile { name: "contexture.schema.json", generate: text::<ContextureRecord> },
    SchemaFile { name: "reference.schema.json", generate: text::<ReferenceFile> },
    SchemaFile { name: "reference-account.schema.json", generate: text::<ReferenceAccount> },
    SchemaFile { name: "drift.schema.json", generate: text::<DriftReport> },
    SchemaFile { name: "agreement.schema.json", generate: text::<AgreementReport> },
    SchemaFile { name: "mapping.schema.json", generate: text::<Mapping> },
    SchemaFile { name: "words.schema.json", generate: text::<WordsFile> },
    SchemaFile { name: "inspect.schema.json", generate: text::<Vec<FileFacts>> },
    SchemaFile { name: "tally.schema.json", generate: text::<Tally> },
    SchemaFile { name: "patient-report.schema.json", generate: text::<PatientReport> },
    SchemaFile { name: "statistics.schema.json", generate: text::<Statistics> },
    SchemaFile { name: "models.schema.json", generate: text::<ModelsFile> },
    SchemaFile { name: "table-statistics.schema.json", generate: text::<TableStatistics> },
    SchemaFile { name: "plan.schema.json", generate: text::<Plan> },
    SchemaFile { name: "run.schema.json", generate: text::<RunRecord> },
];

impl SchemaFile {
    /// The schema, draft 2020-12.
    pub fn generate(&self) -> String {
        (self.generate)()
    }
}

fn text<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut json = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    json.push('\n');
    json
}
