//! Guests that share one block of memory.
//!
//! In: an arena, an engine, modules. Out: who gets room in it, who does not, and that all of it comes back.

use std::mem::MaybeUninit;
use std::sync::Arc;

use ringzero::platform::{Platform, VirtualMemory};
use ringzero::{Config, Engine, Instance, Memory, Module, Store};
use ringzero_platform_baremetal::Arena;

const MIB: usize = 1 << 20;
/// Pages of WebAssembly in a MiB.
const PAGES: u64 = 16;

struct Board(Arena);

impl Platform for Board {
    fn virtual_memory(&self) -> Option<&dyn VirtualMemory> {
        Some(&self.0)
    }
}

/// 16 MiB, of which a guest gets 4 MiB at most.
fn board() -> (Arc<Board>, Engine) {
    let block = vec![MaybeUninit::new(0x55); 16 * MIB + 4096].leak();
    let board = Arc::new(Board(Arena::new(block, 4 * MIB).expect("a block of pages")));
    let engine = Engine::new(&Config::new().platform(board.clone())).expect("an engine");
    (board, engine)
}

fn guest(engine: &Engine, memory: &str) -> (Store<()>, Memory) {
    let bytes = wat::parse_str(format!("(module (memory (export \"m\") {memory}))")).expect("text");
    let module = Module::new(engine, bytes).expect("a module");
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    let memory = instance.get_memory(&store, "m").expect("a memory");
    (store, memory)
}

#[test]
fn guests_share_the_block_and_the_heap_serves_the_rest() {
    let (board, engine) = board();
    for _ in 0..3 {
        let mut guests: Vec<_> = (0..4).map(|_| guest(&engine, "1")).collect();
        assert_eq!(board.0.reserved_bytes(), 16 * MIB);
        // The fifth finds no room: its memory is on the heap.
        guests.push(guest(&engine, "1"));
        assert_eq!(board.0.reserved_bytes(), 16 * MIB);
        for (number, (store, memory)) in guests.iter_mut().enumerate() {
            let before = memory.data(&store).as_ptr();
            assert_eq!(memory.grow(&mut *store, 4 * PAGES - 1).unwrap(), 1);
            assert!(memory.data(&store).iter().all(|&byte| byte == 0), "guest {number}");
            memory.data_mut(&mut *store).fill(number as u8 + 1);
            // In place, and not further, but on the heap.
            if number < 4 {
                assert_eq!(memory.data(&store).as_ptr(), before);
            }
            assert_eq!(memory.grow(&mut *store, 1).is_ok(), number == 4);
        }
        for (number, (store, memory)) in guests.iter().enumerate() {
            assert!(memory.data(store)[..4 * MIB].iter().all(|&byte| byte == number as u8 + 1));
        }
        drop(guests);
        assert_eq!(board.0.reserved_bytes(), 0);
    }
}

#[test]
fn a_declared_maximum_is_all_that_is_taken() {
    let (board, engine) = board();
    let guests: Vec<_> = (0..16).map(|_| guest(&engine, "1 16")).collect();
    assert_eq!(board.0.reserved_bytes(), 16 * MIB);
    drop(guests);
    // More than the limit at the start: not from the block.
    let (store, memory) = guest(&engine, "65");
    assert_eq!((memory.data(&store).len(), board.0.reserved_bytes()), (65 << 16, 0));
}
