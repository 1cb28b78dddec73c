// The largest singular value of an infinite matrix's corner, by the power method: float divisions in two loops.
#include "guest.h"

#define N 120

static double u[N], v[N], t[N];

static inline double entry(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

static __attribute__((noinline)) void times(const double *x, double *y) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++) sum += entry(i, j) * x[j];
        y[i] = sum;
    }
}

static __attribute__((noinline)) void times_transposed(const double *x, double *y) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++) sum += entry(j, i) * x[j];
        y[i] = sum;
    }
}

RUN(uint32_t rounds) {
    for (int i = 0; i < N; i++) u[i] = 1;
    for (uint32_t i = 0; i < rounds; i++) {
        times(u, t);
        times_transposed(t, v);
        times(v, t);
        times_transposed(t, u);
    }
    double uv = 0, vv = 0;
    for (int i = 0; i < N; i++) uv += u[i] * v[i], vv += v[i] * v[i];
    return bits(__builtin_sqrt(uv / vv));
}
