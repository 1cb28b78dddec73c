// A script for the QuickJS guest: strings, closures, generators, sorting, regular expressions, JSON, typed
// arrays, big integers, promises, exceptions, deep recursion. Prints nothing that depends on time or chance.
'use strict';

function lcg(seed) {
    let s = seed >>> 0;
    return () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0);
}

function strings() {
    const parts = [];
    for (let i = 0; i < 2000; i++) parts.push(String.fromCodePoint(0x61 + i % 26, 0x3b1 + i % 24));
    const text = parts.join('');
    print('text', text.length, text.slice(0, 12), [...text].reverse().slice(0, 6).join(''));
    print(text.replace(/([aeiou])(.)/gu, '<$2$1>').length, 'x'.padStart(5, '-') + '|', 'Straße'.toUpperCase());
    const m = 'ring zero, 2026-11-21T05:30'.match(/(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)T(?:(\d\d):?)+/);
    print(JSON.stringify(m.groups), m.index, m[4]);
    print('a1b22c333'.replace(/\d+/g, (d) => `[${d.length}]`), 'one  two three'.split(/\s+/).join('/'));
    print('\u0041\u030a'.normalize('NFC').length, 'ﬁ'.normalize('NFKD'), encodeURIComponent('ü/ñ'));
}

function closures() {
    const counters = Array.from({ length: 5 }, (_, i) => {
        let n = i * 10;
        return { up: () => ++n, down: () => --n };
    });
    for (let k = 0; k < 1000; k++) counters[k % 5][k % 3 ? 'up' : 'down']();
    print(counters.map((c) => c.up()).join());
    const memo = new Map();
    const fib = (n) => n < 2 ? BigInt(n) : memo.get(n) ?? (memo.set(n, fib(n - 1) + fib(n - 2)), memo.get(n));
    print('fib', fib(200), (2n ** 200n % 1000007n).toString(16));
}

function* primes() {
    const known = [];
    for (let n = 2; ; n++) {
        if (known.every((p) => p * p > n || n % p)) {
            known.push(n);
            yield n;
        }
    }
}

function* flat(x) {
    if (Array.isArray(x)) for (const y of x) yield* flat(y);
    else yield x;
}

function generators() {
    const found = [];
    for (const p of primes()) {
        if (found.push(p) === 300) break;
    }
    print('primes', found.slice(-5).join(), found.reduce((a, b) => a + b));
    print([...flat([1, [2, [3, [4, [5]]]], [[[[6]]]]])].join(''));
}

function sorting() {
    const next = lcg(7);
    const rows = Array.from({ length: 3000 }, (_, i) => ({ key: next() % 500, i }));
    rows.sort((a, b) => a.key - b.key);
    let stable = true;
    for (let i = 1; i < rows.length; i++) {
        const [a, b] = [rows[i - 1], rows[i]];
        if (a.key > b.key || (a.key === b.key && a.i > b.i)) stable = false;
    }
    print('sorted', stable, rows[0].key, rows[1500].key, rows[2999].key);
    const bytes = new Uint8Array(4096).map(() => next() >>> 16);
    print('bytes', bytes.sort().slice(2040, 2050).join(), new Set(bytes).size);
    const view = new DataView(new ArrayBuffer(16));
    view.setFloat64(0, Math.PI);
    view.setInt32(8, -2, true);
    print(view.getUint32(0).toString(16), view.getUint8(8), view.getBigUint64(8).toString());
}

function encode(v) {
    if (v === null || typeof v !== 'object') return typeof v === 'string' ? JSON.stringify(v) : String(v);
    if (Array.isArray(v)) return '[' + v.map(encode).join(',') + ']';
    return '{' + Object.keys(v).sort().map((k) => JSON.stringify(k) + ':' + encode(v[k])).join(',') + '}';
}

function json() {
    const next = lcg(99);
    const make = (depth) => {
        const kind = next() % (depth ? 5 : 3);
        if (kind === 0) return next() % 1000 / 8;
        if (kind === 1) return 'k' + next() % 100 + '\n"é';
        if (kind === 2) return [true, false, null][next() % 3];
        if (kind === 3) return Array.from({ length: next() % 6 }, () => make(depth - 1));
        return Object.fromEntries(Array.from({ length: next() % 6 }, (_, i) => ['f' + i, make(depth - 1)]));
    };
    let length = 0, same = 0;
    for (let i = 0; i < 300; i++) {
        const value = make(4), text = encode(value);
        length += text.length;
        if (encode(JSON.parse(JSON.stringify(value))) === text) same++;
    }
    print('json', length, same, JSON.stringify({ a: [1, { b: undefined, c: 0.1 + 0.2 }], d: -0 }, null, 1));
}

function errors() {
    const caught = [];
    for (const f of [() => null.x, () => undefined_name, () => BigInt(1.5), () => new Array(-1), () => JSON.parse('{')]) {
        try {
            f();
        } catch (e) {
            caught.push(e.constructor.name);
        } finally {
            caught.push('.');
        }
    }
    print(caught.join(''));
    const depth = (n) => n === 0 ? 0 : 1 + depth(n - 1);
    print('depth', depth(500));
    class Shape { #w; constructor(w) { this.#w = w; } area() { return this.#w ** 2; } static of(w) { return new this(w); } }
    class Cube extends Shape { area() { return 6 * super.area(); } get [Symbol.toStringTag]() { return 'Cube'; } }
    print(Cube.of(3).area(), String(new Cube(1)), new Cube(2) instanceof Shape);
    const p = new Proxy({}, { get: (_, k) => `<${String(k)}>` });
    print(p.hello, Reflect.ownKeys({ b: 1, 2: 1, a: 1, 1: 1 }).join());
}

function numbers() {
    print(1 / 3, 1e21, 123456789.123, (0.1).toFixed(20), (255).toString(36), 5e-324, -1 % 3, Math.hypot(3, 4));
    print(Math.sin(1), Math.exp(2.5), Math.cbrt(27), Math.atan2(-1, 2), (1e-7).toString(), parseFloat('12.5abc'));
    let sum = 0;
    for (let i = 0; i < 300000; i++) sum = (sum + i * i) % 1000003;
    print('sum', sum);
}

async function later() {
    const order = [];
    await Promise.all([3, 1, 2].map(async (n) => {
        for (let i = 0; i < n; i++) await null;
        order.push(n);
    }));
    const settled = await Promise.allSettled([Promise.resolve(1), Promise.reject(new Error('no'))]);
    print('order', order.join(), settled.map((s) => s.status).join());
}

strings(); closures(); generators(); sorting(); json(); errors(); numbers();
later().then(() => print('done'));
print('end of script');
