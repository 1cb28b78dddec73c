//! Whether an allocation says the same as the code it was made from.
//!
//! In: code and its allocation. Out: the first thing that is wrong. The method is symbolic execution: each place holds the
//! set of values that are in it on every way, the sets meet where ways do, until nothing changes; then every
//! operand must be in its place. It shares nothing with the allocator but the places.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::Place;
use super::alloc::Allocation;
use super::live::operands;
use crate::jit::ir::{Block, Edge, Function, NONE, Value};
use crate::jit::x64::{ArgPlace, Code, Constraint, MInst, MOp, PReg, Places, ZERO, is_virtual};
use crate::support::Entity;

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol {
    Value(u32),
    Imm(i64),
    Const(i64),
}

/// By place, as an operand: what is in it.
type State = BTreeMap<u32, Vec<Symbol>>;

/// Checks an allocation.
///
/// # Errors
/// What is wrong.
pub(crate) fn check(func: &Function, code: &Code, allocation: &Allocation) -> Result<(), &'static str> {
    let mut checker = Checker { func, code, allocation, states: vec![None; func.blocks.len()] };
    checker.states[0] = Some(checker.at_entry());
    let mut work = vec![Block(0)];
    while let Some(block) = work.pop() {
        let Some(mut state) = checker.states[block.index()].clone() else { continue };
        checker.block(block, &mut state)?;
        for edge in func.succs(block) {
            let arrived = checker.edge(edge, state.clone())?;
            let to = func.edges[edge].to;
            if meet(&mut checker.states[to.index()], arrived) {
                work.push(to);
            }
        }
    }
    Ok(())
}

/// Takes away what is not on both ways; whether that is a change.
fn meet(state: &mut Option<State>, arrived: State) -> bool {
    let Some(known) = state else {
        *state = Some(arrived);
        return true;
    };
    let mut changed = false;
    known.retain(|place, symbols| {
        let before = symbols.len();
        symbols.retain(|symbol| arrived.get(place).is_some_and(|there| there.contains(symbol)));
        changed |= symbols.len() != before;
        !symbols.is_empty()
    });
    changed
}

struct Checker<'c> {
    func: &'c Function,
    code: &'c Code,
    allocation: &'c Allocation,
    states: Vec<Option<State>>,
}

fn holds(state: &State, place: u32, symbol: Symbol) -> bool {
    state.get(&place).is_some_and(|symbols| symbols.contains(&symbol))
}

impl Checker<'_> {
    fn at_entry(&self) -> State {
        let mut state = State::new();
        let mut places = Places::default();
        for param in self.func.params(Block(0)) {
            if let ArgPlace::Reg(reg) = places.next(self.func.ty(param)) {
                state.insert(reg.operand(), vec![Symbol::Value(param.0)]);
                if Place::of(self.allocation.params[param.index()]) == Some(Place::Reg(reg)) {
                    self.keep(&mut state, param.0);
                }
            }
        }
        state
    }

    /// A value is defined here: whatever had its name is an older one, and its slot gets it.
    fn define(&self, state: &mut State, value: u32, place: u32) {
        for symbols in state.values_mut() {
            symbols.retain(|symbol| *symbol != Symbol::Value(value));
        }
        state.insert(place, vec![Symbol::Value(value)]);
        self.keep(state, value);
    }

    fn keep(&self, state: &mut State, value: u32) {
        let slot = self.allocation.slots[value as usize];
        if slot != NONE {
            state.insert(Place::Slot(slot).operand(), vec![Symbol::Value(value)]);
        }
    }

    fn block(&self, block: Block, state: &mut State) -> Result<(), &'static str> {
        for store in self.allocation.stores.iter().filter(|store| store.block == block) {
            if !holds(state, store.reg.operand(), Symbol::Value(store.value)) {
                return Err("what is stored at a block's start is not in its register");
            }
            state.insert(Place::Slot(store.slot).operand(), vec![Symbol::Value(store.value)]);
        }
        for at in self.allocation.blocks[block.index()].clone() {
            let inst = &self.allocation.insts[at as usize];
            match self.allocation.source[at as usize] {
                NONE => step(state, inst),
                source => self.inst(state, inst, &self.code.insts[source as usize])?,
            }
        }
        Ok(())
    }

    fn inst(&self, state: &mut State, inst: &MInst, original: &MInst) -> Result<(), &'static str> {
        let shape = original.op.shape();
        let (mut was, is) = (operands(original), operands(inst));
        let in_place = |was: &[u32; 4]| {
            (0..4).all(|p| {
                if is_virtual(was[p]) { holds(state, is[p], Symbol::Value(was[p])) } else { was[p] == is[p] }
            })
        };
        if !in_place(&was) {
            was.swap(0, 1);
            if !shape.commutes || !in_place(&was) {
                return Err("operand is not in its place");
            }
        }
        for (place, constraint) in [(is[0], shape.a), (is[1], shape.b), (inst.def, shape.def)] {
            let fits = match constraint {
                _ if place == NONE => true,
                Constraint::Any => true,
                Constraint::Reg => matches!(Place::of(place), Some(Place::Reg(_))),
                Constraint::Fixed(reg) => Place::of(place) == Some(Place::Reg(reg)),
                Constraint::Tied => inst.def == NONE || place == inst.def,
            };
            if !fits {
                return Err("place is not what the instruction asks for");
            }
        }
        if shape.early && is.contains(&inst.def) {
            return Err("result is where an operand is still needed");
        }
        let (used, defined) = self.code.lists(original);
        for pair in used.chunks_exact(2) {
            if !holds(state, PReg(pair[1] as u8).operand(), Symbol::Value(pair[0])) {
                return Err("operand is not in the register that it must be in");
            }
        }
        if !original.op.leaves() {
            for reg in shape.clobbers.iter() {
                state.remove(&reg.operand());
            }
        }
        if is_virtual(original.def) {
            self.define(state, original.def, inst.def);
        }
        for pair in defined.chunks_exact(2) {
            self.define(state, pair[0], PReg(pair[1] as u8).operand());
        }
        Ok(())
    }

    fn edge(&self, edge: Edge, mut state: State) -> Result<State, &'static str> {
        let func = self.func;
        for at in self.allocation.edges[edge.index()].clone() {
            step(&mut state, &self.allocation.moves[at as usize]);
        }
        let to = func.edges[edge].to;
        let mut arrivals = Vec::new();
        for (&arg, param) in func.args(edge).iter().zip(func.params(to)) {
            let place = self.allocation.params[param.index()];
            if place == NONE {
                continue;
            }
            let there = state.get(&place).map_or(&[][..], |symbols| symbols);
            let fits = there.iter().any(|symbol| match (*symbol, func.bits(Value(arg))) {
                (Symbol::Value(value), _) => value == func.same(arg),
                (Symbol::Imm(imm), Some(bits)) => u128::from(imm as u64) == bits,
                (Symbol::Const(ZERO), Some(bits)) => bits == 0,
                (Symbol::Const(at), Some(bits)) => self.code.constants[at as usize] == bits,
                _ => false,
            });
            if !fits {
                return Err("argument is not where its parameter is");
            }
            arrivals.push((param.0, place));
        }
        for &(param, _) in &arrivals {
            for symbols in state.values_mut() {
                symbols.retain(|symbol| *symbol != Symbol::Value(param));
            }
        }
        for &(param, place) in &arrivals {
            state.entry(place).or_default().push(Symbol::Value(param));
        }
        for (param, place) in arrivals {
            if matches!(Place::of(place), Some(Place::Reg(_))) {
                self.keep(&mut state, param);
            }
        }
        Ok(state)
    }
}

/// A move of the allocator.
fn step(state: &mut State, inst: &MInst) {
    match inst.op {
        MOp::MovImm => {
            state.insert(inst.def, vec![Symbol::Imm(inst.imm)]);
        }
        MOp::MovConst => {
            if matches!(Place::of(inst.def), Some(Place::Slot(_))) {
                state.remove(&PReg::SCRATCH.operand());
            }
            state.insert(inst.def, vec![Symbol::Const(inst.imm)]);
        }
        MOp::Exchange => {
            let (a, b) = (state.remove(&inst.def), state.remove(&inst.a));
            state.insert(inst.def, b.unwrap_or_default());
            state.insert(inst.a, a.unwrap_or_default());
        }
        _ => {
            let symbols = state.get(&inst.a).cloned().unwrap_or_default();
            state.insert(inst.def, symbols);
        }
    }
}
