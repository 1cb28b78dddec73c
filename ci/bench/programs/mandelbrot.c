// Escape times over a square of the complex plane: float arithmetic with all values in locals.
#include "guest.h"

#define SIDE 96
#define LIMIT 60

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                double cr = 3.0 * x / SIDE - 2.1 + round * 1e-3, ci = 2.6 * y / SIDE - 1.3, r = 0, i = 0, rr = 0, ii = 0;
                uint32_t n = 0;
                while (n < LIMIT && rr + ii <= 4.0) {
                    i = 2 * r * i + ci;
                    r = rr - ii + cr;
                    rr = r * r;
                    ii = i * i;
                    n++;
                }
                sum = sum * 31 + n;
            }
    return sum;
}
