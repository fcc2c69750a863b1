// The samples that come with the program.
#pragma once

#include <QString>

#include <vector>

namespace strata {

struct Sample {
    QString name;    // "mlp"
    QString model;   // its file
    QString recipe;  // steps for it; empty: there are none
    int steps = 0;   // of the recipe
    // For the start page, from samples.json; empty: it is not among those that stand there.
    QString title, sentence, picture;
};
// Those of the start page first, as samples.json orders them, then by path; none where the program stands alone.
std::vector<Sample> samples();

}  // namespace strata
