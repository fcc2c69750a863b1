/* Loops whose outputs have a row for each iteration. */
#include "backends/runtime/routines/instance.h"

int32_t strata_rt_rows(strata_run* run, int64_t ran, int64_t rows, int32_t more)
{
    if (more)
        return strata_fail(run, CODE_ARGUMENT, "The loop runs more than the %lld times that its outputs have rows for.",
                           (long long)rows);
    return ran == rows ? CODE_OK
                       : strata_fail(run, CODE_ARGUMENT, "The loop runs %lld times, and its outputs have %lld rows.",
                                     (long long)ran, (long long)rows);
}
