//! Middleware that writes down each call and its answer.
//!
//! In: a [`Dir`], [`File`] or [`Stream`]. Out: the same, and a record of one line per call. It changes no
//! answer. Everything opened through a traced directory is traced too.

use alloc::{format, string::String, sync::Arc, vec::Vec};
use core::any::Any;
use core::fmt::Debug;

use spin::Mutex;

use crate::platform::{
    Advice, Dir, DirEntry, File, FileFlags, FileType, Interest, Node, OpenOptions, Readiness, Result,
    SeekFrom, SetTime, Stat, Step, Stream, WaitHandle,
};

/// Where traced objects write. Clones write to the same record.
///
/// A line is `object.method arguments => answer`, such as `dir.open "a" => Ok(file)`.
#[derive(Clone, Default)]
pub struct Tracer {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Tracer {
    /// An empty record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Traces a directory.
    pub fn dir(&self, dir: Arc<dyn Dir>) -> Arc<dyn Dir> {
        Arc::new(TracedDir(self.clone(), dir))
    }

    /// Traces a file.
    pub fn file(&self, file: Arc<dyn File>) -> Arc<dyn File> {
        Arc::new(TracedFile(self.clone(), file))
    }

    /// Traces a stream.
    pub fn stream(&self, stream: Arc<dyn Stream>) -> Arc<dyn Stream> {
        Arc::new(TracedStream(self.clone(), stream))
    }

    /// The lines so far; empties the record.
    pub fn take(&self) -> Vec<String> {
        core::mem::take(&mut self.lines.lock())
    }

    fn note<T: Debug>(&self, call: String, answer: Result<T>) -> Result<T> {
        self.lines.lock().push(format!("{call} => {answer:?}"));
        answer
    }
}

fn text(name: &[u8]) -> String {
    format!("\"{}\"", name.escape_ascii())
}

struct TracedDir(Tracer, Arc<dyn Dir>);

/// What lies beneath a directory that may be traced itself.
fn beneath(dir: &dyn Dir) -> &dyn Dir {
    dir.as_any().downcast_ref::<TracedDir>().map_or(dir, |traced| &*traced.1)
}

impl Dir for TracedDir {
    fn stat(&self) -> Result<Stat> {
        self.0.note(String::from("dir.stat"), self.1.stat())
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let call = format!("dir.set_times {accessed:?} {modified:?}");
        self.0.note(call, self.1.set_times(accessed, modified))
    }

    fn sync(&self) -> Result<()> {
        self.0.note(String::from("dir.sync"), self.1.sync())
    }

    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
        let opened = self.1.open(name, options);
        let kind = match &opened {
            Ok(Node::Dir(_)) => "Ok(dir)".into(),
            Ok(Node::File(_)) => "Ok(file)".into(),
            Err(error) => format!("Err({error:?})"),
        };
        self.0.lines.lock().push(format!("dir.open {} => {kind}", text(name)));
        Ok(match opened? {
            Node::Dir(dir) => Node::Dir(self.0.dir(dir)),
            Node::File(file) => Node::File(self.0.file(file)),
        })
    }

    fn stat_at(&self, name: &[u8]) -> Result<Stat> {
        self.0.note(format!("dir.stat_at {}", text(name)), self.1.stat_at(name))
    }

    fn set_times_at(&self, name: &[u8], accessed: SetTime, modified: SetTime) -> Result<()> {
        let call = format!("dir.set_times_at {} {accessed:?} {modified:?}", text(name));
        self.0.note(call, self.1.set_times_at(name, accessed, modified))
    }

    fn read_dir(&self, cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()> {
        let mut count = 0;
        let answer = self.1.read_dir(cookie, &mut |entry| {
            count += 1;
            each(entry)
        });
        self.0.note(format!("dir.read_dir {cookie}"), answer.map(|()| count)).map(drop)
    }

    fn read_link(&self, name: &[u8]) -> Result<Vec<u8>> {
        let target = self.1.read_link(name);
        let answer = target.as_ref().map(|t| text(t)).map_err(|&e| e);
        self.0.note(format!("dir.read_link {}", text(name)), answer).and(target)
    }

    fn create_dir(&self, name: &[u8]) -> Result<()> {
        self.0.note(format!("dir.create_dir {}", text(name)), self.1.create_dir(name))
    }

    fn symlink(&self, target: &[u8], name: &[u8]) -> Result<()> {
        let call = format!("dir.symlink {} {}", text(target), text(name));
        self.0.note(call, self.1.symlink(target, name))
    }

    fn link(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        let call = format!("dir.link {} {}", text(name), text(to_name));
        self.0.note(call, self.1.link(name, beneath(to), to_name))
    }

    fn rename(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        let call = format!("dir.rename {} {}", text(name), text(to_name));
        self.0.note(call, self.1.rename(name, beneath(to), to_name))
    }

    fn unlink(&self, name: &[u8]) -> Result<()> {
        self.0.note(format!("dir.unlink {}", text(name)), self.1.unlink(name))
    }

    fn remove_dir(&self, name: &[u8]) -> Result<()> {
        self.0.note(format!("dir.remove_dir {}", text(name)), self.1.remove_dir(name))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct TracedFile(Tracer, Arc<dyn File>);

fn lengths<'a>(buffers: impl Iterator<Item = &'a [u8]>) -> Vec<usize> {
    buffers.map(<[u8]>::len).collect()
}

impl File for TracedFile {
    fn stat(&self) -> Result<Stat> {
        self.0.note(String::from("file.stat"), self.1.stat())
    }

    fn flags(&self) -> Result<FileFlags> {
        self.0.note(String::from("file.flags"), self.1.flags())
    }

    fn set_flags(&self, flags: FileFlags) -> Result<()> {
        self.0.note(format!("file.set_flags {flags:?}"), self.1.set_flags(flags))
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let call = format!("file.read {:?}", lengths(buffers.iter().map(|b| &**b)));
        self.0.note(call, self.1.read(buffers))
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let call = format!("file.write {:?}", lengths(buffers.iter().copied()));
        self.0.note(call, self.1.write(buffers))
    }

    fn read_at(&self, buffers: &mut [&mut [u8]], offset: u64) -> Result<usize> {
        let call = format!("file.read_at {:?} {offset}", lengths(buffers.iter().map(|b| &**b)));
        self.0.note(call, self.1.read_at(buffers, offset))
    }

    fn write_at(&self, buffers: &[&[u8]], offset: u64) -> Result<usize> {
        let call = format!("file.write_at {:?} {offset}", lengths(buffers.iter().copied()));
        self.0.note(call, self.1.write_at(buffers, offset))
    }

    fn seek(&self, from: SeekFrom) -> Result<u64> {
        self.0.note(format!("file.seek {from:?}"), self.1.seek(from))
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.0.note(format!("file.set_size {size}"), self.1.set_size(size))
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        let call = format!("file.allocate {offset} {len}");
        self.0.note(call, self.1.allocate(offset, len))
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()> {
        let call = format!("file.advise {offset} {len} {advice:?}");
        self.0.note(call, self.1.advise(offset, len, advice))
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let call = format!("file.set_times {accessed:?} {modified:?}");
        self.0.note(call, self.1.set_times(accessed, modified))
    }

    fn sync(&self) -> Result<()> {
        self.0.note(String::from("file.sync"), self.1.sync())
    }

    fn sync_data(&self) -> Result<()> {
        self.0.note(String::from("file.sync_data"), self.1.sync_data())
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        self.0.note(format!("file.ready {interest:?}"), self.1.ready(interest))
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.1.wait_handle()
    }
}

struct TracedStream(Tracer, Arc<dyn Stream>);

impl Stream for TracedStream {
    fn file_type(&self) -> FileType {
        self.1.file_type()
    }

    fn read(&self, buffers: &mut [&mut [u8]]) -> Result<usize> {
        let call = format!("stream.read {:?}", lengths(buffers.iter().map(|b| &**b)));
        self.0.note(call, self.1.read(buffers))
    }

    fn write(&self, buffers: &[&[u8]]) -> Result<usize> {
        let call = format!("stream.write {:?}", lengths(buffers.iter().copied()));
        self.0.note(call, self.1.write(buffers))
    }

    fn ready(&self, interest: Interest) -> Result<Readiness> {
        self.0.note(format!("stream.ready {interest:?}"), self.1.ready(interest))
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.1.wait_handle()
    }

    fn nonblocking(&self) -> bool {
        self.1.nonblocking()
    }

    fn set_nonblocking(&self, on: bool) -> Result<()> {
        self.0.note(format!("stream.set_nonblocking {on}"), self.1.set_nonblocking(on))
    }

    fn as_file(&self) -> Option<&dyn File> {
        self.1.as_file()
    }
}
