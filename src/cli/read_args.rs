//! Options that say how exports are read, the same for `count` and `inspect`.

use std::path::PathBuf;

use crate::error::Result;
use crate::io::count::{RegionNames, Settings};
use crate::io::format::Mapping;
use crate::io::gates::Gates;
use crate::io::{phenotype_rules, words};
use crate::model::NamePattern;
use crate::spatial::MarginWidth;

/// How exports are read
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How files are read")]
pub(super) struct ReadArgs {
    /// Format of the files; recognised by their columns if not given
    #[arg(long, value_name = "NAME")]
    format: Option<String>,

    /// Mapping file (TOML) that says which column is what, for tables of no known format
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    mapping: Option<PathBuf>,

    /// Size of a pixel in µm, for files that measure in pixels
    #[arg(long, value_name = "MICRONS", value_parser = scale)]
    microns_per_pixel: Option<f64>,

    /// Phenotypes by rules: a table with the columns phenotype and rule, such as `CD3+ & CD8+ & !FOXP3`, and parent; or a
    /// phenotype workflow of MCMICRO
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// Thresholds of intensities, by marker and image
    #[arg(long, value_name = "FILE")]
    gates: Option<PathBuf>,

    /// Width of the invasive margin to each side of the border, in µm: regions become CT, IM and OUT by the signed distance
    /// that the file gives
    #[arg(long, value_name = "MICRONS", value_parser = width)]
    margin_um: Option<f64>,

    /// What names of files say, such as `CL_{cohort}_ID_{patient}_AG_{marker}_*`; sample, patient, marker and region are used
    #[arg(long, value_name = "PATTERN")]
    name_pattern: Option<String>,

    /// Words of the laboratory (TOML): tables [regions] and [markers] with its own word on the left
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,

    /// Keep the file's own names of regions, such as `MARG_500_IN`, in place of IM
    #[arg(long)]
    own_regions: bool,
}

impl ReadArgs {
    /// Reads the files that the options name.
    pub(super) fn settings(&self) -> Result<Settings> {
        Ok(Settings {
            format: self.format.clone(),
            mapping: self.mapping.as_deref().map(Mapping::read).transpose()?,
            microns_per_pixel: self.microns_per_pixel,
            rules: self.rules.as_deref().map(phenotype_rules::read).transpose()?,
            gates: self.gates.as_deref().map(Gates::read).transpose()?,
            pattern: self.name_pattern.as_deref().map(NamePattern::parse).transpose()?,
            margin: self.margin_um.map(|width| MarginWidth { inside_um: width, outside_um: width }),
            synonyms: self.words.as_deref().map(words::read).transpose()?.unwrap_or_default(),
            region_names: if self.own_regions { RegionNames::Own } else { RegionNames::Canonical },
        })
    }
}

fn scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if scale > 0.0 && scale <= 100.0 { Ok(scale) } else { Err("expected a number above 0, up to 100".to_owned()) }
}

fn width(text: &str) -> Result<f64, String> {
    let width: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if width > 0.0 && width.is_finite() { Ok(width) } else { Err("expected a number above 0".to_owned()) }
}
