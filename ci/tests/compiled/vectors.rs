//! Every operator on vectors: with its operands in parameters, known, and loaded.

use crate::compare::{compare, compare_exactly};

/// Operators of one vector, without the shape's name.
const UNARY: &[(&str, &str)] = &[
    ("v128", "not any_true"),
    ("i8x16", "abs neg popcnt all_true bitmask"),
    (
        "i16x8",
        "abs neg all_true bitmask extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u extend_low_i8x16_s extend_high_i8x16_s
         extend_low_i8x16_u extend_high_i8x16_u",
    ),
    (
        "i32x4",
        "abs neg all_true bitmask extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u extend_low_i16x8_s extend_high_i16x8_s
         extend_low_i16x8_u extend_high_i16x8_u trunc_sat_f32x4_s trunc_sat_f32x4_u trunc_sat_f64x2_s_zero
         trunc_sat_f64x2_u_zero relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u relaxed_trunc_f64x2_s_zero
         relaxed_trunc_f64x2_u_zero",
    ),
    (
        "i64x2",
        "abs neg all_true bitmask extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u",
    ),
    ("f32x4", "abs neg sqrt ceil floor trunc nearest convert_i32x4_s convert_i32x4_u demote_f64x2_zero"),
    (
        "f64x2",
        "abs neg sqrt ceil floor trunc nearest convert_low_i32x4_s convert_low_i32x4_u promote_low_f32x4",
    ),
];

/// Operators of two vectors.
const BINARY: &[(&str, &str)] = &[
    ("v128", "and andnot or xor"),
    (
        "i8x16",
        "swizzle relaxed_swizzle eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u narrow_i16x8_s narrow_i16x8_u add add_sat_s
         add_sat_u sub sub_sat_s sub_sat_u min_s min_u max_s max_u avgr_u",
    ),
    (
        "i16x8",
        "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u q15mulr_sat_s relaxed_q15mulr_s narrow_i32x4_s narrow_i32x4_u add
         add_sat_s add_sat_u sub sub_sat_s sub_sat_u mul min_s min_u max_s max_u avgr_u extmul_low_i8x16_s
         extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u relaxed_dot_i8x16_i7x16_s",
    ),
    (
        "i32x4",
        "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u add sub mul min_s min_u max_s max_u dot_i16x8_s extmul_low_i16x8_s
         extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u",
    ),
    (
        "i64x2",
        "eq ne lt_s gt_s le_s ge_s add sub mul extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u
         extmul_high_i32x4_u",
    ),
    ("f32x4", "eq ne lt gt le ge add sub mul div min max pmin pmax relaxed_min relaxed_max"),
    ("f64x2", "eq ne lt gt le ge add sub mul div min max pmin pmax relaxed_min relaxed_max"),
];

/// Operators of three.
const TERNARY: &[(&str, &str)] = &[
    ("v128", "bitselect"),
    ("i8x16", "relaxed_laneselect"),
    ("i16x8", "relaxed_laneselect"),
    ("i32x4", "relaxed_laneselect relaxed_dot_i8x16_i7x16_add_s"),
    ("i64x2", "relaxed_laneselect"),
    ("f32x4", "relaxed_madd relaxed_nmadd"),
    ("f64x2", "relaxed_madd relaxed_nmadd"),
];

const SHAPES: [(&str, &str, u32); 6] = [
    ("i8x16", "i32", 16),
    ("i16x8", "i32", 8),
    ("i32x4", "i32", 4),
    ("i64x2", "i64", 2),
    ("f32x4", "f32", 4),
    ("f64x2", "f64", 2),
];

fn operators(list: &[(&str, &str)]) -> Vec<String> {
    let of = |(shape, names): &(&str, &str)| {
        names.split_whitespace().map(|name| format!("{shape}.{name}")).collect::<Vec<_>>()
    };
    list.iter().flat_map(of).collect()
}

fn result(op: &str) -> &'static str {
    if op.ends_with("_true") || op.ends_with("bitmask") { "i32" } else { "v128" }
}

/// A module of these functions, and of memory that is not all zero.
fn module(functions: &str) -> String {
    let data: String =
        (0..=255).map(|byte: u8| format!("\\{:02x}", byte.wrapping_mul(73) ^ byte >> 3)).collect();
    format!("(module (memory (export \"m\") 1 1) (data (i32.const 3) \"{data}\")\n{functions})")
}

fn check(functions: &str) {
    let text = module(functions);
    compare(&text);
    compare_exactly(&text);
}

const KNOWN: [&str; 4] = [
    "i32x4 0 0 0 0",
    "i8x16 0 1 2 15 16 31 127 128 129 200 255 254 7 8 9 10",
    "f32x4 1.5 -0.0 3e9 nan",
    "f64x2 -2.5 4294967296.5",
];

#[test]
fn one_vector() {
    let mut text = String::new();
    for op in operators(UNARY) {
        let ty = result(&op);
        text += &format!(
            "(func (export \"{op}\") (param v128) (result {ty}) ({op} (local.get 0)))
             (func (export \"{op} twice\") (param v128) (result v128 {ty}) (local.get 0) ({op} (local.get 0)))
             (func (export \"{op} loaded\") (param i32) (result {ty}) ({op} (v128.load offset=5 (local.get 0))))
             (func (export \"{op} known\") (result {ty}) ({op} (v128.const {})))\n",
            KNOWN[op.len() % 4]
        );
    }
    check(&text);
}

#[test]
fn two_vectors() {
    let mut text = String::new();
    for (number, op) in operators(BINARY).into_iter().enumerate() {
        let known = KNOWN[number % 4];
        text += &format!(
            "(func (export \"{op}\") (param v128 v128) (result v128) ({op} (local.get 0) (local.get 1)))
             (func (export \"{op} both live\") (param v128 v128) (result v128 v128 v128)
                (local.get 0) ({op} (local.get 0) (local.get 1)) (local.get 1))
             (func (export \"{op} same\") (param v128) (result v128) ({op} (local.get 0) (local.get 0)))
             (func (export \"{op} known\") (param v128) (result v128) ({op} (local.get 0) (v128.const {known})))
             (func (export \"{op} of known\") (param v128) (result v128) ({op} (v128.const {known}) (local.get 0)))
             (func (export \"{op} loaded\") (param v128 i32) (result v128)
                ({op} (local.get 0) (v128.load offset=3 (local.get 1))))
             (func (export \"{op} of loaded\") (param v128 i32) (result v128)
                ({op} (v128.load offset=3 (local.get 1)) (local.get 0)))\n"
        );
    }
    check(&text);
}

#[test]
fn three_vectors() {
    let mut text = String::new();
    for op in operators(TERNARY) {
        text += &format!(
            "(func (export \"{op}\") (param v128 v128 v128) (result v128)
                ({op} (local.get 0) (local.get 1) (local.get 2)))
             (func (export \"{op} live\") (param v128 v128 v128) (result v128 v128 v128 v128)
                (local.get 2) ({op} (local.get 0) (local.get 1) (local.get 2)) (local.get 0) (local.get 1))
             (func (export \"{op} loaded\") (param v128 v128 i32) (result v128)
                ({op} (local.get 0) (local.get 1) (v128.load (local.get 2))))
             (func (export \"{op} of loaded\") (param v128 v128 i32) (result v128)
                ({op} (v128.load (local.get 2)) (local.get 0) (local.get 1)))\n"
        );
    }
    check(&text);
}

#[test]
fn shifts() {
    let mut text = String::new();
    for (shape, ..) in &SHAPES[..4] {
        for op in ["shl", "shr_s", "shr_u"] {
            let op = format!("{shape}.{op}");
            text += &format!(
                "(func (export \"{op}\") (param v128 i32) (result v128) ({op} (local.get 0) (local.get 1)))"
            );
            for count in [0, 1, 3, 7, 8, 15, 16, 31, 33, 63, 64, -1, i32::MIN] {
                text += &format!(
                    "(func (export \"{op} by {count}\") (param v128) (result v128)
                        ({op} (local.get 0) (i32.const {count})))\n"
                );
            }
        }
    }
    check(&text);
}

#[test]
fn lanes() {
    let mut text = String::new();
    for (shape, ty, lanes) in SHAPES {
        text += &format!(
            "(func (export \"{shape}.splat\") (param {ty}) (result v128) ({shape}.splat (local.get 0)))
             (func (export \"{shape}.splat known\") (result v128) ({shape}.splat ({ty}.const 77)))
             (func (export \"{shape}.splat loaded\") (param i32) (result v128) ({shape}.splat ({ty}.load (local.get 0))))\n"
        );
        for lane in 0..lanes {
            let signs: &[&str] = if lanes >= 8 { &["_s", "_u"] } else { &[""] };
            for sign in signs {
                text += &format!(
                    "(func (export \"{shape}.extract_lane{sign} {lane}\") (param v128) (result {ty})
                        ({shape}.extract_lane{sign} {lane} (local.get 0)))
                     (func (export \"{shape}.extract_lane{sign} {lane} stored\") (param v128 i32)
                        ({ty}.store (local.get 1) ({shape}.extract_lane{sign} {lane} (local.get 0))))\n"
                );
            }
            text += &format!(
                "(func (export \"{shape}.replace_lane {lane}\") (param v128 {ty}) (result v128)
                    ({shape}.replace_lane {lane} (local.get 0) (local.get 1)))
                 (func (export \"{shape}.replace_lane {lane} known\") (param v128) (result v128)
                    ({shape}.replace_lane {lane} (local.get 0) ({ty}.const 3)))
                 (func (export \"{shape}.replace_lane {lane} loaded\") (param v128 i32) (result v128)
                    ({shape}.replace_lane {lane} (local.get 0) ({ty}.load (local.get 1))))\n"
            );
        }
    }
    check(&text);
}

#[test]
fn memory() {
    let mut text = String::new();
    let loads = "load load32_zero load64_zero load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u load8_splat
                 load16_splat load32_splat load64_splat";
    for op in loads.split_whitespace() {
        for offset in [0, 5, 65500, 65520, 4_000_000_000_u32] {
            text += &format!(
                "(func (export \"{op} {offset}\") (param i32) (result v128) (v128.{op} offset={offset} (local.get 0)))\n"
            );
        }
        text += &format!("(func (export \"{op} known\") (result v128) (v128.{op} (i32.const 17)))\n");
    }
    for bits in [8, 16, 32, 64] {
        for lane in 0..128 / bits {
            text += &format!(
                "(func (export \"load{bits}_lane {lane}\") (param i32 v128) (result v128)
                    (v128.load{bits}_lane offset=9 {lane} (local.get 0) (local.get 1)))
                 (func (export \"store{bits}_lane {lane}\") (param i32 v128)
                    (v128.store{bits}_lane offset=9 {lane} (local.get 0) (local.get 1)))\n"
            );
        }
    }
    text += "(func (export \"store\") (param i32 v128) (v128.store offset=1 (local.get 0) (local.get 1)))
             (func (export \"store known\") (param i32) (v128.store (local.get 0) (v128.const i64x2 77 -3)))
             (func (export \"store and load\") (param i32 v128) (result v128 f32 i64)
                (v128.store (local.get 0) (local.get 1))
                (v128.load (local.get 0)) (f32.load (local.get 0)) (i64.load offset=8 (local.get 0)))";
    check(&text);
}

#[test]
fn shuffles() {
    let mut lists: Vec<Vec<u8>> = Vec::new();
    // Identity, one byte, whole lanes, halves, rotations, interleaved, packed, from both.
    for first in 0..32_u8 {
        lists.push((0..16).map(|at| (first + at) % 32).collect());
        lists.push((0..16).map(|at| (first + at) % 16 + first / 16 * 16).collect());
        lists.push(vec![first; 16]);
    }
    for bytes in [1, 2, 4, 8_u8] {
        let lane = |lane: u8| (0..bytes).map(move |at| lane * bytes + at);
        let lanes = 32 / bytes;
        for from in [0, lanes / 4, lanes / 2] {
            lists.push(
                (0..lanes / 4)
                    .flat_map(|at| lane((from + at) % lanes).chain(lane((from + at + lanes / 2) % lanes)))
                    .collect(),
            );
            lists.push(
                (0..lanes / 4)
                    .flat_map(|at| lane((from + at) % lanes).chain(lane((from + at) % lanes)))
                    .collect(),
            );
        }
        for odd in [0, 1] {
            lists.push((0..lanes / 2).flat_map(|at| lane((at * 2 + odd) % lanes)).collect());
        }
        let mut state = 77_u32;
        for round in 0..24_u8 {
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let half = lanes / 2;
            let pick = |at: u8, random: u8| match round % 4 {
                0 => random % lanes,
                1 => random % half,
                2 => at + random % 2 * half,
                _ if at < half / 2 => random % half,
                _ => random % half + half,
            };
            lists.push((0..half).flat_map(|at| lane(pick(at, next()))).collect());
        }
    }
    let mut text = String::new();
    for (number, list) in lists.iter().enumerate() {
        let list: Vec<_> = list.iter().map(u8::to_string).collect();
        let list = list.join(" ");
        text += &format!(
            "(func (export \"{number}: {list}\") (param v128 v128) (result v128)
                (i8x16.shuffle {list} (local.get 0) (local.get 1)))
             (func (export \"{number} same\") (param v128) (result v128)
                (i8x16.shuffle {list} (local.get 0) (local.get 0)))
             (func (export \"{number} zero\") (param v128) (result v128)
                (i8x16.shuffle {list} (local.get 0) (v128.const i32x4 0 0 0 0)))
             (func (export \"{number} of zero\") (param v128) (result v128)
                (i8x16.shuffle {list} (v128.const i32x4 0 0 0 0) (local.get 0)))\n"
        );
    }
    check(&text);
}

#[test]
fn everywhere() {
    // A NaN's bits become others: it must be the same one everywhere.
    compare_exactly(&module(
        r#"
        (type $many (func (param v128 i32 v128 f64 v128 v128 v128 f32 v128 v128 v128 v128 v128) (result v128 i32 v128 v128 v128 v128 v128 v128 v128 v128 v128)))
        (global $g (export "g") (mut v128) (v128.const i32x4 1 2 3 4))
        (global $c (export "c") v128 (v128.const f64x2 1.5 -3))
        (table 1 funcref) (elem (i32.const 0) $many)
        (func $many (type $many)
            (i32x4.add (local.get 0) (local.get 12)) (local.get 1) (local.get 2)
            (f64x2.replace_lane 0 (local.get 4) (local.get 3)) (local.get 5) (local.get 6)
            (f32x4.replace_lane 3 (local.get 8) (local.get 7)) (local.get 9) (local.get 10) (local.get 11) (local.get 0))
        (func $sum (param v128 i32 v128 v128 v128 v128 v128 v128 v128 v128 v128) (result v128)
            (local.get 0) (i32x4.splat (local.get 1))
            (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9)
            (local.get 10)
            i32x4.sub i32x4.add i32x4.sub i32x4.add i32x4.sub i32x4.add i32x4.sub i32x4.add i32x4.sub i32x4.add)
        (func (export "calls") (param v128 v128 i32) (result v128)
            (call $many (local.get 0) (local.get 2) (local.get 1) (f64.const 2) (local.get 0) (local.get 1)
                (v128.not (local.get 0)) (f32.const 3) (local.get 0) (local.get 1) (local.get 0) (local.get 1) (local.get 1))
            call $sum)
        (func (export "indirect calls") (param v128 v128 i32) (result v128)
            (call_indirect (type $many) (local.get 0) (local.get 2) (local.get 1) (f64.const 2) (local.get 0) (local.get 1)
                (v128.not (local.get 0)) (f32.const 3) (local.get 0) (local.get 1) (local.get 0) (local.get 1) (local.get 1)
                (i32.const 0))
            call $sum)
        (func (export "globals") (param v128) (result v128)
            (global.set $g (i8x16.add (local.get 0) (global.get $g)))
            (v128.xor (global.get $g) (global.get $c)))
        (func (export "select") (param v128 v128 i32) (result v128 v128)
            (select (local.get 0) (local.get 1) (local.get 2))
            (select (result v128) (local.get 1) (v128.const i32x4 5 6 7 8) (i32.eqz (local.get 2))))
        (func (export "tests") (param v128) (result i32 i32)
            (if (result i32) (v128.any_true (local.get 0)) (then (i32.const 3)) (else (i32.const 4)))
            (if (result i32) (i32.eqz (i8x16.all_true (local.get 0))) (then (i32.const 5)) (else (i32.const 6))))
        (func (export "select by a test") (param v128 i32 i32) (result i32 v128)
            (select (local.get 1) (local.get 2) (i16x8.all_true (local.get 0)))
            (select (local.get 0) (v128.const i32x4 1 1 1 1) (v128.any_true (local.get 0))))
        (func (export "nothing set") (param i32) (result v128) (local v128 v128)
            (if (local.get 0) (then (local.set 1 (i32x4.splat (local.get 0)))))
            (i32x4.add (local.get 1) (local.get 2)))
        (func (export "loop") (param v128 i32) (result v128) (local v128 v128 v128 v128 v128)
            (local.set 1 (i32.and (local.get 1) (i32.const 63)))
            (local.set 2 (v128.const i32x4 1 2 3 4))
            (loop
                (local.set 3 (i32x4.add (local.get 2) (local.get 0)))
                (local.set 4 (local.get 5))
                (local.set 5 (local.get 6))
                (local.set 6 (i32x4.mul (local.get 3) (v128.const i32x4 3 5 7 9)))
                (local.set 2 (local.get 4))
                (br_if 0 (i32.gt_s (local.tee 1 (i32.sub (local.get 1) (i32.const 1))) (i32.const 0))))
            (i32x4.add (local.get 2) (i32x4.add (local.get 3) (i32x4.add (local.get 5) (local.get 6)))))
        (func (export "many live") (param v128 v128 i32) (result v128) (local v128 v128 v128 v128 v128 v128 v128 v128 v128)
            (local.set 3 (i32x4.add (local.get 0) (local.get 1)))
            (local.set 4 (i32x4.sub (local.get 0) (local.get 1)))
            (local.set 5 (i32x4.mul (local.get 0) (local.get 1)))
            (local.set 6 (f32x4.add (local.get 0) (local.get 1)))
            (local.set 7 (f64x2.mul (local.get 0) (local.get 1)))
            (local.set 8 (i8x16.shl (local.get 0) (local.get 2)))
            (local.set 9 (i8x16.popcnt (local.get 1)))
            (local.set 10 (f32x4.min (local.get 0) (local.get 1)))
            (local.set 11 (i64x2.mul (local.get 0) (local.get 1)))
            (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10)
            (local.get 11) (local.get 0) (local.get 1)
            v128.xor v128.xor v128.xor v128.or v128.xor i8x16.add v128.xor i16x8.sub v128.xor v128.xor)"#,
    ));
}
