use std::collections::BTreeSet;

use super::*;

#[test]
fn a_marker_is_known_in_any_case_and_separator() {
    let synonyms = Synonyms::default();
    for (word, marker) in [("CD3", "CD3"), ("cd3+", "CD3"), (" Cd-8 ", "CD8"), ("CD3e", "CD3"), ("pd_l1", "PD-L1")] {
        assert_eq!(synonyms.marker(word).as_ref().map(Marker::as_str), Some(marker), "{word}");
    }
    assert_eq!(synonyms.marker("CD88"), None);
    assert_eq!(synonyms.marker(""), None);
}

#[test]
fn a_marker_is_known_by_its_gene_its_cluster_and_its_older_name() {
    let synonyms = Synonyms::default();
    for (marker, words) in [
        ("B2M", &["B2-microglobulin", "Beta-2-Microglobulin", "β2M", "beta2 microglobulin"][..]),
        ("CD21", &["CR2"]),
        ("CD56", &["NCAM", "NCAM-1"]),
        ("CD66b", &["CEACAM8"]),
        ("CX3CL1", &["Fractalkine"]),
        ("CXCL9", &["MIG"]),
        ("CXCL10", &["IP-10"]),
        ("ICAM1", &["CD54", "ICAM-1"]),
        ("Nectin-4", &["Nectin4", "NECTIN-4", "PVRL4"]),
        ("TIM-3", &["CD366"]),
        ("VCAM1", &["CD106", "VCAM-1"]),
    ] {
        for word in words {
            assert_eq!(synonyms.marker(word).as_ref().map(Marker::as_str), Some(marker), "{word}");
        }
    }
    assert_eq!(synonyms.component("Nectin4_CT").map(|it| it.to_string()).as_deref(), Some("Nectin-4 CT"));
}

/// A word of two markers would mean whichever stands last.
#[test]
fn a_word_means_one_marker_and_is_written_as_words_are_compared() {
    let mut seen = BTreeSet::new();
    for (name, words) in MARKERS {
        for word in *words {
            assert_eq!(comparable(word), **word, "{name}");
        }
        let all: BTreeSet<_> = words.iter().map(|it| (*it).to_owned()).chain([comparable(name)]).collect();
        for word in all {
            assert!(seen.insert(word.clone()), "'{word}' stands twice");
        }
    }
}

#[test]
fn a_wide_column_is_a_marker_and_a_region() {
    let synonyms = Synonyms::default();
    for column in ["CD3_CT", "cd3_ct", "CD3 CT", "CD3.TC", "ct-cd3+", "CD3CT", "Core CD3"] {
        let component = synonyms.component(column).map(|it| it.to_string());
        assert_eq!(component.as_deref(), Some("CD3 CT"), "{column}");
    }
    for other in ["patient_id", "CD3", "CT", "CD3_CT_area", "age"] {
        assert_eq!(synonyms.component(other), None, "{other}");
    }
}

#[test]
fn a_word_that_says_negative_is_no_marker() {
    let synonyms = Synonyms::default();
    for word in ["CD8-", "CD8- ", "CD8\u{2212}", "PD-L1-", "CD8 (Opal 540)-", "CD8 (negative)", "CD8neg", "CD3-CD8"] {
        assert_eq!(synonyms.marker(word), None, "{word}");
    }
    for column in ["CD8-_CT", "CD8- CT", "CT_CD8-"] {
        assert_eq!(synonyms.component(column), None, "{column}");
    }
    for (word, marker) in [("HLA-DR", "HLA-DR"), ("PD-L1+", "PD-L1"), ("CD - 8", "CD8"), ("-CD8", "CD8")] {
        assert_eq!(synonyms.marker(word).as_ref().map(Marker::as_str), Some(marker), "{word}");
    }
    assert_eq!(synonyms.component("CD8-CT").map(|it| it.to_string()).as_deref(), Some("CD8 CT"));
    let own = BTreeMap::from([("CD8-".to_owned(), "not CD8".to_owned())]);
    let own = Synonyms::with(&own, &BTreeMap::new());
    assert_eq!(own.marker("cd8-").as_ref().map(Marker::as_str), Some("not CD8"));
    assert_eq!(own.marker("CD8").as_ref().map(Marker::as_str), Some("CD8"));
}

#[test]
fn a_marker_is_known_as_exporters_write_it() {
    let synonyms = Synonyms::default();
    for (word, marker) in [
        ("CD8 (Opal 540)", "CD8"),
        ("CD8..Opal.540.", "CD8"),
        ("PD-L1 (Opal Polaris 780)", "PD-L1"),
        ("S100 (Cy5)", "S100"),
        ("FoxP3", "FOXP3"),
        ("Ki67", "Ki-67"),
        ("PanCK", "PanCK"),
        ("CK (Opal 690)", "PanCK"),
    ] {
        assert_eq!(synonyms.marker(word).as_ref().map(Marker::as_str), Some(marker), "{word}");
    }
    assert_eq!(synonyms.marker("Opal 540"), None);
    assert_eq!(synonyms.marker("DAPI (Opal 540)"), None);
}

#[test]
fn a_phenotype_is_a_marker_or_itself() {
    let synonyms = Synonyms::default();
    for (word, phenotype) in
        [("CD8+", "CD8"), ("CD8-", "CD8-"), (" Cytotoxic \t T ", "Cytotoxic T"), ("CD3+CD8+", "CD3+CD8+"), ("", "")]
    {
        assert_eq!(synonyms.phenotype(word), phenotype, "{word}");
    }
}

#[test]
fn a_region_is_known_as_exporters_write_it() {
    let synonyms = Synonyms::default();
    for (region, words) in [
        ("CT", &["TU_CORE", "TC", "Tumor center", "tumour centre"][..]),
        ("IM", &["MARG_500_IN", "MARG_500_OUT", "marg_in", "im_out", "Margin inner", "Invasive front", "IF"]),
        ("TUMOR", &["tumor", "TUMOUR"]),
        ("STROMA", &["stroma", "STROMAL"]),
        ("NECROSIS", &["Necrosis"]),
        ("BACKGROUND", &["Glass", "Background"]),
    ] {
        for word in words {
            assert_eq!(synonyms.region(word).as_ref().map(Region::as_str), Some(region), "{word}");
        }
    }
    assert_eq!(synonyms.region("MARG_LUMEN"), None);
}

#[test]
fn a_laboratory_adds_its_words() {
    let own = BTreeMap::from([("T cells".to_owned(), "CD3".to_owned()), ("Ki-67".to_owned(), "Ki-67".to_owned())]);
    let synonyms = Synonyms::with(&own, &BTreeMap::from([("Rand".to_owned(), "IM".to_owned())]));
    assert_eq!(synonyms.marker("t_cells").as_ref().map(Marker::as_str), Some("CD3"));
    assert_eq!(synonyms.marker("ki67").as_ref().map(Marker::as_str), Some("Ki-67"));
    assert_eq!(synonyms.region("rand").as_ref().map(Region::as_str), Some("IM"));
}
