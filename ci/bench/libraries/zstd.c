// Zstandard at work: `run(n)` packs and unpacks 256 KiB of text n times, at changing levels.
#include <stdint.h>
#include <string.h>
#include <zstd.h>

#define SIZE 262144

static unsigned char data[SIZE], packed[SIZE + 4096], back[SIZE];

__attribute__((export_name("run"))) uint64_t run(uint32_t n) {
    static const char *const words[] = {"ring ", "zero ", "of the ", "page\n", "fault, ", "stack", "0x7fff ", "table "};
    uint32_t state = 1;
    uint64_t sum = 0;
    ZSTD_CCtx *pack = ZSTD_createCCtx();
    ZSTD_DCtx *unpack = ZSTD_createDCtx();
    for (size_t i = 0; i < sizeof data;) {
        state = state * 1664525u + 1013904223u;
        for (const char *w = words[state >> 29]; *w && i < sizeof data; w++) data[i++] = (unsigned char)*w;
        if (!(state & 0x7000) && i < sizeof data) data[i++] = (unsigned char)(state >> 16);
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t packed_len = ZSTD_compressCCtx(pack, packed, sizeof packed, data, sizeof data, 1 + (int)(i * 4 % 9));
        size_t back_len = ZSTD_decompressDCtx(unpack, back, sizeof back, packed, packed_len);
        int same = back_len == sizeof data && memcmp(back, data, sizeof data) == 0;
        for (size_t k = 0; k < packed_len; k += 61) sum = sum * 31 + packed[k];
        sum = sum * 31 + packed_len + (uint64_t)same;
        data[i * 997 % sizeof data] ^= 1;
    }
    ZSTD_freeCCtx(pack);
    ZSTD_freeDCtx(unpack);
    return sum;
}
