// Vectored reads of a file: two one-byte buffers, two 47-byte buffers, and shapes around them.
// A native readv fills every buffer in order; each line shows the count and the bytes.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static void show(const char *what, ssize_t count, const struct iovec *v, int n) {
    printf("%s: count %zd", what, count);
    for (int i = 0; i < n; i++) {
        printf(" [");
        for (size_t k = 0; k < v[i].iov_len; k++) {
            unsigned char c = ((unsigned char *)v[i].iov_base)[k];
            if (c >= 32 && c < 127) putchar(c);
            else printf("\\%02x", c);
        }
        printf("]");
    }
    printf("\n");
}

static void read_two(int fd, size_t each) {
    char a[64], b[64], label[32];
    memset(a, '.', sizeof a);
    memset(b, '.', sizeof b);
    struct iovec v[2] = {{a, each}, {b, each}};
    snprintf(label, sizeof label, "2 x %zu", each);
    ssize_t n = readv(fd, v, 2);
    show(label, n, v, 2);
    printf("offset %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
}

static void read_with_empty(int fd) {
    char a[3] = "...", b[3] = "...";
    struct iovec v[5] = {{NULL, 0}, {a, 3}, {NULL, 0}, {b, 3}, {NULL, 0}};
    ssize_t n = readv(fd, v, 5);
    show("with empty buffers", n, v, 5);
}

static int make(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) {
        printf("open: %s\n", strerror(errno));
        exit(1);
    }
    char text[100];
    for (int i = 0; i < 100; i++) text[i] = (char)('!' + i % 90);
    struct iovec v[3] = {{text, 1}, {text + 1, 60}, {text + 61, 39}};
    printf("writev: count %zd\n", writev(fd, v, 3));
    return fd;
}

int main(int argc, char **argv) {
    int fd = make(argc > 1 ? argv[1] : "readv.data");
    lseek(fd, 0, SEEK_SET);
    read_two(fd, 1);
    lseek(fd, 0, SEEK_SET);
    read_two(fd, 47);
    read_two(fd, 47);
    read_two(fd, 47);
    lseek(fd, 50, SEEK_SET);
    read_with_empty(fd);
    char back[5] = {0};
    printf("pread: count %zd [%.4s]\n", pread(fd, back, 4, 10), back);
    printf("offset %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
    close(fd);
    // And a stream: whatever standard input holds, in two buffers a time, until the end.
    for (;;) {
        char a[47], b[47];
        memset(a, '.', sizeof a);
        memset(b, '.', sizeof b);
        struct iovec v[2] = {{a, sizeof a}, {b, sizeof b}};
        ssize_t n = readv(0, v, 2);
        show("stdin", n, v, 2);
        if (n <= 0) break;
    }
    return 7;
}
