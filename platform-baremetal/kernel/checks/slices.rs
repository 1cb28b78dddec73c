//! Two guests on one processor: each runs until its slice of fuel is used up, and is suspended.

use alloc::string::{String, ToString};

use ringzero::{Config, Engine, Error, Func, Instance, Module, ResumableCall, Store, Suspension, Val};

use crate::machine::Machine;
use crate::say;

/// Fuel of one slice.
const SLICE: u64 = 1_000;
/// What the guests compute: how many steps a number takes to 1 by halving it or tripling it and adding 1.
const NUMBERS: [i64; 2] = [837_799, 63_728_127];

/// A guest between two slices.
struct Turn {
    store: Store<()>,
    func: Func,
    suspension: Option<Suspension>,
    results: [Val; 1],
    slices: u32,
}

/// Runs two guests in turns; they come to what each comes to alone.
pub(super) fn check(machine: &Machine, data: &[u8]) -> Result<(), String> {
    let text = |error: Error| error.to_string();
    let engine = Engine::new(&Config::new().platform(machine.platform()).fuel(true)).map_err(text)?;
    let module = Module::new(&engine, data).map_err(text)?;
    let [mut first, mut second] =
        [Turn::new(&engine, &module).map_err(text)?, Turn::new(&engine, &module).map_err(text)?];
    let (mut one, mut other) = (false, false);
    while !(one && other) {
        one = one || first.slice(NUMBERS[0]).map_err(text)?;
        other = other || second.slice(NUMBERS[1]).map_err(text)?;
    }
    for (turn, number) in [(&first, NUMBERS[0]), (&second, NUMBERS[1])] {
        say!(machine, "{number}: {:?} after {} slices", turn.results[0], turn.slices);
    }
    Ok(())
}

impl Turn {
    fn new(engine: &Engine, module: &Module) -> Result<Self, Error> {
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, module, &[])?;
        let func = instance.get_func(&mut store, "steps").ok_or_else(|| Error::message("no `steps`"))?;
        Ok(Self { store, func, suspension: None, results: [Val::I64(0)], slices: 0 })
    }

    /// One slice; whether the guest has ended.
    fn slice(&mut self, number: i64) -> Result<bool, Error> {
        self.store.set_fuel(SLICE)?;
        self.slices += 1;
        let call = match self.suspension.take() {
            None => self.func.call_resumable(&mut self.store, &[Val::I64(number)], &mut self.results)?,
            Some(suspension) => suspension.resume(&mut self.store, &mut self.results)?,
        };
        match call {
            ResumableCall::Finished => Ok(true),
            ResumableCall::Suspended(suspension) => {
                self.suspension = Some(suspension);
                Ok(false)
            }
        }
    }
}
