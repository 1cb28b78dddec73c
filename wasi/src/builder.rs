//! Granting: what a guest gets, collected by value and checked once.
//!
//! In: arguments, environment, streams, directories, listeners and platform services. Out: a [`WasiCtx`], or
//! the first thing that is wrong. Nothing is inherited from the host by itself.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use ringzero::OutOfMemory;
use ringzero::platform::{Clock, Dir, Empty, Entropy, FakeClock, Listener, Scheduler, Sink, Stream};
use ringzero::reserve::{covered, try_arc};

use crate::{
    ctx::{Strings, StringsError, WasiCtx},
    errno::Errno,
    table::{Descriptor, Table},
    wait::Pause,
};

/// The limit of open descriptors where none is set: what a shell gives a native program.
const DEFAULT_DESCRIPTORS: u32 = 1024;

/// Why a [`WasiCtxBuilder`] cannot build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The argument at this index holds a NUL byte, which ends a string in the guest.
    NulInArgument(usize),
    /// The environment variable at this index has an empty name.
    EmptyVariable(usize),
    /// The name of the environment variable at this index holds a `=`.
    EqualsInVariable(usize),
    /// The environment variable at this index holds a NUL byte.
    NulInVariable(usize),
    /// The guest's name of the directory at this index is empty or holds a NUL byte.
    PreopenName(usize),
    /// Arguments or environment do not fit into the guest's 32 bits.
    TooLong,
    /// More streams, directories and listeners than descriptors.
    TooManyDescriptors,
    /// The host's memory is exhausted.
    OutOfMemory,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NulInArgument(index) => write!(f, "argument {index} holds a NUL byte"),
            Self::EmptyVariable(index) => write!(f, "environment variable {index} has no name"),
            Self::EqualsInVariable(index) => {
                write!(f, "the name of environment variable {index} holds a `=`")
            }
            Self::NulInVariable(index) => write!(f, "environment variable {index} holds a NUL byte"),
            Self::PreopenName(index) => {
                write!(f, "the guest's name of directory {index} is empty or holds a NUL byte")
            }
            Self::TooLong => f.write_str("arguments or environment do not fit into 32 bits"),
            Self::TooManyDescriptors => {
                f.write_str("more streams, directories and listeners than descriptors")
            }
            Self::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for BuildError {}

impl From<OutOfMemory> for BuildError {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

impl From<StringsError> for BuildError {
    fn from(error: StringsError) -> Self {
        match error {
            StringsError::TooLong => Self::TooLong,
            StringsError::OutOfMemory => Self::OutOfMemory,
        }
    }
}

/// Fake time: a yield gives nothing, a sleep ends at once.
struct FakeScheduler;

impl Scheduler for FakeScheduler {}

/// Collects what a guest gets. Errors wait for [`build`](Self::build).
///
/// Descriptors: 0, 1 and 2 are the standard streams; from 3 on come the directories, then the listeners, each
/// in the order given.
#[must_use = "a builder grants nothing until `build` is called"]
pub struct WasiCtxBuilder {
    args: Vec<Vec<u8>>,
    env: Vec<(Vec<u8>, Vec<u8>)>,
    stdio: [Option<Arc<dyn Stream>>; 3],
    preopens: Vec<(Vec<u8>, Arc<dyn Dir>)>,
    listeners: Vec<Arc<dyn Listener>>,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    scheduler: Option<Arc<dyn Scheduler>>,
    max_descriptors: u32,
    /// Something could not be kept.
    out_of_memory: bool,
}

impl Default for WasiCtxBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl WasiCtxBuilder {
    /// Grants nothing: no arguments, variables, files or entropy; fake time; an empty standard input and
    /// outputs that go nowhere.
    pub fn new() -> Self {
        Self {
            args: Vec::new(),
            env: Vec::new(),
            stdio: [None, None, None],
            preopens: Vec::new(),
            listeners: Vec::new(),
            clock: None,
            entropy: None,
            scheduler: None,
            max_descriptors: DEFAULT_DESCRIPTORS,
            out_of_memory: false,
        }
    }

    /// Remembers a failure until [`build`](Self::build).
    fn note(mut self, done: Result<(), BuildError>) -> Self {
        self.out_of_memory |= done.is_err();
        self
    }

    /// Appends an argument. The first one is the program's name.
    pub fn arg(mut self, arg: impl AsRef<[u8]>) -> Self {
        let done = copy(arg.as_ref()).and_then(|arg| push(&mut self.args, arg));
        self.note(done)
    }

    /// Appends arguments.
    pub fn args<A: AsRef<[u8]>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable; a second value of the same name replaces the first.
    pub fn env(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        let done = copy(value.as_ref()).and_then(|value| {
            match self.env.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = value,
                None => push(&mut self.env, (copy(name)?, value))?,
            }
            Ok(())
        });
        self.note(done)
    }

    /// Sets environment variables.
    pub fn envs<N: AsRef<[u8]>, V: AsRef<[u8]>>(self, vars: impl IntoIterator<Item = (N, V)>) -> Self {
        vars.into_iter().fold(self, |builder, (name, value)| builder.env(name, value))
    }

    /// Sets descriptor 0.
    pub fn stdin(mut self, stream: Arc<dyn Stream>) -> Self {
        self.stdio[0] = Some(stream);
        self
    }

    /// Sets descriptor 1.
    pub fn stdout(mut self, stream: Arc<dyn Stream>) -> Self {
        self.stdio[1] = Some(stream);
        self
    }

    /// Sets descriptor 2.
    pub fn stderr(mut self, stream: Arc<dyn Stream>) -> Self {
        self.stdio[2] = Some(stream);
        self
    }

    /// Grants a directory and everything below it under the guest's name `guest_path`. A second directory
    /// under the same name replaces the first and keeps its place.
    pub fn preopen(mut self, guest_path: impl AsRef<[u8]>, dir: Arc<dyn Dir>) -> Self {
        let name = guest_path.as_ref();
        let done = match self.preopens.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => {
                *known = dir;
                Ok(())
            }
            None => copy(name).and_then(|name| push(&mut self.preopens, (name, dir))),
        };
        self.note(done)
    }

    /// Grants a listening socket.
    pub fn listener(mut self, listener: Arc<dyn Listener>) -> Self {
        let done = push(&mut self.listeners, listener);
        self.note(done)
    }

    /// Sets the clock; without it time is fake.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets the source of randomness; without it `random_get` answers `ENOSYS`.
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = Some(entropy);
        self
    }

    /// Sets who waits and yields; without it sleeps end at once, and streams wait by themselves, where nobody can
    /// interrupt them.
    pub fn scheduler(mut self, scheduler: Arc<dyn Scheduler>) -> Self {
        self.scheduler = Some(scheduler);
        self
    }

    /// Sets how many descriptors may be open at once (1024 by default).
    pub fn max_descriptors(mut self, limit: u32) -> Self {
        self.max_descriptors = limit;
        self
    }

    /// Checks everything and builds.
    ///
    /// # Errors
    /// The first thing that is wrong, in the order of [`BuildError`].
    pub fn build(self) -> Result<WasiCtx, BuildError> {
        if self.out_of_memory {
            return Err(BuildError::OutOfMemory);
        }
        let args = arguments(&self.args)?;
        let env = environment(&self.env)?;
        let mut table = Table::new(self.max_descriptors);
        for (number, stream) in self.stdio.into_iter().enumerate() {
            let stream: Arc<dyn Stream> = match stream {
                Some(stream) => stream,
                None if number == 0 => try_arc(Empty)?,
                None => try_arc(Sink)?,
            };
            insert(&mut table, Descriptor::stream(stream))?;
        }
        for (index, (name, dir)) in self.preopens.into_iter().enumerate() {
            if name.is_empty() || name.contains(&0) {
                return Err(BuildError::PreopenName(index));
            }
            let bytes = name.len() + 4 * size_of::<usize>();
            let name = covered(bytes, || Arc::from(name))?;
            insert(&mut table, Descriptor::preopen(dir, name))?;
        }
        for listener in self.listeners {
            insert(&mut table, Descriptor::listener(listener))?;
        }
        let clock = match self.clock {
            Some(clock) => clock,
            None => try_arc(FakeClock::default())?,
        };
        let scheduler = match self.scheduler {
            Some(scheduler) => scheduler,
            None => try_arc(FakeScheduler)?,
        };
        Ok(WasiCtx { args, env, table, clock, entropy: self.entropy, pause: Pause::new(scheduler) })
    }
}

fn arguments(args: &[Vec<u8>]) -> Result<Strings, BuildError> {
    let mut strings = Strings::default();
    for (index, arg) in args.iter().enumerate() {
        if arg.contains(&0) {
            return Err(BuildError::NulInArgument(index));
        }
        strings.push(&[arg])?;
    }
    Ok(strings)
}

fn environment(env: &[(Vec<u8>, Vec<u8>)]) -> Result<Strings, BuildError> {
    let mut strings = Strings::default();
    for (index, (name, value)) in env.iter().enumerate() {
        if name.is_empty() {
            return Err(BuildError::EmptyVariable(index));
        }
        if name.contains(&b'=') {
            return Err(BuildError::EqualsInVariable(index));
        }
        if name.contains(&0) || value.contains(&0) {
            return Err(BuildError::NulInVariable(index));
        }
        strings.push(&[name, b"=", value])?;
    }
    Ok(strings)
}

fn copy(bytes: &[u8]) -> Result<Vec<u8>, BuildError> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).map_err(|_| BuildError::OutOfMemory)?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), BuildError> {
    list.try_reserve(1).map_err(|_| BuildError::OutOfMemory)?;
    list.push(item);
    Ok(())
}

fn insert(table: &mut Table, descriptor: Descriptor) -> Result<(), BuildError> {
    match table.insert(descriptor) {
        Ok(_) => Ok(()),
        Err(Errno::Mfile) => Err(BuildError::TooManyDescriptors),
        Err(_) => Err(BuildError::OutOfMemory),
    }
}
