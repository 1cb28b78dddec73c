//! Damaged archives, and what is done with those that are accepted.
//!
//! In: a number. Out: the archive of that number (one that GNU tar made, mutated, its checksums mostly put right
//! again) and [`feed_archive`], which is also what the libFuzzer target runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringzero::platform::{
    Dir, DirEntry, ErrorKind, FileType, Node, OpenOptions, SetTime, Step, path::resolve,
};
use ringzero_platform_baremetal::{Archive, FixedClock, MemoryDir, Quota};

use super::mutate::{copy_within, flip_bit, insert, remove, repeat, set_byte, swap};
use super::random::Random;

const BLOCK: usize = 512;
/// The archives that mutation starts from.
const SEEDS: [&[u8]; 5] = [
    include_bytes!("../../../platform-baremetal/tests/archives/v7.tar"),
    include_bytes!("../../../platform-baremetal/tests/archives/ustar.tar"),
    include_bytes!("../../../platform-baremetal/tests/archives/gnu.tar"),
    include_bytes!("../../../platform-baremetal/tests/archives/pax.tar"),
    include_bytes!("../../../platform-baremetal/tests/archives/sparse.tar"),
];
/// Where a header's fields begin, how long they are, and what to put there.
const FIELDS: [(usize, usize, &[&[u8]]); 6] = [
    (0, 100, &[b"..", b"/", b"", b"./", b"etc/motd", b"etc", b"./etc/../x", b"link/x", b"a//b/"]),
    (100, 8, &[b"0000000", b"7777777", b"9", b""]),
    (
        124,
        12,
        &[b"77777777777", b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"00000001000", b"x", b""],
    ),
    (136, 12, &[b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"77777777777", b"-1", b""]),
    (156, 1, &[b"0", b"\0", b"1", b"2", b"5", b"x", b"g", b"L", b"K", b"S", b"3"]),
    (157, 100, &[b"..", b"", b"etc/motd", b"./motd-again", b"etc", b"round", b"/"]),
];

/// The archive with this number.
pub fn archive(number: u64) -> Vec<u8> {
    let mut random = Random::new(number);
    let mut bytes = SEEDS[random.below(SEEDS.len())].to_vec();
    for _ in 0..=random.below(4) {
        mutate(&mut bytes, &mut random);
    }
    if random.below(8) != 0 {
        mend_checksums(&mut bytes);
    }
    bytes
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    match random.below(12) {
        0 => flip_bit(bytes, random),
        1 => set_byte(bytes, random),
        2 => remove(bytes, random),
        3 => repeat(bytes, random),
        4 => insert(bytes, random),
        5 => swap(bytes, random),
        6 => copy_within(bytes, random),
        7 => bytes.truncate(random.below(bytes.len())),
        8 => move_block(bytes, random),
        9 => set_record(bytes, random),
        _ => set_field(bytes, random),
    }
}

/// One of the headers, or another block.
fn block(bytes: &[u8], random: &mut Random) -> usize {
    random.below(bytes.len() / BLOCK) * BLOCK
}

fn set_field(bytes: &mut [u8], random: &mut Random) {
    let (at, len, values) = FIELDS[random.below(FIELDS.len())];
    let value = values[random.below(values.len())];
    let start = block(bytes, random) + at;
    if let Some(field) = bytes.get_mut(start..start + len) {
        field.fill(0);
        field[..value.len()].copy_from_slice(value);
    }
}

/// Copies a block over another, or takes one out.
fn move_block(bytes: &mut Vec<u8>, random: &mut Random) {
    let (from, to) = (block(bytes, random), block(bytes, random));
    if from + BLOCK > bytes.len() || to + BLOCK > bytes.len() {
        return;
    }
    if random.below(2) == 0 {
        bytes.copy_within(from..from + BLOCK, to);
    } else {
        bytes.drain(from..from + BLOCK);
    }
}

/// Puts a record of an extended header where it may be read as one.
fn set_record(bytes: &mut [u8], random: &mut Random) {
    const RECORDS: [&[u8]; 8] = [
        b"11 size=99\n",
        b"28 size=1844674407370955161\n",
        b"10 path=a\n",
        b"9 path=\n",
        b"15 linkpath=..\n",
        b"17 mtime=-1.25e9\n",
        b"12 path=../\n\0",
        b"99999999999999999999 a=b\n",
    ];
    let record = RECORDS[random.below(RECORDS.len())];
    let start = block(bytes, random);
    if let Some(into) = bytes.get_mut(start..start + record.len()) {
        into.copy_from_slice(record);
    }
}

/// Gives every block a checksum: in contents that changes a few bytes, which does not matter.
fn mend_checksums(bytes: &mut [u8]) {
    for block in bytes.chunks_exact_mut(BLOCK).filter(|block| block[..100].iter().any(|&byte| byte != 0)) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    }
}

/// Reads an archive and, where it is one, lists, reads, follows, changes and removes all that is in it. Returns
/// whether it was accepted.
///
/// # Panics
///
/// Where the file system panics, which is what is looked for; where an error's offset lies outside the input; where
/// a directory has a name twice or a file is not what the listing said; and where something is still paid for
/// when all is removed.
pub fn feed_archive(bytes: &[u8]) -> bool {
    let archive = match Archive::tar(bytes.to_vec()) {
        Ok(archive) => Arc::new(archive),
        Err(error) => {
            assert!(error.offset() <= bytes.len() && !error.to_string().is_empty(), "{error}");
            return false;
        }
    };
    let quota = Quota { bytes: 1 << 24, ..Quota::default() };
    let clock = Arc::new(FixedClock::new(1, 0));
    let Ok(root) = MemoryDir::overlay(archive, quota, clock) else { return false };
    let nothing = root.usage();
    let dir: Arc<dyn Dir> = root.clone();
    let removed = visit(&dir, &dir, 0);
    let left = root.usage();
    assert!(!removed || (left.bytes, left.inodes, left.handles) == (0, 1, 0), "{nothing:?} → {left:?}");
    true
}

/// Everything in a directory; whether it could all be removed.
fn visit(root: &Arc<dyn Dir>, dir: &Arc<dyn Dir>, depth: usize) -> bool {
    let mut names = Vec::new();
    let listed = dir.read_dir(0, &mut |entry: DirEntry<'_>| {
        names.push((entry.name.to_vec(), entry.inode, entry.file_type));
        Step::Continue
    });
    let distinct: BTreeSet<_> = names.iter().map(|(name, ..)| name).collect();
    assert_eq!(distinct.len(), names.len(), "a name twice");
    let mut removed = listed.is_ok();
    for (name, inode, file_type) in &names {
        match dir.stat_at(name) {
            Ok(stat) => assert_eq!((stat.inode, stat.file_type), (*inode, *file_type)),
            Err(error) => assert_eq!(error, ErrorKind::AccessDenied),
        }
        // Wherever it leads: it must not lead out, hang or panic.
        drop(resolve(root, name, true));
        removed &= use_up(root, dir, name, *file_type, depth).is_ok();
    }
    removed
}

fn use_up(
    root: &Arc<dyn Dir>,
    dir: &Arc<dyn Dir>,
    name: &[u8],
    file_type: FileType,
    depth: usize,
) -> Result<(), ErrorKind> {
    let options = OpenOptions { read: true, write: file_type == FileType::Regular, ..OpenOptions::default() };
    match dir.open(name, options) {
        Ok(Node::Dir(inside)) => {
            assert!(depth < 512, "deeper than any archive may be");
            visit(root, &inside, depth + 1);
            dir.rename(name, &**root, b"moved")?;
            return root.remove_dir(b"moved");
        }
        Ok(Node::File(file)) => {
            let size = file.stat()?.size;
            let mut buffer = [0; 100];
            let count = file.read(&mut [&mut buffer])?;
            assert_eq!(count as u64, size.min(100));
            file.write_at(&[b"changed"], size / 2)?;
            file.set_size(size / 3)?;
        }
        Err(_) => drop(dir.read_link(name)),
    }
    dir.set_times_at(name, SetTime::Now, SetTime::At(7))?;
    dir.link(name, &**dir, b"another name")?;
    dir.unlink(b"another name")?;
    dir.unlink(name)
}
