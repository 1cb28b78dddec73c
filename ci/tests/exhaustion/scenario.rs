//! Loading, instantiating and running a guest that uses a file system in memory, streams, clocks, randomness and
//! functions of the host: what may fail, and what has to be there before.

use std::sync::Arc;

use ringzero::platform::testing::CountingEntropy;
use ringzero::platform::{
    Clock, Dir, Entropy, ErrorKind, FakeClock, Platform, Scheduler, Stream, VirtualMemory, Wait, WaitHandle,
    Waited, Waker,
};
use ringzero::{
    Caller, Category, Config, Engine, Error, ExternRef, Func, FuncType, Linker, Module, OutOfMemory,
    ResumableCall, Store, SuspendReason, Trap, Val, ValType,
};
use ringzero_platform_baremetal::{Buffer, MemoryDir, Quota, Reader};
use ringzero_wasi::{BuildError, WasiCtx, WasiCtxBuilder, add_to_linker};

/// What surrounds a guest, made where nothing fails.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) root: Arc<dyn Dir>,
    pub(crate) input: Arc<dyn Stream>,
    pub(crate) output: Arc<dyn Stream>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) scheduler: Option<Arc<dyn Scheduler>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            root: MemoryDir::new(Quota::default()),
            input: Reader::new(b"input".as_slice()),
            output: Buffer::new(1 << 20),
            clock: Arc::new(FakeClock::default()),
            entropy: Arc::new(CountingEntropy::default()),
            scheduler: None,
        }
    }

    /// The same, with somebody to wait by.
    pub(crate) fn with_scheduler() -> Self {
        Self { scheduler: Some(Arc::new(Waits(Arc::new(Bell)))), ..Self::new() }
    }
}

/// Waits end at once.
struct Waits(Arc<Bell>);

impl Scheduler for Waits {
    fn wait(&self, waits: &[Wait], timeout: Option<u64>) -> Result<Waited, ErrorKind> {
        if timeout.is_none() && waits.is_empty() {
            return Err(ErrorKind::Interrupted);
        }
        Ok(Waited::TimedOut)
    }

    fn waker(&self) -> Result<Option<Arc<dyn Waker>>, ErrorKind> {
        Ok(Some(Arc::clone(&self.0) as Arc<dyn Waker>))
    }
}

/// Nobody waits long enough to hear it.
struct Bell;

impl Waker for Bell {
    fn wake(&self) {}

    fn clear(&self) {}

    fn wait_handle(&self) -> WaitHandle {
        WaitHandle(7)
    }
}

/// A platform with a clock, for deadlines.
pub(crate) struct Timed<M> {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pages: Option<M>,
}

impl<M: VirtualMemory> Platform for Timed<M> {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        self.pages.as_ref().map(|pages| pages as &dyn VirtualMemory)
    }

    fn clock(&self) -> Option<&dyn Clock> {
        Some(&*self.clock)
    }
}

/// How a guest is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// By a typed call.
    Called,
    /// In pieces of so much fuel.
    Pieces(u64),
    /// A function that traps, through host functions linked ahead.
    Trapping,
    /// Until a deadline far away, with a scheduler to wait by.
    Bounded,
}

pub(crate) struct Data {
    wasi: WasiCtx,
    calls: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// An error of the runtime, or an errno of the guest's.
    Failed,
    /// The host had no memory, which the guest or the embedder was told.
    OutOfMemory,
    /// The guest found what should not be.
    Wrong,
}

/// `ENOMEM`, and what the guest answers where something did not grow.
const TOLD: [i32; 3] = [48, 1000, 1001];

pub(crate) fn scenario(config: &Config, bytes: &[u8], world: &World, how: How) -> Outcome {
    match attempt(config, bytes, world, how) {
        Ok(0) => Outcome::Done,
        Ok(errno) if TOLD.contains(&errno) => Outcome::OutOfMemory,
        Ok(_) => Outcome::Failed,
        Err(error) if is_out_of_memory(&error) => Outcome::OutOfMemory,
        Err(error) if error.trap() == Some(Trap::Unreachable) => Outcome::Wrong,
        Err(_) => Outcome::Failed,
    }
}

fn is_out_of_memory(error: &Error) -> bool {
    error.category() == Category::OutOfMemory || error.trap() == Some(Trap::OutOfMemory)
}

fn attempt(config: &Config, bytes: &[u8], world: &World, how: How) -> Result<i32, Error> {
    let engine = Engine::new(config)?;
    let module = Module::new(&engine, bytes)?;
    let mut linker = Linker::new(&engine);
    add_to_linker(&mut linker, |data: &mut Data| &mut data.wasi)?;
    define(&mut linker)?;
    let wasi = wasi(world).map_err(|error| match error {
        BuildError::OutOfMemory => Error::from(OutOfMemory),
        other => Error::host(other),
    })?;
    let mut store = Store::try_new(&engine, Data { wasi, calls: 0 })?;
    let instance = match how {
        How::Called | How::Bounded => linker.instantiate(&mut store, &module)?,
        How::Pieces(_) | How::Trapping => linker.instantiate_pre(&module)?.instantiate(&mut store)?,
    };
    if how == How::Bounded {
        store.set_deadline(Some(u64::MAX))?;
    }
    match how {
        How::Called | How::Bounded => {
            let answer = instance.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ())?;
            instance.reset(&mut store)?;
            let twice = instance.get_typed_func::<i32, i32>(&mut store, "twice")?.call(&mut store, 4)?;
            if twice == 8 { Ok(answer) } else { Err(Error::message("another result")) }
        }
        How::Pieces(fuel) => {
            let run = instance.get_func(&mut store, "run").ok_or_else(|| Error::message("no `run`"))?;
            in_pieces(run, &mut store, fuel)
        }
        How::Trapping => {
            let trap = instance.get_typed_func::<(), i32>(&mut store, "trap")?;
            match trap.call(&mut store, ()) {
                Err(error) if error.trap() == Some(Trap::IntegerDivisionByZero) => Ok(0),
                other => other,
            }
        }
    }
}

fn wasi(world: &World) -> Result<WasiCtx, BuildError> {
    let World { root, input, output, clock, entropy, scheduler } = world.clone();
    let mut builder = WasiCtxBuilder::new()
        .args(["guest", "of", "the", "house"])
        .env("LANG", "C")
        .env("HOME", "/")
        .preopen("/", root)
        .stdin(input)
        .stdout(output)
        .clock(clock)
        .entropy(entropy);
    if let Some(scheduler) = scheduler {
        builder = builder.scheduler(scheduler);
    }
    builder.build()
}

fn define(linker: &mut Linker<Data>) -> Result<(), Error> {
    linker.func_wrap("host", "again", |mut caller: Caller<'_, Data>, n: i32| {
        caller.data_mut().calls += 1;
        let twice = caller.get_export("twice").and_then(|export| export.into_func());
        let twice = twice.ok_or_else(|| Error::message("no `twice`"))?;
        twice.typed::<i32, i32>(&caller)?.call(&mut caller, n)
    })?;
    linker.func_wrap("host", "keep", |mut caller: Caller<'_, Data>| -> Result<Option<ExternRef>, Error> {
        ExternRef::new(&mut caller, [7u64; 9]).map(Some)
    })?;
    let ty = FuncType::try_new([ValType::I32, ValType::I64], [ValType::I32])?;
    linker.func_new("host", "dynamic", ty, |_, params, results| {
        let (Some(a), Some(b)) = (params[0].i32(), params[1].i64()) else {
            return Err(Error::message("other arguments"));
        };
        results[0] = Val::I32(a + b as i32);
        Ok(())
    })?;
    Ok(())
}

fn in_pieces(run: Func, store: &mut Store<Data>, fuel: u64) -> Result<i32, Error> {
    let mut results = [Val::I32(-1)];
    store.set_fuel(fuel)?;
    let mut call = run.call_resumable(&mut *store, &[], &mut results)?;
    while let ResumableCall::Suspended(suspension) = call {
        if suspension.reason() != SuspendReason::OutOfFuel {
            return Err(Error::message("stopped for another reason"));
        }
        let left = store.get_fuel()?;
        store.set_fuel(left + fuel)?;
        call = suspension.resume(&mut *store, &mut results)?;
    }
    results[0].i32().ok_or_else(|| Error::message("another result"))
}
