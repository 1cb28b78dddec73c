//! The same calls on every file system there is: the host's, the one in memory, the test bed's, and each of them
//! behind the tracer.

use std::sync::Arc;

use ringzero::platform::Dir;
use ringzero::platform::testing::{TestDir, Tracer};
use ringzero_ci::fs_conformance::run;
use ringzero_platform_baremetal::{MemoryDir, Quota};
use ringzero_platform_std::HostDir;

#[track_caller]
fn passes(dir: Arc<dyn Dir>) {
    let report = run(dir);
    assert!(report.cases >= 100, "only {} cases", report.cases);
    let lines: Vec<_> =
        report.failures.iter().map(|failure| format!("{}: {}", failure.name, failure.what)).collect();
    assert!(lines.is_empty(), "{} of {} fail:\n{}", lines.len(), report.cases, lines.join("\n"));
}

#[test]
fn memory() {
    passes(MemoryDir::new(Quota::default()));
}

#[test]
fn test_bed() {
    passes(TestDir::new());
}

#[test]
fn host() {
    let temp = tempfile::tempdir().expect("a temporary directory");
    passes(HostDir::open(temp.path()).expect("it can be opened"));
}

/// A second file system of the host, where there is one: memory-backed file systems number entries otherwise.
#[test]
fn host_shared_memory() {
    let Ok(temp) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("no /dev/shm here: only the file system of the temporary directory was tried");
        return;
    };
    passes(HostDir::open(temp.path()).expect("it can be opened"));
}

#[test]
fn traced() {
    let tracer = Tracer::new();
    passes(tracer.dir(MemoryDir::new(Quota::default())));
    assert!(tracer.take().len() > 1000);
}
