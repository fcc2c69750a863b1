/* Opening oneDNN, and what its operations have in common: primitives are made once, weights of the model are brought
 * into the library's own layout once, activations around every call. */
#include "backends/runtime/routines/onednn.h"

#include <dlfcn.h>
#include <string.h>

static const char onednn_kind;
static const char* const names[] = {
    "dnnl_engine_create",
    "dnnl_engine_destroy",
    "dnnl_stream_create",
    "dnnl_stream_destroy",
    "dnnl_stream_wait",
    "dnnl_memory_desc_init_by_strides",
    "dnnl_memory_desc_init_by_tag",
    "dnnl_memory_desc_equal",
    "dnnl_memory_desc_get_size",
    "dnnl_memory_create",
    "dnnl_memory_destroy",
    "dnnl_memory_set_data_handle",
    "dnnl_matmul_desc_init",
    "dnnl_dilated_convolution_forward_desc_init",
    "dnnl_primitive_attr_create",
    "dnnl_primitive_attr_destroy",
    "dnnl_primitive_attr_set_post_ops",
    "dnnl_post_ops_create",
    "dnnl_post_ops_destroy",
    "dnnl_post_ops_append_eltwise",
    "dnnl_primitive_desc_create",
    "dnnl_primitive_desc_destroy",
    "dnnl_primitive_desc_query_md",
    "dnnl_primitive_create",
    "dnnl_primitive_destroy",
    "dnnl_primitive_execute",
    "dnnl_reorder_primitive_desc_create",
};
_Static_assert(sizeof names / sizeof *names * sizeof(void*) == sizeof(onednn_functions), "a name for each function");

static void release_operation(strata_run* run, const onednn_functions* f, onednn_operation* operation)
{
    for (int i = 0; i < ONEDNN_TENSORS; ++i) {
        onednn_tensor* tensor = &operation->tensors[i];
        if (tensor->reorder)
            f->primitive_destroy(tensor->reorder);
        if (tensor->theirs)
            f->memory_destroy(tensor->theirs);
        if (tensor->ours)
            f->memory_destroy(tensor->ours);
    }
    if (operation->primitive)
        f->primitive_destroy(operation->primitive);
    strata_rt_free(run, operation);
}

/* The library itself stays loaded: OpenMP's threads do not survive being unloaded. */
static void close_onednn(strata_run* run, strata_resource* resource)
{
    onednn* library = (onednn*)resource;
    while (library->operations) {
        onednn_operation* operation = library->operations;
        library->operations = operation->next;
        release_operation(run, &library->f, operation);
    }
    if (library->stream)
        library->f.stream_destroy(library->stream);
    if (library->engine)
        library->f.engine_destroy(library->engine);
}

int32_t strata_onednn_open(strata_run* run, onednn** library)
{
    *library = (onednn*)strata_find_resource(run, &onednn_kind);
    if (*library)
        return CODE_OK;
    onednn_functions functions;
    void* handle;
    const int32_t code = strata_open_library(run, "libdnnl.so.2", "libdnnl2", names, (void**)&functions,
                                             sizeof names / sizeof *names, &handle);
    if (code != CODE_OK)
        return code;
    onednn* opened = (onednn*)strata_add_resource(run, &onednn_kind, sizeof *opened, close_onednn);
    if (!opened)
        return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
    opened->f = functions;
    *(void**)&opened->set_threads = dlsym(handle, "omp_set_num_threads");
    if (functions.engine_create(&opened->engine, dnnl_cpu, 0) != dnnl_success
        || functions.stream_create(&opened->stream, opened->engine, dnnl_stream_default_flags) != dnnl_success)
        return strata_fail(run, CODE_LIBRARY, "oneDNN gives no CPU engine.");
    *library = opened;
    return CODE_OK;
}

static dnnl_status_t make_attributes(const onednn_functions* f, int relu, dnnl_primitive_attr_t* attributes)
{
    dnnl_post_ops_t post_ops;
    dnnl_status_t status = f->attributes_create(attributes);
    if (status != dnnl_success || !relu)
        return status;
    status = f->post_ops_create(&post_ops);
    if (status != dnnl_success)
        return status;
    status = f->post_ops_eltwise(post_ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
    if (status == dnnl_success)
        status = f->attributes_set_post_ops(*attributes, post_ops);
    f->post_ops_destroy(post_ops);
    return status;
}

/* Memory for both layouts of a tensor, and the way from one to the other. */
static dnnl_status_t prepare_tensor(const onednn* library, onednn_tensor* tensor, const dnnl_memory_desc_t* ours,
                                    const dnnl_memory_desc_t* theirs, int is_target)
{
    const onednn_functions* f = &library->f;
    dnnl_status_t status = f->memory_create(&tensor->ours, ours, library->engine, NULL);
    if (status != dnnl_success || f->memory_desc_equal(ours, theirs))
        return status;
    status = f->memory_create(&tensor->theirs, theirs, library->engine, DNNL_MEMORY_ALLOCATE);
    if (status != dnnl_success)
        return status;
    dnnl_primitive_desc_t description;
    status = f->reorder_desc(&description, is_target ? theirs : ours, library->engine, is_target ? ours : theirs,
                             library->engine, NULL);
    if (status != dnnl_success)
        return status;
    status = f->primitive_create(&tensor->reorder, description);
    f->primitive_desc_destroy(description);
    return status;
}

static dnnl_status_t prepare(const onednn* library, onednn_operation* operation, onednn_describe describe,
                             const dnnl_memory_desc_t* layouts, const dnnl_memory_desc_t* any, int has_bias, int relu)
{
    static const dnnl_query_t queries[] = {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_weights_md,
                                           dnnl_query_dst_md};
    const onednn_functions* f = &library->f;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t status = make_attributes(f, relu, &attributes);
    if (status == dnnl_success)
        status = describe(library, operation->key, has_bias, any, attributes, &description);
    for (int i = 0; status == dnnl_success && i < ONEDNN_TENSORS; ++i)
        if (i != ONEDNN_BIAS || has_bias)
            status = prepare_tensor(library, &operation->tensors[i], &layouts[i],
                                    f->query_memory(description, queries[i], i == ONEDNN_BIAS), i == ONEDNN_TARGET);
    if (status == dnnl_success)
        status = f->primitive_create(&operation->primitive, description);
    if (description)
        f->primitive_desc_destroy(description);
    if (attributes)
        f->attributes_destroy(attributes);
    return status;
}

static dnnl_status_t reorder(const onednn* library, const onednn_tensor* tensor, int is_target)
{
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, is_target ? tensor->theirs : tensor->ours},
                                         {DNNL_ARG_TO, is_target ? tensor->ours : tensor->theirs}};
    return library->f.execute(tensor->reorder, library->stream, 2, arguments);
}

static dnnl_status_t run_operation(strata_run* run, const onednn* library, onednn_operation* operation,
                                   const float* const inputs[3], float* target)
{
    static const int roles[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    const onednn_functions* f = &library->f;
    dnnl_exec_arg_t arguments[ONEDNN_TENSORS];
    int count = 0;
    dnnl_status_t status = dnnl_success;
    for (int i = 0; status == dnnl_success && i < ONEDNN_TENSORS; ++i) {
        onednn_tensor* tensor = &operation->tensors[i];
        if (!tensor->ours)
            continue;
        void* data = i == ONEDNN_TARGET ? (void*)target : (void*)inputs[i];
        status = f->memory_set_handle(tensor->ours, data);
        if (status == dnnl_success && tensor->reorder && i != ONEDNN_TARGET && tensor->kept != data) {
            status = reorder(library, tensor, 0);
            tensor->kept = i == ONEDNN_WEIGHTS && strata_is_weight(run, data) ? data : NULL;
        }
        arguments[count].arg = roles[i];
        arguments[count++].memory = tensor->theirs ? tensor->theirs : tensor->ours;
    }
    if (status == dnnl_success)
        status = f->execute(operation->primitive, library->stream, count, arguments);
    if (status == dnnl_success && operation->tensors[ONEDNN_TARGET].reorder)
        status = reorder(library, &operation->tensors[ONEDNN_TARGET], 1);
    return status == dnnl_success ? f->stream_wait(library->stream) : status;
}

static onednn_operation* find_operation(const onednn* library, const int64_t* key, const float* weights)
{
    onednn_operation* operation = library->operations;
    while (operation && (operation->weights != weights || memcmp(operation->key, key, sizeof operation->key) != 0))
        operation = operation->next;
    return operation;
}

int32_t strata_onednn_execute(strata_run* run, onednn* library, const int64_t key[24], onednn_describe describe,
                              const dnnl_memory_desc_t layouts[ONEDNN_TENSORS],
                              const dnnl_memory_desc_t any[ONEDNN_TENSORS], const float* const inputs[3], float* target,
                              int relu)
{
    if (library->set_threads)
        library->set_threads(run->threads);
    const float* weights = strata_is_weight(run, inputs[ONEDNN_WEIGHTS]) ? inputs[ONEDNN_WEIGHTS] : NULL;
    onednn_operation* operation = find_operation(library, key, weights);
    if (!operation) {
        operation = strata_rt_allocate(run, sizeof *operation);
        if (!operation)
            return strata_fail(run, CODE_MEMORY, "The allocator gives no memory.");
        memset(operation, 0, sizeof *operation);
        memcpy(operation->key, key, sizeof operation->key);
        operation->weights = weights;
        const dnnl_status_t status = prepare(library, operation, describe, layouts, any, inputs[ONEDNN_BIAS] != NULL,
                                             relu);
        if (status != dnnl_success) {
            release_operation(run, &library->f, operation);
            return strata_fail(run, CODE_LIBRARY, "oneDNN does not take the call (status %d).", (int)status);
        }
        operation->next = library->operations;
        library->operations = operation;
    }
    const dnnl_status_t status = run_operation(run, library, operation, inputs, target);
    return status == dnnl_success ? CODE_OK
                                  : strata_fail(run, CODE_LIBRARY, "oneDNN fails in a call (status %d).", (int)status);
}
