#include "app/window/jobs/show.h"

#include "app/window/models/loop_scopes.h"
#include "backends/devices.h"
#include "core/ir/implementations.h"

#include <algorithm>

namespace strata {

namespace {

bool isLow(const Function& function) { return function.loops() || function.hardware(); }

bool differs(const Module& after, const Module& before, const std::string& name)
{
    const FunctionPtr a = after.find(name), b = before.find(name);
    return a && (!b || (a != b && !equal(*a, *b)));
}

// Instances of its largest block, as a guess of where the work is.
double work(const Function& function)
{
    double most = 0;
    if (function.loops())
        walk(function.loops()->body, [&most](const StmtPtr& stmt) {
            const Block* block = as<Block>(stmt);
            double instances = 1;
            for (std::size_t i = 0; block && i < block->iters.size(); ++i)
                instances *= std::max(1.0, std::strtod(print(block->iters[i].extent).c_str(), nullptr));
            most = block ? std::max(most, instances) : most;
        });
    return most;
}

std::string chooseFunction(const ShowRequest& request, const Shown& shown)
{
    const auto has = [&shown](const std::string& name) {
        return std::find(shown.functions.begin(), shown.functions.end(), name) != shown.functions.end();
    };
    if (has(request.function))
        return request.function;
    if (request.place)
        if (const std::string own = counterparts(*request.place, *request.after->module, shown.lowered.get())
                                        .function(shown.lowered->module());
            has(own))
            return own;
    if (shown.loweredBefore)
        for (const std::string& name : shown.functions)
            if (differs(shown.lowered->module(), shown.loweredBefore->module(), name))
                return name;
    std::string best;
    double most = -1;
    for (const std::string& name : shown.functions)
        if (const double d = work(*shown.lowered->module().find(name)); d > most) {
            most = d;
            best = name;
        }
    return best;
}

// The function that became `name`: of that name, else through the nodes it came from.
std::string counterpartBefore(const ShowRequest& request, const Shown& shown, const std::string& name)
{
    if (shown.loweredBefore->module().find(name))
        return name;
    const auto sources = shown.lowered->sources.find(functionCursor(name));
    if (sources == shown.lowered->sources.end())
        return {};
    for (const Cursor& source : sources->second)
        for (const Cursor& old : request.session->forwardBetween(request.after->id, request.before->id, source))
            for (const Cursor& low : forward(shown.loweredBefore->lowered.forwarding, old))
                if (const FunctionPtr function = shown.loweredBefore->module().find(low.function);
                    function && isLow(*function))
                    return function->name;
    return {};
}

LineDocumentPtr document(const Module& after, const std::string& name, const Module* before,
                         const std::string& nameBefore, Form form = Form::Full)
{
    const FunctionPtr function = after.find(name);
    if (!function)
        return nullptr;
    const FunctionPtr old = before ? before->find(nameBefore) : nullptr;
    LineDocument document = old ? makeDocument(printLines(*old, form), printLines(*function, form))
                                : makeDocument(printLines(*function, form));
    if (function->loops()) {
        std::vector<std::string> names;
        for (const Buffer& buffer : buffers(*function))
            names.push_back(buffer.name);
        addAccesses(document, name, names);
    }
    return std::make_shared<const LineDocument>(std::move(document));
}

LoweredStatePtr lower(Toolchain& toolchain, const Module& module, std::optional<Error>& refusal)
{
    auto lowered = lowerKeepingChoices(module, toolchain.lowering.get());
    if (lowered)
        return std::make_shared<const LoweredState>(std::move(*lowered));
    refusal = lowered.error();
    return nullptr;
}

std::vector<TextLine> textLines(const std::vector<AssemblyLine>& listing)
{
    std::vector<TextLine> lines;
    for (const AssemblyLine& line : listing)
        lines.push_back({line.text, line.cursors});
    return lines;
}

}  // namespace

namespace {

// The one that is asked for; it is compared with that of its name, or with the one that it was made from.
void showProgram(const ShowRequest& request, Shown& shown)
{
    const Module& after = shown.lowered->module();
    const Module* before = shown.loweredBefore ? &shown.loweredBefore->module() : nullptr;
    for (const FunctionPtr& function : after.functions)
        if (function->library() && isProgram(after, *function))
            shown.programs.push_back(function->name);
    const auto asked = std::find(shown.programs.begin(), shown.programs.end(), request.program);
    const FunctionPtr program = asked != shown.programs.end() ? after.find(*asked) : after.entryFunction();
    if (!program || !program->library())
        return;
    shown.entry = program->name;
    const FunctionPtr entryBefore = before ? before->entryFunction() : nullptr;
    const bool same = before && before->find(program->name);
    shown.library = document(after, program->name, before,
                             same          ? program->name
                             : entryBefore ? entryBefore->name
                                           : std::string());
}

}  // namespace

Shown show(Toolchain& toolchain, const ShowRequest& request, const JobSink& sink,
           const std::function<void(const Shown&)>& found)
{
    Shown shown;
    shown.after = request.after;
    shown.before = request.before;
    sink.progress("lowering", 0.1);
    shown.lowered = lower(toolchain, *request.after->module, shown.refusal);
    if (!shown.lowered || sink.stop.stop_requested())
        return shown;
    std::optional<Error> ignored;  // what cannot be compared is shown without marks
    if (request.before)
        shown.loweredBefore = request.before->module == request.after->module
                                  ? shown.lowered
                                  : lower(toolchain, *request.before->module, ignored);
    const Module& after = shown.lowered->module();
    const Module* before = shown.loweredBefore ? &shown.loweredBefore->module() : nullptr;
    for (const FunctionPtr& function : after.functions)
        if (isLow(*function))
            shown.functions.push_back(function->name);
    shown.function = chooseFunction(request, shown);
    if (before)
        shown.functionBefore = counterpartBefore(request, shown, shown.function);
    found(shown);
    shown.loops = document(after, shown.function, before, shown.functionBefore, request.form);
    if (const FunctionPtr function = after.find(shown.function); function && function->loops())
        shown.footprints = footprints(after, *function);
    showProgram(request, shown);
    return shown;
}

namespace {

Result<std::vector<TextLine>> kernelLines(const DeviceBackend& device, const Function& function, int& kernels)
{
    STRATA_TRY(const KernelProgram program, device.kernels(function));
    kernels = static_cast<int>(program.kernels.size());
    std::vector<TextLine> lines;
    for (const KernelLine& line : device.lines(function, program))
        lines.push_back({line.text, line.cursors});
    return lines;
}

// The one that code runs on; else the first that has kernels for the function. nullptr: it is for none.
const DeviceBackend* deviceFor(const Function& function, const RunTarget& target)
{
    if (!isDeviceFunction(function))
        return nullptr;
    if (const DeviceBackend* asked = deviceByName(target.device))
        return asked;
    const auto fits = [&](const DeviceBackend& device) { return device.kernels(function).ok(); };
    const auto found = std::find_if(devices().begin(), devices().end(), fits);
    return found == devices().end() ? nullptr : &*found;
}

Result<HardwareShown> showKernels(const DeviceBackend& device, const Function& function, const Function* before)
{
    HardwareShown hardware;
    hardware.function = function.name;
    hardware.device = device.title;
    STRATA_TRY(const std::vector<TextLine> lines, kernelLines(device, function, hardware.kernels));
    int ignored = 0;
    const bool compared = before && isDeviceFunction(*before);
    const auto old = compared ? kernelLines(device, *before, ignored) : Result<std::vector<TextLine>>(bug(""));
    hardware.document = std::make_shared<const LineDocument>(old ? makeDocument(*old, lines) : makeDocument(lines));
    return hardware;
}

}  // namespace

Result<HardwareShown> showHardware(Toolchain& toolchain, const Shown& shown, const RunTarget& target,
                                   const JobSink& sink)
{
    const FunctionPtr own = shown.lowered->module().find(shown.function);
    if (const DeviceBackend* device = own ? deviceFor(*own, target) : nullptr) {
        const bool known = shown.loweredBefore && !shown.functionBefore.empty();
        const FunctionPtr before = known ? shown.loweredBefore->module().find(shown.functionBefore) : nullptr;
        return showKernels(*device, *own, before.get());
    }
    HardwareShown hardware;
    hardware.function = shown.function;
    STRATA_TRY(const FunctionCode code, toolchain.compiler.code(shown.lowered->module(), shown.function, sink.stop));
    if (own)
        hardware.isa = hardware.isaBefore = isaOf(shown.lowered->module(), *own);
    hardware.codeBytes = code.codeBytes;
    hardware.remarks = code.remarks;
    for (const AssemblyLine& line : code.assembly)
        hardware.code.push_back({line.address, QString::fromStdString(line.bytes)});
    const bool compared = shown.loweredBefore && !shown.functionBefore.empty();
    if (const FunctionPtr old = compared ? shown.loweredBefore->module().find(shown.functionBefore) : nullptr)
        hardware.isaBefore = isaOf(shown.loweredBefore->module(), *old);
    const auto before = compared
                            ? toolchain.compiler.code(shown.loweredBefore->module(), shown.functionBefore, sink.stop)
                            : Result<FunctionCode>(bug(""));
    hardware.document = std::make_shared<const LineDocument>(
        before ? makeDocument(textLines(before->assembly), textLines(code.assembly), ChangedLines::Single)
               : makeDocument(textLines(code.assembly)));
    return hardware;
}

Result<IrShown> showIr(Toolchain& toolchain, const Shown& shown, const JobSink& sink)
{
    STRATA_TRY(const FunctionIr ir, toolchain.compiler.ir(shown.lowered->module(), shown.function, sink.stop));
    const bool compared = shown.loweredBefore && !shown.functionBefore.empty();
    const auto old = compared ? toolchain.compiler.ir(shown.loweredBefore->module(), shown.functionBefore, sink.stop)
                              : Result<FunctionIr>(bug(""));
    const auto document = [&](std::vector<AssemblyLine> FunctionIr::*part) {
        const std::vector<TextLine> lines = textLines(ir.*part);
        return std::make_shared<const LineDocument>(
            old ? makeDocument(textLines((*old).*part), lines, ChangedLines::Single) : makeDocument(lines));
    };
    return IrShown{shown.function, document(&FunctionIr::before), document(&FunctionIr::after)};
}

namespace {

// The step that lowers a node, together with those that became the same function.
Result<Arguments> lowering(const Transform& transform, const Module& module, const Cursor& node,
                           const std::set<Cursor>& sources)
{
    STRATA_TRY(Arguments arguments, suggestArguments(transform, module, node));
    std::vector<std::string> nodes;
    for (const Cursor& source : sources)
        if (source.kind == NodeKind::Operator && source.function == node.function)
            nodes.push_back(source.name);
    if (arguments.has("node") && nodes.size() > 1) {
        arguments.values.erase("node");
        arguments.values["nodes"] = std::move(nodes);
    }
    return arguments;
}

}  // namespace

Prepared prepare(const StatePtr& state, const std::optional<Place>& place, const LoweredState* lowered,
                 const Registry& registry, const TransformContext& context)
{
    const FunctionPtr entry = state->module->entryFunction();
    Prepared prepared{state->module, {}, std::nullopt};
    if (!place) {
        if (entry)
            prepared.selection = functionCursor(entry->name);
        return prepared;
    }
    prepared.selection = place->cursor;
    if (!place->lowered || exists(*state->module, place->cursor) || !lowered)
        return prepared;
    const auto transform = registry.find("graph.lower_to_loops");
    Lit lit = counterparts(*place, *state->module, lowered);
    for (const Cursor& source : lit.inModule) {
        if (!transform || source.kind != NodeKind::Operator)
            continue;
        const auto arguments = lowering(**transform, *state->module, source, lit.inModule);
        auto applied = arguments ? applyTransform(**transform, *state->module, *arguments, context)
                                 : Result<Applied>(arguments.error());
        if (!applied || !exists(*applied->module, place->cursor))
            continue;
        prepared.module = applied->module;
        prepared.steps = {Step{(*transform)->id, *arguments, {}, {}}};
        return prepared;
    }
    prepared.selection = lit.inModule.empty() ? std::nullopt : std::optional<Cursor>(*lit.inModule.begin());
    return prepared;
}

}  // namespace strata
