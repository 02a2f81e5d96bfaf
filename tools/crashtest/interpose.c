// Stands between a server and the system (LD_PRELOAD) and does what variables of the environment
// ask for:
//
//   DAYBOOK_IO_BELOW=DIR, DAYBOOK_IO_TRACE=FILE
//       Every change of a file below DIR is appended to FILE with its data, so that the directory
//       can be rebuilt as a power cut would have left it (images.py reads it).
//   DAYBOOK_IO_FAULT=write|sync:N:EIO|ENOSPC|EINTR|short|late[:once], DAYBOOK_IO_NAME=data.mdb
//       The N-th write or sync of files of that name, and unless "once" all that follow, fails:
//       with that error and without effect, or having written the half ("short"), or with EIO and
//       with its effect ("late").
//   DAYBOOK_MAP_SIZE=BYTES
//       LMDB's map is so large, whatever it is asked for.
//
// A record is appended to the trace before a write or sync begins and after it has ended; changes
// of names are recorded when they are made. Whoever else appends to FILE (O_APPEND) what it has
// seen the server acknowledge has put it behind all that was durable then: the order of the records
// is the only clock.

#define _GNU_SOURCE
#include "trace.h"

#include <stdarg.h>
#include <sys/stat.h>

// Files

static int note_opened(int fd, const char *path, int flags, int was_there) {
    struct stat found;
    if (fd < 0 || fd >= FILES) return fd;
    files[fd].number = 0;
    if (!is_below(path) || fstat(fd, &found)) return fd;
    const char *slash = strrchr(path, '/');
    files[fd].is_synchronous = (flags & (O_DSYNC | O_SYNC)) != 0;
    files[fd].is_faulty = !strcmp(slash ? slash + 1 : path, fault.name);
    files[fd].number = found.st_ino;
    struct iovec part = {(void *)path, strlen(path) + 1};
    put((struct record){.kind = 'o', .file = found.st_ino,
                        .flags = (was_there ? 0 : CREATED) | (flags & O_TRUNC ? TRUNCATED : 0)},
        &part, 1);
    return fd;
}

static int exists(const char *path) {
    int saved = errno;
    int found = is_below(path) && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    errno = saved;
    return found;
}

#define MODE(flags)                                   \
    mode_t mode = 0;                                  \
    if ((flags) & O_CREAT) {                          \
        va_list rest;                                 \
        va_start(rest, flags);                        \
        mode = va_arg(rest, mode_t);                  \
        va_end(rest);                                 \
    }

int open(const char *path, int flags, ...) {
    REAL(int, open, const char *, int, ...);
    MODE(flags);
    int was_there = exists(path);
    return note_opened(real(path, flags, mode), path, flags, was_there);
}

int open64(const char *path, int flags, ...) {
    MODE(flags);
    return open(path, flags, mode);
}

// Only what is named by a whole path, or from the working directory, is looked at.
int openat(int directory, const char *path, int flags, ...) {
    REAL(int, openat, int, const char *, int, ...);
    MODE(flags);
    int was_there = exists(path);
    return note_opened(real(directory, path, flags, mode), path, flags, was_there);
}

int openat64(int directory, const char *path, int flags, ...) {
    MODE(flags);
    return openat(directory, path, flags, mode);
}

int close(int fd) {
    REAL(int, close, int);
    if (fd >= 0 && fd < FILES) files[fd].number = 0;
    return real(fd);
}

static int is_watched(int fd) { return fd >= 0 && fd < FILES && files[fd].number; }

// Writes what `parts` hold, at `at` or where the descriptor stands if that is -1.
static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t at) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    static ssize_t (*real_at)(int, const struct iovec *, int, off_t);
    if (!real_at) *(void **)(&real_at) = dlsym(RTLD_NEXT, "pwritev");
    if (is_watched(fd)) {
        off_t place = at < 0 ? lseek(fd, 0, SEEK_CUR) : at;
        int fails = is_failing(fd, 'w');
        if (fails) put_fault(fd, 'w');
        if (fails && !fault.is_short && !fault.is_late) return failed();
        struct iovec half = {parts[0].iov_base, (parts[0].iov_len + 1) / 2};
        if (fails && fault.is_short) {
            parts = &half;
            count = 1;
        }
        uint64_t call = begin(fd, 'w', place, parts, count);
        ssize_t result = at < 0 ? real(fd, parts, count) : real_at(fd, parts, count, at);
        end(call, result);
        return fails && fault.is_late ? failed() : result;
    }
    return at < 0 ? real(fd, parts, count) : real_at(fd, parts, count, at);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (!is_watched(fd)) return real(fd, bytes, count);
    return write_parts(fd, &(struct iovec){(void *)bytes, count}, 1, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return write_parts(fd, &(struct iovec){(void *)bytes, count}, 1, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return pwrite(fd, bytes, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return write_parts(fd, parts, count, -1);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return write_parts(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    return write_parts(fd, parts, count, at);
}

static int synchronise(int fd, int (*real)(int)) {
    if (!is_watched(fd)) return real(fd);
    int fails = is_failing(fd, 's');
    if (fails) put_fault(fd, 's');
    if (fails && !fault.is_late) return failed();
    int result = end(begin(fd, 's', 0, NULL, 0), real(fd));
    return fails ? failed() : result;
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    return synchronise(fd, real);
}

int fsync(int fd) {
    REAL(int, fsync, int);
    return synchronise(fd, real);
}

int ftruncate(int fd, off_t length) {
    REAL(int, ftruncate, int, off_t);
    if (!is_watched(fd)) return real(fd, length);
    return end(begin(fd, 't', length, NULL, 0), real(fd, length));
}

int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

// Allocates, and makes the file longer if it is shorter. Returns the error.
int posix_fallocate(int fd, off_t at, off_t length) {
    REAL(int, posix_fallocate, int, off_t, off_t);
    if (!is_watched(fd)) return real(fd, at, length);
    uint64_t call = begin(fd, 'l', at + length, NULL, 0);
    int error = real(fd, at, length);
    errno = error;
    end(call, error ? -1 : 0);
    return error;
}

int posix_fallocate64(int fd, off64_t at, off64_t length) {
    return posix_fallocate(fd, at, length);
}

int mdb_env_set_mapsize(void *environment, size_t size) {
    REAL(int, mdb_env_set_mapsize, void *, size_t);
    const char *asked = getenv("DAYBOOK_MAP_SIZE");
    return real(environment, asked ? strtoull(asked, NULL, 10) : size);
}

// Names

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    int result = real(from, to);
    if (!result && is_below(from)) put_names('n', from, to);
    return result;
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    int result = real(path);
    if (!result && is_below(path)) put_names('u', path, NULL);
    return result;
}

int rmdir(const char *path) {
    REAL(int, rmdir, const char *);
    int result = real(path);
    if (!result && is_below(path)) put_names('u', path, NULL);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    int result = real(path, mode);
    if (!result && is_below(path)) put_names('d', path, NULL);
    return result;
}
