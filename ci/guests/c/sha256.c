// SHA-256 over a generated megabyte-scale message: 32-bit integer arithmetic, rotates, table loads.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t round_constants[64];
static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

// floor(frac(cbrt(prime)) * 2^32), by integer cube root: no table to mistype.
static uint32_t cube_root_fraction(uint32_t prime) {
    // Largest r with r^3 <= prime * 2^96, found bit by bit in 128-bit arithmetic on r < 2^40.
    unsigned __int128 target_high = (unsigned __int128)prime << 64; // prime * 2^96 = target_high << 32
    uint64_t r = 0;
    for (int bit = 35; bit >= 0; bit--) {
        uint64_t t = r | (1ull << bit);
        // t^3 <= prime << 96  <=>  (t*t*t) >> 32 <= prime << 64, up to the truncated low bits;
        // an exact cube root cannot occur for a prime, so the comparison is safe.
        unsigned __int128 square = (unsigned __int128)t * t;            // < 2^72
        unsigned __int128 cube_high = (square >> 32) * t + (((square & 0xffffffffu) * t) >> 32);
        if (cube_high < target_high) r = t;
    }
    return (uint32_t)r;
}

static void make_constants(void) {
    int n = 0;
    for (uint32_t p = 2; n < 64; p++) {
        int prime = 1;
        for (uint32_t d = 2; d * d <= p; d++)
            if (p % d == 0) prime = 0;
        if (prime) round_constants[n++] = cube_root_fraction(p);
    }
}

static inline uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void compress(uint32_t h[8], const uint8_t *block) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8
             | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = k + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
        uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        k = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
}

static void digest(const uint8_t *data, size_t len, uint32_t h[8]) {
    memcpy(h, initial, sizeof initial);
    size_t whole = len / 64 * 64;
    for (size_t i = 0; i < whole; i += 64) compress(h, data + i);
    uint8_t tail[128] = {0};
    size_t rest = len - whole;
    memcpy(tail, data + whole, rest);
    tail[rest] = 0x80;
    size_t blocks = rest < 56 ? 1 : 2;
    for (int i = 0; i < 8; i++) tail[blocks * 64 - 1 - i] = (uint8_t)((uint64_t)len * 8 >> (8 * i));
    for (size_t i = 0; i < blocks; i++) compress(h, tail + 64 * i);
}

static uint8_t message[65536];

// Hashes a 64 KiB message `rounds` times, each digest feeding the next message.
__attribute__((export_name("run"))) uint64_t run(uint32_t rounds) {
    uint32_t h[8] = {0};
    make_constants();
    for (size_t i = 0; i < sizeof message; i++) message[i] = (uint8_t)(i * 31 + 7);
    for (uint32_t i = 0; i < rounds; i++) {
        digest(message, sizeof message, h);
        memcpy(message, h, sizeof h);
    }
    return (uint64_t)h[0] << 32 | h[1];
}

int main(int argc, char **argv) {
    uint32_t h[8];
    make_constants();
    digest((const uint8_t *)"abc", 3, h);
    for (int i = 0; i < 8; i++) printf("%08x", h[i]);
    printf("\n");
    uint32_t rounds = argc > 1 ? (uint32_t)atoi(argv[1]) : 8;
    printf("%u rounds: %016llx\n", rounds, (unsigned long long)run(rounds));
    return 0;
}
