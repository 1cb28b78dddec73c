//! The command line as data.
//!
//! In: words. Out: options whose form is checked (`K=V`, sizes, features), or a usage error. Whether a file or a
//! directory is there is found out by whoever opens it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use ringzero::Features;

const EXAMPLES: &str = "\
Examples:
  ringzero run app.wasm                           no files, no environment, no network
  ringzero run --dir . app.wasm notes.txt         the current directory, as `.`
  ringzero run --dir data::/data::ro app.wasm     `data` as `/data`, not to be changed
  ringzero run --env LANG=C app.wasm --verbose    what follows the file is the guest's
  ringzero run --invoke add calc.wat 2 3          call one export, print its results
  ringzero run --listen 127.0.0.1:8080 serve.wasm
  ringzero run --deterministic --max-memory 64M app.wasm
  ringzero boot --dir . app.wasm notes.txt        the same with no operating system, in QEMU
  ringzero inspect app.wasm                       what it needs, offers and contains
  ringzero wast tests/*.wast                      run specification tests

Exit status: the guest's own; 134 after a trap; 2 for wrong usage; 1 for any other error.";

/// Run WebAssembly programs, each with what it was granted and nothing else.
#[derive(Debug, Parser)]
#[command(name = "ringzero", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program, or call one of its functions
    #[command(after_help = RUN_HELP, override_usage = "ringzero run [OPTIONS] FILE [ARGS]...")]
    Run(RunArgs),
    /// Run a program with no operating system, in a virtual machine
    #[command(after_help = BOOT_HELP, override_usage = "ringzero boot [OPTIONS] FILE [ARGS]...")]
    Boot(BootArgs),
    /// Run WebAssembly test scripts (.wast) and count what passes
    #[command(after_help = WAST_HELP)]
    Wast(WastArgs),
    /// Show what a module imports, exports, contains and needs
    Inspect(InspectArgs),
    /// Print the version
    Version,
    /// `ringzero FILE [ARGS]...` is short for `ringzero run FILE [ARGS]...`
    #[command(external_subcommand)]
    File(Vec<OsString>),
}

const RUN_HELP: &str = "\
Options stand before FILE; everything after it is the guest's, even what looks like an option.

The guest gets clocks, randomness, standard input, output and error. Directories, environment variables and
listening sockets are granted one by one:
  ringzero run --dir . --env HOME=/ app.wasm input.txt
  ringzero run --dir /srv/www::/www::ro --listen 127.0.0.1:8080 serve.wasm

A SIZE is a number of bytes, or of KiB, MiB or GiB with K, M or G behind it: 65536, 64K, 1G.

LIST is separated by commas: names of features to allow, `wasm1`, `wasm2`, `all`, or `-name` to refuse one:
  --wasm-features wasm2,tail-call     --wasm-features -simd";

const BOOT_HELP: &str = "\
The program and copies of the directories are packed into an archive, a kernel of a few hundred lines boots from it
in QEMU, runs the program on ringzero in ring 0, and hands its exit status back:
  ringzero boot examples/word-count.wat < README.md
  ringzero boot --dir . --memory 512M sqlite.wasm library.db

What the guest writes into its directories stays in the machine's memory and is gone when it ends.
The kernel is built from ringzero's sources on first use, or taken from --kernel, from the variable RINGZERO_KERNEL,
or from a file ringzero-kernel beside this command.";

const WAST_HELP: &str = "\
Scripts of older versions expect newer features to be refused:
  ringzero wast --wasm-features wasm1 wasm-v1/*.wast
  ringzero wast --wasm-features wasm2,tail-call return_call.wast";

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Grant a directory: HOST, as GUEST if given, read-only with `::ro`
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]", value_parser = DirGrant::parse)]
    pub(crate) dirs: Vec<DirGrant>,

    /// Set an environment variable
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = parse_variable)]
    pub(crate) env: Vec<(String, String)>,

    /// Pass this process's whole environment on
    #[arg(long)]
    pub(crate) env_inherit: bool,

    /// Call this export with ARGS as parameters and print its results, one per line
    #[arg(long, value_name = "NAME")]
    pub(crate) invoke: Option<String>,

    /// Grant a listening TCP socket: from descriptor 3 on, after the directories
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Vec<String>,

    /// Make every run the same: fake clocks, seeded randomness, canonical NaNs
    #[arg(long)]
    pub(crate) deterministic: bool,

    /// The most that all linear memories of the guest may take together
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) max_memory: Option<u64>,

    /// Let the guest run so many operators and no more
    #[arg(long, value_name = "N")]
    pub(crate) fuel: Option<u64>,

    /// Stop the guest after so long, such as `500ms`, `10s` or `2m`; loading does not count
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) engine: EngineArgs,

    /// The program, binary or text, and its arguments
    #[arg(value_name = "FILE [ARGS]", required = true, num_args = 1.., trailing_var_arg = true)]
    pub(crate) words: Vec<OsString>,
}

impl RunArgs {
    /// The program.
    pub(crate) fn file(&self) -> &Path {
        Path::new(self.words.first().map_or_else(|| "".as_ref(), OsString::as_os_str))
    }

    /// What follows it.
    pub(crate) fn guest_args(&self) -> &[OsString] {
        self.words.get(1..).unwrap_or_default()
    }
}

#[derive(Args, Debug)]
pub(crate) struct BootArgs {
    /// Give the guest a copy of a directory: HOST, as GUEST if given, read-only with `::ro`
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]", value_parser = DirGrant::parse)]
    pub(crate) dirs: Vec<DirGrant>,

    /// Set an environment variable
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = parse_variable)]
    pub(crate) env: Vec<(String, String)>,

    /// Make every run the same: fake clocks, seeded randomness, canonical NaNs
    #[arg(long)]
    pub(crate) deterministic: bool,

    /// The machine's memory; 256M and four times the archive if not given
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) memory: Option<u64>,

    /// The most that all linear memories of the guest may take together
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) max_memory: Option<u64>,

    /// The most that the guest's files may take
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) disk: Option<u64>,

    /// Let the guest run so many operators and no more
    #[arg(long, value_name = "N")]
    pub(crate) fuel: Option<u64>,

    /// Stop the guest after so long, such as `500ms`, `10s` or `2m`; booting and loading do not count
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) timeout: Option<Duration>,

    /// How to run the code
    #[arg(long, value_enum, default_value_t = EngineChoice::Interpreter)]
    pub(crate) engine: EngineChoice,

    /// The kernel to boot
    #[arg(long, value_name = "IMAGE")]
    pub(crate) kernel: Option<PathBuf>,

    /// Print what the kernel says of itself, at the end
    #[arg(long)]
    pub(crate) verbose: bool,

    /// The program, binary or text, and its arguments
    #[arg(value_name = "FILE [ARGS]", required = true, num_args = 1.., trailing_var_arg = true)]
    pub(crate) words: Vec<OsString>,
}

impl BootArgs {
    /// The program.
    pub(crate) fn file(&self) -> &Path {
        Path::new(self.words.first().map_or_else(|| "".as_ref(), OsString::as_os_str))
    }

    /// What follows it.
    pub(crate) fn guest_args(&self) -> &[OsString] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// What decides how code runs, rather than what it may reach.
#[derive(Args, Debug, Default)]
pub(crate) struct EngineArgs {
    /// How to run the code
    #[arg(long, value_enum, default_value_t)]
    pub(crate) engine: EngineChoice,

    /// Tell `perf` where the machine code of each function lies
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileChoice>,

    /// The guest's stack; deeper recursion traps
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) stack: Option<u64>,

    /// The WebAssembly features that a module may use
    #[arg(long = "wasm-features", value_name = "LIST", value_parser = parse_features, allow_hyphen_values = true)]
    pub(crate) features: Option<Features>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineChoice {
    /// Compile each function when it is first called; interpret where the compiler does not know the processor
    #[default]
    Auto,
    /// Interpret
    Interpreter,
    /// Compile each function when it is first called, or fail
    Compiled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileChoice {
    /// Names in /tmp/perf-PID.map, for `perf report`
    Perfmap,
    /// Names and code in ./jit-PID.dump, for `perf record -k mono`, `perf inject --jit` and `perf annotate` (Linux)
    Jitdump,
}

#[derive(Args, Debug)]
pub(crate) struct WastArgs {
    #[command(flatten)]
    pub(crate) engine: EngineArgs,

    /// The scripts
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct InspectArgs {
    /// The module, binary or text
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// A directory of the host and the name that the guest sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirGrant {
    pub(crate) host: String,
    pub(crate) guest: String,
    pub(crate) read_only: bool,
}

impl DirGrant {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split("::");
        let host = parts.next().unwrap_or_default();
        let guest = parts.next().unwrap_or(host);
        let read_only = match parts.next() {
            None => false,
            Some("ro") => true,
            Some(other) => return Err(format!("`{other}` is not `ro`")),
        };
        if host.is_empty() || guest.is_empty() || parts.next().is_some() {
            return Err("the form is HOST, HOST::GUEST or HOST::GUEST::ro".to_owned());
        }
        Ok(Self { host: host.to_owned(), guest: guest.to_owned(), read_only })
    }
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("the form is NAME=VALUE".to_owned()),
    }
}

/// Bytes, or with `K`, `M`, `G` (and `iB` or `B` behind, if one likes) that many times 1024.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "a size is a number and a unit, such as 64M".to_owned())?;
    let shift = match unit.to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return Err(format!("`{unit}` is not one of K, M, G")),
    };
    number.checked_mul(1 << shift).ok_or_else(|| "more bytes than there are addresses".to_owned())
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "a time is a number and a unit, such as 10s".to_owned())?;
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("`{unit}` is not one of ms, s, m, h")),
    };
    number
        .checked_mul(milliseconds)
        .map(Duration::from_millis)
        .ok_or_else(|| "longer than anybody waits".to_owned())
}

fn parse_features(list: &str) -> Result<Features, String> {
    let mut features = if list.starts_with('-') { Features::all() } else { Features::empty() };
    for item in list.split(',') {
        let (name, wanted) = match item.strip_prefix('-') {
            Some(name) => (name, false),
            None => (item, true),
        };
        let set = match name {
            "wasm1" => Features::WASM1,
            "wasm2" => Features::WASM2,
            "all" => Features::all(),
            _ => Features::by_name(name).ok_or_else(|| unknown_feature(name))?,
        };
        features.set(set, wanted);
    }
    Ok(features)
}

fn unknown_feature(name: &str) -> String {
    let known: Vec<&str> = Features::all().names().collect();
    format!("no feature `{name}`; there are wasm1, wasm2, all, {}", known.join(", "))
}

/// The words of `ringzero FILE [ARGS]...` as those of `run`. A first word that is no file is a misspelt command.
pub(crate) fn run_without_name(words: Vec<OsString>) -> Result<RunArgs, clap::Error> {
    let first = words.first().cloned().unwrap_or_default();
    let path = Path::new(&first);
    let module = path.extension().is_some_and(|e| e == "wasm" || e == "wat");
    if !module && !path.is_file() {
        let message = format!("no command or file is called `{}`", first.display());
        return Err(Cli::command().error(clap::error::ErrorKind::InvalidSubcommand, message));
    }
    let run = [OsString::from("ringzero"), OsString::from("run")];
    match Cli::try_parse_from(run.into_iter().chain(words))?.command {
        Command::Run(args) => Ok(args),
        _ => Err(Cli::command().error(clap::error::ErrorKind::InvalidSubcommand, "not a program")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> Result<RunArgs, clap::Error> {
        match Cli::try_parse_from(["ringzero", "run"].iter().chain(words))?.command {
            Command::Run(args) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_declaration_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn everything_after_the_file_is_the_guests() {
        let args = run(&["--env", "A=B=C", "app.wasm", "--dir", "x", "--", "-v"]).expect("parses");
        assert_eq!(args.file(), Path::new("app.wasm"));
        assert_eq!(args.guest_args(), ["--dir", "x", "--", "-v"]);
        assert_eq!(args.env, [("A".to_owned(), "B=C".to_owned())]);
        assert!(args.dirs.is_empty());
    }

    #[test]
    fn a_misspelt_option_is_not_taken_for_a_file() {
        assert!(run(&["--dri", ".", "app.wasm"]).is_err());
        assert!(run(&[]).is_err());
        assert!(run(&["--env", "A", "app.wasm"]).is_err());
    }

    #[test]
    fn directories_have_up_to_three_parts() {
        let grant = |host: &str, guest: &str, read_only| {
            Ok(DirGrant { host: host.to_owned(), guest: guest.to_owned(), read_only })
        };
        assert_eq!(DirGrant::parse("."), grant(".", ".", false));
        assert_eq!(DirGrant::parse("a:b::/c"), grant("a:b", "/c", false));
        assert_eq!(DirGrant::parse("a::/c::ro"), grant("a", "/c", true));
        for wrong in ["", "::", "a::", "::b", "a::b::rw", "a::b::ro::"] {
            assert!(DirGrant::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("65536"), Ok(65536));
        assert_eq!(parse_size("64K"), Ok(65536));
        assert_eq!(parse_size("2MiB"), Ok(2 << 20));
        assert_eq!(parse_size("1gb"), Ok(1 << 30));
        for wrong in ["", "K", "1T", "-1", "99999999999G"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn features_are_added_and_taken_away() {
        assert_eq!(parse_features("wasm1"), Ok(Features::WASM1));
        assert_eq!(parse_features("-simd"), Ok(Features::all() - Features::SIMD));
        assert_eq!(
            parse_features("wasm2,tail-call,-simd"),
            Ok((Features::WASM2 - Features::SIMD) | Features::TAIL_CALL)
        );
        assert!(parse_features("simd,sidm").is_err());
    }
}
