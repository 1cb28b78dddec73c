//! Every function, called as a guest calls it, on the core's test bed.
//!
//! [`Guest`] stands for a program with one page of memory. It lays its arguments out at fixed addresses and
//! reads the results back.

mod attack;
mod chaos;
mod fd;
mod fd_io;
mod once;
mod path;
mod path_open;
mod poll;
mod readdir;
mod sock;

use alloc::{sync::Arc, vec, vec::Vec};

use ringzero::platform::{FileFlags, testing::TestDir};

use crate::{
    Errno, WasiCtx, WasiCtxBuilder,
    abi::Rights,
    fd as descriptors, fd_io as transfers,
    memory::{GuestMemory, GuestPtr},
    path as names,
};

/// Where the guest keeps things.
const RESULT: u32 = 0x100;
const IOVS: u32 = 0x1000;
const PATH: u32 = 0x4000;
const OTHER_PATH: u32 = 0x6000;
const DATA: u32 = 0x8000;
const PAGE: usize = 0x1_0000;

/// The descriptor of the first directory.
const ROOT: u32 = 3;

const READ: Rights = Rights::FD_READ;
const WRITE: Rights = Rights::FD_WRITE;
const BOTH: Rights = Rights::FD_READ.union(Rights::FD_WRITE);

const CREAT: u32 = 1;
const DIRECTORY: u32 = 2;
const EXCL: u32 = 4;
const TRUNC: u32 = 8;

struct Guest {
    ctx: WasiCtx,
    bytes: Vec<u8>,
}

type Outcome<T> = Result<T, Errno>;

fn at(address: u32) -> GuestPtr {
    GuestPtr::new(address)
}

impl Guest {
    fn new(builder: WasiCtxBuilder) -> Self {
        Self { ctx: builder.build().unwrap(), bytes: vec![0; PAGE] }
    }

    /// A guest with one empty directory under `/`.
    fn with_root() -> (Self, Arc<TestDir>) {
        let root = TestDir::new();
        let guest = Self::new(WasiCtxBuilder::new().preopen("/", root.clone()));
        (guest, root)
    }

    /// Calls a function with the memory.
    fn call<R>(&mut self, function: impl FnOnce(&mut WasiCtx, &mut GuestMemory<'_>) -> R) -> R {
        function(&mut self.ctx, &mut GuestMemory::new(&mut self.bytes))
    }

    fn put(&mut self, address: u32, bytes: &[u8]) {
        let start = address as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn get(&self, address: u32, len: usize) -> &[u8] {
        &self.bytes[address as usize..][..len]
    }

    fn u32_at(&self, address: u32) -> u32 {
        u32::from_le_bytes(self.get(address, 4).try_into().unwrap())
    }

    fn u64_at(&self, address: u32) -> u64 {
        u64::from_le_bytes(self.get(address, 8).try_into().unwrap())
    }

    /// Lays out an array of `(address, length)`.
    fn iovs(&mut self, buffers: &[(u32, u32)]) -> u32 {
        for (index, (address, len)) in buffers.iter().enumerate() {
            let slot = IOVS + 8 * index as u32;
            self.put(slot, &address.to_le_bytes());
            self.put(slot + 4, &len.to_le_bytes());
        }
        buffers.len() as u32
    }

    fn read_into(&mut self, fd: u32, buffers: &[(u32, u32)]) -> Outcome<u32> {
        let count = self.iovs(buffers);
        self.call(|c, m| transfers::fd_read(c, m, fd, at(IOVS), count, at(RESULT)))?;
        Ok(self.u32_at(RESULT))
    }

    fn pread_into(&mut self, fd: u32, buffers: &[(u32, u32)], offset: u64) -> Outcome<u32> {
        let count = self.iovs(buffers);
        self.call(|c, m| transfers::fd_pread(c, m, fd, at(IOVS), count, offset, at(RESULT)))?;
        Ok(self.u32_at(RESULT))
    }

    fn write_from(&mut self, fd: u32, buffers: &[(u32, u32)]) -> Outcome<u32> {
        let count = self.iovs(buffers);
        self.call(|c, m| transfers::fd_write(c, m, fd, at(IOVS), count, at(RESULT)))?;
        Ok(self.u32_at(RESULT))
    }

    fn pwrite_from(&mut self, fd: u32, buffers: &[(u32, u32)], offset: u64) -> Outcome<u32> {
        let count = self.iovs(buffers);
        self.call(|c, m| transfers::fd_pwrite(c, m, fd, at(IOVS), count, offset, at(RESULT)))?;
        Ok(self.u32_at(RESULT))
    }

    /// Reads up to `len` bytes with one buffer.
    fn read(&mut self, fd: u32, len: u32) -> Outcome<Vec<u8>> {
        let count = self.read_into(fd, &[(DATA, len)])?;
        Ok(self.get(DATA, count as usize).to_vec())
    }

    fn write(&mut self, fd: u32, bytes: &[u8]) -> Outcome<u32> {
        self.put(DATA, bytes);
        self.write_from(fd, &[(DATA, bytes.len() as u32)])
    }

    fn seek(&mut self, fd: u32, delta: i64, whence: u32) -> Outcome<u64> {
        self.call(|c, m| descriptors::fd_seek(c, m, fd, delta, whence, at(RESULT)))?;
        Ok(self.u64_at(RESULT))
    }

    fn tell(&mut self, fd: u32) -> Outcome<u64> {
        self.call(|c, m| descriptors::fd_tell(c, m, fd, at(RESULT)))?;
        Ok(self.u64_at(RESULT))
    }

    fn close(&mut self, fd: u32) -> Outcome<()> {
        descriptors::fd_close(&mut self.ctx, fd)
    }

    /// `path_open` from the root, not following, with plain flags.
    fn open(&mut self, name: &str, oflags: u32, base: Rights) -> Outcome<u32> {
        self.open_at(ROOT, false, name, oflags, base, FileFlags::empty())
    }

    fn open_at(
        &mut self,
        fd: u32,
        follow: bool,
        name: &str,
        oflags: u32,
        base: Rights,
        flags: FileFlags,
    ) -> Outcome<u32> {
        self.put(PATH, name.as_bytes());
        let (len, base, inheriting) = (name.len() as u32, base.bits(), Rights::all().bits());
        let (follow, flags) = (u32::from(follow), u32::from(flags.bits()));
        self.call(|c, m| {
            let place = at(RESULT);
            names::path_open(c, m, fd, follow, at(PATH), len, oflags, base, inheriting, flags, place)
        })?;
        Ok(self.u32_at(RESULT))
    }

    /// Makes an empty file.
    fn touch(&mut self, name: &str) {
        let fd = self.open(name, CREAT, Rights::empty()).unwrap();
        self.close(fd).unwrap();
    }

    fn mkdir(&mut self, name: &str) -> Outcome<()> {
        self.put(PATH, name.as_bytes());
        let len = name.len() as u32;
        self.call(|c, m| names::path_create_directory(c, m, ROOT, at(PATH), len))
    }

    fn symlink(&mut self, target: &str, name: &str) -> Outcome<()> {
        self.put(PATH, target.as_bytes());
        self.put(OTHER_PATH, name.as_bytes());
        let (target_len, len) = (target.len() as u32, name.len() as u32);
        self.call(|c, m| names::path_symlink(c, m, at(PATH), target_len, ROOT, at(OTHER_PATH), len))
    }

    fn fdstat(&mut self, fd: u32) -> Outcome<Fdstat> {
        self.call(|c, m| descriptors::fd_fdstat_get(c, m, fd, at(RESULT)))?;
        Ok(Fdstat {
            kind: self.get(RESULT, 1)[0],
            flags: self.get(RESULT + 2, 1)[0],
            base: Rights::from_bits_retain(self.u64_at(RESULT + 8)),
            inheriting: Rights::from_bits_retain(self.u64_at(RESULT + 16)),
        })
    }

    fn filestat(&mut self, fd: u32) -> Outcome<Filestat> {
        self.call(|c, m| descriptors::fd_filestat_get(c, m, fd, at(RESULT)))?;
        Ok(self.filestat_result())
    }

    fn path_filestat(&mut self, follow: bool, name: &str) -> Outcome<Filestat> {
        self.put(PATH, name.as_bytes());
        let (len, follow) = (name.len() as u32, u32::from(follow));
        self.call(|c, m| names::path_filestat_get(c, m, ROOT, follow, at(PATH), len, at(RESULT)))?;
        Ok(self.filestat_result())
    }

    fn filestat_result(&self) -> Filestat {
        Filestat {
            inode: self.u64_at(RESULT + 8),
            kind: self.get(RESULT + 16, 1)[0],
            links: self.u64_at(RESULT + 24),
            size: self.u64_at(RESULT + 32),
            accessed: self.u64_at(RESULT + 40),
            modified: self.u64_at(RESULT + 48),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fdstat {
    kind: u8,
    flags: u8,
    base: Rights,
    inheriting: Rights,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Filestat {
    inode: u64,
    kind: u8,
    links: u64,
    size: u64,
    accessed: u64,
    modified: u64,
}
