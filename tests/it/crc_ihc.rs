//! The published log-rank p-values of 15 markers in four regions of colorectal cancers.
//!
//! The data are not part of the project; see `../shared/data/README.md`.

use std::path::PathBuf;

use contexture::survival::{Cohort, log_rank};

use crate::results::shared_data;

/// What the authors' R and ours may differ by.
const TOLERANCE: f64 = 1e-9;

fn rows(path: PathBuf) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let header = reader.headers().expect("a header").clone();
    (header, reader.records().map(|row| row.expect("a row")).collect())
}

#[test]
fn all_published_log_rank_p_values_are_reproduced() {
    let Some(folder) = shared_data("crc_ihc") else { return };
    let (_, published) = rows(folder.join("published_os_logrank.csv"));
    assert_eq!(published.len(), 60);

    for row in &published {
        let (header, patients) = rows(folder.join(&row[0]));
        let place = |name: &str| header.iter().position(|it| it == name).expect("a column");
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let (time, event, marker) = (place("OS_days"), place("Death"), place(&row[2]));
        // Patients without the marker are not compared.
        let patients: Vec<_> = patients.iter().filter(|it| !["", "NA"].contains(&&it[marker])).collect();

        let times: Vec<f64> = patients.iter().map(|it| number(&it[time])).collect();
        let events: Vec<bool> = patients.iter().map(|it| &it[event] == "1").collect();
        let cut_off = number(&row[3]);
        let is_high: Vec<usize> = patients.iter().map(|it| usize::from(number(&it[marker]) > cut_off)).collect();
        let cohort = Cohort::from_columns(&times, &events).expect("times are valid");
        let found = log_rank::test(&cohort, &is_high, 2).expect("codes are groups").p_value.expect("two groups");

        let expected = number(&row[4]);
        assert!((found / expected - 1.0).abs() < TOLERANCE, "{} {}: {found}, published {expected}", &row[1], &row[2]);
    }
}
