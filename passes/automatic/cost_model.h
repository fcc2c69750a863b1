// What a function of loops should take: predicted from its loops, from how far its data reach in the memory, and from
// what the machine does at most. Nothing is fitted to measurements, so each part of a prediction can be pointed at.
//
// Work: the instructions of the innermost loops, by how many of a kind a core begins in a cycle, and at least the
// latency of a sum that waits for itself. Data: a cache keeps what a nest of loops touches if it fits; what does not
// comes again from the level behind, once for each run of the outermost loop whose body fits. Work and data overlap, so
// the slower of the two counts; nests follow each other, so their times add up. Weights are the exception: what ran
// since the function's last run has put them as far away as the whole model lies, and sums wait for their first reader.
#pragma once

#include "core/ir/module.h"

#include <optional>

namespace strata {

// What a machine does at most, on so many threads.
struct MachineModel {
    struct Level {
        std::string name;  // "L1"
        double bytes = 0;  // 0: no end
        double bytesPerSecond = 0;
    };
    double flopsPerSecond = 0;  // multiply-adds of f32 in whole vectors, two operations each
    int threads = 1;
    std::vector<Level> levels;  // the nearest first
};

// One core of such a target as the machines of the last years have them, for what is decided without asking the machine
// at hand: the same rules give the same steps everywhere.
MachineModel commonMachine(const Target& target);

// Part of the time of a function that a step might win back.
struct Waste {
    enum class Kind {
        Scalar,      // elements one by one where registers hold many
        Tail,        // lanes of vectors that the extent does not fill
        Latency,     // sums that wait for themselves
        Gather,      // elements that do not lie side by side
        Slow,        // divisions, square roots, elementary functions
        Movement,    // data that are only moved
        Registers,   // sums that do not fit the registers
        Memory,      // data from behind the caches
        FarWeights,  // data that are read once, each time from where the model lies
    };
    Kind kind = Kind::Scalar;
    double seconds = 0;  // what could be saved
    std::string node;    // a loop or block where it is
    bool isLoop = true;
};
const char* name(Waste::Kind kind);

struct Prediction {
    double seconds = 0, workSeconds = 0, memorySeconds = 0;
    std::string bound;          // "arithmetic", "reads", "latency", "L2", "memory"
    double flops = 0;           // of multiply-adds and the like, those of primitives too
    double bytes = 0;           // that parameters and results hold, as far as they are touched
    std::vector<Waste> wastes;  // the largest first
};

// `modelBytes`: weights and values of the whole model, of which each function finds its own where so many bytes lie.
Prediction predict(const Module& module, const Function& loops, const MachineModel& machine, double modelBytes = 0);

// How well one order agrees with another: Spearman's rank correlation, 1 for the same order.
double rankCorrelation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace strata
