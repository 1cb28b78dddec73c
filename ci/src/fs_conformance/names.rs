//! What directories do with names: making, linking, renaming, removing.

use ringzero::platform::testing::TestDir;
use ringzero::platform::{Dir, ErrorKind, FileType, SeekFrom, SetTime};

use super::{Case, Outcome, Place, fails, ok, same};

pub(super) const CASES: &[Case] = &[
    ("create-dir-where-something-is", create_dir_where_something_is),
    ("a-removed-directory-takes-no-names", a_removed_directory_takes_no_names),
    ("stat-tells-types", stat_tells_types),
    ("stat-missing", stat_missing),
    ("unlink-removes-a-name", unlink_removes_a_name),
    ("unlink-refuses", unlink_refuses),
    ("remove-dir-refuses", remove_dir_refuses),
    ("link-gives-a-second-name", link_gives_a_second_name),
    ("link-refuses", link_refuses),
    ("link-takes-the-symlink-itself", link_takes_the_symlink_itself),
    ("other-file-systems-are-other-devices", other_file_systems_are_other_devices),
    ("rename-moves", rename_moves),
    ("rename-replaces-a-file", rename_replaces_a_file),
    ("rename-missing", rename_missing),
    ("rename-onto-itself", rename_onto_itself),
    ("rename-between-hard-links", rename_between_hard_links),
    ("rename-mixes-no-types", rename_mixes_no_types),
    ("rename-replaces-an-empty-directory", rename_replaces_an_empty_directory),
    ("rename-spares-a-full-directory", rename_spares_a_full_directory),
    ("rename-into-own-subtree", rename_into_own_subtree),
    ("rename-onto-own-parent", rename_onto_own_parent),
    ("rename-takes-the-symlink-itself", rename_takes_the_symlink_itself),
    ("rename-into-a-removed-directory", rename_into_a_removed_directory),
    ("a-replaced-file-lives-on", a_replaced_file_lives_on),
    ("an-open-directory-moves-along", an_open_directory_moves_along),
    ("symlink-targets-are-verbatim", symlink_targets_are_verbatim),
    ("symlink-refuses", symlink_refuses),
    ("read-link-refuses", read_link_refuses),
    ("times-of-names-and-links", times_of_names_and_links),
    ("times-of-a-directory", times_of_a_directory),
];

fn create_dir_where_something_is(place: &Place) -> Outcome {
    place.make_dir("d")?;
    place.file("f", b"")?;
    place.symlink("none", "s")?;
    for name in ["d", "f", "s"] {
        fails(place.dir.create_dir(name.as_bytes()), ErrorKind::Exists)?;
    }
    same(place.names()?, ["d", "f", "s"].map(String::from).to_vec())
}

fn a_removed_directory_takes_no_names(place: &Place) -> Outcome {
    let gone = place.new_dir("d")?;
    place.file("f", b"")?;
    ok(place.dir.remove_dir(b"d"))?;
    fails(gone.dir.create_dir(b"x"), ErrorKind::NotFound)?;
    same(gone.open_error("x", super::NEW), Some(ErrorKind::NotFound))?;
    fails(gone.dir.symlink(b"t", b"x"), ErrorKind::NotFound)?;
    fails(place.dir.link(b"f", &*gone.dir, b"x"), ErrorKind::NotFound)?;
    fails(gone.dir.stat_at(b"x"), ErrorKind::NotFound)?;
    same(ok(gone.dir.stat())?.file_type, FileType::Directory)?;
    same(gone.names()?, Vec::<String>::new())
}

fn stat_tells_types(place: &Place) -> Outcome {
    place.make_dir("d")?;
    place.file("f", b"four")?;
    place.symlink("d/e", "s")?;
    let types = ["d", "f", "s"].map(|name| place.dir.stat_at(name.as_bytes()).map(|s| s.file_type));
    same(types, [FileType::Directory, FileType::Regular, FileType::SymbolicLink].map(Ok))?;
    same(ok(place.dir.stat_at(b"f"))?.size, 4)?;
    same(ok(place.dir.stat_at(b"s"))?.size, 3)?;
    let [d, f, s] = ["d", "f", "s"].map(|name| place.inode(name).unwrap_or(0));
    same(d != f && f != s && d != s && ![d, f, s].contains(&0), true)?;
    let device = ok(place.dir.stat())?.device;
    same(ok(place.dir.stat_at(b"f"))?.device, device)
}

fn stat_missing(place: &Place) -> Outcome {
    fails(place.dir.stat_at(b"none"), ErrorKind::NotFound)?;
    fails(place.dir.set_times_at(b"none", SetTime::Now, SetTime::Now), ErrorKind::NotFound)
}

fn unlink_removes_a_name(place: &Place) -> Outcome {
    place.file("f", b"")?;
    place.symlink("f", "s")?;
    ok(place.dir.unlink(b"s"))?;
    same(place.names()?, vec!["f".to_string()])?;
    ok(place.dir.unlink(b"f"))?;
    same(place.names()?, Vec::<String>::new())
}

fn unlink_refuses(place: &Place) -> Outcome {
    place.make_dir("d")?;
    fails(place.dir.unlink(b"d"), ErrorKind::IsDirectory)?;
    fails(place.dir.unlink(b"none"), ErrorKind::NotFound)
}

fn remove_dir_refuses(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    d.file("f", b"")?;
    place.file("f", b"")?;
    place.symlink("d", "s")?;
    fails(place.dir.remove_dir(b"d"), ErrorKind::NotEmpty)?;
    fails(place.dir.remove_dir(b"f"), ErrorKind::NotDirectory)?;
    fails(place.dir.remove_dir(b"s"), ErrorKind::NotDirectory)?;
    fails(place.dir.remove_dir(b"none"), ErrorKind::NotFound)?;
    ok(d.dir.unlink(b"f"))?;
    ok(place.dir.remove_dir(b"d"))
}

fn link_gives_a_second_name(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    place.file("f", b"abc")?;
    ok(place.dir.link(b"f", &*d.dir, b"g"))?;
    same(d.inode("g")?, place.inode("f")?)?;
    same(ok(place.dir.stat_at(b"f"))?.links, 2)?;
    d.file("g", b"X")?;
    same(place.content("f")?, b"Xbc".to_vec())?;
    ok(place.dir.unlink(b"f"))?;
    same(ok(d.dir.stat_at(b"g"))?.links, 1)?;
    same(d.content("g")?, b"Xbc".to_vec())
}

fn link_refuses(place: &Place) -> Outcome {
    place.make_dir("d")?;
    place.file("f", b"")?;
    place.file("g", b"")?;
    let dir = &place.dir;
    fails(dir.link(b"d", &**dir, b"x"), ErrorKind::NotPermitted)?;
    fails(dir.link(b"f", &**dir, b"g"), ErrorKind::Exists)?;
    fails(dir.link(b"f", &**dir, b"f"), ErrorKind::Exists)?;
    fails(dir.link(b"f", &**dir, b"d"), ErrorKind::Exists)?;
    fails(dir.link(b"none", &**dir, b"x"), ErrorKind::NotFound)
}

fn link_takes_the_symlink_itself(place: &Place) -> Outcome {
    place.file("f", b"")?;
    place.symlink("f", "s")?;
    ok(place.dir.link(b"s", &*place.dir, b"t"))?;
    same(place.inode("s")?, place.inode("t")?)?;
    same(ok(place.dir.read_link(b"t"))?, b"f".to_vec())
}

fn other_file_systems_are_other_devices(place: &Place) -> Outcome {
    place.file("f", b"")?;
    let other = TestDir::new();
    fails(place.dir.rename(b"f", &*other, b"g"), ErrorKind::CrossDevice)?;
    fails(place.dir.link(b"f", &*other, b"g"), ErrorKind::CrossDevice)?;
    ok(other.put("f", b""))?;
    fails(other.rename(b"f", &*place.dir, b"g"), ErrorKind::CrossDevice)?;
    same(place.names()?, vec!["f".to_string()])
}

fn rename_moves(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    place.file("f", b"abc")?;
    let inode = place.inode("f")?;
    ok(place.rename("f", place, "g"))?;
    ok(place.rename("g", &d, "h"))?;
    same((d.inode("h")?, d.content("h")?), (inode, b"abc".to_vec()))?;
    same(place.names()?, vec!["d".to_string()])
}

fn rename_replaces_a_file(place: &Place) -> Outcome {
    place.file("f", b"new")?;
    place.file("g", b"old")?;
    ok(place.rename("f", place, "g"))?;
    same(place.content("g")?, b"new".to_vec())?;
    same(place.names()?, vec!["g".to_string()])?;
    same(ok(place.dir.stat_at(b"g"))?.links, 1)
}

fn rename_missing(place: &Place) -> Outcome {
    fails(place.rename("none", place, "x"), ErrorKind::NotFound)?;
    place.file("f", b"")?;
    fails(place.rename("none", place, "f"), ErrorKind::NotFound)?;
    same(place.has("f"), true)
}

fn rename_onto_itself(place: &Place) -> Outcome {
    place.file("f", b"abc")?;
    place.make_dir("d")?;
    ok(place.rename("f", place, "f"))?;
    ok(place.rename("d", place, "d"))?;
    same(place.content("f")?, b"abc".to_vec())?;
    same(place.names()?, ["d", "f"].map(String::from).to_vec())
}

fn rename_between_hard_links(place: &Place) -> Outcome {
    place.file("f", b"abc")?;
    ok(place.dir.link(b"f", &*place.dir, b"g"))?;
    ok(place.rename("f", place, "g"))?;
    // Two names of one file: POSIX has rename do nothing.
    same(place.names()?, ["f", "g"].map(String::from).to_vec())?;
    same(ok(place.dir.stat_at(b"f"))?.links, 2)
}

fn rename_mixes_no_types(place: &Place) -> Outcome {
    place.make_dir("d")?;
    place.file("f", b"")?;
    place.symlink("d", "s")?;
    fails(place.rename("d", place, "f"), ErrorKind::NotDirectory)?;
    fails(place.rename("d", place, "s"), ErrorKind::NotDirectory)?;
    fails(place.rename("f", place, "d"), ErrorKind::IsDirectory)?;
    fails(place.rename("s", place, "d"), ErrorKind::IsDirectory)?;
    same(place.names()?, ["d", "f", "s"].map(String::from).to_vec())
}

fn rename_replaces_an_empty_directory(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    d.file("f", b"")?;
    let old = place.new_dir("e")?;
    ok(place.rename("d", place, "e"))?;
    same(place.enter("e")?.names()?, vec!["f".to_string()])?;
    same(place.has("d"), false)?;
    fails(old.dir.create_dir(b"x"), ErrorKind::NotFound)
}

fn rename_spares_a_full_directory(place: &Place) -> Outcome {
    place.make_dir("d")?;
    place.new_dir("e")?.file("f", b"")?;
    fails(place.rename("d", place, "e"), ErrorKind::NotEmpty)?;
    same(place.enter("e")?.has("f"), true)
}

fn rename_into_own_subtree(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    let e = d.new_dir("e")?;
    fails(place.rename("d", &d, "x"), ErrorKind::InvalidInput)?;
    fails(place.rename("d", &e, "x"), ErrorKind::InvalidInput)?;
    fails(place.rename("d", &d, "e"), ErrorKind::InvalidInput)?;
    same(place.enter("d")?.enter("e")?.names()?, Vec::<String>::new())
}

fn rename_onto_own_parent(place: &Place) -> Outcome {
    let d = place.new_dir("d")?;
    d.make_dir("e")?;
    fails(d.rename("e", place, "d"), ErrorKind::NotEmpty)?;
    same(d.has("e"), true)
}

fn rename_takes_the_symlink_itself(place: &Place) -> Outcome {
    place.file("f", b"abc")?;
    place.file("g", b"def")?;
    place.symlink("f", "s")?;
    ok(place.rename("s", place, "t"))?;
    same(ok(place.dir.read_link(b"t"))?, b"f".to_vec())?;
    // Onto a symlink it replaces the link, not what it leads to.
    ok(place.rename("g", place, "t"))?;
    same((place.content("t")?, place.content("f")?), (b"def".to_vec(), b"abc".to_vec()))
}

fn rename_into_a_removed_directory(place: &Place) -> Outcome {
    let gone = place.new_dir("d")?;
    place.file("f", b"")?;
    ok(place.dir.remove_dir(b"d"))?;
    fails(place.rename("f", &gone, "f"), ErrorKind::NotFound)?;
    same(place.has("f"), true)
}

fn a_replaced_file_lives_on(place: &Place) -> Outcome {
    let old = place.file("old", b"abc")?;
    place.file("new", b"defg")?;
    ok(place.rename("new", place, "old"))?;
    let mut buffer = [0; 4];
    same(ok(old.read_at(&mut [&mut buffer], 0))?, 3)?;
    same((&buffer[..3], ok(old.stat())?.links), (&b"abc"[..], 0))?;
    same(ok(old.seek(SeekFrom::End(0)))?, 3)
}

fn an_open_directory_moves_along(place: &Place) -> Outcome {
    let (d, e) = (place.new_dir("d")?, place.new_dir("e")?);
    ok(place.rename("d", &e, "moved"))?;
    d.file("f", b"abc")?;
    same(e.enter("moved")?.content("f")?, b"abc".to_vec())?;
    same(d.names()?, vec!["f".to_string()])
}

fn symlink_targets_are_verbatim(place: &Place) -> Outcome {
    let long = vec![b'x'; 4000];
    let targets = [&b"a"[..], b"../..", b"/abs", b"a//b/", b".", b"\xff\n", &long];
    for (n, target) in targets.into_iter().enumerate() {
        let name = format!("s{n}");
        ok(place.dir.symlink(target, name.as_bytes()))?;
        same(ok(place.dir.read_link(name.as_bytes()))?, target.to_vec())?;
    }
    Ok(())
}

fn symlink_refuses(place: &Place) -> Outcome {
    place.file("f", b"")?;
    place.symlink("f", "s")?;
    fails(place.dir.symlink(b"x", b"f"), ErrorKind::Exists)?;
    fails(place.dir.symlink(b"x", b"s"), ErrorKind::Exists)?;
    fails(place.dir.symlink(b"", b"t"), ErrorKind::NotFound)?;
    fails(place.dir.symlink(b"a\0b", b"t"), ErrorKind::InvalidInput)?;
    fails(place.dir.symlink(&[b'x'; 5000], b"t"), ErrorKind::NameTooLong)?;
    same(place.names()?, ["f", "s"].map(String::from).to_vec())
}

fn read_link_refuses(place: &Place) -> Outcome {
    place.file("f", b"")?;
    place.make_dir("d")?;
    fails(place.dir.read_link(b"f"), ErrorKind::InvalidInput)?;
    fails(place.dir.read_link(b"d"), ErrorKind::InvalidInput)?;
    fails(place.dir.read_link(b"none"), ErrorKind::NotFound)
}

fn times_of_names_and_links(place: &Place) -> Outcome {
    const THEN: u64 = 1_000_000_000_000_000_000;
    place.file("f", b"")?;
    place.symlink("f", "s")?;
    let file = ok(place.dir.stat_at(b"f"))?.modified;
    ok(place.dir.set_times_at(b"s", SetTime::At(THEN), SetTime::At(THEN)))?;
    same(ok(place.dir.stat_at(b"s"))?.modified, THEN)?;
    same(ok(place.dir.stat_at(b"f"))?.modified, file)?;
    ok(place.dir.set_times_at(b"f", SetTime::Omit, SetTime::At(THEN)))?;
    same(ok(place.dir.stat_at(b"f"))?.modified, THEN)
}

fn times_of_a_directory(place: &Place) -> Outcome {
    const THEN: u64 = 1_000_000_000_000_000_000;
    let d = place.new_dir("d")?;
    ok(d.dir.set_times(SetTime::At(THEN), SetTime::At(THEN)))?;
    same(ok(place.dir.stat_at(b"d"))?.modified, THEN)?;
    d.file("f", b"")?;
    same(ok(d.dir.stat())?.modified > THEN, true)
}
