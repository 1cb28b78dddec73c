//! A loaded module: its description, its bytes, and the code of its functions.
//!
//! In: what decoding and the engine's registry of types say. Out: one value shared by every instance.

use alloc::{boxed::Box, vec::Vec};

use super::{CodeMap, Functions, Images, MachineCode};
use crate::bytecode::Heads;
use crate::module::ModuleInfo;
use crate::translate::Options;
use crate::wasm::TypeId;

/// A validated module. After loading three things change, once each, by being published: a body in [`CodeMap`], and
/// [`Images`] and [`Functions`], which only make later instances cheaper.
#[derive(Debug)]
pub(crate) struct ModuleCode {
    pub(crate) info: ModuleInfo,
    /// The module as it was given: bodies, data segments and names are ranges of it.
    pub(crate) bytes: Vec<u8>,
    pub(crate) code: CodeMap,
    /// The machine code of its functions, where they are compiled.
    pub(crate) machine: Option<MachineCode>,
    /// What its memories start with, once somebody knows.
    pub(crate) images: Images,
    /// Its functions in any instance, once there has been more than one.
    pub(crate) functions: Functions,
    /// The engine's ids of the module's types, by type index; complete before anything is translated.
    pub(crate) type_ids: Box<[TypeId]>,
    /// What translated code does besides what the guest says.
    pub(crate) options: Options,
    /// How many bytes its machine code may copy or fill at once.
    pub(crate) at_once: u64,
    /// The heads of its operations.
    pub(crate) heads: Heads,
}
