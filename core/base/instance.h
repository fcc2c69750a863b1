// One execution of a block and what it does to an element: "step(t=1, s=0)" reads "a[1, 1]". Two of them are what a
// refusal about order shows.
#pragma once

#include "core/base/cursor.h"

#include <cstdint>
#include <utility>

namespace strata {

struct Instance {
    std::string block;  // its init part: NAME_init
    std::vector<std::pair<std::string, std::int64_t>> iters;
    bool writes = false;
    std::string element;  // "a[1, 1]"; a whole dimension is ":"

    std::string text() const  // "step(t=1, s=0)"
    {
        std::string values;
        for (const auto& [name, value] : iters)
            values += (values.empty() ? "" : ", ") + name + "=" + std::to_string(value);
        return block + "(" + values + ")";
    }
    friend bool operator==(const Instance&, const Instance&) = default;
};

// Two executions that touch one element, at least one of them writing: `first` comes before `second`, and a step would
// let them change places or run at the same time.
struct Conflict {
    enum class Kind { Flow, Anti, Output, Reduction } kind = Kind::Flow;
    Instance first, second;
    bool atOnce = false;   // they would run at the same time, rather than the other way round
    std::string function;  // they are blocks of
    friend bool operator==(const Conflict&, const Conflict&) = default;
};

inline const char* name(Conflict::Kind kind)
{
    constexpr const char* names[] = {"flow", "anti", "output", "reduction"};
    return names[static_cast<int>(kind)];
}

}  // namespace strata
