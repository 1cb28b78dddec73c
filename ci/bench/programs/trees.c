// Binary trees made, walked and freed, from an allocator with boundary tags and bins that runs inside the guest.
#include "guest.h"

#define HEAP (1 << 20)
#define BINS 16

// A block: its size with a bit for "in use", and while free its neighbours in its bin.
struct block { uint32_t size, before; struct block *next, *previous; };

static _Alignas(16) uint8_t heap[HEAP];
static struct block bins[BINS];

static int bin_of(uint32_t size) {
    int bin = 27 - __builtin_clz(size);
    return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

static void add(struct block *b) {
    struct block *bin = &bins[bin_of(b->size)];
    b->next = bin->next;
    b->previous = bin;
    bin->next->previous = b;
    bin->next = b;
}

static void take(struct block *b) {
    b->next->previous = b->previous;
    b->previous->next = b->next;
}

static struct block *after(struct block *b) { return (struct block *)((uint8_t *)b + (b->size & ~1u)); }

static void heap_init(void) {
    for (int i = 0; i < BINS; i++) bins[i].next = bins[i].previous = &bins[i];
    struct block *all = (struct block *)heap;
    all->size = HEAP - 16;
    all->before = 0;
    after(all)->size = 1;
    after(all)->before = all->size;
    add(all);
}

static __attribute__((noinline)) void *allocate(uint32_t bytes) {
    uint32_t size = (bytes + 8 + 15) & ~15u;
    for (int bin = bin_of(size); bin < BINS; bin++)
        for (struct block *b = bins[bin].next; b != &bins[bin]; b = b->next) {
            if (b->size < size) continue;
            take(b);
            if (b->size - size >= 32) {
                uint32_t rest = b->size - size;
                b->size = size;
                struct block *other = after(b);
                other->size = rest;
                other->before = size;
                after(other)->before = rest;
                add(other);
            }
            b->size |= 1;
            return &b->next;
        }
    return NULL;
}

static __attribute__((noinline)) void release(void *p) {
    struct block *b = (struct block *)((uint8_t *)p - offsetof(struct block, next));
    b->size &= ~1u;
    struct block *other = after(b);
    if (!(other->size & 1)) {
        take(other);
        b->size += other->size;
    }
    if (b->before) {
        other = (struct block *)((uint8_t *)b - b->before);
        if (!(other->size & 1)) {
            take(other);
            other->size += b->size;
            b = other;
        }
    }
    after(b)->before = b->size;
    add(b);
}

struct tree { struct tree *left, *right; };

static struct tree *grow(int depth) {
    struct tree *t = allocate(sizeof *t + (next() & 7));
    t->left = depth ? grow(depth - 1) : NULL;
    t->right = depth ? grow(depth - 1) : NULL;
    return t;
}

static uint32_t count(const struct tree *t) { return t->left ? 1 + count(t->left) + count(t->right) : 1; }

static void fell(struct tree *t) {
    if (t->left) fell(t->left), fell(t->right);
    release(t);
}

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    seed(3);
    heap_init();
    struct tree *kept = grow(10);
    for (uint32_t round = 0; round < rounds; round++) {
        struct tree *t = grow(4 + (int)(round % 8));
        sum = mix(sum, count(t) + (uint32_t)((uint8_t *)t - heap));
        fell(t);
    }
    sum = mix(sum, count(kept));
    fell(kept);
    return mix(sum, ((struct block *)heap)->size);
}
