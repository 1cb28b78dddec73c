//! A module's functions, one after another, to an [`Artifact`].
//!
//! In: a description and the bytes of a module that has been found valid. Out: its code. Each function goes through all
//! passes before the next one begins, in containers that are used again.
//!
//! Long, since a whole module, a part of one and a single function are the same steps, with the same distances to fill in.

use alloc::vec::Vec;
use core::ops::Range;

use super::front::meter::Meter;
use super::front::scan::Scanner;
use super::front::{Front, Room, ty_of};
use super::improve::{Improver, Limit};
use super::ir::verify;
use super::regalloc::Allocator;
use super::x64::{Emitter, Kept, Lower, PReg, RegSet};
use super::{CompileError, Result};
use crate::abi::memory::can_be_guarded;
use crate::abi::{FuncStart, Owner, Site, builtin};
use crate::artifact::{Artifact, Link, Target};
use crate::decode::{DecodeErrorKind, Sink, replay_body};
use crate::module::ModuleInfo;
use crate::support::{Entity, TryPush};
use crate::wasm::{FuncIndex, FuncType, TypeId, TypeIndex};

/// The most bytes of code before another piece begins. Distances within a module are 32 bits with a sign; no function is
/// so long (its body has at most 7.6 MB) that the next piece would begin beyond their reach.
const MOST_CODE: usize = 1 << 30;

/// What the machine can do besides the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CpuFeatures {
    pub(crate) bmi2: bool,
    pub(crate) avx: bool,
    pub(crate) avx2: bool,
}

impl CpuFeatures {
    /// None of it.
    pub(crate) const LEAST: Self = Self { bmi2: false, avx: false, avx2: false };
}

/// What there is of a memory 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FirstMemory {
    #[default]
    None,
    /// Whoever lets it grow may find it elsewhere.
    Moves,
    Stays,
}

/// How to compile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) features: CpuFeatures,
    /// Registers that may hold values: fewer for tests.
    pub(crate) registers: RegSet,
    /// What lies in registers of its own: memory 0, if the module has one; the fuel, if code pays; where to look, if it
    /// can be interrupted.
    pub(crate) kept: Kept,
    /// Memories that can be guarded are.
    pub(crate) guards: bool,
    /// NaNs are made canonical.
    pub(crate) deterministic: bool,
    /// Functions go to others by words, since those may not have been compiled yet.
    pub(crate) by_words: bool,
    /// Each pass's result is checked.
    pub(crate) verify: bool,
    /// How much may be improved, if that is limited.
    pub(crate) limit: Option<Limit>,
}

impl Settings {
    /// Registers that instructions insist on, and two more.
    const FEW: RegSet = RegSet(0x000f_004f);

    /// For tests: each pass is checked, and registers are few.
    pub(crate) fn for_tests(self, verify: bool, few_registers: bool) -> Self {
        let registers = if few_registers { Self::FEW } else { RegSet::ALL };
        Self { verify, registers, ..self }
    }

    /// All registers, no checks of the compiler by itself.
    pub(crate) fn new(features: CpuFeatures, info: &ModuleInfo, guards: bool) -> Self {
        let memory = match info.memories.values().next() {
            None => FirstMemory::None,
            Some(ty) if guards && can_be_guarded(*ty) => FirstMemory::Stays,
            Some(_) => FirstMemory::Moves,
        };
        let kept = Kept { memory, fuel: false, stop: false };
        let (by_words, deterministic, verify) = (false, false, false);
        let registers = RegSet::ALL;
        Self { features, registers, kept, guards, deterministic, by_words, verify, limit: None }
    }

    /// Code that pays, or can be interrupted, or both: each costs a register.
    pub(crate) fn metered(mut self, fuel: bool, interruption: bool) -> Self {
        (self.kept.fuel, self.kept.stop) = (fuel, interruption);
        for (kept, reg) in [(fuel, PReg::R12), (interruption, PReg::R13)] {
            if kept {
                self.registers = self.registers.without(RegSet::one(reg));
            }
        }
        self
    }
}

/// What this machine can do; `None` where that is less than the compiler needs. `wide`: whoever shares the processor keeps
/// wide registers.
pub(crate) fn detect(wide: bool) -> Option<CpuFeatures> {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::__cpuid;

        let (basic, more) = (__cpuid(0).eax, __cpuid(0x8000_0000).eax);
        if basic < 7 || more < 0x8000_0001 {
            return None;
        }
        let has = |word: u32, bit: u32| word >> bit & 1 != 0;
        let (first, seventh, extended) = (__cpuid(1).ecx, __cpuid(7).ebx, __cpuid(0x8000_0001).ecx);
        // SSSE3, SSE4.1 and POPCNT; BMI1, which has TZCNT; LZCNT.
        let vectors = has(first, 9) && has(first, 19);
        let least = vectors && has(first, 23) && has(seventh, 3) && has(extended, 5);
        let avx = wide && has(first, 28);
        least.then(|| CpuFeatures { bmi2: has(seventh, 8), avx, avx2: avx && has(seventh, 5) })
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = wide;
        None
    }
}

/// The passes with their containers.
pub(crate) struct Compiler {
    pub(super) scanner: Scanner,
    pub(super) meter: Meter,
    room: Room,
    pub(super) lower: Lower,
    pub(super) allocator: Allocator,
    pub(super) emitter: Emitter,
    pub(super) improver: Improver,
    /// Calls to be filled in: the place, and the function, or a thunk's type.
    calls: Vec<(u32, u32)>,
    thunks: Vec<(u32, u32)>,
    /// The same of what keeps all registers while it asks a builtin, by that one's number.
    stops: Vec<(u32, u32)>,
}

/// Some functions of a module, with calls to be filled in when all are there.
#[derive(Debug)]
pub(crate) struct Part {
    artifact: Artifact,
    calls: Vec<(u32, u32)>,
    thunks: Vec<(u32, u32)>,
    stops: Vec<(u32, u32)>,
}

impl Compiler {
    pub(crate) fn new() -> Self {
        Self {
            scanner: Scanner::default(),
            meter: Meter::default(),
            room: Room::default(),
            lower: Lower::default(),
            allocator: Allocator::default(),
            emitter: Emitter::new(),
            improver: Improver::default(),
            calls: Vec::new(),
            thunks: Vec::new(),
            stops: Vec::new(),
        }
    }

    /// Compiles all functions of a module, and a trampoline for each type.
    ///
    /// # Errors
    /// [`CompileError`].
    #[cfg(test)]
    pub(crate) fn module(
        &mut self,
        info: &ModuleInfo,
        bytes: &[u8],
        type_ids: &[TypeId],
        settings: &Settings,
    ) -> Result<Artifact> {
        let part = self.part(info, bytes, type_ids, settings, 0..info.bodies.len())?;
        self.join(info, settings, part, &[])
    }

    /// Compiles functions that follow each other in a module.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn part(
        &mut self,
        info: &ModuleInfo,
        bytes: &[u8],
        type_ids: &[TypeId],
        settings: &Settings,
        bodies: Range<usize>,
    ) -> Result<Part> {
        let mut artifact = Artifact { guarded: settings.guards, ..Artifact::default() };
        self.calls.clear();
        self.thunks.clear();
        self.stops.clear();
        for body in bodies {
            self.function(info, bytes, type_ids, settings, body, &mut artifact)?;
        }
        let (calls, thunks) = (core::mem::take(&mut self.calls), core::mem::take(&mut self.thunks));
        Ok(Part { artifact, calls, thunks, stops: core::mem::take(&mut self.stops) })
    }

    /// Makes one artifact of the parts of a module, in order, whose bytes do not depend on how it was divided.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn join(
        &mut self,
        info: &ModuleInfo,
        settings: &Settings,
        first: Part,
        others: &[Part],
    ) -> Result<Artifact> {
        self.emitter.check_bytes(settings.verify);
        let Part { mut artifact, calls, thunks, stops } = first;
        (self.calls, self.thunks, self.stops) = (calls, thunks, stops);
        for part in others {
            let start = next_start(&artifact)?;
            artifact.bytes.try_extend(&part.artifact.bytes)?;
            for site in &part.artifact.sites {
                artifact.sites.try_push(Site { code: start + site.code, ..*site })?;
            }
            for function in &part.artifact.functions {
                artifact.functions.try_push(FuncStart { code: start + function.code, ..*function })?;
            }
            let Self { calls, thunks, stops, .. } = self;
            for (of_part, all) in [(&part.calls, calls), (&part.thunks, thunks), (&part.stops, stops)] {
                for &(at, what) in of_part {
                    all.try_push((start + at, what))?;
                }
            }
        }
        for ty in info.types.values() {
            self.trampoline(ty, settings, &mut artifact)?;
        }
        self.fill_in_calls(info, &mut artifact)?;
        self.fill_in_thunks(info, settings, &mut artifact)?;
        self.fill_in_stops(settings, &mut artifact)?;
        Ok(artifact)
    }

    /// What a module needs before any of its functions is compiled: trampolines and thunks for each type, and a gate for
    /// each body.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn gates(&mut self, info: &ModuleInfo, settings: &Settings) -> Result<Artifact> {
        self.emitter.check_bytes(settings.verify);
        let mut artifact = Artifact { guarded: settings.guards, ..Artifact::default() };
        for ty in info.types.values() {
            self.trampoline(ty, settings, &mut artifact)?;
        }
        self.stops.clear();
        for ty in info.types.values() {
            let start = self.thunk(ty, settings, &mut artifact)?;
            artifact.thunks.try_push(start)?;
        }
        self.all_stops(settings, &mut artifact)?;
        let start = next_start(&artifact)?;
        let first = self.emitter.gates(info.bodies.len() as u32, settings.kept, &mut artifact.bytes)?;
        artifact.gates = Some(start + first);
        artifact.functions.try_push(FuncStart { code: start, owner: Owner::Gate })?;
        for site in &self.emitter.out.sites {
            artifact.sites.try_push(Site { code: start + site.code, ..*site })?;
        }
        for &(at, body) in &self.emitter.out.calls {
            artifact.links.try_push(Link { at: start + at, to: Target::Word(body) })?;
        }
        Ok(artifact)
    }

    /// Compiles one function.
    ///
    /// # Errors
    /// [`CompileError`].
    pub(crate) fn body(
        &mut self,
        info: &ModuleInfo,
        bytes: &[u8],
        type_ids: &[TypeId],
        settings: &Settings,
        body: usize,
    ) -> Result<Artifact> {
        let mut artifact = Artifact { guarded: settings.guards, ..Artifact::default() };
        self.calls.clear();
        self.thunks.clear();
        self.stops.clear();
        self.function(info, bytes, type_ids, settings, body, &mut artifact)?;
        for &(at, func) in &self.calls {
            let body = info.body_index(FuncIndex::from_index(func as usize));
            let body = body.ok_or(CompileError::Internal("call of an unknown function"))?;
            artifact.links.try_push(Link { at, to: Target::Word(body as u32) })?;
        }
        for &(at, ty) in &self.thunks {
            artifact.links.try_push(Link { at, to: Target::Thunk(ty) })?;
        }
        for &(at, number) in &self.stops {
            artifact.links.try_push(Link { at, to: Target::Stop(number) })?;
        }
        Ok(artifact)
    }

    /// Makes everything that keeps all registers while it asks a builtin, whoever will need it.
    fn all_stops(&mut self, settings: &Settings, artifact: &mut Artifact) -> Result<()> {
        for number in 0..builtin::COUNT as u32 {
            let stops = [builtin::POLL, builtin::OUT_OF_FUEL, builtin::STACK].contains(&(number as usize));
            let start = if stops { self.stop(number, settings, artifact)? } else { 0 };
            artifact.stops.try_push(start)?;
        }
        for &(at, number) in &self.stops {
            let start = artifact.stops.get(number as usize).copied();
            fill_in(artifact, at, start.ok_or(CompileError::Internal("no such builtin"))?)?;
        }
        Ok(())
    }

    fn stop(&mut self, number: u32, settings: &Settings, artifact: &mut Artifact) -> Result<u32> {
        let start = next_start(artifact)?;
        self.emitter.stop(number, settings.kept, &mut artifact.bytes)?;
        artifact.functions.try_push(FuncStart { code: start, owner: Owner::Stop })?;
        Ok(start)
    }

    fn function(
        &mut self,
        info: &ModuleInfo,
        bytes: &[u8],
        type_ids: &[TypeId],
        settings: &Settings,
        body: usize,
        artifact: &mut Artifact,
    ) -> Result<()> {
        let room = self.begin(info, bytes, settings, body)?;
        let Self { scanner, meter, lower, allocator, emitter, improver, .. } = self;
        let how = (settings, &*improver);
        let mut front = Front::new(info, type_ids, (&scanner.scan, meter), how, room);
        let built = replay(info, bytes, body, &mut front).and_then(|()| back(&front, how, lower, allocator));
        let start = next_start(artifact)?;
        let emitted = built.and_then(|()| {
            let (func, code) = (front.func(), &lower.code);
            emitter.emit(func, code, (&allocator.out, improver), &mut artifact.bytes)
        });
        self.room = front.into_room();
        emitted?;
        artifact.functions.try_push(FuncStart { code: start, owner: Owner::Body(body as u32) })?;
        self.collect(start, artifact)
    }

    /// Reads a body ahead; the front's containers for it.
    pub(super) fn begin(
        &mut self,
        info: &ModuleInfo,
        bytes: &[u8],
        settings: &Settings,
        body: usize,
    ) -> Result<Room> {
        self.improver.begin(settings.limit, body);
        self.emitter.check_bytes(settings.verify);
        replay(info, bytes, body, &mut self.scanner)?;
        self.meter(info, bytes, settings, body)?;
        Ok(core::mem::take(&mut self.room))
    }

    /// Finds out what a body costs, if it pays, and where it looks whether to stop, if it does.
    fn meter(&mut self, info: &ModuleInfo, bytes: &[u8], settings: &Settings, body: usize) -> Result<()> {
        let Kept { fuel, stop, .. } = settings.kept;
        self.meter.begin(fuel, stop);
        if fuel || stop { replay(info, bytes, body, &mut self.meter) } else { Ok(()) }
    }

    /// Takes over what the emitter says of a piece of code that starts here.
    fn collect(&mut self, start: u32, artifact: &mut Artifact) -> Result<()> {
        let Self { emitter, calls, thunks, stops, .. } = self;
        for site in &emitter.out.sites {
            artifact.sites.try_push(Site { code: start + site.code, ..*site })?;
        }
        let out = &emitter.out;
        for (of_piece, all) in [(&out.calls, calls), (&out.thunks, thunks), (&out.stops, stops)] {
            for &(at, what) in of_piece {
                all.try_push((start + at, what))?;
            }
        }
        Ok(())
    }

    fn trampoline(&mut self, ty: &FuncType, settings: &Settings, artifact: &mut Artifact) -> Result<()> {
        let start = next_start(artifact)?;
        let types = types_of(ty)?;
        let (params, results) = types.split_at(ty.params().len());
        self.emitter.trampoline(params, results, settings.kept, &mut artifact.bytes)?;
        artifact.functions.try_push(FuncStart { code: start, owner: Owner::Trampoline })?;
        artifact.trampolines.try_push(start)?;
        Ok(())
    }

    fn fill_in_calls(&self, info: &ModuleInfo, artifact: &mut Artifact) -> Result<()> {
        for &(at, func) in &self.calls {
            let body = info.body_index(FuncIndex::from_index(func as usize));
            let target = body.and_then(|body| artifact.functions.get(body)).map(|start| start.code);
            let target = target.ok_or(CompileError::Internal("call of an unknown function"))?;
            fill_in(artifact, at, target)?;
        }
        Ok(())
    }

    /// Makes the thunks that are called.
    fn fill_in_thunks(
        &mut self,
        info: &ModuleInfo,
        settings: &Settings,
        artifact: &mut Artifact,
    ) -> Result<()> {
        self.thunks.sort_unstable_by_key(|(at, ty)| (*ty, *at));
        let mut last = None;
        for number in 0..self.thunks.len() {
            let (at, ty) = self.thunks[number];
            let start = match last {
                Some((same, start)) if same == ty => start,
                _ => self.thunk(&info.types[TypeIndex(ty)], settings, artifact)?,
            };
            last = Some((ty, start));
            fill_in(artifact, at, start)?;
        }
        Ok(())
    }

    fn thunk(&mut self, ty: &FuncType, settings: &Settings, artifact: &mut Artifact) -> Result<u32> {
        let start = next_start(artifact)?;
        let types = types_of(ty)?;
        let (params, results) = types.split_at(ty.params().len());
        let to_host = self.emitter.thunk(params, results, settings.kept, &mut artifact.bytes)?;
        self.collect(start, artifact)?;
        artifact.functions.try_push(FuncStart { code: start, owner: Owner::Thunk })?;
        artifact.functions.try_push(FuncStart { code: start + to_host, owner: Owner::ToHost })?;
        Ok(start)
    }

    /// Makes what keeps all registers while it asks a builtin.
    fn fill_in_stops(&mut self, settings: &Settings, artifact: &mut Artifact) -> Result<()> {
        self.stops.sort_unstable_by_key(|(at, number)| (*number, *at));
        let mut last = None;
        for at in 0..self.stops.len() {
            let (at, number) = self.stops[at];
            let start = match last {
                Some((same, start)) if same == number => start,
                _ => self.stop(number, settings, artifact)?,
            };
            last = Some((number, start));
            fill_in(artifact, at, start)?;
        }
        Ok(())
    }
}

/// Parameters, then results.
fn types_of(ty: &FuncType) -> Result<Vec<super::ir::Ty>> {
    let mut types = Vec::new();
    for &ty in ty.params().iter().chain(ty.results()) {
        types.try_push(ty_of(ty))?;
    }
    Ok(types)
}

/// Where the next piece of code begins.
fn next_start(artifact: &Artifact) -> Result<u32> {
    match artifact.bytes.len() {
        len if len <= MOST_CODE => Ok(len as u32),
        _ => Err(CompileError::Limit("more machine code than one module may have")),
    }
}

/// Fills in the distance of a call.
fn fill_in(artifact: &mut Artifact, at: u32, target: u32) -> Result<()> {
    let place = artifact.bytes.get_mut(at as usize..at as usize + 4);
    let place = place.ok_or(CompileError::Internal("call outside the code"))?;
    place.copy_from_slice(&target.wrapping_sub(at + 4).to_le_bytes());
    #[cfg(any(test, feature = "decode-back"))]
    if !super::x64::leads_to(&artifact.bytes, at, target) {
        return Err(CompileError::Internal("a call leads elsewhere"));
    }
    Ok(())
}

/// The passes behind the front.
pub(super) fn back(
    front: &Front<'_>,
    (settings, improver): (&Settings, &Improver),
    lower: &mut Lower,
    allocator: &mut Allocator,
) -> Result<()> {
    let func = front.func();
    if settings.verify {
        verify(func).map_err(|(what, _)| CompileError::Internal(what))?;
    }
    lower.lower(func, (settings, improver))?;
    allocator.run(func, &mut lower.code, (settings.registers, improver))?;
    if settings.verify {
        super::regalloc::check(func, &lower.code, &allocator.out).map_err(CompileError::Internal)?;
    }
    Ok(())
}

/// Hands the operators of a valid body to a sink.
pub(super) fn replay(
    info: &ModuleInfo,
    bytes: &[u8],
    body: usize,
    sink: &mut impl Sink<Error = CompileError>,
) -> Result<()> {
    replay_body(info, bytes, body, sink).map_err(|error| match error.kind {
        DecodeErrorKind::Unsupported(what) => CompileError::Unsupported(what),
        DecodeErrorKind::OutOfMemory => CompileError::OutOfMemory,
        _ => CompileError::Internal("a valid body cannot be read"),
    })
}

/// What compiling takes, phase by phase, and which functions it refuses.
#[cfg(test)]
pub(super) fn measure(
    info: &ModuleInfo,
    bytes: &[u8],
    type_ids: &[TypeId],
    settings: &Settings,
) -> alloc::string::String {
    extern crate std;
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    let mut compiler = Compiler::new();
    let mut times = [Duration::ZERO; 5];
    let (mut code_bytes, mut operators, mut insts, mut minsts) = (0, 0, 0, 0);
    let mut refused: BTreeMap<alloc::string::String, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for body in 0..info.bodies.len() {
        let start = Instant::now();
        let scanned = replay(info, bytes, body, &mut compiler.scanner)
            .and_then(|()| compiler.meter(info, bytes, settings, body));
        times[0] += start.elapsed();
        operators += compiler.scanner.scan.operators;
        let start = Instant::now();
        let room = core::mem::take(&mut compiler.room);
        let reads = (&compiler.scanner.scan, &compiler.meter);
        let mut front = Front::new(info, type_ids, reads, (settings, &compiler.improver), room);
        let mut result = scanned.and_then(|()| replay(info, bytes, body, &mut front));
        times[1] += start.elapsed();
        if result.is_ok() && settings.verify {
            result = verify(front.func()).map_err(|(what, _)| CompileError::Internal(what));
        }
        let start = Instant::now();
        let result = result.and_then(|()| compiler.lower.lower(front.func(), (settings, &compiler.improver)));
        times[2] += start.elapsed();
        let start = Instant::now();
        let mut result = result.and_then(|()| {
            let registers = (settings.registers, &compiler.improver);
            compiler.allocator.run(front.func(), &mut compiler.lower.code, registers)
        });
        times[3] += start.elapsed();
        if result.is_ok() && settings.verify {
            result = super::regalloc::check(front.func(), &compiler.lower.code, &compiler.allocator.out)
                .map_err(CompileError::Internal);
        }
        let start = Instant::now();
        out.clear();
        let result = result.and_then(|()| {
            let allocation = (&compiler.allocator.out, &compiler.improver);
            compiler.emitter.emit(front.func(), &compiler.lower.code, allocation, &mut out)
        });
        times[4] += start.elapsed();
        match result {
            Ok(()) => {
                insts += front.func().insts.len();
                minsts += compiler.allocator.out.insts.len();
                code_bytes += out.len();
            }
            Err(error) => *refused.entry(alloc::format!("{error:?}")).or_default() += 1,
        }
        compiler.room = front.into_room();
    }
    let per = |time: Duration| time.as_nanos() as f64 / operators as f64;
    alloc::format!(
        "{} functions, {operators} operators, {insts} values, {minsts} instructions, {code_bytes} bytes\n\
         ns per operator: scan {:.1}, front {:.1}, lower {:.1}, allocate {:.1}, emit {:.1}, all {:.1}\nrefused: {refused:#?}",
        info.bodies.len(),
        per(times[0]),
        per(times[1]),
        per(times[2]),
        per(times[3]),
        per(times[4]),
        per(times.iter().sum()),
    )
}

/// The intermediate form of all functions.
#[cfg(test)]
pub(super) fn listing(
    info: &ModuleInfo,
    bytes: &[u8],
    type_ids: &[TypeId],
    settings: &Settings,
) -> alloc::string::String {
    let mut compiler = Compiler::new();
    let mut text = alloc::string::String::new();
    for body in 0..info.bodies.len() {
        compiler.improver.begin(settings.limit, body);
        if replay(info, bytes, body, &mut compiler.scanner).is_err() {
            continue;
        }
        if compiler.meter(info, bytes, settings, body).is_err() {
            continue;
        }
        let reads = (&compiler.scanner.scan, &compiler.meter);
        let how = (settings, &compiler.improver);
        let mut front = Front::new(info, type_ids, reads, how, Room::default());
        let built = replay(info, bytes, body, &mut front);
        text += &alloc::format!("function {body} {built:?}\n{}", super::ir::Listing(front.func()));
    }
    text
}
