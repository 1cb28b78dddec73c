//! Ring 0, seen from outside: the kernels boot in QEMU, and what they do is what Linux does.
//!
//! Where there is no QEMU the tests say so and do nothing; `RINGZERO_QEMU=required` makes that a failure.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod hosted;

use ringzero_ci::kernel::guest::{Ends, Guest};
use ringzero_ci::kernel::{check, qemu};
use ringzero_ci::spec::{Group, Setting, groups, run_group, scripts};
use std::io::Write;
use std::path::Path;

/// Whether to go on: not without QEMU.
fn ready() -> bool {
    let ready = qemu();
    if !ready {
        print("kernel: not run, there is no qemu-system-x86_64\n");
    }
    ready
}

/// Past libtest's capture, so that it is seen when the test passes too.
fn print(text: &str) {
    std::io::stdout().write_all(format!("\n{text}").as_bytes()).unwrap();
}

/// The specification's suite: group by group the same counts as on Linux.
#[test]
fn the_suite_has_the_same_counts() {
    suite("spec", &groups());
}

/// The same as machine code, for what the compiler knows all of, with guards behind memories.
#[test]
fn the_suite_has_the_same_counts_compiled() {
    suite("spec-guard", &groups());
}

/// The same with checks before accesses.
#[test]
fn the_suite_has_the_same_counts_compiled_with_checks() {
    suite("spec-explicit", &groups());
}

fn suite(check_name: &str, groups: &[Group]) {
    if !ready() {
        return;
    }
    let (mut data, mut expected) = (Vec::new(), String::new());
    for group in groups {
        let scripts: Vec<_> = scripts(group).map(|(_, script)| script.unwrap()).collect();
        data.extend(postcard::to_allocvec(&(group.name, scripts)).unwrap());
        expected += &format!("{}\n", run_group(group, Setting::INTERPRETED));
    }
    let seen = check(check_name, &data, 512);
    let line = |line: &str| format!("counts: {check_name} (in ring 0): {line}\n");
    print(&seen.lines().map(line).collect::<String>());
    assert_eq!(seen, expected);
}

/// The guest of this name, which is to end so.
fn guest(name: &str, ends: Ends) -> Guest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/kernel/hostile/{name}.wat"));
    let wasm = wat::parse_file(path).unwrap();
    // Who is to be interrupted is so soon; nobody else is, even on a slow machine.
    let time = if ends == Ends::Traps("interrupted".to_owned()) { 20 } else { 60_000 };
    Guest { name: name.to_owned(), wasm, time, ends }
}

/// All guests that ask for more than they can have, and one that does not.
fn guests() -> Vec<Guest> {
    const NOSPC: u32 = 51;
    const DQUOT: u32 = 19;
    const MFILE: u32 = 33;
    let traps = |message: &str| Ends::Traps(message.to_owned());
    vec![
        guest("disk", Ends::Exits(NOSPC)),
        guest("names", Ends::Exits(DQUOT)),
        guest("handles", Ends::Exits(MFILE)),
        guest("memory", Ends::Exits(7)),
        guest("table", Ends::Exits(8)),
        guest("recursion", traps("call stack exhausted")),
        guest("tree", traps("interrupted")),
        guest("loop", traps("interrupted")),
        guest("tail", traps("interrupted")),
        guest("sleep", traps("interrupted")),
        guest("bounds", traps("out of bounds memory access")),
        guest("divide", traps("integer divide by zero")),
        guest("hello", Ends::Exits(0)),
    ]
}

/// A thousand guests that take what they can get, one after the other: each is bounded, by a quota, by the memory that
/// there is, or by the timer; the next one runs; and frames and heap are what they were.
#[test]
fn a_thousand_hostile_guests_leave_nothing_behind() {
    if ready() {
        print(&check("hostile", &postcard::to_allocvec(&guests()).unwrap(), 128));
    }
}

/// No frame at any point of loading and running: an error or a smaller memory, never the kernel's end.
#[test]
fn frames_may_run_out_at_any_point() {
    if ready() {
        // Guests that take few frames each time, and end by themselves.
        let few = ["disk", "names", "handles", "table", "bounds", "divide", "hello"];
        let guests: Vec<_> = guests().into_iter().filter(|guest| few.contains(&&*guest.name)).collect();
        print(&check("frames", &postcard::to_allocvec(&guests).unwrap(), 64));
    }
}

/// Accesses out of bounds, division, `ud2`, a stack that overflows into its guard page: the kernel's own handlers make
/// them traps. A store to published code faults, and so does running data.
#[test]
fn faults_of_machine_code_are_traps() {
    if ready() {
        let seen = check("faults", b"-", 64);
        print(&seen.replace("holds: ", "in ring 0 holds: "));
        assert!(seen.lines().count() > 5, "{seen}");
    }
}

/// Two guests share the processor by slices of fuel, and come to what they come to alone.
#[test]
fn two_guests_share_the_processor() {
    if ready() {
        let guest = wat::parse_file(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kernel/steps.wat")).unwrap();
        let seen = check("slices", &guest, 64);
        // The most steps below a million, and below a hundred million.
        let lines: Vec<_> = seen.lines().collect();
        assert!(
            lines[0].starts_with("837799: I64(524) after ") && !lines[0].ends_with(" 1 slices"),
            "{seen}"
        );
        assert!(lines[1].starts_with("63728127: I64(949) after "), "{seen}");
    }
}
