// The benchmark's script: queens by recursion, objects and closures, strings and maps, sorting, typed arrays,
// regular expressions, JSON. `speed(n)` does n rounds and returns a text that depends on every part.
'use strict';

function queens(size, row, columns, left, right) {
    if (row === size) return 1;
    let found = 0;
    for (let free = ((1 << size) - 1) & ~(columns | left | right); free; free &= free - 1) {
        const bit = free & -free;
        found += queens(size, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return found;
}

class Shape {
    constructor(name) { this.name = name; }
    area() { return 0; }
}

class Box extends Shape {
    constructor(w, h) { super('box'); this.w = w; this.h = h; }
    area() { return this.w * this.h; }
}

class Disc extends Shape {
    constructor(r) { super('disc'); this.r = r; }
    area() { return Math.PI * this.r * this.r; }
}

function objects(round) {
    const shapes = [];
    for (let i = 0; i < 400; i++) shapes.push(i % 3 ? new Box(i % 17 + 1, round + 1) : new Disc(i % 11));
    return shapes.filter((s) => s.name === 'box' || s.r > 2).map((s) => s.area()).reduce((a, b) => a + b).toFixed(3);
}

function words(round) {
    const counts = new Map();
    let text = '';
    for (let i = 0; i < 500; i++) text += 'w' + (i * 7919 + round) % 61 + (i % 9 ? ' ' : '\n');
    for (const word of text.split(/\s+/)) counts.set(word, (counts.get(word) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 3).join('|');
}

function floats(round) {
    const x = new Float64Array(64).map((_, i) => Math.sin(i + round)), y = new Float64Array(64);
    for (let k = 0; k < 8; k++) for (let i = 0; i < 64; i++) {
        let sum = 0;
        for (let j = 0; j < 8; j++) sum += x[(i + j) & 63] * (j + 1);
        y[i] = sum / 36;
    }
    return y[round & 63].toFixed(9);
}

function texts(round) {
    const line = 'GET /items/' + round + '?size=10&page=2 HTTP/1.1 key=value; other="quoted text"';
    const found = [...line.matchAll(/(\w+)=("[^"]*"|[\w.]+)/g)].map((m) => m[1] + ':' + m[2]);
    const data = JSON.parse(JSON.stringify({ line, found, list: Array.from({ length: 40 }, (_, i) => ({ i, s: 'x' + i })) }));
    return data.found.length + data.list.filter(({ i }) => i & 1).map(({ s }) => s).join('').length;
}

function speed(n) {
    const out = [];
    for (let round = 0; round < n; round++) {
        out.push(queens(6, 0, 0, 0, 0), objects(round), words(round), floats(round), texts(round));
    }
    return out.join();
}
