//! File names that any patient's identifier can be turned into.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The longest stem, in bytes; file systems allow 255 with the ending.
const LONGEST_STEM: usize = 120;

/// Names that Windows keeps for devices, whatever ending they have.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Devices with a number behind their name.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// The stem of the files of a patient: safe on every file system, and different for different patients.
///
/// ASCII letters, digits, `-`, `_` and `.` stay as they are. Any other byte of the identifier becomes `~` and two
/// hexadecimal digits; so do a dot at either end, and the first letter of a name that Windows keeps for devices. So far
/// the identifier can be read back. A stem longer than 120 bytes is cut, and ends in the SHA-256 of the identifier.
///
/// Stems differ by case alone where identifiers do; [`crate::io::densities`] refuses such a pair of patients, as some file
/// systems cannot tell them apart.
///
/// # Examples
///
/// ```
/// use contexture::report::page_file_stem;
///
/// assert_eq!(page_file_stem("TCGA-AA-3489"), "TCGA-AA-3489");
/// assert_eq!(page_file_stem("P/12"), "P~2f12");
/// ```
pub fn page_file_stem(patient_id: &str) -> String {
    if patient_id.is_empty() {
        return "~".to_owned();
    }
    let last = patient_id.len() - 1;
    let mut stem = String::with_capacity(patient_id.len());
    for (at, byte) in patient_id.bytes().enumerate() {
        let stays = match byte {
            b'.' => at != 0 && at != last,
            b'-' | b'_' => true,
            _ => byte.is_ascii_alphanumeric(),
        };
        if stays && !(at == 0 && is_device(patient_id)) {
            stem.push(char::from(byte));
        } else {
            write!(stem, "~{byte:02x}").expect("a string takes any text");
        }
    }
    if stem.len() > LONGEST_STEM {
        let digest = Sha256::digest(patient_id.as_bytes());
        // Every byte of a stem is ASCII, so it can be cut anywhere.
        stem.truncate(LONGEST_STEM - 2 * digest.len() - 2);
        stem.push_str("~~");
        for byte in digest {
            write!(stem, "{byte:02x}").expect("a string takes any text");
        }
    }
    stem
}

/// Whether Windows takes a file of this name for a device: what stands before the first dot decides.
fn is_device(patient_id: &str) -> bool {
    let base = patient_id.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_numbered = NUMBERED_DEVICES
        .iter()
        .filter_map(|it| base.strip_prefix(it))
        .any(|it| it.len() == 1 && it.as_bytes()[0].is_ascii_digit());
    is_numbered || DEVICES.contains(&base.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_identifier_stays_readable() {
        assert_eq!(page_file_stem("0001"), "0001");
        assert_eq!(page_file_stem("Case-12_b.3"), "Case-12_b.3");
    }

    #[test]
    fn what_a_file_system_cannot_hold_is_escaped() {
        assert_eq!(page_file_stem("../A"), "~2e.~2fA");
        assert_eq!(page_file_stem("A\\B:C*"), "A~5cB~3aC~2a");
        assert_eq!(page_file_stem("Ä"), "~c3~84");
        assert_eq!(page_file_stem(""), "~");
        assert_eq!(page_file_stem("A."), "A~2e");
        assert_eq!(page_file_stem("CON"), "~43ON");
        assert_eq!(page_file_stem("COM1.2"), "~43OM1.2");
        assert_eq!(page_file_stem("CONRAD"), "CONRAD");
    }

    #[test]
    fn a_long_identifier_is_cut_and_stays_unique() {
        let long = "A".repeat(300);
        let longer = "A".repeat(301);
        assert_eq!(page_file_stem(&long).len(), LONGEST_STEM);
        assert_ne!(page_file_stem(&long), page_file_stem(&longer));
    }

    proptest! {
        #[test]
        fn any_two_identifiers_have_safe_and_different_stems(a in "\\PC{0,12}", b in "[aAbB.~/-]{0,4}", c in "[aAbB.~/-]{0,4}") {
            let [a_stem, b_stem, c_stem] = [&a, &b, &c].map(|it| page_file_stem(it));
            prop_assert!(a_stem.bytes().all(|it| it.is_ascii_alphanumeric() || b"~-_.".contains(&it)));
            prop_assert!(!a_stem.is_empty() && !a_stem.starts_with('.') && !a_stem.ends_with('.'));
            prop_assert_eq!(b.eq_ignore_ascii_case(&c), b_stem.eq_ignore_ascii_case(&c_stem));
        }
    }
}
