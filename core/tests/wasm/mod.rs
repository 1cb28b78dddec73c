//! Modules from text, for the tests beside this folder.
#![allow(dead_code, reason = "each test file uses a part")]

use ringzero::{Engine, Instance, Linker, Module, Store};

/// A module from its text.
pub(crate) fn module(engine: &Engine, text: &str) -> Module {
    let bytes = wat::parse_str(text).expect("the test's text is a module");
    Module::new(engine, bytes).expect("the test's module is valid")
}

/// An instance of a module without imports, in a store of its own.
pub(crate) fn instance(text: &str) -> (Store<()>, Instance) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(&engine, text);
    let instance = Instance::new(&mut store, &module, &[]).expect("the test's module has no imports");
    (store, instance)
}

/// An instance whose imports `linker` has.
pub(crate) fn linked<T>(store: &mut Store<T>, linker: &Linker<T>, text: &str) -> Instance {
    let module = module(linker.engine(), text);
    linker.instantiate(store, &module).expect("the test's imports are there")
}
