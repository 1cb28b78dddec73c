//! Modules by number, made to be run: valid, everything exported, and every call ends.
//!
//! In: a number. Out: the same module for the same number, or nothing where the generator cannot make one.

use crate::fuzz::random::Random;
use wasm_smith::{Config, Module};

const PAGE: u64 = 1 << 16;

/// What a module is made of: bytes that the generator reads, and its settings, which follow from the number.
#[derive(Clone, Debug)]
pub struct Recipe {
    number: u64,
    bytes: Vec<u8>,
}

impl Recipe {
    /// The recipe with this number.
    pub fn new(number: u64) -> Self {
        let mut random = Random::new(number);
        let most = if random.below(8) == 0 { 64 << 10 } else { 12 << 10 };
        let len = (1 << 10) + random.below(most);
        Self { number, bytes: random.bytes(len) }
    }

    /// The module.
    pub fn module(&self) -> Option<Vec<u8>> {
        let mut random = Random::new(!self.number);
        let fuel = 1000 + random.below(9000);
        let config = config(&mut random);
        let mut module = Module::new(config, &mut arbitrary::Unstructured::new(&self.bytes)).ok()?;
        module.ensure_termination(fuel as u32).ok()?;
        Some(module.to_bytes())
    }

    /// The smallest recipe found, by leaving out ever smaller pieces, for which `keeps` still holds.
    pub fn reduce(mut self, keeps: impl Fn(&Self) -> bool) -> Self {
        let mut piece = self.bytes.len() / 2;
        while piece > 0 {
            let mut at = 0;
            while at < self.bytes.len() {
                let mut shorter = self.clone();
                shorter.bytes.drain(at..(at + piece).min(self.bytes.len()));
                if keeps(&shorter) {
                    self = shorter;
                } else {
                    at += piece;
                }
            }
            piece /= 2;
        }
        self
    }
}

/// What the runtime has, is on; sizes are bounded, so that growth has the same outcome everywhere.
fn config(random: &mut Random) -> Config {
    let memory = [1, 2, 16][random.below(3)] * PAGE;
    Config {
        canonicalize_nans: true,
        export_everything: true,
        disallow_traps: random.below(2) == 0,
        max_imports: [0, 6][random.below(2)],
        min_funcs: 1 + random.below(8),
        max_funcs: 8 + random.below(8),
        max_instructions: 20 + random.below(400),
        max_types: 20,
        max_type_size: 100_000,
        max_globals: 12,
        max_element_segments: 8,
        max_elements: 20,
        max_data_segments: 8,
        min_memories: random.below(2) as u32,
        max_memories: 1 + random.below(3),
        max_memory32_bytes: memory,
        max_memory64_bytes: memory.into(),
        memory_max_size_required: true,
        memory64_enabled: random.below(3) == 0,
        custom_page_sizes_enabled: random.below(4) == 0,
        min_tables: random.below(2) as u32,
        max_tables: 1 + random.below(3),
        max_table_elements: [5, 200][random.below(2)],
        table_max_size_required: true,
        wide_arithmetic_enabled: random.below(2) == 0,
        simd_enabled: random.below(2) == 0,
        relaxed_simd_enabled: random.below(4) == 0,
        tail_call_enabled: random.below(2) == 0,
        extended_const_enabled: true,
        multi_value_enabled: true,
        bulk_memory_enabled: true,
        reference_types_enabled: true,
        exceptions_enabled: false,
        gc_enabled: false,
        threads_enabled: false,
        compact_imports_enabled: false,
        ..Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_the_same_module_again() {
        for number in 0..50 {
            assert_eq!(Recipe::new(number).module(), Recipe::new(number).module());
        }
    }

    #[test]
    fn reduction_keeps_what_matters() {
        let recipe = Recipe::new(7);
        let wanted = recipe.bytes[100];
        let small = recipe.reduce(|r| r.bytes.contains(&wanted));
        assert_eq!(small.bytes, [wanted]);
    }
}
