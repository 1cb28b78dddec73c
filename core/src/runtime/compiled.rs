//! Modules as machine code: compiled when they are loaded, entered on a stack of their own.
//!
//! In: valid modules, calls. Out: published code; results, or what was raised. How the code is made and how it is
//! entered, the rooms below know.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::NonNull;

use super::raw::{StoreContextMut, nested};
use super::{Config, Engine, Error};
use crate::decode::DecodeError;
use crate::jit::{CompileError, Compiler, CpuFeatures, Settings, detect};
use crate::module::ModuleInfo;
use crate::native::{BUILTINS, Call, Entry, Exit, Stack, install, keeps_wide_registers};
use crate::platform::{ErrorKind, Kept};
use crate::support::{OutOfMemory, TryPush, try_to_vec};
use crate::vm::{At, Frame, Instance, MachineCode, Raised, VmFunc, VmStore};
use crate::wasm::{Trap, TypeId};

/// Compiles all functions of a module, and publishes them.
pub(super) fn compile(
    engine: &Engine,
    info: &ModuleInfo,
    bytes: &[u8],
    type_ids: &[TypeId],
) -> Result<MachineCode, Error> {
    let Config { options, check_compiler, few_registers, least_processor, .. } = engine.config();
    let unsupported = |what| Error::from(DecodeError::unsupported(0, what));
    if options.fuel || options.interruption {
        return Err(unsupported("compiled code is not metered yet"));
    }
    let features = detect(keeps_wide_registers());
    let features = features.ok_or_else(|| unsupported("the compiler does not know this processor"))?;
    let features = if *least_processor { CpuFeatures::LEAST } else { features };
    let pages = Kept::pages(engine.platform());
    let pages = pages.ok_or_else(|| unsupported("the platform has no pages for machine code"))?;
    let hook = engine.platform().fault_hook();
    let hook = hook.ok_or_else(|| unsupported("the platform does not report faults"))?;
    install(hook).map_err(of_platform)?;
    let settings = Settings::new(features, info, engine.space().guards());
    let settings = Settings { deterministic: options.deterministic, ..settings };
    let settings = settings.for_tests(*check_compiler, *few_registers);
    let artifact = Compiler::new().module(info, bytes, type_ids, &settings).map_err(|error| match error {
        CompileError::OutOfMemory => Error::from(OutOfMemory),
        CompileError::Unsupported(what) | CompileError::Limit(what) | CompileError::Internal(what) => {
            unsupported(what)
        }
    })?;
    // SAFETY: made by the compiler for the machine that this runs on.
    let code = unsafe { MachineCode::publish(&pages, artifact) }.map_err(of_platform)?;
    if let Some(profiler) = &engine.config().profiler {
        super::profile::announce(&**profiler, &code, info, bytes);
    }
    Ok(code)
}

fn of_platform(error: ErrorKind) -> Error {
    match error {
        ErrorKind::OutOfMemory => Error::from(OutOfMemory),
        other => Error::misuse(format_args!("machine code: {other}")),
    }
}

/// Calls a function that has machine code: arguments and results are in `values`.
pub(super) fn invoke<T>(
    store: &mut StoreContextMut<'_, T>,
    func: NonNull<VmFunc>,
    values: &mut [u64],
) -> Result<(), Error> {
    let inner = store.inner_mut();
    let engine = inner.state.engine.clone();
    if let Some(hook) = engine.platform().fault_hook() {
        hook.prepare_thread().map_err(of_platform)?;
    }
    inner.vm.machine.builtins = BUILTINS.as_ptr().cast();
    inner.vm.progress = 0;
    let mut stack = match inner.vm.machine.activation.is_null() {
        false => None,
        true => match inner.state.wasm_stack.take() {
            Some(stack) => Some(stack),
            None => {
                let pages = Kept::pages(engine.platform());
                let pages = pages.ok_or_else(|| of_platform(ErrorKind::InvalidInput))?;
                Some(Stack::new(&pages, engine.config().max_stack).map_err(of_platform)?)
            }
        },
    };
    let result = nested(store, |store, _| {
        // SAFETY: the store is borrowed exclusively by the context, of which no reference is alive, and the function
        // is one of it, with so many values.
        unsafe { run(store, func, values, stack.as_mut()) }
    });
    if stack.is_some() {
        store.inner_mut().state.wasm_stack = stack;
    }
    result
}

/// Enters machine code, on this stack or below the frames that are there.
///
/// # Safety
/// The store lives and is used by nobody else; the function is one of it, with machine code, and `values` has its
/// slots. This thread has been prepared for faults.
unsafe fn run(
    store: NonNull<VmStore>,
    func: NonNull<VmFunc>,
    values: &mut [u64],
    stack: Option<&mut Stack>,
) -> Result<(), Raised> {
    // SAFETY: functions live as long as their store.
    let func = unsafe { func.as_ref() };
    let instance = NonNull::new(func.instance).ok_or(Trap::Unreachable)?;
    // SAFETY: the instance's own pointer, which was made from a whole record.
    let module = unsafe { Instance::of(instance) }.module();
    let code = module.machine.as_ref().ok_or(Trap::Unreachable)?;
    let ty = module.info.functions[module.info.func_of_body(func.index as usize)];
    let trampoline = code.trampoline(ty).ok_or(Trap::Unreachable)?;
    let entry = NonNull::new(func.code.cast_mut()).ok_or(Trap::Unreachable)?;
    let mut call = match stack {
        Some(stack) => Call::on(stack, values.len())?,
        // SAFETY: the innermost call is in the builtin that has called us.
        None => unsafe { Call::inside(store, values.len()) }.ok_or(Trap::Unreachable)??,
    };
    call.values().copy_from_slice(values);
    // SAFETY: the caller's promises; the code was published by the compiler.
    let exit = unsafe { call.enter(store, Entry { trampoline, code: entry, instance }) };
    let raised = match exit {
        Exit::Returned => {
            values.copy_from_slice(call.values());
            return Ok(());
        }
        Exit::Faulted(fault) => Raised::from(fault.trap),
        Exit::Raised | Exit::Suspended => {
            // SAFETY: the caller's promise: nobody else uses the store.
            let raised = unsafe { (*store.as_ptr()).raised.take() };
            raised.unwrap_or_else(|| Trap::Unreachable.into())
        }
    };
    // SAFETY: the module keeps its code while its instance lives.
    let frames = unsafe { frames(&call, instance, code) }.unwrap_or_default();
    Err(match raised {
        Raised::Trap(trap, _) => Raised::Trap(trap, frames),
        Raised::Host(error, _) => Raised::Host(error, frames),
        Raised::Wait(error, _) => Raised::Wait(error, frames),
        interrupted @ Raised::Interrupted(_) => interrupted,
    })
}

/// The frames of this module's code where a call was left.
///
/// # Safety
/// The code that it ran is published still.
unsafe fn frames(
    call: &Call<'_>,
    instance: NonNull<crate::vm::VmInstance>,
    code: &MachineCode,
) -> Result<Box<[Frame]>, OutOfMemory> {
    let mut frames = Vec::new();
    // SAFETY: the caller's promise.
    for place in unsafe { call.places() } {
        if code.contains(place.pc) {
            frames.try_push(Frame { instance, body: place.body, at: At::Offset(place.offset) })?;
        }
    }
    // Not shrunk in place: that may fail, and then nobody could be told.
    Ok(try_to_vec(&frames)?.into_boxed_slice())
}
