//! What a descriptor says about itself, and changes of it.

use alloc::sync::Arc;

use ringzero::platform::{
    Dir, ErrorKind, File, FileFlags, FileType, Node, OpenOptions, Result as PlatformResult, SeekFrom,
    SetTime, Stat, Stream,
    testing::{TestDir, TestStream},
};

use super::{BOTH, CREAT, DATA, DIRECTORY, Guest, READ, RESULT, ROOT, TRUNC, WRITE, at};
use crate::{Errno, WasiCtxBuilder, abi::Rights, fd};

#[test]
fn a_terminal_is_known_by_its_missing_rights() {
    let tty = TestStream::with_type(FileType::CharacterDevice, None);
    let mut guest = Guest::new(WasiCtxBuilder::new().stdout(tty));
    let stat = guest.fdstat(1).unwrap();
    assert_eq!(stat.kind, 2);
    assert!(!stat.base.intersects(Rights::FD_SEEK | Rights::FD_TELL));
    assert!(stat.base.contains(BOTH));
    assert_eq!(guest.fdstat(0).unwrap().kind, 0);
}

/// A device with positions, as `/dev/null`; `0` of them is a terminal, which has none.
struct Device(u64);

impl Stream for Device {
    fn file_type(&self) -> FileType {
        FileType::CharacterDevice
    }

    fn as_file(&self) -> Option<&dyn File> {
        Some(self)
    }
}

impl File for Device {
    fn stat(&self) -> PlatformResult<Stat> {
        Ok(Stat { file_type: FileType::CharacterDevice, ..Stat::default() })
    }

    fn flags(&self) -> PlatformResult<FileFlags> {
        Ok(FileFlags::empty())
    }

    fn read(&self, _: &mut [&mut [u8]]) -> PlatformResult<usize> {
        Ok(0)
    }

    fn write(&self, _: &[&[u8]]) -> PlatformResult<usize> {
        Ok(0)
    }

    fn read_at(&self, _: &mut [&mut [u8]], _: u64) -> PlatformResult<usize> {
        Ok(0)
    }

    fn write_at(&self, _: &[&[u8]], _: u64) -> PlatformResult<usize> {
        Ok(0)
    }

    fn seek(&self, _: SeekFrom) -> PlatformResult<u64> {
        if self.0 == 0 { Err(ErrorKind::InvalidSeek) } else { Ok(0) }
    }

    fn set_size(&self, _: u64) -> PlatformResult<()> {
        Err(ErrorKind::InvalidInput)
    }

    fn set_times(&self, _: SetTime, _: SetTime) -> PlatformResult<()> {
        Ok(())
    }
}

#[test]
fn a_device_with_positions_is_no_terminal() {
    let builder = WasiCtxBuilder::new().stdin(Arc::new(Device(1))).stdout(Arc::new(Device(0)));
    let mut guest = Guest::new(builder);
    let positions = Rights::FD_SEEK | Rights::FD_TELL;
    let (null, terminal) = (guest.fdstat(0).unwrap(), guest.fdstat(1).unwrap());
    assert_eq!((null.kind, terminal.kind), (2, 2));
    assert!(null.base.contains(positions));
    assert!(!terminal.base.intersects(positions));
    assert_eq!(guest.seek(0, 0, 1), Ok(0));
    assert_eq!(guest.seek(1, 0, 1), Err(Errno::Spipe));
}

#[test]
fn a_redirected_stream_is_its_file() {
    /// Standard output redirected to a file.
    struct Redirected(Arc<dyn File>);
    impl Stream for Redirected {
        fn file_type(&self) -> FileType {
            FileType::Regular
        }
        fn write(&self, buffers: &[&[u8]]) -> PlatformResult<usize> {
            self.0.write(buffers)
        }
        fn as_file(&self) -> Option<&dyn File> {
            Some(&*self.0)
        }
    }
    let root = TestDir::new();
    root.put("out", b"abc").unwrap();
    let options = OpenOptions { read: true, write: true, ..OpenOptions::default() };
    let Ok(Node::File(file)) = root.open(b"out", options) else { panic!("a file") };
    let mut guest = Guest::new(WasiCtxBuilder::new().stdout(Arc::new(Redirected(file))));
    assert_eq!(guest.fdstat(1).unwrap().kind, 4);
    assert_eq!(guest.seek(1, 0, 2), Ok(3));
    assert_eq!(guest.write(1, b"de"), Ok(2));
    assert_eq!(guest.tell(1), Ok(5));
    assert_eq!(guest.pwrite_from(1, &[(DATA, 1)], 0), Ok(1));
    assert_eq!(guest.filestat(1).unwrap().size, 5);
    assert_eq!(fd::fd_sync(&mut guest.ctx, 1), Ok(()));
    assert_eq!(fd::fd_fdstat_set_flags(&mut guest.ctx, 1, 1), Ok(()));
    assert_eq!(guest.fdstat(1).unwrap().flags, 1);
    assert_eq!(guest.seek(1, 0, 0), Ok(0));
    assert_eq!(guest.write(1, b"f"), Ok(1));
    assert_eq!(root.get("out").unwrap(), b"dbcdef");
}

#[test]
fn directories_show_the_rights_that_libraries_expect() {
    let (mut guest, _) = Guest::with_root();
    let stat = guest.fdstat(ROOT).unwrap();
    assert_eq!((stat.kind, stat.flags), (3, 0));
    assert!(stat.base.contains(Rights::PATH_OPEN | Rights::FD_READDIR | Rights::PATH_SYMLINK));
    assert!(!stat.base.intersects(BOTH | Rights::FD_SEEK | Rights::FD_FILESTAT_SET_SIZE));
    assert!(stat.inheriting.contains(Rights::DIRECTORY | Rights::FILE));
}

#[test]
fn rights_are_kept_as_far_as_they_make_sense() {
    let (mut guest, _) = Guest::with_root();
    let fd = guest.open("file", CREAT, READ | Rights::FD_SEEK | Rights::PATH_OPEN).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().base, READ | Rights::FD_SEEK);
    guest.mkdir("dir").unwrap();
    let fd = guest.open("dir", DIRECTORY, Rights::FD_SEEK | Rights::FD_READDIR).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().base, Rights::FD_READDIR);
}

#[test]
fn rights_only_shrink_and_bind_once_given_up() {
    let (mut guest, _) = Guest::with_root();
    let fd = guest.open("file", CREAT, BOTH | Rights::FD_SEEK).unwrap();
    assert_eq!(guest.write(fd, b"abc"), Ok(3));
    let set = |guest: &mut Guest, fd, base: Rights, inheriting: Rights| {
        fd::fd_fdstat_set_rights(&mut guest.ctx, fd, base.bits(), inheriting.bits())
    };
    let none = Rights::empty();
    assert_eq!(set(&mut guest, fd, BOTH | Rights::FD_TELL, none), Err(Errno::Notcapable));
    assert_eq!(set(&mut guest, fd, Rights::FD_SEEK, none), Ok(()));
    assert_eq!(guest.read(fd, 1), Err(Errno::Badf));
    assert_eq!(guest.write(fd, b"x"), Err(Errno::Badf));
    assert_eq!(guest.seek(fd, 0, 0), Ok(0));
    assert_eq!(set(&mut guest, fd, BOTH | Rights::FD_SEEK, none), Err(Errno::Notcapable));
    let unknown = fd::fd_fdstat_set_rights(&mut guest.ctx, fd, 1 << 40, 0);
    assert_eq!(unknown, Err(Errno::Notcapable));
}

#[test]
fn a_directory_without_the_right_cannot_cut_or_write_below() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abc").unwrap();
    let stat = guest.fdstat(ROOT).unwrap();
    let base = (stat.base - Rights::PATH_FILESTAT_SET_SIZE).bits();
    fd::fd_fdstat_set_rights(&mut guest.ctx, ROOT, base, stat.inheriting.bits()).unwrap();
    assert_eq!(guest.open("file", TRUNC, Rights::empty()), Err(Errno::Notcapable));
    assert_eq!(root.get("file").unwrap(), b"abc");
    let inheriting = (stat.inheriting - WRITE).bits();
    fd::fd_fdstat_set_rights(&mut guest.ctx, ROOT, base, inheriting).unwrap();
    assert_eq!(guest.open("file", 0, WRITE), Err(Errno::Notcapable));
    let inner = guest.open(".", DIRECTORY, Rights::all() - BOTH).unwrap();
    let below = guest.open_at(inner, false, "file", 0, BOTH, FileFlags::empty());
    assert_eq!(below, Err(Errno::Notcapable), "what is given up stays so below");
    assert_eq!(guest.open("file", 0, READ), Ok(inner + 1));
}

#[test]
fn flags_that_can_change_change() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abc").unwrap();
    let fd = guest.open("file", 0, BOTH).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().flags, 0);
    fd::fd_fdstat_set_flags(&mut guest.ctx, fd, 1).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().flags, 1);
    guest.write(fd, b"d").unwrap();
    assert_eq!(root.get("file").unwrap(), b"abcd");
    fd::fd_fdstat_set_flags(&mut guest.ctx, fd, 0).unwrap();
    guest.seek(fd, 0, 0).unwrap();
    guest.write(fd, b"X").unwrap();
    assert_eq!(root.get("file").unwrap(), b"Xbcd");
    for durable in [2, 8, 16] {
        assert_eq!(fd::fd_fdstat_set_flags(&mut guest.ctx, fd, durable), Err(Errno::Inval));
    }
    assert_eq!(fd::fd_fdstat_set_flags(&mut guest.ctx, fd, 32), Err(Errno::Inval));
    assert_eq!(fd::fd_fdstat_set_flags(&mut guest.ctx, 9, 0), Err(Errno::Badf));
}

#[test]
fn durable_files_stay_durable_when_flags_change() {
    let (mut guest, _) = Guest::with_root();
    let sync = FileFlags::SYNC | FileFlags::APPEND;
    let fd = guest.open_at(ROOT, false, "file", CREAT, BOTH, sync).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().flags, 17);
    // As `fcntl(F_SETFL, flags | O_NONBLOCK)` passes them, and as `fcntl(F_SETFL, 0)` does.
    fd::fd_fdstat_set_flags(&mut guest.ctx, fd, 17 | 4).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().flags, 21);
    fd::fd_fdstat_set_flags(&mut guest.ctx, fd, 0).unwrap();
    assert_eq!(guest.fdstat(fd).unwrap().flags, 16);
}

#[test]
fn positions_move_as_with_lseek() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", &[0; 100]).unwrap();
    let fd = guest.open("file", 0, BOTH).unwrap();
    assert_eq!(guest.seek(fd, 50, 0), Ok(50));
    assert_eq!(guest.seek(fd, -20, 1), Ok(30));
    assert_eq!(guest.seek(fd, -1, 2), Ok(99));
    assert_eq!(guest.seek(fd, 1000, 1), Ok(1099), "beyond the end is a position");
    assert_eq!(guest.tell(fd), Ok(1099));
    assert_eq!(guest.seek(fd, -2000, 1), Err(Errno::Inval));
    assert_eq!(guest.seek(fd, -1, 0), Err(Errno::Inval));
    assert_eq!(guest.tell(fd), Ok(1099));
    assert_eq!(guest.seek(ROOT, 0, 1), Err(Errno::Isdir));
    assert_eq!(guest.tell(ROOT), Err(Errno::Isdir));
    assert_eq!(guest.seek(0, 0, 1), Err(Errno::Spipe));
    assert_eq!(guest.seek(9, 0, 1), Err(Errno::Badf));
}

#[test]
fn allocation_extends_and_never_cuts() {
    let (mut guest, _) = Guest::with_root();
    let fd = guest.open("file", CREAT, BOTH).unwrap();
    let mut step = |offset, len| {
        fd::fd_allocate(&mut guest.ctx, fd, offset, len).map(|()| guest.filestat(fd).unwrap().size)
    };
    assert_eq!(step(0, 100), Ok(100));
    assert_eq!(step(10, 10), Ok(100));
    assert_eq!(step(90, 20), Ok(110));
    assert_eq!(step(0, 0), Err(Errno::Inval));
    assert_eq!(step(1 << 63, 1), Err(Errno::Inval));
    assert_eq!(step(i64::MAX as u64, 1), Err(Errno::Fbig));
    assert_eq!(fd::fd_allocate(&mut guest.ctx, ROOT, 0, 1), Err(Errno::Badf));
    assert_eq!(fd::fd_allocate(&mut guest.ctx, 1, 0, 1), Err(Errno::Spipe));
    let reader = guest.open("file", 0, READ).unwrap();
    assert_eq!(fd::fd_allocate(&mut guest.ctx, reader, 0, 200), Err(Errno::Badf));
}

#[test]
fn sizes_are_set_on_files_open_for_writing() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abcdef").unwrap();
    let fd = guest.open("file", 0, BOTH).unwrap();
    fd::fd_filestat_set_size(&mut guest.ctx, fd, 3).unwrap();
    fd::fd_filestat_set_size(&mut guest.ctx, fd, 5).unwrap();
    assert_eq!(root.get("file").unwrap(), b"abc\0\0");
    assert_eq!(fd::fd_filestat_set_size(&mut guest.ctx, fd, u64::MAX), Err(Errno::Inval));
    assert_eq!(fd::fd_filestat_set_size(&mut guest.ctx, ROOT, 0), Err(Errno::Inval));
    let reader = guest.open("file", 0, READ).unwrap();
    assert_eq!(fd::fd_filestat_set_size(&mut guest.ctx, reader, 0), Err(Errno::Inval));
}

#[test]
fn times_are_set_one_by_one() {
    let (mut guest, _) = Guest::with_root();
    let fd = guest.open("file", CREAT, BOTH).unwrap();
    let before = guest.filestat(fd).unwrap();
    let mut set = |accessed, modified, flags| {
        fd::fd_filestat_set_times(&mut guest.ctx, fd, accessed, modified, flags)
            .map(|()| guest.filestat(fd).unwrap())
    };
    let after = set(7, 8, 4).unwrap();
    assert_eq!((after.accessed, after.modified), (before.accessed, 8));
    let after = set(7, 9, 1).unwrap();
    assert_eq!((after.accessed, after.modified), (7, 8));
    let after = set(1, 1, 2 | 8).unwrap();
    assert!(after.accessed > 1 && after.modified > 1, "the file system's present");
    let after = set(1, 1, 0).unwrap();
    assert!(after.accessed > 1 && after.modified > 1);
    assert_eq!(set(1, 1, 3), Err(Errno::Inval));
    assert_eq!(set(1, 1, 12), Err(Errno::Inval));
    assert_eq!(fd::fd_filestat_set_times(&mut guest.ctx, ROOT, 5, 6, 5), Ok(()));
    assert_eq!(guest.filestat(ROOT).unwrap().modified, 6);
}

#[test]
fn streams_have_a_filestat_too() {
    let tty = TestStream::with_type(FileType::CharacterDevice, None);
    let mut guest = Guest::new(WasiCtxBuilder::new().stdout(tty));
    let stat = guest.filestat(1).unwrap();
    assert_eq!((stat.kind, stat.links, stat.size), (2, 1, 0));
    assert_eq!(guest.filestat(9), Err(Errno::Badf));
}

#[test]
fn syncing_is_for_what_is_stored() {
    let (mut guest, _) = Guest::with_root();
    let fd = guest.open("file", CREAT, BOTH).unwrap();
    for good in [fd, ROOT] {
        assert_eq!(fd::fd_sync(&mut guest.ctx, good), Ok(()));
        assert_eq!(fd::fd_datasync(&mut guest.ctx, good), Ok(()));
    }
    assert_eq!(fd::fd_sync(&mut guest.ctx, 1), Err(Errno::Inval));
    assert_eq!(fd::fd_datasync(&mut guest.ctx, 9), Err(Errno::Badf));
}

#[test]
fn advice_is_taken_where_there_are_positions() {
    let (mut guest, _) = Guest::with_root();
    let fd = guest.open("file", CREAT, BOTH).unwrap();
    assert_eq!(fd::fd_advise(&mut guest.ctx, fd, 10, 50, 0), Ok(()));
    assert_eq!(fd::fd_advise(&mut guest.ctx, ROOT, 0, 0, 5), Ok(()));
    assert_eq!(fd::fd_advise(&mut guest.ctx, fd, 0, u64::MAX, 0), Err(Errno::Inval));
    assert_eq!(fd::fd_advise(&mut guest.ctx, 0, 0, 0, 0), Err(Errno::Spipe));
    assert_eq!(guest.filestat(fd).unwrap().size, 0);
}

#[test]
fn preopens_are_named_listed_in_order_and_closable() {
    let dir = || -> Arc<TestDir> { TestDir::new() };
    let (first, second) = (dir(), dir());
    second.put("two", b"").unwrap();
    let builder = WasiCtxBuilder::new().preopen("/", first).preopen("/data", dir());
    let mut guest = Guest::new(builder.preopen("/", second));
    let mut prestat = |fd| {
        guest
            .call(|c, m| fd::fd_prestat_get(c, m, fd, at(RESULT)))
            .map(|()| (guest.get(RESULT, 1)[0], guest.u32_at(RESULT + 4)))
    };
    assert_eq!(prestat(0), Err(Errno::Badf));
    assert_eq!(prestat(3), Ok((0, 1)));
    assert_eq!(prestat(4), Ok((0, 5)));
    assert_eq!(prestat(5), Err(Errno::Badf));
    let name =
        |guest: &mut Guest, fd, len| guest.call(|c, m| fd::fd_prestat_dir_name(c, m, fd, at(DATA), len));
    assert_eq!(name(&mut guest, 4, 4), Err(Errno::Nametoolong));
    guest.put(DATA, b"zzzzzzz");
    assert_eq!(name(&mut guest, 4, 7), Ok(()));
    assert_eq!(guest.get(DATA, 7), b"/datazz");
    assert!(guest.path_filestat(false, "two").is_ok(), "the second `/` replaced the first");
    guest.close(3).unwrap();
    assert_eq!(name(&mut guest, 3, 1), Err(Errno::Badf));
    assert_eq!(guest.close(3), Err(Errno::Badf));
}

#[test]
fn a_directory_opened_later_is_no_preopen() {
    let (mut guest, _) = Guest::with_root();
    let fd = guest.open(".", DIRECTORY, Rights::empty()).unwrap();
    let prestat = guest.call(|c, m| fd::fd_prestat_get(c, m, fd, at(RESULT)));
    assert_eq!(prestat, Err(Errno::Badf));
}

#[test]
fn renumbering_replaces_what_is_open() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"abc").unwrap();
    let fd = guest.open("file", 0, BOTH).unwrap();
    let mut renumber = |from, to| fd::fd_renumber(&mut guest.ctx, from, to);
    assert_eq!(renumber(fd, fd), Ok(()), "the same number is no move");
    assert_eq!(renumber(fd, 9), Err(Errno::Badf));
    assert_eq!(renumber(9, fd), Err(Errno::Badf));
    assert_eq!(renumber(9, 9), Err(Errno::Badf));
    assert_eq!(renumber(fd, 0), Ok(()));
    assert_eq!(guest.read(0, 9), Ok(b"abc".to_vec()));
    assert_eq!(guest.close(fd), Err(Errno::Badf));
    assert_eq!(guest.open("file", 0, READ), Ok(fd), "the old number is free again");
    assert_eq!(fd::fd_renumber(&mut guest.ctx, fd, ROOT), Ok(()), "a preopen too");
    assert_eq!(guest.fdstat(ROOT).unwrap().kind, 4);
}
