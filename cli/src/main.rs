//! The `ringzero` command.
//!
//! In: the command line. Out: what the guest writes, and an exit status: the guest's own, 134 for a trap, 2 for
//! a usage error, 1 for everything else that went wrong. It joins the core, WASI and the operating system's
//! platform, and knows nothing that is not in their public interfaces.

mod args;
mod boot;
mod engine;
mod inspect;
mod invoke;
mod load;
mod progress;
mod report;
mod run;
mod sandbox;
mod value;
mod wast;

use std::alloc::System;
use std::process::ExitCode;

use clap::Parser;
use ringzero::reserve::ReservingAllocator;
use ringzero_platform_std::ignore_file_size_signal;

use args::{Cli, Command};
use report::{Failure, print};

/// A module that needs more memory than there is gets an error, too, where a library cannot report that.
#[global_allocator]
static ALLOCATOR: ReservingAllocator<System> =
    ReservingAllocator::new(System, ringzero_platform_std::this_thread);

fn main() -> ExitCode {
    // What a guest writes beyond the process's file size limit is its own error, and does not end the command.
    ignore_file_size_signal();
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Boot(args) => boot::boot(&args),
        Command::Wast(args) => wast::run(&args),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Version => version(),
        Command::File(words) => match args::run_without_name(words) {
            Ok(args) => run::run(&args),
            Err(usage) => usage.exit(),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report::exit(&failure),
    }
}

fn version() -> Result<(), Failure> {
    print(&format!("ringzero {}\n", env!("CARGO_PKG_VERSION")))
}
