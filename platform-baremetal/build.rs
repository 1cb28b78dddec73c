//! How the kernel is linked.
//!
//! In: nothing. Out: linker arguments for the kernels among this package's programs, and for nothing else. Everything
//! that a linker for the host would add is left out: no start files, no libc, no position independence.

fn main() {
    println!("cargo::rerun-if-changed=kernel/kernel.ld");
    println!("cargo::rerun-if-changed=build.rs");
    let kernels: &[&str] = match (feature("CHECKS"), feature("KERNEL")) {
        (true, _) => &["ringzero-kernel", "ringzero-check-kernel"],
        (false, true) => &["ringzero-kernel"],
        (false, false) => &[],
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/kernel/kernel.ld");
    for kernel in kernels {
        for argument in [
            &format!("-T{script}"),
            "-static",
            "-no-pie",
            "-nostdlib",
            "-nostartfiles",
            "-Wl,-z,norelro,-z,max-page-size=4096,--build-id=none,--no-eh-frame-hdr",
        ] {
            println!("cargo::rustc-link-arg-bin={kernel}={argument}");
        }
    }
}

/// Whether cargo builds the package with this feature.
fn feature(name: &str) -> bool {
    std::env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}
