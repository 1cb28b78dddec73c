//! Translation as loading needs it: everything at once, or one function when it is first called.
//!
//! In: decoded modules. Out: published code.

use crate::bytecode::{FuncBody, Heads};
use crate::decode::{DecodeError, DecodeErrorKind, Decoded, replay_body};
use crate::module::ModuleInfo;
use crate::translate::{Options, Translator};
use crate::vm::{CodeMap, ModuleCode};
use crate::wasm::{Trap, TypeId};

/// Validates and translates all bodies of a module in one pass.
///
/// # Errors
/// The first violation, or a limit.
pub(crate) fn translate_all(
    decoded: Decoded<'_>,
    type_ids: &[TypeId],
    options: Options,
    heads: Heads,
) -> Result<(ModuleInfo, CodeMap), DecodeError> {
    let Decoded { info, bodies } = decoded;
    let code = CodeMap::new(bodies.len(), heads)?;
    let mut publish = |position: usize, body: FuncBody| Ok(code.functions()[position].publish(body)?);
    let mut translator = Translator::new(&info, type_ids, options, heads, &mut publish);
    bodies.validate_into(&mut translator)?;
    Ok((info, code))
}

/// Translates one body that has been found valid.
///
/// # Errors
/// [`Trap::OutOfMemory`]; [`Trap::StackOverflow`] for a frame that no stack could hold.
pub(super) fn translate_one(module: &ModuleCode, position: usize) -> Result<(), Trap> {
    let mut publish = |position: usize, body: FuncBody| Ok(module.code.functions()[position].publish(body)?);
    let ModuleCode { info, type_ids, options, heads, .. } = module;
    let mut translator = Translator::new(info, type_ids, *options, *heads, &mut publish);
    replay_body(&module.info, &module.bytes, position, &mut translator).map_err(|error| trap_of(&error))
}

/// The offset in the module's bytes of the operator whose code holds a place; 0 where there is none. Costs a
/// translation of the function: offsets are found again rather than kept, since a run without a trap asks
/// for none, and who stops a guest does not want to wait.
pub(crate) fn offset_of(module: &ModuleCode, position: usize, place: usize) -> u32 {
    let mut discard = |_: usize, _: FuncBody| Ok(());
    let ModuleCode { info, type_ids, options, heads, .. } = module;
    let mut translator = Translator::new(info, type_ids, *options, *heads, &mut discard);
    translator.watch(place);
    match replay_body(&module.info, &module.bytes, position, &mut translator) {
        Ok(()) => translator.watched(),
        Err(_) => 0,
    }
}

fn trap_of(error: &DecodeError) -> Trap {
    match error.kind {
        DecodeErrorKind::OutOfMemory => Trap::OutOfMemory,
        _ => Trap::StackOverflow,
    }
}
