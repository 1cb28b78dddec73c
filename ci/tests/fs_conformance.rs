//! The same calls on every file system there is: the host's, the one in memory, alone and above archives, the test
//! bed's, and some behind the tracer; from a list, and at random.
//!
//! `RINGZERO_MODEL_COUNT` sequences at random (3000 where it is not set), beginning with number
//! `RINGZERO_MODEL_FROM`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ringzero::platform::testing::{TestDir, Tracer};
use ringzero::platform::{Dir, FakeClock};
use ringzero_ci::fs_conformance::{Item, ItemKind, Report, model};
use ringzero_ci::fs_conformance::{
    fixture, pack, permissions_fixture, plant, remains, run, run_on_fixture, run_on_permissions,
};
use ringzero_platform_baremetal::{Archive, MemoryDir, Quota};
use ringzero_platform_std::HostDir;

#[track_caller]
fn check(what: &str, report: &Report, least: usize) {
    assert!(report.cases >= least, "only {} cases", report.cases);
    let lines: Vec<_> =
        report.failures.iter().map(|failure| format!("{}: {}", failure.name, failure.what)).collect();
    assert!(lines.is_empty(), "{} of {} fail:\n{}", lines.len(), report.cases, lines.join("\n"));
    // Past libtest's capture, so that the count is seen when the test passes too.
    let line = format!("\ncounts: files: {} cases on {what}\n", report.cases);
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

#[track_caller]
fn passes(what: &str, dir: Arc<dyn Dir>) {
    check(what, &run(dir), 140);
}

#[track_caller]
fn passes_on_fixture(what: &str, dir: Arc<dyn Dir>) {
    check(what, &run_on_fixture(dir), 35);
}

fn memory() -> Arc<dyn Dir> {
    MemoryDir::new(Quota::default())
}

fn overlay(items: &[Item]) -> Arc<dyn Dir> {
    let archive = Archive::tar(pack(items)).unwrap_or_else(|error| panic!("{error}"));
    MemoryDir::overlay(Arc::new(archive), Quota::default(), Arc::new(FakeClock::default())).unwrap()
}

/// Makes the items by the standard library's calls, permissions last.
fn unpack(items: &[Item], root: &Path) {
    for item in items {
        let path = root.join(&item.path);
        match &item.kind {
            ItemKind::Dir => std::fs::create_dir(&path).unwrap(),
            ItemKind::File(content) => std::fs::write(&path, content).unwrap(),
            ItemKind::Link(target) => std::os::unix::fs::symlink(target, &path).unwrap(),
            ItemKind::Hard(target) => std::fs::hard_link(root.join(target), &path).unwrap(),
        }
    }
    for item in items.iter().rev().filter(|item| !matches!(item.kind, ItemKind::Link(_) | ItemKind::Hard(_)))
    {
        let permissions = PermissionsExt::from_mode(u32::from(item.permissions));
        std::fs::set_permissions(root.join(&item.path), permissions).unwrap();
    }
}

#[test]
fn memory_passes() {
    passes("memory", memory());
}

#[test]
fn memory_passes_on_what_is_there() {
    let root = memory();
    plant(&fixture(), &root).unwrap();
    passes_on_fixture("memory, fixture", root);
}

#[test]
fn overlay_passes_above_nothing() {
    passes("overlay above nothing", overlay(&[]));
}

#[test]
fn overlay_passes_above_remains() {
    passes("overlay above remains", overlay(&remains()));
}

#[test]
fn overlay_passes_above_what_is_there() {
    passes_on_fixture("overlay, fixture", overlay(&fixture()));
}

/// The fixture once more, packed by the archiver that is here.
#[test]
fn overlay_passes_above_what_tar_packed() {
    let temp = tempfile::tempdir().unwrap();
    unpack(&fixture(), temp.path());
    for format in ["v7", "ustar", "gnu", "posix"] {
        let mut command = Command::new("tar");
        command.arg("-C").arg(temp.path()).args([&format!("--format={format}"), "-cf", "-", "."]);
        let Some(done) = command.output().ok().filter(|done| done.status.success()) else {
            eprintln!("no GNU tar here: only stored archives and our own were tried");
            return;
        };
        let archive = Archive::tar(done.stdout).unwrap_or_else(|error| panic!("{format}: {error}"));
        let clock = Arc::new(FakeClock::default());
        let root = MemoryDir::overlay(Arc::new(archive), Quota::default(), clock).unwrap();
        passes_on_fixture(&format!("overlay, fixture packed as {format}"), root);
    }
}

#[test]
fn overlay_refuses_by_the_permissions_of_its_archive() {
    check("overlay, permissions", &run_on_permissions(overlay(&permissions_fixture())), 12);
}

#[test]
fn test_bed_passes() {
    passes("test bed", TestDir::new());
    let root: Arc<dyn Dir> = TestDir::new();
    plant(&fixture(), &root).unwrap();
    passes_on_fixture("test bed, fixture", root);
}

#[test]
fn host_passes() {
    let temp = tempfile::tempdir().unwrap();
    passes("host", HostDir::open(temp.path()).unwrap());
    let temp = tempfile::tempdir().unwrap();
    unpack(&fixture(), temp.path());
    passes_on_fixture("host, fixture", HostDir::open(temp.path()).unwrap());
}

/// A second file system of the host, where there is one: memory-backed file systems number entries otherwise.
#[test]
fn host_shared_memory_passes() {
    let Ok(temp) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("no /dev/shm here: only the file system of the temporary directory was tried");
        return;
    };
    passes("host, shared memory", HostDir::open(temp.path()).unwrap());
    let temp = tempfile::tempdir_in("/dev/shm").unwrap();
    unpack(&fixture(), temp.path());
    passes_on_fixture("host, shared memory, fixture", HostDir::open(temp.path()).unwrap());
}

#[test]
fn traced_passes() {
    let tracer = Tracer::new();
    passes("memory, traced", tracer.dir(memory()));
    assert!(tracer.take().len() > 1000);
}

/// Set for a copy of this program that runs as nobody.
const UNPRIVILEGED: &str = "RINGZERO_TEST_PERMISSIONS_IN";
/// Whom most systems call nobody.
const NOBODY: u32 = 65_534;

/// The host refuses nothing to its superuser. Where the tests are run by him, this one is run once more by nobody.
#[test]
fn host_refuses_by_permissions() {
    let place = std::env::var_os(UNPRIVILEGED);
    let temp = match &place {
        Some(place) => tempfile::tempdir_in(place).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let probe = temp.path().join("probe");
    std::fs::write(&probe, "").unwrap();
    std::fs::set_permissions(&probe, PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read(&probe).is_ok() {
        assert!(place.is_none(), "nobody is the superuser here");
        return run_as_nobody(temp.path());
    }
    std::fs::remove_file(&probe).unwrap();
    let root = temp.path().join("root");
    std::fs::create_dir(&root).unwrap();
    unpack(&permissions_fixture(), &root);
    let report = run_on_permissions(HostDir::open(&root).unwrap());
    allow_all(&root);
    check("host, permissions", &report, 12);
}

fn run_as_nobody(temp: &Path) {
    use std::os::unix::fs::chown;
    use std::os::unix::process::CommandExt;
    // The program may lie where nobody may look.
    let program = temp.join("fs_conformance");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    for path in [temp, &program] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let place = temp.join("place");
    std::fs::create_dir(&place).unwrap();
    chown(&place, Some(NOBODY), Some(NOBODY)).unwrap();
    let mut command = Command::new(&program);
    command.args(["--exact", "host_refuses_by_permissions", "--nocapture"]).env(UNPRIVILEGED, &place);
    let done = command.current_dir(temp).uid(NOBODY).gid(NOBODY).output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{text}{}", String::from_utf8_lossy(&done.stderr));
    assert!(text.contains("1 passed"), "{text}");
    std::io::stdout()
        .write_all(text.lines().filter(|l| l.starts_with("counts")).collect::<String>().as_bytes())
        .unwrap();
}

/// So that the folder can be removed.
fn allow_all(dir: &Path) {
    std::fs::set_permissions(dir, PermissionsExt::from_mode(0o755)).unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            allow_all(&entry.path());
        }
    }
}

/// Every other sequence begins with files, which the overlay has from its archive.
#[test]
fn calls_at_random_have_the_same_answers_everywhere() {
    let count = number("RINGZERO_MODEL_COUNT", 3000);
    let from = number("RINGZERO_MODEL_FROM", 0);
    // Mostly where it is quick, where there is such a place; one in eight on a disk.
    let disk = tempfile::tempdir().unwrap();
    let memory_backed = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let items = model::items();
    let archive = Arc::new(Archive::tar(pack(&items)).unwrap());
    let empty = Arc::new(Archive::tar(pack(&[])).unwrap());
    let (mut succeeded, mut failed) = (0, 0);
    for number in from..from + count {
        let base = if number / 2 % 8 == 7 { &disk } else { &memory_backed };
        let path = base.path().join(number.to_string());
        std::fs::create_dir(&path).unwrap();
        let below = if number % 2 == 0 { &empty } else { &archive };
        let clock = Arc::new(FakeClock::default());
        let above = MemoryDir::overlay(below.clone(), Quota::default(), clock).unwrap();
        let roots: [Arc<dyn Dir>; 3] = [HostDir::open(&path).unwrap(), memory(), above.clone()];
        if number % 2 == 1 {
            unpack(&items, &path);
            plant(&items, &roots[1]).unwrap();
        }
        let trace = model::compare(number, &roots).unwrap_or_else(|difference| panic!("{difference}"));
        (succeeded, failed) = (succeeded + trace.succeeded, failed + trace.failed);
        assert_eq!(above.usage().handles, 0, "sequence {number}");
        std::fs::remove_dir_all(&path).unwrap();
    }
    let line = format!(
        "\ncounts: files: {count} sequences at random, {succeeded} calls succeeded and {failed} failed\n"
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    assert!(succeeded > failed / 2 && failed > succeeded / 8, "{succeeded} calls succeeded, {failed} failed");
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.replace('_', "").parse().unwrap())
}
