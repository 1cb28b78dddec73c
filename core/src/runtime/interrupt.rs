//! Stopping a guest from outside.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

/// Stops the guest that runs in a store, from another thread, another processor, or an interrupt handler.
///
/// ```
/// use std::{thread, time::Duration};
/// use ringzero::{Config, Engine, Instance, Module, Store, Trap};
///
/// let bytes = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
/// let engine = Engine::new(&Config::new().interruption(true))?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, bytes)?, &[])?;
/// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
///
/// let handle = store.interrupt_handle();
/// let deadline = thread::spawn(move || {
///     thread::sleep(Duration::from_millis(20));
///     handle.interrupt();
/// });
/// let error = spin.call(&mut store, ()).unwrap_err();
/// assert_eq!(error.trap(), Some(Trap::Interrupted));
/// # deadline.join().unwrap();
/// # Ok::<(), ringzero::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InterruptHandle {
    flag: Arc<AtomicU32>,
}

impl InterruptHandle {
    pub(super) fn new(flag: &Arc<AtomicU32>) -> Self {
        Self { flag: Arc::clone(flag) }
    }

    /// Asks the guest to stop: it ends with [`Trap::Interrupted`](crate::Trap::Interrupted), or is suspended if
    /// it was called so. It looks at every function's entry, every turn of a loop, and after each MiB that
    /// `memory.fill` or `memory.copy` has done. If no guest runs, the next one stops at once. Costs one store to
    /// memory.
    pub fn interrupt(&self) {
        self.flag.store(1, Ordering::Relaxed);
    }
}
