// The least that a durable turn can cost: one LMDB transaction with the same bytes as the last turn of a log, again and
// again, in an environment of its own. commit SEGMENT DIRECTORY COUNT prints p50 and p99 of a commit in milliseconds.
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const names[] = {"events", "payloads", "seals"};
enum { databases = 3 };

static void check(int code, const char *what) {
    if (code == MDB_SUCCESS) return;
    fprintf(stderr, "commit: cannot %s: %s\n", what, mdb_strerror(code));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static MDB_env *opened(const char *directory, unsigned flags) {
    MDB_env *environment;
    check(mdb_env_create(&environment), "begin");
    check(mdb_env_set_maxdbs(environment, databases + 1), "set the number of databases");
    if (!(flags & MDB_RDONLY)) check(mdb_env_set_mapsize(environment, (size_t)1 << 36), "set the size");
    check(mdb_env_open(environment, directory, flags, 0600), "open");
    return environment;
}

// The last value of each database, in memory that stays.
static void read_turn(const char *segment, MDB_val *values) {
    MDB_env *environment = opened(segment, MDB_RDONLY | MDB_NOLOCK);
    MDB_txn *transaction;
    check(mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction), "begin to read");
    for (int index = 0; index < databases; index++) {
        MDB_dbi database;
        MDB_cursor *cursor;
        MDB_val key, value;
        check(mdb_dbi_open(transaction, names[index], MDB_INTEGERKEY, &database), "find a database");
        check(mdb_cursor_open(transaction, database, &cursor), "open a cursor");
        check(mdb_cursor_get(cursor, &key, &value, MDB_LAST), "read the last turn");
        values[index].mv_size = value.mv_size;
        values[index].mv_data = malloc(value.mv_size);
        memcpy(values[index].mv_data, value.mv_data, value.mv_size);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(transaction);
    mdb_env_close(environment);
}

int main(int count, char **arguments) {
    int commits = count == 4 ? atoi(arguments[3]) : 0;
    if (commits < 100) {
        fprintf(stderr, "usage: commit SEGMENT DIRECTORY COUNT\n");
        return 2;
    }
    MDB_val values[databases];
    read_turn(arguments[1], values);
    MDB_env *environment = opened(arguments[2], 0);
    MDB_dbi handles[databases];
    MDB_txn *transaction;
    check(mdb_txn_begin(environment, NULL, 0, &transaction), "begin");
    for (int index = 0; index < databases; index++) {
        check(mdb_dbi_open(transaction, names[index], MDB_INTEGERKEY | MDB_CREATE, &handles[index]), "make a database");
    }
    check(mdb_txn_commit(transaction), "commit");

    double *times = malloc(sizeof *times * (size_t)commits);
    for (uint64_t number = 1; number <= (uint64_t)commits; number++) {
        double began = now();
        check(mdb_txn_begin(environment, NULL, 0, &transaction), "begin");
        MDB_val key = {sizeof number, &number};
        for (int index = 0; index < databases; index++) {
            check(mdb_put(transaction, handles[index], &key, &values[index], MDB_APPEND), "append");
        }
        check(mdb_txn_commit(transaction), "commit");
        times[number - 1] = now() - began;
    }
    mdb_env_close(environment);
    qsort(times, (size_t)commits, sizeof *times, ascending);
    printf("p50 %.4f p99 %.4f\n", times[commits / 2], times[commits * 99 / 100]);
    return 0;
}
