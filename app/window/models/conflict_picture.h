// What a refusal about order shows beside its sentence: the executions around the two in conflict, in the order that
// they have and in the one that was asked for, and what would come out if it were done anyway.
#pragma once

#include "core/analysis/neighbourhood.h"

#include <QString>

#include <vector>

namespace strata {

// Both orders run on one drawn input, and of a result that differs: where, and what stands there.
struct Damage {
    QString buffer;
    std::int64_t rows = 1, columns = 1;  // all dimensions but the last are rows
    std::vector<bool> differs;           // row by row; empty: more elements than a picture shows
    std::int64_t count = 0, total = 0;   // elements that differ
    QString element;                     // the first of them: "a[2, 0]"
    double now = 0, asked = 0;           // its values
    double largest = 0;                  // difference
    bool backwards = false;              // of iterations at the same time: one order that they may come in
};

struct ConflictPicture {
    Conflict conflict;
    Neighbourhood around;
    std::vector<Damage> damage;  // of the result that differs most; empty: none does, or it was not run
    bool ran = false;
    QString sizes;  // "n = 3": it is drawn for these, of a function for any
};

}  // namespace strata
