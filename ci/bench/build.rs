//! Links wasm3 where `./fetch` has built it; without it the table has a column less.

fn main() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/wasm3");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.join("libwasm3.a").display());
    println!("cargo::rustc-check-cfg=cfg(wasm3)");
    if folder.join("libwasm3.a").exists() {
        println!("cargo::rustc-cfg=wasm3");
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static=wasm3");
    }
}
