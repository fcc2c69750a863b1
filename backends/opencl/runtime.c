/* Kernels on an OpenCL device, opened by name: a GPU if there is one, else what there is (PoCL runs kernels on the
 * CPU). */
#include "backends/opencl/runtime.h"
#include "backends/runtime/routines/instance.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    cl_int (*platforms)(cl_uint, cl_platform_id*, cl_uint*);
    cl_int (*devices)(cl_platform_id, cl_device_type, cl_uint, cl_device_id*, cl_uint*);
    cl_int (*device_info)(cl_device_id, cl_device_info, size_t, void*, size_t*);
    cl_context (*context)(const cl_context_properties*, cl_uint, const cl_device_id*,
                          void(CL_CALLBACK*)(const char*, const void*, size_t, void*), void*, cl_int*);
    cl_int (*release_context)(cl_context);
    cl_command_queue (*queue)(cl_context, cl_device_id, cl_command_queue_properties, cl_int*);
    cl_int (*release_queue)(cl_command_queue);
    cl_program (*program)(cl_context, cl_uint, const char**, const size_t*, cl_int*);
    cl_int (*build)(cl_program, cl_uint, const cl_device_id*, const char*, void(CL_CALLBACK*)(cl_program, void*),
                    void*);
    cl_int (*build_info)(cl_program, cl_device_id, cl_program_build_info, size_t, void*, size_t*);
    cl_int (*release_program)(cl_program);
    cl_kernel (*kernel)(cl_program, const char*, cl_int*);
    cl_int (*release_kernel)(cl_kernel);
    cl_int (*kernel_info)(cl_kernel, cl_device_id, cl_kernel_work_group_info, size_t, void*, size_t*);
    cl_int (*set_argument)(cl_kernel, cl_uint, size_t, const void*);
    cl_mem (*buffer)(cl_context, cl_mem_flags, size_t, void*, cl_int*);
    cl_int (*release_buffer)(cl_mem);
    cl_int (*write)(cl_command_queue, cl_mem, cl_bool, size_t, size_t, const void*, cl_uint, const cl_event*,
                    cl_event*);
    cl_int (*read)(cl_command_queue, cl_mem, cl_bool, size_t, size_t, void*, cl_uint, const cl_event*, cl_event*);
    cl_int (*launch)(cl_command_queue, cl_kernel, cl_uint, const size_t*, const size_t*, const size_t*, cl_uint,
                     const cl_event*, cl_event*);
    cl_int (*finish)(cl_command_queue);
    cl_int (*event_info)(cl_event, cl_profiling_info, size_t, void*, size_t*);
    cl_int (*release_event)(cl_event);
} opencl_functions;

static const char* const names[] = {
    "clGetPlatformIDs",   "clGetDeviceIDs",           "clGetDeviceInfo",       "clCreateContext",
    "clReleaseContext",   "clCreateCommandQueue",     "clReleaseCommandQueue", "clCreateProgramWithSource",
    "clBuildProgram",     "clGetProgramBuildInfo",    "clReleaseProgram",      "clCreateKernel",
    "clReleaseKernel",    "clGetKernelWorkGroupInfo", "clSetKernelArg",        "clCreateBuffer",
    "clReleaseMemObject", "clEnqueueWriteBuffer",     "clEnqueueReadBuffer",   "clEnqueueNDRangeKernel",
    "clFinish",           "clGetEventProfilingInfo",  "clReleaseEvent",
};
_Static_assert(sizeof names / sizeof *names * sizeof(void*) == sizeof(opencl_functions), "a name for each function");

enum { BUILD_LOG = 300 };

/* A built kernel, kept for the launches that follow. */
typedef struct compiled {
    struct compiled* next;
    const strata_kernel* source;
    cl_program program;
    cl_kernel kernel;
    cl_mem checks; /* an int for each check */
    cl_int* failed;
} compiled;

typedef struct {
    cl_mem memory;
    int64_t bytes;
    int is_kept; /* holds what was brought there once */
} device_place;

typedef struct {
    strata_resource resource;
    opencl_functions f;
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    compiled* kernels;
    device_place* places;
    int32_t place_count;
} opencl;

static const char opencl_kind;

static void release_compiled(strata_run* run, const opencl_functions* f, compiled* one)
{
    strata_rt_free(run, one->failed);
    if (one->checks)
        f->release_buffer(one->checks);
    if (one->kernel)
        f->release_kernel(one->kernel);
    if (one->program)
        f->release_program(one->program);
    strata_rt_free(run, one);
}

static void close_opencl(strata_run* run, strata_resource* resource)
{
    opencl* cl = (opencl*)resource;
    while (cl->kernels) {
        compiled* one = cl->kernels;
        cl->kernels = one->next;
        release_compiled(run, &cl->f, one);
    }
    for (int32_t i = 0; i < cl->place_count; ++i)
        if (cl->places[i].memory)
            cl->f.release_buffer(cl->places[i].memory);
    strata_rt_free(run, cl->places);
    if (cl->queue)
        cl->f.release_queue(cl->queue);
    if (cl->context)
        cl->f.release_context(cl->context);
}

static int find_device(const opencl_functions* f, cl_device_type type, cl_device_id* device)
{
    cl_platform_id platforms[16];
    cl_uint count = 0;
    if (f->platforms(16, platforms, &count) != CL_SUCCESS)
        return 0;
    for (cl_uint i = 0; i < count && i < 16; ++i) {
        cl_uint devices = 0;
        if (f->devices(platforms[i], type, 1, device, &devices) == CL_SUCCESS && devices)
            return 1;
    }
    return 0;
}

static int32_t open_opencl(strata_run* run, opencl** found)
{
    opencl* cl = (opencl*)strata_find_resource(run, &opencl_kind);
    if (!cl) {
        opencl_functions functions;
        void* handle;
        const int32_t code = strata_open_library(run, "libOpenCL.so.1", "ocl-icd-libopencl1", names, (void**)&functions,
                                                 sizeof names / sizeof *names, &handle);
        if (code != CODE_OK)
            return code;
        cl = (opencl*)strata_add_resource(run, &opencl_kind, sizeof *cl, close_opencl);
        if (!cl)
            return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
        cl->f = functions;
    }
    *found = cl;
    if (cl->queue)
        return CODE_OK;
    cl_int error = CL_SUCCESS;
    if (!find_device(&cl->f, CL_DEVICE_TYPE_GPU, &cl->device) && !find_device(&cl->f, CL_DEVICE_TYPE_ALL, &cl->device))
        return strata_fail(run, CODE_DEVICE,
                           "There is no OpenCL device (Debian's pocl-opencl-icd makes one of the CPU).");
    if (!cl->context)
        cl->context = cl->f.context(NULL, 1, &cl->device, NULL, NULL, &error);
    if (cl->context)
        cl->queue = cl->f.queue(cl->context, cl->device, CL_QUEUE_PROFILING_ENABLE, &error);
    return cl->queue ? CODE_OK : strata_fail(run, CODE_DEVICE, "The OpenCL device gives no queue (error %d).", error);
}

/* What the kernel asks of the device, before the device says so in its own words: as soon as it can be known. */
static int64_t thread_count(const strata_kernel* kernel)
{
    return kernel->threads[0] * kernel->threads[1] * kernel->threads[2];
}

static int32_t check_threads(strata_run* run, const opencl* cl, const strata_kernel* kernel)
{
    size_t most[16] = {0}, all = 0; /* a device may have more axes than three */
    cl->f.device_info(cl->device, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof most, most, NULL);
    cl->f.device_info(cl->device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof all, &all, NULL);
    if (thread_count(kernel) > (int64_t)all)
        return strata_fail(run, CODE_DEVICE, "The kernel %s runs %lld threads a block, the device at most %lld.",
                           kernel->name, (long long)thread_count(kernel), (long long)all);
    for (int d = 0; d < 3; ++d)
        if (kernel->threads[d] > (int64_t)most[d])
            return strata_fail(run, CODE_DEVICE,
                               "The kernel %s runs %lld threads along threadIdx.%c, the device at most %lld.",
                               kernel->name, (long long)kernel->threads[d], "xyz"[d], (long long)most[d]);
    return CODE_OK;
}

static int32_t check_memory(strata_run* run, const opencl* cl, const compiled* one)
{
    const strata_kernel* source = one->source;
    cl_ulong used = 0, local = 0;
    cl->f.kernel_info(one->kernel, cl->device, CL_KERNEL_LOCAL_MEM_SIZE, sizeof used, &used, NULL);
    cl->f.device_info(cl->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, NULL);
    if (used > local)
        return strata_fail(run, CODE_DEVICE, "The kernel %s shares %lld bytes a block, the device has %lld.",
                           source->name, (long long)used, (long long)local);
    return CODE_OK;
}

/* Division is correctly rounded where the device can: only there is a kernel exact. */
static const char* build_options(const opencl* cl)
{
    cl_device_fp_config config = 0;
    cl->f.device_info(cl->device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof config, &config, NULL);
    return config & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT ? "-cl-fp32-correctly-rounded-divide-sqrt" : "";
}

static int32_t build(strata_run* run, const opencl* cl, compiled* one)
{
    const strata_kernel* source = one->source;
    const char* text = source->source;
    cl_int error = CL_SUCCESS;
    const int32_t fits = check_threads(run, cl, source);
    if (fits != CODE_OK)
        return fits;
    one->program = cl->f.program(cl->context, 1, &text, NULL, &error);
    if (error == CL_SUCCESS)
        error = cl->f.build(one->program, 1, &cl->device, build_options(cl), NULL, NULL);
    if (error == CL_BUILD_PROGRAM_FAILURE) {
        char log[BUILD_LOG + 1] = "";
        size_t size = 0;
        char* whole = NULL;
        cl->f.build_info(one->program, cl->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
        whole = strata_rt_allocate(run, (int64_t)size + 1);
        if (whole && cl->f.build_info(one->program, cl->device, CL_PROGRAM_BUILD_LOG, size, whole, NULL) == CL_SUCCESS)
            snprintf(log, sizeof log, "%.*s", (int)size, whole);
        strata_rt_free(run, whole);
        return strata_fail(run, CODE_DEVICE, "The OpenCL device does not compile the kernel %s: %s", source->name, log);
    }
    if (error == CL_SUCCESS)
        one->kernel = cl->f.kernel(one->program, source->name, &error);
    if (error == CL_SUCCESS && source->check_count) {
        one->failed = strata_rt_allocate(run, source->check_count * (int64_t)sizeof(cl_int));
        if (!one->failed)
            return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
        one->checks = cl->f.buffer(cl->context, CL_MEM_READ_WRITE, (size_t)source->check_count * sizeof(cl_int), NULL,
                                   &error);
        if (error == CL_SUCCESS)
            error = cl->f.set_argument(one->kernel, (cl_uint)source->argument_count, sizeof(cl_mem), &one->checks);
    }
    return error == CL_SUCCESS
               ? check_memory(run, cl, one)
               : strata_fail(run, CODE_DEVICE, "The OpenCL device does not take the kernel %s (error %d).",
                             source->name, error);
}

/* Calls of one function are built once. The text says the threads of a block, not how many blocks there are. */
static int is_same_kernel(const strata_kernel* a, const strata_kernel* b)
{
    return a == b || (a->check_count == b->check_count && strcmp(a->name, b->name) == 0
                      && strcmp(a->source, b->source) == 0);
}

static int32_t find_compiled(strata_run* run, opencl* cl, const strata_kernel* source, compiled** found)
{
    for (*found = cl->kernels; *found; *found = (*found)->next)
        if (is_same_kernel((*found)->source, source))
            return CODE_OK;
    compiled* one = strata_rt_allocate(run, sizeof *one);
    if (!one)
        return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
    memset(one, 0, sizeof *one);
    one->source = source;
    const int32_t code = build(run, cl, one);
    if (code != CODE_OK) {
        release_compiled(run, &cl->f, one);
        return code;
    }
    one->next = cl->kernels;
    cl->kernels = *found = one;
    return CODE_OK;
}

static void note_time(strata_run* run, const opencl* cl, cl_event event)
{
    cl_ulong begin = 0, end = 0;
    cl->f.event_info(event, CL_PROFILING_COMMAND_START, sizeof begin, &begin, NULL);
    cl->f.event_info(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
    run->profile_device_ns[run->call] += (int64_t)(end - begin);
    cl->f.release_event(event);
}

/* Memory of a place, at least so large; growing loses what it held. */
static int32_t open_place(strata_run* run, opencl* cl, int32_t place, int64_t bytes, device_place** found)
{
    if (place >= cl->place_count) {
        const int32_t count = place + 16;
        device_place* const more = strata_rt_allocate(run, count * (int64_t)sizeof *more);
        if (!more)
            return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
        memset(more, 0, (size_t)count * sizeof *more);
        if (cl->places)
            memcpy(more, cl->places, (size_t)cl->place_count * sizeof *more);
        strata_rt_free(run, cl->places);
        cl->places = more;
        cl->place_count = count;
    }
    device_place* const one = *found = &cl->places[place];
    if (one->memory && one->bytes >= bytes)
        return CODE_OK;
    if (one->memory)
        cl->f.release_buffer(one->memory);
    cl_int error = CL_SUCCESS;
    one->is_kept = 0;
    one->bytes = bytes > 0 ? bytes : 1;
    one->memory = cl->f.buffer(cl->context, CL_MEM_READ_WRITE, (size_t)one->bytes, NULL, &error);
    if (error == CL_SUCCESS)
        return CODE_OK;
    one->memory = NULL;
    return strata_fail(run, CODE_DEVICE, "The OpenCL device gives no memory for %lld bytes (error %d).",
                       (long long)bytes, error);
}

/* Waits for the kernel only where something is to be read from it: its checks, or its time. */
static cl_int execute(strata_run* run, const opencl* cl, const compiled* one, const strata_kernel* source)
{
    size_t global[3], local[3];
    for (int d = 0; d < 3; ++d) {
        local[d] = (size_t)source->threads[d];
        global[d] = local[d] * (size_t)source->blocks[d];
    }
    cl_int error = CL_SUCCESS;
    const size_t failed_bytes = (size_t)source->check_count * sizeof(cl_int);
    for (int32_t i = 0; i < source->check_count; ++i)
        one->failed[i] = INT32_MAX;
    if (failed_bytes)
        error = cl->f.write(cl->queue, one->checks, CL_FALSE, 0, failed_bytes, one->failed, 0, NULL, NULL);
    cl_event event = NULL;
    const int is_timed = run->profile && run->call >= 0;
    if (error == CL_SUCCESS)
        error = cl->f.launch(cl->queue, one->kernel, 3, NULL, global, local, 0, NULL, is_timed ? &event : NULL);
    if (error == CL_SUCCESS && failed_bytes)
        error = cl->f.read(cl->queue, one->checks, CL_FALSE, 0, failed_bytes, one->failed, 0, NULL, NULL);
    if (failed_bytes || event) {
        const cl_int finished = cl->f.finish(cl->queue);
        error = error == CL_SUCCESS ? finished : error;
    }
    if (event)
        note_time(run, cl, event);
    return error;
}

/* For how many threads a device has the registers, it says for sure only when it is asked to run them: NVIDIA's
 * answered CL_KERNEL_WORK_GROUP_SIZE by 256 of a kernel that reqd_work_group_size compiles for 1,024. */
static int32_t launch_failed(strata_run* run, const opencl* cl, const compiled* one, cl_int error)
{
    const strata_kernel* source = one->source;
    size_t most = 0;
    if (error != CL_INVALID_WORK_GROUP_SIZE)
        return strata_fail(run, CODE_DEVICE, "The kernel %s fails on the device (error %d).", source->name, error);
    cl->f.kernel_info(one->kernel, cl->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
    return strata_fail(run, CODE_DEVICE, "The kernel %s runs %lld threads a block, of such a kernel the device %lld.",
                       source->name, (long long)thread_count(source), (long long)most);
}

/* The library is opened for the question alone, as an instance would. */
int32_t strata_rt_opencl_query(const strata_model* model, strata_device_state* state)
{
    strata_run run;
    memset(&run, 0, sizeof run);
    run.model = model;
    run.options = strata_complete_options(run.options);
    strata_begin_call(&run);
    opencl* cl = NULL;
    const int32_t code = open_opencl(&run, &cl);
    if (code == CODE_OK) {
        cl_ulong bytes = 0;
        cl->f.device_info(cl->device, CL_DEVICE_NAME, sizeof state->name - 1, state->name, NULL);
        cl->f.device_info(cl->device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
        state->memory_bytes = (int64_t)bytes;
    }
    strata_close_resources(&run);
    snprintf(state->message, sizeof state->message, "%s", run.error.message);
    return code;
}

int32_t strata_rt_opencl_upload(strata_run* run, int32_t place, int64_t bytes, const void* from, int32_t once)
{
    opencl* cl = NULL;
    device_place* to = NULL;
    int32_t code = open_opencl(run, &cl);
    if (code == CODE_OK)
        code = open_place(run, cl, place, bytes, &to);
    if (code != CODE_OK || bytes <= 0 || (once && to->is_kept))
        return code;
    const cl_int error = cl->f.write(cl->queue, to->memory, CL_TRUE, 0, (size_t)bytes, from, 0, NULL, NULL);
    to->is_kept = once && error == CL_SUCCESS;
    return error == CL_SUCCESS ? CODE_OK
                               : strata_fail(run, CODE_DEVICE, "Copying to the OpenCL device fails (error %d).", error);
}

int32_t strata_rt_opencl_download(strata_run* run, int32_t place, int64_t bytes, void* to)
{
    opencl* cl = NULL;
    device_place* from = NULL;
    int32_t code = open_opencl(run, &cl);
    if (code == CODE_OK)
        code = open_place(run, cl, place, bytes, &from);
    if (code != CODE_OK || bytes <= 0)
        return code;
    const cl_int error = cl->f.read(cl->queue, from->memory, CL_TRUE, 0, (size_t)bytes, to, 0, NULL, NULL);
    return error == CL_SUCCESS ? CODE_OK
                               : strata_fail(run, CODE_DEVICE,
                                             "Copying from the OpenCL device, or a kernel before it, fails (error %d).",
                                             error);
}

int32_t strata_rt_opencl_launch(strata_run* run, const strata_kernel* kernel, const int32_t* places)
{
    opencl* cl = NULL;
    compiled* one = NULL;
    int32_t code = open_opencl(run, &cl);
    if (code == CODE_OK)
        code = find_compiled(run, cl, kernel, &one);
    cl_int error = CL_SUCCESS;
    for (int32_t i = 0; code == CODE_OK && error == CL_SUCCESS && i < kernel->argument_count; ++i) {
        device_place* place = NULL;
        code = open_place(run, cl, places[i], kernel->argument_bytes[i], &place);
        if (code == CODE_OK)
            error = cl->f.set_argument(one->kernel, (cl_uint)i, sizeof(cl_mem), &place->memory);
    }
    if (code != CODE_OK)
        return code;
    if (error == CL_SUCCESS)
        error = execute(run, cl, one, kernel);
    if (error != CL_SUCCESS)
        return launch_failed(run, cl, one, error);
    for (int32_t i = 0; i < kernel->check_count; ++i)
        if (one->failed[i] != INT32_MAX)
            strata_outside_on_device(run, &kernel->checks[i], one->failed[i]);
    return kernel->check_count ? strata_rt_outside_code(run) : CODE_OK;
}
