//! The same calls at random on several file systems, each answer compared with the others'.
//!
//! In: a number, and roots that hold the same. Out: the first call whose answers differ, if any, and what came before.
//! What file systems may do as they like is left out of the answers: numbers (only whether two names are of one
//! file), sizes and link counts of directories, the order of names, times that nobody has set.

mod calls;
mod world;

use std::sync::Arc;

use ringzero::platform::Dir;

pub use calls::Call;
use calls::calls;
use world::{Answer, World};

/// Calls in one sequence.
pub const LENGTH: usize = 60;

/// What happened in a sequence.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// How many calls succeeded.
    pub succeeded: usize,
    /// How many failed, all with the same error.
    pub failed: usize,
    /// How many had no handle to be made on.
    pub idle: usize,
}

/// Makes the calls of one sequence on every root.
///
/// # Errors
/// The calls up to the first one whose answers differ, with those answers.
pub fn compare(number: u64, roots: &[Arc<dyn Dir>]) -> Result<Trace, String> {
    let mut worlds: Vec<World> = roots.iter().cloned().map(World::new).collect();
    let mut trace = Trace::default();
    let mut before = Vec::new();
    for call in calls(number) {
        let answers: Vec<_> = worlds.iter_mut().map(|world| world.make(&call)).collect();
        let Some(first) = answers.first() else { break };
        if answers.iter().any(|answer| answer != first) {
            return Err(format!("sequence {number}:\n  {}\n  {call:?}: {answers:#?}", before.join("\n  ")));
        }
        before.push(format!("{call:?}: {first:?}"));
        match first {
            Ok(Answer::Nothing) => trace.idle += 1,
            Ok(_) => trace.succeeded += 1,
            Err(_) => trace.failed += 1,
        }
    }
    Ok(trace)
}

/// What is there before a sequence begins, where it begins with files.
pub fn items() -> Vec<super::Item> {
    use super::Item;
    let content: Vec<u8> = (0..9000u32).map(|n| (n % 253) as u8).collect();
    vec![
        Item::file("a", &content),
        Item::dir("b"),
        Item::file("b/a", b"small"),
        Item::dir("b/b"),
        Item::hard("b/b/c", "a"),
        Item::link("b/d", "../a"),
        Item::dir("c"),
        Item::link("d", "b/b"),
        Item::file("e", b""),
    ]
}
