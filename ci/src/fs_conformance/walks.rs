//! What a path reaches on a real file system, and that no path gets out of it.
//!
//! Each case has something outside its root to reach for: `secret`, beside `root`.

use ringzero::platform::path::resolve;
use ringzero::platform::{ErrorKind, Node, OpenOptions};

use super::{Case, NEW, Outcome, Place, READ, fails, ok, same};

pub(super) const CASES: &[Case] = &[
    ("walk-plain-paths", walk_plain_paths),
    ("walk-missing", walk_missing),
    ("walk-through-a-file", walk_through_a_file),
    ("walk-dots-never-lead-out", walk_dots_never_lead_out),
    ("walk-absolute-paths", walk_absolute_paths),
    ("walk-links-never-lead-out", walk_links_never_lead_out),
    ("walk-chained-links", walk_chained_links),
    ("walk-dots-after-a-link", walk_dots_after_a_link),
    ("walk-does-not-follow-unless-asked", walk_does_not_follow_unless_asked),
    ("walk-trailing-separators", walk_trailing_separators),
    ("walk-creates-through-a-dangling-link", walk_creates_through_a_dangling_link),
    ("walk-exclusive-stops-at-a-dangling-link", walk_exclusive_stops_at_a_dangling_link),
    ("walk-forty-links-and-no-more", walk_forty_links_and_no_more),
    ("walk-loops", walk_loops),
    ("walk-from-a-renamed-directory", walk_from_a_renamed_directory),
    ("walk-after-the-parent-moved-out", walk_after_the_parent_moved_out),
    ("walk-from-a-removed-directory", walk_from_a_removed_directory),
    ("walk-link-swapped-for-a-directory", walk_link_swapped_for_a_directory),
    ("walk-deep", walk_deep),
    ("walk-bad-paths", walk_bad_paths),
];

/// `root/file`, `root/d/inner`, `root/d/e/deep`; `secret` beside it.
fn tree(place: &Place) -> Result<Place, String> {
    place.file("secret", b"secret")?;
    let root = place.new_dir("root")?;
    root.file("file", b"top")?;
    let d = root.new_dir("d")?;
    d.file("inner", b"in d")?;
    d.new_dir("e")?.file("deep", b"in e")?;
    Ok(root)
}

/// Opens a path as a program would, links followed.
fn open(root: &Place, path: &str, options: OpenOptions) -> Result<Node, ErrorKind> {
    let follow = !(options.create && options.exclusive);
    let found = resolve(&root.dir, path.as_bytes(), follow)?;
    let directory = options.directory || found.must_be_dir;
    match &found.name {
        None => Ok(Node::Dir(found.dir)),
        Some(name) => found.dir.open(name, OpenOptions { directory, ..options }),
    }
}

fn read(root: &Place, path: &str) -> Result<String, ErrorKind> {
    let Node::File(file) = open(root, path, READ)? else {
        return Err(ErrorKind::IsDirectory);
    };
    let mut buffer = [0; 32];
    let count = file.read(&mut [&mut buffer])?;
    Ok(String::from_utf8_lossy(&buffer[..count]).into_owned())
}

#[track_caller]
fn reads(root: &Place, path: &str, wanted: &str) -> Outcome {
    same((path, read(root, path)), (path, Ok(wanted.to_string())))
}

#[track_caller]
fn refuses(root: &Place, path: &str, wanted: ErrorKind) -> Outcome {
    same((path, read(root, path)), (path, Err(wanted)))
}

fn walk_plain_paths(place: &Place) -> Outcome {
    let root = tree(place)?;
    reads(&root, "file", "top")?;
    reads(&root, "./d/../file", "top")?;
    reads(&root, "d//inner", "in d")?;
    reads(&root, "d/e/../inner", "in d")?;
    reads(&root, "d/./e/./deep", "in e")
}

fn walk_missing(place: &Place) -> Outcome {
    let root = tree(place)?;
    for path in ["none", "d/none", "none/inner", "none/..", "d/none/../inner"] {
        refuses(&root, path, ErrorKind::NotFound)?;
    }
    Ok(())
}

fn walk_through_a_file(place: &Place) -> Outcome {
    let root = tree(place)?;
    for path in ["file/x", "file/", "file/.", "file/..", "d/inner/../inner", "file/../file"] {
        refuses(&root, path, ErrorKind::NotDirectory)?;
    }
    Ok(())
}

fn walk_dots_never_lead_out(place: &Place) -> Outcome {
    let root = tree(place)?;
    for path in ["..", "../secret", "../root/file", "d/../../secret", "./../secret", "d/e/../../../secret"] {
        refuses(&root, path, ErrorKind::NotPermitted)?;
    }
    Ok(())
}

fn walk_absolute_paths(place: &Place) -> Outcome {
    let root = tree(place)?;
    for path in ["/", "/file", "//file", "/etc/passwd"] {
        refuses(&root, path, ErrorKind::NotPermitted)?;
    }
    Ok(())
}

fn walk_links_never_lead_out(place: &Place) -> Outcome {
    let root = tree(place)?;
    let d = root.enter("d")?;
    root.symlink("../secret", "to_secret")?;
    root.symlink("..", "up")?;
    root.symlink("/etc", "absolute")?;
    root.symlink("/", "slash")?;
    root.symlink("d/../../secret", "around")?;
    d.symlink("../../secret", "two_up")?;
    d.symlink("../to_secret", "chained")?;
    for path in [
        "to_secret",
        "up/secret",
        "up/root/file",
        "absolute/passwd",
        "slash",
        "slash/etc/passwd",
        "around",
        "d/two_up",
        "d/chained",
        "up",
        "up/",
    ] {
        refuses(&root, path, ErrorKind::NotPermitted)?;
    }
    // Nothing is created out there either.
    fails(open(&root, "up/new", NEW), ErrorKind::NotPermitted)?;
    root.symlink("../new", "new_link")?;
    fails(open(&root, "new_link", NEW), ErrorKind::NotPermitted)?;
    same(place.names()?, ["root", "secret"].map(String::from).to_vec())
}

fn walk_chained_links(place: &Place) -> Outcome {
    let root = tree(place)?;
    let d = root.enter("d")?;
    root.symlink("d", "d1")?;
    root.symlink("./d1", "d2")?;
    d.symlink("../file", "up")?;
    d.symlink(".", "self")?;
    reads(&root, "d2/inner", "in d")?;
    reads(&root, "d2/e/deep", "in e")?;
    reads(&root, "d2/up", "top")?;
    reads(&root, "d1/self/self/up", "top")
}

fn walk_dots_after_a_link(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("d/e", "to_e")?;
    // Up from where the link leads, as the kernel does it, not by cutting the text.
    reads(&root, "to_e/../inner", "in d")?;
    refuses(&root, "to_e/../file", ErrorKind::NotFound)?;
    refuses(&root, "to_e/../../../secret", ErrorKind::NotPermitted)
}

fn walk_does_not_follow_unless_asked(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("file", "s")?;
    let found = ok(resolve(&root.dir, b"s", false))?;
    same(found.name.as_deref(), Some(&b"s"[..]))?;
    fails(found.dir.open(b"s", READ), ErrorKind::SymlinkLoop)?;
    reads(&root, "s", "top")
}

fn walk_trailing_separators(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("d", "s")?;
    root.symlink("file", "f")?;
    for path in ["d/", "s/", "d/e///", "./", "s/e/", "d/e/.."] {
        same((path, matches!(open(&root, path, READ), Ok(Node::Dir(_)))), (path, true))?;
    }
    for path in ["file/", "f/", "d/inner/"] {
        refuses(&root, path, ErrorKind::NotDirectory)?;
    }
    // Without following, the separator still asks for what the link leads to.
    let found = ok(resolve(&root.dir, b"s/", false))?;
    same((found.name.as_deref(), found.must_be_dir), (Some(&b"d"[..]), true))
}

fn walk_creates_through_a_dangling_link(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("d/new", "s")?;
    root.symlink("none/new", "broken")?;
    refuses(&root, "s", ErrorKind::NotFound)?;
    let Node::File(file) = ok(open(&root, "s", NEW))? else {
        return Err("not a file".into());
    };
    ok(file.write(&[b"made"]))?;
    reads(&root, "d/new", "made")?;
    fails(open(&root, "broken", NEW), ErrorKind::NotFound)
}

fn walk_exclusive_stops_at_a_dangling_link(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("d/new", "s")?;
    let options = OpenOptions { exclusive: true, ..NEW };
    fails(open(&root, "s", options), ErrorKind::Exists)?;
    same(root.enter("d")?.has("new"), false)
}

fn walk_forty_links_and_no_more(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("file", "l1")?;
    for n in 2..=41 {
        root.symlink(&format!("l{}", n - 1), &format!("l{n}"))?;
    }
    reads(&root, "l40", "top")?;
    refuses(&root, "l41", ErrorKind::SymlinkLoop)
}

fn walk_loops(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("self", "self")?;
    root.symlink("b", "a")?;
    root.symlink("a", "b")?;
    root.symlink("d/../loop/x", "loop")?;
    for path in ["self", "self/", "self/x", "a", "b/x", "loop"] {
        refuses(&root, path, ErrorKind::SymlinkLoop)?;
    }
    Ok(())
}

fn walk_from_a_renamed_directory(place: &Place) -> Outcome {
    let root = tree(place)?;
    ok(place.rename("root", place, "moved"))?;
    reads(&root, "d/inner", "in d")?;
    refuses(&root, "../secret", ErrorKind::NotPermitted)?;
    let e = root.enter("d")?.enter("e")?;
    ok(root.rename("d", &root, "other"))?;
    reads(&e, "deep", "in e")?;
    reads(&root, "other/e/deep", "in e")
}

fn walk_after_the_parent_moved_out(place: &Place) -> Outcome {
    let root = tree(place)?;
    let d = root.enter("d")?;
    // The handle is now outside of where it was found; it still leads down only.
    ok(root.rename("d", place, "out"))?;
    reads(&d, "e/../inner", "in d")?;
    refuses(&d, "../secret", ErrorKind::NotPermitted)?;
    refuses(&root, "d/inner", ErrorKind::NotFound)
}

fn walk_from_a_removed_directory(place: &Place) -> Outcome {
    let gone = place.new_dir("gone")?;
    ok(place.dir.remove_dir(b"gone"))?;
    refuses(&gone, "x", ErrorKind::NotFound)?;
    refuses(&gone, "..", ErrorKind::NotPermitted)?;
    fails(open(&gone, "x", NEW), ErrorKind::NotFound)
}

fn walk_link_swapped_for_a_directory(place: &Place) -> Outcome {
    let root = tree(place)?;
    root.symlink("..", "trap")?;
    refuses(&root, "trap/secret", ErrorKind::NotPermitted)?;
    ok(root.dir.unlink(b"trap"))?;
    ok(root.rename("d", &root, "trap"))?;
    reads(&root, "trap/inner", "in d")
}

fn walk_deep(place: &Place) -> Outcome {
    let mut here = place.new_dir("root")?;
    let root = place.enter("root")?;
    for _ in 0..200 {
        here = here.new_dir("d")?;
    }
    here.file("f", b"deep")?;
    reads(&root, &format!("{}f", "d/".repeat(200)), "deep")?;
    let (down, up) = ("d/".repeat(200), "../".repeat(200));
    reads(&root, &format!("{down}{up}{down}f"), "deep")?;
    refuses(&root, &format!("{down}{up}../f"), ErrorKind::NotPermitted)
}

fn walk_bad_paths(place: &Place) -> Outcome {
    let root = tree(place)?;
    refuses(&root, "", ErrorKind::NotFound)?;
    refuses(&root, "d/\0", ErrorKind::InvalidInput)?;
    refuses(&root, &"d/".repeat(2500), ErrorKind::NameTooLong)?;
    refuses(&root, &format!("d/{}", "n".repeat(300)), ErrorKind::NameTooLong)
}
