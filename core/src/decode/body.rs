//! Function bodies: validated alone, validated into a sink, or replayed into a sink.
//!
//! In: a body. Out: its operators, one by one. The pair of validator and sink is one visitor, so that each
//! operator is decoded once.

use alloc::vec::Vec;

use wasmparser::{
    BinaryReader, FuncToValidate, FuncValidatorAllocations, FunctionBody, OperatorsReader, ValType,
    ValidatorResources, VisitOperator, VisitSimdOperator,
};

use super::{DecodeError, Decoded, SinkError};
use crate::module::ModuleInfo;
use crate::support::{OutOfMemory, TryPush};

/// Receives the operators of functions that have been found valid.
pub(crate) trait Sink:
    for<'a> VisitOperator<'a, Output = Result<(), Self::Error>>
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
        let mut allocations = FuncValidatorAllocations::default();
        for (position, (func, body)) in self.bodies.into_iter().enumerate() {
            allocations = validate_body(position, func, &body, allocations, sink)?;
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
        let mut allocations = FuncValidatorAllocations::default();
        for (func, body) in self.bodies.bodies {
            let mut validator = func.into_validator(allocations);
            validator.validate(&body)?;
            allocations = validator.into_allocations();
        }
        Ok(self.info)
    }
}

fn validate_body(
    position: usize,
    func: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    allocations: FuncValidatorAllocations,
    sink: &mut impl Sink,
) -> Result<FuncValidatorAllocations, DecodeError> {
    let features = func.features;
    let mut validator = func.into_validator(allocations);
    let mut reader = body.get_binary_reader();
    let start = reader.original_position() as usize;
    let failed = |offset: usize| move |error: SinkError| DecodeError::sink(offset, error);
    sink.begin_body(position).map_err(Into::into).map_err(failed(start))?;
    for _ in 0..reader.read_var_u32()? {
        let offset = reader.original_position();
        let (count, ty) = (reader.read()?, reader.read()?);
        validator.define_locals(offset, count, ty)?;
        sink.locals(count, ty).map_err(Into::into).map_err(failed(start))?;
    }
    sink.begin_operators().map_err(Into::into).map_err(failed(start))?;
    reader.set_features(features);
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        let offset = operators.original_position();
        sink.begin_operator(offset as usize);
        let mut pair = Pair { validator: validator.simd_visitor(offset), sink: &mut *sink };
        match operators.visit_operator(&mut pair)? {
            Ok(()) => {}
            Err(PairError::Invalid(error)) => return Err(error.into()),
            Err(PairError::Sink(error)) => return Err(DecodeError::sink(offset as usize, error)),
        }
    }
    operators.finish()?;
    sink.end_body().map_err(Into::into).map_err(failed(start))?;
    Ok(validator.into_allocations())
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
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        let offset = operators.original_position() as usize;
        sink.begin_operator(offset);
        operators
            .visit_operator(sink)?
            .map_err(Into::into)
            .map_err(|error: SinkError| DecodeError::sink(offset, error))?;
    }
    sink.end_body().map_err(Into::into).map_err(failed)
}

/// Why an operator was not taken: by the validator, or by the sink.
enum PairError {
    Invalid(wasmparser::BinaryReaderError),
    Sink(SinkError),
}

/// Validator and sink as one visitor.
struct Pair<'s, V, S> {
    validator: V,
    sink: &'s mut S,
}

macro_rules! delegate {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        $(fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
            self.validator.$visit($($($arg.clone()),*)?).map_err(PairError::Invalid)?;
            self.sink.$visit($($($arg),*)?).map_err(|error| PairError::Sink(error.into()))
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
