//! Memory that is refused once, at every point of a story about an archive and what is written above it: an error
//! each time, nothing half done, nothing lost.
#![expect(unsafe_code, reason = "an allocator that refuses is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use ringzero::platform::{Dir, ErrorKind, File, FileFlags, Node, OpenOptions, Step};
use ringzero::reserve::ReservingAllocator;
use ringzero_platform_baremetal::{Archive, ArchiveFault, FixedClock, MemoryDir, Quota};

std::thread_local! {
    /// How many allocations succeed until one is refused; nothing where none is.
    static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    /// Bytes that this thread has allocated and not freed.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

struct Refusing;

// SAFETY: all is done by `System`, or nothing; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let refused = match LEFT.get() {
            Some(0) => {
                LEFT.set(None);
                true
            }
            Some(left) => {
                LEFT.set(Some(left - 1));
                false
            }
            None => false,
        };
        if refused {
            return std::ptr::null_mut();
        }
        LIVE.set(LIVE.get() + layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

fn here() -> usize {
    LEFT.with(|left| std::ptr::from_ref(left) as usize)
}

#[global_allocator]
static ALLOCATOR: ReservingAllocator<Refusing> = ReservingAllocator::new(Refusing, here);

/// Runs `call` with one allocation refused; whether it came to that.
fn refusing<T>(after: u32, call: impl FnOnce() -> T) -> (T, bool) {
    LEFT.set(Some(after));
    let result = call();
    let met = LEFT.take().is_none();
    (result, met)
}

const READ: OpenOptions = OpenOptions {
    read: true,
    write: false,
    create: false,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: FileFlags::empty(),
};
const BOTH: OpenOptions = OpenOptions { write: true, ..READ };
const NEW: OpenOptions = OpenOptions { create: true, ..BOTH };

fn dir(of: &dyn Dir, name: &[u8]) -> Result<Arc<dyn Dir>, ErrorKind> {
    match of.open(name, READ)? {
        Node::Dir(dir) => Ok(dir),
        Node::File(_) => Err(ErrorKind::NotDirectory),
    }
}

fn file(of: &dyn Dir, name: &[u8], options: OpenOptions) -> Result<Arc<dyn File>, ErrorKind> {
    match of.open(name, options)? {
        Node::File(file) => Ok(file),
        Node::Dir(_) => Err(ErrorKind::IsDirectory),
    }
}

type Scene = fn(&dyn Dir) -> Result<(), ErrorKind>;
/// Each may be played again where it failed.
const STORY: [Scene; 13] = [
    |root| file(root, b"pattern", BOTH)?.write_at(&[b"changed"], 4090).map(drop),
    |root| file(root, b"pattern", BOTH)?.allocate(0, 200_000),
    |root| file(root, b"pattern", BOTH)?.set_size(5),
    |root| root.create_dir(b"new"),
    |root| root.symlink(b"some/where", b"s"),
    |root| root.read_link(b"s").map(drop),
    |root| root.link(b"motd-again", &*dir(root, b"new")?, b"linked"),
    |root| root.rename(b"etc", &*dir(root, b"new")?, b"etc"),
    |root| dir(&*dir(root, b"new")?, b"etc")?.unlink(b"motd"),
    |root| dir(root, b"bin")?.rename(b"run", root, b"pattern"),
    |root| root.remove_dir(b"empty"),
    |root| {
        let bin = dir(root, b"bin")?;
        (0..200u8).try_for_each(|n| {
            let name = [b'0' + n / 100, b'0' + n / 10 % 10, b'0' + n % 10];
            file(&*bin, &name, NEW)?.write_at(&[b"x"], 0).map(drop)
        })
    },
    |root| remove_all(&*dir(root, b"bin")?),
];

/// Removes one name after the other. Nothing here allocates but what is tested.
fn remove_all(of: &dyn Dir) -> Result<(), ErrorKind> {
    let mut buffer = [0; 255];
    loop {
        let mut found = None;
        of.read_dir(0, &mut |entry| {
            buffer[..entry.name.len()].copy_from_slice(entry.name);
            found = Some(entry.name.len());
            Step::Stop
        })?;
        match found {
            Some(len) => of.unlink(&buffer[..len])?,
            None => return Ok(()),
        }
    }
}

fn archive() -> Result<Archive, ArchiveFault> {
    let bytes: &'static [u8] = include_bytes!("archives/ustar.tar");
    Archive::tar(bytes).map_err(|error| error.fault())
}

#[test]
fn an_archive_is_read_or_refused() {
    let live = LIVE.get();
    let mut refused = 0;
    loop {
        let (read, met) = refusing(refused, archive);
        match read {
            Ok(archive) => assert_eq!((met, archive.nodes()), (false, 19)),
            Err(fault) => assert_eq!((met, fault), (true, ArchiveFault::OutOfMemory)),
        }
        assert_eq!(LIVE.get(), live);
        if !met {
            break;
        }
        refused += 1;
    }
    assert!(refused > 5, "only {refused} allocations");
}

#[test]
fn what_fails_for_lack_of_memory_succeeds_when_there_is_some() {
    let archive = Arc::new(archive().unwrap());
    let clock = Arc::new(FixedClock::new(0, 0));
    let live = LIVE.get();
    let (mut after, mut refused) = (0, 0);
    loop {
        let mount = || MemoryDir::overlay(archive.clone(), Quota::default(), clock.clone());
        let root = refusing(after, mount).0.or_else(|_| mount()).unwrap();
        let mut met_any = false;
        for (n, scene) in STORY.iter().enumerate() {
            let (played, met) = refusing(after, || scene(&*root));
            met_any |= met;
            if let Err(error) = played {
                assert_eq!((met, error), (true, ErrorKind::OutOfMemory), "scene {n} after {after}");
                refused += 1;
                assert_eq!(scene(&*root), Ok(()), "scene {n}, played again after {after}");
            }
        }
        let names = ["closed", "locked", "unlisted"];
        assert_eq!(root.usage().handles, 0);
        // What the archive's permissions protect goes with the file system.
        assert_eq!(names.map(|name| root.stat_at(name.as_bytes()).is_ok()), [true; 3]);
        drop(root);
        assert_eq!(LIVE.get(), live, "after {after}");
        if !met_any {
            break;
        }
        after += 1;
    }
    println!("counts: files: {refused} refused allocations in {} scenes", STORY.len());
    assert!(refused > 100, "only {refused} refusals were seen");
}
