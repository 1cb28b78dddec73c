//! The code of a module's functions: translated when first called, or all at load.
//!
//! In: finished [`FuncBody`]s. Out: entry points that running code reads without a lock. A function's entry
//! starts as a stub, code that asks the driver to translate; it changes once, to the finished body's. A
//! body, once published, stays until the module is dropped.

use alloc::boxed::Box;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::bytecode::{FuncBody, Heads, Stub, lazy};
use crate::support::{OutOfMemory, try_boxed, try_boxed_slice};

/// One function's code, shared by all instances of its module.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct FuncCode {
    entry: AtomicPtr<u16>,
    body: AtomicPtr<FuncBody>,
}

impl FuncCode {
    fn new(stub: &Stub) -> Self {
        Self { entry: AtomicPtr::new(stub.as_ptr().cast_mut()), body: AtomicPtr::new(null_mut()) }
    }

    /// Where to start running it.
    #[inline(always)]
    pub(crate) fn entry(&self) -> *const u16 {
        self.entry.load(Ordering::Acquire)
    }

    /// The finished body, if it has been translated.
    pub(crate) fn body(&self) -> Option<&FuncBody> {
        // SAFETY: the pointer is null or came from `Box::into_raw` in `publish`; it is freed only in `drop`.
        unsafe { self.body.load(Ordering::Acquire).as_ref() }
    }

    /// Publishes a finished body, unless somebody else has been faster; translation is deterministic, so
    /// either will do.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn publish(&self, body: FuncBody) -> Result<(), OutOfMemory> {
        let body = Box::into_raw(try_boxed(body)?);
        let published =
            self.body.compare_exchange(null_mut(), body, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if published {
            // SAFETY: `body` is live: it was published just now and is freed only in `drop`.
            let code = unsafe { &(*body).code };
            self.entry.store(code.as_ptr().cast_mut(), Ordering::Release);
        } else {
            // SAFETY: `body` came from `Box::into_raw` above and nobody else has seen it.
            drop(unsafe { Box::from_raw(body) });
        }
        Ok(())
    }
}

impl Drop for FuncCode {
    fn drop(&mut self) {
        let body = *self.body.get_mut();
        if !body.is_null() {
            // SAFETY: it came from `Box::into_raw` in `publish`, and nobody runs code of a dropped module.
            drop(unsafe { Box::from_raw(body) });
        }
    }
}

/// The code of all defined functions of a module, by body position.
#[derive(Debug)]
pub(crate) struct CodeMap {
    functions: Box<[FuncCode]>,
    /// What the entries of functions not yet translated point to.
    _stubs: Box<[Stub]>,
}

impl CodeMap {
    /// A map of `len` functions not yet translated, in code with such heads.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn new(len: usize, heads: Heads) -> Result<Self, OutOfMemory> {
        let stubs = try_boxed_slice(len, |body| lazy(body as u32, heads))?;
        let functions = try_boxed_slice(len, |body| FuncCode::new(&stubs[body]))?;
        Ok(Self { functions, _stubs: stubs })
    }

    /// The functions, by body position.
    pub(crate) fn functions(&self) -> &[FuncCode] {
        &self.functions
    }

    /// Bytes of all finished code. Linear in the number of functions.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes = |function: &FuncCode| function.body().map_or(0, |body| size_of_val(&body.code[..]));
        self.functions.iter().map(|function| bytes(function) as u64).sum()
    }

    /// The body position of the function whose finished code holds this address. Linear: for backtraces.
    pub(crate) fn find(&self, ip: *const u16) -> Option<usize> {
        self.functions
            .iter()
            .position(|f| f.body().is_some_and(|body| body.code.as_ptr_range().contains(&ip)))
    }
}
