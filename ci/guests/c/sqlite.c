// SQLite on a real file: a database created, filled, queried, closed, reopened, changed, vacuumed and
// checked. Every line printed depends on the database's content alone.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static sqlite3 *db;

static void fail(const char *what) {
    printf("FAILED %s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static int print_row(void *unused, int n, char **values, char **names) {
    (void)unused;
    for (int i = 0; i < n; i++) printf("%s%s=%s", i ? ", " : "  ", names[i], values[i] ? values[i] : "NULL");
    printf("\n");
    return 0;
}

static void run(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

static void query(const char *title, const char *sql) {
    printf("%s\n", title);
    if (sqlite3_exec(db, sql, print_row, NULL, NULL) != SQLITE_OK) fail(title);
}

static void open_database(const char *path) {
    if (sqlite3_open(path, &db) != SQLITE_OK) fail("open");
}

static void close_database(void) {
    if (sqlite3_close(db) != SQLITE_OK) fail("close");
}

static void create_tables(void) {
    run("PRAGMA journal_mode = DELETE");
    run("CREATE TABLE author(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, born INTEGER)");
    run("CREATE TABLE book(id INTEGER PRIMARY KEY, author INTEGER NOT NULL REFERENCES author(id),"
        " title TEXT NOT NULL, price REAL, pages INTEGER, cover BLOB)");
    run("CREATE INDEX book_by_author ON book(author, pages)");
    run("CREATE INDEX book_cheap ON book(price) WHERE price < 10");
    run("CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT)");
    run("CREATE TRIGGER book_gone AFTER DELETE ON book BEGIN INSERT INTO log(what) VALUES ('gone ' || old.title); END");
    run("CREATE VIEW shelf AS SELECT a.name, b.title, b.pages FROM book b JOIN author a ON a.id = b.author");
}

static void insert_authors(int count) {
    sqlite3_stmt *s;
    run("BEGIN");
    if (sqlite3_prepare_v2(db, "INSERT INTO author(name, born) VALUES (?, ?)", -1, &s, NULL)) fail("prepare");
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "Author %03d", i);
        sqlite3_bind_text(s, 1, name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(s, 2, 1850 + i * 37 % 150);
        if (sqlite3_step(s) != SQLITE_DONE) fail("insert author");
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    run("COMMIT");
}

static void insert_books(int count, int per_transaction) {
    sqlite3_stmt *s;
    unsigned char cover[200];
    if (sqlite3_prepare_v2(db, "INSERT INTO book(author, title, price, pages, cover) VALUES (?, ?, ?, ?, ?)", -1, &s,
                           NULL))
        fail("prepare");
    for (int i = 0; i < count; i++) {
        if (i % per_transaction == 0) run("BEGIN");
        char title[40];
        snprintf(title, sizeof title, "Volume %d of %d", i, count);
        for (size_t k = 0; k < sizeof cover; k++) cover[k] = (unsigned char)(i * 7 + (int)k * 13);
        sqlite3_bind_int(s, 1, i * 7919 % 100 + 1);
        sqlite3_bind_text(s, 2, title, -1, SQLITE_TRANSIENT);
        sqlite3_bind_double(s, 3, (i * 31 % 4000) / 100.0);
        sqlite3_bind_int(s, 4, 50 + i * 17 % 900);
        sqlite3_bind_blob(s, 5, cover, i % (int)sizeof cover, SQLITE_TRANSIENT);
        if (sqlite3_step(s) != SQLITE_DONE) fail("insert book");
        sqlite3_reset(s);
        if (i % per_transaction == per_transaction - 1 || i == count - 1) run("COMMIT");
    }
    sqlite3_finalize(s);
}

static void ask(void) {
    query("counts", "SELECT (SELECT count(*) FROM author) AS authors, (SELECT count(*) FROM book) AS books");
    query("join", "SELECT a.name, count(*) AS n, sum(b.pages) AS pages, round(avg(b.price), 4) AS price FROM author a"
                  " JOIN book b ON b.author = a.id GROUP BY a.id HAVING n > 0 ORDER BY pages DESC, a.name LIMIT 8");
    query("recursive",
          "WITH RECURSIVE c(n, f) AS (VALUES(1, 1) UNION ALL SELECT n + 1, f * (n + 1) FROM c WHERE n < 15)"
          " SELECT n, f FROM c WHERE n % 5 = 0");
    query("window", "SELECT title, pages, rank() OVER (PARTITION BY author ORDER BY pages DESC, title) AS r FROM book"
                    " WHERE author IN (3, 4) ORDER BY author, r LIMIT 6");
    query("text", "SELECT upper(substr(title, 1, 6)) AS t, count(DISTINCT length(title)) AS lengths,"
                  " group_concat(DISTINCT length(title)) AS all_lengths FROM book GROUP BY t");
    query("blob", "SELECT sum(length(cover)) AS bytes, hex(substr(cover, 1, 4)) AS head FROM book WHERE id % 199 = 3");
    query("json", "SELECT json_group_array(json_object('t', title, 'p', price)) AS j FROM"
                  " (SELECT title, price FROM book WHERE price > 39.9 ORDER BY id LIMIT 4)");
    query("plan", "SELECT count(*) AS cheap FROM book WHERE price < 1.5");
    query("left join", "SELECT count(*) AS without FROM author a LEFT JOIN book b ON b.author = a.id AND b.pages > 940"
                       " WHERE b.id IS NULL");
}

static void change(void) {
    run("BEGIN");
    run("UPDATE book SET price = price * 2 WHERE pages < 200");
    run("DELETE FROM book WHERE id % 3 = 0");
    run("SAVEPOINT s");
    run("DELETE FROM book");
    run("ROLLBACK TO s");
    run("COMMIT");
    run("BEGIN");
    run("DELETE FROM author");
    run("ROLLBACK");
    if (sqlite3_exec(db, "INSERT INTO author(name) VALUES ('Author 001')", NULL, NULL, NULL) == SQLITE_OK)
        fail("a duplicate was accepted");
    printf("refused: %s\n", sqlite3_errmsg(db));
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "library.db";
    unlink(path);
    printf("sqlite %s\n", sqlite3_libversion());
    open_database(path);
    create_tables();
    insert_authors(100);
    insert_books(6000, 500);
    ask();
    close_database();

    open_database(path);
    change();
    query("after", "SELECT count(*) AS books, round(total(price), 2) AS price, (SELECT count(*) FROM log) AS log,"
                   " (SELECT count(*) FROM author) AS authors FROM book");
    query("view", "SELECT * FROM shelf ORDER BY pages DESC, title LIMIT 3");
    struct stat before, after;
    stat(path, &before);
    run("VACUUM");
    stat(path, &after);
    printf("bytes %lld -> %lld\n", (long long)before.st_size, (long long)after.st_size);
    query("integrity", "PRAGMA integrity_check");
    query("pages", "PRAGMA page_count");
    close_database();

    open_database(path);
    query("reopened", "SELECT count(*) AS books, sum(pages) AS pages FROM book");
    query("integrity", "PRAGMA integrity_check");
    close_database();
    return 0;
}
