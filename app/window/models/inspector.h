// What there is to say about the selected node: a title, a few sentences, and rows of name and value.
#pragma once

#include "app/window/models/counterparts.h"
#include "backends/llvm/compiler.h"
#include "core/onnx/import.h"
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
// What the model's file says of its nodes, wherever steps took them.
struct NotesOfFile {
    std::shared_ptr<const onnx::NodeNotes> notes;
    std::shared_ptr<const Session> session;
};
Inspection inspect(const State& state, const LoweredState* lowered, const Place& place, const NotesOfFile& file);

}  // namespace strata
