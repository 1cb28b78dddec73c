//! `ringzero inspect`: a module on one screen.
//!
//! In: a file. Out: its imports, exports, memories, tables, the features it needs, its sections and their sizes.
//! What a module needs is found out by asking: a feature is needed if the module is invalid without it.

use std::fmt::Write;
use std::ops::Range;

use ringzero::{Config, Engine, ExternType, Features, GlobalType, MemoryType, Module, Mutability, TableType};
use wasmparser::{Parser, Payload};

use crate::args::{EngineArgs, InspectArgs};
use crate::progress::{Progress, size};
use crate::report::{Failure, print, printable};
use crate::{engine, load};

pub(crate) fn inspect(args: &InspectArgs) -> Result<(), Failure> {
    let progress = Progress::start(&args.file);
    let bytes = load::load(&args.file)?;
    let engine = engine::engine(engine::config(&EngineArgs::default())?)?;
    let module = engine::compile(&engine, &args.file, bytes.clone())?;
    let needed = needed(&bytes).map_err(|error| Failure::about("engine", error))?;
    drop(progress);
    let contents = Contents::read(&bytes).map_err(|error| Failure::about(args.file.display(), error))?;
    let mut page = format!("{}: {}", args.file.display(), size(bytes.len() as u64));
    if let Some(name) = module.name() {
        page.push_str(&format!(", module `{}`", printable(name)));
    }
    page.push('\n');
    let mut page = Page(page);
    page.list("needs", needed.names().map(str::to_owned));
    page.list("imports", imports(&module));
    page.list("exports", exports(&module));
    page.list("memories", contents.memories.iter().cloned());
    page.list("tables", contents.tables.iter().cloned());
    page.list("defines", contents.counts());
    page.list("sections", contents.sections.iter().map(|(name, len)| format!("{:>10}  {name}", size(*len))));
    page.list(
        "custom sections",
        contents.custom.iter().map(|(name, len)| format!("{:>10}  {name}", size(*len))),
    );
    print(&page.0)
}

struct Page(String);

impl Page {
    fn list(&mut self, title: &str, lines: impl Iterator<Item = String>) {
        let mut lines = lines.peekable();
        if lines.peek().is_none() {
            return;
        }
        self.0.push_str(&format!("\n{title}\n"));
        for line in lines {
            self.0.push_str(&format!("  {}\n", printable(&line)));
        }
    }
}

/// The features without which the module is invalid.
fn needed(bytes: &[u8]) -> Result<Features, ringzero::Error> {
    let mut needed = Features::empty();
    for feature in Features::all() {
        let engine = Engine::new(&Config::new().features(Features::all() - feature))?;
        if Module::validate(&engine, bytes).is_err() {
            needed |= feature;
        }
    }
    Ok(needed)
}

fn imports(module: &Module) -> impl Iterator<Item = String> {
    module
        .imports()
        .map(|import| format!("{} from `{}`", describe(import.name(), &import.ty()), import.module()))
}

fn exports(module: &Module) -> impl Iterator<Item = String> {
    module.exports().map(|export| describe(export.name(), &export.ty()))
}

fn describe(name: &str, ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) => format!("func `{name}` {ty}"),
        ExternType::Memory(ty) => format!("memory `{name}` {}", memory(*ty)),
        ExternType::Table(ty) => format!("table `{name}` {}", table(*ty)),
        ExternType::Global(ty) => format!("global `{name}` {}", global(*ty)),
    }
}

fn memory(ty: MemoryType) -> String {
    let bytes = |pages: u64| size(pages.saturating_mul(ty.page_size()));
    let most = match ty.maximum() {
        Some(pages) => format!("at most {}", bytes(pages)),
        None => "no limit".to_owned(),
    };
    let width = if ty.is_64() { ", 64-bit addresses" } else { "" };
    let page = if ty.page_size_log2() == 16 {
        String::new()
    } else {
        format!(", pages of {}", size(ty.page_size()))
    };
    format!("{} at first, {most}{width}{page}", bytes(ty.minimum()))
}

fn table(ty: TableType) -> String {
    let most = match ty.maximum() {
        Some(elements) => format!("at most {elements}"),
        None => "no limit".to_owned(),
    };
    let width = if ty.is_64() { ", 64-bit indices" } else { "" };
    format!("of {}: {} at first, {most}{width}", ty.element(), ty.minimum())
}

fn global(ty: GlobalType) -> String {
    match ty.mutability() {
        Mutability::Const => ty.content().to_string(),
        Mutability::Var => format!("mutable {}", ty.content()),
    }
}

/// What the sections hold that the embedding API does not tell.
#[derive(Default)]
struct Contents {
    memories: Vec<String>,
    tables: Vec<String>,
    sections: Vec<(&'static str, u64)>,
    custom: Vec<(String, u64)>,
    functions: u32,
    globals: u32,
    data: u32,
    elements: u32,
    starts: bool,
}

impl Contents {
    fn read(bytes: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut contents = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            contents.take(&payload?)?;
        }
        Ok(contents)
    }

    fn take(&mut self, payload: &Payload<'_>) -> Result<(), wasmparser::BinaryReaderError> {
        if let Some((id, range)) = payload.as_section()
            && let Some(name) = section_name(id)
        {
            self.sections.push((name, length(&range)));
        }
        match payload {
            Payload::FunctionSection(section) => self.functions = section.count(),
            Payload::GlobalSection(section) => self.globals = section.count(),
            Payload::DataSection(section) => self.data = section.count(),
            Payload::ElementSection(section) => self.elements = section.count(),
            Payload::StartSection { .. } => self.starts = true,
            Payload::MemorySection(section) => {
                for ty in section.clone() {
                    self.memories.push(defined_memory(ty?));
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    self.tables.push(defined_table(table?.ty));
                }
            }
            Payload::CustomSection(section) => {
                self.custom.push((section.name().to_owned(), section.data().len() as u64));
            }
            _ => {}
        }
        Ok(())
    }

    fn counts(&self) -> impl Iterator<Item = String> {
        let mut line = String::new();
        for (count, one, many) in [
            (self.functions, "function", "functions"),
            (self.globals, "global", "globals"),
            (self.data, "data segment", "data segments"),
            (self.elements, "element segment", "element segments"),
        ] {
            if count > 0 {
                let separator = if line.is_empty() { "" } else { ", " };
                // Writing to a string does not fail.
                let _ = write!(line, "{separator}{count} {}", if count == 1 { one } else { many });
            }
        }
        if self.starts {
            line.push_str("; runs a start function when instantiated");
        }
        (!line.is_empty()).then_some(line).into_iter()
    }
}

fn length(range: &Range<u64>) -> u64 {
    range.end - range.start
}

fn defined_memory(ty: wasmparser::MemoryType) -> String {
    let own = if ty.memory64 {
        MemoryType::new64(ty.initial, ty.maximum)
    } else {
        MemoryType::new(narrow(ty.initial), ty.maximum.map(narrow))
    };
    memory(match ty.page_size_log2 {
        Some(log2) => own.with_page_size_log2(u8::try_from(log2).unwrap_or(16)),
        None => own,
    })
}

fn defined_table(ty: wasmparser::TableType) -> String {
    let element = if ty.element_type.is_extern_ref() {
        ringzero::RefType::EXTERNREF
    } else {
        ringzero::RefType::FUNCREF
    };
    table(if ty.table64 {
        TableType::new64(element, ty.initial, ty.maximum)
    } else {
        TableType::new(element, narrow(ty.initial), ty.maximum.map(narrow))
    })
}

/// A limit of a valid 32-bit memory or table.
fn narrow(limit: u64) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

fn section_name(id: u8) -> Option<&'static str> {
    const NAMES: [&str; 14] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    // Custom sections have a list of their own.
    NAMES.get(usize::from(id)).copied().filter(|name| *name != "custom")
}
