// Vectors of floats: particles that eight masses draw, four at a time, with roots, divisions, comparisons and masks.
// Written with the compiler's own vectors, so that it has a native side.
#include "guest.h"

#ifdef __wasm__
#pragma clang attribute push(__attribute__((target("simd128"))), apply_to = function)
#endif

#define N 1024
#define MASSES 8

typedef float floats __attribute__((vector_size(16)));
typedef int32_t mask __attribute__((vector_size(16)));

struct axis { floats at[N / 4], speed[N / 4]; };

static struct axis axes[3];
static float centres[MASSES][4];

static inline floats choose(mask which, floats yes, floats no) {
    return (floats)((which & (mask)yes) | (~which & (mask)no));
}

static inline floats spread(float x) { return (floats){x, x, x, x}; }

// The sign of the speed turns where a particle has left the box, and it goes back to the wall.
static inline void bounce(struct axis *axis, int i, floats speed) {
    floats at = axis->at[i] + speed * spread(0.01f), wall = spread(8);
    mask above = at > wall, below = at < -wall;
    axis->at[i] = choose(above, wall, choose(below, -wall, at));
    axis->speed[i] = choose(above | below, -speed, speed) * spread(0.9995f);
}

static __attribute__((noinline)) void step(void) {
    for (int i = 0; i < N / 4; i++) {
        floats x = axes[0].at[i], y = axes[1].at[i], z = axes[2].at[i];
        floats ax = spread(0), ay = ax, az = ax;
        for (int m = 0; m < MASSES; m++) {
            floats dx = spread(centres[m][0]) - x, dy = spread(centres[m][1]) - y, dz = spread(centres[m][2]) - z;
            floats square = dx * dx + dy * dy + dz * dz + spread(0.05f);
            floats pull = spread(centres[m][3]) / (square * __builtin_elementwise_sqrt(square));
            ax += dx * pull, ay += dy * pull, az += dz * pull;
        }
        bounce(&axes[0], i, axes[0].speed[i] + ax * spread(0.01f));
        bounce(&axes[1], i, axes[1].speed[i] + ay * spread(0.01f));
        bounce(&axes[2], i, axes[2].speed[i] + az * spread(0.01f));
    }
}

static float number(void) { return (float)(int32_t)(next() & 4095) / 256 - 8; }

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    seed(3);
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < N; i++) {
            ((float *)axes[a].at)[i] = number();
            ((float *)axes[a].speed)[i] = number() / 8;
        }
    for (int m = 0; m < MASSES; m++) {
        for (int a = 0; a < 3; a++) centres[m][a] = number() / 2;
        centres[m][3] = (float)(m + 1) / 4;
    }
    for (uint32_t round = 0; round < rounds; round++) step();
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < N; i++) sum = mix(sum, bits((double)((float *)axes[a].at)[i]));
    return sum;
}

#ifdef __wasm__
#pragma clang attribute pop
#endif
