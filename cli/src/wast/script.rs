//! One script under way: its modules, its instances, and what each directive asks of them.
//!
//! In: directives, one by one. Out: `Ok`, or why the runtime did not do what the script says.

use std::collections::HashMap;

use ringzero::{Engine, Error, Extern, ExternRef, Instance, Linker, Module, Store, Trap, Val};
use wast::core::{AbstractHeapType, HeapType, WastArgCore};
use wast::token::Id;
use wast::{QuoteWat, QuoteWatTest, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

use super::{compare, spectest};
use crate::value;

/// The state that directives change.
pub(super) struct Script {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    /// Defined modules, and instances, by name; and the latest, which directives without a name mean.
    modules: HashMap<String, Module>,
    latest_module: Option<Module>,
    instances: HashMap<String, Instance>,
    latest: Option<Instance>,
}

type Outcome = Result<(), String>;

impl Script {
    /// A store that holds `spectest`.
    pub(super) fn new(engine: &Engine) -> Result<Self, Error> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        spectest::define(&mut store, &mut linker)?;
        Ok(Self {
            engine: engine.clone(),
            store,
            linker,
            modules: HashMap::new(),
            latest_module: None,
            instances: HashMap::new(),
            latest: None,
        })
    }

    /// Does what the directive says and compares.
    pub(super) fn directive(&mut self, directive: WastDirective<'_>) -> Outcome {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name();
                let module = self.compile_quoted(&mut module)?;
                self.instantiate(name, &module)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name();
                let module = self.compile_quoted(&mut module)?;
                if let Some(name) = name {
                    self.modules.insert(name.name().to_owned(), module.clone());
                }
                self.latest_module = Some(module);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let found = match module {
                    Some(name) => self.modules.get(name.name()),
                    None => self.latest_module.as_ref(),
                };
                let module = found.cloned().ok_or("no such module")?;
                self.instantiate(instance, &module)
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.linker.instance(&mut self.store, name, instance).map_err(|error| error.to_string())?;
                Ok(())
            }
            WastDirective::Invoke(invoke) => {
                self.invoke(invoke)?.map(drop).map_err(|error| error.to_string())
            }
            assertion => self.assertion(assertion),
        }
    }

    fn assertion(&mut self, directive: WastDirective<'_>) -> Outcome {
        match directive {
            WastDirective::AssertReturn { exec, results, .. } => {
                let actual = self.execute(exec)?.map_err(|error| error.to_string())?;
                self.compare(&actual, &results)
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                trapped(self.execute(exec)?.map(drop), message)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                trapped(self.invoke(call)?.map(drop), message)
            }
            WastDirective::AssertInvalid { mut module, .. } => {
                let bytes = module.encode().map_err(|error| error.message())?;
                self.refused(&bytes)
            }
            WastDirective::AssertMalformed { module, .. } => self.malformed(module),
            WastDirective::AssertUnlinkable { mut module, .. } => self.unlinkable(&mut module),
            _ => Err("a directive of a proposal that is not supported".to_owned()),
        }
    }

    fn compile_quoted(&self, module: &mut QuoteWat<'_>) -> Result<Module, String> {
        let bytes = module.encode().map_err(|error| error.message())?;
        Module::new(&self.engine, bytes).map_err(|error| error.to_string())
    }

    fn instantiate(&mut self, name: Option<Id<'_>>, module: &Module) -> Outcome {
        let instance = self.linker.instantiate(&mut self.store, module).map_err(|error| error.to_string())?;
        if let Some(name) = name {
            self.instances.insert(name.name().to_owned(), instance);
        }
        self.latest = Some(instance);
        Ok(())
    }

    fn instance(&self, name: Option<Id<'_>>) -> Result<Instance, String> {
        let found = match name {
            Some(name) => self.instances.get(name.name()).copied(),
            None => self.latest,
        };
        found.ok_or_else(|| "no such instance".to_owned())
    }

    /// The outer result is about the script, the inner one about the guest.
    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Result<Vec<Val>, Error>, String> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(mut module) => {
                let bytes = module.encode().map_err(|error| error.message())?;
                let module = Module::new(&self.engine, bytes).map_err(|error| error.to_string())?;
                Ok(self.linker.instantiate(&mut self.store, &module).map(|_| Vec::new()))
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                match instance.get_export(&mut self.store, global) {
                    Some(Extern::Global(found)) => Ok(Ok(vec![found.get(&mut self.store)])),
                    _ => Err(format!("no exported global `{global}`")),
                }
            }
        }
    }

    fn invoke(&mut self, invoke: WastInvoke<'_>) -> Result<Result<Vec<Val>, Error>, String> {
        let instance = self.instance(invoke.module)?;
        let function = instance
            .get_func(&mut self.store, invoke.name)
            .ok_or_else(|| format!("no exported function `{}`", invoke.name))?;
        let mut params = Vec::new();
        for arg in &invoke.args {
            params.push(self.argument(arg)?);
        }
        let ty = function.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        Ok(function.call(&mut self.store, &params, &mut results).map(|()| results))
    }

    fn argument(&mut self, arg: &WastArg<'_>) -> Result<Val, String> {
        let WastArg::Core(arg) = arg else {
            return Err("not a core argument".to_owned());
        };
        Ok(match arg {
            WastArgCore::I32(value) => Val::I32(*value),
            WastArgCore::I64(value) => Val::I64(*value),
            WastArgCore::F32(value) => Val::F32(value.bits),
            WastArgCore::F64(value) => Val::F64(value.bits),
            WastArgCore::V128(value) => Val::V128(ringzero::V128::from_bytes(value.to_le_bytes())),
            WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Extern, .. }) => {
                Val::ExternRef(None)
            }
            WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Func, .. }) => Val::FuncRef(None),
            WastArgCore::RefExtern(number) => {
                let value = ExternRef::new(&mut self.store, *number).map_err(|error| error.to_string())?;
                Val::ExternRef(Some(value))
            }
            _ => return Err("an argument of a proposal that is not supported".to_owned()),
        })
    }

    fn compare(&self, actual: &[Val], expected: &[WastRet<'_>]) -> Outcome {
        if actual.len() != expected.len() {
            return Err(format!("{} results, not {}", actual.len(), expected.len()));
        }
        for (actual, expected) in actual.iter().zip(expected) {
            let WastRet::Core(expected) = expected else {
                return Err("not a core result".to_owned());
            };
            if !compare::matches(&self.store, actual, expected) {
                return Err(format!("{}, not {expected:?}", value::show(actual)));
            }
        }
        Ok(())
    }

    fn refused(&self, bytes: &[u8]) -> Outcome {
        match Module::new(&self.engine, bytes) {
            Ok(_) => Err("the module was accepted".to_owned()),
            Err(error) if error.offset().is_some() => Ok(()),
            Err(error) => Err(format!("refused, but without an offset: {error}")),
        }
    }

    /// A text that does not parse is as malformed as it should be.
    fn malformed(&self, mut module: QuoteWat<'_>) -> Outcome {
        match module.to_test() {
            Ok(QuoteWatTest::Binary(bytes)) => self.refused(&bytes),
            Ok(QuoteWatTest::Text(_)) => match module.encode() {
                Ok(bytes) => self.refused(&bytes),
                Err(_) => Ok(()),
            },
            Err(_) => Ok(()),
        }
    }

    fn unlinkable(&mut self, module: &mut Wat<'_>) -> Outcome {
        let bytes = module.encode().map_err(|error| error.message())?;
        let module = Module::new(&self.engine, bytes).map_err(|error| error.to_string())?;
        match self.linker.instantiate(&mut self.store, &module) {
            Ok(_) => Err("the module was linked".to_owned()),
            Err(error) if error.trap().is_some() => Err(format!("it was linked, and then: {error}")),
            Err(_) => Ok(()),
        }
    }
}

/// Whether a call ended with the trap that the script names.
fn trapped(outcome: Result<(), Error>, message: &str) -> Outcome {
    let error = match outcome {
        Ok(()) => return Err(format!("no trap, but `{message}` was due")),
        Err(error) => error,
    };
    match error.trap().map(Trap::message) {
        // Scripts differ in how much they say: "undefined element" and "undefined element 5".
        Some(text) if text.starts_with(message) || message.starts_with(text) => Ok(()),
        _ => Err(format!("`{error}`, not `{message}`")),
    }
}
