// Inputs that nobody gave: drawn from a fixed seed, legal for what they index.
//
// Where an integer input ends in an index (Gather's indices, a length, a label), a value out of range is an error of
// the run, so it is drawn within what its readers demand. The demand is read off the lowered program: `checked(i, n)`
// says that i lies in 0 .. n-1, and is followed backwards through what hands a value on unchanged (loads, casts,
// selects, additions of constants; stores into buffers; views, copies and calls) to the inputs. Where several readers
// demand something, all of it holds. A value that is computed in another way is not followed. An input that is a shape
// is the one that the model declares.
#include "app/workbench/draw.h"

#include "core/ir/calls.h"
#include "passes/lowering/lower.h"

#include <algorithm>

namespace strata {

namespace {

struct Demand {
    static constexpr std::int64_t anything = std::int64_t(1) << 60;
    std::int64_t low = -anything, high = anything;

    void meet(const Demand& other)
    {
        low = std::max(low, other.low);
        high = std::min(high, other.high);
    }
    Demand moved(std::int64_t by) const { return {low + by, high + by}; }
};
using Demands = std::map<std::string, Demand>;  // of the elements of a buffer

void demand(Demands& demands, const std::string& buffer, const Demand& what) { demands[buffer].meet(what); }

// What `e` must be is asked of the loads that it hands on.
void handDown(const ExprPtr& e, const Demand& wanted, Demands& demands)
{
    const auto constant = [&](std::size_t i) { return isConst(e->args[i]) && !isFloat(e->args[i]->type); };
    switch (e->op) {
    case Op::Load: return demand(demands, e->name, wanted);
    case Op::Cast:
    case Op::Checked: return handDown(e->args[0], wanted, demands);
    case Op::Let: return handDown(substitute(e->args[1], {{e->name, e->args[0]}}), wanted, demands);
    case Op::Select:
        // `i < 0 ? i + n : i` counts from the end: what is drawn is not negative, and i is what is wanted.
        if (wanted.low >= 0 && e->args[0]->op == Op::Lt && equal(e->args[0]->args[0], e->args[2]))
            return handDown(e->args[2], wanted, demands);
        handDown(e->args[1], wanted, demands);
        return handDown(e->args[2], wanted, demands);
    case Op::Add:
    case Op::Sub:
        if (constant(1))
            handDown(e->args[0], wanted.moved(e->op == Op::Add ? -e->args[1]->i : e->args[1]->i), demands);
        else if (constant(0) && e->op == Op::Add)
            handDown(e->args[1], wanted.moved(-e->args[0]->i), demands);
        return;
    default: return;
    }
}

void readChecks(const ExprPtr& root, Demands& demands)
{
    walk(root, [&](const Expr& e) {
        if (e.op == Op::Checked && isConst(e.args[1]) && e.args[1]->i > 0)
            handDown(e.args[0], {0, e.args[1]->i - 1}, demands);
    });
}

// Statements from the last to the first: what is wanted of a buffer is known before its writers are met.
void backwards(const Body& body, Demands& demands)
{
    for (std::size_t i = body.size(); i-- > 0;) {
        const StmtPtr& stmt = body[i];
        if (const Store* store = as<Store>(stmt)) {
            for (const ExprPtr& index : store->indices)
                readChecks(index, demands);
            readChecks(store->value, demands);
            if (const auto found = demands.find(store->buffer); found != demands.end())
                handDown(store->value, Demand(found->second), demands);
        } else if (const Loop* loop = as<Loop>(stmt)) {
            backwards(loop->body, demands);
        } else if (const Block* block = as<Block>(stmt)) {
            backwards(block->body, demands);
            backwards(block->init, demands);
        }
    }
}

class Program {
public:
    explicit Program(const Module& module)
        : m_module(module)
    {
    }

    void visit(const Function& function, Demands& demands) const;

private:
    void visit(const LibraryCall& call, Demands& demands) const;
    static void ask(const Operand& operand, const Demands& demands, const std::string& of, Demands& target)
    {
        if (const auto found = demands.find(of); operand.kind == Operand::Kind::Value && found != demands.end())
            demand(target, operand.name, Demand(found->second));
    }

    const Module& m_module;
};

void Program::visit(const LibraryCall& call, Demands& demands) const
{
    const FunctionPtr callee = call.kind == LibraryCall::Callee::Function ? m_module.find(call.callee) : nullptr;
    if (!callee)
        return;
    Demands inner;
    for (std::size_t i = 0; i < call.outputs.size() && i < callee->results.size(); ++i)
        if (const auto found = demands.find(call.outputs[i]); found != demands.end())
            inner[callee->results[i].name] = found->second;
    visit(*callee, inner);
    for (std::size_t i = 0; i < call.inputs.size() && i < callee->params.size(); ++i)
        ask(call.inputs[i], inner, callee->params[i].name, demands);
}

void Program::visit(const Function& function, Demands& demands) const
{
    if (const LoopsBody* loops = function.loops())
        return backwards(loops->body, demands);
    const LibraryBody* program = function.library();
    for (std::size_t i = program ? program->statements.size() : 0; i-- > 0;) {
        const LibraryStmt& stmt = *program->statements[i];
        if (const auto* call = std::get_if<LibraryCall>(&stmt))
            visit(*call, demands);
        else if (const auto* view = std::get_if<ViewBuffer>(&stmt))
            ask(view->source, Demands(demands), view->name, demands);
        else if (const auto* copy = std::get_if<CopyBuffer>(&stmt))
            ask(copy->source, Demands(demands), copy->target, demands);
    }
}

Demands demandsOf(const Module& module)
{
    Demands demands;
    const FunctionPtr entry = module.entryFunction();
    const bool any = std::any_of(entry->params.begin(), entry->params.end(),
                                 [](const TypedName& param) { return isInteger(param.type.tensor.dtype); });
    if (!any)
        return demands;
    if (const Result<LoweredModule> lowered = lowerKeepingChoices(module, nullptr, false); lowered)
        if (const FunctionPtr program = lowered->module->entryFunction())
            Program(*lowered->module).visit(*program, demands);
    return demands;
}

Demand valuesOf(DType type)
{
    const int bits = std::min(bitSize(type) - (isSigned(type) ? 1 : 0), 60);
    const std::int64_t high = (std::int64_t(1) << bits) - 1;
    return {isSigned(type) ? -high - 1 : 0, high};
}

Tensor drawn(const TensorType& type, std::mt19937& random, const Demand& wanted)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    if (type.dtype == DType::String) {  // letters, so that some are equal
        for (std::string& text : tensor.strings)
            text = std::string(1, char('a' + random() % 8));
        return tensor;
    }
    std::uniform_real_distribution<double> real(-1.0, 1.0);  // no denormals worth speaking of
    Demand range = wanted;
    if (isInteger(type.dtype))
        range.meet(valuesOf(type.dtype));
    if (wanted.high - wanted.low >= Demand::anything
        || range.low > range.high)  // nobody asks, or for what is impossible
        range = {0, 9};
    std::uniform_int_distribution<std::int64_t> integer(range.low, range.high);
    for (std::int64_t i = 0, n = tensor.count(); i < n; ++i)
        tensor.set(i, isFloat(type.dtype)         ? real(random)
                      : type.dtype == DType::Bool ? double(integer(random) & 1)
                                                  : double(integer(random)));
    return tensor;
}

// An input that is the shape of a node's result: what the node declares, from the end.
std::optional<Tensor> asShape(const Function& entry, const TypedName& param)
{
    static const std::map<std::string, std::size_t> shapeInputs{{"ConstantOfShape", 0}, {"Expand", 1}, {"Reshape", 1}};
    const GraphBody* graph = entry.graph();
    Tensor tensor = makeTensor(param.type.tensor.dtype, constants(param.type.tensor.shape));
    for (const GraphNodePtr& node : graph ? graph->nodes : std::vector<GraphNodePtr>()) {
        const auto found = shapeInputs.find(node->op);
        if (found == shapeInputs.end() || !node->domain.empty() || node->outputs.empty()
            || found->second >= node->inputs.size() || node->inputs[found->second] != Operand::value(param.name))
            continue;
        const TensorType& made = node->outputs[0].type.tensor;
        const std::int64_t size = tensor.count(), rank = std::int64_t(made.shape.size());
        if (!made.ranked || !isConstant(made.shape) || size > rank)
            continue;
        for (std::int64_t i = 0; i < size; ++i)
            tensor.set(i, double(made.shape[std::size_t(rank - size + i)].constant()));
        return tensor;
    }
    return std::nullopt;
}

}  // namespace

std::vector<Tensor> drawInputs(const Module& module)
{
    const Demands demands = demandsOf(module);
    std::mt19937 random(2026);
    std::vector<Tensor> inputs;
    const FunctionPtr entry = module.entryFunction();
    for (const TypedName& param : entry->params) {
        if (std::optional<Tensor> shape = asShape(*entry, param)) {
            inputs.push_back(std::move(*shape));
            continue;
        }
        const auto found = demands.find(param.name);
        inputs.push_back(drawn(param.type.tensor, random, found == demands.end() ? Demand() : found->second));
    }
    return inputs;
}

}  // namespace strata
