//! What calls do to each other: several handles of one file, names that go while they are used, times.
//!
//! Long, since it is a list of cases that have nothing to do with each other.

use std::collections::BTreeSet;

use ringzero::platform::{
    Advice, ErrorKind, File, FileFlags, FileType, OpenOptions, SeekFrom, SetTime, Step,
};

use super::{BOTH, Case, NEW, Outcome, Place, READ, WRITE, fails, ok, same};

pub(super) const CASES: &[Case] = &[
    ("exclusive-spares-what-it-meets", exclusive_spares_what_it_meets),
    ("cut-without-writing", cut_without_writing),
    ("cut-under-a-reader", cut_under_a_reader),
    ("cut-under-a-writer", cut_under_a_writer),
    ("cut-at-every-edge", cut_at_every_edge),
    ("grown-under-a-reader", grown_under_a_reader),
    ("two-appenders", two_appenders),
    ("append-after-a-cut", append_after_a_cut),
    ("append-switched-while-another-writes", append_switched_while_another_writes),
    ("write-beyond-the-last-position", write_beyond_the_last_position),
    ("seek-beyond-the-last-position", seek_beyond_the_last_position),
    ("advice-beyond-the-last-position", advice_beyond_the_last_position),
    ("trying-is-doing-for-files", trying_is_doing_for_files),
    ("a-sparse-file", a_sparse_file),
    ("holes-between-buffers", holes_between_buffers),
    ("allocate-keeps-content-and-offset", allocate_keeps_content_and_offset),
    ("nothing-written-changes-nothing", nothing_written_changes_nothing),
    ("reading-does-not-modify", reading_does_not_modify),
    ("times-at-the-edges", times_at_the_edges),
    ("times-through-other-names", times_through_other_names),
    ("status-changes-with-links", status_changes_with_links),
    ("a-directory-notes-its-names", a_directory_notes_its_names),
    ("a-directory-ignores-what-is-in-its-files", a_directory_ignores_what_is_in_its_files),
    ("long-names-everywhere", long_names_everywhere),
    ("a-hundred-links", a_hundred_links),
    ("links-share-everything", links_share_everything),
    ("a-symlink-to-a-directory-is-a-file", a_symlink_to_a_directory_is_a_file),
    ("rename-a-symlink-over-a-file", rename_a_symlink_over_a_file),
    ("rename-over-an-open-file", rename_over_an_open_file),
    ("rename-keeps-handles", rename_keeps_handles),
    ("rename-around-in-a-circle", rename_around_in_a_circle),
    ("rename-a-parent-below-its-former-child", rename_a_parent_below_its_former_child),
    ("unlink-while-open-and-make-again", unlink_while_open_and_make_again),
    ("unlink-both-names-while-open", unlink_both_names_while_open),
    ("a-removed-directory-refuses", a_removed_directory_refuses),
    ("a-replaced-directory-refuses", a_replaced_directory_refuses),
    ("create-in-a-removed-directory-finds-nothing", create_in_a_removed_directory),
    ("remove-while-listing-from-within", remove_while_listing_from_within),
    ("stat-while-listing-from-within", stat_while_listing_from_within),
    ("a-cookie-outlives-its-entry", a_cookie_outlives_its_entry),
    ("a-cookie-that-is-none", a_cookie_that_is_none),
    ("a-removed-directory-lists-nothing", a_removed_directory_lists_nothing),
    ("many-long-names-are-listed", many_long_names_are_listed),
];

const THEN: u64 = 1_000_000_000_000_000_000;

fn offset(file: &dyn File) -> Result<u64, String> {
    ok(file.seek(SeekFrom::Current(0)))
}

fn exclusive_spares_what_it_meets(place: &Place) -> Outcome {
    place.file("a", b"abc")?;
    let options = OpenOptions { exclusive: true, truncate: true, ..NEW };
    same(place.open_error("a", options), Some(ErrorKind::Exists))?;
    same(place.content("a")?, b"abc".to_vec())?;
    // Without `create` it means nothing.
    place.open("a", OpenOptions { exclusive: true, ..READ }).map(drop)
}

fn cut_without_writing(place: &Place) -> Outcome {
    place.file("a", b"abc")?;
    let file = place.open("a", OpenOptions { truncate: true, ..READ })?;
    same(ok(file.stat())?.size, 0)?;
    fails(file.write(&[b"x"]), ErrorKind::BadDescriptor)?;
    fails(file.set_size(1), ErrorKind::InvalidInput)
}

fn cut_under_a_reader(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdef")?;
    let reader = place.open("a", READ)?;
    let mut buffer = [0; 4];
    same(ok(reader.read(&mut [&mut buffer]))?, 4)?;
    ok(file.set_size(2))?;
    same(ok(reader.read(&mut [&mut buffer]))?, 0)?;
    same(offset(&*reader)?, 4)?;
    ok(file.set_size(6))?;
    same(ok(reader.read(&mut [&mut buffer]))?, 2)?;
    same(&buffer[..2], &[0, 0])
}

fn cut_under_a_writer(place: &Place) -> Outcome {
    let (file, other) = (place.open("a", NEW)?, place.open("a", NEW)?);
    ok(file.write(&[b"abcdef"]))?;
    ok(other.set_size(1))?;
    ok(file.write(&[b"g"]))?;
    same(place.content("a")?, b"a\0\0\0\0\0g".to_vec())?;
    place.open("a", OpenOptions { truncate: true, ..WRITE })?;
    ok(file.write(&[b"h"]))?;
    same(place.content("a")?, b"\0\0\0\0\0\0\0h".to_vec())
}

fn cut_at_every_edge(place: &Place) -> Outcome {
    let bytes: Vec<u8> = (0..12_288u32).map(|n| (n % 250 + 1) as u8).collect();
    for size in [0usize, 1, 4095, 4096, 4097, 8191, 8192, 8193, 12_287] {
        let file = place.file("a", &bytes)?;
        ok(file.set_size(size as u64))?;
        ok(file.set_size(12_288))?;
        let mut wanted = bytes.clone();
        wanted[size..].fill(0);
        same((size, place.content("a")? == wanted), (size, true))?;
    }
    Ok(())
}

fn grown_under_a_reader(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    let reader = place.open("a", READ)?;
    same(ok(reader.seek(SeekFrom::End(2)))?, 5)?;
    let mut buffer = [9; 4];
    same(ok(reader.read(&mut [&mut buffer]))?, 0)?;
    ok(file.write_at(&[b"xyz"], 5))?;
    same(ok(reader.read(&mut [&mut buffer]))?, 3)?;
    same(&buffer, b"xyz\x09")?;
    same(ok(reader.seek(SeekFrom::End(0)))?, 8)
}

fn two_appenders(place: &Place) -> Outcome {
    let options = OpenOptions { flags: FileFlags::APPEND, ..NEW };
    let (one, two) = (place.open("a", options)?, place.open("a", options)?);
    for n in 0..5 {
        ok(one.write(&[&[b'a' + n], b","]))?;
        ok(two.write(&[&[b'A' + n], b","]))?;
    }
    same(place.content("a")?, b"a,A,b,B,c,C,d,D,e,E,".to_vec())?;
    same((offset(&*one)?, offset(&*two)?), (18, 20))
}

fn append_after_a_cut(place: &Place) -> Outcome {
    let file = place.open("a", OpenOptions { flags: FileFlags::APPEND, ..NEW })?;
    ok(file.write(&[b"abcdef"]))?;
    ok(file.set_size(2))?;
    ok(file.write(&[b"x"]))?;
    ok(file.set_size(5))?;
    ok(file.write(&[b"y"]))?;
    same(place.content("a")?, b"abx\0\0y".to_vec())
}

fn append_switched_while_another_writes(place: &Place) -> Outcome {
    let (file, other) = (place.open("a", NEW)?, place.open("a", NEW)?);
    ok(file.write(&[b"abc"]))?;
    ok(file.set_flags(FileFlags::APPEND))?;
    ok(other.write(&[b"12345"]))?;
    ok(file.write(&[b"d"]))?;
    same(ok(other.flags())?, FileFlags::empty())?;
    ok(file.set_flags(FileFlags::empty()))?;
    ok(file.seek(SeekFrom::Start(1)))?;
    ok(file.write(&[b"X"]))?;
    same(place.content("a")?, b"1X345d".to_vec())
}

fn write_beyond_the_last_position(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    fails(file.write_at(&[b"x"], i64::MAX as u64), ErrorKind::FileTooBig)?;
    same(ok(file.stat())?.size, 3)
}

fn seek_beyond_the_last_position(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    ok(file.seek(SeekFrom::Start(2)))?;
    for from in [SeekFrom::Current(i64::MAX), SeekFrom::End(i64::MAX), SeekFrom::Start(u64::MAX)] {
        fails(file.seek(from), ErrorKind::InvalidInput)?;
    }
    same(offset(&*file)?, 2)
}

fn advice_beyond_the_last_position(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    fails(file.advise(1 << 63, 0, Advice::Normal), ErrorKind::InvalidInput)?;
    fails(file.advise(0, u64::MAX, Advice::DontNeed), ErrorKind::InvalidInput)
}

fn trying_is_doing_for_files(place: &Place) -> Outcome {
    let file = place.open("a", NEW)?;
    same(ok(file.try_write(&[b"abc", b"def"]))?, 6)?;
    ok(file.seek(SeekFrom::Start(4)))?;
    let mut buffer = [0; 4];
    same(ok(file.try_read(&mut [&mut buffer]))?, 2)?;
    same(&buffer[..2], b"ef")?;
    same(ok(file.try_read(&mut [&mut buffer]))?, 0)?;
    fails(place.open("a", WRITE)?.try_read(&mut [&mut buffer]), ErrorKind::BadDescriptor)?;
    fails(place.open("a", READ)?.try_write(&[b"x"]), ErrorKind::BadDescriptor)
}

fn a_sparse_file(place: &Place) -> Outcome {
    const FAR: u64 = 16 << 20;
    let file = place.open("a", NEW)?;
    ok(file.set_size(FAR))?;
    ok(file.write_at(&[b"near"], 5000))?;
    ok(file.write_at(&[b"far"], FAR - 1))?;
    same(ok(file.stat())?.size, FAR + 2)?;
    let mut buffer = vec![9; 10_000];
    same(ok(file.read_at(&mut [&mut buffer], 0))?, 10_000)?;
    same((&buffer[5000..5004], buffer.iter().filter(|&&byte| byte != 0).count()), (&b"near"[..], 4))?;
    same(ok(file.read_at(&mut [&mut buffer], FAR - 2))?, 4)?;
    same(&buffer[..4], b"\0far")?;
    ok(file.set_size(5002))?;
    ok(file.set_size(FAR))?;
    same(ok(file.read_at(&mut [&mut buffer], 4999))?, 10_000)?;
    same((&buffer[..4], buffer.iter().filter(|&&byte| byte != 0).count()), (&b"\0ne\0"[..], 2))
}

fn holes_between_buffers(place: &Place) -> Outcome {
    let file = place.open("a", NEW)?;
    for n in 0..5u64 {
        ok(file.write_at(&[b"<", b"", b">"], n * 4095))?;
    }
    let (mut one, mut two, mut three) = ([9; 4096], [9; 1], [9; 8192]);
    same(ok(file.read(&mut [&mut one, &mut two, &mut three]))?, 12_289)?;
    same((&one[..3], &one[4094..], two), (&b"<>\0"[..], &b"\0<"[..], [b'>']))?;
    same((&three[4092..4096], &three[8187..8190]), (&b"\0<>\0"[..], &b"\0<>"[..]))
}

fn allocate_keeps_content_and_offset(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdef")?;
    ok(file.seek(SeekFrom::Start(3)))?;
    ok(file.allocate(2, 2))?;
    ok(file.allocate(5000, 1000))?;
    same((offset(&*file)?, ok(file.stat())?.size), (3, 6000))?;
    let content = place.content("a")?;
    same((&content[..7], content[6..].iter().all(|&byte| byte == 0)), (&b"abcdef\0"[..], true))
}

fn nothing_written_changes_nothing(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    ok(file.set_times(SetTime::Omit, SetTime::At(THEN)))?;
    same(ok(file.write(&[]))?, 0)?;
    same(ok(file.write_at(&[b""], 1000))?, 0)?;
    let stat = ok(file.stat())?;
    same((stat.size, stat.modified), (3, THEN))
}

fn reading_does_not_modify(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    place.symlink("a", "s")?;
    let d = place.new_dir("d")?;
    for name in ["a", "s", "d"] {
        ok(place.dir.set_times_at(name.as_bytes(), SetTime::At(THEN), SetTime::At(THEN)))?;
    }
    ok(file.read_at(&mut [&mut [0; 3]], 0))?;
    ok(file.seek(SeekFrom::End(0)))?;
    ok(file.sync())?;
    ok(place.dir.read_link(b"s"))?;
    d.names()?;
    for name in ["a", "s", "d"] {
        same((name, ok(place.dir.stat_at(name.as_bytes()))?.modified), (name, THEN))?;
    }
    Ok(())
}

fn times_at_the_edges(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    for nanos in [0, 1_000_000_000, 4_000_000_000_000_000_000, 1_234_567_890_123_456_000] {
        ok(file.set_times(SetTime::At(nanos), SetTime::At(nanos)))?;
        let stat = ok(place.dir.stat_at(b"a"))?;
        same((stat.accessed, stat.modified), (nanos, nanos))?;
    }
    ok(file.set_times(SetTime::Now, SetTime::Now))?;
    let stat = ok(file.stat())?;
    same((stat.accessed > THEN, stat.modified), (true, stat.accessed))
}

fn times_through_other_names(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    ok(place.dir.link(b"a", &*place.dir, b"b"))?;
    ok(place.dir.set_times_at(b"b", SetTime::At(THEN), SetTime::At(THEN)))?;
    same(ok(file.stat())?.modified, THEN)?;
    // A handle that may only read sets them too: it is the owner's.
    ok(place.open("a", READ)?.set_times(SetTime::Omit, SetTime::At(THEN + 7000)))?;
    same(ok(place.dir.stat_at(b"b"))?.modified, THEN + 7000)
}

fn status_changes_with_links(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    let mut last = ok(file.stat())?.changed;
    type Change = fn(&Place) -> Result<(), ErrorKind>;
    let changes: [Change; 4] = [
        |place| place.dir.link(b"a", &*place.dir, b"b"),
        |place| place.dir.set_times_at(b"a", SetTime::At(1), SetTime::At(1)),
        |place| place.rename("a", place, "c"),
        |place| place.dir.unlink(b"b"),
    ];
    for change in changes {
        ok(change(place))?;
        let changed = ok(file.stat())?.changed;
        same(changed >= last, true)?;
        last = changed;
    }
    Ok(())
}

fn a_directory_notes_its_names(place: &Place) -> Outcome {
    let (d, e) = (place.new_dir("d")?, place.new_dir("e")?);
    d.file("f", b"")?;
    type Change = fn(&Place, &Place) -> Result<(), ErrorKind>;
    let changes: [Change; 8] = [
        |d, _| d.dir.open(b"new", NEW).map(drop),
        |d, _| d.dir.create_dir(b"dir"),
        |d, _| d.dir.symlink(b"x", b"s"),
        |d, _| d.dir.link(b"f", &*d.dir, b"g"),
        |d, _| d.rename("g", d, "h"),
        |d, e| d.rename("h", e, "h").and_then(|()| e.rename("h", d, "f2")),
        |d, _| d.dir.unlink(b"f2"),
        |d, _| d.dir.remove_dir(b"dir"),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        ok(d.dir.set_times(SetTime::At(THEN), SetTime::At(THEN)))?;
        ok(change(&d, &e))?;
        same((n, ok(d.dir.stat())?.modified > THEN), (n, true))?;
    }
    Ok(())
}

fn a_directory_ignores_what_is_in_its_files(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    let (file, e) = (d.file("f", b"abc")?, d.new_dir("e")?);
    ok(d.dir.set_times(SetTime::At(THEN), SetTime::At(THEN)))?;
    ok(file.write(&[b"x"]))?;
    ok(file.set_size(0))?;
    d.open("f", NEW)?;
    e.file("inside", b"")?;
    ok(d.dir.set_times_at(b"f", SetTime::Now, SetTime::Now))?;
    fails(d.dir.create_dir(b"f"), ErrorKind::Exists)?;
    fails(d.dir.unlink(b"none"), ErrorKind::NotFound)?;
    same(ok(d.dir.stat())?.modified, THEN)
}

fn long_names_everywhere(place: &Place) -> Outcome {
    let (dir, wanted) = (&place.dir, ErrorKind::NameTooLong);
    let long = "n".repeat(256);
    let name = long.as_bytes();
    place.file("a", b"")?;
    for options in [READ, WRITE, NEW] {
        same(place.open_error(&long, options), Some(wanted))?;
    }
    fails(dir.stat_at(name), wanted)?;
    fails(dir.set_times_at(name, SetTime::Now, SetTime::Now), wanted)?;
    fails(dir.read_link(name), wanted)?;
    fails(dir.create_dir(name), wanted)?;
    fails(dir.symlink(b"x", name), wanted)?;
    fails(dir.link(b"a", &**dir, name), wanted)?;
    fails(dir.link(name, &**dir, b"b"), wanted)?;
    fails(dir.rename(name, &**dir, b"b"), wanted)?;
    fails(dir.rename(b"a", &**dir, name), wanted)?;
    fails(dir.unlink(name), wanted)?;
    fails(dir.remove_dir(name), wanted)?;
    same(place.names()?, vec!["a".to_string()])
}

fn a_hundred_links(place: &Place) -> Outcome {
    place.file("a", b"abc")?;
    for n in 0..100 {
        ok(place.dir.link(b"a", &*place.dir, format!("l{n}").as_bytes()))?;
    }
    same(ok(place.dir.stat_at(b"l50"))?.links, 101)?;
    for n in 0..100 {
        ok(place.dir.unlink(format!("l{n}").as_bytes()))?;
    }
    same((ok(place.dir.stat_at(b"a"))?.links, place.content("a")?), (1, b"abc".to_vec()))
}

fn links_share_everything(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    let file = place.file("a", b"abcdef")?;
    ok(place.dir.link(b"a", &*d.dir, b"b"))?;
    ok(d.open("b", BOTH)?.write_at(&[b"XY"], 1))?;
    d.open("b", OpenOptions { flags: FileFlags::APPEND, ..BOTH })?
        .write(&[b"g"])
        .map_err(|e| e.to_string())?;
    same(place.content("a")?, b"aXYdefg".to_vec())?;
    place.open("a", OpenOptions { truncate: true, ..WRITE })?;
    same(ok(d.dir.stat_at(b"b"))?.size, 0)?;
    ok(place.rename("a", place, "c"))?;
    same((d.inode("b")?, ok(file.stat())?.links), (place.inode("c")?, 2))
}

fn a_symlink_to_a_directory_is_a_file(place: &Place) -> Outcome {
    place.new_dir("d")?.file("f", b"")?;
    place.symlink("d", "s")?;
    fails(place.dir.remove_dir(b"s"), ErrorKind::NotDirectory)?;
    same(place.open_error("s", OpenOptions { directory: true, ..READ }), Some(ErrorKind::NotDirectory))?;
    fails(place.dir.create_dir(b"s"), ErrorKind::Exists)?;
    ok(place.dir.unlink(b"s"))?;
    same(place.enter("d")?.names()?, vec!["f".to_string()])
}

fn rename_a_symlink_over_a_file(place: &Place) -> Outcome {
    let file = place.file("f", b"abc")?;
    place.symlink("g", "s")?;
    ok(place.rename("s", place, "f"))?;
    same(ok(place.dir.stat_at(b"f"))?.file_type, FileType::SymbolicLink)?;
    same((ok(place.dir.read_link(b"f"))?, ok(file.stat())?.links), (b"g".to_vec(), 0))?;
    same(place.has("s"), false)
}

fn rename_over_an_open_file(place: &Place) -> Outcome {
    let old = place.file("old", b"abc")?;
    let new = place.file("new", b"defg")?;
    ok(place.rename("new", place, "old"))?;
    ok(old.write_at(&[b"X"], 0))?;
    ok(new.write_at(&[b"Y"], 0))?;
    ok(old.set_size(9))?;
    same(place.content("old")?, b"Yefg".to_vec())?;
    same((ok(old.stat())?.links, ok(new.stat())?.links), (0, 1))
}

fn rename_keeps_handles(place: &Place) -> Outcome {
    let (d, e) = (place.new_dir("d")?, place.new_dir("e")?);
    let file = d.file("f", b"abc")?;
    let inner = d.new_dir("inner")?;
    ok(d.rename("f", &e, "g"))?;
    ok(place.rename("e", &inner, "e"))?;
    ok(file.write_at(&[b"X"], 0))?;
    same(inner.enter("e")?.content("g")?, b"Xbc".to_vec())?;
    same(e.names()?, vec!["g".to_string()])?;
    ok(e.rename("g", place, "f"))?;
    same(place.content("f")?, b"Xbc".to_vec())
}

fn rename_around_in_a_circle(place: &Place) -> Outcome {
    for (name, content) in [("a", b"1"), ("b", b"2"), ("c", b"3")] {
        place.file(name, content)?;
    }
    for (from, to) in [("a", "t"), ("c", "a"), ("b", "c"), ("t", "b")] {
        ok(place.rename(from, place, to))?;
    }
    same(
        (place.content("a")?, place.content("b")?, place.content("c")?),
        (b"3".into(), b"1".into(), b"2".into()),
    )?;
    same(place.names()?.len(), 3)
}

fn rename_a_parent_below_its_former_child(place: &Place) -> Outcome {
    let a = place.new_dir("a")?;
    let b = a.new_dir("b")?;
    fails(place.rename("a", &b, "a"), ErrorKind::InvalidInput)?;
    ok(a.rename("b", place, "b"))?;
    ok(place.rename("a", &b, "a"))?;
    fails(place.rename("b", &a, "b"), ErrorKind::InvalidInput)?;
    fails(b.rename("a", place, "b"), ErrorKind::NotEmpty)?;
    same((place.names()?, b.names()?), (vec!["b".to_string()], vec!["a".to_string()]))
}

fn unlink_while_open_and_make_again(place: &Place) -> Outcome {
    let first = place.file("a", b"first")?;
    ok(place.dir.unlink(b"a"))?;
    let second = place.file("a", b"second!")?;
    ok(first.write_at(&[b"F"], 0))?;
    ok(first.set_flags(FileFlags::APPEND))?;
    ok(first.write(&[b"+"]))?;
    same((ok(first.stat())?.size, ok(second.stat())?.size), (6, 7))?;
    same((ok(first.stat())?.links, ok(second.stat())?.links), (0, 1))?;
    same(place.content("a")?, b"second!".to_vec())
}

fn unlink_both_names_while_open(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    ok(place.dir.link(b"a", &*place.dir, b"b"))?;
    ok(place.dir.unlink(b"a"))?;
    same(ok(file.stat())?.links, 1)?;
    ok(place.dir.unlink(b"b"))?;
    same(ok(file.stat())?.links, 0)?;
    ok(file.set_times(SetTime::At(THEN), SetTime::At(THEN)))?;
    let mut buffer = [0; 3];
    same(ok(file.read_at(&mut [&mut buffer], 0))?, 3)?;
    same((&buffer, ok(file.stat())?.modified), (b"abc", THEN))
}

fn a_removed_directory_refuses(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    place.file("f", b"")?;
    ok(place.dir.remove_dir(b"d"))?;
    let missing = ErrorKind::NotFound;
    fails(place.dir.remove_dir(b"d"), missing)?;
    same(d.open_error("f", READ), Some(missing))?;
    fails(d.dir.unlink(b"f"), missing)?;
    fails(d.dir.remove_dir(b"f"), missing)?;
    fails(d.dir.read_link(b"f"), missing)?;
    fails(d.dir.set_times_at(b"f", SetTime::Now, SetTime::Now), missing)?;
    fails(d.dir.link(b"f", &*place.dir, b"g"), missing)?;
    fails(d.rename("f", place, "g"), missing)?;
    fails(place.rename("f", &d, "g"), missing)?;
    ok(d.dir.set_times(SetTime::At(THEN), SetTime::At(THEN)))?;
    same(ok(d.dir.stat())?.modified, THEN)
}

fn a_replaced_directory_refuses(place: &Place) -> Outcome {
    let (old, new) = (place.new_dir("old")?, place.new_dir("new")?);
    new.file("f", b"")?;
    ok(place.rename("new", place, "old"))?;
    same(old.open_error("x", NEW), Some(ErrorKind::NotFound))?;
    same((old.names()?, new.names()?), (vec![], vec!["f".to_string()]))?;
    same(place.names()?, vec!["old".to_string()])
}

fn create_in_a_removed_directory(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    let e = d.new_dir("e")?;
    ok(d.dir.remove_dir(b"e"))?;
    ok(place.dir.remove_dir(b"d"))?;
    for gone in [&d, &e] {
        let exclusive = OpenOptions { exclusive: true, ..NEW };
        same(gone.open_error("x", exclusive), Some(ErrorKind::NotFound))?;
        fails(gone.dir.create_dir(b"x"), ErrorKind::NotFound)?;
        fails(gone.dir.symlink(b"x", b"x"), ErrorKind::NotFound)?;
    }
    // The name is free again.
    place.file("d", b"now a file")?;
    same(place.content("d")?, b"now a file".to_vec())
}

fn remove_while_listing_from_within(place: &Place) -> Outcome {
    for n in 0..50 {
        place.file(&format!("n{n}"), b"")?;
    }
    let (mut seen, mut failed) = (BTreeSet::new(), Vec::new());
    ok(place.dir.read_dir(0, &mut |entry| {
        seen.insert(entry.name.to_vec());
        failed.extend(place.dir.unlink(entry.name).err());
        Step::Continue
    }))?;
    same((seen.len(), failed), (50, vec![]))?;
    same(place.names()?, Vec::<String>::new())
}

fn stat_while_listing_from_within(place: &Place) -> Outcome {
    for n in 0..50 {
        place.file(&format!("n{n}"), &vec![7; n])?;
    }
    let mut sizes = Vec::new();
    ok(place.dir.read_dir(0, &mut |entry| {
        sizes.push(place.dir.stat_at(entry.name).map(|stat| stat.size));
        Step::Continue
    }))?;
    sizes.sort_by_key(|size| size.unwrap_or(u64::MAX));
    same(sizes, (0..50).map(Ok).collect())
}

fn a_cookie_outlives_its_entry(place: &Place) -> Outcome {
    let mut entries = Vec::new();
    for n in 0..30 {
        place.file(&format!("n{n}"), b"")?;
    }
    let list = |from: u64| {
        let mut found = Vec::new();
        ok(place.dir.read_dir(from, &mut |entry| {
            found.push((entry.name.to_vec(), entry.next));
            Step::Continue
        }))?;
        Ok::<_, String>(found)
    };
    entries.extend(list(0)?);
    // Go on where an entry was, after it and those before it are gone.
    let (before, after) = entries.split_at(15);
    let cookie = before[14].1;
    for (name, _) in before {
        ok(place.dir.unlink(name))?;
    }
    let names = |entries: &[(Vec<u8>, u64)]| entries.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    same(names(&list(cookie)?), names(after))
}

fn a_cookie_that_is_none(place: &Place) -> Outcome {
    place.file("a", b"")?;
    fails(place.dir.read_dir(u64::MAX, &mut |_| Step::Continue), ErrorKind::InvalidInput)
}

fn a_removed_directory_lists_nothing(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    for n in 0..5 {
        d.file(&format!("n{n}"), b"")?;
    }
    d.clear()?;
    ok(place.dir.remove_dir(b"d"))?;
    let mut seen = 0;
    ok(d.dir.read_dir(0, &mut |_| {
        seen += 1;
        Step::Continue
    }))?;
    same(seen, 0)
}

fn many_long_names_are_listed(place: &Place) -> Outcome {
    let wanted: BTreeSet<String> = (0..400).map(|n| format!("{n:0255}")).collect();
    for name in &wanted {
        place.file(name, b"")?;
    }
    let seen = place.names()?;
    same((seen.len(), seen.into_iter().collect::<BTreeSet<_>>() == wanted), (400, true))
}
