//! A writable layer above an archive: what is copied, when, and what it costs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use ringzero::platform::{Dir, ErrorKind, File, FileFlags, Node, OpenOptions, SetTime, Stat, Step};
use ringzero_platform_baremetal::{Archive, FixedClock, MemoryDir, Quota, Usage};

const READ: OpenOptions = OpenOptions {
    read: true,
    write: false,
    create: false,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: FileFlags::empty(),
};
const BOTH: OpenOptions = OpenOptions { write: true, ..READ };
const NEW: OpenOptions = OpenOptions { create: true, ..BOTH };
/// What a name costs beside its bytes.
const NAME: u64 = 160;
const PAGE: u64 = 4096;
const NOW: u64 = 2_000_000_000_000_000_000;
const THEN: u64 = 1_234_567_890_000_000_000;

fn archive() -> Arc<Archive> {
    Arc::new(Archive::tar(include_bytes!("archives/ustar.tar")).unwrap())
}

fn overlay(quota: Quota) -> Arc<MemoryDir> {
    MemoryDir::overlay(archive(), quota, Arc::new(FixedClock::new(NOW, 0))).unwrap()
}

fn dir(of: &dyn Dir, name: &str) -> Arc<dyn Dir> {
    match of.open(name.as_bytes(), OpenOptions { directory: true, ..READ }) {
        Ok(Node::Dir(dir)) => dir,
        Ok(Node::File(_)) => panic!("{name} is a file"),
        Err(error) => panic!("{name}: {error}"),
    }
}

fn file(of: &dyn Dir, name: &str, options: OpenOptions) -> Arc<dyn File> {
    match of.open(name.as_bytes(), options) {
        Ok(Node::File(file)) => file,
        Ok(Node::Dir(_)) => panic!("{name} is a directory"),
        Err(error) => panic!("{name}: {error}"),
    }
}

fn content(file: &dyn File) -> Vec<u8> {
    let mut buffer = vec![0; 1 << 16];
    let count = file.read_at(&mut [&mut buffer], 0).unwrap();
    buffer.truncate(count);
    buffer
}

fn names(of: &dyn Dir) -> Vec<String> {
    let mut names = Vec::new();
    of.read_dir(0, &mut |entry| {
        names.push(String::from_utf8(entry.name.to_vec()).unwrap());
        Step::Continue
    })
    .unwrap();
    names
}

fn stat(of: &dyn Dir, name: &str) -> Stat {
    of.stat_at(name.as_bytes()).unwrap()
}

/// What the names of the archive's root cost once they are copied.
fn root_names() -> u64 {
    let names = names(&*overlay(Quota::default()));
    names.iter().map(|name| NAME + name.len() as u64).sum()
}

#[test]
fn looking_costs_nothing() {
    let root = overlay(Quota::default());
    for name in names(&*root) {
        stat(&*root, &name);
    }
    assert_eq!(content(&*file(&*root, "pattern", READ)).len(), 5000);
    assert_eq!(root.set_times_at(b"pattern", SetTime::Omit, SetTime::Omit), Ok(()));
    assert_eq!(root.usage(), Usage { bytes: 0, inodes: 1, handles: 0 });
}

#[test]
fn pages_are_copied_when_they_are_written_to() {
    let root = overlay(Quota::default());
    let before = stat(&*root, "pattern");
    let (old, new) = (file(&*root, "pattern", READ), file(&*root, "pattern", BOTH));
    assert_eq!(root.usage(), Usage { bytes: 0, inodes: 1, handles: 2 });
    let mut wanted = content(&*old);
    assert_eq!(new.write_at(&[b"XY"], 10), Ok(2));
    wanted[10..12].copy_from_slice(b"XY");
    // The handle from before sees it: there is one file, not two.
    assert_eq!((content(&*old), content(&*new)), (wanted.clone(), wanted));
    assert_eq!(root.usage(), Usage { bytes: PAGE, inodes: 2, handles: 2 });
    let after = stat(&*root, "pattern");
    assert_eq!((after.inode, after.size, after.links), (before.inode, 5000, 1));
    assert_eq!((before.modified, after.modified, after.accessed), (THEN, NOW, THEN));
    // The second page begins in the archive's bytes and ends behind them.
    assert_eq!(new.write_at(&[b"end"], 5001), Ok(3));
    assert_eq!(content(&*old)[4096..], [&b"1024"[..], &content(&*old)[4100..5000], b"\0end"].concat());
    assert_eq!(root.usage().bytes, 2 * PAGE);
    // The archive is as it was.
    let fresh = overlay(Quota::default());
    assert_eq!(content(&*file(&*fresh, "pattern", READ))[..16], *b"0000000100020003");
}

#[test]
fn what_is_cut_off_does_not_come_back() {
    let root = overlay(Quota::default());
    let pattern = file(&*root, "pattern", BOTH);
    pattern.set_size(6).unwrap();
    pattern.set_size(12).unwrap();
    assert_eq!(content(&*pattern), b"000000\0\0\0\0\0\0");
    assert_eq!(root.usage().bytes, 0, "cutting copies nothing");
    pattern.write_at(&[b"x"], 4).unwrap();
    assert_eq!(content(&*pattern), b"0000x0\0\0\0\0\0\0");
    let motd = root.open(b"motd-again", OpenOptions { truncate: true, ..BOTH });
    assert!(matches!(motd, Ok(Node::File(file)) if content(&*file).is_empty()));
    assert_eq!(stat(&*dir(&*root, "etc"), "motd").size, 0);
    let whole = file(&*root, "pattern", BOTH);
    whole.allocate(0, 2 * PAGE).unwrap();
    assert_eq!(root.usage().bytes, 2 * PAGE);
    assert_eq!(content(&*whole)[..8], *b"0000x0\0\0");
}

#[test]
fn names_go_and_come_back_empty() {
    let root = overlay(Quota::default());
    let bin = dir(&*root, "bin");
    let inode = stat(&*root, "bin").inode;
    assert_eq!(root.remove_dir(b"bin"), Err(ErrorKind::NotEmpty));
    bin.unlink(b"run").unwrap();
    assert_eq!((names(&*bin), bin.stat_at(b"run")), (vec![], Err(ErrorKind::NotFound)));
    root.remove_dir(b"bin").unwrap();
    assert_eq!(bin.create_dir(b"x"), Err(ErrorKind::NotFound));
    assert_eq!(root.stat_at(b"bin"), Err(ErrorKind::NotFound));
    root.create_dir(b"bin").unwrap();
    assert_eq!(names(&*dir(&*root, "bin")), [""; 0]);
    assert_ne!(stat(&*root, "bin").inode, inode);
    assert_eq!(root.stat().unwrap().links, 2 + 6);
    drop(bin);
    // What is left is our own: root, `bin`. The removed ones are forgotten.
    assert_eq!(root.usage(), Usage { bytes: root_names(), inodes: 2, handles: 0 });
}

#[test]
fn directories_move_without_what_is_in_them() {
    let root = overlay(Quota::default());
    let (etc, motd) = (dir(&*root, "etc"), stat(&*dir(&*root, "etc"), "motd"));
    let empty = dir(&*root, "empty");
    root.rename(b"etc", &*empty, b"config").unwrap();
    assert_eq!(stat(&*dir(&*empty, "config"), "motd"), motd);
    assert_eq!(empty.rename(b"config", &*etc, b"x"), Err(ErrorKind::InvalidInput));
    assert_eq!(root.rename(b"empty", &*etc, b"x"), Err(ErrorKind::InvalidInput));
    assert_eq!(etc.rename(b"motd", &*root, b"motd"), Ok(()));
    assert_eq!(names(&*dir(&*empty, "config")), ["read-only", "write-only"]);
    assert_eq!((stat(&*root, "motd").inode, stat(&*root, "motd").links), (motd.inode, 2));
    assert_eq!([root.stat().unwrap().links, empty.stat().unwrap().links], [7, 3]);
    // The root, `empty` and `etc` have names of their own now; `motd` was moved.
    assert_eq!(root.usage().inodes, 4);
    assert_eq!(root.rename(b"motd", &*root, b"motd-again"), Ok(()), "two names of one file: nothing to do");
    assert_eq!(stat(&*root, "motd-again").links, 2);
}

#[test]
fn hard_links_of_the_archive_stay_one_file() {
    let root = overlay(Quota::default());
    let etc = dir(&*root, "etc");
    root.link(b"motd-again", &*etc, b"third").unwrap();
    file(&*etc, "third", BOTH).write(&[b"H"]).unwrap();
    for (of, name) in [(&*root as &dyn Dir, "motd-again"), (&*etc, "motd"), (&*etc, "third")] {
        assert_eq!(content(&*file(of, name, READ)), b"Hello\n");
        assert_eq!(stat(of, name).links, 3);
    }
    etc.unlink(b"motd").unwrap();
    etc.unlink(b"third").unwrap();
    let held = file(&*root, "motd-again", READ);
    root.unlink(b"motd-again").unwrap();
    assert_eq!((content(&*held), held.stat().unwrap().links), (b"Hello\n".to_vec(), 0));
    let before = root.usage();
    drop(held);
    assert_eq!((before.bytes - root.usage().bytes, before.inodes - root.usage().inodes), (PAGE, 1));
}

#[test]
fn an_untouched_file_lives_on_without_its_name() {
    let root = overlay(Quota::default());
    let held = file(&*root, "pattern", BOTH);
    root.unlink(b"pattern").unwrap();
    assert_eq!((content(&*held).len(), held.stat().unwrap().links), (5000, 0));
    held.write_at(&[b"x"], 0).unwrap();
    file(&*root, "pattern", NEW).write(&[b"other"]).unwrap();
    assert_eq!((content(&*held).len(), stat(&*root, "pattern").size), (5000, 5));
}

#[test]
fn cookies_outlive_the_copy() {
    let root = overlay(Quota::default());
    let all = names(&*root);
    let mut cookies = Vec::new();
    root.read_dir(0, &mut |entry| {
        cookies.push(entry.next);
        Step::Continue
    })
    .unwrap();
    let rest = |cookie| {
        let mut rest = Vec::new();
        root.read_dir(cookie, &mut |entry| {
            rest.push(String::from_utf8(entry.name.to_vec()).unwrap());
            Step::Continue
        })
        .map(|()| rest)
    };
    assert_eq!(rest(99), Err(ErrorKind::InvalidInput));
    root.unlink(b"dangling").unwrap();
    root.create_dir(b"zz").unwrap();
    root.create_dir(b"zzz").unwrap();
    assert_eq!(rest(cookies[4]), Ok([&all[5..], &["zzz".to_string()]].concat()));
    assert_eq!(rest(cookies[1]).unwrap()[0], "zz", "in the place of what was removed");
}

#[test]
fn every_copy_obeys_the_quota() {
    // No bytes: nothing that needs the names of the root.
    let root = overlay(Quota { bytes: root_names() - 1, ..Quota::default() });
    assert_eq!(root.unlink(b"pattern"), Err(ErrorKind::NoSpace));
    assert_eq!(root.create_dir(b"x"), Err(ErrorKind::NoSpace));
    assert_eq!(root.rename(b"pattern", &*root, b"x"), Err(ErrorKind::NoSpace));
    assert_eq!((names(&*root).len(), root.usage().bytes), (12, 0));
    // Names of `etc` fit, and so does none of its pages.
    assert_eq!(dir(&*root, "etc").unlink(b"motd"), Ok(()));
    let page = file(&*root, "pattern", BOTH).write(&[b"x"]);
    assert_eq!(page, Err(ErrorKind::NoSpace));
    assert_eq!(stat(&*root, "pattern").modified, THEN, "what failed changed nothing");

    // No nodes but the root's own.
    let root = overlay(Quota { inodes: 1, ..Quota::default() });
    assert_eq!(root.set_times_at(b"pattern", SetTime::Now, SetTime::Now), Err(ErrorKind::QuotaExceeded));
    assert_eq!(file(&*root, "pattern", BOTH).write(&[b"x"]), Err(ErrorKind::QuotaExceeded));
    let truncate = OpenOptions { truncate: true, ..BOTH };
    assert_eq!(root.open(b"pattern", truncate).err(), Some(ErrorKind::QuotaExceeded));
    assert_eq!(root.link(b"pattern", &*root, b"x"), Err(ErrorKind::QuotaExceeded));
    assert_eq!(root.unlink(b"motd-again"), Err(ErrorKind::QuotaExceeded), "its other name would show it");
    let held = file(&*root, "pattern", READ);
    assert_eq!(root.unlink(b"pattern"), Err(ErrorKind::QuotaExceeded), "who holds it would see it");
    drop(held);
    assert_eq!(root.unlink(b"pattern"), Ok(()));
    assert_eq!(root.usage(), Usage { bytes: root_names() - 7, inodes: 1, handles: 0 });
}

#[test]
fn open_files_are_counted() {
    let root = overlay(Quota { handles: 2, ..Quota::default() });
    let (etc, pattern) = (dir(&*root, "etc"), file(&*root, "pattern", READ));
    for result in [root.open(b"bin", READ), root.open(b"none", READ), etc.open(b"new", NEW)] {
        assert_eq!(result.err(), Some(ErrorKind::TooManyOpen));
    }
    assert_eq!(etc.stat_at(b"new"), Err(ErrorKind::NotFound), "nothing is made for it");
    drop(pattern);
    assert_eq!(content(&*file(&*etc, "motd", READ)), b"hello\n");
}

#[test]
fn permissions_of_the_archive_hold_above_it() {
    let root = overlay(Quota::default());
    let (etc, locked, closed) = (dir(&*root, "etc"), dir(&*root, "locked"), dir(&*root, "closed"));
    let denied = ErrorKind::AccessDenied;
    assert_eq!(etc.open(b"read-only", BOTH).err(), Some(denied));
    assert_eq!(etc.open(b"read-only", OpenOptions { truncate: true, ..READ }).err(), Some(denied));
    assert_eq!(etc.open(b"write-only", READ).err(), Some(denied));
    let write_only = file(&*etc, "write-only", OpenOptions { read: false, ..BOTH });
    assert_eq!(write_only.write(&[b"more"]), Ok(4));
    assert_eq!(locked.unlink(b"file"), Err(denied));
    assert_eq!(locked.create_dir(b"x"), Err(denied));
    assert_eq!(locked.create_dir(b"file"), Err(ErrorKind::Exists));
    assert_eq!(locked.rename(b"file", &*etc, b"x"), Err(denied));
    assert_eq!(etc.rename(b"motd", &*locked, b"x"), Err(denied));
    assert_eq!(etc.link(b"motd", &*locked, b"x"), Err(denied));
    assert_eq!(locked.open(b"new", NEW).err(), Some(denied));
    file(&*locked, "file", BOTH).write(&[b"it is the directory that is locked"]).unwrap();
    for result in [closed.stat_at(b"file").map(drop), closed.unlink(b"file"), closed.create_dir(b"x")] {
        assert_eq!(result, Err(denied));
    }
    // A directory that may not be written to does not move elsewhere, where its `..` would change.
    assert_eq!(root.rename(b"locked", &*etc, b"x"), Err(denied));
    assert_eq!(root.rename(b"locked", &*root, b"still-locked"), Ok(()));
    // Its owner may always say when it was changed.
    assert_eq!(etc.set_times_at(b"read-only", SetTime::At(1), SetTime::At(2)), Ok(()));
    assert_eq!(stat(&*etc, "read-only").permissions, 0o444);
}

#[test]
fn one_archive_lies_below_many() {
    let archive = archive();
    let clock = Arc::new(FixedClock::new(NOW, 0));
    let many: Vec<_> = (0..10)
        .map(|_| MemoryDir::overlay(archive.clone(), Quota::default(), clock.clone()).unwrap())
        .collect();
    for (n, root) in many.iter().enumerate() {
        file(&**root, "pattern", BOTH).write(&[&[n as u8 + b'a'; 4]]).unwrap();
    }
    for (n, root) in many.iter().enumerate() {
        assert_eq!(content(&*file(&**root, "pattern", READ))[..4], [n as u8 + b'a'; 4]);
    }
    assert_eq!(many[0].rename(b"pattern", &*many[1], b"x"), Err(ErrorKind::CrossDevice));
}
