// hardware.lower_to_llvm: a function as the LLVM IR that the code generator makes of it.
#include "core/transform/transform.h"

#include "core/text/text.h"

namespace strata {

namespace {

Status applies(const Module& module, const Arguments& arguments)
{
    const std::string& name = arguments.text("function");
    const FunctionPtr function = module.find(name);
    if (!function)
        return refused(say("The module has no function {}.", name));
    if (function->hardware())
        return refused(say("Function {} is LLVM IR already.", name), {functionCursor(name)});
    if (!function->loops())
        return refused(
            say("Function {} is at the {} level; only loops become LLVM IR.", name, strata::name(function->level())),
            {functionCursor(name)}, "Lower it to loops first.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext& context)
{
    if (!context.emitLlvm)
        return environmentError("There is no compiler here to make LLVM IR.",
                                "Run strata with strata-compiler beside it.");
    const FunctionPtr function = module.find(arguments.text("function"));
    STRATA_TRY(std::string text, context.emitLlvm(module, *function));
    auto lowered = std::make_shared<Function>(*function);
    lowered->body = HardwareBody{std::move(text)};
    Change change = changeOf(lowered);
    // Loops, blocks and local buffers are instructions now; the function stands for them.
    for (const auto& node : cursors(*function))
        if (node.kind == NodeKind::Loop || node.kind == NodeKind::Block
            || (node.kind == NodeKind::Buffer && !findParam(*function, node.name)))
            change.forwarding[node] = {functionCursor(function->name)};
    return change;
}

}  // namespace

STRATA_TRANSFORM(hardware_lower_to_llvm)
{
    Transform t;
    t.id = "hardware.lower_to_llvm";
    t.level = Level::Hardware;
    t.title = "Lower to LLVM IR";
    t.summary = "Makes LLVM IR of a loops function, before any of LLVM's passes.";
    t.documentation =
        "What the loops ask for is in the text: a vectorized loop is vector instructions, an unrolled one straight code, a parallel one a function that the "
        "runtime's pool calls. From here on single passes of LLVM are steps (hardware.run_llvm_pass), and the text can be edited by hand (any.replace_text). "
        "A function that stays at the loops level is lowered the same way when it is compiled, and our short list of passes runs over it; a function at "
        "the hardware level is compiled as it stands.";
    t.alsoKnownAs = {"codegen"};
    t.parameters = {{"function", ParameterKind::Function, "The function.", "", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Loop, NodeKind::Block};
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
