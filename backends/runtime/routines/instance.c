/* create, destroy, options, messages, memory. */
#define _GNU_SOURCE
#include "backends/runtime/routines/instance.h"
#include "backends/runtime/routines/cpu.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int32_t strata_fail(strata_run* run, int32_t code, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(run->error.message, MESSAGE_SIZE, format, arguments);
    va_end(arguments);
    return code;
}

void strata_begin_call(strata_run* run)
{
    run->call = -1;
    run->error.code = CODE_OK;
    run->error.node = -1;
    run->error.node_name = "";
    run->error.message[0] = 0;
}

/* Generated code tells nothing but a code where memory runs out. */
void strata_end_call(strata_run* run, int32_t code)
{
    strata_error* error = &run->error;
    error->code = code;
    if (code == CODE_OK)
        return;
    error->node = run->call;
    if (run->call >= 0 && run->call < run->model->profile_count)
        error->node_name = run->model->profile_names[run->call];
    if (!error->message[0])
        snprintf(error->message, MESSAGE_SIZE, "%s",
                 code == CODE_MEMORY ? "The allocator gives no memory." : "The run fails without saying why.");
}

static void* default_allocate(void* context, size_t bytes, size_t alignment)
{
    (void)context;
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

static void default_release(void* context, void* memory)
{
    (void)context;
    free(memory);
}

void* strata_rt_allocate(strata_run* run, int64_t bytes)
{
    return run->options.allocate(run->options.context, bytes > 0 ? (size_t)bytes : 1, 64);
}

void strata_rt_free(strata_run* run, void* memory)
{
    if (memory)
        run->options.release(run->options.context, memory);
}

int64_t strata_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

strata_resource* strata_find_resource(strata_run* run, const void* kind)
{
    strata_resource* resource = run->resources;
    while (resource && resource->kind != kind)
        resource = resource->next;
    return resource;
}

strata_resource* strata_add_resource(strata_run* run, const void* kind, size_t size,
                                     void (*close)(strata_run*, strata_resource*))
{
    strata_resource* resource = strata_rt_allocate(run, (int64_t)size);
    if (!resource)
        return NULL;
    memset(resource, 0, size);
    resource->kind = kind;
    resource->close = close;
    resource->next = run->resources;
    run->resources = resource;
    return resource;
}

static int32_t available_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return CPU_COUNT(&set);
}

int strata_is_weight(const strata_run* run, const void* memory)
{
    const unsigned char* at = memory;
    return run->weights && at >= run->weights && at < run->weights + run->model->weights_bytes;
}

strata_options strata_complete_options(strata_options options)
{
    if (!options.allocate || !options.release) {
        options.allocate = default_allocate;
        options.release = default_release;
    }
    return options;
}

/* Callers of an older header give fewer options: what they do not know keeps its default. */
static strata_options read_options(const void* given)
{
    strata_options options;
    memset(&options, 0, sizeof options);
    uint32_t size = 0;
    if (given)
        memcpy(&size, given, sizeof size);
    if (size > sizeof options)
        size = sizeof options;
    if (size)
        memcpy(&options, given, size);
    return strata_complete_options(options);
}

int32_t strata_place_arena(strata_run* run, int64_t bytes)
{
    const strata_options* options = &run->options;
    const long long needed = bytes;
    if (run->arena && bytes <= run->arena_bytes)
        return CODE_OK;
    if (!options->arena) {
        strata_rt_free(run, run->arena);
        run->arena = strata_rt_allocate(run, bytes);
        run->arena_bytes = run->arena ? bytes : 0;
        return run->arena
                   ? CODE_OK
                   : strata_fail(run, CODE_MEMORY,
                                 "The allocator gives no memory for the %lld bytes that an instance needs.", needed);
    }
    if (options->arena_bytes < bytes)
        return strata_fail(run, CODE_MEMORY, "The arena has %lld bytes, and the model needs %lld.",
                           (long long)options->arena_bytes, needed);
    if ((uintptr_t)options->arena % 64)
        return strata_fail(run, CODE_MEMORY, "The arena does not begin at a multiple of 64 bytes.");
    run->arena = options->arena;
    run->arena_bytes = options->arena_bytes;
    return CODE_OK;
}

static int32_t allocate_parts(strata_run* run)
{
    const strata_model* model = run->model;
    const int64_t pointers = (model->input_count + model->output_count) * (int64_t)sizeof(void*);
    const int64_t times = model->profile_count * (int64_t)sizeof(int64_t);
    run->pointers = strata_rt_allocate(run, pointers);
    run->profile_ns = strata_rt_allocate(run, 2 * times);
    const int64_t sizes = (int64_t)model->size_count + model->derived_count + model->storage_count + 1
                          + model->told_count;
    run->sizes = strata_rt_allocate(run, sizes * (int64_t)sizeof(int64_t));
    if (!run->pointers || !run->profile_ns || !run->sizes)
        return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
    run->profile_device_ns = run->profile_ns + model->profile_count;
    memset(run->profile_ns, 0, (size_t)(2 * times));
    return strata_place_arena(run, model->arena_bytes);
}

static int32_t set_up(strata_run* run)
{
    const strata_model* model = run->model;
    if (model->abi != STRATA_ABI)
        return strata_fail(run, CODE_ARGUMENT, "The library is put together from parts of different versions.");
    const char* isa = model->devices[0].needs;
    const char* missing = strata_missing_instructions(isa);
    if (missing)
        return strata_fail(run, CODE_CPU, "The library is compiled for %s, and this processor lacks %s.", isa, missing);
    const int32_t code = allocate_parts(run);
    if (code != CODE_OK)
        return code;
    run->weights = model->weights;
    const int32_t mapped = model->map_weights ? model->map_weights(run) : CODE_OK;
    return mapped == CODE_OK && model->make_texts ? model->make_texts(run) : mapped;
}

/* Of a create that fails: no node, for nothing ran. */
static int32_t tell(const strata_options* options, int32_t code, const char* message)
{
    if (options->error) {
        options->error->code = code;
        options->error->node = -1;
        options->error->node_name = "";
        snprintf(options->error->message, MESSAGE_SIZE, "%s", message);
    }
    return code;
}

static int32_t threads_for(const strata_model* model, int32_t wanted)
{
    if (wanted > 0)
        return wanted;
    return model->threads > 0 ? model->threads : available_processors();
}

int32_t strata_rt_create(const strata_model* model, const void* given, void** instance)
{
    const strata_options options = read_options(given);
    if (!instance)
        return CODE_ARGUMENT;
    *instance = NULL;
    strata_run* run = options.allocate(options.context, sizeof *run, 64);
    if (!run)
        return tell(&options, CODE_MEMORY, "The allocator gives no memory.");
    memset(run, 0, sizeof *run);
    run->model = model;
    run->options = options;
    run->threads = threads_for(model, options.threads);
    run->profile = options.profile;
    strata_begin_call(run);
    const int32_t code = set_up(run);
    tell(&options, code, run->error.message);
    if (code == CODE_OK)
        *instance = run;
    else
        strata_rt_destroy(run);
    return code;
}

void strata_close_resources(strata_run* run)
{
    while (run->resources) {
        strata_resource* resource = run->resources;
        run->resources = resource->next;
        resource->close(run, resource);
        strata_rt_free(run, resource);
    }
}

void strata_rt_destroy(void* instance)
{
    strata_run* run = instance;
    if (!run)
        return;
    strata_close_resources(run);
    strata_rt_free(run, run->staging);
    strata_rt_free(run, run->profile_ns);
    strata_rt_free(run, run->sizes);
    strata_rt_free(run, run->pointers);
    if (!run->options.arena)
        strata_rt_free(run, run->arena);
    strata_rt_free(run, run);
}

const void* strata_rt_describe(const strata_model* model) { return model; }

const void* strata_rt_last_error(const void* instance)
{
    static const strata_error none = {CODE_ARGUMENT, -1, "", "There is no instance."};
    return instance ? &((const strata_run*)instance)->error : &none;
}

int32_t strata_rt_set_threads(void* instance, int32_t threads)
{
    strata_run* run = instance;
    if (!run)
        return CODE_ARGUMENT;
    strata_begin_call(run);
    const int32_t code = threads < 0 || threads > 4096
                             ? strata_fail(run, CODE_ARGUMENT, "%d is no number of threads.", threads)
                             : CODE_OK;
    strata_end_call(run, code);
    if (code == CODE_OK)
        run->threads = threads_for(run->model, threads);
    return code;
}
