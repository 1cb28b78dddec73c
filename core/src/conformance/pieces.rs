//! Machine code, written by hand: each piece is a function that keeps to [`abi`].
//!
//! In: nothing. Out: bytes, with what they stand for beside them, and their sites. The first argument comes in `rax`,
//! the second in `rcx`, the result goes back in `rax`: the convention of these pieces alone.

use crate::abi::{self, Site};
use crate::wasm::Trap;

/// A function, and places in it.
pub(super) struct Piece {
    pub(super) bytes: &'static [u8],
    pub(super) sites: &'static [Site],
}

const fn trap(code: u32, trap: Trap, return_at: u16) -> Site {
    Site { code, wasm: 0x100 + code, trap: Some(trap), return_at }
}

const fn call(code: u32) -> Site {
    Site { code, wasm: 0x100 + code, trap: None, return_at: Site::LINKED }
}

/// The trampoline of all pieces: `extern "sysv64" fn(instance, values, code)`.
pub(super) const TRAMPOLINE: Piece = Piece {
    bytes: &[
        0x55, // push rbp
        0x48, 0x89, 0xe5, // mov rbp, rsp
        0x56, // push rsi
        0x56, // push rsi
        0x49, 0x89, 0xff, // mov r15, rdi
        0x48, 0x8b, 0x06, // mov rax, [rsi]
        0x48, 0x8b, 0x4e, 0x08, // mov rcx, [rsi + 8]
        0xff, 0xd2, // call rdx
        0x5e, // pop rsi
        0x48, 0x89, 0x06, // mov [rsi], rax
        0xc9, // leave
        0xc3, // ret
    ],
    sites: &[],
};

/// The sum.
pub(super) const ADD: Piece = Piece {
    bytes: &[
        0x48, 0x8d, 0x04, 0x08, // lea rax, [rax + rcx]
        0xc3, // ret
    ],
    sites: &[],
};

/// What is at an address.
pub(super) const LOAD: Piece = Piece {
    bytes: &[
        0x48, 0x8b, 0x00, // mov rax, [rax]
        0xc3, // ret
    ],
    sites: &[trap(0, Trap::MemoryOutOfBounds, 0)],
};

/// Puts the second argument to an address; the result is that address.
pub(super) const STORE: Piece = Piece {
    bytes: &[
        0x48, 0x89, 0x08, // mov [rax], rcx
        0xc3, // ret
    ],
    sites: &[trap(0, Trap::MemoryOutOfBounds, 0)],
};

/// The signed quotient, where a fault means a division by zero.
pub(super) const DIVIDE: Piece = Piece {
    bytes: &[
        0x48, 0x99, // cqo
        0x48, 0xf7, 0xf9, // idiv rcx
        0xc3, // ret
    ],
    sites: &[trap(2, Trap::IntegerDivisionByZero, 0)],
};

/// The same, where a fault means an overflow.
pub(super) const DIVIDE_MOST: Piece =
    Piece { bytes: DIVIDE.bytes, sites: &[trap(2, Trap::IntegerOverflow, 0)] };

/// Never returns. Before, it spoils every register that the host wants back, and the direction flag.
pub(super) const UNREACHABLE: Piece = Piece {
    bytes: &[
        0x31, 0xdb, // xor ebx, ebx
        0x45, 0x31, 0xe4, // xor r12d, r12d
        0x45, 0x31, 0xed, // xor r13d, r13d
        0x45, 0x31, 0xf6, // xor r14d, r14d
        0x31, 0xed, // xor ebp, ebp
        0xfd, // std
        0x0f, 0x0b, // ud2
    ],
    sites: &[trap(14, Trap::Unreachable, 0)],
};

/// Calls itself without end, with a link of the chain each time.
pub(super) const RECURSE: Piece = Piece {
    bytes: &[
        0x55, // push rbp
        0x48, 0x89, 0xe5, // mov rbp, rsp
        0xe8, 0xf7, 0xff, 0xff, 0xff, // call to the start
        0x5d, // pop rbp
        0xc3, // ret
    ],
    sites: &[call(9)],
};

/// Where in [`NESTED`] each of its three functions starts: the first calls the second, which calls the third.
pub(super) const NESTED_STARTS: [u32; 3] = [0, 11, 22];
/// Where calls return to, and where the third function traps, innermost first.
pub(super) const NESTED_STOPS: [u32; 3] = [23, 20, 9];

/// Three functions. The third makes no link: its return address is above what it has pushed.
pub(super) const NESTED: Piece = Piece {
    bytes: &[
        0x55, // push rbp
        0x48, 0x89, 0xe5, // mov rbp, rsp
        0xe8, 0x02, 0x00, 0x00, 0x00, // call to 11
        0x5d, // pop rbp
        0xc3, // ret
        0x55, // 11: push rbp
        0x48, 0x89, 0xe5, // mov rbp, rsp
        0xe8, 0x02, 0x00, 0x00, 0x00, // call to 22
        0x5d, // pop rbp
        0xc3, // ret
        0x50, // 22: push rax
        0x0f, 0x0b, // ud2
    ],
    sites: &[call(9), call(20), trap(23, Trap::Unreachable, 8)],
};

/// Asks a builtin, by its number.
pub(super) struct Ask<const NUMBER: u8>;

impl<const NUMBER: u8> Ask<NUMBER> {
    /// With the instance and the two arguments.
    pub(super) const PIECE: Piece = Piece {
        bytes: &[
            0x55, // push rbp
            0x48,
            0x89,
            0xe5, // mov rbp, rsp
            0x4c,
            0x89,
            0xff, // mov rdi, r15
            0x48,
            0x89,
            0xc6, // mov rsi, rax
            0x48,
            0x89,
            0xca, // mov rdx, rcx
            0x4d,
            0x8b,
            0x57,
            abi::instance::STORE as u8, // mov r10, [r15 + store]
            0x4d,
            0x8b,
            0x52,
            abi::store::BUILTINS as u8, // mov r10, [r10 + builtins]
            0x41,
            0xff,
            0x52,
            NUMBER * 8, // call [r10 + 8 * number]
            0x5d,       // pop rbp
            0xc3,       // ret
        ],
        sites: &[call(25)],
    };
}
