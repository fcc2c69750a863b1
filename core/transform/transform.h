// A transform: a pure function from a module and typed arguments to a change, or to a refusal that explains itself. One
// file in passes/LEVEL/ (or backends/llvm/transforms) declares one; menu entry, form, tooltip, command line, recipe
// line, manual page and the generic tests are made by looping over the registry.
#pragma once

#include "core/transform/change.h"

#include <functional>
#include <map>
#include <stop_token>

namespace strata {

// What a parameter names or holds. The first parameter of most transforms is the function; node names are relative to
// it.
enum class ParameterKind {
    Function,
    Node,
    Nodes,  // operators or calls of a graph or library function
    Loop,
    Loops,
    Block,
    Buffer,
    Integer,
    Integers,  // Integers may hold one `_`: inferred
    Boolean,
    Name,
    Names,     // fresh names to give
    Choice,    // one of `choices`
    IndexMap,  // "(i, j) -> (i // 8, j, i % 8)"
    Text,      // quoted string, may span lines as \n
};

inline const char* name(ParameterKind kind)
{
    constexpr const char* names[] = {"function", "node",   "nodes",   "loop",      "loops",
                                     "block",    "buffer", "integer", "integers",  "boolean",
                                     "name",     "names",  "choice",  "index map", "text"};
    return names[static_cast<int>(kind)];
}

struct Parameter {
    std::string name;
    ParameterKind kind;
    std::string summary;       // one sentence, for form and manual
    std::string defaultValue;  // as written in a recipe; "" and optional: absent
    bool optional = false;
    std::vector<std::string> choices;  // Choice
};

constexpr std::int64_t inferred = -1;  // `_` in Integers

using Argument = std::variant<std::int64_t, bool, std::string, std::vector<std::int64_t>, std::vector<std::string>>;

// Arguments by parameter name; absent optional ones are missing. Getters assume the kind was checked (bindArguments
// does).
struct Arguments {
    std::map<std::string, Argument> values;

    bool has(const std::string& name) const { return values.count(name) != 0; }
    const std::string& text(const std::string& name) const { return std::get<std::string>(values.at(name)); }
    std::int64_t integer(const std::string& name) const { return std::get<std::int64_t>(values.at(name)); }
    bool boolean(const std::string& name) const { return std::get<bool>(values.at(name)); }
    const std::vector<std::int64_t>& integers(const std::string& name) const
    {
        return std::get<std::vector<std::int64_t>>(values.at(name));
    }
    const std::vector<std::string>& texts(const std::string& name) const
    {
        return std::get<std::vector<std::string>>(values.at(name));
    }
    friend bool operator==(const Arguments&, const Arguments&) = default;
};

class PlanCache;

// What planning may ask of the outside. Pure transforms ignore the compiler; those of LLVM run a pass in its worker.
struct TransformContext {
    // (LLVM IR, textual pass pipeline, isa) -> LLVM IR. Empty where there is no compiler.
    std::function<Result<std::string>(const std::string& ir, const std::string& passes, Target::Isa isa)> runLlvmPasses;
    // LLVM IR of a loops function as the code generator emits it.
    std::function<Result<std::string>(const Module& module, const Function& function)> emitLlvm;
    // Plans made before, so that what the palette asked the click does not ask again; null: none are kept.
    std::shared_ptr<PlanCache> plans;
    // Whoever asked does not want the answer any more.
    std::stop_token stop;
};

struct Example {
    std::string before;  // module text
    std::string step;    // recipe line
    std::string after;   // module text
};

struct Transform {
    std::string id;  // "loops.split"
    Level level = Level::Loops;
    std::string title;                     // "Split a loop"
    std::string summary;                   // one sentence
    std::string documentation;             // what it does, when it is legal, where it comes from; plain paragraphs
    std::vector<std::string> alsoKnownAs;  // "tile (Halide)", "T.split"
    std::vector<Parameter> parameters;
    std::vector<NodeKind> appliesTo;  // what must be selected for the palette to offer it
    Effect effect = Effect::Exact;    // usual; the change has the actual one
    Example example;
    // Does it fit here by its form? Below a millisecond, without exact analysis: what a palette shows at once. Null:
    // the nodes that the arguments name are there.
    std::function<Status(const Module&, const Arguments&)> applies;
    // The change, or the refusal with its sentence, the nodes and a hint. Asked after applies said yes. Pure: the same
    // module and arguments give the same change, and nothing but a change comes of it.
    std::function<Result<Change>(const Module&, const Arguments&, const TransformContext&)> plan;
    // What the plan depends on, of the module: only the function that is named first (with the primitives and the
    // target), or anything in it.
    enum class Reads { Function, Module } reads = Reads::Module;
    // Arguments to offer for a selection, or a refusal that says what to select. Null: fills the first matching
    // parameters from the cursor and the rest from defaults (see suggestArguments).
    std::function<Result<Arguments>(const Module&, const Cursor&)> suggest;
};

// The transforms that are there, sorted by id. A value that programs compose from the tables that CMake writes.
class Registry {
public:
    explicit Registry(std::vector<Transform> transforms);
    const std::vector<Transform>& all() const { return m_transforms; }
    // By id, or by the part after the dot where that is unambiguous, or by another known name. A refusal suggests the
    // nearest.
    Result<const Transform*> find(std::string_view id) const;

private:
    std::vector<Transform> m_transforms;
};

// Arguments to offer for a selection: the transform's own suggest, else the cursor's names and the defaults.
Result<Arguments> suggestArguments(const Transform& transform, const Module& module, const Cursor& selection);

// Each file defines one function of this form in namespace strata; CMake writes the table that calls them.
#define STRATA_TRANSFORM(identifier) Transform strata_transform_##identifier()

}  // namespace strata
