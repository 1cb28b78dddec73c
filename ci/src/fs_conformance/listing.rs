//! What reading a directory does: each name once, whatever happens meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use ringzero::platform::{DirEntry, FileType, Step};

use super::{Case, Outcome, Place, ok, same};

pub(super) const CASES: &[Case] = &[
    ("an-empty-directory-has-no-entries", an_empty_directory_has_no_entries),
    ("entries-tell-types-and-numbers", entries_tell_types_and_numbers),
    ("stop-stops", stop_stops),
    ("cookies-go-on-where-they-were", cookies_go_on_where_they_were),
    ("a-cookie-is-good-twice", a_cookie_is_good_twice),
    ("after-the-last-there-is-nothing", after_the_last_there_is_nothing),
    ("zero-starts-anew", zero_starts_anew),
    ("removing-while-reading", removing_while_reading),
    ("adding-while-reading", adding_while_reading),
    ("replacing-while-reading", replacing_while_reading),
    ("two-handles-read-apart", two_handles_read_apart),
    ("two-readers-of-one-handle", two_readers_of_one_handle),
];

/// Up to `limit` entries after `cookie`, with the cookie of each.
fn some(place: &Place, cookie: u64, limit: usize) -> Result<Vec<(String, u64)>, String> {
    let mut found = Vec::new();
    let each = &mut |entry: DirEntry<'_>| {
        found.push((String::from_utf8_lossy(entry.name).into_owned(), entry.next));
        if found.len() == limit { Step::Stop } else { Step::Continue }
    };
    ok(place.dir.read_dir(cookie, each))?;
    Ok(found)
}

/// All entries, `step` at a time, with something done between the steps.
fn all(
    place: &Place,
    step: usize,
    mut between: impl FnMut(&[(String, u64)]) -> Outcome,
) -> Result<Vec<String>, String> {
    let (mut names, mut cookie) = (Vec::new(), 0);
    loop {
        let found = some(place, cookie, step)?;
        let Some((_, last)) = found.last() else { return Ok(names) };
        cookie = *last;
        between(&found)?;
        names.extend(found.into_iter().map(|(name, _)| name));
    }
}

fn fill(place: &Place, count: usize) -> Result<BTreeSet<String>, String> {
    let names: BTreeSet<_> = (0..count).map(|n| format!("name-{n}")).collect();
    for name in &names {
        place.file(name, b"")?;
    }
    Ok(names)
}

/// Each of `wanted` once.
#[track_caller]
fn once(seen: &[String], wanted: &BTreeSet<String>) -> Outcome {
    let mut counts = BTreeMap::new();
    for name in seen {
        *counts.entry(name).or_insert(0) += 1;
    }
    let wrong: Vec<_> = wanted
        .iter()
        .filter_map(|name| match counts.get(name).copied().unwrap_or(0) {
            1 => None,
            count => Some((name, count)),
        })
        .collect();
    same(wrong, vec![])
}

fn an_empty_directory_has_no_entries(place: &Place) -> Outcome {
    same(some(place, 0, 10)?, vec![])
}

fn entries_tell_types_and_numbers(place: &Place) -> Outcome {
    place.file("f", b"")?;
    place.make_dir("d")?;
    place.symlink("f", "s")?;
    let mut seen = BTreeMap::new();
    ok(place.dir.read_dir(0, &mut |entry| {
        let name = String::from_utf8_lossy(entry.name).into_owned();
        seen.insert(name, (entry.inode, entry.file_type, entry.next));
        Step::Continue
    }))?;
    let types = [("d", FileType::Directory), ("f", FileType::Regular), ("s", FileType::SymbolicLink)];
    same(seen.len(), types.len())?;
    for (name, file_type) in types {
        let &(inode, seen_type, next) = seen.get(name).ok_or(name)?;
        same(inode, place.inode(name)?)?;
        same(seen_type == file_type || seen_type == FileType::Unknown, true)?;
        same(next != 0, true)?;
    }
    Ok(())
}

fn stop_stops(place: &Place) -> Outcome {
    fill(place, 5)?;
    same(some(place, 0, 2)?.len(), 2)
}

fn cookies_go_on_where_they_were(place: &Place) -> Outcome {
    let names = fill(place, 700)?;
    for step in [1, 7, 100, 10_000] {
        let seen = all(place, step, |_| Ok(()))?;
        same(seen.len(), names.len())?;
        once(&seen, &names)?;
    }
    Ok(())
}

fn a_cookie_is_good_twice(place: &Place) -> Outcome {
    fill(place, 50)?;
    let start = some(place, 0, 20)?;
    let (early, late) = (start[4].1, start[19].1);
    let rest = some(place, late, 100)?;
    same(rest.len(), 30)?;
    same(some(place, early, 15)?, start[5..].to_vec())?;
    same(some(place, late, 100)?, rest)
}

fn after_the_last_there_is_nothing(place: &Place) -> Outcome {
    fill(place, 5)?;
    let last = some(place, 0, 10)?[4].1;
    same(some(place, last, 10)?, vec![])?;
    same(some(place, last, 10)?, vec![])
}

fn zero_starts_anew(place: &Place) -> Outcome {
    fill(place, 5)?;
    some(place, 0, 3)?;
    place.file("later", b"")?;
    ok(place.dir.unlink(b"name-0"))?;
    let seen = all(place, 10, |_| Ok(()))?;
    same(seen.len(), 5)?;
    same(seen.contains(&"later".to_string()), true)
}

fn removing_while_reading(place: &Place) -> Outcome {
    // What `rm -r` does: removes what it has been given, then asks for more.
    let names = fill(place, 300)?;
    let seen =
        all(place, 10, |found| found.iter().try_for_each(|(name, _)| ok(place.dir.unlink(name.as_bytes()))))?;
    once(&seen, &names)?;
    same(place.names()?, Vec::<String>::new())
}

fn adding_while_reading(place: &Place) -> Outcome {
    let names = fill(place, 300)?;
    let mut added = 0;
    let seen = all(place, 10, |_| {
        if added < 200 {
            for _ in 0..5 {
                added += 1;
                place.file(&format!("added-{added}"), b"")?;
            }
        }
        Ok(())
    })?;
    once(&seen, &names)?;
    // New names may be seen or not, but never twice.
    let distinct: BTreeSet<_> = seen.iter().collect();
    same(distinct.len(), seen.len())
}

fn replacing_while_reading(place: &Place) -> Outcome {
    let names = fill(place, 300)?;
    place.make_dir("d")?;
    let d = place.enter("d")?;
    let mut step = 0;
    let seen = all(place, 10, |_| {
        step += 1;
        // A name that is replaced is there all the time.
        d.file("new", b"x")?;
        ok(d.rename("new", place, &format!("name-{}", step * 7 % 300)))
    })?;
    once(&seen, &names)
}

fn two_handles_read_apart(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    let names = fill(&d, 60)?;
    let other = place.enter("d")?;
    let seen = all(&d, 5, |_| {
        let seen = all(&other, 50, |_| Ok(()))?;
        once(&seen, &names)
    })?;
    once(&seen, &names)
}

fn two_readers_of_one_handle(place: &Place) -> Outcome {
    let names = fill(place, 60)?;
    let seen = all(place, 5, |_| {
        let seen = all(place, 7, |_| Ok(()))?;
        once(&seen, &names)
    })?;
    once(&seen, &names)
}
