// A module of two functions, and a transform made for the tests: rename(function, to) renames a function, refuses a
// name that is there.
#pragma once

#include "core/session/session.h"

namespace strata {

inline FunctionPtr emptyKernel(const std::string& name)
{
    Function function;
    function.name = name;
    const ValueType type{ValueType::Kind::Tensor, {DType::F32, toShape({4}), true}};
    function.params = {{"x", type}};
    function.results = {{"y", type}};
    Loop loop{"i", intConst(4), LoopKind::Serial, {}, {}, {}};
    Block block;
    block.name = "copy";
    block.iters = {{"vi", IterKind::Spatial, intConst(4), var("i")}};
    block.body = {makeStmt(Store{"y", {var("vi")}, load("x", DType::F32, {var("vi")})})};
    loop.body = {makeStmt(block)};
    function.body = LoopsBody{{makeStmt(loop)}};
    return std::make_shared<const Function>(function);
}

inline Transform renameTransform()
{
    Transform t;
    t.id = "loops.rename";
    t.title = "Rename a function";
    t.parameters = {{"function", ParameterKind::Function, "What to rename.", {}, false, {}},
                    {"to", ParameterKind::Name, "Its new name.", {}, false, {}}};
    t.appliesTo = {NodeKind::Function};
    t.applies = [](const Module& module, const Arguments& arguments) -> Status {
        if (!module.find(arguments.text("function")))
            return refused("There is no function " + arguments.text("function") + ".");
        if (module.find(arguments.text("to")))
            return refused("There is a function " + arguments.text("to") + " already.");
        return {};
    };
    t.plan = [](const Module& module, const Arguments& arguments, const TransformContext&) -> Result<Change> {
        Function renamed = *module.find(arguments.text("function"));
        renamed.name = arguments.text("to");
        Change change = changeOf(std::make_shared<const Function>(renamed));
        change.removed = {arguments.text("function")};
        change.forwarding[functionCursor(arguments.text("function"))] = {functionCursor(renamed.name)};
        return change;
    };
    return t;
}

inline std::shared_ptr<const Registry> registry()
{
    return std::make_shared<const Registry>(std::vector<Transform>{renameTransform()});
}

inline ModulePtr module()
{
    Module result;
    result.name = "test";
    result.functions = {emptyKernel("a"), emptyKernel("b")};
    return std::make_shared<const Module>(result);
}

inline Step renameStep(const std::string& from, const std::string& to)
{
    Step step;
    step.transform = "loops.rename";
    step.arguments.values = {{"function", from}, {"to", to}};
    return step;
}

inline std::string names(const StatePtr& state)
{
    std::string result;
    for (const FunctionPtr& function : state->module->functions)
        result += function->name + " ";
    return result;
}

}  // namespace strata
