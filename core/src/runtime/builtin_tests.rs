//! The builtins of machine code, asked by code written by hand, on instances as guests have them.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ptr::NonNull;

use super::{AsContext, AsContextMut, Config, Engine, Error, Func, Instance, Linker, Module, Store};
use crate::abi::{FuncStart, Owner, builtin};
use crate::code::CodeMemory;
use crate::native::{Call, Entry, Exit, Stack};
use crate::platform::testing::mapped::Mapped;
use crate::platform::{Kept, Platform, VirtualMemory};
use crate::vm::{Raised, VmInstance, VmStore};
use crate::wasm::Trap;

/// Asks the builtin whose number is the first value, with the next four as arguments; the first value is the answer
/// then. It is a trampoline and its function in one.
const ASK: &[u8] = &[
    0x55, // push rbp
    0x48, 0x89, 0xe5, // mov rbp, rsp
    0x56, // push rsi
    0x56, // push rsi
    0x49, 0x89, 0xff, // mov r15, rdi
    0x4c, 0x8b, 0x1e, // mov r11, [rsi]
    0x48, 0x8b, 0x56, 0x10, // mov rdx, [rsi + 16]
    0x48, 0x8b, 0x4e, 0x18, // mov rcx, [rsi + 24]
    0x4c, 0x8b, 0x46, 0x20, // mov r8, [rsi + 32]
    0x48, 0x8b, 0x76, 0x08, // mov rsi, [rsi + 8]
    0x4d, 0x8b, 0x17, // mov r10, [r15 + store]
    0x4d, 0x8b, 0x52, 0x10, // mov r10, [r10 + builtins]
    0x43, 0xff, 0x14, 0xda, // call [r10 + 8 * r11]
    0x5e, // pop rsi
    0x48, 0x89, 0x06, // mov [rsi], rax
    0xc9, // leave
    0xc3, // ret
];

const GUEST: &str = r#"
    (module
        (import "host" "add" (func $add (param i64 i64) (result i64)))
        (import "host" "fail" (func $fail))
        (import "host" "nest" (func $nest (result i64)))
        (memory (export "memory") 1 100)
        (data $data "hello")
        (table (export "table") 4 10 funcref)
        (elem $elements func $seven $seven)
        (func $seven (export "seven") (result i64) (i64.const 7))
        (export "add" (func $add))
        (export "fail" (func $fail))
        (export "nest" (func $nest)))"#;

struct Machine {
    store: Store<Option<Instance>>,
    guest: Instance,
    vm: NonNull<VmInstance>,
    code: CodeMemory,
    pages: Kept<dyn VirtualMemory>,
}

impl Machine {
    fn new(config: Config) -> Self {
        let platform: Arc<dyn Platform> = Arc::new(Mapped);
        let pages = Kept::pages(&platform).unwrap();
        let start = [FuncStart { code: 0, owner: Owner::Trampoline }];
        // SAFETY: the code keeps to the convention.
        let code = unsafe { CodeMemory::publish(&pages, ASK, [].into(), start.into()) }.unwrap();
        let engine = Engine::new(&config).unwrap();
        let mut linker = Linker::<Option<Instance>>::new(&engine);
        linker.func_wrap("host", "add", |a: i64, b: i64| a + b).unwrap();
        linker.func_wrap("host", "fail", || Err::<(), _>(Error::message("on purpose"))).unwrap();
        linker
            .func_wrap("host", "nest", |mut caller: super::Caller<'_, Option<Instance>>| {
                let guest = caller.data().ok_or_else(|| Error::message("no guest"))?;
                guest.get_typed_func::<(), i64>(&mut caller, "seven")?.call(&mut caller, ())
            })
            .unwrap();
        let module = Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
        let mut store = Store::new(&engine, None);
        let guest = linker.instantiate(&mut store, &module).unwrap();
        *store.data_mut() = Some(guest);
        let seven = guest.get_func(&store, "seven").unwrap();
        let vm = seven.ptr(store.as_context().state()).unwrap();
        // SAFETY: functions live as long as their store.
        let vm = NonNull::new(unsafe { vm.as_ref() }.instance).unwrap();
        Self { store, guest, vm, code, pages }
    }

    fn vm(&mut self) -> NonNull<VmStore> {
        NonNull::from(&mut self.store.as_context_mut().inner_mut().vm)
    }

    /// The address of an exported function's record.
    fn func(&self, name: &str) -> u64 {
        let func: Func = self.guest.get_func(&self.store, name).unwrap();
        func.ptr(self.store.as_context().state()).unwrap().as_ptr() as u64
    }

    /// Asks a builtin, and goes on by `resume` as often as the call is suspended.
    fn ask_and(
        &mut self,
        number: usize,
        arguments: [u64; 4],
        mut resume: impl FnMut(&mut Self, Raised),
    ) -> Result<u64, Raised> {
        let stack = Stack::new(&self.pages, 1 << 16).unwrap();
        let mut call = Call::on(stack, 5).unwrap();
        let [a, b, c, d] = arguments;
        call.values().copy_from_slice(&[number as u64, a, b, c, d]);
        let at = self.code.at(0).unwrap();
        let entry = Entry { trampoline: at, code: at, instance: self.vm };
        let vm = self.vm();
        // SAFETY: the store is this test's, and the code is published.
        let mut exit = unsafe { call.enter(vm, &Mapped, &entry) }.unwrap();
        loop {
            match exit {
                Exit::Returned => return Ok(call.values()[0]),
                Exit::Raised => return Err(self.take_raised().unwrap()),
                Exit::Suspended => {
                    let raised = self.take_raised().unwrap();
                    resume(self, raised);
                    let vm = self.vm();
                    // SAFETY: as above, and it is suspended.
                    exit = unsafe { call.resume(vm, &Mapped, None) }.unwrap();
                }
                exit @ (Exit::Faulted | Exit::Panicked) => panic!("{exit:?}"),
            }
        }
    }

    fn take_raised(&mut self) -> Option<Raised> {
        self.store.as_context_mut().inner_mut().vm.raised.take()
    }

    fn ask(&mut self, number: usize, arguments: [u64; 4]) -> Result<u64, Raised> {
        self.ask_and(number, arguments, |_, raised| panic!("suspended by {raised:?}"))
    }

    /// The trap that a builtin ends the call with.
    fn trap(&mut self, number: usize, arguments: [u64; 4]) -> Trap {
        match self.ask(number, arguments) {
            Err(Raised::Trap(trap, _)) => trap,
            other => panic!("{other:?}"),
        }
    }

    fn bytes(&self, from: usize, len: usize) -> Vec<u8> {
        self.guest.get_memory(&self.store, "memory").unwrap().data(&self.store)[from..from + len].to_vec()
    }

    /// Which elements of the table are functions.
    fn elements(&self) -> Vec<bool> {
        let table = self.guest.get_table(&self.store, "table").unwrap();
        let is_func = |index| !matches!(table.get(&self.store, index), Some(super::Val::FuncRef(None)));
        (0..table.size(&self.store)).map(is_func).collect()
    }
}

/// Two indices in one argument.
fn pair(low: u64, high: u64) -> u64 {
    low | high << 32
}

#[test]
fn memories_grow_and_are_filled_copied_and_initialised() {
    let mut machine = Machine::new(Config::new());
    assert_eq!(machine.ask(builtin::MEMORY_GROW, [0, 2, 0, 0]).unwrap(), 1);
    assert_eq!(machine.ask(builtin::MEMORY_GROW, [0, 98, 0, 0]).unwrap(), u64::MAX);
    assert_eq!(machine.ask(builtin::MEMORY_GROW, [0, 0, 0, 0]).unwrap(), 3);

    machine.ask(builtin::MEMORY_INIT, [pair(0, 0), 10, 1, 4]).unwrap();
    machine.ask(builtin::MEMORY_COPY, [pair(0, 0), 12, 10, 4]).unwrap();
    machine.ask(builtin::MEMORY_FILL, [0, 20, 0x1_2a, 2]).unwrap();
    assert_eq!(machine.bytes(10, 13), b"elello\0\0\0\0\x2a\x2a\0");
    let end = 3 << 16;
    assert_eq!(machine.trap(builtin::MEMORY_FILL, [0, end - 1, 1, 2]), Trap::MemoryOutOfBounds);
    assert_eq!(machine.trap(builtin::MEMORY_COPY, [0, 0, end, 1]), Trap::MemoryOutOfBounds);
    assert_eq!(machine.bytes(end as usize - 1, 1), [0]);
    machine.ask(builtin::DATA_DROP, [0; 4]).unwrap();
    assert_eq!(machine.trap(builtin::MEMORY_INIT, [0, 0, 0, 1]), Trap::MemoryOutOfBounds);
}

#[test]
fn tables_grow_and_are_filled_copied_and_initialised() {
    let mut machine = Machine::new(Config::new());
    let seven = machine.func("seven");
    machine.ask(builtin::TABLE_INIT, [pair(0, 0), 1, 0, 2]).unwrap();
    assert_eq!(machine.elements(), [false, true, true, false]);
    machine.ask(builtin::TABLE_COPY, [pair(0, 0), 0, 1, 2]).unwrap();
    assert_eq!(machine.elements(), [true, true, true, false]);
    assert_eq!(machine.ask(builtin::TABLE_GROW, [0, 2, seven, 0]).unwrap(), 4);
    assert_eq!(machine.ask(builtin::TABLE_GROW, [0, 5, 0, 0]).unwrap(), u64::MAX);
    machine.ask(builtin::TABLE_FILL, [0, 0, 0, 2]).unwrap();
    assert_eq!(machine.elements(), [false, false, true, false, true, true]);
    assert_eq!(machine.trap(builtin::TABLE_FILL, [0, 5, seven, 2]), Trap::TableOutOfBounds);
    machine.ask(builtin::ELEM_DROP, [0; 4]).unwrap();
    assert_eq!(machine.trap(builtin::TABLE_INIT, [0, 0, 0, 1]), Trap::TableOutOfBounds);
    assert_eq!(machine.trap(builtin::TRAP, [Trap::BadSignature.code().into(), 0, 0, 0]), Trap::BadSignature);
}

#[test]
fn host_functions_are_called_fail_and_call_guests() {
    let mut machine = Machine::new(Config::new());
    let mut values = [40u64, 2];
    let slots = values.as_mut_ptr() as u64;
    let add = machine.func("add");
    machine.ask(builtin::HOST_CALL, [add, slots, 0, 0]).unwrap();
    assert_eq!(values[0], 42);
    let nest = machine.func("nest");
    machine.ask(builtin::HOST_CALL, [nest, slots, 0, 0]).unwrap();
    assert_eq!(values[0], 7);
    let fail = machine.func("fail");
    match machine.ask(builtin::HOST_CALL, [fail, slots, 0, 0]) {
        Err(Raised::Host(error, _)) => assert!(alloc::format!("{error}").contains("on purpose")),
        other => panic!("{other:?}"),
    }
    assert_eq!(machine.store.as_context_mut().inner_mut().vm.stack.top, 0);
}

#[test]
fn what_fuel_does_not_pay_for_is_asked_again() {
    let mut machine = Machine::new(Config::new().fuel(true));
    machine.store.set_fuel(100).unwrap();
    let mut stops = 0;
    let mut pay = |machine: &mut Machine, raised| {
        assert!(matches!(raised, Raised::Trap(Trap::OutOfFuel, _)), "{raised:?}");
        stops += 1;
        machine.store.set_fuel(1_100).unwrap();
    };
    // 64 bytes cost as much as one operator.
    machine.ask_and(builtin::MEMORY_FILL, [0, 0, 9, 1 << 16], &mut pay).unwrap();
    assert_eq!((machine.bytes(65_535, 1), machine.store.get_fuel().unwrap()), (alloc::vec![9], 76));
    machine.ask_and(builtin::OUT_OF_FUEL, [77, 0, 0, 0], &mut pay).unwrap();
    assert_eq!((stops, machine.store.get_fuel().unwrap()), (2, 1_023));
}

#[test]
fn an_interrupted_guest_stops_in_the_middle_and_goes_on() {
    let mut machine = Machine::new(Config::new().interruption(true));
    machine.ask(builtin::POLL, [0; 4]).unwrap();
    machine.ask(builtin::MEMORY_GROW, [0, 63, 0, 0]).unwrap();
    for (number, arguments) in [(builtin::POLL, [0; 4]), (builtin::MEMORY_FILL, [0, 0, 5, 64 << 16])] {
        machine.store.interrupt_handle().interrupt();
        let mut stops = 0;
        let stopped = |machine: &mut Machine, raised| {
            assert!(matches!(raised, Raised::Trap(Trap::Interrupted, _)), "{raised:?}");
            stops += 1;
            machine.store.as_context_mut().inner_mut().vm.stop.fulfil();
        };
        machine.ask_and(number, arguments, stopped).unwrap();
        assert_eq!(stops, 1, "builtin {number}");
    }
    let bytes = machine.bytes(0, 64 << 16);
    assert!(bytes.iter().all(|byte| *byte == 5));
}
