// Five bodies under gravity, symplectic Euler: 64-bit floats, square roots, loads and stores.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODIES 5

struct body { double x[3], v[3], mass; };

static struct body bodies[BODIES];

// A made-up system: a heavy centre and four satellites on near-circular paths.
static void reset(void) {
    memset(bodies, 0, sizeof bodies);
    bodies[0].mass = 40.0;
    for (int i = 1; i < BODIES; i++) {
        double r = 3.0 * i + 1.5;
        bodies[i].mass = 0.01 * i;
        bodies[i].x[0] = (i & 1) ? r : -r;
        bodies[i].x[2] = 0.05 * i;
        bodies[i].v[1] = ((i & 1) ? 1.0 : -1.0) * sqrt(40.0 / r);
    }
}

static double energy(void) {
    double e = 0;
    for (int i = 0; i < BODIES; i++) {
        double v2 = 0;
        for (int k = 0; k < 3; k++) v2 += bodies[i].v[k] * bodies[i].v[k];
        e += 0.5 * bodies[i].mass * v2;
        for (int j = i + 1; j < BODIES; j++) {
            double d2 = 0;
            for (int k = 0; k < 3; k++) {
                double d = bodies[i].x[k] - bodies[j].x[k];
                d2 += d * d;
            }
            e -= bodies[i].mass * bodies[j].mass / sqrt(d2);
        }
    }
    return e;
}

static void step(double dt) {
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            double d[3], d2 = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = bodies[i].x[k] - bodies[j].x[k];
                d2 += d[k] * d[k];
            }
            double f = dt / (d2 * sqrt(d2));
            for (int k = 0; k < 3; k++) {
                bodies[i].v[k] -= d[k] * bodies[j].mass * f;
                bodies[j].v[k] += d[k] * bodies[i].mass * f;
            }
        }
    }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++) bodies[i].x[k] += dt * bodies[i].v[k];
}

// The bits of the energy after `steps` steps: exact, so that two engines can be compared.
__attribute__((export_name("run"))) uint64_t run(uint32_t steps) {
    reset();
    for (uint32_t i = 0; i < steps; i++) step(0.001);
    double e = energy();
    uint64_t bits;
    memcpy(&bits, &e, sizeof bits);
    return bits;
}

int main(int argc, char **argv) {
    uint32_t steps = argc > 1 ? (uint32_t)atoi(argv[1]) : 20000;
    printf("energy bits after %u steps: %016llx\n", steps, (unsigned long long)run(steps));
    return 0;
}
