// Stands between a server and the clock (LD_PRELOAD): DAYBOOK_CLOCK_OFFSET names a file of eight
// bytes, nanoseconds to be added to the wall clock. They may be changed while the server runs. The
// monotonic clock stays as it is.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// The function of the C library that ours stands before.
#define REAL(result, name, ...)                                        \
    static result (*real)(__VA_ARGS__);                                \
    if (!real) *(void **)(&real) = dlsym(RTLD_NEXT, #name)

static int64_t offset(void) {
    static _Atomic(volatile int64_t *) shared;
    static _Atomic int is_looked_for;
    if (!shared && !atomic_exchange(&is_looked_for, 1)) {
        const char *path = getenv("DAYBOOK_CLOCK_OFFSET");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd >= 0) {
            void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
            close(fd);
            if (mapped != MAP_FAILED) shared = mapped;
        }
    }
    return shared ? *shared : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    REAL(int, clock_gettime, clockid_t, struct timespec *);
    int result = real(clock, time);
    if (result || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
    // Whole seconds and the rest apart: centuries in nanoseconds do not fit.
    int64_t nanoseconds = time->tv_nsec + offset() % 1000000000LL;
    time->tv_sec += offset() / 1000000000LL + (nanoseconds >= 1000000000LL) - (nanoseconds < 0);
    time->tv_nsec = (nanoseconds + 1000000000LL) % 1000000000LL;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    REAL(int, gettimeofday, struct timeval *restrict, void *restrict);
    int result = real(time, zone);
    if (result) return result;
    int64_t shifted = time->tv_sec * 1000000LL + time->tv_usec + offset() / 1000;
    time->tv_sec = shifted / 1000000LL;
    time->tv_usec = shifted % 1000000LL;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
