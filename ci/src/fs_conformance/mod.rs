//! One list of what every file system must do: the same calls, the same errors.
//!
//! In: an empty directory, whatever is behind it. Out: the names of the cases that fail, and how. The list knows
//! only [`Dir`], [`File`] and [`path`](ringzero::platform::path); what one file system has alone (quotas, pipes) is
//! tested beside it.
//!
//! `files` asks what files do, `names` what directories do, `listing` what reading them does, `walks` what a
//! path reaches, `sequences` what several of these do to each other. `fixture` and `permissions` begin with files
//! that are there, which `items` describes. Beside the list, [`model`] makes calls at random on several file systems
//! and compares them.

mod files;
mod fixture;
mod items;
mod listing;
pub mod model;
mod names;
mod permissions;
mod sequences;
mod walks;

use std::fmt::Debug;
use std::panic::Location;
use std::sync::Arc;

use ringzero::platform::{Dir, DirEntry, ErrorKind, File, FileFlags, FileType, Node, OpenOptions, Step};

pub use items::{Item, ItemKind, pack, plant};

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

const EMPTY: &[&[Case]] = &[files::CASES, names::CASES, listing::CASES, walks::CASES, sequences::CASES];

/// Runs every case that begins with nothing, each in a directory below `root`, which must be empty or hold the
/// [`remains`], and stays littered.
pub fn run(root: Arc<dyn Dir>) -> Report {
    run_lists(EMPTY, |name| Place::new(&root, name))
}

/// Runs every case that begins with files, below a `root` that holds the [`fixture`](fixture()).
pub fn run_on_fixture(root: Arc<dyn Dir>) -> Report {
    run_lists(&[fixture::CASES], |name| Place { dir: root.clone() }.enter(name))
}

/// Runs every case about permissions, below a `root` that holds the [`permissions`](permissions_fixture). Who
/// runs it owns the files and is not privileged.
pub fn run_on_permissions(root: Arc<dyn Dir>) -> Report {
    run_lists(&[permissions::CASES], |name| Place { dir: root.clone() }.enter(name))
}

fn run_lists(lists: &[&[Case]], place: impl Fn(&str) -> Result<Place, String>) -> Report {
    let mut report = Report::default();
    for &(name, case) in lists.iter().copied().flatten() {
        report.cases += 1;
        let result = place(name).and_then(|place| case(&place));
        if let Err(what) = result {
            report.failures.push(Failure { name, what });
        }
    }
    report
}

/// A copy of `items` for each case.
fn for_each(lists: &[&[Case]], items: &[Item]) -> Vec<Item> {
    let cases = lists.iter().copied().flatten();
    let copy =
        |&(name, _): &Case| [Item::dir(name)].into_iter().chain(items.iter().map(|item| item.below(name)));
    cases.flat_map(copy).collect()
}

/// What [`run_on_fixture`] begins with.
pub fn fixture() -> Vec<Item> {
    for_each(&[fixture::CASES], &fixture::items())
}

/// What [`run_on_permissions`] begins with.
pub fn permissions_fixture() -> Vec<Item> {
    for_each(&[permissions::CASES], &permissions::items())
}

/// The directories of the cases of [`run`], with files in them that each case removes before it begins: none of
/// them may come back.
pub fn remains() -> Vec<Item> {
    let names = ["a", "d", "e", "f", "g", "s", "name-1", "name-7", "new", "x"];
    let mut left: Vec<_> = names.iter().map(|name| Item::file(*name, b"left over")).collect();
    left.extend([Item::dir("root"), Item::dir("root/d"), Item::file("root/d/inner", b"left over")]);
    left.extend([Item::link("dangling", "root"), Item::hard("hard", "a")]);
    for_each(EMPTY, &left)
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
        match root.dir.create_dir(name.as_bytes()) {
            Err(ErrorKind::Exists) => {}
            made => done(made, format_args!("create_dir {name}"))?,
        }
        let place = root.enter(name)?;
        place.clear()?;
        Ok(place)
    }

    /// Removes all that is here.
    fn clear(&self) -> Outcome {
        for name in self.names()? {
            let stat = done(self.dir.stat_at(name.as_bytes()), format_args!("stat {name}"))?;
            if stat.file_type == FileType::Directory {
                self.enter(&name)?.clear()?;
                done(self.dir.remove_dir(name.as_bytes()), format_args!("remove_dir {name}"))?;
            } else {
                done(self.dir.unlink(name.as_bytes()), format_args!("unlink {name}"))?;
            }
        }
        Ok(())
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
