use super::*;
use crate::model::{Component, Marker, Region};
use crate::protocol::{ComponentSpec, Measure, Pooling};

/// A protocol of one marker in two regions.
fn protocol() -> Protocol {
    let mut protocol: Protocol = Protocol::preset("consensus").unwrap();
    protocol.name = "test".to_owned();
    protocol.markers = vec![Marker::from("CD3")];
    protocol
}

fn settings(protocol: &Protocol, mode: ReferenceMode) -> ReferenceSettings<'_> {
    let built_from = ReferenceBuild::CompletePatients;
    ReferenceSettings { mode, tie_rule: TieRule::Mid, built_from, protocol, specimen: None }
}

fn build(rows: &[Vec<Option<f64>>], built_from: ReferenceBuild) -> Result<Reference> {
    let protocol = protocol();
    Reference::build(
        &UsableValues::of_rows(rows),
        &ReferenceSettings { built_from, ..settings(&protocol, ReferenceMode::OwnCohort) },
    )
}

/// What using a file in a study of this protocol says.
fn refusal(file: ReferenceFile, protocol: &Protocol) -> String {
    Reference::new(file, &settings(protocol, ReferenceMode::External)).unwrap_err().to_string()
}

fn rows() -> Vec<Vec<Option<f64>>> {
    (0..40).map(|it| vec![Some(f64::from(it)), (it >= 10).then_some(f64::from(2 * it))]).collect()
}

fn file() -> ReferenceFile {
    build(&rows(), ReferenceBuild::CompletePatients).unwrap().file
}

#[test]
fn it_is_built_from_complete_patients_or_from_all_values() {
    let complete = build(&rows(), ReferenceBuild::CompletePatients).unwrap();
    assert_eq!([complete.distribution(0).n(), complete.distribution(1).n()], [30, 30]);
    let all = build(&rows(), ReferenceBuild::AllValues).unwrap();
    assert_eq!([all.distribution(0).n(), all.distribution(1).n()], [40, 30]);
}

#[test]
fn fewer_than_twenty_patients_are_refused_and_fewer_than_120_warned_of() {
    let error = build(&rows()[..25], ReferenceBuild::CompletePatients).unwrap_err().to_string();
    assert!(error.starts_with("15 patients of the cohort can make a reference"), "{error}");
    let protocol = protocol();
    let summary = build(&rows(), ReferenceBuild::CompletePatients).unwrap().summary(&protocol.components());
    assert!(summary.warnings.iter().any(|it| it.contains("below 120")), "{:?}", summary.warnings);
}

#[test]
fn a_reference_of_another_protocol_version_pooling_or_set_of_regions_is_refused() {
    let protocol = protocol();
    let with = |change: fn(&mut ReferenceFile)| {
        let mut file = ReferenceFile { rank_correlations: Vec::new(), ..file() };
        change(&mut file);
        refusal(file, &protocol)
    };
    for (found, expected) in [
        (with(|it| it.rank_correlations = vec![vec![1.0]]), "needs 2 rank_correlations for each of its 2 components"),
        (with(|it| it.protocol = "consensus".to_owned()), "was made for protocol 'consensus'"),
        (with(|it| it.schema_version = 2), "has schema_version 2"),
        (with(|it| it.pooling = Some(Pooling::Max)), "pooled by 'max', the study pools by 'pooled'"),
        (with(|it| drop(it.components.pop())), "no values of CD3 IM"),
        (with(|it| it.components.push(it.components[0].clone())), "holds CD3 CT twice"),
        (
            with(|it| {
                let more = Component::new(Marker::from("CD8"), Region::from("CT"));
                it.components.push(ReferenceComponent::of_values(more, it.components[0].values.clone()));
            }),
            "holds values of CD8 CT, which protocol 'test' does not have",
        ),
        (with(|it| it.n_patients = 31), "built from 31 complete patients, and has 30 values of CD3 CT"),
        (with(|it| it.name = "a\nb".to_owned()), "control characters"),
    ] {
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn kinds_of_tissue_are_not_compared() {
    let protocol = protocol();
    let file = ReferenceFile { specimen: Some(Specimen::TissueMicroarray), ..file() };
    let of = |specimen| {
        Reference::new(file.clone(), &ReferenceSettings { specimen, ..settings(&protocol, ReferenceMode::External) })
    };
    let error = of(Some(Specimen::WholeSlide)).unwrap_err().to_string();
    assert!(error.contains("was made of cores of a tissue microarray, the patients were measured on whole"), "{error}");
    assert!(of(Some(Specimen::TissueMicroarray)).is_ok());
    let unknown = of(None).unwrap().summary(&protocol.components()).warnings;
    assert!(unknown.iter().any(|it| it.contains("what the densities were measured on is not said")), "{unknown:?}");

    let silent = ReferenceFile { specimen: None, ..file };
    let remarks = |specimen| -> Vec<String> {
        let settings = ReferenceSettings { specimen, ..settings(&protocol, ReferenceMode::External) };
        Reference::new(silent.clone(), &settings).unwrap().remarks().collect()
    };
    let said = remarks(Some(Specimen::TissueMicroarray));
    assert!(said.iter().any(|it| it.contains("the reference does not say what it was made of")), "{said:?}");
    assert!(!remarks(None).iter().any(|it| it.contains("made of")), "nobody says anything");
}

#[test]
fn one_distribution_for_two_regions_is_remarked() {
    let rows: Vec<Vec<Option<f64>>> = (0..40).map(|it| vec![Some(f64::from(it)); 2]).collect();
    let protocol = protocol();
    let warnings = build(&rows, ReferenceBuild::CompletePatients).unwrap().summary(&protocol.components()).warnings;
    assert!(warnings.iter().any(|it| it.contains("the same values for CD3 CT and CD3 IM")), "{warnings:?}");
}

#[test]
fn zeros_and_large_ties_are_remarked() {
    let rows: Vec<Vec<Option<f64>>> =
        (0..200).map(|it| vec![Some(f64::from((it - 40).max(0))), Some(f64::from(1 + it % 10))]).collect();
    let protocol = protocol();
    let warnings = build(&rows, ReferenceBuild::CompletePatients).unwrap().summary(&protocol.components()).warnings;
    assert!(warnings.iter().any(|it| it.contains("20.5 % of the reference values of CD3 CT are 0")), "{warnings:?}");
    assert!(warnings.iter().any(|it| it.contains("10.0 % of the reference values of CD3 IM are one")), "{warnings:?}");
}

fn patients_of(n: i32, from: i32) -> Vec<Vec<Option<f64>>> {
    (from..from + n).map(|it| vec![Some(f64::from(it)), Some(f64::from(2 * it))]).collect()
}

#[test]
fn a_centre_faces_the_patients_of_the_others_alone() {
    let protocol = protocol();
    let rows = [patients_of(30, 0), patients_of(25, 1000), patients_of(22, 2000), patients_of(1, 9000)].concat();
    let centres: Vec<Option<&str>> =
        [vec![Some("A"); 30], vec![Some("B"); 25], vec![Some("C"); 22], vec![None]].concat();
    let settings = settings(&protocol, ReferenceMode::LeaveOneCentreOut);
    let reference = Reference::of_other_centres(&UsableValues::of_rows(&rows), &centres, &settings).unwrap();
    let of_b = reference.facing(Some("B")).unwrap().distribution(0).values().unwrap().to_vec();
    assert_eq!(of_b.len(), 52);
    assert!(of_b.iter().all(|it| !(1000.0..1100.0).contains(it)), "no value of the centre itself");
    assert!(!of_b.contains(&9000.0), "nor of a patient whose centre is not known");
    assert!(reference.facing(None).is_none());
    let summary = reference.summary(&protocol.components());
    assert_eq!(summary.held_out.iter().map(|it| it.n_patients).collect::<Vec<_>>(), [47, 52, 55]);
    assert_eq!(summary.n_patients, 77);

    let error = Reference::of_other_centres(&UsableValues::of_rows(&rows), &[Some("A"); 78], &settings)
        .unwrap_err()
        .to_string();
    assert!(error.contains("needs patients of two centres or more (found: A)"), "{error}");
    let error = Reference::of_other_centres(&UsableValues::of_rows(&rows[..45]), &centres[..45], &settings)
        .unwrap_err()
        .to_string();
    assert!(error.contains("15 patients of the cohort without centre 'A'"), "{error}");
}

fn provenance() -> Provenance {
    Provenance {
        contexture_version: "0".to_owned(),
        protocol_sha256: String::new(),
        date: None,
        split: None,
        inputs: Vec::new(),
        merged_from: Vec::new(),
    }
}

fn of_values(from: i32, sha256: &str) -> ReferenceFile {
    let file = build(&patients_of(25, from), ReferenceBuild::CompletePatients).unwrap().file;
    ReferenceFile { sha256: Some(sha256.to_owned()), name: format!("from {from}"), ..file }
}

#[test]
fn a_union_is_the_reference_of_all_patients() {
    let union = of_values(0, "a").merge(&of_values(100, "b"), provenance()).unwrap();
    let all = build(&[patients_of(25, 0), patients_of(25, 100)].concat(), ReferenceBuild::CompletePatients);
    assert_eq!(union.components, all.unwrap().file.components);
    assert_eq!(union.n_patients, 50);
    let parts: Vec<String> = union.provenance.unwrap().merged_from.into_iter().map(|it| it.name).collect();
    assert_eq!(parts, ["from 0", "from 100"]);
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let (one, other) = (of_values(0, "a"), of_values(100, "b"));
    let union = ReferenceFile { sha256: Some("ab".to_owned()), ..one.merge(&other, provenance()).unwrap() };
    let whole = ReferenceFile { specimen: Some(Specimen::WholeSlide), ..other.clone() };
    let lacking = ReferenceFile { components: vec![other.components[0].clone()], ..other.clone() };
    let of_samples = ReferenceFile { n_samples: Some(25), ..other.clone() };
    let foreign = ReferenceFile { protocol: "consensus".to_owned(), ..other.clone() };
    for (other, expected) in [
        (one.clone(), "the same values"),
        (union, "both hold 'from 0'"),
        (other.with_quantiles(5, 1).unwrap().0, "'from 100' is a table of quantiles"),
        (whole, "kind of tissue"),
        (of_samples, "values, of patients or of samples"),
        (lacking, "one has values of CD3 CT, CD3 IM, the other of CD3 CT"),
        (foreign, "one was made for protocol 'test', the other for 'consensus'"),
    ] {
        let error = one.merge(&other, provenance()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_reference_of_another_measure_is_refused() {
    let (protocol, mut file) = (protocol(), file());
    file.components[1].measure = Measure::Percent;
    let error = refusal(file, &protocol);
    assert!(error.contains("has CD3 IM as percent, protocol 'test' measures it as density"), "{error}");
}

#[test]
fn a_reference_says_its_measure_unless_it_is_a_density() {
    let json = |it: &ReferenceComponent| serde_json::to_value(it).unwrap();
    let density = file().components[0].clone();
    assert_eq!(json(&density).get("measure"), None);
    let percent = ReferenceComponent { measure: Measure::Percent, ..density.clone() };
    assert_eq!(json(&percent)["measure"], "percent");
    for component in [density, percent] {
        assert_eq!(serde_json::from_value::<ReferenceComponent>(json(&component)).unwrap(), component);
    }
}

#[test]
fn shares_of_other_cells_are_refused() {
    let share = |of: &str| ComponentSpec {
        measure: Measure::PercentOfCells,
        of: Some(Marker::from(of)),
        ..ComponentSpec::density(Marker::from("CD3"), Region::from("CT"))
    };
    let of =
        |whole: &str| Protocol { markers: Vec::new(), regions: Vec::new(), listed: vec![share(whole)], ..protocol() };
    let (tumour, all) = (of("tumour cells"), of("all cells"));
    let rows: Vec<Vec<Option<f64>>> = (0..30).map(|it| vec![Some(f64::from(it))]).collect();
    let file =
        Reference::build(&UsableValues::of_rows(&rows), &settings(&tumour, ReferenceMode::Training)).unwrap().file;
    assert_eq!(file.components[0].of, Some(Marker::from("tumour cells")));
    let said = refusal(file.clone(), &all);
    assert!(
        said.contains("has CD3 CT as a share of 'tumour cells', protocol 'test' takes it of 'all cells'"),
        "{said}"
    );
    let mut older = file;
    older.components[0].of = None;
    assert!(Reference::new(older, &settings(&all, ReferenceMode::External)).is_ok(), "it does not say");
}

/// Twice as wide a circle around a cell holds others: a share within 20 µm says nothing among those within 40 µm.
#[test]
fn proximities_of_another_distance_are_refused() {
    let near = |of: &str, within_um: f64| {
        let spec = ComponentSpec {
            measure: Measure::Proximity,
            of: Some(Marker::from(of)),
            within_um: Some(within_um),
            ..ComponentSpec::density(Marker::from("CD3"), Region::from("CT"))
        };
        Protocol { markers: Vec::new(), regions: Vec::new(), listed: vec![spec], ..protocol() }
    };
    let rows: Vec<Vec<Option<f64>>> = (0..30).map(|it| vec![Some(f64::from(it))]).collect();
    let at_20 = near("tumour cells", 20.0);
    let file =
        Reference::build(&UsableValues::of_rows(&rows), &settings(&at_20, ReferenceMode::Training)).unwrap().file;
    assert_eq!(file.components[0].within_um, Some(20.0));
    assert!(Reference::new(file.clone(), &settings(&at_20, ReferenceMode::External)).is_ok());
    let said = refusal(file.clone(), &near("tumour cells", 40.0));
    assert!(said.contains("has CD3 CT within 20 µm, protocol 'test' asks for cells within 40 µm"), "{said}");
    let said = refusal(file.clone(), &near("B cells", 20.0));
    assert!(said.contains("has CD3 CT as a share of 'tumour cells', protocol 'test' takes it of 'B cells'"), "{said}");
    let mut silent = file.clone();
    silent.components[0].within_um = None;
    let said = refusal(silent, &at_20);
    assert!(said.contains("has CD3 CT without its distance"), "{said}");
    let use_for = file.account().unwrap().use_for.concat();
    assert!(use_for.contains("CD3 CT (share of tumour cells within 20 µm)"), "{use_for}");
}

#[test]
fn a_ratio_needs_a_value_above_0_in_the_reference() {
    let ratio = Protocol { name: "test".to_owned(), ..Protocol::preset("ratio-ct-im").unwrap() };
    let built =
        Reference::build(&UsableValues::of_rows(&patients_of(40, 0)), &settings(&ratio, ReferenceMode::Training))
            .unwrap();
    let said = refusal(built.file.with_quantiles(5, 1).unwrap().0, &ratio);
    assert!(said.contains("is a table of quantiles") && said.contains("without --quantiles"), "{said}");
    let zeros = vec![vec![Some(0.0); 2]; 40];
    let said = Reference::build(&UsableValues::of_rows(&zeros), &settings(&ratio, ReferenceMode::Training))
        .unwrap_err()
        .to_string();
    assert!(said.contains("has no value above 0"), "{said}");
}

#[test]
fn what_lacks_is_named_where_there_are_patients_enough() {
    let rows: Vec<Vec<Option<f64>>> = (0..40).map(|it| vec![Some(f64::from(it)), None]).collect();
    let protocol = protocol();
    let said = Reference::build(&UsableValues::of_rows(&rows), &settings(&protocol, ReferenceMode::External))
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("0 patients of the training cohort can make a reference (0 have CD3 IM), at least 20"),
        "{said}"
    );
}

/// Values of patients and of single samples are not compared.
#[test]
fn a_reference_of_samples_is_for_samples() {
    let of_patients = build(&rows(), ReferenceBuild::CompletePatients).unwrap().file;
    let n = of_patients.n_patients;
    let mut of_each_sample = protocol();
    of_each_sample.pooling = Pooling::LeastInfiltratedBlock;
    let with = |pooling, n_samples, n_patients| ReferenceFile {
        pooling: Some(pooling),
        n_samples,
        n_patients,
        ..of_patients.clone()
    };
    let block = Pooling::LeastInfiltratedBlock;
    for (file, protocol, expected) in [
        (with(block, None, n), &of_each_sample, "does not say n_samples: its values are of patients"),
        (with(Pooling::Pooled, Some(n), n), &protocol(), "says n_samples: its values are of single samples"),
        (with(block, Some(n), n + 1), &of_each_sample, "says that it was built from"),
    ] {
        let error = refusal(file, protocol);
        assert!(error.contains(expected), "{error}");
    }
    let sound = with(block, Some(n), n - 5);
    assert!(Reference::new(sound, &settings(&of_each_sample, ReferenceMode::External)).is_ok());
}
