//! Quantiles and bands of curves, and restricted means, against R.

use serde_json::Value;

use super::{Found, dataset};
use crate::reference_r::{ITERATED, TOLERANCE, assert_all_near, expected};

/// A number of R's, in which an absent one is the word `NA`.
fn number(of: &Value) -> Value {
    if of.as_str() == Some("NA") { Value::Null } else { of.clone() }
}

#[test]
fn quantiles_of_each_class() {
    let options = "--time time --event status=1 --unit days --by rx=Obs,Lev,Lev+5FU --quantiles 0.1,0.25,0.5,0.75 \
                   --conf-type log";
    let found = Found::in_table(&dataset("colon_death"), options);
    let expected = expected("km_colon_rx_quantiles");
    for (row, class) in ["Obs", "Lev", "Lev+5FU"].into_iter().enumerate() {
        for (column, part) in [("estimate", "quantile"), ("lower", "lower"), ("upper", "upper")] {
            let found = found.column("quantiles", column, &[("by", "rx"), ("class", class)]);
            let row = expected[part]["values"][row].as_array().expect("a row");
            assert_all_near(&found, &row.iter().map(number).collect(), TOLERANCE);
        }
    }
    assert!(found.printed.contains("  event in 25\u{202f}% by "), "{}", found.printed);
}

/// R's `survfit(Surv(time, status) ~ 1, lung)$cumhaz` and its `std.chaz`.
#[test]
fn cumulative_hazard_is_that_of_nelson_and_aalen() {
    let found = Found::in_table(&dataset("lung"), "--time time --event status=2 --unit days");
    let column = |name: &str| found.column("kaplan_meier", name, &[("class", "all")]);
    let last = |name: &str| column(name).last().copied().flatten().expect("a number");
    for (name, expected) in
        [("cumulative_hazard", CUMULATIVE_HAZARD[0]), ("cumulative_hazard_std_err", CUMULATIVE_HAZARD[1])]
    {
        assert!((last(name) - expected).abs() <= TOLERANCE * expected, "{name}: {}", last(name));
    }
}

const CUMULATIVE_HAZARD: [f64; 2] = [2.889_267_462_521_800_2, 0.418_689_933_124_300_36];

/// Bands hold pointwise intervals, are equal where they must be, and are absent where weights are fractions.
#[test]
fn bands_are_wider_than_intervals() {
    for band in ["hall-wellner", "equal-precision"] {
        let options = format!("--time time --event status=2 --unit days --by sex --bands {band}");
        let found = Found::in_table(&dataset("lung"), &options);
        for class in ["1", "2"] {
            let column = |name: &str| found.column("kaplan_meier", name, &[("by", "sex"), ("class", class)]);
            let (lower, upper) = (column("lower"), column("upper"));
            let (band_lower, band_upper) = (column("band_lower"), column("band_upper"));
            assert!(band_lower.iter().flatten().count() > 30, "{class}");
            if band == "equal-precision" {
                assert!(
                    lower.iter().zip(&band_lower).all(|(it, band)| band.is_none_or(|band| band < it.expect("an end")))
                );
                assert!(
                    upper.iter().zip(&band_upper).all(|(it, band)| band.is_none_or(|band| band > it.expect("an end")))
                );
            }
        }
        let critical = found.part("/groups/0/groups/0/band/critical_value").as_f64().expect("a number");
        assert!(critical > 1.0, "{critical}");
    }
    let weighted = "--time time --event status=1 --unit months --weights weight --bands hall-wellner";
    let found = Found::in_table(super::TABLE, weighted);
    assert!(found.part("/overall/band").is_null());
    assert!(found.printed.contains("note: there is no band"), "{}", found.printed);
}

#[test]
fn restricted_means_and_their_ratios() {
    let found = Found::in_table(&dataset("lung"), "--time time --event status=2 --unit days --by sex");
    let expected = expected("rmst2_lung_default_tau");
    for (row, measure) in ["difference", "ratio", "time_lost_ratio"].into_iter().enumerate() {
        let filters = [("by", "sex"), ("measure", measure)];
        let of = |column: &str| found.column("restricted_means", column, &filters)[0].expect("a number");
        for (place, column) in ["estimate", "lower", "upper"].into_iter().enumerate() {
            let expected = &expected["unadj"]["values"][row][place];
            assert_all_near(&[Some(of(column))], expected, ITERATED);
        }
    }
}

#[test]
fn restricted_means_adjusted_for_a_model() {
    let options = "--time time --event status=1 --unit years --by arm --covariates age,edema,bili --times 10";
    let found = Found::in_table(&dataset("rmst2_pbc_sample"), options);
    let expected = expected("rmst2_pbc_adjusted");
    for (measure, part, places) in [("adjusted_difference", "diff", [0, 4, 5]), ("adjusted_ratio", "ratio", [4, 5, 6])]
    {
        let filters = [("by", "arm"), ("measure", measure)];
        for (column, place) in ["estimate", "lower", "upper"].into_iter().zip(places) {
            let expected = &expected[part]["values"][1][place];
            assert_all_near(&found.column("restricted_means", column, &filters), expected, ITERATED);
        }
    }
}
