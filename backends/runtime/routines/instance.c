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
    vsnprintf(run->message, sizeof run->message, format, arguments);
    va_end(arguments);
    return code;
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
    if (!options.allocate || !options.release) {
        options.allocate = default_allocate;
        options.release = default_release;
    }
    return options;
}

static int32_t allocate_parts(strata_run* run)
{
    const strata_model* model = run->model;
    const int64_t pointers = (model->input_count + model->output_count) * (int64_t)sizeof(void*);
    const int64_t times = model->profile_count * (int64_t)sizeof(int64_t);
    run->arena = strata_rt_allocate(run, model->arena_bytes);
    run->pointers = strata_rt_allocate(run, pointers);
    run->profile_ns = strata_rt_allocate(run, 2 * times);
    if (!run->arena || !run->pointers || !run->profile_ns)
        return strata_fail(run, CODE_MEMORY, "The allocator gives no memory for the %lld bytes that an instance needs.",
                           (long long)model->arena_bytes);
    run->profile_device_ns = run->profile_ns + model->profile_count;
    memset(run->profile_ns, 0, (size_t)(2 * times));
    return CODE_OK;
}

static int32_t set_up(strata_run* run)
{
    const strata_model* model = run->model;
    if (model->abi != STRATA_ABI)
        return strata_fail(run, CODE_ARGUMENT, "The library is put together from parts of different versions.");
    const char* missing = strata_missing_instructions(model->isa);
    if (missing)
        return strata_fail(run, CODE_CPU, "The library is compiled for %s, and this processor lacks %s.", model->isa,
                           missing);
    const int32_t code = allocate_parts(run);
    if (code != CODE_OK)
        return code;
    run->weights = model->weights;
    return model->map_weights ? model->map_weights(run) : CODE_OK;
}

static void tell(const strata_options* options, const char* message)
{
    if (options->message && options->message_size)
        snprintf(options->message, options->message_size, "%s", message);
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
    if (!run) {
        tell(&options, "The allocator gives no memory.");
        return CODE_MEMORY;
    }
    memset(run, 0, sizeof *run);
    run->model = model;
    run->options = options;
    run->threads = threads_for(model, options.threads);
    run->profile = options.profile;
    run->profile_current = -1;
    const int32_t code = set_up(run);
    if (code != CODE_OK) {
        tell(&options, run->message);
        strata_rt_destroy(run);
        return code;
    }
    *instance = run;
    return CODE_OK;
}

void strata_rt_destroy(void* instance)
{
    strata_run* run = instance;
    if (!run)
        return;
    while (run->resources) {
        strata_resource* resource = run->resources;
        run->resources = resource->next;
        resource->close(run, resource);
        strata_rt_free(run, resource);
    }
    strata_rt_free(run, run->staging);
    strata_rt_free(run, run->profile_ns);
    strata_rt_free(run, run->pointers);
    strata_rt_free(run, run->arena);
    strata_rt_free(run, run);
}

const void* strata_rt_describe(const strata_model* model) { return model; }

const char* strata_rt_message(const void* instance)
{
    return instance ? ((const strata_run*)instance)->message : "There is no instance.";
}

int32_t strata_rt_set_threads(void* instance, int32_t threads)
{
    strata_run* run = instance;
    if (!run)
        return CODE_ARGUMENT;
    if (threads < 0 || threads > 4096)
        return strata_fail(run, CODE_ARGUMENT, "%d is no number of threads.", threads);
    run->threads = threads_for(run->model, threads);
    return CODE_OK;
}
