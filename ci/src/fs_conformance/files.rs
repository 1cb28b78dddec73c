//! What files do: opening, vectored and positioned transfer, offsets, append mode, sizes, times.

use ringzero::platform::{
    Advice, ErrorKind, File, FileFlags, FileType, Interest, Node, OpenOptions, SeekFrom, SetTime,
};

use super::{BOTH, Case, NEW, Outcome, Place, READ, WRITE, fails, ok, same};

pub(super) const CASES: &[Case] = &[
    ("open-missing", open_missing),
    ("create-makes-an-empty-file", create_makes_an_empty_file),
    ("create-keeps-what-is-there", create_keeps_what_is_there),
    ("create-exclusive", create_exclusive),
    ("truncate-empties", truncate_empties),
    ("directory-flag-on-a-file", directory_flag_on_a_file),
    ("open-directory", open_directory),
    ("open-directory-for-writing", open_directory_for_writing),
    ("create-and-directory", create_and_directory),
    ("open-symlink", open_symlink),
    ("bad-names", bad_names),
    ("long-names", long_names),
    ("names-are-bytes", names_are_bytes),
    ("rights-of-a-handle", rights_of_a_handle),
    ("read-fills-buffers-in-order", read_fills_buffers_in_order),
    ("read-stops-at-the-end", read_stops_at_the_end),
    ("write-takes-buffers-in-order", write_takes_buffers_in_order),
    ("three-thousand-buffers", three_thousand_buffers),
    ("nothing-to-transfer", nothing_to_transfer),
    ("offsets-belong-to-handles", offsets_belong_to_handles),
    ("positioned-transfer-leaves-the-offset", positioned_transfer_leaves_the_offset),
    ("positions-are-signed", positions_are_signed),
    ("append-writes-at-the-end", append_writes_at_the_end),
    ("append-and-write-at", append_and_write_at),
    ("append-switches", append_switches),
    ("flags-tell-what-was-asked", flags_tell_what_was_asked),
    ("seek-from-everywhere", seek_from_everywhere),
    ("seek-refuses-negative-offsets", seek_refuses_negative_offsets),
    ("holes-read-as-zero", holes_read_as_zero),
    ("set-size-cuts-and-extends", set_size_cuts_and_extends),
    ("set-size-refuses", set_size_refuses),
    ("allocate-extends-and-never-cuts", allocate_extends_and_never_cuts),
    ("allocate-refuses", allocate_refuses),
    ("advice-is-taken", advice_is_taken),
    ("times-are-set", times_are_set),
    ("writing-changes-the-modification-time", writing_changes_the_modification_time),
    ("an-unlinked-file-lives-on", an_unlinked_file_lives_on),
    ("a-regular-file-is-always-ready", a_regular_file_is_always_ready),
    ("sync-succeeds", sync_succeeds),
];

fn open_missing(place: &Place) -> Outcome {
    for options in [READ, WRITE, BOTH, OpenOptions { truncate: true, ..WRITE }] {
        same(place.open_error("none", options), Some(ErrorKind::NotFound))?;
    }
    Ok(())
}

fn create_makes_an_empty_file(place: &Place) -> Outcome {
    let file = place.open("a", NEW)?;
    let stat = ok(file.stat())?;
    same((stat.file_type, stat.size, stat.links), (FileType::Regular, 0, 1))?;
    same(ok(place.dir.stat_at(b"a"))?.inode, stat.inode)
}

fn create_keeps_what_is_there(place: &Place) -> Outcome {
    place.file("a", b"abc")?;
    place.open("a", NEW)?;
    same(place.content("a")?, b"abc".to_vec())
}

fn create_exclusive(place: &Place) -> Outcome {
    let options = OpenOptions { exclusive: true, ..NEW };
    place.open("a", options)?;
    same(place.open_error("a", options), Some(ErrorKind::Exists))?;
    place.make_dir("d")?;
    same(place.open_error("d", options), Some(ErrorKind::Exists))?;
    place.symlink("none", "s")?;
    same(place.open_error("s", options), Some(ErrorKind::Exists))
}

fn truncate_empties(place: &Place) -> Outcome {
    place.file("a", b"abc")?;
    let file = place.open("a", OpenOptions { truncate: true, ..BOTH })?;
    same(ok(file.stat())?.size, 0)
}

fn directory_flag_on_a_file(place: &Place) -> Outcome {
    place.file("a", b"")?;
    let options = OpenOptions { directory: true, ..READ };
    same(place.open_error("a", options), Some(ErrorKind::NotDirectory))
}

fn open_directory(place: &Place) -> Outcome {
    place.make_dir("d")?;
    for options in [READ, OpenOptions { directory: true, ..READ }, OpenOptions::default()] {
        match ok(place.dir.open(b"d", options))? {
            Node::Dir(dir) => same(ok(dir.stat())?.file_type, FileType::Directory)?,
            Node::File(_) => return Err("a directory was opened as a file".into()),
        }
    }
    Ok(())
}

fn open_directory_for_writing(place: &Place) -> Outcome {
    place.make_dir("d")?;
    let directory = OpenOptions { directory: true, ..WRITE };
    for options in [WRITE, BOTH, directory, OpenOptions { truncate: true, ..READ }, NEW] {
        same(place.open_error("d", options), Some(ErrorKind::IsDirectory))?;
    }
    Ok(())
}

fn create_and_directory(place: &Place) -> Outcome {
    let options = OpenOptions { directory: true, ..NEW };
    same(place.open_error("a", options), Some(ErrorKind::InvalidInput))?;
    same(place.has("a"), false)
}

fn open_symlink(place: &Place) -> Outcome {
    place.file("a", b"")?;
    place.symlink("a", "s")?;
    place.symlink("none", "dangling")?;
    for name in ["s", "dangling"] {
        for options in [READ, WRITE, NEW, OpenOptions { truncate: true, ..WRITE }] {
            same(place.open_error(name, options), Some(ErrorKind::SymlinkLoop))?;
        }
    }
    same(place.has("none"), false)
}

fn bad_names(place: &Place) -> Outcome {
    let dir = &place.dir;
    place.file("a", b"")?;
    for bad in [&b""[..], b".", b"..", b"a/b", b"/a", b"a/", b"a\0b"] {
        let wanted = ErrorKind::InvalidInput;
        fails(dir.open(bad, NEW), wanted)?;
        fails(dir.stat_at(bad), wanted)?;
        fails(dir.set_times_at(bad, SetTime::Now, SetTime::Now), wanted)?;
        fails(dir.read_link(bad), wanted)?;
        fails(dir.create_dir(bad), wanted)?;
        fails(dir.symlink(b"a", bad), wanted)?;
        fails(dir.link(bad, &**dir, b"b"), wanted)?;
        fails(dir.link(b"a", &**dir, bad), wanted)?;
        fails(dir.rename(bad, &**dir, b"b"), wanted)?;
        fails(dir.rename(b"a", &**dir, bad), wanted)?;
        fails(dir.unlink(bad), wanted)?;
        fails(dir.remove_dir(bad), wanted)?;
    }
    same(place.names()?, vec!["a".to_string()])
}

fn long_names(place: &Place) -> Outcome {
    let (fits, too_long) = ("n".repeat(255), "n".repeat(256));
    place.file(&fits, b"x")?;
    same(place.content(&fits)?, b"x".to_vec())?;
    same(place.open_error(&too_long, NEW), Some(ErrorKind::NameTooLong))?;
    fails(place.dir.create_dir(too_long.as_bytes()), ErrorKind::NameTooLong)?;
    fails(place.dir.stat_at(too_long.as_bytes()), ErrorKind::NameTooLong)?;
    fails(place.rename(&fits, place, &too_long), ErrorKind::NameTooLong)?;
    same(place.names()?, vec![fits])
}

fn names_are_bytes(place: &Place) -> Outcome {
    let odd: &[u8] = b"\xff\xfe \\:*\n";
    ok(place.dir.open(odd, NEW))?;
    ok(place.dir.stat_at(odd))?;
    let mut seen = Vec::new();
    ok(place.dir.read_dir(0, &mut |entry| {
        seen.push(entry.name.to_vec());
        ringzero::platform::Step::Continue
    }))?;
    same(seen, vec![odd.to_vec()])
}

fn rights_of_a_handle(place: &Place) -> Outcome {
    place.file("a", b"abc")?;
    let (read, write) = (place.open("a", READ)?, place.open("a", WRITE)?);
    let neither = place.open("a", OpenOptions::default())?;
    let mut buffer = [0; 1];
    for file in [&write, &neither] {
        fails(file.read(&mut [&mut buffer]), ErrorKind::BadDescriptor)?;
        fails(file.read_at(&mut [&mut buffer], 0), ErrorKind::BadDescriptor)?;
    }
    for file in [&read, &neither] {
        fails(file.write(&[b"x"]), ErrorKind::BadDescriptor)?;
        fails(file.write_at(&[b"x"], 0), ErrorKind::BadDescriptor)?;
    }
    same(place.content("a")?, b"abc".to_vec())
}

fn read_fills_buffers_in_order(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdefghij")?;
    let (mut a, mut b, mut c, mut d) = ([0; 1], [0; 1], [0; 0], [0; 5]);
    same(ok(file.read(&mut [&mut a, &mut b, &mut c, &mut d]))?, 7)?;
    same((&a, &b, &d), (b"a", b"b", b"cdefg"))?;
    same(ok(file.seek(SeekFrom::Current(0)))?, 7)?;
    same(ok(file.read_at(&mut [&mut a, &mut c, &mut b], 8))?, 2)?;
    same((&a, &b), (b"i", b"j"))
}

fn read_stops_at_the_end(place: &Place) -> Outcome {
    let file = place.file("a", b"abcde")?;
    let (mut a, mut b) = ([9; 3], [9; 47]);
    same(ok(file.read(&mut [&mut a, &mut b]))?, 5)?;
    same((&a, &b[..4]), (b"abc", &[b'd', b'e', 9, 9][..]))?;
    same(ok(file.read(&mut [&mut a, &mut b]))?, 0)?;
    same(ok(file.read_at(&mut [&mut a], 5))?, 0)?;
    same(ok(file.read_at(&mut [&mut a], 1 << 40))?, 0)
}

fn write_takes_buffers_in_order(place: &Place) -> Outcome {
    let file = place.open("a", NEW)?;
    same(ok(file.write(&[b"a", b"", b"bc", b"defg"]))?, 7)?;
    same(ok(file.write_at(&[b"X", b"Y"], 2))?, 2)?;
    same(ok(file.write(&[b"h"]))?, 1)?;
    same(place.content("a")?, b"abXYefgh".to_vec())
}

fn three_thousand_buffers(place: &Place) -> Outcome {
    let bytes: Vec<u8> = (0..6000).map(|n| (n % 251) as u8).collect();
    let file = place.open("a", NEW)?;
    let pieces: Vec<&[u8]> = bytes.chunks(2).collect();
    same(ok(file.write(&pieces))?, 6000)?;
    same(ok(file.write_at(&pieces, 6000))?, 6000)?;
    let mut back = vec![0; 6000];
    let mut pieces: Vec<&mut [u8]> = back.chunks_mut(2).collect();
    same(ok(file.read(&mut pieces))?, 6000)?;
    same(&back, &bytes)?;
    let mut pieces: Vec<&mut [u8]> = back.chunks_mut(3).collect();
    same(ok(file.read_at(&mut pieces, 6003))?, 5997)?;
    same(&back[..5997], &bytes[3..])
}

fn nothing_to_transfer(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    same(ok(file.read(&mut []))?, 0)?;
    same(ok(file.read(&mut [&mut []]))?, 0)?;
    same(ok(file.write(&[]))?, 0)?;
    same(ok(file.write(&[b"", b""]))?, 0)?;
    same(ok(file.write_at(&[b""], 100))?, 0)?;
    same(ok(file.stat())?.size, 3)?;
    same(ok(file.seek(SeekFrom::Current(0)))?, 0)
}

fn offsets_belong_to_handles(place: &Place) -> Outcome {
    let first = place.file("a", b"abcdef")?;
    let (second, shared) = (place.open("a", READ)?, first.clone());
    let mut buffer = [0; 2];
    same(ok(first.read(&mut [&mut buffer]))?, 2)?;
    same(ok(shared.read(&mut [&mut buffer]))?, 2)?;
    same(&buffer, b"cd")?;
    same(ok(second.read(&mut [&mut buffer]))?, 2)?;
    same(&buffer, b"ab")
}

fn positioned_transfer_leaves_the_offset(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdef")?;
    ok(file.seek(SeekFrom::Start(1)))?;
    let mut buffer = [0; 2];
    same(ok(file.read_at(&mut [&mut buffer], 4))?, 2)?;
    same(ok(file.write_at(&[b"XY"], 10))?, 2)?;
    same(ok(file.seek(SeekFrom::Current(0)))?, 1)?;
    same(place.content("a")?, b"abcdef\0\0\0\0XY".to_vec())
}

fn positions_are_signed(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    for offset in [1 << 63, u64::MAX] {
        fails(file.read_at(&mut [&mut [0; 1]], offset), ErrorKind::InvalidInput)?;
        fails(file.write_at(&[b"x"], offset), ErrorKind::InvalidInput)?;
        fails(file.seek(SeekFrom::Start(offset)), ErrorKind::InvalidInput)?;
    }
    Ok(())
}

fn append_writes_at_the_end(place: &Place) -> Outcome {
    place.file("a", b"abc")?;
    let flags = FileFlags::APPEND;
    let file = place.open("a", OpenOptions { flags, ..BOTH })?;
    same(ok(file.seek(SeekFrom::Current(0)))?, 0)?;
    let mut buffer = [0; 1];
    same(ok(file.read(&mut [&mut buffer]))?, 1)?;
    same(&buffer, b"a")?;
    same(ok(file.write(&[b"d", b"e"]))?, 2)?;
    same(ok(file.seek(SeekFrom::Current(0)))?, 5)?;
    ok(file.seek(SeekFrom::Start(0)))?;
    ok(file.write(&[b"f"]))?;
    same(place.content("a")?, b"abcdef".to_vec())
}

fn append_and_write_at(place: &Place) -> Outcome {
    place.file("a", b"abcdef")?;
    let flags = FileFlags::APPEND;
    let file = place.open("a", OpenOptions { flags, ..BOTH })?;
    same(ok(file.write_at(&[b"X", b"Y"], 1))?, 2)?;
    same(place.content("a")?, b"aXYdef".to_vec())?;
    same(ok(file.flags())?, flags)?;
    ok(file.write(&[b"g"]))?;
    same(place.content("a")?, b"aXYdefg".to_vec())
}

fn append_switches(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    ok(file.set_flags(FileFlags::APPEND))?;
    same(ok(file.flags())?, FileFlags::APPEND)?;
    ok(file.write(&[b"d"]))?;
    ok(file.set_flags(FileFlags::empty()))?;
    ok(file.seek(SeekFrom::Start(0)))?;
    ok(file.write(&[b"X"]))?;
    same(place.content("a")?, b"Xbcd".to_vec())
}

fn flags_tell_what_was_asked(place: &Place) -> Outcome {
    use FileFlags as F;
    let all =
        [F::empty(), F::APPEND, F::NONBLOCK, F::APPEND | F::NONBLOCK, F::SYNC, F::DSYNC, F::RSYNC | F::DSYNC];
    for flags in all {
        let file = place.open("a", OpenOptions { flags, ..NEW })?;
        same(ok(file.flags())?, flags)?;
        fails(file.set_flags(flags ^ F::SYNC), ErrorKind::NotSupported)?;
        fails(file.set_flags(flags ^ F::DSYNC), ErrorKind::NotSupported)?;
        same(ok(file.flags())?, flags)?;
        ok(file.set_flags(flags ^ F::NONBLOCK))?;
        same(ok(file.flags())?, flags ^ F::NONBLOCK)?;
    }
    Ok(())
}

fn seek_from_everywhere(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdef")?;
    same(ok(file.seek(SeekFrom::Start(4)))?, 4)?;
    same(ok(file.seek(SeekFrom::Current(-3)))?, 1)?;
    same(ok(file.seek(SeekFrom::End(-1)))?, 5)?;
    let mut buffer = [0; 2];
    same(ok(file.read(&mut [&mut buffer]))?, 1)?;
    same(buffer[0], b'f')?;
    same(ok(file.seek(SeekFrom::End(10)))?, 16)?;
    same(ok(file.read(&mut [&mut buffer]))?, 0)?;
    same(ok(file.stat())?.size, 6)
}

fn seek_refuses_negative_offsets(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdef")?;
    ok(file.seek(SeekFrom::Start(2)))?;
    for from in [SeekFrom::Current(-3), SeekFrom::End(-7), SeekFrom::Current(i64::MIN)] {
        fails(file.seek(from), ErrorKind::InvalidInput)?;
    }
    same(ok(file.seek(SeekFrom::Current(0)))?, 2)
}

fn holes_read_as_zero(place: &Place) -> Outcome {
    let file = place.open("a", NEW)?;
    ok(file.seek(SeekFrom::Start(10_000)))?;
    ok(file.write(&[b"x"]))?;
    same(ok(file.stat())?.size, 10_001)?;
    let mut buffer = [9; 10_001];
    same(ok(file.read_at(&mut [&mut buffer], 0))?, 10_001)?;
    same(buffer[..10_000].iter().all(|&b| b == 0), true)?;
    same(buffer[10_000], b'x')
}

fn set_size_cuts_and_extends(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdef")?;
    ok(file.seek(SeekFrom::Start(5)))?;
    ok(file.set_size(2))?;
    same(ok(file.seek(SeekFrom::Current(0)))?, 5)?;
    ok(file.set_size(4))?;
    same(place.content("a")?, b"ab\0\0".to_vec())?;
    ok(file.set_size(5000))?;
    same(place.content("a")?.len(), 5000)?;
    ok(file.set_size(0))?;
    same(ok(file.stat())?.size, 0)
}

fn set_size_refuses(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    for size in [u64::MAX, 1 << 63] {
        fails(file.set_size(size), ErrorKind::FileTooBig)?;
    }
    fails(place.open("a", READ)?.set_size(1), ErrorKind::InvalidInput)?;
    same(ok(file.stat())?.size, 3)
}

fn allocate_extends_and_never_cuts(place: &Place) -> Outcome {
    let file = place.file("a", b"abcdef")?;
    ok(file.allocate(0, 2))?;
    same(place.content("a")?, b"abcdef".to_vec())?;
    ok(file.allocate(4, 6))?;
    same(place.content("a")?, b"abcdef\0\0\0\0".to_vec())
}

fn allocate_refuses(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    fails(file.allocate(0, 0), ErrorKind::InvalidInput)?;
    fails(file.allocate(u64::MAX, 2), ErrorKind::FileTooBig)?;
    fails(file.allocate(1 << 62, 1 << 62), ErrorKind::FileTooBig)?;
    fails(place.open("a", READ)?.allocate(0, 10), ErrorKind::BadDescriptor)?;
    same(ok(file.stat())?.size, 3)
}

fn advice_is_taken(place: &Place) -> Outcome {
    use Advice as A;
    let file = place.file("a", b"abc")?;
    for advice in [A::Normal, A::Sequential, A::Random, A::WillNeed, A::DontNeed, A::NoReuse] {
        ok(file.advise(0, 0, advice))?;
        ok(file.advise(1, 1 << 40, advice))?;
    }
    Ok(())
}

fn times_are_set(place: &Place) -> Outcome {
    const THEN: u64 = 1_234_567_890_123_456_700;
    let file = place.file("a", b"abc")?;
    ok(file.set_times(SetTime::At(THEN), SetTime::At(THEN + 1_000_000_000)))?;
    let stat = ok(file.stat())?;
    same((stat.accessed, stat.modified), (THEN, THEN + 1_000_000_000))?;
    ok(file.set_times(SetTime::Omit, SetTime::At(THEN)))?;
    let stat = ok(place.dir.stat_at(b"a"))?;
    same((stat.accessed, stat.modified), (THEN, THEN))?;
    ok(file.set_times(SetTime::Now, SetTime::Omit))?;
    let stat = ok(file.stat())?;
    same((stat.accessed > THEN, stat.modified), (true, THEN))?;
    ok(file.set_times(SetTime::Omit, SetTime::Omit))
}

fn writing_changes_the_modification_time(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    type Change = fn(&dyn File) -> Result<(), ErrorKind>;
    let write: Change = |file| file.write(&[b"x"]).map(drop);
    let cut: Change = |file| file.set_size(1);
    for change in [write, cut] {
        ok(file.set_times(SetTime::Omit, SetTime::At(1_000_000_000)))?;
        ok(change(&*file))?;
        let modified = ok(file.stat())?.modified;
        same(modified > 1_000_000_000, true)?;
    }
    Ok(())
}

fn an_unlinked_file_lives_on(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    ok(place.dir.unlink(b"a"))?;
    same(place.has("a"), false)?;
    same(ok(file.stat())?.links, 0)?;
    ok(file.write_at(&[b"def"], 3))?;
    let mut buffer = [0; 6];
    same(ok(file.read_at(&mut [&mut buffer], 0))?, 6)?;
    same(&buffer, b"abcdef")?;
    place.file("a", b"other")?;
    same(ok(file.stat())?.size, 6)
}

fn a_regular_file_is_always_ready(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    same(ok(file.ready(Interest::READ))?.ready, true)?;
    same(ok(file.ready(Interest::WRITE))?.ready, true)?;
    ok(file.seek(SeekFrom::End(0)))?;
    same(ok(file.ready(Interest::READ))?.ready, true)?;
    same(file.wait_handle(), None)
}

fn sync_succeeds(place: &Place) -> Outcome {
    let file = place.file("a", b"abc")?;
    ok(file.sync())?;
    ok(file.sync_data())?;
    ok(place.dir.sync())
}
