// Three things are looked at in each outermost nest: its statements with the loops around them, what these touch while
// the loops from some depth on run, and the instructions of the loop that is innermost when vectors and unrolled loops
// are taken as one body.
#include "passes/automatic/cost_model.h"

#include "core/analysis/accesses.h"
#include "core/analysis/dot_product.h"
#include "core/index/simplify.h"
#include "core/ir/calls.h"
#include "core/ir/cpu.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace strata {

namespace {

// What a core of x86-64-v3 and later begins in a cycle, and how long a sum waits for its last product.
constexpr double arithmeticPorts = 2, readPorts = 2, writePorts = 1, sumLatency = 4, storedSumLatency = 10;
constexpr double divisionCycles = 8, elementaryInstructions = 14,
                 gatherCycles = 1.5;  // of a vector; the last of a lane
constexpr double loopCycles = 1, nestCycles = 30, callSeconds = 1e-7;
constexpr double lineBytes = 64;

std::int64_t extentOf(const Loop& loop) { return isConst(loop.extent) ? std::max<std::int64_t>(loop.extent->i, 0) : 1; }

struct Around {
    const Loop* loop;
    std::int64_t extent;
};
using Loops = std::vector<Around>;

// One statement, with the loops around it and what it reads and writes in terms of these.
struct Site {
    Loops loops;
    const Block* block = nullptr;
    const Store* store = nullptr;  // nullptr: a primitive
    std::optional<DotProduct> dot;
    std::optional<DepthwiseProduct> window;
    std::optional<PlanesProduct> planes;
    std::vector<Access> accesses;
    double instances = 1;
    double done = 1;     // the part of them that a predicate leaves
    double emitted = 1;  // the part of them that code is made for: in whole registers
};

struct Instructions {
    double arithmetic = 0, divisions = 0, calls = 0;
};

// Of indices, sizes and numbers alone, as a condition at a border: index arithmetic, too.
bool isAboutIndices(const ExprPtr& e)
{
    bool reads = false;
    walk(e, [&](const Expr& node) { reads = reads || node.op == Op::Load || node.op == Op::Checked; });
    return !reads;
}

// Of one evaluation, index arithmetic left out.
Instructions count(const ExprPtr& e)
{
    Instructions sum;
    if (e->op == Op::Load || e->type == DType::I64 || (e->type == DType::Bool && isAboutIndices(e)))
        return sum;
    for (const ExprPtr& argument : e->args) {
        const Instructions part = count(argument);
        sum.arithmetic += part.arithmetic;
        sum.divisions += part.divisions;
        sum.calls += part.calls;
    }
    if (e->op == Op::Call)
        ++sum.calls;
    else if (e->op == Op::Div || e->op == Op::Sqrt)
        ++sum.divisions;
    else if (e->op != Op::Const && e->op != Op::Var)
        ++sum.arithmetic;
    return sum;
}

double flopsOf(const ExprPtr& e)
{
    if (e->op == Op::Load || e->type == DType::I64 || (e->type == DType::Bool && isAboutIndices(e)))
        return 0;
    double sum = e->op == Op::Fma ? 2 : e->op == Op::Const || e->op == Op::Var || e->op == Op::Cast ? 0 : 1;
    for (const ExprPtr& argument : e->args)
        sum += flopsOf(argument);
    return sum;
}

bool mentions(const ExprPtr& e, const std::string& loop)
{
    const std::vector<std::string> names = freeVariables(e);
    return std::find(names.begin(), names.end(), loop) != names.end();
}

class Model {
public:
    Model(const Module& module, const Function& function, const MachineModel& machine)
        : m_module(module)
        , m_function(function)
        , m_machine(machine)
        , m_lanes(vectorBytes(module.target.isa) / 4)
        , m_hertz(machine.flopsPerSecond / (2 * arithmeticPorts * m_lanes * machine.threads))
    {
        for (const Buffer& buffer : buffers(function))
            m_buffers[buffer.name] = buffer;
    }

    Prediction run(double modelBytes);

private:
    void collect(const Body& body, Loops& loops, const Block* block, const std::vector<Substitution>& bindings,
                 std::vector<Site>& sites);
    void cutOff(Site& site, const std::vector<Substitution>& bindings) const;
    double cycles(const Site& site, Prediction& prediction);
    double cycles(const DotProduct& dot) const;
    double cycles(const DepthwiseProduct& product) const;
    double cycles(const PlanesProduct& product) const;
    std::vector<double> footprints(const std::vector<Site>& sites, std::size_t depth, double* total) const;
    double traffic(const std::vector<Site>& sites, double bytes) const;
    double footprint(const Site& site, const Access& access, std::size_t depth) const;
    void nest(const StmtPtr& stmt, Prediction& prediction);
    void addFirstReads(Prediction& prediction, double modelBytes) const;
    double weightBytes() const;
    void waste(Prediction& prediction, Waste::Kind kind, double cycles, const Site& site) const;
    bool isRegister(const std::string& buffer) const;
    bool moves(const Access& access, const std::string& loop) const;
    double threadsOf(const Site& site) const;

    const Module& m_module;
    const Function& m_function;
    const MachineModel& m_machine;
    double m_lanes, m_hertz;
    std::map<std::string, Buffer> m_buffers;
    std::set<std::string> m_touched;
};

bool Model::isRegister(const std::string& buffer) const
{
    const auto found = m_buffers.find(buffer);
    return found != m_buffers.end() && found->second.scope == Scope::Local;
}

bool Model::moves(const Access& access, const std::string& loop) const
{
    return std::any_of(access.begin.begin(), access.begin.end(),
                       [&](const ExprPtr& index) { return mentions(index, loop); });
}

void Model::collect(const Body& body, Loops& loops, const Block* block, const std::vector<Substitution>& bindings,
                    std::vector<Site>& sites)
{
    for (const StmtPtr& stmt : body) {
        if (const Loop* loop = as<Loop>(stmt)) {
            loops.push_back({loop, extentOf(*loop)});
            collect(loop->body, loops, block, bindings, sites);
            loops.pop_back();
            continue;
        }
        if (const Block* inner = as<Block>(stmt)) {
            std::vector<Substitution> all = bindings;
            for (const BlockIter& iter : inner->iters)
                all.push_back({iter.name, substitute(iter.binding, bindings)});
            double reduced = 1;
            for (const BlockIter& iter : inner->iters)
                if (iter.kind == IterKind::Reduce && isConst(iter.extent))
                    reduced *= double(iter.extent->i);
            const std::size_t first = sites.size();
            collect(inner->init, loops, inner, all, sites);
            for (std::size_t i = first; i < sites.size(); ++i)
                sites[i].instances /= std::max(1.0, reduced);
            collect(inner->body, loops, inner, all, sites);
            continue;
        }
        const Store* store = as<Store>(stmt);
        const IntrinsicCall* call = as<IntrinsicCall>(stmt);
        if (!store && !call)
            continue;
        Site site{loops, block, store, {}, {}, {}, accesses(&m_module, Body{stmt}), 1};
        Ranges ranges;
        for (const Around& around : loops)
            ranges[around.loop->name] = {0, around.extent};
        for (Access& access : site.accesses)
            for (ExprPtr& index : access.begin)
                index = simplify(substitute(index, bindings), ranges);
        for (const Around& around : loops)
            site.instances *= double(around.extent);
        if (block && block->predicate)
            cutOff(site, bindings);
        if (call) {
            const IntrinsicPtr intrinsic = m_module.intrinsic(call->intrinsic);
            if (intrinsic && intrinsic->description) {
                site.dot = dotProductOf(*intrinsic->description);
                site.window = depthwiseProductOf(*intrinsic->description);
                site.planes = planesProductOf(*intrinsic->description);
            }
        }
        sites.push_back(std::move(site));
    }
}

// Where tiles do not divide what they cover, the last ones reach beyond it: those elements are not computed, and their
// registers fall away where none of their lanes is left.
void Model::cutOff(Site& site, const std::vector<Substitution>& bindings) const
{
    for (const BlockIter& iter : site.block->iters) {
        const std::optional<std::int64_t> extent = number(iter.extent);
        double covered = 1, lanes = 1;
        const ExprPtr binding = substitute(var(iter.name), bindings);
        for (const Around& around : site.loops)
            if (mentions(binding, around.loop->name)) {
                covered *= double(around.extent);
                if (around.loop->kind == LoopKind::Vectorized)
                    lanes = m_lanes;
            }
        if (!extent || double(*extent) >= covered)
            continue;
        site.done *= double(*extent) / covered;
        site.emitted *= std::ceil(double(*extent) / lanes) * lanes / covered;
    }
    site.emitted = std::min(site.emitted, 1.0);
}

void Model::waste(Prediction& prediction, Waste::Kind kind, double cycles, const Site& site) const
{
    Waste made{kind, cycles / m_hertz / threadsOf(site), site.loops.empty() ? "" : site.loops.back().loop->name, true};
    if (site.loops.empty() && site.block)
        made = {kind, made.seconds, site.block->name, false};
    if (made.seconds > 0)
        prediction.wastes.push_back(std::move(made));
}

double Model::threadsOf(const Site& site) const
{
    double extent = 1;
    for (const Around& around : site.loops)
        if (around.loop->kind == LoopKind::Parallel)
            extent = std::max(extent, double(around.extent));
    const double threads = std::max(1.0, double(m_machine.threads));
    return extent / std::ceil(extent / threads);
}

double Model::cycles(const DotProduct& dot) const
{
    const double registers = std::ceil(double(dot.n) / m_lanes), rows = double(dot.m);
    const double products = rows * registers + (dot.left == DType::I8 ? registers + rows : 0);
    return double(dot.k) / DotProduct::group
               * std::max({products / arithmeticPorts, (registers + rows) / readPorts, sumLatency + 1})
           + rows * registers * 2;
}

// A column of four rows takes twelve instructions to be interleaved, then four for each place in a window.
double Model::cycles(const DepthwiseProduct& product) const
{
    const double registers = std::ceil(double(product.n) / (4 * m_lanes)), sums = 4 * double(product.m) * registers,
                 rows = std::ceil(double(product.height) / DotProduct::group);
    return rows
               * std::max(12 * registers * double(product.columns()) / arithmeticPorts,
                          sums * double(product.width) / arithmeticPorts)
           + sums * 2;
}

// Words of the picture and of the weights are brought together once; then a product for each register of sums.
double Model::cycles(const PlanesProduct& product) const
{
    const double registers = std::ceil(double(product.n) / m_lanes), window = double(product.height * product.width);
    const double gathered =
        16 * (window * std::ceil(registers / 4) + double(product.height * product.columns()) / (4 * m_lanes));
    return (gathered + window * double(product.m) * registers * 1.25) / arithmeticPorts
           + double(product.m) * registers * 2;
}

// Cycles that all instances of a statement take.
double Model::cycles(const Site& site, Prediction& prediction)
{
    if (site.dot) {
        prediction.flops += site.instances * 2 * double(site.dot->m * site.dot->n * site.dot->k);
        return site.instances * (cycles(*site.dot) + loopCycles);
    }
    if (site.window) {
        const DepthwiseProduct& window = *site.window;
        prediction.flops += site.instances * 2 * double(window.m * window.n * window.height * window.width);
        return site.instances * (cycles(window) + loopCycles);
    }
    if (site.planes) {
        const PlanesProduct& planes = *site.planes;
        prediction.flops += site.instances * 2
                            * double(planes.m * planes.n * planes.planes * planes.height * planes.width);
        return site.instances * (cycles(planes) + loopCycles);
    }
    if (!site.store) {
        double touched = 0;
        for (const Access& access : site.accesses)
            touched += double(
                std::accumulate(access.extent.begin(), access.extent.end(), std::int64_t(1), std::multiplies<>()));
        return site.instances * touched / m_lanes;
    }
    prediction.flops += site.instances * site.done * flopsOf(site.store->value);
    const Around* vector = nullptr;
    double unrolled = 1;
    std::size_t serial = site.loops.size();  // the innermost loop that stays one
    for (std::size_t i = 0; i < site.loops.size(); ++i)
        if (site.loops[i].loop->kind == LoopKind::Vectorized)
            vector = &site.loops[i];
    for (std::size_t i = site.loops.size(); i-- > 0;) {
        const LoopKind kind = site.loops[i].loop->kind;
        if (kind == LoopKind::Unrolled)
            unrolled *= double(site.loops[i].extent);
        else if (kind != LoopKind::Vectorized) {
            serial = i;
            break;
        }
    }
    const double lanes = vector ? double(vector->extent) : 1, registers = vector ? std::ceil(lanes / m_lanes) : 1;
    const double runs = site.instances * site.emitted / (lanes * unrolled);
    const Instructions each = count(site.store->value);
    const double copies = registers * unrolled;
    double reads = 0, writes = 0, gathers = 0;
    for (const Access& access : site.accesses) {
        if (isRegister(access.buffer))
            continue;
        const bool alongVector = vector && moves(access, vector->loop->name);
        const Linear last = access.begin.empty() ? Linear{} : linear(access.begin.back());
        bool contiguous = alongVector && last.coefficient(vector->loop->name) == 1;
        for (std::size_t d = 0; contiguous && d + 1 < access.begin.size(); ++d)
            contiguous = linear(access.begin[d]).coefficient(vector->loop->name) == 0;
        double times = alongVector ? (contiguous ? registers : lanes) : 1;
        for (std::size_t i = serial + 1; i < site.loops.size(); ++i)
            if (site.loops[i].loop->kind == LoopKind::Unrolled && moves(access, site.loops[i].loop->name))
                times *= double(site.loops[i].extent);
        if (serial < site.loops.size() && !access.write && !moves(access, site.loops[serial].loop->name))
            times = 0;  // hoisted
        (access.write ? writes : reads) += times;
        if (alongVector && !contiguous)
            gathers += times;
    }
    const double slow = copies
                        * (each.divisions * divisionCycles + each.calls * elementaryInstructions / arithmeticPorts);
    const double arithmetic = copies * each.arithmetic / arithmeticPorts + slow;
    const bool updates = std::any_of(site.accesses.begin(), site.accesses.end(), [&](const Access& access) {
        return !access.write && access.buffer == site.store->buffer;
    });
    double latency = 0;
    if (updates && serial < site.loops.size())
        for (const Access& access : site.accesses)
            if (access.write && !moves(access, site.loops[serial].loop->name))
                latency = isRegister(access.buffer) ? sumLatency : storedSumLatency;
    const double plain = std::max(
        {arithmetic, reads / readPorts + gathers * (gatherCycles - 0.5), writes / writePorts});
    const double body = std::max(plain, latency) + (serial < site.loops.size() ? loopCycles : 0);
    // What could be won.
    if (latency > plain)
        waste(prediction, Waste::Kind::Latency, runs * (latency - plain), site);
    if (!vector && site.instances >= 64)
        waste(prediction, Waste::Kind::Scalar, runs * body * (1 - 1 / m_lanes), site);
    if (vector && std::fmod(lanes, m_lanes) != 0)
        waste(prediction, Waste::Kind::Tail, runs * body * (1 - lanes / (registers * m_lanes)), site);
    if (gathers > 0)
        waste(prediction, Waste::Kind::Gather, runs * gathers * (gatherCycles - 1 / m_lanes), site);
    if (slow > 0.3 * body)
        waste(prediction, Waste::Kind::Slow, runs * (body - std::max({body - slow, latency, 0.0})) / 2, site);
    return runs * body;
}

// Bytes that an access reaches while the loops from `depth` on run, in whole lines.
double Model::footprint(const Site& site, const Access& access, std::size_t depth) const
{
    const auto found = m_buffers.find(access.buffer);
    if (found == m_buffers.end())
        return 0;
    const TensorType& type = found->second.type;
    const double bytes = bitSize(type.dtype) / 8.0;
    double elements = 1;
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const Linear form = linear(access.begin[d]);
        double reach = d < access.extent.size() ? double(access.extent[d]) : 1;
        for (const Linear::Term& term : form.terms)
            for (const std::string& variable : freeVariables(term.atom))
                for (std::size_t i = depth; i < site.loops.size(); ++i)
                    if (site.loops[i].loop->name == variable)
                        reach += double(site.loops[i].extent - 1)
                                 * (term.atom->op == Op::Var ? std::abs(double(term.coefficient)) : 1);
        const double size = d < type.shape.size() && type.shape[d].isConstant() ? double(type.shape[d].constant())
                                                                                : reach;
        reach = std::min(reach, size);
        if (d + 1 == access.begin.size() && reach < size)
            reach = std::min(size, std::ceil(reach * bytes / lineBytes) * lineBytes / bytes);
        elements *= reach;
    }
    return elements * bytes;
}

// The largest footprint of each buffer; `total` is their sum.
std::vector<double> Model::footprints(const std::vector<Site>& sites, std::size_t depth, double* total) const
{
    std::map<std::string, double> largest;
    for (const Site& site : sites)
        for (const Access& access : site.accesses)
            if (!isRegister(access.buffer)) {
                double& bytes = largest[access.buffer];
                bytes = std::max(bytes, footprint(site, access, std::min(depth, site.loops.size())));
            }
    *total = 0;
    std::vector<double> all;
    for (const auto& [buffer, bytes] : largest) {
        all.push_back(bytes);
        *total += bytes;
    }
    return all;
}

// Bytes that come from behind a cache of that size.
double Model::traffic(const std::vector<Site>& sites, double bytes) const
{
    std::size_t deepest = 0;
    for (const Site& site : sites)
        deepest = std::max(deepest, site.loops.size());
    std::size_t depth = 0;
    double total = 0;
    for (;; ++depth) {
        (void)footprints(sites, depth, &total);
        if (total <= bytes || depth >= deepest)
            break;
    }
    // Each buffer once for all runs of the loops outside, but not for those that it does not move with right outside.
    std::map<std::string, double> moved;
    for (const Site& site : sites)
        for (const Access& access : site.accesses) {
            if (isRegister(access.buffer))
                continue;
            double times = 1;
            bool kept = true;
            for (std::size_t i = std::min(depth, site.loops.size()); i-- > 0;) {
                kept = kept && !moves(access, site.loops[i].loop->name);
                times *= kept ? 1 : double(site.loops[i].extent);
            }
            double& most = moved[access.buffer];
            most = std::max(most, times * footprint(site, access, std::min(depth, site.loops.size())));
        }
    double sum = 0;
    for (const auto& [buffer, value] : moved)
        sum += value;
    return sum;
}

void Model::nest(const StmtPtr& stmt, Prediction& prediction)
{
    std::vector<Site> sites;
    Loops loops;
    collect({stmt}, loops, nullptr, {}, sites);
    if (sites.empty())
        return;
    double work = 0, threads = 1;
    const double flops = prediction.flops;
    for (const Site& site : sites) {
        work += cycles(site, prediction) / m_hertz / threadsOf(site);
        threads = std::max(threads, threadsOf(site));
    }
    double slowest = 0, slowestBytes = 0;
    std::string level;
    for (std::size_t i = 0; i + 1 < m_machine.levels.size(); ++i) {
        const MachineModel::Level &holds = m_machine.levels[i], &behind = m_machine.levels[i + 1];
        const double share = threads / std::max(1.0, double(m_machine.threads));
        const double bytes = traffic(sites, holds.bytes * share), seconds = bytes / (behind.bytesPerSecond * share);
        double all = 0;
        (void)footprints(sites, 0, &all);
        if (all <= holds.bytes * share)
            break;  // it stays there; where it comes from at first is counted for the function
        if (seconds > slowest) {
            slowest = seconds;
            slowestBytes = bytes;
            level = behind.name;
        }
    }
    const double seconds = std::max(work, slowest) + nestCycles / m_hertz;
    prediction.seconds += seconds;
    prediction.workSeconds += work;
    prediction.memorySeconds += slowest;
    if (slowest > work) {
        waste(prediction, Waste::Kind::Memory, (slowest - work) * m_hertz * threadsOf(sites.front()), sites.front());
        prediction.bound = level;
    }
    if (prediction.flops == flops && slowestBytes >= 0)
        waste(prediction, Waste::Kind::Movement, seconds * m_hertz * threadsOf(sites.front()), sites.front());
}

// What is read for the first time in a run comes from where all of the model lies.
void Model::addFirstReads(Prediction& prediction, double modelBytes) const
{
    const auto holds = [&](const MachineModel::Level& level) { return level.bytes == 0 || modelBytes <= level.bytes; };
    const auto level = std::find_if(m_machine.levels.begin(), m_machine.levels.end(), holds);
    if (level == m_machine.levels.end())
        return;
    const double weights = weightBytes() / level->bytesPerSecond, all = prediction.bytes / level->bytesPerSecond;
    // From the second level on there is time to fetch ahead; what the loops already wait for is not waited for twice.
    const bool isFar = level - m_machine.levels.begin() >= 2;
    const double counted = prediction.bound == level->name ? prediction.memorySeconds : 0;
    const double first = std::max(isFar ? weights - counted : 0, all - prediction.seconds);
    if (first <= 0)
        return;
    if (all > prediction.seconds)
        prediction.bound = level->name;
    prediction.wastes.push_back({Waste::Kind::FarWeights, first, "", false});
    prediction.memorySeconds += first;
    prediction.seconds += first;
}

// Of the parameters for which all callers pass constants.
double Model::weightBytes() const
{
    std::set<std::size_t> constants;
    for (std::size_t i = 0; i < m_function.params.size(); ++i)
        constants.insert(i);
    bool isCalled = false;
    forEachCall(m_module, [&](const Function&, const Call& call) {
        if (call.callee != m_function.name)
            return;
        isCalled = true;
        std::erase_if(constants, [&](std::size_t i) {
            return i >= call.inputs.size() || call.inputs[i].kind != Operand::Kind::Constant;
        });
    });
    double bytes = 0;
    for (const std::size_t i : constants)
        bytes += isCalled ? double(byteCount(m_function.params[i].type.tensor).value_or(0)) : 0;
    return bytes;
}

Prediction Model::run(double modelBytes)
{
    Prediction prediction;
    prediction.seconds = callSeconds;
    if (!m_function.loops() || m_hertz <= 0)
        return prediction;
    for (const StmtPtr& stmt : m_function.loops()->body)
        nest(stmt, prediction);
    for (const auto* list : {&m_function.params, &m_function.results})
        for (const TypedName& parameter : *list)
            prediction.bytes += double(byteCount(parameter.type.tensor).value_or(0));
    addFirstReads(prediction, modelBytes);
    if (prediction.bound.empty())
        prediction.bound = "arithmetic";
    std::map<std::pair<Waste::Kind, std::string>, Waste> merged;
    for (const Waste& waste : prediction.wastes) {
        Waste& sum =
            merged.try_emplace({waste.kind, waste.node}, Waste{waste.kind, 0, waste.node, waste.isLoop}).first->second;
        sum.seconds += waste.seconds;
    }
    prediction.wastes.clear();
    for (auto& [key, waste] : merged)
        prediction.wastes.push_back(waste);
    std::stable_sort(prediction.wastes.begin(), prediction.wastes.end(),
                     [](const Waste& a, const Waste& b) { return a.seconds > b.seconds; });
    return prediction;
}

std::vector<double> ranks(const std::vector<double>& values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> result(values.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t end = i;
        while (end < order.size() && values[order[end]] == values[order[i]])
            ++end;
        for (std::size_t j = i; j < end; ++j)
            result[order[j]] = (double(i) + double(end) - 1) / 2;  // equal values share a rank
        i = end;
    }
    return result;
}

}  // namespace

const char* name(Waste::Kind kind)
{
    constexpr const char* names[] = {"scalar code",       "odd tail",        "latency",
                                     "gathered elements", "slow operations", "data movement",
                                     "registers",         "memory bound",    "cold cache"};
    return names[int(kind)];
}

MachineModel commonMachine(const Target& target)
{
    constexpr double hertz = 3e9;
    const double lanes = vectorBytes(target.isa) / 4.0;
    const Caches caches = cachesOf(target);
    return {hertz * 2 * arithmeticPorts * lanes,
            1,
            {{"L1", double(caches.l1Bytes), hertz * 128},
             {"L2", double(caches.l2Bytes), hertz * 48},
             {"L3", double(caches.l3Bytes), hertz * 10},
             {"memory", 0, 15e9}}};
}

Prediction predict(const Module& module, const Function& loops, const MachineModel& machine, double modelBytes)
{
    return Model(module, loops, machine).run(modelBytes);
}

double rankCorrelation(const std::vector<double>& a, const std::vector<double>& b)
{
    const std::vector<double> x = ranks(a), y = ranks(b);
    const double n = double(x.size());
    if (x.size() < 2 || x.size() != y.size())
        return 0;
    const double mean = (n - 1) / 2;
    double xy = 0, xx = 0, yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

}  // namespace strata
