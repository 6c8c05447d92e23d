//! `contexture plan`: events and patients that a comparison needs, and what a given number of events can show.

use std::process::ExitCode;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::say;
use crate::error::Result;
use crate::io::json;
use crate::report::format;
use crate::survival::planning::{self, Comparison, DetectableHazardRatios};

/// Plan a comparison of survival: events needed, or power of the events there are
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture plan --hazard-ratio 0.6 --share 0.5 --power 0.8 --event-probability 0.3\n  contexture \
                  plan --hazard-ratio 1.5 --std-dev 1 --events 90"
)]
pub(super) struct Args {
    /// Hazard ratio to be found: of the group of --share against the other, or per unit of the covariate of --std-dev
    #[arg(long, value_name = "HR", required_unless_present = "events")]
    hazard_ratio: Option<f64>,

    /// Share of patients in the group
    #[arg(long, value_name = "S", default_value_t = 0.5, conflicts_with = "std_dev")]
    share: f64,

    /// Standard deviation of a covariate that is a number, in the unit of the hazard ratio; in place of groups
    #[arg(long, value_name = "SD")]
    std_dev: Option<f64>,

    /// Formula for two groups
    #[arg(long, value_enum, default_value_t = Formula::Schoenfeld, conflicts_with = "std_dev")]
    formula: Formula,

    /// Share of the variance of the group, or the covariate, that other covariates of the model explain
    #[arg(long, value_name = "R2", default_value_t = 0.0)]
    r_squared: f64,

    /// Two-sided level of the test
    #[arg(long, value_name = "A", default_value_t = 0.05)]
    alpha: f64,

    /// Probability of finding the hazard ratio
    #[arg(long, value_name = "P", default_value_t = 0.8)]
    power: f64,

    /// Events that there are: gives the power, and the hazard ratios that they can show
    #[arg(long, value_name = "N")]
    events: Option<u32>,

    /// Probability that a patient has the event during the study: gives the number of patients
    #[arg(long, value_name = "P", requires = "hazard_ratio")]
    event_probability: Option<f64>,

    /// Print JSON in place of text
    #[arg(long)]
    json: bool,
}

/// Formula for two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Formula {
    Schoenfeld,
    /// For the log-rank test; asks for more events the further the hazard ratio is from 1
    Freedman,
}

/// What a comparison needs, and what it can show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// What is compared, and by which formula.
    comparison: Comparison,
    /// Two-sided level of the test.
    alpha: f64,
    /// Probability of finding the hazard ratio that was asked for.
    power: f64,
    /// Hazard ratio to be found; absent if none was named.
    hazard_ratio: Option<f64>,
    /// Events needed for it, not rounded; absent with it.
    events_needed: Option<f64>,
    /// Probability that a patient has the event; absent if none was named.
    event_probability: Option<f64>,
    /// Patients needed for the next whole number of events, not rounded; absent without that probability.
    patients_needed: Option<f64>,
    /// What the events that there are can show; absent if no number was named.
    given: Option<Given>,
}

/// What a number of events can show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Given {
    /// The number of events.
    n_events: u32,
    /// Probability of finding the hazard ratio; absent if none was named.
    power: Option<f64>,
    /// Hazard ratios that are found with the power that was asked for, and any further from 1.
    detectable: DetectableHazardRatios,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let plan = plan(args)?;
    if args.json {
        say(quiet, json::to_text(&plan).trim_end())?;
    } else {
        say(quiet, &text(&plan))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(args: &Args) -> Result<Plan> {
    let (share, r_squared) = (args.share, args.r_squared);
    let comparison = match (args.std_dev, args.formula) {
        (Some(std_dev), _) => Comparison::Covariate { std_dev, r_squared },
        (None, Formula::Schoenfeld) => Comparison::Schoenfeld { share, r_squared },
        (None, Formula::Freedman) if r_squared > 0.0 => {
            let problem =
                "Freedman's formula knows no other covariates; leave out --r-squared, or ask for Schoenfeld's";
            return Err(crate::error::Error::Unanswerable { problem: problem.to_owned() });
        }
        (None, Formula::Freedman) => Comparison::Freedman { share },
    };
    let test = planning::Plan::new(comparison, args.alpha)?;
    let events_needed = args.hazard_ratio.map(|it| test.n_events(it, args.power)).transpose()?;
    let patients = |(n_events, probability): (f64, f64)| planning::n_patients(n_events.ceil(), probability);
    let given = |n_events: u32| -> Result<Given> {
        Ok(Given {
            n_events,
            power: args.hazard_ratio.map(|it| test.power(it, n_events.into())).transpose()?,
            detectable: test.detectable(n_events.into(), args.power)?,
        })
    };
    Ok(Plan {
        comparison,
        alpha: args.alpha,
        power: args.power,
        hazard_ratio: args.hazard_ratio,
        events_needed,
        event_probability: args.event_probability,
        patients_needed: events_needed.zip(args.event_probability).map(patients).transpose()?,
        given: args.events.map(given).transpose()?,
    })
}

fn text(plan: &Plan) -> String {
    let explained = |r_squared: f64| {
        if r_squared > 0.0 { format!(", R² {r_squared} with other covariates") } else { String::new() }
    };
    let groups =
        |share: f64| format!("{} of patients against {}", format::percent(share), format::percent(1.0 - share));
    let compared = match plan.comparison {
        Comparison::Schoenfeld { share, r_squared } => format!("{}, Schoenfeld{}", groups(share), explained(r_squared)),
        Comparison::Freedman { share } => format!("{}, Freedman", groups(share)),
        Comparison::Covariate { std_dev, r_squared } => {
            format!("a covariate with a standard deviation of {std_dev}, Hsieh and Lavori{}", explained(r_squared))
        }
    };
    let power = format::percent(plan.power);
    let mut lines = vec![format!("{compared}; two-sided level {}", plan.alpha)];
    if let (Some(hazard_ratio), Some(n_events)) = (plan.hazard_ratio, plan.events_needed) {
        lines.push(format!("  hazard ratio {hazard_ratio} with a power of {power}: {} events", n_events.ceil()));
        if let (Some(n), Some(probability)) = (plan.patients_needed, plan.event_probability) {
            lines.push(format!("    in {} patients, if {} of them have it", n.ceil(), format::percent(probability)));
        }
    }
    if let Some(given) = &plan.given {
        if let (Some(hazard_ratio), Some(power)) = (plan.hazard_ratio, given.power) {
            let power = format::percent(power);
            lines.push(format!("  {} events: a power of {power} for a hazard ratio of {hazard_ratio}", given.n_events));
        }
        let DetectableHazardRatios { below_one, above_one } = given.detectable;
        let below = below_one.map(|it| format!("{} or less", format::ratio(it)));
        let above = above_one.map(|it| format!("{} or more", format::ratio(it)));
        let found: Vec<String> = below.into_iter().chain(above).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        lines.push(format!("  {} events: hazard ratios found with a power of {power}: {found}", given.n_events));
    }
    lines.join("\n")
}
