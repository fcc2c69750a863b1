/* The routines of the runtime that run kernels on an OpenCL device: linked into an artifact that launches some. */
#pragma once

#include "backends/runtime/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

int32_t strata_rt_opencl_launch(strata_run* run, const strata_kernel* kernel, void* const* arguments);
int32_t strata_rt_opencl_query(const strata_model* model, strata_device_state* state);

#ifdef __cplusplus
}
#endif
