//! The error numbers of preview 1.
//!
//! In: an [`ErrorKind`] of the platform. Out: an [`Errno`] for the guest. This is the only table between the
//! two; it does not know which function failed.

use ringzero::platform::ErrorKind;

macro_rules! errnos {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// Why a function of preview 1 failed: every number that the interface names, except 0 (success).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Errno { $($(#[$doc])* $name = $number,)* }

        #[cfg(test)]
        pub(crate) const ALL: &[Errno] = &[$(Errno::$name,)*];
    };
}

errnos! {
    /// `E2BIG`: argument list too long.
    TooBig = 1,
    /// `EACCES`: permission denied.
    Acces = 2,
    /// `EADDRINUSE`: address in use.
    Addrinuse = 3,
    /// `EADDRNOTAVAIL`: address not available.
    Addrnotavail = 4,
    /// `EAFNOSUPPORT`: address family not supported.
    Afnosupport = 5,
    /// `EAGAIN`: the operation would block.
    Again = 6,
    /// `EALREADY`: connection already in progress.
    Already = 7,
    /// `EBADF`: bad file descriptor.
    Badf = 8,
    /// `EBADMSG`: bad message.
    Badmsg = 9,
    /// `EBUSY`: resource busy.
    Busy = 10,
    /// `ECANCELED`: operation canceled.
    Canceled = 11,
    /// `ECHILD`: no child processes.
    Child = 12,
    /// `ECONNABORTED`: connection aborted.
    Connaborted = 13,
    /// `ECONNREFUSED`: connection refused.
    Connrefused = 14,
    /// `ECONNRESET`: connection reset.
    Connreset = 15,
    /// `EDEADLK`: the operation would wait for ever.
    Deadlk = 16,
    /// `EDESTADDRREQ`: destination address required.
    Destaddrreq = 17,
    /// `EDOM`: argument out of a function's domain.
    Dom = 18,
    /// `EDQUOT`: quota exceeded.
    Dquot = 19,
    /// `EEXIST`: file exists.
    Exist = 20,
    /// `EFAULT`: bad address.
    Fault = 21,
    /// `EFBIG`: file too large.
    Fbig = 22,
    /// `EHOSTUNREACH`: host unreachable.
    Hostunreach = 23,
    /// `EIDRM`: identifier removed.
    Idrm = 24,
    /// `EILSEQ`: illegal byte sequence.
    Ilseq = 25,
    /// `EINPROGRESS`: operation in progress.
    Inprogress = 26,
    /// `EINTR`: interrupted.
    Intr = 27,
    /// `EINVAL`: invalid argument.
    Inval = 28,
    /// `EIO`: input or output failed.
    Io = 29,
    /// `EISCONN`: socket is connected.
    Isconn = 30,
    /// `EISDIR`: is a directory.
    Isdir = 31,
    /// `ELOOP`: too many levels of symbolic links.
    Loop = 32,
    /// `EMFILE`: descriptor table full.
    Mfile = 33,
    /// `EMLINK`: too many links.
    Mlink = 34,
    /// `EMSGSIZE`: message too long.
    Msgsize = 35,
    /// `EMULTIHOP`: reserved.
    Multihop = 36,
    /// `ENAMETOOLONG`: file name too long.
    Nametoolong = 37,
    /// `ENETDOWN`: network is down.
    Netdown = 38,
    /// `ENETRESET`: connection aborted by the network.
    Netreset = 39,
    /// `ENETUNREACH`: network unreachable.
    Netunreach = 40,
    /// `ENFILE`: too many files open in the system.
    Nfile = 41,
    /// `ENOBUFS`: no buffer space.
    Nobufs = 42,
    /// `ENODEV`: no such device.
    Nodev = 43,
    /// `ENOENT`: no such file or directory.
    Noent = 44,
    /// `ENOEXEC`: executable file format error.
    Noexec = 45,
    /// `ENOLCK`: no locks available.
    Nolck = 46,
    /// `ENOLINK`: reserved.
    Nolink = 47,
    /// `ENOMEM`: not enough space.
    Nomem = 48,
    /// `ENOMSG`: no message of the desired type.
    Nomsg = 49,
    /// `ENOPROTOOPT`: protocol not available.
    Noprotoopt = 50,
    /// `ENOSPC`: no space left on the device.
    Nospc = 51,
    /// `ENOSYS`: function not supported.
    Nosys = 52,
    /// `ENOTCONN`: socket not connected.
    Notconn = 53,
    /// `ENOTDIR`: not a directory.
    Notdir = 54,
    /// `ENOTEMPTY`: directory not empty.
    Notempty = 55,
    /// `ENOTRECOVERABLE`: state not recoverable.
    Notrecoverable = 56,
    /// `ENOTSOCK`: not a socket.
    Notsock = 57,
    /// `ENOTSUP`: not supported.
    Notsup = 58,
    /// `ENOTTY`: inappropriate control operation.
    Notty = 59,
    /// `ENXIO`: no such device or address.
    Nxio = 60,
    /// `EOVERFLOW`: value too large.
    Overflow = 61,
    /// `EOWNERDEAD`: previous owner died.
    Ownerdead = 62,
    /// `EPERM`: operation not permitted.
    Perm = 63,
    /// `EPIPE`: broken pipe.
    Pipe = 64,
    /// `EPROTO`: protocol error.
    Proto = 65,
    /// `EPROTONOSUPPORT`: protocol not supported.
    Protonosupport = 66,
    /// `EPROTOTYPE`: protocol wrong type for socket.
    Prototype = 67,
    /// `ERANGE`: result too large.
    Range = 68,
    /// `EROFS`: read-only file system.
    Rofs = 69,
    /// `ESPIPE`: invalid seek.
    Spipe = 70,
    /// `ESRCH`: no such process.
    Srch = 71,
    /// `ESTALE`: reserved.
    Stale = 72,
    /// `ETIMEDOUT`: timed out.
    Timedout = 73,
    /// `ETXTBSY`: text file busy.
    Txtbsy = 74,
    /// `EXDEV`: cross-device link.
    Xdev = 75,
    /// `ENOTCAPABLE`: the right is missing.
    Notcapable = 76,
}

impl Errno {
    /// The number that the guest sees.
    pub fn number(self) -> u16 {
        self as u16
    }
}

impl From<ErrorKind> for Errno {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::ArgumentListTooLong => Self::TooBig,
            ErrorKind::AccessDenied => Self::Acces,
            ErrorKind::AddressInUse => Self::Addrinuse,
            ErrorKind::AddressNotAvailable => Self::Addrnotavail,
            ErrorKind::WouldBlock => Self::Again,
            ErrorKind::BadDescriptor => Self::Badf,
            ErrorKind::Busy => Self::Busy,
            ErrorKind::Canceled => Self::Canceled,
            ErrorKind::ConnectionAborted => Self::Connaborted,
            ErrorKind::ConnectionRefused => Self::Connrefused,
            ErrorKind::ConnectionReset => Self::Connreset,
            ErrorKind::Deadlock => Self::Deadlk,
            ErrorKind::QuotaExceeded => Self::Dquot,
            ErrorKind::Exists => Self::Exist,
            ErrorKind::FileTooBig => Self::Fbig,
            ErrorKind::IllegalSequence => Self::Ilseq,
            ErrorKind::Interrupted => Self::Intr,
            ErrorKind::InvalidInput => Self::Inval,
            ErrorKind::IsDirectory => Self::Isdir,
            ErrorKind::SymlinkLoop => Self::Loop,
            ErrorKind::TooManyOpen => Self::Mfile,
            ErrorKind::TooManyLinks => Self::Mlink,
            ErrorKind::NameTooLong => Self::Nametoolong,
            ErrorKind::TooManyOpenInSystem => Self::Nfile,
            ErrorKind::NotFound => Self::Noent,
            ErrorKind::OutOfMemory => Self::Nomem,
            ErrorKind::NoSpace => Self::Nospc,
            ErrorKind::NotImplemented => Self::Nosys,
            ErrorKind::NotConnected => Self::Notconn,
            ErrorKind::NotDirectory => Self::Notdir,
            ErrorKind::NotEmpty => Self::Notempty,
            ErrorKind::NotSocket => Self::Notsock,
            ErrorKind::NotSupported => Self::Notsup,
            ErrorKind::NoDevice => Self::Nxio,
            ErrorKind::Overflow => Self::Overflow,
            ErrorKind::NotPermitted => Self::Perm,
            ErrorKind::BrokenPipe => Self::Pipe,
            ErrorKind::OutOfRange => Self::Range,
            ErrorKind::ReadOnly => Self::Rofs,
            ErrorKind::InvalidSeek => Self::Spipe,
            ErrorKind::TimedOut => Self::Timedout,
            ErrorKind::TextBusy => Self::Txtbsy,
            ErrorKind::CrossDevice => Self::Xdev,
            // `Io`, and kinds that a later core adds before this table does.
            _ => Self::Io,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Errno};
    use ringzero::platform::ErrorKind;

    #[test]
    fn the_numbers_are_those_of_the_interface() {
        assert_eq!(ALL.len(), 76);
        for (index, errno) in ALL.iter().enumerate() {
            assert_eq!(usize::from(errno.number()), index + 1, "{errno:?}");
        }
        assert_eq!(Errno::Badf.number(), 8);
        assert_eq!(Errno::Fault.number(), 21);
        assert_eq!(Errno::Inval.number(), 28);
        assert_eq!(Errno::Noent.number(), 44);
        assert_eq!(Errno::Notcapable.number(), 76);
    }

    #[test]
    fn kinds_keep_their_posix_meaning() {
        for (kind, errno) in [
            (ErrorKind::NotPermitted, Errno::Perm),
            (ErrorKind::AccessDenied, Errno::Acces),
            (ErrorKind::CrossDevice, Errno::Xdev),
            (ErrorKind::WouldBlock, Errno::Again),
            (ErrorKind::Io, Errno::Io),
            (ErrorKind::NoDevice, Errno::Nxio),
        ] {
            assert_eq!(Errno::from(kind), errno);
        }
    }
}
