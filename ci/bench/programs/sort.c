// Strings and numbers sorted through a function that compares, the way of qsort: indirect calls, byte compares.
#include "guest.h"

#define N 2000

typedef int compare(const void *, const void *);

static char texts[N][12];
static const char *names[N];
static const uint32_t *order[N];
static uint32_t numbers[N];

static __attribute__((noinline)) int by_text(const void *x, const void *y) {
    const uint8_t *a = x, *b = y;
    while (*a && *a == *b) a++, b++;
    return *a - *b;
}

static __attribute__((noinline)) int by_number(const void *x, const void *y) {
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

static __attribute__((noinline)) void quicksort(const void **v, int n, compare *order_of) {
    while (n > 12) {
        const void *pivot = v[n / 2];
        int i = 0, j = n - 1;
        for (;; i++, j--) {
            while (order_of(v[i], pivot) < 0) i++;
            while (order_of(pivot, v[j]) < 0) j--;
            if (i >= j) break;
            const void *t = v[i];
            v[i] = v[j];
            v[j] = t;
        }
        if (j + 1 < n - j - 1) {
            quicksort(v, j + 1, order_of);
            v += j + 1;
            n -= j + 1;
        } else {
            quicksort(v + j + 1, n - j - 1, order_of);
            n = j + 1;
        }
    }
    for (int i = 1; i < n; i++) {
        const void *x = v[i];
        int j = i;
        for (; j > 0 && order_of(x, v[j - 1]) < 0; j--) v[j] = v[j - 1];
        v[j] = x;
    }
}

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    seed(4);
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < N; i++) {
            int len = 3 + (int)(next() % 8);
            for (int k = 0; k < len; k++) texts[i][k] = (char)('a' + next() % (k < 3 ? 3 : 20));
            texts[i][len] = 0;
            names[i] = texts[i];
            numbers[i] = next();
            order[i] = &numbers[i];
        }
        quicksort((const void **)names, N, by_text);
        quicksort((const void **)order, N, by_number);
        for (int i = 0; i < N; i += 97) sum = mix(sum, (uint64_t)(uint8_t)names[i][2] << 32 | *order[i]);
    }
    return sum;
}
