//! Names: making, removing, moving, looking.

use alloc::vec::Vec;

use ringzero::platform::testing::TestDir;

use super::{CREAT, DATA, Guest, OTHER_PATH, PATH, READ, RESULT, ROOT, at};
use crate::{Errno, WasiCtxBuilder, abi::Rights, path};

impl Guest {
    fn rmdir(&mut self, name: &str) -> Result<(), Errno> {
        self.put(PATH, name.as_bytes());
        let len = name.len() as u32;
        self.call(|c, m| path::path_remove_directory(c, m, ROOT, at(PATH), len))
    }

    fn unlink(&mut self, name: &str) -> Result<(), Errno> {
        self.put(PATH, name.as_bytes());
        let len = name.len() as u32;
        self.call(|c, m| path::path_unlink_file(c, m, ROOT, at(PATH), len))
    }

    fn rename(&mut self, old: &str, new: &str) -> Result<(), Errno> {
        self.rename_to(old, ROOT, new)
    }

    fn rename_to(&mut self, old: &str, fd: u32, new: &str) -> Result<(), Errno> {
        self.put(PATH, old.as_bytes());
        self.put(OTHER_PATH, new.as_bytes());
        let (old_len, new_len) = (old.len() as u32, new.len() as u32);
        self.call(|c, m| {
            let (old, new) = (at(PATH), at(OTHER_PATH));
            path::path_rename(c, m, ROOT, old, old_len, fd, new, new_len)
        })
    }

    fn link(&mut self, old: &str, new: &str) -> Result<(), Errno> {
        self.link_to(false, old, ROOT, new)
    }

    fn link_to(&mut self, follow: bool, old: &str, fd: u32, new: &str) -> Result<(), Errno> {
        self.put(PATH, old.as_bytes());
        self.put(OTHER_PATH, new.as_bytes());
        let (old_len, new_len) = (old.len() as u32, new.len() as u32);
        self.call(|c, m| {
            let (old, new) = (at(PATH), at(OTHER_PATH));
            path::path_link(c, m, ROOT, u32::from(follow), old, old_len, fd, new, new_len)
        })
    }

    fn readlink(&mut self, name: &str, room: u32) -> Result<Vec<u8>, Errno> {
        self.put(PATH, name.as_bytes());
        let len = name.len() as u32;
        self.call(|c, m| {
            let (buffer, used) = (at(DATA), at(RESULT));
            path::path_readlink(c, m, ROOT, at(PATH), len, buffer, room, used)
        })?;
        let used = self.u32_at(RESULT) as usize;
        Ok(self.get(DATA, used).to_vec())
    }

    fn set_times(&mut self, follow: bool, name: &str, modified: u64, flags: u32) -> Result<(), Errno> {
        self.put(PATH, name.as_bytes());
        let (len, follow) = (name.len() as u32, u32::from(follow));
        self.call(|c, m| path::path_filestat_set_times(c, m, ROOT, follow, at(PATH), len, 0, modified, flags))
    }
}

#[test]
fn directories_are_made_and_removed() {
    let (mut guest, root) = Guest::with_root();
    assert_eq!(guest.mkdir("dir"), Ok(()));
    assert_eq!(guest.mkdir("dir"), Err(Errno::Exist));
    assert_eq!(guest.mkdir("slash/"), Ok(()));
    assert_eq!(guest.mkdir("dir/sub"), Ok(()));
    assert_eq!(guest.mkdir("none/sub"), Err(Errno::Noent));
    assert_eq!(guest.mkdir("."), Err(Errno::Exist));
    assert_eq!(guest.mkdir("../dir"), Err(Errno::Perm));
    assert_eq!(guest.mkdir("/dir"), Err(Errno::Perm));
    assert_eq!(guest.mkdir("/"), Err(Errno::Perm));
    assert_eq!(guest.mkdir(""), Err(Errno::Noent));
    guest.symlink("nowhere", "link").unwrap();
    assert_eq!(guest.mkdir("link"), Err(Errno::Exist));
    assert_eq!(guest.mkdir("link/"), Err(Errno::Exist));
    guest.touch("file");
    assert_eq!(guest.rmdir("dir"), Err(Errno::Notempty));
    assert_eq!(guest.rmdir("dir/sub/"), Ok(()));
    assert_eq!(guest.rmdir("dir/."), Err(Errno::Inval));
    assert_eq!(guest.rmdir("dir/.."), Err(Errno::Notempty));
    assert_eq!(guest.rmdir("dir"), Ok(()));
    assert_eq!(guest.rmdir("dir"), Err(Errno::Noent));
    assert_eq!(guest.rmdir("file"), Err(Errno::Notdir));
    assert_eq!(guest.rmdir("file/"), Err(Errno::Notdir));
    guest.symlink("slash", "dirlink").unwrap();
    assert_eq!(guest.rmdir("dirlink"), Err(Errno::Notdir));
    assert_eq!(guest.rmdir("dirlink/"), Err(Errno::Notdir));
    assert_eq!(root.names(), ["dirlink", "file", "link", "slash"]);
}

#[test]
fn files_are_unlinked_and_live_on_while_open() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abc").unwrap();
    guest.mkdir("dir").unwrap();
    guest.symlink("dir", "link").unwrap();
    let fd = guest.open("file", 0, READ).unwrap();
    assert_eq!(guest.unlink("dir"), Err(Errno::Isdir));
    assert_eq!(guest.unlink("dir/"), Err(Errno::Isdir));
    assert_eq!(guest.unlink("."), Err(Errno::Isdir));
    assert_eq!(guest.unlink("file/"), Err(Errno::Notdir));
    assert_eq!(guest.unlink("link/"), Err(Errno::Notdir));
    assert_eq!(guest.unlink("none/"), Err(Errno::Noent));
    assert_eq!(guest.unlink("link"), Ok(()));
    assert_eq!(guest.unlink("file"), Ok(()));
    assert_eq!(guest.unlink("file"), Err(Errno::Noent));
    assert_eq!(root.names(), ["dir"]);
    assert_eq!(guest.read(fd, 9), Ok(b"abc".to_vec()));
    assert_eq!(guest.filestat(fd).unwrap().links, 0);
}

#[test]
fn names_move_and_replace_their_own_kind() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abc").unwrap();
    root.put("other", b"x").unwrap();
    guest.mkdir("dir").unwrap();
    guest.mkdir("empty").unwrap();
    guest.touch("dir/inner");
    assert_eq!(guest.rename("none", "x"), Err(Errno::Noent));
    assert_eq!(guest.rename("file", "other"), Ok(()));
    assert_eq!(root.get("other").unwrap(), b"abc");
    assert_eq!(guest.rename("other", "dir"), Err(Errno::Isdir));
    assert_eq!(guest.rename("dir", "other"), Err(Errno::Notdir));
    assert_eq!(guest.rename("empty", "dir"), Err(Errno::Notempty));
    assert_eq!(guest.rename("dir", "empty"), Ok(()));
    assert_eq!(guest.rename("empty", "empty/inside"), Err(Errno::Inval));
    assert_eq!(guest.rename("other", "other"), Ok(()));
    assert_eq!(guest.rename(".", "x"), Err(Errno::Busy));
    assert_eq!(guest.rename("other", "."), Err(Errno::Busy));
    assert_eq!(guest.rename("other", "../x"), Err(Errno::Perm));
    assert_eq!(root.names(), ["empty", "other"]);
}

#[test]
fn slashes_at_the_end_are_for_directories() {
    let (mut guest, root) = Guest::with_root();
    guest.mkdir("source").unwrap();
    assert_eq!(guest.rename("source/", "target"), Ok(()));
    assert_eq!(guest.rename("target", "source/"), Ok(()));
    assert_eq!(guest.rename("source/", "target/"), Ok(()));
    guest.touch("file");
    assert_eq!(guest.rename("file/", "x"), Err(Errno::Notdir));
    assert_eq!(guest.rename("file", "x/"), Err(Errno::Notdir));
    guest.symlink("target", "link").unwrap();
    assert_eq!(guest.rename("link/", "x"), Err(Errno::Notdir));
    assert_eq!(guest.rename("link", "moved"), Ok(()));
    assert_eq!(root.names(), ["file", "moved", "target"]);
}

#[test]
fn links_share_the_file() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abc").unwrap();
    guest.mkdir("dir").unwrap();
    assert_eq!(guest.link("file", "link"), Ok(()));
    let (file, link) = (guest.path_filestat(false, "file"), guest.path_filestat(false, "link"));
    assert_eq!(file, link);
    assert_eq!(file.unwrap().links, 2);
    for taken in ["link", "file", "dir", "dir/", "link/"] {
        assert_eq!(guest.link("file", taken), Err(Errno::Exist), "{taken}");
    }
    assert_eq!(guest.link("dir", "x"), Err(Errno::Perm));
    assert_eq!(guest.link("dir/", "x"), Err(Errno::Perm));
    assert_eq!(guest.link(".", "x"), Err(Errno::Perm));
    assert_eq!(guest.link("file/", "x"), Err(Errno::Notdir));
    assert_eq!(guest.link("file", "x/"), Err(Errno::Noent));
    assert_eq!(guest.link("none", "x"), Err(Errno::Noent));
    guest.symlink("nowhere", "dangling").unwrap();
    assert_eq!(guest.link("dangling", "same"), Ok(()), "the link itself");
    assert_eq!(guest.readlink("same", 9), Ok(b"nowhere".to_vec()));
    assert_eq!(guest.link("file", "dangling"), Err(Errno::Exist));
    assert_eq!(guest.link_to(true, "dangling", ROOT, "x"), Err(Errno::Noent));
    guest.symlink("file", "good").unwrap();
    assert_eq!(guest.link_to(true, "good", ROOT, "x"), Ok(()));
    assert_eq!(guest.path_filestat(false, "x").unwrap().kind, 4);
}

#[test]
fn file_systems_do_not_mix() {
    let (first, second) = (TestDir::new(), TestDir::new());
    first.put("file", b"abc").unwrap();
    let builder = WasiCtxBuilder::new().preopen("/", first.clone());
    let mut guest = Guest::new(builder.preopen("/other", second.clone()));
    assert_eq!(guest.rename_to("file", 4, "file"), Err(Errno::Xdev));
    assert_eq!(guest.link_to(false, "file", 4, "file"), Err(Errno::Xdev));
    assert_eq!((first.names().len(), second.names().len()), (1, 0));
}

#[test]
fn symlinks_are_stored_verbatim_and_never_absolute() {
    let (mut guest, _) = Guest::with_root();
    assert_eq!(guest.symlink("../a//b/", "link"), Ok(()));
    assert_eq!(guest.readlink("link", 100), Ok(b"../a//b/".to_vec()));
    assert_eq!(guest.symlink("/", "x"), Err(Errno::Perm));
    assert_eq!(guest.symlink("/etc/passwd", "x"), Err(Errno::Perm));
    assert_eq!(guest.symlink("", "x"), Err(Errno::Noent));
    assert_eq!(guest.symlink("a", "link"), Err(Errno::Exist));
    assert_eq!(guest.symlink("a", "x/"), Err(Errno::Noent));
    guest.mkdir("dir").unwrap();
    guest.touch("file");
    assert_eq!(guest.symlink("a", "dir"), Err(Errno::Exist));
    assert_eq!(guest.symlink("a", "dir/"), Err(Errno::Exist));
    assert_eq!(guest.symlink("a", "file/"), Err(Errno::Exist));
    assert_eq!(guest.symlink("a", "../x"), Err(Errno::Perm));
}

#[test]
fn reading_a_link_cuts_where_the_room_ends() {
    let (mut guest, _) = Guest::with_root();
    guest.symlink("target", "link").unwrap();
    guest.put(DATA, &[b'z'; 10]);
    assert_eq!(guest.readlink("link", 10), Ok(b"target".to_vec()));
    assert_eq!(guest.get(DATA, 10), b"targetzzzz");
    assert_eq!(guest.readlink("link", 4), Ok(b"targ".to_vec()));
    assert_eq!(guest.readlink("link", 0), Err(Errno::Inval));
    guest.touch("file");
    assert_eq!(guest.readlink("file", 9), Err(Errno::Inval));
    assert_eq!(guest.readlink(".", 9), Err(Errno::Inval));
    assert_eq!(guest.readlink("none", 9), Err(Errno::Noent));
}

#[test]
fn looking_follows_when_asked() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abc").unwrap();
    guest.mkdir("dir").unwrap();
    guest.symlink("file", "link").unwrap();
    guest.symlink("dir", "dirlink").unwrap();
    assert_eq!(guest.path_filestat(false, "link").unwrap().kind, 7);
    let stat = guest.path_filestat(true, "link").unwrap();
    assert_eq!((stat.kind, stat.size), (4, 3));
    assert_eq!(guest.path_filestat(true, "dirlink").unwrap().kind, 3);
    assert_eq!(guest.path_filestat(false, "dirlink/").unwrap().kind, 3);
    assert_eq!(guest.path_filestat(false, ".").unwrap().kind, 3);
    assert_eq!(guest.path_filestat(false, "file/"), Err(Errno::Notdir));
    assert_eq!(guest.path_filestat(false, "none"), Err(Errno::Noent));
    assert_eq!(guest.path_filestat(false, ".."), Err(Errno::Perm));
}

#[test]
fn times_of_a_link_and_of_its_target_are_two() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"").unwrap();
    guest.symlink("file", "link").unwrap();
    let before = guest.path_filestat(false, "file").unwrap();
    assert_eq!(guest.set_times(false, "link", 77, 4), Ok(()));
    assert_eq!(guest.path_filestat(false, "link").unwrap().modified, 77);
    assert_eq!(guest.path_filestat(false, "file").unwrap(), before);
    assert_eq!(guest.set_times(true, "link", 88, 4), Ok(()));
    assert_eq!(guest.path_filestat(false, "link").unwrap().modified, 77);
    assert_eq!(guest.path_filestat(false, "file").unwrap().modified, 88);
    assert_eq!(guest.set_times(false, "file", 1, 4 | 8), Err(Errno::Inval));
    assert_eq!(guest.set_times(false, "file", 1, 1 | 2), Err(Errno::Inval));
    assert_eq!(guest.set_times(false, "file/", 1, 4), Err(Errno::Notdir));
    assert_eq!(guest.set_times(false, "none", 1, 4), Err(Errno::Noent));
    assert_eq!(guest.set_times(false, ".", 99, 4), Ok(()));
    assert_eq!(guest.path_filestat(false, ".").unwrap().modified, 99);
    assert_eq!(guest.path_filestat(false, "file").unwrap().modified, 88);
}

#[test]
fn names_are_bytes() {
    let (mut guest, _) = Guest::with_root();
    guest.put(PATH, b"\xff\xfe");
    let made = guest.call(|c, m| {
        let rights = Rights::FD_READ.bits();
        path::path_open(c, m, ROOT, 0, at(PATH), 2, CREAT, rights, 0, 0, at(RESULT))
    });
    // A file system that wants text answers `EILSEQ`; this one keeps what it is given.
    assert_eq!(made, Ok(()));
}
