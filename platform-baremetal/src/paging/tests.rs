//! Page tables and address space on a double of a machine: frames in an array, and a processor that walks the tables
//! by the manual, remembers what it found, and forgets only what it is told to.

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc, vec, vec::Vec};
use core::ptr::NonNull;

use ringzero::platform::{ErrorKind, Protection, VirtualMemory};
use spin::Mutex;

use super::{
    FailingFrames, Flush, FourLevelTable, Frame, FrameAllocator, FramePool, PAGE_SIZE, PageTable,
    PagedMemory, PagingUsage, Window,
};

/// Where the double's physical memory starts.
const BASE: u64 = 0x10_0000;
/// 1 TiB in the upper half.
const START: usize = 0xffff_9000_0000_0000;
const END: usize = START + (1 << 40);

#[repr(C, align(4096))]
#[derive(Clone)]
struct Bytes([u64; PAGE_SIZE / 8]);

/// A processor that remembers as much as it may: pages that were used, and tables above pages. It looks ahead at the
/// worst moment: right after it has forgotten.
#[derive(Clone)]
struct Processor {
    window: Window,
    root: Frame,
    remembered: Arc<Mutex<Remembered>>,
}

#[derive(Default)]
struct Remembered {
    /// By page: its frame, and whether it may be written to and executed.
    pages: BTreeMap<usize, (Frame, bool, bool)>,
    /// By page, the first of 2 MiB: the table of level 1.
    tables: BTreeMap<usize, u64>,
}

impl Processor {
    /// An entry, as the manual says: eight bytes each, little-endian.
    fn entry(&self, table: u64, index: usize) -> u64 {
        let words: *const u64 = self.window.bytes(Frame::containing(table)).cast();
        // SAFETY: a table of the machine has 512 entries; tests run on one thread each.
        unsafe { words.wrapping_add(index).read() }
    }

    /// The table of level 1 for a page, and whether the tables above it let write and execute.
    fn walk_tables(&self, page: usize) -> Option<(u64, bool, bool)> {
        let (mut table, mut writable, mut executable) = (self.root.address(), true, true);
        for shift in [39, 30, 21] {
            let entry = self.entry(table, page >> shift & 511);
            if entry & 1 == 0 {
                return None;
            }
            assert_eq!(entry & 0x7ff0_0000_0000_01fc, 0, "bits that nobody sets");
            writable &= entry & 2 != 0;
            executable &= entry >> 63 == 0;
            table = entry & 0x000f_ffff_ffff_f000;
        }
        Some((table, writable, executable))
    }

    /// What the tables say of a page: each level may take rights away.
    fn walk(&self, page: usize) -> Option<(Frame, bool, bool)> {
        let (table, writable, executable) = self.walk_tables(page)?;
        let entry = self.entry(table, page >> 12 & 511);
        assert_eq!(entry & 0x7ff0_0000_0000_01fc & (entry & 1).wrapping_neg(), 0, "bits that nobody sets");
        let frame = Frame::containing(entry & 0x000f_ffff_ffff_f000);
        (entry & 1 != 0).then_some((frame, writable && entry & 2 != 0, executable && entry >> 63 == 0))
    }

    fn look_ahead(&self, remembered: &mut Remembered, page: usize) {
        if let Some((table, _, _)) = self.walk_tables(page) {
            remembered.tables.insert(page >> 21 << 21, table);
        }
    }

    /// What it makes of a page, from memory or by a walk.
    fn look(&self, page: usize) -> Option<(Frame, bool, bool)> {
        let mut remembered = self.remembered.lock();
        self.look_ahead(&mut remembered, page);
        if let Some(&known) = remembered.pages.get(&page) {
            return Some(known);
        }
        let found = self.walk(page)?;
        remembered.pages.insert(page, found);
        Some(found)
    }

    /// Everything that it remembers is what the tables say.
    fn check(&self) {
        let remembered = self.remembered.lock();
        for (&page, &known) in &remembered.pages {
            assert_eq!(self.walk(page), Some(known), "a flush is missing for {page:#x}");
        }
        for (&page, &known) in &remembered.tables {
            let table = self.walk_tables(page).map(|(table, _, _)| table);
            assert_eq!(table, Some(known), "a flush is missing for the table of {page:#x}");
        }
    }
}

impl Flush for Processor {
    fn flush(&self, start: usize, len: usize) {
        assert!(len >= PAGE_SIZE);
        let mut remembered = self.remembered.lock();
        remembered.pages.retain(|&page, _| page < start || page - start >= len);
        remembered.tables.clear();
        self.look_ahead(&mut remembered, start);
    }
}

type Frames = FailingFrames<FramePool>;
type Memory = PagedMemory<FourLevelTable<Processor>, Arc<Frames>>;

/// Physical memory, a root, and a processor.
struct Machine {
    window: Window,
    root: Frame,
    frames: Arc<Frames>,
    processor: Processor,
    /// Filled with noise at first: a frame that is not made zero is found out.
    _physical: Box<[Bytes]>,
}

impl Machine {
    fn new(frames: usize) -> Self {
        let mut physical = vec![Bytes([0x5555_5555_5555_5555; PAGE_SIZE / 8]); frames + 1].into_boxed_slice();
        physical[0] = Bytes([0; PAGE_SIZE / 8]);
        let offset = physical.as_mut_ptr().expose_provenance().wrapping_sub(BASE as usize);
        // SAFETY: the array is the physical memory; tests reach it through the window alone.
        let window = unsafe { Window::new(offset) };
        let pool = FramePool::new(window);
        let first = BASE + PAGE_SIZE as u64;
        // SAFETY: the frames behind the root, which nobody else uses.
        let added = unsafe { pool.add(first..first + (frames * PAGE_SIZE) as u64) };
        assert_eq!(added, frames);
        let root = Frame::containing(BASE);
        Self {
            window,
            root,
            frames: Arc::new(FailingFrames::new(pool)),
            processor: Processor { window, root, remembered: Arc::default() },
            _physical: physical,
        }
    }

    fn table(&self) -> FourLevelTable<Processor> {
        // SAFETY: the root is an empty table of this machine, whose one processor is told by the flush.
        unsafe { FourLevelTable::new(self.root, self.window, self.processor.clone()) }
    }

    fn memory(&self) -> Memory {
        // SAFETY: the addresses are those of the double, where nothing else is.
        unsafe { PagedMemory::new(self.table(), Arc::clone(&self.frames), self.window, START..END) }.unwrap()
    }

    fn free(&self) -> usize {
        self.frames.inner().free_frames()
    }

    fn entry(&self, table: Frame, index: usize) -> u64 {
        self.processor.entry(table.address(), index)
    }

    fn look(&self, page: usize) -> Option<(Frame, bool, bool)> {
        self.processor.look(page)
    }

    fn check(&self) {
        self.processor.check();
    }

    fn load(&self, page: usize) -> Option<u64> {
        let (frame, _, _) = self.look(page)?;
        let word: *const u64 = self.window.bytes(frame).cast();
        // SAFETY: a frame of this machine.
        Some(unsafe { word.read() })
    }

    fn store(&self, page: usize, value: u64) -> bool {
        match self.look(page) {
            Some((frame, true, executable)) => {
                assert!(!executable, "a page is writable and executable");
                let word: *mut u64 = self.window.bytes(frame).cast();
                // SAFETY: a frame of this machine.
                unsafe { word.write(value) };
                true
            }
            _ => false,
        }
    }

    /// Whether every word of a page is zero.
    fn is_zero(&self, page: usize) -> bool {
        let (frame, _, _) = self.look(page).unwrap();
        (0..PAGE_SIZE / 8).all(|word| self.entry(frame, word) == 0)
    }
}

/// A reservation's page.
fn at(start: NonNull<u8>, page: usize) -> NonNull<u8> {
    NonNull::new(start.as_ptr().wrapping_add(page * PAGE_SIZE)).unwrap()
}

fn address(start: NonNull<u8>) -> usize {
    start.as_ptr().addr()
}

/// `VirtualMemory` with lengths in pages, and one argument for all calls on doubles: the addresses are never touched
/// but by the machine above, so nothing that a caller of these could do is undefined.
trait Pages {
    fn commit_pages(&self, start: NonNull<u8>, pages: usize) -> Result<(), ErrorKind>;
    fn discard_pages(&self, start: NonNull<u8>, pages: usize) -> Result<(), ErrorKind>;
    fn protect_pages(&self, start: NonNull<u8>, pages: usize, to: Protection) -> Result<(), ErrorKind>;
    fn release_pages(&self, start: NonNull<u8>, pages: usize);
}

impl<M: VirtualMemory> Pages for M {
    fn commit_pages(&self, start: NonNull<u8>, pages: usize) -> Result<(), ErrorKind> {
        // SAFETY: tests commit within their reservations.
        unsafe { self.commit(start, pages * PAGE_SIZE) }
    }

    fn discard_pages(&self, start: NonNull<u8>, pages: usize) -> Result<(), ErrorKind> {
        // SAFETY: as above.
        unsafe { self.discard(start, pages * PAGE_SIZE) }
    }

    fn protect_pages(&self, start: NonNull<u8>, pages: usize, to: Protection) -> Result<(), ErrorKind> {
        // SAFETY: as above.
        unsafe { self.protect(start, pages * PAGE_SIZE, to) }
    }

    fn release_pages(&self, start: NonNull<u8>, pages: usize) {
        // SAFETY: tests release whole reservations, once.
        unsafe { self.release(start, pages * PAGE_SIZE) }
    }
}

/// xorshift64*, by Vigna: random enough for tests.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

#[test]
fn a_pool_gives_every_frame_out_once_and_takes_it_back() {
    let machine = Machine::new(8);
    let pool = machine.frames.inner();
    let mut taken: Vec<Frame> = core::iter::from_fn(|| pool.allocate()).collect();
    assert_eq!((taken.len(), pool.free_frames(), pool.total_frames()), (8, 0, 8));
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 8);
    for &frame in taken.iter().rev() {
        // SAFETY: from this pool, freed once.
        unsafe { pool.free(frame) };
    }
    assert_eq!(pool.free_frames(), 8);
    let again: Vec<Frame> = core::iter::from_fn(|| pool.allocate()).collect();
    assert_eq!(again.len(), 8);
}

#[test]
fn a_pool_takes_whole_frames_of_ragged_ranges() {
    let machine = Machine::new(8);
    let pool = FramePool::new(machine.window);
    let page = PAGE_SIZE as u64;
    let add = |from: u64, to: u64| {
        // SAFETY: frames of the machine, whose own pool is not used in this test.
        unsafe { pool.add(BASE + from..BASE + to) }
    };
    assert_eq!(add(page + 1, 2 * page), 0);
    assert_eq!(add(page, page), 0);
    assert_eq!(add(page + 1, 3 * page), 1);
    assert_eq!(add(4 * page, 7 * page - 1), 2);
    let mut taken: Vec<u64> = core::iter::from_fn(|| pool.allocate()).map(|f| f.address() - BASE).collect();
    taken.sort_unstable();
    assert_eq!(taken, [2 * page, 4 * page, 5 * page]);
}

#[test]
fn committed_pages_are_zero_and_show_what_was_written() {
    let machine = Machine::new(64);
    let memory = machine.memory();
    let start = memory.reserve(16 * PAGE_SIZE).unwrap();
    let page = address(start);
    assert_eq!(machine.load(page), None);
    memory.commit_pages(start, 4).unwrap();
    assert!((0..4).all(|n| machine.is_zero(page + n * PAGE_SIZE)));
    assert_eq!(machine.load(page + 4 * PAGE_SIZE), None);
    assert!(machine.store(page, 7));
    // Committing what is committed changes nothing but what is missing.
    memory.commit_pages(start, 6).unwrap();
    assert_eq!(machine.load(page), Some(7));
    memory.discard_pages(start, 6).unwrap();
    assert!((0..6).all(|n| machine.is_zero(page + n * PAGE_SIZE)));
    let usage = PagingUsage { reserved_bytes: 16 * PAGE_SIZE, committed_frames: 6, table_frames: 3 };
    assert_eq!(memory.usage(), usage);
    memory.release_pages(start, 16);
    machine.check();
    assert_eq!((memory.usage(), machine.free()), (PagingUsage::default(), 64));
    assert_eq!(machine.load(page), None);
}

#[test]
fn protections_are_what_the_processor_sees() {
    let machine = Machine::new(64);
    let memory = machine.memory();
    let start = memory.reserve(4 * PAGE_SIZE).unwrap();
    let page = address(start);
    memory.commit_pages(start, 2).unwrap();
    assert!(machine.store(page, 7));
    for (protection, seen) in [
        (Protection::Read, Some((false, false))),
        (Protection::ReadExecute, Some((false, true))),
        (Protection::None, None),
        (Protection::ReadWrite, Some((true, false))),
    ] {
        memory.protect_pages(start, 1, protection).unwrap();
        machine.check();
        assert_eq!(machine.look(page).map(|(_, w, x)| (w, x)), seen, "{protection:?}");
        assert_eq!(memory.translate(page + 5).map(|(_, p)| p), Some(protection));
        assert_eq!(machine.look(page + PAGE_SIZE).map(|(_, w, x)| (w, x)), Some((true, false)));
    }
    assert_eq!(machine.load(page), Some(7));
    // What is not committed is committed by it, but for `None`.
    memory.protect_pages(at(start, 2), 1, Protection::Read).unwrap();
    memory.protect_pages(at(start, 3), 1, Protection::None).unwrap();
    assert!(machine.is_zero(page + 2 * PAGE_SIZE));
    assert_eq!(memory.usage().committed_frames, 3);
    memory.protect_pages(start, 4, Protection::None).unwrap();
    memory.release_pages(start, 4);
    assert_eq!(machine.free(), 64);
}

#[test]
fn thousands_of_large_reservations_fit_and_leave_nothing_behind() {
    let machine = Machine::new(64);
    // SAFETY: as in `Machine::memory`; 32 TiB of the upper half.
    let memory = unsafe {
        PagedMemory::new(
            machine.table(),
            Arc::clone(&machine.frames),
            machine.window,
            START..START + (32 << 40),
        )
    };
    let memory = memory.unwrap();
    let mut all = Vec::new();
    for n in 0..5_000 {
        let len = if n % 2 == 0 { 4 << 30 } else { 8 << 30 };
        let start = memory.reserve(len).unwrap();
        if n % 500 == 0 {
            memory.commit_pages(at(start, len / PAGE_SIZE - 1), 1).unwrap();
        }
        all.push((start, len / PAGE_SIZE));
    }
    assert_eq!(memory.usage().reserved_bytes, 2_500 * (12 << 30));
    assert_eq!(memory.reserve(4 << 40), Err(ErrorKind::OutOfMemory));
    for (start, pages) in all.iter().step_by(2).chain(all.iter().skip(1).step_by(2)) {
        memory.release_pages(*start, *pages);
    }
    assert_eq!((memory.usage(), machine.free()), (PagingUsage::default(), 64));
    assert!(memory.reserve(32 << 40).is_ok());
}

#[test]
fn what_the_kernel_has_mapped_is_neither_changed_nor_freed() {
    let machine = Machine::new(64);
    let mut table = machine.table();
    let frames: &dyn FrameAllocator = &machine.frames;
    let kernels = frames.allocate().unwrap();
    let words: *mut u64 = machine.window.bytes(machine.root).cast();
    let level_3: *mut u64 = machine.window.bytes(kernels).cast();
    // SAFETY: an entry of the root, which nobody else uses now.
    unsafe { words.wrapping_add(START >> 39 & 511).write(kernels.address() | 3) };
    // SAFETY: the frame was allocated for it.
    unsafe { level_3.write_bytes(0, 512) };
    // SAFETY: as above. A large page of 1 GiB at the range's second GiB.
    unsafe { level_3.wrapping_add(1).write(1 << 30 | 0x83) };
    let frame = frames.allocate().unwrap();
    let free = machine.free();
    for (page, expected) in [
        (START + (1 << 30), Err(ErrorKind::Exists)),
        (0x0000_8000_0000_0000, Err(ErrorKind::InvalidInput)),
        (START, Ok(())),
        (START, Err(ErrorKind::Exists)),
    ] {
        // SAFETY: pages of the double.
        assert_eq!(unsafe { table.map(frames, page, frame, Protection::Read) }, expected, "{page:#x}");
    }
    assert_eq!(table.next_mapped(START, END), Some(START));
    assert_eq!(table.next_mapped(START + PAGE_SIZE, END), None);
    assert_eq!(
        (table.translate(START), table.translate(START + (1 << 30))),
        (Some((frame, Protection::Read)), None)
    );
    let taken = [START + (1 << 30), START + PAGE_SIZE, START].map(|page| {
        // SAFETY: nothing uses the pages.
        unsafe { table.unmap(page) }
    });
    assert_eq!(taken, [None, None, Some(frame)]);
    // SAFETY: not mapped.
    assert_eq!(unsafe { table.protect(START, Protection::Read) }, Err(ErrorKind::NotFound));
    // SAFETY: the allocator from above.
    unsafe { table.prune(frames, START, 2 << 30) };
    assert_eq!((machine.free(), table.table_frames()), (free, 0));
    assert_eq!(machine.entry(machine.root, START >> 39 & 511), kernels.address() | 3);
}

#[test]
fn a_failure_at_each_allocation_leaves_all_as_it_was() {
    // Pages 3 to 5 are committed before, page 4 is for reading; the range goes on in other tables of level 1 and 2.
    let (gap_pages, pages) = (512 * 512 - 20, 120);
    let mut refusals = 0;
    for before in 0.. {
        let machine = Machine::new(140);
        let memory = machine.memory();
        let gap = memory.reserve(gap_pages * PAGE_SIZE).unwrap();
        let start = memory.reserve(pages * PAGE_SIZE).unwrap();
        memory.commit_pages(at(start, 3), 3).unwrap();
        assert!(machine.store(address(start) + 4 * PAGE_SIZE, 9));
        memory.protect_pages(at(start, 4), 1, Protection::Read).unwrap();
        let (usage, free) = (memory.usage(), machine.free());
        machine.frames.refuse_after(before);
        let result = memory.commit_pages(start, pages);
        machine.check();
        if result.is_ok() {
            assert!(!machine.frames.has_refused());
            assert!(machine.store(address(start) + 4 * PAGE_SIZE, 10));
            break;
        }
        refusals += 1;
        assert_eq!(result, Err(ErrorKind::OutOfMemory));
        assert_eq!((memory.usage(), machine.free()), (usage, free), "after {before} allocations");
        assert_eq!(machine.load(address(start)), None);
        assert!(!machine.store(address(start) + 4 * PAGE_SIZE, 10));
        assert_eq!(machine.load(address(start) + 4 * PAGE_SIZE), Some(9));
        memory.release_pages(start, pages);
        memory.release_pages(gap, gap_pages);
        assert_eq!(machine.free(), 140);
    }
    // 117 pages, and one table of level 2 with one of level 1 below it.
    assert_eq!(refusals, 117 + 2);
}

/// Tables that know no executable pages, and forget nothing by themselves: what a kernel might bring.
struct Plain(BTreeMap<usize, (Frame, Protection)>);

// SAFETY: nothing shows the pages of this double.
unsafe impl PageTable for Plain {
    unsafe fn map(
        &mut self,
        _: &dyn FrameAllocator,
        page: usize,
        frame: Frame,
        to: Protection,
    ) -> Result<(), ErrorKind> {
        assert_eq!(self.0.insert(page, (frame, to)), None);
        Ok(())
    }

    unsafe fn unmap(&mut self, page: usize) -> Option<Frame> {
        self.0.remove(&page).map(|(frame, _)| frame)
    }

    unsafe fn protect(&mut self, page: usize, to: Protection) -> Result<(), ErrorKind> {
        if to == Protection::ReadExecute {
            return Err(ErrorKind::NotSupported);
        }
        self.0.get_mut(&page).ok_or(ErrorKind::NotFound)?.1 = to;
        Ok(())
    }

    fn translate(&self, page: usize) -> Option<(Frame, Protection)> {
        self.0.get(&page).copied()
    }

    fn flush(&mut self, _: usize, _: usize) {}
}

#[test]
fn a_kernels_own_tables_may_refuse_a_protection() {
    let machine = Machine::new(8);
    let table = Plain(BTreeMap::new());
    // SAFETY: the addresses are those of the double.
    let memory =
        unsafe { PagedMemory::new(table, Arc::clone(&machine.frames), machine.window, START..END) }.unwrap();
    let start = memory.reserve(4 * PAGE_SIZE).unwrap();
    memory.commit_pages(at(start, 1), 1).unwrap();
    assert_eq!(memory.protect_pages(start, 4, Protection::ReadExecute), Err(ErrorKind::NotSupported));
    assert_eq!((memory.usage().committed_frames, machine.free()), (1, 7));
    memory.protect_pages(start, 4, Protection::Read).unwrap();
    assert_eq!(
        memory.usage(),
        PagingUsage { reserved_bytes: 4 * PAGE_SIZE, committed_frames: 4, table_frames: 0 }
    );
    memory.release_pages(start, 4);
    assert_eq!(machine.free(), 8);
}

#[test]
fn bad_lengths_and_ranges_are_refused() {
    let machine = Machine::new(8);
    let memory = machine.memory();
    for len in [0, 1, PAGE_SIZE + 1, usize::MAX] {
        assert_eq!(memory.reserve(len), Err(ErrorKind::InvalidInput));
    }
    assert_eq!(memory.reserve(usize::MAX & !(PAGE_SIZE - 1)), Err(ErrorKind::OutOfMemory));
    for range in [0..END, START..START, START + 1..END, START..END - 1] {
        // SAFETY: nothing is mapped by a value that is refused.
        let refused = unsafe { PagedMemory::new(machine.table(), &machine.frames, machine.window, range) };
        assert_eq!(refused.err(), Some(ErrorKind::InvalidInput));
    }
}

/// A reservation as it should be: each page's protection and first word, if it has a frame.
///
/// Only the first pages are listed; the last one of a long reservation is committed and set aside.
struct Expected {
    start: NonNull<u8>,
    len: usize,
    pages: Vec<Option<(Protection, u64)>>,
}

impl Expected {
    fn check(&self, machine: &Machine) {
        for (n, page) in self.pages.iter().enumerate() {
            let seen = machine.look(address(self.start) + n * PAGE_SIZE).map(|(_, w, x)| (w, x));
            let value = machine.load(address(self.start) + n * PAGE_SIZE);
            let expected = match page {
                None | Some((Protection::None, _)) => (None, None),
                Some((Protection::ReadWrite, value)) => (Some((true, false)), Some(*value)),
                Some((Protection::Read, value)) => (Some((false, false)), Some(*value)),
                Some((_, value)) => (Some((false, true)), Some(*value)),
            };
            assert_eq!((seen, value), expected);
        }
    }

    /// One random call on a random part, which may fail for want of frames: then nothing changes.
    fn change(&mut self, memory: &Memory, machine: &Machine, random: &mut Random) {
        let from = random.below(self.pages.len());
        let count = 1 + random.below(self.pages.len() - from);
        let (start, range) = (at(self.start, from), from..from + count);
        let to = [Protection::None, Protection::Read, Protection::ReadExecute, Protection::ReadWrite];
        let to = to[random.below(4)];
        match random.below(4) {
            0 if memory.commit_pages(start, count).is_ok() => self.set(range, Protection::ReadWrite),
            1 if memory.protect_pages(start, count, to).is_ok() => self.set(range, to),
            2 if memory.discard_pages(start, count).is_ok() => {
                self.pages[range].fill(Some((Protection::ReadWrite, 0)));
            }
            3 => {
                for (n, page) in self.pages.iter_mut().enumerate() {
                    let value = random.below(1 << 30) as u64;
                    let stored = machine.store(address(self.start) + n * PAGE_SIZE, value);
                    assert_eq!(stored, matches!(page, Some((Protection::ReadWrite, _))));
                    if let Some(page) = page.as_mut().filter(|_| stored) {
                        page.1 = value;
                    }
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, range: core::ops::Range<usize>, to: Protection) {
        for page in &mut self.pages[range] {
            *page = match *page {
                Some((_, value)) => Some((to, value)),
                None if to == Protection::None => None,
                None => Some((to, 0)),
            };
        }
    }
}

/// Random calls beside a list of what should be there, on a machine with too few frames, some of which are refused.
#[test]
fn random_calls_do_what_a_list_of_pages_says() {
    for seed in 1..=40 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ seed);
        let machine = Machine::new(60);
        let memory = machine.memory();
        let mut all: Vec<Expected> = Vec::new();
        for _ in 0..300 {
            if random.below(10) == 0 {
                machine.frames.refuse_after(random.below(12) as u64);
            }
            match random.below(6) {
                0 if all.len() < 12 => {
                    // Some are far apart, so that tables come and go on all levels.
                    let len = [1, 7, 40, 512, 513 * 512][random.below(5)];
                    let start = memory.reserve(len * PAGE_SIZE).unwrap();
                    all.push(Expected { start, len, pages: vec![None; len.min(40)] });
                    if len > 40 && memory.commit_pages(at(start, len - 1), 1).is_ok() {
                        memory.protect_pages(at(start, len - 1), 1, Protection::None).unwrap();
                    }
                }
                1 if !all.is_empty() => {
                    let expected = all.swap_remove(random.below(all.len()));
                    release(&memory, &expected);
                }
                _ if !all.is_empty() => {
                    let n = random.below(all.len());
                    all[n].change(&memory, &machine, &mut random);
                }
                _ => {}
            }
            machine.check();
            all.iter().for_each(|expected| expected.check(&machine));
        }
        all.iter().for_each(|expected| release(&memory, expected));
        machine.check();
        assert_eq!((memory.usage(), machine.free()), (PagingUsage::default(), 60), "seed {seed}");
    }
}

fn release(memory: &Memory, expected: &Expected) {
    memory.release_pages(expected.start, expected.len);
}
