//! The locals' present values, and what they were where each open block began.
//!
//! In: settings. Out: values; the way back to an earlier place, and what has changed since.

use alloc::vec::Vec;

use crate::jit::Result;
use crate::jit::ir::Value;
use crate::support::{OutOfMemory, TryPush};

/// What a local was before it was set.
#[derive(Clone, Copy, Debug)]
struct Before {
    local: u32,
    value: Value,
    /// The local's last entry before this one, plus one.
    last: u32,
}

/// Values of locals, with a log of what they were.
#[derive(Debug, Default)]
pub(super) struct Locals {
    values: Vec<Value>,
    log: Vec<Before>,
    /// Each local's last entry in the log, plus one.
    last: Vec<u32>,
    /// In which round a local was seen last.
    seen: Vec<u32>,
    round: u32,
}

impl Locals {
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.log.clear();
        self.last.clear();
        self.seen.clear();
        self.round = 0;
    }

    /// More locals with one value.
    pub(super) fn declare(&mut self, value: Value, count: u32) -> Result<()> {
        let len = self.values.len() + count as usize;
        self.values.try_reserve(count as usize).map_err(|_| OutOfMemory)?;
        self.last.try_reserve(count as usize).map_err(|_| OutOfMemory)?;
        self.values.resize(len, value);
        self.seen.try_reserve(count as usize).map_err(|_| OutOfMemory)?;
        self.last.resize(len, 0);
        self.seen.resize(len, 0);
        Ok(())
    }

    pub(super) fn get(&self, local: u32) -> Value {
        self.values.get(local as usize).copied().unwrap_or(Value::NONE)
    }

    /// Sets a local; the innermost open block began at `mark`.
    pub(super) fn set(&mut self, local: u32, value: Value, mark: u32) -> Result<()> {
        let at = local as usize;
        if self.values[at] == value {
            return Ok(());
        }
        if self.last[at] <= mark {
            let entry = Before { local, value: self.values[at], last: self.last[at] };
            self.log.try_push(entry)?;
            self.last[at] = self.log.len() as u32;
        }
        self.values[at] = value;
        Ok(())
    }

    /// The present place.
    pub(super) fn mark(&self) -> u32 {
        self.log.len() as u32
    }

    /// Appends the locals set since a place, with their values.
    pub(super) fn differences(&mut self, mark: u32, to: &mut Vec<(u32, Value)>) -> Result<()> {
        self.round += 1;
        for before in &self.log[mark as usize..] {
            let seen = &mut self.seen[before.local as usize];
            if core::mem::replace(seen, self.round) != self.round {
                to.try_push((before.local, self.values[before.local as usize]))?;
            }
        }
        Ok(())
    }

    /// Goes back to a place.
    pub(super) fn go_back(&mut self, mark: u32) {
        while self.log.len() > mark as usize
            && let Some(before) = self.log.pop()
        {
            self.values[before.local as usize] = before.value;
            self.last[before.local as usize] = before.last;
        }
    }
}
