//! Survival curves with their settings, against `survfit`.

use contexture::survival::Cohort;
use contexture::survival::cumulative_hazard::HazardEstimator;
use contexture::survival::kaplan_meier::{
    self, ConfidenceScale, LowerLimit, Settings, Step, SurvivalCurve, SurvivalEstimator, Variance, VarianceEstimator,
};
use serde_json::Value;

use super::{Data, TOLERANCE, assert_all_near, assert_near, expected, numbers};

/// The curve of each level of a column.
fn curves(data: &Data, cohort: &Cohort, column: &str, levels: &[&str], settings: &Settings<'_>) -> Vec<SurvivalCurve> {
    let codes = data.codes(column, levels);
    let members = |code| cohort.subset(|idx| codes[idx] == code);
    (0..levels.len()).map(|code| kaplan_meier::estimate_with(&members(code), settings).expect("valid")).collect()
}

fn count(it: usize) -> f64 {
    f64::from(u32::try_from(it).expect("few patients"))
}

/// A column of R's, and the same of ours.
type Column<'a> = (&'a str, &'a dyn Fn(&Step) -> Option<f64>);

/// Compares every column that a reference has.
#[track_caller]
fn assert_curves(curves: &[SurvivalCurve], expected: &Value) {
    let steps: Vec<&Step> = curves.iter().flat_map(|it| &it.steps).collect();
    let is_jackknife = curves[0].variance_estimator == VarianceEstimator::Jackknife;
    let columns: [Column<'_>; 10] = [
        ("time", &|it| Some(it.time)),
        ("n.risk", &|it| Some(it.risk_weight.unwrap_or(count(it.n_risk)))),
        ("n.event", &|it| Some(it.event_weight.unwrap_or(count(it.n_event)))),
        ("n.censor", &|it| Some(it.censored_weight.unwrap_or(count(it.n_censored)))),
        ("surv", &|it| Some(it.survival)),
        // Greenwood's is the standard error of ln S in R, that of the jackknife the one of S.
        ("std.err", &|it| it.std_err.map(|std_err| if is_jackknife { std_err } else { std_err / it.survival })),
        ("lower", &|it| it.lower),
        ("upper", &|it| it.upper),
        ("cumhaz", &|it| Some(it.cumulative_hazard)),
        ("std.chaz", &|it| Some(it.cumulative_hazard_std_err)),
    ];
    let mut n_compared = 0;
    for (name, value) in columns {
        if expected[name].is_null() {
            continue;
        }
        // An infinite error of ln S at S = 0 is no number in the reference, and absent here.
        let found: Vec<Option<f64>> = steps.iter().map(|step| value(step)).collect();
        assert_all_near(&found, &expected[name], TOLERANCE);
        n_compared += 1;
    }
    assert!(n_compared >= 8, "{n_compared} columns");
}

#[test]
fn scales_of_the_intervals() {
    let (data, expected) = (Data::read("lung"), expected("km_lung_sex_arcsin"));
    let settings = Settings { confidence_scale: ConfidenceScale::Arcsin, ..Settings::default() };
    assert_curves(&curves(&data, &data.cohort("time", "status"), "sex", &["1", "2"], &settings), &expected);
}

#[test]
fn a_level_of_choice() {
    let (data, expected) = (Data::read("lung"), expected("km_lung_overall_90"));
    let settings = Settings { level: 0.9, confidence_scale: ConfidenceScale::Log, ..Settings::default() };
    let curve = kaplan_meier::estimate_with(&data.cohort("time", "status"), &settings).expect("a level");
    assert_curves(&[curve], &expected);
}

#[test]
fn lower_limits_that_widen_with_censoring() {
    let settings =
        |lower_limit| Settings { lower_limit, confidence_scale: ConfidenceScale::Plain, ..Settings::default() };
    let data = Data::read("lung");
    let curve = kaplan_meier::estimate_with(&data.cohort("time", "status"), &settings(LowerLimit::Peto));
    assert_curves(&[curve.expect("valid")], &expected("km_lung_confpeto"));

    let data = data.complete_in(&["inst"]);
    let mut levels: Vec<u32> = data.texts("inst").iter().map(|it| it.parse().expect("a number")).collect();
    levels.sort_unstable();
    levels.dedup();
    let levels: Vec<String> = levels.iter().map(u32::to_string).collect();
    let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
    let found = curves(&data, &data.cohort("time", "status"), "inst", &levels, &settings(LowerLimit::Modified));
    assert_curves(&found, &expected("km_lung_confmod"));
}

#[test]
fn curves_from_the_cumulative_hazard() {
    for (id, hazard) in
        [("na_aml_breslow", HazardEstimator::NelsonAalen), ("km_aml_fh2", HazardEstimator::FlemingHarrington)]
    {
        let settings = Settings {
            survival: SurvivalEstimator::CumulativeHazard,
            hazard,
            confidence_scale: ConfidenceScale::Log,
            ..Settings::default()
        };
        let curve = kaplan_meier::estimate_with(&Data::read("aml").cohort("time", "status"), &settings);
        assert_curves(&[curve.expect("valid")], &expected(id));
    }
}

#[test]
fn weighted_curves() {
    let data = Data::read("lung");
    let weights = Data::read("lung_weights").numbers("w");
    let cohort = data.cohort("time", "status").with_weights(&weights).expect("weights");
    let settings = |variance| Settings { confidence_scale: ConfidenceScale::Log, variance, ..Settings::default() };
    // Fractional weights ask for the jackknife by themselves.
    for (id, variance) in
        [("km_lung_weighted_robust", Variance::ByWeights), ("km_lung_weighted_greenwood", Variance::Greenwood)]
    {
        assert_curves(&curves(&data, &cohort, "sex", &["1", "2"], &settings(variance)), &expected(id));
    }
}

#[test]
fn curves_with_late_entry() {
    let (data, expected) = (Data::read("heart"), expected("km_heart_counting"));
    let cohort = data.cohort("stop", "event").with_entries(&data.numbers("start")).expect("entries");
    let settings = Settings { confidence_scale: ConfidenceScale::Log, ..Settings::default() };
    // Who goes on with a transplant is censored without one, although R knows by `id` that the patient has another row.
    assert_curves(&curves(&data, &cohort, "transplant", &["0", "1"], &settings), &expected);
}

#[test]
fn near_ties_are_said() {
    let data = Data::read("near_ties");
    let curve = kaplan_meier::estimate(&data.cohort("time", "status"), ConfidenceScale::Log);
    let distinct = numbers(&expected("km_near_ties")["with_timefix"]["time"]).len();
    assert_eq!(curve.steps.len(), distinct);
    assert_eq!(curve.n_times_merged, 3);
}

/// Survival, its standard error and limits, the cumulative hazard and its standard error at a time.
type Row = [f64; 6];

#[track_caller]
fn assert_rows(curve: &SurvivalCurve, expected: &[(f64, Row)]) {
    for &(time, row) in expected {
        let step = curve.steps.iter().rev().find(|it| it.time <= time).expect("a step");
        let limits = [step.std_err, step.lower, step.upper].map(|it| it.expect("survivors"));
        let found =
            [step.survival, limits[0], limits[1], limits[2], step.cumulative_hazard, step.cumulative_hazard_std_err];
        for (found, expected) in found.into_iter().zip(row) {
            assert_near(found, expected, TOLERANCE);
        }
    }
}

/// R 4.2.2 with survival 3.5-3; rows `i` of heart weigh `0.5 + (i mod 7) / 4`:
/// `survfit(Surv(time,status)~1, subset(lung,!is.na(inst)), cluster=inst)`,
/// `survfit(Surv(start,stop,event)~1, heart, weights=w, cluster=id)`, and the same with `stype=2, ctype=2`.
#[test]
fn clustered_curves() {
    let settings = |variance| Settings { confidence_scale: ConfidenceScale::Log, variance, ..Settings::default() };

    let data = Data::read("lung").complete_in(&["inst"]);
    let inst: Vec<usize> = data.texts("inst").iter().map(|it| it.parse().expect("a code")).collect();
    let curve = kaplan_meier::estimate_with(&data.cohort("time", "status"), &settings(Variance::Clustered(&inst)))
        .expect("valid");
    assert_rows(
        &curve,
        &[(
            700.0,
            [
                0.143_415_248_259_999,
                0.022_985_400_581_981_9,
                0.104_754_295_561_671,
                0.196_344_534_829_774,
                1.917_305_059_753_063,
                0.154_225_660_914_552_9,
            ],
        )],
    );

    let data = Data::read("heart");
    let weights: Vec<f64> = (1..=data.numbers("id").len()).map(|row| 0.5 + (row % 7) as f64 / 4.0).collect();
    let cohort = data.cohort("stop", "event").with_entries(&data.numbers("start")).expect("entries");
    let cohort = cohort.with_weights(&weights).expect("weights");
    let id: Vec<usize> = data.texts("id").iter().map(|it| it.parse().expect("a code")).collect();
    let curve = kaplan_meier::estimate_with(&cohort, &settings(Variance::Clustered(&id))).expect("valid");
    assert_rows(
        &curve,
        &[
            (
                30.0,
                [
                    0.761_381_156_848_258,
                    0.046_418_421_544_739_6,
                    0.675_628_103_689_216,
                    0.858_018_283_783_9,
                    0.268_809_027_425_498,
                    0.059_163_230_604_573_1,
                ],
            ),
            (
                900.0,
                [
                    0.241_081_652_954_882,
                    0.051_294_621_007_482_6,
                    0.158_874_847_280_037,
                    0.365_824_826_185_444,
                    1.395_958_361_402_215,
                    0.202_161_340_826_496_2,
                ],
            ),
        ],
    );
    let from_hazard = Settings {
        survival: SurvivalEstimator::CumulativeHazard,
        hazard: HazardEstimator::FlemingHarrington,
        ..settings(Variance::Clustered(&id))
    };
    assert_rows(
        &kaplan_meier::estimate_with(&cohort, &from_hazard).expect("valid"),
        &[(
            200.0,
            [
                0.413_726_380_937_225,
                0.053_143_947_553_305_3,
                0.321_643_472_810_465,
                0.532_171_589_828_215,
                0.882_550_439_268_392,
                0.128_451_918_954_060_8,
            ],
        )],
    );
}

/// R 4.2.2 with survival 3.5-3: `survfit(Surv(time,status)~1, lung, conf.type="logit")` at 5, 500 and 1000 days, and the
/// lower limits with `conf.lower="peto"`.
#[test]
fn limits_on_other_scales() {
    let cohort = Data::read("lung").cohort("time", "status");
    let times = [5.0, 500.0, 1000.0];
    let limits = |confidence_scale, lower_limit| {
        let settings = Settings { confidence_scale, lower_limit, ..Settings::default() };
        let curve = kaplan_meier::estimate_with(&cohort, &settings).expect("valid");
        times.map(|time| curve.survival_at(time).and_then(|it| it.lower.zip(it.upper)).expect("survivors"))
    };
    let expected = [
        (0.969_547_863_172_228_4, 0.999_382_507_751_274),
        (0.229_476_389_590_671_5, 0.366_363_914_159_156),
        (0.020_355_820_472_908_5, 0.119_144_914_241_285),
    ];
    for (found, expected) in limits(ConfidenceScale::Logit, LowerLimit::Usual).into_iter().zip(expected) {
        assert_near(found.0, expected.0, TOLERANCE);
        assert_near(found.1, expected.1, TOLERANCE);
    }
    for (scale, expected) in [
        (ConfidenceScale::Log, [0.987_092_086_273_078_5, 0.227_431_043_440_532_7, 0.016_712_849_705_379_9]),
        (ConfidenceScale::LogLog, [0.969_406_911_081_618_7, 0.221_092_362_049_347_9, 0.013_266_533_567_607_5]),
        (ConfidenceScale::Logit, [0.969_674_927_191_063_1, 0.224_556_934_410_423_9, 0.016_328_479_143_204_5]),
        (ConfidenceScale::Arcsin, [0.982_928_255_240_693_7, 0.221_806_607_858_395_5, 0.009_838_646_673_488_04]),
    ] {
        for (found, expected) in limits(scale, LowerLimit::Peto).into_iter().zip(expected) {
            assert_near(found.0, expected, TOLERANCE);
        }
    }
}
