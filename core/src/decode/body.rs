//! Function bodies: validated alone, validated into a sink, or replayed into a sink.
//!
//! In: a body. Out: its operators, one by one. The pair of validator and sink is one visitor, so that each
//! operator is decoded once.

use alloc::vec::Vec;

use wasmparser::{
    BinaryReader, BinaryReaderError, FrameStack, FuncToValidate, FuncValidator, FuncValidatorAllocations,
    FunctionBody, OperatorsReader, ValType, ValidatorResources, VisitOperator, VisitSimdOperator,
    WasmFeatures,
};

use super::bounds::{self, Chunk, FIXED, Seen};
use super::{DecodeError, Decoded, SinkError};
use crate::module::ModuleInfo;
use crate::support::reserve::{Gate, Reserve};
use crate::support::{OutOfMemory, TryPush};

/// Receives the operators of functions that have been found valid. [`FrameStack`] is asked for by who reads them,
/// to refuse an `else` without an `if`; since the operators are valid, it always answers with an `if`.
pub(crate) trait Sink:
    FrameStack
    + for<'a> VisitOperator<'a, Output = Result<(), Self::Error>>
    + for<'a> VisitSimdOperator<'a, Output = Result<(), Self::Error>>
{
    /// Why an operator was not taken.
    type Error: Into<SinkError>;

    /// The next body starts: that of the function at this position among the bodies.
    fn begin_body(&mut self, body: usize) -> Result<(), Self::Error>;
    /// More locals of one type.
    fn locals(&mut self, count: u32, ty: ValType) -> Result<(), Self::Error>;
    /// All locals have been declared.
    fn begin_operators(&mut self) -> Result<(), Self::Error>;
    /// An operator follows.
    fn begin_operator(&mut self, offset: usize);
    /// The body has ended.
    fn end_body(&mut self) -> Result<(), Self::Error>;
}

/// The bodies of a module, yet to be validated.
#[derive(Default)]
pub(crate) struct Bodies<'a> {
    bodies: Vec<(FuncToValidate<ValidatorResources>, FunctionBody<'a>)>,
    /// What bounds the validator's need of memory, and the memory.
    pub(super) seen: Seen,
    pub(super) reserve: Reserve,
}

impl<'a> Bodies<'a> {
    pub(super) fn try_push(
        &mut self,
        func: FuncToValidate<ValidatorResources>,
        body: FunctionBody<'a>,
    ) -> Result<(), OutOfMemory> {
        self.bodies.try_push((func, body))
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.bodies.len()
    }

    /// Validates all bodies and hands each operator, once found valid, to `sink`.
    ///
    /// # Errors
    /// The first violation, or the sink's.
    pub(crate) fn validate_into(self, sink: &mut impl Sink) -> Result<(), DecodeError> {
        let Self { bodies, seen, mut reserve } = self;
        let mut allocations = FuncValidatorAllocations::default();
        for (position, (func, body)) in bodies.into_iter().enumerate() {
            let mut checked = Checked::enter(func, &body, allocations, seen, &mut reserve)?;
            checked.validate_into(position, sink)?;
            allocations = checked.validator.into_allocations();
        }
        Ok(())
    }
}

impl Decoded<'_> {
    /// Validates all bodies.
    ///
    /// # Errors
    /// The first violation. Cost: linear in the size of the code; about 20 ns per operator.
    pub(crate) fn validate(self) -> Result<ModuleInfo, DecodeError> {
        let Bodies { bodies, seen, mut reserve } = self.bodies;
        let mut allocations = FuncValidatorAllocations::default();
        for (func, body) in bodies {
            let mut checked = Checked::enter(func, &body, allocations, seen, &mut reserve)?;
            checked.validate()?;
            allocations = checked.validator.into_allocations();
        }
        Ok(self.info)
    }
}

/// A body, its validator, and the memory that it may take: the validator cannot report that there is none.
struct Checked<'a, 'r> {
    validator: FuncValidator<ValidatorResources>,
    reader: BinaryReader<'a>,
    features: WasmFeatures,
    seen: Seen,
    reserve: &'r mut Reserve,
}

impl<'a, 'r> Checked<'a, 'r> {
    fn enter(
        func: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'a>,
        allocations: FuncValidatorAllocations,
        seen: Seen,
        reserve: &'r mut Reserve,
    ) -> Result<Self, DecodeError> {
        let features = func.features;
        let validator = reserve.cover(bounds::body(seen), || func.into_validator(allocations))?;
        Ok(Self { validator, reader: body.get_binary_reader(), features, seen, reserve })
    }

    /// Declares all locals, and tells each declaration.
    fn locals(
        &mut self,
        mut each: impl FnMut(u32, ValType) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let Self { validator, reader, reserve, .. } = self;
        let declarations = reserve.cover(FIXED, || reader.read_var_u32())??;
        let mut locals = 0;
        for declaration in 0..declarations {
            let offset = reader.original_position();
            let (count, ty) = reserve.cover(FIXED, || reader.read())??;
            locals += u64::from(count);
            let bound = bounds::locals(locals, declaration as usize);
            reserve.cover(bound, || validator.define_locals(offset, count, ty))??;
            each(count, ty)?;
        }
        reader.set_features(self.features);
        Ok(())
    }

    /// The next stretch of operators, where so many bytes are left.
    fn chunk(&self, left: usize) -> Chunk {
        let operands = self.validator.operand_stack_height() as usize;
        bounds::chunk(self.seen, operands, self.validator.control_stack_height() as usize, left)
    }

    fn validate(&mut self) -> Result<(), DecodeError> {
        self.locals(|_, _| Ok(()))?;
        while !self.reader.eof() {
            let chunk = self.chunk(self.reader.bytes_remaining());
            let Self { validator, reader, reserve, .. } = self;
            let mut offset = reader.original_position();
            let end = offset + chunk.bytes;
            reserve.cover(chunk.bound, || {
                while offset < end {
                    reader.visit_operator(&mut validator.visitor(offset))??;
                    offset = reader.original_position();
                }
                Ok::<(), BinaryReaderError>(())
            })??;
        }
        let Self { validator, reader, reserve, .. } = self;
        let offset = reader.original_position();
        reserve.cover(FIXED, || reader.finish_expression(&validator.visitor(offset)))??;
        Ok(())
    }

    fn validate_into(&mut self, position: usize, sink: &mut impl Sink) -> Result<(), DecodeError> {
        let start = self.reader.original_position() as usize;
        let failed = |error: SinkError| DecodeError::sink(start, error);
        sink.begin_body(position).map_err(Into::into).map_err(failed)?;
        self.locals(|count, ty| sink.locals(count, ty).map_err(Into::into).map_err(failed))?;
        sink.begin_operators().map_err(Into::into).map_err(failed)?;
        let end = self.reader.original_position() as usize + self.reader.bytes_remaining();
        let mut operators = OperatorsReader::new(self.reader.clone());
        while !operators.eof() {
            let chunk = self.chunk(end - operators.original_position() as usize);
            self.operators(&mut operators, chunk, sink)?;
        }
        self.reserve.cover(FIXED, || operators.finish())??;
        sink.end_body().map_err(Into::into).map_err(failed)
    }

    /// Validates a stretch of operators. Only the validator, and who reads for it, may use what is in reserve.
    fn operators(
        &mut self,
        operators: &mut OperatorsReader<'a>,
        chunk: Chunk,
        sink: &mut impl Sink,
    ) -> Result<(), DecodeError> {
        let gate = self.reserve.hold(chunk.bound)?;
        let mut offset = operators.original_position();
        let end = offset + chunk.bytes;
        let mut found = Ok(());
        gate.open();
        while found.is_ok() && offset < end {
            sink.begin_operator(offset as usize);
            let mut pair = Pair { validator: self.validator.simd_visitor(offset), sink: &mut *sink, gate };
            found = match operators.visit_operator(&mut pair) {
                Ok(Ok(())) => Ok(()),
                Ok(Err(PairError::Sink(error))) => Err(Found::Sink(offset as usize, error)),
                Ok(Err(PairError::Invalid(error))) | Err(error) => Err(Found::Invalid(error)),
            };
            offset = operators.original_position();
        }
        gate.close();
        found.map_err(|found| match found {
            Found::Invalid(error) => error.into(),
            Found::Sink(offset, error) => DecodeError::sink(offset, error),
        })
    }
}

/// Why a stretch of operators ended early.
enum Found {
    Invalid(BinaryReaderError),
    Sink(usize, SinkError),
}

/// Hands the operators of a body that has been found valid before to `sink`. `bytes` is the whole module.
///
/// # Errors
/// The sink's.
pub(crate) fn replay_body(
    info: &ModuleInfo,
    bytes: &[u8],
    position: usize,
    sink: &mut impl Sink,
) -> Result<(), DecodeError> {
    let range = &info.bodies[position];
    let start = range.start as usize;
    let body = bytes.get(start..range.end as usize).unwrap_or_default();
    let mut reader = BinaryReader::new(body, u64::from(range.start));
    let failed = |error: SinkError| DecodeError::sink(start, error);
    sink.begin_body(position).map_err(Into::into).map_err(failed)?;
    for _ in 0..reader.read_var_u32()? {
        let (count, ty) = (reader.read()?, reader.read()?);
        sink.locals(count, ty).map_err(Into::into).map_err(failed)?;
    }
    sink.begin_operators().map_err(Into::into).map_err(failed)?;
    // Not wasmparser's own reader of operators, which keeps a list of frames: this allocates nothing.
    while !reader.eof() {
        let offset = reader.original_position() as usize;
        sink.begin_operator(offset);
        reader
            .visit_operator(sink)?
            .map_err(Into::into)
            .map_err(|error: SinkError| DecodeError::sink(offset, error))?;
    }
    sink.end_body().map_err(Into::into).map_err(failed)
}

/// Why an operator was not taken: by the validator, or by the sink.
enum PairError {
    Invalid(BinaryReaderError),
    Sink(SinkError),
}

/// Validator and sink as one visitor.
struct Pair<'s, V, S> {
    validator: V,
    sink: &'s mut S,
    gate: Gate,
}

macro_rules! delegate {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        $(fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
            self.validator.$visit($($($arg.clone()),*)?).map_err(PairError::Invalid)?;
            self.gate.close();
            let taken = self.sink.$visit($($($arg),*)?);
            self.gate.open();
            taken.map_err(|error| PairError::Sink(error.into()))
        })*
    };
}

impl<'a, V, S> VisitOperator<'a> for Pair<'_, V, S>
where
    V: VisitSimdOperator<'a, Output = wasmparser::Result<()>>,
    S: Sink,
{
    type Output = Result<(), PairError>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Self::Output>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(delegate);
}

impl<'a, V, S> VisitSimdOperator<'a> for Pair<'_, V, S>
where
    V: VisitSimdOperator<'a, Output = wasmparser::Result<()>>,
    S: Sink,
{
    wasmparser::for_each_visit_simd_operator!(delegate);
}
