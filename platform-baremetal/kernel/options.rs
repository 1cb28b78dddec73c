//! The kernel's command line: options as those of `ringzero run`, a program, and its arguments.
//!
//! In: words. Out: [`Options`], or what is wrong with them. Paths before `::` are the initial file's, `.` is its root.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::FromStr;
use core::time::Duration;

/// What the command line asks for.
pub(crate) struct Options {
    pub(crate) dirs: Vec<DirGrant>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) fuel: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    /// The most bytes that files may take.
    pub(crate) disk: Option<u64>,
    /// The most bytes that linear memories may take together.
    pub(crate) max_memory: Option<u64>,
    pub(crate) deterministic: bool,
    /// Machine code, instead of the interpreter.
    pub(crate) compiled: bool,
    /// Which of the standard streams are pipes, behind which nobody sits.
    pub(crate) piped: [bool; 3],
    /// The program and its arguments.
    pub(crate) words: Vec<Vec<u8>>,
}

/// A directory of the initial file and what the guest calls it.
pub(crate) struct DirGrant {
    pub(crate) path: String,
    pub(crate) guest: String,
    pub(crate) read_only: bool,
}

impl Options {
    pub(crate) fn parse(words: Vec<Vec<u8>>) -> Result<Self, String> {
        let mut options = Self {
            dirs: Vec::new(),
            env: Vec::new(),
            fuel: None,
            timeout: None,
            disk: None,
            max_memory: None,
            deterministic: false,
            compiled: false,
            piped: [false; 3],
            words: Vec::new(),
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if !word.starts_with(b"--") {
                options.words = core::iter::once(word).chain(words).collect();
                return Ok(options);
            }
            let name = String::from_utf8(word).map_err(|_| "an option that is not UTF-8".to_owned())?;
            match &*name {
                "--deterministic" => options.deterministic = true,
                "--compiled" => options.compiled = true,
                _ => {
                    let value = words.next().ok_or_else(|| format!("{name} wants a value"))?;
                    let value = String::from_utf8(value).map_err(|_| format!("{name}: not UTF-8"))?;
                    options.set(&name, &value).map_err(|why| format!("{name} {value}: {why}"))?;
                }
            }
        }
        Err("no program is named".to_owned())
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        match name {
            "--dir" => self.dirs.push(DirGrant::parse(value)?),
            "--env" => {
                let (name, value) = value.split_once('=').ok_or("the form is NAME=VALUE")?;
                self.env.push((name.to_owned(), value.to_owned()));
            }
            "--fuel" => self.fuel = Some(number(value)?),
            "--timeout-ms" => self.timeout = Some(Duration::from_millis(number(value)?)),
            "--disk" => self.disk = Some(number(value)?),
            "--max-memory" => self.max_memory = Some(number(value)?),
            "--piped" => {
                for descriptor in value.split(',') {
                    *self.piped.get_mut(number::<usize>(descriptor)?).ok_or("not 0, 1 or 2")? = true;
                }
            }
            _ => return Err("no such option"),
        }
        Ok(())
    }
}

fn number<N: FromStr>(value: &str) -> Result<N, &'static str> {
    value.parse().map_err(|_| "not a number")
}

impl DirGrant {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.split("::");
        let path = parts.next().unwrap_or_default().to_owned();
        let guest = parts.next().unwrap_or(&path).to_owned();
        let read_only = match parts.next() {
            None => false,
            Some("ro") => true,
            Some(_) => return Err("not `ro`"),
        };
        Ok(Self { path, guest, read_only })
    }
}
