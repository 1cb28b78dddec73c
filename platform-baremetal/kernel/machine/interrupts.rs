//! Interrupts and exceptions: tables for the processor, and what is done about each.
//!
//! In: vectors. Out: ticks of the timer, bytes from the serial line, faults handed to whoever runs machine code. What
//! nobody answers for is a bug of the kernel's, and ends it.

use core::arch::global_asm;

use ringzero_platform_baremetal::fault::{Exceptions, TrapFrame};
use spin::Once;
use x86_64::VirtAddr;
use x86_64::instructions::port::Port;
use x86_64::instructions::segmentation::{CS, Segment};
use x86_64::instructions::tables::load_tss;
use x86_64::registers::control::Cr2;
use x86_64::structures::gdt::{Descriptor, GlobalDescriptorTable};
use x86_64::structures::idt::InterruptDescriptorTable;
use x86_64::structures::tss::TaskStateSegment;

use super::timer;

global_asm!(include_str!("interrupts.s"));

unsafe extern "C" {
    static vector_entries: u8;
    static interrupt_stacks: u8;
}

/// Bytes from one entry in `vector_entries` to the next.
const ENTRY: u64 = 16;
/// Bytes of each stack in `interrupt_stacks`.
const STACK: u64 = 0x8000;

/// The first vector of the interrupt controllers; below are the processor's own.
const IRQ: u8 = 32;
const TIMER: u64 = IRQ as u64;
const SERIAL: u64 = IRQ as u64 + 4;

/// Rows of the interrupt stack table: for exceptions, for interrupts, and for what may come inside of either.
const FAULTS_STACK: u16 = 0;
const IRQ_STACK: u16 = 1;
const LAST_STACK: u16 = 2;

/// Who is asked about faults before they are bugs.
pub(super) static EXCEPTIONS: Exceptions = Exceptions::new();

static TASK: Once<TaskStateSegment> = Once::new();
static SEGMENTS: Once<GlobalDescriptorTable> = Once::new();
static VECTORS: Once<InterruptDescriptorTable> = Once::new();

/// Fills the processor's tables. Interrupts stay off.
pub(super) fn install() {
    let task = TASK.call_once(|| {
        let mut task = TaskStateSegment::new();
        for row in [FAULTS_STACK, IRQ_STACK, LAST_STACK] {
            let end = &raw const interrupt_stacks as u64 + (u64::from(row) + 1) * STACK;
            task.interrupt_stack_table[usize::from(row)] = VirtAddr::new(end);
        }
        task
    });
    let mut code = None;
    let mut tss = None;
    let segments = SEGMENTS.call_once(|| {
        let mut segments = GlobalDescriptorTable::new();
        code = Some(segments.append(Descriptor::kernel_code_segment()));
        tss = Some(segments.append(Descriptor::tss_segment(task)));
        segments
    });
    segments.load();
    if let (Some(code), Some(tss)) = (code, tss) {
        // SAFETY: the table that has just been loaded has 64-bit code of ring 0 there.
        unsafe { CS::set_reg(code) };
        // SAFETY: and there the task's segment, which lives for ever.
        unsafe { load_tss(tss) };
    }
    VECTORS.call_once(vectors).load();
}

fn vectors() -> InterruptDescriptorTable {
    let mut table = InterruptDescriptorTable::new();
    let at = |vector: u8| VirtAddr::new(&raw const vector_entries as u64 + u64::from(vector) * ENTRY);
    macro_rules! set {
        ($($name:ident $vector:literal $stack:ident;)*) => {$(
            // SAFETY: the vector's entry in interrupts.s, which keeps to the processor's frame for it.
            let entry = unsafe { table.$name.set_handler_addr(at($vector)) };
            // SAFETY: `install` has made the stack.
            unsafe { entry.set_stack_index($stack) };
        )*};
    }
    set! {
        divide_error 0 FAULTS_STACK;
        debug 1 FAULTS_STACK;
        non_maskable_interrupt 2 LAST_STACK;
        breakpoint 3 FAULTS_STACK;
        overflow 4 FAULTS_STACK;
        bound_range_exceeded 5 FAULTS_STACK;
        invalid_opcode 6 FAULTS_STACK;
        device_not_available 7 FAULTS_STACK;
        double_fault 8 LAST_STACK;
        invalid_tss 10 FAULTS_STACK;
        segment_not_present 11 FAULTS_STACK;
        stack_segment_fault 12 FAULTS_STACK;
        general_protection_fault 13 FAULTS_STACK;
        page_fault 14 FAULTS_STACK;
        x87_floating_point 16 FAULTS_STACK;
        alignment_check 17 FAULTS_STACK;
        machine_check 18 LAST_STACK;
        simd_floating_point 19 FAULTS_STACK;
    }
    for vector in IRQ..IRQ + 16 {
        // SAFETY: as above.
        let entry = unsafe { table[vector].set_handler_addr(at(vector)) };
        // SAFETY: as above.
        unsafe { entry.set_stack_index(IRQ_STACK) };
    }
    table
}

/// Where every vector ends up; interrupts are off.
#[unsafe(no_mangle)]
extern "sysv64" fn interrupt(frame: &mut TrapFrame) {
    match frame.vector {
        TIMER => timer::tick(),
        SERIAL => super::console::received(),
        vector if vector >= IRQ.into() => {}
        vector => {
            let cr2 = Cr2::read_raw();
            // SAFETY: the exception has just happened, this is another stack, and interrupts.s goes on with the frame.
            let ours = unsafe { EXCEPTIONS.dispatch(frame, cr2) };
            // Not machine code's, so a bug of the kernel's.
            assert!(ours, "exception {vector}, error {:#x}, at {:#x}, cr2 {cr2:#x}", frame.error, frame.rip);
        }
    }
    if frame.vector >= IRQ.into() {
        end_of_interrupt(frame.vector);
    }
}

/// Tells the controllers that the next may come.
fn end_of_interrupt(vector: u64) {
    const DONE: u8 = 0x20;
    if vector >= u64::from(IRQ) + 8 {
        // SAFETY: the second controller's command port; the command ends what it has in service.
        unsafe { Port::<u8>::new(0xa0).write(DONE) };
    }
    // SAFETY: the same of the first.
    unsafe { Port::<u8>::new(0x20).write(DONE) };
}

/// Sends the controllers' interrupts to vectors of their own, and lets only the timer and the serial line through.
pub(super) fn start_controllers() {
    // Initialise, vector, wiring, mode; then the mask.
    let first = [(0x20, 0x11), (0x21, IRQ), (0x21, 1 << 2), (0x21, 1), (0x21, !(1 << 0 | 1 << 4))];
    let second = [(0xa0, 0x11), (0xa1, IRQ + 8), (0xa1, 2), (0xa1, 1), (0xa1, 0xff)];
    for (port, value) in first.into_iter().chain(second) {
        // SAFETY: the 8259A's initialisation sequence; interrupts are off.
        unsafe { Port::<u8>::new(port).write(value) };
    }
}
