// What every benchmark program shares: no library, one export, one source of numbers.
#pragma once
#include <stddef.h>
#include <stdint.h>

// The one export: `run(n)` does n rounds of work and returns a checksum of what came out.
#define RUN __attribute__((export_name("run"))) uint64_t run

// The generator's state; every run begins with `seed`.
static uint32_t random_state;

static inline void seed(uint32_t s) { random_state = s; }

static inline uint32_t next(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static inline uint64_t mix(uint64_t sum, uint64_t value) { return (sum << 7 | sum >> 57) * 0x9e3779b97f4a7c15u + value; }

static inline uint64_t bits(double x) {
    uint64_t b;
    __builtin_memcpy(&b, &x, sizeof b);
    return b;
}
