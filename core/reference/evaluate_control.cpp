// Control flow: conditions and counts are tensors of one element, the rest goes to the functions that run.
#include "core/base/rounding.h"
#include "core/ir/control.h"
#include "core/reference/evaluation.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace strata::reference {

namespace {

Error refusedInputs(const std::string& op)
{
    return refused(say("The evaluator runs no {} of these inputs.", op), {},
                   "A condition is one bool, a number of iterations one integer.");
}

bool isOne(const TensorPtr& tensor) { return tensor && tensor->count() == 1; }

TensorPtr scalar(const TensorType& type, std::int64_t value)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    tensor.setInteger(0, value);
    return std::make_shared<const Tensor>(std::move(tensor));
}

// All rows one after the other.
TensorPtr stacked(const Tensors& rows, const TensorType& row)
{
    std::vector<std::int64_t> shape = constants(row.shape);
    shape.insert(shape.begin(), std::int64_t(rows.size()));
    Tensor all = makeTensor(row.dtype, shape);
    std::int64_t at = 0;
    for (const TensorPtr& one : rows) {
        std::copy(one->strings.begin(), one->strings.end(), all.strings.begin() + (all.strings.empty() ? 0 : at));
        if (isPacked(row.dtype))  // a row may end within a byte
            for (std::int64_t i = 0; i < one->count(); ++i)
                writeBits(row.dtype, all.bytes.data(), at + i, readBits(row.dtype, one->bytes.data(), i));
        else if (!one->bytes.empty())
            std::memcpy(all.bytes.data() + byteCount(row.dtype, at), one->bytes.data(), one->bytes.size());
        at += one->count();
    }
    return std::make_shared<const Tensor>(std::move(all));
}

}  // namespace

Result<Tensors> Evaluation::runControl(const std::string& op, const Attributes& attributes, const Tensors& inputs)
{
    if (const std::optional<LoopForm> loop = loopOf(op, attributes, inputs.size()))
        return runLoop(*loop, inputs);
    const std::optional<Branches> branches = branchesOf(op, attributes);
    if (!branches || inputs.empty() || !isOne(inputs.front()))
        return refusedInputs(op);
    const bool condition = inputs.front()->at(0) != 0;
    return call(condition ? branches->then : branches->otherwise, Tensors(inputs.begin() + 1, inputs.end()));
}

Result<Tensors> Evaluation::runLoop(const LoopForm& loop, const Tensors& inputs)
{
    const FunctionPtr body = m_module.find(loop.body);
    if (!body || body->params.size() != inputs.size() || (inputs[0] && !isOne(inputs[0]))
        || (inputs[1] && !isOne(inputs[1])))
        return refusedInputs("Loop");
    const std::int64_t trips = inputs[0] ? inputs[0]->integerAt(0) : std::numeric_limits<std::int64_t>::max();
    bool condition = !inputs[1] || inputs[1]->at(0) != 0;
    Tensors passed = inputs;
    std::vector<Tensors> rows(body->results.size() - 1 - loop.carried);
    for (std::int64_t i = 0; i < trips && condition; ++i) {
        if (m_stop.stop_requested())
            return refused(say("The evaluation of {} is cancelled.", loop.body));
        passed[0] = scalar(body->params[0].type.tensor, i);
        passed[1] = scalar(body->params[1].type.tensor, condition);
        STRATA_TRY(const Tensors results, call(loop.body, passed));
        condition = results[0]->at(0) != 0;
        for (std::size_t c = 0; c < loop.carried; ++c)
            passed[2 + c] = results[1 + c];
        for (std::size_t r = 0; r < rows.size(); ++r)
            rows[r].push_back(results[1 + loop.carried + r]);
    }
    Tensors results(passed.begin() + 2, passed.begin() + 2 + std::ptrdiff_t(loop.carried));
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const TensorType& declared = body->results[1 + loop.carried + r].type.tensor;
        const TensorType row = rows[r].empty() ? declared : rows[r].front()->type;  // what it declares may be open
        const auto fits = [&](const TensorPtr& one) { return one->type == row; };
        if (!isConstant(row.shape) || !std::all_of(rows[r].begin(), rows[r].end(), fits))
            return refused(say("{} gives rows of different shapes, or none of a shape that is not known.", loop.body));
        results.push_back(stacked(rows[r], row));
    }
    return results;
}

}  // namespace strata::reference
