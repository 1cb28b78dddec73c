// zlib round trips: deflate and inflate of generated texts at several levels and strategies, in one
// piece and streamed through small windows, with checksums of every compressed stream.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static unsigned state = 12345;

static unsigned next(void) {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static void fill(unsigned char *data, size_t len, int kind) {
    static const char *const words[] = {"ring", "zero", "page", "fault", "stack", "frame", "table", "memory"};
    size_t i = 0;
    while (i < len) {
        if (kind == 0) data[i++] = 0;
        else if (kind == 1) data[i++] = (unsigned char)next();
        else
            for (const char *w = words[next() & 7]; i < len && *w; w++) data[i++] = (unsigned char)*w;
        if (kind == 2 && i < len) data[i++] = ' ';
    }
}

static int whole(const unsigned char *data, size_t len, int level) {
    uLongf packed_len = compressBound(len), back_len = len;
    unsigned char *packed = malloc(packed_len), *back = malloc(len);
    int a = compress2(packed, &packed_len, data, len, level);
    int b = uncompress(back, &back_len, packed, packed_len);
    int same = back_len == len && memcmp(back, data, len) == 0;
    printf("level %d: %d %d, %lu -> %lu, crc %08lx, %s\n", level, a, b, (unsigned long)len, (unsigned long)packed_len,
           crc32(0, packed, (uInt)packed_len), same ? "same" : "DIFFERENT");
    free(packed);
    free(back);
    return same;
}

static int streamed(const unsigned char *data, size_t len, int strategy, size_t window) {
    z_stream out = {0}, in = {0};
    deflateInit2(&out, 6, Z_DEFLATED, 15 + 16, 8, strategy); // gzip framing
    inflateInit2(&in, 15 + 16);
    unsigned char *packed = malloc(window), *back = malloc(len + 1);
    size_t total = 0;
    unsigned long crc = 0;
    int status = Z_OK, end = Z_OK;
    out.next_in = (Bytef *)data;
    in.next_out = back;
    in.avail_out = (uInt)len + 1;
    while (status != Z_STREAM_END) {
        size_t left = len - (size_t)(out.next_in - data);
        out.avail_in = (uInt)(left < window ? left : window);
        out.next_out = packed;
        out.avail_out = (uInt)window;
        status = deflate(&out, left <= window ? Z_FINISH : Z_NO_FLUSH);
        size_t got = window - out.avail_out;
        crc = crc32(crc, packed, (uInt)got);
        total += got;
        in.next_in = packed;
        in.avail_in = (uInt)got;
        end = inflate(&in, Z_NO_FLUSH);
    }
    int same = end == Z_STREAM_END && in.total_out == len && memcmp(back, data, len) == 0;
    printf("strategy %d window %zu: %zu bytes, crc %08lx, adler %08lx, %s\n", strategy, window, total, crc,
           adler32(1, back, (uInt)len), same ? "same" : "DIFFERENT");
    deflateEnd(&out);
    inflateEnd(&in);
    free(packed);
    free(back);
    return same;
}

int main(void) {
    static const size_t sizes[] = {0, 1, 1000, 65536, 300001};
    int good = 1;
    printf("zlib %s\n", zlibVersion());
    for (int kind = 0; kind < 3; kind++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            unsigned char *data = malloc(sizes[s] + 1);
            fill(data, sizes[s], kind);
            printf("kind %d, %zu bytes\n", kind, sizes[s]);
            for (int level = 0; level <= 9; level += 3) good &= whole(data, sizes[s], level);
            for (int strategy = 0; strategy <= 4; strategy++) good &= streamed(data, sizes[s], strategy, 4096);
            free(data);
        }
    }
    unsigned char garbage[64];
    uLongf n = sizeof garbage;
    printf("garbage: %d\n", uncompress(garbage, &n, (const Bytef *)"\x78\x9c not deflate", 15));
    printf("%s\n", good ? "all round trips hold" : "A ROUND TRIP FAILED");
    return good ? 0 : 1;
}
