//! Arbitrary bytes as an archive, and everything in it used up.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    ringzero_ci::fuzz::feed_archive(bytes);
});
