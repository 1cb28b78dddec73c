//! Index newtypes: a function's number is not a table's.

use crate::support::entity;

entity! {
    /// A function of a module, imported ones first.
    FuncIndex
}
entity! {
    /// A type of a module.
    TypeIndex
}
entity! {
    /// A table of a module.
    TableIndex
}
entity! {
    /// A memory of a module.
    MemoryIndex
}
entity! {
    /// A global of a module.
    GlobalIndex
}
entity! {
    /// An element segment of a module.
    ElemIndex
}
entity! {
    /// A data segment of a module.
    DataIndex
}
entity! {
    /// A function type, canonical in one engine: equal types have equal ids.
    TypeId
}
