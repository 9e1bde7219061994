// Preloaded (LD_PRELOAD) into a program: each operation on a path that a file server would be asked for
// takes LATENCY_US microseconds longer, and how many there were is appended to LATENCY_COUNT at the end.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static atomic_long operations;
static long latency = -1;

static void asked(const char *path) {
    // What is not of the results folder is on the machine itself.
    const char *below = getenv("LATENCY_BELOW");
    if (path && below && path[0] == '/' && strncmp(path, below, strlen(below)) != 0) return;
    if (latency < 0) {
        const char *set = getenv("LATENCY_US");
        latency = set ? atol(set) : 0;
    }
    atomic_fetch_add(&operations, 1);
    if (latency > 0) {
        struct timespec wait = {latency / 1000000, latency % 1000000 * 1000};
        nanosleep(&wait, NULL);
    }
}

__attribute__((destructor)) static void told(void) {
    const char *path = getenv("LATENCY_COUNT");
    if (!path) return;
    char line[32];
    int length = snprintf(line, sizeof line, "%ld\n", (long)operations);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (file >= 0) {
        if (write(file, line, length) < 0) {}
        close(file);
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                    \
    int name(const char *path, int flags, ...) {                      \
        va_list rest;                                                 \
        va_start(rest, flags);                                        \
        mode_t mode = va_arg(rest, mode_t);                           \
        va_end(rest);                                                 \
        asked(path);                                                  \
        return REAL(name)(path, flags, mode);                         \
    }
OPEN(open)
OPEN(open64)

int statx(int at, const char *restrict path, int flags, unsigned mask, struct statx *restrict to) {
    // An open file is known.
    if (path && path[0]) asked(path);
    return REAL(statx)(at, path, flags, mask, to);
}
DIR *opendir(const char *path) {
    asked(path);
    return REAL(opendir)(path);
}
int rename(const char *from, const char *to) {
    asked(to);
    return REAL(rename)(from, to);
}
int unlink(const char *path) {
    asked(path);
    return REAL(unlink)(path);
}
int mkdir(const char *path, mode_t mode) {
    asked(path);
    return REAL(mkdir)(path, mode);
}
int flock(int file, int operation) {
    asked(NULL);
    return REAL(flock)(file, operation);
}
int fsync(int file) {
    asked(NULL);
    return REAL(fsync)(file);
}
