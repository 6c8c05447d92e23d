use super::*;
use crate::protocol::Pooling;
use crate::table::{count_column, numbers, of_columns, text};

type Row = (&'static str, &'static str, &'static str, &'static str, Option<u64>, Option<f64>, f64);

fn table(rows: &[Row]) -> DataFrame {
    sorted(&of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|it| Some(it.0))),
        text(SAMPLE_ID, rows.iter().map(|it| Some(it.1))),
        text(REGION, rows.iter().map(|it| Some(it.2))),
        text(MARKER, rows.iter().map(|it| Some(it.3))),
        count_column(N_CELLS, rows.iter().map(|it| it.4)),
        numbers(AREA_MM2, rows.iter().map(|it| it.5)),
        numbers(CELLS_PER_MM2, rows.iter().map(|it| Some(it.6))),
    ]))
}

fn pooled(rows: &[Row], pooling: Pooling) -> Result<Vec<PatientMeasurements>> {
    let mut protocol = Protocol::preset("consensus").unwrap();
    protocol.pooling = pooling;
    pool(&table(rows), &protocol, &BTreeSet::new()).map(|it| in_rows(&it))
}

fn in_rows(patients: &Measurements) -> Vec<PatientMeasurements> {
    (0..patients.len()).map(|it| patients.patient(it)).collect()
}

fn density(patient: &PatientMeasurements, component: usize) -> Option<f64> {
    patient.components[component].as_ref().map(|it| it.amount.get())
}

const TWO_BLOCKS: [Row; 2] =
    [("p", "a", "CT", "CD3", Some(100), Some(0.5), 200.0), ("p", "b", "CT", "CD3", Some(1000), Some(10.0), 100.0)];

#[test]
fn samples_pool_as_cells_over_tissue() {
    let patient = &pooled(&TWO_BLOCKS, Pooling::Pooled).unwrap()[0];
    assert!((density(patient, 0).unwrap() - 104.761_904_761_904_76).abs() < 1e-12);
    assert_eq!(patient.components[0].as_ref().unwrap().n_cells, Some(1100));
    assert_eq!(density(patient, 1), None, "CD3 at the margin was not measured");
}

#[test]
fn densities_pool_as_the_protocol_says() {
    for (pooling, expected) in [(Pooling::Mean, 150.0), (Pooling::Max, 200.0), (Pooling::Min, 100.0)] {
        assert_eq!(density(&pooled(&TWO_BLOCKS, pooling).unwrap()[0], 0), Some(expected), "{pooling:?}");
    }
}

#[test]
fn several_densities_without_counts_cannot_be_summed() {
    let rows = [("p", "a", "CT", "CD3", None, None, 200.0), ("p", "b", "CT", "CD3", None, None, 100.0)];
    let error = pooled(&rows, Pooling::Pooled).unwrap_err().to_string();
    assert!(error.contains("patient 'p' has several samples of CD3 CT"), "{error}");
    let other = [("q", "c", "CT", "CD3", Some(9), Some(1.0), 9.0), ("q", "d", "CT", "CD3", Some(9), Some(1.0), 9.0)];
    let patients = pooled(&[rows.as_slice(), other.as_slice()].concat(), Pooling::Pooled).unwrap();
    assert_eq!(patients[0].absences, [(0, Absence::NotPooled)], "one patient does not stop the others");
    assert_eq!(density(&patients[1], 0), Some(9.0));
}

#[test]
fn samples_that_are_scored_by_themselves_stay_apart() {
    let rows = [
        ("p", "b", "CT", "CD3", None, None, 300.0),
        ("p", "a", "CT", "CD3", None, None, 100.0),
        ("q", "a", "CT", "CD3", None, None, 7.0),
        ("p", "c", "CT", "CD20", None, None, 1.0),
    ];
    for pooling in [Pooling::MostInfiltratedBlock, Pooling::LeastInfiltratedBlock] {
        let found = pooled(&rows, pooling).unwrap();
        let found: Vec<_> =
            found.iter().map(|it| (it.patient_id.as_str(), it.sample_id.as_deref(), density(it, 0))).collect();
        let expected = [
            ("p", Some("a"), Some(100.0)),
            ("p", Some("b"), Some(300.0)),
            ("p", Some("c"), None),
            ("q", Some("a"), Some(7.0)),
        ];
        assert_eq!(found, expected, "{pooling:?}");
    }
}

#[test]
fn a_sample_that_could_not_be_scored_decides_nothing_beside_one_that_can() {
    let rows = [
        ("p", "a", "CT", "CD3", Some(900), Some(9.0), 100.0),
        ("p", "b", "CT", "CD3", Some(150), Some(0.01), 15_000.0),
    ];
    for pooling in [Pooling::Max, Pooling::Mean, Pooling::Min] {
        let patient = &pooled(&rows, pooling).unwrap()[0];
        assert_eq!(density(patient, 0), Some(100.0), "{pooling:?}");
        assert_eq!(patient.components[0].as_ref().unwrap().n_samples, 1);
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let areas = (0..7).map(|it| 0.1 + f64::from(it) / 3.0);
    let row = |(sample, area)| ("p", sample, "CT", "CD3", Some(10), Some(area), 10.0 / area);
    let mut rows: Vec<Row> = ["a", "b", "c", "d", "e", "f", "g"].into_iter().zip(areas).map(row).collect();
    let forward = pooled(&rows, Pooling::Pooled).unwrap();
    rows.reverse();
    assert_eq!(forward, pooled(&rows, Pooling::Pooled).unwrap());
}

/// A table with counts, percents and grades: patient, sample, region, marker, cells, area, percent, grade.
type Mixed =
    (&'static str, &'static str, &'static str, &'static str, Option<u64>, Option<f64>, Option<f64>, Option<f64>);

fn measured(rows: &[Mixed], preset: &str) -> Result<Vec<PatientMeasurements>> {
    let frame = of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|it| Some(it.0))),
        text(SAMPLE_ID, rows.iter().map(|it| Some(it.1))),
        text(REGION, rows.iter().map(|it| Some(it.2))),
        text(MARKER, rows.iter().map(|it| Some(it.3))),
        count_column(N_CELLS, rows.iter().map(|it| it.4)),
        numbers(AREA_MM2, rows.iter().map(|it| it.5)),
        numbers(CELLS_PER_MM2, rows.iter().map(|_| None)),
        numbers(PERCENT, rows.iter().map(|it| it.6)),
        numbers(GRADE, rows.iter().map(|it| it.7)),
    ]);
    pool(&sorted(&frame), &Protocol::preset(preset).unwrap(), &BTreeSet::new()).map(|it| in_rows(&it))
}

#[test]
fn shares_of_cells_pool_as_cells_over_cells() {
    let rows: [Mixed; 4] = [
        ("p", "a", "TUMOR", "PD-L1+ tumour cells", Some(10), None, None, None),
        ("p", "a", "TUMOR", "tumour cells", Some(100), None, None, None),
        ("p", "b", "TUMOR", "PD-L1+ tumour cells", Some(90), None, None, None),
        ("p", "b", "TUMOR", "tumour cells", Some(300), None, None, None),
    ];
    let patient = &measured(&rows, "pd-l1-tps").unwrap()[0];
    // 100 of 400, not the mean of 10 % and 30 %.
    assert_eq!(density(patient, 0), Some(25.0));
    assert_eq!(patient.components[0].as_ref().unwrap().n_whole, Some(400));
}

#[test]
fn a_share_without_its_whole_or_of_no_cells_is_an_absence() {
    let part: Mixed = ("p", "a", "TUMOR", "PD-L1+ tumour cells", Some(0), None, None, None);
    let whole = |n| ("p", "a", "TUMOR", "tumour cells", Some(n), None, None, None);
    assert_eq!(measured(&[part], "pd-l1-tps").unwrap()[0].absences, [(0, Absence::WholeMissing)]);
    assert_eq!(measured(&[part, whole(0)], "pd-l1-tps").unwrap()[0].absences, [(0, Absence::WholeEmpty)]);
    let more: Mixed = ("p", "a", "TUMOR", "PD-L1+ tumour cells", Some(7), None, None, None);
    let error = measured(&[more, whole(5)], "pd-l1-tps").unwrap_err().to_string();
    assert!(error.contains("a part cannot exceed its whole"), "{error}");
}

#[test]
fn percents_pool_as_positive_area_over_area_where_areas_are_given() {
    let row = |sample, mm2, percent| -> Mixed { ("p", sample, "STROMA", "TILs", None, mm2, Some(percent), None) };
    let with_areas = [row("a", Some(1.0), 60.0), row("b", Some(3.0), 20.0)];
    assert_eq!(density(&measured(&with_areas, "stils").unwrap()[0], 0), Some(30.0));
    let without = [row("a", Some(1.0), 60.0), row("b", None, 20.0)];
    assert_eq!(density(&measured(&without, "stils").unwrap()[0], 0), Some(40.0));
}

/// 10 % of 300 tumour cells and 50 % of 100 are 80 of 400.
#[test]
fn proximities_pool_by_the_cells_that_were_asked() {
    let near = |sample, percent| -> Mixed { ("p", sample, "CT", "CD3", Some(9), Some(1.0), Some(percent), None) };
    let asked = |sample, n| -> Mixed { ("p", sample, "CT", "tumour cells", Some(n), None, None, None) };
    let shares = [near("a", 10.0), near("b", 50.0)];
    let of = |asked: &[Mixed]| measured(&[shares.as_slice(), asked].concat(), "t-cell-proximity").unwrap().remove(0);
    let counted = of(&[asked("a", 300), asked("b", 100)]);
    assert_eq!(density(&counted, 0), Some(20.0));
    let measurement = counted.components[0].as_ref().unwrap();
    assert_eq!((measurement.n_whole, measurement.n_cells), (Some(400), None), "T cells are none of the tumour cells");
    assert_eq!(density(&of(&[asked("a", 300)]), 0), Some(30.0), "the plain mean where one was not counted");
    assert_eq!(density(&of(&[]), 0), Some(30.0));
    assert_eq!(density(&of(&[asked("a", 0), asked("b", 100)]), 0), Some(50.0), "of no cells there is no share");
    let none = of(&[asked("a", 0), asked("b", 0)]);
    assert_eq!(none.absences[0], (0, Absence::WholeEmpty));
}

/// Pitfall 7: the score of lung cancer takes the highest core.
#[test]
fn of_several_cores_the_highest_counts_in_the_score_of_lung_cancer() {
    let row = |sample, percent| -> Mixed { ("p", sample, "STROMA", "CD8", None, Some(1.0), Some(percent), None) };
    assert_eq!(density(&measured(&[row("a", 20.0), row("b", 55.0)], "tnm-i-nsclc").unwrap()[0], 0), Some(55.0));
}

#[test]
fn a_grade_above_the_highest_is_refused() {
    let row = |grade| -> Mixed { ("p", "a", "IM", "inflammation", None, None, None, Some(grade)) };
    assert_eq!(density(&measured(&[row(3.0)], "klintrup-makinen").unwrap()[0], 0), Some(3.0));
    let error = measured(&[row(4.0)], "klintrup-makinen").unwrap_err().to_string();
    assert!(error.contains("has grade 4 of inflammation IM, the highest is 3"), "{error}");
}

/// Half a grade would be High, which begins at 2.
#[test]
fn a_grade_between_two_is_refused() {
    let row: Mixed = ("p", "a", "IM", "inflammation", None, None, None, Some(1.5));
    let error = measured(&[row], "klintrup-makinen").unwrap_err().to_string();
    assert!(error.contains("has grade 1.5 of inflammation IM, expected a whole number from 0 to 3"), "{error}");
}

#[test]
fn parts_that_exclude_each_other_are_no_more_than_their_whole_together() {
    let counted = |sample, parts: [u64; 3], whole| -> Vec<Mixed> {
        let markers = [("weak", parts[0]), ("moderate", parts[1]), ("strong", parts[2]), ("tumour cells", whole)];
        markers.into_iter().map(|(marker, n)| ("p", sample, "TUMOR", marker, Some(n), None, None, None)).collect()
    };
    let shares = |measured: Result<Vec<PatientMeasurements>>| -> Vec<Option<f64>> {
        (0..3).map(|it| density(&measured.as_ref().unwrap()[0], it)).collect()
    };
    let whole = measured(&counted("a", [100, 200, 100], 400), "h-score");
    assert_eq!(shares(whole), [Some(25.0), Some(50.0), Some(25.0)]);
    // Each is a part of 400, and the sum of the two samples would be one of 2000.
    let rows = [counted("a", [300, 300, 300], 400), counted("b", [0, 0, 0], 1600)].concat();
    let error = measured(&rows, "h-score").unwrap_err().to_string();
    let expected = "sample 'a' of patient 'p' has 900 cells of weak TUMOR, moderate TUMOR, strong TUMOR together, which are \
                    parts of 400 tumour cells";
    assert!(error.contains(expected), "{error}");
    let read = |percent| -> Vec<Mixed> {
        let markers = ["weak", "moderate", "strong"];
        markers.into_iter().map(|marker| ("p", "a", "TUMOR", marker, None, None, Some(percent), None)).collect()
    };
    let error = measured(&read(60.0), "h-score").unwrap_err().to_string();
    assert!(error.contains("patient 'p' has 180 % of") && error.contains("parts of 100 % tumour cells"), "{error}");
    let rounded = measured(&read(33.5), "h-score");
    assert_eq!(shares(rounded), [Some(33.5); 3], "as of whole percents");
}

#[test]
fn samples_tell_how_much_counts_vary() {
    let rows = [("p", "a", "CT", "CD3", Some(20), Some(1.0), 20.0), ("p", "b", "CT", "CD3", Some(60), Some(1.0), 60.0)];
    let dispersion = pooled(&rows, Pooling::Pooled).unwrap()[0].components[0].as_ref().unwrap().dispersion.unwrap();
    // ((20 - 40)² + (60 - 40)²) / 40 / 1
    assert!((dispersion.ratio - 20.0).abs() < 1e-12);
    assert_eq!(dispersion.degrees_of_freedom, 1);
}
