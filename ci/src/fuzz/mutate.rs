//! Inputs by number: a seed with a few mutations, or a module that `wasm-smith` generates.
//!
//! In: a number. Out: the same bytes for the same number in every run.

use super::random::Random;
use super::seeds::seeds;
use wasm_smith::{Config, Module};

/// The inputs.
#[derive(Debug)]
pub struct Inputs {
    seeds: Vec<Vec<u8>>,
}

/// Bytes at which formats break: signs, continuation bits, section numbers, prefixes of operators.
const INTERESTING: [u8; 20] = [
    0, 1, 2, 0x0b, 0x0a, 0x40, 0x60, 0x6f, 0x70, 0x7b, 0x7f, 0x80, 0x81, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0x1f,
    0x05,
];

impl Inputs {
    /// Collects the seeds. Takes a second or two.
    pub fn new() -> Self {
        Self { seeds: seeds() }
    }

    /// How many modules mutation starts from.
    pub fn seed_count(&self) -> usize {
        self.seeds.len()
    }

    /// The modules that mutation starts from.
    pub fn seeds(&self) -> impl Iterator<Item = &[u8]> {
        self.seeds.iter().map(Vec::as_slice)
    }

    /// The input with this number.
    pub fn get(&self, number: u64) -> Vec<u8> {
        let mut random = Random::new(number);
        let mut input =
            if random.below(8) == 0 { generate(&mut random) } else { self.seed(&mut random).to_vec() };
        // One input in eight stays whole, so that valid modules are translated as well.
        if random.below(8) != 0 {
            for _ in 0..=random.below(4) {
                self.mutate(&mut input, &mut random);
            }
        }
        input
    }

    fn seed(&self, random: &mut Random) -> &[u8] {
        &self.seeds[random.below(self.seeds.len())]
    }

    fn mutate(&self, input: &mut Vec<u8>, random: &mut Random) {
        match random.below(16) {
            0..=3 => flip_bit(input, random),
            4..=6 => set_byte(input, random),
            7 => input.truncate(random.below(input.len())),
            8 => remove(input, random),
            9 => repeat(input, random),
            10 => insert(input, random),
            11 => widen(input, random),
            12 => swap(input, random),
            13 => copy_within(input, random),
            _ => self.splice(input, random),
        }
    }

    /// The head of the input, then the tail of another seed; or a piece of another seed in the middle.
    fn splice(&self, input: &mut Vec<u8>, random: &mut Random) {
        let other = self.seed(random);
        let (at, from) = (random.below(input.len() + 1), random.below(other.len()));
        if random.below(2) == 0 {
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        } else {
            let len = random.below((other.len() - from).min(64) + 1);
            input.splice(at..at, other[from..from + len].iter().copied());
        }
    }
}

impl Default for Inputs {
    fn default() -> Self {
        Self::new()
    }
}

/// A generated module; where the generator fails, the bytes it was given.
fn generate(random: &mut Random) -> Vec<u8> {
    let len = 64 + random.below(4096);
    let bytes = random.bytes(len);
    let config = Config {
        exceptions_enabled: random.below(8) == 0,
        gc_enabled: random.below(8) == 0,
        threads_enabled: random.below(8) == 0,
        compact_imports_enabled: false,
        memory64_enabled: random.below(2) == 0,
        custom_page_sizes_enabled: random.below(2) == 0,
        wide_arithmetic_enabled: random.below(2) == 0,
        extended_const_enabled: true,
        tail_call_enabled: true,
        relaxed_simd_enabled: true,
        simd_enabled: true,
        max_memories: 4,
        max_tables: 4,
        ..Config::default()
    };
    match Module::new(config, &mut arbitrary::Unstructured::new(&bytes)) {
        Ok(module) => module.to_bytes(),
        Err(_) => bytes,
    }
}

/// A short range within the input.
fn range(input: &[u8], random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(input.len() + 1);
    let len = random.below((input.len() - start).min(32) + 1);
    start..start + len
}

pub(super) fn flip_bit(input: &mut [u8], random: &mut Random) {
    let (at, bit) = (random.below(input.len()), random.below(8));
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

pub(super) fn set_byte(input: &mut [u8], random: &mut Random) {
    let (at, value) = (random.below(input.len()), INTERESTING[random.below(INTERESTING.len())]);
    if let Some(byte) = input.get_mut(at) {
        *byte = value;
    }
}

pub(super) fn remove(input: &mut Vec<u8>, random: &mut Random) {
    let range = range(input, random);
    input.drain(range);
}

pub(super) fn repeat(input: &mut Vec<u8>, random: &mut Random) {
    let range = range(input, random);
    let piece = input[range.clone()].repeat(1 + random.below(8));
    input.splice(range.end..range.end, piece);
}

pub(super) fn insert(input: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(input.len() + 1);
    let len = 1 + random.below(8);
    let bytes = random.bytes(len);
    input.splice(at..at, bytes);
}

/// Turns a byte into a long, mostly huge, variable-length number.
fn widen(input: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(input.len());
    let len = 1 + random.below(9);
    let mut number: Vec<u8> = random.bytes(len).iter().map(|b| b | 0x80).collect();
    number.push((random.next() & 0x7f) as u8);
    if at < input.len() {
        input.splice(at..=at, number);
    }
}

pub(super) fn swap(input: &mut [u8], random: &mut Random) {
    let (a, b) = (random.below(input.len()), random.below(input.len()));
    if !input.is_empty() {
        input.swap(a, b);
    }
}

pub(super) fn copy_within(input: &mut [u8], random: &mut Random) {
    let range = range(input, random);
    let to = random.below(input.len() - range.len() + 1);
    input.copy_within(range, to);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_the_same_input_again() {
        let inputs = Inputs::new();
        assert!(inputs.seed_count() > 2000, "{} seeds", inputs.seed_count());
        let first: Vec<_> = (0..200).map(|n| inputs.get(n)).collect();
        assert!((0..200).all(|n| inputs.get(n) == first[n as usize]));
        let distinct: std::collections::BTreeSet<_> = first.iter().collect();
        assert!(distinct.len() > 190);
    }

    #[test]
    fn every_mutation_bears_an_empty_input() {
        let inputs = Inputs { seeds: vec![Vec::new()] };
        for number in 0..2000 {
            let mut input = Vec::new();
            inputs.mutate(&mut input, &mut Random::new(number));
        }
    }
}
