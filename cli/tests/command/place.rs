//! A folder of a test's own, and the command run in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A fresh folder.
pub(crate) struct Place(PathBuf);

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    /// A folder named after the test, emptied of what an earlier run left.
    pub(crate) fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if path.exists() {
            fs::remove_dir_all(&path).expect("the old folder can be removed");
        }
        fs::create_dir_all(&path).expect("the folder can be made");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), content).expect("the file can be written");
        self
    }

    /// A copy of a shipped example.
    pub(crate) fn with_example(self, name: &str) -> Self {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let content = fs::read(&example).expect("the example is there");
        self.with(name, content)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringzero"));
        command.args(words).current_dir(&self.0);
        command
    }

    /// Runs `ringzero` with an empty standard input.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        self.run_with(words, b"", &[])
    }

    /// Runs `ringzero` with this standard input and these additional variables.
    pub(crate) fn run_with(&self, words: &[&str], input: &[u8], variables: &[(&str, &str)]) -> Ran {
        let child = self
            .command(words)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        feed(child, input)
    }

    /// Runs `ringzero` in a shell, after this shell command.
    pub(crate) fn run_limited(&self, before: &str, words: &[&str]) -> Ran {
        let mut command = Command::new("sh");
        let script = format!("{before} && exec \"$@\"");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_ringzero")]).args(words).current_dir(&self.0);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        feed(child.expect("there is a shell"), b"")
    }

    /// Starts `ringzero` and leaves it running.
    pub(crate) fn start(&self, words: &[&str]) -> Child {
        self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts")
    }
}

fn feed(mut child: Child, input: &[u8]) -> Ran {
    let mut pipe = child.stdin.take().expect("the standard input is a pipe");
    // A guest that does not read closes the pipe early, which is its right.
    let _ = pipe.write_all(input);
    drop(pipe);
    ran(child)
}

/// Waits for the end.
pub(crate) fn ran(child: Child) -> Ran {
    let output = child.wait_with_output().expect("the command ends");
    Ran {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).expect("the output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
    }
}

impl Ran {
    /// Success, and nothing complained of.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (Some(0), ""), "standard output: {}", self.out);
        self.out
    }

    /// One line of complaint that holds every one of `parts`, and this status.
    #[track_caller]
    pub(crate) fn failed(&self, status: i32, parts: &[&str]) {
        assert_eq!(self.status, Some(status), "{}", self.err);
        assert!(self.err.starts_with("error: ") && self.err.trim_end().lines().count() == 1, "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in: {}", self.err);
        }
    }
}
