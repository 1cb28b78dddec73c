// Pancake flipping over all permutations of eight: short loops on a small array of words.
#include "guest.h"

#define N 8

RUN(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        int order[N], work[N], count[N], flips_most = 0, check = 0, r = N, nth = 0;
        for (int i = 0; i < N; i++) order[i] = i;
        for (;;) {
            for (; r > 1; r--) count[r - 1] = r;
            for (int i = 0; i < N; i++) work[i] = order[i];
            int flips = 0;
            for (int k = work[0]; k; k = work[0], flips++)
                for (int i = 0, j = k; i < j; i++, j--) {
                    int t = work[i];
                    work[i] = work[j];
                    work[j] = t;
                }
            if (flips > flips_most) flips_most = flips;
            check += nth++ & 1 ? -flips : flips;
            for (;; r++) {
                if (r == N) goto done;
                int first = order[0];
                for (int i = 0; i < r; i++) order[i] = order[i + 1];
                order[r] = first;
                if (--count[r] > 0) break;
            }
        }
    done:
        sum = mix(sum, (uint64_t)check << 8 | (uint64_t)flips_most);
    }
    return sum;
}
