//! How one handler gets to the next.
//!
//! In: a place in running code. Out: why the handlers were left. Two ways, from the same handlers, each with the
//! heads of operations that it wants:
//!
//! - **Tail**: each handler ends in a jump to the next one, whose address is the operation's head, with all
//!   registers in the machine's registers. Stable
//!   Rust does not promise it; LLVM does it for calls in tail position between functions of one signature
//!   when it optimises, and a test runs 10^8 operations on a small stack to see that it still does.
//! - **Loop**: a loop calls one handler after another, by the operation's number. For builds without
//!   optimisation, or with debug assertions, whose checks keep LLVM from jumping.

use super::machine::{Exit, Flow, Machine};
use super::{other, scalar, vector};
use crate::bytecode::{Head, Heads, Op, for_each_operation, numbered};
use crate::vm::{Place, VmInstance, VmStore};

/// How the interpreter gets from one operation to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dispatch {
    /// Whatever is fastest in this build.
    #[default]
    Auto,
    /// By tail calls; by a loop where the build does not have them.
    Tail,
    /// By a loop.
    Loop,
}

/// An operation's meaning.
pub(super) trait Handler {
    /// Carries out the operation at `ip`.
    fn run(machine: &mut Machine) -> Flow;
}

/// Runs from the store's place until a handler leaves, and notes where that was.
///
/// # Safety
/// The store's place fulfils [`Machine`]'s invariant, and nobody else uses the store meanwhile.
pub(super) unsafe fn run(store: *mut VmStore, dispatch: Dispatch) -> Exit {
    // SAFETY: the store is live.
    let place = unsafe { (*store).place };
    // SAFETY: the caller's promise.
    let machine = unsafe { Machine::at(place) };
    match dispatch {
        #[cfg(all(ringzero_tail_dispatch, not(debug_assertions)))]
        Dispatch::Auto | Dispatch::Tail => tail::start(machine),
        _ => looped::start(machine),
    }
    // SAFETY: the store is live.
    Exit(unsafe { (*store).exit })
}

/// The heads that code must have to be run this way.
pub(crate) fn heads(dispatch: Dispatch) -> Heads {
    match dispatch {
        #[cfg(all(ringzero_tail_dispatch, not(debug_assertions)))]
        Dispatch::Auto | Dispatch::Tail => tail::head,
        _ => numbered,
    }
}

/// Where the frame that the host entered returns to.
pub(super) fn halt(dispatch: Dispatch) -> *const u16 {
    match dispatch {
        #[cfg(all(ringzero_tail_dispatch, not(debug_assertions)))]
        Dispatch::Auto | Dispatch::Tail => (&raw const tail::HALT).cast(),
        _ => looped::HALT.as_ptr(),
    }
}

/// Where a tail call into another instance returns to.
pub(super) fn switch_back(dispatch: Dispatch) -> *const u16 {
    match dispatch {
        #[cfg(all(ringzero_tail_dispatch, not(debug_assertions)))]
        Dispatch::Auto | Dispatch::Tail => (&raw const tail::SWITCH_BACK).cast(),
        _ => looped::SWITCH_BACK.as_ptr(),
    }
}

/// Whether this is where the frame that the host entered returns to.
pub(super) fn is_halt(ip: *const u16) -> bool {
    [Dispatch::Auto, Dispatch::Loop].into_iter().any(|dispatch| ip == halt(dispatch))
}

/// Whether this is where a tail call into another instance returns to.
pub(super) fn is_switch_back(ip: *const u16) -> bool {
    [Dispatch::Auto, Dispatch::Loop].into_iter().any(|dispatch| ip == switch_back(dispatch))
}

/// Whether the operation here puts the frame's own instance back.
///
/// # Safety
/// It is an operation, and not a stub.
pub(super) unsafe fn restores(ip: *const u16) -> bool {
    // SAFETY: the caller's promise.
    let head = unsafe { *ip.cast::<Head>() };
    let restores = |dispatch| heads(dispatch)(Op::RestoreInstance as u16);
    [Dispatch::Auto, Dispatch::Loop].into_iter().any(|dispatch| head == restores(dispatch))
}

/// Notes why and where the handlers were left. In memory, since a handler whose result were known to its
/// compiler would not jump here but call.
#[cold]
#[inline(never)]
fn note(ip: *const u16, sp: *mut u64, instance: *mut VmInstance, exit: Exit) {
    // SAFETY: the machine's invariant: the instance is live.
    let store = unsafe { (*instance).store };
    // SAFETY: an instance's store is live, and the driver, who alone uses it, waits for the handlers.
    unsafe { (*store).place = Place { ip, sp, instance } }
    // SAFETY: as above.
    unsafe { (*store).exit = exit.0 }
}

mod looped {
    //! Dispatch by a loop.

    use super::{Flow, Handler, LOOPED, Machine, note};
    use crate::bytecode::{Head, Op, numbered};

    pub(super) static HALT: Head = numbered(Op::Halt as u16);
    pub(super) static SWITCH_BACK: Head = numbered(Op::SwitchBack as u16);

    pub(super) type Run = fn(&mut Machine) -> Flow;

    pub(super) fn start(mut machine: Machine) {
        loop {
            let handler = LOOPED[usize::from(machine.number()) % Op::ALL.len()];
            if let Flow::Leave(exit) = handler(&mut machine) {
                return note(machine.ip, machine.sp, machine.instance, exit);
            }
        }
    }

    pub(super) fn run<H: Handler>(machine: &mut Machine) -> Flow {
        H::run(machine)
    }
}

#[cfg(all(ringzero_tail_dispatch, not(debug_assertions)))]
mod tail {
    //! Dispatch by tail calls.

    use core::ptr::NonNull;

    use super::{Exit, Flow, Handler, Machine, TAIL, note, other};
    use crate::bytecode::{HEAD_UNITS, Head};
    use crate::interp::out;
    use crate::vm::{Place, VmInstance};

    // Stubs are a handler's address and nothing else.
    pub(super) static HALT: Run = keep::<other::Halt>();
    pub(super) static SWITCH_BACK: Run = keep::<other::SwitchBack>();

    /// Declares with the calling convention that passes six integers in registers.
    macro_rules! with_convention {
        ($abi:literal) => {
            #[derive(Clone, Copy)]
            #[repr(transparent)]
            pub(super) struct Run(
                unsafe extern $abi fn(
                    *const u16,
                    *mut u64,
                    *mut u8,
                    usize,
                    *mut VmInstance,
                    u64,
                    f64,
                ),
            );

            /// Carries out one operation and jumps to the next.
            ///
            /// # Safety
            /// The arguments fulfil [`Machine`]'s invariant.
            unsafe extern $abi fn run<H: Handler, const KEEP: bool>(
                ip: *const u16,
                sp: *mut u64,
                memory: *mut u8,
                memory_len: usize,
                instance: *mut VmInstance,
                acc: u64,
                float_acc: f64,
            ) {
                let mut machine =
                    Machine { ip, sp, memory, memory_len, instance, acc, float_acc, keep: KEEP };
                match H::run(&mut machine) {
                    Flow::Next => {
                        // SAFETY: the machine's invariant: `ip` points to an operation.
                        let next = unsafe { handler(machine.ip) };
                        let Machine { ip, sp, memory, memory_len, instance, acc, float_acc, .. } = machine;
                        // SAFETY: a handler keeps the invariant.
                        unsafe { (next.0)(ip, sp, memory, memory_len, instance, acc, float_acc) }
                    }
                    // SAFETY: whoever announces such a call has named its function in the store.
                    Flow::Leave(Exit::HOST_CALL) => unsafe { host(machine.ip, machine.sp, machine.instance) },
                    Flow::Leave(exit) => leave(machine.ip, machine.sp, machine.instance, exit),
                }
            }

            /// Calls the host function that the store names, and jumps to the operation at `ip`. It has a frame,
            /// which is gone before the jump; the handler that has jumped here has none.
            ///
            /// # Safety
            /// The arguments fulfil [`Machine`]'s invariant, and the store names a function of the host.
            #[inline(never)]
            unsafe extern $abi fn host(ip: *const u16, sp: *mut u64, instance: *mut VmInstance) {
                let mut place = Place { ip, sp, instance };
                // SAFETY: the caller's promise.
                if !unsafe { call(&mut place) } {
                    return leave(place.ip, place.sp, instance, Exit::RAISED);
                }
                // SAFETY: the place is behind the call, where an operation is.
                let machine = unsafe { Machine::at(place) };
                // SAFETY: as above.
                let next = unsafe { handler(machine.ip) };
                let Machine { ip, sp, memory, memory_len, instance, acc, float_acc, .. } = machine;
                // SAFETY: as above.
                unsafe { (next.0)(ip, sp, memory, memory_len, instance, acc, float_acc) }
            }

            #[cold]
            #[inline(never)]
            extern $abi fn leave(ip: *const u16, sp: *mut u64, instance: *mut VmInstance, exit: Exit) {
                note(ip, sp, instance, exit);
            }
        };
    }

    // Where the platform catches no panics, one of a host function's goes through here. Where panics abort nothing
    // does, and a convention that said so would keep a handler's frame until its call has returned.
    #[cfg(all(target_arch = "x86_64", panic = "unwind"))]
    with_convention!("sysv64-unwind");
    #[cfg(all(target_arch = "x86_64", not(panic = "unwind")))]
    with_convention!("sysv64");
    #[cfg(all(not(target_arch = "x86_64"), panic = "unwind"))]
    with_convention!("C-unwind");
    #[cfg(all(not(target_arch = "x86_64"), not(panic = "unwind")))]
    with_convention!("C");

    /// Calls the host function that the store names, on behalf of a place: whether it returned.
    ///
    /// # Safety
    /// The place's instance is live, nobody else uses its store, and the store names a function of the host.
    #[inline(always)]
    unsafe fn call(place: &mut Place) -> bool {
        // SAFETY: the caller's promise: the instance is live.
        let Some(store) = NonNull::new(unsafe { (*place.instance).store }) else { return false };
        // SAFETY: an instance's store is live.
        let callee = unsafe { (*store.as_ptr()).callee };
        // SAFETY: as above.
        let frame = unsafe { (*store.as_ptr()).callee_frame };
        let Some(callee) = NonNull::new(callee.cast_mut()) else { return false };
        // SAFETY: the caller's promise; the driver, who alone uses the store, waits for the handlers.
        unsafe { out::call(store, place, callee, frame) }
    }

    /// The handler that keeps its result in its slot.
    pub(super) const fn keep<H: Handler>() -> Run {
        Run(run::<H, true>)
    }

    /// The one that leaves it in the accumulator alone.
    pub(super) const fn pass<H: Handler>() -> Run {
        Run(run::<H, false>)
    }

    /// A head that is a handler's address, in memory as [`handler`] reads it.
    pub(super) fn head(number: u16) -> Head {
        let Run(handler) = TAIL[usize::from(number)];
        let address = (handler as usize).to_ne_bytes();
        let mut head = [0; HEAD_UNITS];
        for (unit, bytes) in head.iter_mut().zip(address.as_chunks().0) {
            *unit = u16::from_ne_bytes(*bytes);
        }
        head
    }

    /// The handler of the operation at a place.
    ///
    /// # Safety
    /// There is an operation whose head [`head`] has made.
    #[inline(always)]
    unsafe fn handler(ip: *const u16) -> Run {
        // SAFETY: the caller's promise; the head need not be aligned.
        unsafe { ip.cast::<Run>().read_unaligned() }
    }

    pub(super) fn start(machine: Machine) {
        // SAFETY: the machine's invariant: `ip` points to an operation.
        let Run(first) = unsafe { handler(machine.ip) };
        let Machine { ip, sp, memory, memory_len, instance, acc, float_acc, .. } = machine;
        // SAFETY: the machine's invariant is the handlers'.
        unsafe { first(ip, sp, memory, memory_len, instance, acc, float_acc) }
    }
}

macro_rules! tables {
    (
        {
            commutative { $($co:ident $coa:ident $coi:ident $coia:ident : $coty:ident = $cov:ident $cof:ident;)* }
            directed { $($di:ident $dia:ident $dira:ident $dii:ident $diia:ident $dir:ident $direva:ident : $dity:ident = $div:ident $dif:ident;)* }
            fallible { $($fa:ident $fai:ident $far:ident : $faty:ident = $fav:ident $faf:ident;)* }
            int_compare { $($ic:ident $ica:ident $ici:ident $icia:ident $icb:ident $icba:ident $icbi:ident $icbia:ident not $icn:ident swapped $ics:ident : $icty:ident = $icv:ident $icf:ident;)* }
            float_compare { $($fc:ident $fca:ident $fcb:ident $fcba:ident $fcn:ident $fcna:ident swapped $fcs:ident : $fcty:ident = $fcv:ident $fcf:ident;)* }
            unary { $($un:ident $una_:ident : $una:ident => $unr:ident = $unv:ident $unf:ident;)* }
            fallible_unary { $($fu:ident : $fua:ident => $fur:ident = $fuv:ident $fuf:ident;)* }
            load { $($lo:ident $loacc:ident $loa:ident $los:ident $lop:ident $lopa:ident $lof:ident : $lom:ty => $lor:ident = $lov:ident ($loe:expr);)* }
            store { $($st:ident $stacc:ident $stat:ident $sti:ident $sta:ident $sts:ident $stsa:ident $stf:ident $stfa:ident : $stv:ident => $stm:ident = $stvi:ident ($ste:expr);)* }
        }
        {
            unary { $($vu:ident = $vuv:ident $vuf:ident;)* }
            binary { $($vb:ident = $vbv:ident $vbf:ident;)* }
            ternary { $($vt:ident = $vtv:ident $vtf:ident;)* }
            shift { $($vs:ident $vsi:ident = $vsv:ident $vsf:ident;)* }
            test { $($ve:ident : $vety:ident = $vev:ident $vef:ident;)* }
            splat { $($vp:ident : $vpty:ident = $vpv:ident $vpf:ident;)* }
            extract { $($vx:ident : $vxty:ident = $vxv:ident $vxf:ident;)* }
            replace { $($vr:ident : $vrty:ident = $vrv:ident $vrf:ident;)* }
            load { $($vl:ident $vla:ident $vls:ident : $vlm:ty => $vlr:ident = $vlv:ident ($vle:expr);)* }
            load_lane { $($ll:ident : $llm:ident = $llv:ident ($lle:expr);)* }
            store_lane { $($sl:ident : $slm:ident = $slv:ident ($sle:expr);)* }
        }
        { $($ot:ident { $($oto:ident)* })* }
    ) => {
        tables! { lists
            scalar: [$($co $coa $coi $coia)* $($di $dia $dira $dii $diia $dir $direva)* $($fa $fai $far)*
                $($ic $ica $ici $icia $icb $icba $icbi $icbia)* $($fc $fca $fcb $fcba $fcn $fcna)*
                $($un $una_)* $($fu)* $($lo $loacc $loa $los $lop $lopa $lof)*
                $($st $stacc $stat $sti $sta $sts $stsa $stf $stfa)*]
            vector: [$($vu)* $($vb)* $($vt)* $($vs $vsi)* $($ve)* $($vp)* $($vx)* $($vr)* $($vl $vla $vls)* $($ll)* $($sl)*]
            other: [$($ot)*]
            passing: [$(pass $co pass $coa pass $coi pass $coia)*
                $(pass $di pass $dia pass $dira pass $dii pass $diia pass $dir pass $direva)*
                $(pass $fa pass $fai pass $far)*
                $(pass $ic pass $ica pass $ici pass $icia keep $icb keep $icba keep $icbi keep $icbia)*
                $(pass $fc pass $fca keep $fcb keep $fcba keep $fcn keep $fcna)*
                $(pass $un pass $una_)* $(pass $fu)*
                $(pass $lo pass $loacc pass $loa pass $los pass $lop pass $lopa pass $lof)*
                $(keep $st keep $stacc keep $stat keep $sti keep $sta keep $sts keep $stsa keep $stf keep $stfa)*]
        }
    };
    (lists scalar: [$($scalar:ident)*] vector: [$($vector:ident)*] other: [$($other:ident)*]
        passing: [$($kind:ident $passing:ident)*]) => {
        /// The handlers for the loop, by operation. They keep each result: a slot that nobody reads does no harm.
        static LOOPED: [looped::Run; Op::ALL.len()] = [
            $(looped::run::<scalar::$scalar>,)*
            $(looped::run::<vector::$vector>,)*
            $(looped::run::<other::$other>,)*
        ];
        /// The handlers that jump to one another, by operation.
        #[cfg(all(ringzero_tail_dispatch, not(debug_assertions)))]
        static TAIL: [tail::Run; 2 * Op::ALL.len()] = [
            $(tail::keep::<scalar::$scalar>(),)*
            $(tail::keep::<vector::$vector>(),)*
            $(tail::keep::<other::$other>(),)*
            $(tail::$kind::<scalar::$passing>(),)*
            $(tail::keep::<vector::$vector>(),)*
            $(tail::keep::<other::$other>(),)*
        ];
    };
}
for_each_operation!(tables);
