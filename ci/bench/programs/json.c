// A JSON text is written, then read by a recursive parser that checks escapes, adds numbers and hashes keys.
#include "guest.h"

#define SIZE 65536

static char text[SIZE];
static char *end;
static const char *at;
static uint64_t sum;

static void put(const char *s) {
    while (*s) *end++ = *s++;
}

static void put_number(uint32_t n) {
    char digits[10];
    int len = 0;
    do digits[len++] = (char)('0' + n % 10); while (n /= 10);
    while (len) *end++ = digits[--len];
}

static void write_value(int depth) {
    static const char *const words[] = {"\"name\"", "\"caf\\u00e9 \\\"x\\\"\"", "true", "false", "null", "\"a longer piece of text, plain\""};
    uint32_t kind = next() % (depth ? 6 : 3);
    if (end - text > SIZE - 512) kind = 0;
    if (kind == 0) put_number(next() % 100000), put("."), put_number(next() % 100);
    else if (kind == 1) put("-"), put_number(next() % 1000), put("e2");
    else if (kind == 2) put(words[next() % 6]);
    else {
        int object = kind < 5;
        put(object ? "{ " : "[");
        for (uint32_t i = 0, n = 1 + next() % 7; i < n; i++) {
            if (i) put(",\n  ");
            if (object) put("\"key"), put_number(next() % 50), put("\": ");
            write_value(depth - 1);
        }
        put(object ? "}" : "]");
    }
}

static void space(void) {
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') at++;
}

static int read_string(void) {
    uint32_t hash = 2166136261u;
    for (at++; *at != '"'; at++) {
        uint32_t c = (uint8_t)*at;
        if (c < ' ') return 0;
        if (c == '\\') {
            c = (uint8_t)*++at;
            if (c == 'u') {
                c = 0;
                for (int i = 0; i < 4; i++) {
                    uint32_t h = (uint8_t)*++at | 32u;
                    if (h >= '0' && h <= '9') c = c << 4 | (h - '0');
                    else if (h >= 'a' && h <= 'f') c = c << 4 | (h - 'a' + 10);
                    else return 0;
                }
            }
        }
        hash = (hash ^ c) * 16777619u;
    }
    at++;
    sum = mix(sum, hash);
    return 1;
}

static int read_number(void) {
    double value = 0, scale = 1;
    int negative = *at == '-' ? at++, 1 : 0;
    if (*at < '0' || *at > '9') return 0;
    while (*at >= '0' && *at <= '9') value = value * 10 + (*at++ - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) value += (*at - '0') * (scale /= 10);
    if (*at == 'e') {
        int exponent = 0;
        for (at++; *at >= '0' && *at <= '9'; at++) exponent = exponent * 10 + (*at - '0');
        while (exponent--) value *= 10;
    }
    sum = mix(sum, bits(negative ? -value : value));
    return 1;
}

static int word(const char *w) {
    for (; *w; w++, at++)
        if (*at != *w) return 0;
    sum = mix(sum, (uint8_t)at[-2]);
    return 1;
}

static int read_value(int depth) {
    if (depth > 64) return 0;
    space();
    switch (*at) {
    case '"': return read_string();
    case 't': return word("true");
    case 'f': return word("false");
    case 'n': return word("null");
    case '{':
    case '[': break;
    default: return read_number();
    }
    char close = *at++ == '{' ? '}' : ']';
    for (;;) {
        space();
        if (close == '}') {
            if (*at != '"' || !read_string()) return 0;
            space();
            if (*at++ != ':') return 0;
        }
        if (!read_value(depth + 1)) return 0;
        space();
        if (*at == close) return at++, 1;
        if (*at++ != ',') return 0;
    }
}

RUN(uint32_t rounds) {
    seed(8);
    end = text;
    put("[");
    while (end - text < SIZE - 1024) write_value(4), put(",\n");
    put("0]");
    *end = 0;
    sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        at = text;
        int good = read_value(0);
        sum = mix(sum, good ? (uint64_t)(at - text) : 0);
    }
    return sum;
}
