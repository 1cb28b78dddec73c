//! Random sequences of calls, stops, resumptions, nested calls and resets, against a model that never stops.
//!
//! Each run is made by a seed, which a failure names: `SEED=… cargo test --test stopping` repeats one.

use crate::wasm::module;
use ringzero::{
    Caller, Engine, Error, Func, Instance, InterruptHandle, Linker, Module, ResumableCall, Store,
    SuspendReason, Suspension, Trap, Val,
};

/// What a guest does with its argument, `steps` times: a step of the model, on its counter.
type Step = fn(u64, i64) -> u64;

struct Program {
    /// Exports `run (param i64 i32) (result i64)`, which makes so many steps with the argument, and `counter`.
    text: &'static str,
    step: Step,
}

/// Each step of each program changes the counter, a global, and memory or tables that the counter follows from.
const PROGRAMS: [Program; 4] = [
    // A loop.
    Program {
        text: r#"(module (global $c (export "counter") (mut i64) (i64.const 1))
            (func (export "run") (param i64 i32) (result i64)
                (loop $more
                    (if (local.get 1) (then
                        (global.set $c (i64.add (i64.mul (global.get $c) (i64.const 31)) (local.get 0)))
                        (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                        (br $more))))
                (global.get $c)))"#,
        step: |counter, argument| counter.wrapping_mul(31).wrapping_add(argument as u64),
    },
    // Recursion, the counter in memory that has moved by growing.
    Program {
        text: r#"(module (memory 1) (data (i32.const 8) "\01")
            (global $c (export "counter") (mut i64) (i64.const 1))
            (func $run (export "run") (param i64 i32) (result i64)
                (if (i32.eqz (local.get 1)) (then (return (i64.load (i32.const 8)))))
                (if (i32.lt_u (memory.size) (i32.const 4)) (then (drop (memory.grow (i32.const 1)))))
                (i64.store (i32.const 8) (i64.xor (i64.rotl (i64.load (i32.const 8)) (i64.const 7)) (local.get 0)))
                (global.set $c (i64.load (i32.const 8)))
                (call $run (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))"#,
        step: |counter, argument| counter.rotate_left(7) ^ argument as u64,
    },
    // Bulk operations and an indirect tail call.
    Program {
        text: r#"(module (memory 4) (data (i32.const 0) "\01") (type $t (func (param i64 i32) (result i64)))
            (table 1 funcref) (elem (i32.const 0) $run)
            (global $c (export "counter") (mut i64) (i64.const 1))
            (func $run (export "run") (type $t)
                (if (i32.eqz (local.get 1)) (then (return (global.get $c))))
                (memory.fill (i32.const 64) (i32.const 9) (i32.const 3000))
                (memory.copy (i32.const 65536) (i32.const 0) (i32.const 5000))
                (global.set $c (i64.sub (i64.mul (global.get $c) (i64.const 3))
                    (i64.add (local.get 0) (i64.extend_i32_u (i32.load8_u (i32.const 65636))))))
                (return_call_indirect (type $t) (local.get 0) (i32.sub (local.get 1) (i32.const 1)) (i32.const 0))))"#,
        step: |counter, argument| counter.wrapping_mul(3).wrapping_sub((argument as u64).wrapping_add(9)),
    },
    // The host is asked, who may have to wait, and who may call another guest.
    Program {
        text: r#"(module (import "host" "mix" (func $mix (param i64 i64) (result i64)))
            (global $c (export "counter") (mut i64) (i64.const 1))
            (func (export "run") (param i64 i32) (result i64)
                (loop $more
                    (if (local.get 1) (then
                        (global.set $c (call $mix (global.get $c) (local.get 0)))
                        (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                        (br $more))))
                (global.get $c)))"#,
        step: |counter, argument| counter.wrapping_add(argument as u64) ^ 0x55,
    },
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// What host functions reach.
struct Host {
    random: Random,
    /// Whom a nested call may go to, and the counter that it has to find, each guest's by number.
    guests: Vec<Guest>,
    nested: u64,
    waits: u64,
}

/// A guest and what the model says of it.
#[derive(Clone, Copy)]
struct Guest {
    instance: Instance,
    run: Func,
    program: usize,
    counter: u64,
    /// A call of it is running or suspended: it is somewhere between two counters.
    busy: bool,
}

/// A call that is suspended, and what it will have done.
struct Pending {
    suspension: Suspension,
    guest: usize,
    after: u64,
}

fn after(guest: &Guest, argument: i64, steps: i32) -> u64 {
    (0..steps).fold(guest.counter, |counter, _| (PROGRAMS[guest.program].step)(counter, argument))
}

fn linker(engine: &Engine) -> Linker<Host> {
    let mut linker = Linker::new(engine);
    let mix = |mut caller: Caller<'_, Host>, counter: i64, argument: i64| -> Result<i64, Error> {
        match caller.data_mut().random.below(4) {
            0 => {
                caller.data_mut().waits += 1;
                return Err(Error::wait(ringzero::platform::ErrorKind::WouldBlock));
            }
            1 => nested(&mut caller)?,
            _ => {}
        }
        Ok(counter.wrapping_add(argument) ^ 0x55)
    };
    linker.func_wrap("host", "mix", mix).expect("the linker is empty");
    linker
}

/// Calls an idle guest that itself never waits, and compares.
fn nested(caller: &mut Caller<'_, Host>) -> Result<(), Error> {
    let host = caller.data_mut();
    let at = host.random.below(host.guests.len() as u64) as usize;
    let guest = host.guests[at];
    if guest.busy || guest.program == 3 {
        return Ok(());
    }
    let (argument, steps) = (host.random.next() as i64 >> 20, host.random.below(5) as i32);
    let expected = after(&guest, argument, steps);
    let mut results = [Val::I64(0)];
    // It may run out of fuel or be interrupted, and then is lost in the middle, for the model too.
    caller.data_mut().guests[at].busy = true;
    guest.run.call(&mut *caller, &[Val::I64(argument), Val::I32(steps)], &mut results)?;
    assert!(matches!(results, [Val::I64(found)] if found as u64 == expected), "nested: {results:?}");
    let host = caller.data_mut();
    (host.guests[at].counter, host.guests[at].busy) = (expected, false);
    host.nested += 1;
    Ok(())
}

/// One sequence.
struct Run {
    store: Store<Host>,
    random: Random,
    handle: InterruptHandle,
    pending: Vec<Pending>,
    counts: Counts,
}

#[derive(Default, Debug)]
struct Counts {
    finished: u64,
    out_of_fuel: u64,
    interrupted: u64,
    waited: u64,
    dropped: u64,
    trapped: u64,
    resets: u64,
    refused: u64,
    nested: u64,
}

impl Run {
    fn new(engine: &Engine, modules: &[Module], seed: u64) -> Self {
        let host = Host { random: Random(!seed), guests: Vec::new(), nested: 0, waits: 0 };
        let mut store = Store::new(engine, host);
        let linker = linker(engine);
        for (program, module) in modules.iter().enumerate() {
            for _ in 0..2 {
                let instance = linker.instantiate(&mut store, module).expect("the host has what it imports");
                let run = instance.get_func(&store, "run").expect("each program exports it");
                store.data_mut().guests.push(Guest { instance, run, program, counter: 1, busy: false });
            }
        }
        let handle = store.interrupt_handle();
        Self { store, random: Random(seed), handle, pending: Vec::new(), counts: Counts::default() }
    }

    fn guest(&mut self, at: usize) -> &mut Guest {
        &mut self.store.data_mut().guests[at]
    }

    /// Lets it run a little, or to the end.
    fn set_fuel(&mut self) {
        let fuel = match self.random.below(3) {
            0 => 1 << 40,
            _ => self.random.below(400),
        };
        self.store.set_fuel(fuel).expect("it is switched on");
        if self.random.below(8) == 0 {
            self.handle.interrupt();
        }
    }

    fn act(&mut self) {
        match self.random.below(10) {
            0..=4 => self.call(),
            5..=7 => self.resume(),
            8 => self.give_up(),
            _ => self.reset(),
        }
        self.check();
    }

    fn call(&mut self) {
        let at = self.random.below(self.store.data().guests.len() as u64) as usize;
        let guest = *self.guest(at);
        if guest.busy {
            return;
        }
        let (argument, steps) = (self.random.next() as i64 >> 10, self.random.below(30) as i32);
        let (params, mut results) = ([Val::I64(argument), Val::I32(steps)], [Val::I64(0)]);
        let after = after(&guest, argument, steps);
        self.set_fuel();
        self.guest(at).busy = true;
        if self.random.below(3) == 0 {
            let ended = guest.run.call(&mut self.store, &params, &mut results);
            self.ended(at, after, ended.map(|()| ResumableCall::Finished), &results);
        } else {
            let ended = guest.run.call_resumable(&mut self.store, &params, &mut results);
            self.ended(at, after, ended, &results);
        }
    }

    fn resume(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let at = self.random.below(self.pending.len() as u64) as usize;
        let Pending { suspension, guest, after } = self.pending.swap_remove(at);
        let mut results = [Val::I64(0)];
        self.set_fuel();
        let ended = suspension.resume(&mut self.store, &mut results);
        self.ended(guest, after, ended, &results);
    }

    fn ended(&mut self, at: usize, after: u64, ended: Result<ResumableCall, Error>, results: &[Val]) {
        match ended {
            Ok(ResumableCall::Finished) => {
                assert!(
                    matches!(results, [Val::I64(found)] if *found as u64 == after),
                    "{results:?}, not {after}"
                );
                let guest = self.guest(at);
                (guest.counter, guest.busy) = (after, false);
                self.counts.finished += 1;
            }
            Ok(ResumableCall::Suspended(suspension)) => {
                match suspension.reason() {
                    SuspendReason::OutOfFuel => self.counts.out_of_fuel += 1,
                    SuspendReason::Interrupted => self.counts.interrupted += 1,
                    SuspendReason::Wait => self.counts.waited += 1,
                    other => panic!("nothing stops for {other:?}"),
                }
                self.pending.push(Pending { suspension, guest: at, after });
            }
            // A plain call, or a nested one, that stopped. The guest stays between two counters until it is reset.
            Err(error) => {
                let expected = matches!(error.trap(), Some(Trap::OutOfFuel | Trap::Interrupted));
                assert!(expected || error.to_string().contains("asked to wait"), "{error:?}");
                self.counts.trapped += 1;
            }
        }
    }

    fn give_up(&mut self) {
        if !self.pending.is_empty() {
            let at = self.random.below(self.pending.len() as u64) as usize;
            self.pending.swap_remove(at);
            self.counts.dropped += 1;
        }
    }

    /// Makes every guest new again, unless a call is suspended; now and then all of them are given up for it.
    fn reset(&mut self) {
        if self.random.below(6) == 0 {
            self.counts.dropped += self.pending.len() as u64;
            self.pending.clear();
        }
        for at in 0..self.store.data().guests.len() {
            let instance = self.guest(at).instance;
            let result = instance.reset(&mut self.store);
            if self.pending.is_empty() {
                result.expect("nothing is suspended");
                let guest = self.guest(at);
                (guest.counter, guest.busy) = (1, false);
                self.counts.resets += 1;
            } else {
                result.expect_err("a call is suspended");
                self.counts.refused += 1;
            }
        }
    }

    /// Every idle guest has the model's counter.
    fn check(&mut self) {
        for guest in &self.store.data().guests {
            if !guest.busy {
                let counter =
                    guest.instance.get_global(&self.store, "counter").map(|global| global.get(&self.store));
                assert!(
                    matches!(counter, Some(Val::I64(found)) if found as u64 == guest.counter),
                    "{counter:?}"
                );
            }
        }
    }
}

#[test]
fn whatever_stops_and_goes_on_computes_what_never_stops() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("a seed is a number")],
        Err(_) => (0..150).collect::<Vec<u64>>(),
    };
    let mut all = Counts::default();
    for (way, config) in crate::configs().into_iter().enumerate() {
        let engine =
            Engine::new(&config.fuel(true).interruption(true)).expect("any configuration makes an engine");
        let modules: Vec<_> = PROGRAMS.iter().map(|program| module(&engine, program.text)).collect();
        for seed in &seeds {
            // Shown where the test fails.
            println!("seed {seed}, {way}");
            let mut run = Run::new(&engine, &modules, *seed);
            for _ in 0..200 {
                run.act();
            }
            let Counts {
                finished, out_of_fuel, interrupted, waited, dropped, trapped, resets, refused, ..
            } = run.counts;
            all.finished += finished;
            all.out_of_fuel += out_of_fuel;
            all.interrupted += interrupted;
            all.waited += waited;
            all.dropped += dropped;
            all.trapped += trapped;
            all.resets += resets;
            all.refused += refused;
            all.nested += run.store.data().nested;
            assert!(run.store.data().waits >= waited);
        }
    }
    println!("{all:?}");
    let each = [
        all.finished,
        all.out_of_fuel,
        all.interrupted,
        all.waited,
        all.dropped,
        all.trapped,
        all.resets,
        all.refused,
        all.nested,
    ];
    assert!(seeds.len() == 1 || each.iter().all(|count| *count > 100), "{all:?}");
}
