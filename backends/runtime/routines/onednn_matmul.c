/* Matrix products by oneDNN. */
#include "backends/runtime/routines/onednn.h"

#include <string.h>

static dnnl_status_t describe(const onednn* library, const int64_t* key, int has_bias,
                              const dnnl_memory_desc_t* tensors, dnnl_primitive_attr_t attributes,
                              dnnl_primitive_desc_t* description)
{
    (void)key;
    dnnl_matmul_desc_t matmul;
    const dnnl_status_t status = library->f.matmul_desc(&matmul, &tensors[ONEDNN_SOURCE], &tensors[ONEDNN_WEIGHTS],
                                                        has_bias ? &tensors[ONEDNN_BIAS] : NULL,
                                                        &tensors[ONEDNN_TARGET]);
    return status == dnnl_success ? library->f.primitive_desc(description, &matmul, attributes, library->engine, NULL)
                                  : status;
}

/* [batch, rows, columns], or [rows, columns] where there is no batch; stored transposed if asked. */
static void describe_matrix(const onednn* library, dnnl_memory_desc_t* layout, int64_t batch, int64_t batch_stride,
                            int64_t rows, int64_t columns, int transposed)
{
    const dnnl_dims_t sizes = {batch, rows, columns};
    const dnnl_dims_t strides = {batch_stride, transposed ? 1 : columns, transposed ? rows : 1};
    const int skip = batch == 0;
    library->f.memory_desc_by_strides(layout, 3 - skip, sizes + skip, dnnl_f32, strides + skip);
}

int32_t strata_rt_onednn_matmul(strata_run* run, const float* a, const float* b, const float* bias, float* c,
                                const int64_t* sizes, int32_t flags)
{
    const int64_t m = sizes[0], n = sizes[1], k = sizes[2], batch = sizes[3], stride_a = sizes[4], stride_b = sizes[5];
    onednn* library;
    const int32_t code = strata_onednn_open(run, &library);
    if (code != CODE_OK)
        return code;
    const int64_t key[24] = {1, m, n, k, batch, stride_a, stride_b, flags, bias != NULL};
    const int64_t outer = batch > 1 ? batch : 0;
    /* A stride of 0 is a broadcast: the batch has one matrix. */
    const int64_t outer_a = outer && stride_a == 0 ? 1 : outer, outer_b = outer && stride_b == 0 ? 1 : outer;
    dnnl_memory_desc_t layouts[ONEDNN_TENSORS], any[ONEDNN_TENSORS];
    describe_matrix(library, &layouts[ONEDNN_SOURCE], outer_a, stride_a ? stride_a : m * k, m, k, flags & 1);
    describe_matrix(library, &layouts[ONEDNN_WEIGHTS], outer_b, stride_b ? stride_b : k * n, k, n, flags & 2);
    describe_matrix(library, &layouts[ONEDNN_BIAS], outer ? 1 : 0, n, 1, n, 0);
    describe_matrix(library, &layouts[ONEDNN_TARGET], outer, m * n, m, n, 0);
    memcpy(any, layouts, sizeof any);
    /* Only for weights of the model is a layout of the library's choice worth its price. */
    if (strata_is_weight(run, b))
        library->f.memory_desc_by_tag(&any[ONEDNN_WEIGHTS], layouts[ONEDNN_WEIGHTS].ndims, layouts[ONEDNN_WEIGHTS].dims,
                                      dnnl_f32, dnnl_format_tag_any);
    const float* const inputs[3] = {a, b, bias};
    return strata_onednn_execute(run, library, key, describe, layouts, any, inputs, c, flags & 4);
}
