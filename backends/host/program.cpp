#include "backends/host/program.h"

#include "backends/device/device.h"

#include <algorithm>

namespace strata {

namespace {

using Visit = std::function<void(const HostStatement&, int)>;

void visitBlock(const HostBlock& block, int& call, const Visit& visit)
{
    for (const HostStatement& statement : block) {
        if (const auto* begin = std::get_if<HostBegin>(&statement.is))
            call = begin->call;
        visit(statement, call);
        if (const auto* choose = std::get_if<HostChoose>(&statement.is)) {
            for (const HostChoose::Choice& choice : choose->choices)
                visitBlock(choice.body, call, visit);
            visitBlock(choose->otherwise, call, visit);
        } else if (const auto* branch = std::get_if<HostIf>(&statement.is)) {
            visitBlock(branch->then, call, visit);
            visitBlock(branch->otherwise, call, visit);
        } else if (const auto* loop = std::get_if<HostLoop>(&statement.is)) {
            visitBlock(loop->body, call, visit);
        }
    }
}

}  // namespace

std::size_t firstDataSize(const HostProgram& program)
{
    return program.sizes.size() + program.derived.size() + program.storages.size() + 1;
}

std::vector<Dim> resultDimensions(const HostProgram& program)
{
    std::vector<Dim> dims;
    for (const TypedName& result : program.results)
        for (const Dim& dim : result.type.tensor.shape)
            if (!dim.isConstant())
                dims.push_back(dim);
    return dims;
}

void forEachStatement(const HostProgram& program, const Visit& visit)
{
    int call = -1;
    visitBlock(program.body, call, visit);
}

std::vector<std::string> calledFunctions(const HostProgram& program)
{
    std::vector<std::string> functions;
    std::set<std::string> seen;
    forEachStatement(program, [&](const HostStatement& statement, int) {
        if (const auto* call = std::get_if<HostCall>(&statement.is); call && seen.insert(call->function).second)
            functions.push_back(call->function);
    });
    return functions;
}

std::vector<std::string> launchingDevices(const HostProgram& program)
{
    std::vector<std::string> devices;
    forEachStatement(program, [&](const HostStatement& statement, int) {
        const auto* launch = std::get_if<HostLaunch>(&statement.is);
        if (launch && std::find(devices.begin(), devices.end(), launch->device) == devices.end())
            devices.push_back(launch->device);
    });
    return devices;
}

std::map<std::string, std::vector<Cursor>> neededBy(const HostProgram& program)
{
    std::map<std::string, std::vector<Cursor>> needed;
    forEachStatement(program, [&](const HostStatement& statement, int number) {
        std::string what;
        if (const auto* call = std::get_if<HostCall>(&statement.is))
            what = call->function;
        else if (const auto* routine = std::get_if<HostRoutine>(&statement.is))
            what = routine->routine.symbol;
        else if (const auto* launch = std::get_if<HostLaunch>(&statement.is))
            what = launchRoutine(launch->device);
        if (what.empty() || number < 0)
            return;
        const Cursor node{program.name, NodeKind::Operator, program.calls[std::size_t(number)]};
        std::vector<Cursor>& nodes = needed[what];
        if (nodes.empty() || nodes.back() != node)
            nodes.push_back(node);
    });
    return needed;
}

}  // namespace strata
