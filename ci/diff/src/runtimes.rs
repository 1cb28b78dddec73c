//! Who takes part in a comparison: ringzero interpreted, ringzero compiled, and the peer.
//!
//! In: the peer's name. Out: a module's first difference. It knows how a peer may fail by a panic of its own, after
//! which there is nothing to compare with.

use crate::cranelift::Cranelift;
use crate::peer::Peer;
use crate::{Failure, PEER_PANICKED};
use ringzero::{Bounds, Compilation, Config, Dispatch, Strategy};
use ringzero_ci::differential::{Counts, Difference, Interface, Ours, Runtime, compare};
use ringzero_platform_std::StdPlatform;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Guests of ours may use this much stack.
const STACK: usize = 64 << 20;

/// Configurations of ringzero, which take turns, and the peer.
pub(crate) struct Runtimes {
    interpreted: Vec<Ours>,
    /// For each bounds mode, with all registers and with few.
    compiled: Vec<[Ours; 2]>,
    peer: Box<dyn Runtime>,
}

impl Runtimes {
    pub(crate) fn new(peer: &str) -> Result<Self, Failure> {
        let mut interpreted = Vec::new();
        for dispatch in [Dispatch::Tail, Dispatch::Loop] {
            for compilation in [Compilation::Lazy, Compilation::Eager] {
                let config = Config::new().dispatch(dispatch).compilation(compilation).max_stack(STACK);
                interpreted
                    .push(Ours::beside_a_peer(format!("ringzero, {dispatch:?}, {compilation:?}"), &config)?);
            }
        }
        let mut compiled = Vec::new();
        for bounds in [Bounds::Guard, Bounds::Explicit] {
            compiled.push([ours_compiled(bounds, false)?, ours_compiled(bounds, true)?]);
        }
        let peer: Box<dyn Runtime> = match peer {
            "wasmtime" => Box::new(Cranelift::new()?),
            "wasmi" => Box::new(Peer::new()),
            other => return Err(format!("no peer is named {other}").into()),
        };
        Ok(Self { interpreted, compiled, peer })
    }

    pub(crate) fn compare(&self, bytes: &[u8], number: u64, counts: &mut Counts) -> Result<(), Difference> {
        let turn = |among: usize| (number % among as u64) as usize;
        let ours = &self.interpreted[turn(self.interpreted.len())];
        let module = ours.module(bytes).map_err(|error| Difference {
            at: "loading".to_owned(),
            first: error.to_string(),
            other: "the generator only makes valid modules".to_owned(),
        })?;
        let mut runtimes: Vec<&dyn Runtime> = vec![ours];
        runtimes.extend(self.compiled.iter().map(|pair| &pair[turn(2)] as &dyn Runtime));
        runtimes.push(&*self.peer);
        let compared = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            compare(bytes, number, &Interface::of(&module), &runtimes, counts)
        }));
        match compared {
            Ok(compared) => compared,
            // A panic of ours ends the job.
            Err(_) if PEER_PANICKED.load(Ordering::Relaxed) => {
                *counts.skipped.entry("wasmi panicked".to_owned()).or_default() += 1;
                Ok(())
            }
            Err(panicked) => panic::resume_unwind(panicked),
        }
    }
}

fn ours_compiled(bounds: Bounds, few: bool) -> Result<Ours, ringzero::Error> {
    let config = Config::new().platform(Arc::new(StdPlatform)).strategy(Strategy::Compiled);
    let config = config.bounds(bounds).check_compiler(few).few_registers(few).max_stack(STACK);
    Ours::beside_a_peer(format!("ringzero, compiled, {bounds:?}, few registers: {few}"), &config)
}
