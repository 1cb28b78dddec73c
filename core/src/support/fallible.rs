//! Growth that may fail: what a guest sizes never aborts the host.
#![expect(unsafe_code, reason = "a boxed value can only be allocated fallibly through the allocator itself")]

use alloc::alloc::{Layout, alloc};
use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

/// The host has no memory left for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

impl core::error::Error for OutOfMemory {}

/// `push` and friends that report instead of aborting.
pub(crate) trait TryPush<T> {
    /// Appends one value.
    ///
    /// # Errors
    /// [`OutOfMemory`]; the vector is then unchanged.
    fn try_push(&mut self, value: T) -> Result<(), OutOfMemory>;

    /// Appends copies of all values.
    ///
    /// # Errors
    /// [`OutOfMemory`]; the vector is then unchanged.
    fn try_extend(&mut self, values: &[T]) -> Result<(), OutOfMemory>
    where
        T: Copy;
}

impl<T> TryPush<T> for Vec<T> {
    #[inline]
    fn try_push(&mut self, value: T) -> Result<(), OutOfMemory> {
        if self.len() == self.capacity() {
            self.try_reserve(1).map_err(|_| OutOfMemory)?;
        }
        self.push(value);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, values: &[T]) -> Result<(), OutOfMemory>
    where
        T: Copy,
    {
        self.try_reserve(values.len()).map_err(|_| OutOfMemory)?;
        self.extend_from_slice(values);
        Ok(())
    }
}

/// A copy of a slice.
pub(crate) fn try_to_vec<T: Copy>(values: &[T]) -> Result<Vec<T>, OutOfMemory> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(values.len()).map_err(|_| OutOfMemory)?;
    copy.extend_from_slice(values);
    Ok(copy)
}

/// A boxed slice of `len` values, each made by `make`.
pub(crate) fn try_boxed_slice<T>(len: usize, make: impl FnMut(usize) -> T) -> Result<Box<[T]>, OutOfMemory> {
    let mut items = Vec::new();
    items.try_reserve_exact(len).map_err(|_| OutOfMemory)?;
    items.extend((0..len).map(make));
    Ok(items.into_boxed_slice())
}

/// A copy of a string.
pub(crate) fn try_string(text: &str) -> Result<String, OutOfMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len()).map_err(|_| OutOfMemory)?;
    copy.push_str(text);
    Ok(copy)
}

/// `Box::new` that reports instead of aborting.
pub(crate) fn try_boxed<T>(value: T) -> Result<Box<T>, OutOfMemory> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        return Ok(Box::new(value));
    }
    // SAFETY: the layout's size is not 0.
    let memory = unsafe { alloc(layout) }.cast::<T>();
    if memory.is_null() {
        return Err(OutOfMemory);
    }
    // SAFETY: the allocation is fresh, aligned and sized for one `T`.
    unsafe { memory.write(value) };
    // SAFETY: `memory` came from the global allocator with `T`'s layout and holds a `T`.
    Ok(unsafe { Box::from_raw(memory) })
}
