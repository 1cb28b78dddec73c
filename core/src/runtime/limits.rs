//! Who may say no to growth.
//!
//! In: how large a memory or a table is and would be. Out: yes, no, or an error that stops the guest. The one
//! who answers is a part of the embedder's data; [`growth`](super::growth) asks it.

use super::{AsContextMut, Error, Store};

/// Finds the limiter in the embedder's data.
pub(super) type Limiter<T> = for<'a> fn(&'a mut T) -> &'a mut (dyn ResourceLimiter + 'a);

/// How many instances, memories and tables a store may have where nobody says otherwise.
const DEFAULT_COUNT: usize = 10_000;

/// Who may say no before memories and tables are made and before they grow: see [`Store::limiter`].
///
/// It is asked last: what the type of a memory or table, its addresses and [`Config`](super::Config) forbid, it
/// never hears of as a question. It is not asked for growth by nothing, by which guests learn a size. A panic in
/// it ends a running guest as a host function's panic does.
pub trait ResourceLimiter {
    /// Whether a memory may go from `current` to `desired` bytes; both are multiples of its page size. A memory
    /// that is yet to be made has 0. `maximum` is the most that its type, its addresses and the configuration
    /// allow; `None` if that is no `usize`.
    ///
    /// # Errors
    /// Stops the guest, or fails the host's call, with this error; `Ok(false)` makes `memory.grow` answer -1.
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error>;

    /// A memory did not grow, for another reason than [`ResourceLimiter::memory_growing`]: beyond its maximum,
    /// beyond [`ResourceLimiter::total_memory`], or the host has not so much. Not called where a memory could
    /// not be made.
    ///
    /// # Errors
    /// Stops the guest, or fails the host's call, instead of -1. By default nothing does.
    fn memory_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        drop(error);
        Ok(())
    }

    /// Whether a table may go from `current` to `desired` elements, 8 bytes each; otherwise as
    /// [`ResourceLimiter::memory_growing`].
    ///
    /// # Errors
    /// As there.
    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error>;

    /// A table did not grow: as [`ResourceLimiter::memory_grow_failed`].
    ///
    /// # Errors
    /// As there.
    fn table_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        drop(error);
        Ok(())
    }

    /// The most bytes that all memories of the store may have together. The store itself keeps to it: it knows
    /// what is there, even after an instantiation that failed half-way. Default: no limit.
    fn total_memory(&self) -> u64 {
        u64::MAX
    }

    /// The most elements that all tables of the store may have together. Default: no limit.
    fn total_table_elements(&self) -> u64 {
        u64::MAX
    }

    /// The most instances that the store may ever hold. Default: 10,000.
    fn instances(&self) -> usize {
        DEFAULT_COUNT
    }

    /// The most tables that the store may ever hold, the host's own among them. Default: 10,000.
    fn tables(&self) -> usize {
        DEFAULT_COUNT
    }

    /// The most memories that the store may ever hold, the host's own among them. Default: 10,000.
    fn memories(&self) -> usize {
        DEFAULT_COUNT
    }
}

impl<T> Store<T> {
    /// Sets who is asked before memories and tables of this store are made or grow, by a guest or by the host:
    /// a part of the store's own data. What is there already stays.
    ///
    /// Cost: a call per growth; with [`ResourceLimiter::total_memory`] also a few loads per memory of the store.
    ///
    /// ```
    /// use ringzero::{Engine, Memory, MemoryType, Store, StoreLimits, StoreLimitsBuilder};
    ///
    /// struct Host { limits: StoreLimits }
    /// let limits = StoreLimitsBuilder::new().total_memory(4 << 16).instances(1).build();
    /// let mut store = Store::new(&Engine::default(), Host { limits });
    /// store.limiter(|host| &mut host.limits);
    ///
    /// let memory = Memory::new(&mut store, MemoryType::new(3, None))?;
    /// assert!(memory.grow(&mut store, 2).is_err());
    /// assert_eq!(memory.grow(&mut store, 1)?, 3);
    /// assert!(Memory::new(&mut store, MemoryType::new(1, None)).is_err());
    /// # Ok::<(), ringzero::Error>(())
    /// ```
    pub fn limiter(&mut self, limiter: for<'a> fn(&'a mut T) -> &'a mut (dyn ResourceLimiter + 'a)) {
        self.as_context_mut().into_inner().limiter = Some(limiter);
    }
}

/// Fixed limits: a [`ResourceLimiter`] for most uses. [`StoreLimitsBuilder`] makes one.
///
/// A guest that asks for more is told -1, as by any host without more memory:
///
/// ```
/// use ringzero::{Engine, Instance, Module, Store, StoreLimitsBuilder};
///
/// let bytes = wat::parse_str(r#"(module (memory 1)
///     (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#).unwrap();
/// let engine = Engine::default();
/// let module = Module::new(&engine, bytes)?;
///
/// // Two pages in all memories together, one instance: the limits are the store's data, or a part of it.
/// let limits = StoreLimitsBuilder::new().total_memory(2 * 65_536).instances(1).build();
/// let mut store = Store::new(&engine, limits);
/// store.limiter(|limits| limits);
///
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
/// assert_eq!(grow.call(&mut store, 1)?, 1); // one page was there before
/// assert_eq!(grow.call(&mut store, 1)?, -1);
/// assert!(Instance::new(&mut store, &module, &[]).is_err());
/// # Ok::<(), ringzero::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: usize,
    total_memory: u64,
    table_elements: usize,
    total_table_elements: u64,
    instances: usize,
    tables: usize,
    memories: usize,
    trap_on_grow_failure: bool,
}

impl Default for StoreLimits {
    /// No limit but 10,000 instances, tables and memories.
    fn default() -> Self {
        Self {
            memory_size: usize::MAX,
            total_memory: u64::MAX,
            table_elements: usize::MAX,
            total_table_elements: u64::MAX,
            instances: DEFAULT_COUNT,
            tables: DEFAULT_COUNT,
            memories: DEFAULT_COUNT,
            trap_on_grow_failure: false,
        }
    }
}

impl StoreLimits {
    /// What an answer of no is.
    fn answer(&self, granted: bool, text: &'static str) -> Result<bool, Error> {
        if self.trap_on_grow_failure && !granted { Err(Error::limit(text)) } else { Ok(granted) }
    }

    fn failed(&self, error: Error) -> Result<(), Error> {
        if self.trap_on_grow_failure { Err(error) } else { Ok(()) }
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool, Error> {
        self.answer(desired <= self.memory_size, "a memory may not grow beyond the store's limit")
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        self.failed(error)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool, Error> {
        self.answer(desired <= self.table_elements, "a table may not grow beyond the store's limit")
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        self.failed(error)
    }

    fn total_memory(&self) -> u64 {
        self.total_memory
    }

    fn total_table_elements(&self) -> u64 {
        self.total_table_elements
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

/// Makes [`StoreLimits`]: a builder by value. Nothing here can fail.
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder {
    limits: StoreLimits,
}

impl StoreLimitsBuilder {
    /// No limit but 10,000 instances, tables and memories.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most bytes that each memory may have. Default: no limit.
    pub fn memory_size(mut self, bytes: usize) -> Self {
        self.limits.memory_size = bytes;
        self
    }

    /// The most bytes that all memories may have together. Default: no limit.
    pub fn total_memory(mut self, bytes: u64) -> Self {
        self.limits.total_memory = bytes;
        self
    }

    /// The most elements that each table may have, at 8 bytes each. Default: no limit.
    pub fn table_elements(mut self, elements: usize) -> Self {
        self.limits.table_elements = elements;
        self
    }

    /// The most elements that all tables may have together. Default: no limit.
    pub fn total_table_elements(mut self, elements: u64) -> Self {
        self.limits.total_table_elements = elements;
        self
    }

    /// The most instances. Default: 10,000.
    pub fn instances(mut self, count: usize) -> Self {
        self.limits.instances = count;
        self
    }

    /// The most tables. Default: 10,000.
    pub fn tables(mut self, count: usize) -> Self {
        self.limits.tables = count;
        self
    }

    /// The most memories. Default: 10,000.
    pub fn memories(mut self, count: usize) -> Self {
        self.limits.memories = count;
        self
    }

    /// Whether a growth that is refused, or fails for whatever reason, stops the guest with an error of
    /// [`Category::Limit`](super::Category::Limit), or
    /// [`Category::OutOfMemory`](super::Category::OutOfMemory), instead of answering -1. Default: no.
    pub fn trap_on_grow_failure(mut self, trap: bool) -> Self {
        self.limits.trap_on_grow_failure = trap;
        self
    }

    /// The limits.
    pub fn build(self) -> StoreLimits {
        self.limits
    }
}
