/* Makes the N-th operation that changes a log's files fail, for a process that is started with this library before its
 * own (ld.so(8), LD_PRELOAD).
 *
 * GONOGO_FAULT is the number N, GONOGO_FAULT_KIND what happens: `fail` (EIO, once), `short` (half of it is written, once),
 * `full` (ENOSPC from then on, for all that needs space), `gone` (EIO from then on).
 *
 * With `kill` the process dies at the N-th operation on any file below GONOGO_FAULT_BELOW, those that name files as well.
 *
 * The kind `disk` is a disk on which GONOGO_FAULT bytes are left at the moment at which a record is written that has the
 * words GONOGO_FAULT_WORDS and behind them GONOGO_FAULT_MORE: what makes a file longer takes of them, what is written over
 * old bytes takes none, and a file that is removed gives its own back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { FAIL = 1, SHORT, FULL, GONE, DISK, KILL };
static long nth, seen;
static int kind;
/* What is left on the disk; nothing is known of it before the record. */
static long left = -1;
static const char *words, *more, *below;

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("GONOGO_FAULT"), *what = getenv("GONOGO_FAULT_KIND");
    if (!number || !what) return;
    nth = atol(number);
    kind = !strcmp(what, "fail") ? FAIL : !strcmp(what, "short") ? SHORT : !strcmp(what, "full") ? FULL : !strcmp(what, "disk") ? DISK : !strcmp(what, "kill") ? KILL : GONE;
    below = getenv("GONOGO_FAULT_BELOW");
    words = getenv("GONOGO_FAULT_WORDS");
    more = getenv("GONOGO_FAULT_MORE");
}

/* Whether the file is a log, its write-ahead log, its heads or its reserve. */
static int ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (kind == KILL) return below && !strncmp(path, below, strlen(below));
    char *name = strstr(path, "/log.db");
    return name && !strstr(name, ".lock") && !strstr(name, "-shm");
}

/* Returns 1 if this operation fails, 2 if it is cut short. */
static int hit(int fd, int needs_space) {
    if (kind == DISK || !nth || !ours(fd)) return 0;
    long count = __sync_add_and_fetch(&seen, 1);
    switch (kind) {
    case FAIL: errno = EIO; return count == nth;
    case SHORT: return count == nth ? 2 : 0;
    case KILL:
        if (count == nth) kill(getpid(), SIGKILL);
        return 0;
    case FULL: errno = ENOSPC; return count >= nth && needs_space;
    default: errno = EIO; return count >= nth;
    }
}

/* Whether the record is among these bytes. */
static int holds(const char *bytes, size_t count) {
    const char *end = bytes + count, *at = bytes;
    while (words && more && (at = memmem(at, end - at, words, strlen(words)))) {
        const char *next = memmem(at, end - at, "{\"v\":1", 6);
        if (memmem(at, (next ? next : end) - at, more, strlen(more))) return 1;
        at++;
    }
    return 0;
}

/* Returns 1 if the disk has no room for this. */
static int none_left(int fd, const void *bytes, size_t count, off_t at) {
    struct stat about;
    if (kind != DISK || !ours(fd)) return 0;
    if (left < 0 && bytes && holds(bytes, count)) left = nth;
    if (left < 0 || fstat(fd, &about)) return 0;
    long grows = (at < 0 ? about.st_size : at) + (long)count - about.st_size;
    if (grows > left) {
        errno = ENOSPC;
        return 1;
    }
    left -= grows > 0 ? grows : 0;
    return 0;
}

#define REAL(name, type) \
    static type real; \
    if (!real) real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*write_t)(int, const void *, size_t);
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef int (*sync_t)(int);
typedef int (*cut_t)(int, off_t);
typedef int (*space_t)(int, int, off_t, off_t);
typedef int (*unlink_t)(const char *);
typedef int (*rename_t)(const char *, const char *);
typedef int (*linkat_t)(int, const char *, int, const char *, int);

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL("write", write_t);
    if (fd > 2 && none_left(fd, bytes, count, -1)) return -1;
    int how = fd > 2 ? hit(fd, 1) : 0;
    return how == 1 ? -1 : real(fd, bytes, how == 2 && count > 1 ? count / 2 : count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL("pwrite", pwrite_t);
    if (none_left(fd, bytes, count, at)) return -1;
    int how = hit(fd, 1);
    return how == 1 ? -1 : real(fd, bytes, how == 2 && count > 1 ? count / 2 : count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    REAL("pwrite64", pwrite_t);
    if (none_left(fd, bytes, count, at)) return -1;
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
    return none_left(fd, NULL, size, at) || hit(fd, 1) == 1 ? -1 : real(fd, mode, at, size);
}
int fallocate64(int fd, int mode, off_t at, off_t size) {
    REAL("fallocate64", space_t);
    return none_left(fd, NULL, size, at) || hit(fd, 1) == 1 ? -1 : real(fd, mode, at, size);
}

/* Counts an operation on a name. */
static void named(const char *path) {
    if (kind == KILL && below && !strncmp(path, below, strlen(below)) && __sync_add_and_fetch(&seen, 1) == nth)
        kill(getpid(), SIGKILL);
}
int unlink(const char *path) {
    REAL("unlink", unlink_t);
    struct stat about;
    int counts = kind == DISK && left >= 0 && strstr(path, "/log.db") && !stat(path, &about);
    named(path);
    int done = real(path);
    if (!done && counts) left += about.st_size;
    return done;
}
int rename(const char *from, const char *to) {
    REAL("rename", rename_t);
    named(to);
    return real(from, to);
}
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    REAL("linkat", linkat_t);
    named(to);
    return real(from_dir, from, to_dir, to, flags);
}
