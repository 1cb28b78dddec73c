//! Middleware whose n-th call fails.
//!
//! In: a file, directory, stream, source of bytes, clock, scheduler or address space, and when to fail with what. Out: the
//! same, failing then. One count runs across everything wrapped by the same [`Faults`], so that a test can walk
//! through every call of a program: n = 1, 2, 3, … until nothing fails any more.

use alloc::{sync::Arc, vec::Vec};
use core::any::Any;
use core::sync::atomic::{AtomicU64, Ordering};

use spin::Mutex;

use super::memory_faults::FaultyMemory;
use crate::platform::{
    Advice, Clock, Dir, DirEntry, Entropy, ErrorKind, File, FileFlags, FileType, Interest, Node, OpenOptions,
    Readiness, Result, Scheduler, SeekFrom, SetTime, Stat, Step, Stream, VirtualMemory, Wait, WaitHandle,
    Waited, Waker,
};

/// Counts calls and fails the chosen one. Clones share the count.
#[derive(Clone, Default)]
pub struct Faults(Arc<Plan>);

#[derive(Default)]
struct Plan {
    calls: AtomicU64,
    /// Which call fails, from 1, and how.
    fault: Mutex<Option<(u64, ErrorKind)>>,
}

impl Faults {
    /// Counts, and fails nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails the `nth` call from now, counted from 1, once, with `kind`.
    pub fn fail(&self, nth: u64, kind: ErrorKind) {
        self.0.calls.store(0, Ordering::SeqCst);
        *self.0.fault.lock() = Some((nth, kind));
    }

    /// How many calls there were since the last [`fail`](Self::fail), or since the start.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// Whether the chosen call has come and failed.
    pub fn struck(&self) -> bool {
        self.0.fault.lock().is_some_and(|(nth, _)| self.calls() >= nth)
    }

    /// Wraps a directory and what is opened through it.
    pub fn dir(&self, dir: Arc<dyn Dir>) -> Arc<dyn Dir> {
        Arc::new(FaultyDir(self.clone(), dir))
    }

    /// Wraps a file.
    pub fn file(&self, file: Arc<dyn File>) -> Arc<dyn File> {
        Arc::new(FaultyFile(self.clone(), file))
    }

    /// Wraps a stream.
    pub fn stream(&self, stream: Arc<dyn Stream>) -> Arc<dyn Stream> {
        Arc::new(FaultyStream(self.clone(), stream))
    }

    /// Wraps a source of bytes.
    pub fn entropy(&self, entropy: Arc<dyn Entropy>) -> Arc<dyn Entropy> {
        Arc::new(FaultyEntropy(self.clone(), entropy))
    }

    /// Wraps a clock. A clock has no errors: on the chosen call it shows 0, like one whose battery is flat.
    pub fn clock(&self, clock: Arc<dyn Clock>) -> Arc<dyn Clock> {
        Arc::new(FaultyClock(self.clone(), clock))
    }

    /// Wraps a scheduler. Yielding has no errors: on the chosen call it does nothing. Making a waker may fail, what
    /// was made does not.
    pub fn scheduler(&self, scheduler: Arc<dyn Scheduler>) -> Arc<dyn Scheduler> {
        Arc::new(FaultyScheduler(self.clone(), scheduler))
    }

    /// Wraps address space.
    pub fn memory<M: VirtualMemory>(&self, memory: M) -> impl VirtualMemory + use<M> {
        FaultyMemory(self.clone(), memory)
    }

    pub(super) fn pass(&self) -> Result<()> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        match *self.0.fault.lock() {
            Some((nth, kind)) if nth == call => Err(kind),
            _ => Ok(()),
        }
    }
}

struct FaultyDir(Faults, Arc<dyn Dir>);

/// What lies beneath a directory that may be wrapped itself.
fn beneath(dir: &dyn Dir) -> &dyn Dir {
    dir.as_any().downcast_ref::<FaultyDir>().map_or(dir, |faulty| &*faulty.1)
}

/// Methods that count, then do.
macro_rules! passing {
    ($($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        $(fn $name(&self, $($arg: $type),*) -> $out {
            self.0.pass()?;
            self.1.$name($($arg),*)
        })*
    };
}

impl Dir for FaultyDir {
    passing! {
        stat() -> Result<Stat>;
        set_times(accessed: SetTime, modified: SetTime) -> Result<()>;
        sync() -> Result<()>;
        stat_at(name: &[u8]) -> Result<Stat>;
        set_times_at(name: &[u8], accessed: SetTime, modified: SetTime) -> Result<()>;
        read_dir(cookie: u64, each: &mut dyn FnMut(DirEntry<'_>) -> Step) -> Result<()>;
        read_link(name: &[u8]) -> Result<Vec<u8>>;
        create_dir(name: &[u8]) -> Result<()>;
        symlink(target: &[u8], name: &[u8]) -> Result<()>;
        unlink(name: &[u8]) -> Result<()>;
        remove_dir(name: &[u8]) -> Result<()>;
    }

    fn open(&self, name: &[u8], options: OpenOptions) -> Result<Node> {
        self.0.pass()?;
        Ok(match self.1.open(name, options)? {
            Node::Dir(dir) => Node::Dir(self.0.dir(dir)),
            Node::File(file) => Node::File(self.0.file(file)),
        })
    }

    fn link(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        self.0.pass()?;
        self.1.link(name, beneath(to), to_name)
    }

    fn rename(&self, name: &[u8], to: &dyn Dir, to_name: &[u8]) -> Result<()> {
        self.0.pass()?;
        self.1.rename(name, beneath(to), to_name)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct FaultyFile(Faults, Arc<dyn File>);

impl File for FaultyFile {
    passing! {
        stat() -> Result<Stat>;
        flags() -> Result<FileFlags>;
        set_flags(flags: FileFlags) -> Result<()>;
        read(buffers: &mut [&mut [u8]]) -> Result<usize>;
        write(buffers: &[&[u8]]) -> Result<usize>;
        read_at(buffers: &mut [&mut [u8]], offset: u64) -> Result<usize>;
        write_at(buffers: &[&[u8]], offset: u64) -> Result<usize>;
        seek(from: SeekFrom) -> Result<u64>;
        set_size(size: u64) -> Result<()>;
        allocate(offset: u64, len: u64) -> Result<()>;
        advise(offset: u64, len: u64, advice: Advice) -> Result<()>;
        set_times(accessed: SetTime, modified: SetTime) -> Result<()>;
        sync() -> Result<()>;
        sync_data() -> Result<()>;
        ready(interest: Interest) -> Result<Readiness>;
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.1.wait_handle()
    }
}

struct FaultyStream(Faults, Arc<dyn Stream>);

impl Stream for FaultyStream {
    passing! {
        read(buffers: &mut [&mut [u8]]) -> Result<usize>;
        write(buffers: &[&[u8]]) -> Result<usize>;
        ready(interest: Interest) -> Result<Readiness>;
        set_nonblocking(on: bool) -> Result<()>;
    }

    fn file_type(&self) -> FileType {
        self.1.file_type()
    }

    fn wait_handle(&self) -> Option<WaitHandle> {
        self.1.wait_handle()
    }

    fn nonblocking(&self) -> bool {
        self.1.nonblocking()
    }

    fn as_file(&self) -> Option<&dyn File> {
        self.1.as_file()
    }
}

struct FaultyEntropy(Faults, Arc<dyn Entropy>);

impl Entropy for FaultyEntropy {
    passing! { fill(buffer: &mut [u8]) -> Result<()>; }
}

struct FaultyScheduler(Faults, Arc<dyn Scheduler>);

impl Scheduler for FaultyScheduler {
    passing! {
        wait(waits: &[Wait], timeout: Option<u64>) -> Result<Waited>;
        waker() -> Result<Option<Arc<dyn Waker>>>;
    }

    fn yield_now(&self) {
        if self.0.pass().is_ok() {
            self.1.yield_now();
        }
    }
}

struct FaultyClock(Faults, Arc<dyn Clock>);

impl Clock for FaultyClock {
    fn wall(&self) -> u64 {
        self.0.pass().map_or(0, |()| self.1.wall())
    }

    fn wall_resolution(&self) -> u64 {
        self.1.wall_resolution()
    }

    fn monotonic(&self) -> u64 {
        self.0.pass().map_or(0, |()| self.1.monotonic())
    }

    fn monotonic_resolution(&self) -> u64 {
        self.1.monotonic_resolution()
    }
}
