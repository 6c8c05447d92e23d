//! A frozen reference on the disk, with a checksum of its content in it.
//!
//! The checksum is that of the content, not of the bytes: the file may be indented otherwise. It finds an accident, such as
//! an edited value or a lost line; against intent, compare it with the one its maker published.

use std::io::Write as _;
use std::path::Path;

use super::{checksum, json};
use crate::error::{Error, Result};
use crate::score::reference::ReferenceFile;

/// Reads a reference, and sees that it was not changed since it was made.
///
/// A file without a checksum, as one written by hand, is taken as it is.
///
/// # Errors
///
/// * As [`json::read`].
/// * [`Error::UnusableFile`] if the content does not have the checksum that the file says.
pub fn read(path: &Path) -> Result<ReferenceFile> {
    let file: ReferenceFile = json::read(path)?;
    let found = checksum_of(&file);
    match &file.sha256 {
        Some(said) if *said != found => Err(Error::UnusableFile {
            path: path.to_owned(),
            problem: format!(
                "was changed since it was made: its content has the checksum {found}, it says {said}; get it anew from its \
                 maker, or make another with 'contexture reference fit'"
            ),
        }),
        _ => Ok(file),
    }
}

/// The same reference with the checksum of its content.
pub fn sealed(file: &ReferenceFile) -> ReferenceFile {
    ReferenceFile { sha256: Some(checksum_of(file)), ..file.clone() }
}

/// The text of a reference, with the checksum of its content in it.
pub fn to_text(file: &ReferenceFile) -> String {
    json::to_text(&sealed(file))
}

/// Writes a reference: under another name first, so that no half of it is ever there.
///
/// # Errors
///
/// * [`Error::UnusableFile`] if a file is there, and `replaces` does not say that it may go.
/// * [`Error::Write`].
pub fn write(path: &Path, file: &ReferenceFile, replaces: Replaces) -> Result<()> {
    if replaces == Replaces::Nothing && path.exists() {
        let problem = "is there already; choose another name, or say --force to replace it".to_owned();
        return Err(Error::UnusableFile { path: path.to_owned(), problem });
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut staged = builder.tempfile_in(folder)?;
        staged.write_all(to_text(file).as_bytes())?;
        staged.as_file().sync_all()?;
        staged.persist(path)?;
        Ok(())
    };
    write().map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// What may go for a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaces {
    /// No file may stand in its place.
    Nothing,
    /// A file that stands in its place.
    Existing,
}

fn checksum_of(file: &ReferenceFile) -> String {
    let content = ReferenceFile { sha256: None, ..file.clone() };
    checksum::of_bytes(json::to_text(&content).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Component, Marker, Region};
    use crate::score::reference::ReferenceComponent;

    fn file() -> ReferenceFile {
        let component = Component::new(Marker::from("CD3"), Region::from("CT"));
        ReferenceFile::of_components("r", "p", vec![ReferenceComponent::of_values(component, vec![0.1 + 0.2, 1e-7])])
    }

    #[test]
    fn what_is_written_reads_back_and_a_changed_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        write(&path, &file(), Replaces::Nothing).unwrap();
        let found = read(&path).unwrap();
        assert_eq!(found, sealed(&file()));
        assert_eq!(to_text(&found), std::fs::read_to_string(&path).unwrap(), "sealed again, it is the same");

        let error = write(&path, &file(), Replaces::Nothing).unwrap_err().to_string();
        assert!(error.contains("is there already"), "{error}");
        write(&path, &file(), Replaces::Existing).unwrap();

        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("  ", "\t")).unwrap();
        assert!(read(&path).is_ok(), "indented otherwise, it says the same");
        std::fs::write(&path, text.replace("0.30000000000000004", "0.3")).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("was changed since it was made"), "{error}");
    }

    #[test]
    fn a_file_without_a_checksum_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        std::fs::write(&path, json::to_text(&file())).unwrap();
        assert_eq!(read(&path).unwrap(), file());
    }
}
