use std::fmt::Write as _;

use contexture::model::TieRule;
use contexture::protocol::{PRESETS, Protocol, ProtocolChoice, Sign};

use super::{SCORE, first, patient, preset, score_and_class, scored, study};

/// The protocol with cut-offs, and signs.
fn given(name: &str, cutoffs: &[(&str, f64)], signs: &[(&str, Sign)]) -> Protocol {
    let choice = ProtocolChoice {
        cutoffs: cutoffs.iter().map(|it| (it.0.to_owned(), it.1)).collect(),
        signs: signs.iter().map(|it| (it.0.to_owned(), it.1)).collect(),
        ..ProtocolChoice::default()
    };
    let protocol = preset(name).changed(&choice).expect("components of the protocol");
    assert_eq!((protocol.check(), protocol.lacks()), (None, None));
    protocol
}

#[track_caller]
fn assert_score(protocol: &Protocol, values: &[f64], score: f64, class: &str) {
    let found = score_and_class(protocol, values);
    assert!((found.0 - score).abs() < 1e-9, "{}: {} is not {score}", protocol.name, found.0);
    assert_eq!(found.1, class, "{}", protocol.name);
}

/// Percentiles in 10, 20, 20, 30, …, 90: of 5 it is 0, of 20 it is 20, of 65 it is 70, of 95 it is 100.
#[test]
fn means_of_percentiles() {
    assert_score(&preset("consensus"), &[20.0, 65.0, 5.0, 95.0], 47.5, "Intermediate");
    assert_score(&preset("tb"), &[20.0, 65.0, 5.0, 95.0], 47.5, "Intermediate");
    assert_score(&preset("metastases"), &[20.0, 20.0, 5.0, 5.0], 10.0, "Low");
    assert_score(&preset("biopsy"), &[95.0, 65.0], 85.0, "High");
}

/// Of the four shares of tumour cells that have a T cell near them.
#[test]
fn mean_percentiles_of_proximities() {
    assert_score(&preset("t-cell-proximity"), &[20.0, 65.0, 5.0, 95.0], 47.5, "Intermediate");
    assert_score(&preset("t-cell-proximity"), &[95.0, 95.0, 95.0, 65.0], 92.5, "High");
}

#[test]
fn an_adverse_component_counts_its_reversed_percentile() {
    let mut protocol = given("consensus", &[], &[("CD8 IM", Sign::Adverse)]);
    protocol.name = "signed".to_owned();
    // 20, 70, 0, and 100 - 100.
    assert_score(&protocol, &[20.0, 65.0, 5.0, 95.0], 22.5, "Low");
}

#[test]
fn sums_of_dichotomised_densities() {
    for (name, marker) in
        [("i0-i4", ["CD3", "CD8"]), ("i0-i4-cd3-cd45ro", ["CD3", "CD45RO"]), ("i0-i4-cd8-cd45ro", ["CD8", "CD45RO"])]
    {
        let [a, b] = marker;
        let names = [format!("{a} CT"), format!("{a} IM"), format!("{b} CT"), format!("{b} IM")];
        let cutoffs: Vec<(&str, f64)> = names.iter().map(|it| (it.as_str(), 100.0)).collect();
        let protocol = given(name, &cutoffs, &[]);
        // A density that is equal to its cut-off is low.
        assert_score(&protocol, &[100.1, 100.0, 99.0, 500.0], 2.0, "I2");
        assert_score(&protocol, &[0.0, 0.0, 0.0, 0.0], 0.0, "I0-1");
        assert_score(&protocol, &[101.0, 101.0, 101.0, 101.0], 4.0, "I3-4");
    }
}

#[test]
fn macrophages_count_when_favourable_ones_are_high_and_adverse_ones_are_not() {
    let favourable = Sign::Favourable;
    let cutoffs = [("CD68 CT", 50.0), ("CD68 IM", 50.0), ("CD163 CT", 50.0), ("CD163 IM", 50.0)];
    let protocol = given("macrophage", &cutoffs, &[("CD68 CT", favourable), ("CD68 IM", favourable)]);
    assert_score(&protocol, &[60.0, 40.0, 40.0, 60.0], 2.0, "2");
    assert_score(&protocol, &[60.0, 60.0, 40.0, 40.0], 4.0, "4");
}

#[test]
fn the_template_counts_five_variables() {
    let names = [
        "CD8 without PD-L1 near TUMOR",
        "CD8 clusters TUMOR",
        "CD8 near PD-L1 TUMOR",
        "CD8 TUMOR",
        "PD-L1 near CD8 TUMOR",
    ];
    let cutoffs = names.map(|it| (it, 10.0));
    let signs = names.map(|it| (it, if it.starts_with("PD-L1") { Sign::Adverse } else { Sign::Favourable }));
    assert_score(&given("ic-template", &cutoffs, &signs), &[11.0, 9.0, 11.0, 11.0, 11.0], 3.0, "3");
}

#[test]
fn percents_are_scores_of_their_own() {
    for (name, value, class) in [
        ("tnm-i-nsclc", 25.0, "Low"),
        ("tnm-i-nsclc", 50.0, "Intermediate"),
        ("tnm-i-nsclc", 51.0, "High"),
        ("stils", 10.0, "Low"),
        ("stils", 11.0, "Intermediate"),
        ("stils", 60.0, "High"),
        ("pd-l1-ic", 0.9, "IC0"),
        ("pd-l1-ic", 1.0, "IC1"),
        ("pd-l1-ic", 5.0, "IC2"),
        ("pd-l1-ic", 10.0, "IC3"),
        ("pd-l1-tap", 4.9, "Below 5"),
        ("pd-l1-tap", 5.0, "5 or more"),
        ("pd-l1-tps", 0.9, "Below 1"),
        ("pd-l1-tps", 1.0, "1 to 49"),
        ("pd-l1-tps", 50.0, "50 or more"),
        ("pd-l1-tc", 49.9, "TC2"),
        ("pd-l1-tc", 50.0, "TC3"),
        ("klintrup-makinen", 1.0, "Low"),
        ("klintrup-makinen", 2.0, "High"),
        ("tls", 0.0, "Absent"),
        ("tls", 0.4, "Present"),
    ] {
        assert_score(&preset(name), &[value], value, class);
    }
}

#[test]
fn weighted_sums() {
    // 10 + 2·20 + 3·30
    assert_score(&preset("h-score"), &[10.0, 20.0, 30.0], 140.0, "Stained");
    assert_score(&preset("h-score"), &[0.0, 0.0, 0.0], 0.0, "Unstained");
    assert_score(&preset("pd-l1-cps"), &[2.0, 5.0, 3.0], 10.0, "10 to below 20");
    // 100 at most.
    assert_score(&preset("pd-l1-cps"), &[80.0, 50.0, 10.0], 100.0, "20 or more");
}

/// Half the smallest value above 0 of the reference is 5.
#[test]
fn ratios() {
    for name in ["ratio-cd8-foxp3", "ratio-cd8-cd3", "ratio-cd8-cd68", "ratio-m1-m2", "ratio-ct-im"] {
        let protocol = preset(name);
        let cohort = scored(&protocol, &[patient("p", &[35.0, 5.0]), patient("q", &[0.0, 75.0])], TieRule::Mid);
        assert_eq!(cohort.ratio_offset, Some(5.0));
        assert!((cohort.score(0).expect("a score") - 2.0).abs() < 1e-12, "log2(40 / 10)");
        assert!((cohort.score(1).expect("a score") + 4.0).abs() < 1e-12, "log2(5 / 80)");
        let cohort = scored(&protocol, &[patient("r", &[0.0, 0.0])], TieRule::Mid);
        assert_eq!(cohort.rejected[0].reason.code(), "score_undefined", "nothing over nothing");
        let (_, class) = score_and_class(&protocol, &[7.0, 7.0]);
        assert!(class.contains("not above"), "{class}");
    }
}

#[test]
fn phenotypes() {
    for (name, first, second) in [("phenotype", "CD8 TUMOR", "CD8 STROMA"), ("phenotype-ct-im", "CD8 CT", "CD8 IM")] {
        let protocol = given(name, &[(first, 100.0), (second, 200.0)], &[]);
        // A density that is equal to its cut-off is enough.
        assert_score(&protocol, &[100.0, 0.0], 2.0, "Inflamed");
        assert_score(&protocol, &[99.0, 200.0], 1.0, "Excluded");
        assert_score(&protocol, &[99.0, 199.0], 0.0, "Desert");
        let mut missing = patient("p", &[500.0, 0.0]);
        missing.components[1] = None;
        let cohort = scored(&protocol, &[missing], TieRule::Mid);
        assert!(cohort.score(0).is_none(), "a missing compartment is not evaluable, even for an inflamed tumour");
        assert_eq!(cohort.rejected[0].reason.code(), "component_missing");
    }
}

#[test]
fn a_phenotype_by_percentiles_of_a_reference() {
    let percentiles = [("CD8 TUMOR", 50.0), ("CD8 STROMA", 50.0)];
    let choice = ProtocolChoice {
        cutoff_percentiles: percentiles.iter().map(|it| (it.0.to_owned(), it.1)).collect(),
        ..ProtocolChoice::default()
    };
    let protocol = preset("phenotype").changed(&choice).expect("components of the protocol");
    assert!(protocol.needs_reference());
    // Of 40, four values are below and one is equal: percentile 45; of 50 it is 55.
    assert_score(&protocol, &[50.0, 5.0], 2.0, "Inflamed");
    assert_score(&protocol, &[40.0, 95.0], 1.0, "Excluded");
    assert_score(&protocol, &[40.0, 40.0], 0.0, "Desert");
}

#[test]
fn maturity_and_microenvironment() {
    assert_score(&preset("tls-maturity"), &[3.0, 1.0, 1.0], 3.0, "Mature TLS");
    assert_score(&preset("tls-maturity"), &[3.0, 1.0, 0.0], 2.0, "No mature TLS");
    assert_score(&preset("tls-maturity"), &[0.0, 0.0, 0.0], 0.0, "No mature TLS");
    assert_score(&preset("gms"), &[2.0, 80.0], 0.0, "GMS 0");
    assert_score(&preset("gms"), &[1.0, 50.0], 1.0, "GMS 1");
    assert_score(&preset("gms"), &[0.0, 51.0], 2.0, "GMS 2");
}

#[test]
fn a_preset_has_an_example_here() {
    let text = include_str!("presets.rs");
    for (name, _) in PRESETS {
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
}

/// From shares in a file, and the tumour cells that they are of, to the score.
#[test]
fn a_proximity_score_from_a_table() {
    let mut table = "patient_id,sample_id,region,marker,percent,n_cells\n".to_owned();
    for at in 0..24 {
        for region in ["CT", "IM"] {
            for (sample, n_tumour_cells) in [("a", 300), ("b", 100)] {
                for marker in ["CD3", "CD8"] {
                    // Three times as many tumour cells have a third of the share of the others.
                    let percent = if sample == "a" { 4.0 / 3.0 } else { 4.0 } * f64::from(at + 1);
                    writeln!(table, "p{at:02},{at}{sample},{region},{marker},{percent},").expect("a line");
                }
                writeln!(table, "p{at:02},{at}{sample},{region},tumour cells,,{n_tumour_cells}").expect("a line");
            }
        }
    }
    let workplace = study(&table, "preset = \"t-cell-proximity\"", "self");
    let said = workplace.finishes(&SCORE);
    assert!(said.contains("exit code 0"), "{said}");
    let rows = workplace.rows("out/profiles.tsv");
    let of_last = rows.iter().find(|it| it["patient_id"] == "p23").expect("a patient");
    assert_eq!((of_last["measure"].as_str(), of_last["n_whole"].as_str()), ("proximity", "400"));
    let value: f64 = of_last["value"].parse().expect("a number");
    // (300 · 32 + 100 · 96) / 400
    assert!((value - 48.0).abs() < 1e-9, "{value}");
    assert_eq!((of_last["n_cells"].as_str(), of_last["value_lower"].as_str()), ("", ""), "no interval by counting");
    assert_eq!(workplace.rows("out/scores.tsv").len(), 24);
    assert_eq!(first(&workplace, "scores", "three_class"), "Low");
    assert!(workplace.read("out/reference.json").contains("\"within_um\": 20.0"));
    workplace.finishes(&["run", "study.toml", "-o", "all"]);
    let why = "shares within a distance have none by counting";
    assert!(workplace.read("all/patients/p23.html").contains(&format!("no interval by counting: {why}")));
    let page = workplace.read("all/cohort.html");
    assert!(page.contains(why));
    assert!(page.contains(
        "A high score means high shares of tumour cells within 20 µm of CD3 and CD8 (core of the tumour, invasive margin), a low \
         score low ones."
    ));
    assert!(page.contains("CD8 IM (share of tumour cells within 20 µm)"));
}

/// From counts of cells in a file to the score and its interval.
#[test]
fn a_combined_positive_score_from_counts() {
    let table = "patient_id,region,marker,n_cells\n\
        p,TUMOR,tumour cells,400\np,TUMOR,PD-L1+ tumour cells,20\np,TUMOR,PD-L1+ lymphocytes,12\np,TUMOR,PD-L1+ macrophages,8\n";
    let workplace = study(table, "preset = \"pd-l1-cps\"", "none");
    let said = workplace.finishes(&SCORE);
    assert!(said.contains("exit code 0"), "{said}");
    assert_eq!(first(&workplace, "scores", "score"), "10");
    assert_eq!(first(&workplace, "scores", "score_unit"), "CPS");
    assert_eq!(first(&workplace, "scores", "five_class"), "10 to below 20");
    assert_eq!(first(&workplace, "scores", "reference"), "");
    assert_eq!(first(&workplace, "scores", "near_cut"), "true", "the cut at 10 lies inside the interval");
    let end = |column| first(&workplace, "scores", column).parse::<f64>().expect("a number");
    assert!(end("score_lower") < 8.5 && end("score_upper") > 11.5);
    assert_eq!(first(&workplace, "scores", "score_lower_reference"), "", "there is no reference");
    assert_eq!(first(&workplace, "profiles", "measure"), "percent_of_cells");
    assert!(workplace.read("out/profiles.tsv").contains("\tper_100_cells\t"));
    assert!(!workplace.path("out/reference.json").exists());
}
