/* The routines of the runtime that run kernels on an OpenCL device: linked into an artifact that launches some. */
#pragma once

#include "backends/runtime/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

int32_t strata_rt_opencl_launch(strata_run* run, const strata_kernel* kernel, const int32_t* places);
int32_t strata_rt_opencl_upload(strata_run* run, int32_t place, int64_t bytes, const void* from, int32_t once);
int32_t strata_rt_opencl_download(strata_run* run, int32_t place, int64_t bytes, void* to);
int32_t strata_rt_opencl_query(const strata_model* model, strata_device_state* state);

#ifdef __cplusplus
}
#endif
