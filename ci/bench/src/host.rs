//! What the peers' guests get for WASI: a system on which there is nothing, so that no engine is measured by
//! its host functions; and the embedding of those peers whose interfaces have one shape.
//!
//! In: the name of a function, its arguments, the guest's memory. Out: an errno. ringzero runs with its own WASI
//! without any grant, which answers alike.

const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const NOSYS: i32 = 52;

/// Bytes that a call asks to be written: where, and a word of 8 bytes of which `len` count.
type Writes = [(u32, u64, usize); 2];

/// What a call of this function returns, with what it writes into the guest's memory.
pub(crate) fn answer(name: &str, args: &[u64], memory: Option<&mut [u8]>) -> i32 {
    let (errno, writes) = outcome(name, args);
    if let Some(memory) = memory {
        for (at, word, len) in writes {
            if let Some(place) = memory.get_mut(at as usize..at as usize + len) {
                place.copy_from_slice(&word.to_le_bytes()[..len]);
            }
        }
    }
    errno
}

fn outcome(name: &str, args: &[u64]) -> (i32, Writes) {
    let at = |i: usize| args.get(i).copied().unwrap_or(0) as u32;
    let nothing = [(0, 0, 0); 2];
    match name {
        "args_sizes_get" | "environ_sizes_get" => (SUCCESS, [(at(0), 0, 4), (at(1), 0, 4)]),
        "args_get" | "environ_get" => (SUCCESS, nothing),
        "clock_time_get" => (SUCCESS, [(at(2), 1_640_995_200_000_000_000, 8), (0, 0, 0)]),
        // `fd_prestat_get` ends the list of preopened directories with EBADF.
        "fd_prestat_get" | "fd_close" | "fd_fdstat_get" => (BADF, nothing),
        _ => (NOSYS, nothing),
    }
}

/// The same embedding for both crates, but for two names.
macro_rules! embedding {
    ($krate:ident, $instantiate:ident, $error:path) => {
        use $krate::{Caller, Engine, Extern, ExternType, Instance, Linker, Module, Store, TypedFunc, Val};

        /// A small program, ready to be called.
        pub(crate) struct Program {
            store: Store<()>,
            run: TypedFunc<i32, i64>,
        }

        impl Program {
            pub(crate) fn new(bytes: &[u8], engine: &Engine) -> Result<Self, $crate::Failure> {
                let (mut store, instance) = start(&Module::new(engine, bytes)?)?;
                let run = instance.get_typed_func(&mut store, "run")?;
                Ok(Self { store, run })
            }

            pub(crate) fn run(&mut self, argument: i32) -> Result<i64, $crate::Failure> {
                Ok(self.run.call(&mut self.store, argument)?)
            }
        }

        /// An instance, entered: its `_initialize` has run where it has one.
        pub(crate) fn start(module: &Module) -> Result<(Store<()>, Instance), $crate::Failure> {
            let mut store = Store::new(module.engine(), ());
            let instance = linker(module)?.$instantiate(&mut store, module)?;
            if let Ok(initialize) = instance.get_typed_func::<(), ()>(&mut store, "_initialize") {
                initialize.call(&mut store, ())?;
            }
            Ok((store, instance))
        }

        /// Functions that answer as the host does; what is not WASI's cannot be called.
        fn linker(module: &Module) -> Result<Linker<()>, $crate::Failure> {
            let mut linker = Linker::new(module.engine());
            // Go's modules import a function more than once.
            let mut seen = std::collections::HashSet::new();
            for import in module.imports() {
                let ExternType::Func(ty) = import.ty() else { continue };
                if !seen.insert((import.module(), import.name())) {
                    continue;
                }
                let name = import.name().to_owned();
                linker.func_new(
                    import.module(),
                    import.name(),
                    ty.clone(),
                    move |caller, args, results| {
                        let Some(result) = results.first_mut() else { return Err($error("not provided")) };
                        *result = Val::I32(answer(&name, caller, args));
                        Ok(())
                    },
                )?;
            }
            Ok(linker)
        }

        fn answer(name: &str, mut caller: Caller<'_, ()>, args: &[Val]) -> i32 {
            let mut words = [0; 9];
            for (word, arg) in words.iter_mut().zip(args) {
                *word = match arg {
                    Val::I32(x) => u64::from(*x as u32),
                    Val::I64(x) => *x as u64,
                    _ => 0,
                };
            }
            let memory = caller.get_export("memory").and_then(Extern::into_memory);
            $crate::host::answer(name, &words, memory.map(|memory| memory.data_mut(&mut caller)))
        }
    };
}

pub(crate) use embedding;
