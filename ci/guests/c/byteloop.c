// Byte loops over a 64 KiB buffer: byte loads and stores, compares and branches.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t buffer[65536];

// Case-folds, counts words and mixes a checksum, `rounds` times.
__attribute__((export_name("run"))) uint64_t run(uint32_t rounds) {
    uint64_t words = 0;
    uint32_t sum = 1;
    for (uint32_t i = 0; i < sizeof buffer; i++) buffer[i] = (uint8_t)(32 + (i * 7 + i / 13) % 95);
    for (uint32_t round = 0; round < rounds; round++) {
        int in_word = 0;
        for (uint32_t i = 0; i < sizeof buffer; i++) {
            uint8_t c = buffer[i];
            if (c >= 'A' && c <= 'Z') c ^= 32;
            else if (c >= 'a' && c <= 'z') c ^= 32;
            int letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (letter && !in_word) words++;
            in_word = letter;
            sum = (sum << 5 | sum >> 27) + c;
            buffer[i] = c;
        }
    }
    return words << 32 | sum;
}

int main(int argc, char **argv) {
    uint32_t rounds = argc > 1 ? (uint32_t)atoi(argv[1]) : 20;
    printf("%u rounds: %016llx\n", rounds, (unsigned long long)run(rounds));
    return 0;
}
