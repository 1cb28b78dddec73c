// Vectors of bytes: base64 written and read sixteen characters at a time, by shuffles, shifts and tables in a register.
// Written with the compiler's own vectors, so that it has a native side.
#include "guest.h"

#ifdef __wasm__
#pragma clang attribute push(__attribute__((target("simd128"))), apply_to = function)
#endif

#define GROUPS 2048

typedef uint8_t bytes __attribute__((vector_size(16)));
typedef int8_t signs __attribute__((vector_size(16)));
typedef uint32_t words __attribute__((vector_size(16)));

static uint8_t data[GROUPS * 12 + 16], text[GROUPS * 16], back[GROUPS * 12 + 16];

// Picks bytes of a table; indices are below 16.
#ifdef __wasm__
static inline bytes look_up(bytes table, bytes index) {
    return (bytes)__builtin_wasm_swizzle_i8x16((signs)table, (signs)index);
}
#define FOR_LOOK_UP
#else
#include <tmmintrin.h>
#define FOR_LOOK_UP __attribute__((target("ssse3")))
static inline FOR_LOOK_UP bytes look_up(bytes table, bytes index) {
    return (bytes)_mm_shuffle_epi8((__m128i)table, (__m128i)index);
}
#endif

static inline bytes load(const uint8_t *from) {
    bytes b;
    __builtin_memcpy(&b, from, 16);
    return b;
}

static inline bytes all(uint8_t x) { return (bytes){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

static __attribute__((noinline)) FOR_LOOK_UP void encode(void) {
    // What is added to a number: for capitals, small letters, ten digits, and two signs.
    const bytes offsets = {'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                           '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0};
    for (int g = 0; g < GROUPS; g++) {
        bytes in = load(data + g * 12);
        words v = (words)__builtin_shufflevector(in, all(0), 2, 1, 0, 16, 5, 4, 3, 16, 8, 7, 6, 16, 11, 10, 9, 16);
        bytes six = (bytes)((v >> 18 & 0x3f) | (v >> 4 & 0x3f00) | (v << 10 & 0x3f0000) | (v << 24 & 0x3f000000));
        bytes row = __builtin_elementwise_sub_sat(six, all(51));
        row |= (bytes)(six < all(26)) & all(13);
        six += look_up(offsets, row);
        __builtin_memcpy(text + g * 16, &six, 16);
    }
}

static __attribute__((noinline)) FOR_LOOK_UP void decode(void) {
    // What is added to a character, by its upper half; the slash takes the row before its own.
    const bytes offsets = {0, 63 - '/', 62 - '+', 52 - '0', (uint8_t)-65, (uint8_t)-65, (uint8_t)(26 - 'a'),
                           (uint8_t)(26 - 'a'), 0, 0, 0, 0, 0, 0, 0, 0};
    for (int g = 0; g < GROUPS; g++) {
        bytes in = load(text + g * 16);
        words v = (words)(in + look_up(offsets, (in >> 4) + (bytes)(in == all('/'))));
        words whole = (v << 18 & 0xfc0000) | (v << 4 & 0x3f000) | (v >> 10 & 0xfc0) | (v >> 24 & 0x3f);
        bytes out = __builtin_shufflevector((bytes)whole, all(0), 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 16, 16, 16, 16);
        __builtin_memcpy(back + g * 12, &out, 16);
    }
}

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    seed(64);
    for (int i = 0; i < GROUPS * 12; i++) data[i] = (uint8_t)next();
    for (uint32_t round = 0; round < rounds; round++) {
        encode();
        decode();
        for (int i = 0; i < GROUPS * 12; i += 768) sum = mix(sum, (uint64_t)text[i] << 8 | (uint64_t)(back[i] == data[i]));
        data[round * 31 % (GROUPS * 12)] ^= (uint8_t)(round | 1);
    }
    return sum;
}

#ifdef __wasm__
#pragma clang attribute pop
#endif
