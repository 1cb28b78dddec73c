//! Validated operators → bytecode, in one pass.
//!
//! In: the operators of one function, through wasmparser's visitor, and the [`ModuleInfo`] they refer to. Out: a
//! [`FuncBody`]. It does not validate (whoever drives it does, or has done so before), and knows neither
//! stores nor how an operation is carried out.
//!
//! The operand stack exists only here: an operand is a local not yet read, a constant not yet written, or a
//! value in its own slot of the frame (see [`stack`]). What the last operation computed may still be fused
//! with what uses it (see [`emit`]).

mod access;
mod branch;
mod call;
mod canonical;
mod control;
mod emit;
mod meter;
mod operand;
mod sink;
mod stack;
#[cfg(test)]
mod tests;
mod visit;
mod visit_simd;

use alloc::vec::Vec;

use crate::bytecode::{FuncBody, HEADER_SLOTS, Heads, MAX_FRAME_SLOTS, Op};
use crate::module::ModuleInfo;
use crate::support::{Entity, OutOfMemory, TryPush};
use crate::wasm::{FuncIndex, FuncType, TypeId, TypeIndex, ValType};

use control::Control;
use emit::Emitter;
use meter::Stretch;
use stack::OperandStack;

/// Why a valid function could not be translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TranslateError {
    OutOfMemory,
    /// The frame needs more slots than a slot number can name.
    FrameTooLarge,
    /// The code is so long that a branch cannot span it.
    FunctionTooLarge,
    /// An operator of a proposal that is not implemented; the validator refuses it first.
    Unsupported,
}

impl From<OutOfMemory> for TranslateError {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

impl TranslateError {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::OutOfMemory => "out of memory",
            Self::FrameTooLarge => "function needs a frame of more than 65535 slots",
            Self::FunctionTooLarge => "function is too large",
            Self::Unsupported => "operator is not supported",
        }
    }
}

pub(crate) type Result<T> = core::result::Result<T, TranslateError>;

/// What translated code does besides what the guest says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// It makes NaNs canonical after each operation that may produce one.
    pub(crate) deterministic: bool,
    /// It pays for each stretch of operators when it enters it.
    pub(crate) fuel: bool,
    /// It looks at the host's wish to stop, at each function's entry and each loop's header.
    pub(crate) interruption: bool,
}

/// Locals of one type that follow one another: a function can declare 50,000 with a few bytes.
#[derive(Clone, Copy, Debug)]
struct LocalRun {
    /// The first one's index.
    first: u32,
    /// The first one's slot.
    slot: u16,
    ty: ValType,
}

/// Where a local lives.
#[derive(Clone, Copy, Debug)]
struct Local {
    slot: u16,
    ty: ValType,
}

/// Translates one function after another; its containers are used again.
pub(crate) struct Translator<'m> {
    module: &'m ModuleInfo,
    type_ids: &'m [TypeId],
    options: Options,
    func_type: Option<FuncType>,
    locals: Vec<LocalRun>,
    local_count: u32,
    stack: OperandStack,
    control: Control,
    out: Emitter,
    header: u16,
    /// The first slot behind the locals.
    first_operand: usize,
    /// A place in the code whose operator's offset is asked for, and the answer so far.
    watch: Option<usize>,
    watched: u32,
    /// The offset of the operator under translation.
    offset: u32,
    /// The operation that pays for the present stretch, and what it pays.
    stretch: Option<Stretch>,
    /// Operators since the last poll.
    unpolled: u32,
    /// The position of the function among the bodies.
    body: usize,
    output: &'m mut dyn FnMut(usize, FuncBody) -> Result<()>,
}

impl<'m> Translator<'m> {
    /// A translator for functions of `module`, whose types have these canonical ids, into code with such heads.
    /// Each finished body goes to `output`, with its position.
    pub(crate) fn new(
        module: &'m ModuleInfo,
        type_ids: &'m [TypeId],
        options: Options,
        heads: Heads,
        output: &'m mut dyn FnMut(usize, FuncBody) -> Result<()>,
    ) -> Self {
        Self {
            module,
            type_ids,
            options,
            func_type: None,
            locals: Vec::new(),
            local_count: 0,
            stack: OperandStack::default(),
            control: Control::default(),
            out: Emitter::new(heads),
            header: 0,
            first_operand: 0,
            watch: None,
            watched: 0,
            offset: 0,
            stretch: None,
            unpolled: 0,
            body: 0,
            output,
        }
    }

    /// From now on, remembers the offset of the operator whose code holds this place.
    pub(crate) fn watch(&mut self, place: usize) {
        self.watch = Some(place);
    }

    /// The offset that [`watch`](Self::watch) asked for; 0 where no operator's code holds the place.
    pub(crate) fn watched(&self) -> u32 {
        self.watched
    }

    /// What is emitted next is the present operator's, also where an earlier one's code has been taken back for it.
    fn look(&mut self) {
        if self.watch.is_some_and(|place| self.out.place() <= place) {
            self.watched = self.offset;
        }
    }

    /// Starts a function: its parameters are its first locals.
    fn begin(&mut self, func: FuncIndex) -> Result<()> {
        let ty = self.module.func_type(func).clone();
        self.locals.clear();
        self.local_count = 0;
        self.stack.clear();
        self.control.clear();
        self.out.clear();
        let mut slot = 0;
        for &param in ty.params() {
            self.add_locals(1, slot, param)?;
            slot += param.slots();
        }
        let header = ty.param_slots().max(ty.result_slots());
        self.header = u16::try_from(header).map_err(|_| TranslateError::FrameTooLarge)?;
        self.first_operand = header + HEADER_SLOTS;
        self.func_type = Some(ty);
        Ok(())
    }

    /// Declares more locals, all of one type.
    fn declare_locals(&mut self, count: u32, ty: ValType) -> Result<()> {
        let slots = count as usize * ty.slots();
        if count > 0 {
            self.add_locals(count, self.first_operand, ty)?;
        }
        self.first_operand += slots;
        if self.first_operand >= MAX_FRAME_SLOTS {
            return Err(TranslateError::FrameTooLarge);
        }
        Ok(())
    }

    /// All locals are declared; operators follow.
    fn begin_operators(&mut self) -> Result<()> {
        let zero_start = usize::from(self.header) + HEADER_SLOTS;
        let zero_count = self.first_operand - zero_start;
        self.stack.start(self.first_operand);
        if self.first_operand >= MAX_FRAME_SLOTS {
            return Err(TranslateError::FrameTooLarge);
        }
        self.out.op(Op::Enter)?;
        self.out.u16(0)?;
        self.out.u16(zero_start as u16)?;
        self.out.u16(zero_count as u16)?;
        self.out.forget();
        self.begin_stretch();
        self.poll()?;
        self.control.push_function(self.first_operand)?;
        Ok(())
    }

    /// The last `end` has been seen.
    fn finish(&mut self) -> Result<FuncBody> {
        let frame = u16::try_from(self.stack.deepest()).map_err(|_| TranslateError::FrameTooLarge)?;
        self.out.patch_frame(frame);
        Ok(FuncBody { code: self.out.take()?, header: self.header })
    }

    fn add_locals(&mut self, count: u32, slot: usize, ty: ValType) -> Result<()> {
        let slot = u16::try_from(slot).map_err(|_| TranslateError::FrameTooLarge)?;
        self.locals.try_push(LocalRun { first: self.local_count, slot, ty })?;
        self.local_count += count;
        Ok(())
    }

    /// Where a local lives. Logarithmic in the number of runs, of which most functions have a handful.
    fn local(&self, index: u32) -> Local {
        let run = self.locals.partition_point(|run| run.first <= index).saturating_sub(1);
        let run = self.locals[run];
        Local { slot: run.slot + ((index - run.first) as usize * run.ty.slots()) as u16, ty: run.ty }
    }

    fn type_at(&self, index: u32) -> (FuncType, TypeId) {
        let index = TypeIndex(index);
        (self.module.types[index].clone(), self.type_ids[index.index()])
    }

    fn results(&self) -> &[ValType] {
        self.func_type.as_ref().map_or(&[], FuncType::results)
    }
}

/// The type of a value as this runtime knows it. The validator has refused all others.
fn val_type(ty: wasmparser::ValType) -> Result<ValType> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        wasmparser::ValType::Ref(ty) if ty == wasmparser::RefType::FUNCREF => ValType::FUNCREF,
        wasmparser::ValType::Ref(ty) if ty == wasmparser::RefType::EXTERNREF => ValType::EXTERNREF,
        wasmparser::ValType::Ref(_) => return Err(TranslateError::Unsupported),
    })
}
