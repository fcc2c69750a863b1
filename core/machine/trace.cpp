// The machine runs code in which each load and store is another instruction: it notes what is touched and goes on with
// the one that stood there. So the trace is of what the evaluator does, not of what somebody thinks that it does.
#include "core/machine/trace.h"

#include <algorithm>
#include <set>

namespace strata::reference {

struct Recorder {
    std::vector<Handler> handlers;                    // of the program's instructions, as they were
    std::vector<std::int32_t> siteOf;                 // of an instruction; -1: no access
    std::vector<std::vector<std::int32_t>> counters;  // of a site, the registers of the loops around
    AccessTrace trace;
    std::size_t most = 0;
};

namespace {

constexpr std::size_t mostSites = 255;
constexpr std::int64_t mostIterations = (1 << 24) - 1;

std::int64_t elementOf(const Machine& m, const Instruction* x)
{
    const View& view = m.views[std::size_t(x->a)];
    std::int64_t sum = view.first;
    for (int k = 0; k < x->count; ++k)
        sum += m.registers[std::size_t(m.program.lists[std::size_t(x->b + k)])].i * view.strides[std::size_t(k)];
    return sum;
}

const Instruction* recorded(Machine& m, const Instruction* x)
{
    Recorder& recorder = *m.recorder;
    const auto index = std::size_t(x - m.program.code.data());
    const auto site = std::size_t(recorder.siteOf[index]);
    const AccessSite& at = recorder.trace.sites[site];
    std::int64_t iteration = 0;
    for (std::size_t k = 0; k < at.extents.size(); ++k)
        iteration = iteration * at.extents[k] + m.registers[std::size_t(recorder.counters[site][k])].i;
    if (recorder.trace.entries.size() >= recorder.most || iteration > mostIterations) {
        recorder.trace.complete = false;
        return nullptr;
    }
    recorder.trace.entries.push_back({std::uint32_t(elementOf(m, x)), std::uint32_t(site), std::uint32_t(iteration)});
    return recorder.handlers[index](m, x);
}

bool isAccess(const Instruction& x)
{
    const Handler load = loadHandler(x.type), store = storeHandler(x.type);
    return x.handler && (x.handler == load || x.handler == store);
}

// The extents of the loops, by name.
Result<std::map<std::string, std::int64_t>> extentsOf(const Function& function)
{
    std::map<std::string, std::int64_t> extents;
    std::string open;
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt)) {
            if (isConst(loop->extent))
                extents[loop->name] = loop->extent->i;
            else
                open = loop->name;
        }
    });
    if (!open.empty())
        return refused(
            say("The extent of loop {} of {} is no constant, so its accesses are not traced.", open, function.name));
    return extents;
}

// Gives each load and store of the program a site, and puts `recorded` in its place.
Status addSites(MachineCode& code, const std::map<std::string, std::int64_t>& extents, Recorder& recorder)
{
    for (Instruction& x : code.code) {
        recorder.handlers.push_back(x.handler);
        recorder.siteOf.push_back(-1);
        if (!isAccess(x))
            continue;
        const Place& place = code.placeTable[std::size_t(code.places[std::size_t(&x - code.code.data())])];
        AccessSite site{x.a, x.handler == storeHandler(x.type), place.block, {}, {}};
        std::vector<std::int32_t> counters;
        for (const auto& [name, counter] : place.loops) {
            site.loops.push_back(name);
            site.extents.push_back(extents.at(name));
            counters.push_back(counter);
        }
        recorder.siteOf.back() = std::int32_t(recorder.trace.sites.size());
        recorder.trace.sites.push_back(std::move(site));
        recorder.counters.push_back(std::move(counters));
        x.handler = recorded;
    }
    if (recorder.trace.sites.size() > mostSites)
        return refused(say("{} has {} loads and stores, of which at most {} can be told apart in a trace.",
                           code.function, std::to_string(recorder.trace.sites.size()), std::to_string(mostSites)));
    return {};
}

View viewOnto(Tensor& tensor)
{
    std::vector<std::int64_t> shape = constants(tensor.type.shape);
    return {tensor.bytes.data(), shape, denseStrides(shape)};
}

}  // namespace

std::vector<std::int64_t> AccessTrace::loopValues(const AccessEntry& entry) const
{
    const AccessSite& site = sites[entry.site];
    std::vector<std::int64_t> values(site.extents.size());
    std::int64_t rest = entry.iteration;
    for (std::size_t k = values.size(); k-- > 0; rest /= std::max<std::int64_t>(1, site.extents[k]))
        values[k] = rest % std::max<std::int64_t>(1, site.extents[k]);
    return values;
}

Result<AccessTrace> traceAccesses(const Module& module, const Function& function, const Tensors& inputs,
                                  std::size_t most, std::stop_token stop)
{
    STRATA_TRY(const auto program, compile(module, function));
    STRATA_TRY(const auto extents, extentsOf(function));
    if (inputs.size() != function.params.size())
        return bug("A trace of " + function.name + " is given another number of inputs.");
    MachineCode code = *program;
    Recorder recorder;
    recorder.most = most;
    STRATA_CHECK(addSites(code, extents, recorder));
    recorder.trace.buffers = code.buffers;
    std::vector<Tensor> tensors;
    for (const TensorPtr& input : inputs)
        tensors.push_back(*input);
    for (const TypedName& result : function.results)
        tensors.push_back(makeTensor(result.type.tensor.dtype, constants(result.type.tensor.shape)));
    Texts texts;
    std::vector<View> views;
    for (Tensor& tensor : tensors) {
        if (tensor.type.dtype == DType::String)
            tensor.bytes = texts.numbers(tensor.strings);
        views.push_back(viewOnto(tensor));
    }
    Machine machine(code, std::move(views), std::move(stop), &texts);
    machine.recorder = &recorder;
    STRATA_CHECK(machine.run());
    return std::move(recorder.trace);
}

}  // namespace strata::reference
