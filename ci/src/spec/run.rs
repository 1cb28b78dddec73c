//! Runs a script: its steps in order, against one store.
//!
//! In: a [`Script`] and an engine. Out: a pass or a failure with its line for each step. It does not know groups or
//! known failures, and needs no operating system: the kernel runs the same source.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use ringzero::{Engine, Error, ExternRef, Features, Func, Instance, Linker, Module, Store, Trap, V128, Val};

use super::step::{Action, Argument, Call, Script, Step};
use super::{Report, check, spectest};

/// Runs the steps of one file.
pub(crate) fn run(report: &mut Report, engine: &Engine, script: &Script) {
    let features = Features::from_bits_retain(script.features);
    let mut runner = match Runner::new(engine, features) {
        Ok(runner) => runner,
        Err(error) => return report.fail(&script.name, 0, format!("no store: {error}")),
    };
    for (line, step) in &script.steps {
        match runner.step(step) {
            Ok(()) => report.pass(step.is_assertion()),
            Err(what) => report.fail(&script.name, *line, what),
        }
    }
}

struct Runner {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    definitions: BTreeMap<String, Module>,
    instances: BTreeMap<String, Instance>,
    last_definition: Option<Module>,
    last_instance: Option<Instance>,
}

/// How a call or an instantiation ended.
enum Outcome {
    Values(Vec<Val>),
    Stopped(Error),
}

type Checked = Result<(), String>;

impl Runner {
    fn new(engine: &Engine, features: Features) -> Result<Self, Error> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store, features)?;
        Ok(Self {
            engine: engine.clone(),
            store,
            linker,
            definitions: BTreeMap::new(),
            instances: BTreeMap::new(),
            last_definition: None,
            last_instance: None,
        })
    }

    fn step(&mut self, step: &Step) -> Checked {
        match step {
            Step::Module(name, bytes) => {
                // What follows is not about the one before, whatever becomes of this one.
                self.last_instance = None;
                let module = self.accepted(bytes)?;
                self.instantiate_as(name.as_ref(), &module)
            }
            Step::Definition(name, bytes) => {
                let module = self.accepted(bytes)?;
                self.last_definition = Some(module.clone());
                name.as_ref().map(|name| self.definitions.insert(name.clone(), module));
                Ok(())
            }
            Step::Instance(name, definition) => {
                let module = self.definition(definition.as_ref())?;
                self.instantiate_as(name.as_ref(), &module)
            }
            Step::Register(name, instance) => {
                let instance = self.instance(instance.as_ref())?;
                let linked = self.linker.instance(&mut self.store, name, instance);
                linked.map(drop).map_err(|e| e.to_string())
            }
            Step::Invoke(call) => match self.invoke(call)? {
                Outcome::Values(_) => Ok(()),
                Outcome::Stopped(error) => Err(format!("stopped: {error}")),
            },
            Step::Returns(action, expected) => match self.act(action)? {
                Outcome::Values(values) => check::results(&self.store, &values, expected),
                Outcome::Stopped(error) => Err(format!("stopped: {error}")),
            },
            Step::Traps(action, message) => {
                let outcome = self.act(action)?;
                trapped(outcome, message)
            }
            Step::Refused(bytes) => self.refused(bytes),
            Step::Unlinkable(bytes, message) => self.unlinkable(bytes, message),
            Step::NotEncoded => Ok(()),
            Step::Unsupported(why, _) => Err(why.clone()),
        }
    }

    fn accepted(&self, bytes: &[u8]) -> Result<Module, String> {
        Module::new(&self.engine, bytes).map_err(|e| format!("module refused: {e}"))
    }

    /// A module that encodes must be refused by the runtime, whole: `Module::new` and `Module::validate` agree.
    fn refused(&self, bytes: &[u8]) -> Checked {
        match (Module::new(&self.engine, bytes), Module::validate(&self.engine, bytes)) {
            (Err(_), Err(_)) => Ok(()),
            (Ok(_), Err(error)) => Err(format!("`new` accepted what `validate` refused: {error}")),
            (Err(error), Ok(())) => Err(format!("`validate` accepted what `new` refused: {error}")),
            (Ok(_), Ok(())) => Err("module accepted".to_string()),
        }
    }

    fn unlinkable(&mut self, bytes: &[u8], message: &str) -> Checked {
        let module = self.accepted(bytes)?;
        match self.linker.instantiate(&mut self.store, &module) {
            Ok(_) => Err(format!("linked, where `{message}` is expected")),
            Err(error) if error.trap().is_some() => Err(format!("trapped while linking: {error}")),
            Err(_) => Ok(()),
        }
    }

    fn instantiate_as(&mut self, name: Option<&String>, module: &Module) -> Checked {
        self.last_instance = None;
        let instance =
            self.linker.instantiate(&mut self.store, module).map_err(|e| format!("not instantiated: {e}"))?;
        self.last_instance = Some(instance);
        name.map(|name| self.instances.insert(name.clone(), instance));
        Ok(())
    }

    fn definition(&self, name: Option<&String>) -> Result<Module, String> {
        let found = match name {
            Some(name) => self.definitions.get(name),
            None => self.last_definition.as_ref(),
        };
        found.cloned().ok_or_else(|| "no such module definition".to_string())
    }

    fn instance(&self, name: Option<&String>) -> Result<Instance, String> {
        let found = match name {
            Some(name) => self.instances.get(name).copied(),
            None => self.last_instance,
        };
        found.ok_or_else(|| "no such instance".to_string())
    }

    fn act(&mut self, action: &Action) -> Result<Outcome, String> {
        match action {
            Action::Invoke(call) => self.invoke(call),
            Action::Module(bytes) => {
                let module = self.accepted(bytes)?;
                Ok(match self.linker.instantiate(&mut self.store, &module) {
                    Ok(_) => Outcome::Values(Vec::new()),
                    Err(error) => Outcome::Stopped(error),
                })
            }
            Action::Get(instance, global) => {
                let instance = self.instance(instance.as_ref())?;
                let global = instance.get_global(&mut self.store, global).ok_or("no such global")?;
                Ok(Outcome::Values(vec![global.get(&mut self.store)]))
            }
        }
    }

    fn invoke(&mut self, call: &Call) -> Result<Outcome, String> {
        let instance = self.instance(call.instance.as_ref())?;
        let func = instance.get_func(&mut self.store, &call.name).ok_or("no such function")?;
        let arguments = call.arguments.iter().map(|a| self.argument(*a)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.call(func, &arguments))
    }

    fn call(&mut self, func: Func, arguments: &[Val]) -> Outcome {
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        match func.call(&mut self.store, arguments, &mut results) {
            Ok(()) => Outcome::Values(results),
            Err(error) => Outcome::Stopped(error),
        }
    }

    fn argument(&mut self, argument: Argument) -> Result<Val, String> {
        Ok(match argument {
            Argument::I32(v) => Val::I32(v),
            Argument::I64(v) => Val::I64(v),
            Argument::F32(v) => Val::F32(v),
            Argument::F64(v) => Val::F64(v),
            Argument::V128(v) => Val::V128(V128::from_bytes(v)),
            Argument::NullFunc => Val::FuncRef(None),
            Argument::NullExtern => Val::ExternRef(None),
            Argument::Extern(n) => {
                Val::ExternRef(Some(ExternRef::new(&mut self.store, n).map_err(|e| e.to_string())?))
            }
        })
    }
}

/// A trap must be of the expected kind: its message and the script's agree up to the longer one's detail.
fn trapped(outcome: Outcome, expected: &str) -> Checked {
    let error = match outcome {
        Outcome::Values(values) => return Err(format!("returned {values:?} where `{expected}` is expected")),
        Outcome::Stopped(error) => error,
    };
    let Some(trap) = error.trap() else {
        return Err(format!("an error and no trap: {error}"));
    };
    if agrees(trap, expected) {
        Ok(())
    } else {
        Err(format!("trap `{}` where `{expected}` is expected", trap.message()))
    }
}

fn agrees(trap: Trap, expected: &str) -> bool {
    // `uninitialized element 2` names the index as well; `out of bounds` leaves out of what.
    expected.starts_with(trap.message()) || trap.message().starts_with(expected)
}
