//! Decides how the interpreter dispatches: tail calls exist only where LLVM optimises.
//!
//! In: the profile's optimisation level: for size, LLVM leaves calls where it would jump for speed. Out: `cfg(ringzero_tail_dispatch)`. A build script does not see debug
//! assertions, whose checks keep handlers from ending in a jump: the sources ask for their absence as well.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(ringzero_tail_dispatch)");
    println!("cargo::rerun-if-env-changed=OPT_LEVEL");
    if std::env::var("OPT_LEVEL").is_ok_and(|level| level == "2" || level == "3") {
        println!("cargo::rustc-cfg=ringzero_tail_dispatch");
    }
}
