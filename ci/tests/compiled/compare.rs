//! One module in both engines: each exported function is called with many arguments, and must give the same results
//! or the same trap at the same offset; what is exported must be the same afterwards.

use ringzero::{
    Bounds, Config, Engine, Error, ExternType, FuncType, Instance, Linker, Module, Store, Strategy, Trap,
    Val, ValType,
};
use ringzero_platform_std::StdPlatform;
use std::sync::Arc;

/// The engines: interpreted, compiled and checked, with explicit bounds, with few registers.
pub(crate) fn engines() -> [Engine; 5] {
    let config = || Config::new().platform(Arc::new(StdPlatform));
    let compiled = || config().strategy(Strategy::Compiled).check_compiler(true);
    let explicit = || compiled().bounds(Bounds::Explicit);
    let few = [compiled(), explicit()].map(|config| config.few_registers(true));
    let [few, few_explicit] = few;
    [config(), compiled(), explicit(), few, few_explicit].map(|config| Engine::new(&config).unwrap())
}

/// An instance in a store of its own.
struct Side {
    store: Store<()>,
    instance: Instance,
}

/// Results, or a trap and where.
type Outcome = Result<Vec<Val>, (Trap, usize)>;

impl Side {
    fn new(engine: &Engine, wasm: &[u8]) -> Self {
        let module = Module::new(engine, wasm).unwrap();
        let mut store = Store::new(engine, ());
        let instance = Linker::new(engine).instantiate(&mut store, &module).unwrap();
        Self { store, instance }
    }

    fn call(&mut self, name: &str, args: &[Val]) -> Outcome {
        let func = self.instance.get_func(&mut self.store, name).unwrap();
        let ty = func.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        match func.call(&mut self.store, args, &mut results) {
            Ok(()) => Ok(results),
            Err(error) => Err((error.trap().unwrap(), place_of(&error))),
        }
    }
}

fn place_of(error: &Error) -> usize {
    let frame = error.backtrace().and_then(|backtrace| backtrace.frames().first());
    frame.and_then(|frame| frame.module_offset()).unwrap_or(0)
}

/// Compares what every function of a module does in each engine.
pub(crate) fn compare(text: &str) {
    let wasm = wat::parse_str(text).unwrap();
    let [interpreted, compiled @ ..] = engines();
    for engine in compiled {
        let module = Module::new(&engine, &wasm).unwrap();
        let (mut a, mut b) = (Side::new(&interpreted, &wasm), Side::new(&engine, &wasm));
        for export in module.exports() {
            if let ExternType::Func(ty) = export.ty() {
                for args in arguments(&ty) {
                    let (expected, found) = (a.call(export.name(), &args), b.call(export.name(), &args));
                    assert!(
                        same_outcome(&found, &expected),
                        "{}{args:?}: {found:?}, interpreted {expected:?}",
                        export.name()
                    );
                }
            }
        }
        compare_state(&module, &mut a, &mut b);
    }
}

fn compare_state(module: &Module, a: &mut Side, b: &mut Side) {
    for export in module.exports() {
        match export.ty() {
            ExternType::Memory(_) => {
                let one = a.instance.get_memory(&mut a.store, export.name()).unwrap();
                let other = b.instance.get_memory(&mut b.store, export.name()).unwrap();
                assert!(one.data(&a.store) == other.data(&b.store), "memories differ");
            }
            ExternType::Global(_) => {
                let one = a.instance.get_global(&mut a.store, export.name()).unwrap().get(&a.store);
                let other = b.instance.get_global(&mut b.store, export.name()).unwrap().get(&b.store);
                assert!(same(&one, &other), "global {}: {one:?} and {other:?}", export.name());
            }
            _ => {}
        }
    }
}

fn same_outcome(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        // How deep a stack is differs, and so where it ends.
        (Err((Trap::StackOverflow, _)), Err((Trap::StackOverflow, _))) => true,
        (Err(a), Err(b)) => a == b,
        _ => false,
    }
}

/// The same bits, or two NaNs.
fn same(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::F32(a), Val::F32(b)) if f32::from_bits(*a).is_nan() => f32::from_bits(*b).is_nan(),
        (Val::F64(a), Val::F64(b)) if f64::from_bits(*a).is_nan() => f64::from_bits(*b).is_nan(),
        _ => format!("{a:?}") == format!("{b:?}"),
    }
}

/// Lists of arguments: all combinations of samples, or many of them.
fn arguments(ty: &FuncType) -> Vec<Vec<Val>> {
    let lists: Vec<Vec<Val>> = ty.params().iter().map(|ty| samples(*ty)).collect();
    let rounds = lists.iter().map(Vec::len).product::<usize>().min(400);
    let pick = |round: usize| {
        let mut rest = round * 7919;
        let mut args = Vec::new();
        for list in &lists {
            args.push(list[rest % list.len()]);
            rest = rest / list.len() + round;
        }
        args
    };
    (0..rounds).map(pick).collect()
}

/// Some values of a type, edges among them.
fn samples(ty: ValType) -> Vec<Val> {
    match ty {
        ValType::I32 => {
            [0, 1, 2, 3, 5, 7, 31, 33, 100, i32::MAX, i32::MIN, -1, -2, 0x1234_5678].map(Val::I32).to_vec()
        }
        ValType::I64 => {
            [0, 1, 2, 3, 63, 65, 100, 0xffff_ffff, 1 << 32, i64::MIN, -1, i64::MAX, 0x1234_5678_9abc_def0]
                .map(Val::I64)
                .to_vec()
        }
        ValType::F32 => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.5,
            2.5,
            3e9,
            -3e9,
            1e20,
            -1e20,
            2147483648.0,
            4294967296.0,
            9.3e18,
            f32::NAN,
            f32::INFINITY,
            1e-40,
        ]
        .map(|x: f32| Val::F32(x.to_bits()))
        .to_vec(),
        _ => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.5,
            2.5,
            3e9,
            -3e9,
            1e20,
            -1e20,
            2147483647.5,
            -2147483648.9,
            4294967295.9,
            9.2e18,
            1.8e19,
            f64::NAN,
            f64::NEG_INFINITY,
            1e-310,
        ]
        .map(|x: f64| Val::F64(x.to_bits()))
        .to_vec(),
    }
}
