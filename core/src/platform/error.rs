//! The one error of every platform trait: a kind, `Copy`, named after POSIX's errno values.
//!
//! In: what a platform saw. Out: [`ErrorKind`]. It does not know WASI's numbers.

use core::fmt;

/// The result of a platform call.
pub type Result<T> = core::result::Result<T, ErrorKind>;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Why a platform call failed. The names follow POSIX's errno values; a platform that keeps more detail
        /// keeps it to itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }

        impl fmt::Display for ErrorKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)* })
            }
        }

        #[cfg(test)]
        pub(crate) const ALL: &[ErrorKind] = &[$(ErrorKind::$name,)*];
    };
}

kinds! {
    /// `E2BIG`
    ArgumentListTooLong = "argument list too long";
    /// `EACCES`
    AccessDenied = "permission denied";
    /// `EADDRINUSE`
    AddressInUse = "address in use";
    /// `EADDRNOTAVAIL`
    AddressNotAvailable = "address not available";
    /// `EAGAIN`, `EWOULDBLOCK`
    WouldBlock = "resource temporarily unavailable";
    /// `EBADF`
    BadDescriptor = "bad file descriptor";
    /// `EBUSY`
    Busy = "resource busy";
    /// `ECANCELED`
    Canceled = "operation canceled";
    /// `ECONNABORTED`
    ConnectionAborted = "connection aborted";
    /// `ECONNREFUSED`
    ConnectionRefused = "connection refused";
    /// `ECONNRESET`
    ConnectionReset = "connection reset";
    /// `EDEADLK`
    Deadlock = "resource deadlock would occur";
    /// `EDQUOT`
    QuotaExceeded = "disk quota exceeded";
    /// `EEXIST`
    Exists = "file exists";
    /// `EFBIG`
    FileTooBig = "file too large";
    /// `EILSEQ`
    IllegalSequence = "illegal byte sequence";
    /// `EINTR`
    Interrupted = "interrupted";
    /// `EINVAL`
    InvalidInput = "invalid argument";
    /// `EIO`
    Io = "input/output error";
    /// `EISDIR`
    IsDirectory = "is a directory";
    /// `ELOOP`
    SymlinkLoop = "too many levels of symbolic links";
    /// `EMFILE`
    TooManyOpen = "too many open files";
    /// `EMLINK`
    TooManyLinks = "too many links";
    /// `ENAMETOOLONG`
    NameTooLong = "file name too long";
    /// `ENFILE`
    TooManyOpenInSystem = "too many open files in system";
    /// `ENOENT`
    NotFound = "no such file or directory";
    /// `ENOMEM`
    OutOfMemory = "out of memory";
    /// `ENOSPC`
    NoSpace = "no space left on device";
    /// `ENOSYS`
    NotImplemented = "function not implemented";
    /// `ENOTCONN`
    NotConnected = "not connected";
    /// `ENOTDIR`
    NotDirectory = "not a directory";
    /// `ENOTEMPTY`
    NotEmpty = "directory not empty";
    /// `ENOTSOCK`
    NotSocket = "not a socket";
    /// `ENOTSUP`, `EOPNOTSUPP`
    NotSupported = "operation not supported";
    /// `ENXIO`
    NoDevice = "no such device or address";
    /// `EOVERFLOW`
    Overflow = "value too large";
    /// `EPERM`
    NotPermitted = "operation not permitted";
    /// `EPIPE`
    BrokenPipe = "broken pipe";
    /// `ERANGE`
    OutOfRange = "result out of range";
    /// `EROFS`
    ReadOnly = "read-only file system";
    /// `ESPIPE`
    InvalidSeek = "invalid seek";
    /// `ETIMEDOUT`
    TimedOut = "timed out";
    /// `ETXTBSY`
    TextBusy = "text file busy";
    /// `EXDEV`
    CrossDevice = "cross-device link";
}

impl core::error::Error for ErrorKind {}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, string::ToString};

    use super::*;

    #[test]
    fn every_kind_has_a_text_of_its_own() {
        let texts: BTreeSet<_> = ALL.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), ALL.len());
        assert_eq!(ErrorKind::CrossDevice.to_string(), "cross-device link");
    }
}
