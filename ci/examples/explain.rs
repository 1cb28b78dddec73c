//! What the compiler makes of a function, pass by pass:
//! `cargo run --release -p ringzero-ci --example explain MODULE FUNCTION [CONFIGURATION]...`.
//!
//! In: a module, binary or text, and the index of a function in it, imported ones first (as backtraces name it).
//! Configurations: `explicit` (checks instead of guards), `fuel`, `interruption`, `few` (registers), `least` (processor),
//! `plain` (nothing improved). Out: what was improved, the forms between the passes, the instructions.

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
use ringzero::{Bounds, Config, Engine, Module, Strategy};
use ringzero_platform_std::StdPlatform;
use std::sync::Arc;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [module, function, words @ ..] = &args[..] else {
        return Err("give a module, and the index of a function in it".into());
    };
    let mut config = Config::new().strategy(Strategy::Compiled).platform(Arc::new(StdPlatform));
    for word in words {
        config = match word.as_str() {
            "explicit" => config.bounds(Bounds::Explicit),
            "fuel" => config.fuel(true),
            "interruption" => config.interruption(true),
            "few" => config.few_registers(true),
            "least" => config.least_processor(true),
            "plain" => config.limit_improvements(0, 0),
            other => return Err(format!("no such configuration: {other}").into()),
        };
    }
    let module = Module::new(&Engine::new(&config)?, wat::parse_file(module)?)?;
    let explained = module.explain(function.parse()?)?;
    println!("== improved: the operator's offset in the module, and how");
    for (number, improvement) in explained.improvements.iter().enumerate() {
        println!("{:5} {:8x}  {}", number + 1, improvement.offset, improvement.name);
    }
    println!("== front: values\n{}", explained.front);
    println!("== lowered: machine instructions on virtual registers\n{}", explained.lowered);
    println!("== allocated: on registers and slots\n{}", explained.allocated);
    println!("== code");
    let mut formatter = IntelFormatter::new();
    let mut line = String::new();
    for inst in Decoder::new(64, &explained.code, DecoderOptions::NONE) {
        // Tables, what fills up and constants follow behind the last instruction, and look like some, too.
        line.clear();
        formatter.format(&inst, &mut line);
        println!("{:6x}  {line}", inst.ip());
    }
    Ok(())
}
