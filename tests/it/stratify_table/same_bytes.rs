//! What is written depends on the table and the options alone, and keeps to its schema.

use contexture::cli::schemas::SCHEMAS;
use serde_json::Value;

use super::{Found, TABLE, arguments, dataset, with};
use crate::command::{Contents, Workplace, assert_same};

const LUNG: &str = "--time time --event status=2 --unit days --by sex --covariates age,ph.ecog --factor sex=1";

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let workplace = Workplace::with_files([("table.csv", &dataset("lung"))]);
    let results = |threads: &str| {
        let options = format!("{LUNG} --bootstrap 20 --times 180,365 --force --threads {threads}");
        workplace.finishes(&arguments(&options));
        workplace.contents("out")
    };
    let one = results("1");
    assert_same(&one, &results("2"));
    let statistics = String::from_utf8(one["statistics.json"].clone()).expect("UTF-8");
    assert!(statistics.contains("\"n_replicates\": 20"), "the bootstrap took place");
}

#[test]
fn another_seed_draws_other_samples() {
    let optimism = |seed: &str| {
        let found = Found::in_table(&dataset("lung"), &format!("{LUNG} --bootstrap 20 --seed {seed}"));
        found.part("/models/0/performance/validation/concordance").clone()
    };
    assert_eq!(optimism("1"), optimism("1"));
    assert_ne!(optimism("1"), optimism("2"));
}

/// The tidy tables, and the rows that were left out.
fn tables(found: &Found) -> Contents {
    let is_table = |name: &str| name.starts_with("tables/") || name == "excluded.tsv";
    found.workplace.contents("out").into_iter().filter(|it| is_table(&it.0)).collect()
}

/// Bootstrap samples and permutations, too, are those of the patients and not of the places where they stand.
#[test]
fn the_order_of_rows_does_not_matter() {
    let options = format!("{LUNG} --covariates wt.loss --times 180,365 --cutpoint age --bootstrap 20 --strata inst");
    let table = dataset("lung");
    let (header, rows) = table.split_once('\n').expect("a header");
    let mut reordered: Vec<&str> = rows.lines().collect();
    reordered.reverse();
    reordered.rotate_left(100);
    let [one, other] =
        [table.clone(), format!("{header}\n{}\n", reordered.join("\n"))].map(|table| Found::in_table(&table, &options));
    assert_eq!(one.statistics, other.statistics);
    let numbers = |found: &Found| tables(found).into_iter().filter(|it| it.0 != "excluded.tsv").collect();
    assert_same(&numbers(&one), &numbers(&other));
}

#[test]
fn tabs_for_commas_and_other_columns_do_not_matter() {
    let options = "--time time --event status=1 --unit months --by sex --covariates age --id id --entry entry";
    let expected = tables(&Found::in_table(TABLE, options));
    assert_same(&expected, &tables(&Found::in_table(&TABLE.replace(',', "\t"), options)));
    assert_same(&expected, &tables(&Found::in_table(&with("ecog", "other"), options)));
}

#[test]
fn statistics_keep_to_their_schema() {
    let schema = SCHEMAS.iter().find(|it| it.name == "table-statistics.schema.json").expect("a schema");
    let schema: Value = serde_json::from_str(&schema.generate()).expect("a schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema of draft 2020-12");
    let ended = TABLE.replace("p2,8,0", "p2,8,2");
    for (table, options) in [
        (dataset("lung"), format!("{LUNG} --times 180,365 --bootstrap 5 --strata inst --cluster inst")),
        (
            TABLE.to_owned(),
            "--time time --event status=1 --unit months --entry entry --weights weight --by ecog --covariates age"
                .to_owned(),
        ),
        (
            ended,
            "--time time --event status=1 --competing other=2 --unit months --by sex --covariates age --times 10"
                .to_owned(),
        ),
        ("time,status\n3,0\n4,1\n".to_owned(), "--time time --event status=1 --unit years --test max-combo".to_owned()),
    ] {
        let found = Found::in_table(&table, &options);
        let document: Value = serde_json::from_str(&found.workplace.read("out/statistics.json")).expect("JSON");
        let problems: Vec<String> =
            validator.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert_eq!(problems, [""; 0], "{options}");
        let mut surprising = document;
        surprising["statistics"]["surprise"] = Value::from(1);
        assert!(!validator.is_valid(&surprising));
    }
}
