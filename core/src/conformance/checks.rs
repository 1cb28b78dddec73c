//! The checks, one function each.
//!
//! In: a bench. Out: nothing, or what was seen that should not have been.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::ptr::{NonNull, with_exposed_provenance_mut};

use super::bench::{Bench, Left};
use super::images;
use super::pieces::{self, Ask, Piece};
use crate::abi::{FuncStart, Owner};
use crate::code::CodeMemory;
use crate::native::{Answer, Call, Exit, Place, Record, builtin};
use crate::platform::{Protection, VirtualMemory};
use crate::vm::{Raised, VmInstance};
use crate::wasm::Trap;

/// What was seen, where it should not have been.
pub(super) type Seen = Result<(), String>;

/// One thing that should hold.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) needs: Needs,
    pub(super) run: fn(&mut Bench) -> Seen,
}

/// What not every platform has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// It takes a fault to see it.
    Faults,
    Images,
}

const fn check(name: &'static str, run: fn(&mut Bench) -> Seen) -> Check {
    Check { name, needs: Needs::Nothing, run }
}

const fn fault(name: &'static str, run: fn(&mut Bench) -> Seen) -> Check {
    Check { name, needs: Needs::Faults, run }
}

const fn image(name: &'static str, run: fn(&mut Bench) -> Seen) -> Check {
    Check { name, needs: Needs::Images, run }
}

/// All of them.
pub(super) const CHECKS: &[Check] = &[
    check("code is entered on its own stack and returns", returns),
    check("memory that is committed can be read and written by code", in_bounds),
    check("a builtin runs on the host's stack and returns", builtin_returns),
    check("a builtin enters code again", builtin_enters),
    check("a builtin that fails ends the call, with where it was called from", builtin_fails),
    check("a call is suspended, others run, and it goes on", suspends),
    check("what a builtin could not finish is asked again", asks_again),
    check("a call is refused where the stack has no room", no_room),
    fault("a load from reserved memory is a trap, with its address", load_out_of_bounds),
    fault("a store to reserved memory is a trap, with its address", store_out_of_bounds),
    fault("a division by zero is a trap", divides_by_zero),
    fault("a division that overflows is a trap", division_overflows),
    fault("an illegal instruction is a trap, and the host's registers are kept", unreachable),
    fault("a stack that overflows into its guard is a trap", overflows),
    fault("a trap in code that a builtin entered ends that call alone", inner_trap),
    fault("a trap tells the functions that led to it", backtrace),
    fault("a thousand traps leave nothing behind", many_traps),
    fault("a store to published code is a trap, and the code stays", code_is_not_written),
    fault("data cannot be run", data_is_not_run),
    image(
        "an image is shown where it is asked for, and what is written there is seen there alone",
        images::is_shown,
    ),
    image("pages that are discarded show their image again", images::comes_back),
    image("pages that show an image are zero when it is hidden", images::is_hidden),
];

pub(super) fn expect<T: PartialEq + fmt::Debug>(what: &str, seen: T, expected: T) -> Seen {
    if seen == expected { Ok(()) } else { Err(format!("{what}: {seen:?} instead of {expected:?}")) }
}

/// It returned with this.
fn returned((left, result): (Left, u64), expected: u64) -> Seen {
    match left {
        Left::Otherwise(Exit::Returned) => expect("result", result, expected),
        other => Err(format!("left by {other:?}")),
    }
}

/// It trapped, with this, at this address.
fn trapped(left: &Left, expected: Trap, address: Option<usize>) -> Seen {
    match left {
        Left::Faulted(fault) => expect("trap", (fault.trap, fault.address), (expected, address)),
        other => Err(format!("left by {other:?}")),
    }
}

fn returns(bench: &mut Bench) -> Seen {
    returned(bench.run(&pieces::ADD, [2, 40])?, 42)
}

fn in_bounds(bench: &mut Bench) -> Seen {
    let mut word = 5u64;
    let address = (&raw mut word).expose_provenance() as u64;
    returned(bench.run(&pieces::STORE, [address, 7])?, address)?;
    returned(bench.run(&pieces::LOAD, [address, 0])?, 7)
}

/// What the builtins of the pieces are, by number.
pub(super) static BUILTINS: [unsafe extern "sysv64" fn(); 5] = [
    builtin!(look_at_the_stack),
    builtin!(enter_again),
    builtin!(fail),
    builtin!(suspend),
    builtin!(count_up),
];

/// Where on the host's stack it runs.
extern "sysv64" fn look_at_the_stack(_: NonNull<VmInstance>, _: u64, add: u64) -> Answer {
    let here = 0u8;
    Answer::value(core::hint::black_box(&raw const here).addr() as u64 + add)
}

fn builtin_returns(bench: &mut Bench) -> Seen {
    let here = 0u8;
    let here = core::hint::black_box(&raw const here).addr() as u64;
    let (exit, there) = bench.run(&Ask::<0>::PIECE, [0, 1 << 60])?;
    if !matches!(exit, Left::Otherwise(Exit::Returned)) {
        return Err(format!("left by {exit:?}"));
    }
    // Some calls further down the same stack.
    let distance = here.wrapping_sub(there.wrapping_sub(1 << 60));
    if distance < 16 << 10 { Ok(()) } else { Err(format!("{distance:#x} bytes away")) }
}

/// What a builtin is to enter: its first argument is the address of this.
struct Again<'a> {
    bench: &'a Bench,
    code: &'a CodeMemory,
    arguments: [u64; 2],
    left: Option<Left>,
}

impl Again<'_> {
    /// As an argument of a piece.
    fn address(&mut self) -> u64 {
        core::ptr::from_mut(self).expose_provenance() as u64
    }
}

extern "sysv64" fn enter_again(_: NonNull<VmInstance>, again: u64, _: u64) -> Answer {
    // SAFETY: the checks that use this builtin give it that, and do not look at it meanwhile.
    let again = unsafe { &mut *with_exposed_provenance_mut::<Again<'_>>(again as usize) };
    // SAFETY: the store lives; the call that this builtin was called by stays in it.
    let Some(Ok(record)) = (unsafe { Record::inside(again.bench.store) }) else {
        return Answer::value(0);
    };
    let mut values = again.arguments;
    again.left = again.bench.enter_with(record, again.code, &mut values).ok();
    let [result, _] = values;
    Answer::value(result)
}

fn builtin_enters(bench: &mut Bench) -> Seen {
    let code = bench.publish(&pieces::ADD)?;
    let mut again = Again { bench, code: &code, arguments: [20, 3], left: None };
    let address = again.address();
    returned(bench.run(&Ask::<1>::PIECE, [address, 0])?, 23)?;
    expect("the inner call returned", matches!(again.left, Some(Left::Otherwise(Exit::Returned))), true)
}

/// An error, as host functions have them.
#[derive(Debug)]
struct OnPurpose(u64);

impl fmt::Display for OnPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "on purpose: {}", self.0)
    }
}

impl core::error::Error for OnPurpose {}

extern "sysv64" fn fail(instance: NonNull<VmInstance>, number: u64, _: u64) -> Answer {
    // SAFETY: what machine code has called this with.
    let store = unsafe { instance.as_ref() }.store;
    let raised = Some(Raised::Host(Box::new(OnPurpose(number)), Box::default()));
    // SAFETY: the instance's store, which nobody refers to while a builtin runs.
    unsafe { (*store).raised = raised };
    Answer::raised()
}

fn builtin_fails(bench: &mut Bench) -> Seen {
    let code = bench.publish(&Ask::<2>::PIECE)?;
    let mut call = Call::on(bench.stack()?, 2).map_err(|trap| trap.to_string())?;
    let exit = bench.enter(&mut call, &code, [9, 0])?;
    // SAFETY: the bench's store; nothing runs.
    let raised = unsafe { (*bench.store.as_ptr()).raised.take() };
    match (exit, raised) {
        (Left::Otherwise(Exit::Raised), Some(Raised::Host(error, _))) => {
            expect("the error", error.to_string(), "on purpose: 9".to_string())?
        }
        other => return Err(format!("left by {other:?}")),
    }
    expect("places", offsets(&call), [(0, 0x100 + 25)].to_vec())
}

/// Functions and offsets of where a call stood when it was left.
fn offsets(call: &Call) -> Vec<(u32, u32)> {
    // SAFETY: the checks keep the code of the calls that they ask about.
    unsafe { call.record().places() }.map(|Place { body, offset, .. }| (body, offset)).collect()
}

extern "sysv64" fn suspend(instance: NonNull<VmInstance>, _: u64, _: u64) -> Answer {
    // SAFETY: what machine code has called this with.
    unsafe { Answer::suspend(instance) }
}

fn suspends(bench: &mut Bench) -> Seen {
    let code = bench.publish(&Ask::<3>::PIECE)?;
    let mut calls = [Call::on(bench.stack()?, 2), Call::on(bench.stack()?, 2)];
    for call in calls.iter_mut().flatten() {
        let exit = bench.enter(call, &code, [0, 0])?;
        expect("suspended", matches!(exit, Left::Otherwise(Exit::Suspended)), true)?;
        expect("places", offsets(call), [(0, 0x100 + 25)].to_vec())?;
    }
    returned(bench.run(&pieces::ADD, [1, 2])?, 3)?;
    for (number, call) in calls.iter_mut().flatten().enumerate() {
        // SAFETY: suspended above; the store and the code are there.
        let exit = unsafe { call.resume(bench.store, &*bench.platform, Some(70 + number as u64)) };
        let exit = exit.map_err(|error| format!("not entered: {error}"))?;
        let [result, _] = *call.values() else { return Err(String::from("no result")) };
        returned((Left::of(call.record(), exit), result), 70 + number as u64)?;
    }
    Ok(())
}

/// Adds its second argument to the number that the first one is the address of, and is asked again until that is 100.
extern "sysv64" fn count_up(instance: NonNull<VmInstance>, number: u64, add: u64) -> Answer {
    // SAFETY: the check that uses this builtin gives it that, and does not look at it meanwhile.
    let counted = unsafe { &mut *with_exposed_provenance_mut::<u64>(number as usize) };
    *counted += add;
    if *counted >= 100 {
        return Answer::value(*counted);
    }
    // SAFETY: what machine code has called this with, and this function.
    unsafe { Answer::again(instance, count_up as *const (), [number, add, 0, 0, 0]) }
}

fn asks_again(bench: &mut Bench) -> Seen {
    let code = bench.publish(&Ask::<4>::PIECE)?;
    let mut call = Call::on(bench.stack()?, 2).map_err(|trap| trap.to_string())?;
    let mut number = 0u64;
    let address = (&raw mut number).expose_provenance() as u64;
    let mut left = bench.enter(&mut call, &code, [address, 20])?;
    let mut rounds = 0;
    while let Left::Otherwise(Exit::Suspended) = left {
        rounds += 1;
        // SAFETY: suspended just now; the store and the code are there.
        let exit = unsafe { call.resume(bench.store, &*bench.platform, None) };
        let exit = exit.map_err(|error| format!("not entered: {error}"))?;
        left = Left::of(call.record(), exit);
    }
    let [result, _] = *call.values() else { return Err(String::from("no result")) };
    returned((left, result), 100)?;
    expect("how often it was suspended", rounds, 4)
}

fn no_room(bench: &mut Bench) -> Seen {
    for values in [1 << 20, usize::MAX / 8, usize::MAX] {
        expect("refused", Call::on(bench.stack()?, values).err(), Some(Trap::StackOverflow))?;
    }
    Ok(())
}

/// Address space that is reserved and nothing else, given back when dropped.
struct Nothing<'a> {
    pages: &'a dyn VirtualMemory,
    start: NonNull<u8>,
    len: usize,
}

impl<'a> Nothing<'a> {
    fn new(pages: &'a dyn VirtualMemory) -> Result<Self, String> {
        let len = 4 * pages.page_size();
        let start = pages.reserve(len).map_err(|error| format!("not reserved: {error}"))?;
        Ok(Self { pages, start, len })
    }

    /// An address in it.
    fn somewhere(&self) -> u64 {
        self.start.as_ptr() as u64 + self.len as u64 / 2 + 24
    }
}

impl Drop for Nothing<'_> {
    fn drop(&mut self) {
        // SAFETY: the whole reservation; nothing has ever used it.
        unsafe { self.pages.release(self.start, self.len) };
    }
}

fn load_out_of_bounds(bench: &mut Bench) -> Seen {
    let nothing = Nothing::new(&*bench.pages)?;
    let (exit, _) = bench.run(&pieces::LOAD, [nothing.somewhere(), 0])?;
    trapped(&exit, Trap::MemoryOutOfBounds, Some(nothing.somewhere() as usize))
}

fn store_out_of_bounds(bench: &mut Bench) -> Seen {
    let nothing = Nothing::new(&*bench.pages)?;
    let (exit, _) = bench.run(&pieces::STORE, [nothing.somewhere(), 1])?;
    trapped(&exit, Trap::MemoryOutOfBounds, Some(nothing.somewhere() as usize))
}

fn divides_by_zero(bench: &mut Bench) -> Seen {
    returned(bench.run(&pieces::DIVIDE, [42, 6])?, 7)?;
    trapped(&bench.run(&pieces::DIVIDE, [42, 0])?.0, Trap::IntegerDivisionByZero, None)
}

fn division_overflows(bench: &mut Bench) -> Seen {
    let most = bench.run(&pieces::DIVIDE_MOST, [i64::MIN as u64, u64::MAX])?;
    trapped(&most.0, Trap::IntegerOverflow, None)
}

fn unreachable(bench: &mut Bench) -> Seen {
    let kept = core::hint::black_box([1u64, 2, 3, 5, 8, 13, 21]);
    let mut sum = 0;
    for number in kept {
        trapped(&bench.run(&pieces::UNREACHABLE, [0, 0])?.0, Trap::Unreachable, None)?;
        sum += number;
    }
    // A copy with the direction flag set would go the wrong way.
    let mut copy = [0u64; 7];
    copy.copy_from_slice(core::hint::black_box(&kept));
    expect("what the host had", (sum, copy), (53, kept))
}

fn overflows(bench: &mut Bench) -> Seen {
    let (exit, _) = bench.run(&pieces::RECURSE, [0, 0])?;
    match exit {
        Left::Faulted(fault) => expect("trap", fault.trap, Trap::StackOverflow),
        other => Err(format!("left by {other:?}")),
    }
}

fn inner_trap(bench: &mut Bench) -> Seen {
    for (inner, trap) in [(&pieces::UNREACHABLE, Trap::Unreachable), (&pieces::RECURSE, Trap::StackOverflow)]
    {
        let code = bench.publish(inner)?;
        let mut again = Again { bench, code: &code, arguments: [6, 0], left: None };
        let address = again.address();
        returned(bench.run(&Ask::<1>::PIECE, [address, 0])?, 6)?;
        match again.left {
            Some(Left::Faulted(fault)) => expect("the inner trap", fault.trap, trap)?,
            other => return Err(format!("the inner call was left by {other:?}")),
        }
    }
    Ok(())
}

fn backtrace(bench: &mut Bench) -> Seen {
    let functions: Vec<FuncStart> = (10..)
        .zip(pieces::NESTED_STARTS)
        .map(|(body, code)| FuncStart { code, owner: Owner::Body(body) })
        .collect();
    let Piece { bytes, sites } = pieces::NESTED;
    // SAFETY: the piece keeps to the convention, and its functions start there.
    let code = unsafe { CodeMemory::publish(&bench.pages, bytes, sites.into(), functions.into()) };
    let code = code.map_err(|error| format!("not published: {error}"))?;
    let mut call = Call::on(bench.stack()?, 2).map_err(|trap| trap.to_string())?;
    trapped(&bench.enter(&mut call, &code, [0, 0])?, Trap::Unreachable, None)?;
    let [innermost, middle, outermost] = pieces::NESTED_STOPS.map(|stop| 0x100 + stop);
    expect("places", offsets(&call), [(12, innermost), (11, middle), (10, outermost)].to_vec())
}

fn many_traps(bench: &mut Bench) -> Seen {
    let code = bench.publish(&pieces::UNREACHABLE)?;
    let mut stack = Some(bench.stack()?);
    for _ in 0..1_000 {
        let unused = stack.take().ok_or("no stack")?;
        let mut call = Call::on(unused, 2).map_err(|trap| trap.to_string())?;
        trapped(&bench.enter(&mut call, &code, [0, 0])?, Trap::Unreachable, None)?;
        stack = Some(call.into_stack());
    }
    returned(bench.run(&pieces::ADD, [1, 1])?, 2)
}

fn code_is_not_written(bench: &mut Bench) -> Seen {
    let target = bench.publish(&pieces::ADD)?;
    let address = target.at(0).ok_or("no code")?.as_ptr() as usize;
    let (exit, _) = bench.run(&pieces::STORE, [address as u64, u64::MAX])?;
    trapped(&exit, Trap::MemoryOutOfBounds, Some(address))?;
    returned(bench.run_published(&target, [3, 4])?, 7)
}

fn data_is_not_run(bench: &mut Bench) -> Seen {
    // Found as code, so that the fault is ours to handle.
    let code = bench.publish(&pieces::LOAD)?;
    let (start, len) = code.pages();
    let word = 11u64;
    let address = (&raw const word).expose_provenance() as u64;
    returned(bench.run_published(&code, [address, 0])?, 11)?;
    for data in [Protection::ReadWrite, Protection::Read] {
        // SAFETY: the pages of the code, which does not run now.
        unsafe { bench.pages.protect(start, len, data) }
            .map_err(|error| format!("not made data: {error}"))?;
        let (exit, _) = bench.run_published(&code, [address, 0])?;
        trapped(&exit, Trap::MemoryOutOfBounds, Some(start.as_ptr() as usize))?;
    }
    // SAFETY: as above.
    unsafe { bench.pages.protect(start, len, Protection::ReadExecute) }
        .map_err(|error| format!("not made code: {error}"))?;
    returned(bench.run_published(&code, [address, 0])?, 11)
}
