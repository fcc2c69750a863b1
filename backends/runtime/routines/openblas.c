/* Matrix products by OpenBLAS. */
#include "backends/runtime/routines/instance.h"

#include <dlfcn.h>

typedef void (*sgemm_function)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                               const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
typedef void (*threads_function)(int threads);

typedef struct {
    strata_resource resource;
    void* handle;
    union {
        struct {
            sgemm_function sgemm;
            threads_function set_threads;
        };
        void* functions[2];
    };
} openblas;

static const char openblas_kind;
static const char* const names[] = {"cblas_sgemm", "openblas_set_num_threads"};
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

/* The library stays loaded: its own threads do not survive being unloaded. */
static void forget(strata_run* run, strata_resource* resource)
{
    (void)run;
    (void)resource;
}

static int32_t open_blas(strata_run* run, openblas** blas)
{
    *blas = (openblas*)strata_find_resource(run, &openblas_kind);
    if (*blas)
        return CODE_OK;
    openblas opened;
    const int32_t code = strata_open_library(run, "libopenblas.so.0", "libopenblas0", names, opened.functions, 2,
                                             &opened.handle);
    if (code != CODE_OK)
        return code;
    *blas = (openblas*)strata_add_resource(run, &openblas_kind, sizeof **blas, forget);
    if (!*blas)
        return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
    (*blas)->handle = opened.handle;
    (*blas)->sgemm = opened.sgemm;
    (*blas)->set_threads = opened.set_threads;
    return CODE_OK;
}

static void finish(float* c, const float* bias, int64_t m, int64_t n, int relu)
{
    for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
            const float value = bias ? c[i * n + j] + bias[j] : c[i * n + j];
            c[i * n + j] = relu && 0.0f > value ? 0.0f : value;
        }
}

int32_t strata_rt_openblas_matmul(strata_run* run, const float* a, const float* b, const float* bias, float* c,
                                  const int64_t* sizes, int32_t flags)
{
    const int64_t m = sizes[0], n = sizes[1], k = sizes[2], batch = sizes[3], stride_a = sizes[4], stride_b = sizes[5];
    openblas* blas;
    const int32_t code = open_blas(run, &blas);
    if (code != CODE_OK)
        return code;
    if (m > INT32_MAX || n > INT32_MAX || k > INT32_MAX)
        return strata_fail(run, CODE_LIBRARY, "OpenBLAS takes no matrix with a side above 2^31.");
    const int transpose_a = flags & 1, transpose_b = flags & 2;
    blas->set_threads(run->threads);
    for (int64_t i = 0; i < batch; ++i) {
        float* target = c + i * m * n;
        blas->sgemm(ROW_MAJOR, transpose_a ? TRANSPOSE : NO_TRANSPOSE, transpose_b ? TRANSPOSE : NO_TRANSPOSE, (int)m,
                    (int)n, (int)k, 1.0f, a + i * stride_a, (int)(transpose_a ? m : k), b + i * stride_b,
                    (int)(transpose_b ? k : n), 0.0f, target, (int)n);
        if (bias || flags & 4)
            finish(target, bias, m, n, flags & 4);
    }
    return CODE_OK;
}
