//! One run of a guest, as a native program or by the `ringzero` command, on this system or without one, in a folder
//! of its own.

use ringzero_ci::{command, kernel};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Relative path → content.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What to run.
#[derive(Default)]
pub(crate) struct Guest {
    pub(crate) name: &'static str,
    pub(crate) args: Vec<&'static str>,
    pub(crate) stdin: Vec<u8>,
    pub(crate) env: Option<(&'static str, &'static str)>,
    /// What lies in its folder before the run.
    pub(crate) files: Files,
}

/// Which build of the guest.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Native,
    /// Interpreted.
    Wasm,
    /// The same module as machine code.
    Compiled,
    /// The same module interpreted with no operating system.
    Kernel,
    /// And as machine code with no operating system.
    KernelCompiled,
}

/// How the run ended.
pub(crate) struct Ended {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) status: Option<i32>,
    /// What lies in the folder after the run.
    pub(crate) files: Files,
}

impl Guest {
    pub(crate) fn new(name: &'static str, args: &[&'static str]) -> Self {
        Self { name, args: args.to_vec(), ..Self::default() }
    }

    /// Runs the build that lies in `programs`.
    pub(crate) fn run(&self, side: Side, programs: &Path) -> Ended {
        let folder = self.folder(side);
        let module = programs.join(format!("{}.wasm", self.name));
        let mut command = match side {
            Side::Native => self.native(&programs.join(format!("{}.native", self.name)), &folder),
            Side::Wasm => self.wasm(&["run", "--engine", "interpreter"], &module, &folder),
            Side::Compiled => self.wasm(&["run", "--engine", "compiled"], &module, &folder),
            Side::Kernel => self.wasm(&["boot", "--engine", "interpreter"], &module, &folder),
            Side::KernelCompiled => self.wasm(&["boot", "--engine", "compiled"], &module, &folder),
        };
        if matches!(side, Side::Kernel | Side::KernelCompiled) {
            command.env("RINGZERO_KERNEL", kernel::hosting());
        }
        let ended = command::finish(&mut command, &self.stdin);
        let files = read_files(&folder, "");
        std::fs::remove_dir_all(&folder).unwrap();
        Ended { stdout: ended.stdout, stderr: ended.stderr, status: ended.status.code(), files }
    }

    fn folder(&self, side: Side) -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("guest-{}-{}-{side:?}-{number}", std::process::id(), self.name);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, content) in &self.files {
            std::fs::write(folder.join(name), content).unwrap();
        }
        folder
    }

    fn native(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(&self.args).current_dir(folder).env_clear().envs(self.env);
        command
    }

    fn wasm(&self, how: &[&str], program: &Path, folder: &Path) -> Command {
        let mut command = command::ringzero();
        command.args(how).arg("--dir").arg(format!("{}::/", folder.display()));
        if let Some((key, value)) = self.env {
            command.arg("--env").arg(format!("{key}={value}"));
        }
        command.arg(program).args(&self.args);
        command
    }
}

fn read_files(folder: &Path, prefix: &str) -> Files {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            files.insert(format!("{name}/"), Vec::new());
            files.extend(read_files(&entry.path(), &format!("{name}/")));
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    files
}
