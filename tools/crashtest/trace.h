// What interpose.c keeps of open files, the trace it writes, and the fault it is asked for.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FILES 65536

// The function of the C library that ours stands before.
#define REAL(result, name, ...)                                        \
    static result (*real)(__VA_ARGS__);                                \
    if (!real) *(void **)(&real) = dlsym(RTLD_NEXT, #name)

// What is kept of an open file below DIR; `number` 0 for every other descriptor.
static struct {
    _Atomic uint64_t number;  // the inode's
    _Atomic int is_synchronous, is_faulty;
} files[FILES];

static const char *below;
static size_t below_length;
static int trace = -1;
static _Atomic uint64_t calls;

static struct {
    const char *name;
    char kind;  // 'w', 's', or 0 for none
    uint64_t number;
    int error;
    int is_short, is_late, is_once;
} fault;
static _Atomic uint64_t writes, syncs;

// The trace

// As images.py unpacks it: "<IBBHQQqq", then `size` bytes.
struct record {
    uint32_t size;
    uint8_t kind;
    uint8_t flags;
    uint16_t unused;
    uint64_t call;    // joins the end of a call to its beginning
    uint64_t file;    // the inode's number
    int64_t at;       // offset; or length of the file
    int64_t result;   // of a call that ended: what it returned, or minus errno; of a fault: when
};

enum { CREATED = 1, SYNCHRONOUS = 2, TRUNCATED = 4 };

// One record by one append, so that those of several threads and processes do not mix.
static void put(struct record record, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    if (trace < 0) return;
    int saved = errno;
    struct iovec all[count + 1];
    all[0] = (struct iovec){&record, sizeof record};
    for (int i = 0; i < count; i++) {
        all[i + 1] = parts[i];
        record.size += parts[i].iov_len;
    }
    if (real(trace, all, count + 1) != (ssize_t)(sizeof record + record.size)) {
        fprintf(stderr, "interpose: cannot append to the trace: %s\n", strerror(errno));
        abort();
    }
    errno = saved;
}

static uint64_t begin(int fd, char kind, int64_t at, const struct iovec *parts, int count) {
    uint64_t call = atomic_fetch_add(&calls, 1) + 1;
    put((struct record){.kind = kind, .flags = files[fd].is_synchronous ? SYNCHRONOUS : 0,
                        .call = call, .file = files[fd].number, .at = at}, parts, count);
    return call;
}

static int64_t end(uint64_t call, int64_t result) {
    put((struct record){.kind = 'e', .call = call, .result = result < 0 ? -errno : result},
        NULL, 0);
    return result;
}

static int is_below(const char *path) {
    return below && !strncmp(path, below, below_length)
        && (path[below_length] == '/' || !path[below_length]);
}

static void put_names(char kind, const char *one, const char *other) {
    struct iovec parts[] = {
        {(void *)one, strlen(one) + 1}, {(void *)other, other ? strlen(other) + 1 : 0}};
    put((struct record){.kind = kind}, parts, 2);
}

// Faults

// Whether this call is to fail. `kind` is 'w' or 's'.
static int is_failing(int fd, char kind) {
    if (!files[fd].is_faulty) return 0;
    uint64_t number = atomic_fetch_add(kind == 'w' ? &writes : &syncs, 1) + 1;
    if (fault.kind != kind) return 0;
    return fault.is_once ? number == fault.number : number >= fault.number;
}

static void put_fault(int fd, char kind) {
    uint64_t number = kind == 'w' ? writes : syncs;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    put((struct record){.kind = 'f', .flags = files[fd].is_synchronous ? SYNCHRONOUS : 0,
                        .file = files[fd].number, .at = number,
                        .result = now.tv_sec * 1000000000LL + now.tv_nsec}, NULL, 0);
}

static int failed(void) {
    errno = fault.error;
    return -1;
}

static void read_fault(const char *text) {
    char kind[8], error[8], rest[8] = "";
    unsigned long number;
    if (sscanf(text, "%7[a-z]:%lu:%7[A-Za-z]:%7s", kind, &number, error, rest) < 3) {
        fprintf(stderr, "interpose: DAYBOOK_IO_FAULT=%s cannot be read\n", text);
        exit(2);
    }
    fault.kind = kind[0];
    fault.number = number;
    fault.error = !strcmp(error, "ENOSPC") ? ENOSPC : !strcmp(error, "EINTR") ? EINTR : EIO;
    fault.is_short = !strcmp(error, "short");
    fault.is_late = !strcmp(error, "late");
    fault.is_once = !strcmp(rest, "once");
}

__attribute__((constructor)) static void set_up(void) {
    below = getenv("DAYBOOK_IO_BELOW");
    below_length = below ? strlen(below) : 0;
    fault.name = getenv("DAYBOOK_IO_NAME");
    if (!fault.name) fault.name = "data.mdb";
    if (getenv("DAYBOOK_IO_FAULT")) read_fault(getenv("DAYBOOK_IO_FAULT"));
    const char *path = getenv("DAYBOOK_IO_TRACE");
    if (path) trace = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (path && trace < 0) {
        fprintf(stderr, "interpose: cannot open %s: %s\n", path, strerror(errno));
        exit(2);
    }
}
