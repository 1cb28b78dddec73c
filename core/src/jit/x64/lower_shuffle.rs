//! Lowering of shuffles: by the cheapest instruction that does it.
//!
//! In: two vectors, and for each byte of the result a number, which names one of theirs. Out: machine instructions.
//! A shuffle of one vector has it as both, and numbers below 16.

use super::lower::Lowering;
use super::lower_vector::{Arg, ONES_16, ONES_32};
use super::xmm::Xmm;
use crate::jit::ir::{Inst, NONE, Value};
use crate::jit::{CompileError, Result};

type Numbers = [u8; 16];

/// Instructions that interleave, with the bytes of a lane, and the first byte that they take.
const UNPACKS: [(Xmm, u8, u8); 8] = [
    (Xmm::Punpcklbw, 1, 0),
    (Xmm::Punpcklwd, 2, 0),
    (Xmm::Punpckldq, 4, 0),
    (Xmm::Punpcklqdq, 8, 0),
    (Xmm::Punpckhbw, 1, 8),
    (Xmm::Punpckhwd, 2, 8),
    (Xmm::Punpckhdq, 4, 8),
    (Xmm::Punpckhqdq, 8, 8),
];

impl Lowering<'_> {
    pub(super) fn shuffle(&mut self, def: u32, inst: Inst) -> Result<()> {
        let numbers =
            self.func.bits(Value(inst.c)).ok_or(CompileError::Internal("shuffle by no constant"))?;
        let numbers = numbers.to_le_bytes();
        if inst.a == inst.b {
            return self.shuffle_one(def, inst.a, numbers);
        }
        for (zero, value, numbers) in
            [(inst.b, inst.a, numbers), (inst.a, inst.b, numbers.map(|number| number ^ 16))]
        {
            if self.func.bits(Value(zero)) == Some(0) {
                return self.shuffle_with_zero(def, value, numbers);
            }
        }
        let (a, b) = (self.reg(inst.a)?, self.reg(inst.b)?);
        for (first, second, numbers) in [(a, b, numbers), (b, a, numbers.map(|number| number ^ 16))] {
            for (op, bytes, from) in UNPACKS {
                if numbers == unpacked(bytes, from, 16) {
                    return self.put(def, op, first, Arg::Reg(second), 0);
                }
            }
            // From byte n of the first on, and then the second.
            if (1..16).contains(&numbers[0]) && follows(&numbers, 32) {
                return self.put(def, Xmm::Palignr, second, Arg::Reg(first), numbers[0]);
            }
            if let Some(order) = halves(&numbers) {
                return self.put(def, Xmm::Shufps, first, Arg::Reg(second), order);
            }
        }
        if let Some(mask) = blend(&numbers) {
            return self.put(def, Xmm::Pblendw, a, Arg::Reg(b), mask);
        }
        if self.pack(def, a, b, &numbers)? {
            return Ok(());
        }
        let of_a = numbers.map(|number| if number < 16 { number } else { 0x80 });
        let of_b = numbers.map(|number| if number < 16 { 0x80 } else { number - 16 });
        let from_a = self.make(Xmm::Pshufb, a, Arg::Const(u128::from_le_bytes(of_a)), 0)?;
        let from_b = self.make(Xmm::Pshufb, b, Arg::Const(u128::from_le_bytes(of_b)), 0)?;
        self.put(def, Xmm::Por, from_a, Arg::Reg(from_b), 0)
    }

    fn shuffle_one(&mut self, def: u32, value: u32, numbers: Numbers) -> Result<()> {
        if let Some(order) = lanes::<4>(&numbers, 4) {
            return self.put(def, Xmm::Pshufd, NONE, Arg::Value(value), immediate(order));
        }
        if let Some(words) = lanes::<8>(&numbers, 2) {
            let identity = |words: &[u8], first: u8| words.iter().zip(first..).all(|(word, at)| *word == at);
            let order = |words: &[u8]| immediate([words[0] & 3, words[1] & 3, words[2] & 3, words[3] & 3]);
            if identity(&words[4..], 4) && words[..4].iter().all(|word| *word < 4) {
                return self.put(def, Xmm::Pshuflw, NONE, Arg::Value(value), order(&words[..4]));
            }
            if identity(&words[..4], 0) && words[4..].iter().all(|word| *word >= 4) {
                return self.put(def, Xmm::Pshufhw, NONE, Arg::Value(value), order(&words[4..]));
            }
        }
        let a = self.reg(value)?;
        for (op, bytes, from) in UNPACKS {
            if numbers == unpacked(bytes, from, 0) {
                return self.put(def, op, a, Arg::Reg(a), 0);
            }
        }
        if follows(&numbers, 16) {
            return self.put(def, Xmm::Palignr, a, Arg::Reg(a), numbers[0]);
        }
        if self.settings.features.avx2 && numbers == [0; 16] {
            return self.put(def, Xmm::Vpbroadcastb, NONE, Arg::Reg(a), 0);
        }
        self.put(def, Xmm::Pshufb, a, Arg::Const(u128::from_le_bytes(numbers)), 0)
    }

    /// Bytes from 16 on are zero: whole bytes shifted, or numbers whose highest bit is set.
    fn shuffle_with_zero(&mut self, def: u32, value: u32, numbers: Numbers) -> Result<()> {
        let a = self.reg(value)?;
        for count in 1..16 {
            if (0..16).all(|at| numbers[at].min(16) == (at as u8 + count).min(16)) {
                return self.put(def, Xmm::PsrldqImm, a, Arg::None, count);
            }
            let up = |at: u8| if at < count { 16 } else { at - count };
            if (0..16).all(|at| numbers[usize::from(at)].min(16) == up(at)) {
                return self.put(def, Xmm::PslldqImm, a, Arg::None, count);
            }
        }
        let numbers = numbers.map(|number| if number < 16 { number } else { 0x80 });
        self.put(def, Xmm::Pshufb, a, Arg::Const(u128::from_le_bytes(numbers)), 0)
    }

    /// Every other byte or word of both, by what narrows numbers that fit: the others are cleared, or shifted away.
    fn pack(&mut self, def: u32, a: u32, b: u32, numbers: &Numbers) -> Result<bool> {
        let (bytes, words) = ((Xmm::Packuswb, Xmm::PsrlwImm, 8), (Xmm::Packusdw, Xmm::PsrldImm, 16));
        for ((pack, shift, bits), lane, mask) in [(bytes, 1, 0xff * ONES_16), (words, 2, 0xffff * ONES_32)] {
            for odd in [false, true] {
                let from = if odd { lane } else { 0 };
                let fits =
                    (0..16).all(|at| numbers[usize::from(at)] == at / lane * 2 * lane + at % lane + from);
                if !fits {
                    continue;
                }
                let [a, b] = if odd {
                    [self.make_of(shift, a, bits)?, self.make_of(shift, b, bits)?]
                } else {
                    let a = self.make(Xmm::Pand, a, Arg::Const(mask), 0)?;
                    [a, self.make(Xmm::Pand, b, Arg::Const(mask), 0)?]
                };
                self.put(def, pack, a, Arg::Reg(b), 0)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What interleaving lanes gives.
fn unpacked(bytes: u8, from: u8, second: u8) -> Numbers {
    let mut numbers = [0; 16];
    for (at, number) in (0..).zip(&mut numbers) {
        let lane: u8 = at / bytes;
        *number = from + lane / 2 * bytes + at % bytes + if lane.is_multiple_of(2) { 0 } else { second };
    }
    numbers
}

/// Whether each number follows the one before, modulo `all`.
fn follows(numbers: &Numbers, all: u8) -> bool {
    numbers.windows(2).all(|pair| pair[1] == (pair[0] + 1) % all)
}

/// The numbers of whole lanes of so many bytes.
fn lanes<const N: usize>(numbers: &Numbers, bytes: u8) -> Option<[u8; N]> {
    let mut lanes = [0; N];
    for (lane, chunk) in lanes.iter_mut().zip(numbers.chunks_exact(usize::from(bytes))) {
        let whole = chunk[0] % bytes == 0 && chunk.windows(2).all(|pair| pair[1] == pair[0] + 1);
        if !whole {
            return None;
        }
        *lane = chunk[0] / bytes;
    }
    Some(lanes)
}

/// Four numbers of two bits.
fn immediate([a, b, c, d]: [u8; 4]) -> u8 {
    a | b << 2 | c << 4 | d << 6
}

/// Two lanes of the first and two of the second.
fn halves(numbers: &Numbers) -> Option<u8> {
    let lanes = lanes::<4>(numbers, 4)?;
    let fits = lanes[..2].iter().all(|lane| *lane < 4) && lanes[2..].iter().all(|lane| *lane >= 4);
    fits.then(|| immediate(lanes.map(|lane| lane & 3)))
}

/// Each word from its own place in either.
fn blend(numbers: &Numbers) -> Option<u8> {
    let words = lanes::<8>(numbers, 2)?;
    let mut mask = 0;
    for (at, word) in words.into_iter().enumerate() {
        match usize::from(word) {
            from if from == at => {}
            from if from == at + 8 => mask |= 1 << at,
            _ => return None,
        }
    }
    Some(mask)
}
