//! The headers of a tar archive.
//!
//! In: bytes. Out: what each entry says, handed to the tree. Formats: POSIX.1-2024 `pax`, its ustar, GNU tar's
//! long names (`L`, `K`) and base-256 numbers. It never follows a number without comparing it with the length.

use alloc::vec::Vec;

use super::tree::{Attributes, Path, Tree};
use super::{ArchiveError, ArchiveFault, Entry, Node, Span};

const BLOCK: usize = 512;
const NANOS: u64 = 1_000_000_000;

type Result<T> = core::result::Result<T, ArchiveFault>;

/// Nodes, names, and how many entries were left out.
pub(super) fn read(bytes: &[u8]) -> core::result::Result<(Vec<Node>, Vec<Entry>, usize), ArchiveError> {
    let tree = Tree::new(bytes).map_err(|fault| ArchiveError::new(0, fault))?;
    let nothing = Extended::default();
    let mut reader = Reader { bytes, tree, global: nothing, local: nothing, skipped: 0 };
    let mut at = 0;
    while let Some(next) = reader.entry(at).map_err(|fault| ArchiveError::new(at, fault))? {
        at = next;
    }
    let (nodes, entries) = reader.tree.finish();
    Ok((nodes, entries, reader.skipped))
}

/// What an extended header says in place of the header behind it.
#[derive(Clone, Copy, Default)]
struct Extended {
    path: Option<Span>,
    target: Option<Span>,
    size: Option<u64>,
    modified: Option<u64>,
}

struct Reader<'a> {
    bytes: &'a [u8],
    tree: Tree<'a>,
    /// For all entries that follow.
    global: Extended,
    /// For the next one.
    local: Extended,
    skipped: usize,
}

impl Reader<'_> {
    /// Reads one header and what belongs to it. Where the next begins; `None` at the end.
    fn entry(&mut self, at: usize) -> Result<Option<usize>> {
        let header = Header::new(self.bytes, at)?;
        if header.block.iter().all(|&byte| byte == 0) {
            // What an extended header announces has to come.
            let complete = self.local.is_empty();
            return if complete { Ok(None) } else { Err(ArchiveFault::Truncated) };
        }
        header.check_sum()?;
        let kind = header.kind();
        let size = match kind {
            b'1'..=b'6' => 0,
            b'x' | b'g' | b'L' | b'K' => header.number(124, 12)?,
            _ => self.local.size.or(self.global.size).map_or_else(|| header.number(124, 12), Ok)?,
        };
        let content = self.content(at, size)?;
        match kind {
            b'x' => self.local = records(self.bytes, content, self.local)?,
            b'g' => self.global = records(self.bytes, content, self.global)?,
            b'L' => self.local.path = Some(until_nul(self.bytes, content)),
            b'K' => self.local.target = Some(until_nul(self.bytes, content)),
            _ => {
                self.member(&header, kind, content)?;
                self.local = Extended::default();
            }
        }
        Ok(Some(content.start + content.len.next_multiple_of(BLOCK)))
    }

    /// Where the content of the entry at `at` is. It and its padding lie within the archive.
    fn content(&self, at: usize, size: u64) -> Result<Span> {
        let len = usize::try_from(size).map_err(|_| ArchiveFault::Truncated)?;
        let start = at + BLOCK;
        let padded = len.checked_next_multiple_of(BLOCK).ok_or(ArchiveFault::Truncated)?;
        let end = start.checked_add(padded).filter(|&end| end <= self.bytes.len());
        end.map(|_| Span { start, len }).ok_or(ArchiveFault::Truncated)
    }

    /// A file, directory or link.
    fn member(&mut self, header: &Header<'_>, kind: u8, content: Span) -> Result<()> {
        let path = match self.local.path.or(self.global.path) {
            Some(name) => Path { prefix: Span::default(), name },
            None => header.path(),
        };
        let target = self.local.target.or(self.global.target).unwrap_or_else(|| header.text(157, 100));
        let attributes = self.attributes(header)?;
        match kind {
            b'0' | b'7' => self.tree.file(path, content, attributes),
            b'1' => self.tree.hard_link(path, Path { prefix: Span::default(), name: target }),
            b'2' => self.tree.symbolic_link(path, target, attributes),
            b'5' => self.tree.directory(path, attributes),
            // Character and block devices, pipes.
            b'3' | b'4' | b'6' => {
                self.skipped += 1;
                Ok(())
            }
            // A label of the volume, without meaning for the tree.
            b'V' => Ok(()),
            _ => Err(ArchiveFault::Unsupported),
        }
    }

    fn attributes(&self, header: &Header<'_>) -> Result<Attributes> {
        let modified = match self.local.modified.or(self.global.modified) {
            Some(modified) => modified,
            None => header.time()?.saturating_mul(NANOS),
        };
        // Masked: twelve bits are left.
        let permissions = (header.number(100, 8)? & 0o7777) as u16;
        Ok(Attributes { permissions, modified })
    }
}

impl Extended {
    fn is_empty(&self) -> bool {
        let Self { path, target, size, modified } = self;
        path.is_none() && target.is_none() && size.is_none() && modified.is_none()
    }
}

/// One block that describes what follows it.
struct Header<'a> {
    block: &'a [u8],
    at: usize,
}

impl<'a> Header<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Result<Self> {
        let block = at.checked_add(BLOCK).and_then(|end| bytes.get(at..end));
        block.map(|block| Self { block, at }).ok_or(ArchiveFault::Truncated)
    }

    fn field(&self, from: usize, len: usize) -> &'a [u8] {
        self.block.get(from..from + len).unwrap_or(&[])
    }

    /// A text that ends with its field or with a NUL byte.
    fn text(&self, from: usize, len: usize) -> Span {
        let len = self.field(from, len).iter().position(|&b| b == 0).unwrap_or(len);
        Span { start: self.at + from, len }
    }

    /// What kind of entry it is. The old format marks a directory by a separator at its name's end.
    fn kind(&self) -> u8 {
        let name = self.text(0, 100);
        let last = name.len.checked_sub(1).and_then(|at| self.block.get(at));
        match self.block.get(156) {
            Some(0) if last == Some(&b'/') => b'5',
            Some(0) | None => b'0',
            Some(&kind) => kind,
        }
    }

    fn path(&self) -> Path {
        // GNU tar's own format keeps other things where ustar keeps the prefix, and says so.
        let has_prefix = self.field(257, 6) == b"ustar\0";
        let prefix = if has_prefix { self.text(345, 155) } else { Span::default() };
        Path { prefix, name: self.text(0, 100) }
    }

    /// The sum of all bytes, those of the sum itself taken as spaces. Old writers added signed bytes.
    fn check_sum(&self) -> Result<()> {
        let sum = self.field(148, 8);
        let outside = || self.block.iter().enumerate().filter(|(at, _)| !(148..156).contains(at));
        let unsigned: u64 = outside().map(|(_, &byte)| u64::from(byte)).sum();
        let high = outside().filter(|(_, byte)| **byte >= 128).count() as u64;
        let spaces = 8 * u64::from(b' ');
        let wanted = octal(sum).map_err(|_| ArchiveFault::Checksum)?;
        // Each byte from 128 on counts 256 less where it is signed.
        let signed = (unsigned + spaces).checked_sub(256 * high);
        if wanted == unsigned + spaces || Some(wanted) == signed {
            return Ok(());
        }
        Err(ArchiveFault::Checksum)
    }

    /// A number in octal digits, or where the first bit is set, in the bits behind it.
    fn number(&self, from: usize, len: usize) -> Result<u64> {
        let field = self.field(from, len);
        match field.split_first() {
            Some((0x80, rest)) => rest.iter().try_fold(0u64, |number, &byte| {
                let shifted = number.checked_mul(256).ok_or(ArchiveFault::Number)?;
                Ok(shifted | u64::from(byte))
            }),
            _ => octal(field),
        }
    }

    /// Seconds since 1970. Before that there are none.
    fn time(&self) -> Result<u64> {
        let negative = self.field(136, 1).first().is_some_and(|&byte| byte == 0xff);
        if negative { Ok(0) } else { self.number(136, 12) }
    }
}

fn octal(field: &[u8]) -> Result<u64> {
    let blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !blank(byte)).unwrap_or(field.len());
    let digits = &field[start..];
    let len = digits.iter().position(blank).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(len);
    if !rest.iter().all(blank) {
        return Err(ArchiveFault::Number);
    }
    number_in(digits, 8)
}

/// Digits of a base up to ten; no digits are 0.
fn number_in(digits: &[u8], base: u64) -> Result<u64> {
    digits.iter().try_fold(0u64, |number, &byte| {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        let number = number.checked_mul(base).and_then(|number| number.checked_add(digit));
        number.filter(|_| digit < base).ok_or(ArchiveFault::Number)
    })
}

fn until_nul(bytes: &[u8], span: Span) -> Span {
    let text = span.of(bytes);
    Span { start: span.start, len: text.iter().position(|&b| b == 0).unwrap_or(text.len()) }
}

/// Reads records of the form `LENGTH KEY=VALUE\n`, where the length counts the whole record.
fn records(bytes: &[u8], content: Span, mut extended: Extended) -> Result<Extended> {
    let Span { mut start, len } = content;
    let end = start + len;
    while start < end {
        let rest = Span { start, len: end - start }.of(bytes);
        let space = rest.iter().position(|&b| b == b' ').filter(|&at| at > 0).ok_or(ArchiveFault::Record)?;
        let len = number_in(&rest[..space], 10).map_err(|_| ArchiveFault::Record)?;
        let len = usize::try_from(len).ok().filter(|&len| len <= rest.len()).ok_or(ArchiveFault::Record)?;
        let record = rest.get(space + 1..len).and_then(|record| record.strip_suffix(b"\n"));
        let record = record.ok_or(ArchiveFault::Record)?;
        let sign = record.iter().position(|&b| b == b'=').ok_or(ArchiveFault::Record)?;
        let value = Span { start: start + space + 1 + sign + 1, len: record.len() - sign - 1 };
        extended.set(&record[..sign], value, bytes)?;
        start += len;
    }
    Ok(extended)
}

impl Extended {
    /// An empty value takes back what was said before.
    fn set(&mut self, key: &[u8], value: Span, bytes: &[u8]) -> Result<()> {
        let given = (value.len > 0).then_some(value);
        match key {
            b"path" => self.path = given,
            b"linkpath" => self.target = given,
            b"size" => self.size = given.map(|span| number_in(span.of(bytes), 10)).transpose()?,
            b"mtime" => self.modified = given.map(|span| time(span.of(bytes))).transpose()?,
            _ if key.starts_with(b"GNU.sparse.") => return Err(ArchiveFault::Unsupported),
            _ => {}
        }
        Ok(())
    }
}

/// `SECONDS`, `SECONDS.FRACTION`, either with a sign, in nanoseconds since 1970; before that there are none.
fn time(text: &[u8]) -> Result<u64> {
    let (negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
    let point = text.iter().position(|&b| b == b'.').unwrap_or(text.len());
    let (seconds, fraction) = text.split_at(point);
    let fraction = fraction.get(1..).unwrap_or(&[]);
    if seconds.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return Err(ArchiveFault::Number);
    }
    let seconds = number_in(seconds, 10)?;
    let fraction = &fraction[..fraction.len().min(9)];
    // Nine digits at most.
    let nanos = number_in(fraction, 10)? * 10u64.pow(9 - fraction.len() as u32);
    Ok(if negative { 0 } else { seconds.saturating_mul(NANOS).saturating_add(nanos) })
}
