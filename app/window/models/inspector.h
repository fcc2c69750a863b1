// What there is to say about the selected node: a title, a few sentences, and rows of name and value.
#pragma once

#include "app/window/models/counterparts.h"
#include "backends/llvm/compiler.h"
#include "core/session/session.h"

#include <QString>

#include <vector>

namespace strata {

struct Inspection {
    QString title, kind;  // "dense", "block in linear_relu"
    std::vector<std::pair<QString, QString>> rows;
    std::vector<Cursor> sources;  // graph nodes that it came from, to go to
};

QString attributeText(const Attribute& attribute);  // "[2, 2]"
Inspection inspect(const State& state, const LoweredState* lowered, const Place& place);

}  // namespace strata
