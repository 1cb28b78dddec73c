//! What all modules and stores of a program share.
//!
//! In: a [`Config`]. Out: an [`Engine`], cheap to clone. It holds the registry that makes equal function types
//! equal numbers, so that an indirect call compares one word.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

use hashbrown::HashMap;
use spin::Mutex;

use super::{Config, Error, Strategy};
use crate::jit::{Compiler, CpuFeatures, detect};
use crate::module::ModuleInfo;
#[cfg(target_arch = "x86_64")]
use crate::native::keeps_wide_registers;
use crate::platform::{Kept, Platform};
use crate::support::reserve::try_arc;
use crate::support::{Entity, OutOfMemory, TryPush, try_boxed, try_boxed_slice};
use crate::vm::AddressSpace;
use crate::wasm::{FuncType, TypeId};

/// The compiler does not know this processor at all.
#[cfg(not(target_arch = "x86_64"))]
fn keeps_wide_registers() -> bool {
    false
}

/// A configuration in force, and the function types seen so far. Cloning shares. Modules and stores work
/// together only if their engine is the same.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    types: Mutex<Types>,
    space: Arc<AddressSpace>,
    /// The configuration's platform, at hand for each call.
    platform: Kept<dyn Platform>,
    /// What the machine can do, asked once, since the question is slow where machines are virtual.
    features: Option<CpuFeatures>,
    /// A compiler that nobody uses now, for its containers.
    compiler: Mutex<Option<Box<Compiler>>>,
}

/// Function types by id, and back. Types stay as long as the engine; there are never more than the modules
/// that were loaded have declared.
#[derive(Default)]
struct Types {
    ids: HashMap<FuncType, TypeId>,
    types: Vec<FuncType>,
}

impl Engine {
    /// An engine that works as `config` says.
    ///
    /// # Errors
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory). A choice that cannot be met will be reported here,
    /// too.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let features = match config.strategy {
            Strategy::Interpreter => None,
            Strategy::Auto | Strategy::Compiled => detect(keeps_wide_registers()),
        };
        let features = if config.least_processor { features.map(|_| CpuFeatures::LEAST) } else { features };
        let mut config = config.clone();
        if config.strategy == Strategy::Auto {
            let platform = &config.platform;
            let can = platform.virtual_memory().is_some() && platform.fault_hook().is_some();
            let compiled = can && features.is_some();
            config.strategy = if compiled { Strategy::Compiled } else { Strategy::Interpreter };
        }
        let space = AddressSpace::of(&config.platform).keeping(config.pooled_memories)?;
        let space = try_arc(if config.wants_guards() { space.guarding() } else { space })?;
        let (types, compiler) = (Mutex::default(), Mutex::new(None));
        let platform = Kept::whole(&config.platform);
        let inner = Inner { config, types, space, platform, features, compiler };
        Ok(Self { inner: try_arc(inner)? })
    }

    /// Whether both are clones of one engine.
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.inner, &b.inner)
    }

    /// How this engine works.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Where memories come from.
    pub(super) fn space(&self) -> &Arc<AddressSpace> {
        &self.inner.space
    }

    /// The platform, for calls.
    #[inline]
    pub(super) fn entered(&self) -> &(dyn Platform + 'static) {
        &*self.inner.platform
    }

    pub(super) fn platform(&self) -> &Arc<dyn Platform> {
        &self.inner.config.platform
    }

    /// What the machine can do that code is compiled for, if that is enough.
    pub(super) fn cpu_features(&self) -> Option<CpuFeatures> {
        self.inner.features
    }

    /// A compiler, with containers that have been used before if there is one.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(super) fn compiler(&self) -> Result<Box<Compiler>, OutOfMemory> {
        let kept = self.inner.compiler.lock().take();
        kept.map_or_else(|| try_boxed(Compiler::new()), Ok)
    }

    /// Keeps a compiler for the next one who needs one.
    pub(super) fn keep_compiler(&self, compiler: Box<Compiler>) {
        *self.inner.compiler.lock() = Some(compiler);
    }

    /// The id of a type.
    pub(super) fn type_id(&self, ty: &FuncType) -> Result<TypeId, OutOfMemory> {
        self.inner.types.lock().id(ty)
    }

    /// The ids of a module's types, by type index.
    pub(super) fn type_ids(&self, info: &ModuleInfo) -> Result<Box<[TypeId]>, OutOfMemory> {
        let mut ids = try_boxed_slice(info.types.len(), |_| TypeId(0))?;
        let mut types = self.inner.types.lock();
        for (id, ty) in ids.iter_mut().zip(info.types.values()) {
            *id = types.id(ty)?;
        }
        Ok(ids)
    }

    /// The type with an id of this engine.
    pub(super) fn func_type(&self, id: TypeId) -> Option<FuncType> {
        self.inner.types.lock().types.get(id.index()).cloned()
    }
}

impl Default for Engine {
    fn default() -> Self {
        let config = Config::new();
        let space = Arc::new(AddressSpace::of(&config.platform));
        let (types, compiler) = (Mutex::default(), Mutex::new(None));
        let platform = Kept::whole(&config.platform);
        Self { inner: Arc::new(Inner { config, types, space, platform, features: None, compiler }) }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Types {
    fn id(&mut self, ty: &FuncType) -> Result<TypeId, OutOfMemory> {
        if let Some(id) = self.ids.get(ty) {
            return Ok(*id);
        }
        let id = TypeId(u32::try_from(self.types.len()).map_err(|_| OutOfMemory)?);
        self.ids.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.types.try_push(ty.clone())?;
        self.ids.insert(ty.clone(), id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::ValType;

    #[test]
    fn equal_types_have_equal_ids_and_ids_lead_back() {
        let engine = Engine::default();
        let ty = || FuncType::new([ValType::I32], [ValType::I64]);
        let other = FuncType::new([ValType::I32, ValType::I64], []);
        let id = engine.type_id(&ty()).unwrap();
        assert_ne!(engine.type_id(&other).unwrap(), id);
        assert_eq!(engine.type_id(&ty()).unwrap(), id);
        assert_eq!(engine.func_type(id), Some(ty()));
        assert_eq!(engine.func_type(TypeId(2)), None);
    }
}
