// Preloaded by tools/sanitize/run. Swift's Mutex takes a lock that is free by an atomic operation in the code that is
// instrumented, and one that is held in its library, which is not: there the thread sanitizer has to be told that
// what the last owner did has happened before. Both functions belong to Synchronization.Mutex of Swift 6 on Linux.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Only an instrumented program has them: whoever starts it is preloaded too.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found) return found;
    fprintf(stderr, "mutexes.c: Swift's library of synchronization has no %s any more\n", name);
    abort();
}

SWIFT void lock(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void lock(uint32_t thread, SELF void *mutex) {
    static SWIFT void (*swift)(uint32_t, SELF void *);
    if (!swift) swift = next(LOCK);
    swift(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock(SELF void *mutex) __asm__(UNLOCK);
SWIFT void unlock(SELF void *mutex) {
    static SWIFT void (*swift)(SELF void *);
    if (!swift) swift = next(UNLOCK);
    if (__tsan_release) __tsan_release(mutex);
    swift(mutex);
}
