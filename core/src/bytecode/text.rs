//! The text form: one operation a line, for tests and for people.
//!
//! In: code. Out: lines such as `   12  I32AddImm r3 r1 #5`; a result that only the accumulator gets is shown as
//! `(r3)`. It reads code defensively, so that a broken one is shown as far as it goes,
//! and knows only heads that are numbers.

use core::fmt;

use super::{HEAD_UNITS, Op, Operand, read_u32, read_u64};

/// Code that displays as text.
pub(crate) struct Listing<'a>(pub(crate) &'a [u16]);

/// The operation at this place, if there is one.
pub(crate) fn op_at(code: &[u16], at: usize) -> Option<Op> {
    let number = usize::from(*code.get(at)?);
    (number < 2 * Op::ALL.len()).then(|| Op::ALL[number % Op::ALL.len()])
}

/// Whether the operation at this place leaves its result in the accumulator alone.
fn passes(code: &[u16], at: usize) -> bool {
    code.get(at).is_some_and(|&number| usize::from(number) >= Op::ALL.len())
}

/// How many units the operation at this place takes, with its operands.
pub(crate) fn units_at(code: &[u16], at: usize) -> Option<usize> {
    let op = op_at(code, at)?;
    let fixed = HEAD_UNITS + op.operands().iter().map(|operand| operand.units()).sum::<usize>();
    if op == Op::BrTable {
        let targets = read_u32(code, at + HEAD_UNITS + 1)? as usize + 1;
        return Some(fixed + targets * Operand::Branch.units());
    }
    Some(fixed)
}

impl Listing<'_> {
    fn operand(&self, f: &mut fmt::Formatter<'_>, start: usize, at: usize, kind: Operand) -> fmt::Result {
        let wide = || read_u32(self.0, at).unwrap_or(0);
        let slot = || self.0.get(at).copied().unwrap_or(0);
        match kind {
            Operand::Dst if at == start + HEAD_UNITS && passes(self.0, start) => write!(f, " (r{})", slot()),
            Operand::Dst | Operand::Src => write!(f, " r{}", slot()),
            Operand::U16 => write!(f, " {}", slot()),
            Operand::Imm32 => write!(f, " #{:#x}", wide()),
            Operand::Imm64 => write!(f, " #{:#x}", read_u64(self.0, at).unwrap_or(0)),
            Operand::Branch => write!(f, " @{}", start as i64 + i64::from(wide() as i32)),
            Operand::U32 => write!(f, " {}", wide()),
            Operand::U64 => write!(f, " {}", read_u64(self.0, at).unwrap_or(0)),
        }
    }
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut at = 0;
        while let Some((op, units)) = op_at(self.0, at).zip(units_at(self.0, at)) {
            write!(f, "{at:6}  {op:?}")?;
            let mut place = at + HEAD_UNITS;
            for &kind in op.operands() {
                self.operand(f, at, place, kind)?;
                place += kind.units();
            }
            while place < at + units {
                self.operand(f, at, place, Operand::Branch)?;
                place += Operand::Branch.units();
            }
            writeln!(f)?;
            at += units;
        }
        Ok(())
    }
}
