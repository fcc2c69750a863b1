// Names, types and shapes of a loops function: one walk with the variables, buffers and blocks in scope.
//
// Names of loops, blocks and buffers are unique in the function, since cursors, recipes and analysis name nodes by
// them. Operands of an operation have one type, indices are i64, conditions bool, and a buffer is used with its rank,
// in the list of statements (or below it) that allocates it.
#include "core/base/pattern.h"
#include "core/elementary/elementary.h"
#include "core/index/sizes.h"
#include "core/ir/text_functions.h"
#include "core/verify/parts.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

class TypeVerifier {
public:
    TypeVerifier(const Module& module, const Function& function, Findings& findings)
        : m_module(module)
        , m_function(function)
        , m_findings(findings)
        , m_sizes(sizesOf(function))
    {
    }
    bool run();

private:
    void find(std::string sentence) { m_findings.push_back(refused(std::move(sentence), {m_where})); }
    void visit(const Body& body);
    void visitLoop(const Loop& loop);
    void visitBlock(const Block& block);
    void visitStore(const Store& store);
    void visitCall(const IntrinsicCall& call);
    void visitAlloc(const Alloc& alloc);
    void visitExpr(const ExprPtr& e);
    void visitIndices(const std::string& buffer, const std::vector<ExprPtr>& indices);
    void index(const ExprPtr& e, const std::string& what);
    void condition(const ExprPtr& e);
    void elementary(const Expr& e);
    void expression(const Expr& e);
    void noData(const ExprPtr& e, const std::string& what);
    void extent(const ExprPtr& extent, const std::string& what);
    void notASize(const std::string& name, const std::string& what);
    void enterSizes();
    bool wellTyped(const Expr& e) const;
    const Buffer* bufferOf(const std::string& name);
    bool defined(const Expr& variable) const;

    const Module& m_module;
    const Function& m_function;
    Findings& m_findings;
    Cursor m_where;
    std::map<std::string, Buffer> m_buffers;
    std::set<std::string> m_sizes;
    std::set<std::string> m_loopNames, m_blockNames;
    std::set<std::string> m_ended;                           // buffers whose list of statements is over
    std::vector<std::pair<std::string, DType>> m_variables;  // in scope
};

const Buffer* TypeVerifier::bufferOf(const std::string& name)
{
    auto found = m_buffers.find(name);
    if (found != m_buffers.end() && !m_ended.count(name))
        return &found->second;
    find("The buffer " + name + " is not defined where " + toString(m_where) + " uses it.");
    return nullptr;
}

bool TypeVerifier::defined(const Expr& variable) const
{
    for (auto it = m_variables.rbegin(); it != m_variables.rend(); ++it)
        if (it->first == variable.name)
            return it->second == variable.type;
    return false;
}

bool same(const std::vector<ExprPtr>& args, DType type)
{
    return std::all_of(args.begin(), args.end(), [&](const ExprPtr& arg) { return arg->type == type; });
}

bool TypeVerifier::wellTyped(const Expr& e) const
{
    const std::vector<ExprPtr>& a = e.args;
    constexpr DType text = DType::String;
    auto count = [&](std::size_t n) { return a.size() == n; };
    switch (e.op) {
    case Op::Const: return count(0);
    case Op::Var: return count(0) && defined(e);
    case Op::Load: return true;  // visitExpr looks at the buffer
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::Min:
    case Op::Max:
    case Op::Minimum:
    case Op::Maximum: return count(2) && same(a, e.type) && e.type != DType::Bool && e.type != text;
    case Op::FloorDiv:
    case Op::FloorMod: return count(2) && same(a, e.type) && e.type != DType::Bool && e.type != text;
    case Op::Shl:
    case Op::Shr: return count(2) && same(a, e.type) && isInteger(e.type);
    case Op::And:
    case Op::Or:
    case Op::Xor: return count(2) && same(a, e.type) && (isInteger(e.type) || e.type == DType::Bool);
    case Op::Eq:
    case Op::Ne: return count(2) && e.type == DType::Bool && same(a, a[0]->type);
    case Op::Lt:
    case Op::Le: return count(2) && e.type == DType::Bool && same(a, a[0]->type) && a[0]->type != text;
    case Op::Not: return count(1) && same(a, e.type) && (isInteger(e.type) || e.type == DType::Bool);
    case Op::Neg:
    case Op::Abs: return count(1) && same(a, e.type) && e.type != DType::Bool && e.type != text;
    case Op::Sqrt:
    case Op::Floor:
    case Op::Ceil:
    case Op::Trunc:
    case Op::Round: return count(1) && same(a, e.type) && isFloat(e.type);
    case Op::Fma: return count(3) && same(a, e.type) && e.type != text;
    case Op::Select: return count(3) && a[0]->type == DType::Bool && a[1]->type == e.type && a[2]->type == e.type;
    case Op::Cast: return count(1) && a[0]->type != text && e.type != text;
    case Op::Bitcast: return count(1) && bitSize(a[0]->type) == bitSize(e.type) && a[0]->type != text && e.type != text;
    case Op::Call: return isTextCall(e) || same(a, e.type);
    case Op::Let: return count(2) && a[1]->type == e.type;
    case Op::Checked: return count(2) && e.type == DType::I64 && same(a, DType::I64);
    }
    return false;
}

void TypeVerifier::visitIndices(const std::string& buffer, const std::vector<ExprPtr>& indices)
{
    const Buffer* known = bufferOf(buffer);
    if (known && known->type.shape.size() != indices.size())
        find("The buffer " + buffer + " has " + std::to_string(known->type.shape.size())
             + " dimensions and is used with " + std::to_string(indices.size()) + " indices in " + toString(m_where)
             + ".");
    for (const ExprPtr& e : indices)
        index(e, "An index of " + buffer);
}

void TypeVerifier::index(const ExprPtr& e, const std::string& what)
{
    visitExpr(e);
    if (e->type != DType::I64)
        find(what + " in " + toString(m_where) + " is " + name(e->type) + "; indices are i64.");
}

void TypeVerifier::condition(const ExprPtr& e)
{
    visitExpr(e);
    if (e->type != DType::Bool)
        find("The condition of " + toString(m_where) + " is " + name(e->type) + " and not bool.");
}

void TypeVerifier::expression(const Expr& e)
{
    const std::optional<std::string> expression = matchedExpression(e);
    if (!expression)
        find("The regular expression of text_matches in " + toString(m_where) + " is no constant.");
    else if (const auto automaton = automatonOf(*expression); !automaton)
        m_findings.push_back(refused(automaton.error().said, {m_where}));
}

// There is such a function, of so many arguments, for this type.
void TypeVerifier::elementary(const Expr& e)
{
    if (const TextFunction* function = findTextFunction(e.name)) {
        const bool fits = function->gives == e.type && function->takes.size() == e.args.size()
                          && std::equal(e.args.begin(), e.args.end(), function->takes.begin(),
                                        [](const ExprPtr& arg, DType type) { return arg->type == type; });
        if (!fits)
            find("The arguments of " + e.name + " in " + toString(m_where) + " do not have the types that it needs.");
        else if (e.name == "text_matches")
            expression(e);
    } else if (const auto expanded = expandElementary(e.name, e.type, e.args); !expanded) {
        find(expanded.error().message);
    }
}

// What decides whether and for which values a block runs is known without running.
void TypeVerifier::noData(const ExprPtr& e, const std::string& what)
{
    walk(e, [&](const Expr& node) {
        if (node.op == Op::Load)
            find(what + " in " + toString(m_where) + " reads " + node.name
                 + "; it may only speak of the loops around.");
    });
}

void TypeVerifier::visitExpr(const ExprPtr& e)
{
    if (e->op == Op::Let) {
        visitExpr(e->args[0]);
        m_variables.emplace_back(e->name, e->args[0]->type);
        visitExpr(e->args[1]);
        m_variables.pop_back();
    } else if (e->op == Op::Load) {
        visitIndices(e->name, e->args);
        auto known = m_buffers.find(e->name);
        if (known != m_buffers.end() && known->second.type.dtype != e->type)
            find("An element of " + e->name + " is " + name(known->second.type.dtype) + " and is used as "
                 + name(e->type) + " in " + toString(m_where) + ".");
    } else {
        for (const ExprPtr& arg : e->args)
            visitExpr(arg);
    }
    if (e->op == Op::Call)
        elementary(*e);
    if (wellTyped(*e))
        return;
    if (e->op == Op::Var)
        find("The variable " + e->name + " is not defined in " + toString(m_where) + ".");
    else
        find("The operands of " + opName(e->op) + " in " + toString(m_where) + " do not have the types that it needs.");
}

void TypeVerifier::extent(const ExprPtr& extent, const std::string& what)
{
    index(extent, "The extent of " + what);
    noData(extent, "The extent of " + what);
    if (const auto count = number(extent); count && *count < 0)
        find("The extent of " + what + " is " + std::to_string(*count) + ".");
}

void TypeVerifier::notASize(const std::string& name, const std::string& what)
{
    if (m_sizes.count(name))
        find(what + " has the name of a size of " + m_function.name + ".");
}

void TypeVerifier::enterSizes()
{
    for (const std::string& size : m_sizes)
        m_variables.emplace_back(size, DType::I64);
}

void TypeVerifier::visitLoop(const Loop& loop)
{
    const Cursor outer = std::exchange(m_where, Cursor{m_function.name, NodeKind::Loop, loop.name});
    if (!m_loopNames.insert(loop.name).second)
        find("Two loops of " + m_function.name + " are named " + loop.name + ".");
    notASize(loop.name, "The loop " + loop.name);
    extent(loop.extent, "loop " + loop.name);
    m_variables.emplace_back(loop.name, DType::I64);
    visit(loop.body);
    m_variables.pop_back();
    m_where = outer;
}

void TypeVerifier::visitBlock(const Block& block)
{
    const Cursor outer = std::exchange(m_where, Cursor{m_function.name, NodeKind::Block, block.name});
    if (!m_blockNames.insert(block.name).second)
        find("Two blocks of " + m_function.name + " are named " + block.name + ".");
    std::set<std::string> names;
    for (const BlockIter& iter : block.iters) {
        notASize(iter.name, "The iterator " + iter.name + " of block " + block.name);
        extent(iter.extent, "iterator " + iter.name + " of block " + block.name);
        index(iter.binding, "The binding of " + iter.name);
        noData(iter.binding, "The binding of " + iter.name);
        if (!names.insert(iter.name).second)
            find("Two iterators of block " + block.name + " are named " + iter.name + ".");
        for (const auto& [variable, type] : m_variables)
            if (variable == iter.name && !m_sizes.count(variable))
                find("The iterator " + iter.name + " of block " + block.name
                     + " has the name of a loop or iterator around it.");
    }
    if (block.predicate) {
        condition(block.predicate);
        noData(block.predicate, "The predicate");
    }
    const auto around = std::exchange(m_variables, {});  // the inside speaks of the block's own iterators and of sizes
    enterSizes();
    for (const BlockIter& iter : block.iters)
        m_variables.emplace_back(iter.name, DType::I64);
    visit(block.init);
    visit(block.body);
    for (const auto* regions : {&block.reads, &block.writes})
        if (*regions)
            for (const Region& region : **regions) {
                visitIndices(region.buffer, region.begin);
                visitIndices(region.buffer, region.extent);
            }
    m_variables = around;
    m_where = outer;
}

void TypeVerifier::visitStore(const Store& store)
{
    visitIndices(store.buffer, store.indices);
    visitExpr(store.value);
    auto known = m_buffers.find(store.buffer);
    if (known != m_buffers.end() && known->second.type.dtype != store.value->type)
        find("A value of type " + std::string(name(store.value->type)) + " is stored into " + store.buffer
             + ", which holds " + name(known->second.type.dtype) + ", in " + toString(m_where) + ".");
    if (std::any_of(m_function.params.begin(), m_function.params.end(),
                    [&](const TypedName& p) { return p.name == store.buffer; }))
        find("The parameter " + store.buffer + " is written in " + toString(m_where)
             + "; only results and allocated buffers are.");
}

void TypeVerifier::visitCall(const IntrinsicCall& call)
{
    for (const IntrinsicCall::Argument& argument : call.arguments)
        visitIndices(argument.buffer, argument.begin);
    const IntrinsicPtr intrinsic = m_module.intrinsic(call.intrinsic);
    if (!intrinsic || !intrinsic->description)
        return find("The intrinsic " + call.intrinsic + " is not in the module.");
    const Function& description = *intrinsic->description;
    const std::size_t count = description.params.size() + description.results.size();
    if (call.arguments.size() != count)
        return find("The intrinsic " + call.intrinsic + " takes " + std::to_string(count) + " arguments and is given "
                    + std::to_string(call.arguments.size()) + ".");
    for (std::size_t i = 0; i < count; ++i) {
        const TypedName& wanted = i < description.params.size() ? description.params[i]
                                                                : description.results[i - description.params.size()];
        auto given = m_buffers.find(call.arguments[i].buffer);
        if (given != m_buffers.end()
            && (given->second.type.dtype != wanted.type.tensor.dtype
                || given->second.type.shape.size() < wanted.type.tensor.shape.size()))
            find("The buffer " + given->first + " does not fit the argument " + wanted.name + " of " + call.intrinsic
                 + ".");
    }
}

void TypeVerifier::visitAlloc(const Alloc& alloc)
{
    const Cursor outer = std::exchange(m_where, Cursor{m_function.name, NodeKind::Buffer, alloc.buffer.name});
    if (!m_buffers.emplace(alloc.buffer.name, alloc.buffer).second)
        find("The name " + alloc.buffer.name + " is given to two buffers of " + m_function.name + ".");
    m_where = outer;
}

void TypeVerifier::visit(const Body& body)
{
    for (const StmtPtr& stmt : body) {
        if (const Loop* loop = as<Loop>(stmt))
            visitLoop(*loop);
        else if (const Block* block = as<Block>(stmt))
            visitBlock(*block);
        else if (const Store* store = as<Store>(stmt))
            visitStore(*store);
        else if (const IntrinsicCall* call = as<IntrinsicCall>(stmt))
            visitCall(*call);
        else if (const Alloc* alloc = as<Alloc>(stmt))
            visitAlloc(*alloc);
    }
    for (const StmtPtr& stmt : body)
        if (const Alloc* alloc = as<Alloc>(stmt))
            m_ended.insert(alloc->buffer.name);
}

bool TypeVerifier::run()
{
    const std::size_t before = m_findings.size();
    for (const auto* list : {&m_function.params, &m_function.results})
        for (const TypedName& param : *list) {
            m_where = {m_function.name, NodeKind::Buffer, param.name};
            if (param.type.kind != ValueType::Kind::Tensor || !param.type.tensor.ranked)
                find("The buffer " + param.name + " of " + m_function.name + " is not a tensor of known rank.");
            m_buffers[param.name] = {param.name, param.type.tensor, Scope::Global};
        }
    m_where = functionCursor(m_function.name);
    enterSizes();
    visit(m_function.loops()->body);
    return m_findings.size() == before;
}

}  // namespace

bool verifyLoopsTypes(const Module& module, const Function& function, Findings& findings)
{
    return TypeVerifier(module, function, findings).run();
}

}  // namespace strata
