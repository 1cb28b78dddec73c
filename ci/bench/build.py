#!/usr/bin/env python3
"""Builds what only the benchmark needs, into target/: library programs as guests, and programs natively.

Called by `./fetch`. Comes in: the sources here and in ../guests, the toolchains of ../guests/build.py, C libraries from the registry crates
that libraries/sources/Cargo.toml and ../guests/sources/Cargo.toml pin. Goes out: target/guests/NAME.wasm, which are
reactors, and target/native/NAME.so; each exports `run`. What is there and newer than this file is not built again,
but for what is named.

    build.py guests     Lua, zstd, BLAKE3, Go
    build.py native     every program in C, with -O3 for a plain processor of the kind at hand
    build.py NAME...    only these, for both
"""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE / "target"
LIBRARIES = HERE / "libraries"
SPEC = importlib.util.spec_from_file_location("guests", HERE.parent / "guests" / "build.py")
guests = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(guests)

REACTOR = [*guests.WASI, "-mexec-model=reactor", "-O2", "-s", "-ffp-contract=off", "-w"]
SHARED = ["-O3", "-s", "-ffp-contract=off", "-shared", "-fPIC", "-fno-sanitize=all", "-w"]
LUA_PARTS = ["lapi", "lauxlib", "lbaselib", "lcode", "lctype", "ldebug", "ldo", "ldump", "lfunc", "lgc", "llex",
             "lmathlib", "lmem", "lobject", "lopcodes", "lparser", "lstate", "lstring", "lstrlib", "ltable", "ltablib",
             "ltm", "lundump", "lvm", "lzio"]
# The script makes no error and no coroutine, so that nothing is thrown; and strings hash alike in every run.
LUA_WASI = ["-D_SETJMP_H", "-Dluai_jmpbuf=int", "-DLUAI_THROW(L,c)=__builtin_trap()", "-DLUAI_TRY(L,c,a)={a}",
            "-D_WASI_EMULATED_SIGNAL"]
LUA_FLAGS = ["-Dluai_makeseed(L)=0x5eed"]
ZSTD_FLAGS = ["-DZSTD_DISABLE_ASM=1", "-DZSTD_LEGACY_SUPPORT=0"]
BLAKE3_PARTS = ["blake3.c", "blake3_dispatch.c", "blake3_portable.c"]
BLAKE3_FLAGS = [f"-DBLAKE3_NO_{kind}" for kind in ("SSE2", "SSE41", "AVX2", "AVX512")] + ["-DBLAKE3_USE_NEON=0"]


def crate_folders(manifest):
    """Folder of each registry crate that a manifest names, fetched by cargo."""
    out = subprocess.check_output([os.environ.get("CARGO", "cargo"), "metadata", "--locked", "--format-version", "1",
                                   "--manifest-path", str(manifest)])
    return {p["name"]: pathlib.Path(p["manifest_path"]).parent for p in json.loads(out)["packages"]}


def compile_go(folder, output):
    """A Go package as a guest whose functions are called, not its `main`."""
    go = guests.toolchain(guests.GO_PIN) / "go" / "bin" / "go"
    env = dict(os.environ, GOCACHE=str(guests.TOOLS / "go-cache"), GOPATH=str(guests.TOOLS / "go-path"),
               GOTOOLCHAIN="local", GOFLAGS="-trimpath", CGO_ENABLED="0", GOOS="wasip1", GOARCH="wasm")
    env.pop("GOROOT", None)
    guests.run([go, "build", "-ldflags=-s -w", "-buildmode=c-shared", "-o", output, "."], cwd=folder, env=env)


def libraries():
    """Of each library program its flags on both sides, those of WASI alone, and the library's sources."""
    crates = crate_folders(LIBRARIES / "sources" / "Cargo.toml")
    lua, zstd = crates["lua-src"] / "lua-5.4.9", crates["zstd-sys"] / "zstd" / "lib"
    blake3 = crates["blake3"] / "c"
    parts = [part for folder in ("common", "compress", "decompress") for part in sorted((zstd / folder).glob("*.c"))]
    return {
        "lua": ([f"-I{lua}", *LUA_FLAGS], LUA_WASI, [lua / f"{part}.c" for part in LUA_PARTS]),
        "zstd": ([f"-I{zstd}", *ZSTD_FLAGS], [], parts),
        "blake3": ([f"-I{blake3}", *BLAKE3_FLAGS], [], [blake3 / part for part in BLAKE3_PARTS]),
    }


def shared_guests():
    """Of each program of ../guests that the benchmark runs its flags and sources."""
    crates = crate_folders(guests.HERE / "sources" / "Cargo.toml")
    sqlite, zlib = crates["libsqlite3-sys"] / "sqlite3", crates["libz-sys"] / "src" / "zlib"
    quickjs = crates["rquickjs-sys"] / "quickjs"
    c = guests.HERE / "c"
    programs = {name: ([], [c / f"{name}.c"]) for name in ("fib", "nbody", "sha256", "byteloop")}
    programs["sqlite"] = ([f"-I{sqlite}", *guests.SQLITE_FLAGS], [c / "sqlite_speed.c", sqlite / "sqlite3.c"])
    programs["zlib"] = ([f"-I{zlib}"], [c / "zlib_speed.c", *(zlib / part for part in guests.ZLIB_PARTS)])
    programs["quickjs"] = ([f"-I{quickjs}", "-D_GNU_SOURCE"],
                           [c / "quickjs_speed.c", *(quickjs / part for part in guests.QUICKJS_PARTS)])
    return programs


def wasm(name, parts):
    output = TARGET / "guests" / f"{name}.wasm"
    if name == "go":
        return output, lambda: compile_go(LIBRARIES / "go", output)
    flags, of_wasi, sources = parts
    arguments = [*REACTOR, *flags, *of_wasi, LIBRARIES / f"{name}.c", *sources]
    return output, lambda: guests.compile_c(arguments, output)


def native(name, flags, sources):
    output = TARGET / "native" / f"{name}.so"
    target = ["-target", f"{guests.platform.machine()}-linux-gnu"]
    return output, lambda: guests.compile_c([*target, *SHARED, *flags, *sources, "-lm"], output)


def jobs(names):
    known = libraries()
    for name in [*known, "go"]:
        if "guests" in names or name in names:
            yield wasm(name, known.get(name))
    # A program with the vectors of WebAssembly has no native side.
    programs = {source.stem: ([], [source]) for source in sorted(guests.BENCH.glob("*.c"))
                if "wasm_simd128.h" not in source.read_text()}
    programs |= {name: (flags, [LIBRARIES / f"{name}.c", *sources]) for name, (flags, _, sources) in known.items()}
    for name, (flags, sources) in (programs | shared_guests()).items():
        if "native" in names or name in names:
            yield native(name, flags, sources)


def make(names, job):
    output, build = job
    current = output.exists() and output.stat().st_mtime > pathlib.Path(__file__).stat().st_mtime
    if current and output.stem not in names:
        return f"{output.name}: up to date"
    output.parent.mkdir(parents=True, exist_ok=True)
    build()
    return f"{output.name}: {output.stat().st_size} bytes"


def main(names):
    guests.toolchain(guests.ZIG_PIN)
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(lambda job: make(names, job), jobs(names or ["guests", "native"])):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
