//! Simultaneous bands of survival curves, against `km.ci`.

use contexture::survival::bands::{self, Band, Settings};
use contexture::survival::kaplan_meier::ConfidenceScale;

use super::{Data, TOLERANCE, assert_near, expected, numbers};

/// km.ci reads critical values from tables in steps of 0.02 of the shares, and those of equal precision are approximate;
/// so its bands are right to 0.2 % of their width.
const TABLES: f64 = 0.002;

#[test]
fn bands_of_lung() {
    let (cohort, expected) = (Data::read("lung").cohort("time", "status"), expected("bands_lung_kmci"));
    for (id, band, confidence_scale) in [
        ("hall-wellner", Band::HallWellner, ConfidenceScale::Plain),
        ("loghall", Band::HallWellner, ConfidenceScale::LogLog),
        ("epband", Band::EqualPrecision, ConfidenceScale::Plain),
        ("logep", Band::EqualPrecision, ConfidenceScale::LogLog),
    ] {
        let settings = Settings { band, confidence_scale, from: Some(50.0), to: Some(700.0), ..Settings::default() };
        let found = bands::estimate(&cohort, &settings).expect("a band");
        assert_near(found.lower_share, numbers(&expected["aL"])[0].expect("a share"), TOLERANCE);
        assert_near(found.upper_share, numbers(&expected["aU"])[0].expect("a share"), TOLERANCE);

        let columns = ["time", "surv", "lower", "upper"].map(|column| numbers(&expected[id][column]));
        for row in 0..columns[0].len() {
            let [time, survival, lower, upper] = columns.each_ref().map(|column| column[row].expect("a number"));
            let step = found.steps.iter().rev().find(|it| it.time <= time).expect("a step");
            assert_near(step.survival, survival, TOLERANCE);
            // km.ci does not clip a plain band to probabilities.
            let (lower, upper) = (lower.max(0.0), upper.min(1.0));
            let errors = [step.lower.expect("survivors") - lower, step.upper.expect("survivors") - upper];
            assert!(errors.iter().all(|it| it.abs() < TABLES * (upper - lower)), "{id} {time}: {errors:?}");
        }
    }
}
