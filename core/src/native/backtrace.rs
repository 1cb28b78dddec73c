//! Where machine code stands, frame by frame.
//!
//! In: an activation whose code has been left. Out: functions and offsets, innermost first. Frames are linked by `rbp`;
//! what a function without a link was called from is known from the place that it stopped at. Frames between functions,
//! which change the instance or keep registers, are stepped over, and tell whose the next function is.

use core::ptr::{NonNull, with_exposed_provenance, with_exposed_provenance_mut};

use super::activation::Activation;
use crate::abi::{Owner, Site};
use crate::code::{Code, find};
use crate::vm::VmInstance;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The function's position among its module's bodies.
    pub(crate) body: u32,
    /// The operator's offset in the module's bytes; 0 where unknown.
    pub(crate) offset: u32,
    /// The instance that it runs in.
    pub(crate) instance: NonNull<VmInstance>,
}

/// The frames of one call. It ends at the trampoline.
pub(crate) struct Places<'a> {
    activation: &'a Activation,
    /// The next frame's instruction; 0 at the end.
    pc: usize,
    fp: usize,
    /// The stack pointer, where it is known: in the innermost frame.
    sp: Option<usize>,
    /// The instance.
    context: usize,
}

impl<'a> Places<'a> {
    /// Those of a call that was left.
    pub(super) fn of(activation: &'a Activation) -> Self {
        let mut places = Self { activation, pc: 0, fp: 0, sp: None, context: activation.exit_context };
        if let Some(fault) = activation.fault {
            (places.pc, places.fp, places.sp) = (fault.pc, fault.fp, Some(fault.sp));
            places.context = fault.context;
        } else if let Some(pc) = places.word(activation.exit_sp) {
            (places.pc, places.fp) = (pc, activation.exit_fp);
        }
        places
    }

    /// A word of the stack, if the address is one of the stack's.
    fn word(&self, address: usize) -> Option<usize> {
        let top = core::ptr::from_ref(self.activation) as usize;
        // SAFETY: the extent lies on the same stack as the activation.
        let low = unsafe { (*self.activation.extent).low };
        let inside = address.is_multiple_of(size_of::<usize>()) && (low..top).contains(&address);
        // SAFETY: the stack can be read between what is not accessible and the activation, and nothing runs on it.
        inside.then(|| unsafe { with_exposed_provenance::<usize>(address).read() })
    }

    /// Goes to the frame that called this function.
    fn step(&mut self, code: &Code) {
        let sp = self.sp.take();
        let site = code.site(self.pc).map(|site| site.return_at).filter(|at| *at != Site::LINKED);
        // At a function's first instruction nothing has been pushed yet.
        let above = site.or_else(|| code.starts_at(self.pc).then_some(0));
        match (sp, above) {
            (Some(sp), Some(above)) => self.pc = self.word(sp + usize::from(above)).unwrap_or(0),
            _ => self.follow(),
        }
    }

    /// Goes to where a frame that is a link of the chain returns to.
    fn follow(&mut self) {
        let (pc, fp) = (self.word(self.fp.wrapping_add(size_of::<usize>())), self.word(self.fp));
        (self.pc, self.fp) = (pc.unwrap_or(0), fp.unwrap_or(0));
    }
}

impl Iterator for Places<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        loop {
            let pc = self.pc;
            let interrupted = self.sp.is_some();
            // A return address may lie behind the last instruction.
            let inside = if interrupted { pc } else { pc.checked_sub(1)? };
            // SAFETY: whoever asked promises that the code is published, as if it ran.
            let code = unsafe { find(inside)?.as_ref() };
            match code.function(inside)?.owner {
                Owner::Body(body) => {
                    self.step(code);
                    let offset = code.site(pc).map_or(0, |site| site.wasm);
                    let instance = NonNull::new(with_exposed_provenance_mut(self.context))?;
                    return Some(Place { body, offset, instance });
                }
                Owner::Trampoline => return None,
                Owner::Thunk => {
                    self.context = self.word(self.fp.wrapping_sub(size_of::<usize>()))?;
                    self.follow();
                }
                Owner::ToHost | Owner::Gate => self.follow(),
                Owner::Stop => {
                    // The link, the return address and a word.
                    let sp = self.fp.wrapping_add(3 * size_of::<usize>());
                    self.follow();
                    self.sp = Some(sp);
                }
            }
        }
    }
}
