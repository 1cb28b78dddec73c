//! The types of values, functions, tables, memories and globals.
//!
//! In: nothing. Out: descriptions; small ones are `Copy`. Reference types have the shape that typed function
//! references and GC will need (a heap type and nullability), though only the two of WebAssembly 2.0 exist.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::support::reserve::Reserve;
use crate::support::{OutOfMemory, TryPush};

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeapType {
    /// Any function.
    Func,
    /// A value of the host.
    Extern,
}

/// The type of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RefType {
    nullable: bool,
    heap: HeapType,
}

impl RefType {
    /// `(ref null func)`.
    pub const FUNCREF: Self = Self::new(true, HeapType::Func);
    /// `(ref null extern)`.
    pub const EXTERNREF: Self = Self::new(true, HeapType::Extern);

    /// A reference type.
    pub const fn new(nullable: bool, heap: HeapType) -> Self {
        Self { nullable, heap }
    }

    /// Whether null belongs to it.
    pub const fn is_nullable(self) -> bool {
        self.nullable
    }

    /// What it refers to.
    pub const fn heap_type(self) -> HeapType {
        self.heap
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.nullable, self.heap) {
            (true, HeapType::Func) => f.write_str("funcref"),
            (true, HeapType::Extern) => f.write_str("externref"),
            (false, HeapType::Func) => f.write_str("(ref func)"),
            (false, HeapType::Extern) => f.write_str("(ref extern)"),
        }
    }
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// Reference.
    Ref(RefType),
}

impl ValType {
    /// `funcref`.
    pub const FUNCREF: Self = Self::Ref(RefType::FUNCREF);
    /// `externref`.
    pub const EXTERNREF: Self = Self::Ref(RefType::EXTERNREF);

    /// How many 64-bit slots a value takes in a frame.
    pub(crate) const fn slots(self) -> usize {
        if matches!(self, Self::V128) { 2 } else { 1 }
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32 => f.write_str("i32"),
            Self::I64 => f.write_str("i64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::V128 => f.write_str("v128"),
            Self::Ref(ty) => ty.fmt(f),
        }
    }
}

/// The type of a function. Cloning shares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FuncType {
    types: Arc<[ValType]>,
    params: usize,
}

impl FuncType {
    /// A function type.
    pub fn new(
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Self {
        let mut types: Vec<ValType> = params.into_iter().collect();
        let params = types.len();
        types.extend(results);
        // Of no types there is one list for all.
        let types = if types.is_empty() { Arc::default() } else { types.into() };
        Self { types, params }
    }

    /// The same, which reports where memory is short: see [`reserve`](crate::reserve).
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn try_new(
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<Self, OutOfMemory> {
        let mut types = Vec::new();
        for ty in params {
            types.try_push(ty)?;
        }
        let params = types.len();
        for ty in results {
            types.try_push(ty)?;
        }
        Self::try_from_vec(types, params, &mut Reserve::new())
    }

    /// A function type of which the first `params` types are parameters.
    ///
    /// # Errors
    /// [`OutOfMemory`], where there is somebody to tell: see [`reserve`](crate::reserve).
    pub(crate) fn try_from_vec(
        types: Vec<ValType>,
        params: usize,
        reserve: &mut Reserve,
    ) -> Result<Self, OutOfMemory> {
        if types.is_empty() {
            return Ok(Self { types: Arc::default(), params });
        }
        let bytes = size_of_val(&types[..]) + 4 * size_of::<usize>();
        let types = reserve.cover(bytes, || Arc::from(types))?;
        Ok(Self { types, params })
    }

    /// The parameters' types.
    pub fn params(&self) -> &[ValType] {
        &self.types[..self.params]
    }

    /// The results' types.
    pub fn results(&self) -> &[ValType] {
        &self.types[self.params..]
    }

    /// How many slots the parameters take.
    pub(crate) fn param_slots(&self) -> usize {
        self.params().iter().map(|ty| ty.slots()).sum()
    }

    /// How many slots the results take.
    pub(crate) fn result_slots(&self) -> usize {
        self.results().iter().map(|ty| ty.slots()).sum()
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValType]| {
            f.write_str("(")?;
            for (i, ty) in types.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                ty.fmt(f)?;
            }
            f.write_str(")")
        };
        list(f, self.params())?;
        f.write_str(" -> ")?;
        list(f, self.results())
    }
}

/// Whether a global can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// It cannot.
    Const,
    /// It can.
    Var,
}

/// The type of a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// A global type.
    pub const fn new(content: ValType, mutability: Mutability) -> Self {
        Self { content, mutability }
    }

    /// The type of its value.
    pub const fn content(self) -> ValType {
        self.content
    }

    /// Whether it can change.
    pub const fn mutability(self) -> Mutability {
        self.mutability
    }
}

/// The type of a table. Sizes are in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableType {
    element: RefType,
    minimum: u64,
    maximum: Option<u64>,
    is_64: bool,
}

impl TableType {
    /// A table with 32-bit indices.
    pub const fn new(element: RefType, minimum: u32, maximum: Option<u32>) -> Self {
        let maximum = match maximum {
            Some(max) => Some(max as u64),
            None => None,
        };
        Self { element, minimum: minimum as u64, maximum, is_64: false }
    }

    /// A table with 64-bit indices.
    pub const fn new64(element: RefType, minimum: u64, maximum: Option<u64>) -> Self {
        Self { element, minimum, maximum, is_64: true }
    }

    /// The same with another minimum.
    pub(crate) const fn with_minimum(self, minimum: u64) -> Self {
        Self { minimum, ..self }
    }

    /// The type of its elements.
    pub const fn element(self) -> RefType {
        self.element
    }

    /// Its size at first.
    pub const fn minimum(self) -> u64 {
        self.minimum
    }

    /// The size it may grow to.
    pub const fn maximum(self) -> Option<u64> {
        self.maximum
    }

    /// Whether its indices are 64 bits wide.
    pub const fn is_64(self) -> bool {
        self.is_64
    }
}

/// The type of a memory. Sizes are in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoryType {
    minimum: u64,
    maximum: Option<u64>,
    is_64: bool,
    page_size_log2: u8,
}

impl MemoryType {
    /// A memory with 32-bit addresses and pages of 64 KiB.
    pub const fn new(minimum: u32, maximum: Option<u32>) -> Self {
        let maximum = match maximum {
            Some(max) => Some(max as u64),
            None => None,
        };
        Self { minimum: minimum as u64, maximum, is_64: false, page_size_log2: 16 }
    }

    /// A memory with 64-bit addresses and pages of 64 KiB.
    pub const fn new64(minimum: u64, maximum: Option<u64>) -> Self {
        Self { minimum, maximum, is_64: true, page_size_log2: 16 }
    }

    /// The same with another minimum.
    pub(crate) const fn with_minimum(self, minimum: u64) -> Self {
        Self { minimum, ..self }
    }

    /// The same with pages of `2^log2` bytes; only 0 and 16 are valid, and a memory of another type is refused.
    pub const fn with_page_size_log2(self, log2: u8) -> Self {
        Self { page_size_log2: if log2 < 32 { log2 } else { 31 }, ..self }
    }

    /// Its size at first.
    pub const fn minimum(self) -> u64 {
        self.minimum
    }

    /// The size it may grow to.
    pub const fn maximum(self) -> Option<u64> {
        self.maximum
    }

    /// Whether its addresses are 64 bits wide.
    pub const fn is_64(self) -> bool {
        self.is_64
    }

    /// A page in bytes.
    pub const fn page_size(self) -> u64 {
        1 << self.page_size_log2
    }

    /// The binary logarithm of a page in bytes.
    pub const fn page_size_log2(self) -> u8 {
        self.page_size_log2
    }

    /// The most pages that its addresses can reach.
    pub(crate) const fn absolute_max_pages(self) -> u64 {
        if self.is_64 {
            if self.page_size_log2 == 0 { u64::MAX } else { 1 << (64 - self.page_size_log2) }
        } else {
            1 << (32 - self.page_size_log2)
        }
    }
}
