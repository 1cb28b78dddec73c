//! What a guest's world costs the host.
//!
//! In: a [`WasiCtx`]. Out: counts and bytes, taken when asked for.

use crate::ctx::WasiCtx;
use crate::table::{Descriptor, Object};

/// What a [`WasiCtx`] holds now: see [`WasiCtx::usage`]. It stands beside `ringzero`'s own `Usage` of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WasiUsage {
    /// Open descriptors: the sum of the four kinds that follow.
    pub descriptors: usize,
    /// Files, of which each has a file of the platform open.
    pub files: usize,
    /// Directories, those granted at first among them; as files. A listing keeps nothing between two calls.
    pub directories: usize,
    /// Streams, the standard ones among them.
    pub streams: usize,
    /// Sockets, those that listen among them.
    pub sockets: usize,
    /// How many descriptors may be open: [`WasiCtxBuilder::max_descriptors`](crate::WasiCtxBuilder::max_descriptors).
    pub max_descriptors: usize,
    /// Bytes of the table of descriptors. It grows to the most that were ever open at once, up to
    /// [`max_descriptors`](Self::max_descriptors), and does not shrink.
    pub table_bytes: u64,
    /// Bytes of arguments and environment, which no guest can change.
    pub strings_bytes: u64,
}

impl WasiCtx {
    /// What it holds now. All that a guest can make it hold is descriptors; opening one beyond the limit answers
    /// `EMFILE`, and one for which the host has no memory `ENOMEM`. What single calls take is given back when they
    /// return, and bounded by the [limits of the crate](crate#limits). What the platform keeps for an open file is
    /// the platform's to count.
    ///
    /// Cost: a few loads per descriptor.
    ///
    /// ```
    /// use ringzero_wasi::WasiCtxBuilder;
    /// let ctx = WasiCtxBuilder::new().max_descriptors(10).args(["a", "bc"]).build()?;
    /// let usage = ctx.usage();
    /// assert_eq!((usage.descriptors, usage.streams, usage.max_descriptors), (3, 3, 10));
    /// assert_eq!(usage.strings_bytes, 5 + 2 * 4); // with their NULs, and where each starts
    /// # Ok::<(), ringzero_wasi::BuildError>(())
    /// ```
    pub fn usage(&self) -> WasiUsage {
        let mut usage = WasiUsage {
            max_descriptors: self.table.limit(),
            table_bytes: (self.table.capacity() * size_of::<Option<Descriptor>>()) as u64,
            strings_bytes: self.args.size() + self.env.size(),
            ..WasiUsage::default()
        };
        for descriptor in self.table.open() {
            usage.descriptors += 1;
            *match descriptor.object {
                Object::Stream(_) => &mut usage.streams,
                Object::File(_) => &mut usage.files,
                Object::Dir(_) => &mut usage.directories,
                Object::Listener(_) | Object::Connection(_) => &mut usage.sockets,
            } += 1;
        }
        usage
    }
}
