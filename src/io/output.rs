//! The output folder: written under a temporary name beside its place, synced, then renamed.
//!
//! A run that fails or is killed leaves no folder that looks finished. Each step lists what it wrote in
//! `checksums/<step>.sha256`, in the form that `sha256sum --check` reads. With `--force`, exactly the files of those lists
//! are replaced or removed; a file that no list names is never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;

use super::checksum;
use crate::error::{Error, Result};

/// Folder of the lists of files.
const CHECKSUMS: &str = "checksums";

/// A folder that is being written.
#[derive(Debug)]
pub struct Output {
    place: PathBuf,
    staging: TempDir,
    /// Dropped after `staging`, which stands in them.
    _made: MadeFolders,
    /// Files of the current step and their checksums.
    written: Mutex<BTreeMap<String, String>>,
}

impl Output {
    /// Prepares to write a folder.
    ///
    /// # Errors
    ///
    /// * [`Error::OutputExists`] if it holds something and `force` is not set.
    /// * [`Error::Write`] if nothing can be written there.
    pub fn new(place: &Path, force: bool) -> Result<Self> {
        let write_error = |source| Error::Write { path: place.to_owned(), source };
        match fs::read_dir(place) {
            Ok(mut entries) => {
                if entries.next().is_some() && !force {
                    return Err(Error::OutputExists { path: place.to_owned() });
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                let problem = "is a file, expected a folder for the results; choose another name".to_owned();
                return Err(Error::UnusableFile { path: place.to_owned(), problem });
            }
            Err(error) => return Err(write_error(error)),
        }
        let absolute = std::path::absolute(place).map_err(write_error)?;
        let parent = absolute.parent().unwrap_or(&absolute);
        let made = MadeFolders(parent.ancestors().take_while(|it| !it.exists()).map(Path::to_owned).collect());
        fs::create_dir_all(parent).map_err(write_error)?;
        let mut name = std::ffi::OsString::from(".");
        name.push(absolute.file_name().unwrap_or_default());
        name.push(".partial-");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&name);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let staging = builder.tempdir_in(parent).map_err(write_error)?;
        Ok(Self { place: absolute, staging, _made: made, written: Mutex::default() })
    }

    /// Writes a file; `name` is its path inside the folder, with `/`.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.write_parts(name, [bytes])
    }

    /// Writes a file of parts, one behind the other, as [`Self::write`] does.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn write_parts(&self, name: &str, parts: impl IntoIterator<Item: AsRef<[u8]>>) -> Result<()> {
        let path = self.staging.path().join(name);
        let mut checksum = checksum::Checksum::default();
        let write = || -> std::io::Result<()> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = fs::File::create(&path)?;
            parts.into_iter().try_for_each(|part| {
                checksum.update(part.as_ref());
                file.write_all(part.as_ref())
            })
        };
        write().map_err(|source| Error::Write { path: self.place.join(name), source })?;
        let mut written = self.written.lock().expect("no writer panicked");
        written.insert(name.to_owned(), checksum.finish());
        Ok(())
    }

    /// Where the files stand until [`Self::finish`] puts them in their place.
    pub fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// Ends a step: lists the files written since the last one.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn end_step(&self, step: &str) -> Result<()> {
        let written = std::mem::take(&mut *self.written.lock().expect("no writer panicked"));
        let list = written.iter().fold(String::new(), |mut list, (name, sum)| {
            let _ = writeln!(list, "{sum}  {name}");
            list
        });
        self.write(&format!("{CHECKSUMS}/{step}.sha256"), list.as_bytes())?;
        self.written.lock().expect("no writer panicked").clear();
        Ok(())
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    ///
    /// * [`Error::OutputExists`] if a file is in the way that no earlier run lists as its own.
    /// * [`Error::Write`].
    pub fn finish(self) -> Result<()> {
        let files = files_below(self.staging.path()).map_err(|source| self.write_error(source))?;
        sync(self.staging.path(), &files).map_err(|source| self.write_error(source))?;
        let is_empty = match fs::read_dir(&self.place) {
            Ok(mut entries) => entries.next().is_none(),
            Err(_) => true,
        };
        if is_empty && fs::rename(self.staging.path(), &self.place).is_ok() {
            // The folder is no longer where its guard would remove it.
            let _ = self.staging.keep();
            return Ok(());
        }
        self.replace(&files)
    }

    /// Moves file by file into a folder that holds something, or that cannot be renamed over, such as a mount point.
    fn replace(&self, files: &BTreeSet<PathBuf>) -> Result<()> {
        let owned = owned_files(&self.place).map_err(|source| self.write_error(source))?;
        if let Some(stranger) = files.iter().find(|it| !owned.contains(*it) && self.place.join(it).exists()) {
            return Err(Error::UnusableFile {
                path: self.place.join(stranger),
                problem: "is in the way, and no earlier run wrote it; move it, or choose another folder".to_owned(),
            });
        }
        let replace = || -> std::io::Result<()> {
            // The lists go first and come last, so that a killed replacement cannot be taken for a finished one.
            let (lists, others): (Vec<&PathBuf>, Vec<&PathBuf>) =
                files.iter().partition(|it| it.starts_with(CHECKSUMS));
            for stale in owned.iter().filter(|it| it.starts_with(CHECKSUMS) || !files.contains(*it)) {
                remove(&self.place, stale)?;
            }
            for file in others.into_iter().chain(lists) {
                let target = self.place.join(file);
                if let Some(folder) = target.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::rename(self.staging.path().join(file), target)?;
            }
            Ok(())
        };
        replace().map_err(|source| self.write_error(source))
    }

    fn write_error(&self, source: std::io::Error) -> Error {
        Error::Write { path: self.place.clone(), source }
    }
}

/// Folders that were made on the way to the place, the innermost first; removed again if nothing came of it.
#[derive(Debug)]
struct MadeFolders(Vec<PathBuf>);

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Fails where something stands in it, which is as it should be.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Removes a file, and its folder where nothing is left in it.
fn remove(place: &Path, file: &Path) -> std::io::Result<()> {
    match fs::remove_file(place.join(file)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty()) {
        // Fails where something is left, which is as it should be.
        let _ = fs::remove_dir(place.join(folder));
    }
    Ok(())
}

/// Files that earlier runs list as their own, and the lists themselves.
fn owned_files(place: &Path) -> std::io::Result<BTreeSet<PathBuf>> {
    let mut owned = BTreeSet::new();
    let lists = place.join(CHECKSUMS);
    if !lists.is_dir() {
        return Ok(owned);
    }
    for entry in fs::read_dir(lists)? {
        let path = entry?.path();
        let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|it| it == "sha256")) else {
            continue;
        };
        owned.insert(Path::new(CHECKSUMS).join(name));
        for line in fs::read_to_string(&path)?.lines() {
            let Some((_, file)) = line.split_once("  ") else { continue };
            let file = PathBuf::from(file);
            // A list names files inside the folder; anything else is no list of ours.
            if file.components().all(|it| matches!(it, Component::Normal(_))) {
                owned.insert(file);
            }
        }
    }
    Ok(owned)
}

/// All files below a folder, as paths relative to it.
fn files_below(folder: &Path) -> std::io::Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                files.insert(relative.to_owned());
            }
        }
    }
    Ok(files)
}

/// Waits until the files are on the disk.
#[cfg(target_os = "linux")]
fn sync(folder: &Path, _files: &BTreeSet<PathBuf>) -> std::io::Result<()> {
    // One call for the file system: a thousand small files synced one by one take seconds.
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

/// Waits until the files are on the disk.
#[cfg(not(target_os = "linux"))]
fn sync(folder: &Path, files: &BTreeSet<PathBuf>) -> std::io::Result<()> {
    files.iter().try_for_each(|it| fs::File::open(folder.join(it))?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(place: &Path, force: bool, files: &[(&str, &str)]) -> Result<()> {
        let output = Output::new(place, force)?;
        for (name, text) in files {
            output.write(name, text.as_bytes())?;
        }
        output.end_step("test")?;
        output.finish()
    }

    fn names(place: &Path) -> Vec<String> {
        files_below(place).unwrap().iter().map(|it| it.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_folder_appears_whole_and_lists_its_files() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("deep/out");
        write(&place, false, &[("a.txt", "abc"), ("sub/b.txt", "")]).unwrap();
        assert_eq!(names(&place), ["a.txt", "checksums/test.sha256", "sub/b.txt"]);
        let list = fs::read_to_string(place.join("checksums/test.sha256")).unwrap();
        assert!(
            list.starts_with("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n"),
            "{list}"
        );
    }

    #[test]
    fn an_output_that_is_not_finished_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let output = Output::new(&parent.path().join("out"), false).unwrap();
        output.write("a.txt", b"half").unwrap();
        drop(output);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn results_are_replaced_only_by_force_and_other_files_never() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        write(&place, false, &[("a.txt", "1"), ("patients/old.html", "1")]).unwrap();
        fs::write(place.join("patients/notes.txt"), "mine").unwrap();
        assert!(matches!(write(&place, false, &[("a.txt", "2")]), Err(Error::OutputExists { .. })));
        assert_eq!(fs::read_to_string(place.join("a.txt")).unwrap(), "1");

        write(&place, true, &[("a.txt", "2")]).unwrap();
        assert_eq!(fs::read_to_string(place.join("a.txt")).unwrap(), "2");
        assert_eq!(names(&place), ["a.txt", "checksums/test.sha256", "patients/notes.txt"]);

        fs::write(place.join("b.txt"), "mine too").unwrap();
        assert!(write(&place, true, &[("b.txt", "3")]).unwrap_err().to_string().contains("is in the way"));
        assert_eq!(fs::read_to_string(place.join("b.txt")).unwrap(), "mine too");
    }

    #[test]
    fn a_list_cannot_reach_outside_its_folder() {
        let parent = tempfile::tempdir().unwrap();
        let place = parent.path().join("out");
        fs::write(parent.path().join("precious.txt"), "x").unwrap();
        write(&place, false, &[("a.txt", "1")]).unwrap();
        fs::write(place.join("checksums/evil.sha256"), "0  ../precious.txt\n").unwrap();
        write(&place, true, &[("a.txt", "2")]).unwrap();
        assert!(parent.path().join("precious.txt").exists());
    }
}
