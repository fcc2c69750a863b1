/* y = 2 x by a parallel loop; `what` chooses how the run goes wrong; `count` is how many threads took part. */
#include "backends/runtime/runtime.h"

#include <stdatomic.h>

enum { ROWS = 64, COLUMNS = 17 };

static const int64_t matrix[] = {ROWS, COLUMNS}, one[] = {1};
static const strata_tensor_info inputs[] = {{"x", 2, 32, 2, matrix, ROWS* COLUMNS * 4}, {"what", 0, 32, 1, one, 4}};
static const strata_tensor_info outputs[] = {{"y", 2, 32, 2, matrix, ROWS* COLUMNS * 4}, {"visits", 0, 64, 1, one, 8}};
static const int64_t told[] = {-1 - 1};
static const int64_t* const results[] = {matrix, told};
static const char* const calls[] = {"check", "scale"};

typedef struct {
    strata_run* run;
    const float* x;
    float* y;
    volatile int64_t* visits_out;
    atomic_long visits;
} closure;

static void scale_rows(void* data, int64_t begin, int64_t end)
{
    closure* c = data;
    for (int64_t i = begin * COLUMNS; i < end * COLUMNS; ++i)
        c->y[i] = 2 * c->x[i];
    atomic_fetch_add(&c->visits, end - begin);
}

/* A parallel loop within a parallel loop. */
static void nested(void* data, int64_t begin, int64_t end)
{
    closure* c = data;
    for (int64_t i = begin; i < end; ++i)
        strata_rt_parallel(c->run, scale_rows, c, ROWS);
}

static int32_t go_wrong(strata_run* run, int32_t what, closure* c)
{
    if (what == 1)
        __builtin_trap();
    while (what == 2) { }
    if (what == 3)
        for (int i = 0; i < 20000; ++i)
            strata_rt_parallel(run, scale_rows, c, ROWS);
    if (what == 4)
        strata_rt_parallel(run, nested, c, 8);
    static const int64_t product[] = {2, 2, 3, 1, 0, 0};
    if (what == 5) {
        static const float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {1, 0, 0, 1, 1, 1}, bias[2] = {-100, 10};
        return strata_rt_openblas_matmul(run, a, b, bias, c->y, product, 4);
    }
    if (what == 6) {
        static const float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {1, 0, 0, 1, 1, 1}, bias[2] = {-100, 10};
        return strata_rt_onednn_matmul(run, a, b, bias, c->y, product, 4);
    }
    /* Behind the input, in front of the output, behind an output that ends before the next multiple of 64 bytes. */
    if (what == 7)
        return *(volatile const float*)(c->x + ROWS * COLUMNS) > 0;
    if (what == 8)
        *(volatile float*)(c->y - 1) = 1;
    if (what == 9)
        c->visits_out[1] = 1;
    return what == 10 ? 2 : 0; /* as generated code tells that memory runs out */
}

static int32_t entry(strata_run* run, void* const* in, void* const* out, unsigned char* arena,
                     const unsigned char* weights, int64_t* sizes)
{
    (void)weights;
    closure c = {run, in[0], out[0], out[1], 0};
    for (int i = 0; i < 2; ++i)
        if ((uintptr_t)in[i] % 64 || (uintptr_t)out[i] % 64 || (uintptr_t)arena % 64)
            return 1;
    strata_rt_begin(run, 0);
    const int32_t code = go_wrong(run, *(const int32_t*)in[1], &c);
    if (code)
        return code;
    strata_rt_begin(run, 1);
    if (*(const int32_t*)in[1] < 5)
        strata_rt_parallel(run, scale_rows, &c, ROWS);
    *(int64_t*)out[1] = *(int64_t*)arena = c.visits;
    sizes[1] = c.visits > 0; /* what is told begins behind the sizes, of which there are none, and the arena's bytes */
    strata_rt_begin(run, -1);
    return 0;
}

static const strata_device v1 = {"cpu", "x86-64-v1"}, v2 = {"cpu", "x86-64-v2"}, v9 = {"cpu", "x86-64-v9"};

static const strata_model model = {
    .abi = STRATA_ABI,
    .name = "scale",
    .input_count = 2,
    .output_count = 2,
    .device_count = 1,
    .devices = &v2,
    .inputs = inputs,
    .outputs = outputs,
    .arena_bytes = 256,
    .is_parallel = 1,
    .profile_count = 2,
    .profile_names = calls,
    .entry = entry,
    .told_count = 1,
    .result_shapes = results,
};
/* The same with a side file of weights, and for a processor that there is not. */
static const strata_model weights_model = {
    .abi = STRATA_ABI,
    .name = "weights",
    .device_count = 1,
    .devices = &v1,
    .weights_bytes = 64,
    .weights_file = "test.weights",
    .weights_hash = "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b",
    .entry = entry,
    .map_weights = strata_rt_map_weights,
};
static const strata_model future_model = {
    .abi = STRATA_ABI, .name = "future", .device_count = 1, .devices = &v9, .entry = entry};

#define EXPORT __attribute__((visibility("default")))
#define EXPORT_MODEL(prefix, m)                                                                                        \
    EXPORT const void* prefix##_describe(void) { return strata_rt_describe(&m); }                                      \
    EXPORT int32_t prefix##_create(const void* options, void** instance)                                               \
    {                                                                                                                  \
        return strata_rt_create(&m, options, instance);                                                                \
    }                                                                                                                  \
    EXPORT int32_t prefix##_run(void* i, const void* const* in, void* const* out)                                      \
    {                                                                                                                  \
        return strata_rt_run(i, in, out);                                                                              \
    }                                                                                                                  \
    EXPORT int32_t prefix##_query_device(int32_t d, void* state) { return strata_rt_query_device(&m, d, state); }      \
    EXPORT int32_t prefix##_output_shapes(void* i, const void* const* in, void* const* out)                            \
    {                                                                                                                  \
        return strata_rt_output_shapes(i, in, out);                                                                    \
    }                                                                                                                  \
    EXPORT int32_t prefix##_result_shapes(void* i, void* const* out) { return strata_rt_result_shapes(i, out); }       \
    EXPORT const void* prefix##_last_error(const void* i) { return strata_rt_last_error(i); }                          \
    EXPORT int32_t prefix##_set_threads(void* i, int32_t threads) { return strata_rt_set_threads(i, threads); }        \
    EXPORT int32_t prefix##_set_profile(void* i, int32_t on) { return strata_rt_set_profile(i, on); }                  \
    EXPORT int32_t prefix##_profile(const void* i, void* profile) { return strata_rt_profile_read(i, profile); }       \
    EXPORT void prefix##_destroy(void* i) { strata_rt_destroy(i); }

EXPORT_MODEL(test, model)
EXPORT_MODEL(weights, weights_model)
EXPORT_MODEL(future, future_model)
