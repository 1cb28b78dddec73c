//! How much a module may declare.
//!
//! In: counts, as sections announce them. Out: nothing, or an error with their offset, before memory is taken for
//! what they count.

use wasmparser::Payload;

use super::DecodeError;
use crate::module::ModuleInfo;

/// How much a module may declare: what stops a *compile bomb*, a small module that costs the host much. A module
/// beyond is refused with an error of [`Category::Limit`](crate::Category::Limit) that has the offset.
///
/// Counts of functions, tables, memories and globals include imported ones. The validator's own caps, which
/// browsers agreed on, hold whatever is set here: a million types, functions, imports, exports and globals,
/// 100,000 segments and tables, 100 memories, 1,000 parameters and results, 7,654,321 bytes and 50,000 locals in
/// a function, 10,000,000 elements in a segment; and a module has less than 4 GiB.
///
/// ```
/// use ringzero::{Category, Config, Engine, Module, ModuleLimits};
///
/// let mut limits = ModuleLimits::strict();
/// limits.memories = 0;
/// let engine = Engine::new(&Config::new().module_limits(limits))?;
/// let bytes = wat::parse_str("(module (memory 1))").unwrap();
/// let error = Module::new(&engine, bytes).unwrap_err();
/// assert_eq!(error.category(), Category::Limit);
/// assert_eq!(error.to_string(), "too many memories: 1, the limit is 0 (at offset 0xa)");
/// # Ok::<(), ringzero::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleLimits {
    /// Bytes of the module.
    pub bytes: u64,
    /// Function types.
    pub types: u64,
    /// Parameters of one function type.
    pub params: u64,
    /// Results of one function type.
    pub results: u64,
    /// Imports.
    pub imports: u64,
    /// Functions.
    pub functions: u64,
    /// Tables.
    pub tables: u64,
    /// Memories.
    pub memories: u64,
    /// Globals.
    pub globals: u64,
    /// Exports.
    pub exports: u64,
    /// Element segments.
    pub element_segments: u64,
    /// Elements of all element segments together.
    pub elements: u64,
    /// Data segments.
    pub data_segments: u64,
    /// Custom sections.
    pub custom_sections: u64,
    /// Bytes of one function's body.
    pub function_bytes: u64,
    /// Bytes that bodies must have on average, in a code section of at least 1,000 bytes. Many empty functions
    /// are the cheapest compile bomb: four bytes of the module each, and a hundred and more in the host.
    pub average_function_bytes: u64,
}

/// The code section from which on [`ModuleLimits::average_function_bytes`] is asked for: small modules may
/// consist of small functions.
const AVERAGE_FROM: u64 = 1000;

/// Above what tools produce, below what hurts: 2^27, as wazero has it.
const GENEROUS: u64 = 1 << 27;

impl Default for ModuleLimits {
    /// Generous: refuses no module that browsers load. Beside the validator's caps there are 2^27 elements, and
    /// 100,000 custom sections.
    fn default() -> Self {
        Self {
            bytes: u32::MAX as u64,
            types: GENEROUS,
            params: GENEROUS,
            results: GENEROUS,
            imports: GENEROUS,
            functions: GENEROUS,
            tables: GENEROUS,
            memories: GENEROUS,
            globals: GENEROUS,
            exports: GENEROUS,
            element_segments: GENEROUS,
            elements: GENEROUS,
            data_segments: GENEROUS,
            custom_sections: 100_000,
            function_bytes: GENEROUS,
            average_function_bytes: 0,
        }
    }
}

impl ModuleLimits {
    /// For modules from anyone: what ordinary programs stay well within. 64 MiB; 10,000 types, functions, exports
    /// and 1,000 imports, globals, element segments, data segments, custom sections; 100 tables; 1 memory; 32
    /// parameters and results; 100,000 elements; 1 MiB and on average at least 20 bytes for a function.
    pub const fn strict() -> Self {
        Self {
            bytes: 64 << 20,
            types: 10_000,
            params: 32,
            results: 32,
            imports: 1000,
            functions: 10_000,
            tables: 100,
            memories: 1,
            globals: 1000,
            exports: 10_000,
            element_segments: 1000,
            elements: 100_000,
            data_segments: 1000,
            custom_sections: 1000,
            function_bytes: 1 << 20,
            average_function_bytes: 20,
        }
    }

    /// Checks the module's size.
    pub(crate) fn check_size(&self, bytes: usize) -> Result<(), DecodeError> {
        at_most("too many bytes", bytes as u64, self.bytes, 0)
    }

    /// Checks what a section of a module of so many bytes announces, before anybody has read what is in it.
    pub(super) fn check_section(
        &self,
        info: &ModuleInfo,
        payload: &Payload<'_>,
        module_bytes: u64,
    ) -> Result<(), DecodeError> {
        let imported = info.imported;
        let (what, imported, section) = match payload {
            Payload::TypeSection(s) => ("too many types", 0, (s.count(), self.types, s.range())),
            Payload::ImportSection(s) => ("too many imports", 0, (s.count(), self.imports, s.range())),
            Payload::FunctionSection(s) => {
                ("too many functions", imported.functions, (s.count(), self.functions, s.range()))
            }
            Payload::TableSection(s) => {
                ("too many tables", imported.tables, (s.count(), self.tables, s.range()))
            }
            Payload::MemorySection(s) => {
                ("too many memories", imported.memories, (s.count(), self.memories, s.range()))
            }
            Payload::GlobalSection(s) => {
                ("too many globals", imported.globals, (s.count(), self.globals, s.range()))
            }
            Payload::ExportSection(s) => ("too many exports", 0, (s.count(), self.exports, s.range())),
            Payload::ElementSection(s) => {
                ("too many element segments", 0, (s.count(), self.element_segments, s.range()))
            }
            Payload::DataCountSection { count, range } => {
                ("too many data segments", 0, (*count, self.data_segments, range.clone()))
            }
            Payload::DataSection(s) => {
                ("too many data segments", 0, (s.count(), self.data_segments, s.range()))
            }
            Payload::CustomSection(s) => (
                "too many custom sections",
                info.custom_sections.len() as u32,
                (1, self.custom_sections, s.range()),
            ),
            Payload::CodeSectionStart { count, unchecked_range: range, .. } => {
                // What a section says of its size may be more than there is.
                let bytes = range.end.min(module_bytes).saturating_sub(range.start);
                return self.check_average(*count, bytes, range.start);
            }
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                return at_most(
                    "too many bytes in a function",
                    range.end - range.start,
                    self.function_bytes,
                    range.start,
                );
            }
            _ => return Ok(()),
        };
        let (count, most, range) = section;
        at_most(what, u64::from(imported) + u64::from(count), most, range.start)
    }

    /// Checks what imports have added to the index spaces.
    pub(super) fn check_imported(&self, info: &ModuleInfo, offset: usize) -> Result<(), DecodeError> {
        let imported = info.imported;
        let offset = offset as u64;
        at_most("too many functions", imported.functions.into(), self.functions, offset)?;
        at_most("too many tables", imported.tables.into(), self.tables, offset)?;
        at_most("too many memories", imported.memories.into(), self.memories, offset)?;
        at_most("too many globals", imported.globals.into(), self.globals, offset)
    }

    /// Checks a function type.
    pub(super) fn check_type(&self, ty: &wasmparser::FuncType, offset: usize) -> Result<(), DecodeError> {
        let offset = offset as u64;
        at_most("too many parameters", ty.params().len() as u64, self.params, offset)?;
        at_most("too many results", ty.results().len() as u64, self.results, offset)
    }

    /// Checks the elements of all segments so far.
    pub(super) fn check_elements(&self, elements: u64, offset: usize) -> Result<(), DecodeError> {
        at_most("too many elements", elements, self.elements, offset as u64)
    }

    fn check_average(&self, count: u32, bytes: u64, offset: u64) -> Result<(), DecodeError> {
        let least = u64::from(count).saturating_mul(self.average_function_bytes);
        if bytes < AVERAGE_FROM || bytes >= least {
            return Ok(());
        }
        // Said from the other side: how many functions may share so many bytes.
        at_most(
            "too many functions for so little code",
            count.into(),
            bytes / self.average_function_bytes,
            offset,
        )
    }
}

fn at_most(what: &'static str, found: u64, most: u64, offset: u64) -> Result<(), DecodeError> {
    if found <= most { Ok(()) } else { Err(DecodeError::limit(offset as usize, what, found, most)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{DecodeErrorKind, decode};
    use crate::wasm::Features;
    use alloc::{format, string::String, string::ToString};

    fn tried(text: &str, limits: ModuleLimits) -> Result<(), DecodeError> {
        let bytes = wat::parse_str(text).expect("the test's text is a module");
        decode(&bytes, Features::all(), &limits).map(drop)
    }

    /// With the limit at what is there the module is taken; with one less it is refused in these words.
    #[track_caller]
    fn exact(text: &str, there: u64, field: fn(&mut ModuleLimits) -> &mut u64, words: &str) {
        let mut limits = ModuleLimits::default();
        *field(&mut limits) = there;
        assert!(tried(text, limits).is_ok(), "{words}");
        *field(&mut limits) = there - 1;
        let error = tried(text, limits).expect_err(words);
        assert!(matches!(error.kind, DecodeErrorKind::Limit { .. }), "{error}");
        assert!(error.to_string().starts_with(words), "{error}");
        assert!(error.offset >= 8, "{error}");
    }

    #[test]
    fn every_count_has_its_limit() {
        exact("(module (type (func)) (type (func (param i32))))", 2, |l| &mut l.types, "too many types: 2");
        exact("(module (type (func (param i32 i64))))", 2, |l| &mut l.params, "too many parameters: 2");
        exact("(module (type (func (result i32 i64))))", 2, |l| &mut l.results, "too many results: 2");
        let imports = r#"(module (import "" "" (func)) (import "" "" (global i32)))"#;
        exact(imports, 2, |l| &mut l.imports, "too many imports: 2");
        exact(imports, 1, |l| &mut l.functions, "too many functions: 1");
        exact(imports, 1, |l| &mut l.globals, "too many globals: 1");
        let both = r#"(module (import "" "" (func)) (import "" "" (table 1 funcref)) (import "" "" (memory 1))
            (import "" "" (global i32)) (func) (table 1 funcref) (memory 1) (global i32 (i32.const 0)))"#;
        exact(both, 2, |l| &mut l.functions, "too many functions: 2");
        exact(both, 2, |l| &mut l.tables, "too many tables: 2");
        exact(both, 2, |l| &mut l.memories, "too many memories: 2");
        exact(both, 2, |l| &mut l.globals, "too many globals: 2");
        exact(r#"(module (func (export "a") (export "b")))"#, 2, |l| &mut l.exports, "too many exports: 2");
        let segments = "(module (func $f) (elem func $f $f) (elem funcref (ref.null func)) (data) (data))";
        exact(segments, 2, |l| &mut l.element_segments, "too many element segments: 2");
        exact(segments, 3, |l| &mut l.elements, "too many elements: 3");
        exact(segments, 2, |l| &mut l.data_segments, "too many data segments: 2");
        exact(
            r#"(module (@custom "a" "") (@custom "b" ""))"#,
            2,
            |l| &mut l.custom_sections,
            "too many custom",
        );
        exact("(module (func nop nop))", 4, |l| &mut l.function_bytes, "too many bytes in a function: 4");
    }

    #[test]
    fn a_module_has_a_size() {
        let limits = ModuleLimits { bytes: 7, ..ModuleLimits::default() };
        let error = tried("(module)", limits).expect_err("eight bytes");
        assert_eq!(error.to_string(), "too many bytes: 8, the limit is 7 (at offset 0x0)");
        assert!(tried("(module)", ModuleLimits { bytes: 8, ..limits }).is_ok());
    }

    #[test]
    fn many_functions_with_little_in_them_are_a_bomb() {
        let of = |count, body: &str| format!("(module {})", format!("(func {body})").repeat(count));
        let strict = |text: &String| tried(text, ModuleLimits::strict());
        assert!(strict(&of(300, "")).is_ok(), "less than 1,000 bytes");
        let bomb = of(500, "");
        let error = strict(&bomb).expect_err("two bytes each");
        assert!(error.to_string().starts_with("too many functions for so little code: 500,"), "{error}");
        assert!(tried(&bomb, ModuleLimits::default()).is_ok());
        assert!(strict(&of(500, &"nop ".repeat(20))).is_ok());
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_announces() {
        // A function section that claims a million entries: the count is read, and nothing after it.
        let section = [3, 4, 0xc0, 0x84, 0x3d, 0];
        let bytes = [b"\0asm\x01\0\0\0".as_slice(), &section].concat();
        let error = decode(&bytes, Features::all(), &ModuleLimits::strict()).map(drop).expect_err("too many");
        assert_eq!(error.to_string(), "too many functions: 1000000, the limit is 10000 (at offset 0xa)");
    }
}
