//! Archives that GNU tar made, and archives that nobody should have made.
//!
//! `archives/make.sh` says what is in the stored ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use ringzero::platform::{Dir, ErrorKind, FileType, Node, OpenOptions, SetTime, Stat, Step, path::resolve};
use ringzero_platform_baremetal::{Archive, ArchiveError, ArchiveFault, MemoryDir};

const READ: OpenOptions = OpenOptions {
    read: true,
    write: false,
    create: false,
    exclusive: false,
    directory: false,
    truncate: false,
    flags: ringzero::platform::FileFlags::empty(),
};
const THEN: u64 = 1_234_567_890_000_000_000;

fn mount(bytes: impl Into<Vec<u8>>) -> Arc<dyn Dir> {
    let archive = Archive::tar(bytes.into()).unwrap_or_else(|error| panic!("{error}"));
    MemoryDir::archive(Arc::new(archive)).unwrap()
}

fn open(root: &Arc<dyn Dir>, path: &str) -> Result<Node, ErrorKind> {
    let found = resolve(root, path.as_bytes(), true)?;
    match &found.name {
        Some(name) => found.dir.open(name, READ),
        None => Ok(Node::Dir(found.dir)),
    }
}

fn read(root: &Arc<dyn Dir>, path: &str) -> Result<String, ErrorKind> {
    let Node::File(file) = open(root, path)? else { return Err(ErrorKind::IsDirectory) };
    let mut buffer = vec![0; 1 << 16];
    let count = file.read(&mut [&mut buffer])?;
    buffer.truncate(count);
    Ok(String::from_utf8(buffer).unwrap())
}

fn stat(root: &Arc<dyn Dir>, path: &str) -> Result<Stat, ErrorKind> {
    let found = resolve(root, path.as_bytes(), false)?;
    match &found.name {
        Some(name) => found.dir.stat_at(name),
        None => found.dir.stat(),
    }
}

fn names(root: &Arc<dyn Dir>, path: &str) -> Vec<String> {
    let Ok(Node::Dir(dir)) = open(root, path) else { panic!("{path} is no directory") };
    let mut names = Vec::new();
    dir.read_dir(0, &mut |entry| {
        names.push(String::from_utf8(entry.name.to_vec()).unwrap());
        Step::Continue
    })
    .unwrap();
    names
}

#[test]
fn the_old_formats_are_read() {
    for bytes in [&include_bytes!("archives/v7.tar")[..], include_bytes!("archives/ustar.tar")] {
        let root = mount(bytes);
        let all = "bin closed dangling empty etc link locked motd-again nothing pattern round unlisted";
        assert_eq!(names(&root, ".").join(" "), all);
        assert_eq!(read(&root, "bin/run").as_deref(), Ok("#!/bin/sh\n"));
        assert_eq!(read(&root, "link").as_deref(), Ok("hello\n"));
        assert_eq!(read(&root, "dangling"), Err(ErrorKind::NotFound));
        assert_eq!(read(&root, "round"), Err(ErrorKind::SymlinkLoop));
        assert_eq!(read(&root, "nothing").as_deref(), Ok(""));
        let pattern: String = (0..1250).map(|n| format!("{n:04}")).collect();
        assert_eq!(read(&root, "pattern"), Ok(pattern));
        assert_eq!(names(&root, "empty"), [""; 0]);
        let (one, other) = (stat(&root, "etc/motd").unwrap(), stat(&root, "motd-again").unwrap());
        assert_eq!((one, one.links, one.size), (other, 2, 6));
        assert_eq!((one.accessed, one.modified, one.changed), (THEN, THEN, THEN));
        assert_eq!(stat(&root, "bin/run").unwrap().permissions, 0o755);
        assert_eq!(stat(&root, ".").unwrap().links, 2 + 6);
        assert_eq!(stat(&root, "bin").unwrap().permissions, 0o755);
        assert_eq!(stat(&root, "link").unwrap().file_type, FileType::SymbolicLink);
    }
}

#[test]
fn long_names_are_read_in_both_ways() {
    let part = format!("{:0100}", 7);
    for (bytes, modified) in [
        (&include_bytes!("archives/gnu.tar")[..], THEN),
        (include_bytes!("archives/pax.tar"), THEN + 123_456_789),
    ] {
        let root = mount(bytes);
        let deep = format!("{part}-a/{part}-b/{part}-c");
        assert_eq!(read(&root, &deep).as_deref(), Ok("deep\n"));
        assert_eq!(read(&root, &format!("{part}-hard")).as_deref(), Ok("deep\n"));
        assert_eq!(stat(&root, &deep).unwrap().links, 2);
        assert_eq!(root.read_link(b"long-target"), Ok(format!("{part}/{part}").into_bytes()));
        assert_eq!(stat(&root, "etc/motd").unwrap().modified, modified);
        assert_eq!(names(&root, &format!("{part}-a")), [format!("{part}-b")]);
    }
}

#[test]
fn what_the_owner_may_not_do_is_refused() {
    let root = mount(&include_bytes!("archives/ustar.tar")[..]);
    assert_eq!(read(&root, "etc/read-only").as_deref(), Ok("look\n"));
    assert_eq!(read(&root, "etc/write-only"), Err(ErrorKind::AccessDenied));
    assert_eq!(read(&root, "closed/file"), Err(ErrorKind::AccessDenied));
    assert_eq!(names(&root, "closed"), ["file"]);
    assert_eq!(read(&root, "unlisted/file").as_deref(), Ok("inside\n"));
    assert_eq!(root.open(b"unlisted", READ).err(), Some(ErrorKind::AccessDenied));
    let directory = OpenOptions { directory: true, ..READ };
    let Ok(Node::Dir(unlisted)) = root.open(b"unlisted", directory) else { panic!("not entered") };
    assert_eq!(unlisted.read_dir(0, &mut |_| Step::Continue), Err(ErrorKind::BadDescriptor));
}

#[test]
fn a_mounted_archive_cannot_be_changed() {
    let root = mount(&include_bytes!("archives/ustar.tar")[..]);
    assert_eq!(root.unlink(b"nothing"), Err(ErrorKind::ReadOnly));
    assert_eq!(root.rename(b"nothing", &*root, b"x"), Err(ErrorKind::ReadOnly));
    assert_eq!(root.set_times_at(b"nothing", SetTime::Now, SetTime::Now), Err(ErrorKind::ReadOnly));
    let write = OpenOptions { write: true, ..READ };
    assert_eq!(root.open(b"nothing", write).err(), Some(ErrorKind::ReadOnly));
    assert_eq!(root.open(b"new", OpenOptions { create: true, ..write }).err(), Some(ErrorKind::ReadOnly));
}

#[test]
fn sparse_files_are_refused() {
    let error = Archive::tar(include_bytes!("archives/sparse.tar")).err().unwrap();
    assert_eq!((error.fault(), error.offset()), (ArchiveFault::Unsupported, 0));
    let text = "a kind of entry that is not supported (in the entry at offset 0)";
    assert_eq!(error.to_string(), text);
    let hostile = Hostile::new().extended("GNU.sparse.major=1").file("a", b"").end();
    assert_eq!(fault(hostile), (ArchiveFault::Unsupported, 0));
}

/// An archive written header by header, right or wrong.
struct Hostile(Vec<u8>);

impl Hostile {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn entry(mut self, kind: u8, name: &str, target: &str, size: &str, content: &[u8]) -> Self {
        let mut header = [0; 512];
        let fields =
            [(0, name), (100, "0000755"), (124, size), (136, "11145401322"), (157, target), (257, "ustar\0")];
        for (at, text) in fields {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        header[156] = kind;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(header);
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn file(self, name: &str, content: &[u8]) -> Self {
        let size = format!("{:011o}", content.len());
        self.entry(b'0', name, "", &size, content)
    }

    fn dir(self, name: &str) -> Self {
        self.entry(b'5', name, "", "0", b"")
    }

    fn link(self, kind: u8, name: &str, target: &str) -> Self {
        self.entry(kind, name, target, "0", b"")
    }

    /// An extended header with one record.
    fn extended(self, record: &str) -> Self {
        let mut len = record.len() + 3;
        while len != record.len() + 2 + len.to_string().len() {
            len += 1;
        }
        self.raw_extended(format!("{len} {record}\n").as_bytes())
    }

    fn raw_extended(self, content: &[u8]) -> Self {
        let size = format!("{:011o}", content.len());
        self.entry(b'x', "PaxHeader", "", &size, content)
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

fn fault(bytes: Vec<u8>) -> (ArchiveFault, usize) {
    let error: ArchiveError = Archive::tar(bytes).err().expect("it was accepted");
    (error.fault(), error.offset())
}

#[test]
fn archives_without_end_are_refused() {
    assert_eq!(fault(Vec::new()), (ArchiveFault::Truncated, 0));
    assert_eq!(fault(vec![0; 511]), (ArchiveFault::Truncated, 0));
    assert_eq!(names(&mount(vec![0; 512]), "."), [""; 0]);
    let whole = Hostile::new().file("a", b"abc").end();
    for cut in [100, 511, 512, 600, 1023, 1024, 1200] {
        let offset = if cut < 1024 { 0 } else { 1024 };
        assert_eq!(fault(whole[..cut].to_vec()), (ArchiveFault::Truncated, offset), "{cut}");
    }
    // What an extended header announces has to come.
    let announced = Hostile::new().extended("path=a").end();
    assert_eq!(fault(announced), (ArchiveFault::Truncated, 1024));
}

#[test]
fn numbers_that_lie_are_refused() {
    let mut sum = Hostile::new().file("a", b"").end();
    sum[3] ^= 1;
    assert_eq!(fault(sum), (ArchiveFault::Checksum, 0));
    for size in ["77777777777", "00000003001"] {
        let past = Hostile::new().entry(b'0', "a", "", size, b"abc").end();
        assert_eq!(fault(past), (ArchiveFault::Truncated, 0), "{size}");
    }
    let digits = Hostile::new().entry(b'0', "a", "", "0000000800", b"").end();
    assert_eq!(fault(digits), (ArchiveFault::Number, 0));
    for value in ["18446744073709551615", "9223372036854775807"] {
        let huge = Hostile::new().extended(&format!("size={value}")).file("a", b"").end();
        assert_eq!(fault(huge), (ArchiveFault::Truncated, 1024), "{value}");
    }
    for value in ["99999999999999999999", "-1", "1x", "0x10"] {
        let bad = Hostile::new().extended(&format!("size={value}")).file("a", b"").end();
        assert_eq!(fault(bad), (ArchiveFault::Number, 0), "{value}");
    }
}

#[test]
fn records_that_lie_are_refused() {
    for record in [
        "",
        "x",
        "5 a=\n",
        "7 a=b\n",
        "0 \n",
        "99999999999999999999 a=b\n",
        "6 a=b\n6 a=b",
        " a=b\n",
        "5 ab\n",
    ] {
        let archive = Hostile::new().raw_extended(record.as_bytes()).file("a", b"").end();
        let accepted = record.is_empty() || record == "5 a=\n";
        match Archive::tar(archive) {
            Ok(_) => assert!(accepted, "{record:?}"),
            Err(error) => assert_eq!((error.fault(), accepted), (ArchiveFault::Record, false), "{record:?}"),
        }
    }
}

#[test]
fn times_have_fractions_and_a_beginning() {
    for (text, nanos) in [("1", 1_000_000_000), ("1.5", 1_500_000_000), ("0.0000000019", 1), ("-3.25", 0)] {
        let root = mount(Hostile::new().extended(&format!("mtime={text}")).file("a", b"").end());
        assert_eq!(stat(&root, "a").unwrap().modified, nanos, "{text}");
    }
    for text in ["x", ".5", "1.x", "--1"] {
        let archive = Hostile::new().extended(&format!("mtime={text}")).file("a", b"").end();
        assert_eq!(fault(archive).0, ArchiveFault::Number, "{text}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused_or_tamed() {
    for name in ["..", "../a", "a/../b", "a/..", "", "/", "././"] {
        assert_eq!(fault(Hostile::new().file(name, b"").end()), (ArchiveFault::Name, 0), "{name:?}");
    }
    let nul = Hostile::new().extended("path=a\0b").file("x", b"").end();
    assert_eq!(fault(nul), (ArchiveFault::Name, 1024));
    for (name, good) in [("n".repeat(255), true), ("n".repeat(256), false)] {
        let archive = Hostile::new().extended(&format!("path={name}")).file("x", b"").end();
        assert_eq!(Archive::tar(archive).is_ok(), good);
    }
    for (name, good) in [("a/".repeat(511) + "b", true), ("a/".repeat(512) + "b", false)] {
        let archive = Hostile::new().extended(&format!("path={name}")).file("x", b"").end();
        assert_eq!(Archive::tar(archive).is_ok(), good);
    }
    let root = mount(Hostile::new().file("/etc//passwd", b"1").file("./b/./c", b"2").dir("./").end());
    assert_eq!(
        (names(&root, "."), names(&root, "etc")),
        (vec!["b".into(), "etc".into()], vec!["passwd".into()])
    );
    assert_eq!(read(&root, "b/c").as_deref(), Ok("2"));
}

#[test]
fn a_name_given_twice_is_the_later_entry() {
    let archive = Hostile::new().dir("d").file("d/a", b"old").link(b'1', "kept", "d/a").file("d/a", b"new");
    let root = mount(archive.link(b'2', "s", "x").link(b'2', "s", "d/a").dir("d/").end());
    assert_eq!(read(&root, "d/a").as_deref(), Ok("new"));
    assert_eq!(read(&root, "s").as_deref(), Ok("new"));
    assert_eq!(read(&root, "kept").as_deref(), Ok("old"));
    assert_eq!(stat(&root, "kept").unwrap().links, 1);
    assert_eq!(names(&root, "d"), ["a"]);
}

#[test]
fn what_is_a_directory_stays_one() {
    for archive in [
        Hostile::new().dir("d").file("d", b""),
        Hostile::new().file("d/a", b"").link(b'2', "d", "x"),
        Hostile::new().file("a", b"").dir("a"),
        Hostile::new().file("a", b"").file("a/b", b""),
        // The classic: through a link to somewhere else.
        Hostile::new().link(b'2', "l", "/etc").file("l/passwd", b""),
        Hostile::new().file("f", b"").dir("d").link(b'1', "d", "f"),
    ] {
        assert_eq!(fault(archive.end()).0, ArchiveFault::Conflict);
    }
}

#[test]
fn links_to_nowhere_and_in_circles() {
    for (name, target) in [("a", "none"), ("a", "a"), ("a", "d"), ("a", "../x"), ("a", ""), ("a", "f/g")] {
        let archive = Hostile::new().dir("d").file("f", b"").link(b'1', name, target).end();
        let (fault, offset) = fault(archive);
        assert!(matches!(fault, ArchiveFault::Link | ArchiveFault::Name), "{target}: {fault}");
        assert_eq!(offset, 1024);
    }
    assert_eq!(fault(Hostile::new().link(b'2', "s", "").end()).0, ArchiveFault::Link);
    let long = Hostile::new().extended(&format!("linkpath={}", "x".repeat(4096))).link(b'2', "s", "x");
    assert_eq!(fault(long.end()), (ArchiveFault::Link, 5120));
    let round = Hostile::new().link(b'2', "a", "b").link(b'2', "b", "a").link(b'2', "up", "../..");
    let root = mount(round.file("f", b"").link(b'1', "f", "f").link(b'1', "sym", "a").end());
    assert_eq!(read(&root, "a"), Err(ErrorKind::SymlinkLoop));
    assert_eq!(read(&root, "up/etc/passwd"), Err(ErrorKind::NotPermitted));
    assert_eq!(stat(&root, "sym").unwrap(), stat(&root, "a").unwrap());
    assert_eq!(stat(&root, "f").unwrap().links, 1);
}

#[test]
fn devices_are_left_out_and_unknown_kinds_refused() {
    let archive = Hostile::new().link(b'3', "null", "").link(b'4', "disk", "").link(b'6', "pipe", "");
    let archive = Archive::tar(archive.file("f", b"").end()).unwrap();
    assert_eq!((archive.skipped(), archive.nodes()), (3, 2));
    for kind in [b'D', b'M', b'S', b'Z', 0xff] {
        let archive = Hostile::new().entry(kind, "f", "", "0", b"").end();
        assert_eq!(fault(archive).0, ArchiveFault::Unsupported, "{kind}");
    }
}

#[test]
fn a_global_header_holds_until_it_is_taken_back() {
    let one = b"11 mtime=5\n";
    let archive = Hostile::new().entry(b'g', "", "", "00000000013", one).file("a", b"").file("b", b"");
    let root = mount(archive.entry(b'g', "", "", "00000000012", b"10 mtime=\n").file("c", b"").end());
    let times = ["a", "b", "c"].map(|name| stat(&root, name).unwrap().modified);
    assert_eq!(times, [5_000_000_000, 5_000_000_000, THEN]);
}
