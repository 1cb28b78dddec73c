//! Listing directories.

use alloc::{format, string::String, sync::Arc, vec::Vec};

use ringzero::platform::{Dir, testing::TestDir};

use super::{DATA, DIRECTORY, Guest, RESULT, ROOT, at};
use crate::{Errno, abi::Rights, readdir};

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    next: u64,
    inode: u64,
    kind: u8,
    name: String,
}

/// One call; the raw bytes that were used.
fn list(guest: &mut Guest, fd: u32, len: u32, cookie: u64) -> Result<Vec<u8>, Errno> {
    guest.call(|c, m| readdir::fd_readdir(c, m, fd, at(DATA), len, cookie, at(RESULT)))?;
    let used = guest.u32_at(RESULT) as usize;
    Ok(guest.get(DATA, used).to_vec())
}

/// The whole entries in `bytes`.
fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    while bytes.len() >= 24 {
        let len = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
        let Some(name) = bytes.get(24..24 + len) else {
            break;
        };
        found.push(Entry {
            next: u64::from_le_bytes(bytes[..8].try_into().unwrap()),
            inode: u64::from_le_bytes(bytes[8..16].try_into().unwrap()),
            kind: bytes[20],
            name: String::from_utf8(name.to_vec()).unwrap(),
        });
        bytes = &bytes[24 + len..];
    }
    found
}

/// Every name, read with a buffer of `len` bytes as wasi-libc reads: on from the last whole entry. `between`
/// runs before each further call.
fn names(guest: &mut Guest, len: u32, between: &mut dyn FnMut()) -> Vec<String> {
    let (mut cookie, mut names) = (0, Vec::new());
    loop {
        let bytes = list(guest, ROOT, len, cookie).unwrap();
        let whole = entries(&bytes);
        cookie = whole.last().map_or(cookie, |entry| entry.next);
        names.extend(whole.into_iter().map(|entry| entry.name));
        if bytes.len() < len as usize {
            return names;
        }
        between();
    }
}

fn filled(count: usize) -> (Guest, Arc<TestDir>) {
    let (guest, root) = Guest::with_root();
    for index in 0..count {
        root.put(&format!("file.{index}"), b"").unwrap();
    }
    (guest, root)
}

#[test]
fn an_empty_directory_has_two_entries() {
    let (mut guest, root) = Guest::with_root();
    let found = entries(&list(&mut guest, ROOT, 256, 0).unwrap());
    let inode = root.stat().unwrap().inode;
    assert_ne!(inode, 0);
    let dot = |name: &str, next| Entry { next, inode, kind: 3, name: name.into() };
    assert_eq!(found, [dot(".", 1), dot("..", 2)]);
}

#[test]
fn what_lies_above_a_lower_directory_is_not_told() {
    let (mut guest, root) = Guest::with_root();
    root.create_dir(b"dir").unwrap();
    let fd = guest.open("dir", DIRECTORY, Rights::empty()).unwrap();
    let found = entries(&list(&mut guest, fd, 256, 0).unwrap());
    assert_eq!(found[0].inode, root.stat_at(b"dir").unwrap().inode);
    assert_eq!(found[1].inode, 0);
}

#[test]
fn entries_carry_type_and_number() {
    let (mut guest, root) = filled(1);
    root.create_dir(b"dir").unwrap();
    root.symlink(b"x", b"link").unwrap();
    let found = entries(&list(&mut guest, ROOT, 256, 0).unwrap());
    for (name, kind) in [("file.0", 4), ("dir", 3), ("link", 7)] {
        let entry = found.iter().find(|entry| entry.name == name).unwrap();
        assert_eq!(entry.kind, kind);
        assert_eq!(entry.inode, root.stat_at(name.as_bytes()).unwrap().inode);
    }
}

#[test]
fn a_cookie_goes_on_after_its_entry() {
    let (mut guest, _) = filled(5);
    let all = entries(&list(&mut guest, ROOT, 1000, 0).unwrap());
    assert_eq!(all.len(), 7);
    for (index, entry) in all.iter().enumerate() {
        let rest = entries(&list(&mut guest, ROOT, 1000, entry.next).unwrap());
        assert_eq!(rest, all[index + 1..]);
    }
}

#[test]
fn every_size_of_buffer_sees_every_name_once() {
    let (mut guest, _) = filled(40);
    for len in [31, 32, 33, 64, 100, 256, 4096] {
        let mut seen = names(&mut guest, len, &mut || {});
        seen.sort();
        let mut expected: Vec<_> = (0..40).map(|index| format!("file.{index}")).collect();
        expected.extend([".".into(), "..".into()]);
        expected.sort();
        assert_eq!(seen, expected, "{len}");
    }
}

#[test]
fn a_thousand_entries_in_small_pieces() {
    let (mut guest, _) = filled(1000);
    assert_eq!(names(&mut guest, 256, &mut || {}).len(), 1002);
}

#[test]
fn a_small_buffer_is_filled() {
    let (mut guest, _) = filled(1);
    for len in 0..24 {
        assert_eq!(list(&mut guest, ROOT, len, 0).unwrap().len(), len as usize);
    }
    let whole = list(&mut guest, ROOT, 25, 0).unwrap();
    assert_eq!(entries(&whole).len(), 1, "the first entry fits to the byte");
}

#[test]
fn names_that_stay_are_seen_once_whatever_happens_around_them() {
    let (mut guest, root) = filled(30);
    let mut turn = 0;
    let mut seen = names(&mut guest, 100, &mut || {
        root.put(&format!("new.{turn}"), b"").unwrap();
        if turn > 0 {
            root.unlink(format!("new.{}", turn - 1).as_bytes()).unwrap();
        }
        turn += 1;
        assert!(turn < 1000, "the listing does not end");
    });
    seen.retain(|name| name.starts_with("file."));
    seen.sort();
    let mut expected: Vec<_> = (0..30).map(|index| format!("file.{index}")).collect();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn deleting_while_listing_leaves_nothing() {
    let (mut guest, root) = filled(50);
    loop {
        let found = entries(&list(&mut guest, ROOT, 128, 2).unwrap());
        if found.is_empty() {
            break;
        }
        for entry in found {
            root.unlink(entry.name.as_bytes()).unwrap();
        }
    }
    assert!(root.names().is_empty());
}

#[test]
fn only_directories_are_listed() {
    let (mut guest, _) = filled(1);
    let fd = guest.open("file.0", 0, Rights::FD_READ).unwrap();
    assert_eq!(list(&mut guest, fd, 100, 0), Err(Errno::Notdir));
    assert_eq!(list(&mut guest, 0, 100, 0), Err(Errno::Notdir));
    assert_eq!(list(&mut guest, 9, 100, 0), Err(Errno::Badf));
}
