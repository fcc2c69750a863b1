// What is known of steps besides their times: which of them change nothing, and what the states that were shown need.
#pragma once

#include "core/operators/operator.h"

#include <QStringList>

#include <functional>
#include <map>
#include <set>

namespace strata {

// Of one state, lowered: a run of it.
struct StepFigures {
    std::int64_t memory = 0;           // bytes of intermediates at once
    double movedBytes = 0, flops = 0;  // of all calls
    QString verdict;                   // on its outputs; empty: it was not judged
    friend bool operator==(const StepFigures&, const StepFigures&) = default;
};

struct StepFacts {
    std::set<int> idle;                  // states whose step changed nothing
    std::map<int, StepFigures> figures;  // by state
};

bool changesNothing(const Module& before, const Module& after);
// `costOf`: many calls share a function, and many states do.
StepFigures figuresOf(const Module& lowered, const std::function<const Cost&(const FunctionPtr&)>& costOf);
// "memory 1.2 MB → 0.9 MB (−25 %)", what moved, what is computed: what differs, in that order.
QStringList changes(const StepFigures& before, const StepFigures& after);
// The first of them in short: "−25 % memory"; empty: none differs.
QString shortChange(const StepFigures& before, const StepFigures& after);

}  // namespace strata
