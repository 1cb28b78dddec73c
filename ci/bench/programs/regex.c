// A backtracking matcher of regular expressions: compiled to nodes once, then tried at every place of a text.
#include "guest.h"

enum kind { END, LITERAL, ANY, SET, STAR, OPTIONAL };

struct node { enum kind kind; uint8_t byte; const struct node *inner; uint32_t set[8]; };

#define SIZE 8192

static char text[SIZE + 1];
static struct node nodes[64];
static int used;

// Byte sets, `.`, `*`, `+` and `?`; literals otherwise.
static const struct node *compile(const char *p) {
    int first = used;
    while (*p) {
        struct node *n = &nodes[used++];
        *n = (struct node){.kind = LITERAL, .byte = (uint8_t)*p};
        if (*p == '.') n->kind = ANY;
        if (*p == '[') {
            n->kind = SET;
            for (p++; *p != ']'; p++) {
                uint8_t low = (uint8_t)*p, high = low;
                if (p[1] == '-') high = (uint8_t)p[2], p += 2;
                for (uint32_t c = low; c <= high; c++) n->set[c >> 5] |= 1u << (c & 31);
            }
        }
        p++;
        if (*p == '+') {
            nodes[used] = *n;
            n = &nodes[used++];
        }
        if (*p == '*' || *p == '+' || *p == '?') {
            struct node *inner = &nodes[63 - used];
            *inner = *n;
            *n = (struct node){.kind = *p == '?' ? OPTIONAL : STAR, .inner = inner};
            p++;
        }
    }
    nodes[used++] = (struct node){.kind = END};
    return &nodes[first];
}

static int accepts(const struct node *n, uint8_t c) {
    switch (n->kind) {
    case LITERAL: return c == n->byte;
    case ANY: return c != '\n' && c;
    case SET: return n->set[c >> 5] >> (c & 31) & 1;
    default: return 0;
    }
}

// Where the longest match from here ends, greedily; NULL where there is none.
static __attribute__((noinline)) const char *match(const struct node *n, const char *s) {
    for (;; n++) {
        const char *from = s;
        switch (n->kind) {
        case END: return s;
        case STAR:
        case OPTIONAL:
            if (n->kind == STAR)
                while (accepts(n->inner, (uint8_t)*s)) s++;
            else if (accepts(n->inner, (uint8_t)*s)) s++;
            for (;; s--) {
                const char *end = match(n + 1, s);
                if (end || s == from) return end;
            }
        default:
            if (!accepts(n, (uint8_t)*s)) return NULL;
            s++;
        }
    }
}

RUN(uint32_t rounds) {
    static const char *const patterns[] = {"[a-z]+@[a-z]+.com", "the", "[0-9]+:[0-9][0-9]", "a.*b.*c", "colou?r"};
    static const char alphabet[] = "aabbccdeefghilmnorstthe  @..com  0123456789::\ncolor";
    seed(7);
    for (int i = 0; i < SIZE; i++) text[i] = alphabet[next() % (sizeof alphabet - 1)];
    static const char planted[] = "write to jane@example.com before 12:45, whatever the colour ";
    for (int at = 100; at + (int)sizeof planted < SIZE; at += 700)
        for (int i = 0; planted[i]; i++) text[at + i] = planted[i];
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++)
        for (int p = 0; p < 5; p++) {
            used = 0;
            const struct node *program = compile(patterns[p]);
            uint32_t found = 0;
            for (const char *s = text; *s;) {
                const char *end = match(program, s);
                if (end && end > s) found++, sum = mix(sum, (uint64_t)(end - s)), s = end;
                else s++;
            }
            sum = mix(sum, found);
        }
    return sum;
}
