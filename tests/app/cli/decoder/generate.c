/* Generates 32 tokens with an exported decoder and prints them: caches that come out of a run go into the next one.
 *
 *     cc generate.c -include decoder.h -o generate -L. -ldecoder -Wl,-rpath,'$ORIGIN' && ./generate 3 7 11 2 5
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 32, MOST = 16, RANK = 8 };

static int64_t old, now; /* how many tokens the caches hold, and how many are read */

static int64_t size_named(const char *name)
{
    return !strcmp(name, "old") ? old : !strcmp(name, "new") ? now : 1; /* the batch */
}

static void describe_tensor(DLTensor *tensor, int64_t *shape, const decoder_tensor *info)
{
    memset(tensor, 0, sizeof *tensor);
    tensor->device.device_type = 1;
    tensor->ndim = info->rank;
    tensor->dtype.code = info->dtype_code;
    tensor->dtype.bits = info->dtype_bits;
    tensor->dtype.lanes = 1;
    tensor->shape = shape;
}

static void *memory_for(const DLTensor *tensor)
{
    size_t bytes = tensor->dtype.bits / 8;
    for (int32_t d = 0; d < tensor->ndim; ++d)
        bytes *= (size_t)tensor->shape[d];
    return aligned_alloc(64, (bytes + 64) / 64 * 64);
}

static void check(decoder_instance *model, int32_t code)
{
    if (code == decoder_OK)
        return;
    fprintf(stderr, "%s\n", decoder_last_error(model)->message);
    exit(1);
}

int main(int argc, char **argv)
{
    const decoder_description *about = decoder_describe();
    decoder_instance *model;
    if (decoder_create(NULL, &model) != decoder_OK)
        return 1;
    int64_t tokens[MOST], shapes[2 * MOST][RANK];
    for (now = 0; now + 1 < argc && now < MOST; ++now)
        tokens[now] = atoll(argv[now + 1]);
    DLTensor inputs[MOST], outputs[MOST];
    const DLTensor *given[MOST];
    DLTensor *made[MOST];
    for (int32_t i = 0; i < about->input_count; ++i) {
        describe_tensor(&inputs[i], shapes[i], &about->inputs[i]);
        describe_tensor(&outputs[i], shapes[MOST + i], &about->outputs[i]);
        given[i] = &inputs[i];
        made[i] = &outputs[i];
    }
    inputs[0].data = tokens;
    for (int step = 0; step < COUNT; ++step) {
        for (int32_t i = 0; i < about->input_count; ++i)
            for (int32_t d = 0; d < inputs[i].ndim; ++d) {
                const int64_t size = about->inputs[i].shape[d];
                inputs[i].shape[d] = size < 0 ? size_named(about->sizes[-1 - size].name) : size;
            }
        check(model, decoder_output_shapes(model, given, made));
        for (int32_t i = 0; i < about->output_count; ++i)
            outputs[i].data = memory_for(&outputs[i]);
        check(model, decoder_run(model, given, made));
        const int64_t words = outputs[0].shape[2];
        const float *scores = (const float *)outputs[0].data + (now - 1) * words;
        int64_t best = 0;
        for (int64_t w = 1; w < words; ++w)
            if (scores[w] > scores[best])
                best = w;
        printf(step ? " %lld" : "%lld", (long long)best);
        free(outputs[0].data);
        for (int32_t i = 1; i < about->input_count; ++i) {
            free(inputs[i].data);
            inputs[i].data = outputs[i].data;
        }
        old += now;
        now = 1;
        tokens[0] = best;
    }
    putchar('\n');
    for (int32_t i = 1; i < about->input_count; ++i)
        free(inputs[i].data);
    decoder_destroy(model);
    return 0;
}
