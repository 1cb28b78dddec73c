//! What is done with files that were there before: on a layered file system they are somebody else's at first.
//!
//! Each case has a copy of the [`items`] of its own.

use std::collections::BTreeSet;

use ringzero::platform::path::resolve;
use ringzero::platform::{ErrorKind, FileFlags, FileType, Node, OpenOptions, SeekFrom, SetTime, Step};

use super::{BOTH, Case, Item, NEW, Outcome, Place, READ, WRITE, fails, ok, same};

pub(super) const CASES: &[Case] = &[
    ("what-was-there-is-seen", what_was_there_is_seen),
    ("links-lead-to-it", links_lead_to_it),
    ("it-is-refused-as-ever", it_is_refused_as_ever),
    ("written-through-one-name-read-through-all", written_through_one_name),
    ("an-earlier-handle-sees-what-is-written", an_earlier_handle_sees_what_is_written),
    ("the-number-stays", the_number_stays),
    ("written-across-pages", written_across_pages),
    ("appended", appended),
    ("emptied-by-opening", emptied_by_opening),
    ("cut-and-grown", cut_and_grown),
    ("allocated", allocated),
    ("grown-past-its-end", grown_past_its_end),
    ("unlinked-from-one-name", unlinked_from_one_name),
    ("unlinked-while-open", unlinked_while_open),
    ("unlinked-while-open-then-written", unlinked_while_open_then_written),
    ("unlinked-and-made-again", unlinked_and_made_again),
    ("a-full-directory-stays", a_full_directory_stays),
    ("a-directory-emptied-removed-and-made-again", a_directory_made_again),
    ("a-directory-replaced-by-a-file", a_directory_replaced_by_a_file),
    ("a-link-replaced-by-a-directory", a_link_replaced_by_a_directory),
    ("a-file-moves", a_file_moves),
    ("a-file-moves-over-another", a_file_moves_over_another),
    ("a-directory-moves", a_directory_moves),
    ("a-directory-moves-over-an-empty-one", a_directory_moves_over_an_empty_one),
    ("a-directory-does-not-move-into-itself", a_directory_does_not_move_into_itself),
    ("two-directories-change-places", two_directories_change_places),
    ("a-new-directory-moves-into-an-old-one", a_new_directory_moves_into_an_old_one),
    ("linked-once-more", linked_once_more),
    ("two-names-of-one-file-do-not-move", two_names_of_one_file_do_not_move),
    ("times-are-its-own", times_are_its_own),
    ("its-directory-notes-changes", its_directory_notes_changes),
    ("listed-while-it-changes", listed_while_it_changes),
    ("listed-while-it-vanishes", listed_while_it_vanishes),
    ("listed-on-after-the-first-change", listed_on_after_the_first_change),
    ("listed-numbers-are-those-of-stat", listed_numbers_are_those_of_stat),
    ("all-is-removed", all_is_removed),
];

/// How many names `many` has.
const MANY: usize = 40;

/// What each case finds in its directory.
pub(super) fn items() -> Vec<Item> {
    let mut items = vec![
        Item::file("f", b"lower file\n"),
        Item::hard("hard", "f"),
        Item::file("big", &big()),
        Item::file("empty", b""),
        Item::dir("d"),
        Item::file("d/a", b"a"),
        Item::file("d/b", b"b"),
        Item::dir("d/e"),
        Item::file("d/e/deep", b"deep"),
        Item::dir("hollow"),
        Item::link("s", "f"),
        Item::link("sd", "d"),
        Item::link("dangling", "none"),
        Item::dir("many"),
    ];
    items.extend((0..MANY).map(|n| Item::file(format!("many/n{n}"), b"")));
    items
}

const ALL: [&str; 10] = ["big", "d", "dangling", "empty", "f", "hard", "hollow", "many", "s", "sd"];

fn big() -> Vec<u8> {
    (0..10_000u32).map(|n| (n % 251) as u8).collect()
}

fn what_was_there_is_seen(place: &Place) -> Outcome {
    same(place.names()?, ALL.map(String::from).to_vec())?;
    same(place.content("f")?, b"lower file\n".to_vec())?;
    same(place.content("big")?, big())?;
    same(place.content("empty")?, vec![])?;
    same(place.enter("d")?.enter("e")?.content("deep")?, b"deep".to_vec())?;
    same(place.enter("hollow")?.names()?, Vec::<String>::new())?;
    same(place.enter("many")?.names()?.len(), MANY)?;
    let types = ["f", "d", "s"].map(|name| place.dir.stat_at(name.as_bytes()).map(|stat| stat.file_type));
    same(types, [FileType::Regular, FileType::Directory, FileType::SymbolicLink].map(Ok))?;
    let (f, hard) = (ok(place.dir.stat_at(b"f"))?, ok(place.dir.stat_at(b"hard"))?);
    same((f.inode, f.links, f.size), (hard.inode, 2, 11))?;
    same(ok(place.dir.stat_at(b"sd"))?.size, 1)
}

fn links_lead_to_it(place: &Place) -> Outcome {
    same(ok(place.dir.read_link(b"s"))?, b"f".to_vec())?;
    let found = ok(resolve(&place.dir, b"sd/e/../a", true))?;
    same(found.name.as_deref(), Some(&b"a"[..]))?;
    same(ok(found.dir.stat_at(b"a"))?.size, 1)?;
    let dangling = ok(resolve(&place.dir, b"dangling", true))?;
    same(dangling.name.as_deref(), Some(&b"none"[..]))?;
    fails(resolve(&place.dir, b"f/x", true), ErrorKind::NotDirectory)
}

fn it_is_refused_as_ever(place: &Place) -> Outcome {
    let (dir, exclusive) = (&place.dir, OpenOptions { exclusive: true, ..NEW });
    for name in ["f", "d", "s", "dangling"] {
        same(place.open_error(name, exclusive), Some(ErrorKind::Exists))?;
        fails(dir.create_dir(name.as_bytes()), ErrorKind::Exists)?;
        fails(dir.symlink(b"x", name.as_bytes()), ErrorKind::Exists)?;
        fails(dir.link(b"big", &**dir, name.as_bytes()), ErrorKind::Exists)?;
    }
    same(place.open_error("d", WRITE), Some(ErrorKind::IsDirectory))?;
    same(place.open_error("s", READ), Some(ErrorKind::SymlinkLoop))?;
    same(place.open_error("f", OpenOptions { directory: true, ..READ }), Some(ErrorKind::NotDirectory))?;
    same(place.open_error("none", READ), Some(ErrorKind::NotFound))?;
    fails(dir.unlink(b"d"), ErrorKind::IsDirectory)?;
    fails(dir.remove_dir(b"f"), ErrorKind::NotDirectory)?;
    fails(dir.remove_dir(b"sd"), ErrorKind::NotDirectory)?;
    fails(dir.link(b"d", &**dir, b"x"), ErrorKind::NotPermitted)?;
    fails(dir.read_link(b"f"), ErrorKind::InvalidInput)?;
    fails(place.rename("d", place, "f"), ErrorKind::NotDirectory)?;
    fails(place.rename("f", place, "d"), ErrorKind::IsDirectory)?;
    same(place.names()?, ALL.map(String::from).to_vec())
}

fn written_through_one_name(place: &Place) -> Outcome {
    ok(place.open("hard", WRITE)?.write_at(&[b"LOWER"], 0))?;
    same(place.content("f")?, b"LOWER file\n".to_vec())?;
    same(place.content("hard")?, b"LOWER file\n".to_vec())
}

fn an_earlier_handle_sees_what_is_written(place: &Place) -> Outcome {
    let (early, other) = (place.open("big", READ)?, place.open("big", READ)?);
    let mut buffer = [0; 4];
    same(ok(early.read(&mut [&mut buffer]))?, 4)?;
    ok(place.open("big", WRITE)?.write_at(&[b"changed"], 2))?;
    same(ok(early.read(&mut [&mut buffer]))?, 4)?;
    same(&buffer, b"ange")?;
    same(ok(other.read(&mut [&mut buffer]))?, 4)?;
    same(&buffer, &[0, 1, b'c', b'h'])
}

fn the_number_stays(place: &Place) -> Outcome {
    let before = ["f", "d", "s", "many"].map(|name| place.inode(name));
    let file = place.open("f", BOTH)?;
    ok(file.write(&[b"x"]))?;
    place.enter("d")?.file("new", b"")?;
    ok(place.dir.set_times_at(b"s", SetTime::At(1), SetTime::At(1)))?;
    ok(place.enter("many")?.dir.unlink(b"n0"))?;
    let after = ["f", "d", "s", "many"].map(|name| place.inode(name));
    same(&after, &before)?;
    same(Ok(ok(file.stat())?.inode), before[0].clone())
}

fn written_across_pages(place: &Place) -> Outcome {
    let mut wanted = big();
    let file = place.open("big", BOTH)?;
    for at in [4090usize, 8191, 0, 9990] {
        ok(file.write_at(&[b"0123", b"456789"], at as u64))?;
        let end = (at + 10).min(wanted.len());
        wanted[at..end].copy_from_slice(&b"0123456789"[..end - at]);
    }
    same(place.content("big")?, wanted)
}

fn appended(place: &Place) -> Outcome {
    let file = place.open("f", OpenOptions { flags: FileFlags::APPEND, ..BOTH })?;
    ok(file.write(&[b"more", b"\n"]))?;
    same(place.content("hard")?, b"lower file\nmore\n".to_vec())?;
    same(ok(file.seek(SeekFrom::Current(0)))?, 16)
}

fn emptied_by_opening(place: &Place) -> Outcome {
    let early = place.open("f", READ)?;
    let file = place.open("f", OpenOptions { truncate: true, ..BOTH })?;
    same((ok(file.stat())?.size, ok(early.stat())?.size), (0, 0))?;
    ok(file.write_at(&[b"x"], 3))?;
    same(place.content("hard")?, b"\0\0\0x".to_vec())
}

fn cut_and_grown(place: &Place) -> Outcome {
    let file = place.open("big", BOTH)?;
    for size in [9999u64, 8192, 5000, 4096, 4095, 1] {
        ok(file.set_size(size))?;
        ok(file.set_size(10_000))?;
        let mut wanted = big();
        wanted[size as usize..].fill(0);
        same(place.content("big")? == wanted, true)?;
    }
    Ok(())
}

fn allocated(place: &Place) -> Outcome {
    let file = place.open("big", BOTH)?;
    ok(file.allocate(100, 5000))?;
    same(place.content("big")?, big())?;
    ok(file.allocate(9000, 3000))?;
    same(ok(file.stat())?.size, 12_000)?;
    same(place.content("big")?, [big(), vec![0; 2000]].concat())
}

fn grown_past_its_end(place: &Place) -> Outcome {
    let file = place.open("f", BOTH)?;
    ok(file.write_at(&[b"end"], 5000))?;
    let content = place.content("f")?;
    same(content.len(), 5003)?;
    same(&content[..12], b"lower file\n\0")?;
    same(content[12..5000].iter().all(|&byte| byte == 0), true)
}

fn unlinked_from_one_name(place: &Place) -> Outcome {
    ok(place.dir.unlink(b"f"))?;
    fails(place.dir.stat_at(b"f"), ErrorKind::NotFound)?;
    same(ok(place.dir.stat_at(b"hard"))?.links, 1)?;
    same(place.content("hard")?, b"lower file\n".to_vec())?;
    fails(place.dir.unlink(b"f"), ErrorKind::NotFound)
}

fn unlinked_while_open(place: &Place) -> Outcome {
    let file = place.open("big", READ)?;
    ok(place.dir.unlink(b"big"))?;
    let mut buffer = vec![0; 10_000];
    same(ok(file.read(&mut [&mut buffer]))?, 10_000)?;
    same((buffer == big(), ok(file.stat())?.links), (true, 0))
}

fn unlinked_while_open_then_written(place: &Place) -> Outcome {
    let file = place.open("big", BOTH)?;
    ok(place.dir.unlink(b"big"))?;
    ok(file.write_at(&[b"x"], 5000))?;
    ok(file.set_size(5002))?;
    let mut buffer = vec![0; 10_000];
    same(ok(file.read_at(&mut [&mut buffer], 4999))?, 3)?;
    same(&buffer[..3], &[(4999 % 251) as u8, b'x', (5001 % 251) as u8])?;
    same(place.has("big"), false)
}

fn unlinked_and_made_again(place: &Place) -> Outcome {
    ok(place.dir.unlink(b"big"))?;
    let file = place.open("big", OpenOptions { exclusive: true, ..NEW })?;
    same(ok(file.stat())?.size, 0)?;
    ok(file.write_at(&[b"x"], 100))?;
    same(place.content("big")?, [vec![0; 100], b"x".to_vec()].concat())?;
    same(place.names()?, ALL.map(String::from).to_vec())
}

fn a_full_directory_stays(place: &Place) -> Outcome {
    fails(place.dir.remove_dir(b"d"), ErrorKind::NotEmpty)?;
    ok(place.enter("d")?.dir.unlink(b"a"))?;
    fails(place.dir.remove_dir(b"d"), ErrorKind::NotEmpty)?;
    same(place.enter("d")?.names()?, ["b", "e"].map(String::from).to_vec())?;
    ok(place.dir.remove_dir(b"hollow"))?;
    same(place.has("hollow"), false)
}

fn a_directory_made_again(place: &Place) -> Outcome {
    let d = place.enter("d")?;
    let e = d.enter("e")?;
    ok(e.dir.unlink(b"deep"))?;
    ok(d.dir.remove_dir(b"e"))?;
    ok(d.dir.unlink(b"a"))?;
    ok(d.dir.unlink(b"b"))?;
    ok(place.dir.remove_dir(b"d"))?;
    same(d.names()?, Vec::<String>::new())?;
    fails(d.dir.create_dir(b"e"), ErrorKind::NotFound)?;
    let again = place.new_dir("d")?;
    same(again.names()?, Vec::<String>::new())?;
    again.make_dir("e")?;
    same(again.enter("e")?.names()?, Vec::<String>::new())?;
    again.file("a", b"new")?;
    same(place.enter("sd").is_err(), true)?;
    same(place.enter("d")?.names()?, ["a", "e"].map(String::from).to_vec())
}

fn a_directory_replaced_by_a_file(place: &Place) -> Outcome {
    ok(place.dir.remove_dir(b"hollow"))?;
    place.file("hollow", b"full")?;
    same(place.content("hollow")?, b"full".to_vec())?;
    fails(resolve(&place.dir, b"hollow/x", true), ErrorKind::NotDirectory)
}

fn a_link_replaced_by_a_directory(place: &Place) -> Outcome {
    ok(place.dir.unlink(b"sd"))?;
    same(place.has("d"), true)?;
    let sd = place.new_dir("sd")?;
    same(sd.names()?, Vec::<String>::new())?;
    ok(place.dir.unlink(b"s"))?;
    place.symlink("big", "s")?;
    same(ok(place.dir.read_link(b"s"))?, b"big".to_vec())
}

fn a_file_moves(place: &Place) -> Outcome {
    let (d, inode) = (place.enter("d")?, place.inode("big")?);
    ok(place.rename("big", place, "large"))?;
    ok(place.rename("large", &d, "l"))?;
    same((d.inode("l")?, d.content("l")? == big()), (inode, true))?;
    same(place.has("big") || place.has("large"), false)?;
    ok(d.rename("l", place, "big"))?;
    same(place.names()?, ALL.map(String::from).to_vec())
}

fn a_file_moves_over_another(place: &Place) -> Outcome {
    let d = place.enter("d")?;
    let old = d.open("a", READ)?;
    ok(place.rename("f", &d, "a"))?;
    same(d.content("a")?, b"lower file\n".to_vec())?;
    same((place.has("f"), ok(d.dir.stat_at(b"a"))?.links), (false, 2))?;
    let mut buffer = [0; 9];
    same(ok(old.read(&mut [&mut buffer]))?, 1)?;
    same((buffer[0], ok(old.stat())?.links), (b'a', 0))?;
    // A new file over an old one, and an old one over a new.
    place.file("new", b"new")?;
    ok(place.rename("new", place, "big"))?;
    same(place.content("big")?, b"new".to_vec())?;
    place.file("newer", b"newer")?;
    ok(d.rename("b", place, "newer"))?;
    same(place.content("newer")?, b"b".to_vec())?;
    ok(place.rename("empty", place, "s"))?;
    same(ok(place.dir.stat_at(b"s"))?.file_type, FileType::Regular)
}

fn a_directory_moves(place: &Place) -> Outcome {
    let (d, many) = (place.enter("d")?, place.enter("many")?);
    ok(place.rename("d", &many, "x"))?;
    same(many.enter("x")?.enter("e")?.content("deep")?, b"deep".to_vec())?;
    same((place.has("d"), d.names()?.len()), (false, 3))?;
    d.file("c", b"")?;
    same(many.enter("x")?.has("c"), true)?;
    fails(resolve(&place.dir, b"sd/a", true), ErrorKind::NotFound)?;
    place.make_dir("d")?;
    same(place.enter("d")?.names()?, Vec::<String>::new())?;
    ok(resolve(&place.dir, b"many/x/../n1", true)).map(drop)
}

fn a_directory_moves_over_an_empty_one(place: &Place) -> Outcome {
    fails(place.rename("d", place, "many"), ErrorKind::NotEmpty)?;
    let hollow = place.enter("hollow")?;
    ok(place.rename("d", place, "hollow"))?;
    same(place.enter("hollow")?.names()?.len(), 3)?;
    fails(hollow.dir.create_dir(b"x"), ErrorKind::NotFound)?;
    place.make_dir("fresh")?;
    ok(place.rename("many", place, "fresh"))?;
    same((place.enter("fresh")?.names()?.len(), place.has("many")), (MANY, false))
}

fn a_directory_does_not_move_into_itself(place: &Place) -> Outcome {
    let d = place.enter("d")?;
    let e = d.enter("e")?;
    fails(place.rename("d", &d, "x"), ErrorKind::InvalidInput)?;
    fails(place.rename("d", &e, "x"), ErrorKind::InvalidInput)?;
    fails(d.rename("e", place, "d"), ErrorKind::NotEmpty)?;
    ok(d.rename("e", place, "e"))?;
    // Now `e` is beside `d`, and `d` may go below it.
    ok(place.rename("d", &e, "d"))?;
    fails(place.rename("e", &d, "x"), ErrorKind::InvalidInput)?;
    same(e.enter("d")?.names()?, ["a", "b"].map(String::from).to_vec())
}

fn two_directories_change_places(place: &Place) -> Outcome {
    ok(place.rename("d", place, "between"))?;
    ok(place.rename("many", place, "d"))?;
    ok(place.rename("between", place, "many"))?;
    same(place.enter("d")?.names()?.len(), MANY)?;
    same(place.enter("many")?.enter("e")?.content("deep")?, b"deep".to_vec())?;
    same(place.names()?, ALL.map(String::from).to_vec())
}

fn a_new_directory_moves_into_an_old_one(place: &Place) -> Outcome {
    let new = place.new_dir("new")?;
    new.file("f", b"new")?;
    let e = place.enter("d")?.enter("e")?;
    ok(place.rename("new", &e, "n"))?;
    ok(e.rename("n", &place.enter("hollow")?, "n"))?;
    same(place.enter("hollow")?.enter("n")?.content("f")?, b"new".to_vec())
}

fn linked_once_more(place: &Place) -> Outcome {
    let d = place.enter("d")?;
    ok(place.dir.link(b"hard", &*d.dir, b"third"))?;
    ok(place.dir.link(b"s", &*d.dir, b"s"))?;
    same(ok(d.dir.stat_at(b"third"))?.links, 3)?;
    ok(d.open("third", WRITE)?.write_at(&[b"L"], 0))?;
    same(place.content("f")?, b"Lower file\n".to_vec())?;
    ok(place.dir.unlink(b"f"))?;
    ok(place.dir.unlink(b"hard"))?;
    same((d.content("third")?, ok(d.dir.stat_at(b"third"))?.links), (b"Lower file\n".to_vec(), 1))?;
    same(ok(d.dir.stat_at(b"s"))?.links, 2)
}

fn two_names_of_one_file_do_not_move(place: &Place) -> Outcome {
    ok(place.rename("f", place, "hard"))?;
    ok(place.rename("f", place, "f"))?;
    ok(place.rename("d", place, "d"))?;
    same(place.names()?, ALL.map(String::from).to_vec())?;
    same(ok(place.dir.stat_at(b"hard"))?.links, 2)
}

fn times_are_its_own(place: &Place) -> Outcome {
    const THEN: u64 = 987_654_321_000_000_000;
    let big = ok(place.dir.stat_at(b"big"))?;
    ok(place.dir.set_times_at(b"f", SetTime::At(THEN), SetTime::At(THEN + 1000)))?;
    let (f, hard) = (ok(place.dir.stat_at(b"f"))?, ok(place.dir.stat_at(b"hard"))?);
    same((f.accessed, f.modified), (THEN, THEN + 1000))?;
    same((f.modified, f.changed > THEN), (hard.modified, true))?;
    ok(place.dir.set_times_at(b"s", SetTime::Omit, SetTime::At(THEN)))?;
    same(ok(place.dir.stat_at(b"f"))?.modified, THEN + 1000)?;
    let d = place.enter("d")?;
    ok(d.dir.set_times(SetTime::Omit, SetTime::At(THEN)))?;
    same(ok(place.dir.stat_at(b"d"))?.modified, THEN)?;
    same(ok(place.dir.stat_at(b"big"))?.modified, big.modified)
}

fn its_directory_notes_changes(place: &Place) -> Outcome {
    const THEN: u64 = 1_000_000_000;
    let (d, many) = (place.enter("d")?, place.enter("many")?);
    ok(d.dir.set_times(SetTime::At(THEN), SetTime::At(THEN)))?;
    ok(d.open("a", BOTH)?.write(&[b"x"]))?;
    ok(d.dir.set_times_at(b"a", SetTime::Now, SetTime::Now))?;
    same(ok(d.dir.stat())?.modified, THEN)?;
    ok(d.rename("a", &many, "a"))?;
    same(ok(d.dir.stat())?.modified > THEN, true)?;
    ok(many.dir.set_times(SetTime::At(THEN), SetTime::At(THEN)))?;
    ok(many.dir.unlink(b"n3"))?;
    same(ok(many.dir.stat())?.modified > THEN, true)
}

/// Up to `limit` names after `cookie`, and the last one's cookie.
fn some(place: &Place, cookie: u64, limit: usize) -> Result<(Vec<String>, u64), String> {
    let (mut names, mut last) = (Vec::new(), cookie);
    ok(place.dir.read_dir(cookie, &mut |entry| {
        names.push(String::from_utf8_lossy(entry.name).into_owned());
        last = entry.next;
        if names.len() == limit { Step::Stop } else { Step::Continue }
    }))?;
    Ok((names, last))
}

fn listed_while_it_changes(place: &Place) -> Outcome {
    let many = place.enter("many")?;
    let (mut seen, mut cookie, mut step) = (Vec::new(), 0, 0);
    loop {
        let (names, last) = some(&many, cookie, 3)?;
        if names.is_empty() {
            break;
        }
        // What has been seen goes, something new comes.
        ok(many.dir.unlink(names[0].as_bytes()))?;
        if step < 10 {
            // No more: where new names come last there would be no end.
            many.file(&format!("new{step}"), b"")?;
        }
        (cookie, step) = (last, step + 1);
        seen.extend(names);
    }
    let old: Vec<_> = seen.iter().filter(|name| name.starts_with('n') && !name.starts_with("new")).collect();
    let distinct: BTreeSet<_> = seen.iter().collect();
    same((old.len(), distinct.len()), (MANY, seen.len()))
}

fn listed_while_it_vanishes(place: &Place) -> Outcome {
    let many = place.enter("many")?;
    let (first, cookie) = some(&many, 0, 10)?;
    for n in 0..MANY {
        ok(many.dir.unlink(format!("n{n}").as_bytes()))?;
    }
    // Who has read ahead may hand out what was there then, but nothing twice.
    let rest = some(&many, cookie, 100)?.0;
    same(first.len() + rest.len() <= MANY && first.iter().all(|name| !rest.contains(name)), true)?;
    same(some(&many, 0, 100)?.0, vec![])?;
    ok(place.dir.remove_dir(b"many"))?;
    same(some(&many, 0, 100)?.0, vec![])
}

fn listed_on_after_the_first_change(place: &Place) -> Outcome {
    let many = place.enter("many")?;
    let all: BTreeSet<_> = many.names()?.into_iter().collect();
    let (mut seen, cookie) = some(&many, 0, 25)?;
    // On a layered file system this moves the directory from one layer to the other.
    ok(many.dir.unlink(seen[24].as_bytes()))?;
    ok(many.dir.unlink(seen[3].as_bytes()))?;
    seen.extend(some(&many, cookie, 100)?.0);
    same((seen.len(), seen.into_iter().collect::<BTreeSet<_>>() == all), (MANY, true))
}

fn listed_numbers_are_those_of_stat(place: &Place) -> Outcome {
    ok(place.open("f", WRITE)?.write(&[b"x"]))?;
    place.file("new", b"")?;
    let mut wrong = Vec::new();
    ok(place.dir.read_dir(0, &mut |entry| {
        match place.dir.stat_at(entry.name) {
            Ok(stat) if stat.inode == entry.inode => {}
            other => wrong.push((entry.name.to_vec(), other)),
        }
        Step::Continue
    }))?;
    same(wrong, vec![])
}

fn all_is_removed(place: &Place) -> Outcome {
    place.clear()?;
    same(place.names()?, Vec::<String>::new())?;
    place.file("f", b"new")?;
    place.new_dir("d")?.file("a", b"")?;
    match ok(place.dir.open(b"d", READ))? {
        Node::Dir(_) => same(place.names()?, ["d", "f"].map(String::from).to_vec()),
        Node::File(_) => Err("a directory was opened as a file".into()),
    }
}
