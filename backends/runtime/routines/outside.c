/* Indices that are data and out of range: generated code comes here from a cold path (see emit_checked.cpp), computes
 * on with 0 and asks at the end of the function whether it had to. */
#include "backends/runtime/routines/instance.h"

#include <stdio.h>

enum { MOST_ITERATORS = 32 };

static int is_before(const strata_run* run, const strata_check* check, int64_t instance, int64_t index)
{
    const strata_check* known = run->outside;
    if (!known || check->block != known->block)
        return !known || check->block < known->block;
    if (instance != run->outside_instance)
        return instance < run->outside_instance;
    return check->number != known->number ? check->number < known->number : index < run->outside_index;
}

/* Ends the message, of which `length` bytes are there, with the values of the block's iterators. */
static void add_instance(strata_run* run, int length)
{
    const strata_check* check = run->outside;
    int64_t digits[MOST_ITERATORS], rest = run->outside_instance;
    const int32_t rank = check->rank < MOST_ITERATORS ? check->rank : 0;
    for (int32_t i = rank; i-- > 0;) {
        digits[i] = check->extents[i] > 0 ? rest % check->extents[i] : 0;
        rest = check->extents[i] > 0 ? rest / check->extents[i] : rest;
    }
    for (int32_t i = 0; i <= rank && length < MESSAGE_SIZE; ++i) {
        char* end = run->error.message + length;
        const size_t space = (size_t)(MESSAGE_SIZE - length);
        length += i == rank ? snprintf(end, space, ".")
                            : snprintf(end, space, "%s%s = %lld", i ? ", " : " at ", check->iterators[i],
                                       (long long)digits[i]);
    }
}

static void describe(strata_run* run, int64_t extent)
{
    add_instance(run,
                 snprintf(run->error.message, MESSAGE_SIZE, "Index %lld%s is outside 0..%lld in %s",
                          (long long)run->outside_index, run->outside->of, (long long)extent - 1, run->outside->where));
}

void strata_rt_outside(strata_run* run, const strata_check* check, const int64_t* instances, const int64_t* indices,
                       const int64_t* extents, int32_t lanes)
{
    while (atomic_flag_test_and_set_explicit(&run->outside_taken, memory_order_acquire))
        ;
    for (int32_t i = 0; i < lanes; ++i)
        if (instances[i] >= 0 && is_before(run, check, instances[i], indices[i])) {
            run->outside = check;
            run->outside_instance = instances[i];
            run->outside_index = indices[i];
            describe(run, extents[i]);
        }
    atomic_flag_clear_explicit(&run->outside_taken, memory_order_release);
}

void strata_outside_on_device(strata_run* run, const strata_check* check, int64_t instance)
{
    if (!is_before(run, check, instance, 0))
        return;
    run->outside = check;
    run->outside_instance = instance;
    run->outside_index = 0;
    add_instance(run,
                 snprintf(run->error.message, MESSAGE_SIZE, "An index%s is outside in %s", check->of, check->where));
}

int32_t strata_rt_outside_code(strata_run* run) { return run->outside ? CODE_INDEX : CODE_OK; }
