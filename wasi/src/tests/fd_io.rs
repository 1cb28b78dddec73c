//! Reading and writing: counts, offsets, vectors, ends, errors.

use alloc::{sync::Arc, vec::Vec};

use ringzero::platform::{
    ErrorKind, FileFlags, Result as PlatformResult, Stream,
    testing::{Faults, TestDir, TestStream},
};
use spin::Mutex;

use super::{BOTH, CREAT, DATA, Guest, READ, ROOT, WRITE};
use crate::{Errno, WasiCtxBuilder, fd};

/// A guest with an open file that holds `content`.
fn with_file(content: &[u8]) -> (Guest, Arc<TestDir>, u32) {
    let (mut guest, root) = Guest::with_root();
    root.put("file", content).unwrap();
    let fd = guest.open("file", 0, BOTH).unwrap();
    (guest, root, fd)
}

#[test]
fn two_small_and_two_large_buffers_are_filled_as_readv_fills_them() {
    let content: Vec<u8> = (0..96).collect();
    let (mut guest, _, fd) = with_file(&content);
    assert_eq!(guest.read_into(fd, &[(DATA, 1), (DATA + 1, 1)]), Ok(2));
    assert_eq!(guest.get(DATA, 2), [0, 1]);
    assert_eq!(guest.read_into(fd, &[(DATA, 47), (DATA + 47, 47)]), Ok(94));
    assert_eq!(guest.get(DATA, 94), &content[2..]);
    assert_eq!(guest.tell(fd), Ok(96));
}

#[test]
fn a_stream_fills_small_buffers_too() {
    let input: Vec<u8> = (0..96).collect();
    let stdin = TestStream::from_input(&input);
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin.clone()));
    assert_eq!(guest.read_into(0, &[(DATA, 1), (DATA + 1, 1)]), Ok(2));
    assert_eq!(stdin.unread().len(), 94, "exactly what the guest asked for is taken");
    assert_eq!(guest.read_into(0, &[(DATA, 47), (DATA + 47, 47)]), Ok(94));
    assert_eq!(guest.get(DATA, 94), &input[2..]);
}

#[test]
fn the_total_is_the_lesser_of_what_is_left_and_what_is_asked() {
    let (mut guest, _, fd) = with_file(b"abcdefghij");
    assert_eq!(guest.read_into(fd, &[(DATA, 4), (DATA + 100, 4), (DATA + 200, 4)]), Ok(10));
    assert_eq!(guest.get(DATA, 4), b"abcd");
    assert_eq!(guest.get(DATA + 100, 4), b"efgh");
    assert_eq!(guest.get(DATA + 200, 4), b"ij\0\0");
}

#[test]
fn buffers_may_stand_in_any_order_in_memory() {
    let (mut guest, _, fd) = with_file(b"abcdef");
    assert_eq!(guest.read_into(fd, &[(DATA + 4, 2), (DATA + 2, 2), (DATA, 2)]), Ok(6));
    assert_eq!(guest.get(DATA, 6), b"efcdab");
}

#[test]
fn empty_buffers_may_stand_anywhere_even_at_bad_addresses() {
    let (mut guest, _, fd) = with_file(b"abcdef");
    let buffers = [(0xffff_ffff, 0), (DATA, 2), (DATA + 2, 0), (DATA + 2, 2), (0, 0)];
    assert_eq!(guest.read_into(fd, &buffers), Ok(4));
    assert_eq!(guest.get(DATA, 4), b"abcd");
    assert_eq!(guest.read_into(fd, &[]), Ok(0));
    assert_eq!(guest.read_into(fd, &[(DATA, 0)]), Ok(0));
    assert_eq!(guest.tell(fd), Ok(4));
}

#[test]
fn the_end_is_zero_twice_and_leaves_the_buffer() {
    let (mut guest, _, fd) = with_file(b"ab");
    assert_eq!(guest.read(fd, 9), Ok(b"ab".to_vec()));
    guest.put(DATA, b"zz");
    assert_eq!(guest.read_into(fd, &[(DATA, 2)]), Ok(0));
    assert_eq!(guest.read_into(fd, &[(DATA, 2)]), Ok(0));
    assert_eq!(guest.get(DATA, 2), b"zz");
}

#[test]
fn two_opens_have_two_offsets_and_renumbering_moves_one() {
    let (mut guest, _, first) = with_file(b"abcdef");
    let second = guest.open("file", 0, READ).unwrap();
    assert_eq!(guest.read(first, 4), Ok(b"abcd".to_vec()));
    assert_eq!(guest.read(second, 2), Ok(b"ab".to_vec()));
    fd::fd_renumber(&mut guest.ctx, first, second).unwrap();
    assert_eq!(guest.read(second, 9), Ok(b"ef".to_vec()));
    assert_eq!(guest.read(first, 1), Err(Errno::Badf));
}

#[test]
fn reads_go_on_where_a_seek_a_pread_or_a_write_left_the_offset() {
    let (mut guest, root, fd) = with_file(b"abcdef");
    assert_eq!(guest.seek(fd, 2, 0), Ok(2));
    assert_eq!(guest.pread_into(fd, &[(DATA, 2), (DATA + 2, 2)], 1), Ok(4));
    assert_eq!(guest.get(DATA, 4), b"bcde");
    assert_eq!(guest.read(fd, 1), Ok(b"c".to_vec()), "pread left the offset");
    assert_eq!(guest.write(fd, b"XY"), Ok(2));
    assert_eq!(guest.read(fd, 9), Ok(b"f".to_vec()));
    assert_eq!(guest.pwrite_from(fd, &[(DATA, 1)], 0), Ok(1));
    assert_eq!(guest.tell(fd), Ok(6));
    assert_eq!(root.get("file").unwrap(), b"fbcXYf");
}

#[test]
fn append_writes_go_to_the_end_and_positioned_ones_do_not() {
    let (mut guest, root) = Guest::with_root();
    root.put("file", b"ab").unwrap();
    let fd = guest.open_at(ROOT, false, "file", 0, BOTH, FileFlags::APPEND).unwrap();
    assert_eq!(guest.write(fd, b"cd"), Ok(2));
    assert_eq!(guest.tell(fd), Ok(4));
    assert_eq!(guest.seek(fd, 0, 0), Ok(0));
    assert_eq!(guest.write(fd, b"ef"), Ok(2));
    assert_eq!(guest.read(fd, 9), Ok(Vec::new()));
    guest.put(DATA, b"XYZ");
    assert_eq!(guest.pwrite_from(fd, &[(DATA, 3)], 0), Ok(3));
    assert_eq!(guest.tell(fd), Ok(6));
    assert_eq!(root.get("file").unwrap(), b"XYZdef");
}

#[test]
fn writes_gather_more_buffers_than_fit_without_allocation() {
    let (mut guest, root) = Guest::with_root();
    let fd = guest.open("file", CREAT, BOTH).unwrap();
    guest.put(DATA, b"0123456789abcdefghij");
    let buffers: Vec<_> = (0..20).rev().map(|index| (DATA + index, 1)).collect();
    assert_eq!(guest.write_from(fd, &buffers), Ok(20));
    assert_eq!(root.get("file").unwrap(), b"jihgfedcba9876543210");
    guest.seek(fd, 0, 0).unwrap();
    assert_eq!(guest.read_into(fd, &buffers), Ok(20));
    assert_eq!(guest.get(DATA, 20), b"0123456789abcdefghij");
}

#[test]
fn buffers_that_overlap_are_filled_one_after_another() {
    let (mut guest, _, fd) = with_file(b"abcdef");
    assert_eq!(guest.read_into(fd, &[(DATA, 4), (DATA + 2, 2)]), Ok(6));
    assert_eq!(guest.get(DATA, 4), b"abef");
    assert_eq!(guest.tell(fd), Ok(6));
    guest.seek(fd, 0, 0).unwrap();
    assert_eq!(guest.read_into(fd, &[(DATA, 1); 20]), Ok(6));
    assert_eq!(guest.get(DATA, 1), b"f");
}

#[test]
fn a_short_transfer_is_one_short_count() {
    let stream = TestStream::from_input(b"abcdef");
    stream.limit(3);
    let builder = WasiCtxBuilder::new().stdin(stream.clone()).stdout(stream.clone());
    let mut guest = Guest::new(builder);
    assert_eq!(guest.read_into(0, &[(DATA, 2), (DATA + 2, 2)]), Ok(3));
    assert_eq!(guest.get(DATA, 4), b"abc\0");
    guest.put(DATA, b"ABCDEF");
    assert_eq!(guest.write_from(1, &[(DATA, 2), (DATA + 2, 4)]), Ok(3));
    assert_eq!(stream.take_output(), b"ABC");
}

/// Answers each read with the next of its results.
struct Script(Mutex<Vec<PlatformResult<&'static [u8]>>>);

impl Stream for Script {
    fn read(&self, buffers: &mut [&mut [u8]]) -> PlatformResult<usize> {
        let bytes = self.0.lock().remove(0)?;
        let mut left = bytes.iter();
        for (byte, next) in buffers.iter_mut().flat_map(|b| b.iter_mut()).zip(&mut left) {
            *byte = *next;
        }
        Ok(bytes.len() - left.len())
    }
}

#[test]
fn bytes_before_an_error_come_first_and_the_error_with_the_next_call() {
    let script = [Ok(&b"abc"[..]), Err(ErrorKind::Io), Ok(&b"d"[..])];
    let stdin = Arc::new(Script(Mutex::new(script.to_vec())));
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin));
    assert_eq!(guest.read_into(0, &[(DATA, 2), (DATA + 2, 2)]), Ok(3));
    assert_eq!(guest.get(DATA, 4), b"abc\0");
    assert_eq!(guest.read(0, 4), Err(Errno::Io));
    assert_eq!(guest.read(0, 4), Ok(b"d".to_vec()));
}

#[test]
fn an_error_of_the_platform_is_the_guests() {
    let root = TestDir::new();
    root.put("file", b"abc").unwrap();
    let faults = Faults::new();
    let mut guest = Guest::new(WasiCtxBuilder::new().preopen("/", faults.dir(root)));
    let fd = guest.open("file", 0, BOTH).unwrap();
    for (kind, errno) in [(ErrorKind::Io, Errno::Io), (ErrorKind::NoSpace, Errno::Nospc)] {
        // Whatever is asked of the platform first, the failing call is the transfer's own in the end.
        let mut nth = 1;
        loop {
            faults.fail(nth, kind);
            let answer = guest.write(fd, b"x");
            if !faults.struck() {
                break;
            }
            assert_eq!(answer, Err(errno));
            nth += 1;
        }
        assert!(nth > 1, "the fault never struck");
    }
}

#[test]
fn access_follows_the_rights() {
    let (mut guest, _, _) = with_file(b"abc");
    let reader = guest.open("file", 0, READ).unwrap();
    assert_eq!(guest.write(reader, b"x"), Err(Errno::Badf));
    assert_eq!(guest.pwrite_from(reader, &[(DATA, 1)], 0), Err(Errno::Badf));
    let writer = guest.open("file", 0, WRITE).unwrap();
    assert_eq!(guest.read(writer, 1), Err(Errno::Badf));
    assert_eq!(guest.pread_into(writer, &[(DATA, 1)], 0), Err(Errno::Badf));
    assert_eq!(guest.write(writer, b"x"), Ok(1));
}

#[test]
fn directories_and_streams_answer_as_natively() {
    let (mut guest, _) = Guest::with_root();
    assert_eq!(guest.read(ROOT, 1), Err(Errno::Isdir));
    assert_eq!(guest.pread_into(ROOT, &[(DATA, 1)], 0), Err(Errno::Isdir));
    assert_eq!(guest.write(ROOT, b"x"), Err(Errno::Badf));
    assert_eq!(guest.pwrite_from(ROOT, &[(DATA, 1)], 0), Err(Errno::Badf));
    assert_eq!(guest.pread_into(0, &[(DATA, 1)], 0), Err(Errno::Spipe));
    assert_eq!(guest.pwrite_from(1, &[(DATA, 1)], 0), Err(Errno::Spipe));
    assert_eq!(guest.read(9, 1), Err(Errno::Badf));
    assert_eq!(guest.pread_into(9, &[(DATA, 1)], 0), Err(Errno::Badf));
}

#[test]
fn a_position_is_a_signed_number() {
    let (mut guest, _, fd) = with_file(b"abc");
    assert_eq!(guest.pread_into(fd, &[(DATA, 1)], 1 << 63), Err(Errno::Inval));
    assert_eq!(guest.pwrite_from(fd, &[(DATA, 1)], u64::MAX), Err(Errno::Inval));
    assert_eq!(guest.pread_into(fd, &[(DATA, 1)], i64::MAX as u64), Ok(0));
}

#[test]
fn a_descriptor_that_does_not_wait_answers_eagain() {
    let stdin = TestStream::new();
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin.clone()));
    fd::fd_fdstat_set_flags(&mut guest.ctx, 0, 4).unwrap();
    assert_eq!(guest.fdstat(0).unwrap().flags, 4);
    assert_eq!(guest.read(0, 1), Err(Errno::Again));
    stdin.push(b"a");
    assert_eq!(guest.read(0, 1), Ok(b"a".to_vec()));
    fd::fd_fdstat_set_flags(&mut guest.ctx, 0, 0).unwrap();
    assert_eq!(guest.fdstat(0).unwrap().flags, 0);
}

/// Empty, and cannot be switched: a read would never come back.
struct Stubborn;

impl Stream for Stubborn {
    fn read(&self, _: &mut [&mut [u8]]) -> PlatformResult<usize> {
        panic!("waits for ever");
    }

    fn ready(&self, _: ringzero::platform::Interest) -> PlatformResult<ringzero::platform::Readiness> {
        Ok(ringzero::platform::Readiness::PENDING)
    }
}

#[test]
fn a_stream_that_cannot_be_switched_is_asked_before() {
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(Arc::new(Stubborn)));
    fd::fd_fdstat_set_flags(&mut guest.ctx, 0, 4).unwrap();
    assert_eq!(guest.fdstat(0).unwrap().flags, 4);
    assert_eq!(guest.read(0, 1), Err(Errno::Again));
}
