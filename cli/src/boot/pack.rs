//! One archive of all that a guest is to find: its program and its directories.
//!
//! In: what was granted. Out: a tar file, which the kernel serves as files.

use std::fs::File;
use std::path::Path;

use tar::{Builder, Header};

use crate::args::BootArgs;
use crate::load::reason;
use crate::report::Failure;

/// Where the archive has the directory that was granted at this position.
pub(super) fn folder(position: usize) -> String {
    format!("dirs/{position}")
}

/// Where the archive has the program.
pub(super) fn program(args: &BootArgs) -> String {
    let name = args.file().file_name().unwrap_or_default().to_string_lossy();
    format!("program/{name}")
}

/// Writes the archive; its size.
pub(super) fn pack(args: &BootArgs, bytes: &[u8], to: &Path) -> Result<u64, Failure> {
    let failure = |error: std::io::Error| Failure::about("the archive for the machine", reason(&error));
    let mut archive = Builder::new(File::create(to).map_err(failure)?);
    archive.follow_symlinks(false);
    let mut header = Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o444);
    archive.append_data(&mut header, program(args), bytes).map_err(failure)?;
    for (position, grant) in args.dirs.iter().enumerate() {
        let about =
            |error: std::io::Error| Failure::about(format_args!("--dir {}", grant.host), reason(&error));
        archive.append_dir_all(folder(position), &grant.host).map_err(about)?;
    }
    let file = archive.into_inner().map_err(failure)?;
    Ok(file.metadata().map_err(failure)?.len())
}
