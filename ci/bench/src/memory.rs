//! What operators on memories cost as machine code, beside wasmtime: growth by single pages, copies and fills of
//! several lengths.
//!
//! Out: a table in Markdown. ringzero's memories are guarded, or checked.

use crate::clock::{Way, micros};
use crate::cranelift::Compiler;
use crate::{Failure, cranelift, ours};
use ringzero::Bounds;

const ROUNDS: usize = 15;
/// How often an operator is executed in one call.
const TIMES: i32 = 1000;
const GROWTH: i32 = 4096;

pub(crate) fn run() -> Result<(), Failure> {
    println!(
        "| what | guards ns | checks ns | wasmtime ns | guards ÷ | checks ÷ |\n|---|---:|---:|---:|---:|---:|"
    );
    row("an instance, and each of 4,096 growths by a page", "(drop (memory.grow (i32.const 1)))", 1, GROWTH)?;
    for (len, size) in [(8, "8 B"), (64, "64 B"), (1024, "1 KiB"), (65_536, "64 KiB"), (1 << 20, "1 MiB")] {
        for (name, from) in [("copy", "(i32.const 0x200000)"), ("fill", "(i32.const 7)")] {
            for (kind, length) in
                [("constant", format!("(i32.const {len})")), ("variable", "(local.get 1)".into())]
            {
                let operator = format!("(memory.{name} (i32.const 24) {from} {length})");
                row(&format!("{name} of {size}, {kind}"), &operator, len, TIMES)?;
            }
        }
    }
    println!();
    Ok(())
}

/// `run(n, length)` executes the operator n times.
fn row(what: &str, operator: &str, length: i32, times: i32) -> Result<(), Failure> {
    let text = format!(
        r#"(module (memory 64)
            (func (export "run") (param i32 i32)
                (loop $again
                    {operator}
                    (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                    (br_if $again (local.get 0)))))"#
    );
    let bytes = wat::parse_str(text)?;
    let (guards, checks) = (ours::compiled(), ours::compiled().bounds(Bounds::Explicit));
    let engine = ringzero::Engine::new;
    let ways = [
        of_wasmtime::way(&cranelift::engine(Compiler::Cranelift)?, &bytes, (times, length))?,
        of_ours::way(&engine(&guards)?, &bytes, (times, length))?,
        of_ours::way(&engine(&checks)?, &bytes, (times, length))?,
    ];
    let [theirs, guards, checks] = micros(ROUNDS, ways)?.map(|time| time * 1e3 / f64::from(times));
    println!(
        "| {what} | {guards:.1} | {checks:.1} | {theirs:.1} | {:.2} | {:.2} |",
        guards / theirs,
        checks / theirs
    );
    Ok(())
}

/// The same for both crates, whose interfaces have one shape.
macro_rules! side {
    ($name:ident, $krate:ident) => {
        mod $name {
            use super::{Failure, GROWTH, Way};
            use $krate::{Engine, Linker, Module, Store, TypedFunc};

            /// A call; where the memory grows, in a new instance each time.
            pub(super) fn way(engine: &Engine, bytes: &[u8], params: (i32, i32)) -> Result<Way, Failure> {
                let module = Module::new(engine, bytes)?;
                let (mut store, run) = start(&module)?;
                if params.0 != GROWTH {
                    return Ok(Box::new(move || Ok(run.call(&mut store, params)?)));
                }
                Ok(Box::new(move || {
                    let (mut store, run) = start(&module)?;
                    Ok(run.call(&mut store, params)?)
                }))
            }

            fn start(module: &Module) -> Result<(Store<()>, TypedFunc<(i32, i32), ()>), Failure> {
                let mut store = Store::new(module.engine(), ());
                let instance = Linker::new(module.engine()).instantiate(&mut store, module)?;
                let run = instance.get_typed_func(&mut store, "run")?;
                Ok((store, run))
            }
        }
    };
}

side!(of_ours, ringzero);
side!(of_wasmtime, wasmtime);
