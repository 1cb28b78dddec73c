//! What the compiler does only to make code better: each such step asks here first.
//!
//! In: how many of a function's improvements are allowed. Out: yes or no, and a list of what was asked for. As long as no
//! limit is set the question is one comparison. A plain way to do the same exists behind every "no", so that a search
//! over the limit finds the first improvement that makes code wrong.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::{CompileError, Result};
use crate::support::TryPush;

/// A step that makes code better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Improvement {
    Fold,
    Number,
    Forward,
    InBounds,
    Hoist,
    Limit,
    Divide,
    Branch,
    Operand,
    LoadOperand,
    Constant,
    StoreLate,
    ShareSlots,
    Flags,
    MoveFirst,
}

impl Improvement {
    /// What it does, in words.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fold => "an instruction is made simpler",
            Self::Number => "a value computed before is used again",
            Self::Forward => "a value known to be in memory is not loaded",
            Self::InBounds => "an access is known to be in bounds",
            Self::Hoist => "a value is computed before a loop",
            Self::Limit => "the limit of a memory is computed before a loop",
            Self::Divide => "a division by a constant is done without dividing",
            Self::Branch => "a branch whose condition is known is none",
            Self::Operand => "an instruction becomes part of the one that uses it",
            Self::LoadOperand => "a load becomes an operand",
            Self::Constant => "a constant is set before a loop",
            Self::StoreLate => "a value is stored to its slot late",
            Self::ShareSlots => "values share slots",
            Self::Flags => "a comparison is left out, since flags are set",
            Self::MoveFirst => "moves on the way back to a loop come before its branch",
        }
    }
}

/// Whether this improvement is to be done wrongly on this thread: a fault for the search to find. Never outside of tests.
#[inline(always)]
pub(crate) fn is_planted(what: Improvement) -> bool {
    #[cfg(test)]
    return planted::FAULT.get() == Some(what);
    #[cfg(not(test))]
    {
        let _ = what;
        false
    }
}

/// Faults on purpose.
#[cfg(test)]
pub(crate) mod planted {
    extern crate std;

    use core::cell::Cell;

    use super::Improvement;

    std::thread_local! {
        /// Of this thread.
        pub(crate) static FAULT: Cell<Option<Improvement>> = const { Cell::new(None) };
    }
}

/// How many improvements there may be: all of those of functions before this body, so many of its own, none of later
/// ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) body: u32,
    pub(crate) count: u32,
}

/// No limit.
const ALL: u32 = u32::MAX;

/// Who is asked, function by function.
#[derive(Debug)]
pub(crate) struct Improver {
    /// How many there may still be.
    left: Cell<u32>,
    /// What has been asked for and allowed, with the operator's offset, if somebody wants to know.
    log: RefCell<Option<Log>>,
}

type Log = Result<Vec<(Improvement, u32)>>;

impl Default for Improver {
    fn default() -> Self {
        Self { left: Cell::new(ALL), log: RefCell::new(None) }
    }
}

impl Improver {
    /// A function begins.
    pub(crate) fn begin(&self, limit: Option<Limit>, body: usize) {
        let body = body as u32;
        self.left.set(match limit {
            Some(limit) if body == limit.body => limit.count.min(ALL - 1),
            Some(limit) if body > limit.body => 0,
            Some(_) | None => ALL,
        });
        if let Some(log) = &mut *self.log.borrow_mut() {
            *log = Ok(Vec::new());
            self.left.set(self.left.get().min(ALL - 1));
        }
    }

    /// From the next function on, each improvement is noted.
    pub(crate) fn note(&self) {
        *self.log.borrow_mut() = Some(Ok(Vec::new()));
    }

    /// What has been noted of the last function; nothing is from here on.
    pub(crate) fn noted(&self) -> Log {
        self.log.borrow_mut().take().unwrap_or(Ok(Vec::new()))
    }

    /// Whether everything may be done, and nobody wants to know.
    #[inline(always)]
    pub(crate) fn is_free(&self) -> bool {
        self.left.get() == ALL
    }

    /// Whether this may be done, for the operator at this offset.
    #[inline(always)]
    pub(crate) fn may(&self, what: Improvement, offset: u32) -> bool {
        self.left.get() == ALL || self.ask(what, offset)
    }

    #[cold]
    fn ask(&self, what: Improvement, offset: u32) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else { return false };
        self.left.set(left);
        if let Some(log) = &mut *self.log.borrow_mut()
            && let Ok(noted) = log
            && noted.try_push((what, offset)).is_err()
        {
            *log = Err(CompileError::OutOfMemory);
        }
        true
    }
}
