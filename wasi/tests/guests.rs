//! Whole guests through the engine: names and types of the functions, a program that talks, and how one ends.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::sync::Arc;

use ringzero::{
    Category, Engine, Error, Extern, Instance, Linker, Module, Store, platform::testing::TestStream,
};
use ringzero_wasi::{Exit, NoMemory, WasiCtx, WasiCtxBuilder, add_to_linker, exit_status};

/// Every function of preview 1 with its type.
const FUNCTIONS: [(&str, &str); 46] = [
    ("args_get", "(param i32 i32) (result i32)"),
    ("args_sizes_get", "(param i32 i32) (result i32)"),
    ("environ_get", "(param i32 i32) (result i32)"),
    ("environ_sizes_get", "(param i32 i32) (result i32)"),
    ("clock_res_get", "(param i32 i32) (result i32)"),
    ("clock_time_get", "(param i32 i64 i32) (result i32)"),
    ("fd_advise", "(param i32 i64 i64 i32) (result i32)"),
    ("fd_allocate", "(param i32 i64 i64) (result i32)"),
    ("fd_close", "(param i32) (result i32)"),
    ("fd_datasync", "(param i32) (result i32)"),
    ("fd_fdstat_get", "(param i32 i32) (result i32)"),
    ("fd_fdstat_set_flags", "(param i32 i32) (result i32)"),
    ("fd_fdstat_set_rights", "(param i32 i64 i64) (result i32)"),
    ("fd_filestat_get", "(param i32 i32) (result i32)"),
    ("fd_filestat_set_size", "(param i32 i64) (result i32)"),
    ("fd_filestat_set_times", "(param i32 i64 i64 i32) (result i32)"),
    ("fd_pread", "(param i32 i32 i32 i64 i32) (result i32)"),
    ("fd_prestat_get", "(param i32 i32) (result i32)"),
    ("fd_prestat_dir_name", "(param i32 i32 i32) (result i32)"),
    ("fd_pwrite", "(param i32 i32 i32 i64 i32) (result i32)"),
    ("fd_read", "(param i32 i32 i32 i32) (result i32)"),
    ("fd_readdir", "(param i32 i32 i32 i64 i32) (result i32)"),
    ("fd_renumber", "(param i32 i32) (result i32)"),
    ("fd_seek", "(param i32 i64 i32 i32) (result i32)"),
    ("fd_sync", "(param i32) (result i32)"),
    ("fd_tell", "(param i32 i32) (result i32)"),
    ("fd_write", "(param i32 i32 i32 i32) (result i32)"),
    ("path_create_directory", "(param i32 i32 i32) (result i32)"),
    ("path_filestat_get", "(param i32 i32 i32 i32 i32) (result i32)"),
    ("path_filestat_set_times", "(param i32 i32 i32 i32 i64 i64 i32) (result i32)"),
    ("path_link", "(param i32 i32 i32 i32 i32 i32 i32) (result i32)"),
    ("path_open", "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)"),
    ("path_readlink", "(param i32 i32 i32 i32 i32 i32) (result i32)"),
    ("path_remove_directory", "(param i32 i32 i32) (result i32)"),
    ("path_rename", "(param i32 i32 i32 i32 i32 i32) (result i32)"),
    ("path_symlink", "(param i32 i32 i32 i32 i32) (result i32)"),
    ("path_unlink_file", "(param i32 i32 i32) (result i32)"),
    ("poll_oneoff", "(param i32 i32 i32 i32) (result i32)"),
    ("proc_exit", "(param i32)"),
    ("proc_raise", "(param i32) (result i32)"),
    ("sched_yield", "(result i32)"),
    ("random_get", "(param i32 i32) (result i32)"),
    ("sock_accept", "(param i32 i32 i32) (result i32)"),
    ("sock_recv", "(param i32 i32 i32 i32 i32 i32) (result i32)"),
    ("sock_send", "(param i32 i32 i32 i32 i32) (result i32)"),
    ("sock_shutdown", "(param i32 i32) (result i32)"),
];

fn binary(text: &str) -> Vec<u8> {
    let buffer = wast::parser::ParseBuffer::new(text).unwrap();
    wast::parser::parse::<wast::Wat>(&buffer).unwrap().encode().unwrap()
}

/// A store's data of an embedder that has more than WASI in it.
struct Host {
    wasi: WasiCtx,
    others: u32,
}

/// Instantiates `text` with what `builder` grants.
fn instantiate(text: &str, builder: WasiCtxBuilder) -> Result<(Store<Host>, Instance), Error> {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    add_to_linker(&mut linker, |host: &mut Host| {
        host.others += 1;
        &mut host.wasi
    })?;
    let module = Module::new(&engine, binary(text))?;
    let host = Host { wasi: builder.build().unwrap(), others: 0 };
    let mut store = Store::new(&engine, host);
    let instance = linker.instantiate(&mut store, &module)?;
    Ok((store, instance))
}

fn run(text: &str, builder: WasiCtxBuilder) -> Result<(), Error> {
    let (mut store, instance) = instantiate(text, builder)?;
    instance.run_start(&mut store, &["_start"])
}

#[test]
fn all_functions_are_there_under_both_names_with_their_types() {
    for module in ["wasi_snapshot_preview1", "wasi_unstable"] {
        let imports: String = FUNCTIONS
            .iter()
            .map(|(name, ty)| format!("(import \"{module}\" \"{name}\" (func {ty}))\n"))
            .collect();
        let text = format!("(module {imports} (memory (export \"memory\") 1))");
        instantiate(&text, WasiCtxBuilder::new()).unwrap();
    }
}

#[test]
fn nothing_is_defined_twice_by_accident() {
    let mut linker = Linker::new(&Engine::default());
    add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).unwrap();
    let again = add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx);
    assert_eq!(again.unwrap_err().category(), Category::Link);
}

const HELLO: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 64) "hello, world\n")
    ;; Two buffers: "hello, " and "world\n".
    (data (i32.const 8) "\40\00\00\00\07\00\00\00\47\00\00\00\06\00\00\00")
    (func (export "_start")
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 2) (i32.const 0)))
        ;; The status is what was written, less the 13 that it should be.
        (call $exit (i32.sub (i32.load (i32.const 0)) (i32.const 13)))
        ;; Nothing may run after the end.
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 2) (i32.const 0)))))"#;

#[test]
fn a_program_writes_and_exits_and_nothing_runs_after_it() {
    let stdout = TestStream::new();
    let ended = run(HELLO, WasiCtxBuilder::new().stdout(stdout.clone())).unwrap_err();
    assert_eq!(exit_status(&ended), Some(0), "{ended}");
    assert_eq!(ended.downcast_ref::<Exit>(), Some(&Exit(0)));
    assert_eq!(stdout.take_output(), b"hello, world\n");
}

fn program(body: &str, memory: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            {memory}
            (func (export "_start") {body}))"#
    )
}

#[test]
fn every_status_is_the_guests_own() {
    for status in [0, 1, 7, 126, 255, 256, i32::MAX, -1] {
        let text = program(&format!("(call $exit (i32.const {status}))"), "");
        let ended = run(&text, WasiCtxBuilder::new()).unwrap_err();
        assert_eq!(exit_status(&ended), Some(status.cast_unsigned()), "{status}");
    }
    let text = program("unreachable", "");
    assert_eq!(exit_status(&run(&text, WasiCtxBuilder::new()).unwrap_err()), None);
    run(&program("", ""), WasiCtxBuilder::new()).unwrap();
}

#[test]
fn a_missing_memory_is_named_where_it_is_needed() {
    let zero = "(i32.const 0)";
    let writes = format!("(drop (call $write {zero} {zero} {zero} {zero}))");
    for memory in ["", "(memory 1)", "(memory (export \"mem\") 1)"] {
        let error = run(&program(&writes, memory), WasiCtxBuilder::new()).unwrap_err();
        assert!(error.downcast_ref::<NoMemory>().is_some(), "{error}");
        assert!(error.to_string().contains("`fd_write` needs a memory exported as `memory`"), "{error}");
        run(&program("(drop (call $yield))", memory), WasiCtxBuilder::new()).unwrap();
    }
}

#[test]
fn a_memory_that_has_grown_is_seen_whole() {
    let body = "(drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 65536) (i32.const 65600))
        (i32.store (i32.const 65540) (i32.const 2))
        (i32.store16 (i32.const 65600) (i32.const 0x6b6f))
        (call $exit (call $write (i32.const 1) (i32.const 65536) (i32.const 1) (i32.const 131068)))";
    let stdout = TestStream::new();
    let text = program(body, "(memory (export \"memory\") 1)");
    let ended = run(&text, WasiCtxBuilder::new().stdout(stdout.clone())).unwrap_err();
    assert_eq!(exit_status(&ended), Some(0));
    assert_eq!(stdout.take_output(), b"ok");
}

#[test]
fn the_embedder_finds_its_own_data() {
    let stdout = TestStream::new();
    let builder = WasiCtxBuilder::new().stdout(stdout.clone());
    let (mut store, instance) = instantiate(HELLO, builder).unwrap();
    instance.run_start(&mut store, &["_start"]).unwrap_err();
    assert_eq!(store.data().others, 1, "only `fd_write` looked for the guest's world");
    assert!(matches!(instance.get_export(&store, "memory"), Some(Extern::Memory(_))));
    assert_eq!(Arc::strong_count(&stdout), 2);
    drop(store);
    assert_eq!(Arc::strong_count(&stdout), 1);
}

#[test]
fn a_run_answers_with_a_status_whatever_the_way_it_ends() {
    let status = |body: &str| {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).unwrap();
        let buffer = wast::parser::ParseBuffer::new(body).unwrap();
        let bytes = wast::parser::parse::<wast::Wat<'_>>(&buffer).unwrap().encode().unwrap();
        let mut store = Store::new(&engine, WasiCtxBuilder::new().build().unwrap());
        let instance = linker.instantiate(&mut store, &Module::new(&engine, bytes).unwrap()).unwrap();
        ringzero_wasi::run(&mut store, instance)
    };
    assert_eq!(status(&program("", "")).unwrap(), 0);
    assert_eq!(status(&program("(call $exit (i32.const 0))", "")).unwrap(), 0);
    assert_eq!(status(&program("(call $exit (i32.const 3))", "")).unwrap(), 3);
    assert_eq!(status("(module)").unwrap(), 0);
    let trap = status(&program("unreachable", "")).unwrap_err();
    assert_eq!(trap.trap(), Some(ringzero::Trap::Unreachable));
}

#[test]
fn a_guest_that_opens_without_end_is_told_so_and_counted() {
    const MFILE: u32 = 33;
    let text = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) ".")
        (func (export "close") (param i32) (result i32) (call $close (local.get 0)))
        (func (export "_start") (local i32)
            (loop $more
                (local.set 0 (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2)
                    (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 8)))
                (br_if $more (i32.eqz (local.get 0))))
            (call $exit (local.get 0))))"#;
    for limit in [4, 5, 100, 3000] {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).unwrap();
        let buffer = wast::parser::ParseBuffer::new(text).unwrap();
        let bytes = wast::parser::parse::<wast::Wat<'_>>(&buffer).unwrap().encode().unwrap();
        let dir = ringzero::platform::testing::TestDir::new();
        let ctx = WasiCtxBuilder::new().max_descriptors(limit).preopen("/", dir).build().unwrap();
        let before = ctx.usage();
        let mut store = Store::new(&engine, ctx);
        let instance = linker.instantiate(&mut store, &Module::new(&engine, bytes).unwrap()).unwrap();
        assert_eq!(ringzero_wasi::run(&mut store, instance).unwrap(), MFILE);
        let full = store.data().usage();
        assert_eq!((before.descriptors, full.descriptors), (4, limit as usize));
        assert_eq!((full.streams, full.directories, full.files, full.sockets), (3, limit as usize - 3, 0, 0));
        // Room for the limit, and no more.
        assert_eq!(full.table_bytes % u64::from(limit), 0);
        assert!(full.table_bytes / u64::from(limit) < 200, "{full:?}");
        let close = instance.get_typed_func::<u32, u32>(&store, "close").unwrap();
        assert_eq!(close.call(&mut store, limit - 1).unwrap(), 0);
        assert_eq!(store.data().usage().descriptors, limit as usize - 1);
    }
}
