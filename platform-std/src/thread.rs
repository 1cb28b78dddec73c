//! Telling threads apart.
//!
//! In: nothing. Out: a number, for [`ReservingAllocator`](ringzero::reserve::ReservingAllocator).

/// A number that the present thread keeps and no other has meanwhile. It allocates nothing.
///
/// ```
/// use std::alloc::System;
/// use ringzero::reserve::ReservingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: ReservingAllocator<System> =
///     ReservingAllocator::new(System, ringzero_platform_std::this_thread);
/// # assert_eq!(ringzero_platform_std::this_thread(), ringzero_platform_std::this_thread());
/// ```
pub fn this_thread() -> usize {
    thread_local! {
        static HERE: u8 = const { 0 };
    }
    HERE.with(|here| std::ptr::from_ref(here) as usize)
}

#[cfg(test)]
mod tests {
    use super::this_thread;

    #[test]
    fn threads_differ() {
        let other = std::thread::spawn(this_thread).join().unwrap();
        assert_eq!(this_thread(), this_thread());
        assert_ne!(this_thread(), 0);
        // The other thread has ended: its number may come again, but not while this one lives.
        assert_ne!(this_thread(), other);
    }
}
