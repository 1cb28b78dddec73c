// Recursive Fibonacci: calls, and little else. `run(n)` is exported for the benchmark.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static __attribute__((noinline)) uint64_t fib(uint32_t n) {
    if (n < 2) return n;
    return fib(n - 1) + fib(n - 2);
}

__attribute__((export_name("run"))) uint64_t run(uint32_t n) { return fib(n); }

int main(int argc, char **argv) {
    uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 24;
    printf("fib(%u) = %llu\n", n, (unsigned long long)run(n));
    return 0;
}
