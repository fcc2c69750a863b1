// any.replace_text: a function as a person wrote it.
#include "core/analysis/checks.h"
#include "core/ir/implementations.h"
#include "core/text/source.h"
#include "core/transform/transform.h"
#include "core/verify/verify.h"
#include "passes/rewrite/function.h"

#include <algorithm>

namespace strata {

namespace {

// Callers pass arguments by position, so names may change and types may not.
Status fits(const Function& before, const Function& after)
{
    const std::vector<Cursor> nodes{functionCursor(before.name)};
    if (after.name != before.name)
        return refused(say("The text defines {}, not {}.", after.name, before.name), nodes,
                       "Keep the name; callers use it.");
    if (!sameSignature(before, after))
        return refused(say("The text gives {} other parameters or results than it has.", before.name), nodes,
                       "Keep their number, order and types.");
    if (equal(before, after))
        return refused("The text is the function as it is.", nodes);
    return {};
}

std::vector<std::string> splitLines(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

// Lines before the first and after the last change keep their contents; of the others nothing is claimed.
void forwardLines(const Function& before, const Function& after, Forwarding& forwarding)
{
    const std::vector<std::string> from = splitLines(before.hardware()->llvm), to = splitLines(after.hardware()->llvm);
    const std::size_t least = std::min(from.size(), to.size());
    std::size_t head = 0, tail = 0;
    while (head < least && from[head] == to[head])
        ++head;
    while (tail < least - head && from[from.size() - 1 - tail] == to[to.size() - 1 - tail])
        ++tail;
    for (std::size_t i = head; i < from.size(); ++i) {
        const Cursor old{before.name, NodeKind::Line, std::to_string(i + 1)};
        if (i < from.size() - tail)
            forwarding[old] = {};
        else if (from.size() != to.size())
            forwarding[old] = {{after.name, NodeKind::Line, std::to_string(i + 1 + to.size() - from.size())}};
    }
}

// A node is followed by its kind and name; what has neither is gone, as far as anybody can say.
Forwarding forwardByName(const Function& before, const Function& after)
{
    Forwarding forwarding;
    const std::vector<Cursor> kept = cursors(after);
    if (before.hardware() && after.hardware())
        forwardLines(before, after, forwarding);
    for (const Cursor& cursor : cursors(before))
        if (!forwarding.count(cursor) && std::find(kept.begin(), kept.end(), cursor) == kept.end())
            forwarding[cursor] = {};
    return forwarding;
}

// What the function means is not touched by how somebody computes it: a definition stays beside the edited text. A
// graph is what is meant.
bool keepsDefinition(const Function& before, const Function& after) { return !before.implements && !after.graph(); }

// The text in the place of an implementation, or of a graph; whoever typed it says that it computes the same.
FunctionPtr asserted(const Function& before, const Function& after)
{
    Function result = after;
    result.implements = before.implements;
    if (result.implements)
        result.implements = Implements{before.implements->definition, true, Effect::Exact};
    result.choices = before.choices;
    return std::make_shared<const Function>(std::move(result));
}

// The text as an implementation that is chosen.
Change edited(const Module& module, const Function& before, const Function& after)
{
    const std::string name = freshName(before.name + "_edited",
                                       [&](const std::string& taken) { return module.find(taken) != nullptr; });
    Function one = renamed(after, name);
    one.implements = Implements{before.name, true, Effect::Exact};
    one.choices.clear();
    Change change;
    change.put = {std::make_shared<const Function>(choosing(before, {name, std::nullopt})),
                  std::make_shared<const Function>(one)};
    for (const Cursor& cursor : cursors(one))
        if (const Cursor old{before.name, cursor.kind, cursor.name};
            cursor.kind != NodeKind::Function && exists(module, old))
            change.forwarding[old] = {old, cursor};
    return change;
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr before, findFunction(module, arguments.text("function")));
    STRATA_TRY(const FunctionSource after, parseFunctionSource(arguments.text("text"), {}, before.get()));
    STRATA_CHECK(fits(*before, *after.function));
    const FunctionPtr placed = keepsDefinition(*before, *after.function) ? after.function
                                                                         : asserted(*before, *after.function);
    const std::vector<Error> findings = verify(*module.withFunction(placed), *placed);
    if (findings.empty())
        return {};
    Error located = after.source.locate(findings.front());
    located.nodes.clear();  // they are of the text, which is not in the module
    return located;
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const FunctionPtr before = module.find(arguments.text("function"));
    STRATA_TRY(const FunctionSource after, parseFunctionSource(arguments.text("text"), {}, before.get()));
    Change change = keepsDefinition(*before, *after.function)
                        ? edited(module, *before, *after.function)
                        : changeOf(asserted(*before, *after.function), forwardByName(*before, *after.function));
    change.effect = Effect::Unsafe;
    change.notes.push_back(
        "Nothing proves that the text computes what the function computed: check it against the reference.");
    for (const UnprovedIndex& found : trustedOnWord(*after.function))
        change.notes.push_back(sentence(found));
    return change;
}

// The function's own text, to be edited.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr function = module.find(selection.function);
    if (!function)
        return refused("Select something in a function.");
    return Arguments{{{"function", function->name}, {"text", print(*function)}}};
}

}  // namespace

STRATA_TRANSFORM(any_replace_text)
{
    Transform t;
    t.id = "any.replace_text";
    t.level = Level::Loops;
    t.title = "Replace a function's text";
    t.summary = "Takes the function as it was edited by hand, at any level.";
    t.documentation =
        "The text is parsed and verified as any other function: types and shapes agree, indices are in bounds, every read of a local buffer follows "
        "a write, parallel iterations do not race. Whether it computes the same is not proved, so it is asserted, and unsafe until it was "
        "checked. What the function means stays: the text becomes an implementation of it, which is chosen, and strata check --functions compares the two; "
        "the text of an implementation, or of a graph, is put in its place. Types of parameters and results stay; the level may change. Nodes are followed by kind and "
        "name; lines of LLVM IR by what did not change around the edit; the rest counts as gone.";
    t.alsoKnownAs = {"edit by hand"};
    t.parameters = {{"function", ParameterKind::Function, "The function to replace.", "", false, {}},
                    {"text", ParameterKind::Text, "The whole function in the text form.", "", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator, NodeKind::Value, NodeKind::Loop,
                   NodeKind::Block,    NodeKind::Buffer,   NodeKind::Line};
    t.effect = Effect::Unsafe;
    t.example.before = R"(module example:

@loops
def half(x: f32[4]) -> (y: f32[4]):
    for i in range(4):
        with block("y") as (vi: spatial(4) = i):
            y[vi] = x[vi] / 2.0
)";
    t.example.step =
        "any.replace_text(half, \"def half(x: f32[4]) -> (y: f32[4]):\\n    for i in range(4):\\n        with block(\\\"y\\\") as (vi: spatial(4) = i):\\n"
        "            y[vi] = x[vi] * 0.5\\n\")";
    t.example.after = R"(module example:

@loops
@choose(half_edited)
def half(x: f32[4]) -> (y: f32[4]):
    for i in range(4):
        with block("y") as (vi: spatial(4) = i):
            y[vi] = x[vi] / 2.0

@loops
@implements(half)
def half_edited(x: f32[4]) -> (y: f32[4]):
    for i in range(4):
        with block("y") as (vi: spatial(4) = i):
            y[vi] = x[vi] * 0.5
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
