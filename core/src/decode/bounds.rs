//! How much memory the validator may take, before it is asked to do something.
//!
//! In: sections and bodies, as far as they can be looked at without allocating. Out: bytes, to hold in reserve. The
//! validator cannot report a failed allocation, so a bound that is too low would end the program in a shortage; one
//! that is too high refuses a module that would just have fitted. Each is derived from what wasmparser keeps per
//! entry, by the types that it keeps, and a test runs the validator on nothing but the reserve.
//!
//! **What counts** is the sum of all allocations, those freed again included: a reserve does not use memory twice.
//! A vector that is pushed to doubles: its last block has less than twice what it holds, all blocks together less
//! than four times that. A hash table has at most 16/7 times as many buckets as entries, of one byte more each, and
//! doubles as well. Each block may lose 15 bytes to alignment; blocks of doubling vectors are so few (a thousand
//! entries, eight blocks) that [`FIXED`] covers them.

use wasmparser::types::{CoreTypeId, EntityType};
use wasmparser::{Frame, FrameKind, GlobalType, MemoryType, Payload, RefType, SubType, TableType, ValType};

use super::DecodeError;
use super::scan::Scan;
use crate::module::ModuleInfo;

/// What any step may take: an error with its text, first blocks of vectors, state of the validator that a module
/// has once.
pub(super) const FIXED: usize = 8 << 10;
/// What reading one entry of a section again may take, types excepted: an error.
pub(super) const ENTRY: usize = 1 << 10;
/// What reading one function type may take: 2,000 value types, whose vector doubles, then shrinks.
pub(super) const TYPE: usize = 6 * 2000 * size_of::<ValType>() + ENTRY;
/// What an error about types may take, per value type of a function type: each is written out in a string.
const WRITTEN: usize = 256;
/// A string that a check writes before it knows whether it needs it, and a small block's share of alignment.
const TEXT: usize = 256;
/// Operands that a chunk of operators may push at most, where one alone does not push more.
const CHUNK_OPERANDS: usize = 4096;
/// Bytes of operators in a chunk at most.
const CHUNK_BYTES: usize = 512;
/// An operand's type, as the validator keeps it.
const OPERAND: usize = 8;
/// Bytes of operators of which one can be read into vectors (a `try_table`'s 10,000 handlers) before it is refused.
const LONGEST_OPERATOR: usize = 20_000;

/// All blocks of a vector that has grown to `count` entries of so many bytes.
fn vector(count: usize, bytes: usize) -> usize {
    count.saturating_mul(4 * bytes)
}

/// All blocks of a hash table that has grown to `count` entries of so many bytes.
fn table(count: usize, bytes: usize) -> usize {
    count.saturating_mul(5 * (bytes + 1))
}

/// All blocks of a map that keeps its entries in order: a vector of hashes and entries, a table of positions.
fn map(count: usize, bytes: usize) -> usize {
    vector(count, bytes + size_of::<usize>()).saturating_add(table(count, size_of::<usize>()))
}

/// What the bounds depend on besides the section at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Parameters and results of the function type that has most, one at least.
    values: usize,
    /// Bytes of operators in a chunk, of which each may push so many operands.
    chunk: usize,
    /// Functions that may have been marked as referred to, at most.
    referred: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Self { values: 1, chunk: CHUNK_BYTES, referred: 0 }
    }
}

impl Seen {
    /// What the validator may take for a payload of the module in `bytes`, of which `info` is known so far.
    ///
    /// # Errors
    /// Of a section that claims more entries than it has bytes, or recursive types.
    pub(super) fn payload(
        &mut self,
        payload: &Payload<'_>,
        info: &ModuleInfo,
        bytes: &[u8],
    ) -> Result<usize, DecodeError> {
        let functions = info.functions.len();
        let types = info.types.len();
        let more = match payload {
            Payload::TypeSection(s) => {
                let (count, _) = entries(s.count(), s.range())?;
                self.types(count, Scan::new(bytes, s.range()))?
            }
            Payload::ImportSection(s) => {
                let (count, bytes) = entries(s.count(), s.range())?;
                let names = bytes + 3 * 16 * count;
                let each = vector(2 * count, size_of::<EntityType>()) + vector(count, 4);
                let kinds = vector(count, size_of::<TableType>().max(size_of::<MemoryType>()));
                map(count, 9 * size_of::<usize>()) + names + each + kinds + count * TEXT
            }
            Payload::FunctionSection(s) => {
                let (count, _) = entries(s.count(), s.range())?;
                vector(functions + count, 4)
            }
            Payload::TableSection(s) => {
                let (count, bytes) = entries(s.count(), s.range())?;
                vector(info.tables.len() + count, size_of::<TableType>())
                    + count * TEXT
                    + self.constants(bytes, bytes, functions)
            }
            Payload::MemorySection(s) => {
                let (count, _) = entries(s.count(), s.range())?;
                vector(info.memories.len() + count, size_of::<MemoryType>()) + count * TEXT
            }
            Payload::GlobalSection(s) => {
                let (count, bytes) = entries(s.count(), s.range())?;
                vector(info.globals.len() + count, size_of::<GlobalType>())
                    + self.constants(bytes, bytes, functions)
            }
            Payload::ExportSection(s) => {
                let (count, bytes) = entries(s.count(), s.range())?;
                let names = 5 * bytes + 16 * count;
                map(count, 3 * size_of::<usize>() + size_of::<EntityType>())
                    + names
                    + self.constants(0, count, functions)
            }
            Payload::ElementSection(s) => {
                let (count, bytes) = entries(s.count(), s.range())?;
                vector(count, size_of::<RefType>()) + self.constants(bytes, bytes, functions)
            }
            Payload::DataSection(s) => {
                let (count, _) = entries(s.count(), s.range())?;
                self.constants(Scan::new(bytes, s.range()).longest_offset(count), 0, functions)
            }
            Payload::TagSection(s) => vector(s.count() as usize, size_of::<CoreTypeId>()),
            // The list of types is cut to its size, and shared.
            Payload::CodeSectionStart { .. } | Payload::End(_) => types.saturating_mul(TYPE_KEPT),
            _ => 0,
        };
        Ok(more.saturating_add(FIXED))
    }

    /// For a type section: also finds the type with most values. Stops where the validator will.
    fn types(&mut self, count: usize, mut section: Scan<'_>) -> Result<usize, DecodeError> {
        let (mut types, mut values, mut most) = (0, 0, 1);
        section.unsigned();
        while types < count {
            let offset = section.offset();
            match section.byte() {
                Some(0x60) => {}
                // A group announces how many types it has, for which room is made before anything is refused.
                Some(0x4e) => {
                    return Err(DecodeError::unsupported(offset, "recursive types are not supported"));
                }
                _ => break,
            }
            types += 1;
            let params = section.value_types();
            let (Some(params), Some(results)) = (params, section.value_types()) else {
                values += 2000;
                break;
            };
            values += params + results;
            most = most.max(params).max(results);
        }
        self.values = most;
        self.chunk = (CHUNK_OPERANDS / most).clamp(1, CHUNK_BYTES);
        // Room for all that are announced, once; and what is kept of each that is read.
        let announced = count.min(MOST_TYPES) * size_of::<CoreTypeId>();
        let kept = vector(types + 1, TYPE_KEPT) + map(types + 1, 2 * size_of::<CoreTypeId>());
        Ok(announced + kept + (types + 1) * TEXT + vector(values, 2 * size_of::<ValType>()))
    }

    /// For constant expressions, the longest of so many bytes, and entries that may mention so many functions:
    /// every second byte may push an operand, or open a block while nothing but the end is looked for.
    fn constants(&mut self, longest: usize, mentions: usize, functions: usize) -> usize {
        self.referred = self.referred.saturating_add(mentions).min(functions);
        let referred = if mentions > 0 { table(self.referred, 4) } else { 0 };
        vector(longest / 2 + 1, OPERAND + size_of::<FrameKind>()) + referred + self.error()
    }

    /// For an error that names types.
    fn error(&self) -> usize {
        self.values * 2 * WRITTEN
    }
}

/// What the validator keeps of a type: itself, its group, its supertype, the group's range.
const TYPE_KEPT: usize = size_of::<SubType>() + 4 + 8 + 8;
/// More types are refused before room is made for them.
const MOST_TYPES: usize = 1_000_000;

/// For a body's locals: what one more declaration may take, when there are so many locals and declarations. There
/// is a flag for each local, and the types of the first 50 apart.
pub(super) fn locals(locals: u64, declarations: usize) -> usize {
    // More are refused.
    let flags = usize::try_from(locals.min(50_000)).unwrap_or(50_000) + 1000;
    vector(flags, 1) + vector(50, size_of::<ValType>()) + vector(declarations + 1, 8) + FIXED
}

/// For entering a body: its first frame, its parameters.
pub(super) fn body(seen: Seen) -> usize {
    vector(seen.values, 1 + size_of::<ValType>() + 8) + seen.error() + FIXED
}

/// A stretch of operators, and what the validator may take for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// Operators that start in so many bytes belong to it.
    pub(super) bytes: u64,
    /// What it may take.
    pub(super) bound: usize,
}

/// The next stretch of operators, when there are so many operands and frames, and so many bytes of the body left.
/// An operator pushes at most as many operands as a function type has values; a frame takes two bytes to open.
pub(super) fn chunk(seen: Seen, operands: usize, frames: usize, left: usize) -> Chunk {
    let values = seen.values;
    let bytes = seen.chunk.min(left);
    let operands = operands + bytes * values + values;
    let frames = frames + bytes / 2 + 1;
    let bound = vector(operands, OPERAND)
        + vector(values, OPERAND)
        + vector(frames, size_of::<Frame>() + size_of::<FrameKind>())
        + vector(left.min(LONGEST_OPERATOR) / 2, 12)
        + seen.error()
        + FIXED;
    Chunk { bytes: bytes as u64, bound }
}

/// A section's count and bytes.
///
/// # Errors
/// More entries than bytes: the validator would make room for them all before it finds out.
fn entries(count: u32, range: core::ops::Range<u64>) -> Result<(usize, usize), DecodeError> {
    let bytes = range.end - range.start;
    if u64::from(count) > bytes {
        return Err(DecodeError::unsupported(range.start as usize, "section has fewer bytes than entries"));
    }
    // A module has less than 4 GiB; where that is too much for the address space, it is not there.
    Ok((count as usize, bytes as usize))
}
