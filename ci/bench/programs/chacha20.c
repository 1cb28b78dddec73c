// ChaCha20 over a buffer, which is also its key stream's input: rotations and additions of 32-bit words in locals.
#include "guest.h"

#define SIZE 65536

static uint8_t data[SIZE];

static inline uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

#define QUARTER(a, b, c, d)              \
    a += b, d = rotate(d ^ a, 16);       \
    c += d, b = rotate(b ^ c, 12);       \
    a += b, d = rotate(d ^ a, 8);        \
    c += d, b = rotate(b ^ c, 7)

static __attribute__((noinline)) void block(const uint32_t in[16], uint32_t out[16]) {
    uint32_t x[16];
    for (int i = 0; i < 16; i++) x[i] = in[i];
    for (int i = 0; i < 10; i++) {
        QUARTER(x[0], x[4], x[8], x[12]);
        QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]);
        QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]);
        QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]);
        QUARTER(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; i++) out[i] = x[i] + in[i];
}

static void encrypt(const uint32_t key[8], uint32_t nonce) {
    uint32_t state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    uint32_t stream[16];
    for (int i = 0; i < 8; i++) state[4 + i] = key[i];
    state[13] = nonce;
    for (uint32_t at = 0; at < SIZE; at += 64) {
        block(state, stream);
        state[12]++;
        for (int i = 0; i < 64; i += 4) {
            uint32_t word;
            __builtin_memcpy(&word, data + at + i, 4);
            word ^= stream[i / 4];
            __builtin_memcpy(data + at + i, &word, 4);
        }
    }
}

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t key[8];
    seed(20);
    for (int i = 0; i < 8; i++) key[i] = next();
    for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)next();
    for (uint32_t round = 0; round < rounds; round++) {
        encrypt(key, round);
        for (int i = 0; i < 8; i++) key[i] ^= data[i * 97] * 0x01010101u;
    }
    for (int i = 0; i < SIZE; i += 16) sum = mix(sum, data[i]);
    return sum;
}
