// The mixture that small processors are judged by: a linked list, an integer matrix, a state machine that
// classifies numbers in text, and a checksum over all of it, taken bit by bit.
#include "guest.h"

#define NODES 200
#define N 20

struct node { struct node *next; int16_t value, index; };

static struct node nodes[NODES];
static int16_t a[N][N], b[N][N];
static int32_t c[N][N];
static char text[2048];

static __attribute__((noinline)) uint16_t crc(uint16_t sum, uint16_t value) {
    for (int i = 0; i < 16; i++, value >>= 1) sum = (uint16_t)((sum ^ value) & 1 ? sum >> 1 ^ 0xa001 : sum >> 1);
    return sum;
}

static struct node *make_list(void) {
    for (int i = 0; i < NODES; i++) {
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : NULL;
        nodes[i].value = (int16_t)(next() & 0x7fff);
        nodes[i].index = (int16_t)i;
    }
    return nodes;
}

static __attribute__((noinline)) struct node *find(struct node *at, int16_t value) {
    while (at && at->value != value) at = at->next;
    return at;
}

static __attribute__((noinline)) struct node *reverse(struct node *at) {
    struct node *done = NULL;
    while (at) {
        struct node *rest = at->next;
        at->next = done;
        done = at;
        at = rest;
    }
    return done;
}

static int by_value(const struct node *x, const struct node *y) { return x->value - y->value; }
static int by_index(const struct node *x, const struct node *y) { return x->index - y->index; }

// Bottom-up merge sort, the order given by a function.
static __attribute__((noinline)) struct node *sort(struct node *list, int (*order)(const struct node *, const struct node *)) {
    for (int run = 1;; run *= 2) {
        struct node *left = list, *tail = NULL;
        int merges = 0;
        list = NULL;
        while (left) {
            struct node *right = left;
            int nl = 0, nr = run;
            merges++;
            while (nl < run && right) nl++, right = right->next;
            while (nl > 0 || (nr > 0 && right)) {
                struct node *taken;
                if (nl > 0 && (nr == 0 || !right || order(left, right) <= 0)) taken = left, left = left->next, nl--;
                else taken = right, right = right->next, nr--;
                if (tail) tail->next = taken;
                else list = taken;
                tail = taken;
            }
            left = right;
        }
        if (tail) tail->next = NULL;
        if (merges <= 1) return list;
    }
}

static uint16_t lists(uint16_t sum) {
    struct node *list = make_list();
    for (int i = 0; i < 40; i++) {
        struct node *found = find(list, (int16_t)(i & 1 ? nodes[i * 5].value : i));
        sum = crc(sum, found ? (uint16_t)found->index : 0xffff);
        list = reverse(list);
    }
    list = sort(list, by_value);
    for (struct node *at = list; at; at = at->next) sum = crc(sum, (uint16_t)at->value);
    list = sort(list, by_index);
    return crc(sum, (uint16_t)list->value);
}

static __attribute__((noinline)) uint16_t matrices(uint16_t sum) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i][j] = (int16_t)(next() & 0xff), b[i][j] = (int16_t)(next() & 0xff);
    int32_t trace = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t s = 0;
            for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
            c[i][j] = s;
            trace += (s >> 2 & 15) * (s >> 5 & 127);
        }
    for (int i = 0; i < N; i++) sum = crc(sum, (uint16_t)c[i][N - 1 - i]);
    return crc(sum, (uint16_t)trace);
}

enum state { START, SIGN, WHOLE, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS, INVALID, STATES };

static int digit(char ch) { return ch >= '0' && ch <= '9'; }

static __attribute__((noinline)) enum state classify(const char **from) {
    enum state state = START;
    const char *at = *from;
    for (; *at && *at != ','; at++) {
        char ch = *at;
        switch (state) {
        case START: state = digit(ch) ? WHOLE : ch == '+' || ch == '-' ? SIGN : ch == '.' ? POINT : INVALID; break;
        case SIGN: state = digit(ch) ? WHOLE : ch == '.' ? POINT : INVALID; break;
        case WHOLE: state = digit(ch) ? WHOLE : ch == '.' ? POINT : ch == 'e' ? EXPONENT : INVALID; break;
        case POINT: case FRACTION: state = digit(ch) ? FRACTION : ch == 'e' ? EXPONENT : INVALID; break;
        case EXPONENT: state = digit(ch) ? EXPONENT_DIGITS : ch == '+' || ch == '-' ? EXPONENT_SIGN : INVALID; break;
        case EXPONENT_SIGN: case EXPONENT_DIGITS: state = digit(ch) ? EXPONENT_DIGITS : INVALID; break;
        default: break;
        }
    }
    *from = *at ? at + 1 : at;
    return state;
}

static uint16_t states(uint16_t sum) {
    static const char alphabet[] = "0123456789012345,,,..e+-T";
    uint16_t counts[STATES] = {0};
    for (size_t i = 0; i < sizeof text - 1; i++) text[i] = alphabet[next() % (sizeof alphabet - 1)];
    for (const char *at = text; *at;) counts[classify(&at)]++;
    for (int i = 0; i < STATES; i++) sum = crc(sum, counts[i]);
    return sum;
}

RUN(uint32_t rounds) {
    uint16_t sum = 0;
    seed(66);
    for (uint32_t i = 0; i < rounds; i++) sum = states(matrices(lists(sum)));
    return sum;
}
