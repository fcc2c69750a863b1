// Operators as data: what one means, said in text by operators that Strata has.
//
//     domain "com.microsoft"
//     opset 20
//
//     def BiasGelu(A, B) -> (C):
//         C = Gelu(Add(A, B))
//
//     def QuickGelu(X, *, alpha=1.702) -> (Y):
//         Y = Mul(X, Sigmoid(Mul(X, alpha)))
//
// An input that may be left out is written `bias=None`, attributes stand behind the star; one without a default has to
// be given. `if given(bias):`, `if rank(mask) == 2:`, `if transA:` and `if mode == "sum":` (each with `else:` and `not`)
// choose when a node is read, by what it gives. A number among the inputs of a call is a constant of the type of the call's first input, a
// list of whole numbers a constant of its own.
//
// A node of an operator that is defined so becomes the nodes of its definition, as a call of a model's own function does:
// its shape rule, loops and tests follow from theirs. What a file defines wins over the operator that Strata has, which
// the definition itself may still use.
#pragma once

#include "core/base/result.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace strata::onnx {

struct Definition;  // core/onnx/definition.h

class Definitions {
public:
    // Those that come with Strata, and the ones of these files; a later file wins over an earlier one.
    static Result<std::shared_ptr<const Definitions>> read(const std::vector<std::string>& files);
    // The same of texts that are no files: name and text.
    static Result<std::shared_ptr<const Definitions>> parse(
        const std::vector<std::pair<std::string, std::string>>& texts);

    std::shared_ptr<const Definition> find(const std::string& domain, const std::string& name) const;
    // For people: "com.microsoft.BiasGelu", where it stands, its text.
    struct Entry {
        std::string name, file, text;
        int line = 1;
    };
    std::vector<Entry> entries() const;

private:
    std::map<std::pair<std::string, std::string>, std::shared_ptr<const Definition>> m_byName;
};
using DefinitionsPtr = std::shared_ptr<const Definitions>;

// The files of definitions beside a model: definitions/*.define in its folder.
std::vector<std::string> definitionFiles(const std::string& modelFolder);

}  // namespace strata::onnx
