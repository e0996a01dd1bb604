/* Makes the N-th operation that changes a log's files fail, for a process that is started with this library before its
 * own (ld.so(8), LD_PRELOAD).
 *
 * GONOGO_FAULT is the number N, GONOGO_FAULT_KIND what happens: `fail` (EIO, once), `short` (half of it is written, once),
 * `full` (ENOSPC from then on, for all that needs space), `gone` (EIO from then on). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { FAIL = 1, SHORT, FULL, GONE };
static long nth, seen;
static int kind;

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("GONOGO_FAULT"), *what = getenv("GONOGO_FAULT_KIND");
    if (!number || !what) return;
    nth = atol(number);
    kind = !strcmp(what, "fail") ? FAIL : !strcmp(what, "short") ? SHORT : !strcmp(what, "full") ? FULL : GONE;
}

/* Whether the file is a log, its write-ahead log, its heads or its reserve. */
static int ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    char *name = strstr(path, "/log.db");
    return name && !strstr(name, ".lock") && !strstr(name, "-shm");
}

/* Returns 1 if this operation fails, 2 if it is cut short. */
static int hit(int fd, int needs_space) {
    if (!nth || !ours(fd)) return 0;
    long count = __sync_add_and_fetch(&seen, 1);
    switch (kind) {
    case FAIL: errno = EIO; return count == nth;
    case SHORT: return count == nth ? 2 : 0;
    case FULL: errno = ENOSPC; return count >= nth && needs_space;
    default: errno = EIO; return count >= nth;
    }
}

#define REAL(name, type) \
    static type real; \
    if (!real) real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*write_t)(int, const void *, size_t);
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef int (*sync_t)(int);
typedef int (*cut_t)(int, off_t);
typedef int (*space_t)(int, int, off_t, off_t);

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL("write", write_t);
    int how = fd > 2 ? hit(fd, 1) : 0;
    return how == 1 ? -1 : real(fd, bytes, how == 2 && count > 1 ? count / 2 : count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL("pwrite", pwrite_t);
    int how = hit(fd, 1);
    return how == 1 ? -1 : real(fd, bytes, how == 2 && count > 1 ? count / 2 : count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    REAL("pwrite64", pwrite_t);
    int how = hit(fd, 1);
    return how == 1 ? -1 : real(fd, bytes, how == 2 && count > 1 ? count / 2 : count, at);
}
int fsync(int fd) {
    REAL("fsync", sync_t);
    return hit(fd, 0) == 1 ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL("fdatasync", sync_t);
    return hit(fd, 0) == 1 ? -1 : real(fd);
}
int ftruncate(int fd, off_t size) {
    REAL("ftruncate", cut_t);
    return hit(fd, 0) == 1 ? -1 : real(fd, size);
}
int ftruncate64(int fd, off_t size) {
    REAL("ftruncate64", cut_t);
    return hit(fd, 0) == 1 ? -1 : real(fd, size);
}
int fallocate(int fd, int mode, off_t at, off_t size) {
    REAL("fallocate", space_t);
    return hit(fd, 1) == 1 ? -1 : real(fd, mode, at, size);
}
int fallocate64(int fd, int mode, off_t at, off_t size) {
    REAL("fallocate64", space_t);
    return hit(fd, 1) == 1 ? -1 : real(fd, mode, at, size);
}
