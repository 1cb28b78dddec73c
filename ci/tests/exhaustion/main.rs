//! Surviving exhaustion, step by step: each allocation fails once, or all from one on, or all beyond a number of
//! bytes, while a guest is loaded, instantiated and run. Every step ends with an answer, and with as many bytes in
//! use as before.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod allocator;
mod platform;
mod scenario;

use std::sync::{Arc, Mutex};

use ringzero::platform::FakeClock;
use ringzero::{Compilation, Config, Dispatch, Engine, Strategy};
use ringzero_ci::text::module;
use ringzero_platform_std::StdPlatform;

use allocator::{Plan, live, run};
use platform::Pages;
use scenario::{How, Outcome, Timed, World, scenario};

const GUEST: &str = include_str!("guest.wat");

static TURN: Mutex<()> = Mutex::new(());

/// What the steps of a walk came to.
#[derive(Default)]
struct Tally {
    steps: u64,
    errors: u64,
    made_up_for: u64,
}

/// One step: as planned, then once more without failures, with the same bytes in use at the end. Whether anything
/// failed.
fn step(tally: &mut Tally, config: &Config, bytes: &[u8], how: How, plan: Plan, right: Outcome) -> bool {
    let before = live();
    let world = if how == How::Bounded { World::with_scheduler() } else { World::new() };
    let (outcome, failed) = run(plan, || scenario(config, bytes, &world, how));
    drop(world);
    assert_eq!(live(), before, "{plan:?}, {how:?}: bytes in use");
    if failed == 0 {
        assert_eq!(outcome, right, "{plan:?}, {how:?}: nothing failed");
        return false;
    }
    tally.steps += 1;
    match outcome {
        Outcome::OutOfMemory => tally.errors += 1,
        // The reserve served it, or something smaller did.
        outcome if outcome == right => tally.made_up_for += 1,
        other => panic!("{plan:?}, {how:?}: {other:?}"),
    }
    true
}

/// All three walks through one scenario.
fn walk(title: &str, config: &Config, text: &str, how: How, right: Outcome) {
    // One at a time: what is left of a reserve may serve another thread, and then be freed there.
    let _turn = TURN.lock();
    let bytes = module(text).unwrap();
    // What is made once per process, or per thread, is made now.
    assert_eq!(scenario(config, &bytes, &World::with_scheduler(), how), right);
    let mut warm = Tally::default();
    assert!(!step(&mut warm, config, &bytes, how, Plan::None, right));
    for (name, plan) in [("fails once", Plan::One as fn(u64) -> Plan), ("and all behind it fail", Plan::From)]
    {
        let mut tally = Tally::default();
        let mut number = 0;
        while step(&mut tally, config, &bytes, how, plan(number), right) {
            number += 1;
        }
        report(&format!("{title}: each allocation {name}"), &tally);
    }
    let (mut tally, mut budget) = (Tally::default(), 0);
    while step(&mut tally, config, &bytes, how, Plan::Bytes(budget), right) {
        budget += 64 + budget / 64;
    }
    report(&format!("{title}: {budget} bytes, in steps from none"), &tally);
}

fn report(title: &str, Tally { steps, errors, made_up_for }: &Tally) {
    println!("counts: exhaustion: {title}: {steps} steps, {errors} errors, {made_up_for} made up for");
    assert!(*steps > 10, "a walk of {steps} steps");
}

fn lazy() -> Config {
    Config::new().compilation(Compilation::Lazy)
}

#[test]
fn a_guest_translated_as_it_runs() {
    walk("lazy", &lazy(), GUEST, How::Called, Outcome::Done);
}

#[test]
fn a_guest_translated_at_load() {
    let config = Config::new().compilation(Compilation::Eager).dispatch(Dispatch::Loop);
    walk("eager", &config, GUEST, How::Called, Outcome::Done);
}

#[test]
fn a_guest_run_in_pieces() {
    walk("in pieces", &lazy().fuel(true), GUEST, How::Pieces(3000), Outcome::Done);
}

#[test]
fn a_guest_that_traps() {
    walk("a trap", &lazy(), GUEST, How::Trapping, Outcome::Done);
}

#[test]
fn a_guest_that_can_be_interrupted() {
    let platform = Timed::<Pages> { clock: Arc::new(FakeClock::default()), pages: None };
    let config = lazy().interruption(true).platform(Arc::new(platform));
    walk("interruptible", &config, GUEST, How::Bounded, Outcome::Done);
}

/// With pages of the operating system, which are not counted, and on one thread.
fn compiled(compilation: Compilation) -> Config {
    let config = Config::new().strategy(Strategy::Compiled).compilation(compilation);
    config.parallel_compilation(false).platform(Arc::new(StdPlatform))
}

#[test]
fn a_guest_compiled_as_it_runs() {
    walk("compiled lazily", &compiled(Compilation::Lazy), GUEST, How::Called, Outcome::Done);
}

#[test]
fn a_guest_compiled_at_load() {
    walk("compiled at load", &compiled(Compilation::Eager), GUEST, How::Called, Outcome::Done);
}

#[test]
fn a_compiled_guest_that_traps() {
    walk("compiled, a trap", &compiled(Compilation::Lazy), GUEST, How::Trapping, Outcome::Done);
}

#[test]
fn a_compiled_guest_run_in_pieces() {
    let config = compiled(Compilation::Lazy).fuel(true);
    walk("compiled, in pieces", &config, GUEST, How::Pieces(3000), Outcome::Done);
}

#[test]
fn a_module_that_is_not_valid() {
    let broken = GUEST.replace("(call $outer (i32.const 0))", "(call $outer (i64.const 0))");
    assert_ne!(broken, GUEST);
    walk("not valid", &lazy(), &broken, How::Called, Outcome::Failed);
}

#[test]
fn a_module_whose_imports_are_missing() {
    let broken = GUEST.replace("\"host\" \"again\"", "\"host\" \"never\"");
    assert_ne!(broken, GUEST);
    walk("not linked", &lazy(), &broken, How::Called, Outcome::Failed);
}

/// The engine outlives what failed: its registry of types is whole.
#[test]
fn an_engine_is_usable_after_each_failure() {
    let _turn = TURN.lock();
    let bytes = module(GUEST).unwrap();
    let engine = Engine::new(&lazy()).unwrap();
    let mut steps = 0;
    for number in 0.. {
        let (loaded, failed) = run(Plan::One(number), || ringzero::Module::new(&engine, &bytes).is_ok());
        assert!(ringzero::Module::new(&engine, &bytes).is_ok(), "after allocation {number}");
        if failed == 0 {
            assert!(loaded);
            break;
        }
        steps += 1;
    }
    println!("counts: exhaustion: one engine: {steps} steps");
    assert!(steps > 100);
}

/// Three instances of a module with much data, of which the second makes an image and the third shows it.
#[test]
fn instances_that_share_their_data() {
    let _turn = TURN.lock();
    let text =
        format!("(module (memory (export \"m\") 2) (data (i32.const 8) \"{}\"))", "seven ".repeat(5000));
    let bytes = module(&text).unwrap();
    let engine = Engine::new(&lazy().platform(Arc::new(StdPlatform))).unwrap();
    let three = |loaded: &ringzero::Module| {
        for _ in 0..3 {
            let mut store = ringzero::Store::try_new(&engine, ())?;
            let instance = ringzero::Instance::new(&mut store, loaded, &[])?;
            let memory = instance.get_memory(&store, "m").unwrap();
            assert_eq!(memory.data(&store)[30_000..30_010], *b"n seven \0\0");
        }
        Ok::<_, ringzero::Error>(())
    };
    let (mut steps, mut errors) = (0, 0);
    for number in 0.. {
        let before = live();
        let loaded = ringzero::Module::new(&engine, &bytes).unwrap();
        let (result, failed) = run(Plan::One(number), || three(&loaded));
        errors += u64::from(result.is_err());
        // It can still be used.
        three(&loaded).unwrap();
        drop(loaded);
        assert_eq!(live(), before, "allocation {number}: bytes in use");
        if failed == 0 {
            break;
        }
        steps += 1;
    }
    println!("counts: exhaustion: shared data: {steps} steps, {errors} errors");
    assert!(steps > errors && errors > 10);
}
