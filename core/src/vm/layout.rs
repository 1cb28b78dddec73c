//! The layouts that machine code relies on, compared with the contract when the crate is compiled.
//!
//! In: [`abi`] and the structures. Out: nothing, or a build that fails.

use core::mem::{offset_of, size_of};

use super::{Machine, Pace, StopWords, VmFunc, VmGlobal, VmInstance, VmMemory, VmStore, VmTable};
use crate::abi;

const _: () = {
    assert!(offset_of!(VmInstance, store) == abi::instance::STORE);
    assert!(offset_of!(VmInstance, functions) == abi::instance::FUNCTIONS);
    assert!(offset_of!(VmInstance, globals) == abi::instance::GLOBALS);
    assert!(offset_of!(VmInstance, memories) == abi::instance::MEMORIES);
    assert!(offset_of!(VmInstance, tables) == abi::instance::TABLES);

    assert!(offset_of!(VmInstance, memory_count) == abi::instance::MEMORY_COUNT);
    assert!(offset_of!(VmInstance, stop) == abi::instance::STOP);
    assert!(offset_of!(VmInstance, at_once) == abi::instance::AT_ONCE);
    assert!(offset_of!(VmInstance, first_memory) == abi::instance::FIRST_MEMORY);
    assert!(offset_of!(VmInstance, first_base) == abi::instance::FIRST_BASE);
    assert!(offset_of!(StopWords, limit) == abi::stop::LIMIT);
    assert!(offset_of!(StopWords, asked) == abi::stop::ASKED);

    assert!(offset_of!(VmStore, machine) == 0);
    assert!(offset_of!(Machine, stack_limit) == abi::store::STACK_LIMIT);
    assert!(offset_of!(Machine, builtins) == abi::store::BUILTINS);
    assert!(offset_of!(VmStore, fuel) == abi::store::FUEL);
    assert!(offset_of!(VmStore, pace) + offset_of!(Pace, left) == abi::store::POLLS_LEFT);

    assert!(offset_of!(VmFunc, type_id) == abi::func::TYPE_ID);
    assert!(offset_of!(VmFunc, index) == abi::func::INDEX);
    assert!(offset_of!(VmFunc, instance) == abi::func::INSTANCE);
    assert!(offset_of!(VmFunc, code) == abi::func::CODE);

    assert!(offset_of!(VmMemory, base) == abi::memory::BASE);
    assert!(offset_of!(VmMemory, len) == abi::memory::LEN);
    assert!(offset_of!(VmTable, elements) == abi::table::ELEMENTS);
    assert!(offset_of!(VmTable, len) == abi::table::LEN);
    assert!(offset_of!(VmGlobal, bits) == abi::global::BITS);
    assert!(size_of::<VmGlobal>() == 16);

    // What a function without a look at the limit may use is there.
    assert!(abi::LEAF_FRAME + 2 * abi::THUNK_FRAME + 1024 < abi::STACK_SLACK);
};
