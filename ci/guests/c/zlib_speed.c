// zlib at work, for the benchmark: `run(n)` packs and unpacks 64 KiB of text n times, at changing levels.
#include <stdint.h>
#include <string.h>
#include <zlib.h>

static unsigned char data[65536], packed[70000], back[65536];

__attribute__((export_name("run"))) uint64_t run(uint32_t n) {
    static const char *const words[] = {"ring ", "zero ", "of the ", "page\n", "fault, ", "stack", "0x7fff ", "table "};
    uint32_t state = 1;
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof data;) {
        state = state * 1664525u + 1013904223u;
        for (const char *w = words[state >> 29]; *w && i < sizeof data; w++) data[i++] = (unsigned char)*w;
        if (!(state & 0x7000) && i < sizeof data) data[i++] = (unsigned char)(state >> 16);
    }
    for (uint32_t i = 0; i < n; i++) {
        uLongf packed_len = sizeof packed, back_len = sizeof back;
        int a = compress2(packed, &packed_len, data, sizeof data, 1 + (int)(i * 5 % 9));
        int b = uncompress(back, &back_len, packed, packed_len);
        int same = a == Z_OK && b == Z_OK && back_len == sizeof data && memcmp(back, data, sizeof data) == 0;
        sum = sum * 31 + crc32(0, packed, (uInt)packed_len) + (uint64_t)same;
        data[i * 997 % sizeof data] ^= 1;
    }
    return sum;
}
