//! `ringzero boot`: run a program with no operating system, in a virtual machine of QEMU.
//!
//! In: [`BootArgs`]. Out: the guest's effects and its exit status, as of `ringzero run`. The program and the granted
//! directories travel as one archive; the guest gets copies, and what it changes is gone with the machine.

mod kernel;
mod pack;
mod qemu;

use std::fs;
use std::io::{self, IsTerminal};

use ringzero_platform_baremetal::words;

use crate::args::{BootArgs, EngineChoice};
use crate::load;
use crate::progress::Progress;
use crate::report::Failure;

pub(crate) fn boot(args: &BootArgs) -> Result<(), Failure> {
    let program = load::load(args.file())?;
    let kernel = kernel::find(args.kernel.as_deref())?;
    let scratch =
        tempfile::tempdir().map_err(|error| Failure::about("temporary folder", load::reason(&error)))?;
    let archive = scratch.path().join("initrd.tar");
    let progress = Progress::of("packing the archive for the machine");
    let size = pack::pack(args, &program, &archive)?;
    drop(progress);
    let machine = qemu::Machine {
        kernel: &kernel,
        archive: &archive,
        line: &command_line(args)?,
        memory: args.memory.unwrap_or_else(|| enough(size)),
        log: &scratch.path().join("log"),
    };
    let status = machine.run();
    let log = fs::read_to_string(machine.log).unwrap_or_default();
    if args.verbose {
        eprint!("{log}");
    }
    match ended(&log) {
        Some(0) => Ok(()),
        Some(status) => Err(Failure::Status(status)),
        None => Err(status.err().unwrap_or_else(|| stopped(&log))),
    }
}

/// Memory for the machine: the archive, the program once more, and what an ordinary guest uses.
fn enough(archive: u64) -> u64 {
    const USUAL: u64 = 256 << 20;
    USUAL.saturating_add(archive.saturating_mul(4)).next_multiple_of(1 << 20)
}

/// What the kernel is told: its options are those of this command, with paths in the archive.
fn command_line(args: &BootArgs) -> Result<Vec<u8>, Failure> {
    let mut line: Vec<Vec<u8>> = Vec::new();
    let mut option = |name: &str, value: String| line.extend([name.into(), value.into_bytes()]);
    for (position, grant) in args.dirs.iter().enumerate() {
        let end = if grant.read_only { "::ro" } else { "" };
        option("--dir", format!("{}::{}{end}", pack::folder(position), grant.guest));
    }
    for (name, value) in &args.env {
        option("--env", format!("{name}={value}"));
    }
    if let Some(fuel) = args.fuel {
        option("--fuel", fuel.to_string());
    }
    if let Some(timeout) = args.timeout {
        option("--timeout-ms", timeout.as_millis().to_string());
    }
    if let Some(bytes) = args.max_memory {
        option("--max-memory", bytes.to_string());
    }
    if let Some(bytes) = args.disk {
        option("--disk", bytes.to_string());
    }
    let terminals = [io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal()];
    for (descriptor, _) in terminals.iter().enumerate().filter(|(_, terminal)| !**terminal) {
        option("--piped", descriptor.to_string());
    }
    if args.engine != EngineChoice::Interpreter {
        line.push(b"--compiled".to_vec());
    }
    if args.deterministic {
        line.push(b"--deterministic".to_vec());
    }
    line.push(pack::program(args).into_bytes());
    line.extend(args.guest_args().iter().map(|word| word.as_encoded_bytes().to_vec()));
    words::join(&line).map_err(|_| Failure::Host("an argument holds a zero byte".to_owned()))
}

/// The status in the log's last line.
fn ended(log: &str) -> Option<u32> {
    log.lines().last()?.strip_prefix("exit ")?.parse().ok()
}

/// The machine ended without the kernel's word.
fn stopped(log: &str) -> Failure {
    let last = log.lines().last().unwrap_or("nothing was heard of the kernel");
    Failure::Host(format!("the virtual machine stopped: {last}"))
}
