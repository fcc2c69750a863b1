// Calls of hardware primitives: their implementation in LLVM IR if they have one, the processor's instruction for what
// their description says (emit_dot_product.cpp, emit_depthwise.cpp, emit_planes.cpp), else the description, unrolled
// and vectorized.
#include "backends/llvm/codegen/emitter.h"

namespace strata {

namespace {

// Names of the description are set apart from the function's by a mark that no name of the text form has.
std::string marked(const std::string& name) { return name + "'"; }

// The description on the boxes of one call: its buffers are boxes of the function's.
class PlacedPrimitive {
public:
    PlacedPrimitive(const IntrinsicCall& call, const Function& description)
        : m_call(call)
    {
        std::size_t i = 0;
        for (const auto* list : {&description.params, &description.results})
            for (const auto& buffer : *list)
                m_argument[buffer.name] = i++;
    }

    Body body(const Body& body) const
    {
        return strata::transform(transformExprs(body, [this](const ExprPtr& e) { return expression(e); }),
                                 [this](const StmtPtr& stmt) { return statement(stmt); });
    }

private:
    std::vector<ExprPtr> place(const IntrinsicCall::Argument& argument, const std::vector<ExprPtr>& indices) const
    {
        std::vector<ExprPtr> result = argument.begin;
        for (std::size_t d = 0; d < indices.size() && d < result.size(); ++d) {
            ExprPtr& index = result[result.size() - 1 - d];
            index = index + indices[indices.size() - 1 - d];
        }
        return result;
    }

    ExprPtr expression(const ExprPtr& e) const
    {
        return strata::transform(e, [this](const ExprPtr& node) -> ExprPtr {
            if (node->op == Op::Var)
                return var(marked(node->name), node->type);
            if (node->op != Op::Load || !m_argument.count(node->name))
                return nullptr;
            const auto& argument = m_call.arguments[m_argument.at(node->name)];
            return load(argument.buffer, node->type, place(argument, node->args));
        });
    }

    std::optional<Body> statement(const StmtPtr& stmt) const
    {
        if (const auto* loop = as<Loop>(stmt)) {
            Loop copy = *loop;
            copy.name = marked(loop->name);
            return Body{makeStmt(std::move(copy))};
        }
        if (const auto* block = as<Block>(stmt)) {
            Block copy = *block;
            for (auto& iter : copy.iters)
                iter.name = marked(iter.name);
            return Body{makeStmt(std::move(copy))};
        }
        if (const auto* store = as<Store>(stmt); store && m_argument.count(store->buffer)) {
            const auto& argument = m_call.arguments[m_argument.at(store->buffer)];
            return Body{makeStmt(Store{argument.buffer, place(argument, store->indices), store->value})};
        }
        return std::nullopt;
    }

    const IntrinsicCall& m_call;
    std::map<std::string, std::size_t> m_argument;
};

// The loop that the iterator `name` of a block stands for, if it is bound to nothing else.
std::string loopOf(const Body& body, const std::string& name)
{
    std::string loop;
    walk(body, [&](const StmtPtr& stmt) {
        if (const auto* block = as<Block>(stmt))
            for (const auto& iter : block->iters)
                if (iter.name == name && iter.binding->op == Op::Var)
                    loop = iter.binding->name;
    });
    return loop;
}

// The loop whose iterations store neighbours in memory.
std::string contiguousLoop(const Body& body)
{
    std::string loop;
    walk(body, [&](const StmtPtr& stmt) {
        if (const auto* store = as<Store>(stmt);
            store && !store->indices.empty() && store->indices.back()->op == Op::Var)
            loop = loopOf(body, store->indices.back()->name);
    });
    return loop;
}

// A long reduction stays a loop.
std::string reductionLoop(const Body& body)
{
    constexpr std::int64_t longest = 8;
    std::string loop;
    walk(body, [&](const StmtPtr& stmt) {
        if (const auto* block = as<Block>(stmt))
            for (const auto& iter : block->iters)
                if (iter.kind == IterKind::Reduce && iter.extent->op == Op::Const && iter.extent->i > longest)
                    loop = loopOf(body, iter.name);
    });
    return loop;
}

// A description is a set of independent updates, each with its own order of accumulation, which stays. So its loops may
// be nested as code likes them: a long reduction outermost, what is contiguous in memory innermost and vectorized, the
// rest unrolled.
Body shaped(const Body& body)
{
    const std::string inner = contiguousLoop(body), outer = reductionLoop(body);
    std::map<std::string, Loop> moved;
    Body result = transform(body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        if (const auto* loop = as<Loop>(stmt)) {
            Loop copy = *loop;
            copy.kind = loop->name == inner   ? LoopKind::Vectorized
                        : loop->name == outer ? LoopKind::Serial
                                              : LoopKind::Unrolled;
            if (copy.kind == LoopKind::Unrolled)
                return Body{makeStmt(std::move(copy))};
            return moved.emplace(loop->name, std::move(copy)).first->second.body;
        }
        return std::nullopt;
    });
    if (moved.count(inner))
        result = transform(result, [&](const StmtPtr& stmt) -> std::optional<Body> {
            if (!as<Block>(stmt))
                return std::nullopt;
            Loop loop = moved.at(inner);
            loop.body = {stmt};
            return Body{makeStmt(std::move(loop))};
        });
    if (moved.count(outer) && outer != inner) {
        Loop loop = moved.at(outer);
        loop.body = std::move(result);
        result = {makeStmt(std::move(loop))};
    }
    return result;
}

// Blocks one after the other may use what the one before stored; then their loops keep their places.
bool isOneBlock(const Body& body)
{
    int blocks = 0;
    walk(body, [&](const StmtPtr& stmt) { blocks += as<Block>(stmt) != nullptr; });
    return blocks == 1;
}

}  // namespace

void Emitter::emitIntrinsic(const IntrinsicCall& call)
{
    const IntrinsicPtr intrinsic = m_module.intrinsic(call.intrinsic);
    if (!intrinsic || !intrinsic->description || !intrinsic->description->loops())
        return fail(refused(say("The intrinsic {} is not in the module's table.", call.intrinsic), place(),
                            "Declare it with its description."));
    if (!intrinsic->implementation.empty())
        return emitImplementation(call, *intrinsic);
    if (const auto dot = dotProductOf(*intrinsic->description); dot && m_lanes == 0 && emitDotProduct(call, *dot))
        return;
    if (const auto product = depthwiseProductOf(*intrinsic->description);
        product && m_lanes == 0 && emitDepthwise(call, *product))
        return;
    if (const auto product = planesProductOf(*intrinsic->description);
        product && m_lanes == 0 && emitPlanes(call, *product))
        return;
    // Where the call stands, in terms of loops: the description's names must not catch the function's.
    IntrinsicCall placed = call;
    for (auto& argument : placed.arguments)
        for (auto& begin : argument.begin) {
            std::vector<Substitution> values;
            for (const auto& name : freeVariables(begin))
                if (const auto found = m_names.find(name); found != m_names.end())
                    values.push_back({name, found->second.expr});
            begin = substitute(begin, values);
        }
    const Body& description = intrinsic->description->loops()->body;
    const bool outer = std::exchange(m_inIntrinsic, true);
    emit(PlacedPrimitive(placed, *intrinsic->description)
             .body(m_lanes > 0 || !isOneBlock(description) ? description : shaped(description)));
    m_inIntrinsic = outer;
}

void Emitter::emitImplementation(const IntrinsicCall& call, const Intrinsic& intrinsic)
{
    std::vector<llvm::Value*> values;
    std::vector<llvm::Type*> types;
    const auto pass = [&](llvm::Value* value) {
        values.push_back(value);
        types.push_back(value->getType());
    };
    for (const auto& argument : call.arguments) {
        const Storage* buffer = storage(argument.buffer);
        if (!buffer)
            return;
        if (buffer->packed)
            return fail(refused(say("The primitive {} has an implementation of its own, which takes addresses of "
                                    "elements, but those of {} are packed.",
                                    intrinsic.name, argument.buffer)));
        pass(address(*buffer, offset(*buffer, argument.begin)));
        for (std::size_t d = 0; d + 1 < buffer->strides.size(); ++d)
            pass(materialize(index(buffer->strides[d])));
    }
    auto* type = llvm::FunctionType::get(m_builder.getVoidTy(), types, false);
    m_builder.CreateCall(m_out.module->getOrInsertFunction(intrinsic.name, type), values);
}

}  // namespace strata
