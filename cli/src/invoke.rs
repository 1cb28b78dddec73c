//! `--invoke`: one export, called with words as parameters.
//!
//! In: an instance, a name, words. Out: results on the standard output, one per line.

use std::ffi::OsString;

use ringzero::{ExternType, Instance, Module, Store, Val};

use crate::report::{Failure, print};
use crate::run::Host;
use crate::value;

/// Calls `name` with `words`.
pub(crate) fn invoke(
    store: &mut Store<Host>,
    instance: Instance,
    name: &str,
    words: &[OsString],
) -> Result<(), Failure> {
    let Some(function) = instance.get_func(&mut *store, name) else {
        return Err(Failure::Host(format!("there is no exported function `{name}`")));
    };
    let ty = function.ty(&*store);
    let types = ty.params();
    if types.len() != words.len() {
        return Err(Failure::Host(format!(
            "`{name}` takes {} parameters, not {}: its type is {ty}",
            types.len(),
            words.len()
        )));
    }
    let mut params = Vec::with_capacity(words.len());
    for (position, (ty, word)) in types.iter().zip(words).enumerate() {
        let parsed =
            word.to_str().ok_or_else(|| "not UTF-8".to_owned()).and_then(|word| value::parse(*ty, word));
        params.push(parsed.map_err(|reason| {
            Failure::Host(format!("parameter {} of `{name}`, `{}`: {reason}", position + 1, word.display()))
        })?);
    }
    let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
    function.call(store, &params, &mut results).map_err(Failure::of_call)?;
    let mut lines = String::new();
    for result in &results {
        lines.push_str(&value::show(result));
        lines.push('\n');
    }
    print(&lines)
}

/// The exported functions' names.
pub(crate) fn function_names(module: &Module) -> Vec<String> {
    module
        .exports()
        .filter(|export| matches!(export.ty(), ExternType::Func(_)))
        .map(|export| format!("`{}`", export.name()))
        .collect()
}
