/* run: checks every tensor, aligns what is not aligned, calls the entry. */
#include "backends/runtime/routines/instance.h"

#include <string.h>
#include <unistd.h>

/* DLPack's tensor, as artifact.h.in has it. */
typedef struct {
    void* data;
    int32_t device_type, device_id;
    int32_t ndim;
    uint8_t dtype_code, dtype_bits;
    uint16_t dtype_lanes;
    int64_t* shape;
    const int64_t* strides;
    uint64_t byte_offset;
} tensor;

static const char* type_name(int code)
{
    static const char* const names[] = {"int",          "uint",           "float",      "opaque",         "bfloat",
                                        "complex",      "bool",           "unknown",    "unknown",        "unknown",
                                        "e4m3fn float", "e4m3fnuz float", "e5m2 float", "e5m2fnuz float", "e8m0 float",
                                        "unknown",      "unknown",        "e2m1 float"};
    return code < (int)(sizeof names / sizeof *names) ? names[code] : "unknown";
}

/* Older DLPack has no bool: a byte then stands for it. */
static int same_type(const tensor* given, const strata_tensor_info* info)
{
    const int is_byte = given->dtype_code == 1 && given->dtype_bits == 8 && info->dtype_code == 6;
    return given->dtype_lanes == 1
           && (is_byte || (given->dtype_code == info->dtype_code && given->dtype_bits == info->dtype_bits));
}

static int is_dense(const tensor* given)
{
    int64_t stride = 1;
    for (int32_t i = given->ndim - 1; given->strides && i >= 0; --i) {
        if (given->shape[i] != 1 && given->strides[i] != stride)
            return 0;
        stride *= given->shape[i];
    }
    return 1;
}

static unsigned char* start_of(const tensor* given) { return (unsigned char*)given->data + given->byte_offset; }

static int32_t check_type(strata_run* run, const tensor* given, const strata_tensor_info* info, const char* role)
{
    if (!given)
        return strata_fail(run, CODE_ARGUMENT, "The %s %s is missing.", role, info->name);
    if (given->device_type != 1)
        return strata_fail(run, CODE_ARGUMENT, "The %s %s is not in the CPU's memory.", role, info->name);
    if (!same_type(given, info))
        return strata_fail(run, CODE_ARGUMENT, "The %s %s has elements of type %s%d, the model's are %s%d.", role,
                           info->name, type_name(given->dtype_code), given->dtype_bits, type_name(info->dtype_code),
                           info->dtype_bits);
    if (given->ndim != info->rank)
        return strata_fail(run, CODE_ARGUMENT, "The %s %s has %d dimensions, the model's has %d.", role, info->name,
                           given->ndim, info->rank);
    return CODE_OK;
}

/* A dimension of the model for the sizes of this run. */
static int64_t dimension(const strata_run* run, const strata_tensor_info* info, int32_t i)
{
    return info->shape[i] < 0 ? run->sizes[-1 - info->shape[i]] : info->shape[i];
}

static int64_t bytes_of(const strata_run* run, const strata_tensor_info* info)
{
    int64_t elements = 1;
    for (int32_t i = 0; info->bytes < 0 && i < info->rank; ++i)
        elements *= dimension(run, info, i);
    if (info->bytes >= 0)
        return info->bytes;
    if (info->dtype_bits >= 8)
        return elements * (info->dtype_bits / 8);
    const int a_byte = 8 / info->dtype_bits; /* packed */
    return elements / a_byte + (elements % a_byte != 0);
}

static int32_t check_shape(strata_run* run, const tensor* given, const strata_tensor_info* info, const char* role)
{
    for (int32_t i = 0; i < info->rank; ++i)
        if (given->shape[i] != dimension(run, info, i))
            return strata_fail(run, CODE_ARGUMENT, "Dimension %d of the %s %s is %lld, %s %lld.", i, role, info->name,
                               (long long)given->shape[i],
                               info->shape[i] < 0 ? "by the sizes of the inputs it is" : "the model's is",
                               (long long)dimension(run, info, i));
    return CODE_OK;
}

static int32_t choose_size(strata_run* run, int32_t index, int64_t value, const char* input, int32_t dimension)
{
    const strata_size* size = &run->model->sizes[index];
    if (value < size->least || value > size->most || value % size->multiple)
        return strata_fail(
            run, CODE_ARGUMENT,
            "The size %s is %lld by dimension %d of the input %s; it is %lld to %lld, a multiple of %lld.", size->name,
            (long long)value, dimension, input, (long long)size->least, (long long)size->most,
            (long long)size->multiple);
    run->sizes[index] = value;
    return CODE_OK;
}

/* The sizes as the first dimension of just their name tells them, and what follows from them. Types and ranks of the
 * inputs are checked before. */
static int32_t choose_sizes(strata_run* run, const tensor* const* inputs)
{
    const strata_model* model = run->model;
    int32_t code = CODE_OK;
    for (int32_t i = 0; i < model->size_count; ++i)
        run->sizes[i] = 0;
    for (int32_t i = 0; i < model->input_count; ++i)
        for (int32_t d = 0; code == CODE_OK && d < model->inputs[i].rank; ++d) {
            const int64_t index = -1 - model->inputs[i].shape[d];
            if (index >= 0 && index < model->size_count && !run->sizes[index])
                code = choose_size(run, (int32_t)index, inputs[i]->shape[d], model->inputs[i].name, d);
        }
    if (code == CODE_OK && model->derive)
        model->derive(run->sizes);
    return code;
}

static int32_t check_memory(strata_run* run, const tensor* given, const strata_tensor_info* info, const char* role)
{
    const int64_t bytes = bytes_of(run, info);
    if (bytes && !is_dense(given))
        return strata_fail(run, CODE_ARGUMENT, "The %s %s is not dense and row-major.", role, info->name);
    if (bytes && !given->data)
        return strata_fail(run, CODE_ARGUMENT, "The %s %s has no data.", role, info->name);
    return CODE_OK;
}

static int overlap(const tensor* a, int64_t a_bytes, const tensor* b, int64_t b_bytes)
{
    return a_bytes && b_bytes && start_of(a) < start_of(b) + b_bytes && start_of(b) < start_of(a) + a_bytes;
}

/* The input in whose memory the output lies by the model; -1: none. */
static int32_t input_of(const strata_model* model, int32_t output)
{
    return model->inouts ? model->inouts[output] : -1;
}

static int32_t check_overlaps(strata_run* run, const tensor* const* inputs, tensor* const* outputs)
{
    const strata_model* model = run->model;
    for (int32_t o = 0; o < model->output_count; ++o) {
        const strata_tensor_info* output = &model->outputs[o];
        for (int32_t i = 0; i < model->input_count; ++i)
            if (i == input_of(model, o) && start_of(outputs[o]) == start_of(inputs[i]))
                continue; /* one tensor, of one type and shape */
            else if (overlap(outputs[o], bytes_of(run, output), inputs[i], bytes_of(run, &model->inputs[i])))
                return strata_fail(run, CODE_ARGUMENT, "The output %s overlaps the input %s.", output->name,
                                   model->inputs[i].name);
        for (int32_t p = 0; p < o; ++p)
            if (overlap(outputs[o], bytes_of(run, output), outputs[p], bytes_of(run, &model->outputs[p])))
                return strata_fail(run, CODE_ARGUMENT, "The output %s overlaps the output %s.", output->name,
                                   model->outputs[p].name);
    }
    return CODE_OK;
}

/* Types, sizes, shapes. */
static int32_t check_inputs(strata_run* run, const tensor* const* inputs)
{
    const strata_model* model = run->model;
    int32_t code = CODE_OK;
    for (int32_t i = 0; code == CODE_OK && i < model->input_count; ++i)
        code = check_type(run, inputs[i], &model->inputs[i], "input");
    if (code == CODE_OK)
        code = choose_sizes(run, inputs);
    for (int32_t i = 0; code == CODE_OK && i < model->input_count; ++i)
        code = check_shape(run, inputs[i], &model->inputs[i], "input");
    return code;
}

static int32_t check_all(strata_run* run, const tensor* const* inputs, tensor* const* outputs)
{
    const strata_model* model = run->model;
    if ((model->input_count && !inputs) || (model->output_count && !outputs))
        return strata_fail(run, CODE_ARGUMENT, "There are no tensors.");
    int32_t code = check_inputs(run, inputs);
    for (int32_t i = 0; code == CODE_OK && i < model->input_count; ++i)
        code = check_memory(run, inputs[i], &model->inputs[i], "input");
    for (int32_t i = 0; code == CODE_OK && i < model->output_count; ++i) {
        code = check_type(run, outputs[i], &model->outputs[i], "output");
        code = code == CODE_OK ? check_shape(run, outputs[i], &model->outputs[i], "output") : code;
        code = code == CODE_OK ? check_memory(run, outputs[i], &model->outputs[i], "output") : code;
    }
    return code == CODE_OK ? check_overlaps(run, inputs, outputs) : code;
}

/* Of a shape whose dimensions are numbers or places in the table of sizes. */
static int32_t write_shape(strata_run* run, tensor* to, const strata_tensor_info* info, const int64_t* shape)
{
    if (!to || (info->rank && !to->shape))
        return strata_fail(run, CODE_ARGUMENT, "There is no room for the shape of the output %s.", info->name);
    to->ndim = info->rank;
    to->dtype_code = info->dtype_code;
    to->dtype_bits = info->dtype_bits;
    to->dtype_lanes = 1;
    for (int32_t d = 0; d < info->rank; ++d)
        to->shape[d] = shape[d] < 0 ? run->sizes[-1 - shape[d]] : shape[d];
    return CODE_OK;
}

static int32_t tell_shapes(strata_run* run, const tensor* const* inputs, tensor* const* outputs)
{
    const strata_model* model = run->model;
    if ((model->input_count && !inputs) || (model->output_count && !outputs))
        return strata_fail(run, CODE_ARGUMENT, "There are no tensors.");
    const int32_t code = check_inputs(run, inputs);
    if (code != CODE_OK)
        return code;
    for (int32_t i = 0; i < model->output_count; ++i) {
        const int32_t room = write_shape(run, outputs[i], &model->outputs[i], model->outputs[i].shape);
        if (room != CODE_OK)
            return room;
    }
    return CODE_OK;
}

/* What the last run gave. */
static int32_t tell_results(strata_run* run, const tensor* const* inputs, tensor* const* outputs)
{
    const strata_model* model = run->model;
    (void)inputs;
    if (!run->ended)
        return strata_fail(run, CODE_ARGUMENT, "There is no run yet that ended well, so nothing came out.");
    if (model->output_count && !outputs)
        return strata_fail(run, CODE_ARGUMENT, "There are no tensors.");
    for (int32_t i = 0; i < model->output_count; ++i) {
        const int32_t room = write_shape(run, outputs[i], &model->outputs[i], model->result_shapes[i]);
        if (room != CODE_OK)
            return room;
    }
    return CODE_OK;
}

static int is_aligned(const tensor* given) { return ((uintptr_t)start_of(given) & 63) == 0; }
static int64_t rounded(int64_t bytes) { return (bytes + 63) / 64 * 64; }

/* Memory for aligned copies; kept for the runs that follow. */
static int32_t reserve_staging(strata_run* run, int64_t bytes)
{
    if (bytes <= run->staging_bytes)
        return CODE_OK;
    strata_rt_free(run, run->staging);
    run->staging = strata_rt_allocate(run, bytes);
    run->staging_bytes = run->staging ? bytes : 0;
    return run->staging
               ? CODE_OK
               : strata_fail(run, CODE_MEMORY, "The allocator gives no memory for %lld bytes of aligned copies.",
                             (long long)bytes);
}

static int64_t staging_needed(const strata_run* run, const tensor* const* tensors, const strata_tensor_info* infos,
                              int32_t count)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < count; ++i)
        if (!is_aligned(tensors[i]))
            bytes += rounded(bytes_of(run, &infos[i]));
    return bytes;
}

/* Fills `pointers` with the tensors or, where they are not aligned, with places in the staging memory; returns what is
 * left of it. */
static unsigned char* place(const strata_run* run, void** pointers, const tensor* const* tensors,
                            const strata_tensor_info* infos, int32_t count, unsigned char* free)
{
    for (int32_t i = 0; i < count; ++i) {
        pointers[i] = start_of(tensors[i]);
        if (is_aligned(tensors[i]))
            continue;
        pointers[i] = free;
        free += rounded(bytes_of(run, &infos[i]));
    }
    return free;
}

/* What lies in the memory of an input: both are one pointer from here on. Where the caller gave two, the output begins
 * as the input. */
static void share(strata_run* run)
{
    const strata_model* model = run->model;
    void** to = run->pointers + model->input_count;
    for (int32_t o = 0; o < model->output_count; ++o) {
        const int32_t i = input_of(model, o);
        if (i < 0)
            continue;
        if (run->pointers[i] != to[o] && bytes_of(run, &model->outputs[o]))
            memcpy(to[o], run->pointers[i], (size_t)bytes_of(run, &model->outputs[o]));
        run->pointers[i] = to[o];
    }
}

/* Memory for the storages, whose bytes follow from the sizes of this run. */
static int32_t place_storages(strata_run* run)
{
    const strata_model* model = run->model;
    if (!model->storage_count)
        return CODE_OK;
    const int64_t bytes = run->sizes[model->size_count + model->derived_count + model->storage_count];
    return bytes < 0 ? strata_fail(run, CODE_MEMORY, "The sizes of the inputs are too large for any memory.")
                     : strata_place_arena(run, bytes);
}

static int32_t run_checked(strata_run* run, const tensor* const* inputs, tensor* const* outputs)
{
    const strata_model* model = run->model;
    const tensor* const* results = (const tensor* const*)outputs;
    int32_t code = reserve_staging(run, staging_needed(run, inputs, model->inputs, model->input_count)
                                            + staging_needed(run, results, model->outputs, model->output_count));
    code = code == CODE_OK ? place_storages(run) : code;
    if (code != CODE_OK)
        return code;
    void** to = run->pointers + model->input_count;
    unsigned char* free = place(run, run->pointers, inputs, model->inputs, model->input_count, run->staging);
    place(run, to, results, model->outputs, model->output_count, free);
    for (int32_t i = 0; i < model->input_count; ++i)
        if (run->pointers[i] != start_of(inputs[i]))
            memcpy(run->pointers[i], start_of(inputs[i]), (size_t)bytes_of(run, &model->inputs[i]));
    share(run);
    for (int32_t i = 0; i < model->profile_count; ++i)
        run->profile_ns[i] = run->profile_device_ns[i] = 0;
    code = model->entry(run, run->pointers, to, run->arena, run->weights, run->sizes);
    if (code == CODE_OK && run->text_code != CODE_OK) {
        code = run->text_code;
        run->call = run->text_call;
    }
    run->ended = code == CODE_OK;
    for (int32_t i = 0; code == CODE_OK && i < model->output_count; ++i)
        if (to[i] != start_of(results[i]))
            memcpy(start_of(results[i]), to[i], (size_t)bytes_of(run, &model->outputs[i]));
    return code;
}

static int32_t check_and_run(strata_run* run, const tensor* const* inputs, tensor* const* outputs)
{
    run->ended = 0;
    const int32_t code = check_all(run, inputs, outputs);
    return code == CODE_OK ? run_checked(run, inputs, outputs) : code;
}

/* One at a time: the record of a busy instance belongs to the thread that runs. */
static int32_t alone(strata_run* run, int32_t (*call)(strata_run*, const tensor* const*, tensor* const*),
                     const void* const* inputs, void* const* outputs)
{
    if (!run)
        return CODE_ARGUMENT;
    if (atomic_exchange(&run->busy, 1))
        return CODE_BUSY;
    strata_begin_call(run);
    run->outside = NULL;
    run->text_code = CODE_OK;
    run->process = getpid();
    const int32_t code = call(run, (const tensor* const*)inputs, (tensor* const*)outputs);
    strata_end_call(run, code);
    atomic_store(&run->busy, 0);
    return code;
}

int32_t strata_rt_run(void* instance, const void* const* inputs, void* const* outputs)
{
    return alone(instance, check_and_run, inputs, outputs);
}

int32_t strata_rt_output_shapes(void* instance, const void* const* inputs, void* const* outputs)
{
    return alone(instance, tell_shapes, inputs, outputs);
}

int32_t strata_rt_result_shapes(void* instance, void* const* outputs)
{
    return alone(instance, tell_results, NULL, outputs);
}
