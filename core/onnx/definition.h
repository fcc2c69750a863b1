// One operator that is data, and what a node of it becomes. Private to this folder.
#pragma once

#include "core/onnx/definitions.h"
#include "core/onnx/proto.h"

#include <functional>
#include <optional>
#include <set>
#include <variant>

namespace strata::onnx {

// A value of an attribute: a number, a word, whole numbers, or the name of an attribute of the definition.
struct NameOf {
    std::string name;
};
using Whole = std::variant<std::int64_t, NameOf>;
using Setting = std::variant<std::int64_t, double, std::string, std::vector<Whole>, NameOf>;

struct Call;
// What a call reads: a value by name, a number or list, or what another call gives.
using Argument = std::variant<NameOf, std::int64_t, double, std::vector<Whole>, std::shared_ptr<const Call>>;

struct Call {
    std::string op, domain;
    std::vector<Argument> arguments;
    std::vector<std::pair<std::string, Setting>> settings;
};

struct Condition {
    // An input is given; it has so many dimensions; an attribute is not 0; an attribute has a value.
    enum class Kind { Given, Rank, Set, Equal };
    Kind kind = Kind::Given;
    std::string name;
    Setting value;
    bool negated = false;
};

struct Line {
    std::vector<std::string> targets;
    Argument value;
    // Of an `if`: no targets.
    std::optional<Condition> condition;
    std::vector<Line> then, otherwise;
};

struct Definition {
    struct Input {
        std::string name;
        bool optional = false;
    };
    struct Parameter {
        std::string name;
        std::optional<Setting> otherwise;  // none: the node has to give it
        bool mayBeLeftOut = false;         // None: it is handed on if it is given
    };
    std::string domain, name, file, text;
    int line = 1, opset = 1;
    bool given = false;  // by a file, so it wins over what Strata has; else it comes with Strata
    std::vector<Input> inputs;
    std::vector<std::string> outputs;
    std::vector<Parameter> attributes;
    std::vector<Line> body;
};

// How many dimensions an input of the node has, where that is known.
using RankOf = std::function<std::optional<std::size_t>(int input)>;

// A model function without attributes that computes what this node asks for.
Result<::onnx::FunctionProto> expanded(const Definition& definition, const ::onnx::NodeProto& node,
                                       const std::string& nodeName, const RankOf& rank);

}  // namespace strata::onnx
