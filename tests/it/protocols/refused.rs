use super::{SCORE, study};

/// What is said of a table or a protocol that is refused.
#[track_caller]
fn assert_refused(densities: &str, protocol: &str, expected: &str) {
    let said = study(densities, protocol, "none").refuses(&SCORE);
    assert!(said.contains(expected), "expected {expected:?}: {said}");
}

const STILS: &str = "preset = \"stils\"";

#[test]
fn fractions_above_1() {
    let table = "patient_id,region,marker,fraction\np,STROMA,TILs,0.2\nq,STROMA,TILs,1.2\n";
    assert_refused(table, STILS, "row 3, column 'fraction': found '1.2', expected a fraction from 0 to 1");
}

#[test]
fn percents_above_100() {
    let table = "patient_id,region,marker,percent\np,STROMA,TILs,120\n";
    assert_refused(table, STILS, "row 2, column 'percent': found '120', expected a percent from 0 to 100");
}

#[test]
fn percents_that_look_like_fractions() {
    let table = "patient_id,region,marker,percent\np,STROMA,TILs,0.2\nq,STROMA,TILs,1\nr,STROMA,TILs,0\n";
    assert_refused(table, STILS, "look like fractions; call the column 'fraction', and if they really are percents");
    let whole = study("patient_id,region,marker,percent\np,STROMA,TILs,0\nq,STROMA,TILs,1\n", STILS, "none");
    assert!(whole.finishes(&SCORE).contains("exit code 0"), "0 % and 1 % are percents");
}

#[test]
fn proximities_that_are_no_percents() {
    let proximity = "preset = \"t-cell-proximity\"";
    let refused = |rows: &str, expected: &str| {
        let said = study(&format!("patient_id,region,marker,{rows}"), proximity, "self").refuses(&SCORE);
        assert!(said.contains(expected), "expected {expected:?}: {said}");
    };
    refused("percent\np,CT,CD3,120\n", "row 2, column 'percent': found '120', expected a percent from 0 to 100");
    refused("percent\np,CT,CD3,0.2\nq,CT,CD3,0.4\n", "look like fractions; call the column 'fraction'");
    refused("n_cells\np,CT,CD3,300\n", "how near cells lie does not follow from how many there are");
}

#[test]
fn a_positive_area_larger_than_the_tissue() {
    let table = "patient_id,region,marker,positive_area_mm2,area_mm2\np,STROMA,TILs,3,2\n";
    assert_refused(
        table,
        STILS,
        "column 'positive_area_mm2': found '3', expected an area of 0 mm² or more that is no larger",
    );
}

#[test]
fn densities_per_high_power_field() {
    let table = "patient_id,region,marker,cells_per_hpf\np,TUMOR,TLS,3\n";
    assert_refused(
        table,
        "preset = \"tls\"",
        "column 'cells_per_hpf' looks like cells on high-power fields; give n_cells, and area_mm2",
    );
}

#[test]
fn an_area_score_from_counts() {
    let table = "patient_id,region,marker,n_cells,area_mm2\np,STROMA,TILs,300,2\n";
    assert_refused(table, STILS, "a share of an area does not follow from counts of cells");
}

/// A percent of nucleated cells follows from counts, but not from those of the marker alone.
#[test]
fn a_percent_of_cells_from_counts_of_one_marker() {
    let table = "patient_id,region,marker,n_cells\np,STROMA,CD8,300\n";
    assert_refused(
        table,
        "preset = \"tnm-i-nsclc\"",
        "a share of cells needs those of the whole too: write 100 · cells / all cells into percent",
    );
}

#[test]
fn parts_of_cells_that_are_more_than_all_cells() {
    let table = "patient_id,region,marker,n_cells\np,TUMOR,tumour cells,400\np,TUMOR,weak,300\np,TUMOR,moderate,300\n\
                 p,TUMOR,strong,300\n";
    let expected =
        "patient 'p' has 900 cells of weak TUMOR, moderate TUMOR, strong TUMOR together, which are parts of 400 tumour";
    assert_refused(table, "preset = \"h-score\"", expected);
    let table = "patient_id,region,marker,percent\np,TUMOR,weak,60\np,TUMOR,moderate,60\np,TUMOR,strong,60\n";
    assert_refused(table, "preset = \"h-score\"", "has 180 % of weak TUMOR, moderate TUMOR, strong TUMOR together");
}

#[test]
fn a_grade_between_two_grades() {
    let table = "patient_id,region,marker,grade\np,IM,inflammation,1.5\n";
    assert_refused(table, "preset = \"klintrup-makinen\"", "expected a whole number from 0 to 3");
}

#[test]
fn a_misspelt_scheme_or_preset_or_no_name() {
    let table = "patient_id,region,marker,cells_per_mm2\np,CT,CD3,200\n";
    let misspelt = "primary_scheme = \"three_clas\"\npreset = \"tls-maturity\"";
    assert_refused(table, misspelt, "is none of the schemes (two_class, four_class)");
    assert_refused(table, "primary_scheme = \"fiveclass\"", "did you mean 'five_class'?");
    assert_refused(table, "preset = \"hscore\"", "did you mean 'h-score'?");
    for (from, to, expected) in [
        ("name = \"lab\"", "name = \"\"", "name is empty"),
        ("\"a_class\"", "\"a\"", "ends in '_class'; did you mean 'a_class'?"),
    ] {
        let workplace = study(table, "file = \"lab.toml\"", "none");
        workplace.write("lab.toml", lab("[[components]]\nmarker = \"CD3\"\nregion = \"CT\"").replace(from, to));
        let said = workplace.refuses(&SCORE);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn cut_offs_of_a_study_in_another_unit() {
    let table = "patient_id,region,marker,cells_per_mm2\np,CT,CD3,200\n";
    let cutoffs = "preset = \"i0-i4\"\n[protocol.cutoffs]\n\"CD3 CT\" = 0.0001\n\"CD3 IM\" = 200.0\n\"CD8 CT\" = \
                   200.0\n\"CD8 IM\" = 200.0";
    assert_refused(table, cutoffs, "component CD3 CT has cutoff 0.0001 cells/mm², which looks like cells per µm²");
}

#[test]
fn densities_from_counts_without_area() {
    let table = "patient_id,region,marker,n_cells\np,TUMOR,TLS,3\n";
    assert_refused(table, "preset = \"tls\"", "has no column 'area_mm2' (found: patient_id, region, marker, n_cells)");
    let table = "patient_id,region,marker,n_cells,area_mm2\np,TUMOR,TLS,3,\n";
    assert_refused(table, "preset = \"tls\"", "counts without the area they were counted on are no densities");
}

#[test]
fn fewer_than_100_viable_tumour_cells_and_none() {
    let table = "patient_id,region,marker,n_cells\np,TUMOR,tumour cells,99\np,TUMOR,PD-L1+ tumour cells,9\n\
                 q,TUMOR,tumour cells,0\nq,TUMOR,PD-L1+ tumour cells,0\n";
    let workplace = study(table, "preset = \"pd-l1-tps\"", "none");
    workplace.finishes(&SCORE);
    let rejected = workplace.read("out/rejected.tsv");
    assert!(
        rejected.contains("p\tscore\ttoo_few_cells\tPD-L1+ tumour cells TUMOR: 99 tumour cells\t100 or more"),
        "{rejected}"
    );
    assert!(
        rejected.contains("q\tscore\ttoo_few_cells\tPD-L1+ tumour cells TUMOR: 0 tumour cells\t1 or more"),
        "{rejected}"
    );
}

#[test]
fn a_reference_that_is_needed_or_is_not() {
    let table = "patient_id,region,marker,cells_per_mm2\np,CT,CD3,200\n";
    assert_refused(
        table,
        "preset = \"consensus\"",
        "compares patients with a reference; write [reference] mode = \"external\"",
    );
    let tls = study("patient_id,region,marker,n_cells,area_mm2\np,TUMOR,TLS,3,6\n", "preset = \"tls\"", "self");
    assert!(tls.finishes(&SCORE).contains("protocol 'tls' needs no reference; [reference] is passed over"));
}

#[test]
fn what_is_not_established_is_asked_for() {
    let table = "patient_id,region,marker,cells_per_mm2\np,CT,CD3,200\n";
    assert_refused(table, "preset = \"i0-i4\"", "[protocol.cutoffs]\n  \"CD3 CT\" = …  # cells/mm²");
    assert_refused(
        table,
        "preset = \"macrophage\"",
        "[protocol.signs]\n  \"CD68 CT\" = \"favourable\"  # or \"adverse\"",
    );
    for (sign, meant) in [("+", "favourable"), ("protective", "favourable"), ("unfavorable", "adverse")] {
        let signs = format!("preset = \"macrophage\"\n[protocol.signs]\n\"CD68 CT\" = \"{sign}\"");
        assert_refused(table, &signs, &format!("did you mean '{meant}'?"));
    }
    let unknown = "preset = \"i0-i4\"\n[protocol.cutoffs]\n\"CD3 TC\" = 5.0";
    assert_refused(table, unknown, "[protocol] speaks of component 'CD3 TC', the protocol has CD3 CT");
}

/// A protocol of these lines, with two components.
fn lab(lines: &str) -> String {
    format!(
        "schema_version = 1\nname = \"lab\"\ntitle = \"t\"\ncitation = \"c\"\nprimary_scheme = \"a_class\"\n{lines}\n[[schemes]]\nname \
         = \"a_class\"\nlabel = \"a\"\nclasses = [\"a\", \"b\"]\nupper_ends = [1.0]\n"
    )
}

/// What is said of a protocol file with these lines, by the command that scores and by the one that checks: with this line,
/// none where it is 0.
#[track_caller]
pub(super) fn assert_protocol_refused(lines: &str, line: usize, expected: &str) {
    let workplace = study("patient_id,region,marker,cells_per_mm2\np,CT,CD3,200\n", "file = \"lab.toml\"", "none");
    workplace.write("lab.toml", lab(lines));
    let place = if line > 0 { format!("'lab.toml', line {line}: ") } else { "'lab.toml': ".to_owned() };
    for command in [SCORE.as_slice(), &["protocol", "check", "lab.toml"]] {
        let said = workplace.refuses(command);
        assert!(said.contains(&place) && said.contains(expected), "{lines}\nexpected {place}{expected:?}: {said}");
    }
}

#[test]
fn protocols_that_contradict_themselves() {
    let one = "[[components]]\nmarker = \"CD3\"\nregion = \"CT\"";
    for (lines, line, expected) in [
        (format!("aggregator = \"mean\"\n{one}"), 6, "unknown variant 'mean'"),
        (format!("{one}\nmeasure = \"densitty\""), 9, "did you mean 'density'?"),
        (
            format!("{one}\nsign = \"good\""),
            9,
            "unknown variant 'good', expected one of 'favourable', 'adverse', 'to_be_given'",
        ),
        (format!("{one}\ncutof = 3.0"), 9, "unknown field 'cutof'"),
        (format!("{one}\n{one}"), 9, "component CD3 CT stands twice; each may stand once (first in line 6)"),
        (format!("markers = [\"CD3\"]\nregions = [\"CT\"]\n{one}"), 8, "this one has both"),
        (String::new(), 0, "needs at least one marker and one region"),
        (format!("{one}\ncutoff = 3.0"), 9, "has a cut-off, which aggregator = \"mean_percentile\" does not read"),
        (format!("{one}\nweight = 3.0"), 9, "which only aggregator = \"weighted_sum\" reads"),
        (format!("aggregator = \"weighted_sum\"\n{one}\nsign = \"adverse\""), 10, "give a negative weight"),
        (format!("aggregator = \"weighted_sum\"\nmin_components = 1\n{one}"), 7, "only a mean can be partial"),
        (format!("min_components = 0\n{one}"), 6, "min_components is 0, expected 1 to 1, the number of components"),
        (format!("min_components = 2\n{one}"), 6, "min_components is 2, expected 1 to 1, the number of components"),
        (format!("allow_partial = true\n{one}"), 6, "did you mean 'min_components'? it is the smallest number"),
        (format!("cap = 3.0\n{one}"), 6, "cap is given"),
        (format!("aggregator = \"log2_ratio\"\n{one}"), 6, "one component over another; the protocol has 1"),
        (format!("aggregator = \"rule\"\n{one}"), 6, "needs rules"),
        (
            format!("aggregator = \"rule\"\nrules = [{{ score = 1.0, all_high = [\"CD8 CT\"] }}]\n{one}"),
            7,
            "a rule asks about 'CD8 CT'",
        ),
        (
            format!("aggregator = \"rule\"\nrules = [{{ score = 1.0 }}, {{ score = 2.0 }}]\n{one}"),
            7,
            "never asked; put it last",
        ),
        (format!("{one}\nmeasure = \"percent_of_cells\""), 9, "needs of = \"…\""),
        (format!("{one}\nof = \"cells\""), 9, "which only percent_of_cells, per_100_cells and proximity read"),
        (format!("aggregator = \"weighted_sum\"\n{one}\nmeasure = \"grade\""), 10, "needs highest = …"),
        (format!("aggregator = \"weighted_sum\"\n{one}\nmeasure = \"grade\"\nhighest = 3.0"), 10, "grades have no sum"),
        (format!("min_denominator = 100\n{one}"), 6, "no component is a share of cells"),
        (
            format!("aggregator = \"sum_of_dichotomised\"\n{one}\ncutoff = 3.0"),
            15,
            "upper ends must ascend between 0 and 1",
        ),
        (
            format!("aggregator = \"sum_of_dichotomised\"\n{one}\ncutoff = 3.0\ncutoff_percentile = 5.0"),
            11,
            "give one of them",
        ),
        (
            format!("aggregator = \"sum_of_dichotomised\"\n{one}\ncutoff = -3.0"),
            10,
            "has cutoff -3, expected 0 cells/mm² or more",
        ),
        (
            format!("aggregator = \"sum_of_dichotomised\"\n{one}\ncutoff = 0.0001"),
            10,
            "has cutoff 0.0001 cells/mm², which looks like cells per µm²; multiply it by 1,000,000",
        ),
        (
            format!("aggregator = \"sum_of_dichotomised\"\n{one}\nmeasure = \"percent\"\ncutoff = 120.0"),
            11,
            "has cutoff 120, expected less than 100 %, or nobody is high",
        ),
        (
            format!(
                "pooling = \"max\"\naggregator = \"sum_of_dichotomised\"\n{one}\nmeasure = \"grade\"\nhighest = 3.0\ncutoff = 4.0"
            ),
            13,
            "has cutoff 4, expected less than 3 (grade)",
        ),
        (one.replace("CD3", " "), 7, "a component has marker = \"\", expected a name"),
        (one.replace("CT", ""), 8, "a component has region = \"\", expected a name"),
        ("markers = [\"CD3\"]\nregions = [\n\"CT\",\n\"\"]".to_owned(), 9, "regions has \"\", expected a name"),
        (format!("exclusive_parts = true\n{one}"), 6, "no two components are percent_of_cells of the same cells"),
        (
            format!("aggregator = \"rule\"\nrules = [{{ score = 1.0, all_high = [\"CD3 TC\"] }}]\n{one}"),
            7,
            "did you mean 'CD3 CT'?",
        ),
        (format!("{one}\nmeasure = \"fraction\""), 9, "; did you mean 'percent'?"),
        (format!("{one}\nmeasure = \"area_fraction\""), 9, "; did you mean 'percent'?"),
        (format!("{one}\nsign = \"positive\""), 9, "; did you mean 'favourable'?"),
        (format!("{one}\nsign = \"negative\""), 9, "; did you mean 'adverse'?"),
        (
            format!("high_when = \"above\"\n{one}"),
            6,
            "high_when is given, which aggregator = \"mean_percentile\" does not",
        ),
        (one.replace("\"CT\"", "TUMOR"), 8, "text needs quotes: write \"TUMOR\" in place of TUMOR"),
        (one.replace("\"CT\"", "IM"), 8, "text needs quotes: write \"IM\" in place of IM"),
        (one.replace("\"CD3\"", "CD3"), 7, "text needs quotes: write \"CD3\" in place of CD3"),
        (format!("exclusive_parts = True\n{one}"), 6, "invalid boolean, expected 'true'"),
    ] {
        assert_protocol_refused(&lines, line, expected);
    }
}

/// A table is read with one name for a marker, so that no patient would have the other.
#[test]
fn one_marker_by_two_of_its_words() {
    let expected = "'CD8' and 'CD8a' are words for one marker, which every table is read with as 'CD8'; name it once";
    assert_protocol_refused("markers = [\"CD3\",\n\"CD8\",\n\"CD8a\"]\nregions = [\"CT\"]", 8, expected);
    let component =
        |marker: &str, region: &str| format!("[[components]]\nmarker = \"{marker}\"\nregion = \"{region}\"\n");
    let twice = component("CD8", "CT") + &component("CD8a", "CT");
    assert_protocol_refused(&twice, 9, &format!("{expected} (first in line 6)"));
}

#[test]
fn cut_offs_that_nobody_can_be_above() {
    let percent = |lines: &str, cutoff: &str| {
        format!(
            "aggregator = \"sum_of_dichotomised\"\n[[components]]\nmarker = \"CD3\"\nregion = \"CT\"\n{lines}\ncutoff = {cutoff}"
        )
    };
    let at_or_above = |lines: String| format!("high_when = \"at_or_above\"\n{lines}");
    let of_cells = "measure = \"percent_of_cells\"\nof = \"cells\"";
    let proximity = "measure = \"proximity\"\nof = \"cells\"\nwithin_um = 20.0";
    for (lines, line) in [("measure = \"percent\"", 11), (of_cells, 12), (proximity, 13)] {
        let expected = "component CD3 CT has cutoff 100, expected less than 100 %, or nobody is high";
        assert_protocol_refused(&percent(lines, "100.0"), line, expected);
        let expected = "component CD3 CT has cutoff 101, expected 100 % at most, or nobody is high";
        assert_protocol_refused(&at_or_above(percent(lines, "101.0")), line + 1, expected);
    }
    let workplace = study("patient_id,region,marker,percent\np,CT,CD3,100\n", "file = \"lab.toml\"", "none");
    let cut = lab(&at_or_above(percent("measure = \"percent\"", "100.0")));
    workplace.write("lab.toml", cut.replace("upper_ends = [1.0]", "upper_ends = [0.0]"));
    let said = workplace.finishes(&["protocol", "check", "lab.toml"]);
    assert!(said.contains("exit code 0"), "{said}");
}

#[test]
fn what_a_cut_off_was_learned_from_has_to_be_possible() {
    let checksum = "0".repeat(64);
    let trained = format!(
        "aggregator = \"sum_of_dichotomised\"\n[[components]]\nmarker = \"CD3\"\nregion = \"CT\"\ncutoff = \
         3.0\n[components.trained]\nn = 80\nn_events = 54\nn_searched = 1\ncorrected_p_value = 0.005\nn_permutations = \
         199\nseed = 1\n[components.trained.source]\nendpoint = \"os_days\"\nclinical_sha256 = \
         \"{checksum}\"\ndensities_sha256 = \"{checksum}\""
    );
    let checksum = format!("clinical_sha256 = \"{checksum}\"");
    for (from, to, expected) in [
        ("p_value = 0.005", "p_value = 1.5", "component CD3 CT has trained corrected_p_value 1.5, expected 0 to 1"),
        ("n_events = 54", "n_events = 81", "n_events 81, expected 80 at most, the number of patients"),
        (checksum.as_str(), "clinical_sha256 = \"12ab\"", "clinical_sha256 '12ab', expected 64 hexadecimal digits"),
        (&checksum, &checksum.replace('0', "A"), "', expected 64 hexadecimal digits in lower case"),
    ] {
        assert_protocol_refused(&trained.replace(from, to), 11, expected);
    }
}
