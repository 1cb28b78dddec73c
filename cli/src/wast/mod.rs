//! `ringzero wast`: the specification's test scripts.
//!
//! In: files. Out: a line for each directive that did not do what the script says, and a count. Each file has a
//! store of its own, with the module `spectest` that the scripts import from.

mod compare;
mod script;
mod spectest;

use std::fmt::Write;
use std::path::Path;

use wast::Wast;
use wast::parser::{self, ParseBuffer};

use crate::args::WastArgs;
use crate::report::{Failure, print};
use crate::{engine, load};

use script::Script;

/// How many directives did what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u32,
    failed: u32,
}

pub(crate) fn run(args: &WastArgs) -> Result<(), Failure> {
    let mut total = Count::default();
    for file in &args.files {
        let count = run_file(args, file)?;
        total.passed += count.passed;
        total.failed += count.failed;
    }
    if args.files.len() > 1 {
        print(&format!("{} files: {} passed, {} failed\n", args.files.len(), total.passed, total.failed))?;
    }
    match total.failed {
        0 => Ok(()),
        failed => Err(Failure::Host(format!("{failed} of {} directives failed", total.passed + failed))),
    }
}

fn run_file(args: &WastArgs, path: &Path) -> Result<Count, Failure> {
    let bytes = load::read(path)?;
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::about(path.display(), "the text is not UTF-8"))?;
    let syntax = |error: wast::Error| {
        Failure::Host(format!("{}: {}", load::place(path, &text, error.span()), error.message()))
    };
    let mut lexer = wast::lexer::Lexer::new(&text);
    // Scripts test names that hold any character, direction marks included.
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(syntax)?;
    let script: Wast<'_> = parser::parse(&buffer).map_err(syntax)?;
    let engine = engine::engine(engine::config(&args.engine)?)?;
    let mut run = Script::new(&engine).map_err(|error| Failure::about("spectest", error))?;
    let mut count = Count::default();
    let mut page = String::new();
    for directive in script.directives {
        let span = directive.span();
        match run.directive(directive) {
            Ok(()) => count.passed += 1,
            Err(reason) => {
                count.failed += 1;
                // Writing to a string does not fail.
                let _ = writeln!(page, "{}: {reason}", load::place(path, &text, span));
            }
        }
    }
    let _ = writeln!(page, "{}: {} passed, {} failed", path.display(), count.passed, count.failed);
    print(&page)?;
    Ok(count)
}
