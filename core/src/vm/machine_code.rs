//! The machine code of a module, published.
//!
//! In: artifacts and pages. Out: addresses to enter. Either all functions are there from the start, or each comes when it
//! is first called ([`abi::GATE`](crate::abi::GATE)).

use alloc::boxed::Box;
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use spin::Mutex;

use crate::abi::{FuncStart, GATE, GATE_FIRST};
use crate::artifact::{Artifact, Link, Target};
use crate::code::CodeMemory;
use crate::platform::{ErrorKind, Kept, Result, VirtualMemory};
use crate::support::{OutOfMemory, try_boxed_slice, try_to_vec};
use crate::wasm::TypeIndex;

/// Machine code of functions of a module.
pub(crate) struct MachineCode {
    memory: CodeMemory,
    bodies: Bodies,
    /// The way in from the host, by type.
    trampolines: Box<[u32]>,
    /// All memories that can be guarded must be.
    guarded: bool,
}

/// Where bodies start.
enum Bodies {
    Compiled(Box<[u32]>),
    /// At their gates. Words say where code is.
    Gates {
        first: u32,
        linked: Linked,
        /// Held while a function is published.
        publishing: Mutex<()>,
    },
}

/// What functions go to that is published with the gates.
#[derive(Default)]
struct Linked {
    /// By type.
    thunks: Box<[u32]>,
    /// By the builtin's number.
    stops: Box<[u32]>,
}

impl MachineCode {
    /// Publishes all functions.
    ///
    /// # Errors
    /// As for [`CodeMemory::publish`].
    ///
    /// # Safety
    /// The artifact is a whole module's, made by the compiler for these pages' machine.
    pub(crate) unsafe fn publish(pages: &Kept<dyn VirtualMemory>, artifact: &Artifact) -> Result<Self> {
        let Artifact { bytes, sites, functions, trampolines, guarded, .. } = artifact;
        let count = functions.iter().filter(|start| start.owner.body().is_some()).count();
        let at = |start: &FuncStart| start.code;
        let bodies = try_boxed_slice(count, |body| functions.get(body).map_or(0, at));
        let bodies = Bodies::Compiled(bodies.map_err(no_memory)?);
        let (sites, functions) = (fitted(sites)?, fitted(functions)?);
        // SAFETY: the caller's promise.
        let memory = unsafe { CodeMemory::publish(pages, bytes, sites, functions) }?;
        Ok(Self { memory, bodies, trampolines: fitted(trampolines)?, guarded: *guarded })
    }

    /// Publishes gates, with room for so many bytes of code of so many functions behind them.
    ///
    /// # Errors
    /// As for [`CodeMemory::publish`].
    ///
    /// # Safety
    /// The artifact is that of a module's gates, made by the compiler for these pages' machine.
    pub(crate) unsafe fn with_gates(
        pages: &Kept<dyn VirtualMemory>,
        artifact: &Artifact,
        count: usize,
        room: usize,
    ) -> Result<Self> {
        let Artifact { bytes, sites, functions, trampolines, thunks, stops, links, gates, guarded } =
            artifact;
        let first = gates.ok_or(ErrorKind::InvalidInput)?;
        let room = room.checked_add(bytes.len()).ok_or(ErrorKind::OutOfMemory)?;
        let memory = CodeMemory::reserve(pages, room, count.saturating_add(1), count)?;
        let (sites, functions) = (fitted(sites)?, fitted(functions)?);
        let fill = |at: u32, place: &mut [u8]| {
            place.copy_from_slice(bytes);
            link(place, at, links, &Linked::default());
        };
        // SAFETY: the caller's promise.
        let start = unsafe { memory.add(sites, functions, bytes.len(), fill) }?;
        let moved = |list: &[u32]| {
            let at = |number: usize| list.get(number).map_or(0, |at| at + start);
            try_boxed_slice(list.len(), at).map_err(no_memory)
        };
        let linked = Linked { thunks: moved(thunks)?, stops: moved(stops)? };
        let trampolines = moved(trampolines)?;
        let bodies = Bodies::Gates { first: first + start, linked, publishing: Mutex::new(()) };
        let code = Self { memory, bodies, trampolines, guarded: *guarded };
        for (body, word) in code.memory.words().iter().enumerate() {
            word.store(code.second_part(body), Ordering::Relaxed);
        }
        Ok(code)
    }

    /// Publishes a function, unless somebody has done so meanwhile; the address of its code.
    ///
    /// # Errors
    /// As for [`CodeMemory::add`].
    ///
    /// # Safety
    /// The artifact is that of the function with this body, made by the compiler for these pages' machine.
    pub(crate) unsafe fn add(&self, body: usize, artifact: &Artifact) -> Result<usize> {
        let Bodies::Gates { linked, publishing, .. } = &self.bodies else {
            return Err(ErrorKind::InvalidInput);
        };
        let (sites, functions) = (fitted(&artifact.sites)?, fitted(&artifact.functions)?);
        let _publishing = publishing.lock();
        if let Some(code) = self.compiled(body) {
            return Ok(code);
        }
        let word = self.memory.words().get(body).ok_or(ErrorKind::InvalidInput)?;
        let fill = |at: u32, place: &mut [u8]| {
            place.copy_from_slice(&artifact.bytes);
            link(place, at, &artifact.links, linked);
        };
        // SAFETY: the caller's promise.
        let start = unsafe { self.memory.add(sites, functions, artifact.bytes.len(), fill) }?;
        let start = self.memory.at(start).ok_or(ErrorKind::OutOfMemory)?.as_ptr().expose_provenance();
        word.store(start, Ordering::Release);
        Ok(start)
    }

    /// The address of a function's code, if it has been compiled since it had a gate only.
    pub(crate) fn compiled(&self, body: usize) -> Option<usize> {
        let code = self.memory.words().get(body)?.load(Ordering::Acquire);
        (code != self.second_part(body)).then_some(code)
    }

    /// The code of a function that has been compiled in its own right, and behind it the constants.
    pub(crate) fn code_at(&self, address: usize) -> impl Iterator<Item = (Option<u32>, &[u8])> {
        self.memory.functions(address)
    }

    /// The code of all functions that were published at once with what the host calls first.
    pub(crate) fn first_code(&self) -> impl Iterator<Item = (Option<u32>, &[u8])> {
        let first = self.trampolines.first().and_then(|at| self.memory.at(*at));
        self.memory.functions(first.map_or(0, |first| first.as_ptr().addr()))
    }

    /// Whether it relies on guarded memories.
    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded
    }

    /// Where the function with this body is entered.
    pub(crate) fn entry(&self, body: usize) -> *const u8 {
        let at = match &self.bodies {
            Bodies::Compiled(bodies) => bodies.get(body).copied(),
            Bodies::Gates { first, .. } => Some(first + body as u32 * GATE),
        };
        at.and_then(|at| self.memory.at(at)).map_or(core::ptr::null(), |at| at.as_ptr().cast_const())
    }

    fn second_part(&self, body: usize) -> usize {
        self.entry(body).wrapping_add(GATE_FIRST as usize).expose_provenance()
    }

    /// The way in from the host to functions of this type.
    pub(crate) fn trampoline(&self, ty: TypeIndex) -> Option<NonNull<u8>> {
        self.memory.at(*self.trampolines.get(ty.0 as usize)?)
    }
}

/// Fills in distances in code that begins so far behind the words. A link to nothing leads nowhere it could be called.
fn link(code: &mut [u8], start: u32, links: &[Link], linked: &Linked) {
    for Link { at, to } in links {
        let target = match to {
            Target::Word(body) => body * size_of::<usize>() as u32,
            Target::Thunk(ty) => linked.thunks.get(*ty as usize).copied().unwrap_or(0),
            Target::Stop(number) => linked.stops.get(*number as usize).copied().unwrap_or(0),
        };
        if let Some(place) = code.get_mut(*at as usize..*at as usize + 4) {
            place.copy_from_slice(&target.wrapping_sub(start + at + 4).to_le_bytes());
        }
    }
}

fn no_memory(_: OutOfMemory) -> ErrorKind {
    ErrorKind::OutOfMemory
}

/// The same in an allocation of its own length: to shrink one may fail, and then nobody could be told.
fn fitted<T: Copy>(values: &[T]) -> Result<Box<[T]>> {
    Ok(try_to_vec(values).map_err(no_memory)?.into_boxed_slice())
}

impl fmt::Debug for MachineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineCode").field("pages", &self.memory.pages()).finish_non_exhaustive()
    }
}
