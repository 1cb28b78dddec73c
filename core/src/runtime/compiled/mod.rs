//! Modules as machine code: compiled when they are loaded, or function by function when they are called.
//!
//! In: valid modules. Out: published code, and the ways into it and out of it. How the code is made and how it is entered,
//! the rooms below know.

mod calls;
mod to_host;

use alloc::vec::Vec;
use core::ops::Range;

use spin::Mutex;

use super::{Compilation, Config, Engine, Error};
use crate::artifact::Artifact;
use crate::decode::DecodeError;
use crate::jit::{CompileError, Compiler, Limit, Settings};
use crate::module::ModuleInfo;
use crate::native::install;
use crate::platform::{ErrorKind, Kept};
use crate::support::{OutOfMemory, TryPush};
use crate::vm::{MachineCode, ModuleCode};
use crate::wasm::TypeId;

pub(super) use self::calls::{Progress, Suspended, call, entry, resume, start};
pub(super) use self::to_host::host_code;
pub(super) use crate::native::{Call, Entry};

/// Bytes of machine code for each byte of a body, at most, as a rule; what does not find room ends in an error.
const GROWTH: usize = 24;
/// Room for code however short bodies are; and the most for one module, so that distances fit.
const LEAST_ROOM: usize = 1 << 20;
const MOST_ROOM: usize = 1 << 30;

/// The longest body after which the compiler's containers, some hundred times as long, are kept for the next function.
const MOST_KEPT: usize = 32 << 10;

/// Makes a module ready to run as machine code: compiles all its functions, or gates to them.
pub(super) fn compile(
    engine: &Engine,
    info: &ModuleInfo,
    bytes: &[u8],
    type_ids: &[TypeId],
) -> Result<MachineCode, Error> {
    let mut settings = settings(engine, info)?;
    let pages = Kept::pages(engine.platform());
    let pages = pages.ok_or_else(|| unsupported("the platform has no pages for machine code"))?;
    let hook = engine.platform().fault_hook();
    let hook = hook.ok_or_else(|| unsupported("the platform does not report faults"))?;
    install(hook).map_err(of_platform)?;
    let code = match engine.config().compilation {
        Compilation::Eager => {
            let artifact = compile_all(engine, info, bytes, type_ids, &settings)?;
            // SAFETY: made by the compiler for the machine that this runs on.
            unsafe { MachineCode::publish(&pages, &artifact) }
        }
        Compilation::Lazy => {
            settings.by_words = true;
            let artifact = Compiler::new().gates(info, &settings).map_err(of_compiler)?;
            let count = info.bodies.len();
            let length = info.bodies.iter().map(|body| body.len()).sum::<usize>();
            let room = length.saturating_mul(GROWTH).saturating_add(count.saturating_mul(pages.page_size()));
            let room = room.saturating_add(LEAST_ROOM).min(MOST_ROOM);
            // SAFETY: as above.
            unsafe { MachineCode::with_gates(&pages, &artifact, count, room) }
        }
    };
    let code = code.map_err(of_platform)?;
    if let Some(profiler) = &engine.config().profiler {
        super::profile::announce(&**profiler, code.first_code(), info, bytes);
    }
    Ok(code)
}

/// Compiles all functions, several at once where the platform can.
fn compile_all(
    engine: &Engine,
    info: &ModuleInfo,
    bytes: &[u8],
    type_ids: &[TypeId],
    settings: &Settings,
) -> Result<Artifact, Error> {
    let parts = divide(info, engine.config().parallel_compilation.then(|| engine.platform().parallelism()))?;
    let (first, others) = match &parts[..] {
        [] => (0..0, &[][..]),
        [first, others @ ..] => (first.clone(), others),
    };
    let mut done = Vec::new();
    for _ in others {
        done.try_push(Mutex::new(None))?;
    }
    let head = Mutex::new(None);
    let compile = |range: &Range<usize>| Compiler::new().part(info, bytes, type_ids, settings, range.clone());
    let work = |number: usize| match number.checked_sub(1) {
        None => *head.lock() = Some(compile(&first)),
        Some(other) => {
            if let (Some(range), Some(done)) = (others.get(other), done.get(other)) {
                *done.lock() = Some(compile(range));
            }
        }
    };
    // What threads cost, their memory among it, nobody pays for one part.
    if others.is_empty() {
        work(0)
    } else {
        engine.platform().in_parallel(parts.len(), &work)
    }
    let missing = || Err(CompileError::Internal("a part was not compiled"));
    let head = head.into_inner().unwrap_or_else(missing).map_err(of_compiler)?;
    let mut rest = Vec::new();
    for part in done {
        rest.try_push(part.into_inner().unwrap_or_else(missing).map_err(of_compiler)?)?;
    }
    Compiler::new().join(info, settings, head, &rest).map_err(of_compiler)
}

/// Ranges of bodies, of about the same length each: one for each processor, and more, since no two take the same time.
fn divide(info: &ModuleInfo, processors: Option<usize>) -> Result<Vec<Range<usize>>, OutOfMemory> {
    const LEAST: usize = 64 << 10;
    const FOR_EACH: usize = 4;
    let all = info.bodies.iter().map(|body| body.len()).sum::<usize>();
    let pieces = match processors.unwrap_or(1) {
        0 | 1 => 1,
        several => several.saturating_mul(FOR_EACH).min(all / LEAST).max(1),
    };
    let (mut parts, mut first, mut length) = (Vec::new(), 0, 0);
    for (body, range) in info.bodies.iter().enumerate() {
        length += range.len();
        if length >= all.div_ceil(pieces) || body + 1 == info.bodies.len() {
            parts.try_push(first..body + 1)?;
            (first, length) = (body + 1, 0);
        }
    }
    Ok(parts)
}

/// Compiles a function, unless that has been done; the address of its code.
pub(super) fn compile_body(engine: &Engine, module: &ModuleCode, body: usize) -> Result<usize, Error> {
    let code = module.machine.as_ref().ok_or_else(|| unsupported("a module without machine code"))?;
    if let Some(address) = code.compiled(body) {
        return Ok(address);
    }
    let ModuleCode { info, bytes, type_ids, .. } = module;
    let settings = Settings { by_words: true, ..settings(engine, info)? };
    let mut compiler = engine.compiler()?;
    let artifact = compiler.body(info, bytes, type_ids, &settings, body).map_err(of_compiler)?;
    if info.bodies.get(body).is_some_and(|body| body.len() <= MOST_KEPT) {
        engine.keep_compiler(compiler);
    }
    // SAFETY: made by the compiler for the machine that this runs on.
    let address = unsafe { code.add(body, &artifact) }.map_err(of_platform)?;
    if let Some(profiler) = &engine.config().profiler {
        super::profile::announce(&**profiler, code.code_at(address), info, bytes);
    }
    Ok(address)
}

/// How an engine compiles a module.
pub(super) fn settings(engine: &Engine, info: &ModuleInfo) -> Result<Settings, Error> {
    let Config { options, check_compiler, few_registers, improvements, .. } = engine.config();
    let features = engine.cpu_features();
    let features = features.ok_or_else(|| unsupported("the compiler does not know this processor"))?;
    let settings = Settings::new(features, info, engine.space().guards());
    let limit = improvements.map(|(function, count)| match function.checked_sub(info.imported.functions) {
        Some(body) => Limit { body, count },
        None => Limit { body: 0, count: 0 },
    });
    let settings = Settings { deterministic: options.deterministic, limit, ..settings };
    Ok(settings.for_tests(*check_compiler, *few_registers).metered(options.fuel, options.interruption))
}

fn unsupported(what: &'static str) -> Error {
    Error::from(DecodeError::unsupported(0, what))
}

pub(super) fn of_compiler(error: CompileError) -> Error {
    match error {
        CompileError::OutOfMemory => Error::from(OutOfMemory),
        CompileError::Unsupported(what) | CompileError::Limit(what) | CompileError::Internal(what) => {
            unsupported(what)
        }
    }
}

fn of_platform(error: ErrorKind) -> Error {
    match error {
        ErrorKind::OutOfMemory => Error::from(OutOfMemory),
        other => Error::misuse(format_args!("machine code: {other}")),
    }
}
