/// References whose values are of samples.
mod referenced;
/// What the tables and pages say of them.
mod reported;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contexture::model::TieRule;
use contexture::protocol::Pooling;

use super::{SCORE, patient, preset, scored, study};
use crate::command::Workplace;

const COMPONENTS: [(&str, &str); 4] = [("CT", "CD3"), ("IM", "CD3"), ("CT", "CD8"), ("IM", "CD8")];

/// Patient, sample, and the density of each component; absent where it was not measured.
type Lesion = (String, String, [Option<f64>; 4]);

/// 40 patients with 1 to 4 metastases, whose CD8 is much lower than their CD3 and does not go with it.
fn lesions() -> Vec<Lesion> {
    let mut state = 12_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let mut lesions = Vec::new();
    for at in 0..40 {
        for lesion in 0..=at % 4 {
            let mut density = |scale: f64| Some((scale * uniform()).round());
            let mut measured = [density(3000.0), density(3000.0), density(60.0), density(60.0)];
            // One that lacks a component, and would have the lowest score by the others.
            if at == 7 && lesion == 2 {
                measured = [Some(0.0), Some(0.0), None, Some(0.0)];
            }
            lesions.push((format!("p{at:02}"), format!("p{at:02}-{lesion}"), measured));
        }
    }
    lesions
}

fn table(lesions: &[Lesion]) -> String {
    let mut text = "patient_id,sample_id,region,marker,cells_per_mm2\n".to_owned();
    for (patient, sample, densities) in lesions {
        for ((region, marker), density) in COMPONENTS.iter().zip(densities) {
            if let Some(density) = density {
                writeln!(text, "{patient},{sample},{region},{marker},{density}").expect("a string takes it");
            }
        }
    }
    text
}

/// The mean of the mid-rank percentiles of a complete lesion among all complete ones.
fn score(lesion: &Lesion, all: &[Lesion]) -> Option<f64> {
    let complete: Vec<&Lesion> = all.iter().filter(|it| it.2.iter().all(Option::is_some)).collect();
    let percentile = |at: usize| {
        let value = lesion.2[at]?;
        let reference = || complete.iter().filter_map(|it| it.2[at]);
        let below = reference().filter(|it| *it < value).count() as f64;
        let through = reference().filter(|it| *it <= value).count() as f64;
        Some(f64::midpoint(below, through) / complete.len() as f64 * 100.0)
    };
    let percentiles: Option<Vec<f64>> = (0..4).map(percentile).collect();
    Some(percentiles?.iter().sum::<f64>() / 4.0)
}

fn number(cell: &str) -> f64 {
    cell.parse().unwrap_or_else(|_| panic!("{cell:?} is no number"))
}

/// Pitfall 7: several metastases. Each is scored, and the lowest score is the patient's, by either of which the tables agree.
#[test]
fn of_several_metastases_the_one_with_the_lowest_score_decides() {
    for (pooling, takes) in
        [("", f64::min as fn(f64, f64) -> f64), ("\npooling = \"most_infiltrated_block\"", f64::max)]
    {
        let lesions = lesions();
        let workplace = study(&table(&lesions), &format!("preset = \"metastases\"{pooling}"), "self");
        let said = workplace.finishes(&SCORE);
        assert!(said.contains("read 40 patients, scored 40, rejected 0"), "{said}");

        let mut expected: BTreeMap<&str, f64> = BTreeMap::new();
        for lesion in &lesions {
            if let Some(score) = score(lesion, &lesions) {
                expected.entry(&lesion.0).and_modify(|it| *it = takes(*it, score)).or_insert(score);
            }
        }
        let scores = workplace.rows("out/scores.tsv");
        assert_eq!(scores.len(), 40);
        for row in &scores {
            let (found, expected) = (number(&row["score"]), expected[row["patient_id"].as_str()]);
            assert!((found - expected).abs() < 1e-9, "{}: {found} is not {expected}", row["patient_id"]);
        }

        let samples = workplace.rows("out/sample_scores.tsv");
        assert_eq!(samples.len(), lesions.len(), "every lesion is listed");
        let mut n_other_than_by_mean = 0;
        for (row, lesion) in samples.iter().zip(&lesions) {
            assert_eq!((&row["patient_id"], &row["sample_id"]), (&lesion.0, &lesion.1));
            match score(lesion, &lesions) {
                Some(expected) => assert!((number(&row["score"]) - expected).abs() < 1e-9),
                None => assert_eq!([&row["score"], &row["three_class"], &row["n_components"]], ["", "", "3"]),
            }
            if row["decides"] == "true" {
                let of_patient = scores.iter().find(|it| it["patient_id"] == row["patient_id"]).expect("scored");
                assert_eq!(row["score"], of_patient["score"]);
                assert_eq!(row["three_class"], of_patient["three_class"]);
                let density = |at: usize| lesion.2[at].expect("complete");
                let profile = workplace.rows("out/profiles.tsv");
                let profile: Vec<f64> = profile
                    .iter()
                    .filter(|it| it["patient_id"] == lesion.0)
                    .map(|it| number(&it["cells_per_mm2"]))
                    .collect();
                assert_eq!(profile, (0..4).map(density).collect::<Vec<f64>>(), "the lesion's own densities");
                let mean = |it: &Lesion| it.2.iter().flatten().sum::<f64>();
                let complete = lesions.iter().filter(|it| it.0 == lesion.0 && it.2.iter().all(Option::is_some));
                let by_mean = complete.map(mean).reduce(takes).expect("it is one of them");
                n_other_than_by_mean += usize::from(by_mean.to_bits() != mean(lesion).to_bits());
            }
        }
        assert_eq!(samples.iter().filter(|it| it["decides"] == "true").count(), 40);
        assert!(n_other_than_by_mean > 5, "the mean of densities would choose others: {n_other_than_by_mean}");
    }
}

#[test]
fn a_reference_of_samples_says_so_and_scores_each_as_the_cohort_did() {
    let lesions = lesions();
    let workplace = study(&table(&lesions), "preset = \"metastases\"", "self");
    workplace.finishes(&SCORE);
    let fit = ["reference", "fit", "densities.csv", "--protocol", "metastases", "--name", "ours", "--description", "d"];
    let said = workplace.finishes(&[&fit[..], &["-o", "ours.json"]].concat());
    assert!(said.contains("40 patients with 99 samples"), "{said}");
    let shown = workplace.finishes(&["reference", "show", "ours.json"]);
    assert!(shown.contains("40 with 99 samples"), "{shown}");

    workplace.finishes(&["score", "densities.csv", "--reference", "ours.json", "-o", "frozen"]);
    let of = |folder: &str| workplace.rows(&format!("{folder}/sample_scores.tsv"));
    let scores = |folder: &str| of(folder).into_iter().map(|it| it["score"].clone()).collect::<Vec<_>>();
    assert_eq!(scores("out"), scores("frozen"));
}

#[test]
fn a_patient_without_a_complete_sample_is_rejected_by_the_one_with_the_most() {
    let mut lesions = lesions();
    lesions.push(("q".to_owned(), "q-a".to_owned(), [Some(1.0), None, None, None]));
    lesions.push(("q".to_owned(), "q-b".to_owned(), [Some(1.0), Some(1.0), None, Some(1.0)]));
    let workplace = study(&table(&lesions), "preset = \"metastases\"", "self");
    workplace.finishes(&SCORE);
    let rejected = workplace.rows("out/rejected.tsv");
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0]["found"], "CD8 CT: no measurement on sample 'q-b'");
    assert_eq!(rejected[0]["expected"], "a density of every component on one sample");
}

#[test]
fn the_page_of_a_patient_lists_the_samples() {
    let workplace = study(&table(&lesions()), "preset = \"metastases\"", "self");
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    let page = workplace.read("out/patients/p07.html");
    for expected in ["Samples", "the one with the lowest score", "3 of 4", "no score", "p07-3"] {
        assert!(page.contains(expected), "{expected}");
    }
    // One step after the other gives the same page.
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    workplace.finishes(&["report", "study.toml", "--scored", "scored", "-o", "reported"]);
    assert_eq!(page, workplace.read("reported/patients/p07.html"));
}

#[test]
fn of_samples_with_the_same_score_the_first_decides() {
    let rows = "patient_id,sample_id,region,marker,cells_per_mm2\n".to_owned();
    let twins = |sample: &str| {
        let row = |(region, marker): &(&str, &str)| format!("x,{sample},{region},{marker},5\n");
        COMPONENTS.iter().map(row).collect::<String>()
    };
    let others = table(&lesions()).split_once('\n').expect("a header").1.to_owned();
    let workplace = study(&(rows + &twins("b") + &twins("a") + &others), "preset = \"metastases\"", "self");
    workplace.finishes(&SCORE);
    let samples = workplace.rows("out/sample_scores.tsv");
    let decides: Vec<&str> = samples
        .iter()
        .filter(|it| it["patient_id"] == "x" && it["decides"] == "true")
        .map(|it| it["sample_id"].as_str())
        .collect();
    assert_eq!(decides, ["a"]);
}

#[test]
fn cut_offs_are_not_learned_where_they_would_choose_the_samples() {
    let protocol = "schema_version = 1\nname = \"own\"\ntitle = \"t\"\ncitation = \"c\"\nmarkers = [\"CD3\", \"CD8\"]\nregions = [\"CT\", \
                    \"IM\"]\naggregator = \"sum_of_dichotomised\"\npooling = \"least_infiltrated_block\"\nprimary_scheme = \
                    \"two_class\"\n[[schemes]]\nname = \"two_class\"\nlabel = \"two\"\nclasses = [\"Low\", \
                    \"High\"]\nupper_ends = [2]\n";
    let workplace =
        Workplace::with_files([("own.toml", protocol), ("d.csv", &table(&lesions())), ("c.csv", "patient_id\n")]);
    let said = workplace.refuses(&[
        "protocol", "train", "own.toml", "d.csv", "c.csv", "--time", "t", "--event", "e=1", "--unit", "days", "-o",
        "new.toml",
    ]);
    assert!(said.contains("the sample with the lowest score decides"), "{said}");
}

/// Measurements without samples, as a program may hand them over, are scored as they are.
#[test]
fn measurements_of_patients_are_scored_as_they_are() {
    let protocol = preset("metastases");
    assert_eq!(protocol.pooling, Pooling::LeastInfiltratedBlock);
    let cohort = scored(&protocol, &[patient("p", &[20.0, 65.0, 5.0, 95.0])], TieRule::Mid);
    assert!(cohort.samples().is_none());
    assert!((cohort.scores().next().expect("a score").score - 47.5).abs() < 1e-12);
}

/// Samples of few patients are no cohort, however many they are.
#[test]
fn references_count_patients_where_values_are_of_samples() {
    let of_patients = |n: usize| {
        let lesions: Vec<Lesion> =
            (0..n * 5).map(|it| (format!("p{:02}", it / 5), format!("{it}"), [Some(it as f64 + 1.0); 4])).collect();
        Workplace::with_files([("d.csv", &table(&lesions))])
    };
    let fit = |workplace: &Workplace, more: &[&str]| {
        let fit = ["reference", "fit", "d.csv", "--protocol", "metastases", "--name", "r", "--description", "d"];
        workplace.run(&[&fit[..], &["-o", "r.json"], more].concat())
    };
    let said = fit(&of_patients(4), &[]);
    assert!(said.contains("4 patients of the training cohort can make a reference, at least 20 are needed"), "{said}");
    let said = fit(&of_patients(25), &["--quantiles", "6"]);
    assert!(
        said.contains("up to 5 of one patient: so that 5 patients stand behind each quantile they make 5 at most"),
        "{said}"
    );
    let said = fit(&of_patients(25), &["--quantiles", "5"]);
    assert!(said.contains("is of samples of 25 patients; below 120, percentiles are unstable"), "{said}");
}

/// Four samples before and one after, all alike: the lowest of four is no change.
#[test]
fn a_change_is_of_all_samples_of_a_time() {
    let mut text = "patient_id,sample_id,time,region,marker,n_cells,area_mm2\n".to_owned();
    for patient in 0..30 {
        for (sample, (time, cells)) in [("a", 10), ("a", 20), ("a", 30), ("a", 40), ("b", 25)].into_iter().enumerate() {
            for (region, marker) in COMPONENTS {
                let n = cells + patient % 3;
                writeln!(text, "p{patient:02},p{patient:02}-{sample},{time},{region},{marker},{n},1")
                    .expect("a string");
            }
        }
    }
    let more =
        "preset = \"metastases\"\n[contexture]\n[contexture.paired]\ncolumn = \"time\"\nbefore = \"a\"\nafter = \"b\"";
    let workplace = study(&text, more, "self");
    workplace.finishes(&SCORE);
    for row in workplace.rows("out/contexture_change_cohort.tsv") {
        assert!((number(&row["ratio"]) - 1.0).abs() < 1e-9, "{row:?}");
    }
}
