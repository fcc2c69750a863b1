#include "core/machine/run_loops.h"

#include <algorithm>
#include <utility>

namespace strata::reference {

namespace {

View viewOf(Tensor& tensor)
{
    std::vector<std::int64_t> shape = constants(tensor.type.shape);
    std::vector<std::int64_t> strides = denseStrides(shape);
    return {tensor.bytes.data(), std::move(shape), std::move(strides)};
}

}  // namespace

Result<Tensors> runLoops(const MachineCode& program, const Function& function, const Tensors& inputs,
                         std::stop_token stop)
{
    if (inputs.size() != function.params.size())
        return bug("Function " + function.name + " takes " + std::to_string(function.params.size()) + " inputs, "
                   + std::to_string(inputs.size()) + " are given.");
    std::vector<View> views;
    std::vector<std::shared_ptr<Tensor>> copies;  // of parameters that the function writes, or that are texts
    Texts texts;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i]->type != function.params[i].type.tensor)
            return bug("Parameter " + function.params[i].name + " of " + function.name + " is "
                       + toString(function.params[i].type) + ", the tensor given is " + toString(inputs[i]->type)
                       + ".");
        const bool isText = inputs[i]->type.dtype == DType::String;
        copies.push_back(program.written[i] || isText ? std::make_shared<Tensor>(*inputs[i]) : nullptr);
        if (isText)
            copies.back()->bytes = texts.numbers(inputs[i]->strings);
        views.push_back(viewOf(copies.back() ? *copies.back() : const_cast<Tensor&>(*inputs[i])));
    }
    std::vector<std::shared_ptr<Tensor>> results;
    const std::map<std::size_t, std::size_t> begun = inoutPositions(function);
    for (std::size_t i = 0; i < function.results.size(); ++i) {
        const TensorType& type = function.results[i].type.tensor;
        results.push_back(std::make_shared<Tensor>(makeTensor(type.dtype, constants(type.shape))));
        if (type.dtype == DType::String)
            results.back()->bytes.resize(results.back()->strings.size() * sizeof(std::int64_t));
        if (const auto from = begun.find(i); from != begun.end())
            results.back()->bytes = type.dtype == DType::String ? texts.numbers(inputs[from->second]->strings)
                                                                : inputs[from->second]->bytes;
        else
            std::ranges::fill(results.back()->bytes, undefinedByte);
        views.push_back(viewOf(*results.back()));
    }
    Machine machine(program, std::move(views), std::move(stop), &texts);
    STRATA_CHECK(machine.run());
    for (const std::shared_ptr<Tensor>& result : results)
        if (result->type.dtype == DType::String)
            result->strings = texts.strings(std::exchange(result->bytes, {}));
    return Tensors(results.begin(), results.end());
}

Result<Tensors> runLoops(const Module& module, const Function& function, const Tensors& inputs, std::stop_token stop)
{
    STRATA_TRY(const auto program, compile(module, function));
    return runLoops(*program, function, inputs, std::move(stop));
}

}  // namespace strata::reference
