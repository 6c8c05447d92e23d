use super::resolve::AxesProblem;
use super::*;
use crate::model::Synonyms;

fn own(markers: &str) -> AxesFile {
    toml::from_str(&format!("schema_version = 1\n{markers}")).unwrap()
}

fn resolved(markers: &str, tumour_type: Option<&str>) -> Result<Axes, AxesProblem> {
    AxesFile::bundled().resolve(Some(&own(markers)), tumour_type)
}

fn problem(markers: &str) -> String {
    match resolved(markers, None).unwrap_err() {
        AxesProblem::File(problem) => problem.text,
        AxesProblem::TumourType(problem) => problem,
    }
}

fn of<'a>(axes: &'a Axes, marker: &str) -> Vec<&'a AxisMarker> {
    axes.markers.iter().filter(|it| it.marker.as_str() == marker).collect()
}

#[test]
fn the_bundled_table_says_source_and_confidence_of_every_sign() {
    let bundled = AxesFile::bundled();
    assert_eq!(bundled.tumour_types(), ["crc", "nsclc"]);
    for tumour_type in [None, Some("crc"), Some("nsclc")] {
        let axes = bundled.resolve(None, tumour_type).unwrap();
        for it in &axes.markers {
            assert!(it.source.is_some() && it.confidence.is_some(), "{}", it.marker);
        }
        for axis in &axes.axes {
            assert!(axes.markers.iter().any(|it| it.axis == axis.name), "{} has a marker", axis.name);
        }
    }
    assert!(DEFAULT_AXES.starts_with('#'), "it says what is established");
}

/// The review that named the contexture gives a list of markers, and no signs.
#[test]
fn a_sign_that_nobody_published_is_of_low_confidence() {
    let bundled = AxesFile::bundled();
    for tumour_type in [None, Some("crc"), Some("nsclc")] {
        for it in bundled.resolve(None, tumour_type).unwrap().markers {
            let source = it.source.unwrap();
            assert!(!source.contains("nrc3245"), "{}", it.marker);
            if source == "general knowledge" {
                assert_eq!(it.confidence, Some(Confidence::Low), "{}", it.marker);
            }
        }
    }
    let crc = bundled.resolve(None, Some("crc")).unwrap();
    assert_eq!(of(&crc, "CD3")[0].confidence, Some(Confidence::High));
    for marker in ["CD163", "CD66b"] {
        let note = of(&crc, marker)[0].note.as_deref().unwrap();
        assert!(note.contains("favourable in others"), "{note}");
    }
}

#[test]
fn every_marker_of_the_bundled_table_is_a_word_of_the_field() {
    let synonyms = Synonyms::default();
    for it in AxesFile::bundled().markers {
        // A combination is the name of a phenotype, and is looked for as it is spelled.
        let is_combination = it.marker.as_str().contains('+');
        assert_eq!(synonyms.marker(it.marker.as_str()), (!is_combination).then_some(it.marker));
    }
}

/// Of a density table, a marker that is no word of the field keeps its name: this is how a phenotype reaches its axis.
#[test]
fn nkt_cells_are_a_combination_and_no_stain() {
    let axes = AxesFile::bundled().resolve(None, None).unwrap();
    let of_axis: Vec<(&str, AxisSign)> =
        axes.markers.iter().filter(|it| it.axis == "nk_nkt").map(|it| (it.marker.as_str(), it.sign)).collect();
    assert_eq!(
        of_axis,
        [
            ("NKp46", AxisSign::Positive),
            ("CD56", AxisSign::Positive),
            ("CD57", AxisSign::Context),
            ("CD3+CD56+", AxisSign::Context)
        ]
    );
    let synonyms = Synonyms::default();
    assert_eq!(synonyms.phenotype("CD3+CD56+"), "CD3+CD56+");
    // NK cells are CD3-CD56+, and must not be taken for them.
    assert_eq!(synonyms.phenotype("CD3-CD56+"), "CD3-CD56+");
}

#[test]
fn a_laboratory_says_only_what_it_changes() {
    let axes = resolved("[[markers]]\nmarker = \"CD4\"\nsign = \"positive\"\n", Some("crc")).unwrap();
    let cd4 = of(&axes, "CD4")[0];
    assert_eq!((cd4.sign, cd4.axis.as_str(), &cd4.source), (AxisSign::Positive, "helper_t", &None));
    let bundled = AxesFile::bundled().resolve(None, Some("crc")).unwrap();
    assert_eq!(of(&axes, "FOXP3"), of(&bundled, "FOXP3"));
    assert_eq!(axes.markers.len(), bundled.markers.len());
}

#[test]
fn a_sign_that_is_said_again_keeps_what_is_known_of_it() {
    let bundled = AxesFile::bundled().resolve(None, Some("crc")).unwrap();
    let again = resolved("[[markers]]\nmarker = \"CD3\"\nsign = \"positive\"\n", Some("crc")).unwrap();
    assert_eq!(of(&again, "CD3"), of(&bundled, "CD3"));
    let again = resolved("[[markers]]\nmarker = \"CD45RO\"\nsign = \"positive\"\nnote = \"own\"\n", None).unwrap();
    let cd45ro = of(&again, "CD45RO")[0];
    assert_eq!((cd45ro.note.as_deref(), cd45ro.source.as_deref()), (Some("own"), Some("general knowledge")));
    let other = resolved("[[markers]]\nmarker = \"CD45RO\"\nsign = \"negative\"\n", None).unwrap();
    let cd45ro = of(&other, "CD45RO")[0];
    assert_eq!((&cd45ro.note, &cd45ro.source, cd45ro.confidence), (&None, &None, None));
}

#[test]
fn a_laboratory_goes_last_and_its_type_of_tumour_after_its_general_signs() {
    let general = "[[markers]]\nmarker = \"FOXP3\"\nsign = \"negative\"\n";
    assert_eq!(of(&resolved(general, Some("crc")).unwrap(), "FOXP3")[0].sign, AxisSign::Negative);
    let both = format!("{general}[[markers]]\nmarker = \"FOXP3\"\ntumour_type = \"crc\"\nsign = \"context\"\n");
    assert_eq!(of(&resolved(&both, Some("crc")).unwrap(), "FOXP3")[0].sign, AxisSign::Context);
    assert_eq!(of(&resolved(&both, None).unwrap(), "FOXP3")[0].sign, AxisSign::Negative);
}

#[test]
fn a_laboratory_adds_axes_markers_and_types_of_tumour() {
    let text = "[[axes]]\nname = \"plasma\"\nlabel = \"Plasma cells\"\ndimension = \"type\"\n\
                [[markers]]\nmarker = \"CD138\"\naxis = \"plasma\"\nsign = \"context\"\n\
                [[markers]]\nmarker = \"CD138\"\ntumour_type = \"sarcoma\"\nsign = \"positive\"\n";
    let axes = resolved(text, Some("sarcoma")).unwrap();
    assert_eq!(axes.axes.last().unwrap().name, "plasma");
    assert_eq!(of(&axes, "CD138")[0].sign, AxisSign::Positive);
    assert_eq!(axes.markers.last().unwrap().axis, "plasma");
    assert_eq!(axes.tumour_types, ["crc", "nsclc", "sarcoma"]);
}

#[test]
fn a_marker_on_two_axes_has_one_sign() {
    assert_eq!(of(&AxesFile::bundled().resolve(None, None).unwrap(), "CD208").len(), 2);
    let found = problem("[[markers]]\nmarker = \"CD208\"\naxis = \"dendritic_cells\"\nsign = \"negative\"\n");
    assert!(found.contains("'positive' on axis 'b_cells_tls' and 'negative' on axis 'dendritic_cells'"), "{found}");
    let both = resolved("[[markers]]\nmarker = \"CD208\"\nsign = \"negative\"\n", None).unwrap();
    assert!(of(&both, "CD208").iter().all(|it| it.sign == AxisSign::Negative));
    // A type of tumour that the study is not about is looked at as well.
    let of_type =
        "[[markers]]\nmarker = \"CD208\"\naxis = \"dendritic_cells\"\ntumour_type = \"crc\"\nsign = \"negative\"\n";
    assert!(problem(of_type).contains("in tumour type 'crc'"));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (text, expected) in [
        ("[[markers]]\nmarker = \"CD99\"\nsign = \"positive\"\n", "marker 'CD99' needs axis = \"…\", since it is new"),
        ("[[markers]]\nmarker = \"CD99\"\naxis = \"nk_nkt\"\n", "marker 'CD99' on axis 'nk_nkt' needs sign"),
        (
            "[[markers]]\nmarker = \"CD99\"\naxis = \"nk\"\nsign = \"positive\"\n",
            "marker 'CD99': there is no axis 'nk'",
        ),
        ("[[markers]]\nmarker = \"CD4\"\n[[markers]]\nmarker = \"CD4\"\n", "stands twice"),
        ("[[markers]]\nmarker = \"CD4\"\nmeasure = \"percent_of_cells\"\n", "share of other cells"),
        ("[[markers]]\nmarker = \"CD4\"\ntumour_type = \"CRC\"\n", "small letters"),
        ("[[axes]]\nname = \"A b\"\nlabel = \"x\"\ndimension = \"type\"\n", "small letters"),
    ] {
        let found = problem(text);
        assert!(found.contains(expected), "{found}");
    }
    let found = problem("[[markers]]\nmarker = \"FOPX3\"\nsign = \"positive\"\n");
    assert!(
        found.contains("(there are: B2M, CD11b, CD163, CD1a, ") && found.ends_with("did you mean 'FOXP3'?"),
        "{found}"
    );
    assert_eq!(found.matches("CD208").count(), 1, "each once: {found}");
    let wrong = AxesFile { schema_version: 2, ..AxesFile::bundled() };
    let found = wrong.resolve(None, None).unwrap_err();
    assert!(matches!(found, AxesProblem::File(it) if it.text.contains("schema_version is 2")));
    let found = AxesFile::bundled().resolve(None, Some("ccr")).unwrap_err();
    assert!(matches!(found, AxesProblem::TumourType(it) if it.contains("(there are: crc, nsclc)")));
}
