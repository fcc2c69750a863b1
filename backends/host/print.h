// A host program as text, for people and tests:
//
//     host main(x: f32[1, 784]) -> (y: f32[1, 10]), arena 832 bytes:
//         h: f32[1, 200] = arena[0]
//         begin 0: hidden
//         call hidden(x, @w0, @b1) -> h
//         begin 1: output
//         routine onednn_matmul(h, @w2, @b3) -> y, sizes [1, 10, 200, 1, 0, 0], flags 2
#pragma once

#include "backends/host/program.h"

namespace strata {

std::vector<std::string> printLines(const HostProgram& program);

}  // namespace strata
