//! The way around what wasmi 2.0.0 gets wrong.
//!
//! In: a module. Out: one that means the same, for the peer alone; ringzero runs the module as it is.
//!
//! wasmi joins `i32.eqz`, `i32.eq` and `i32.ne` of a local and 0 with a `select` that follows, leaves the
//! comparison out and then tests a register that does not hold the local:
//!
//! ```wat
//! (func (param i32) (result i32)
//!     (select (i32.const 1) (local.get 0) (i32.eqz (local.get 0))))   ;; wasmi: 1 whatever the parameter
//! ```
//!
//! The condition is therefore put through `i32.const 1; i32.and`, which changes no 0 and no 1.

use std::ops::Range;
use wasmparser::{BinaryReaderError, Operator, Parser, Payload};

/// `i32.const 1; i32.and`
const KEEP_APART: [u8; 3] = [0x41, 0x01, 0x71];

/// The module, written for the peer.
///
/// # Errors
/// Where the module is malformed.
pub(crate) fn write_around(module: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut bodies = Vec::new();
    let mut code = 0..0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CodeSectionStart { unchecked_range, .. } => code = indices(&unchecked_range),
            Payload::CodeSectionEntry(body) => {
                let mut written = Vec::new();
                let body_range = indices(&body.range());
                let (mut copied, mut compares) = (body_range.start, false);
                for operator in body.get_operators_reader()?.into_iter_with_offsets() {
                    let (operator, at) = operator?;
                    let at = at as usize;
                    let selects = matches!(operator, Operator::Select | Operator::TypedSelect { .. });
                    if selects && compares {
                        written.extend_from_slice(&module[copied..at]);
                        written.extend_from_slice(&KEEP_APART);
                        copied = at;
                    }
                    compares = matches!(operator, Operator::I32Eqz | Operator::I32Eq | Operator::I32Ne);
                }
                written.extend_from_slice(&module[copied..body_range.end]);
                bodies.push(written);
            }
            _ => {}
        }
    }
    if bodies.is_empty() {
        return Ok(module.to_vec());
    }
    Ok(with_bodies(module, code, &bodies))
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

    /// `choose` must give its parameter unless that is 0.
    const CHOOSE: &str = r#"(module
        (memory (data "after the code"))
        (func (export "other"))
        (func (export "choose") (param i32) (result i32)
            (select (i32.const 1) (local.get 0) (i32.eqz (local.get 0)))))"#;

    fn choose(module: &[u8], number: i32) -> i32 {
        let engine = Engine::default();
        let module = Module::new(&engine, module).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let choose = instance.get_typed_func::<i32, i32>(&store, "choose").unwrap();
        choose.call(&mut store, number).unwrap()
    }

    /// When this fails, the peer has been mended and this file can go.
    #[test]
    fn the_way_around_is_needed() {
        assert_eq!(choose(&wat::parse_str(CHOOSE).unwrap(), 5), 1);
    }

    #[test]
    fn the_way_around_leads_there() {
        let module = write_around(&wat::parse_str(CHOOSE).unwrap()).unwrap();
        assert_eq!([choose(&module, 5), choose(&module, 0), choose(&module, -1)], [5, 1, -1]);
    }

    #[test]
    fn other_modules_stay_as_they_are() {
        for text in ["(module)", "(module (func (drop (i32.eqz (i32.const 1)))))"] {
            let module = wat::parse_str(text).unwrap();
            assert_eq!(write_around(&module).unwrap(), module);
        }
    }
}
