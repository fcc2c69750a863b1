// A refusal taken apart for showing: what would change, the two instances that would swap, the hint.
#pragma once

#include "core/base/result.h"

#include <QString>

#include <vector>

namespace strata {

struct RefusedInstance {
    Cursor block;
    QString instance;                 // "step(vi=1, vj=0)"
    QString does;                     // "reads a[1, 1]"
    qsizetype begin = 0, length = 0;  // of `instance` in the refusal's text
};

struct Refusal {
    QString step;  // the line that was refused
    QString text;  // whole, with the hint
    std::vector<RefusedInstance> instances;
};

// `function`: where the blocks are, if the error's nodes do not say.
Refusal refusalOf(const Error& error, const QString& step, const std::string& function);

}  // namespace strata
