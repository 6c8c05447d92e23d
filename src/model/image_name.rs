//! Names of images, which programs write with the ending of the file or without, and with its folder or without.

/// Endings of images, the longer of two that fit first.
const ENDINGS: [&str; 16] = [
    ".ome.tiff",
    ".ome.tif",
    ".tiff",
    ".tif",
    ".svs",
    ".ndpi",
    ".mrxs",
    ".czi",
    ".scn",
    ".qptiff",
    ".im3",
    ".vsi",
    ".bif",
    ".png",
    ".jpg",
    ".jpeg",
];

/// The name of an image without its folder and without the ending that says how it is stored.
pub fn image_stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).find(|it| !it.is_empty()).unwrap_or(name);
    let ending = ENDINGS.iter().find(|ending| {
        let cut = name.len().saturating_sub(ending.len());
        cut > 0 && name.is_char_boundary(cut) && name[cut..].eq_ignore_ascii_case(ending)
    });
    ending.map_or(name, |it| &name[..name.len() - it.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_the_same_with_its_folder_and_its_ending_and_without() {
        for name in ["A 1", "A 1.svs", "A 1.SVS", "A 1.ome.tif", r"\\server\scans\A 1.ndpi", "/data/A 1.png", "x/A 1/"]
        {
            assert_eq!(image_stem(name), "A 1", "{name}");
        }
        for name in ["a.b", ".svs", "a.svs_A-1", "µ", "/"] {
            assert_eq!(image_stem(name), name, "{name}");
        }
    }
}
