use super::refused::assert_protocol_refused;

#[test]
fn a_proximity_says_of_which_cells_and_how_near() {
    let one = "[[components]]\nmarker = \"CD3\"\nregion = \"CT\"";
    for (lines, line, expected) in [
        (format!("{one}\nmeasure = \"mean_distance\""), 9, "; did you mean 'proximity'? it is the share of cells"),
        (
            format!("{one}\nmeasure = \"proximity\""),
            9,
            "needs of = \"…\", the cells that are asked whether one of the marker is near",
        ),
        (
            format!("{one}\nmeasure = \"proximity\"\nof = \"tumour cells\""),
            9,
            "needs within_um = …, the distance in µm",
        ),
        (format!("{one}\nwithin_um = 20.0"), 9, "has within_um = …, which only measure = \"proximity\" reads"),
        (
            format!("{one}\nmeasure = \"proximity\"\nof = \"tumour cells\"\nwithin_um = 0.0"),
            11,
            "has within_um 0, expected 1 to 75000 µm, which is the length of a slide",
        ),
        (
            format!("{one}\nmeasure = \"proximity\"\nof = \"tumour cells\"\nwithin_um = 1e9"),
            11,
            "has within_um 1000000000, expected 1 to 75000 µm",
        ),
        (
            format!("{one}\nmeasure = \"proximity\"\nof = \"tumour cells\"\nwithin_um = -20.0"),
            11,
            "has within_um -20, expected 1 to 75000 µm",
        ),
        (format!("{one}\nmeasure = \"proximity\"\nof = \"CD3\"\nwithin_um = 20.0"), 10, "is a share of itself"),
    ] {
        assert_protocol_refused(&lines, line, expected);
    }
}
