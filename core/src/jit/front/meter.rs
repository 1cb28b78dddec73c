//! What a body costs, and where it looks whether it shall stop: a reading of its own, where either is wanted.
//!
//! In: operators. Out: [`Meter`], which says of each stretch what its operators cost together, as the interpreter's
//! translator does: a stretch begins with the function, with a loop's body, with either arm of an `if`, and behind the end
//! of a block; each operator in it that can be reached costs 1, but `block`, `loop`, `else`, `end` and `nop`, which are
//! free. It follows what can be reached by the rules of validation alone: what the compiler finds out besides changes no
//! price.

use alloc::vec::Vec;

use wasmparser::{BrTable, VisitOperator, VisitSimdOperator};

use crate::decode::Sink;
use crate::jit::ir::NONE;
use crate::jit::{CompileError, Result};
use crate::support::TryPush;

/// The most operators, in the order of the code, between two polls.
const MOST_UNPOLLED: u32 = 1000;
/// The most after a call.
const MOST_AFTER_CALL: u32 = 8;

/// What begins at each loop, `if`, `else` and `end`, and with the function, in the order of the code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// What its operators cost together.
    pub(super) cost: u32,
    /// The first of them.
    pub(super) offset: u32,
    /// It is polled before that one.
    pub(super) poll: bool,
}

/// An open block.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// It was opened where code can be reached.
    live: bool,
    kind: Kind,
    /// Somebody branches to its end.
    branched: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    /// An `if` whose `else` has not been seen: there is a way past it.
    If,
}

/// The pass and what it has found. Its containers are used again.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(super) stretches: Vec<Stretch>,
    /// Operators, by their offset, that are polled before in the middle of a stretch.
    pub(super) polls: Vec<u32>,
    /// Operators pay.
    pub(super) fuel: bool,
    /// Operators look whether they shall stop.
    pub(super) interruption: bool,
    open: Vec<Open>,
    unreachable: bool,
    unpolled: u32,
    offset: u32,
}

impl Meter {
    /// Forgets everything. Where neither is wanted, bodies are not read.
    pub(crate) fn begin(&mut self, fuel: bool, interruption: bool) {
        self.stretches.clear();
        self.polls.clear();
        self.open.clear();
        (self.fuel, self.interruption) = (fuel, interruption);
        (self.unreachable, self.unpolled) = (false, 0);
    }

    fn stretch(&mut self) -> Result<()> {
        Ok(self.stretches.try_push(Stretch { cost: 0, offset: NONE, poll: false })?)
    }

    /// An operator that is not free.
    fn charge(&mut self) -> Result<()> {
        if self.unreachable {
            return Ok(());
        }
        self.unpolled += 1;
        let due = self.unpolled > MOST_UNPOLLED;
        let Some(stretch) = self.stretches.last_mut() else { return Ok(()) };
        stretch.cost += 1;
        if stretch.cost == 1 {
            (stretch.offset, stretch.poll) = (self.offset, due);
        } else if due {
            self.polls.try_push(self.offset)?;
        }
        if due {
            self.unpolled = 0;
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind) -> Result<()> {
        Ok(self.open.try_push(Open { live: !self.unreachable, kind, branched: false })?)
    }

    fn open_loop(&mut self) -> Result<()> {
        self.open(Kind::Loop)?;
        if !self.unreachable {
            self.unpolled = 0;
        }
        self.stretch()
    }

    fn open_if(&mut self) -> Result<()> {
        self.charge()?;
        self.open(Kind::If)?;
        self.stretch()
    }

    fn open_else(&mut self) -> Result<()> {
        if let Some(open) = self.open.last_mut().filter(|open| open.live) {
            // The first arm's end is as good as a branch.
            open.branched |= !self.unreachable;
            open.kind = Kind::Block;
            self.unreachable = false;
        }
        self.stretch()
    }

    fn close(&mut self) -> Result<()> {
        if let Some(open) = self.open.pop().filter(|open| open.live) {
            self.unreachable &= !open.branched && open.kind != Kind::If;
        }
        self.stretch()
    }

    fn branch(&mut self, depth: u32) {
        let position = self.open.len().checked_sub(1 + depth as usize);
        if let Some(open) = position.and_then(|position| self.open.get_mut(position))
            && !self.unreachable
            && open.kind != Kind::Loop
        {
            open.branched = true;
        }
    }

    fn leave(&mut self) -> Result<()> {
        self.charge()?;
        self.unreachable = true;
        Ok(())
    }

    fn br_if(&mut self, depth: u32) -> Result<()> {
        self.branch(depth);
        self.charge()
    }

    fn br(&mut self, depth: u32) -> Result<()> {
        self.branch(depth);
        self.leave()
    }

    fn br_table(&mut self, targets: &BrTable<'_>) -> Result<()> {
        for target in targets.targets() {
            self.branch(target.map_err(|_| CompileError::Internal("branch table"))?);
        }
        self.branch(targets.default());
        self.leave()
    }

    fn call(&mut self) -> Result<()> {
        self.charge()?;
        if !self.unreachable {
            // Returning from a deep recursion enters nothing, and turns no loop.
            self.unpolled = self.unpolled.max(MOST_UNPOLLED - MOST_AFTER_CALL);
        }
        Ok(())
    }
}

impl wasmparser::FrameStack for Meter {
    fn current_frame(&self) -> Option<wasmparser::FrameKind> {
        Some(wasmparser::FrameKind::If)
    }
}

impl Sink for Meter {
    type Error = CompileError;

    fn begin_body(&mut self, _: usize) -> Result<()> {
        self.begin(self.fuel, self.interruption);
        self.open(Kind::Block)?;
        self.stretch()
    }

    fn locals(&mut self, _: u32, _: wasmparser::ValType) -> Result<()> {
        Ok(())
    }

    fn begin_operators(&mut self) -> Result<()> {
        Ok(())
    }

    fn begin_operator(&mut self, offset: usize) {
        self.offset = offset as u32;
    }

    fn end_body(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What an operator means to this pass, by its method's name; all others cost 1.
macro_rules! price {
    ($self:ident visit_nop) => {
        Ok(())
    };
    ($self:ident visit_block $($rest:tt)*) => {
        $self.open(Kind::Block)
    };
    ($self:ident visit_loop $($rest:tt)*) => {
        $self.open_loop()
    };
    ($self:ident visit_if $($rest:tt)*) => {
        $self.open_if()
    };
    ($self:ident visit_else) => {
        $self.open_else()
    };
    ($self:ident visit_end) => {
        $self.close()
    };
    ($self:ident visit_br $depth:ident) => {
        $self.br($depth)
    };
    ($self:ident visit_br_if $depth:ident) => {
        $self.br_if($depth)
    };
    ($self:ident visit_br_table $targets:ident) => {
        $self.br_table(&$targets)
    };
    ($self:ident visit_return) => {
        $self.leave()
    };
    ($self:ident visit_unreachable) => {
        $self.leave()
    };
    ($self:ident visit_return_call $($rest:tt)*) => {
        $self.leave()
    };
    ($self:ident visit_return_call_indirect $($rest:tt)*) => {
        $self.leave()
    };
    ($self:ident visit_call $($rest:tt)*) => {
        $self.call()
    };
    ($self:ident visit_call_indirect $($rest:tt)*) => {
        $self.call()
    };
    ($self:ident $other:ident $($arg:ident)*) => {
        $self.charge()
    };
}

macro_rules! methods {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        $(fn $visit(&mut self $($(, $arg: $argty)*)?) -> Result<()> {
            price!(self $visit $($($arg)*)?)
        })*
    };
}

#[expect(unused_variables, reason = "what operators say besides does not change their price")]
impl<'a> VisitOperator<'a> for Meter {
    type Output = Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result<()>>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(methods);
}

#[expect(unused_variables, reason = "what operators say besides does not change their price")]
impl VisitSimdOperator<'_> for Meter {
    wasmparser::for_each_visit_simd_operator!(methods);
}
