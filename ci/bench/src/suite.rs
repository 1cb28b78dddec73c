//! The programs: which there are, how much each is asked to do, and where its module lies.

use crate::Failure;
use std::path::{Path, PathBuf};

/// A program of the table: it exports `run(i32) -> i64`, which does that much work and returns a checksum.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// Sized so that an interpreter takes a few tenths of a second.
    pub(crate) work: i32,
    /// Sized so that machine code takes about as long.
    pub(crate) compiled: i32,
    /// Sized for valgrind, in which an instruction takes some fifty times as long.
    pub(crate) counted: i32,
    origin: Origin,
}

enum Origin {
    /// Built from `programs/`, committed.
    Own,
    /// A small guest of the tests, committed.
    Guest,
    /// A large guest, built on demand by `./fetch guests`.
    Built,
    /// A library at work, of use to the benchmark alone, built by `./fetch libraries`.
    Library,
}

use Origin::{Built, Guest, Library, Own};

const PROGRAMS: [Program; 27] = [
    Program { name: "core", work: 500, compiled: 2000, counted: 25, origin: Own },
    Program { name: "nbody", work: 200_000, compiled: 800_000, counted: 10_000, origin: Guest },
    Program { name: "fannkuch", work: 20, compiled: 80, counted: 1, origin: Own },
    Program { name: "spectral", work: 250, compiled: 1000, counted: 12, origin: Own },
    Program { name: "mandelbrot", work: 120, compiled: 480, counted: 6, origin: Own },
    Program { name: "matmul", work: 80, compiled: 320, counted: 4, origin: Own },
    Program { name: "sha256", work: 40, compiled: 160, counted: 2, origin: Guest },
    Program { name: "trees", work: 800, compiled: 3200, counted: 40, origin: Own },
    Program { name: "fib", work: 33, compiled: 36, counted: 24, origin: Guest },
    Program { name: "byteloop", work: 150, compiled: 600, counted: 7, origin: Guest },
    Program { name: "json", work: 150, compiled: 600, counted: 7, origin: Own },
    Program { name: "hashmap", work: 50, compiled: 200, counted: 2, origin: Own },
    Program { name: "sort", work: 80, compiled: 320, counted: 4, origin: Own },
    Program { name: "regex", work: 80, compiled: 320, counted: 4, origin: Own },
    Program { name: "vm", work: 60, compiled: 240, counted: 3, origin: Own },
    Program { name: "bulk", work: 3000, compiled: 12_000, counted: 150, origin: Own },
    Program { name: "simd", work: 300, compiled: 1200, counted: 15, origin: Own },
    Program { name: "chacha20", work: 40, compiled: 800, counted: 2, origin: Own },
    Program { name: "particles", work: 200, compiled: 4000, counted: 10, origin: Own },
    Program { name: "base64", work: 1000, compiled: 20_000, counted: 50, origin: Own },
    Program { name: "zlib", work: 8, compiled: 32, counted: 1, origin: Built },
    Program { name: "sqlite", work: 2000, compiled: 8000, counted: 100, origin: Built },
    Program { name: "quickjs", work: 15, compiled: 60, counted: 1, origin: Built },
    Program { name: "lua", work: 20, compiled: 80, counted: 1, origin: Library },
    Program { name: "zstd", work: 4, compiled: 16, counted: 1, origin: Library },
    Program { name: "blake3", work: 60, compiled: 600, counted: 3, origin: Library },
    Program { name: "go", work: 6, compiled: 24, counted: 1, origin: Library },
];

impl Program {
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let path = match self.origin {
            Own => here().join("programs").join("prebuilt"),
            Guest => here().join("../guests/prebuilt"),
            Built => here().join("../guests/build"),
            Library => here().join("target/guests"),
        };
        read(&path.join(format!("{}.wasm", self.name)))
    }
}

/// The programs with these names, all of them where none is given.
pub(crate) fn named(names: &[String]) -> Result<Vec<&'static Program>, Failure> {
    static ALL: [Program; PROGRAMS.len()] = PROGRAMS;
    for name in names {
        if !ALL.iter().any(|p| p.name == name) {
            let known: Vec<_> = ALL.iter().map(|p| p.name).collect();
            return Err(format!("no program is named {name}; there are: {}", known.join(" ")).into());
        }
    }
    Ok(ALL.iter().filter(|p| names.is_empty() || names.iter().any(|n| n == p.name)).collect())
}

/// The folder of the benchmark.
pub(crate) fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// A file, or what to do where it is missing.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| format!("{}: {e}; `./fetch` may bring it", path.display()).into())
}
