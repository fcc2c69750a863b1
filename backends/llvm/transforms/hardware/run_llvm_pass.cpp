// hardware.run_llvm_pass: LLVM's own passes as steps.
#include "core/transform/transform.h"

#include <algorithm>

namespace strata {

namespace {

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines(1);
    for (const char c : text)
        if (c == '\n')
            lines.emplace_back();
        else
            lines.back() += c;
    return lines;
}

Status applies(const Module& module, const Arguments& arguments)
{
    const std::string& name = arguments.text("function");
    const FunctionPtr function = module.find(name);
    if (!function)
        return refused(say("The module has no function {}.", name));
    if (!function->hardware())
        return refused(say("Function {} is at the {} level, and LLVM's passes run on LLVM IR.", name,
                           strata::name(function->level())),
                       {functionCursor(name)}, "Lower it first: hardware.lower_to_llvm(" + name + ").");
    if (arguments.text("passes").find_first_not_of(" \t\n") == std::string::npos)
        return refused("No pass is named.", {}, "Write passes as for LLVM's opt: \"instcombine,gvn\".");
    return {};
}

// Lines that the pass left alone at the begin and the end keep their node; what happened between is known to LLVM only.
Forwarding forwardLines(const std::string& function, const std::string& before, const std::string& after)
{
    const auto a = linesOf(before), b = linesOf(after);
    const std::size_t most = std::min(a.size(), b.size());
    std::size_t head = 0, tail = 0;
    while (head < most && a[head] == b[head])
        ++head;
    while (tail < most - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    Forwarding forwarding;
    const auto line = [&](std::size_t i) { return Cursor{function, NodeKind::Line, std::to_string(i + 1)}; };
    for (std::size_t i = head; i < a.size(); ++i) {
        if (i < a.size() - tail)
            forwarding[line(i)] = {};
        else if (a.size() != b.size())
            forwarding[line(i)] = {line(i + b.size() - a.size())};
    }
    return forwarding;
}

// Passes that turn floating-point operations into others do so only where fast-math flags allow it, and there are none.
Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext& context)
{
    if (!context.runLlvmPasses)
        return environmentError("There is no compiler here to run LLVM's passes.",
                                "Run strata with strata-compiler beside it.");
    const FunctionPtr function = module.find(arguments.text("function"));
    const std::string& before = function->hardware()->llvm;
    STRATA_TRY(std::string text, context.runLlvmPasses(before, arguments.text("passes"), module.target.isa));
    auto changed = std::make_shared<Function>(*function);
    changed->body = HardwareBody{text};
    Change change = changeOf(changed, forwardLines(function->name, before, text));
    if (text == before)
        change.notes.push_back("The pass changes nothing.");
    return change;
}

}  // namespace

STRATA_TRANSFORM(hardware_run_llvm_pass)
{
    Transform t;
    t.id = "hardware.run_llvm_pass";
    t.level = Level::Hardware;
    t.title = "Run an LLVM pass";
    t.summary = "Runs one or more of LLVM's passes over a function that is LLVM IR.";
    t.documentation =
        "The passes are named as for LLVM's opt -passes=: \"sroa\", \"instcombine,gvn\", \"function(loop-unroll)\", \"function(loop-vectorize,slp-vectorizer)\", "
        "\"default<O3>\". They run in the compiler worker, so that a pass that aborts or never ends costs nothing but its message. There is no fast-math: a pass "
        "may not change the result of a floating-point operation. This is the way to see what an optimizing compiler would have done by itself, vectorizing "
        "and unrolling included, which the code generator leaves to the schedule.";
    t.alsoKnownAs = {"opt -passes (LLVM)"};
    t.parameters = {
        {"function", ParameterKind::Function, "The function, at the hardware level.", "", false, {}},
        {"passes", ParameterKind::Text, "The passes, separated by commas.", "\"sroa,instcombine\"", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Line};
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
