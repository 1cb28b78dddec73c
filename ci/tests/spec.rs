//! The specification's suite, in every mode of the engine. The counts are printed, failures are compared with
//! `spec/known-failures.txt`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ringzero::{Bounds, Compilation, Dispatch, Strategy};
use ringzero_ci::spec::{Known, Setting, groups, run_group};
use std::collections::BTreeMap;
use std::io::Write;

/// The groups in which the compiler refuses nothing.
const COMPILED: &[&str] = &[
    "v1",
    "v2",
    "simd",
    "extended-const",
    "tail-call",
    "multi-memory",
    "memory64",
    "relaxed-simd",
    "custom-page-sizes",
    "wide-arithmetic",
];

const KNOWN: &str = include_str!("../spec/known-failures.txt");

#[test]
fn lazy_tail() {
    run(
        "lazy, tail dispatch",
        Setting { compilation: Compilation::Lazy, dispatch: Dispatch::Tail, ..Setting::INTERPRETED },
    );
}

#[test]
fn lazy_loop() {
    run(
        "lazy, loop dispatch",
        Setting { compilation: Compilation::Lazy, dispatch: Dispatch::Loop, ..Setting::INTERPRETED },
    );
}

#[test]
fn eager_tail() {
    run(
        "eager, tail dispatch",
        Setting { compilation: Compilation::Eager, dispatch: Dispatch::Tail, ..Setting::INTERPRETED },
    );
}

#[test]
fn eager_loop() {
    run(
        "eager, loop dispatch",
        Setting { compilation: Compilation::Eager, dispatch: Dispatch::Loop, ..Setting::INTERPRETED },
    );
}

fn run(title: &str, setting: Setting) {
    let known = Known::parse(KNOWN).unwrap();
    let groups = groups();
    let mut failures = Vec::new();
    let mut text = String::from("\n");
    let (mut assertions, mut others) = (0, 0);
    for group in &groups {
        let report = run_group(group, setting);
        text += &format!("counts: spec ({title}): {report}\n");
        assert!(report.assertions > 0, "no assertion of {} was run", group.name);
        assertions += report.assertions;
        others += report.others;
        failures.extend(report.failures);
    }
    let all = failures.len();
    text += &format!(
        "counts: spec ({title}): in all {assertions} assertions, {others} others pass, {all} fail\n"
    );
    // Past libtest's capture, so that the counts are seen when the test passes too.
    std::io::stdout().write_all(text.as_bytes()).unwrap();
    let names: Vec<_> = groups.iter().map(|g| g.name).collect();
    let wrong = known.compare(&names, &failures);
    let shown: Vec<_> = wrong.iter().take(200).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{title}: {} differ from the known failures:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}

#[test]
fn compiled() {
    run_compiled("compiled", Setting { strategy: Strategy::Compiled, ..Setting::INTERPRETED });
}

#[test]
fn compiled_with_checks() {
    let setting =
        Setting { bounds: Bounds::Explicit, compilation: Compilation::Eager, ..Setting::INTERPRETED };
    run_compiled("compiled, explicit bounds", Setting { strategy: Strategy::Compiled, ..setting });
}

#[test]
fn compiled_with_few_registers() {
    let setting = Setting { few_registers: true, compilation: Compilation::Eager, ..Setting::INTERPRETED };
    run_compiled("compiled, few registers", Setting { strategy: Strategy::Compiled, ..setting });
}

#[test]
fn compiled_for_the_least_processor() {
    let setting = Setting { strategy: Strategy::Compiled, least_processor: true, ..Setting::INTERPRETED };
    run_compiled("compiled, least processor", setting);
    run_compiled("compiled, least processor, few registers", Setting { few_registers: true, ..setting });
}

/// Each improvement of the compiler has a plain way behind it, which is right as well.
#[test]
fn compiled_without_improvements() {
    let setting = Setting { plain: true, compilation: Compilation::Eager, ..Setting::INTERPRETED };
    run_compiled("compiled, nothing improved", Setting { strategy: Strategy::Compiled, ..setting });
}

/// Groups that the compiler knows all of pass; of the others what passes is counted, and why modules are refused, which
/// is all that may go wrong.
fn run_compiled(title: &str, setting: Setting) {
    let mut text = String::from("\n");
    let mut wrong = Vec::new();
    let mut causes = BTreeMap::new();
    for group in &groups() {
        // A function that is compiled when it is called cannot be refused at load.
        let known = COMPILED.contains(&group.name);
        let compilation = if known { setting.compilation } else { Compilation::Eager };
        let report = run_group(group, Setting { compilation, ..setting });
        text += &format!("counts: spec ({title}): {report}\n");
        let shown = report.failures.iter().map(ToString::to_string);
        if known {
            wrong.extend(shown);
            continue;
        }
        for failure in shown {
            match failure.split_once(" module refused: ") {
                Some((place, cause)) => {
                    causes.entry(cause.to_owned()).or_insert((place.to_owned(), 0)).1 += 1;
                }
                // What follows from a refusal.
                None if failure.contains(" no such ") => {}
                None => wrong.push(failure),
            }
        }
    }
    for (cause, (place, count)) in causes {
        text += &format!("counts: spec ({title}): {count} modules refused, {place} and others: {cause}\n");
    }
    std::io::stdout().write_all(text.as_bytes()).unwrap();
    wrong.truncate(100);
    assert!(wrong.is_empty(), "{title}:\n{}", wrong.join("\n"));
}
