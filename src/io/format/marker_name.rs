//! Names of markers as programs write them: with the dye, and among them the stain that only shows nuclei.

/// The marker without its dye: `CD3 (Opal 570)` is `CD3`.
pub(super) fn without_dye(name: &str) -> &str {
    let name = name.trim();
    match name.split_once('(') {
        Some((marker, _)) if !marker.trim().is_empty() => marker.trim_end(),
        _ => name,
    }
}

/// Whether it is the nuclear counterstain, which every cell has and which is no marker.
pub(super) fn is_nuclear_stain(name: &str) -> bool {
    let key = super::key(name);
    key.contains("dapi") || ["nuclei", "nucleus", "hoechst", "hematoxylin", "haematoxylin"].contains(&key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dye_is_no_part_of_the_marker() {
        for (name, marker) in [
            ("CD3 (Opal 570)", "CD3"),
            ("PD-L1", "PD-L1"),
            (" CD8(520)", "CD8"),
            ("(Opal 520)", "(Opal 520)"),
            ("", ""),
        ] {
            assert_eq!(without_dye(name), marker);
        }
    }

    #[test]
    fn the_counterstain_is_known_in_every_panel() {
        for name in ["DAPI", "Nuclei (DAPI)", "DAPI-01", "DAPI (DAPI)", "Hoechst"] {
            assert!(is_nuclear_stain(name), "{name}");
        }
        assert!(!is_nuclear_stain("CD3 (Opal 570)"));
    }
}
