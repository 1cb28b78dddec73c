//! Modules that make the validator take as much as they can, validated on nothing but what is held in reserve: a
//! bound that is too low ends the test's process.

extern crate std;

use alloc::{format, string::String, vec, vec::Vec};
use core::convert::Infallible;

use wasmparser::{FrameKind, FrameStack, ValType, VisitOperator, VisitSimdOperator};

use super::{ModuleLimits, Sink, SinkError, decode};
use crate::support::reserve::tests::on_reserves_alone;
use crate::wasm::Features;

/// Takes every operator and does nothing.
struct Ignore;

macro_rules! ignore {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        $(fn $visit(&mut self $($(, _: $argty)*)?) -> Self::Output { Ok(()) })*
    };
}

impl From<Infallible> for SinkError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl<'a> VisitOperator<'a> for Ignore {
    type Output = Result<(), Infallible>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Self::Output>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(ignore);
}

impl<'a> VisitSimdOperator<'a> for Ignore {
    wasmparser::for_each_visit_simd_operator!(ignore);
}

impl FrameStack for Ignore {
    fn current_frame(&self) -> Option<FrameKind> {
        None
    }
}

impl Sink for Ignore {
    type Error = Infallible;

    fn begin_body(&mut self, _: usize) -> Result<(), Infallible> {
        Ok(())
    }

    fn locals(&mut self, _: u32, _: ValType) -> Result<(), Infallible> {
        Ok(())
    }

    fn begin_operators(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn begin_operator(&mut self, _: usize) {}

    fn end_body(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Both ways through the validator; whether the module is valid.
fn validate(module: &[u8]) -> bool {
    let limits = ModuleLimits::default();
    let decoded = || decode(module, Features::all(), &limits);
    let whole = decoded().and_then(|decoded| decoded.validate()).is_ok();
    let pieces = decoded().and_then(|decoded| decoded.bodies.validate_into(&mut Ignore)).is_ok();
    assert_eq!(whole, pieces);
    whole
}

#[track_caller]
fn survives(what: &str, valid: bool, module: &[u8]) {
    let mut found = false;
    let used = on_reserves_alone(|| found = validate(module));
    std::println!("{what}: {} bytes, at most {}.{} % of a reserve", module.len(), used / 10, used % 10);
    assert_eq!(found, valid, "{what}");
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 128 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn section(id: u8, count: usize, entries: &[u8]) -> Vec<u8> {
    let content = [&leb(count)[..], entries].concat();
    [&[id][..], &leb(content.len()), &content].concat()
}

fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0".to_vec(), sections.concat()].concat()
}

/// So many entries, made from their numbers.
fn entries(id: u8, count: usize, entry: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    section(id, count, &(0..count).flat_map(entry).collect::<Vec<_>>())
}

fn name(text: &str) -> Vec<u8> {
    [&leb(text.len())[..], text.as_bytes()].concat()
}

/// Function types `() -> ()`, and one of so many parameters and results.
fn types(params: usize, results: usize) -> Vec<u8> {
    let wide = [&[0x60][..], &leb(params), &vec![0x7f; params], &leb(results), &vec![0x7f; results]].concat();
    section(1, 2, &[vec![0x60, 0, 0], wide].concat())
}

/// One function of type 0 with such declarations of locals and such operators.
fn code(declarations: usize, locals: &[u8], operators: &[u8]) -> Vec<u8> {
    let body = [&leb(declarations)[..], locals, operators, &[0x0b]].concat();
    [section(3, 1, &[0]), section(10, 1, &[leb(body.len()), body].concat())].concat()
}

fn body(params: usize, results: usize, operators: &[u8]) -> Vec<u8> {
    module(&[types(params, results), code(0, &[], operators)])
}

#[test]
fn types_and_functions() {
    survives("types", true, &module(&[entries(1, 60_000, |_| vec![0x60, 0, 0])]));
    let wide = |n: usize| [&[0x60][..], &leb(1000), &[0x70; 1000], &leb(n), &vec![0x7b; n]].concat();
    survives("wide types", true, &module(&[entries(1, 800, wide)]));
    survives(
        "types of few",
        true,
        &module(&[entries(1, 9000, |n| [&[0x60, 2, 0x7f, 0x7e, 1][..], &[0x7c + n as u8 % 4]].concat())]),
    );
    survives("a group", false, &module(&[vec![1, 5, 1, 0x4e, 0xc0, 0x84, 0x3d]]));
    survives("too many types announced", false, &module(&[section(1, 1_000_000, &[])]));
    survives("too many values announced", false, &module(&[section(1, 1, &[0x60, 0xff, 0xff, 3])]));
    let functions = [types(0, 0), section(3, 100_000, &vec![0; 100_000])];
    survives("functions without code", false, &module(&functions));
    let bodies = entries(10, 50_000, |_| vec![2, 0, 0x0b]);
    survives("functions", true, &module(&[types(0, 0), section(3, 50_000, &vec![0; 50_000]), bodies]));
}

#[test]
fn imports_and_exports() {
    let import = |n: usize, kind: &[u8]| [name(&format!("{n:x}")), name(""), kind.to_vec()].concat();
    let of = |count, kind: &[u8]| module(&[types(0, 0), entries(2, count, |n| import(n, kind))]);
    survives("imported functions", true, &of(30_000, &[0, 0]));
    survives("imported tables", true, &of(30_000, &[1, 0x70, 0, 0]));
    survives("imported memories", true, &of(100, &[2, 0, 0]));
    survives("too many imported memories", false, &of(3000, &[2, 0, 0]));
    survives("imported globals", true, &of(30_000, &[3, 0x7f, 0]));
    let same = entries(2, 20_000, |_| vec![0, 0, 0, 0]);
    survives("the same import", true, &module(&[types(0, 0), same]));
    let long = "n".repeat(90_000);
    let import = |n: usize| [name(&long), name(&format!("{n}")), vec![0, 0]].concat();
    survives("long names", true, &module(&[types(0, 0), entries(2, 20, import)]));
    let one = [types(0, 0), section(3, 1, &[0]), section(10, 1, &[2, 0, 0x0b])];
    let exporting = |exports: Vec<u8>| module(&[one[0].clone(), one[1].clone(), exports, one[2].clone()]);
    let export = |n: usize| [name(&format!("{n:x}")), vec![0, 0]].concat();
    survives("exports", true, &exporting(entries(7, 40_000, export)));
    survives("exported twice", false, &exporting(entries(7, 2, |_| [name(&long), vec![0, 0]].concat())));
    let many = [types(0, 0), section(3, 30_000, &vec![0; 30_000])];
    let export = |n: usize| [name(&format!("{n:x}")), vec![0], leb(n)].concat();
    let bodies = entries(10, 30_000, |_| vec![2, 0, 0x0b]);
    let all = [&many[..], &[entries(7, 30_000, export), bodies]].concat();
    survives("all functions exported", true, &module(&all));
}

#[test]
fn tables_globals_and_segments() {
    survives("tables", true, &module(&[entries(4, 60_000, |_| vec![0x70, 0, 0])]));
    survives(
        "too large a table",
        false,
        &module(&[section(4, 1, &[&[0x70, 0][..], &leb(usize::MAX >> 1)].concat())]),
    );
    survives("memories", true, &module(&[entries(5, 100, |_| vec![0, 0])]));
    survives("globals", true, &module(&[entries(6, 60_000, |_| vec![0x7f, 0, 0x41, 0, 0x0b])]));
    // Many operands at once.
    let deep = [vec![0x41; 0], [0x41u8, 0].repeat(40_000), vec![0x6a; 39_999], vec![0x0b]].concat();
    survives("a deep constant", true, &module(&[section(6, 1, &[vec![0x7f, 0], deep.clone()].concat())]));
    let blocks = [[0x02u8, 0x40].repeat(50_000), vec![0x0b; 50_001]].concat();
    survives(
        "blocks in a constant",
        false,
        &module(&[section(6, 1, &[vec![0x7f, 0], blocks.clone()].concat())]),
    );
    let memory = entries(5, 1, |_| vec![0, 0]);
    let data = |offset: &[u8]| module(&[memory.clone(), section(11, 1, &[&[0], offset, &[0]].concat())]);
    survives("a deep offset", true, &data(&deep));
    survives("blocks in an offset", false, &data(&blocks));
    let segments = entries(11, 20_000, |_| vec![0, 0x41, 0, 0x0b, 3, 1, 2, 3]);
    survives("segments", true, &module(&[memory, segments]));
    let functions = [types(0, 0), section(3, 20_000, &vec![0; 20_000]), section(4, 1, &[0x70, 0, 0])];
    let bodies = entries(10, 20_000, |_| vec![2, 0, 0x0b]);
    let items: Vec<u8> = (0..20_000).flat_map(leb).collect();
    let active = [vec![0, 0x41, 0, 0x0b], leb(20_000), items].concat();
    let with = |elements: Vec<u8>| module(&[functions.concat(), elements, bodies.clone()]);
    survives("elements", true, &with(section(9, 1, &active)));
    survives("element segments", true, &with(entries(9, 20_000, |n| [vec![1, 0, 1], leb(n)].concat())));
    let expressions: Vec<u8> = (0..20_000).flat_map(|n| [vec![0xd2], leb(n), vec![0x0b]].concat()).collect();
    survives("expressions", true, &with(section(9, 1, &[vec![5, 0x70], leb(20_000), expressions].concat())));
    let global = |n: usize| [vec![0x70, 0, 0xd2], leb(n), vec![0x0b]].concat();
    let globals = [functions.concat(), entries(6, 20_000, global), bodies.clone()];
    survives("references in globals", true, &module(&globals));
}

#[test]
fn locals() {
    let declared = |count, locals: &[u8]| module(&[types(0, 0), code(count, locals, &[])]);
    survives("many locals", true, &declared(1, &[0xd0, 0x86, 3, 0x7f]));
    survives("too many locals", false, &declared(1, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f]));
    survives("declarations", true, &declared(50_000, &[1, 0x7f].repeat(50_000)));
    survives("empty declarations", true, &declared(100_000, &[0, 0x7f].repeat(100_000)));
    let wide = [types(1000, 0), section(3, 1, &[1]), section(10, 1, &[2, 0, 0x0b])];
    survives("parameters", true, &module(&wide));
}

#[test]
fn operands_and_blocks() {
    survives("operands", false, &body(0, 0, &[0x41, 0].repeat(200_000)));
    let drops = [[0x41u8, 0].repeat(100_000), vec![0x1a; 100_000]].concat();
    survives("operands dropped", true, &body(0, 0, &drops));
    let blocks = [[0x02u8, 0x40].repeat(150_000), vec![0x0b; 150_000]].concat();
    survives("blocks", true, &body(0, 0, &blocks));
    let ifs = [[0x41u8, 0, 0x04, 0x40, 5].repeat(9000), vec![0x0b; 9000]].concat();
    survives("arms", true, &body(0, 0, &ifs));
    // Each call leaves a thousand operands; so does each block that nothing ever leaves.
    let wide = |operators: &[u8]| {
        let body = [&[0][..], operators, &[0x0b]].concat();
        let code = section(10, 2, &[leb(body.len()), body, vec![3, 0, 0, 0x0b]].concat());
        module(&[types(0, 1000), section(3, 2, &[0, 1]), code])
    };
    survives("calls", true, &wide(&[&[0x10, 1].repeat(3000)[..], &[0]].concat()));
    survives("results of blocks", true, &wide(&[&[0x02, 1, 0, 0x0b].repeat(3000)[..], &[0]].concat()));
    survives("mismatch", false, &wide(&[0x12, 1]));
    let nested = [vec![0x00], [0x02u8, 1].repeat(2000), vec![0x00], vec![0x0b; 2000]].concat();
    survives("parameters of blocks", false, &body(1000, 1000, &nested));
    let branches = [vec![0x02, 1, 0x00], [0x41u8, 0, 0x0d, 0].repeat(3000), vec![0x0b, 0x00]].concat();
    survives("branches", true, &body(0, 1000, &branches));
}

#[test]
fn long_operators() {
    let targets = [&[0x41, 0, 0x0e][..], &leb(300_000), &vec![0; 300_001]].concat();
    survives("a branch table", true, &body(0, 0, &targets));
    let catches = [&[0x1f, 0x40][..], &leb(10_000), &[2, 0].repeat(10_000), &[0x0b]].concat();
    survives("handlers", false, &body(0, 0, &catches));
    let late = [&[0x01; 5000][..], &catches].concat();
    survives("handlers behind others", false, &body(0, 0, &late));
    survives("a selection of many", false, &body(0, 0, &[&[0x00, 0x1c, 10][..], &[0x7f; 10]].concat()));
    let resume = [&[0xe3, 0][..], &leb(10_000), &[0, 0, 0].repeat(10_000)].concat();
    survives("continuations", false, &body(0, 0, &resume));
}

#[test]
fn names() {
    let names: Vec<u8> = (0..20_000).flat_map(|n| [leb(n), name("f")].concat()).collect();
    let sub = [leb(20_000), names].concat();
    let custom = |content: &[u8]| {
        let content = [name("name"), content.to_vec()].concat();
        [vec![0], leb(content.len()), content].concat()
    };
    survives("names", true, &module(&[custom(&[vec![1], leb(sub.len()), sub].concat())]));
    survives("broken names", true, &module(&[custom(&[1, 200, 3, 4])]));
    survives("custom sections", true, &module(&[custom(&[]).repeat(5000)]));
    survives("text", false, &module(&[vec![0, 3, 2, 0xff, 0xff]]));
}

/// Modules with bytes exchanged at random: whatever the validator does with them, it does it on reserves.
#[test]
fn broken_modules() {
    let text: String = format!(
        r#"(module (import "a" "b" (func (param i32 i64) (result f32))) (memory 1 2) (table 3 funcref)
        (global (mut i32) (i32.const 1)) (global i64 (i64.add (i64.const 1) (i64.const 2)))
        (export "m" (memory 0)) (export "f" (func 1)) (elem (i32.const 0) func 0 1) (elem funcref (ref.func 1))
        (data (i32.const 4) "data") (func (param v128) (result i32) (local i64 f32)
        (block (result i32) (loop (br_if 0 (i32.const 0))) (if (result i32) (i32.const 1)
        (then (i32.const 2)) (else (call_indirect (result i32) (i32.const 0)))))
        (br_table 0 0 (i32.const 7) (i32.const 1)) {}))"#,
        "(drop (i32.add (i32.const 1) (i32.const 2)))".repeat(20)
    );
    let bytes = wat::parse_str(text).expect("the test's text is a module");
    assert!(validate(&bytes));
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let mut valid = 0;
    for _ in 0..20_000 {
        let mut broken = bytes.clone();
        for _ in 0..=next(3) {
            let at = next(broken.len());
            match next(3) {
                0 => broken[at] = next(256) as u8,
                1 => broken.insert(at, next(256) as u8),
                _ => drop(broken.remove(at)),
            }
        }
        on_reserves_alone(|| valid += u32::from(validate(&broken)));
    }
    assert!(valid > 100, "only {valid} of 20,000 are valid");
}
