//! Instructions with a condition, by its code.
//!
//! In: a code as the machine counts it. Out: the encoder's names.

use iced_x86::Code as X;

/// The jumps for a condition code: far and near.
pub(super) fn jumps(code: u8) -> (X, X) {
    JUMPS[usize::from(code & 15)]
}

/// What sets a byte by a condition code.
pub(super) fn sets(code: u8) -> X {
    SETS[usize::from(code & 15)]
}

/// What moves by a condition code, for 4 and for 8 bytes.
pub(super) fn cmovs(code: u8) -> [X; 2] {
    CMOVS[usize::from(code & 15)]
}

const JUMPS: [(X, X); 16] = [
    (X::Jo_rel32_64, X::Jo_rel8_64),
    (X::Jno_rel32_64, X::Jno_rel8_64),
    (X::Jb_rel32_64, X::Jb_rel8_64),
    (X::Jae_rel32_64, X::Jae_rel8_64),
    (X::Je_rel32_64, X::Je_rel8_64),
    (X::Jne_rel32_64, X::Jne_rel8_64),
    (X::Jbe_rel32_64, X::Jbe_rel8_64),
    (X::Ja_rel32_64, X::Ja_rel8_64),
    (X::Js_rel32_64, X::Js_rel8_64),
    (X::Jns_rel32_64, X::Jns_rel8_64),
    (X::Jp_rel32_64, X::Jp_rel8_64),
    (X::Jnp_rel32_64, X::Jnp_rel8_64),
    (X::Jl_rel32_64, X::Jl_rel8_64),
    (X::Jge_rel32_64, X::Jge_rel8_64),
    (X::Jle_rel32_64, X::Jle_rel8_64),
    (X::Jg_rel32_64, X::Jg_rel8_64),
];

const SETS: [X; 16] = [
    X::Seto_rm8,
    X::Setno_rm8,
    X::Setb_rm8,
    X::Setae_rm8,
    X::Sete_rm8,
    X::Setne_rm8,
    X::Setbe_rm8,
    X::Seta_rm8,
    X::Sets_rm8,
    X::Setns_rm8,
    X::Setp_rm8,
    X::Setnp_rm8,
    X::Setl_rm8,
    X::Setge_rm8,
    X::Setle_rm8,
    X::Setg_rm8,
];

const CMOVS: [[X; 2]; 16] = [
    [X::Cmovo_r32_rm32, X::Cmovo_r64_rm64],
    [X::Cmovno_r32_rm32, X::Cmovno_r64_rm64],
    [X::Cmovb_r32_rm32, X::Cmovb_r64_rm64],
    [X::Cmovae_r32_rm32, X::Cmovae_r64_rm64],
    [X::Cmove_r32_rm32, X::Cmove_r64_rm64],
    [X::Cmovne_r32_rm32, X::Cmovne_r64_rm64],
    [X::Cmovbe_r32_rm32, X::Cmovbe_r64_rm64],
    [X::Cmova_r32_rm32, X::Cmova_r64_rm64],
    [X::Cmovs_r32_rm32, X::Cmovs_r64_rm64],
    [X::Cmovns_r32_rm32, X::Cmovns_r64_rm64],
    [X::Cmovp_r32_rm32, X::Cmovp_r64_rm64],
    [X::Cmovnp_r32_rm32, X::Cmovnp_r64_rm64],
    [X::Cmovl_r32_rm32, X::Cmovl_r64_rm64],
    [X::Cmovge_r32_rm32, X::Cmovge_r64_rm64],
    [X::Cmovle_r32_rm32, X::Cmovle_r64_rm64],
    [X::Cmovg_r32_rm32, X::Cmovg_r64_rm64],
];
