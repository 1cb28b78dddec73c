// Vector kernels: a 5-tap convolution of 32-bit floats, a search for bytes, a blend of pixels with saturation.
#include "guest.h"
#include <wasm_simd128.h>

#define N 8192

static float in[N + 8], out[N];
static uint8_t bytes[N * 4], over[N * 4];

static __attribute__((noinline)) void convolve(void) {
    static const float taps[5] = {0.0625f, 0.25f, 0.375f, 0.25f, 0.0625f};
    v128_t t[5];
    for (int k = 0; k < 5; k++) t[k] = wasm_f32x4_splat(taps[k]);
    for (int i = 0; i < N; i += 4) {
        v128_t sum = wasm_f32x4_mul(wasm_v128_load(in + i), t[0]);
        for (int k = 1; k < 5; k++) sum = wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_v128_load(in + i + k), t[k]));
        wasm_v128_store(out + i, sum);
    }
}

static __attribute__((noinline)) uint32_t count_quotes(uint8_t wanted) {
    v128_t quote = wasm_u8x16_splat(wanted), slash = wasm_u8x16_splat('\\');
    uint32_t n = 0;
    for (int i = 0; i < N * 4; i += 16) {
        v128_t chunk = wasm_v128_load(bytes + i);
        v128_t hit = wasm_v128_or(wasm_i8x16_eq(chunk, quote), wasm_i8x16_eq(chunk, slash));
        if (wasm_v128_any_true(hit)) n += (uint32_t)__builtin_popcount(wasm_i8x16_bitmask(hit));
    }
    return n;
}

static __attribute__((noinline)) void blend(void) {
    v128_t half = wasm_u8x16_splat(0x7f);
    for (int i = 0; i < N * 4; i += 16) {
        v128_t a = wasm_v128_load(bytes + i), b = wasm_v128_load(over + i);
        v128_t dim = wasm_v128_and(wasm_u8x16_shr(b, 1), half);
        v128_t low = wasm_u16x8_extmul_low_u8x16(a, dim), high = wasm_u16x8_extmul_high_u8x16(a, dim);
        v128_t product = wasm_u8x16_narrow_i16x8(wasm_u16x8_shr(low, 8), wasm_u16x8_shr(high, 8));
        wasm_v128_store(over + i, wasm_u8x16_add_sat(product, wasm_i8x16_shuffle(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)));
    }
}

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    seed(9);
    for (int i = 0; i < N + 8; i++) in[i] = (float)(next() & 4095) / 64;
    for (int i = 0; i < N * 4; i++) bytes[i] = (uint8_t)next(), over[i] = (uint8_t)next();
    for (uint32_t round = 0; round < rounds; round++) {
        convolve();
        for (int i = 0; i < N; i += 4) wasm_v128_store(in + i, wasm_v128_load(out + i));
        blend();
        sum = mix(sum, count_quotes((uint8_t)round));
    }
    for (int i = 0; i < N; i++) sum = mix(sum, bits((double)out[i]) ^ over[i * 4]);
    return sum;
}
