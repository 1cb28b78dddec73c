//! Opening by path.

use ringzero::platform::{Dir, FileFlags, ReadOnly};

use super::{BOTH, CREAT, DIRECTORY, EXCL, Guest, READ, ROOT, TRUNC, WRITE};
use crate::{Errno, WasiCtxBuilder, abi::Rights};

const NONE: Rights = Rights::empty();

impl Guest {
    fn open_following(&mut self, name: &str, oflags: u32, base: Rights) -> Result<u32, Errno> {
        self.open_at(ROOT, true, name, oflags, base, FileFlags::empty())
    }
}

#[test]
fn files_are_created_opened_cut_and_refused() {
    let (mut guest, root) = Guest::with_root();
    assert_eq!(guest.open("file", 0, NONE), Err(Errno::Noent));
    assert_eq!(guest.open("file", CREAT, NONE), Ok(4));
    assert_eq!(guest.open("file", CREAT | EXCL, NONE), Err(Errno::Exist));
    root.put("file", b"abc").unwrap();
    assert_eq!(guest.open("file", CREAT, BOTH), Ok(5));
    assert_eq!(root.get("file").unwrap(), b"abc");
    assert_eq!(guest.open("file", CREAT | TRUNC, BOTH), Ok(6));
    assert_eq!(root.get("file").unwrap(), b"");
    root.put("file", b"abc").unwrap();
    assert_eq!(guest.open("file", TRUNC, NONE), Ok(7));
    assert_eq!(root.get("file").unwrap(), b"", "cut without the right to write");
    assert_eq!(guest.write(7, b"x"), Err(Errno::Badf));
    assert_eq!(guest.open("file", EXCL, NONE), Ok(8), "without creation there is nothing to exclude");
}

#[test]
fn paths_may_wander_but_not_leave() {
    let (mut guest, _) = Guest::with_root();
    guest.mkdir("dir").unwrap();
    guest.mkdir("dir/nested").unwrap();
    guest.touch("dir/nested/file");
    for good in ["dir/nested/file", "dir/.//nested/../../dir/nested/../nested///./file", "./dir/nested/file"]
    {
        assert!(guest.open(good, 0, READ).is_ok(), "{good}");
    }
    for (bad, errno) in [
        ("/dir/nested/file", Errno::Perm),
        ("..", Errno::Perm),
        ("dir/../..", Errno::Perm),
        ("dir/nested/../../../dir/nested/file", Errno::Perm),
        ("dir/nested/file/", Errno::Notdir),
        ("dir/nested/file///", Errno::Notdir),
        ("dir/nested/file/.", Errno::Notdir),
        ("dir/nested/file/x", Errno::Notdir),
        ("dir/none/file", Errno::Noent),
        ("", Errno::Noent),
    ] {
        assert_eq!(guest.open(bad, 0, READ), Err(errno), "{bad:?}");
    }
    for good in ["dir/nested/", "dir/nested///", "dir", ".", "dir/nested/.."] {
        assert!(guest.open(good, 0, NONE).is_ok(), "{good}");
    }
}

#[test]
fn a_lower_directory_is_a_root_of_its_own() {
    let (mut guest, _) = Guest::with_root();
    guest.mkdir("dir").unwrap();
    guest.touch("file");
    guest.symlink("../file", "dir/out").unwrap();
    assert!(guest.open_following("dir/out", 0, READ).is_ok());
    let dir = guest.open("dir", DIRECTORY, NONE).unwrap();
    let none = FileFlags::empty();
    assert_eq!(guest.open_at(dir, true, "../file", 0, READ, none), Err(Errno::Perm));
    assert_eq!(guest.open_at(dir, true, "out", 0, READ, none), Err(Errno::Perm));
}

#[test]
fn directories_open_for_listing_only() {
    let (mut guest, _) = Guest::with_root();
    guest.mkdir("dir").unwrap();
    guest.touch("file");
    for name in [".", "dir", "dir/"] {
        assert!(guest.open(name, DIRECTORY, NONE).is_ok(), "{name}");
        assert!(guest.open(name, DIRECTORY, READ).is_ok(), "{name}");
        assert_eq!(guest.open(name, DIRECTORY, BOTH), Err(Errno::Isdir), "{name}");
        assert_eq!(guest.open(name, 0, WRITE), Err(Errno::Isdir), "{name}");
        assert_eq!(guest.open(name, TRUNC, NONE), Err(Errno::Isdir), "{name}");
        assert_eq!(guest.open(name, CREAT, NONE), Err(Errno::Isdir), "{name}");
        let nonblocking = guest.open_at(ROOT, false, name, 0, NONE, FileFlags::NONBLOCK);
        assert!(nonblocking.is_ok(), "{name}");
    }
    assert_eq!(guest.open(".", CREAT | EXCL, NONE), Err(Errno::Exist));
    assert_eq!(guest.open("dir", CREAT | EXCL, NONE), Err(Errno::Exist));
    assert_eq!(guest.open("file", DIRECTORY, NONE), Err(Errno::Notdir));
    assert_eq!(guest.open("dir", CREAT | DIRECTORY, NONE), Err(Errno::Inval));
    for slash in ["new/", "file/", "dir/", "./"] {
        assert_eq!(guest.open(slash, CREAT, NONE), Err(Errno::Isdir), "{slash}");
        let exclusive = if slash == "./" { Errno::Exist } else { Errno::Isdir };
        assert_eq!(guest.open(slash, CREAT | EXCL, NONE), Err(exclusive), "{slash}");
    }
    assert_eq!(guest.open("none/new/", CREAT, NONE), Err(Errno::Noent));
    assert_eq!(guest.open("/", CREAT, NONE), Err(Errno::Perm));
    let same = guest.fdstat(ROOT).unwrap();
    assert!(guest.open(".", 0, same.base).is_ok(), "with the rights that it has");
}

#[test]
fn links_are_followed_when_asked() {
    let (mut guest, root) = Guest::with_root();
    root.put("target", b"abc").unwrap();
    guest.mkdir("dir").unwrap();
    guest.symlink("target", "link").unwrap();
    guest.symlink("dir", "dirlink").unwrap();
    assert_eq!(guest.open("link", 0, READ), Err(Errno::Loop));
    let refused = guest.open("dirlink", DIRECTORY, NONE);
    assert!(matches!(refused, Err(Errno::Loop | Errno::Notdir)), "{refused:?}");
    let fd = guest.open_following("link", 0, READ).unwrap();
    assert_eq!(guest.read(fd, 9), Ok(b"abc".to_vec()));
    assert!(guest.open_following("dirlink", DIRECTORY, NONE).is_ok());
    assert!(guest.open("dirlink/", 0, NONE).is_ok(), "a slash follows");
    assert!(guest.open("dirlink/.", 0, NONE).is_ok());
    assert_eq!(guest.open_following("link", DIRECTORY, NONE), Err(Errno::Notdir));
    assert_eq!(guest.open("link/", 0, NONE), Err(Errno::Notdir));
}

#[test]
fn a_dangling_link_creates_its_target_unless_it_must_be_new() {
    let (mut guest, root) = Guest::with_root();
    guest.symlink("target", "link").unwrap();
    assert_eq!(guest.open_following("link", 0, READ), Err(Errno::Noent));
    assert_eq!(guest.open_following("link", CREAT | EXCL, NONE), Err(Errno::Exist));
    assert_eq!(guest.open("link", 0, NONE), Err(Errno::Loop));
    assert!(guest.open_following("link", CREAT, BOTH).is_ok());
    assert_eq!(root.names(), ["link", "target"]);
}

#[test]
fn loops_end() {
    let (mut guest, _) = Guest::with_root();
    guest.symlink("loop", "loop").unwrap();
    assert_eq!(guest.open("loop", 0, NONE), Err(Errno::Loop));
    assert_eq!(guest.open_following("loop", 0, NONE), Err(Errno::Loop));
    assert_eq!(guest.open("loop/x", 0, NONE), Err(Errno::Loop));
}

#[test]
fn only_directories_have_something_below() {
    let (mut guest, _) = Guest::with_root();
    let file = guest.open("file", CREAT, BOTH).unwrap();
    let none = FileFlags::empty();
    assert_eq!(guest.open_at(file, false, "x", CREAT, NONE, none), Err(Errno::Notdir));
    assert_eq!(guest.open_at(0, false, "x", CREAT, NONE, none), Err(Errno::Notdir));
    assert_eq!(guest.open_at(9, false, "x", CREAT, NONE, none), Err(Errno::Badf));
}

#[test]
fn flags_of_the_request_are_those_of_the_file() {
    let (mut guest, _) = Guest::with_root();
    let flags = FileFlags::APPEND | FileFlags::SYNC;
    let fd = guest.open_at(ROOT, false, "file", CREAT, BOTH, flags).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().flags, 17);
}

#[test]
fn a_read_only_directory_only_reads() {
    let root = ringzero::platform::testing::TestDir::new();
    root.put("file", b"abc").unwrap();
    root.create_dir(b"dir").unwrap();
    let wrapped = alloc::sync::Arc::new(ReadOnly::new(root.clone()));
    let mut guest = Guest::new(WasiCtxBuilder::new().preopen("/", wrapped));
    assert!(guest.open("file", 0, READ).is_ok());
    assert_eq!(guest.open("file", 0, WRITE), Err(Errno::Rofs));
    assert_eq!(guest.open("file", TRUNC, NONE), Err(Errno::Rofs));
    assert_eq!(guest.open("new", CREAT, NONE), Err(Errno::Rofs));
    assert_eq!(guest.open("dir/new", CREAT, NONE), Err(Errno::Rofs));
    assert_eq!(guest.mkdir("new"), Err(Errno::Rofs));
    assert_eq!(root.get("file").unwrap(), b"abc");
}
