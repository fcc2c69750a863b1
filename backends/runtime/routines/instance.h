/* One running instance of a model, as the routines of the runtime see it. */
#pragma once

#include "backends/runtime/runtime.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

/* The codes of artifact.h.in. */
enum { CODE_OK, CODE_ARGUMENT, CODE_MEMORY, CODE_CPU, CODE_WEIGHTS, CODE_LIBRARY, CODE_DEVICE, CODE_BUSY, CODE_INDEX };

enum { MESSAGE_SIZE = sizeof((strata_error*)0)->message };

/* artifact.h.in's PREFIX_options. */
typedef struct {
    uint32_t size;
    int32_t threads;
    const char* weights_path;
    void* (*allocate)(void* context, size_t bytes, size_t alignment);
    void (*release)(void* context, void* memory);
    void* context;
    void* arena;
    int64_t arena_bytes;
    void (*parallel)(void* context, void (*body)(void* closure, int64_t begin, int64_t end), void* closure,
                     int64_t count);
    void* parallel_context;
    int32_t profile;
    int32_t verify_weights;
    strata_error* error;
} strata_options;

/* Something that a routine opened at its first use and that destroy must close. Routines that are not linked in leave
 * none, and that is why destroy knows of them through here only. */
typedef struct strata_resource {
    struct strata_resource* next;
    const void* kind; /* address that identifies the routine */
    void (*close)(strata_run* run, struct strata_resource* resource);
} strata_resource;

typedef struct strata_texts strata_texts; /* texts.c */

struct strata_run {
    const strata_model* model;
    strata_options options;
    int32_t threads; /* of a run, the caller's included */
    pid_t process;   /* that runs; another than before after a fork */
    const unsigned char* weights;
    unsigned char* arena;
    int64_t arena_bytes;
    strata_resource* resources;
    atomic_int busy;        /* a run is going on */
    atomic_int in_parallel; /* inside strata_rt_parallel: nested ones run serially */

    int32_t call; /* of the entry that runs; -1: none */
    int32_t profile;
    int64_t profile_since;
    int64_t *profile_ns, *profile_device_ns;

    /* The check that failed, and the first of its instances; NULL: none did in this run. Threads take turns. */
    const strata_check* outside;
    int64_t outside_instance, outside_index;
    atomic_flag outside_taken;

    strata_texts* texts; /* NULL: the model has none */
    int32_t text_code;   /* what a function of texts ended this run with, */
    int32_t text_call;   /* in which call of the entry */

    int64_t* sizes; /* of this run, then what is derived from them: runtime.h */
    int32_t ended;  /* the last run ended well, so that the sizes say what came out */

    unsigned char* staging; /* aligned copies of unaligned tensors */
    int64_t staging_bytes;
    void** pointers; /* inputs, then outputs, as entry gets them */

    strata_error error; /* of the last call of the interface */
};

/* Around every call of the interface that may fail: nothing is wrong yet; and what it ended with. */
void strata_begin_call(strata_run* run);
void strata_end_call(strata_run* run, int32_t code);

/* Says what is wrong, and returns the code. */
int32_t strata_fail(strata_run* run, int32_t code, const char* format, ...) __attribute__((format(printf, 3, 4)));

/* The resource of a kind, or NULL; and a new, zeroed one of `size` bytes that destroy closes by `close` and then
 * releases. */
strata_resource* strata_find_resource(strata_run* run, const void* kind);
strata_resource* strata_add_resource(strata_run* run, const void* kind, size_t size,
                                     void (*close)(strata_run*, strata_resource*));

/* As strata_rt_outside, for a device that says which instance failed and not by which index. */
void strata_outside_on_device(strata_run* run, const strata_check* check, int64_t instance);

int64_t strata_nanoseconds(void);

/* The arena has so many bytes from now on: what it held is lost where it has to grow. */
int32_t strata_place_arena(strata_run* run, int64_t bytes);

/* 1 if `memory` lies in the model's weights: it never changes, so what is derived from it may be kept. */
int strata_is_weight(const strata_run* run, const void* memory);

/* An allocator that stands for one that is not given. */
strata_options strata_complete_options(strata_options options);

/* Closes what routines opened. */
void strata_close_resources(strata_run* run);

/* dlopen by name, and dlsym of `count` names into `functions`; a message that names what is missing. */
int32_t strata_open_library(strata_run* run, const char* library, const char* package, const char* const* names,
                            void** functions, int32_t count, void** handle);
