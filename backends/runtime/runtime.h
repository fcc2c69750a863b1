/* The inside of an artifact: what generated code and the prebuilt runtime know of each other. C, freestanding but for
 * libc and libm.
 *
 * The runtime is compiled once (position independent, one section a routine, hidden symbols), embedded in
 * strata-compiler (see runtime_object.h), and linked into each artifact with unused sections dropped. Generated code
 * defines one `strata_model` and the exported functions, each of which hands its arguments on:
 *
 *   PREFIX_describe(void)                        return strata_rt_describe(&model);
 *   PREFIX_query_device(device, state)           return strata_rt_query_device(&model, device, state);
 *   PREFIX_create(options, instance)             return strata_rt_create(&model, options, instance);
 *   PREFIX_run(instance, inputs, outputs)        return strata_rt_run(instance, inputs, outputs);
 *   PREFIX_output_shapes(instance, in, out)      return strata_rt_output_shapes(instance, in, out);
 *   PREFIX_result_shapes(instance, outputs)      return strata_rt_result_shapes(instance, outputs);
 *   PREFIX_last_error(instance)                  return strata_rt_last_error(instance);
 *   PREFIX_set_threads(instance, threads)        return strata_rt_set_threads(instance, threads);
 *   PREFIX_set_profile(instance, on)             return strata_rt_set_profile(instance, on);
 *   PREFIX_profile(instance, profile)            return strata_rt_profile_read(instance, profile);
 *   PREFIX_destroy(instance)                     strata_rt_destroy(instance);
 *
 * and, of a model that takes or gives strings:
 *
 *   PREFIX_text_number(instance, text, size, number)   return strata_rt_text_number(instance, text, size, number);
 *   PREFIX_text(instance, number, text, size)          return strata_rt_text_read(instance, number, text, size);
 *   PREFIX_forget_texts(instance)                      return strata_rt_forget_texts(instance);
 *
 * Every pointer that `entry` is called with (inputs, outputs, arena, weights) is aligned to 64 bytes, and no output
 * overlaps anything else but the input in whose memory it lies, if the model says so: then both are one pointer. The
 * runtime copies tensors that lie otherwise, and refuses overlaps.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct strata_run strata_run; /* one running instance; opaque to generated code */

typedef struct {
    const char* name;
    uint8_t dtype_code, dtype_bits; /* as in artifact.h.in's DLDataType */
    int32_t rank;
    const int64_t* shape; /* -1 - index: of the sizes, and what is derived from them */
    int64_t bytes;        /* -1: as the sizes say */
} strata_tensor_info;

/* A size that the caller chooses by the shapes of the inputs. */
typedef struct {
    const char* name;
    int64_t least, most, multiple;
} strata_size;

typedef struct {
    const char *kind, *needs; /* "cpu", "x86-64-v3": checked in create */
} strata_device;

/* artifact.h.in's PREFIX_error. */
typedef struct {
    int32_t code, node;
    const char* node_name;
    char message[512];
} strata_error;

/* artifact.h.in's PREFIX_device_state. */
typedef struct {
    int32_t code;
    char name[128];
    int64_t memory_bytes;
    char message[512];
} strata_device_state;

/* Its first fields, up to `inouts`, are what PREFIX_describe hands out: keep them as artifact.h.in has them. */
typedef struct strata_model {
    uint32_t abi; /* STRATA_ABI */
    const char* name;
    int32_t input_count, output_count, size_count, device_count;
    const strata_tensor_info *inputs, *outputs;
    const strata_size* sizes;
    const strata_device* devices; /* the first is the CPU */
    int64_t arena_bytes;          /* 64-byte aligned scratch, one for each instance */
    int64_t weights_bytes;
    const int32_t* inouts;        /* by output: the input in whose memory it lies, or -1; NULL: none does */
    const unsigned char* weights; /* embedded, 64-byte aligned; NULL: a side file must be given */
    const char *weights_file, *weights_hash;
    int32_t is_parallel;   /* some loop is parallel: a pool may be started */
    int32_t profile_count; /* calls of the entry, for times by call */
    const char* const* profile_names;
    int32_t (*entry)(strata_run* run, void* const* inputs, void* const* outputs, unsigned char* arena,
                     const unsigned char* weights, int64_t* sizes);
    int32_t (*map_weights)(
        strata_run* run); /* strata_rt_map_weights where weights come from a side file, NULL where they are embedded */
    int32_t threads;      /* that the model is made for (choose_isa); 0: as many as processors that it may use */
    /* strata_rt_DEVICE_query of each device but the CPU, in order; NULL: no kernel is launched. It brings the code of
     * the device's library. */
    int32_t (*const* query_device)(const struct strata_model* model, strata_device_state* state);
    /* What follows from the sizes, and `derive` writes behind them: dimensions, then, where there are storages, the
     * byte in the arena at which each begins, and behind them the bytes of the arena in this run (-1: too many). NULL:
     * there is nothing. */
    int32_t derived_count, storage_count;
    void (*derive)(int64_t* sizes);
    /* Behind these: sizes that data tell, and the dimensions of results that are no numbers, which entry writes; of
     * each output, its shape after a run, with dimensions as in strata_tensor_info. */
    int32_t told_count;
    const int64_t* const* result_shapes;
    /* Of a model with strings: strata_rt_make_texts, which alone brings the functions of texts, and where among the
     * weights its own texts lie (-1: it has none). */
    int32_t (*make_texts)(strata_run* run);
    int64_t texts_at;
} strata_model;

/* A side file of weights holds `weights_bytes` bytes (a multiple of 64), then this trailer. weights_hash is the same 64
 * hex digits. */
typedef struct {
    char magic[16]; /* STRATA_WEIGHTS_MAGIC, NUL padded */
    char hash[64];  /* SHA-256 over the bytes */
} strata_weights_trailer;
#define STRATA_WEIGHTS_MAGIC "strata weights"

/* Strings among the weights are numbers of texts, which lie there, too, like a constant without a name: how many, as
 * int64_t; where each ends; their bytes. The first one has the number 1. */
#define STRATA_TEXTS_WEIGHT ""

#define STRATA_ABI 2

/* --- called by generated code
 * ------------------------------------------------------------------------------------------------ */

/* Runs body(closure, i) for i in [0, count) on the instance's pool; returns when all are done. body gets a range. */
void strata_rt_parallel(strata_run* run, void (*body)(void* closure, int64_t begin, int64_t end), void* closure,
                        int64_t count);

/* Scratch that a function allocates beyond the arena (a large local buffer): 64-byte aligned, by the instance's
 * allocator. NULL: out of memory. */
void* strata_rt_allocate(strata_run* run, int64_t bytes);
void strata_rt_free(strata_run* run, void* memory);

/* Where generated code checks an index that is data: what is indexed (" of x", or ""), the place ("block \"gather\" of
 * gather_0"), and the block's iterators. An instance is one number, its iterators being the digits. */
typedef struct {
    int32_t block, number; /* order in the function */
    const char *of, *where;
    int32_t rank;
    const char* const* iterators;
    const int64_t* extents;
} strata_check;

/* Some index is out of range: one in each lane whose instance is not negative. The first one, by block, instance and
 * number, is what the run ends with, whichever thread comes first. */
void strata_rt_outside(strata_run* run, const strata_check* check, const int64_t* instances, const int64_t* indices,
                       const int64_t* extents, int32_t lanes);
/* What a function returns that ran to its end: 0, or the code for an index outside. */
int32_t strata_rt_outside_code(strata_run* run);

/* A loop ended after `ran` iterations, and its outputs have room for `rows`, one each; `more`: it would have gone on. 0
 * if it ran as often as it has to. */
int32_t strata_rt_rows(strata_run* run, int64_t ran, int64_t rows, int32_t more);

/* The size `name` is `value` by the data: 0 if it is least .. most, else an error. */
int32_t strata_rt_size(strata_run* run, int64_t value, int64_t least, int64_t most, const char* name);

/* The level of its architecture that this machine has (of x86-64: 1 to 4): what the choice among implementations asks.
 */
int32_t strata_rt_isa(void);

/* Whether this machine has the dot products of bytes that come on top of a level, a bit for each kind: of x86-64, 1 for
 * those of AVX (avxvnni), 2 for those of AVX-512 (avx512vnni). */
int32_t strata_rt_dot_products(void);

/* model.map_weights of an artifact with a side file; nothing else refers to it, so that embedded weights bring no
 * mapping code. */
int32_t strata_rt_map_weights(strata_run* run);

/* model.make_texts of a model with strings, whose elements are numbers of texts (routines/texts.c); the number of a
 * constant text; and the functions of core/ir/text_functions.h, under these names: strata_rt_text_join(run, x, y). */
int32_t strata_rt_make_texts(strata_run* run);
int64_t strata_rt_text(strata_run* run, const char* text, int64_t size);
int64_t strata_rt_text_join(strata_run* run, int64_t a, int64_t b);
int64_t strata_rt_text_lower(strata_run* run, int64_t text);
int64_t strata_rt_text_upper(strata_run* run, int64_t text);
int64_t strata_rt_text_of_f32(strata_run* run, float value);
int64_t strata_rt_text_of_f64(strata_run* run, double value);
int64_t strata_rt_text_of_i64(strata_run* run, int64_t value);
int64_t strata_rt_text_of_u64(strata_run* run, int64_t value);
float strata_rt_f32_of_text(strata_run* run, int64_t text);
double strata_rt_f64_of_text(strata_run* run, int64_t text);
int64_t strata_rt_i64_of_text(strata_run* run, int64_t text);
int64_t strata_rt_u64_of_text(strata_run* run, int64_t text);
int64_t strata_rt_text_pieces(strata_run* run, int64_t text, int64_t delimiter, int64_t most);
int32_t strata_rt_text_before(strata_run* run, int64_t a, int64_t b);
int32_t strata_rt_text_matches(strata_run* run, int64_t text, const unsigned char* automaton);
int64_t strata_rt_text_tokens(strata_run* run, int64_t text, int64_t of, int64_t least);
int64_t strata_rt_text_token(strata_run* run, int64_t text, int64_t of, int64_t least, int64_t wanted);
int64_t strata_rt_text_piece(strata_run* run, int64_t text, int64_t delimiter, int64_t most, int64_t wanted);

/* Call `index` of the entry begins: what fails and what takes time from here on is its. -1: the last one ended. */
void strata_rt_begin(strata_run* run, int32_t index);

/* Library routines, of one signature: row-major float32; each returns 0 or an error code with the instance's message
 * set ("libdnnl.so.2 is missing"). Opened by name at the first call. bias may be NULL. Flags: 1 transpose a, 2
 * transpose b, 4 relu. What they find in `sizes` is written by backends/libraries/routines.cpp:
 *   matmul   m n k batch stride_a stride_b: c[m, n] = a[m, k] b[k, n] (+ bias[n]), batch >= 1 with elements between
 *            matrices (0: the same one).
 *   conv     n c h w o kh kw oh ow stride_h stride_w pad_top pad_left pad_bottom pad_right dilation_h dilation_w
 * groups: x[n, c, h, w], w[o, c/groups, kh, kw], y[n, o, oh, ow]. */
int32_t strata_rt_onednn_matmul(strata_run* run, const float* a, const float* b, const float* bias, float* c,
                                const int64_t* sizes, int32_t flags);
int32_t strata_rt_openblas_matmul(strata_run* run, const float* a, const float* b, const float* bias, float* c,
                                  const int64_t* sizes, int32_t flags);
int32_t strata_rt_onednn_conv(strata_run* run, const float* x, const float* w, const float* bias, float* y,
                              const int64_t* sizes, int32_t flags);

/* A kernel of a device: text, arguments in order. What it is launched with lies in places of the device, memory that is
 * made when something is first brought to it or written there, and that lives as long as the instance. A device brings
 * these routines, declared beside its backend (backends/device/device.h), and does in order what they ask:
 *   strata_rt_DEVICE_upload(run, place, bytes, from, once)   `from` may change afterwards; once: not again if it is
 * there strata_rt_DEVICE_launch(run, kernel, places)             may return before the kernel is done
 *   strata_rt_DEVICE_download(run, place, bytes, to)         returns when it is there
 *   strata_rt_DEVICE_query(model, state)                     tells of the device that kernels would be launched on */
typedef struct {
    const char *name, *source;
    int32_t argument_count;
    const int64_t* argument_bytes;
    int64_t blocks[3], threads[3];
    /* Checks of indices that are data; if there are any, the kernel has one more argument: an int for each, in which it
     * leaves the smallest instance that failed. */
    int32_t check_count;
    const strata_check* checks;
} strata_kernel;

/* --- behind the exported PREFIX_* functions (see artifact.h.in for what each means)
 * --------------------------------------------- */
const void* strata_rt_describe(const strata_model* model);
int32_t strata_rt_create(const strata_model* model, const void* options, void** instance);
int32_t strata_rt_run(void* instance, const void* const* inputs, void* const* outputs);
const void* strata_rt_last_error(const void* instance);
int32_t strata_rt_output_shapes(void* instance, const void* const* inputs, void* const* outputs);
int32_t strata_rt_result_shapes(void* instance, void* const* outputs);
int32_t strata_rt_query_device(const strata_model* model, int32_t device, void* state);
int32_t strata_rt_set_threads(void* instance, int32_t threads);
int32_t strata_rt_set_profile(void* instance, int32_t on);
int32_t strata_rt_profile_read(const void* instance, void* profile);
void strata_rt_destroy(void* instance);
int32_t strata_rt_text_number(void* instance, const char* text, int64_t size, int64_t* number);
int32_t strata_rt_text_read(void* instance, int64_t number, const char** text, int64_t* size);
int32_t strata_rt_forget_texts(void* instance);

#ifdef __cplusplus
}
#endif
