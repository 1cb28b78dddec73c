//! wasm3, as the benchmark uses it: the C interpreter that `./fetch wasm3` builds, or nothing where it was not built.

use crate::Failure;

/// Why a program has no number for this engine.
pub(crate) type Missing = String;

#[cfg(not(wasm3))]
mod engine {
    use super::*;

    pub(crate) enum Program {}

    impl Program {
        pub(crate) fn new(_: &[u8]) -> Result<Self, Missing> {
            Err("wasm3 was not built: see ./fetch".to_owned())
        }

        pub(crate) fn run(&mut self, _: i32) -> Result<i64, Failure> {
            match *self {}
        }
    }
}

#[cfg(wasm3)]
mod engine {
    use super::*;
    use crate::host;
    use std::ffi::{CStr, CString, c_char, c_void};
    use std::ptr::{null, null_mut};

    type Outcome = *const c_char;
    type Raw = extern "C" fn(*mut c_void, *const Context, *mut u64, *mut u8) -> *const c_void;

    #[repr(C)]
    struct Context {
        name: *const c_void,
        function: *mut c_void,
    }

    unsafe extern "C" {
        fn m3_NewEnvironment() -> *mut c_void;
        fn m3_FreeEnvironment(environment: *mut c_void);
        fn m3_NewRuntime(environment: *mut c_void, stack: u32, user: *mut c_void) -> *mut c_void;
        fn m3_FreeRuntime(runtime: *mut c_void);
        fn m3_GetMemorySize(runtime: *mut c_void) -> u32;
        fn m3_ParseModule(
            environment: *mut c_void,
            module: *mut *mut c_void,
            bytes: *const u8,
            len: u32,
        ) -> Outcome;
        fn m3_FreeModule(module: *mut c_void);
        fn m3_LoadModule(runtime: *mut c_void, module: *mut c_void) -> Outcome;
        fn m3_CompileModule(module: *mut c_void) -> Outcome;
        fn m3_LinkRawFunctionEx(
            module: *mut c_void,
            module_name: *const c_char,
            name: *const c_char,
            signature: *const c_char,
            function: Raw,
            user: *const c_void,
        ) -> Outcome;
        fn m3_FindFunction(function: *mut *mut c_void, runtime: *mut c_void, name: *const c_char) -> Outcome;
        fn m3_Call(function: *mut c_void, count: u32, args: *const *const c_void) -> Outcome;
        fn m3_GetResults(function: *mut c_void, count: u32, results: *const *const c_void) -> Outcome;
    }

    /// A program, ready to be called. The module's bytes stay as long as the interpreter reads them.
    pub(crate) struct Program {
        environment: *mut c_void,
        runtime: *mut c_void,
        function: *mut c_void,
        _bytes: Vec<u8>,
        _imports: Vec<Import>,
    }

    struct Import {
        module: CString,
        name: CString,
        signature: CString,
        params: usize,
    }

    impl Drop for Program {
        fn drop(&mut self) {
            // SAFETY: both were made by `new`, and nothing uses them afterwards.
            unsafe {
                m3_FreeRuntime(self.runtime);
                m3_FreeEnvironment(self.environment);
            }
        }
    }

    impl Program {
        pub(crate) fn new(bytes: &[u8]) -> Result<Self, Missing> {
            let imports = imports(bytes)?;
            // SAFETY: plain constructors; the stack is in bytes.
            let environment = unsafe { m3_NewEnvironment() };
            let runtime = unsafe { m3_NewRuntime(environment, 1 << 20, null_mut()) };
            let mut program = Self {
                environment,
                runtime,
                function: null_mut(),
                _bytes: bytes.to_vec(),
                _imports: imports,
            };
            program.load()?;
            Ok(program)
        }

        fn load(&mut self) -> Result<(), Missing> {
            let mut module = null_mut();
            let len = u32::try_from(self._bytes.len()).map_err(|e| e.to_string())?;
            // SAFETY: the bytes live as long as `self`; the module is handed to the runtime by `m3_LoadModule`, or
            // freed where that fails; names and signatures end with a zero and live as long as `self`.
            unsafe {
                done(m3_ParseModule(self.environment, &mut module, self._bytes.as_ptr(), len))?;
                done(m3_LoadModule(self.runtime, module)).inspect_err(|_| m3_FreeModule(module))?;
                for import in &self._imports {
                    let (of, name, signature) = (&import.module, &import.name, &import.signature);
                    let user = std::ptr::from_ref(import).cast();
                    let of = of.as_ptr();
                    done(m3_LinkRawFunctionEx(module, of, name.as_ptr(), signature.as_ptr(), answer, user))
                        .or_else(|e| if e.contains("lookup failed") { Ok(()) } else { Err(e) })?;
                }
                done(m3_CompileModule(module))?;
                let mut initialize = null_mut();
                if done(m3_FindFunction(&mut initialize, self.runtime, c"_initialize".as_ptr())).is_ok() {
                    done(m3_Call(initialize, 0, null()))?;
                }
                done(m3_FindFunction(&mut self.function, self.runtime, c"run".as_ptr()))
            }
        }

        pub(crate) fn run(&mut self, argument: i32) -> Result<i64, Failure> {
            let mut result = 0_i64;
            let args = [(&raw const argument).cast::<c_void>()];
            let results = [(&raw mut result).cast_const().cast::<c_void>()];
            // SAFETY: the function has one parameter and one result, of these sizes.
            unsafe {
                done(m3_Call(self.function, 1, args.as_ptr()))?;
                done(m3_GetResults(self.function, 1, results.as_ptr()))?;
            }
            Ok(result)
        }
    }

    fn done(outcome: Outcome) -> Result<(), Missing> {
        if outcome.is_null() {
            return Ok(());
        }
        // SAFETY: errors are static strings.
        Err(unsafe { CStr::from_ptr(outcome) }.to_string_lossy().into_owned())
    }

    /// The functions that a module imports, with signatures as wasm3 writes them.
    fn imports(bytes: &[u8]) -> Result<Vec<Import>, Missing> {
        let module = wasmi::Module::new(&wasmi::Engine::default(), bytes).map_err(|e| e.to_string())?;
        let letters = |types: &[wasmi::ValType]| -> Option<String> {
            types
                .iter()
                .map(|ty| match ty {
                    wasmi::ValType::I32 => Some('i'),
                    wasmi::ValType::I64 => Some('I'),
                    wasmi::ValType::F32 => Some('f'),
                    wasmi::ValType::F64 => Some('F'),
                    _ => None,
                })
                .collect()
        };
        let mut list = Vec::new();
        for import in module.imports() {
            let wasmi::ExternType::Func(ty) = import.ty() else { continue };
            let (params, results) = (letters(ty.params()), letters(ty.results()));
            let (Some(params), Some(mut results)) = (params, results) else { return Err("types".to_owned()) };
            if results.is_empty() {
                results.push('v');
            }
            list.push(Import {
                module: CString::new(import.module()).map_err(|e| e.to_string())?,
                name: CString::new(import.name()).map_err(|e| e.to_string())?,
                signature: CString::new(format!("{results}({params})")).map_err(|e| e.to_string())?,
                params: params.len(),
            });
        }
        Ok(list)
    }

    extern "C" fn answer(
        runtime: *mut c_void,
        context: *const Context,
        stack: *mut u64,
        memory: *mut u8,
    ) -> *const c_void {
        // SAFETY: the context names the import that was linked; slot 0 is for the result where there is one, the
        // arguments follow; what is written lies within the memory's size.
        unsafe {
            let import = &*(*context).name.cast::<Import>();
            if import.signature.as_bytes()[0] == b'v' {
                return c"not provided".as_ptr().cast();
            }
            let args = std::slice::from_raw_parts(stack.add(1), import.params);
            let memory = (!memory.is_null())
                .then(|| std::slice::from_raw_parts_mut(memory, m3_GetMemorySize(runtime) as usize));
            *stack.cast::<i32>() = host::answer(&import.name.to_string_lossy(), args, memory);
        }
        null()
    }
}

pub(crate) use engine::Program;
