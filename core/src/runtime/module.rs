//! Loaded modules.
//!
//! In: bytes. Out: a [`Module`], validated as a whole, to be instantiated any number of times; or an error with
//! the offset of what is wrong.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use super::{Compilation, Config, Engine, Error, ExportType, ExternType, ImportType, Strategy, compiled};
use crate::decode;
use crate::interp;
use crate::support::reserve::try_arc;
use crate::support::try_to_vec;
use crate::vm::{CodeMap, Functions, Images, ModuleCode, bulk};

/// A valid module. Cloning shares; it may be used by many stores, on many threads.
#[derive(Clone)]
pub struct Module {
    engine: Engine,
    code: Arc<ModuleCode>,
}

impl Module {
    /// Decodes and validates all of a module, in the binary format, and copies it.
    ///
    /// # Errors
    /// [`Category::Decode`](super::Category::Decode) with the offset of the first violation;
    /// [`Category::Limit`](super::Category::Limit) with the offset of what is beyond
    /// [`Config::module_limits`](super::Config::module_limits);
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory). Cost: linear in the module's size; with
    /// [`Compilation::Eager`] all functions are translated, too.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        let bytes = bytes.as_ref();
        engine.config().module_limits.check_size(bytes.len())?;
        Self::from_vec(engine, try_to_vec(bytes)?)
    }

    /// The same without a copy.
    ///
    /// # Errors
    /// As [`Module::new`].
    pub fn from_vec(engine: &Engine, bytes: Vec<u8>) -> Result<Self, Error> {
        Ok(Self { engine: engine.clone(), code: try_arc(load(engine, bytes)?)? })
    }

    /// Decodes and validates all of a module, and keeps nothing.
    ///
    /// # Errors
    /// As [`Module::new`].
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<(), Error> {
        let Config { features, module_limits, .. } = engine.config();
        decode::decode(bytes, *features, module_limits)?.validate()?;
        Ok(())
    }

    /// Its name, if its name section has one.
    pub fn name(&self) -> Option<&str> {
        self.code.info.names.module(&self.code.bytes)
    }

    /// What it imports, in its own order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        let info = &self.code.info;
        info.imports.iter().map(|import| ImportType {
            module: &import.module,
            name: &import.name,
            ty: ExternType::of_import(info, import.item),
        })
    }

    /// What it exports, in its own order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        let info = &self.code.info;
        info.exports
            .iter()
            .map(|export| ExportType { name: &export.name, ty: ExternType::of_export(info, export.item) })
    }

    /// What it exports under a name. Cost: logarithmic in the number of exports.
    pub fn get_export(&self, name: &str) -> Option<ExternType> {
        let info = &self.code.info;
        info.export(name).map(|item| ExternType::of_export(info, item))
    }

    /// The contents of its custom sections with a name.
    pub fn custom_sections<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let ModuleCode { info, bytes, .. } = &*self.code;
        let found = info.custom_sections.iter().filter(move |section| section.name == name);
        found.filter_map(|section| bytes.get(section.bytes.start as usize..section.bytes.end as usize))
    }

    /// The engine that it was loaded with.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn code(&self) -> &Arc<ModuleCode> {
        &self.code
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// The steps of loading: the engine must know the types before any function is translated, since translated
/// code holds their ids.
fn load(engine: &Engine, bytes: Vec<u8>) -> Result<ModuleCode, Error> {
    let Config { features, options, compilation, module_limits, dispatch, strategy, .. } = *engine.config();
    let heads = interp::heads(dispatch);
    let decoded = decode::decode(&bytes, features, &module_limits)?;
    let type_ids = engine.type_ids(&decoded.info)?;
    let (info, code) = match compilation {
        Compilation::Lazy => {
            let info = decoded.validate()?;
            let code = CodeMap::new(info.bodies.len(), heads)?;
            (info, code)
        }
        Compilation::Eager => interp::translate_all(decoded, &type_ids, options, heads)?,
    };
    let machine = match strategy {
        // An engine has chosen.
        Strategy::Auto | Strategy::Interpreter => None,
        Strategy::Compiled if info.bodies.is_empty() => None,
        Strategy::Compiled => Some(compiled::compile(engine, &info, &bytes, &type_ids)?),
    };
    let at_once = bulk::at_once(options, engine.cpu_features().is_some_and(|features| features.avx));
    let (images, functions) = (Images::default(), Functions::default());
    Ok(ModuleCode { info, bytes, code, machine, images, functions, type_ids, options, at_once, heads })
}
