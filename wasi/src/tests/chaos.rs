//! Every function with arguments drawn at random from the ones that hurt. Nothing may panic, hang, or touch the
//! memory before answering `EFAULT`.

use alloc::{sync::Arc, vec::Vec};

use ringzero::platform::{
    Entropy,
    testing::{CountingEntropy, TestDir, TestStream},
};

use super::{BOTH, CREAT, DIRECTORY, Guest};
use crate::{
    DeterministicEntropy, Errno, WasiCtx, WasiCtxBuilder,
    abi::Rights,
    args, clock, fd, fd_io,
    memory::{GuestMemory, GuestPtr},
    path, poll, proc, random, readdir, sock,
};

/// A small memory, so that most addresses are near an edge.
const SIZE: usize = 4096;

/// Small numbers, edges of the memory, edges of words.
const WORDS: [u64; 24] = [
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    13,
    16,
    24,
    64,
    256,
    1024,
    2048,
    4000,
    4080,
    4095,
    4096,
    1 << 28,
    1 << 29,
    1 << 31,
    0xffff_fff0,
    0xffff_ffff,
];

/// What lies in the memory from [`NAMES_AT`] on, eight bytes for each.
const NAMES: [&str; 8] = ["a", "b", "c", "b/x", "new", "b/../d", ".", "b/"];
const NAMES_AT: u32 = 512;

struct Dice(DeterministicEntropy);

impl Dice {
    fn roll(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).unwrap();
        u64::from_le_bytes(bytes)
    }

    fn below(&self, limit: usize) -> usize {
        (self.roll() % limit as u64) as usize
    }

    fn word(&self) -> u32 {
        WORDS[self.below(WORDS.len())] as u32
    }

    /// Mostly small; sometimes at the edges of 64 bits.
    fn long(&self) -> u64 {
        match self.below(8) {
            0 => u64::MAX - u64::from(self.word()),
            1 => i64::MAX as u64 - u64::from(self.word()),
            2 => self.roll(),
            _ => u64::from(self.word()),
        }
    }

    fn fd(&self) -> u32 {
        if self.below(8) == 0 { self.word() } else { self.below(9) as u32 }
    }

    fn ptr(&self) -> GuestPtr {
        GuestPtr::new(if self.below(2) == 0 { self.word() } else { self.below(SIZE) as u32 })
    }

    /// A length that is often good.
    fn len(&self) -> u32 {
        if self.below(3) == 0 { self.word() } else { self.below(20) as u32 }
    }

    /// Often one of [`NAMES`].
    fn name(&self) -> (GuestPtr, u32) {
        if self.below(3) == 0 {
            return (self.ptr(), self.len());
        }
        let index = self.below(NAMES.len());
        (GuestPtr::new(NAMES_AT + 8 * index as u32), NAMES[index].len() as u32)
    }

    /// Mostly a directory.
    fn dir(&self) -> u32 {
        if self.below(4) == 0 { self.fd() } else { 3 + self.below(2) as u32 }
    }

    fn lookup(&self) -> u32 {
        if self.below(8) == 0 { self.word() } else { self.below(2) as u32 }
    }

    fn flags(&self) -> u32 {
        if self.below(8) == 0 { self.word() } else { self.below(16) as u32 }
    }
}

/// One call of the function with this number.
fn call(number: usize, d: &Dice, c: &mut WasiCtx, m: &mut GuestMemory<'_>) -> Result<(), Errno> {
    match number {
        0 => args::args_get(c, m, d.ptr(), d.ptr()),
        1 => args::args_sizes_get(c, m, d.ptr(), d.ptr()),
        2 => args::environ_get(c, m, d.ptr(), d.ptr()),
        3 => args::environ_sizes_get(c, m, d.ptr(), d.ptr()),
        4 => clock::clock_res_get(c, m, d.flags(), d.ptr()),
        5 => clock::clock_time_get(c, m, d.flags(), d.long(), d.ptr()),
        6 => poll::poll_oneoff(c, m, d.ptr(), d.ptr(), d.len(), d.ptr()),
        7 => random::random_get(c, m, d.ptr(), d.len()),
        8 => proc::proc_raise(c, d.word()),
        9 => proc::sched_yield(c),
        10 => sock::sock_accept(c, m, d.fd(), d.flags(), d.ptr()),
        11 => sock::sock_recv(c, m, d.fd(), d.ptr(), d.len(), d.flags(), d.ptr(), d.ptr()),
        12 => sock::sock_send(c, m, d.fd(), d.ptr(), d.len(), d.flags(), d.ptr()),
        13 => sock::sock_shutdown(c, d.fd(), d.flags()),
        14..=34 => call_fd(number, d, c, m),
        _ => call_path(number, d, c, m),
    }
}

fn call_fd(number: usize, d: &Dice, c: &mut WasiCtx, m: &mut GuestMemory<'_>) -> Result<(), Errno> {
    match number {
        14 => fd::fd_advise(c, d.fd(), d.long(), d.long(), d.flags()),
        15 => fd::fd_allocate(c, d.fd(), d.long(), d.long()),
        // Rarely, so that something stays open.
        16 if d.below(8) == 0 => fd::fd_close(c, d.fd()),
        17 => fd::fd_datasync(c, d.fd()),
        18 => fd::fd_fdstat_get(c, m, d.fd(), d.ptr()),
        19 => fd::fd_fdstat_set_flags(c, d.fd(), d.flags()),
        20 if d.below(64) == 0 => fd::fd_fdstat_set_rights(c, d.fd(), d.long(), d.long()),
        21 => fd::fd_filestat_get(c, m, d.fd(), d.ptr()),
        22 => fd::fd_filestat_set_size(c, d.fd(), d.long()),
        23 => fd::fd_filestat_set_times(c, d.fd(), d.long(), d.long(), d.flags()),
        24 => fd_io::fd_pread(c, m, d.fd(), d.ptr(), d.len(), d.long(), d.ptr()),
        25 => fd::fd_prestat_get(c, m, d.fd(), d.ptr()),
        26 => fd::fd_prestat_dir_name(c, m, d.fd(), d.ptr(), d.len()),
        27 => fd_io::fd_pwrite(c, m, d.fd(), d.ptr(), d.len(), d.long(), d.ptr()),
        28 => fd_io::fd_read(c, m, d.fd(), d.ptr(), d.len(), d.ptr()),
        29 => readdir::fd_readdir(c, m, d.fd(), d.ptr(), d.len(), d.long(), d.ptr()),
        30 if d.below(8) == 0 => fd::fd_renumber(c, d.fd(), d.fd()),
        31 => fd::fd_seek(c, m, d.fd(), d.long().cast_signed(), d.flags(), d.ptr()),
        32 => fd::fd_sync(c, d.fd()),
        33 => fd::fd_tell(c, m, d.fd(), d.ptr()),
        _ => fd_io::fd_write(c, m, d.fd(), d.ptr(), d.len(), d.ptr()),
    }
}

fn call_path(number: usize, d: &Dice, c: &mut WasiCtx, m: &mut GuestMemory<'_>) -> Result<(), Errno> {
    let ((path, len), (other, other_len)) = (d.name(), d.name());
    match number {
        35 => path::path_create_directory(c, m, d.dir(), path, len),
        36 => path::path_filestat_get(c, m, d.dir(), d.lookup(), path, len, d.ptr()),
        37 => {
            let (accessed, modified, flags) = (d.long(), d.long(), d.flags());
            path::path_filestat_set_times(c, m, d.dir(), d.lookup(), path, len, accessed, modified, flags)
        }
        38 => path::path_link(c, m, d.dir(), d.lookup(), path, len, d.dir(), other, other_len),
        39 => {
            let (base, inheriting, oflags) = (d.roll(), d.roll(), d.flags());
            let fdflags = if d.below(2) == 0 { 0 } else { d.flags() };
            let (lookup, opened) = (d.lookup(), d.ptr());
            path::path_open(c, m, d.dir(), lookup, path, len, oflags, base, inheriting, fdflags, opened)
        }
        40 => path::path_readlink(c, m, d.dir(), path, len, d.ptr(), d.len(), d.ptr()),
        41 => path::path_remove_directory(c, m, d.dir(), path, len),
        42 => path::path_rename(c, m, d.dir(), path, len, d.dir(), other, other_len),
        43 => path::path_symlink(c, m, path, len, d.dir(), other, other_len),
        _ => path::path_unlink_file(c, m, d.dir(), path, len),
    }
}

/// A guest with something of everything open, and letters that make short paths in its memory.
fn guest(dice: &Dice) -> Guest {
    let root = TestDir::new();
    let tty = TestStream::new();
    tty.push(b"some input");
    let builder = WasiCtxBuilder::new()
        .args(["prog", "argument"])
        .env("NAME", "value")
        .stdin(tty.clone())
        .stdout(tty)
        .entropy(Arc::new(CountingEntropy::default()))
        .preopen("/", root.clone())
        .preopen("/other", TestDir::new())
        .max_descriptors(12);
    let mut guest = Guest::new(builder);
    root.put("a", b"the content of a file").unwrap();
    guest.mkdir("b").unwrap();
    guest.symlink("a", "c").unwrap();
    guest.open("a", 0, BOTH).unwrap();
    guest.open("b", DIRECTORY, Rights::DIRECTORY).unwrap();
    guest.open("new", CREAT, BOTH).unwrap();
    guest.bytes = (0..SIZE)
        .map(|_| match dice.below(3) {
            0 => b"abc/.\0"[dice.below(6)],
            1 => dice.below(4) as u8,
            _ => 0,
        })
        .collect();
    for (index, name) in NAMES.iter().enumerate() {
        guest.put(NAMES_AT + 8 * index as u32, name.as_bytes());
    }
    guest
}

#[test]
fn nothing_that_a_guest_passes_breaks_the_host() {
    let dice = Dice(DeterministicEntropy::new(1));
    let (mut succeeded, mut refused) = ([0; 45], [0; 45]);
    for _ in 0..400 {
        let mut guest = guest(&dice);
        for _ in 0..200 {
            let number = dice.below(45);
            let before = guest.bytes.clone();
            match guest.call(|c, m| call(number, &dice, c, m)) {
                Ok(()) => succeeded[number] += 1,
                Err(errno) => {
                    refused[number] += 1;
                    if errno == Errno::Fault {
                        assert_eq!(before, guest.bytes, "function {number} wrote before it answered EFAULT");
                    }
                }
            }
        }
    }
    // The dice reach both sides of the functions; those on sockets, which nobody granted, only one.
    let never = |counts: &[i32; 45]| (0..45).filter(|&n| counts[n] == 0).collect::<Vec<_>>();
    assert_eq!(never(&succeeded), [8, 10, 11, 12, 13]);
    assert_eq!(never(&refused), [9]);
}
