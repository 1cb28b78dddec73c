// Dense matrix products in 64-bit floats, the loops as written in a textbook.
#include "guest.h"

#define N 64

static double a[N][N], b[N][N], c[N][N];

RUN(uint32_t rounds) {
    seed(1);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i][j] = (double)(next() & 1023) / 1024, b[i][j] = (double)(next() & 1023) / 1024;
    double sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double s = 0;
                for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
                c[i][j] = s;
            }
        sum += c[round % N][round * 7 % N];
        a[round % N][round * 3 % N] += 0.125;
    }
    return bits(sum);
}
