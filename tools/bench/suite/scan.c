// The least that reading a log can cost: walks the records of a segment and adds up the bytes of each, as they lie in
// the map. scan DIRECTORY prints the records, seconds, and records and gigabytes a second.
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void check(int code, const char *what) {
    if (code == MDB_SUCCESS) return;
    fprintf(stderr, "scan: cannot %s: %s\n", what, mdb_strerror(code));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: scan DIRECTORY\n");
        return 2;
    }
    double began = now();
    MDB_env *environment;
    check(mdb_env_create(&environment), "begin");
    check(mdb_env_set_maxdbs(environment, 4), "set the number of databases");
    check(mdb_env_open(environment, arguments[1], MDB_RDONLY | MDB_NOLOCK, 0), "open");
    MDB_txn *transaction;
    check(mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction), "begin to read");
    MDB_dbi events;
    check(mdb_dbi_open(transaction, "events", MDB_INTEGERKEY, &events), "find the records");
    MDB_cursor *cursor;
    check(mdb_cursor_open(transaction, events, &cursor), "open a cursor");

    MDB_val key, value;
    uint64_t records = 0, bytes = 0, sum = 0;
    int code;
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        const uint8_t *byte = value.mv_data;
        for (size_t index = 0; index < value.mv_size; index++) sum += byte[index];
        bytes += value.mv_size;
        records++;
    }
    if (code != MDB_NOTFOUND) check(code, "read");
    double seconds = now() - began;
    mdb_cursor_close(cursor);
    mdb_txn_abort(transaction);
    mdb_env_close(environment);
    printf("%" PRIu64 " records %" PRIu64 " bytes %.6f s %.0f/s %.2f GB/s sum %" PRIu64 "\n",
        records, bytes, seconds, (double)records / seconds, (double)bytes / seconds / 1e9, sum);
    return 0;
}
