//! From errno to [`ErrorKind`], in one place.
//!
//! In: an errno. Out: the kind of the same name. What has no name of its own becomes
//! [`ErrorKind::Io`].

use ringzero::platform::{ErrorKind, Result};
use rustix::io::Errno;

/// The pairs. `EAGAIN` and `EWOULDBLOCK`, `ENOTSUP` and `EOPNOTSUPP` are one number on some systems and two on
/// others, so both names are listed.
const TABLE: &[(Errno, ErrorKind)] = &[
    (Errno::TOOBIG, ErrorKind::ArgumentListTooLong),
    (Errno::ACCESS, ErrorKind::AccessDenied),
    (Errno::ADDRINUSE, ErrorKind::AddressInUse),
    (Errno::ADDRNOTAVAIL, ErrorKind::AddressNotAvailable),
    (Errno::AGAIN, ErrorKind::WouldBlock),
    (Errno::WOULDBLOCK, ErrorKind::WouldBlock),
    (Errno::BADF, ErrorKind::BadDescriptor),
    (Errno::BUSY, ErrorKind::Busy),
    (Errno::CANCELED, ErrorKind::Canceled),
    (Errno::CONNABORTED, ErrorKind::ConnectionAborted),
    (Errno::CONNREFUSED, ErrorKind::ConnectionRefused),
    (Errno::CONNRESET, ErrorKind::ConnectionReset),
    (Errno::DEADLK, ErrorKind::Deadlock),
    (Errno::DQUOT, ErrorKind::QuotaExceeded),
    (Errno::EXIST, ErrorKind::Exists),
    (Errno::FBIG, ErrorKind::FileTooBig),
    (Errno::ILSEQ, ErrorKind::IllegalSequence),
    (Errno::INTR, ErrorKind::Interrupted),
    (Errno::INVAL, ErrorKind::InvalidInput),
    (Errno::IO, ErrorKind::Io),
    (Errno::ISDIR, ErrorKind::IsDirectory),
    (Errno::LOOP, ErrorKind::SymlinkLoop),
    (Errno::MFILE, ErrorKind::TooManyOpen),
    (Errno::MLINK, ErrorKind::TooManyLinks),
    (Errno::NAMETOOLONG, ErrorKind::NameTooLong),
    (Errno::NFILE, ErrorKind::TooManyOpenInSystem),
    (Errno::NOENT, ErrorKind::NotFound),
    (Errno::NOMEM, ErrorKind::OutOfMemory),
    (Errno::NOSPC, ErrorKind::NoSpace),
    (Errno::NOSYS, ErrorKind::NotImplemented),
    (Errno::NOTCONN, ErrorKind::NotConnected),
    (Errno::NOTDIR, ErrorKind::NotDirectory),
    (Errno::NOTEMPTY, ErrorKind::NotEmpty),
    (Errno::NOTSOCK, ErrorKind::NotSocket),
    (Errno::NOTSUP, ErrorKind::NotSupported),
    (Errno::OPNOTSUPP, ErrorKind::NotSupported),
    (Errno::NXIO, ErrorKind::NoDevice),
    (Errno::NODEV, ErrorKind::NoDevice),
    (Errno::OVERFLOW, ErrorKind::Overflow),
    (Errno::PERM, ErrorKind::NotPermitted),
    (Errno::PIPE, ErrorKind::BrokenPipe),
    (Errno::RANGE, ErrorKind::OutOfRange),
    (Errno::ROFS, ErrorKind::ReadOnly),
    (Errno::SPIPE, ErrorKind::InvalidSeek),
    (Errno::TIMEDOUT, ErrorKind::TimedOut),
    (Errno::TXTBSY, ErrorKind::TextBusy),
    (Errno::XDEV, ErrorKind::CrossDevice),
];

/// The kind of an errno. Costs a scan of some fifty numbers, on failure only.
pub(super) fn kind(errno: Errno) -> ErrorKind {
    TABLE.iter().find(|(number, _)| *number == errno).map_or(ErrorKind::Io, |&(_, kind)| kind)
}

/// The kind of an error of the standard library.
pub(super) fn kind_of_std(error: &std::io::Error) -> ErrorKind {
    error.raw_os_error().map_or(ErrorKind::Io, |number| kind(Errno::from_raw_os_error(number)))
}

/// Runs a call again for as long as a signal interrupts it: signals are the host's, never the guest's.
pub(super) fn uninterrupted<T>(call: impl FnMut() -> rustix::io::Result<T>) -> Result<T> {
    rustix::io::retry_on_intr(call).map_err(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_map_to_names() {
        assert_eq!(kind(Errno::NOENT), ErrorKind::NotFound);
        assert_eq!(kind(Errno::XDEV), ErrorKind::CrossDevice);
        assert_eq!(kind(Errno::WOULDBLOCK), ErrorKind::WouldBlock);
        assert_eq!(kind(Errno::UNATCH), ErrorKind::Io);
        let error = std::io::Error::from_raw_os_error(Errno::LOOP.raw_os_error());
        assert_eq!(kind_of_std(&error), ErrorKind::SymlinkLoop);
    }

    #[test]
    fn an_interrupted_call_runs_again() {
        let mut tries = 0;
        let result = uninterrupted(|| {
            tries += 1;
            if tries < 3 { Err(Errno::INTR) } else { Ok(7) }
        });
        assert_eq!((result, tries), (Ok(7), 3));
    }
}
