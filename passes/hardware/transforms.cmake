# Sorted; "hardware/x" is defined by STRATA_TRANSFORM(hardware_x) in passes/hardware/x.cpp. Those that need LLVM are in backends/llvm/transforms.
set(hardware_transforms
    hardware/choose_isa
)
