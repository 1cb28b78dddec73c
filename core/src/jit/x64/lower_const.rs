//! Constants of vector registers in loops: set once before the loop, as far as they are few and nothing in it calls.
//!
//! In: a constant that an instruction wants. Out: a virtual register with it, set at the end of the block before the
//! loop, which lowering reaches later. A call leaves nothing in registers: around one a constant stays behind the code.

use super::inst::{MInst, MOp};
use super::lower::{Lower, Lowering};
use crate::jit::improve::Improvement;
use crate::jit::ir::{Block, Function, Op, Ty};
use crate::jit::{CompileError, Result};
use crate::support::{Entity, TryPush};

/// The most constants that are kept for a loop.
const MOST: usize = 8;

/// A constant in a register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    in_loop: u32,
    bits: u128,
    ty: Ty,
    def: u32,
}

impl Lower {
    /// Finds for each loop the outermost one around it, or itself, in which nobody calls; 0 for none.
    pub(super) fn find_quiet_loops(&mut self, func: &Function) -> Result<()> {
        self.constants.clear();
        let quiet = &mut self.quiet;
        quiet.clear();
        quiet.try_reserve(func.loops.len()).map_err(|_| CompileError::OutOfMemory)?;
        quiet.resize(func.loops.len(), 1);
        if let [only] = quiet.as_mut_slice() {
            *only = 0;
            return Ok(());
        }
        for block in (0..func.blocks.len()).map(Block::from_index) {
            let inside = func.blocks[block].in_loop as usize;
            if inside != 0 && quiet[inside] != 0 {
                let calls = |op| matches!(op, Op::Call | Op::CallRef | Op::Builtin);
                let any = func.insts_of(block).any(|value| calls(func.insts[value].op));
                quiet[inside] = u32::from(!any);
            }
        }
        for inside in (1..func.loops.len()).rev() {
            let outer = func.loops[inside].parent as usize;
            quiet[outer] &= quiet[inside];
        }
        quiet[0] = 0;
        for inside in 1..func.loops.len() {
            if quiet[inside] != 0 {
                let outer = quiet[func.loops[inside].parent as usize];
                quiet[inside] = if outer == 0 { inside as u32 } else { outer };
            }
        }
        Ok(())
    }
}

impl Lowering<'_> {
    /// A register with a constant, set before the loop at hand.
    pub(super) fn kept_constant(&mut self, bits: u128, ty: Ty) -> Result<Option<u32>> {
        let in_loop = self.room.quiet[self.func.blocks[self.block].in_loop as usize];
        if in_loop == 0 || bits == 0 {
            return Ok(None);
        }
        let kept = &self.room.constants;
        if let Some(known) = kept.iter().find(|k| k.in_loop == in_loop && k.bits == bits && k.ty == ty) {
            return Ok(Some(known.def));
        }
        if kept.len() >= MOST || !self.may(Improvement::Constant) {
            return Ok(None);
        }
        let def = self.fresh(ty)?;
        self.room.constants.try_push(Kept { in_loop, bits, ty, def })?;
        Ok(Some(def))
    }

    /// Sets the constants of the loop that begins behind a block.
    pub(super) fn set_constants(&mut self, block: Block) -> Result<()> {
        let func = self.func;
        while let Some(&Kept { in_loop, bits, ty, def }) = self.room.constants.last()
            && func.loops[in_loop as usize].before == block
        {
            self.room.constants.pop();
            let imm = self.room.code.constant(bits)?;
            self.emit(MInst { def, imm, ..MInst::new(MOp::MovConst, ty.bytes()) })?;
        }
        Ok(())
    }
}
