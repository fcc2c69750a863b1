// Random numbers as loops: what stands at an element follows from the node's seed and the element's indices alone, so
// every run, thread and machine gives the same numbers. A node without a seed takes its name as one.
#pragma once

#include "core/operators/lower.h"

namespace strata {

// Evenly distributed in [0, 1), an f32; `stream` gives others for the same element.
Value randomShare(const GraphNode& node, const Indices& at, std::uint32_t stream = 0);

// What the node gives depends on chance (in ONNX's words): two right implementations agree in distribution alone.
bool isRandom(const GraphNode& node);

}  // namespace strata
