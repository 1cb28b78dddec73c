// Blocks of memory copied, moved over themselves and filled, from a few bytes to whole pages.
#include "guest.h"

#define SIZE 262144

static uint8_t from[SIZE], to[SIZE];

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    seed(2);
    for (uint32_t i = 0; i < SIZE; i++) from[i] = (uint8_t)next(), to[i] = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        // Most pieces are short, as in programs; a few are long.
        for (int i = 0; i < 1000; i++) {
            uint32_t len = next() % (i % 100 == 0 ? 20000 : i % 10 == 0 ? 1000 : 60);
            uint32_t a = next() % (SIZE - 20000), b = next() % (SIZE - 20000);
            switch (i & 3) {
            case 0: __builtin_memset(to + a, (int)(b & 0xff), len); break;
            case 1: __builtin_memmove(to + a, to + a + (b & 63), len); break;
            default: __builtin_memcpy(to + a, from + b, len); break;
            }
            sum += to[a];
        }
        sum = mix(sum, to[round % SIZE]);
    }
    return sum;
}
