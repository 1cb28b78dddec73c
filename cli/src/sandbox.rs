//! What a guest of the command line is granted.
//!
//! In: options. Out: a [`WasiCtx`] with standard streams, clocks and entropy, plus the directories, variables
//! and listeners that were named; with `--deterministic`, fake clocks and seeded numbers instead.

use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex, PoisonError};

use ringzero::platform::{self, Entropy, FakeClock, ReadOnly, Scheduler, Wait, Waited};
use ringzero_platform_std::{
    HostClock, HostDir, HostEntropy, HostScheduler, TcpListenerSource, stderr, stdin, stdout,
};
use ringzero_wasi::{WasiCtx, WasiCtxBuilder};

use crate::args::RunArgs;
use crate::load::reason;
use crate::report::Failure;

/// Collects the grants.
pub(crate) fn sandbox(args: &RunArgs) -> Result<WasiCtx, Failure> {
    let mut builder = WasiCtxBuilder::new()
        .stdin(stdin())
        .stdout(stdout())
        .stderr(stderr());
    builder = if args.deterministic {
        builder
            .clock(Arc::new(FakeClock::default()))
            .entropy(Arc::new(Seeded::default()))
            .scheduler(Arc::new(NoSleep(HostScheduler)))
    } else {
        builder
            .clock(Arc::new(HostClock::new()))
            .entropy(Arc::new(HostEntropy))
            .scheduler(Arc::new(HostScheduler))
    };
    builder = builder.arg(args.file().file_name().unwrap_or_default().as_bytes());
    for arg in args.guest_args() {
        builder = builder.arg(arg.as_bytes());
    }
    builder = grant_environment(builder, args);
    for grant in &args.dirs {
        let dir = HostDir::open(&grant.host)
            .map_err(|error| Failure::about(format_args!("--dir {}", grant.host), reason(&error)))?;
        builder = match grant.read_only {
            true => builder.preopen(&grant.guest, Arc::new(ReadOnly::new(dir))),
            false => builder.preopen(&grant.guest, dir),
        };
    }
    for address in &args.listen {
        let listener = TcpListenerSource::bind(address)
            .map_err(|error| Failure::about(format_args!("--listen {address}"), reason(&error)))?;
        builder = builder.listener(listener);
    }
    builder.build().map_err(|error| Failure::Host(error.to_string()))
}

/// The inherited variables first; a named one replaces its namesake.
fn grant_environment(mut builder: WasiCtxBuilder, args: &RunArgs) -> WasiCtxBuilder {
    if args.env_inherit {
        for (name, value) in std::env::vars_os() {
            let named = args.env.iter().any(|(n, _)| n.as_bytes() == name.as_bytes());
            if !named {
                builder = builder.env(name.as_bytes(), value.as_bytes());
            }
        }
    }
    for (position, (name, value)) in args.env.iter().enumerate() {
        let later = args.env[position + 1..].iter().any(|(n, _)| n == name);
        if !later {
            builder = builder.env(name, value);
        }
    }
    builder
}

/// The same numbers in every run: SplitMix64 from a fixed seed. Asked for by `--deterministic` and not otherwise.
#[derive(Default)]
struct Seeded(Mutex<u64>);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> platform::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Sleeps take no time, as fake clocks have it; waiting for input does.
struct NoSleep(HostScheduler);

impl Scheduler for NoSleep {
    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> platform::Result<Waited> {
        if waits.is_empty() {
            Ok(Waited::TimedOut)
        } else {
            self.0.wait(waits, timeout)
        }
    }
}

#[test]
fn seeded_numbers_repeat_and_differ() {
    let draw = || {
        let mut bytes = [0; 21];
        let source = Seeded::default();
        source.fill(&mut bytes).expect("never fails");
        bytes
    };
    assert_eq!(draw(), draw());
    assert_ne!(draw()[..8], draw()[8..16]);
}
