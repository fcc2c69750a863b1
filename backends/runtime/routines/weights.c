/* The side file of weights, mapped read-only: instances, and processes, share its pages. */
#define _GNU_SOURCE
#include "backends/runtime/routines/instance.h"
#include "backends/runtime/routines/sha256.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    strata_resource resource;
    void* mapped;
    size_t bytes;
} mapping;

static const char mapping_kind;
enum { PATH_SIZE = 4096 };

static void unmap(strata_run* run, strata_resource* resource)
{
    (void)run;
    const mapping* m = (const mapping*)resource;
    munmap(m->mapped, m->bytes);
}

/* The given path, or the model's file name in the folder of the library that this code is part of. */
static int find_path(const strata_run* run, char path[PATH_SIZE])
{
    if (run->options.weights_path)
        return snprintf(path, PATH_SIZE, "%s", run->options.weights_path) < PATH_SIZE;
    Dl_info library;
    if (!dladdr(run->model, &library) || !library.dli_fname)
        return 0;
    const char* slash = strrchr(library.dli_fname, '/');
    const int folder = slash ? (int)(slash + 1 - library.dli_fname) : 0;
    return snprintf(path, PATH_SIZE, "%.*s%s", folder, library.dli_fname, run->model->weights_file) < PATH_SIZE;
}

static int32_t check(strata_run* run, const char* path, const unsigned char* bytes)
{
    strata_weights_trailer trailer;
    memcpy(&trailer, bytes + run->model->weights_bytes, sizeof trailer);
    if (memcmp(trailer.magic, STRATA_WEIGHTS_MAGIC, sizeof STRATA_WEIGHTS_MAGIC) != 0)
        return strata_fail(run, CODE_WEIGHTS, "%s is no weights file.", path);
    char hash[64];
    memcpy(hash, trailer.hash, sizeof hash);
    if (run->options.verify_weights)
        strata_sha256_hex(bytes, (size_t)run->model->weights_bytes, hash);
    if (memcmp(hash, run->model->weights_hash, sizeof hash) != 0 || memcmp(hash, trailer.hash, sizeof hash) != 0)
        return strata_fail(run, CODE_WEIGHTS, "%s holds other weights than the library was compiled with.", path);
    return CODE_OK;
}

int32_t strata_rt_map_weights(strata_run* run)
{
    char path[PATH_SIZE];
    if (!find_path(run, path))
        return strata_fail(run, CODE_WEIGHTS, "The path of the weights file cannot be found; give it in the options.");
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        const int error = errno;
        if (file >= 0)
            close(file);
        return strata_fail(run, CODE_WEIGHTS, "The weights file %s cannot be opened: %s.", path, strerror(error));
    }
    const int64_t expected = run->model->weights_bytes + (int64_t)sizeof(strata_weights_trailer);
    if (status.st_size != expected) {
        close(file);
        return strata_fail(run, CODE_WEIGHTS, "The weights file %s has %lld bytes instead of %lld.", path,
                           (long long)status.st_size, (long long)expected);
    }
    void* mapped = mmap(NULL, (size_t)expected, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (mapped == MAP_FAILED)
        return strata_fail(run, CODE_WEIGHTS, "The weights file %s cannot be mapped: %s.", path, strerror(errno));
    mapping* m = (mapping*)strata_add_resource(run, &mapping_kind, sizeof *m, unmap);
    if (!m) {
        munmap(mapped, (size_t)expected);
        return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
    }
    m->mapped = mapped;
    m->bytes = (size_t)expected;
    run->weights = mapped;
    return check(run, path, mapped);
}
