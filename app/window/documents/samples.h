// The samples that come with the program.
#pragma once

#include <QString>

#include <vector>

namespace strata {

struct Sample {
    QString name;    // "mlp"
    QString model;   // its file
    QString recipe;  // steps for it; empty: there are none
};
std::vector<Sample> samples();  // by path; none where the program stands alone

}  // namespace strata
