//! Walks, checked on the test bed's file system: what a path reaches, and that no path gets out.

use alloc::{format, string::String, sync::Arc, vec, vec::Vec};

use super::path::{Resolved, check_component, resolve};
use super::testing::{Faults, TestDir, Tracer};
use super::{Dir, ErrorKind, Node, OpenOptions, Result};

/// `/file`, `/d/inner`, `/d/e/deep`.
fn tree() -> Arc<dyn Dir> {
    let root = TestDir::new();
    root.put("file", b"top").unwrap();
    root.create_dir(b"d").unwrap();
    let d = enter(&*root, "d");
    d.create_dir(b"e").unwrap();
    write(&*d, "inner", b"in d");
    write(&*enter(&*d, "e"), "deep", b"in e");
    root
}

fn enter(dir: &dyn Dir, name: &str) -> Arc<dyn Dir> {
    match dir.open(name.as_bytes(), OpenOptions::default()) {
        Ok(Node::Dir(dir)) => dir,
        Ok(Node::File(_)) => panic!("{name} is a file"),
        Err(error) => panic!("{name}: {error}"),
    }
}

fn write(dir: &dyn Dir, name: &str, content: &[u8]) {
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    match dir.open(name.as_bytes(), options) {
        Ok(Node::File(file)) => assert_eq!(file.write(&[content]), Ok(content.len())),
        _ => panic!("{name}"),
    }
}

fn follow(root: &Arc<dyn Dir>, path: &str) -> Result<Resolved> {
    resolve(root, path.as_bytes(), true)
}

/// Follows links, opens what is found and reads it.
fn read(root: &Arc<dyn Dir>, path: &str) -> Result<String> {
    let found = follow(root, path)?;
    let options = OpenOptions { read: true, ..OpenOptions::default() };
    let Node::File(file) = found.dir.open(found.name_or(ErrorKind::IsDirectory)?, options)? else {
        return Err(ErrorKind::IsDirectory);
    };
    let mut buffer = [0; 64];
    let count = file.read(&mut [&mut buffer])?;
    Ok(String::from_utf8_lossy(&buffer[..count]).into_owned())
}

fn error(root: &Arc<dyn Dir>, path: &str) -> ErrorKind {
    follow(root, path).err().unwrap_or_else(|| panic!("{path} was resolved"))
}

#[test]
fn plain_paths_lead_where_they_say() {
    let root = tree();
    for (path, content) in [
        ("file", "top"),
        ("./file", "top"),
        ("d/inner", "in d"),
        ("d//inner", "in d"),
        ("d/./e/../inner", "in d"),
        ("d/e/../../file", "top"),
        ("./d/e/deep", "in e"),
    ] {
        assert_eq!(read(&root, path).as_deref(), Ok(content), "{path}");
    }
}

#[test]
fn a_path_to_a_handle_has_no_name() {
    let root = tree();
    for path in [".", "./", "d/..", "d/e/../..", "d/../."] {
        let found = follow(&root, path).unwrap();
        assert_eq!(found.name, None, "{path}");
        assert_eq!(found.name_or(ErrorKind::Busy), Err(ErrorKind::Busy));
        assert_eq!(found.dir.stat().unwrap().inode, root.stat().unwrap().inode);
    }
}

#[test]
fn a_trailing_separator_asks_for_a_directory() {
    let root = tree();
    let found = follow(&root, "d/").unwrap();
    assert_eq!((found.name.as_deref(), found.must_be_dir), (Some(&b"d"[..]), true));
    assert!(!follow(&root, "d").unwrap().must_be_dir);
    assert!(follow(&root, "d/e///").unwrap().must_be_dir);
    // The name need not be there: mkdir("new/") is fine.
    assert!(follow(&root, "new/").unwrap().must_be_dir);
    assert!(follow(&root, "d/../").unwrap().must_be_dir);
}

#[test]
fn no_dots_lead_out() {
    let root = tree();
    for path in ["..", "../", "../x", "d/../..", "d/../../d", "./..", "d/e/../../../file", "../../.."] {
        assert_eq!(error(&root, path), ErrorKind::NotPermitted, "{path}");
    }
}

#[test]
fn bad_paths_are_refused_before_anything_is_opened() {
    let tracer = Tracer::new();
    let root = tracer.dir(tree());
    assert_eq!(error(&root, ""), ErrorKind::NotFound);
    assert_eq!(error(&root, "/"), ErrorKind::NotPermitted);
    assert_eq!(error(&root, "/file"), ErrorKind::NotPermitted);
    assert_eq!(error(&root, "d/a\0b"), ErrorKind::InvalidInput);
    assert_eq!(error(&root, &"x/".repeat(3000)), ErrorKind::NameTooLong);
    assert_eq!(tracer.take(), Vec::<String>::new());
}

#[test]
fn what_is_missing_or_no_directory_says_so() {
    let root = tree();
    assert_eq!(error(&root, "none/x"), ErrorKind::NotFound);
    assert_eq!(error(&root, "file/x"), ErrorKind::NotDirectory);
    assert_eq!(error(&root, "file/.."), ErrorKind::NotDirectory);
    assert_eq!(error(&root, "file/."), ErrorKind::NotDirectory);
    assert_eq!(error(&root, "none/.."), ErrorKind::NotFound);
    // The last component is the caller's to look up.
    assert_eq!(follow(&root, "none").unwrap().name.as_deref(), Some(&b"none"[..]));
}

#[test]
fn links_are_followed_from_where_they_stand() {
    let root = tree();
    let d = enter(&*root, "d");
    root.symlink(b"d/e", b"to_e").unwrap();
    root.symlink(b"to_e", b"to_to_e").unwrap();
    d.symlink(b"../file", b"up").unwrap();
    d.symlink(b"e/../inner", b"around").unwrap();
    d.symlink(b".", b"self").unwrap();
    for (path, content) in [
        ("to_e/deep", "in e"),
        ("to_to_e/deep", "in e"),
        ("d/up", "top"),
        ("d/around", "in d"),
        ("d/self/self/self/inner", "in d"),
        // `..` after a link goes up from where the link leads.
        ("to_e/../inner", "in d"),
    ] {
        assert_eq!(read(&root, path).as_deref(), Ok(content), "{path}");
    }
}

#[test]
fn the_last_link_is_followed_only_when_asked() {
    let root = tree();
    root.symlink(b"file", b"link").unwrap();
    root.symlink(b"d", b"dirlink").unwrap();
    let found = resolve(&root, b"link", false).unwrap();
    assert_eq!(found.name.as_deref(), Some(&b"link"[..]));
    let found = resolve(&root, b"link", true).unwrap();
    assert_eq!(found.name.as_deref(), Some(&b"file"[..]));
    // A trailing separator asks for the directory, which the link is not.
    let found = resolve(&root, b"dirlink/", false).unwrap();
    assert_eq!((found.name.as_deref(), found.must_be_dir), (Some(&b"d"[..]), true));
}

#[test]
fn a_dangling_link_leads_to_the_name_it_lacks() {
    let root = tree();
    root.symlink(b"d/new", b"dangling").unwrap();
    root.symlink(b"none/new", b"broken").unwrap();
    let found = follow(&root, "dangling").unwrap();
    write(&*found.dir, "new", b"made");
    assert_eq!(found.name.as_deref(), Some(&b"new"[..]));
    assert_eq!(read(&root, "d/new").as_deref(), Ok("made"));
    assert_eq!(error(&root, "broken"), ErrorKind::NotFound);
}

#[test]
fn no_link_leads_out() {
    let root = tree();
    let d = enter(&*root, "d");
    root.symlink(b"..", b"parent").unwrap();
    root.symlink(b"/etc/passwd", b"absolute").unwrap();
    root.symlink(b"d/../../x", b"roundabout").unwrap();
    root.symlink(b"parent", b"chained").unwrap();
    d.symlink(b"../..", b"two_up").unwrap();
    d.symlink(b"/", b"root").unwrap();
    for path in [
        "parent",
        "parent/",
        "parent/x",
        "absolute",
        "roundabout",
        "chained",
        "chained/y",
        "d/two_up",
        "d/root",
        "d/root/file",
        "d/two_up/d",
    ] {
        assert_eq!(error(&root, path), ErrorKind::NotPermitted, "{path}");
    }
    // Not followed, it is a name like any other.
    assert!(resolve(&root, b"absolute", false).is_ok());
}

#[test]
fn loops_and_long_chains_end() {
    let root = tree();
    root.symlink(b"self", b"self").unwrap();
    root.symlink(b"b", b"a").unwrap();
    root.symlink(b"a", b"b").unwrap();
    for path in ["self", "self/x", "a", "b/", "a/x"] {
        assert_eq!(error(&root, path), ErrorKind::SymlinkLoop, "{path}");
    }
    root.symlink(b"file", b"l1").unwrap();
    for n in 2..=41 {
        let (target, name) = (format!("l{}", n - 1), format!("l{n}"));
        root.symlink(target.as_bytes(), name.as_bytes()).unwrap();
    }
    assert_eq!(read(&root, "l40").as_deref(), Ok("top"));
    assert_eq!(error(&root, "l41"), ErrorKind::SymlinkLoop);
}

#[test]
fn links_that_multiply_are_cut_off() {
    let root = tree();
    // Each link holds the next one many times over: 2000 bytes at each step.
    let many = "x/".repeat(1000);
    root.symlink(many.as_bytes(), b"x").unwrap();
    let found = error(&root, "x/y");
    assert!(matches!(found, ErrorKind::SymlinkLoop | ErrorKind::NameTooLong), "{found:?}");
}

#[test]
fn no_walk_holds_more_than_512_levels() {
    let root = tree();
    let mut here = root.clone();
    for _ in 0..513 {
        here.create_dir(b"x").unwrap();
        here = enter(&*here, "x");
    }
    assert!(follow(&root, &"x/".repeat(513)).is_ok(), "the last one is the caller's to open");
    assert_eq!(error(&root, &("x/".repeat(513) + "y")), ErrorKind::NameTooLong);
    // Depth counts, not length.
    assert!(follow(&root, &("x/../".repeat(600) + "x")).is_ok());
    // Links do not add up to more.
    root.symlink("x/".repeat(300).as_bytes(), b"down").unwrap();
    let mut below = root.clone();
    for _ in 0..300 {
        below = enter(&*below, "x");
    }
    below.symlink("x/".repeat(213).as_bytes(), b"down").unwrap();
    assert!(follow(&root, "down/x").is_ok());
    assert_eq!(error(&root, "down/down/x"), ErrorKind::NameTooLong);
}

#[test]
fn a_renamed_directory_stays_the_same_handle() {
    let root = tree();
    let d = enter(&*root, "d");
    root.rename(b"d", &*root, b"moved").unwrap();
    assert_eq!(read(&d, "e/deep").as_deref(), Ok("in e"));
    assert_eq!(read(&root, "moved/e/deep").as_deref(), Ok("in e"));
    // From inside, the way up is still closed.
    assert_eq!(error(&d, ".."), ErrorKind::NotPermitted);
}

#[test]
fn a_rename_under_a_walk_does_not_widen_it() {
    let root = tree();
    let inner = enter(&*enter(&*root, "d"), "e");
    enter(&*root, "d").rename(b"e", &*root, b"e").unwrap();
    // The handle's parent is now the root, yet `..` from it is still a way out.
    assert_eq!(error(&inner, "../file"), ErrorKind::NotPermitted);
    assert_eq!(read(&inner, "deep").as_deref(), Ok("in e"));
}

#[test]
fn every_failure_on_the_way_comes_back() {
    let root = tree();
    root.symlink(b"d/e", b"to_e").unwrap();
    let faults = Faults::new();
    let faulty = faults.dir(root);
    let mut reported = vec![];
    for nth in 1.. {
        faults.fail(nth, ErrorKind::Io);
        let result = resolve(&faulty, b"to_e/deep", true);
        if !faults.struck() {
            assert!(result.is_ok());
            break;
        }
        reported.push(result.err());
    }
    assert!(reported.len() >= 4, "{reported:?}");
    // Asking whether the last component is a link may fail: then the caller's own look-up meets the error.
    let lost = reported.iter().filter(|e| **e != Some(ErrorKind::Io)).count();
    assert!(lost <= 2, "{reported:?}");
}

#[test]
fn components_are_checked() {
    for bad in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0"] {
        assert_eq!(check_component(bad), Err(ErrorKind::InvalidInput), "{bad:?}");
    }
    for good in [&b"a"[..], b"...", b".a", b"\xff", b"a b", b"a\\b"] {
        assert_eq!(check_component(good), Ok(()), "{good:?}");
    }
}
