//! The way around what wasmi 2.0.0 gets wrong.
//!
//! In: a module. Out: one that means the same, for the peer alone; ringzero runs the module as it is.
//!
//! wasmi joins `i32.eqz`, `i32.eq` and `i32.ne` of a local and 0, and `ref.is_null`, with a `select` that follows,
//! leaves the comparison out and then tests a register that does not hold the operand. The condition is therefore
//! put through `i32.const 1; i32.and`, which changes no 0 and no 1.
//!
//! Before an `if` or a `loop`, wasmi copies the locals that lie on the stack, less the block's parameters; but it
//! leaves out as many locals as there are parameters, though a parameter may be something else. The copy is then
//! made in one branch only. Such parameters are therefore put into locals of their own, and read from there. The
//! tests show all three.

use std::ops::Range;
use wasmparser::{
    BinaryReaderError, BlockType, FuncType, FunctionBody, Operator, Parser, Payload, RefType, ValType,
};

/// `i32.const 1; i32.and`
const KEEP_APART: [u8; 3] = [0x41, 0x01, 0x71];
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;

/// The module, written for the peer.
///
/// # Errors
/// Where the module is malformed.
pub(crate) fn write_around(module: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let (mut types, mut functions) = (Vec::new(), Vec::new());
    let mut bodies = Vec::new();
    let mut code = 0..0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(section) => {
                types = section.into_iter_err_on_gc_types().collect::<Result<Vec<FuncType>, _>>()?;
            }
            Payload::FunctionSection(section) => functions = section.into_iter().collect::<Result<_, _>>()?,
            Payload::CodeSectionStart { unchecked_range, .. } => code = indices(&unchecked_range),
            Payload::CodeSectionEntry(body) => {
                let ty: u32 = functions[bodies.len()];
                bodies.push(body_around(module, &body, types[ty as usize].params().len(), &types)?);
            }
            _ => {}
        }
    }
    if bodies.is_empty() {
        return Ok(module.to_vec());
    }
    Ok(with_bodies(module, code, &bodies))
}

/// One body, written for the peer.
fn body_around(
    module: &[u8],
    body: &FunctionBody<'_>,
    params: usize,
    types: &[FuncType],
) -> Result<Vec<u8>, BinaryReaderError> {
    let range = indices(&body.range());
    let (mut groups, mut locals) = (0, params);
    for group in body.get_locals_reader()? {
        groups += 1;
        locals += group?.0 as usize;
    }
    let operators = body.get_operators_reader()?.into_iter_with_offsets().collect::<Result<Vec<_>, _>>()?;
    let code_start = operators.first().map_or(range.end, |(_, at)| *at as usize);
    let (mut written, mut copied, mut added) = (Vec::new(), code_start, Vec::new());
    let mut compares = false;
    for (operator, at) in &operators {
        written.extend_from_slice(&module[copied..*at as usize]);
        copied = *at as usize;
        match operator {
            Operator::Select | Operator::TypedSelect { .. } if compares => written.extend(KEEP_APART),
            Operator::If { blockty: BlockType::FuncType(ty) }
            | Operator::Loop { blockty: BlockType::FuncType(ty) } => {
                let mut through = types[*ty as usize].params().to_vec();
                if matches!(operator, Operator::If { .. }) {
                    through.push(ValType::I32);
                }
                let first = locals + added.len();
                added.extend_from_slice(&through);
                for local in (first..first + through.len()).rev() {
                    written.push(LOCAL_SET);
                    written.extend(leb128(local));
                }
                for local in first..first + through.len() {
                    written.push(LOCAL_GET);
                    written.extend(leb128(local));
                }
            }
            _ => {}
        }
        compares =
            matches!(operator, Operator::I32Eqz | Operator::I32Eq | Operator::I32Ne | Operator::RefIsNull);
    }
    written.extend_from_slice(&module[copied..range.end]);
    let mut body = leb128(groups + added.len());
    body.extend_from_slice(&module[range.start + leb128(groups).len()..code_start]);
    body.extend(added.into_iter().flat_map(|ty| [1, code_of(ty)]));
    body.extend(written);
    Ok(body)
}

/// A type as declarations have it.
fn code_of(ty: ValType) -> u8 {
    match ty {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::Ref(ty) if ty == RefType::FUNCREF => 0x70,
        ValType::Ref(_) => 0x6f,
    }
}

/// The module with other bodies in its code section, whose content is `code`.
fn with_bodies(module: &[u8], code: Range<usize>, bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut content = leb128(bodies.len());
    for body in bodies {
        content.extend(leb128(body.len()));
        content.extend_from_slice(body);
    }
    // Before the content stand the section's number and its size, which the generator writes without padding.
    let size = leb128(code.len()).len();
    let mut written = module[..code.start - size].to_vec();
    written.extend(leb128(content.len()));
    written.extend(content);
    written.extend_from_slice(&module[code.end..]);
    written
}

/// The module is in memory, so its offsets are indices.
fn indices(range: &Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::write_around;
    use wasmi::{Engine, Instance, Module, Store};

    /// `choose` gives its first parameter, unless that is 0. `null` and `keep` give their first
    /// parameter.
    const MODULE: &str = r#"(module
        (memory (data "after the code")) (table 1 externref)
        (func (export "choose") (param i32 i32) (result i32)
            (select (i32.const 1) (local.get 0) (i32.eqz (local.get 0))))
        (func $null (result f32 externref) (f32.const 2) (ref.null extern))
        (func (export "null") (param i32 i32) (result i32) (local f32)
            (f32.convert_i32_s (local.get 0))
            local.tee 2
            (select (local.get 2) (f32.const nan) (f32.eq (local.get 2) (local.get 2)))
            call $null
            ref.is_null
            select
            f32.add
            i32.trunc_f32_s
            i32.const 1
            i32.shr_u)
        (func (export "keep") (param i32 i32) (result i32)
            local.get 0
            i32.const 7
            (i32.ctz (local.get 1))
            if (param i32)
                drop
                block end
            else
                drop
            end))"#;

    fn call(module: &[u8], name: &str, params: (i32, i32)) -> i32 {
        let engine = Engine::default();
        let module = Module::new(&engine, module).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        instance.get_typed_func(&store, name).unwrap().call(&mut store, params).unwrap()
    }

    /// When this fails, the peer has been mended, and so much of this file can go.
    #[test]
    fn the_way_around_is_needed() {
        let module = wat::parse_str(MODULE).unwrap();
        assert_ne!(call(&module, "choose", (5, 0)), 5);
        assert_ne!(call(&module, "null", (5, 0)), 5);
        assert_ne!(call(&module, "keep", (5, 1)), 5);
    }

    #[test]
    fn the_way_around_leads_there() {
        let module = write_around(&wat::parse_str(MODULE).unwrap()).unwrap();
        assert_eq!([5, 0, -1].map(|number| call(&module, "choose", (number, 0))), [5, 1, -1]);
        assert_eq!(call(&module, "null", (5, 0)), 5);
        assert_eq!([0, 1, 2].map(|number| call(&module, "keep", (5, number))), [5, 5, 5]);
    }

    #[test]
    fn other_modules_stay_as_they_are() {
        for text in ["(module)", "(module (func (param i32) (drop (i32.eqz (local.get 0)))))"] {
            let module = wat::parse_str(text).unwrap();
            assert_eq!(write_around(&module).unwrap(), module);
        }
    }
}
