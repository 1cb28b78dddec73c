//! Calls at random.
//!
//! In: a number. Out: its calls, always the same. Few names and few handles, so that calls meet each other.

use ringzero::platform::{Advice, FileFlags, OpenOptions, SeekFrom, SetTime};

use super::LENGTH;
use crate::fuzz::random::Random;

/// How many directories, and how many files, are kept open at once.
pub(super) const HANDLES: usize = 4;
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "a longer name"];
const TARGETS: [&str; 8] = ["a", "b", "b/c", "../a", "d", ".", "b/../e", "/a"];
const PATHS: [&str; 12] =
    ["a", "b/a", "d/a", "b/../a", "c/b/a", "d/d/d", "a/b", "./b/", "../a", "d/../d", "b/b/b/..", "none/../a"];

/// One call. Directories and files are places where handles are kept; an empty one is the root, or nothing.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "they are the methods of `Dir` and `File`, and their arguments")]
pub enum Call {
    Open { dir: usize, name: &'static str, options: OpenOptions, into: usize },
    Close { file: usize },
    Leave { dir: usize },
    StatAt { dir: usize, name: &'static str },
    StatDir { dir: usize },
    SetTimesAt { dir: usize, name: &'static str, accessed: SetTime, modified: SetTime },
    SetTimesDir { dir: usize, modified: SetTime },
    List { dir: usize },
    ReadLink { dir: usize, name: &'static str },
    CreateDir { dir: usize, name: &'static str },
    Symlink { dir: usize, name: &'static str, target: &'static str },
    Link { dir: usize, name: &'static str, to: usize, to_name: &'static str },
    Rename { dir: usize, name: &'static str, to: usize, to_name: &'static str },
    Unlink { dir: usize, name: &'static str },
    RemoveDir { dir: usize, name: &'static str },
    SameFile { dir: usize, name: &'static str, to: usize, to_name: &'static str },
    Walk { dir: usize, path: &'static str, follow: bool },
    Stat { file: usize },
    Read { file: usize, lens: [usize; 2] },
    ReadAt { file: usize, lens: [usize; 2], offset: u64 },
    Write { file: usize, lens: [usize; 2], fill: u8 },
    WriteAt { file: usize, lens: [usize; 2], fill: u8, offset: u64 },
    Seek { file: usize, from: SeekFrom },
    SetSize { file: usize, size: u64 },
    Allocate { file: usize, offset: u64, len: u64 },
    Advise { file: usize, offset: u64, advice: Advice },
    Flags { file: usize },
    SetFlags { file: usize, flags: FileFlags },
    SetTimes { file: usize, accessed: SetTime, modified: SetTime },
    Sync { file: usize },
}

/// The calls of a sequence.
pub(super) fn calls(number: u64) -> impl Iterator<Item = Call> {
    let mut random = Random::new(number);
    (0..LENGTH).map(move |_| call(&mut random))
}

fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[random.below(from.len())]
}

fn call(random: &mut Random) -> Call {
    let [dir, to, file] = [0; 3].map(|_| random.below(HANDLES));
    let [name, to_name] = [0; 2].map(|_| pick(random, &NAMES));
    match random.below(100) {
        0..=17 => Call::Open { dir, name, options: options(random), into: file },
        18 => Call::Close { file },
        19 => Call::Open {
            dir,
            name,
            options: OpenOptions { read: true, write: true, create: true, ..OpenOptions::default() },
            into: file,
        },
        20..=21 => Call::Leave { dir },
        22..=25 => Call::StatAt { dir, name },
        26..=27 => Call::StatDir { dir },
        28..=29 => Call::SetTimesAt {
            dir,
            name,
            accessed: time(random),
            modified: SetTime::At(random.below(1000) as u64),
        },
        30 => Call::SetTimesDir { dir, modified: time(random) },
        31..=34 => Call::List { dir },
        35..=36 => Call::ReadLink { dir, name },
        37..=43 => Call::CreateDir { dir, name },
        44..=46 => Call::Symlink { dir, name, target: pick(random, &TARGETS) },
        47..=50 => Call::Link { dir, name, to, to_name },
        51..=58 => Call::Rename { dir, name, to, to_name },
        59..=62 => Call::Unlink { dir, name },
        63..=65 => Call::RemoveDir { dir, name },
        66..=67 => Call::SameFile { dir, name, to, to_name },
        68..=71 => Call::Walk { dir, path: pick(random, &PATHS), follow: random.below(2) == 0 },
        _ => on_file(random, file),
    }
}

fn on_file(random: &mut Random, file: usize) -> Call {
    let lens = [length(random), length(random)];
    let fill = (random.next() & 0xff) as u8;
    match random.below(24) {
        0..=1 => Call::Stat { file },
        2..=5 => Call::Read { file, lens },
        6..=7 => Call::ReadAt { file, lens, offset: offset(random) },
        8..=11 => Call::Write { file, lens, fill },
        12..=13 => Call::WriteAt { file, lens, fill, offset: offset(random) },
        14..=15 => Call::Seek { file, from: seek(random) },
        16..=17 => Call::SetSize { file, size: offset(random) },
        18 => Call::Allocate { file, offset: offset(random), len: offset(random) },
        19 => Call::Advise { file, offset: offset(random), advice: Advice::WillNeed },
        20 => Call::Flags { file },
        21 => Call::SetFlags { file, flags: flags(random) },
        22 => Call::SetTimes { file, accessed: time(random), modified: time(random) },
        _ => Call::Sync { file },
    }
}

fn options(random: &mut Random) -> OpenOptions {
    let bits = random.next();
    let has = |bit: u64| bits >> bit & 1 == 1;
    OpenOptions {
        read: has(0) || has(1),
        write: has(2),
        // Each of these is rarer than the one before.
        create: has(3) || has(12),
        exclusive: has(4) && has(5) && has(13),
        directory: has(6) && has(7) && has(14),
        truncate: has(8) && has(9),
        flags: if has(10) && has(11) { FileFlags::APPEND } else { FileFlags::empty() },
    }
}

fn flags(random: &mut Random) -> FileFlags {
    pick(random, &[FileFlags::empty(), FileFlags::APPEND, FileFlags::NONBLOCK, FileFlags::DSYNC])
}

fn length(random: &mut Random) -> usize {
    let most = pick(random, &[0, 1, 10, 5000]);
    random.below(most + 1)
}

/// Mostly within the first pages, sometimes far behind, rarely where nothing can be.
fn offset(random: &mut Random) -> u64 {
    match random.below(20) {
        0..=9 => random.below(100) as u64,
        10..=15 => random.below(20_000) as u64,
        16..=17 => pick(random, &[4095, 4096, 4097, 8192]),
        18 => random.below(1 << 20) as u64,
        _ => pick(random, &[0, u64::MAX, 1 << 63]),
    }
}

fn seek(random: &mut Random) -> SeekFrom {
    let delta = offset(random) as i64;
    match random.below(5) {
        0 => SeekFrom::Start(offset(random)),
        1 => SeekFrom::Current(delta),
        2 => SeekFrom::Current(delta.wrapping_neg()),
        3 => SeekFrom::End(delta),
        _ => SeekFrom::End(delta.wrapping_neg()),
    }
}

/// Where neither time is set, POSIX leaves it open whether a name is looked up; so [`Call::SetTimesAt`] sets one.
fn time(random: &mut Random) -> SetTime {
    match random.below(4) {
        0 => SetTime::Omit,
        1 => SetTime::Now,
        // Long ago, so that no clock says it.
        _ => SetTime::At(random.below(1_000_000) as u64 * 1_000_000_000 + random.below(1000) as u64 * 1000),
    }
}
