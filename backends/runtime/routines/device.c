/* What the machine has of the devices that a model runs on; asked without an instance. */
#include "backends/runtime/routines/cpu.h"
#include "backends/runtime/routines/instance.h"

#include <stdio.h>
#include <string.h>

static int32_t query_cpu(const char* isa, strata_device_state* state)
{
    strata_processor_name(state->name);
    const char* missing = strata_missing_instructions(isa);
    if (!missing)
        return CODE_OK;
    snprintf(state->message, sizeof state->message, "The library is compiled for %s, and this processor lacks %s.", isa,
             missing);
    return CODE_CPU;
}

int32_t strata_rt_query_device(const strata_model* model, int32_t device, void* given)
{
    strata_device_state* state = given;
    if (!state)
        return CODE_ARGUMENT;
    memset(state, 0, sizeof *state);
    if (device < 0 || device >= model->device_count) {
        snprintf(state->message, sizeof state->message, "The model runs on %d devices; there is none of number %d.",
                 model->device_count, device);
        return state->code = CODE_ARGUMENT;
    }
    state->code = device == 0 ? query_cpu(model->devices[0].needs, state) : model->query_device[device - 1](model, state);
    return state->code;
}
