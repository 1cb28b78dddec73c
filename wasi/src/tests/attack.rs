//! Arguments that no honest guest passes. Nothing may panic, and nothing may happen before the answer.

use alloc::vec::Vec;

use ringzero::platform::testing::TestStream;

use super::{BOTH, CREAT, DATA, Guest, IOVS, OTHER_PATH, PAGE, PATH, RESULT, ROOT, at};
use crate::{Errno, WasiCtxBuilder, args, clock, fd, fd_io, path, poll, random, readdir};

const HIGH: u32 = 0xffff_fff0;
const END: u32 = PAGE as u32;

#[test]
fn a_bad_place_for_the_count_costs_no_bytes() {
    let stdin = TestStream::from_input(b"abc");
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin.clone()).stdout(stdin.clone()));
    let count = guest.iovs(&[(DATA, 3)]);
    for place in [HIGH, END, END - 3, u32::MAX] {
        let read = guest.call(|c, m| fd_io::fd_read(c, m, 0, at(IOVS), count, at(place)));
        assert_eq!(read, Err(Errno::Fault));
        let write = guest.call(|c, m| fd_io::fd_write(c, m, 1, at(IOVS), count, at(place)));
        assert_eq!(write, Err(Errno::Fault));
    }
    assert_eq!(stdin.unread(), b"abc");
    assert!(stdin.take_output().is_empty());
}

#[test]
fn a_bad_buffer_costs_no_bytes_even_behind_a_good_one() {
    let stdin = TestStream::from_input(b"abc");
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin.clone()));
    for bad in [(HIGH, 0x20), (END, 1), (END - 1, 2), (u32::MAX, 1), (0, END + 1)] {
        assert_eq!(guest.read_into(0, &[(DATA, 1), bad]), Err(Errno::Fault), "{bad:x?}");
    }
    assert_eq!(stdin.unread(), b"abc");
}

#[test]
fn the_number_of_vectors_does_not_wrap() {
    let stdin = TestStream::from_input(b"abc");
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin.clone()));
    for count in [1 << 29, u32::MAX, 1025] {
        let read = guest.call(|c, m| fd_io::fd_read(c, m, 0, at(IOVS), count, at(RESULT)));
        assert_eq!(read, Err(Errno::Inval), "{count}");
    }
    let read = guest.call(|c, m| fd_io::fd_read(c, m, 0, at(END - 8), 2, at(RESULT)));
    assert_eq!(read, Err(Errno::Fault));
    assert_eq!(stdin.unread(), b"abc");
}

#[test]
fn a_sum_of_lengths_beyond_a_signed_word_is_invalid() {
    let mut guest = Guest::new(WasiCtxBuilder::new());
    guest.bytes = alloc::vec![0; PAGE];
    // Refused for their sum before the second one is refused for its end.
    assert_eq!(guest.read_into(0, &[(0, u32::MAX)]), Err(Errno::Inval));
    assert_eq!(guest.write_from(1, &[(0, 1), (0, i32::MAX as u32)]), Err(Errno::Inval));
}

#[test]
fn results_may_overlap_their_arguments() {
    let stdin = TestStream::from_input(b"abcdefgh");
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin));
    // The bytes read go over the vector that named them, and the count over the bytes.
    guest.iovs(&[(IOVS, 8)]);
    guest.call(|c, m| fd_io::fd_read(c, m, 0, at(IOVS), 1, at(IOVS))).unwrap();
    assert_eq!(guest.get(IOVS, 8), b"\x08\0\0\0efgh");
    // Both sizes at one address: the second one stays.
    let mut guest = Guest::new(WasiCtxBuilder::new().args(["abc", "d"]));
    guest.call(|c, m| args::args_sizes_get(c, m, at(RESULT), at(RESULT))).unwrap();
    assert_eq!(guest.u32_at(RESULT), 6);
}

#[test]
fn strings_and_small_results_are_checked() {
    let mut guest = Guest::new(WasiCtxBuilder::new().args(["abc"]).env("k", "v"));
    for bad in [HIGH, END, END - 3] {
        let answer = guest.call(|c, m| args::args_get(c, m, at(bad), at(DATA)));
        assert_eq!(answer, Err(Errno::Fault));
        let answer = guest.call(|c, m| args::environ_get(c, m, at(DATA), at(bad)));
        assert_eq!(answer, Err(Errno::Fault));
        let answer = guest.call(|c, m| args::args_sizes_get(c, m, at(RESULT), at(bad)));
        assert_eq!(answer, Err(Errno::Fault));
        let answer = guest.call(|c, m| clock::clock_time_get(c, m, 0, 0, at(bad)));
        assert_eq!(answer, Err(Errno::Fault));
        let answer = guest.call(|c, m| clock::clock_res_get(c, m, 1, at(bad)));
        assert_eq!(answer, Err(Errno::Fault));
        let answer = guest.call(|c, m| random::random_get(c, m, at(bad), 32));
        assert_eq!(answer, Err(Errno::Fault));
    }
    assert_eq!(guest.u32_at(DATA), 0, "nothing was copied");
    let answer = guest.call(|c, m| random::random_get(c, m, at(0), u32::MAX));
    assert_eq!(answer, Err(Errno::Fault));
}

#[test]
fn paths_beyond_memory_with_nul_or_too_long_are_refused() {
    let (mut guest, root) = Guest::with_root();
    let open = |guest: &mut Guest, path: u32, len: u32, place: u32| {
        guest.call(|c, m| {
            let rights = BOTH.bits();
            path::path_open(c, m, ROOT, 0, at(path), len, CREAT, rights, 0, 0, at(place))
        })
    };
    guest.put(PATH, b"file");
    for (path, len) in [(HIGH, 4), (PATH, u32::MAX), (PATH, END), (END - 1, 2)] {
        assert_eq!(open(&mut guest, path, len, RESULT), Err(Errno::Fault));
    }
    assert_eq!(open(&mut guest, PATH, 4, HIGH), Err(Errno::Fault));
    assert!(root.names().is_empty(), "a bad place for the result creates nothing");
    guest.put(PATH, b"fi\0e");
    assert_eq!(open(&mut guest, PATH, 4, RESULT), Err(Errno::Inval));
    assert_eq!(guest.mkdir("a\0"), Err(Errno::Inval));
    assert_eq!(guest.symlink("a\0b", "link"), Err(Errno::Inval));
    guest.put(PATH, &[b'a'; 5000]);
    assert_eq!(open(&mut guest, PATH, 5000, RESULT), Err(Errno::Nametoolong));
    guest.put(PATH, &[b'a'; 300]);
    assert_eq!(open(&mut guest, PATH, 300, RESULT), Err(Errno::Nametoolong));
    assert!(root.names().is_empty());
}

#[test]
fn results_of_path_functions_are_checked_first() {
    let (mut guest, _) = Guest::with_root();
    guest.symlink("target", "link").unwrap();
    guest.put(PATH, b"link");
    for bad in [HIGH, END] {
        let stat = guest.call(|c, m| path::path_filestat_get(c, m, ROOT, 0, at(PATH), 4, at(bad)));
        assert_eq!(stat, Err(Errno::Fault));
        let link = guest.call(|c, m| {
            let (room, used) = (at(bad), at(RESULT));
            path::path_readlink(c, m, ROOT, at(PATH), 4, room, 9, used)
        });
        assert_eq!(link, Err(Errno::Fault));
        let link = guest.call(|c, m| {
            let (room, used) = (at(DATA), at(bad));
            path::path_readlink(c, m, ROOT, at(PATH), 4, room, 9, used)
        });
        assert_eq!(link, Err(Errno::Fault));
        let list = guest.call(|c, m| readdir::fd_readdir(c, m, ROOT, at(bad), 100, 0, at(RESULT)));
        assert_eq!(list, Err(Errno::Fault));
        let name = guest.call(|c, m| fd::fd_prestat_dir_name(c, m, ROOT, at(bad), 1));
        assert_eq!(name, Err(Errno::Fault));
        let rename = guest.call(|c, m| {
            let (old, new) = (at(PATH), at(bad));
            path::path_rename(c, m, ROOT, old, 4, ROOT, new, 4)
        });
        assert_eq!(rename, Err(Errno::Fault));
    }
    assert_eq!(guest.get(DATA, 4), [0; 4]);
}

#[test]
fn the_number_of_subscriptions_does_not_wrap() {
    let mut guest = Guest::new(WasiCtxBuilder::new());
    for count in [0, 1 << 28, u32::MAX, poll::MAX_SUBSCRIPTIONS + 1] {
        let answer = guest.call(|c, m| poll::poll_oneoff(c, m, at(0), at(DATA), count, at(RESULT)));
        assert_eq!(answer, Err(Errno::Inval), "{count}");
    }
    for (input, output, place) in [(END - 47, DATA, RESULT), (0, END - 31, RESULT), (0, DATA, END - 3)] {
        let answer = guest.call(|c, m| poll::poll_oneoff(c, m, at(input), at(output), 1, at(place)));
        assert_eq!(answer, Err(Errno::Fault));
    }
}

#[test]
fn unknown_flags_are_invalid() {
    let (mut guest, _) = Guest::with_root();
    guest.put(PATH, b"file");
    let mut open = |lookup: u32, oflags: u32, flags: u32| {
        guest.call(|c, m| {
            let path = at(PATH);
            path::path_open(c, m, ROOT, lookup, path, 4, oflags, u64::MAX, u64::MAX, flags, at(RESULT))
        })
    };
    for (lookup, oflags, flags) in [(2, 1, 0), (u32::MAX, 1, 0), (0, 0x11, 0), (0, 1, 0x20), (0, 1, 0x101)] {
        assert_eq!(open(lookup, oflags, flags), Err(Errno::Inval));
    }
    assert_eq!(open(0, 1, 0), Ok(()), "all rights, known or not, may be asked for");
    assert_eq!(fd::fd_advise(&mut guest.ctx, 4, 0, 0, 6), Err(Errno::Inval));
    assert_eq!(fd::fd_filestat_set_times(&mut guest.ctx, 4, 0, 0, 16), Err(Errno::Inval));
    assert_eq!(guest.seek(4, 0, 3), Err(Errno::Inval));
}

#[test]
fn descriptors_end_at_the_limit_before_anything_is_made() {
    let root = ringzero::platform::testing::TestDir::new();
    let builder = WasiCtxBuilder::new().preopen("/", root.clone()).max_descriptors(6);
    let mut guest = Guest::new(builder);
    assert_eq!(guest.open("a", CREAT, BOTH), Ok(4));
    assert_eq!(guest.open("b", CREAT, BOTH), Ok(5));
    assert_eq!(guest.open("c", CREAT, BOTH), Err(Errno::Mfile));
    assert_eq!(root.names(), ["a", "b"]);
    guest.close(4).unwrap();
    assert_eq!(guest.open("c", CREAT, BOTH), Ok(4), "the lowest free number");
}

#[test]
fn a_thousand_vectors_pass() {
    let stdin = TestStream::from_input(&[7; 2000]);
    let mut guest = Guest::new(WasiCtxBuilder::new().stdin(stdin));
    let buffers: Vec<_> = (0..1024).map(|index| (DATA + index, 1)).collect();
    assert_eq!(guest.read_into(0, &buffers), Ok(1024));
    assert_eq!(guest.get(DATA, 1025)[1022..], [7, 7, 0]);
    // All in the same place: the last one stays.
    assert_eq!(guest.read_into(0, &[(OTHER_PATH, 1); 1024]), Ok(976));
}
