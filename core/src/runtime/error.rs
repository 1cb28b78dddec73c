//! The one error of the embedding API.
//!
//! In: what went wrong in any room, or in a host function. Out: [`Error`], one word; it says whose fault it was,
//! where in the module's bytes, and which functions were running.

use alloc::{boxed::Box, string::String};
use core::any::Any;
use core::fmt::{self, Write};

use super::{Backtrace, Interrupted};
use crate::decode::{DecodeError, DecodeErrorKind};
use crate::support::{OutOfMemory, try_boxed};
use crate::vm::{HostState, Refused};
use crate::wasm::Trap;

type HostError = Box<dyn core::error::Error + Send + Sync>;

/// What went wrong. One word; running out of memory needs no allocation to be reported.
///
/// [`Display`](fmt::Display) is one line. [`Debug`](fmt::Debug), and so `unwrap` and a `main` that returns it,
/// adds the backtrace.
pub struct Error {
    /// `None`: out of memory.
    inner: Option<Box<Inner>>,
}

struct Inner {
    kind: Kind,
    backtrace: Option<Backtrace>,
}

enum Kind {
    Decode(DecodeError),
    Link(String),
    Trap(Trap),
    Host(HostError),
    HostPanic,
    /// A host function asks to wait.
    Wait(HostError),
    /// A host function has seen that the guest shall stop.
    Interrupted(HostState),
    Limit(&'static str),
    Closed,
    Misuse(String),
}

/// Whose fault an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Category {
    /// The bytes are not a module, or the module is not valid, or it uses a feature that is switched off.
    Decode,
    /// Imports and what is there for them do not fit.
    Link,
    /// The guest was stopped.
    Trap,
    /// A host function returned an error.
    Host,
    /// A host function panicked.
    HostPanic,
    /// The guest asks for more than a limit allows: of [`Config`](super::Config), of
    /// [`ModuleLimits`](crate::ModuleLimits), or of the store's [limiter](super::Store::limiter).
    Limit,
    /// The host has no memory left.
    OutOfMemory,
    /// The store has been [closed](super::InterruptHandle::close).
    Closed,
    /// The embedder asked for what there is not: a wrong type, an unknown export, a handle of another store.
    Misuse,
}

impl Error {
    /// A host function's own error. It is found again by [`Error::downcast_ref`].
    pub fn host(error: impl core::error::Error + Send + Sync + 'static) -> Self {
        match try_boxed(error) {
            Ok(error) => Self::from_box(error),
            Err(OutOfMemory) => Self { inner: None },
        }
    }

    /// A host function's error that is only a text.
    pub fn message(text: impl fmt::Display) -> Self {
        match message(format_args!("{text}")) {
            Some(text) => Self::host(Message(text)),
            None => Self { inner: None },
        }
    }

    /// What a host function returns that cannot answer yet: a call made by
    /// [`Func::call_resumable`](crate::Func::call_resumable) is suspended and gives `reason` to its caller, who goes
    /// on when it is time. In any other call it is an error, which says so.
    ///
    /// ```
    /// use ringzero::platform::ErrorKind;
    /// use ringzero::{Caller, Engine, Error, Linker, Module, ResumableCall, Store, Val};
    ///
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// // Takes a number out of the store's data. There may be none yet: then it is asked again.
    /// linker.func_wrap("host", "next", |mut caller: Caller<'_, Vec<i32>>| -> Result<i32, Error> {
    ///     caller.data_mut().pop().ok_or_else(|| Error::wait(ErrorKind::WouldBlock))
    /// })?;
    /// let bytes = wat::parse_str(r#"(module (import "host" "next" (func $next (result i32)))
    ///     (func (export "run") (result i32) (i32.add (call $next) (call $next))))"#).unwrap();
    /// let mut store = Store::new(&engine, vec![40]);
    /// let instance = linker.instantiate(&mut store, &Module::new(&engine, bytes)?)?;
    /// let run = instance.get_func(&mut store, "run").unwrap();
    ///
    /// let mut results = [Val::I32(0)];
    /// let call = run.call_resumable(&mut store, &[], &mut results)?;
    /// let ResumableCall::Suspended(suspension) = call else { panic!("one number is not enough") };
    /// assert_eq!(suspension.waiting_for(), Some(&ErrorKind::WouldBlock));
    /// store.data_mut().push(2);
    /// assert!(matches!(suspension.resume(&mut store, &mut results)?, ResumableCall::Finished));
    /// assert!(matches!(results, [Val::I32(42)]));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wait(reason: impl core::error::Error + Send + Sync + 'static) -> Self {
        match try_boxed(reason) {
            Ok(reason) => Self::new(Kind::Wait(reason)),
            Err(OutOfMemory) => Self { inner: None },
        }
    }

    /// Takes a wish to wait apart from all other errors.
    pub(super) fn into_wait(self) -> Result<HostError, Self> {
        match self.inner {
            Some(inner) if matches!(inner.kind, Kind::Wait(_)) => match inner.kind {
                Kind::Wait(reason) => Ok(reason),
                _ => Err(Self { inner: None }),
            },
            inner => Err(Self { inner }),
        }
    }

    /// Takes the answer of an interrupted host function apart from all other errors.
    pub(super) fn into_interrupted(self) -> Result<HostState, Self> {
        match self.inner {
            Some(inner) if matches!(inner.kind, Kind::Interrupted(_)) => match inner.kind {
                Kind::Interrupted(state) => Ok(state),
                _ => Ok(None),
            },
            inner => Err(Self { inner }),
        }
    }

    /// A host function's error that has lost its type. An [`Error`] or a [`Trap`] inside is recognised.
    pub(super) fn from_box(error: HostError) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(error) if error.is::<Interrupted>() => Self::from(Interrupted::default()),
            Err(error) => match error.downcast_ref::<Trap>() {
                Some(trap) => Self::from(*trap),
                None => Self::new(Kind::Host(error)),
            },
        }
    }

    pub(super) fn link(text: fmt::Arguments<'_>) -> Self {
        Self::with_text(text, Kind::Link)
    }

    pub(super) fn misuse(text: fmt::Arguments<'_>) -> Self {
        Self::with_text(text, Kind::Misuse)
    }

    /// More than a limit allows.
    pub(super) fn limit(text: &'static str) -> Self {
        Self::new(Kind::Limit(text))
    }

    #[cold]
    pub(super) fn closed() -> Self {
        Self::new(Kind::Closed)
    }

    pub(super) fn host_panic() -> Self {
        Self::new(Kind::HostPanic)
    }

    /// A handle of another store.
    pub(super) fn wrong_store(what: &str) -> Self {
        Self::misuse(format_args!("{what} belongs to another store"))
    }

    /// Items of different engines.
    pub(super) fn other_engine() -> Self {
        Self::misuse(format_args!("module and store belong to different engines"))
    }

    fn with_text(text: fmt::Arguments<'_>, kind: impl FnOnce(String) -> Kind) -> Self {
        match message(text) {
            Some(text) => Self::new(kind(text)),
            None => Self { inner: None },
        }
    }

    fn new(kind: Kind) -> Self {
        Self { inner: try_boxed(Inner { kind, backtrace: None }).ok() }
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self.kind() {
            None => Category::OutOfMemory,
            Some(Kind::Decode(DecodeError { kind: DecodeErrorKind::Limit { .. }, .. })) => Category::Limit,
            Some(Kind::Decode(_)) => Category::Decode,
            Some(Kind::Link(_)) => Category::Link,
            Some(Kind::Trap(_) | Kind::Interrupted(_)) => Category::Trap,
            Some(Kind::Host(_) | Kind::Wait(_)) => Category::Host,
            Some(Kind::HostPanic) => Category::HostPanic,
            Some(Kind::Limit(_)) => Category::Limit,
            Some(Kind::Closed) => Category::Closed,
            Some(Kind::Misuse(_)) => Category::Misuse,
        }
    }

    /// Why the guest was stopped, if it was the guest's doing.
    pub fn trap(&self) -> Option<Trap> {
        match self.kind() {
            Some(Kind::Trap(trap)) => Some(*trap),
            Some(Kind::Interrupted(_)) => Some(Trap::Interrupted),
            _ => None,
        }
    }

    /// A host function's own error, if it is of this type.
    pub fn downcast_ref<E: core::error::Error + 'static>(&self) -> Option<&E> {
        match self.kind() {
            Some(Kind::Host(error)) => error.downcast_ref(),
            Some(Kind::Trap(trap)) => (trap as &dyn Any).downcast_ref(),
            _ => None,
        }
    }

    /// Where in the module's bytes: of what is not valid, or of the operator that trapped.
    pub fn offset(&self) -> Option<usize> {
        match self.kind() {
            Some(Kind::Decode(error)) => Some(error.offset),
            _ => self.backtrace()?.frames().first()?.module_offset(),
        }
    }

    /// The functions of the guest that were running, if any was.
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.inner.as_ref()?.backtrace.as_ref()
    }

    /// Lets `add` append the frames that an error has come through.
    pub(super) fn extend_backtrace(&mut self, add: impl FnOnce(&mut Backtrace)) {
        if let Some(inner) = &mut self.inner {
            add(inner.backtrace.get_or_insert_default());
        }
    }

    fn kind(&self) -> Option<&Kind> {
        self.inner.as_ref().map(|inner| &inner.kind)
    }
}

impl From<Trap> for Error {
    fn from(trap: Trap) -> Self {
        Self::new(Kind::Trap(trap))
    }
}

impl From<Interrupted> for Error {
    fn from(interrupted: Interrupted) -> Self {
        Self::new(Kind::Interrupted(interrupted.state))
    }
}

impl From<OutOfMemory> for Error {
    fn from(_: OutOfMemory) -> Self {
        Self { inner: None }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        match error.kind {
            DecodeErrorKind::OutOfMemory => Self::from(OutOfMemory),
            _ => Self::new(Kind::Decode(error)),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::MemoryLimit => {
                Self::new(Kind::Limit("a memory is larger at first than the limit allows"))
            }
            Refused::TableLimit => Self::new(Kind::Limit("a table is larger at first than the limit allows")),
            Refused::OutOfMemory => Self::from(OutOfMemory),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            None => OutOfMemory.fmt(f),
            Some(Kind::Decode(error)) => error.fmt(f),
            Some(Kind::Link(text) | Kind::Misuse(text)) => f.write_str(text),
            Some(Kind::Trap(trap)) => trap.fmt(f),
            Some(Kind::Interrupted(_)) => Trap::Interrupted.fmt(f),
            Some(Kind::Host(error)) => error.fmt(f),
            Some(Kind::Wait(error)) => write!(f, "waiting: {error}"),
            Some(Kind::HostPanic) => f.write_str("host function panicked"),
            Some(Kind::Limit(text)) => f.write_str(text),
            Some(Kind::Closed) => f.write_str("the store is closed"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match self.backtrace() {
            Some(backtrace) if !backtrace.frames().is_empty() => write!(f, "\n{backtrace}"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self.kind() {
            Some(Kind::Host(error)) => error.source(),
            _ => None,
        }
    }
}

/// An error that is only a text.
#[derive(Debug)]
struct Message(String);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Message {}

/// Formats without aborting where memory is short: names in messages are as long as a guest makes them.
fn message(text: fmt::Arguments<'_>) -> Option<String> {
    struct Fallible(String);
    impl Write for Fallible {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.try_reserve(text.len()).map_err(|_| fmt::Error)?;
            self.0.push_str(text);
            Ok(())
        }
    }
    let mut writer = Fallible(String::new());
    writer.write_fmt(text).ok()?;
    Some(writer.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_error_is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Error>>(), 2 * size_of::<usize>());
    }

    #[test]
    fn a_nested_error_is_not_wrapped_again() {
        let error = Error::host(Error::from(Trap::Unreachable));
        assert_eq!(error.trap(), Some(Trap::Unreachable));
        assert_eq!(Error::host(Trap::Unreachable).trap(), Some(Trap::Unreachable));
        assert_eq!(Error::host(OutOfMemory).downcast_ref::<OutOfMemory>(), Some(&OutOfMemory));
        assert_eq!(Error::host(OutOfMemory).category(), Category::Host);
    }

    #[test]
    fn texts_say_what_happened() {
        let error = Error::from(DecodeError::unsupported(16, "too large"));
        assert_eq!(error.to_string(), "too large (at offset 0x10)");
        assert_eq!((error.offset(), error.category()), (Some(16), Category::Decode));
        assert_eq!(Error::from(OutOfMemory).to_string(), "out of memory");
        assert_eq!(Error::message("no such user").to_string(), "no such user");
    }
}
