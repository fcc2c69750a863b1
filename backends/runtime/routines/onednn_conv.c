/* Convolutions by oneDNN, in the layout of its choice: the input and the result are brought there and back. */
#include "backends/runtime/routines/onednn.h"

#include <string.h>

enum {
    N,
    C,
    H,
    W,
    O,
    KH,
    KW,
    OH,
    OW,
    STRIDE_H,
    STRIDE_W,
    PAD_TOP,
    PAD_LEFT,
    PAD_BOTTOM,
    PAD_RIGHT,
    DILATION_H,
    DILATION_W,
    GROUPS,
    GEOMETRY
};

/* The key holds the geometry behind its kind, flags and bias. */
enum { KEY_GEOMETRY = 3 };

static dnnl_status_t describe(const onednn* library, const int64_t* key, int has_bias,
                              const dnnl_memory_desc_t* tensors, dnnl_primitive_attr_t attributes,
                              dnnl_primitive_desc_t* description)
{
    const int64_t* g = key + KEY_GEOMETRY;
    const dnnl_dims_t strides = {g[STRIDE_H], g[STRIDE_W]}, dilations = {g[DILATION_H] - 1, g[DILATION_W] - 1};
    const dnnl_dims_t before = {g[PAD_TOP], g[PAD_LEFT]}, after = {g[PAD_BOTTOM], g[PAD_RIGHT]};
    dnnl_convolution_desc_t convolution;
    const dnnl_status_t status = library->f.convolution_desc(
        &convolution, dnnl_forward_inference, dnnl_convolution_direct, &tensors[ONEDNN_SOURCE],
        &tensors[ONEDNN_WEIGHTS], has_bias ? &tensors[ONEDNN_BIAS] : NULL, &tensors[ONEDNN_TARGET], strides, dilations,
        before, after);
    return status == dnnl_success
               ? library->f.primitive_desc(description, &convolution, attributes, library->engine, NULL)
               : status;
}

static void describe_tensors(const onednn* library, const int64_t* g, dnnl_memory_desc_t* tensors, int any)
{
    const onednn_functions* f = &library->f;
    const dnnl_dims_t source = {g[N], g[C], g[H], g[W]}, target = {g[N], g[O], g[OH], g[OW]}, bias = {g[O]};
    const dnnl_dims_t plain = {g[O], g[C], g[KH], g[KW]};
    const dnnl_dims_t grouped = {g[GROUPS], g[O] / g[GROUPS], g[C] / g[GROUPS], g[KH], g[KW]};
    const dnnl_format_tag_t open = dnnl_format_tag_any;
    f->memory_desc_by_tag(&tensors[ONEDNN_SOURCE], 4, source, dnnl_f32, any ? open : dnnl_nchw);
    f->memory_desc_by_tag(&tensors[ONEDNN_TARGET], 4, target, dnnl_f32, any ? open : dnnl_nchw);
    f->memory_desc_by_tag(&tensors[ONEDNN_BIAS], 1, bias, dnnl_f32, dnnl_a);
    if (g[GROUPS] == 1)
        f->memory_desc_by_tag(&tensors[ONEDNN_WEIGHTS], 4, plain, dnnl_f32, any ? open : dnnl_oihw);
    else
        f->memory_desc_by_tag(&tensors[ONEDNN_WEIGHTS], 5, grouped, dnnl_f32, any ? open : dnnl_goihw);
}

int32_t strata_rt_onednn_conv(strata_run* run, const float* x, const float* w, const float* bias, float* y,
                              const int64_t* sizes, int32_t flags)
{
    onednn* library;
    const int32_t code = strata_onednn_open(run, &library);
    if (code != CODE_OK)
        return code;
    int64_t key[24] = {2, flags, bias != NULL};
    memcpy(key + KEY_GEOMETRY, sizes, GEOMETRY * sizeof *sizes);
    dnnl_memory_desc_t layouts[ONEDNN_TENSORS], any[ONEDNN_TENSORS];
    describe_tensors(library, sizes, layouts, 0);
    describe_tensors(library, sizes, any, 1);
    const float* const inputs[3] = {x, w, bias};
    return strata_onednn_execute(run, library, key, describe, layouts, any, inputs, y, flags & 4);
}
