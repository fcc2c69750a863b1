// A refusal for showing: what would change, the two instances that would swap, the hint, and what would help.
#pragma once

#include "app/window/models/conflict_picture.h"
#include "core/transform/help.h"

#include <QStringList>

#include <vector>

namespace strata {

struct RefusedInstance {
    Cursor block;
    QString instance;                 // "step(vi=1, vj=0)"
    QString does;                     // "reads a[1, 1]"
    qsizetype begin = 0, length = 0;  // of `instance` in the refusal's text; begin -1: not there
    bool later = false;  // of the two, the one that comes second now: ○ and orange, the other ■ and blue
};

struct Refusal {
    QString step;  // the line that was refused
    QString text;  // whole, with the hint
    QString why;   // what kind of dependence lies between the instances; empty where there are none
    std::vector<RefusedInstance> instances;
    std::vector<Help> helps;                         // steps that are legal; found later than the refusal is shown
    QStringList helpTexts;                           // of each: "skew s t first, then reorder [t, s_skewed]"
    std::shared_ptr<const ConflictPicture> picture;  // of what is about order; found later, too
};

Refusal refusalOf(const Error& error, const QString& step);

}  // namespace strata
