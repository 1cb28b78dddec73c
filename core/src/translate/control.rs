//! The control stack at translation: which labels are open and who waits for their place.
//!
//! In: blocks opened and closed. Out: frames. It emits nothing.

use alloc::vec::Vec;

use super::emit::Fixup;
use super::{Result, TranslateError};
use crate::support::TryPush;
use crate::wasm::{FuncType, ValType};

/// No entry.
const NONE: u32 = u32::MAX;

/// What a block takes and gives.
#[derive(Clone, Debug)]
pub(super) enum Signature {
    Empty,
    One(ValType),
    Func(FuncType),
}

impl Signature {
    pub(super) fn params(&self) -> &[ValType] {
        match self {
            Self::Empty | Self::One(_) => &[],
            Self::Func(ty) => ty.params(),
        }
    }

    pub(super) fn results(&self) -> &[ValType] {
        match self {
            Self::Empty => &[],
            Self::One(ty) => core::slice::from_ref(ty),
            Self::Func(ty) => ty.results(),
        }
    }
}

/// What kind of block is open.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// The function itself: a branch to it returns.
    Function,
    Block,
    /// A branch to it goes back to this place.
    Loop(usize),
    /// The first arm, with the branch that skips it.
    If(Option<Fixup>),
    /// The second arm.
    Else,
}

/// An open block.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) signature: Signature,
    /// How many operands lie below its parameters.
    pub(super) height: usize,
    /// The slot of its first parameter or result.
    pub(super) slot: usize,
    /// It was opened where code can be reached.
    pub(super) live: bool,
    /// Somebody branches to its end.
    pub(super) branched: bool,
    /// The last of the branches that wait for its end.
    waiting: u32,
}

impl Frame {
    pub(super) fn new(kind: Kind, signature: Signature, height: usize, slot: usize) -> Self {
        Self { kind, signature, height, slot, live: true, branched: false, waiting: NONE }
    }

    /// What a branch to this block's label carries.
    pub(super) fn label_types(&self) -> &[ValType] {
        match self.kind {
            Kind::Loop(_) => self.signature.params(),
            _ => self.signature.results(),
        }
    }
}

/// The open blocks, innermost last, and the branches that wait for an end.
#[derive(Debug, Default)]
pub(super) struct Control {
    frames: Vec<Frame>,
    waiting: Vec<(Fixup, u32)>,
    /// The present place cannot be reached: operators are skipped until the block ends.
    pub(super) unreachable: bool,
}

impl Control {
    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.waiting.clear();
        self.unreachable = false;
    }

    pub(super) fn push_function(&mut self, slot: usize) -> Result<()> {
        self.push(Frame::new(Kind::Function, Signature::Empty, 0, slot))
    }

    pub(super) fn push(&mut self, frame: Frame) -> Result<()> {
        self.frames.try_push(frame)?;
        Ok(())
    }

    /// Opens a block in code that cannot be reached: it only has to be closed again.
    pub(super) fn push_dead(&mut self, kind: Kind) -> Result<()> {
        let mut frame = Frame::new(kind, Signature::Empty, 0, 0);
        frame.live = false;
        self.push(frame)
    }

    pub(super) fn pop(&mut self) -> Option<Frame> {
        self.frames.pop()
    }

    pub(super) fn top(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// The position of the block that a relative depth names.
    pub(super) fn position(&self, depth: u32) -> Result<usize> {
        self.frames.len().checked_sub(1 + depth as usize).ok_or(TranslateError::Unsupported)
    }

    pub(super) fn frame(&self, position: usize) -> &Frame {
        &self.frames[position]
    }

    /// The branch waits for the end of the block at this position.
    pub(super) fn wait(&mut self, position: usize, fixup: Fixup) -> Result<()> {
        let entry = self.waiting.len() as u32;
        let frame = &mut self.frames[position];
        let before = core::mem::replace(&mut frame.waiting, entry);
        frame.branched = true;
        self.waiting.try_push((fixup, before))?;
        Ok(())
    }

    /// The branches that waited for the end of a block, last first.
    pub(super) fn waiting(&self, frame: &Frame) -> impl Iterator<Item = Fixup> {
        let mut next = frame.waiting;
        core::iter::from_fn(move || {
            let (fixup, before) = *self.waiting.get(next as usize)?;
            next = before;
            Some(fixup)
        })
    }
}
