//! Host files against what the host itself does: the same bytes, the same counts, the same offsets.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::fs;
use std::io::{IoSliceMut, Read, Seek, SeekFrom as StdSeek, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use ringzero::platform::{
    Dir, DirEntry, ErrorKind, File, FileFlags, FileType, Interest, Node, OpenOptions, SeekFrom, Step,
};
use ringzero_platform_std::{HostDir, HostFile};

const READ: OpenOptions = OpenOptions {
    read: true,
    write: false,
    create: false,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: FileFlags::empty(),
};

fn dir(path: &Path) -> Arc<HostDir> {
    HostDir::open(path).unwrap()
}

fn open(dir: &HostDir, name: &str, options: OpenOptions) -> Arc<dyn File> {
    match dir.open(name.as_bytes(), options) {
        Ok(Node::File(file)) => file,
        Ok(Node::Dir(_)) => panic!("{name} is a directory"),
        Err(error) => panic!("{name}: {error}"),
    }
}

/// A small generator, so that every run asks the same.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

#[test]
fn vectored_reads_equal_readv() {
    let temp = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..20_000).map(|n| (n * 7 % 256) as u8).collect();
    fs::write(temp.path().join("f"), &bytes).unwrap();
    let dir = dir(temp.path());
    let mut state = 1;
    for round in 0..200 {
        let mut native = fs::File::open(temp.path().join("f")).unwrap();
        let ours = open(&dir, "f", READ);
        let start = next(&mut state) % 20_000;
        native.seek(StdSeek::Start(start as u64)).unwrap();
        ours.seek(SeekFrom::Start(start as u64)).unwrap();
        loop {
            // Below IOV_MAX: above it readv itself refuses.
            let lengths: Vec<usize> = (0..next(&mut state) % 40).map(|_| next(&mut state) % 90).collect();
            let mut left: Vec<Vec<u8>> = lengths.iter().map(|&len| vec![0xee; len]).collect();
            let mut right = left.clone();
            let mut slices: Vec<_> = left.iter_mut().map(|b| IoSliceMut::new(b)).collect();
            let wanted = native.read_vectored(&mut slices).unwrap();
            let mut slices: Vec<&mut [u8]> = right.iter_mut().map(|b| &mut b[..]).collect();
            assert_eq!(ours.read(&mut slices), Ok(wanted), "round {round}, {lengths:?}");
            assert_eq!(left, right);
            assert_eq!(ours.seek(SeekFrom::Current(0)), Ok(native.stream_position().unwrap()));
            if wanted == 0 && lengths.iter().any(|&len| len > 0) {
                break;
            }
        }
    }
}

#[test]
fn the_two_programs_of_the_fd_read_report() {
    let temp = tempfile::tempdir().unwrap();
    let text = "0123456789".repeat(10);
    fs::write(temp.path().join("f"), &text).unwrap();
    let file = open(&dir(temp.path()), "f", READ);
    let (mut a, mut b) = ([0; 1], [0; 1]);
    assert_eq!(file.read(&mut [&mut a, &mut b]), Ok(2));
    assert_eq!((&a, &b), (b"0", b"1"));
    let (mut a, mut b) = ([0; 47], [0; 47]);
    assert_eq!(file.read(&mut [&mut a, &mut b]), Ok(94));
    assert_eq!((&a[..], &b[..]), (&text.as_bytes()[2..49], &text.as_bytes()[49..96]));
}

#[test]
fn the_host_finds_the_offset_where_the_guest_left_it() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("f");
    fs::write(&path, "abcdefghij").unwrap();
    let mut host = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let guest = HostFile::from_std(host.try_clone().unwrap());
    let (mut a, mut b) = ([0; 2], [0; 1]);
    assert_eq!(guest.read(&mut [&mut a, &mut b]), Ok(3));
    host.read_exact(&mut a).unwrap();
    assert_eq!(&a, b"de");
    assert_eq!(guest.seek(SeekFrom::Current(0)), Ok(5));
    guest.write(&[b"X", b"Y"]).unwrap();
    host.write_all(b"Z").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"abcdeXYZij");
}

#[test]
fn appends_of_many_handles_do_not_overwrite_each_other() {
    let temp = tempfile::tempdir().unwrap();
    let dir = dir(temp.path());
    let flags = FileFlags::APPEND;
    let options = OpenOptions { write: true, create: true, flags, ..READ };
    thread::scope(|scope| {
        for n in 0..4u8 {
            let file = open(&dir, "f", options);
            scope.spawn(move || {
                for _ in 0..500 {
                    assert_eq!(file.write(&[&[b'a' + n], &[b'a' + n; 6], b"\n"]), Ok(8));
                }
            });
        }
    });
    let text = fs::read_to_string(temp.path().join("f")).unwrap();
    assert_eq!(text.lines().count(), 2000);
    assert!(text.lines().all(|line| line.len() == 7 && line.bytes().all(|b| b == line.as_bytes()[0])));
}

#[test]
fn readers_of_one_handle_share_out_the_bytes() {
    let temp = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..40_000u32).flat_map(u32::to_le_bytes).collect();
    fs::write(temp.path().join("f"), &bytes).unwrap();
    let file = open(&dir(temp.path()), "f", READ);
    let mut seen: Vec<u32> = thread::scope(|scope| {
        let read = || {
            let mut seen = Vec::new();
            let (mut a, mut b) = ([0; 4], [0; 4]);
            while file.read(&mut [&mut a, &mut b]).unwrap() == 8 {
                seen.extend([u32::from_le_bytes(a), u32::from_le_bytes(b)]);
            }
            seen
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    seen.sort_unstable();
    assert!(seen.iter().copied().eq(0..40_000));
}

#[test]
fn a_fifo_does_not_hold_up_its_opening() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
    let dir = dir(temp.path());
    let write = OpenOptions { read: false, write: true, ..READ };
    assert_eq!(dir.open(b"fifo", write).err(), Some(ErrorKind::NoDevice));
    let reader = open(&dir, "fifo", READ);
    assert_eq!(reader.stat().unwrap().file_type, FileType::Fifo);
    assert_eq!(reader.flags(), Ok(FileFlags::empty()));
    let writer = open(&dir, "fifo", write);
    assert!(!reader.ready(Interest::READ).unwrap().ready);
    assert!(reader.wait_handle().is_some());
    assert_eq!(writer.write(&[b"ab", b"c"]), Ok(3));
    assert_eq!(reader.ready(Interest::READ).unwrap().bytes, 3);
    let mut buffer = [0; 8];
    assert_eq!(reader.read(&mut [&mut buffer]), Ok(3));
    assert_eq!(reader.seek(SeekFrom::Start(0)), Err(ErrorKind::InvalidSeek));
    assert_eq!(reader.read_at(&mut [&mut buffer], 0), Err(ErrorKind::InvalidSeek));
    reader.set_flags(FileFlags::NONBLOCK).unwrap();
    assert_eq!(reader.read(&mut [&mut buffer]), Err(ErrorKind::WouldBlock));
    drop(writer);
    assert_eq!(reader.read(&mut [&mut buffer]), Ok(0));
}

#[test]
fn a_directory_that_changes_all_the_time_gives_each_steady_name_once() {
    let temp = tempfile::tempdir().unwrap();
    for n in 0..2000 {
        fs::write(temp.path().join(format!("steady-{n}")), "").unwrap();
    }
    let dir = dir(temp.path());
    let stop = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                let path = temp.path().join(format!("fleeting-{}", n % 300));
                fs::write(&path, "").unwrap();
                if n % 2 == 0 {
                    fs::remove_file(&path).unwrap();
                }
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
            }
        });
        for _ in 0..5 {
            let mut steady = Vec::new();
            let mut cookie = 0;
            loop {
                let before = cookie;
                let mut count = 0;
                let each = &mut |entry: DirEntry<'_>| {
                    if entry.name.starts_with(b"steady") {
                        steady.push(entry.name.to_vec());
                    }
                    count += 1;
                    cookie = entry.next;
                    if count == 13 { Step::Stop } else { Step::Continue }
                };
                dir.read_dir(before, each).unwrap();
                if count == 0 {
                    break;
                }
            }
            steady.sort();
            let all = steady.len();
            steady.dedup();
            assert_eq!((all, steady.len()), (2000, 2000));
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn what_is_no_directory_is_not_opened_as_one() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("f"), "").unwrap();
    std::os::unix::fs::symlink(temp.path(), temp.path().join("link")).unwrap();
    let kind = |name: &str| HostDir::open(temp.path().join(name)).err().map(|e| e.kind());
    assert_eq!(kind("none"), Some(std::io::ErrorKind::NotFound));
    assert_eq!(kind("f"), Some(std::io::ErrorKind::NotADirectory));
    // The host names the directory, so the host's links are followed.
    assert_eq!(kind("link"), None);
}

#[test]
fn a_regular_file_is_ready_with_an_unknown_count() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("f"), b"0123456789").unwrap();
    let file = open(&dir(temp.path()), "f", OpenOptions { write: true, ..READ });
    for (size, offset) in [(10, 0), (10, 15), (3 << 30, 0), ((4 << 30) + 5, 0)] {
        file.set_size(size).unwrap();
        file.seek(SeekFrom::Start(offset)).unwrap();
        let found = file.ready(Interest::READ).unwrap();
        assert_eq!((found.ready, found.bytes), (true, 0), "{offset} of {size}");
    }
}
