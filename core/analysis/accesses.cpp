// What one instance of a block reads and writes, as expressions over the block's own iterators.
//
// One walk in program order keeps what stands for the names in scope: Lets are substituted, iterators of inner blocks
// give way to their bindings, loops inside add their range. What guards an access (the sides of a select, the
// predicates of inner blocks) is kept with it as a condition, so that nothing downstream has to read the body again. An
// access may be said to happen although it does not (a condition that analysis cannot express), never the other way
// round; with that every analysis built on this list errs to the safe side.
#include "core/analysis/accesses.h"

namespace strata {

namespace {

class Collector {
public:
    explicit Collector(const Module* module)
        : m_module(module)
    {
    }

    void visit(const Body& body)
    {
        for (const StmtPtr& stmt : body)
            visit(stmt);
    }
    void visitBlock(const Block& block)
    {
        const Block* outer = std::exchange(m_owner, &block);
        m_init = true;
        visit(block.init);
        m_init = false;
        visit(block.body);
        m_owner = outer;
    }
    std::vector<Access> take() { return std::move(m_accesses); }

private:
    void visit(const StmtPtr& stmt);
    void visitInner(const Block& block);
    void visitStore(const Store& store);
    void visitCall(const IntrinsicCall& call);
    void visitExpr(const ExprPtr& e);
    ExprPtr outer(const ExprPtr& e) const { return m_values.empty() ? e : substitute(e, m_values); }
    void record(const std::string& buffer, bool write, const std::vector<ExprPtr>& indices,
                std::vector<std::int64_t> extent);

    const Module* m_module;
    std::vector<Access> m_accesses;
    std::vector<Substitution> m_values;  // Lets and iterators of inner blocks
    Ranges m_inner;
    std::vector<ExprPtr> m_conditions;
    const Block* m_owner = nullptr;
    bool m_init = false;
};

void Collector::record(const std::string& buffer, bool write, const std::vector<ExprPtr>& indices,
                       std::vector<std::int64_t> extent)
{
    Access access{buffer, write, m_init, {}, std::move(extent), m_inner, m_conditions, m_owner};
    for (const ExprPtr& index : indices)
        access.begin.push_back(outer(index));
    m_accesses.push_back(std::move(access));
}

void Collector::visitExpr(const ExprPtr& e)
{
    if (e->op == Op::Let) {
        visitExpr(e->args[0]);
        m_values.push_back({e->name, outer(e->args[0])});
        visitExpr(e->args[1]);
        m_values.pop_back();
        return;
    }
    if (e->op == Op::Select) {
        visitExpr(e->args[0]);
        const ExprPtr condition = outer(e->args[0]);
        for (const ExprPtr& side : {condition, unary(Op::Not, condition)}) {
            m_conditions.push_back(side);
            visitExpr(e->args[side == condition ? 1 : 2]);
            m_conditions.pop_back();
        }
        return;
    }
    for (const ExprPtr& arg : e->args)
        visitExpr(arg);
    if (e->op == Op::Load)
        record(e->name, false, e->args, std::vector<std::int64_t>(e->args.size(), 1));
}

void Collector::visitStore(const Store& store)
{
    for (const ExprPtr& index : store.indices)
        visitExpr(index);
    visitExpr(store.value);
    record(store.buffer, true, store.indices, std::vector<std::int64_t>(store.indices.size(), 1));
}

void Collector::visitCall(const IntrinsicCall& call)
{
    const IntrinsicPtr intrinsic = m_module ? m_module->intrinsic(call.intrinsic) : nullptr;
    std::vector<Touch> touched(call.arguments.size(), Touch{true, false});
    std::vector<Shape> shapes(call.arguments.size());
    if (!touched.empty())
        touched.back().writes = true;
    if (intrinsic) {
        touched = touches(*intrinsic->description);
        const Function& description = *intrinsic->description;
        for (std::size_t i = 0; i < call.arguments.size() && i < touched.size(); ++i)
            shapes[i] = (i < description.params.size() ? description.params[i]
                                                       : description.results[i - description.params.size()])
                            .type.tensor.shape;
    }
    for (bool write : {false, true})
        for (std::size_t i = 0; i < call.arguments.size() && i < touched.size(); ++i) {
            if (write ? !touched[i].writes : !touched[i].reads)
                continue;
            std::vector<std::int64_t> extent(call.arguments[i].begin.size(),
                                             1);  // the description's dimensions are the last ones
            for (std::size_t d = 0; d < shapes[i].size() && d < extent.size(); ++d)
                extent[extent.size() - 1 - d] = shapes[i][shapes[i].size() - 1 - d].constant();
            record(call.arguments[i].buffer, write, call.arguments[i].begin, std::move(extent));
        }
}

void Collector::visitInner(const Block& block)
{
    const std::size_t values = m_values.size(), conditions = m_conditions.size();
    for (const BlockIter& iter : block.iters)
        visitExpr(iter.binding);
    if (block.predicate)
        m_conditions.push_back(outer(block.predicate));
    std::vector<Substitution> bindings;
    for (const BlockIter& iter : block.iters)
        bindings.push_back({iter.name, outer(iter.binding)});
    m_values.insert(m_values.end(), bindings.begin(), bindings.end());
    const Block* owner = std::exchange(m_owner, &block);
    const bool init = std::exchange(m_init, true);
    const std::size_t start = m_accesses.size();
    visit(block.init);
    if (!block.init.empty())  // the inner init happens only where the inner reduce iterators are 0
        for (const BlockIter& iter : block.iters)
            if (iter.kind == IterKind::Reduce)
                for (std::size_t i = start; i < m_accesses.size(); ++i)
                    m_accesses[i].conditions.push_back(binary(Op::Eq, outer(var(iter.name)), intConst(0)));
    for (std::size_t i = start; i < m_accesses.size(); ++i)
        m_accesses[i].init = init;
    m_init = init;
    visit(block.body);
    m_owner = owner;
    m_values.resize(values);
    m_conditions.resize(conditions);
}

void Collector::visit(const StmtPtr& stmt)
{
    if (const Loop* loop = as<Loop>(stmt)) {
        visitExpr(loop->extent);
        enter(m_inner, loop->name, loop->extent);
        visit(loop->body);
        m_inner.erase(loop->name);
    } else if (const Block* block = as<Block>(stmt)) {
        visitInner(*block);
    } else if (const Store* store = as<Store>(stmt)) {
        visitStore(*store);
    } else if (const IntrinsicCall* call = as<IntrinsicCall>(stmt)) {
        visitCall(*call);
    }
}

}  // namespace

std::vector<Access> accesses(const Module* module, const Block& block)
{
    Collector collector(module);
    collector.visitBlock(block);
    return collector.take();
}

std::vector<Access> accesses(const Module* module, const Body& body)
{
    Collector collector(module);
    collector.visit(body);
    return collector.take();
}

std::vector<Touch> touches(const Function& description)
{
    std::map<std::string, Touch> byName;
    if (const LoopsBody* loops = description.loops())
        for (const Access& access : accesses(nullptr, loops->body))
            (access.write ? byName[access.buffer].writes : byName[access.buffer].reads) = true;
    std::vector<Touch> result;
    for (const auto* list : {&description.params, &description.results})
        for (const TypedName& param : *list)
            result.push_back(byName[param.name]);
    return result;
}

}  // namespace strata
