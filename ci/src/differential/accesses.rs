//! Modules that do little but access memory, near its end: what a compiler may get wrong there is the order of traps
//! and of what can be seen, and which operator a trap belongs to.
//!
//! In: a number. Out: a module, the same for the same number everywhere. Its functions are made of statements that
//! load, store, change, copy, fill and grow, in arms of `if` and in loops that end.

use crate::fuzz::random::Random;

/// Statements of a function, at most.
const STATEMENTS: usize = 14;
/// Blocks inside of blocks, at most.
const DEPTH: usize = 3;

/// The module with a number.
///
/// # Errors
/// Where its text is wrong: a mistake in here.
pub fn accesses(number: u64) -> Result<Vec<u8>, wat::Error> {
    let mut writer = Writer {
        random: Random::new(number ^ 0x6d65_6d6f_7279),
        text: String::new(),
        function: 0,
        memories: 1,
    };
    writer.module();
    wat::parse_str(writer.text)
}

struct Writer {
    random: Random,
    text: String,
    function: usize,
    memories: usize,
}

/// Types of memories: the address, the type, and the length that it starts with.
const MEMORIES: [(&str, &str, usize); 5] = [
    ("i32", "1 3", 1 << 16),
    ("i32", "2 2", 2 << 16),
    ("i64", "i64 1 2", 1 << 16),
    ("i32", "300 400 (pagesize 1)", 300),
    ("i64", "i64 77 78 (pagesize 1)", 77),
];

impl Writer {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.random.below(from.len())]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.random.below(many) == 0
    }

    fn module(&mut self) {
        self.text += "(module (global $g0 (export \"g0\") (mut i32) (i32.const 0)) \
            (global $g1 (export \"g1\") (mut i64) (i64.const 0)) ";
        self.memories = if self.one_in(3) { MEMORIES.len() } else { 1 };
        for (number, (_, ty, _)) in MEMORIES.into_iter().take(self.memories).enumerate() {
            self.text += &format!("(memory $m{number} (export \"m{number}\") {ty}) ");
        }
        for function in 0..3 {
            self.function = function;
            self.text += &format!(
                "(func $f{function} (export \"f{function}\") (param i32 i32) (result i64) \
                 (local $p i32) (local $q i32) (local $x i32) (local $l i64) (local $d f64) (local $v v128) \
                 (local $c0 i32) (local $c1 i32) (local $c2 i32) "
            );
            for local in ["p", "q"] {
                let near = self.near(0);
                let param = usize::from(local == "q");
                self.text += &format!(
                    "(local.set ${local} (i32.add (i32.and (local.get {param}) (i32.const 31)) (i32.const {near}))) "
                );
            }
            for _ in 0..2 + self.random.below(STATEMENTS) {
                self.statement(0);
            }
            self.text +=
                "(i64.add (local.get $l) (i64.extend_i32_u (i32.xor (local.get $p) (local.get $x))))) ";
        }
        self.text += ")";
    }

    /// An address before the end of a memory, by more or less.
    fn near(&mut self, memory: usize) -> usize {
        let len = MEMORIES[memory].2;
        let before = if self.one_in(3) { 60 } else { 200 };
        len.saturating_sub(before + self.random.below(60))
    }

    fn statement(&mut self, depth: usize) {
        match self.random.below(if depth < DEPTH { 24 } else { 20 }) {
            0..=2 => {
                let local = self.pick(&["x", "p", "q", "x"]);
                let value = self.int(2);
                self.text += &format!("(local.set ${local} {value}) ");
            }
            3..=4 => {
                let value = self.long(2);
                self.text += &format!("(local.set $l {value}) ");
            }
            5 => {
                let value = self.float();
                self.text += &format!("(local.set $d {value}) ");
            }
            6..=9 => self.store(),
            10..=11 => self.change(),
            12 => {
                let (value, load) = (self.int(1), self.load("i32"));
                self.text += &format!("(global.set $g0 {value}) (drop {load}) ");
            }
            13 => {
                let (value, ty) = (self.long(1), self.pick(&["i64", "f64", "i32", "f32"]));
                let load = self.load(ty);
                self.text += &format!("(drop {load}) (global.set $g1 {value}) ");
            }
            14 => self.bulk(),
            15 => self.grow(),
            16 => {
                let (a, b) = (self.int(1), self.int(1));
                let division = self.pick(&["div_u", "rem_s"]);
                let b = if self.one_in(3) { b } else { format!("(i32.or {b} (i32.const 1))") };
                self.text += &format!("(local.set $x (i32.{division} {a} {b})) ");
            }
            17 if self.function > 0 => {
                let (callee, a, b) = (self.random.below(self.function), self.int(1), self.int(1));
                self.text += &format!("(local.set $l (call $f{callee} {a} {b})) ");
            }
            17 => self.store(),
            18..=19 => self.vector(),
            20..=21 => self.choice(depth),
            _ => self.repeat(depth),
        }
    }

    /// Accesses of vectors and of lanes, whose lanes are integers.
    fn vector(&mut self) {
        let (memory, address, offset) = self.place();
        let place = format!("$m{memory} {offset} {address}");
        let lane = format!("$m{memory} {offset}");
        let statement = match self.random.below(7) {
            0 => format!("(local.set $v (i32x4.add (local.get $v) (v128.load {place}))) "),
            1 => {
                let op =
                    self.pick(&["load32_splat", "load8_splat", "load8x8_s", "load64_zero", "load16x4_u"]);
                format!("(local.set $v (v128.xor (v128.{op} {place}) (local.get $v))) ")
            }
            2 => format!("(local.set $v (v128.load16_lane {lane} 3 {address} (local.get $v))) "),
            3 => format!("(v128.store64_lane {lane} 1 {address} (local.get $v)) "),
            4 => format!("(drop (v128.load {place})) (global.set $g0 (i32.const 5)) "),
            5 => "(local.set $l (i64x2.extract_lane 1 (local.get $v))) ".to_owned(),
            _ => format!("(v128.store {place} (i16x8.sub (local.get $v) (v128.load {place}))) "),
        };
        self.text += &statement;
    }

    fn choice(&mut self, depth: usize) {
        let condition = self.int(1);
        self.text += &format!("(if {condition} (then ");
        for _ in 0..1 + self.random.below(3) {
            self.statement(depth + 1);
        }
        self.text += ") (else ";
        for _ in 0..self.random.below(3) {
            self.statement(depth + 1);
        }
        self.text += ")) ";
    }

    /// A loop of a few turns, which may be left early.
    fn repeat(&mut self, depth: usize) {
        let turns = 1 + self.random.below(4);
        self.text +=
            &format!("(local.set $c{depth} (i32.const {turns})) (block $out{depth} (loop $again{depth} ");
        for _ in 0..1 + self.random.below(4) {
            self.statement(depth + 1);
        }
        if self.one_in(3) {
            let condition = self.int(1);
            self.text += &format!("(br_if $out{depth} {condition}) ");
        }
        self.text += &format!(
            "(local.set $p (i32.add (local.get $p) (i32.const 4))) \
             (br_if $again{depth} (local.tee $c{depth} (i32.sub (local.get $c{depth}) (i32.const 1)))))) "
        );
    }

    /// A memory, an address in it, and an offset.
    fn place(&mut self) -> (usize, String, String) {
        let memory = if self.one_in(3) { self.random.below(self.memories) } else { 0 };
        let near = self.near(memory);
        let address = match self.random.below(9) {
            0..=2 if memory == 0 => "(local.get $p)".to_owned(),
            3..=4 if memory == 0 => "(local.get $q)".to_owned(),
            5 if memory == 0 => format!("(i32.add (local.get $p) (i32.const {}))", self.random.below(24)),
            6 => format!("(i32.const {near})"),
            7 => format!("(i32.add (i32.and (local.get $x) (i32.const 63)) (i32.const {near}))"),
            _ => format!("(i32.add (i32.and (local.get $p) (i32.const 15)) (i32.const {near}))"),
        };
        let address = match MEMORIES[memory].0 {
            "i64" if self.one_in(20) => "(local.get $l)".to_owned(),
            "i64" => format!("(i64.extend_i32_u {address})"),
            _ => address,
        };
        let offset = match self.random.below(40) {
            0..=19 => String::new(),
            20..=36 => format!("offset={}", self.random.below(32)),
            37 => format!("offset={}", self.random.below(1 << 17)),
            38 => "offset=0x7fff0001".to_owned(),
            _ => "offset=0xfffffff8".to_owned(),
        };
        (memory, address, offset)
    }

    fn load(&mut self, ty: &str) -> String {
        let op = match ty {
            "i32" => self.pick(&["load", "load", "load8_s", "load8_u", "load16_s", "load16_u"]),
            "i64" => self.pick(&["load", "load", "load8_u", "load16_s", "load32_s", "load32_u"]),
            _ => "load",
        };
        let (memory, address, offset) = self.place();
        format!("({ty}.{op} $m{memory} {offset} {address})")
    }

    fn store(&mut self) {
        let (op, value) = match self.random.below(8) {
            0 => ("f64.store", self.float()),
            1..=2 => (self.pick(&["i64.store", "i64.store32", "i64.store8"]), self.long(1)),
            _ => (self.pick(&["i32.store", "i32.store", "i32.store8", "i32.store16"]), self.int(1)),
        };
        let (memory, address, offset) = self.place();
        self.text += &format!("({op} $m{memory} {offset} {address} {value}) ");
    }

    /// A store of what was loaded from the same place and changed, or from one beside it.
    fn change(&mut self) {
        let (memory, address, offset) = self.place();
        let other = if self.one_in(4) { "offset=3".to_owned() } else { offset.clone() };
        let op = self.pick(&["add", "xor", "or", "and", "sub"]);
        let (ty, value) = if self.one_in(2) { ("i64", self.long(1)) } else { ("i32", self.int(1)) };
        self.text += &format!(
            "({ty}.store $m{memory} {offset} {address} ({ty}.{op} ({ty}.load $m{memory} {other} {address}) {value})) "
        );
    }

    fn bulk(&mut self) {
        let (memory, to, _) = self.place();
        let at = MEMORIES[memory].0;
        let len = match self.random.below(3) {
            0 => format!("({at}.const {})", self.random.below(140)),
            1 => format!("({at}.const {})", self.random.below(20)),
            _ if at == "i32" => "(i32.and (local.get $x) (i32.const 63))".to_owned(),
            _ => "(i64.and (local.get $l) (i64.const 63))".to_owned(),
        };
        if self.one_in(2) {
            let value = self.int(1);
            self.text += &format!("(memory.fill $m{memory} {to} {value} {len}) ");
            return;
        }
        let (_, from, _) = loop {
            let place = self.place();
            if place.0 == memory {
                break place;
            }
        };
        self.text += &format!("(memory.copy $m{memory} $m{memory} {to} {from} {len}) ");
    }

    fn grow(&mut self) {
        let memory = self.random.below(self.memories);
        let at = MEMORIES[memory].0;
        let wrapped = if at == "i64" { "i32.wrap_i64" } else { "i32.add (i32.const 0)" };
        self.text += &format!("(local.set $x ({wrapped} (memory.grow $m{memory} ({at}.const 1)))) ");
    }

    fn int(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.random.below(4) {
                0 => format!("(i32.const {})", self.random.below(300)),
                1 => "(local.get $p)".to_owned(),
                2 => "(local.get 1)".to_owned(),
                _ => "(local.get $x)".to_owned(),
            };
        }
        match self.random.below(8) {
            0..=2 => self.load("i32"),
            3 => "(global.get $g0)".to_owned(),
            4 => {
                let (a, b) = (self.int(depth - 1), self.int(depth - 1));
                let compare = self.pick(&["eq", "lt_s", "gt_u", "ne"]);
                format!("(i32.{compare} {a} {b})")
            }
            5 => {
                let long = self.long(depth - 1);
                format!("(i32.wrap_i64 {long})")
            }
            6 => self.int(0),
            _ => {
                let (a, b) = (self.int(depth - 1), self.int(depth - 1));
                let op = self.pick(&["add", "sub", "xor", "and", "or", "mul", "shl"]);
                format!("(i32.{op} {a} {b})")
            }
        }
    }

    fn long(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 2 } else { 6 }) {
            0 => "(local.get $l)".to_owned(),
            1 => "(i64.const -77)".to_owned(),
            2..=3 => self.load("i64"),
            4 => {
                let int = self.int(depth - 1);
                format!("(i64.extend_i32_s {int})")
            }
            _ => {
                let (a, b) = (self.long(depth - 1), self.load("i64"));
                let op = self.pick(&["add", "sub", "xor", "and"]);
                format!("(i64.{op} {a} {b})")
            }
        }
    }

    /// Never a NaN: which one it is is nobody's business here.
    fn float(&mut self) -> String {
        let int = self.int(1);
        match self.random.below(3) {
            0 => format!("(f64.convert_i32_s {int})"),
            1 => format!("(f64.add (f64.convert_i32_u {int}) (f64.const 0.5))"),
            _ => {
                let load = self.load("i32");
                format!("(f64.mul (f64.convert_i32_s {int}) (f64.convert_i32_s {load}))")
            }
        }
    }
}
