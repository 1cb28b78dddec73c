// BLAKE3 at work: `run(n)` hashes 64 KiB n times, each time with the sum before in it.
#include <blake3.h>
#include <string.h>

static uint8_t data[65536];

__attribute__((export_name("run"))) uint64_t run(uint32_t n) {
    uint8_t out[BLAKE3_OUT_LEN];
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 251 >> 3);
    for (uint32_t i = 0; i < n; i++) {
        blake3_hasher hasher;
        blake3_hasher_init(&hasher);
        blake3_hasher_update(&hasher, data, sizeof data - i % 97);
        blake3_hasher_finalize(&hasher, out, sizeof out);
        memcpy(data + i % 32768, out, sizeof out);
        memcpy(&sum, out, sizeof sum);
    }
    return sum;
}
