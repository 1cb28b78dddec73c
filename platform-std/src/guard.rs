//! What an engine asks of an operating system: address space, faults, a clock, and a net under host functions.
//!
//! In: calls of host functions. Out: whether they panicked. It does not know what they do.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use ringzero::platform::{Clock, Entered, HostPanic, Platform, VirtualMemory};

use crate::os::{HostClock, Pages};

/// The platform of an ordinary process: pages from `mmap(2)`, faults by signals (on x86-64 Linux and macOS), deadlines
/// by `CLOCK_MONOTONIC`, panics of host functions caught.
///
/// A caught panic has already been reported by the process's panic hook. Where the program is built with
/// `panic = "abort"` there is nothing to catch.
#[derive(Clone, Copy, Debug, Default)]
pub struct StdPlatform;

impl Platform for StdPlatform {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&Pages)
    }

    #[cfg(all(target_arch = "x86_64", any(target_os = "linux", target_os = "macos")))]
    fn fault_hook(&self) -> Option<&dyn ringzero::platform::FaultHook> {
        Some(&crate::os::Signals)
    }

    fn clock(&self) -> Option<&dyn Clock> {
        Some(&HostClock::HOSTS)
    }

    fn parallelism(&self) -> usize {
        available_parallelism().map_or(1, NonZero::get)
    }

    /// On as many threads as there are processors for this process, if they can be had.
    fn in_parallel(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let take = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                work(number);
            }
        };
        let others = 1..self.parallelism().min(count);
        if others.is_empty() {
            return take();
        }
        thread::scope(|scope| {
            for _ in others {
                // Who cannot have another thread makes do with those there are.
                if thread::Builder::new().spawn_scoped(scope, take).is_err() {
                    break;
                }
            }
            take();
        });
    }

    #[cfg(all(target_arch = "x86_64", any(target_os = "linux", target_os = "macos")))]
    fn enter(&self, code: &mut dyn FnMut()) -> Entered {
        ringzero::platform::FaultHook::prepare_thread(&crate::os::Signals)?;
        Ok(self.guard(code))
    }

    #[inline]
    fn guard(&self, call: &mut dyn FnMut()) -> Result<(), HostPanic> {
        // Unwind safety: what the call has touched is the store's, and the store is told of the panic.
        catch_unwind(AssertUnwindSafe(call)).map_err(|_| HostPanic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_work_is_done_once() {
        for count in [0, 1, 2, 1000] {
            let done: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            StdPlatform.in_parallel(count, &|number| {
                done[number].fetch_add(1, Ordering::Relaxed);
            });
            assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn a_panic_is_caught_and_a_quiet_call_is_not() {
        let mut ran = 0;
        assert_eq!(StdPlatform.guard(&mut || ran += 1), Ok(()));
        assert_eq!(ran, 1);
        assert_eq!(StdPlatform.guard(&mut || panic!("on purpose")), Err(HostPanic));
    }
}
