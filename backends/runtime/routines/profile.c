/* Times by call of the entry. */
#include "backends/runtime/routines/instance.h"

/* artifact.h.in's PREFIX_profile_data. */
typedef struct {
    int32_t count;
    const char* const* names;
    const int64_t *nanoseconds, *device_nanoseconds;
} profile_data;

void strata_rt_begin(strata_run* run, int32_t index)
{
    const int32_t ended = run->call;
    run->call = index;
    if (!run->profile)
        return;
    const int64_t now = strata_nanoseconds();
    if (ended >= 0)
        run->profile_ns[ended] += now - run->profile_since;
    run->profile_since = now;
}

int32_t strata_rt_set_profile(void* instance, int32_t on)
{
    strata_run* run = instance;
    if (!run)
        return CODE_ARGUMENT;
    run->profile = on;
    return CODE_OK;
}

int32_t strata_rt_profile_read(const void* instance, void* profile)
{
    const strata_run* run = instance;
    if (!run || !profile)
        return CODE_ARGUMENT;
    const profile_data data = {run->model->profile_count, run->model->profile_names, run->profile_ns,
                               run->profile_device_ns};
    *(profile_data*)profile = data;
    return CODE_OK;
}
