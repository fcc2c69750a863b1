// Whether a state still computes what the untouched model computes.
#include "app/workbench/workbench.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace strata {

namespace {

TensorType widen(TensorType type)
{
    if (type.dtype == DType::F32)
        type.dtype = DType::F64;
    return type;
}

ExprPtr widen(const ExprPtr& e)
{
    return transform(e, [](const ExprPtr& node) -> ExprPtr {
        if (node->type != DType::F32)
            return nullptr;
        Expr wide = *node;
        wide.type = DType::F64;
        return std::make_shared<const Expr>(std::move(wide));
    });
}

std::vector<TypedName> widen(std::vector<TypedName> values)
{
    for (TypedName& value : values)
        value.type.tensor = widen(value.type.tensor);
    return values;
}

Body widen(const Body& body)
{
    const Body typed = transform(body, [](const StmtPtr& stmt) -> std::optional<Body> {
        const Alloc* alloc = as<Alloc>(stmt);
        if (!alloc || alloc->buffer.type.dtype != DType::F32)
            return std::nullopt;
        Alloc wide = *alloc;
        wide.buffer.type = widen(wide.buffer.type);
        return Body{makeStmt(std::move(wide))};
    });
    return transformExprs(typed, [](const ExprPtr& e) { return widen(e); });
}

LibraryBody widen(LibraryBody body)
{
    for (LibraryStmtPtr& stmt : body.statements) {
        LibraryStmt wide = *stmt;
        if (auto* allocation = std::get_if<AllocateBuffer>(&wide)) {
            allocation->type = widen(allocation->type);
            allocation->slot.reset();
        } else if (auto* view = std::get_if<ViewBuffer>(&wide)) {
            view->type = widen(view->type);
        }
        stmt = std::make_shared<const LibraryStmt>(std::move(wide));
    }
    body.arenaBytes = 0;
    return body;
}

bool bitcasts(const Function& function)
{
    bool found = false;
    walkExprs(function.loops()->body, [&](const ExprPtr& root) {
        walk(root, [&](const Expr& e) {
            found = found || (e.op == Op::Bitcast && (e.type == DType::F32 || e.args[0]->type == DType::F32));
        });
    });
    return found;
}

Result<FunctionPtr> widen(const Function& function)
{
    Function wide = function;
    wide.params = widen(wide.params);
    wide.results = widen(wide.results);
    if (function.loops()) {
        if (bitcasts(function))
            return refused("Function " + function.name
                               + " looks at the bits of its floats, so it has no counterpart in double precision.",
                           {functionCursor(function.name)});
        wide.body = LoopsBody{widen(function.loops()->body)};
    } else if (function.library()) {
        wide.body = widen(*function.library());
    } else {
        return refused("Function " + function.name
                           + " is held as LLVM IR, which has no counterpart in double precision.",
                       {functionCursor(function.name)});
    }
    return std::make_shared<const Function>(std::move(wide));
}

Result<ConstantPtr> widen(const ConstantPtr& constant)
{
    if (constant->type().dtype != DType::F32)
        return constant;
    STRATA_TRY(Tensor narrow, toTensor(*constant));
    Tensor wide = makeTensor(DType::F64, constants(narrow.type.shape));
    std::copy_n(narrow.data<float>(), narrow.count(), wide.data<double>());
    return toConstant(std::move(wide));
}

Tensor widen(const Tensor& tensor)
{
    if (tensor.type.dtype != DType::F32)
        return tensor;
    Tensor wide = makeTensor(DType::F64, constants(tensor.type.shape));
    std::copy_n(tensor.data<float>(), tensor.count(), wide.data<double>());
    return wide;
}

// Largest |a - reference|, and the largest |reference|; NaN against NaN and equal infinities are no error.
struct Distance {
    double error = 0, scale = 0;
};
Distance distance(const Tensor& a, const Tensor& reference)
{
    Distance result;
    for (std::int64_t i = 0, n = std::min(a.count(), reference.count()); i < n; ++i) {
        const double x = a.at(i), y = reference.at(i);
        if (std::isfinite(y))
            result.scale = std::max(result.scale, std::abs(y));
        if (x == y || (std::isnan(x) && std::isnan(y)))
            continue;
        const double error = std::abs(x - y);
        result.error = std::max(result.error, std::isnan(error) ? std::numeric_limits<double>::infinity() : error);
    }
    return result;
}

// The rule of DESIGN's "Judging" for a state that is not exact.
OutputVerdict judged(const std::string& name, const Tensor& actual, const Tensor& untouched, const Tensor& precise)
{
    OutputVerdict verdict{name, compare(actual, untouched, 0, 0), 0, false};
    if (verdict.comparison.equalBits) {
        verdict.passed = true;
        return verdict;
    }
    if (!verdict.comparison.reason.empty())
        return verdict;
    const Distance base = distance(untouched, precise), state = distance(actual, precise);
    const double ulp = std::ldexp(base.scale, -23);
    verdict.bound = std::max(4 * base.error, 4 * ulp);
    verdict.passed = state.error <= verdict.bound;
    return verdict;
}

}  // namespace

Result<ModulePtr> widened(const Module& module, LoweringCache* cache)
{
    STRATA_TRY(LoweredModule lowered, lowerByDefault(module, cache, false));
    Module wide = *lowered.module;
    for (FunctionPtr& function : wide.functions) {
        STRATA_TRY(function, widen(*function));
    }
    for (auto& [name, constant] : wide.constants) {
        STRATA_TRY(constant, widen(constant));
    }
    return std::make_shared<const Module>(std::move(wide));
}

Result<std::vector<OutputVerdict>> checkState(Toolchain& toolchain, const Module& root, const State& state,
                                              const std::vector<Tensor>& inputs, std::stop_token stop,
                                              const Progress& progress)
{
    STRATA_TRY(std::vector<Tensor> untouched, runModule(toolchain, root, RunTarget::Cpu, inputs, 1, stop, progress));
    STRATA_TRY(std::vector<Tensor> actual,
               runModule(toolchain, *state.module, RunTarget::Cpu, inputs, 1, stop, progress));
    const std::vector<TypedName>& results = root.entryFunction()->results;
    std::vector<OutputVerdict> verdicts;
    bool equal = actual.size() == untouched.size();
    for (std::size_t i = 0; i < untouched.size() && i < actual.size(); ++i) {
        const Comparison comparison = compare(actual[i], untouched[i], 0, 0);
        verdicts.push_back({results[i].name, comparison, 0, comparison.equalBits});
        equal = equal && comparison.equalBits;
    }
    if (equal || state.worst == Effect::Exact)
        return verdicts;

    STRATA_TRY(ModulePtr wide, widened(root, toolchain.lowering.get()));
    std::vector<Tensor> wideInputs;
    for (const Tensor& input : inputs)
        wideInputs.push_back(widen(input));
    STRATA_TRY(std::vector<Tensor> precise, runModule(toolchain, *wide, RunTarget::Cpu, wideInputs, 1, stop, progress));
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        verdicts[i] = judged(results[i].name, actual[i], untouched[i], precise[i]);
    return verdicts;
}

}  // namespace strata
