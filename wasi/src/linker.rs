//! The glue: the 46 functions as imports of a [`Linker`].
//!
//! In: numbers as WebAssembly passes them. Out: a call of the function by that name, and its errno as a number.
//! It knows the engine and no semantics; the rest of the crate knows semantics and no engine.

use core::fmt;

use ringzero::{AsContextMut, Caller, Error, Instance, Interrupted, Linker};

use crate::{
    args, clock,
    ctx::WasiCtx,
    errno::Errno,
    fd, fd_io,
    memory::{GuestMemory, GuestPtr},
    path, poll,
    proc::{self, Exit},
    random, readdir, sock,
};

/// The name under which preview 1 is imported.
const PREVIEW1: &str = "wasi_snapshot_preview1";
/// The name under which preview 0 was imported.
const PREVIEW0: &str = "wasi_unstable";

/// Defines all 46 functions in `linker`, under `wasi_snapshot_preview1` and under `wasi_unstable`. `ctx` finds
/// the guest's world in the store's data.
///
/// # Preview 0
/// Under the older name there are the same functions, not the older layouts. A guest of preview 0 finds four
/// differences: `fd_seek` had its origins in another order (0 current, 1 end, 2 start), `filestat` was 56 bytes
/// with a 32-bit link count, `subscription` was 56 bytes with an identifier in a clock, and there was no
/// `sock_accept`. Whatever does not seek, stat or poll runs as it is.
///
/// # Errors
/// A name is already defined and shadowing is not allowed.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    ctx: fn(&mut T) -> &mut WasiCtx,
) -> Result<(), Error> {
    define_world(linker, PREVIEW1, ctx)?;
    define_descriptors(linker, PREVIEW1, ctx)?;
    define_paths(linker, PREVIEW1, ctx)?;
    define_sockets(linker, PREVIEW1, ctx)?;
    linker.alias_module(PREVIEW1, PREVIEW0)?;
    Ok(())
}

/// The status that a guest gave to `proc_exit`, if that is what ended it. 0 is success.
pub fn exit_status(error: &Error) -> Option<u32> {
    error.downcast_ref::<Exit>().map(|exit| exit.0)
}

/// Runs a program, or initialises a library: calls `_initialize` and `_start`, those that `instance` exports. The
/// status that it ends with: 0 if it returns, otherwise what it gave to `proc_exit`.
///
/// Exiting ends the program, not the instance: its memory can be read, and it can be
/// [reset](Instance::reset) and run again. A guest that exits in its start section does so while it is instantiated:
/// [`exit_status`] tells that from other errors of instantiation.
///
/// # Errors
/// Whatever else ends the program: a trap, an interruption, an error of a host function.
///
/// ```
/// # use ringzero::{Engine, Linker, Module, Store};
/// # use ringzero_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker, run};
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let text = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
/// #   (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
/// #   (memory (export "memory") 1) (global $runs (mut i32) (i32.const 0))
/// #   (func (export "_start") (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
/// #     (drop (call $args (i32.const 0) (i32.const 4)))
/// #     (call $exit (i32.add (i32.mul (global.get $runs) (i32.const 10)) (i32.load (i32.const 0))))))"#;
/// # let buffer = wast::parser::ParseBuffer::new(text)?;
/// # let program = wast::parser::parse::<wast::Wat>(&buffer)?.encode()?;
/// // `program` exits with the number of its arguments, plus 10 for each time that it has run.
/// # let engine = Engine::default();
/// # let mut linker = Linker::new(&engine);
/// # add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx)?;
/// let mut store = Store::new(&engine, WasiCtxBuilder::new().args(["a", "b"]).build()?);
/// let instance = linker.instantiate(&mut store, &Module::new(&engine, program)?)?;
/// assert_eq!(run(&mut store, instance)?, 12);
/// assert_eq!(run(&mut store, instance)?, 22);
///
/// // To run again as if for the first time: the instance is reset, and its world is a new one.
/// instance.reset(&mut store)?;
/// *store.data_mut() = WasiCtxBuilder::new().args(["a", "b", "c"]).build()?;
/// assert_eq!(run(&mut store, instance)?, 13);
/// # Ok(())
/// # }
/// ```
pub fn run(store: impl AsContextMut, instance: Instance) -> Result<u32, Error> {
    match instance.run_start(store, &["_initialize", "_start"]) {
        Ok(()) => Ok(0),
        Err(error) => exit_status(&error).ok_or(error),
    }
}

/// A function that needs memory was called from an instance that exports none as `memory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory {
    function: &'static str,
}

impl fmt::Display for NoMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` needs a memory exported as `memory`", self.function)
    }
}

impl core::error::Error for NoMemory {}

/// How an argument travels through WebAssembly, which has no unsigned numbers and no pointers.
trait Argument {
    type Raw;
    fn receive(raw: Self::Raw) -> Self;
}

impl Argument for u32 {
    type Raw = i32;
    fn receive(raw: i32) -> Self {
        raw.cast_unsigned()
    }
}

impl Argument for u64 {
    type Raw = i64;
    fn receive(raw: i64) -> Self {
        raw.cast_unsigned()
    }
}

impl Argument for i64 {
    type Raw = i64;
    fn receive(raw: i64) -> Self {
        raw
    }
}

impl Argument for GuestPtr {
    type Raw = i32;
    fn receive(raw: i32) -> Self {
        Self::new(raw.cast_unsigned())
    }
}

fn number(result: Result<(), Errno>) -> i32 {
    result.map_or_else(|errno| i32::from(errno.number()), |()| 0)
}

/// Defines functions that use the guest's memory.
macro_rules! with_memory {
    ($linker:ident, $module:ident, $ctx:ident; $($room:ident::$name:ident($($arg:ident: $kind:ty),*);)*) => {
        $($linker.func_wrap(
            $module,
            stringify!($name),
            move |mut caller: Caller<'_, T>, $($arg: <$kind as Argument>::Raw),*| -> Result<i32, Error> {
                let Some((memory, data)) = caller.memory_and_data() else {
                    return Err(Error::host(NoMemory { function: stringify!($name) }));
                };
                let mut memory = GuestMemory::new(memory);
                Ok(number($room::$name($ctx(data), &mut memory, $(<$kind>::receive($arg)),*)))
            },
        )?;)*
    };
}

/// Defines functions that use the guest's memory, and may wait or take long: they see an interruption.
macro_rules! with_memory_and_time {
    ($linker:ident, $module:ident, $ctx:ident; $($room:ident::$name:ident($($arg:ident: $kind:ty),*);)*) => {
        $($linker.func_wrap(
            $module,
            stringify!($name),
            move |mut caller: Caller<'_, T>, $($arg: <$kind as Argument>::Raw),*| -> Result<i32, Error> {
                let (interruption, progress) = (caller.interruption(), caller.take_progress());
                let Some((memory, data)) = caller.memory_and_data() else {
                    return Err(Error::host(NoMemory { function: stringify!($name) }));
                };
                let (ctx, mut memory) = ($ctx(data), GuestMemory::new(memory));
                ctx.pause.begin(interruption, progress);
                let result = $room::$name(ctx, &mut memory, $(<$kind>::receive($arg)),*);
                match ctx.pause.end(result) {
                    Some(progress) => Err(Interrupted::default().keep(progress)),
                    None => Ok(number(result)),
                }
            },
        )?;)*
    };
}

/// Defines functions that do not.
macro_rules! without_memory {
    ($linker:ident, $module:ident, $ctx:ident; $($room:ident::$name:ident($($arg:ident: $kind:ty),*);)*) => {
        $($linker.func_wrap(
            $module,
            stringify!($name),
            move |mut caller: Caller<'_, T>, $($arg: <$kind as Argument>::Raw),*| -> Result<i32, Error> {
                Ok(number($room::$name($ctx(caller.data_mut()), $(<$kind>::receive($arg)),*)))
            },
        )?;)*
    };
}

/// Arguments, environment, clocks, randomness, waiting, the end.
fn define_world<T: 'static>(
    linker: &mut Linker<T>,
    module: &str,
    ctx: fn(&mut T) -> &mut WasiCtx,
) -> Result<(), Error> {
    with_memory! { linker, module, ctx;
        args::args_get(argv: GuestPtr, argv_buf: GuestPtr);
        args::args_sizes_get(count: GuestPtr, size: GuestPtr);
        args::environ_get(environ: GuestPtr, environ_buf: GuestPtr);
        args::environ_sizes_get(count: GuestPtr, size: GuestPtr);
        clock::clock_res_get(id: u32, resolution: GuestPtr);
        clock::clock_time_get(id: u32, precision: u64, time: GuestPtr);
    }
    with_memory_and_time! { linker, module, ctx;
        poll::poll_oneoff(subscriptions: GuestPtr, events: GuestPtr, count: u32, fired: GuestPtr);
        random::random_get(buffer: GuestPtr, len: u32);
    }
    without_memory! { linker, module, ctx;
        proc::proc_raise(signal: u32);
        proc::sched_yield();
    }
    let exit = |_: Caller<'_, T>, status: i32| -> Result<(), Error> {
        Err(Error::host(Exit(status.cast_unsigned())))
    };
    linker.func_wrap(module, "proc_exit", exit)?;
    Ok(())
}

fn define_descriptors<T: 'static>(
    linker: &mut Linker<T>,
    module: &str,
    ctx: fn(&mut T) -> &mut WasiCtx,
) -> Result<(), Error> {
    with_memory! { linker, module, ctx;
        fd::fd_fdstat_get(fd: u32, buffer: GuestPtr);
        fd::fd_filestat_get(fd: u32, buffer: GuestPtr);
        fd::fd_prestat_get(fd: u32, buffer: GuestPtr);
        fd::fd_prestat_dir_name(fd: u32, path: GuestPtr, path_len: u32);
        fd::fd_seek(fd: u32, delta: i64, whence: u32, offset: GuestPtr);
        fd::fd_tell(fd: u32, offset: GuestPtr);
    }
    with_memory_and_time! { linker, module, ctx;
        fd_io::fd_pread(fd: u32, iovs: GuestPtr, iovs_len: u32, offset: u64, count: GuestPtr);
        fd_io::fd_pwrite(fd: u32, iovs: GuestPtr, iovs_len: u32, offset: u64, count: GuestPtr);
        fd_io::fd_read(fd: u32, iovs: GuestPtr, iovs_len: u32, count: GuestPtr);
        readdir::fd_readdir(fd: u32, buffer: GuestPtr, len: u32, cookie: u64, used: GuestPtr);
        fd_io::fd_write(fd: u32, iovs: GuestPtr, iovs_len: u32, count: GuestPtr);
    }
    without_memory! { linker, module, ctx;
        fd::fd_advise(fd: u32, offset: u64, len: u64, advice: u32);
        fd::fd_allocate(fd: u32, offset: u64, len: u64);
        fd::fd_close(fd: u32);
        fd::fd_datasync(fd: u32);
        fd::fd_fdstat_set_flags(fd: u32, flags: u32);
        fd::fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
        fd::fd_filestat_set_size(fd: u32, size: u64);
        fd::fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32);
        fd::fd_renumber(from: u32, to: u32);
        fd::fd_sync(fd: u32);
    }
    Ok(())
}

fn define_paths<T: 'static>(
    linker: &mut Linker<T>,
    module: &str,
    ctx: fn(&mut T) -> &mut WasiCtx,
) -> Result<(), Error> {
    with_memory_and_time! { linker, module, ctx;
        path::path_create_directory(fd: u32, path: GuestPtr, len: u32);
        path::path_filestat_get(fd: u32, lookup: u32, path: GuestPtr, len: u32, buffer: GuestPtr);
        path::path_filestat_set_times(
            fd: u32, lookup: u32, path: GuestPtr, len: u32, accessed: u64, modified: u64, flags: u32);
        path::path_link(
            old_fd: u32, old_lookup: u32, old: GuestPtr, old_len: u32, new_fd: u32, new: GuestPtr, new_len: u32);
        path::path_open(
            fd: u32, lookup: u32, path: GuestPtr, len: u32, oflags: u32, base: u64, inheriting: u64,
            fdflags: u32, opened: GuestPtr);
        path::path_readlink(
            fd: u32, path: GuestPtr, len: u32, buffer: GuestPtr, buffer_len: u32, used: GuestPtr);
        path::path_remove_directory(fd: u32, path: GuestPtr, len: u32);
        path::path_rename(
            old_fd: u32, old: GuestPtr, old_len: u32, new_fd: u32, new: GuestPtr, new_len: u32);
        path::path_symlink(target: GuestPtr, target_len: u32, fd: u32, path: GuestPtr, len: u32);
        path::path_unlink_file(fd: u32, path: GuestPtr, len: u32);
    }
    Ok(())
}

fn define_sockets<T: 'static>(
    linker: &mut Linker<T>,
    module: &str,
    ctx: fn(&mut T) -> &mut WasiCtx,
) -> Result<(), Error> {
    with_memory_and_time! { linker, module, ctx;
        sock::sock_accept(fd: u32, flags: u32, accepted: GuestPtr);
        sock::sock_recv(
            fd: u32, iovs: GuestPtr, iovs_len: u32, flags: u32, count: GuestPtr, out_flags: GuestPtr);
        sock::sock_send(fd: u32, iovs: GuestPtr, iovs_len: u32, flags: u32, count: GuestPtr);
    }
    without_memory! { linker, module, ctx;
        sock::sock_shutdown(fd: u32, how: u32);
    }
    Ok(())
}
