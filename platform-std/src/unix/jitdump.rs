//! Machine code and its names, for `perf inject --jit`.
//!
//! In: functions as they are published. Out: records in a file of the format that the kernel's
//! `tools/perf/Documentation/jitdump-specification.txt` describes. It does not know who samples.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::path::Path;
use std::process::id;
use std::ptr::null_mut;
use std::sync::Mutex;

use ringzero::platform::{Profiler, PublishedFunction};
use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::thread::gettid;
use rustix::time::{ClockId, clock_gettime};

/// `JiTD`, as this machine writes it.
const MAGIC: u32 = 0x4a69_5444;
const VERSION: u32 = 1;
/// `EM_X86_64` of ELF.
const MACHINE: u32 = 62;
/// Bytes of the file's head, and of a record's before the name.
const HEAD: u32 = 40;
const LOAD_HEAD: u32 = 56;

/// A copy of this process's machine code with names, so that `perf annotate` shows instructions:
///
/// ```text
/// perf record -k mono ringzero run --engine compiled --profile jitdump app.wasm
/// perf inject --jit --input perf.data --output perf.jit.data
/// perf report --input perf.jit.data
/// ```
///
/// It becomes as long as the code. `perf` sees the file because its first page is mapped, for good.
#[derive(Debug)]
pub struct JitDump(Mutex<Dump>);

#[derive(Debug)]
struct Dump {
    file: File,
    /// How many functions have been written.
    count: u64,
}

impl JitDump {
    /// Creates `jit-PID.dump` in a folder.
    ///
    /// # Errors
    /// What creating, writing and mapping the file meets.
    pub fn new(folder: &Path) -> Result<Self> {
        let path = folder.join(format!("jit-{}.dump", id()));
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        let mut head = Vec::with_capacity(HEAD as usize);
        for word in [MAGIC, VERSION, HEAD, MACHINE, 0, id()] {
            head.extend(word.to_ne_bytes());
        }
        head.extend(now().to_ne_bytes());
        head.extend(0u64.to_ne_bytes());
        file.write_all(&head)?;
        let (read, private) = (ProtFlags::READ | ProtFlags::EXEC, MapFlags::PRIVATE);
        // SAFETY: a new mapping, at an address that the kernel chooses, that nobody reads: `perf` only notes that it
        // was made.
        unsafe { mmap(null_mut(), rustix::param::page_size(), read, private, &file, 0) }?;
        Ok(Self(Mutex::new(Dump { file, count: 0 })))
    }
}

impl Profiler for JitDump {
    /// A record that cannot be written is left out: a profile is no reason for a program to fail.
    fn published(&self, function: &PublishedFunction<'_>) {
        if let Ok(mut dump) = self.0.lock() {
            let _ = dump.load(function);
        }
    }
}

impl Dump {
    /// A record `JIT_CODE_LOAD`.
    fn load(&mut self, function: &PublishedFunction<'_>) -> Result<()> {
        let name = function.name.to_string().replace('\0', " ");
        let (code, address) = (function.code, function.address as u64);
        let total = LOAD_HEAD as usize + name.len() + 1 + code.len();
        let mut record = Vec::with_capacity(total);
        for word in [0, total as u32] {
            record.extend(word.to_ne_bytes());
        }
        record.extend(now().to_ne_bytes());
        for word in [id(), gettid().as_raw_nonzero().get() as u32] {
            record.extend(word.to_ne_bytes());
        }
        for word in [address, address, code.len() as u64, self.count] {
            record.extend(word.to_ne_bytes());
        }
        record.extend(name.as_bytes());
        record.push(0);
        record.extend(code);
        self.count += 1;
        self.file.write_all(&record)
    }
}

/// Nanoseconds of the clock that `perf record -k mono` uses.
fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
