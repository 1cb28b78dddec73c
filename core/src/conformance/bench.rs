//! What the checks work with: a store and an instance that hold nothing else, stacks, published pieces.
//!
//! In: a platform. Out: the report. Everything it takes from the platform is given back in the end.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::ptr::{NonNull, null, null_mut};

use super::checks::{self, CHECKS, Needs};
use super::images;
use super::pieces::{Piece, TRAMPOLINE};
use super::{Failure, Report};
use crate::abi::{FuncStart, Owner};
use crate::code::CodeMemory;
use crate::native::{Call, Entry, Exit, Faulted, Record, Stack, install};
use crate::platform::{ErrorKind, Kept, Platform, VirtualMemory};
use crate::vm::{AddressSpace, Growth, Raised, StopSignal, ValueStack, Values, VmInstance, VmStore};

/// Bytes of the stacks: enough for the host's calls in between, few enough that a recursion ends soon.
const STACK: usize = 32 << 10;

/// Whether machine code can run on a platform: that its [`VirtualMemory`] makes pages that can be run and not written,
/// and its [`FaultHook`](crate::platform::FaultHook) hands on the faults of such code, from the calling thread or processor. Runs a few hundred
/// instructions and faults, and publishes each piece of code on its own pages; takes below 1 MiB meanwhile. A platform
/// without a hook is looked at without faults. Where it has [images](VirtualMemory::make_image), they are looked at, too.
///
/// Where a platform breaks its promises in earnest, a fault goes on to whoever else handles it, and this does not
/// return.
///
/// # Errors
/// The first check that does not hold; a platform without [`VirtualMemory`] holds none.
pub fn machine_code(platform: &Arc<dyn Platform>) -> Result<Report, Failure> {
    let fail = |check, seen| Err(Failure { check, seen });
    let Some(pages) = Kept::pages(platform) else {
        return fail("the platform has virtual memory", String::from("it has none"));
    };
    let faults = Kept::faults(platform);
    if let Some(hook) = &faults
        && let Err(error) = install(&**hook).and_then(|()| hook.prepare_thread())
    {
        return fail("the handler of faults can be installed", format!("{error}"));
    }
    let mut report = Report::default();
    for check in CHECKS {
        let there = match check.needs {
            Needs::Nothing => Ok(true),
            Needs::Faults => Ok(faults.is_some()),
            Needs::Images => images::are_there(&*pages),
        };
        match there {
            Ok(true) => {}
            Ok(false) => {
                report.skipped.push(check.name);
                continue;
            }
            Err(error) => return fail(check.name, format!("no image: {error}")),
        }
        let seen = Bench::new(platform, pages.clone()).and_then(|mut bench| (check.run)(&mut bench));
        if let Err(seen) = seen {
            return fail(check.name, seen);
        }
        report.passed.push(check.name);
    }
    Ok(report)
}

/// How a piece was left.
#[derive(Debug)]
pub(super) enum Left {
    Faulted(Faulted),
    Otherwise(Exit),
}

impl Left {
    pub(super) fn of(record: Record, exit: Exit) -> Self {
        match record.fault() {
            Some((fault, _)) if exit == Exit::Faulted => Self::Faulted(fault),
            _ => Self::Otherwise(exit),
        }
    }
}

/// What one check has.
pub(super) struct Bench {
    pub(super) platform: Arc<dyn Platform>,
    pub(super) pages: Kept<dyn VirtualMemory>,
    pub(super) store: NonNull<VmStore>,
    pub(super) instance: NonNull<VmInstance>,
    trampoline: CodeMemory,
}

impl Bench {
    fn new(platform: &Arc<dyn Platform>, pages: Kept<dyn VirtualMemory>) -> Result<Self, String> {
        let trampoline = publish(&pages, &TRAMPOLINE, &[FuncStart { code: 0, owner: Owner::Trampoline }])?;
        let stop = Arc::new(StopSignal::new(&Arc::new(AddressSpace::of(platform))));
        let mut store =
            Box::new(VmStore::new(ValueStack::new(0), no_host_call, no_growth, no_compiler, stop));
        store.machine.builtins = checks::BUILTINS.as_ptr();
        let store = NonNull::from(Box::leak(store));
        let instance = Box::leak(Box::new(VmInstance {
            store: store.as_ptr(),
            code: null(),
            functions: null(),
            globals: null(),
            memories: null(),
            tables: null(),
            memory_count: 0,
            stop: null(),
            at_once: 0,
            first_memory: null(),
            first_base: null_mut(),
        }));
        // Machine code, builtins and the fault handler reach both by address.
        let instance = NonNull::from(instance);
        instance.as_ptr().expose_provenance();
        Ok(Self { platform: Arc::clone(platform), pages, store, instance, trampoline })
    }

    /// A piece, published.
    pub(super) fn publish(&self, piece: &Piece) -> Result<CodeMemory, String> {
        publish(&self.pages, piece, &[FuncStart { code: 0, owner: Owner::Body(0) }])
    }

    /// An unused stack.
    pub(super) fn stack(&self) -> Result<Stack, String> {
        Stack::new(&self.pages, STACK).map_err(|error| format!("no stack: {error}"))
    }

    /// Runs a published piece with these arguments in a call.
    pub(super) fn enter(
        &self,
        call: &mut Call,
        code: &CodeMemory,
        arguments: [u64; 2],
    ) -> Result<Left, String> {
        call.values().copy_from_slice(&arguments);
        let entry = self.entry(code)?;
        // SAFETY: the store is this bench's, and lives; the code is published and keeps to the convention; this thread
        // has been prepared, or the piece does not fault; no piece is run twice in one call.
        let exit = unsafe { call.enter(self.store, &*self.platform, &entry) };
        let exit = exit.map_err(|error| format!("not entered: {error}"))?;
        Ok(Left::of(call.record(), exit))
    }

    /// The same with values elsewhere, of a call that has room for them.
    pub(super) fn enter_with(
        &self,
        record: Record,
        code: &CodeMemory,
        values: &mut [u64; 2],
    ) -> Result<Left, String> {
        record.make_room(&*self.pages, values.len()).map_err(|trap| format!("no room: {trap}"))?;
        let entry = self.entry(code)?;
        // SAFETY: as in `enter`; the values are the caller's until this returns.
        let exit =
            unsafe { record.enter(self.store, &*self.platform, &entry, NonNull::from(&mut values[..])) };
        let exit = exit.map_err(|error| format!("not entered: {error}"))?;
        Ok(Left::of(record, exit))
    }

    fn entry(&self, code: &CodeMemory) -> Result<Entry, String> {
        let at = |code: &CodeMemory| code.at(0).ok_or("no code");
        Ok(Entry { trampoline: at(&self.trampoline)?, code: at(code)?, instance: self.instance })
    }

    /// Runs a piece on a stack of its own: how it ended, and its result.
    pub(super) fn run(&self, piece: &Piece, arguments: [u64; 2]) -> Result<(Left, u64), String> {
        let code = self.publish(piece)?;
        self.run_published(&code, arguments)
    }

    /// Runs a published piece on a stack of its own.
    pub(super) fn run_published(
        &self,
        code: &CodeMemory,
        arguments: [u64; 2],
    ) -> Result<(Left, u64), String> {
        let mut call = Call::on(self.stack()?, arguments.len()).map_err(|trap| format!("no call: {trap}"))?;
        let exit = self.enter(&mut call, code, arguments)?;
        let [result, _] = *call.values() else { return Err(String::from("no result")) };
        Ok((exit, result))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // SAFETY: made from a box; no code runs any more.
        drop(unsafe { Box::from_raw(self.instance.as_ptr()) });
        // SAFETY: made from a box; its instance is gone.
        drop(unsafe { Box::from_raw(self.store.as_ptr()) });
    }
}

fn publish(
    pages: &Kept<dyn VirtualMemory>,
    piece: &Piece,
    functions: &[FuncStart],
) -> Result<CodeMemory, String> {
    // SAFETY: the pieces keep to the convention, and their sites are what stands beside them.
    let code = unsafe { CodeMemory::publish(pages, piece.bytes, piece.sites.into(), functions.into()) };
    code.map_err(|error: ErrorKind| format!("not published: {error}"))
}

/// The pieces call builtins only.
unsafe fn no_host_call(_: NonNull<VmStore>, _: u32, _: *mut VmInstance, _: Values) -> bool {
    true
}

unsafe fn no_growth(_: NonNull<VmStore>, _: Growth) -> Result<Option<u64>, Raised> {
    Ok(None)
}

unsafe fn no_compiler(_: NonNull<VmStore>, _: NonNull<VmInstance>, _: u32) -> Result<usize, Raised> {
    Err(crate::wasm::Trap::Unreachable.into())
}
