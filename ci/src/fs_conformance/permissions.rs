//! What permission bits refuse somebody who owns the files and is not privileged.
//!
//! Each case has a copy of the [`items`] of its own. Only who may set permission bits can make them: a test does,
//! or an archive holds them.

use ringzero::platform::path::resolve;
use ringzero::platform::{ErrorKind, Node, OpenOptions, SetTime, Step};

use super::{BOTH, Case, Item, NEW, Outcome, Place, READ, WRITE, fails, ok, same};

pub(super) const CASES: &[Case] = &[
    ("stat-shows-permissions", stat_shows_permissions),
    ("files-are-read-and-written-as-allowed", files_are_read_and_written_as_allowed),
    ("cutting-is-writing", cutting_is_writing),
    ("a-locked-directory-keeps-its-names", a_locked_directory_keeps_its_names),
    ("a-locked-directory-lets-files-change", a_locked_directory_lets_files_change),
    ("a-locked-directory-moves-in-its-place-only", a_locked_directory_moves_in_its_place_only),
    ("a-locked-directory-is-removed-by-its-parent", a_locked_directory_is_removed_by_its_parent),
    ("a-closed-directory-hides-what-is-in-it", a_closed_directory_hides_what_is_in_it),
    ("an-unlisted-directory-is-gone-through", an_unlisted_directory_is_gone_through),
    ("other-errors-come-first", other_errors_come_first),
    ("an-owner-sets-times", an_owner_sets_times),
    ("an-owner-links-and-unlinks", an_owner_links_and_unlinks),
];

const DENIED: ErrorKind = ErrorKind::AccessDenied;

/// What each case finds in its directory.
pub(super) fn items() -> Vec<Item> {
    vec![
        Item::file("plain", b"plain"),
        Item::file("read-only", b"look").with(0o444),
        Item::file("write-only", b"drop").with(0o200),
        Item::file("neither", b"").with(0o000),
        // What others may do does not matter.
        Item::file("for-others", b"").with(0o066),
        Item::dir("open"),
        Item::dir("locked").with(0o555),
        Item::file("locked/file", b"inside"),
        Item::dir("locked/dir"),
        Item::dir("closed").with(0o600),
        Item::file("closed/file", b"inside"),
        Item::dir("unlisted").with(0o311),
        Item::file("unlisted/file", b"inside"),
        Item::dir("hollow").with(0o500),
    ]
}

fn walk_into(place: &Place, name: &str) -> Result<Place, String> {
    match ok(place.dir.open(name.as_bytes(), OpenOptions { directory: true, ..READ }))? {
        Node::Dir(dir) => Ok(Place { dir }),
        Node::File(_) => Err(format!("{name} is a file")),
    }
}

fn stat_shows_permissions(place: &Place) -> Outcome {
    for item in items().iter().filter(|item| !item.path.contains('/')) {
        let stat = ok(place.dir.stat_at(item.path.as_bytes()))?;
        same((&item.path, stat.permissions), (&item.path, item.permissions))?;
    }
    Ok(())
}

fn files_are_read_and_written_as_allowed(place: &Place) -> Outcome {
    same(place.content("read-only")?, b"look".to_vec())?;
    for options in [WRITE, BOTH, NEW] {
        same(place.open_error("read-only", options), Some(DENIED))?;
    }
    ok(place.open("write-only", WRITE)?.write(&[b"more"]))?;
    for options in [READ, BOTH, OpenOptions::default()] {
        same(place.open_error("write-only", options), Some(DENIED))?;
    }
    for name in ["neither", "for-others"] {
        for options in [READ, WRITE, BOTH, OpenOptions::default()] {
            same(place.open_error(name, options), Some(DENIED))?;
        }
    }
    Ok(())
}

fn cutting_is_writing(place: &Place) -> Outcome {
    let truncate = OpenOptions { truncate: true, ..READ };
    same(place.open_error("read-only", truncate), Some(DENIED))?;
    same(place.content("read-only")?, b"look".to_vec())?;
    place.open("write-only", OpenOptions { truncate: true, ..WRITE })?;
    same(ok(place.dir.stat_at(b"write-only"))?.size, 0)
}

fn a_locked_directory_keeps_its_names(place: &Place) -> Outcome {
    let locked = place.enter("locked")?;
    same(locked.names()?, ["dir", "file"].map(String::from).to_vec())?;
    same(locked.open_error("new", NEW), Some(DENIED))?;
    fails(locked.dir.create_dir(b"new"), DENIED)?;
    fails(locked.dir.symlink(b"x", b"new"), DENIED)?;
    fails(place.dir.link(b"plain", &*locked.dir, b"new"), DENIED)?;
    fails(locked.dir.unlink(b"file"), DENIED)?;
    fails(locked.dir.remove_dir(b"dir"), DENIED)?;
    fails(locked.rename("file", place, "x"), DENIED)?;
    fails(locked.rename("file", &locked, "x"), DENIED)?;
    fails(place.rename("plain", &locked, "x"), DENIED)?;
    fails(place.rename("plain", &locked, "file"), DENIED)?;
    same(locked.names()?, ["dir", "file"].map(String::from).to_vec())
}

fn a_locked_directory_lets_files_change(place: &Place) -> Outcome {
    let locked = place.enter("locked")?;
    ok(locked.open("file", BOTH)?.write(&[b"INS"]))?;
    same(locked.content("file")?, b"INSide".to_vec())?;
    locked.open("file", NEW)?;
    locked.enter("dir")?.file("new", b"")?;
    ok(locked.dir.link(b"file", &*place.dir, b"out"))
}

fn a_locked_directory_moves_in_its_place_only(place: &Place) -> Outcome {
    let open = place.enter("open")?;
    fails(place.rename("locked", &open, "x"), DENIED)?;
    ok(place.rename("locked", place, "still-locked"))?;
    fails(place.enter("still-locked")?.dir.unlink(b"file"), DENIED)?;
    same(place.enter("open")?.names()?, Vec::<String>::new())
}

fn a_locked_directory_is_removed_by_its_parent(place: &Place) -> Outcome {
    fails(place.dir.remove_dir(b"locked"), ErrorKind::NotEmpty)?;
    ok(place.dir.remove_dir(b"hollow"))?;
    same(place.has("hollow"), false)
}

fn a_closed_directory_hides_what_is_in_it(place: &Place) -> Outcome {
    let closed = place.enter("closed")?;
    let mut seen = Vec::new();
    ok(closed.dir.read_dir(0, &mut |entry| {
        seen.push(entry.name.to_vec());
        Step::Continue
    }))?;
    same(seen, vec![b"file".to_vec()])?;
    // Not even whether a name is there is told.
    for name in ["file", "none"] {
        same(closed.open_error(name, READ), Some(DENIED))?;
        same(closed.open_error(name, NEW), Some(DENIED))?;
        let bytes = name.as_bytes();
        fails(closed.dir.stat_at(bytes), DENIED)?;
        fails(closed.dir.read_link(bytes), DENIED)?;
        fails(closed.dir.create_dir(bytes), DENIED)?;
        fails(closed.dir.symlink(b"x", bytes), DENIED)?;
        fails(closed.dir.unlink(bytes), DENIED)?;
        fails(closed.dir.remove_dir(bytes), DENIED)?;
        fails(closed.dir.set_times_at(bytes, SetTime::Now, SetTime::Now), DENIED)?;
        fails(closed.rename(name, place, "x"), DENIED)?;
        fails(place.rename("plain", &closed, name), DENIED)?;
        fails(closed.dir.link(bytes, &*place.dir, b"x"), DENIED)?;
        fails(place.dir.link(b"plain", &*closed.dir, bytes), DENIED)?;
    }
    fails(resolve(&place.dir, b"closed/file/x", true), DENIED)
}

fn an_unlisted_directory_is_gone_through(place: &Place) -> Outcome {
    same(place.open_error("unlisted", READ), Some(DENIED))?;
    same(place.open_error("unlisted", OpenOptions::default()), Some(DENIED))?;
    let unlisted = walk_into(place, "unlisted")?;
    fails(unlisted.dir.read_dir(0, &mut |_| Step::Continue), ErrorKind::BadDescriptor)?;
    same(unlisted.content("file")?, b"inside".to_vec())?;
    unlisted.file("new", b"")?;
    ok(unlisted.dir.unlink(b"file"))?;
    let found = ok(resolve(&place.dir, b"unlisted/new", true))?;
    same(found.name.as_deref(), Some(&b"new"[..]))
}

fn other_errors_come_first(place: &Place) -> Outcome {
    let locked = place.enter("locked")?;
    let exclusive = OpenOptions { exclusive: true, ..NEW };
    same(locked.open_error("file", exclusive), Some(ErrorKind::Exists))?;
    fails(locked.dir.create_dir(b"file"), ErrorKind::Exists)?;
    fails(place.dir.link(b"plain", &*locked.dir, b"file"), ErrorKind::Exists)?;
    fails(locked.dir.unlink(b"none"), ErrorKind::NotFound)?;
    fails(locked.rename("none", place, "x"), ErrorKind::NotFound)?;
    same(locked.open_error("none", READ), Some(ErrorKind::NotFound))?;
    same(locked.open_error("dir", WRITE), Some(ErrorKind::IsDirectory))?;
    same(
        place.open_error("read-only", OpenOptions { directory: true, ..READ }),
        Some(ErrorKind::NotDirectory),
    )?;
    // And these do not.
    fails(locked.dir.unlink(b"dir"), DENIED)?;
    fails(locked.dir.remove_dir(b"file"), DENIED)?;
    fails(place.rename("plain", &locked, "dir"), DENIED)
}

fn an_owner_sets_times(place: &Place) -> Outcome {
    const THEN: u64 = 1_000_000_000_000_000_000;
    for name in ["read-only", "neither", "locked"] {
        ok(place.dir.set_times_at(name.as_bytes(), SetTime::Now, SetTime::At(THEN)))?;
        same(ok(place.dir.stat_at(name.as_bytes()))?.modified, THEN)?;
    }
    let file = place.open("read-only", READ)?;
    ok(file.set_times(SetTime::At(THEN), SetTime::Now))?;
    same(ok(file.stat())?.accessed, THEN)
}

fn an_owner_links_and_unlinks(place: &Place) -> Outcome {
    ok(place.dir.link(b"plain", &*place.dir, b"again"))?;
    for name in ["read-only", "neither", "write-only"] {
        ok(place.rename(name, place, "moved"))?;
        ok(place.dir.unlink(b"moved"))?;
    }
    Ok(())
}
