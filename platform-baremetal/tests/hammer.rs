//! Many threads on one file system: nothing is lost, nothing is left, nothing hangs.

use std::sync::Arc;
use std::thread;

use ringzero::platform::{Dir, ErrorKind, FileFlags, Node, OpenOptions, Step};
use ringzero_platform_baremetal::{Archive, FixedClock, MemoryDir, Quota, Usage};

const NEW: OpenOptions = OpenOptions {
    read: true,
    write: true,
    create: true,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: FileFlags::APPEND,
};

/// Makes, links, renames, lists and removes names that the other threads use too.
fn stir(root: &Arc<MemoryDir>, seed: usize) {
    for round in 0..400 {
        let name = |n: usize| format!("n{}", (seed * 7 + round * 3 + n) % 5);
        let expected = [
            ErrorKind::NotFound,
            ErrorKind::Exists,
            ErrorKind::NotEmpty,
            ErrorKind::IsDirectory,
            ErrorKind::NotDirectory,
            ErrorKind::NotPermitted,
            ErrorKind::InvalidInput,
            ErrorKind::SymlinkLoop,
        ];
        let opened = root.open(name(0).as_bytes(), NEW);
        if let Ok(Node::File(file)) = &opened {
            assert_eq!(file.write(&[&[7; 3000]]), Ok(3000));
        }
        let results = [
            opened.map(drop),
            root.create_dir(name(1).as_bytes()),
            root.link(name(0).as_bytes(), &**root, name(2).as_bytes()),
            root.rename(name(1).as_bytes(), &**root, name(3).as_bytes()),
            root.read_dir(0, &mut |entry| if entry.next > 3 { Step::Stop } else { Step::Continue }),
            root.symlink(b"x", name(4).as_bytes()),
            root.unlink(name(2).as_bytes()),
            root.remove_dir(name(3).as_bytes()),
        ];
        for result in results {
            assert!(result.err().is_none_or(|error| expected.contains(&error)), "{result:?}");
        }
    }
}

#[test]
fn names_are_stirred_and_all_is_given_back() {
    let root = MemoryDir::new(Quota::default());
    stir_from_four_threads(&root);
    assert_eq!(root.usage(), Usage { bytes: 0, inodes: 1, handles: 0 });
    assert_eq!(root.stat().map(|stat| (stat.links, stat.size)), Ok((2, 0)));
}

#[test]
fn names_are_stirred_above_an_archive() {
    let Ok(archive) = Archive::tar(include_bytes!("archives/ustar.tar")) else { panic!("not an archive") };
    let clock = Arc::new(FixedClock::new(0, 0));
    let Ok(root) = MemoryDir::overlay(Arc::new(archive), Quota::default(), clock) else {
        panic!("no memory")
    };
    stir_from_four_threads(&root);
    let mut names = 0;
    let listed = root.read_dir(0, &mut |entry| {
        names += 160 + entry.name.len() as u64;
        Step::Continue
    });
    assert_eq!((listed, root.usage()), (Ok(()), Usage { bytes: names, inodes: 1, handles: 0 }));
    assert_eq!(root.stat().map(|stat| (stat.links, stat.size)), Ok((8, 12)));
}

fn stir_from_four_threads(root: &Arc<MemoryDir>) {
    thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || stir(root, seed));
        }
    });
    for n in 0..5 {
        let name = format!("n{n}");
        if root.unlink(name.as_bytes()) == Err(ErrorKind::IsDirectory) {
            assert_eq!(root.remove_dir(name.as_bytes()), Ok(()));
        }
    }
}

#[test]
fn appends_from_many_threads_are_whole() {
    let root = MemoryDir::new(Quota::default());
    thread::scope(|scope| {
        for n in 0..4u8 {
            let Ok(Node::File(file)) = root.open(b"f", NEW) else { panic!("not a file") };
            scope.spawn(move || (0..500).for_each(|_| assert_eq!(file.write(&[&[n; 5], &[n; 2]]), Ok(7))));
        }
    });
    let Ok(Node::File(file)) = root.open(b"f", NEW) else { panic!("not a file") };
    let mut bytes = vec![0; 14_000];
    assert_eq!(file.read_at(&mut [&mut bytes], 0), Ok(14_000));
    assert!(bytes.chunks(7).all(|piece| piece.iter().all(|b| b == &piece[0])));
}
