//! What a guest of the command line is granted.
//!
//! In: options. Out: a [`WasiCtx`] with standard streams, clocks and entropy, plus the directories, variables
//! and listeners that were named; with `--deterministic`, fake clocks and seeded numbers instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ringzero::platform::{self, FakeClock, ReadOnly, Scheduler, Wait, Waited, Waker};
use ringzero_platform_std::{
    HostClock, HostDir, HostEntropy, HostScheduler, TcpListenerSource, stderr, stdin, stdout,
};
use ringzero_wasi::{DeterministicEntropy, WasiCtx, WasiCtxBuilder};

use crate::args::RunArgs;
use crate::load::reason;
use crate::report::Failure;

/// What `--deterministic` draws its numbers from: the same in every run.
const SEED: u64 = 0;

/// Collects the grants.
pub(crate) fn sandbox(args: &RunArgs) -> Result<WasiCtx, Failure> {
    let mut builder = WasiCtxBuilder::new().stdin(stdin()).stdout(stdout()).stderr(stderr());
    builder = if args.deterministic {
        let scheduler = NoSleep { waker: AtomicU64::new(NoSleep::NONE) };
        builder
            .clock(Arc::new(FakeClock::default()))
            .entropy(Arc::new(DeterministicEntropy::new(SEED)))
            .scheduler(Arc::new(scheduler))
    } else {
        builder
            .clock(Arc::new(HostClock::new()))
            .entropy(Arc::new(HostEntropy))
            .scheduler(Arc::new(HostScheduler))
    };
    builder = builder.arg(args.file().file_name().unwrap_or_default().as_encoded_bytes());
    for arg in args.guest_args() {
        builder = builder.arg(arg.as_encoded_bytes());
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
            let named = args.env.iter().any(|(n, _)| n.as_bytes() == name.as_encoded_bytes());
            if !named {
                builder = builder.env(name.as_encoded_bytes(), value.as_encoded_bytes());
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

/// With fake clocks a sleep takes no time; waiting for input does.
struct NoSleep {
    /// The waker that has been handed out last. Waiting for it alone is a sleep.
    waker: AtomicU64,
}

impl NoSleep {
    /// No descriptor.
    const NONE: u64 = u64::MAX;
}

impl Scheduler for NoSleep {
    fn yield_now(&self) {
        HostScheduler.yield_now();
    }

    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> platform::Result<Waited> {
        let waker = self.waker.load(Ordering::Relaxed);
        if waits.iter().all(|wait| wait.handle.0 == waker) {
            return Ok(Waited::Skipped);
        }
        HostScheduler.wait(waits, timeout)
    }

    fn waker(&self) -> platform::Result<Option<Arc<dyn Waker>>> {
        let waker = HostScheduler.waker()?;
        let handle = waker.as_ref().map_or(Self::NONE, |waker| waker.wait_handle().0);
        self.waker.store(handle, Ordering::Relaxed);
        Ok(waker)
    }
}
