//! Files in and out: tables, study, protocol and reference files, the output folder.

pub mod analysis_file;
pub mod batches;
pub mod cells;
pub mod checksum;
pub mod clinical;
pub mod comparison;
pub mod count;
pub mod counted;
pub mod densities;
pub mod drift;
pub mod format;
pub mod gates;
pub mod groups;
pub mod h5ad;
pub mod json;
#[cfg(test)]
mod mutated;
pub mod outlines;
pub mod output;
mod parquet_file;
pub mod patient_table;
pub mod phenotype_rules;
pub mod protocol_file;
pub mod readings;
pub mod reference_file;
pub mod reference_study;
pub mod samplesheet;
pub mod scored;
pub mod scored_clinical;
pub mod stratified;
pub mod study;
pub mod suggestion;
pub mod table_file;
mod table_output;
pub mod text;
pub mod words;
