//! A made-up cohort for the tests of pages and figures: deterministic, with every awkward case in it.

mod analysis;

use super::CohortReport;
use crate::model::{Area, Density, Measurement, TieRule};
use crate::protocol::{Protocol, ReferenceBuild, ReferenceMode, TimeUnit};
use crate::score::contexture::Contexture;
use crate::score::reference::ReferenceSummary;
use crate::score::{
    Measurements, PatientMeasurements, PatientProfile, PatientScore, Rejection, ScoreSettings, score_cohort,
};
use crate::stratify::{
    AdjustedModel, ByClass, ByScore, Covariate, EndpointStatistics, EventsPerVariable, ExclusionCount, GroupSurvival,
    InputFile, Statistics, SurvivalAtYears, UnivariableModel,
};
use crate::survival::cox::{self, CoxModel};
use crate::survival::design::{Design, Term};
use crate::survival::kaplan_meier::{self, ConfidenceScale};
use crate::survival::{Cohort, concordance, follow_up, log_rank, proportional_hazards, trend};

/// A patient whose identifier would be a script, were it not escaped.
pub(crate) const HOSTILE_ID: &str = "<script>alert('1')</script>&\"";

/// A cohort and its statistics.
pub(crate) struct Example {
    pub(crate) protocol: Protocol,
    pub(crate) reference: Option<ReferenceSummary>,
    pub(crate) scores: Vec<PatientScore>,
    pub(crate) profiles: Vec<PatientProfile>,
    pub(crate) rejected: Vec<Rejection>,
    pub(crate) contexture: Option<Contexture>,
    pub(crate) statistics: Option<Statistics>,
    pub(crate) inputs: Vec<InputFile>,
}

/// What is known of a patient beside the score.
struct Clinical {
    times_years: [f64; 2],
    events: [bool; 2],
    age: f64,
    stage: usize,
}

impl Example {
    /// `n` patients; every 17th lacks a region, every 41st has too little tissue.
    pub(crate) fn new(n: usize) -> Self {
        let mut protocol = Protocol::preset("consensus").expect("a preset");
        // Enough draws for an interval to look at, and quick.
        protocol.uncertainty.replicates = 100;
        let mut random = Random(7);
        let patients: Measurements = (0..n).map(|at| measurements(at, &mut random)).collect();
        let settings = ScoreSettings {
            mode: ReferenceMode::OwnCohort,
            external: None,
            specimen: None,
            built_from: ReferenceBuild::CompletePatients,
            tie_rule: TieRule::Mid,
            seed: 1,
        };
        let cohort = score_cohort(patients, &protocol, &settings).expect("enough patients for a reference");
        let (scores, profiles): (Vec<_>, Vec<_>) = (cohort.scores().collect(), cohort.profiles().collect());
        let (rejected, reference) = (cohort.rejected, cohort.reference);
        let reference = reference.map(|it| it.summary(&protocol.components()));
        let statistics = statistics(&scores, &protocol, reference.as_ref(), &mut random);
        let inputs = [("study", "study.toml"), ("densities", "densities.tsv"), ("clinical", "clinical.tsv")];
        let inputs = inputs.map(|(role, name)| InputFile {
            role: role.to_owned(),
            name: name.to_owned(),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        });
        let statistics = Some(statistics);
        Self { protocol, reference, scores, profiles, rejected, contexture: None, statistics, inputs: inputs.to_vec() }
    }

    pub(crate) fn report(&self) -> CohortReport<'_> {
        CohortReport {
            title: "Colon cancer, made-up cohort & test",
            protocol: &self.protocol,
            reference: self.reference.as_ref(),
            ratio_offset: None,
            scores: &self.scores,
            profiles: &self.profiles,
            rejected: &self.rejected,
            samples: &[],
            contexture: self.contexture.as_ref(),
            statistics: self.statistics.as_ref(),
            inputs: &self.inputs,
            seed: 1,
        }
    }
}

/// A linear congruential generator (Knuth's MMIX), good enough for made-up patients.
struct Random(u64);

impl Random {
    /// In (0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as f64 + 0.5) / f64::from(1_u32 << 31)
    }

    /// Nearly normal: the sum of twelve uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn measurements(at: usize, random: &mut Random) -> PatientMeasurements {
    let infiltrate = random.normal();
    let components = [6.6, 7.0, 5.6, 5.9].iter().enumerate().map(|(component, mean)| {
        let expected = (mean + 0.7 * infiltrate + 0.5 * random.normal()).exp();
        let mm2 = if at % 41 == 40 && component == 1 { 0.1 } else { 0.8 + 24.0 * random.uniform() };
        let area = Area::try_from(mm2).expect("an area");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let n_cells = (expected * mm2) as u64;
        let density = Density::from_count(n_cells, area);
        let is_missing = at % 17 == 16 && component % 2 == 1;
        (!is_missing).then_some(Measurement {
            n_cells: Some(n_cells),
            n_whole: None,
            area: Some(area),
            least_area: Some(area),
            amount: density.into(),
            dispersion: None,
            n_samples: 1,
        })
    });
    let components = components.collect();
    let patient_id = if at == 3 { HOSTILE_ID.to_owned() } else { format!("P{at:04}") };
    PatientMeasurements {
        patient_id,
        sample_id: None,
        components,
        absences: Vec::new(),
        in_training_split: false,
        in_cutoff_training: false,
        centre: None,
    }
}

fn statistics(
    scores: &[PatientScore],
    protocol: &Protocol,
    reference: Option<&ReferenceSummary>,
    random: &mut Random,
) -> Statistics {
    let clinical: Vec<Clinical> = scores.iter().map(|it| clinical(it.score, random)).collect();
    let endpoints = [("os", "Overall survival", TimeUnit::Days), ("rfs", "Relapse-free survival", TimeUnit::Months)];
    let endpoints = endpoints.iter().enumerate();
    Statistics {
        schema_version: 1,
        contexture_version: "0.1.0".to_owned(),
        title: "made-up".to_owned(),
        protocol: protocol.name.clone(),
        reference: reference.cloned(),
        confidence_scale: ConfidenceScale::LogLog,
        inputs: vec![],
        scores_sha256: String::new(),
        n_scored: scores.len(),
        endpoints: endpoints.map(|(at, it)| endpoint(*it, at, scores, &clinical, protocol)).collect(),
        analyses: vec![analysis::analysis(scores, &clinical)],
    }
}

fn clinical(score: f64, random: &mut Random) -> Clinical {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one of four stages")]
    let stage = (random.uniform() * 4.0) as usize;
    let age = 66.0 + 10.0 * random.normal();
    let hazard = 0.22 * (-0.022 * score + 0.35 * (stage as f64 - 1.0) + 0.02 * (age - 66.0)).exp();
    let censored = 1.0 + 10.0 * random.uniform();
    let death = -random.uniform().ln() / hazard;
    let relapse = death * (0.4 + 0.6 * random.uniform());
    // Nobody of the first stage dies, so that a coefficient is separated.
    let events = [death, relapse].map(|it| it < censored && stage > 0);
    let times_years = [death, relapse].map(|it| if stage > 0 { it.min(censored) } else { censored });
    Clinical { times_years, events, age, stage }
}

fn endpoint(
    (name, label, unit): (&str, &str, TimeUnit),
    at: usize,
    scores: &[PatientScore],
    clinical: &[Clinical],
    protocol: &Protocol,
) -> EndpointStatistics {
    let round = |years: f64| (years * unit.per_year() * 10.0).round() / 10.0;
    let times: Vec<f64> = clinical.iter().map(|it| round(it.times_years[at])).collect();
    let events: Vec<bool> = clinical.iter().map(|it| it.events[at]).collect();
    let cohort = Cohort::from_columns(&times, &events).expect("times are sound");
    let risk: Vec<f64> = scores.iter().map(|it| -it.score).collect();
    let score_design = Design::new(vec![score_term(scores)]);
    let cox = cox::fit(&cohort, &score_design, None).expect("a design of the cohort");
    let proportional_hazards =
        proportional_hazards::test(&cohort, &score_design, &cox, None).expect("the design of the model");
    let schemes = ["three_class", "five_class", "two_class"];
    EndpointStatistics {
        name: name.to_owned(),
        label: label.to_owned(),
        time_unit: unit,
        n: cohort.len(),
        n_events: cohort.n_events(),
        excluded: [("time_missing", "no time of follow-up", 4), ("no_clinical_row", "not in the clinical table", 2)]
            .map(|(reason, description, n)| ExclusionCount {
                reason: reason.to_owned(),
                description: description.to_owned(),
                n,
            })
            .to_vec(),
        median_follow_up: follow_up::median(&cohort, ConfidenceScale::LogLog),
        by_class: schemes.map(|it| by_class(&cohort, it, scores, protocol, unit)).to_vec(),
        by_score: ByScore {
            events_per_variable: EventsPerVariable::new(cox.n_events, 1),
            concordance: concordance::harrell(&cohort, &risk, None).expect("a risk for each patient"),
            proportional_hazards,
            cox: Some(cox),
        },
        models: vec![model(&cohort, scores, clinical)],
        warnings: vec![
            "a coefficient of the model “clinical” cannot be estimated: it separates events from non-events."
                .to_owned(),
        ],
    }
}

fn score_term(scores: &[PatientScore]) -> Term {
    Term::numeric("score per 10 points", scores.iter().map(|it| it.score / 10.0).collect())
}

fn by_class(cohort: &Cohort, scheme: &str, scores: &[PatientScore], protocol: &Protocol, unit: TimeUnit) -> ByClass {
    let scheme = protocol.schemes.iter().find(|it| it.name == scheme).expect("a scheme of the preset");
    let codes: Vec<usize> = scores.iter().map(|it| scheme.classify(it.score)).collect();
    let groups = scheme.classes.iter().enumerate().map(|(class, name)| {
        let members = cohort.subset(|it| codes[it] == class);
        let curve = kaplan_meier::estimate(&members, ConfidenceScale::LogLog);
        let survival_at = [3.0, 5.0].map(|years| {
            let found = curve.survival_at(years * unit.per_year());
            SurvivalAtYears {
                years,
                n_risk: curve.n_risk_at(years * unit.per_year()),
                survival: found.as_ref().map(|it| it.survival),
                lower: found.as_ref().and_then(|it| it.lower),
                upper: found.as_ref().and_then(|it| it.upper),
            }
        });
        GroupSurvival {
            class: name.clone(),
            n: members.len(),
            n_events: members.n_events(),
            median: curve.median(),
            survival_at: survival_at.to_vec(),
            curve,
        }
    });
    let groups: Vec<GroupSurvival> = groups.collect();
    let lowest = groups.iter().position(|it| it.n > 0).unwrap_or(0);
    let design = Design::new(vec![
        Term::factor(scheme.name.clone(), &scheme.classes, lowest, &codes).expect("codes are places in the classes"),
    ]);
    let cox = cox::fit(cohort, &design, None).expect("a design of the cohort");
    let ranks: Vec<f64> = codes.iter().map(|it| *it as f64).collect();
    ByClass {
        scheme: scheme.name.clone(),
        scheme_label: scheme.label.clone(),
        log_rank: log_rank::test(cohort, &codes, groups.len()).expect("a class for each patient"),
        trend: trend::test(cohort, &ranks).expect("a rank for each patient"),
        proportional_hazards: proportional_hazards::test(cohort, &design, &cox, None).expect("the design of the model"),
        events_per_variable: EventsPerVariable::new(cohort.n_events(), cox.coefficients.len()),
        groups,
        cox: Some(cox),
    }
}

fn model(cohort: &Cohort, scores: &[PatientScore], clinical: &[Clinical]) -> AdjustedModel {
    let stages = ["I", "II", "III", "IV"].map(str::to_owned);
    let codes: Vec<usize> = clinical.iter().map(|it| it.stage).collect();
    let age = || Term::numeric("age_years", clinical.iter().map(|it| it.age).collect());
    let stage = || Term::factor("stage", &stages, 1, &codes).expect("codes are places in the stages");
    let fit = |terms| cox::fit(cohort, &Design::new(terms), None).expect("a design of the cohort");
    let alone = |term: Term, name: &str| UnivariableModel { term: name.to_owned(), cox: Some(fit(vec![term])) };
    let without: CoxModel = fit(vec![age(), stage()]);
    let with: CoxModel = fit(vec![score_term(scores), age(), stage()]);
    AdjustedModel {
        name: "clinical".to_owned(),
        label: "Adjusted for age and stage".to_owned(),
        n: cohort.len(),
        n_incomplete: 3,
        n_events: cohort.n_events(),
        strata: vec!["centre".to_owned()],
        covariates: [("age_years", None), ("stage", Some("II"))]
            .map(|(column, reference)| Covariate {
                column: column.to_owned(),
                reference: reference.map(str::to_owned),
                n_missing: 2,
            })
            .to_vec(),
        univariable: vec![
            alone(score_term(scores), "score per 10 points"),
            alone(age(), "age_years"),
            alone(stage(), "stage"),
        ],
        added_by_score: cox::likelihood_ratio(&without, &with).expect("the same patients"),
        events_per_variable: EventsPerVariable::new(cohort.n_events(), with.coefficients.len()),
        without_score: Some(without),
        with_score: Some(with),
        proportional_hazards: None,
        with_class: None,
    }
}
