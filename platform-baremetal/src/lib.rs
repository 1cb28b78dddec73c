//! Placeholder replaced in the same change.
#![no_std]
extern crate alloc;
