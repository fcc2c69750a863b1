// Is a statement an update `a[i] = a[i] op e`? Decided by its form; update.h says why the form is enough.
#include "core/analysis/update.h"

#include "core/base/condition.h"

#include <algorithm>

namespace strata {

namespace {

bool reads(const ExprPtr& e, const std::string& buffer)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || (node.op == Op::Load && node.name == buffer); });
    return found;
}

// What an expression accumulates into one of its operands, if it does: a - e adds -e, a fused multiply-add adds.
struct Accumulation {
    Op op;
    std::vector<std::size_t> into;  // operands that may be what is accumulated into
};

std::optional<Accumulation> accumulation(const Expr& e)
{
    switch (e.op) {
    case Op::Fma: return Accumulation{Op::Add, {2}};
    case Op::Sub: return Accumulation{Op::Add, {0}};
    case Op::Add:
    case Op::Mul:
    case Op::And:
    case Op::Or:
    case Op::Xor:
    case Op::Maximum:
    case Op::Minimum: return Accumulation{e.op, {0, 1}};
    case Op::Max:
    case Op::Min:  // an ordered choice of floats keeps or loses a NaN, and one of two zeros, depending on the order
        return STRATA_CONDITION("update.choice", !isFloat(e.type)) ? std::optional(Accumulation{e.op, {0, 1}})
                                                                   : std::nullopt;
    default: return std::nullopt;
    }
}

bool roundsByOrder(Op op, DType type) { return isFloat(type) && (op == Op::Add || op == Op::Mul); }

// The operand through which the value accumulates into what is stored to, directly or through more terms of the same
// operation, as in (a + e) + f.
std::optional<std::size_t> operandOf(const ExprPtr& value, Op op, const Store& store)
{
    const auto accumulates = accumulation(*value);
    if (!accumulates || accumulates->op != op)
        return std::nullopt;
    const auto others = [&](std::size_t self) {
        for (std::size_t i = 0; i < value->args.size(); ++i)
            if (i != self && reads(value->args[i], store.buffer))
                return false;
        return true;
    };
    for (const std::size_t self : accumulates->into)
        if ((isSelf(value->args[self], store) || operandOf(value->args[self], op, store))
            && STRATA_CONDITION("update.operand", others(self)))
            return self;
    return std::nullopt;
}

std::optional<Update> updateBy(const ExprPtr& value, const Store& store)
{
    if (value->op == Op::Let)
        return reads(value->args[0], store.buffer) ? std::nullopt : updateBy(value->args[1], store);
    if (value->op == Op::Select) {
        for (const std::size_t kept : {1u, 2u})
            if (isSelf(value->args[kept], store)
                && STRATA_CONDITION("update.guard", !reads(value->args[0], store.buffer)))
                return updateBy(value->args[3 - kept], store);
        return std::nullopt;
    }
    const auto accumulates = accumulation(*value);
    const auto self = accumulates ? operandOf(value, accumulates->op, store) : std::nullopt;
    if (!self)
        return std::nullopt;
    return Update{accumulates->op, *self != 1, !roundsByOrder(accumulates->op, value->type)};
}

// The only innermost block of a description that is one nest.
const Block* onlyBlock(const Body& body)
{
    if (body.size() != 1)
        return nullptr;
    if (const Loop* loop = as<Loop>(body[0]))
        return onlyBlock(loop->body);
    return as<Block>(body[0]);
}

std::optional<Update> updateOf(const Module& module, const IntrinsicCall& call)
{
    const IntrinsicPtr intrinsic = module.intrinsic(call.intrinsic);
    const LoopsBody* loops = intrinsic ? intrinsic->description->loops() : nullptr;
    const Block* block = loops ? onlyBlock(loops->body) : nullptr;
    const Store* store = block && block->init.empty() && block->body.size() == 1 ? as<Store>(block->body[0]) : nullptr;
    if (!store)
        return std::nullopt;
    std::vector<TypedName> names = intrinsic->description->params;
    names.insert(names.end(), intrinsic->description->results.begin(), intrinsic->description->results.end());
    std::string target;
    for (std::size_t i = 0; i < std::min(names.size(), call.arguments.size()); ++i)
        if (names[i].name == store->buffer)
            target = call.arguments[i].buffer;
    if (std::count_if(call.arguments.begin(), call.arguments.end(),
                      [&](const IntrinsicCall::Argument& argument) { return argument.buffer == target; })
        != 1)
        return std::nullopt;
    return updateOf(*store);
}

}  // namespace

bool isSelf(const ExprPtr& e, const Store& store)
{
    return e->op == Op::Load && e->name == store.buffer
           && std::equal(e->args.begin(), e->args.end(), store.indices.begin(), store.indices.end(),
                         [](const ExprPtr& a, const ExprPtr& b) { return equal(a, b); });
}

std::optional<Update> updateOf(const Store& store)
{
    for (const ExprPtr& index : store.indices)
        if (reads(index, store.buffer))
            return std::nullopt;
    return updateBy(store.value, store);
}

std::optional<Update> updateOf(const Module* module, const Block& block)
{
    const auto isReduce = [](const BlockIter& iter) { return iter.kind == IterKind::Reduce; };
    if (block.body.size() != 1 || std::none_of(block.iters.begin(), block.iters.end(), isReduce))
        return std::nullopt;
    if (const Store* store = as<Store>(block.body[0]))
        return updateOf(*store);
    const IntrinsicCall* call = as<IntrinsicCall>(block.body[0]);
    return call && module ? updateOf(*module, *call) : std::nullopt;
}

}  // namespace strata
