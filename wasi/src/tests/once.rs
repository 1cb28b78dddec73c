//! Arguments, environment, clocks, randomness, the end: and the builder that grants them.

use alloc::{sync::Arc, vec, vec::Vec};

use ringzero::platform::{
    Entropy, ErrorKind, Result as PlatformResult,
    testing::{CountingEntropy, ManualClock, TestDir, TestScheduler},
};

use super::{DATA, Guest, RESULT, at};
use crate::{
    BuildError, DeterministicEntropy, Errno, Exit, WasiCtx, WasiCtxBuilder, args, clock, proc, random,
};

#[test]
fn arguments_are_copied_with_pointers_to_them() {
    let mut guest = Guest::new(WasiCtxBuilder::new().arg("prog").args(["", "b c"]).arg(b"\xff"));
    guest.call(|c, m| args::args_sizes_get(c, m, at(RESULT), at(RESULT + 64))).unwrap();
    assert_eq!((guest.u32_at(RESULT), guest.u32_at(RESULT + 64)), (4, 12));
    guest.call(|c, m| args::args_get(c, m, at(RESULT), at(DATA))).unwrap();
    let pointers: Vec<u32> = (0..4).map(|index| guest.u32_at(RESULT + 4 * index)).collect();
    assert_eq!(pointers, [DATA, DATA + 5, DATA + 6, DATA + 10]);
    assert_eq!(guest.get(DATA, 13), b"prog\0\0b c\0\xff\0\0");
}

#[test]
fn the_environment_is_what_was_given_and_no_more() {
    let builder = WasiCtxBuilder::new().env("A", "1").envs([("B", "x=y"), ("C", "")]);
    let mut guest = Guest::new(builder.env("A", "2"));
    guest.call(|c, m| args::environ_sizes_get(c, m, at(RESULT), at(RESULT + 4))).unwrap();
    assert_eq!((guest.u32_at(RESULT), guest.u32_at(RESULT + 4)), (3, 13));
    guest.call(|c, m| args::environ_get(c, m, at(RESULT), at(DATA))).unwrap();
    assert_eq!(guest.get(DATA, 13), b"A=2\0B=x=y\0C=\0");
    let mut guest = Guest::new(WasiCtxBuilder::new());
    guest.call(|c, m| args::environ_sizes_get(c, m, at(RESULT), at(RESULT + 4))).unwrap();
    assert_eq!(guest.u64_at(RESULT), 0);
}

fn error(builder: WasiCtxBuilder) -> Option<BuildError> {
    builder.build().err()
}

#[test]
fn the_builder_names_what_is_wrong() {
    let new = WasiCtxBuilder::new;
    assert_eq!(error(new().args(["a", "b\0"])), Some(BuildError::NulInArgument(1)));
    assert_eq!(error(new().env("", "x")), Some(BuildError::EmptyVariable(0)));
    assert_eq!(error(new().env("a=b", "x")), Some(BuildError::EqualsInVariable(0)));
    assert_eq!(error(new().env("k", "v").env("a", "x\0")), Some(BuildError::NulInVariable(1)));
    assert_eq!(error(new().env("a\0", "x")), Some(BuildError::NulInVariable(0)));
    assert_eq!(error(new().preopen("", TestDir::new())), Some(BuildError::PreopenName(0)));
    assert_eq!(error(new().preopen("/\0", TestDir::new())), Some(BuildError::PreopenName(0)));
    assert_eq!(error(new().max_descriptors(2)), Some(BuildError::TooManyDescriptors));
    assert_eq!(error(new().max_descriptors(3)), None);
}

#[test]
fn a_context_can_move_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<WasiCtx>();
}

#[test]
fn clocks_tell_the_platforms_time() {
    let clock = ManualClock::new(1_000);
    clock.advance(5);
    let mut guest = Guest::new(WasiCtxBuilder::new().clock(clock));
    let mut time =
        |id| guest.call(|c, m| clock::clock_time_get(c, m, id, 0, at(RESULT))).map(|()| guest.u64_at(RESULT));
    assert_eq!(time(0), Ok(1_005));
    assert_eq!(time(1), Ok(5));
    for id in [2, 3, 4, u32::MAX] {
        assert_eq!(time(id), Err(Errno::Inval));
    }
    for id in [2, 3, 4, u32::MAX] {
        let resolution = guest.call(|c, m| clock::clock_res_get(c, m, id, at(RESULT)));
        assert_eq!(resolution, Err(Errno::Inval));
    }
    guest.call(|c, m| clock::clock_res_get(c, m, 1, at(RESULT))).unwrap();
    assert_eq!(guest.u64_at(RESULT), 1);
}

#[test]
fn time_is_fake_and_repeats_unless_granted() {
    let run = || {
        let mut guest = Guest::new(WasiCtxBuilder::new());
        [0, 1, 0].map(|id| {
            guest.call(|c, m| clock::clock_time_get(c, m, id, 0, at(RESULT))).unwrap();
            guest.u64_at(RESULT)
        })
    };
    let [first, monotonic, second] = run();
    assert_eq!(run(), [first, monotonic, second]);
    assert_eq!(first, 1_640_995_200_000_000_000);
    assert!(second > first, "a guest that waits for time to pass does not wait for ever");
}

/// Fails, having touched the buffer.
struct Broken;

impl Entropy for Broken {
    fn fill(&self, _: &mut [u8]) -> PlatformResult<()> {
        Err(ErrorKind::Io)
    }
}

fn random(guest: &mut Guest, len: u32) -> Result<Vec<u8>, Errno> {
    guest.call(|c, m| random::random_get(c, m, at(DATA), len))?;
    Ok(guest.get(DATA, len as usize).to_vec())
}

#[test]
fn randomness_is_granted_or_absent_never_predictable_by_default() {
    let mut guest = Guest::new(WasiCtxBuilder::new());
    guest.put(DATA, b"zz");
    assert_eq!(random(&mut guest, 2), Err(Errno::Nosys));
    assert_eq!(guest.get(DATA, 2), b"zz");
    assert_eq!(random(&mut guest, 0), Ok(vec![]));
    let mut guest = Guest::new(WasiCtxBuilder::new().entropy(Arc::new(CountingEntropy::default())));
    assert_eq!(random(&mut guest, 4), Ok(vec![0, 1, 2, 3]));
    let mut guest = Guest::new(WasiCtxBuilder::new().entropy(Arc::new(Broken)));
    assert_eq!(random(&mut guest, 4), Err(Errno::Io));
}

#[test]
fn deterministic_bytes_repeat_for_a_seed_and_differ_between_seeds() {
    let bytes = |seed| {
        let mut buffer = [0; 21];
        DeterministicEntropy::new(seed).fill(&mut buffer).unwrap();
        buffer
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
    // SplitMix64's published first output for the seed 0.
    assert_eq!(bytes(0)[..8], 0xe220_a839_7b1d_cdaf_u64.to_le_bytes());
    let entropy = DeterministicEntropy::new(0);
    let mut first = [0; 8];
    entropy.fill(&mut first).unwrap();
    let mut second = [0; 8];
    entropy.fill(&mut second).unwrap();
    assert_ne!(first, second, "it goes on where it stopped");
}

#[test]
fn yielding_reaches_the_scheduler_and_signals_do_not_exist() {
    let scheduler = TestScheduler::new(ManualClock::new(0));
    let mut guest = Guest::new(WasiCtxBuilder::new().scheduler(scheduler.clone()));
    proc::sched_yield(&mut guest.ctx).unwrap();
    assert_eq!(scheduler.yields(), 1);
    assert_eq!(proc::proc_raise(&mut guest.ctx, 6), Err(Errno::Nosys));
    assert_eq!(proc::proc_raise(&mut guest.ctx, 31), Err(Errno::Inval));
    assert_eq!(alloc::format!("{}", Exit(3)), "exited with status 3");
}
