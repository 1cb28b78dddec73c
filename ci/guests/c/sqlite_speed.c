// SQLite at work in memory, for the benchmark: `run(n)` fills tables with n rows each, asks, changes and deletes,
// and returns a checksum of every value that a query gave.
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

static sqlite3 *db;
static uint64_t sum;

static int add_row(void *unused, int n, char **values, char **names) {
    (void)unused, (void)names;
    for (int i = 0; i < n; i++)
        for (const char *at = values[i] ? values[i] : "-"; *at; at++) sum = sum * 31 + (unsigned char)*at;
    return 0;
}

static void sql(const char *text) {
    if (sqlite3_exec(db, text, add_row, NULL, NULL) != SQLITE_OK) add_row(NULL, 1, (char *[]){"failed"}, NULL);
}

static void fill(int n) {
    static const char *const words[] = {"one", "twenty", "three hundred", "four thousand", "five", "sixty"};
    sqlite3_stmt *s;
    char text[64];
    sql("CREATE TABLE t1(a INTEGER, b INTEGER, c VARCHAR(100)); CREATE TABLE t2(a INTEGER PRIMARY KEY, b REAL, c TEXT)");
    sql("BEGIN");
    for (int i = 0; i < n; i++) {
        int x = (int)((uint32_t)i * 7919u % 100003u);
        snprintf(text, sizeof text, "INSERT INTO t1 VALUES(%d, %d, '%s %s')", i, x, words[i % 6], words[x % 6]);
        sql(text);
    }
    sql("COMMIT");
    if (sqlite3_prepare_v2(db, "INSERT INTO t2(b, c) VALUES(?, ?)", -1, &s, NULL) != SQLITE_OK) return;
    sql("BEGIN");
    for (int i = 0; i < n; i++) {
        sqlite3_bind_double(s, 1, i * 0.125);
        sqlite3_bind_text(s, 2, words[i * 5 % 6], -1, SQLITE_STATIC);
        sqlite3_step(s);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    sql("COMMIT");
}

__attribute__((export_name("run"))) uint64_t run(uint32_t n) {
    char text[160];
    sum = 0;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK) return 0;
    fill((int)n);
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "SELECT count(*), avg(b), max(c) FROM t1 WHERE b >= %d AND b < %d", i * 100, i * 100 + 5000);
        sql(text);
        snprintf(text, sizeof text, "SELECT count(*), avg(b) FROM t1 WHERE c LIKE '%%%s%%'", i & 1 ? "sixty" : "ree hun");
        sql(text);
    }
    sql("CREATE INDEX t1_by_b ON t1(b)");
    sql("CREATE INDEX t1_by_c ON t1(c, a)");
    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof text, "SELECT count(*), sum(a) FROM t1 WHERE b BETWEEN %d AND %d", i * 400, i * 400 + 900);
        sql(text);
    }
    sql("SELECT c, count(*), total(b) FROM t1 GROUP BY c ORDER BY 2 DESC, 1");
    sql("SELECT t1.c, count(*) FROM t1 JOIN t2 ON t2.a = t1.a + 1 WHERE t2.b > 10 GROUP BY 1 ORDER BY 1");
    sql("BEGIN; UPDATE t1 SET b = b * 2 WHERE a % 3 = 0; UPDATE t2 SET c = c || '!' WHERE a % 2; COMMIT");
    sql("DELETE FROM t1 WHERE b % 5 = 1; INSERT INTO t1 SELECT a, b, c FROM t2 WHERE a < 500");
    sql("SELECT count(*), sum(a), sum(b), min(c), max(length(c)) FROM t1; PRAGMA integrity_check");
    sqlite3_close(db);
    return sum;
}
