//! Values whose type is known only at run time.
//!
//! In: slots and a type. Out: [`Val`], and back.

use super::raw::func_of;
use super::store::StoreState;
use super::typed::WasmTy;
use super::{Error, ExternRef, Func};
use crate::wasm::{HeapType, RefType, V128, ValType};

/// A WebAssembly value. Floats are held by their bits, so that no NaN is changed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Val {
    /// `i32`
    I32(i32),
    /// `i64`
    I64(i64),
    /// `f32`, by its bits.
    F32(u32),
    /// `f64`, by its bits.
    F64(u64),
    /// `v128`
    V128(V128),
    /// `funcref`; `None` is null.
    FuncRef(Option<Func>),
    /// `externref`; `None` is null.
    ExternRef(Option<ExternRef>),
}

impl Val {
    /// The value's type.
    pub fn ty(&self) -> ValType {
        match self {
            Self::I32(_) => ValType::I32,
            Self::I64(_) => ValType::I64,
            Self::F32(_) => ValType::F32,
            Self::F64(_) => ValType::F64,
            Self::V128(_) => ValType::V128,
            Self::FuncRef(_) => ValType::FUNCREF,
            Self::ExternRef(_) => ValType::EXTERNREF,
        }
    }

    /// Zero, or null.
    pub fn default_for_ty(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self::I32(0),
            ValType::I64 => Self::I64(0),
            ValType::F32 => Self::F32(0),
            ValType::F64 => Self::F64(0),
            ValType::V128 => Self::V128(V128::ZERO),
            ValType::Ref(ty) => Self::null(ty),
        }
    }

    /// Null.
    pub fn null(ty: RefType) -> Self {
        match ty.heap_type() {
            HeapType::Func => Self::FuncRef(None),
            HeapType::Extern => Self::ExternRef(None),
        }
    }

    /// The value, if it is an `i32`.
    pub fn i32(&self) -> Option<i32> {
        if let Self::I32(value) = *self { Some(value) } else { None }
    }

    /// The value, if it is an `i64`.
    pub fn i64(&self) -> Option<i64> {
        if let Self::I64(value) = *self { Some(value) } else { None }
    }

    /// The value, if it is an `f32`.
    pub fn f32(&self) -> Option<f32> {
        if let Self::F32(bits) = *self { Some(f32::from_bits(bits)) } else { None }
    }

    /// The value, if it is an `f64`.
    pub fn f64(&self) -> Option<f64> {
        if let Self::F64(bits) = *self { Some(f64::from_bits(bits)) } else { None }
    }

    /// The value, if it is a `v128`.
    pub fn v128(&self) -> Option<V128> {
        if let Self::V128(value) = *self { Some(value) } else { None }
    }

    /// The reference, if it is a `funcref`.
    pub fn func_ref(&self) -> Option<Option<Func>> {
        if let Self::FuncRef(value) = *self { Some(value) } else { None }
    }

    /// The reference, if it is an `externref`.
    pub fn extern_ref(&self) -> Option<Option<ExternRef>> {
        if let Self::ExternRef(value) = *self { Some(value) } else { None }
    }

    /// Whether it may stand where a type is expected: the non-null reference types accept no null.
    pub(super) fn fits(&self, ty: ValType) -> bool {
        match (self, ty) {
            (Self::FuncRef(func), ValType::Ref(ty)) => {
                ty.heap_type() == HeapType::Func && (ty.is_nullable() || func.is_some())
            }
            (Self::ExternRef(value), ValType::Ref(ty)) => {
                ty.heap_type() == HeapType::Extern && (ty.is_nullable() || value.is_some())
            }
            (Self::I32(_), ValType::I32) | (Self::I64(_), ValType::I64) => true,
            (Self::F32(_), ValType::F32) | (Self::F64(_), ValType::F64) => true,
            (Self::V128(_), ValType::V128) => true,
            _ => false,
        }
    }

    /// Writes the value to its slots.
    pub(super) fn store(self, state: &StoreState, slots: &mut [u64]) -> Result<(), Error> {
        match self {
            Self::I32(value) => value.store(state, slots),
            Self::I64(value) => value.store(state, slots),
            Self::F32(bits) => bits.store(state, slots),
            Self::F64(bits) => bits.store(state, slots),
            Self::V128(value) => value.store(state, slots),
            Self::FuncRef(value) => value.store(state, slots),
            Self::ExternRef(value) => value.store(state, slots),
        }
    }

    /// Reads a value of a type from its slots. In place: a value made elsewhere is written piece by piece and copied
    /// as a whole, for which processors wait.
    #[inline]
    pub(super) fn load(&mut self, state: &StoreState, ty: ValType, slots: &[u64]) {
        match ty {
            ValType::I32 => *self = Self::I32(i32::load(state, slots)),
            ValType::I64 => *self = Self::I64(i64::load(state, slots)),
            ValType::F32 => *self = Self::F32(u32::load(state, slots)),
            ValType::F64 => *self = Self::F64(u64::load(state, slots)),
            ValType::V128 => *self = Self::V128(V128::load(state, slots)),
            ValType::Ref(ty) => match ty.heap_type() {
                HeapType::Func => *self = Self::FuncRef(func_of(state, u64::load(state, slots))),
                HeapType::Extern => {
                    *self = Self::ExternRef(ExternRef::from_bits(state, u64::load(state, slots)))
                }
            },
        }
    }

    /// The bits as a global holds them.
    pub(super) fn to_bits(self, state: &StoreState) -> Result<u128, Error> {
        let mut slots = [0; 2];
        self.store(state, &mut slots)?;
        Ok(u128::from(slots[1]) << 64 | u128::from(slots[0]))
    }

    /// The value that a global holds.
    pub(super) fn from_bits(state: &StoreState, ty: ValType, bits: u128) -> Self {
        let mut value = Self::I32(0);
        value.load(state, ty, &[bits as u64, (bits >> 64) as u64]);
        value
    }
}

impl From<i32> for Val {
    fn from(value: i32) -> Self {
        Self::I32(value)
    }
}

impl From<i64> for Val {
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl From<f32> for Val {
    fn from(value: f32) -> Self {
        Self::F32(value.to_bits())
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Self::F64(value.to_bits())
    }
}

impl From<V128> for Val {
    fn from(value: V128) -> Self {
        Self::V128(value)
    }
}

impl From<Func> for Val {
    fn from(func: Func) -> Self {
        Self::FuncRef(Some(func))
    }
}

impl From<ExternRef> for Val {
    fn from(value: ExternRef) -> Self {
        Self::ExternRef(Some(value))
    }
}
