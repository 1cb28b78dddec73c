//! One list of what every file system must do: the same calls, the same errors.
//!
//! In: an empty directory, whatever is behind it. Out: the names of the cases that fail, and how. The list knows
//! only [`Dir`], [`File`] and [`path`](ringzero::platform::path); what one file system has alone (quotas, pipes,
//! permissions) is tested beside it.
//!
//! `files` asks what files do, `names` what directories do, `listing` what reading them does, `walks` what a
//! path reaches.

mod files;
mod listing;
mod names;
mod walks;

use std::fmt::Debug;
use std::panic::Location;
use std::sync::Arc;

use ringzero::platform::{Dir, DirEntry, ErrorKind, File, FileFlags, Node, OpenOptions, Step};

/// What a case says: nothing, or what went wrong and where.
type Outcome = Result<(), String>;

/// A name and what is done under it.
type Case = (&'static str, fn(&Place) -> Outcome);

/// A case that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The case.
    pub name: &'static str,
    /// What was seen and what was wanted, with the line that asked.
    pub what: String,
}

/// What [`run`] did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many cases ran.
    pub cases: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// Runs every case, each in a new directory below `root`, which must be empty and stays littered.
pub fn run(root: Arc<dyn Dir>) -> Report {
    let mut report = Report::default();
    for list in [files::CASES, names::CASES, listing::CASES, walks::CASES] {
        for &(name, case) in list {
            report.cases += 1;
            let result = Place::new(&root, name).and_then(|place| case(&place));
            if let Err(what) = result {
                report.failures.push(Failure { name, what });
            }
        }
    }
    report
}

const READ: OpenOptions = OpenOptions {
    read: true,
    write: false,
    create: false,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: FileFlags::empty(),
};
const WRITE: OpenOptions = OpenOptions { read: false, write: true, ..READ };
const BOTH: OpenOptions = OpenOptions { write: true, ..READ };
const NEW: OpenOptions = OpenOptions { create: true, ..BOTH };

/// The directory of one case.
struct Place {
    dir: Arc<dyn Dir>,
}

impl Place {
    fn new(root: &Arc<dyn Dir>, name: &str) -> Result<Self, String> {
        let root = Self { dir: root.clone() };
        root.make_dir(name)?;
        root.enter(name)
    }

    #[track_caller]
    fn make_dir(&self, name: &str) -> Outcome {
        let made = self.dir.create_dir(name.as_bytes());
        done(made, format_args!("create_dir {name}"))
    }

    #[track_caller]
    fn enter(&self, name: &str) -> Result<Self, String> {
        match done(self.dir.open(name.as_bytes(), READ), format_args!("open {name}"))? {
            Node::Dir(dir) => Ok(Self { dir }),
            Node::File(_) => Err(format!("{name} is a file")),
        }
    }

    /// Makes a directory and enters it.
    #[track_caller]
    fn new_dir(&self, name: &str) -> Result<Self, String> {
        self.make_dir(name)?;
        self.enter(name)
    }

    #[track_caller]
    fn open(&self, name: &str, options: OpenOptions) -> Result<Arc<dyn File>, String> {
        match done(self.dir.open(name.as_bytes(), options), format_args!("open {name}"))? {
            Node::File(file) => Ok(file),
            Node::Dir(_) => Err(format!("{name} is a directory")),
        }
    }

    /// How opening fails.
    fn open_error(&self, name: &str, options: OpenOptions) -> Option<ErrorKind> {
        self.dir.open(name.as_bytes(), options).err()
    }

    /// A new file with this content, open for both.
    #[track_caller]
    fn file(&self, name: &str, content: &[u8]) -> Result<Arc<dyn File>, String> {
        let file = self.open(name, NEW)?;
        let written = done(file.write_at(&[content], 0), format_args!("write {name}"))?;
        same(written, content.len())?;
        Ok(file)
    }

    #[track_caller]
    fn content(&self, name: &str) -> Result<Vec<u8>, String> {
        let file = self.open(name, READ)?;
        let mut buffer = vec![0; 1 << 16];
        let count = done(file.read(&mut [&mut buffer]), format_args!("read {name}"))?;
        buffer.truncate(count);
        Ok(buffer)
    }

    fn has(&self, name: &str) -> bool {
        self.dir.stat_at(name.as_bytes()).is_ok()
    }

    #[track_caller]
    fn inode(&self, name: &str) -> Result<u64, String> {
        let stat = done(self.dir.stat_at(name.as_bytes()), format_args!("stat {name}"))?;
        Ok(stat.inode)
    }

    #[track_caller]
    fn symlink(&self, target: &str, name: &str) -> Outcome {
        let made = self.dir.symlink(target.as_bytes(), name.as_bytes());
        done(made, format_args!("symlink {name}"))
    }

    fn rename(&self, name: &str, to: &Self, to_name: &str) -> Result<(), ErrorKind> {
        self.dir.rename(name.as_bytes(), &*to.dir, to_name.as_bytes())
    }

    /// The names here, sorted.
    #[track_caller]
    fn names(&self) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let each = &mut |entry: DirEntry<'_>| {
            names.push(String::from_utf8_lossy(entry.name).into_owned());
            Step::Continue
        };
        done(self.dir.read_dir(0, each), format_args!("read_dir"))?;
        names.sort();
        Ok(names)
    }
}

/// The value, or the failure with the caller's line.
#[track_caller]
fn done<T>(result: Result<T, ErrorKind>, what: impl std::fmt::Display) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error:?} at {}", Location::caller()))
}

/// A success, whatever it holds.
#[track_caller]
fn ok<T>(result: Result<T, ErrorKind>) -> Result<T, String> {
    result.map_err(|error| format!("{error:?} at {}", Location::caller()))
}

#[track_caller]
fn same<T: PartialEq + Debug>(seen: T, wanted: T) -> Outcome {
    if seen == wanted {
        return Ok(());
    }
    Err(format!("{seen:?}, wanted {wanted:?} at {}", Location::caller()))
}

/// A failure of this kind.
#[track_caller]
fn fails<T>(result: Result<T, ErrorKind>, wanted: ErrorKind) -> Outcome {
    match result {
        Err(error) if error == wanted => Ok(()),
        Err(error) => Err(format!("{error:?}, wanted {wanted:?} at {}", Location::caller())),
        Ok(_) => Err(format!("success, wanted {wanted:?} at {}", Location::caller())),
    }
}
