//! A few whole analyses against R: the columns, the options and the tables are the right ones. The engine has its own
//! references in `reference_r`.

use serde_json::Value;

use super::{Found, dataset, with_column};
use crate::reference_r::{ITERATED, TOLERANCE, assert_all_near, assert_near, expected};

/// Checks the model of that name in the tables: its coefficients, in their order, its likelihood and its tests.
#[track_caller]
fn assert_model(found: &Found, model: &str, id: &str, names: &[&str]) {
    let expected = expected(id);
    let named = |field: &str| Value::Array(names.iter().map(|it| expected[field][*it].clone()).collect());
    let coefficient = |column: &str| found.column("cox_coefficients", column, &[("model", model)]);
    assert_all_near(&coefficient("log_hazard_ratio"), &named("coef"), ITERATED);
    assert_all_near(&coefficient("std_err"), &named("se"), ITERATED);
    for (column, place) in [("hazard_ratio", 0), ("lower", 2), ("upper", 3)] {
        let rows = expected["conf.int"]["values"].as_array().expect("rows");
        assert_all_near(&coefficient(column), &rows.iter().map(|it| it[place].clone()).collect(), ITERATED);
    }
    // R puts z and its p-value last, with and without a robust standard error before them.
    let rows = expected["coefficients"]["values"].as_array().expect("rows").iter();
    for ((row, z), p_value) in rows.zip(coefficient("z")).zip(coefficient("p_value")) {
        let row = row.as_array().expect("a row");
        let [expected_z, expected_p] = [2, 1].map(|from_end| row[row.len() - from_end].as_f64().expect("a number"));
        assert_near(z.expect("a number"), expected_z, ITERATED);
        // A relative error of z is one of about z² in the tail of the normal distribution.
        assert_near(p_value.expect("a number"), expected_p, ITERATED * (1.0 + expected_z * expected_z));
    }
    let of_model = |column: &str| found.column("cox_models", column, &[("model", model)]);
    let likelihoods = [of_model("log_likelihood_null"), of_model("log_likelihood")].concat();
    assert_all_near(&likelihoods, &expected["loglik"], TOLERANCE);
    for (column, value) in [("n", "n"), ("n_events", "nevent")] {
        assert_all_near(&of_model(column), &expected[value], TOLERANCE);
    }
    for (column, value) in [("likelihood_ratio", &expected["lr"][0]), ("wald", &expected["wald"])] {
        assert_all_near(&of_model(&format!("{column}_chi_square")), value, ITERATED);
    }
    assert_all_near(&of_model("score_chi_square"), &expected["score"], TOLERANCE);
    let performance = |column: &str| found.column("model_performance", column, &[("model", model)]);
    assert_all_near(&performance("concordance_harrell"), &expected["concordance"]["concordance"], TOLERANCE);
    assert_all_near(&performance("concordance_harrell_std_err"), &expected["concordance"]["std"], ITERATED);
}

/// Checks the curves by a column.
#[track_caller]
fn assert_curves(found: &Found, by: &str, id: &str) {
    let expected = expected(id);
    let column = |name: &str| found.column("kaplan_meier", name, &[("by", by)]);
    for (name, value) in [("time", "time"), ("survival", "surv"), ("lower", "lower"), ("upper", "upper")] {
        assert_all_near(&column(name), &expected[value], TOLERANCE);
    }
}

#[track_caller]
fn assert_test(found: &Found, test: &str, id: &str) {
    let expected = expected(id);
    let column = |name: &str| found.column("tests", name, &[("test", test)]);
    assert_all_near(&column("chi_square"), &expected["chisq"], TOLERANCE);
    assert_all_near(&column("degrees_of_freedom"), &expected["df"], TOLERANCE);
    assert_all_near(&column("p_value"), &expected["pvalue"], TOLERANCE);
}

#[track_caller]
fn assert_proportional_hazards(found: &Found, model: &str, id: &str) {
    let rows = expected(id)["table"]["values"].as_array().expect("rows").clone();
    for (place, column) in ["chi_square", "degrees_of_freedom", "p_value"].into_iter().enumerate() {
        let found = found.column("proportional_hazards", column, &[("model", model)]);
        assert_all_near(&found, &rows.iter().map(|it| it[place].clone()).collect(), ITERATED);
    }
}

const LUNG: &str = "--time time --event status=2 --unit days";

#[test]
fn lung_by_sex_and_its_models() {
    let found = Found::in_table(&dataset("lung"), &format!("{LUNG} --by sex --covariates age,sex,ph.ecog,wt.loss"));
    assert_curves(&found, "sex", "km_lung_sex_loglog");
    assert_model(&found, "table", "cox_lung_efron", &["age", "sex", "ph.ecog", "wt.loss"]);
    let median = found.part("/median_follow_up/estimate").as_f64();
    assert_all_near(&[median], &expected("follow_up_lung")["median"], TOLERANCE);
}

#[test]
fn lung_with_other_ties() {
    for ties in ["breslow", "exact"] {
        let options = format!("{LUNG} --covariates age,sex,ph.ecog,wt.loss --ties {ties}");
        let found = Found::in_table(&dataset("lung"), &options);
        let expected = expected(&format!("cox_lung_{ties}"));
        let coefficients = found.column("cox_coefficients", "log_hazard_ratio", &[]);
        let names = ["age", "sex", "ph.ecog", "wt.loss"].map(|it| expected["coef"][it].clone());
        assert_all_near(&coefficients, &Value::Array(names.to_vec()), ITERATED);
    }
}

#[test]
fn proportional_hazards_and_concordance_of_lung() {
    let found = Found::in_table(&dataset("lung"), &format!("{LUNG} --covariates age,sex,ph.ecog"));
    assert_proportional_hazards(&found, "table", "zph_lung_km");
    let expected = expected("conc_lung_cox");
    let concordance = found.part("/models/0/performance/harrell/concordance").as_f64().expect("a concordance");
    assert_near(concordance, expected["concordance"].as_f64().expect("a number"), TOLERANCE);
}

#[test]
fn lung_by_sex_within_institutions() {
    let found = Found::in_table(&dataset("lung"), &format!("{LUNG} --by sex --strata inst"));
    assert_test(&found, "log_rank", "survdiff_lung_strata");
    assert_eq!(found.part("/excluded/0/reason"), "stratum_missing");
}

#[test]
fn tests_with_powers() {
    let options = "--time time --event status=1 --unit days --by rx=Obs,Lev,Lev+5FU --test fh:0.5:0.5,g-rho:1,log-rank";
    let found = Found::in_table(&dataset("colon_death"), options);
    assert_test(&found, "fleming_harrington_0.5_0.5", "wlogrank_colon_FH_05_05");
    // G-rho with a power of 1 is Fleming and Harrington's test with powers 1 and 0.
    assert_test(&found, "g_rho_1", "wlogrank_colon_FH_1_0");
    assert!(found.printed.contains("Fleming-Harrington (0.5, 0.5): χ²"), "{}", found.printed);
}

#[test]
fn lung_with_weights_that_are_fractions() {
    let (lung, weights) = (dataset("lung"), dataset("lung_weights"));
    let weights: Vec<&str> = weights.lines().skip(1).collect();
    let table = with_column(&lung, "w", |row, _| weights[row].to_owned());
    let found = Found::in_table(&table, &format!("{LUNG} --by sex --covariates age,sex --weights w --conf-type log"));
    assert_model(&found, "table", "cox_lung_weighted_robust", &["age", "sex"]);
    assert_curves(&found, "sex", "km_lung_weighted_robust");
    assert_eq!(found.column("tests", "p_value", &[]), [], "no test counts fractions of events");
}

#[test]
fn veteran_by_cell_type_and_within_cell_types() {
    let table = dataset("veteran");
    let by = "--by celltype=squamous,smallcell,adeno,large";
    let tests = "log-rank,gehan,tarone-ware,fleming-harrington-early,fleming-harrington-late";
    let endpoint = "--time time --event status=1 --unit days";
    let found = Found::in_table(&table, &format!("{endpoint} {by} --test {tests}"));
    for (test, name) in [
        ("log_rank", "logrank"),
        ("gehan", "gehan"),
        ("tarone_ware", "tarone_ware"),
        ("fleming_harrington_1_0", "FH_1_0"),
        ("fleming_harrington_0_1", "FH_0_1"),
    ] {
        assert_test(&found, test, &format!("wlogrank_veteran_{name}"));
    }
    let medians = expected("km_veteran_median_loglog");
    for (column, value) in [("median", "median"), ("median_lower", "lower"), ("median_upper", "upper")] {
        assert_all_near(&found.column("groups", column, &[("by", "celltype")]), &medians[value], TOLERANCE);
    }
    assert_all_near(&found.each("/groups/0/pairs/pairs", "/p_value"), &expected("pairwise_veteran")["p"], TOLERANCE);

    let found = Found::in_table(&table, &format!("{endpoint} --covariates trt,karno,age --strata celltype"));
    assert_model(&found, "table", "cox_veteran_strata", &["trt", "karno", "age"]);
    assert_proportional_hazards(&found, "table", "zph_veteran_strata");
}

#[test]
fn colon_by_treatment_with_a_factor() {
    let options = "--time time --event status=1 --unit days --by rx=Obs,Lev,Lev+5FU --factor rx=Obs \
                   --covariates sex,age,obstruct,nodes --times 365,730,1095,1826,2500 --conf-type log";
    let found = Found::in_table(&dataset("colon_death"), options);
    assert_test(&found, "log_rank", "survdiff_colon_rx");
    let at_times = expected("km_colon_rx_times");
    for (column, value) in [("time", "time"), ("n_risk", "n.risk"), ("survival", "surv"), ("lower", "lower")] {
        assert_all_near(&found.column("survival_at", column, &[("by", "rx")]), &at_times[value], TOLERANCE);
    }

    // Numbers come before classes, in R in the order of the formula; and classes that are compared with `Obs` are sorted.
    let expected = expected("cox_colon_rx_efron");
    let rows = [("term", "rx"), ("model", "table")];
    let names = ["rxLev", "rxLev+5FU"].map(|it| expected["coef"][it].clone());
    assert_all_near(
        &found.column("cox_coefficients", "log_hazard_ratio", &rows),
        &Value::Array(names.to_vec()),
        ITERATED,
    );
    assert_all_near(
        &found.column("cox_models", "log_likelihood", &[("model", "table")]),
        &expected["loglik"][1],
        TOLERANCE,
    );
}

#[test]
fn heart_with_late_entry() {
    let options = "--time stop --entry start --event event=1 --unit days --by transplant --conf-type log \
                   --covariates age,year,surgery,transplant";
    let found = Found::in_table(&dataset("heart"), options);
    assert_curves(&found, "transplant", "km_heart_counting");
    assert_proportional_hazards(&found, "table", "zph_heart_counting");
    let (concordance, expected) = (found.part("/models/0/performance/harrell"), expected("conc_heart_counting"));
    for (field, value) in [("concordance", "concordance"), ("std_err", "se")] {
        assert_all_near(&[concordance[field].as_f64()], &expected[value], ITERATED);
    }
    assert!(found.part("/models/0/performance/uno").is_null(), "late entry");
}

#[test]
fn bladder_with_recurrent_events_of_a_patient() {
    let options = "--time stop --entry start --event event=1 --unit months --covariates rx,number,size --strata enum \
                   --cluster id";
    let found = Found::in_table(&dataset("bladder2"), options);
    assert_model(&found, "table", "cox_bladder_cluster", &["rx", "number", "size"]);
    let model_based = found.each("/models/0/cox/coefficients", "/model_std_err");
    for (row, found) in model_based.into_iter().enumerate() {
        let expected = expected("cox_bladder_cluster")["naive.var"]["values"][row][row].as_f64().expect("a variance");
        assert_near(found.expect("a standard error"), expected.sqrt(), ITERATED);
    }
}

/// `mgus2` with the first of progression and death, as its help page makes them, and `male`.
fn mgus2() -> String {
    let [sex, progression_time, progressed, death_time, died] = [2, 7, 8, 9, 10];
    let time = |_: usize, it: &[&str]| it[if it[progressed] == "1" { progression_time } else { death_time }].to_owned();
    let event = |_: usize, it: &[&str]| match (it[progressed], it[died]) {
        ("1", _) => "pcm".to_owned(),
        (_, "1") => "death".to_owned(),
        _ => "alive".to_owned(),
    };
    let table = with_column(&dataset("mgus2"), "etime", time);
    let table = with_column(&table, "end", event);
    with_column(&table, "male", |_, it| u8::from(it[sex] == "M").to_string())
}

const MGUS2: &str = "--time etime --event end=pcm --competing death=death --unit months";

#[test]
fn mgus2_with_competing_events_by_sex() {
    let found = Found::in_table(&mgus2(), &format!("{MGUS2} --by sex --times 12,60,120,240,360"));
    let (curves, times) = (expected("aj_mgus2_sex"), 5);
    for class in 0..2 {
        for row in 0..times {
            let at = |state: &str| format!("/competing_risks/groups/0/incidence_at/{class}/{row}/{state}");
            let states = ["event_free", "incidence/0", "incidence/1"].map(|it| found.part(&at(it)).clone());
            for (field, value) in [("estimate", "pstate"), ("std_err", "std.err"), ("lower", "lower")] {
                let numbers: Vec<_> = states.iter().map(|it| it[field].as_f64()).collect();
                assert_all_near(&numbers, &curves[value]["values"][times * class + row], TOLERANCE);
            }
        }
    }
    let tests = expected("gray_mgus2_sex")["Tests"]["values"].clone();
    let chi_squares = found.each("/competing_risks/groups/0/gray", "/test/chi_square");
    assert_all_near(&chi_squares, &tests.as_array().expect("rows").iter().map(|it| it[0].clone()).collect(), TOLERANCE);
}

#[test]
fn mgus2_with_models_of_competing_events() {
    let found = Found::in_table(&mgus2(), &format!("{MGUS2} --covariates age,male,hgb,mspike"));
    let names = ["age", "male", "hgb", "mspike"];
    for (list, id) in [
        ("/competing_risks/models/0/fine_gray/coefficients", "crr_mgus2_pcm"),
        ("/competing_risks/models/0/cause_specific/0/model/coefficients", "csc_mgus2_pcm"),
        ("/models/0/cox/coefficients", "csc_mgus2_pcm"),
    ] {
        let expected = names.map(|it| expected(id)["coef"][it].clone());
        assert_all_near(&found.each(list, "/log_hazard_ratio"), &Value::Array(expected.to_vec()), ITERATED);
    }
    assert_eq!(found.part("/competing_risks/causes"), &Value::from(vec!["end = pcm", "death"]));
}
