/* oneDNN, opened by name. */
#pragma once

#include "backends/runtime/routines/instance.h"

#include <oneapi/dnnl/dnnl.h>

/* Functions of the library, in the order of their names in onednn.c. */
typedef struct {
    dnnl_status_t (*engine_create)(dnnl_engine_t*, dnnl_engine_kind_t, size_t);
    dnnl_status_t (*engine_destroy)(dnnl_engine_t);
    dnnl_status_t (*stream_create)(dnnl_stream_t*, dnnl_engine_t, unsigned);
    dnnl_status_t (*stream_destroy)(dnnl_stream_t);
    dnnl_status_t (*stream_wait)(dnnl_stream_t);
    dnnl_status_t (*memory_desc_by_strides)(dnnl_memory_desc_t*, int, const dnnl_dims_t, dnnl_data_type_t,
                                            const dnnl_dims_t);
    dnnl_status_t (*memory_desc_by_tag)(dnnl_memory_desc_t*, int, const dnnl_dims_t, dnnl_data_type_t,
                                        dnnl_format_tag_t);
    int (*memory_desc_equal)(const dnnl_memory_desc_t*, const dnnl_memory_desc_t*);
    size_t (*memory_desc_size)(const dnnl_memory_desc_t*);
    dnnl_status_t (*memory_create)(dnnl_memory_t*, const dnnl_memory_desc_t*, dnnl_engine_t, void*);
    dnnl_status_t (*memory_destroy)(dnnl_memory_t);
    dnnl_status_t (*memory_set_handle)(dnnl_memory_t, void*);
    dnnl_status_t (*matmul_desc)(dnnl_matmul_desc_t*, const dnnl_memory_desc_t*, const dnnl_memory_desc_t*,
                                 const dnnl_memory_desc_t*, const dnnl_memory_desc_t*);
    dnnl_status_t (*convolution_desc)(dnnl_convolution_desc_t*, dnnl_prop_kind_t, dnnl_alg_kind_t,
                                      const dnnl_memory_desc_t*, const dnnl_memory_desc_t*, const dnnl_memory_desc_t*,
                                      const dnnl_memory_desc_t*, const dnnl_dims_t, const dnnl_dims_t,
                                      const dnnl_dims_t, const dnnl_dims_t);
    dnnl_status_t (*attributes_create)(dnnl_primitive_attr_t*);
    dnnl_status_t (*attributes_destroy)(dnnl_primitive_attr_t);
    dnnl_status_t (*attributes_set_post_ops)(dnnl_primitive_attr_t, const_dnnl_post_ops_t);
    dnnl_status_t (*post_ops_create)(dnnl_post_ops_t*);
    dnnl_status_t (*post_ops_destroy)(dnnl_post_ops_t);
    dnnl_status_t (*post_ops_eltwise)(dnnl_post_ops_t, float, dnnl_alg_kind_t, float, float);
    dnnl_status_t (*primitive_desc)(dnnl_primitive_desc_t*, const_dnnl_op_desc_t, const_dnnl_primitive_attr_t,
                                    dnnl_engine_t, const_dnnl_primitive_desc_t);
    dnnl_status_t (*primitive_desc_destroy)(dnnl_primitive_desc_t);
    const dnnl_memory_desc_t* (*query_memory)(const_dnnl_primitive_desc_t, dnnl_query_t, int);
    dnnl_status_t (*primitive_create)(dnnl_primitive_t*, const_dnnl_primitive_desc_t);
    dnnl_status_t (*primitive_destroy)(dnnl_primitive_t);
    dnnl_status_t (*execute)(const_dnnl_primitive_t, dnnl_stream_t, int, const dnnl_exec_arg_t*);
    dnnl_status_t (*reorder_desc)(dnnl_primitive_desc_t*, const dnnl_memory_desc_t*, dnnl_engine_t,
                                  const dnnl_memory_desc_t*, dnnl_engine_t, const_dnnl_primitive_attr_t);
} onednn_functions;

/* One tensor of an operation: as the caller has it, and as the primitive wants it. */
typedef struct {
    dnnl_memory_t ours, theirs; /* theirs is NULL where the layouts are equal */
    dnnl_primitive_t reorder;   /* ours -> theirs, for the destination theirs -> ours */
    const void* kept;           /* weights whose reordered form `theirs` holds already */
} onednn_tensor;

enum { ONEDNN_SOURCE, ONEDNN_WEIGHTS, ONEDNN_BIAS, ONEDNN_TARGET, ONEDNN_TENSORS };

/* A primitive made for one call's sizes and weights, kept for the runs that follow. */
typedef struct onednn_operation {
    struct onednn_operation* next;
    int64_t key[24];
    const float* weights;
    dnnl_primitive_t primitive;
    onednn_tensor tensors[ONEDNN_TENSORS];
} onednn_operation;

typedef struct {
    strata_resource resource;
    onednn_functions f;
    void (*set_threads)(int); /* of the OpenMP that the library runs on; NULL if it has none */
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    onednn_operation* operations;
} onednn;

int32_t strata_onednn_open(strata_run* run, onednn** library);
/* What the kind of operation differs in: makes its primitive descriptor from the descriptors of the four tensors, in
 * any layout. */
typedef dnnl_status_t (*onednn_describe)(const onednn* library, const int64_t* key, int has_bias,
                                         const dnnl_memory_desc_t* tensors, dnnl_primitive_attr_t attributes,
                                         dnnl_primitive_desc_t* description);
/* Finds or makes the operation and runs it. `layouts` describe the caller's tensors; `any` the same with the layout
 * left open. */
int32_t strata_onednn_execute(strata_run* run, onednn* library, const int64_t key[24], onednn_describe describe,
                              const dnnl_memory_desc_t layouts[ONEDNN_TENSORS],
                              const dnnl_memory_desc_t any[ONEDNN_TENSORS], const float* const inputs[3], float* target,
                              int relu);
