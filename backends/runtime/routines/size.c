/* Sizes that data tell. */
#include "backends/runtime/routines/instance.h"

int32_t strata_rt_size(strata_run* run, int64_t value, int64_t least, int64_t most, const char* name)
{
    if (value >= least && value <= most)
        return CODE_OK;
    return least == most ? strata_fail(run, CODE_ARGUMENT, "The data make %lld elements, and the model declares %lld.",
                                       (long long)value, (long long)most)
                         : strata_fail(run, CODE_ARGUMENT, "The size %s is %lld by the data; it is %lld to %lld.", name,
                                       (long long)value, (long long)least, (long long)most);
}
