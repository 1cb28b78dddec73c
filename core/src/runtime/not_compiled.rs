//! Machine code where the compiler knows no processor: there is none.
//!
//! In: what [`compiled`](super::compiled) is asked elsewhere. Out: errors. No module has code, so nothing is ever entered
//! or set aside: the types for that have no values.

use core::ptr::NonNull;

use super::host::{HostCode, Slots};
use super::{Engine, Error};
use crate::decode::DecodeError;
use crate::jit::{CompileError, Settings};
use crate::module::ModuleInfo;
use crate::vm::{MachineCode, ModuleCode, Raised, Stop, VmFunc, VmStore};
use crate::wasm::TypeId;

/// A call on a stack of its own.
pub(super) enum Call {}

/// A way into machine code.
#[derive(Clone, Copy)]
pub(super) enum Entry {}

/// A call set aside.
pub(super) enum Suspended {}

/// How far a call has come.
pub(super) enum Progress {
    Done,
    Suspended(Suspended, Stop),
}

fn unsupported() -> Error {
    Error::from(DecodeError::unsupported(0, "the compiler does not know this processor"))
}

pub(super) fn compile(_: &Engine, _: &ModuleInfo, _: &[u8], _: &[TypeId]) -> Result<MachineCode, Error> {
    Err(unsupported())
}

pub(super) fn compile_body(_: &Engine, _: &ModuleCode, _: usize) -> Result<usize, Error> {
    Err(unsupported())
}

pub(super) fn settings(_: &Engine, _: &ModuleInfo) -> Result<Settings, Error> {
    Err(unsupported())
}

pub(super) fn of_compiler(_: CompileError) -> Error {
    unsupported()
}

impl Suspended {
    pub(super) fn waiting(&self) -> Option<u32> {
        match *self {}
    }

    /// # Safety
    /// None is asked for.
    pub(super) unsafe fn abandon(self, _: Raised) -> Raised {
        match self {}
    }
}

/// # Safety
/// None is asked for.
pub(super) unsafe fn entry(_: NonNull<VmFunc>) -> Option<Entry> {
    None
}

/// What machine code would call: nothing.
pub(super) fn host_code<T, C: HostCode<T>, S: Slots>() -> *const u8 {
    core::ptr::null()
}

/// # Errors
/// None: there is nothing to enter.
///
/// # Safety
/// None is asked for.
pub(super) unsafe fn call<T>(_: NonNull<VmStore>, entry: &Entry, _: &mut [u64]) -> Result<(), Raised> {
    match *entry {}
}

/// # Errors
/// None: there is nothing to enter.
///
/// # Safety
/// None is asked for.
pub(super) unsafe fn start<T>(_: NonNull<VmStore>, entry: &Entry, _: &mut [u64]) -> Result<Progress, Raised> {
    match *entry {}
}

/// # Errors
/// None: there is no call to go on with.
///
/// # Safety
/// None is asked for.
pub(super) unsafe fn resume<T>(
    _: NonNull<VmStore>,
    suspended: Suspended,
    _: &mut [u64],
    _: Option<&[u64]>,
) -> Result<Progress, Raised> {
    match suspended {}
}
