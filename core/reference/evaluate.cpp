#include "core/reference/evaluate.h"

#include "core/index/sizes.h"
#include "core/ir/implementations.h"
#include "core/reference/evaluation.h"

#include <new>

namespace strata {

namespace reference {

namespace {

Status checkInputs(const Function& function, const Tensors& inputs)
{
    if (inputs.size() != function.params.size())
        return refused(
            say("Function {} takes {} inputs, {} are given.", function.name, function.params.size(), inputs.size()));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const TypedName& param = function.params[i];
        const TensorType& type = param.type.tensor;
        const bool fixed = type.ranked && isConstant(type.shape);
        if (inputs[i]->type.dtype != type.dtype || (fixed && inputs[i]->type.shape != type.shape))
            return refused(say("Input {} of {} is {}, the tensor given is {}.", param.name, function.name,
                               toString(type), toString(inputs[i]->type)));
    }
    return {};
}

std::vector<Shape> shapesOf(const Tensors& tensors)
{
    std::vector<Shape> shapes;
    for (const TensorPtr& tensor : tensors)
        shapes.push_back(tensor ? tensor->type.shape : Shape());
    return shapes;
}

}  // namespace

Result<Tensors> Evaluation::run(const Function& function, const Tensors& inputs, const std::vector<Shape>& results)
{
    STRATA_CHECK(checkInputs(function, inputs));
    if (function.graph()) {  // what its nodes declare follows from the sizes where these are known
        const Result<SizeValues> sizes = sizesFor(function, shapesOf(inputs), results);
        const FunctionPtr bound = sizes && !sizes->empty()
                                      ? withSizes(std::make_shared<const Function>(function), *sizes)
                                      : nullptr;
        return bound ? runGraph(*bound, *bound->graph(), inputs) : runGraph(function, *function.graph(), inputs);
    }
    if (const LibraryBody* body = function.library(); body && !hasSizes(function))
        return runLibrary(function, *body, inputs);
    if (function.hardware())
        return refused(say("Function {} is LLVM IR, which the evaluator does not run.", function.name),
                       {functionCursor(function.name)}, "Run it compiled.");
    if (hasSizes(function))
        return runForSizes(function, inputs, results);
    auto& program = m_programs[function.name];
    if (!program) {
        STRATA_TRY(program, compile(m_module, function));
    }
    return runLoops(*program, function, inputs, m_stop);
}

// What the loops of a size mean is what they are with its number put in.
Result<Tensors> Evaluation::runForSizes(const Function& function, const Tensors& inputs,
                                        const std::vector<Shape>& results)
{
    STRATA_TRY(const SizeValues sizes, sizesFor(function, shapesOf(inputs), results));
    std::string key = function.name;
    for (const auto& [size, value] : sizes)
        key += ", " + size + "=" + std::to_string(value);
    FunctionPtr& bound = m_bound[key];
    if (!bound)
        bound = withSizes(std::make_shared<const Function>(function), sizes);
    if (const LibraryBody* body = bound->library())
        return runLibrary(*bound, *body, inputs);
    auto& program = m_programs[key];
    if (!program) {
        STRATA_TRY(program, compile(m_module, *bound));
    }
    return runLoops(*program, *bound, inputs, m_stop);
}

Result<Tensors> Evaluation::call(const std::string& function, const Tensors& inputs, const std::vector<Shape>& results)
{
    const FunctionPtr callee = m_module.find(function);
    if (!callee)
        return bug("There is no function named " + function + ".");
    const Result<SizeValues> sizes = hasSizes(*callee) ? sizesFor(*callee, shapesOf(inputs), results) : SizeValues{};
    return run(*chosen(m_module, callee, m_module.target.isa, sizes ? *sizes : SizeValues{}), inputs, results);
}

Result<TensorPtr> Evaluation::constant(const std::string& name)
{
    TensorPtr& tensor = m_constants[name];
    if (!tensor) {
        const auto it = m_module.constants.find(name);
        if (it == m_module.constants.end())
            return bug("There is no constant named @" + name + ".");
        STRATA_TRY(Tensor value, toTensor(*it->second));
        tensor = std::make_shared<const Tensor>(std::move(value));
    }
    return tensor;
}

}  // namespace reference

Scalar evaluate(const ExprPtr& e, const ScalarEnvironment& variables,
                const std::function<Scalar(const std::string&, const std::vector<std::int64_t>&)>& load)
{
    const auto compiled = reference::compile(e);
    if (!compiled)
        return {};
    reference::Machine machine(compiled->program, {}, {});
    for (const auto& [name, place] : compiled->variables)
        if (const auto it = variables.find(name); it != variables.end())
            machine.set(place.second, place.first, it->second);
    machine.load = load;
    (void)machine.run();
    return machine.get(compiled->result, e->type);
}

Result<std::vector<Tensor>> evaluate(const Module& module, const Function& function, const std::vector<Tensor>& inputs,
                                     std::stop_token stop)
try {
    reference::Tensors pointers;
    for (const Tensor& input : inputs)
        pointers.push_back(std::make_shared<const Tensor>(input));
    reference::Evaluation evaluation(module, std::move(stop));
    STRATA_TRY(const reference::Tensors results, evaluation.run(function, pointers));
    std::vector<Tensor> tensors;
    for (const reference::TensorPtr& result : results)
        tensors.push_back(*result);
    return tensors;
} catch (const std::bad_alloc&) {
    return environmentError("There is not enough memory to evaluate " + function.name + ".");
}

}  // namespace strata
