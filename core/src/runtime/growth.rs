//! Growth: the one place where memories and tables of a store get larger, whoever asked for it.
//!
//! In: what is to grow, or to be made. Out: the size before, or no. It asks the store's limiter first.

use super::store::{StoreInner, StoreState};
use super::{Error, ResourceLimiter};
use crate::support::OutOfMemory;
use crate::vm::{Growth, NotGrown, Pause, Refused, VmMemory, VmTable};
use crate::wasm::{MemoryType, TableType, Trap};

const MEMORY_MAXIMUM: &str = "a memory may not grow beyond its maximum";
const MEMORY_TOTAL: &str = "all memories of the store may not grow beyond the limit for them together";
const TABLE_MAXIMUM: &str = "a table may not grow beyond its maximum";
const TABLE_TOTAL: &str = "all tables of the store may not grow beyond the limit for them together";

/// A question to a limiter, in bytes or elements.
struct Wish {
    current: usize,
    desired: usize,
    maximum: Option<usize>,
}

impl Wish {
    /// `None` where the type, the configuration or the host's addresses forbid it anyway.
    fn new(current: usize, desired: Option<u64>, maximum: u64) -> Option<Self> {
        let desired = desired.filter(|desired| *desired <= maximum)?;
        let desired = usize::try_from(desired).ok()?;
        Some(Self { current, desired, maximum: usize::try_from(maximum).ok() })
    }

    /// Whether everything together stays within a limit.
    fn within(&self, most: u64, total: impl FnOnce() -> u64) -> bool {
        most == u64::MAX || total().saturating_add((self.desired - self.current) as u64) <= most
    }
}

impl<T> StoreInner<T> {
    /// Lets something grow; the size before, in pages or elements, or `None` where somebody says no. It is then
    /// as before.
    ///
    /// # Errors
    /// The limiter's.
    pub(super) fn grow(&mut self, growth: Growth) -> Result<Option<u64>, Error> {
        self.grow_unless(growth, false)
    }

    /// The same for a guest, which may be interrupted where this is switched on: asking for the same growth goes
    /// on then. The limiter is asked again, too.
    ///
    /// # Errors
    /// The limiter's; [`Trap::Interrupted`].
    #[inline]
    pub(super) fn grow_for_guest(&mut self, growth: Growth) -> Result<Option<u64>, Error> {
        self.grow_unless(growth, self.state.engine.config().options.interruption)
    }

    #[inline]
    fn grow_unless(&mut self, growth: Growth, interruptible: bool) -> Result<Option<u64>, Error> {
        let stop = &self.vm.stop;
        let mut interrupted = || interruptible && stop.due();
        let Some(limiter) = self.limiter else {
            return match self.state.grow(growth, &mut interrupted) {
                Err(NotGrown::Paused) => Err(Trap::Interrupted.into()),
                grown => Ok(grown.ok()),
            };
        };
        self.state.grow_if_allowed(limiter(&mut self.data), growth, &mut interrupted)
    }

    /// Asks whether so many instances, and these memories and tables, may be made; nothing is made yet.
    ///
    /// # Errors
    /// [`Category::Limit`](super::Category::Limit), or the limiter's.
    pub(super) fn admit(
        &mut self,
        instances: usize,
        memories: impl ExactSizeIterator<Item = MemoryType>,
        tables: impl ExactSizeIterator<Item = TableType>,
    ) -> Result<(), Error> {
        let Some(limiter) = self.limiter else {
            return Ok(());
        };
        let limiter = limiter(&mut self.data);
        let (arena, limits) = (&self.state.arena, self.state.engine.config().limits);
        let room = |there: usize, more: usize, most: usize, text| {
            let enough = there.saturating_add(more) <= most || more == 0;
            if enough { Ok(()) } else { Err(Error::limit(text)) }
        };
        room(
            arena.instance_count(),
            instances,
            limiter.instances(),
            "the store may not hold more instances",
        )?;
        room(
            arena.memory_count(),
            memories.len(),
            limiter.memories(),
            "the store may not hold more memories",
        )?;
        room(arena.table_count(), tables.len(), limiter.tables(), "the store may not hold more tables")?;
        let mut total = arena.memory_bytes();
        for ty in memories {
            let most = VmMemory::limit_of(ty, limits.memory_bytes);
            let bytes = ty.minimum().checked_mul(ty.page_size());
            let wish = Wish::new(0, bytes, most).ok_or(Refused::MemoryLimit)?;
            let within = wish.within(limiter.total_memory(), || total);
            if !within || !limiter.memory_growing(0, wish.desired, wish.maximum)? {
                return Err(Refused::MemoryLimit.into());
            }
            total = total.saturating_add(wish.desired as u64);
        }
        let mut total = arena.table_elements();
        for ty in tables {
            let most = VmTable::limit_of(ty, limits.table_elements);
            let wish = Wish::new(0, Some(ty.minimum()), most).ok_or(Refused::TableLimit)?;
            let within = wish.within(limiter.total_table_elements(), || total);
            if !within || !limiter.table_growing(0, wish.desired, wish.maximum)? {
                return Err(Refused::TableLimit.into());
            }
            total = total.saturating_add(wish.desired as u64);
        }
        Ok(())
    }
}

impl StoreState {
    #[inline]
    fn grow(&mut self, growth: Growth, pause: Pause<'_>) -> Result<u64, NotGrown> {
        match growth {
            Growth::Memory { handle, delta } => {
                self.arena.memory_mut(handle).ok_or(NotGrown::Refused)?.grow(delta, pause)
            }
            Growth::Table { handle, delta, init } => {
                self.arena.table_mut(handle).ok_or(NotGrown::Refused)?.grow(delta, init, pause)
            }
        }
    }

    /// Asks the limiter first, and tells it where nothing grew.
    #[inline(never)]
    fn grow_if_allowed(
        &mut self,
        limiter: &mut dyn ResourceLimiter,
        growth: Growth,
        pause: Pause<'_>,
    ) -> Result<Option<u64>, Error> {
        let Some(wish) = self.wish(growth) else {
            let what = match growth {
                Growth::Memory { .. } => MEMORY_MAXIMUM,
                Growth::Table { .. } => TABLE_MAXIMUM,
            };
            return failed(limiter, growth, Error::limit(what));
        };
        if wish.desired > wish.current {
            let arena = &self.arena;
            let (within, what) = match growth {
                Growth::Memory { .. } => {
                    (wish.within(limiter.total_memory(), || arena.memory_bytes()), MEMORY_TOTAL)
                }
                Growth::Table { .. } => {
                    (wish.within(limiter.total_table_elements(), || arena.table_elements()), TABLE_TOTAL)
                }
            };
            if !within {
                return failed(limiter, growth, Error::limit(what));
            }
            if !ask(limiter, growth, &wish)? {
                return Ok(None);
            }
        }
        match self.grow(growth, pause) {
            Ok(before) => Ok(Some(before)),
            Err(NotGrown::Paused) => Err(Trap::Interrupted.into()),
            Err(NotGrown::Refused) => failed(limiter, growth, Error::from(OutOfMemory)),
        }
    }

    fn wish(&self, growth: Growth) -> Option<Wish> {
        match growth {
            Growth::Memory { handle, delta } => {
                let memory = self.arena.memory(handle)?;
                let bytes = memory.size_pages().checked_add(delta)?.checked_mul(memory.ty().page_size());
                Wish::new(memory.len, bytes, memory.limit())
            }
            Growth::Table { handle, delta, .. } => {
                let table = self.arena.table(handle)?;
                Wish::new(table.len, (table.len as u64).checked_add(delta), table.limit())
            }
        }
    }
}

fn ask(limiter: &mut dyn ResourceLimiter, growth: Growth, wish: &Wish) -> Result<bool, Error> {
    let Wish { current, desired, maximum } = *wish;
    match growth {
        Growth::Memory { .. } => limiter.memory_growing(current, desired, maximum),
        Growth::Table { .. } => limiter.table_growing(current, desired, maximum),
    }
}

/// Tells the limiter that something did not grow.
#[cold]
fn failed(limiter: &mut dyn ResourceLimiter, growth: Growth, why: Error) -> Result<Option<u64>, Error> {
    match growth {
        Growth::Memory { .. } => limiter.memory_grow_failed(why)?,
        Growth::Table { .. } => limiter.table_grow_failed(why)?,
    }
    Ok(None)
}
