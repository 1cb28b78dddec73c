// An open-addressing map from 64-bit keys to counts: inserted, looked up, removed with backward shifts, grown.
#include "guest.h"

#define SLOTS (1 << 15)

struct slot { uint64_t key; uint32_t count, used; };

static struct slot tables[2][SLOTS];
static struct slot *slots;
static uint32_t mask, held;

static inline uint32_t hash(uint64_t key) {
    key ^= key >> 32;
    key *= 0xd6e8feb86659fd93u;
    return (uint32_t)(key ^ key >> 32);
}

static __attribute__((noinline)) struct slot *find(uint64_t key) {
    uint32_t i = hash(key) & mask;
    while (slots[i].used && slots[i].key != key) i = (i + 1) & mask;
    return &slots[i];
}

static void grow(void) {
    struct slot *old = slots;
    uint32_t old_len = mask + 1;
    slots = old == tables[0] ? tables[1] : tables[0];
    mask = mask * 2 + 1;
    for (uint32_t i = 0; i <= mask; i++) slots[i].used = 0;
    for (uint32_t i = 0; i < old_len; i++)
        if (old[i].used) *find(old[i].key) = old[i];
}

static void insert(uint64_t key) {
    struct slot *s = find(key);
    if (s->used) {
        s->count++;
        return;
    }
    *s = (struct slot){key, 1, 1};
    if (++held * 4 > mask * 3 && mask + 1 < SLOTS) grow();
}

static void erase(uint64_t key) {
    struct slot *s = find(key);
    if (!s->used) return;
    held--;
    uint32_t hole = (uint32_t)(s - slots);
    for (uint32_t i = (hole + 1) & mask; slots[i].used; i = (i + 1) & mask) {
        uint32_t home = hash(slots[i].key) & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue;
        slots[hole] = slots[i];
        hole = i;
    }
    slots[hole].used = 0;
}

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    seed(5);
    for (uint32_t round = 0; round < rounds; round++) {
        slots = tables[0];
        mask = 63;
        held = 0;
        for (int i = 0; i < 64; i++) slots[i].used = 0;
        for (int i = 0; i < 20000; i++) insert((uint64_t)(next() % 16000) * 0x10001);
        for (int i = 0; i < 20000; i++) {
            struct slot *s = find((uint64_t)(next() % 32000) * 0x10001);
            if (s->used) sum += s->count;
        }
        for (int i = 0; i < 8000; i++) erase((uint64_t)(next() % 16000) * 0x10001);
        sum = mix(sum, held);
    }
    return sum;
}
