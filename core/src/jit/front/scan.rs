//! The first pass over a body: what each loop sets and writes.
//!
//! In: operators. Out: [`Scan`], by which the second pass knows at a loop's header which locals change in it and
//! which state does. Cost: linear, but that a loop's locals count for each loop around it, up to a limit.

use alloc::vec::Vec;

use wasmparser::{VisitOperator, VisitSimdOperator};

use crate::decode::{Sink, SinkError};
use crate::jit::{CompileError, Result};
use crate::support::TryPush;

/// The most locals of all loops together, for each operator and besides.
const MOST_PER_OPERATOR: usize = 16;
const MOST_BESIDES: usize = 4096;

/// What a loop does. Loops are in the order in which they open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LoopScan {
    first: u32,
    count: u32,
    /// What it may change, as bits of [`super::state`]'s.
    pub(crate) writes: u32,
}

/// What a body's loops do.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) loops: Vec<LoopScan>,
    locals: Vec<u32>,
    pub(crate) operators: usize,
    pub(crate) calls: bool,
}

impl Scan {
    /// The locals that a loop sets, in order.
    pub(crate) fn locals(&self, of: LoopScan) -> &[u32] {
        &self.locals[of.first as usize..(of.first + of.count) as usize]
    }

    fn clear(&mut self) {
        self.loops.clear();
        self.locals.clear();
        self.operators = 0;
        self.calls = false;
    }
}

/// An open block.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// A loop's number.
    loop_index: Option<u32>,
    /// Where its locals begin among those of all open loops.
    first: u32,
    writes: u32,
}

/// The pass. Its containers are used again.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    pub(crate) scan: Scan,
    open: Vec<Open>,
    /// The locals set so far in each open loop, innermost last, some of them twice.
    set: Vec<u32>,
}

impl Scanner {
    fn open(&mut self, is_loop: bool) -> Result<()> {
        let loop_index = if is_loop {
            self.scan.loops.try_push(LoopScan::default())?;
            Some(self.scan.loops.len() as u32 - 1)
        } else {
            None
        };
        self.open.try_push(Open { loop_index, first: self.set.len() as u32, writes: 0 })?;
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        if let Some(around) = self.open.last_mut() {
            around.writes |= open.writes;
        }
        let Some(index) = open.loop_index else { return Ok(()) };
        let start = open.first as usize;
        self.set[start..].sort_unstable();
        let mut kept = start;
        for at in start..self.set.len() {
            if kept == start || self.set[kept - 1] != self.set[at] {
                self.set[kept] = self.set[at];
                kept += 1;
            }
        }
        self.set.truncate(kept);
        let first = self.scan.locals.len() as u32;
        if self.scan.locals.len() > self.scan.operators * MOST_PER_OPERATOR + MOST_BESIDES {
            return Err(CompileError::Limit("too many locals in nested loops"));
        }
        self.scan.locals.try_extend(&self.set[start..])?;
        let count = (kept - start) as u32;
        self.scan.loops[index as usize] = LoopScan { first, count, writes: open.writes };
        Ok(())
    }

    fn set_local(&mut self, local: u32) -> Result<()> {
        // The same local twice in a row is as good as once, if both are in the same block; other repetitions go when
        // the loop closes.
        let first = self.open.last().map_or(0, |open| open.first as usize);
        if self.set[first..].last() != Some(&local) {
            self.set.try_push(local)?;
        }
        Ok(())
    }

    fn writes(&mut self, what: u32) {
        if let Some(open) = self.open.last_mut() {
            open.writes |= what;
        }
    }
}

impl wasmparser::FrameStack for Scanner {
    fn current_frame(&self) -> Option<wasmparser::FrameKind> {
        Some(wasmparser::FrameKind::If)
    }
}

impl Sink for Scanner {
    type Error = CompileError;

    fn begin_body(&mut self, _: usize) -> Result<()> {
        self.scan.clear();
        self.open.clear();
        self.set.clear();
        self.open(false)
    }

    fn locals(&mut self, _: u32, _: wasmparser::ValType) -> Result<()> {
        Ok(())
    }

    fn begin_operators(&mut self) -> Result<()> {
        Ok(())
    }

    fn begin_operator(&mut self, _: usize) {
        self.scan.operators += 1;
    }

    fn end_body(&mut self) -> Result<()> {
        Ok(())
    }
}

impl From<CompileError> for SinkError {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::OutOfMemory => Self::OutOfMemory,
            CompileError::Unsupported(what) | CompileError::Limit(what) | CompileError::Internal(what) => {
                Self::Unsupported(what)
            }
        }
    }
}

/// What an operator means to this pass, by its method's name; all others mean nothing.
macro_rules! effect {
    ($self:ident visit_block $($rest:tt)*) => { $self.open(false) };
    ($self:ident visit_loop $($rest:tt)*) => { $self.open(true) };
    ($self:ident visit_if $($rest:tt)*) => { $self.open(false) };
    ($self:ident visit_end) => { $self.close() };
    ($self:ident visit_local_set $local:ident) => { $self.set_local($local) };
    ($self:ident visit_local_tee $local:ident) => { $self.set_local($local) };
    ($self:ident visit_global_set $global:ident) => {{ $self.writes(super::state::global($global)); Ok(()) }};
    ($self:ident visit_call $($rest:tt)*) => { $self.call() };
    ($self:ident visit_call_indirect $($rest:tt)*) => { $self.call() };
    ($self:ident visit_memory_grow $($rest:tt)*) => { $self.call() };
    ($self:ident visit_memory_fill $($rest:tt)*) => { $self.call() };
    ($self:ident visit_memory_copy $($rest:tt)*) => { $self.call() };
    ($self:ident visit_memory_init $($rest:tt)*) => { $self.call() };
    ($self:ident visit_table_grow $($rest:tt)*) => { $self.call() };
    ($self:ident visit_table_fill $($rest:tt)*) => { $self.call() };
    ($self:ident visit_table_copy $($rest:tt)*) => { $self.call() };
    ($self:ident visit_table_init $($rest:tt)*) => { $self.call() };
    ($self:ident visit_table_set $($rest:tt)*) => {{ $self.writes(super::state::TABLES); Ok(()) }};
    ($self:ident visit_i32_store $($rest:tt)*) => { $self.store() };
    ($self:ident visit_i64_store $($rest:tt)*) => { $self.store() };
    ($self:ident visit_f32_store $($rest:tt)*) => { $self.store() };
    ($self:ident visit_f64_store $($rest:tt)*) => { $self.store() };
    ($self:ident visit_i32_store8 $($rest:tt)*) => { $self.store() };
    ($self:ident visit_i32_store16 $($rest:tt)*) => { $self.store() };
    ($self:ident visit_i64_store8 $($rest:tt)*) => { $self.store() };
    ($self:ident visit_i64_store16 $($rest:tt)*) => { $self.store() };
    ($self:ident visit_i64_store32 $($rest:tt)*) => { $self.store() };
    ($self:ident visit_v128_store $($rest:tt)*) => { $self.store() };
    ($self:ident visit_v128_store8_lane $($rest:tt)*) => { $self.store() };
    ($self:ident visit_v128_store16_lane $($rest:tt)*) => { $self.store() };
    ($self:ident visit_v128_store32_lane $($rest:tt)*) => { $self.store() };
    ($self:ident visit_v128_store64_lane $($rest:tt)*) => { $self.store() };
    ($self:ident $other:ident $($arg:ident)*) => {{ $(let _ = $arg;)* Ok(()) }};
}

macro_rules! methods {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        $(fn $visit(&mut self $($(, $arg: $argty)*)?) -> Result<()> {
            effect!(self $visit $($($arg)*)?)
        })*
    };
}

impl Scanner {
    fn call(&mut self) -> Result<()> {
        self.scan.calls = true;
        self.writes(super::state::ALL);
        Ok(())
    }

    fn store(&mut self) -> Result<()> {
        self.writes(super::state::HEAP);
        Ok(())
    }
}

#[expect(unused_variables, reason = "most operators mean nothing to this pass")]
impl<'a> VisitOperator<'a> for Scanner {
    type Output = Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result<()>>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(methods);
}

#[expect(unused_variables, reason = "most operators mean nothing to this pass")]
impl VisitSimdOperator<'_> for Scanner {
    wasmparser::for_each_visit_simd_operator!(methods);
}
