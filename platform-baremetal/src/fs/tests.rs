//! What the conformance list does not ask, because only this file system has it: quotas, holes, the end of
//! nodes, cookies.

use alloc::{format, sync::Arc, vec, vec::Vec};

use ringzero::platform::{Dir, ErrorKind, File, Node, OpenOptions, Step};

use super::names::SLOT_COST;
use super::pages::PAGE;
use super::{MemoryDir, Quota, Usage};
use crate::FixedClock;

const NEW: OpenOptions = OpenOptions {
    read: true,
    write: true,
    create: true,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: ringzero::platform::FileFlags::empty(),
};

fn file(dir: &dyn Dir, name: &str) -> Arc<dyn File> {
    match dir.open(name.as_bytes(), NEW) {
        Ok(Node::File(file)) => file,
        Ok(Node::Dir(_)) => panic!("{name} is a directory"),
        Err(error) => panic!("{name}: {error}"),
    }
}

fn root(pages: u64, inodes: u64) -> Arc<MemoryDir> {
    // Room for a few names beside the pages, and not for one page more.
    let bytes = pages * PAGE as u64 + 4 * SLOT_COST;
    MemoryDir::new(Quota { bytes, inodes, ..Quota::default() })
}

#[test]
fn a_full_file_system_writes_short_and_then_not_at_all() {
    let root = root(2, 10);
    let a = file(&*root, "a");
    let much = vec![7; 3 * PAGE];
    assert_eq!(a.write(&[&much]), Ok(2 * PAGE));
    assert_eq!(a.write(&[&much]), Err(ErrorKind::NoSpace));
    assert_eq!(a.write_at(&[b"x"], 5), Ok(1));
    assert_eq!(file(&*root, "b").write(&[b"x"]), Err(ErrorKind::NoSpace));
    a.set_size(1).unwrap();
    assert_eq!(file(&*root, "b").write(&[b"x"]), Ok(1));
    assert_eq!(a.allocate(0, 2 * PAGE as u64), Err(ErrorKind::NoSpace));
    assert_eq!(a.stat().unwrap().size, 1);
}

#[test]
fn nodes_are_counted_and_given_back() {
    let root = root(4, 3);
    root.create_dir(b"d").unwrap();
    let a = file(&*root, "a");
    assert_eq!(root.create_dir(b"e"), Err(ErrorKind::QuotaExceeded));
    assert_eq!(root.symlink(b"a", b"s"), Err(ErrorKind::QuotaExceeded));
    root.link(b"a", &*root, b"hard").unwrap();
    a.write(&[b"abc"]).unwrap();
    root.unlink(b"a").unwrap();
    root.unlink(b"hard").unwrap();
    // Without a name it lives on for as long as it is open.
    let mut buffer = [0; 3];
    assert_eq!(a.read_at(&mut [&mut buffer], 0), Ok(3));
    assert_eq!((&buffer, a.stat().unwrap().links), (b"abc", 0));
    assert_eq!(root.usage().inodes, 3);
    drop(a);
    root.remove_dir(b"d").unwrap();
    assert_eq!(root.usage(), Usage { bytes: 0, inodes: 1, handles: 0 });
}

#[test]
fn nothing_is_lost_in_many_changes() {
    let root = root(100, 100);
    for round in 0..20 {
        for n in 0..10 {
            file(&*root, &format!("f{n}")).write(&[&vec![n; 5000]]).unwrap();
        }
        root.create_dir(b"d").unwrap();
        root.symlink(b"f1", b"s").unwrap();
        root.rename(b"f0", &*root, b"f1").unwrap();
        root.rename(b"s", &*root, b"d2").unwrap();
        root.rename(b"d2", &*root, b"f2").unwrap();
        root.rename(b"d", &*root, b"e").unwrap();
        for n in 1..10 {
            root.unlink(format!("f{n}").as_bytes()).unwrap();
        }
        root.remove_dir(b"e").unwrap();
        assert_eq!(root.usage(), Usage { bytes: 0, inodes: 1, handles: 0 }, "round {round}");
    }
    // Slots are used again: a directory that held twelve names at once has no more.
    file(&*root, "last");
    let mut cookie = 0;
    root.read_dir(0, &mut |entry| {
        cookie = entry.next;
        Step::Continue
    })
    .unwrap();
    assert!(cookie <= 12, "{cookie}");
    assert_eq!(root.read_dir(99, &mut |_| Step::Continue), Err(ErrorKind::InvalidInput));
}

#[test]
fn holes_cost_nothing_and_read_as_zero() {
    const NAME: u64 = SLOT_COST + 1;
    let root = root(4, 10);
    let a = file(&*root, "a");
    a.set_size(1 << 40).unwrap();
    assert_eq!(root.usage().bytes, NAME);
    a.write_at(&[b"end"], (1 << 40) - 3).unwrap();
    a.write_at(&[b"mid"], 1 << 30).unwrap();
    assert_eq!(root.usage().bytes, NAME + 2 * PAGE as u64);
    let mut buffer = [9; 10];
    assert_eq!(a.read_at(&mut [&mut buffer], (1 << 30) - 2), Ok(10));
    assert_eq!(&buffer, b"\0\0mid\0\0\0\0\0");
    assert_eq!(a.read_at(&mut [&mut buffer], (1 << 40) - 2), Ok(2));
    assert_eq!(&buffer[..2], b"nd");
    // What is cut off and grown again is zero.
    a.set_size((1 << 30) + 1).unwrap();
    a.set_size(1 << 40).unwrap();
    assert_eq!(a.read_at(&mut [&mut buffer], 1 << 30), Ok(10));
    assert_eq!(&buffer, b"m\0\0\0\0\0\0\0\0\0");
    assert_eq!(root.usage().bytes, NAME + PAGE as u64);
    assert_eq!(a.allocate(0, 1 << 40), Err(ErrorKind::NoSpace));
    assert_eq!(a.allocate(u64::MAX, 2), Err(ErrorKind::FileTooBig));
    a.allocate(0, 3 * PAGE as u64).unwrap();
    assert_eq!(root.usage().bytes, NAME + 4 * PAGE as u64);
}

#[test]
fn without_a_quota_the_machine_is_the_limit() {
    let root = MemoryDir::new(Quota { bytes: u64::MAX, inodes: u64::MAX, handles: u64::MAX });
    let a = file(&*root, "a");
    assert_eq!(a.write_at(&[b"x"], 1 << 62), Ok(1));
    assert_eq!(a.stat().unwrap().size, (1 << 62) + 1);
    // The table of 2^50 pages alone cannot be had.
    assert_eq!(a.allocate(0, 1 << 62), Err(ErrorKind::OutOfMemory));
    assert_eq!(a.set_size(u64::MAX), Err(ErrorKind::FileTooBig));
    assert_eq!(a.write_at(&[b"xy"], i64::MAX as u64 - 1), Err(ErrorKind::FileTooBig));
}

#[test]
fn names_and_targets_are_paid_for() {
    let root = MemoryDir::new(Quota { bytes: 2 * SLOT_COST + 10, inodes: 10, handles: 10 });
    root.symlink(b"1234", b"link").unwrap();
    assert_eq!(root.usage().bytes, SLOT_COST + 8);
    assert_eq!(root.symlink(b"12", b"x"), Err(ErrorKind::NoSpace));
    assert_eq!(root.usage(), Usage { bytes: SLOT_COST + 8, inodes: 2, handles: 0 });
    assert_eq!(root.rename(b"link", &*root, b"longer name"), Err(ErrorKind::NoSpace));
    assert_eq!(root.read_link(b"link").as_deref(), Ok(&b"1234"[..]));
    root.create_dir(b"ab").unwrap();
    assert_eq!(root.create_dir(b"c"), Err(ErrorKind::NoSpace));
    root.unlink(b"link").unwrap();
    // The slot of the first name is between: it is paid for until it is given up, and may be used meanwhile.
    assert_eq!(root.usage().bytes, 2 * SLOT_COST + 2);
    root.symlink(b"1", b"again").unwrap();
    assert_eq!(root.usage().bytes, 2 * SLOT_COST + 8);
    root.remove_dir(b"ab").unwrap();
    assert_eq!(root.usage().bytes, SLOT_COST + 6);
    root.unlink(b"again").unwrap();
    assert_eq!(root.usage().bytes, 0);
}

#[test]
fn times_come_from_the_clock() {
    let clock = Arc::new(FixedClock::new(10, 1));
    let root = MemoryDir::with_clock(Quota::default(), clock.clone());
    let a = file(&*root, "a");
    clock.advance(5);
    a.write(&[b"x"]).unwrap();
    let stat = a.stat().unwrap();
    assert_eq!((stat.accessed, stat.modified, stat.changed), (10, 15, 15));
    assert_eq!(root.stat().unwrap().modified, 10);
    let devices = [root.stat().unwrap().device, stat.device];
    assert_eq!(devices[0], devices[1]);
    assert_ne!(devices[0], MemoryDir::new(Quota::default()).stat().unwrap().device);
}

#[test]
fn ten_thousand_names_are_found_again() {
    let root = root(500, 20_000);
    for n in 0..10_000 {
        root.create_dir(format!("n{n}").as_bytes()).unwrap_or_else(|error| panic!("{n}: {error}"));
    }
    let mut seen = Vec::new();
    root.read_dir(0, &mut |entry| {
        seen.push(entry.inode);
        Step::Continue
    })
    .unwrap();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), root.stat().unwrap().links), (10_000, 10_002));
    for n in 0..10_000 {
        root.remove_dir(format!("n{n}").as_bytes()).unwrap();
    }
    assert_eq!(root.stat().unwrap().links, 2);
}

#[test]
fn cookies_outlive_the_slots_that_they_stand_for() {
    let root = root(100, 100);
    for n in 0..40 {
        root.create_dir(format!("n{n}").as_bytes()).unwrap();
    }
    let names_after = |cookie| {
        let mut names = Vec::new();
        root.read_dir(cookie, &mut |entry| {
            names.push((entry.name.to_vec(), entry.next));
            Step::Continue
        })
        .map(|()| names)
    };
    let all = names_after(0).unwrap();
    let ends = [all[2].1, all[39].1];
    // Removed from the middle out, so that free slots leave their list from anywhere.
    for n in (0..40).map(|n| (n * 27) % 40).filter(|n| *n != 3) {
        root.remove_dir(format!("n{n}").as_bytes()).unwrap();
    }
    assert_eq!(root.usage().bytes, 4 * SLOT_COST + 2);
    assert_eq!(names_after(ends[0]), Ok(vec![all[3].clone()]));
    assert_eq!(names_after(ends[1]), Ok(vec![]));
    assert_eq!(names_after(ends[1] + 1), Err(ErrorKind::InvalidInput));
    for n in 10..30 {
        root.create_dir(format!("n{n}").as_bytes()).unwrap();
    }
    let mut cookies: Vec<u64> = names_after(0).unwrap().into_iter().map(|(_, next)| next).collect();
    cookies.dedup();
    assert_eq!(cookies.len(), 21);
    assert_eq!(cookies.last(), Some(&21), "free slots come first");
}

#[test]
fn of_two_errors_the_one_that_linux_names_comes_first() {
    let root = root(10, 10);
    let a = file(&*root, "a");
    root.symlink(b"d", b"s").unwrap();
    root.create_dir(b"d").unwrap();
    let directory = OpenOptions { directory: true, ..OpenOptions::default() };
    assert_eq!(root.open(b"s", directory).err(), Some(ErrorKind::NotDirectory));
    assert_eq!(root.link(b"d", &*root, b"a"), Err(ErrorKind::Exists));
    assert_eq!(root.link(b"d", &*root, b"x"), Err(ErrorKind::NotPermitted));
    let Ok(Node::Dir(d)) = root.open(b"d", directory) else { panic!("not a directory") };
    file(&*d, "f");
    // Onto a directory above it, which cannot be empty.
    assert_eq!(d.rename(b"f", &*root, b"d"), Err(ErrorKind::NotEmpty));
    assert_eq!(root.rename(b"a", &*root, b"d"), Err(ErrorKind::IsDirectory));
    let Ok(Node::File(read)) = root.open(b"a", OpenOptions::default()) else { panic!("not a file") };
    assert_eq!(read.allocate(0, 0), Err(ErrorKind::InvalidInput));
    assert_eq!(read.allocate(0, 1), Err(ErrorKind::BadDescriptor));
    drop(a);
}
