//! One module in several runtimes: every exported function, with a few arguments, must do the same in each.
//!
//! In: a module's bytes, a number for the arguments, runtimes behind [`Runtime`]. Out: [`Counts`] of what was
//! compared, or the first [`Difference`]. Compared after instantiation and after every call: results bit by bit,
//! traps by kind, what the host functions were given, all memories, tables and globals. It does not know which
//! runtimes they are; ringzero itself is [`Ours`], a peer is in `ci/diff`.

mod accesses;
mod modules;
mod ours;
mod values;

pub use accesses::accesses;
pub use modules::Recipe;
pub use ours::Ours;
pub use values::{Kind, Value, hash_bytes, hash_values, mix, values};

use ringzero::{ExternType, Module, Trap};
use std::collections::BTreeMap;
use std::fmt;

/// How often each function is called.
const CALLS: u64 = 3;
/// While doing what.
const START: &str = "instantiation";

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The guest was stopped.
    Trap(Trap),
    /// The same, and where in the module each frame stood, innermost first.
    TrapAt(Trap, Vec<Option<usize>>),
    /// A host function returned an error.
    Host,
    /// The module is not valid, or cannot be linked.
    Refused(String),
    /// Something that runtimes may bound differently: nothing follows from it, and the module is left.
    Limit(String),
}

/// What a module exports, by name.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// The functions.
    pub functions: Vec<Function>,
    /// Names of the memories.
    pub memories: Vec<String>,
    /// Names of the tables.
    pub tables: Vec<String>,
    /// Names of the globals.
    pub globals: Vec<String>,
}

/// An exported function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub params: Vec<Kind>,
}

impl Interface {
    /// Reads it from a loaded module.
    pub fn of(module: &Module) -> Self {
        let mut found = Self::default();
        for export in module.exports() {
            let name = export.name().to_owned();
            match export.ty() {
                ExternType::Func(ty) => {
                    let params = ty.params().iter().map(|&ty| ty.into()).collect();
                    found.functions.push(Function { name, params });
                }
                ExternType::Memory(_) => found.memories.push(name),
                ExternType::Table(_) => found.tables.push(name),
                ExternType::Global(_) => found.globals.push(name),
            }
        }
        found
    }
}

/// What a guest and its host functions have left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Size in pages and hash of each memory.
    pub memories: Vec<(u64, u64)>,
    /// Size and hash of each table.
    pub tables: Vec<(u64, u64)>,
    /// The globals.
    pub globals: Vec<Value>,
    /// The fuel that is left, where guests pay.
    pub fuel: Option<u64>,
    /// How often host functions were called, and a hash of what they were given.
    pub host: Host,
}

/// What the host functions do in every runtime: they remember, and answer from what they remember.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Host {
    calls: u64,
    hash: u64,
}

impl Host {
    /// A call to the imported function with this number; its results, or `None` where it fails.
    pub fn call(
        &mut self,
        function: usize,
        params: &[Value],
        results: impl IntoIterator<Item = Kind>,
    ) -> Option<Vec<Value>> {
        self.calls += 1;
        self.hash = mix(mix(self.hash, function as u64), hash_values(params));
        (self.hash >> 59 != 0).then(|| values(self.hash, results))
    }
}

/// A runtime.
pub trait Runtime: fmt::Debug {
    /// Loads a module.
    ///
    /// # Errors
    /// [`End::Refused`], [`End::Limit`].
    fn load(&self, bytes: &[u8], interface: &Interface) -> Result<Box<dyn Loaded>, End>;
}

/// A module in a runtime.
pub trait Loaded {
    /// Instantiates it in a new store. Imported functions are [`Host`]'s, other imports are new and empty or from
    /// [`values()`]. Functions have numbers of their own, and so have globals: runtimes list imports of different
    /// kinds in different orders.
    ///
    /// # Errors
    /// Any end.
    fn start(&self) -> Result<Box<dyn Running>, End>;
}

/// An instance in a runtime.
pub trait Running {
    /// Calls the function with this place in [`Interface::functions`].
    ///
    /// # Errors
    /// Any end.
    fn call(&mut self, function: usize, params: &[Value]) -> Result<Vec<Value>, End>;
    /// What can be seen of it now.
    fn state(&mut self) -> State;
}

/// What was compared.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Modules, those included that could not be instantiated.
    pub modules: u64,
    /// Instantiations.
    pub instances: u64,
    /// Calls.
    pub calls: u64,
    /// Calls that returned.
    pub returned: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Instantiations that ended otherwise, by the reason.
    pub not_started: BTreeMap<String, u64>,
    /// Calls that ended otherwise, by the reason.
    pub ends: BTreeMap<String, u64>,
    /// Modules that were left because of a limit, by what it was.
    pub skipped: BTreeMap<String, u64>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { modules, instances, not_started, calls, returned, host_calls, ends, skipped } = self;
        write!(f, "{modules} modules, {instances} instances (ended at start: {not_started:?}), ")?;
        write!(f, "{calls} calls ({returned} returned, {host_calls} of the host; ends {ends:?}), ")?;
        write!(f, "skipped {skipped:?}")
    }
}

/// Two runtimes that do not agree.
#[derive(Clone, Debug)]
pub struct Difference {
    /// While doing what.
    pub at: String,
    /// What the first runtime did.
    pub first: String,
    /// What another did, and which.
    pub other: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:\n  first: {}\n  other: {}", self.at, self.first, self.other)
    }
}

/// Why a comparison stops early.
enum Stop {
    /// A limit.
    Skip(String),
    /// What is looked for.
    Difference(Difference),
}

/// Runs a module in all runtimes, and counts.
///
/// # Errors
/// The first difference from the first runtime.
pub fn compare(
    bytes: &[u8],
    number: u64,
    interface: &Interface,
    runtimes: &[&dyn Runtime],
    counts: &mut Counts,
) -> Result<(), Difference> {
    counts.modules += 1;
    match compare_module(bytes, number, interface, runtimes, counts) {
        Err(Stop::Difference(difference)) => Err(difference),
        Err(Stop::Skip(reason)) => {
            *counts.skipped.entry(reason).or_default() += 1;
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn compare_module(
    bytes: &[u8],
    number: u64,
    interface: &Interface,
    runtimes: &[&dyn Runtime],
    counts: &mut Counts,
) -> Result<(), Stop> {
    let loaded = runtimes.iter().map(|r| r.load(bytes, interface)).collect();
    let Some(loaded) = agree("loading", runtimes, loaded, counts)? else { return Ok(()) };
    let mut running = None;
    let mut host_calls = 0;
    for (at, function) in interface.functions.iter().enumerate() {
        for call in 0..CALLS {
            if running.is_none() {
                (running, host_calls) = (start(runtimes, &loaded, counts)?, 0);
            }
            let Some(instances) = &mut running else { return Ok(()) };
            let params = values(mix(number, at as u64 * CALLS + call), function.params.iter().copied());
            let what = || format!("function {at} ({:?}) with {params:x?}", function.name);
            counts.calls += 1;
            let results = instances.iter_mut().map(|i| i.call(at, &params)).collect();
            let results = agree(&what(), runtimes, results, counts)?;
            let calls = same_state(&what(), runtimes, instances)?.host.calls;
            counts.host_calls += calls - host_calls;
            host_calls = calls;
            match results {
                Some(results) => {
                    same(&what(), runtimes, &results)?;
                    counts.returned += 1;
                }
                // The guest may be out of fuel: it would trap again and again.
                None => running = None,
            }
        }
    }
    Ok(())
}

/// New instances, if the module can be instantiated.
fn start(
    runtimes: &[&dyn Runtime],
    loaded: &[Box<dyn Loaded>],
    counts: &mut Counts,
) -> Result<Option<Vec<Box<dyn Running>>>, Stop> {
    let started = loaded.iter().map(|l| l.start()).collect();
    let Some(mut started) = agree(START, runtimes, started, counts)? else { return Ok(None) };
    counts.instances += 1;
    same_state(START, runtimes, &mut started)?;
    Ok(Some(started))
}

fn same_state(
    what: &str,
    runtimes: &[&dyn Runtime],
    instances: &mut [Box<dyn Running>],
) -> Result<State, Stop> {
    let mut states: Vec<State> = instances.iter_mut().map(|i| i.state()).collect();
    same(what, runtimes, &states)?;
    Ok(states.swap_remove(0))
}

/// What all have reached; `None` where all ended alike.
fn agree<T>(
    what: &str,
    runtimes: &[&dyn Runtime],
    results: Vec<Result<T, End>>,
    counts: &mut Counts,
) -> Result<Option<Vec<T>>, Stop> {
    if let Some(limit) = results.iter().find_map(|r| match r {
        Err(End::Limit(limit)) => Some(limit.clone()),
        _ => None,
    }) {
        return Err(Stop::Skip(limit));
    }
    let ends: Vec<Option<End>> = results.iter().map(|r| r.as_ref().err().map(essence)).collect();
    same(what, runtimes, &ends)?;
    if let Some(Some(end)) = ends.first() {
        let ends = if what == START { &mut counts.not_started } else { &mut counts.ends };
        *ends.entry(describe(end)).or_default() += 1;
    }
    Ok(results.into_iter().collect::<Result<_, _>>().ok())
}

/// An end without what runtimes say in words of their own.
fn essence(end: &End) -> End {
    match end {
        End::Refused(_) => End::Refused(String::new()),
        end => end.clone(),
    }
}

fn describe(end: &End) -> String {
    match end {
        End::Trap(trap) | End::TrapAt(trap, _) => trap.message().to_owned(),
        End::Host => "host error".to_owned(),
        End::Refused(_) => "refused".to_owned(),
        End::Limit(limit) => limit.clone(),
    }
}

fn same<T: PartialEq + fmt::Debug>(what: &str, runtimes: &[&dyn Runtime], found: &[T]) -> Result<(), Stop> {
    let Some((first, others)) = found.split_first() else { return Ok(()) };
    for (other, runtime) in others.iter().zip(runtimes.iter().skip(1)) {
        if first != other {
            return Err(Stop::Difference(Difference {
                at: what.to_owned(),
                first: format!("{first:x?} ({:?})", runtimes[0]),
                other: format!("{other:x?} ({runtime:?})"),
            }));
        }
    }
    Ok(())
}
