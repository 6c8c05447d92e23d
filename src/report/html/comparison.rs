//! The page of a comparison of raters.

mod classes;
mod lists;

use askama::Template as _;

use super::document::{Block, Cell, Section, SectionPage, Table};
use super::patient::Tile;
use super::{RESEARCH_USE_ONLY, VERSION};
use crate::agreement::categories::Kappa;
use crate::agreement::correlation::Correlation;
use crate::agreement::intraclass::IntraclassCorrelation;
use crate::agreement::measurements::Scale;
use crate::agreement::within_subject::WithinSubjectVariation;
use crate::report::figures::Figure;
use crate::report::format::{self, ABSENT, left_out_for_zero, or_dash};
use crate::report::palette;
use crate::report::summary::{bias_and_limits, compared, n_compared, with_unit};
use crate::score::comparison::{AgreementReport, AllAgreement, MeasureAgreement, PairAgreement, Verdict};

/// More plots of one measure than this are folded away.
const MOST_PLOTS: usize = 3;

const NO_AGREEMENT_BY_CORRELATION: &str = "A correlation alone is no agreement: who always counts twice as much correlates \
    perfectly. Bias says by how much one differs from the other in the mean; limits of agreement, by how much they may differ in \
    one patient. What is acceptable is for the use to say, before it is measured; no number here is good or bad by itself.";

/// The page of a comparison, with the plots of each measure, one a pair of raters.
pub fn render(report: &AgreementReport, plots: &[Vec<Option<Figure>>]) -> String {
    let mut sections = vec![overview(report)];
    let measures = report.measures.iter().zip(plots).enumerate();
    sections.extend(measures.map(|(at, (measure, plots))| of_measure(at, measure, plots)));
    sections.extend(classes::sections(report));
    sections.extend(lists::not_compared(report));
    sections.push(lists::methods(report));
    let names: Vec<&str> = report.raters.iter().map(|it| it.label.as_str()).collect();
    let title = format!("Agreement: {}", names.join(", "));
    let what = report.protocol.as_ref().map_or_else(
        || "Measurements of the same patients".to_owned(),
        |it| format!("Measurements and scores of the same patients, by protocol {it}"),
    );
    let page = SectionPage {
        version: VERSION,
        about: "Agreement of measurements",
        parent: None,
        title: &title,
        subtitle: &what,
        research_use_only: RESEARCH_USE_ONLY,
        disclaimer: "How measurements agree says nothing of whether they are right.",
        warnings: report.warnings.clone(),
        tiles: tiles(report),
        sections: &sections,
    };
    page.render().expect("a template that compiles writes to a string")
}

fn tiles(report: &AgreementReport) -> Vec<Tile> {
    let tile = |number: String, text: &str| Tile { number, text: text.to_owned(), color: palette::NEUTRAL.to_owned() };
    let mut tiles = vec![
        tile(format::count(report.raters.len()), "compared with each other"),
        tile(format::count(report.n_in_all), "patients in all of them"),
    ];
    let of_primary = report.schemes.first().and_then(|it| Some((it, it.pairs.first()?.agreement.as_ref()?)));
    if let (Some((scheme, agreement)), 2) = (of_primary, report.raters.len()) {
        let text = format!("in the same class ({})", scheme.label);
        tiles.push(tile(format::percent_of(agreement.n_agreeing, agreement.n_patients), &text));
    }
    tiles.push(tile(format::count(report.not_compared.len()), "patients, components and values not compared"));
    tiles
}

fn intraclass(it: Option<IntraclassCorrelation>) -> String {
    or_dash(it, |it| format::correlation_with_interval(it.estimate, Some(it.lower), Some(it.upper)))
}

fn kappa(it: Option<Kappa>) -> String {
    or_dash(it, |it| format::correlation_with_interval(it.kappa, Some(it.lower), Some(it.upper)))
}

fn verdict_cell(verdict: Option<Verdict>) -> Cell {
    let Some(verdict) = verdict else { return Cell::text(ABSENT) };
    let color = match verdict {
        Verdict::Within => palette::class(1, 2),
        Verdict::NotShown => palette::MUTED.to_owned(),
        Verdict::Beyond => palette::class(0, 2),
    };
    Cell::Class { name: verdict.description().to_owned(), color }
}

fn overview(report: &AgreementReport) -> Section {
    let has_verdict = report.verdict().is_some();
    let mut columns: Vec<String> =
        ["Measure", "Compared", "#Patients", "#Bias (95 %)", "#Limits of agreement", "#ICC(2,1) (95 %)"]
            .map(str::to_owned)
            .to_vec();
    columns.extend(has_verdict.then(|| "Verdict".to_owned()));
    let caption = "One row a measure and pair: ratios of densities and counts; differences of scores, percents and grades, in \
                   the unit of each";
    let mut table = Table::with_columns(caption, columns);
    for measure in &report.measures {
        for pair in &measure.pairs {
            let [bias, limits] = bias_and_limits(&pair.statistics);
            let mut row: Vec<Cell> = [
                with_unit(measure),
                compared(measure, pair),
                n_compared(&pair.statistics),
                bias,
                limits,
                intraclass(pair.statistics.intraclass.map(|it| it.agreement)),
            ]
            .map(Cell::Text)
            .to_vec();
            row.extend(has_verdict.then(|| verdict_cell(pair.verdict)));
            table.push(row);
        }
    }
    let is_scored = report.protocol.is_some();
    let mut columns = ["Name", "#Patients"].map(str::to_owned).to_vec();
    columns.extend(is_scored.then(|| "#With a full score".to_owned()));
    let mut raters = Table::with_columns("Who is compared", columns);
    for it in &report.raters {
        let mut row = vec![it.label.clone(), format::count(it.n_patients)];
        row.extend(is_scored.then(|| or_dash(it.n_scored, format::count)));
        raters.push_texts(row);
    }
    let mut blocks =
        vec![Block::Paragraph(NO_AGREEMENT_BY_CORRELATION.to_owned()), Block::Table(table), Block::Table(raters)];
    let stated = [
        report.acceptable.ratio.map(|it| format!("a ratio of {} either way", format::limit(it))),
        report
            .acceptable
            .points
            .map(|it| format!("a difference of {} either way, in the unit of each measure", format::limit(it))),
    ];
    let stated: Vec<String> = stated.into_iter().flatten().collect();
    blocks.push(Block::Note(if stated.is_empty() {
        "No limit was stated as acceptable, so there is no verdict.".to_owned()
    } else {
        format!(
            "Stated as acceptable: {}. Within: both limits of agreement with their 95 % intervals, and nobody has 0 by one alone; \
             beyond: a limit lies outside; not shown: otherwise, for want of patients, for zeros, or since differences do not vary \
             and so say nothing of other patients.",
            stated.join(", ")
        )
    }));
    Section::new("overview", "Overview", blocks)
}

fn of_measure(at: usize, measure: &MeasureAgreement, plots: &[Option<Figure>]) -> Section {
    let plots: Vec<Block> = plots.iter().flatten().cloned().map(Block::Figure).collect();
    let mut blocks = Vec::new();
    if plots.len() > MOST_PLOTS {
        blocks.push(Block::Details(format!("{} plots, one a pair", format::count(plots.len())), plots));
    } else {
        blocks.extend(plots);
    }
    blocks.extend([Block::Table(differences(measure)), Block::Table(correlations(measure))]);
    blocks.extend(measure.all.as_ref().map(|all| Block::Table(at_once(measure, all))));
    blocks.extend(zeros(measure).map(Block::Note));
    Section::new(format!("measure-{}", at + 1), measure.title(), blocks)
}

fn differences(measure: &MeasureAgreement) -> Table {
    let is_ratio = measure.scale == Scale::Ratio;
    let caption = if is_ratio {
        format!(
            "Ratios of the second to the first, with 95 % intervals; medians of the first and the second in {}",
            measure.unit
        )
    } else {
        format!(
            "Differences, second less first, with 95 % intervals, in {}; medians of the first and the second in {}",
            format::unit_of_difference(&measure.unit),
            format::without_parentheses(&measure.unit)
        )
    };
    let columns = ["Compared", "#Patients", "#Medians", "#Bias", "#Lower limit", "#Upper limit", "#Slope", "#p"];
    let mut table = Table::new(caption, columns);
    for pair in &measure.pairs {
        let statistics = &pair.statistics;
        let median = |it: f64| if is_ratio { format::density(it) } else { format::points(it) };
        let medians = or_dash(statistics.medians, |it| format!("{}, {}", median(it[0]), median(it[1])));
        let [bias, lower, upper] = format::limits_of_agreement(statistics)
            .map_or_else(|| [ABSENT; 3].map(str::to_owned), |it| [it.bias, it.lower, it.upper]);
        let slope = statistics.proportional_bias();
        table.push_texts(vec![
            compared(measure, pair),
            n_compared(statistics),
            medians,
            bias,
            lower,
            upper,
            or_dash(slope, |it| {
                format::correlation_with_interval(it.slope.estimate, Some(it.slope.lower), Some(it.slope.upper))
            }),
            or_dash(slope.and_then(|it| it.p_value), format::p_value),
        ]);
    }
    table
}

fn correlations(measure: &MeasureAgreement) -> Table {
    let of = if measure.scale == Scale::Ratio { " of logarithms; Spearman of values" } else { "" };
    let caption = format!("Correlations{of}, with 95 % intervals");
    let mut columns: Vec<String> =
        ["Compared", "#ICC(1,1)", "#ICC(2,1)", "#ICC(3,1)", "#Lin’s concordance", "#Pearson", "#Spearman"]
            .map(str::to_owned)
            .to_vec();
    let is_ratio = measure.scale == Scale::Ratio;
    columns.extend(is_ratio.then(|| "#CV within patients".to_owned()));
    let mut table = Table::with_columns(caption, columns);
    for pair in &measure.pairs {
        let it = &pair.statistics;
        let plain = |it: Option<Correlation>| {
            or_dash(it, |it| format::correlation_with_interval(it.correlation, it.lower, it.upper))
        };
        let mut row = vec![
            compared(measure, pair),
            intraclass(it.intraclass.map(|it| it.one_way)),
            intraclass(it.intraclass.map(|it| it.agreement)),
            intraclass(it.intraclass.map(|it| it.consistency)),
            or_dash(it.concordance.map(|it| it.concordance), |it| {
                format::correlation_with_interval(it.estimate, Some(it.lower), Some(it.upper))
            }),
            plain(it.pearson),
            plain(it.spearman),
        ];
        row.extend(is_ratio.then(|| variation(it.within_subject)));
        table.push_texts(row);
    }
    table
}

fn variation(it: Option<WithinSubjectVariation>) -> String {
    or_dash(it, |it| {
        let upper = it.upper.map_or_else(|| "not defined".to_owned(), |it| format!("{:.1}", 100.0 * it));
        format!("{} ({:.1}–{upper})", format::percent(it.coefficient_of_variation), 100.0 * it.lower)
    })
}

/// All raters of a measure at once.
fn at_once(measure: &MeasureAgreement, all: &AllAgreement) -> Table {
    let caption = format!("All of {} at once, on the patients whom all measured", all.raters.join(", "));
    let is_ratio = measure.scale == Scale::Ratio;
    let mut columns: Vec<String> =
        ["Measure", "#Patients", "#ICC(1,1)", "#ICC(2,1)", "#ICC(3,1)"].map(str::to_owned).to_vec();
    columns.extend(is_ratio.then(|| "#CV within patients".to_owned()));
    let mut table = Table::with_columns(caption, columns);
    let it = &all.statistics;
    let n = it.n_compared();
    let mut row = vec![
        measure.title().to_owned(),
        format!("{}{}", format::count(n), left_out_for_zero(it.n_patients - n)),
        intraclass(it.intraclass.map(|it| it.one_way)),
        intraclass(it.intraclass.map(|it| it.agreement)),
        intraclass(it.intraclass.map(|it| it.consistency)),
    ];
    row.extend(is_ratio.then(|| variation(it.within_subject)));
    table.push_texts(row);
    table
}

/// What is left out for a 0; absent if nothing is.
fn zeros(measure: &MeasureAgreement) -> Option<String> {
    let of_pair = |pair: &PairAgreement| {
        let zeros = pair.statistics.zeros.filter(|it| it.n_first_zero + it.n_second_zero + it.n_both_zero > 0)?;
        Some(format!(
            "{} and {}: {} with 0 by {0} alone, {} by {1} alone, {} by both",
            pair.first,
            pair.second,
            format::patients(zeros.n_first_zero),
            format::count(zeros.n_second_zero),
            format::count(zeros.n_both_zero)
        ))
    };
    let found: Vec<String> = measure.pairs.iter().filter_map(of_pair).collect();
    (!found.is_empty()).then(|| {
        format!(
            "A 0 has no ratio, and is left out of all but Spearman’s correlation. {}. A patient with 0 by one alone is a \
             disagreement that the limits do not hold.",
            found.join("; ")
        )
    })
}
