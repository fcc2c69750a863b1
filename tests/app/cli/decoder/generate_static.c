/* Generates 32 tokens with an exported decoder whose caches keep their size, and prints them, then a hash of all scores
 * and of the caches in the end, and how long a token took.
 *
 *     cc generate_static.c -include decoder.h -o generate -L. -ldecoder -Wl,-rpath,'$ORIGIN' && ./generate 3 7 11 2 5
 *
 * A cache that the library writes in place is one tensor; else there are two, which change places after each run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COUNT = 32, MOST = 16, RANK = 8 };

static uint64_t hash = 0xcbf29ce484222325;

static void add_to_hash(const void* data, size_t bytes)
{
    for (size_t i = 0; i < bytes; ++i)
        hash = (hash ^ ((const unsigned char*)data)[i]) * 0x100000001b3;
}

static void make_tensor(DLTensor* tensor, int64_t* shape, const decoder_tensor* info)
{
    memset(tensor, 0, sizeof *tensor);
    tensor->device.device_type = 1;
    tensor->ndim = info->rank;
    tensor->dtype.code = info->dtype_code;
    tensor->dtype.bits = info->dtype_bits;
    tensor->dtype.lanes = 1;
    tensor->shape = shape;
    memcpy(shape, info->shape, (size_t)info->rank * sizeof *shape);
}

static void* zeros(int64_t bytes)
{
    void* memory = aligned_alloc(64, ((size_t)bytes + 64) / 64 * 64);
    return memset(memory, 0, (size_t)bytes);
}

/* The input that an output is the next state of: past_x of present_x. */
static int32_t input_of(const decoder_description* about, int32_t output)
{
    const char* name = strchr(about->outputs[output].name, '_');
    for (int32_t i = 0; name && i < about->input_count; ++i)
        if (!strncmp(about->inputs[i].name, "past_", 5) && !strcmp(about->inputs[i].name + 4, name))
            return i;
    return -1;
}

static int64_t best_of(const float* scores, int64_t count)
{
    int64_t best = 0;
    for (int64_t w = 1; w < count; ++w)
        if (scores[w] > scores[best])
            best = w;
    return best;
}

int main(int argc, char** argv)
{
    const decoder_description* about = decoder_describe();
    decoder_instance* model;
    if (decoder_create(NULL, &model) != decoder_OK)
        return 1;
    int64_t token = 0, at = 0, shapes[2 * MOST][RANK];
    DLTensor inputs[MOST], outputs[MOST];
    const DLTensor* given[MOST];
    DLTensor* made[MOST];
    for (int32_t i = 0; i < about->input_count; ++i) {
        make_tensor(&inputs[i], shapes[i], &about->inputs[i]);
        inputs[i].data = i == 0 ? &token : i == 1 ? &at : zeros(about->inputs[i].bytes);
        given[i] = &inputs[i];
    }
    for (int32_t i = 0; i < about->output_count; ++i) {
        make_tensor(&outputs[i], shapes[MOST + i], &about->outputs[i]);
        outputs[i].data = about->inouts && about->inouts[i] >= 0 ? inputs[about->inouts[i]].data
                                                                 : zeros(about->outputs[i].bytes);
        made[i] = &outputs[i];
    }
    const clock_t begin = clock();
    int64_t best = 0;
    for (int step = 0; step < argc - 1 + COUNT - 1; ++step, ++at) {
        token = step < argc - 1 ? atoll(argv[step + 1]) : best;
        if (decoder_run(model, given, made) != decoder_OK) {
            fprintf(stderr, "%s\n", decoder_last_error(model)->message);
            return 1;
        }
        add_to_hash(outputs[0].data, (size_t)about->outputs[0].bytes);
        best = best_of(outputs[0].data, outputs[0].shape[2]);
        if (step >= argc - 2)
            printf("%lld ", (long long)best);
        for (int32_t i = 1; i < about->output_count; ++i) {
            void* const present = outputs[i].data;
            outputs[i].data = inputs[input_of(about, i)].data;
            inputs[input_of(about, i)].data = present;
        }
    }
    const double microseconds = (double)(clock() - begin) * 1e6 / CLOCKS_PER_SEC / (argc - 1 + COUNT - 1);
    int64_t bytes = 0;
    for (int32_t i = 2; i < about->input_count; ++i) {
        add_to_hash(inputs[i].data, (size_t)about->inputs[i].bytes);
        bytes += about->inputs[i].bytes;
    }
    int32_t apart = 0;
    for (int32_t i = 1; i < about->output_count; ++i)
        apart += outputs[i].data != inputs[input_of(about, i)].data;
    printf("\n%016llx\n", (unsigned long long)hash);
    fprintf(stderr, "%.1f us a token, caches of %lld bytes, %s\n", microseconds, (long long)bytes,
            apart ? "twice" : "once");
    decoder_destroy(model);
    return 0;
}
