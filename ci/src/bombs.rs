//! Functions that are hard to compile for their size, for each a family of growing ones.
//!
//! In: a number. Out: a module whose `run` takes that much of one kind. `ci/examples/bombs.rs` prints what compiling
//! them takes, `ci/tests/compiled/bombs.rs` sees that it grows no faster than they do.

/// A family of functions.
#[derive(Clone, Copy, Debug)]
pub struct Bomb {
    /// What grows.
    pub name: &'static str,
    /// How much of it a test is about.
    pub size: u32,
    body: fn(u32) -> Body,
}

/// All families.
pub const BOMBS: &[Bomb] = &[
    Bomb { name: "bytes of straight code", size: 7_000_000, body: straight },
    Bomb { name: "locals", size: 49_999, body: locals },
    Bomb { name: "locals through branches and a loop", size: 49_999, body: merged },
    Bomb { name: "nested blocks, each left by a branch", size: 10_000, body: blocks },
    Bomb { name: "nested loops, each with a local of its own", size: 10_000, body: loops },
    Bomb { name: "nested loops around 1,000 locals", size: 1000, body: loops_and_locals },
    Bomb { name: "ifs one after the other, over 100 locals", size: 50_000, body: ifs },
    Bomb { name: "entries of a br_table", size: 50_000, body: table },
    Bomb { name: "values live at once", size: 50_000, body: live },
    Bomb { name: "calls", size: 100_000, body: calls },
    Bomb { name: "values live over calls", size: 20_000, body: live_over_calls },
    Bomb { name: "loads of one address", size: 200_000, body: loads },
];

const I32: u8 = 0x7f;
const NOTHING: u8 = 0x40;

/// A function's code: it has one parameter, and this many further locals, all of type i32.
struct Body {
    locals: u32,
    code: Vec<u8>,
}

impl Body {
    fn new(locals: u32) -> Self {
        Self { locals, code: Vec::new() }
    }

    fn op(&mut self, code: u8) -> &mut Self {
        self.code.push(code);
        self
    }

    fn with(&mut self, code: u8, number: u32) -> &mut Self {
        self.code.push(code);
        self.code.extend(leb128(number));
        self
    }

    fn get(&mut self, local: u32) -> &mut Self {
        self.with(0x20, local)
    }

    fn set(&mut self, local: u32) -> &mut Self {
        self.with(0x21, local)
    }

    fn constant(&mut self, number: u32) -> &mut Self {
        // Small enough that its unsigned form is its signed one.
        self.op(0x41).code.extend(leb128(number & 0x3f));
        self
    }

    /// The local becomes itself plus another.
    fn add(&mut self, local: u32, other: u32) -> &mut Self {
        self.get(local).get(other).op(ADD).set(local)
    }

    fn load(&mut self, offset: u32) -> &mut Self {
        self.op(0x28).op(2).code.extend(leb128(offset));
        self
    }

    fn store(&mut self, offset: u32) -> &mut Self {
        self.op(0x36).op(2).code.extend(leb128(offset));
        self
    }

    fn begin(&mut self, what: u8) -> &mut Self {
        self.op(what).op(NOTHING)
    }

    fn end(&mut self, times: u32) -> &mut Self {
        self.code.extend(std::iter::repeat_n(0x0b, times as usize));
        self
    }
}

const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const ELSE: u8 = 0x05;
const BRANCH_IF: u8 = 0x0d;
const BRANCH_TABLE: u8 = 0x0e;
const CALL: u8 = 0x10;
const ADD: u8 = 0x6a;
const MULTIPLY: u8 = 0x6c;
const XOR: u8 = 0x73;

fn straight(n: u32) -> Body {
    let mut body = Body::new(3);
    let mut k = 0;
    // Addresses come from what was computed before, so that no access can be left out.
    while body.code.len() < n as usize {
        body.get(1).constant(k).op(MULTIPLY).get(0).op(XOR).set(1);
        body.get(2).get(1).load(k % 1000 * 4).op(ADD).set(2);
        body.get(3).get(2).store(k % 1000 * 4);
        k += 1;
    }
    body.get(2);
    body
}

fn locals(n: u32) -> Body {
    let mut body = Body::new(n);
    for local in 1..=n {
        body.get(local - 1).constant(local).op(ADD).set(local);
    }
    body.get(n);
    body
}

fn merged(n: u32) -> Body {
    let mut body = Body::new(n);
    body.begin(LOOP).get(0).begin(IF);
    for local in 1..=n {
        body.add(local, 0);
    }
    body.op(ELSE);
    for local in 1..=n {
        body.get(local).constant(local).op(XOR).set(local);
    }
    body.end(1);
    body.get(n).with(BRANCH_IF, 0).end(1).get(n / 2 + 1);
    body
}

fn blocks(n: u32) -> Body {
    let mut body = Body::new(1);
    for _ in 0..n {
        body.begin(BLOCK);
    }
    for depth in 0..n {
        body.add(1, 0).get(1).with(BRANCH_IF, depth % 7 * (n - depth - 1) / 7).end(1);
    }
    body.get(1);
    body
}

fn loops(n: u32) -> Body {
    let mut body = Body::new(n);
    for local in 1..=n {
        body.begin(LOOP).add(local, 0);
    }
    for local in (1..=n).rev() {
        body.get(local).with(BRANCH_IF, 0).end(1);
    }
    body.get(n);
    body
}

fn loops_and_locals(n: u32) -> Body {
    let mut body = Body::new(1000);
    for _ in 0..n {
        body.begin(LOOP);
    }
    for local in 1..=1000 {
        body.add(local, 0);
    }
    for local in 0..n {
        body.get(local % 1000 + 1).with(BRANCH_IF, 0).end(1);
    }
    body.get(500);
    body
}

fn ifs(n: u32) -> Body {
    let mut body = Body::new(100);
    for k in 0..n {
        body.get(k % 100 + 1).begin(IF).add((k * 7) % 100 + 1, 0).end(1);
    }
    body.get(50);
    body
}

fn table(n: u32) -> Body {
    let mut body = Body::new(1);
    for _ in 0..100 {
        body.begin(BLOCK);
    }
    body.get(0).with(BRANCH_TABLE, n);
    for entry in 0..=n {
        body.code.extend(leb128(entry * 7 % 100));
    }
    for _ in 0..100 {
        body.end(1).get(1).constant(1).op(ADD).set(1);
    }
    body.get(1);
    body
}

fn live(n: u32) -> Body {
    let mut body = Body::new(0);
    for k in 0..n {
        body.get(0).load(k % 10_000 * 4);
    }
    for _ in 1..n {
        body.op(XOR);
    }
    body
}

fn calls(n: u32) -> Body {
    let mut body = Body::new(1);
    for _ in 0..n {
        body.get(1).with(CALL, 1).set(1);
    }
    body.get(1);
    body
}

fn live_over_calls(n: u32) -> Body {
    let mut body = Body::new(0);
    for _ in 0..n {
        body.get(0).with(CALL, 1);
    }
    for _ in 1..n {
        body.op(XOR);
    }
    body
}

fn loads(n: u32) -> Body {
    let mut body = Body::new(1);
    for _ in 0..n {
        body.get(0).load(16).get(1).op(ADD).set(1);
    }
    body.get(1);
    body
}

impl Bomb {
    /// The module with this much.
    pub fn module(&self, n: u32) -> Vec<u8> {
        let Body { locals, code } = (self.body)(n);
        let mut run = vec![1];
        run.extend(leb128(locals));
        run.push(I32);
        run.extend(code);
        run.push(0x0b);
        let other = [0, 0x20, 0, 0x0b];
        let mut bodies = vec![2];
        for body in [&run[..], &other] {
            bodies.extend(leb128(body.len() as u32));
            bodies.extend_from_slice(body);
        }
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let sections: [(u8, &[u8]); 5] = [
            (1, &[1, 0x60, 1, I32, 1, I32]),
            (3, &[2, 0, 0]),
            (5, &[1, 0, 2]),
            (7, &[1, 3, b'r', b'u', b'n', 0, 0]),
            (10, &bodies),
        ];
        for (id, content) in sections {
            module.push(id);
            module.extend(leb128(content.len() as u32));
            module.extend_from_slice(content);
        }
        module
    }
}

fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
