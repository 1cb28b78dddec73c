//! The specification's suite, in every mode of the engine. The counts are printed, failures are compared with
//! `spec/known-failures.txt`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ringzero::{Compilation, Dispatch};
use ringzero_ci::spec::{Known, Setting, groups, run_group};
use std::io::Write;

const KNOWN: &str = include_str!("../spec/known-failures.txt");

#[test]
fn lazy_tail() {
    run("lazy, tail dispatch", Setting { compilation: Compilation::Lazy, dispatch: Dispatch::Tail });
}

#[test]
fn lazy_loop() {
    run("lazy, loop dispatch", Setting { compilation: Compilation::Lazy, dispatch: Dispatch::Loop });
}

#[test]
fn eager_tail() {
    run("eager, tail dispatch", Setting { compilation: Compilation::Eager, dispatch: Dispatch::Tail });
}

#[test]
fn eager_loop() {
    run("eager, loop dispatch", Setting { compilation: Compilation::Eager, dispatch: Dispatch::Loop });
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
