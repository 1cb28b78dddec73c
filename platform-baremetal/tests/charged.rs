//! What the quota counts is what is allocated: no order of calls takes much more memory than is paid for.
#![expect(unsafe_code, reason = "an allocator that counts is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use ringzero::platform::{Dir, File, FileFlags, Node, OpenOptions};
use ringzero_platform_baremetal::{Archive, FixedClock, MemoryDir, Quota, Usage};

static LIVE: AtomicUsize = AtomicUsize::new(0);
/// One measurement at a time.
static TURN: Mutex<()> = Mutex::new(());
/// Made in somebody's turn, before it is measured.
static ARCHIVE: LazyLock<Arc<Archive>> = LazyLock::new(large_archive);

struct Counting;

// SAFETY: all is done by `System`; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const NEW: OpenOptions = OpenOptions {
    read: true,
    write: true,
    create: true,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: FileFlags::empty(),
};

/// Allocated and charged bytes after each step that `drive` reports.
fn measure(drive: impl Fn(&MemoryDir, &mut dyn FnMut())) {
    measure_above(|| MemoryDir::new(Quota::default()), drive);
}

/// The same for a root that is made here.
fn measure_above(root: impl FnOnce() -> Arc<MemoryDir>, drive: impl Fn(&MemoryDir, &mut dyn FnMut())) {
    let _turn = TURN.lock();
    LazyLock::force(&ARCHIVE);
    let before = LIVE.load(Ordering::Relaxed);
    let root = root();
    drive(&root, &mut || {
        let allocated = LIVE.load(Ordering::Relaxed).saturating_sub(before) as u64;
        let usage = root.usage();
        // Nodes are limited by their own quota, and take about 200 bytes each at most; the test's own names
        // and the harness take the rest.
        let fair = usage.bytes + usage.bytes / 32 + usage.inodes * 256 + 16_384;
        assert!(allocated <= fair, "{allocated} bytes allocated, {usage:?}");
    });
}

fn file(dir: &MemoryDir, name: &str) -> std::sync::Arc<dyn File> {
    match dir.open(name.as_bytes(), NEW) {
        Ok(Node::File(file)) => file,
        _ => panic!("{name} is not a file"),
    }
}

#[test]
fn a_cut_file_keeps_no_table() {
    measure(|root, check| {
        for n in 0..10 {
            let file = file(root, &format!("f{n}"));
            assert_eq!(file.allocate(0, 63 << 20), Ok(()));
            check();
            assert_eq!(file.set_size(if n % 2 == 0 { 0 } else { 1 }), Ok(()));
            check();
        }
        drop(root.open(b"f1", OpenOptions { truncate: true, ..NEW }));
        check();
    });
}

#[test]
fn a_table_full_of_tombstones_is_given_back_too() {
    measure(|root, check| {
        // Seven eighths of 16,384 buckets: as full as the table gets.
        let file = file(root, "f");
        assert_eq!(file.allocate(0, 14_336 * 4096), Ok(()));
        for pages in [14_000, 3000, 10, 1, 0] {
            assert_eq!(file.set_size(pages * 4096), Ok(()));
            check();
        }
    });
}

#[test]
fn hard_links_are_paid_for() {
    measure(|root, check| {
        drop(file(root, "f"));
        for n in 0..40_000 {
            assert_eq!(root.link(b"f", root, format!("h{n:x}").as_bytes()), Ok(()));
            if n % 1000 == 0 {
                check();
            }
        }
        check();
    });
}

#[test]
fn emptied_directories_keep_nothing() {
    measure(|root, check| {
        drop(file(root, "f"));
        for d in 0..4 {
            let name = format!("d{d}");
            assert_eq!(root.create_dir(name.as_bytes()), Ok(()));
            let Ok(Node::Dir(dir)) = root.open(name.as_bytes(), OpenOptions::default()) else {
                panic!("not a directory")
            };
            for n in 0..20_000 {
                assert_eq!(root.link(b"f", &*dir, format!("{n:x}").as_bytes()), Ok(()));
            }
            // Only the last name, or only the first: neither may keep the tables for nothing.
            let kept = if d % 2 == 0 { 19_999 } else { 0 };
            for n in (0..20_000).filter(|n| *n != kept) {
                assert_eq!(dir.unlink(format!("{n:x}").as_bytes()), Ok(()));
                if n % 1000 == 0 {
                    check();
                }
            }
            check();
            assert_eq!(dir.unlink(format!("{kept:x}").as_bytes()), Ok(()));
            check();
        }
        assert!(root.usage().bytes < 1000, "{:?}", root.usage());
    });
}

/// A directory `d` with 20,000 names and a file `big` of 32 MiB.
fn large_archive() -> Arc<Archive> {
    let mut bytes = Vec::new();
    let mut entry = |kind: u8, name: &str, size: usize| {
        let mut header = [0; 512];
        let fields = [(0, name), (100, "0000755"), (124, &format!("{size:011o}"))];
        for (at, text) in fields {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        header[156] = kind;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        bytes.extend(header);
        bytes.resize(bytes.len() + size.next_multiple_of(512), 7);
    };
    entry(b'0', "big", 32 << 20);
    (0..20_000).for_each(|n| entry(b'0', &format!("d/{n:x}"), 0));
    bytes.resize(bytes.len() + 1024, 0);
    match Archive::tar(bytes) {
        Ok(archive) => Arc::new(archive),
        Err(error) => panic!("{error}"),
    }
}

fn overlay(archive: &Arc<Archive>) -> Arc<MemoryDir> {
    match MemoryDir::overlay(archive.clone(), Quota::default(), Arc::new(FixedClock::new(0, 0))) {
        Ok(root) => root,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_is_copied_from_an_archive_is_paid_for() {
    measure_above(
        || overlay(&ARCHIVE),
        |root, check| {
            check();
            let big = file(root, "big");
            for n in 0..2000 {
                assert_eq!(big.write_at(&[b"x"], n * 16_384), Ok(1));
            }
            check();
            assert_eq!(root.usage().bytes, 2000 * 4096);
            assert_eq!(big.set_size(4096), Ok(()));
            check();
            let Ok(Node::Dir(dir)) = root.open(b"d", OpenOptions::default()) else {
                panic!("not a directory")
            };
            for n in 0..20_000 {
                assert_eq!(dir.unlink(format!("{n:x}").as_bytes()), Ok(()));
                if n % 1000 == 0 {
                    check();
                }
            }
            assert_eq!(root.usage(), Usage { bytes: 4096, inodes: 3, handles: 2 });
            check();
        },
    );
}

#[test]
fn a_thousand_file_systems_leave_nothing() {
    let _turn = TURN.lock();
    LazyLock::force(&ARCHIVE);
    let before = LIVE.load(Ordering::Relaxed);
    for n in 0..1000u32 {
        let root = overlay(&ARCHIVE);
        let new = file(&root, "new");
        assert_eq!(new.write(&[&n.to_le_bytes()]), Ok(4));
        assert_eq!(file(&root, "big").write_at(&[b"x"], u64::from(n)), Ok(1));
        assert_eq!(root.rename(b"new", &*root, b"big"), Ok(()));
    }
    // What the harness does meanwhile is little.
    let after = LIVE.load(Ordering::Relaxed);
    assert!(after < before + 16_384, "{before} bytes before, {after} after");
    let one = overlay(&ARCHIVE);
    let idle = LIVE.load(Ordering::Relaxed).saturating_sub(after);
    assert!(idle < 8192, "{idle} bytes for a file system that nobody has touched");
    println!("counts: files: {idle} bytes for an untouched file system above {} nodes", ARCHIVE.nodes());
    drop(one);
}
