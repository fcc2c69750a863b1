#include "core/reference/evaluate.h"

#include "core/index/sizes.h"
#include "core/ir/implementations.h"
#include "core/reference/evaluation.h"

#include <algorithm>
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

SizeValues sizesGiven(const Function& function, const std::vector<Shape>& inputs)
{
    SizeValues values;
    for (const auto& [size, dim] : sizesAtCall(function, inputs, {}))
        if (dim.isConstant())
            values[size] = dim.constant();
    return values;
}

// What an element of a parameter says of a size, 0 to the most that it can be.
Result<std::int64_t> valueOf(const ToldSize& told, const Function& function, const Tensors& inputs)
{
    const auto by = std::find_if(function.params.begin(), function.params.end(),
                                 [&](const TypedName& param) { return param.name == told.by; });
    const std::size_t index = std::size_t(by - function.params.begin());
    if (index >= inputs.size() || !inputs[index] || told.element >= inputs[index]->count())
        return bug("Function " + function.name + " is told its size " + told.size + " by " + told.by
                   + ", which it is not given.");
    const std::int64_t value = inputs[index]->integerAt(told.element);
    const Dim most = withDims(told.most, sizesAtCall(function, shapesOf(inputs), {}));
    if (value < 0 || (most.isConstant() && value > most.constant()))
        return refused(
            say("The size {} of {} is {} by the data; it is 0 to {}.", told.size, function.name, value, most.text()));
    return value;
}

}  // namespace

void learn(SizeValues& sizes, const TensorType& declared, const TensorPtr& result)
{
    for (std::size_t d = 0; result && d < std::min(declared.shape.size(), result->type.shape.size()); ++d)
        if (const std::string size = plainSize(declared.shape[d]); !size.empty())
            sizes.emplace(size, result->type.shape[d].constant());
}

Result<std::vector<Shape>> Evaluation::toldResults(const Function& function, const Tensors& inputs,
                                                   const std::vector<Shape>& results)
{
    if (function.told.empty() || inputs.size() != function.params.size())
        return results;
    SizeValues values;
    for (const ToldSize& told : function.told) {
        STRATA_TRY(values[told.size], valueOf(told, function, inputs));
    }
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < function.results.size(); ++i) {
        shapes.push_back(function.results[i].type.tensor.shape);
        for (std::size_t d = 0; d < shapes[i].size(); ++d) {
            const Dim is = shapes[i][d].bind(values);
            const bool known = i < results.size() && d < results[i].size() && results[i][d].isConstant();
            if (known && is.isConstant() && !(is == results[i][d]))
                return refused(say("The size {} of {} is {} by the data, and {} is declared.", shapes[i][d].text(),
                                   function.name, is.text(), results[i][d].text()));
            shapes[i][d] = known ? results[i][d] : is;
        }
    }
    return shapes;
}

Result<Tensors> Evaluation::run(const Function& function, const Tensors& inputs, const std::vector<Shape>& given)
{
    STRATA_CHECK(checkInputs(function, inputs));
    STRATA_TRY(const std::vector<Shape> results, toldResults(function, inputs, given));
    if (function.graph()) {  // what its nodes declare follows from the sizes where these are known
        const Result<SizeValues> all = sizesFor(function, shapesOf(inputs), results);
        const SizeValues sizes = all ? *all : sizesGiven(function, shapesOf(inputs));
        const FunctionPtr bound = sizes.empty() ? nullptr
                                                : withSizes(std::make_shared<const Function>(function), sizes);
        return bound ? runGraph(*bound, *bound->graph(), inputs, sizes)
                     : runGraph(function, *function.graph(), inputs, sizes);
    }
    if (const LibraryBody* body = function.library()) {  // what data tell it learns as it goes
        const Result<SizeValues> sizes = sizesFor(function, shapesOf(inputs), results);
        if (!sizes && givenSizes(function) == sizesOf(function))
            return sizes.error();
        return runLibrary(function, *body, inputs, sizes ? *sizes : sizesGiven(function, shapesOf(inputs)));
    }
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
    auto& program = m_programs[key];
    if (!program) {
        STRATA_TRY(program, compile(m_module, *bound));
    }
    return runLoops(*program, *bound, inputs, m_stop);
}

Result<Tensors> Evaluation::call(const std::string& function, const Tensors& inputs, const std::vector<Shape>& given)
{
    const FunctionPtr callee = m_module.find(function);
    if (!callee)
        return bug("There is no function named " + function + ".");
    STRATA_TRY(const std::vector<Shape> results, toldResults(*callee, inputs, given));
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
    Texts texts;
    reference::Machine machine(compiled->program, {}, {}, &texts);
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
