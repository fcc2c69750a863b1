// Another order of a buffer's elements: indices rewritten where it is used, operands rearranged where it comes from
// outside.
//
//     (i, j) -> (j // 16, i, j % 16)   packs a matrix into panels of 16 columns
//
// No two elements may meet. By the form: if every index is made of the digits of a mixed-radix number and every digit
// of every variable has exactly one place, each variable can be read off the place. What that does not show, isl is
// asked: for two elements with one place. Then every access maps to its own element, and places that no element maps to
// are padding that nobody reads. A constant is rearranged once, when the model is compiled; any other operand by a
// function of loops on every run. TVM: transform_layout.
#include "passes/loops/layout.h"

#include "core/analysis/sites.h"
#include "core/analysis/witness.h"
#include "core/base/condition.h"
#include "core/index/sizes.h"
#include "core/text/text.h"
#include "passes/loops/place.h"

#include <algorithm>

namespace strata::loops {

namespace {

// By the form: each digit of each index has one place in the map.
bool keepsEveryDigit(const IndexMap& map)
{
    Ranges ranges;
    for (std::size_t d = 0; d < map.variables.size(); ++d)
        ranges[map.variables[d]] = {0, map.domain[d]};
    return std::all_of(map.variables.begin(), map.variables.end(),
                       [&](const std::string& variable) { return tellsApart(map.results, variable, ranges); });
}

// Index -> place, in isl's notation; nullopt if a result is not quasi-affine.
std::optional<std::string> placesOf(const IndexMap& map)
{
    std::map<std::string, std::string> names;
    std::string text;
    for (std::size_t d = 0; d < map.variables.size(); ++d) {
        names[map.variables[d]] = "x" + std::to_string(d);
        text += (d ? " and 0 <= x" : "0 <= x") + std::to_string(d) + " < " + std::to_string(map.domain[d]);
    }
    for (std::size_t d = 0; d < map.results.size(); ++d) {
        const auto result = toIsl(map.results[d], names);
        if (!result)
            return std::nullopt;
        text += " and e" + std::to_string(d) + " = " + *result;
    }
    return "{ " + tuple("x", map.variables.size()) + " -> " + tuple("e", map.results.size()) + " : " + text + " }";
}

// { x -> y : x and y differ }
std::string different(std::size_t rank)
{
    std::string text;
    for (std::size_t d = 0; d < rank; ++d)
        text += (d ? " or x" : "x") + std::to_string(d) + " != y" + std::to_string(d);
    return "{ " + tuple("x", rank) + " -> " + tuple("y", rank) + " : " + text + " }";
}

std::string element(const std::vector<std::int64_t>& indices)
{
    std::string text;
    for (std::int64_t index : indices)
        text += (text.empty() ? "[" : ", ") + std::to_string(index);
    return text + "]";
}

}  // namespace

Status requireInjective(const IndexMap& map, const std::vector<Cursor>& nodes)
{
    if (keepsEveryDigit(map))
        return {};
    const char* const hint =
        "Give each index, or each of its quotients and remainders, one place, as in (i, j) -> (i // 8, j, i % 8).";
    std::string why = "It is not linear in the indices.";
    if (const auto text = placesOf(map)) {
        const IslContext context(operationQuota);
        const Relation places(context, *text);
        const Relation meeting = places.then(places.inverse()) & Relation(context, different(map.variables.size()));
        if (const auto pair = meeting.sample(); !STRATA_CONDITION("layout.injective", !pair))
            return refused(say("The elements {} and {} would share a place: {} does not tell them apart.",
                               element(pair->from), element(pair->to), print(map)),
                           nodes, hint);
        why = context.failure();
        if (why.empty())
            return {};
    }
    return refused(say("It cannot be proved that {} gives every element a place of its own. {}", print(map), why),
                   nodes, hint);
}

namespace {

bool isArgumentOfIntrinsic(const Function& function, const std::string& buffer)
{
    bool found = false;
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        if (const IntrinsicCall* call = as<IntrinsicCall>(stmt))
            for (const IntrinsicCall::Argument& argument : call->arguments)
                found = found || argument.buffer == buffer;
    });
    return found;
}

}  // namespace

namespace {

constexpr std::int64_t standIn = 1009;  // for a size: any number will do where the index is not taken apart

// The variable is one result by itself, and in no other.
bool keepsWhole(const IndexMap& map, const std::string& variable)
{
    int whole = 0, mentioned = 0;
    for (const ExprPtr& result : map.results) {
        whole += result->op == Op::Var && result->name == variable;
        mentioned += mentions(result, variable);
    }
    return whole == 1 && mentioned == 1;
}

}  // namespace

Shape relaidShape(const Shape& shape, const IndexMap& map)
{
    Shape result = toShape(map.range);
    for (std::size_t r = 0; r < map.results.size(); ++r)
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (!shape[d].isConstant() && map.results[r]->op == Op::Var && map.results[r]->name == map.variables[d])
                result[r] = shape[d];
    return result;
}

Result<IndexMap> mapFor(const Function& function, const std::string& buffer, const TensorType& type,
                        const std::string& text)
{
    const std::vector<Cursor> nodes{bufferCursor(function, buffer)};
    if (isArgumentOfIntrinsic(function, buffer))
        return refused(say("An intrinsic works on {} and expects its layout.", buffer), nodes,
                       "Change the layout before tensorize.");
    std::vector<std::int64_t> domain;
    for (const Dim& dim : type.shape)
        domain.push_back(dim.isConstant() ? dim.constant() : standIn);
    STRATA_TRY(IndexMap map, parseIndexMap(text, domain));
    for (std::size_t d = 0; d < type.shape.size(); ++d)
        if (!type.shape[d].isConstant() && !keepsWhole(map, map.variables[d]))
            return refused(
                say("{} takes dimension {} of {} apart, which is {}.", print(map), d + 1, buffer, type.shape[d].text()),
                nodes, "Let its index stand by itself, or bind the dimension first.");
    STRATA_CHECK(requireInjective(map, nodes));
    return map;
}

namespace {

// Loops and iterators by name with the largest extent that one of the name has.
Ranges allRanges(const Body& body)
{
    Ranges ranges;
    const auto add = [&](const std::string& name, const ExprPtr& extent) {
        if (const auto size = number(extent))
            ranges[name].extent = std::max(ranges[name].extent, *size);
    };
    walk(body, [&](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt))
            add(loop->name, loop->extent);
        if (const Block* block = as<Block>(stmt))
            for (const BlockIter& iter : block->iters)
                add(iter.name, iter.extent);
    });
    return ranges;
}

}  // namespace

Body relaid(const Body& body, const std::string& buffer, const IndexMap& map)
{
    const Ranges ranges = allRanges(body);
    const auto moved = [&](const std::vector<ExprPtr>& indices) {
        std::vector<ExprPtr> result = map.apply(indices);
        for (ExprPtr& index : result)
            index = simplify(index, ranges);
        return result;
    };
    const Body loads = transformExprs(body, [&](const ExprPtr& e) {
        return transform(e, [&](const ExprPtr& node) -> ExprPtr {
            return node->op == Op::Load && node->name == buffer ? load(buffer, node->type, moved(node->args)) : nullptr;
        });
    });
    return transform(loads, [&](const StmtPtr& stmt) -> std::optional<Body> {
        if (const Store* store = as<Store>(stmt); store && store->buffer == buffer)
            return Body{makeStmt(Store{buffer, moved(store->indices), store->value})};
        const Block* block = as<Block>(stmt);
        if (!block || (!block->reads && !block->writes))
            return std::nullopt;
        Block copy = *block;  // declared regions are inferred again
        copy.reads.reset();
        copy.writes.reset();
        return Body{makeStmt(std::move(copy))};
    });
}

namespace {

// In sizes of its own, so that each is told by a dimension.
Shape ownShape(const Shape& shape)
{
    Shape own = shape;
    for (std::size_t d = 0; d < shape.size(); ++d)
        if (!shape[d].isConstant())
            own[d] = Dim::symbol("n" + std::to_string(d));
    return own;
}

StmtPtr nestOver(const Shape& extents, const std::string& prefix, Block block)
{
    for (std::size_t d = 0; d < extents.size(); ++d)
        block.iters.push_back(
            {"v" + std::to_string(d), IterKind::Spatial, toExpr(extents[d]), var(prefix + std::to_string(d))});
    StmtPtr nest = makeStmt(std::move(block));
    for (std::size_t d = extents.size(); d-- > 0;) {
        Loop loop;
        loop.name = prefix + std::to_string(d);
        loop.extent = toExpr(extents[d]);
        loop.body = {nest};
        nest = makeStmt(std::move(loop));
    }
    return nest;
}

std::vector<ExprPtr> iterators(std::size_t count)
{
    std::vector<ExprPtr> result;
    for (std::size_t d = 0; d < count; ++d)
        result.push_back(var("v" + std::to_string(d)));
    return result;
}

std::int64_t product(const std::vector<std::int64_t>& sizes)
{
    std::int64_t all = 1;
    for (std::int64_t size : sizes)
        all *= size;
    return all;
}

TypedName tensorName(const std::string& name, DType type, const Shape& shape)
{
    return {name, {ValueType::Kind::Tensor, {type, shape}}};
}

Block rearranging(std::vector<ExprPtr> to, std::vector<ExprPtr> from, DType type)
{
    Block copy;
    copy.name = "layout";
    copy.body = {makeStmt(Store{"y", std::move(to), load("x", type, std::move(from))})};
    return copy;
}

FunctionPtr functionOfBody(const std::string& name, TypedName from, TypedName to, Body body)
{
    Function function;
    function.name = name;
    function.params = {std::move(from)};
    function.results = {std::move(to)};
    function.body = LoopsBody{std::move(body)};
    return std::make_shared<const Function>(std::move(function));
}

}  // namespace

FunctionPtr layoutFunction(const std::string& name, const TensorType& type, const IndexMap& map)
{
    const Shape old = ownShape(type.shape), moved = relaidShape(old, map);
    Body body;
    if (product(map.range) > product(map.domain)) {
        Block pad;
        pad.name = "pad";
        pad.body = {makeStmt(Store{"y", iterators(moved.size()), zero(type.dtype)})};
        body.push_back(nestOver(moved, "p", std::move(pad)));
    }
    const std::vector<ExprPtr> from = iterators(old.size());
    body.push_back(nestOver(old, "i", rearranging(map.apply(from), from, type.dtype)));
    return functionOfBody(name, tensorName("x", type.dtype, old), tensorName("y", type.dtype, moved), std::move(body));
}

FunctionPtr restoringFunction(const std::string& name, const TensorType& type, const IndexMap& map)
{
    const Shape old = ownShape(type.shape);
    const std::vector<ExprPtr> to = iterators(old.size());
    return functionOfBody(name, tensorName("x", type.dtype, relaidShape(old, map)), tensorName("y", type.dtype, old),
                          {nestOver(old, "i", rearranging(to, map.apply(to), type.dtype))});
}

namespace {

// Changes one operand of every call of a function, wherever it is called.
class Callers {
public:
    Callers(const Module& module, const Function& callee, std::size_t position, const IndexMap& map)
        : m_module(module)
        , m_callee(callee)
        , m_position(position)
        , m_map(map)
        , m_type(callee.params[position].type.tensor)
    {
    }
    Result<CallersChanged> run();

private:
    Result<Operand> changed(const Function& caller, const Operand& operand);
    Result<Operand> changedConstant(const std::string& name);
    std::string layoutFunctionName();
    Result<FunctionPtr> changedGraph(const Function& caller);
    Result<FunctionPtr> changedLibrary(const Function& caller);
    bool usedElsewhere(const std::string& constant) const;
    bool isCall(const GraphNode& node) const { return node.isCall() && node.callee == m_callee.name; }
    bool isCall(const LibraryCall& call) const
    {
        return call.kind == LibraryCall::Callee::Function && call.callee == m_callee.name;
    }

    const Module& m_module;
    const Function& m_callee;
    std::size_t m_position;
    const IndexMap& m_map;
    TensorType m_type;
    CallersChanged m_result;
    std::map<std::string, std::string> m_constants;  // constant -> its new name
    std::string m_layoutFunction;
    // values of the caller at hand that are rearranged, and the statements that do it
    std::map<std::string, std::string> m_values;
    std::vector<GraphNodePtr> m_newNodes;
    std::vector<LibraryStmtPtr> m_newStatements;
    std::set<std::string> m_taken;
};

bool Callers::usedElsewhere(const std::string& constant) const
{
    const Operand sought = Operand::constant(constant);
    const auto uses = [&](const std::vector<Operand>& operands, std::size_t allowed) {
        for (std::size_t i = 0; i < operands.size(); ++i)
            if (operands[i] == sought && i != allowed)
                return true;
        return false;
    };
    const std::size_t none = std::size_t(-1);
    for (const FunctionPtr& function : m_module.functions) {
        if (const GraphBody* graph = function->graph()) {
            for (const GraphNodePtr& node : graph->nodes)
                if (uses(node->inputs, isCall(*node) ? m_position : none))
                    return true;
            if (uses(graph->returns, none))
                return true;
        }
        if (const LibraryBody* library = function->library())
            for (const LibraryStmtPtr& stmt : library->statements) {
                const auto* call = std::get_if<LibraryCall>(stmt.get());
                const auto* view = std::get_if<ViewBuffer>(stmt.get());
                const auto* copy = std::get_if<CopyBuffer>(stmt.get());
                if ((call && uses(call->inputs, isCall(*call) ? m_position : none)) || (view && view->source == sought)
                    || (copy && copy->source == sought))
                    return true;
            }
    }
    return false;
}

Result<Operand> Callers::changedConstant(const std::string& name)
{
    if (const auto known = m_constants.find(name); known != m_constants.end())
        return Operand::constant(known->second);
    const auto found = m_module.constants.find(name);
    if (found == m_module.constants.end())
        return bug("Constant " + name + " is not in the module.");
    STRATA_TRY(ConstantPtr moved, Constant::relayout(found->second, m_map));
    std::string target = name;
    if (usedElsewhere(name))
        target = freshName(name + "_layout", [&](const std::string& candidate) {
            return m_module.constants.count(candidate) || m_result.change.constants.count(candidate);
        });
    m_result.change.constants[target] = std::move(moved);
    if (target != name)
        m_result.change.forwarding[{"", NodeKind::Constant, name}] = {{"", NodeKind::Constant, name},
                                                                      {"", NodeKind::Constant, target}};
    m_constants[name] = target;
    return Operand::constant(target);
}

std::string Callers::layoutFunctionName()
{
    if (m_layoutFunction.empty()) {
        const std::string base = m_callee.name + "_" + m_callee.params[m_position].name + "_layout";
        m_layoutFunction = freshName(base, [&](const std::string& name) { return m_module.find(name) != nullptr; });
        m_result.change.put.push_back(layoutFunction(m_layoutFunction, m_type, m_map));
    }
    return m_layoutFunction;
}

Result<Operand> Callers::changed(const Function& caller, const Operand& operand)
{
    if (operand.kind == Operand::Kind::Constant)
        return changedConstant(operand.name);
    if (const auto known = m_values.find(operand.name); known != m_values.end())
        return Operand::value(known->second);
    const std::string name = freshName(operand.name + "_layout",
                                       [&](const std::string& taken) { return m_taken.count(taken) != 0; });
    m_taken.insert(name);
    const TypedName typed = tensorName(name, m_type.dtype, toShape(m_map.range));
    if (caller.graph()) {
        GraphNode node;
        node.name = name;
        node.op = "call";
        node.callee = layoutFunctionName();
        node.inputs = {operand};
        node.outputs = {typed};
        m_newNodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    } else {
        m_newStatements.push_back(std::make_shared<const LibraryStmt>(AllocateBuffer{name, typed.type.tensor, {}, {}}));
        LibraryCall call;
        call.name = name;
        call.callee = layoutFunctionName();
        call.inputs = {operand};
        call.outputs = {name};
        m_newStatements.push_back(std::make_shared<const LibraryStmt>(std::move(call)));
    }
    m_result.change.notes.push_back(operand.name + " in " + caller.name
                                    + " is no constant, so it is rearranged on every run.");
    m_values[operand.name] = name;
    return Operand::value(name);
}

Result<FunctionPtr> Callers::changedGraph(const Function& caller)
{
    GraphBody body;
    body.returns = caller.graph()->returns;
    bool touched = false;
    for (const GraphNodePtr& node : caller.graph()->nodes) {
        if (!isCall(*node)) {
            body.nodes.push_back(node);
            continue;
        }
        GraphNode copy = *node;
        STRATA_TRY(copy.inputs[m_position], changed(caller, node->inputs[m_position]));
        body.nodes.insert(body.nodes.end(), m_newNodes.begin(), m_newNodes.end());
        m_newNodes.clear();
        body.nodes.push_back(std::make_shared<const GraphNode>(std::move(copy)));
        touched = true;
        ++m_result.callers;
    }
    if (!touched)
        return FunctionPtr();
    Function copy = caller;
    copy.body = std::move(body);
    return std::make_shared<const Function>(std::move(copy));
}

Result<FunctionPtr> Callers::changedLibrary(const Function& caller)
{
    LibraryBody body;
    bool touched = false;
    for (const LibraryStmtPtr& stmt : caller.library()->statements) {
        const auto* call = std::get_if<LibraryCall>(stmt.get());
        if (!call || !isCall(*call)) {
            body.statements.push_back(stmt);
            continue;
        }
        LibraryCall copy = *call;
        STRATA_TRY(copy.inputs[m_position], changed(caller, call->inputs[m_position]));
        body.statements.insert(body.statements.end(), m_newStatements.begin(), m_newStatements.end());
        m_newStatements.clear();
        body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(copy)));
        touched = true;
        ++m_result.callers;
    }
    if (!touched)
        return FunctionPtr();
    body.arenaBytes = caller.library()->arenaBytes;
    Function copy = caller;
    copy.body = std::move(body);
    return std::make_shared<const Function>(std::move(copy));
}

Result<CallersChanged> Callers::run()
{
    for (const FunctionPtr& caller : m_module.functions) {
        if (!caller->graph() && !caller->library())
            continue;
        m_values.clear();
        m_taken.clear();
        for (const Cursor& cursor : cursors(*caller))
            m_taken.insert(cursor.name);
        STRATA_TRY(const FunctionPtr changed, caller->graph() ? changedGraph(*caller) : changedLibrary(*caller));
        if (changed)
            m_result.change.put.push_back(changed);
    }
    return m_result;
}

}  // namespace

Result<CallersChanged> changeCallers(const Module& module, const Function& function, std::size_t position,
                                     const IndexMap& map)
{
    return Callers(module, function, position, map).run();
}

}  // namespace strata::loops
