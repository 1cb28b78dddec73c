// An interpreter in the guest: a stack machine dispatched by a switch runs a sieve of primes.
#include "guest.h"

enum op { PUSH, LOAD, STORE, GET, PUT, ADD, SUB, MUL, LESS, JUMP, JUMP_UNLESS, DUP, DROP, HALT };

#define LIMIT 4000

static int32_t cells[8];
static uint8_t flags[LIMIT + 1];

// Cells: 0 = candidate, 1 = multiple, 2 = primes found.
static const int32_t code[] = {
    PUSH, 2, STORE, 0, PUSH, 0, STORE, 2,
    /* 8: while candidate < LIMIT */ LOAD, 0, PUSH, LIMIT, LESS, JUMP_UNLESS, 64,
    /* 15: if flags[candidate] skip */ LOAD, 0, GET, PUSH, 1, LESS, JUMP_UNLESS, 55,
    /* 23: found */ LOAD, 2, PUSH, 1, ADD, STORE, 2, LOAD, 0, DUP, MUL, STORE, 1,
    /* 36: while multiple < LIMIT */ LOAD, 1, PUSH, LIMIT, LESS, JUMP_UNLESS, 55,
    /* 43: cross it out */ PUSH, 1, LOAD, 1, PUT, LOAD, 1, LOAD, 0, ADD, JUMP, 66,
    /* 55: next candidate */ LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 8,
    /* 64: end */ HALT, HALT,
    /* 66: multiple = sum */ STORE, 1, JUMP, 36,
};

static __attribute__((noinline)) uint32_t execute(void) {
    int32_t stack[16], *top = stack;
    uint32_t steps = 0;
    for (const int32_t *at = code;; steps++) {
        switch ((enum op)*at++) {
        case PUSH: *top++ = *at++; break;
        case LOAD: *top++ = cells[*at++]; break;
        case STORE: cells[*at++] = *--top; break;
        case GET: top[-1] = flags[top[-1]]; break;
        case PUT: top -= 2; flags[top[1]] = (uint8_t)top[0]; break;
        case ADD: top--; top[-1] += *top; break;
        case SUB: top--; top[-1] -= *top; break;
        case MUL: top--; top[-1] *= *top; break;
        case LESS: top--; top[-1] = top[-1] < *top; break;
        case JUMP: at = code + *at; break;
        case JUMP_UNLESS: at = *--top ? at + 1 : code + *at; break;
        case DUP: *top = top[-1]; top++; break;
        case DROP: top--; break;
        case HALT: return steps;
        }
    }
}

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i <= LIMIT; i++) flags[i] = 0;
        sum = mix(sum, execute());
        sum = mix(sum, (uint64_t)cells[2]);
    }
    return sum;
}
