//! Files in and out: tables, study, protocol and reference files, the output folder.

pub mod checksum;
pub mod clinical;
pub mod densities;
pub mod json;
pub mod output;
pub mod scored;
pub mod stratified;
pub mod study;
pub mod suggestion;
pub mod table_file;
mod table_output;
