//! One file system and the handles that a sequence has open on it.
//!
//! In: calls. Out: answers that can be compared with another file system's.

use std::sync::Arc;

use ringzero::platform::path::resolve;
use ringzero::platform::{Dir, ErrorKind, File, FileFlags, FileType, Node, OpenOptions, Stat, Step};

use super::calls::{Call, HANDLES};

/// Times from here on are of a clock, not of a call.
const CLOCK: u64 = 1_000_000_000_000_000_000;

pub(super) struct World {
    root: Arc<dyn Dir>,
    dirs: [Option<Arc<dyn Dir>>; HANDLES],
    files: [Option<Arc<dyn File>>; HANDLES],
}

/// What a call answers where it succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    /// There is no such handle.
    Nothing,
    Count(u64),
    Bool(bool),
    Bytes(Vec<u8>),
    Seen(Seen),
    Names(Vec<(Vec<u8>, FileType)>),
    Flags(FileFlags),
    Walked {
        name: Option<Vec<u8>>,
        must_be_dir: bool,
        dir: Seen,
    },
}

/// A [`Stat`] without what file systems may do as they like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    file_type: FileType,
    links: Option<u64>,
    size: Option<u64>,
    modified: Option<u64>,
}

impl Seen {
    fn new(stat: &Stat) -> Self {
        let is_dir = stat.file_type == FileType::Directory;
        Self {
            file_type: stat.file_type,
            links: (!is_dir).then_some(stat.links),
            size: (!is_dir).then_some(stat.size),
            modified: Some(stat.modified).filter(|&time| time < CLOCK),
        }
    }
}

impl World {
    pub(super) fn new(root: Arc<dyn Dir>) -> Self {
        Self { root, dirs: [const { None }; HANDLES], files: [const { None }; HANDLES] }
    }

    fn dir(&self, place: usize) -> Arc<dyn Dir> {
        self.dirs[place].as_ref().unwrap_or(&self.root).clone()
    }

    pub(super) fn make(&mut self, call: &Call) -> Result<Answer, ErrorKind> {
        match *call {
            Call::Open { dir, name, options, into } => self.open(dir, name, options, into),
            Call::Close { file } => {
                self.files[file] = None;
                Ok(Answer::Done)
            }
            Call::Leave { dir } => {
                self.dirs[dir] = None;
                Ok(Answer::Done)
            }
            Call::Link { dir, name, to, to_name } => {
                let to = self.dir(to);
                self.dir(dir).link(name.as_bytes(), &*to, to_name.as_bytes()).map(done)
            }
            Call::Rename { dir, name, to, to_name } => {
                let to = self.dir(to);
                self.dir(dir).rename(name.as_bytes(), &*to, to_name.as_bytes()).map(done)
            }
            Call::SameFile { dir, name, to, to_name } => {
                let (one, other) =
                    (self.dir(dir).stat_at(name.as_bytes())?, self.dir(to).stat_at(to_name.as_bytes())?);
                Ok(Answer::Bool((one.device, one.inode) == (other.device, other.inode)))
            }
            _ => self.in_one_place(call),
        }
    }

    fn open(
        &mut self,
        dir: usize,
        name: &str,
        options: OpenOptions,
        into: usize,
    ) -> Result<Answer, ErrorKind> {
        let node = self.dir(dir).open(name.as_bytes(), options)?;
        match node {
            Node::Dir(dir) => {
                let seen = Seen::new(&dir.stat()?);
                self.dirs[into] = Some(dir);
                Ok(Answer::Seen(seen))
            }
            Node::File(file) => {
                let seen = Seen::new(&file.stat()?);
                self.files[into] = Some(file);
                Ok(Answer::Seen(seen))
            }
        }
    }

    fn in_one_place(&self, call: &Call) -> Result<Answer, ErrorKind> {
        match *call {
            Call::StatAt { dir, name } => self.dir(dir).stat_at(name.as_bytes()).map(seen),
            Call::StatDir { dir } => self.dir(dir).stat().map(seen),
            Call::SetTimesAt { dir, name, accessed, modified } => {
                self.dir(dir).set_times_at(name.as_bytes(), accessed, modified).map(done)
            }
            Call::SetTimesDir { dir, modified } => self.dir(dir).set_times(modified, modified).map(done),
            Call::List { dir } => list(&*self.dir(dir)),
            Call::ReadLink { dir, name } => self.dir(dir).read_link(name.as_bytes()).map(Answer::Bytes),
            Call::CreateDir { dir, name } => self.dir(dir).create_dir(name.as_bytes()).map(done),
            Call::Symlink { dir, name, target } => {
                self.dir(dir).symlink(target.as_bytes(), name.as_bytes()).map(done)
            }
            Call::Unlink { dir, name } => self.dir(dir).unlink(name.as_bytes()).map(done),
            Call::RemoveDir { dir, name } => self.dir(dir).remove_dir(name.as_bytes()).map(done),
            Call::Walk { dir, path, follow } => {
                let found = resolve(&self.dir(dir), path.as_bytes(), follow)?;
                let dir = Seen::new(&found.dir.stat()?);
                Ok(Answer::Walked { name: found.name, must_be_dir: found.must_be_dir, dir })
            }
            _ => self.on_file(call),
        }
    }

    fn on_file(&self, call: &Call) -> Result<Answer, ErrorKind> {
        let (Call::Stat { file }
        | Call::Read { file, .. }
        | Call::ReadAt { file, .. }
        | Call::Write { file, .. }
        | Call::WriteAt { file, .. }
        | Call::Seek { file, .. }
        | Call::SetSize { file, .. }
        | Call::Allocate { file, .. }
        | Call::Advise { file, .. }
        | Call::Flags { file }
        | Call::SetFlags { file, .. }
        | Call::SetTimes { file, .. }
        | Call::Sync { file }) = *call
        else {
            return Ok(Answer::Nothing);
        };
        let Some(file) = &self.files[file] else { return Ok(Answer::Nothing) };
        match *call {
            Call::Stat { .. } => file.stat().map(seen),
            Call::Read { lens, .. } => read(lens, |buffers| file.read(buffers)),
            Call::ReadAt { lens, offset, .. } => read(lens, |buffers| file.read_at(buffers, offset)),
            Call::Write { lens, fill, .. } => write(lens, fill, |buffers| file.write(buffers)),
            Call::WriteAt { lens, fill, offset, .. } => {
                write(lens, fill, |buffers| file.write_at(buffers, offset))
            }
            Call::Seek { from, .. } => file.seek(from).map(Answer::Count),
            Call::SetSize { size, .. } => file.set_size(size).map(done),
            Call::Allocate { offset, len, .. } => file.allocate(offset, len).map(done),
            Call::Advise { offset, advice, .. } => file.advise(offset, 10, advice).map(done),
            Call::Flags { .. } => file.flags().map(Answer::Flags),
            Call::SetFlags { flags, .. } => file.set_flags(flags).map(done),
            Call::SetTimes { accessed, modified, .. } => file.set_times(accessed, modified).map(done),
            _ => file.sync().map(done),
        }
    }
}

fn done((): ()) -> Answer {
    Answer::Done
}

fn seen(stat: Stat) -> Answer {
    Answer::Seen(Seen::new(&stat))
}

fn list(dir: &dyn Dir) -> Result<Answer, ErrorKind> {
    let mut names = Vec::new();
    dir.read_dir(0, &mut |entry| {
        names.push((entry.name.to_vec(), entry.file_type));
        Step::Continue
    })?;
    names.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Answer::Names(names))
}

fn read(
    lens: [usize; 2],
    call: impl FnOnce(&mut [&mut [u8]]) -> Result<usize, ErrorKind>,
) -> Result<Answer, ErrorKind> {
    let [mut one, mut two] = lens.map(|len| vec![0xee; len]);
    let count = call(&mut [&mut one, &mut two])?;
    one.extend(two);
    one.push(count.min(255) as u8);
    Ok(Answer::Bytes(one))
}

fn write(
    lens: [usize; 2],
    fill: u8,
    call: impl FnOnce(&[&[u8]]) -> Result<usize, ErrorKind>,
) -> Result<Answer, ErrorKind> {
    let [one, two] = lens.map(|len| vec![fill; len]);
    call(&[&one, &two]).map(|count| Answer::Count(count as u64))
}
