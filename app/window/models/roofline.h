// The roofline of Williams, Waterman and Patterson (2009) with a roof for each level of the memory: how fast the calls
// of a state are, against what the machine they were measured on does at most for their work and bytes.
#pragma once

#include "app/window/models/counterparts.h"
#include "backends/runner/runner.h"

#include <QString>

namespace strata {

struct RooflinePoint {
    QString call, function;
    double flops = 0, bytes = 0;  // bytes that have to move at least once
    double seconds = 0;           // 0: not measured
    double lanes = 1;             // elements of its narrowest type where a f32 has its place

    double intensity() const { return flops / bytes; }
    double flopsPerSecond() const { return flops / seconds; }
};

// Of each function that the library entry calls, with the time of the call where `callMs` has it.
std::vector<RooflinePoint> rooflinePoints(const LoweredState& lowered,
                                          const std::vector<std::pair<QString, double>>& callMs);

// FLOP per second that a point can have at most: as if the levels nearest to the cores held as much of its bytes as
// fits.
double roofOver(const RooflinePoint& point, const MachineLimits& machine);
// Which limit that is: "L2", "memory", or "multiply-adds".
QString boundBy(const RooflinePoint& point, const MachineLimits& machine);
// Faster than the machine: then our counts of its work or bytes are wrong, or the limits were measured while the
// machine was busy with something else all the time.
bool isAboveRoof(const RooflinePoint& point, const MachineLimits& machine);
// Two or three sentences for a tool tip.
QString explain(const RooflinePoint& point, const MachineLimits* machine);
// "118 GFLOP/s in f32, 21 GB/s from memory · 1 thread · x86-64-v3"
QString describe(const MachineLimits& machine);

}  // namespace strata
