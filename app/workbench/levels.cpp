#include "app/workbench/workbench.h"

#include "backends/host/derive.h"
#include "backends/host/print.h"

namespace strata {

namespace {

bool heldAt(const Function& function, Level level)
{
    if (level == Level::Hardware)
        return function.loops() || function.hardware();
    return function.level() == level;
}

Status appendAssembly(Toolchain& toolchain, const Module& module, const Function& function,
                      std::vector<TextLine>& lines, std::stop_token stop)
{
    STRATA_TRY(FunctionCode code, toolchain.compiler.code(module, function.name, stop));
    for (AssemblyLine& line : code.assembly)
        lines.push_back({std::move(line.text), std::move(line.cursors)});
    return {};
}

}  // namespace

Result<std::vector<TextLine>> levelLines(Toolchain& toolchain, const Module& module, Level level,
                                         const std::string& function, Form form, std::stop_token stop)
{
    ModulePtr shown = std::make_shared<const Module>(module);
    if (level != Level::Graph) {
        STRATA_TRY(LoweredModule lowered, lowerKeepingChoices(module, toolchain.lowering.get()));
        shown = lowered.module;
    }
    std::vector<TextLine> lines;
    bool found = function.empty();
    for (const FunctionPtr& candidate : shown->functions) {
        if (!heldAt(*candidate, level) || (!function.empty() && candidate->name != function))
            continue;
        found = true;
        if (!lines.empty())
            lines.push_back({});
        if (level == Level::Hardware) {
            STRATA_CHECK(appendAssembly(toolchain, *shown, *candidate, lines, stop));
        } else {
            for (TextLine& line : printLines(*candidate, form))
                lines.push_back(std::move(line));
        }
    }
    if (!found) {
        std::string names;
        for (const FunctionPtr& candidate : shown->functions)
            if (heldAt(*candidate, level))
                names += (names.empty() ? "" : ", ") + candidate->name;
        return refused(say("No function {} is shown at the {} level.", function, name(level)), {},
                       names.empty() ? "" : "There are " + names + ".");
    }
    return lines;
}

Result<std::vector<std::string>> hostLines(Toolchain& toolchain, const Module& module, const std::string& device)
{
    STRATA_TRY(const LoweredModule lowered, lowerByDefault(module, toolchain.lowering.get()));
    STRATA_TRY(const HostProgram program, hostProgram(*lowered.module, {device}));
    return printLines(program);
}

}  // namespace strata
