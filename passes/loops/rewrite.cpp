// The rewriting that loop steps share: finding what a step names, replacing a loop or block by name, and rebinding.
//
// A step changes loops and leaves blocks alone: blocks speak of their own iterators, so a loop that is replaced by
// others only changes bindings and predicates, by substitution and simplification (rebind). That is why most steps are
// a few lines, and why what is inside a block is the same pointer before and after. Each step proves the order of a
// serial program; whether loops whose iterations run at the same time may still do so is asked of the result, once for
// all steps (setPlan).
#include "passes/loops/rewrite.h"

#include "core/text/text.h"
#include "passes/loops/legality.h"
#include "passes/rewrite/function.h"

#include <algorithm>

namespace strata::loops {

Result<FunctionPtr> functionOf(const Module& module, const Arguments& arguments)
{
    const std::string& name = arguments.text("function");
    STRATA_TRY(FunctionPtr function, findFunction(module, name));
    if (!function->loops())
        return refused(
            say("{} is held at the {} level; this step works on loops.", name, strata::name(function->level())),
            {functionCursor(name)}, "Apply lower_to_loops first.");
    return function;
}

namespace {

Error absent(const Function& function, const std::string& what, const std::string& name,
             const std::vector<std::string>& there)
{
    return refused(say("{} has no {} {}.", function.name, what, name), {functionCursor(function.name)},
                   there.empty() ? "It has none." : "It has " + listed(there) + ".");
}

}  // namespace

Result<Located> loopOf(const Function& function, const std::string& name)
{
    auto found = findLoop(function, name);
    if (!found)
        return absent(function, "loop", name, loopNames(function));
    return *found;
}

Result<Located> blockOf(const Function& function, const std::string& name)
{
    auto found = findBlock(function, name);
    if (!found)
        return absent(function, "block", name, blockNames(function));
    return *found;
}

Result<Buffer> bufferOf(const Function& function, const std::string& name)
{
    std::vector<std::string> names;
    for (const Buffer& buffer : buffers(function)) {
        if (buffer.name == name)
            return buffer;
        names.push_back(buffer.name);
    }
    return absent(function, "buffer", name, names);
}

Result<std::int64_t> extentOf(const Function& function, const Loop& loop)
{
    const auto count = number(loop.extent);
    if (!count)
        return refused(say("Loop {} runs to {}, which is known only when it runs.", loop.name, print(loop.extent)),
                       {loopCursor(function, loop.name)}, "Split it by a number first, or bind the dimension.");
    return *count;
}

Status requireSerial(const Function& function, const Loop& loop, const std::string& what)
{
    if (loop.kind != LoopKind::Serial)
        return refused(say("Loop {} is {}, so {} does not apply.", loop.name,
                           loop.kind == LoopKind::Bound ? "bound to " + loop.axis : name(loop.kind), what),
                       {loopCursor(function, loop.name)}, "Apply serial to it first.");
    if (!loop.annotations.empty())
        return refused(say("Loop {} carries annotations that {} would lose.", loop.name, what),
                       {loopCursor(function, loop.name)}, "Take them out of the text first: any.replace_text.");
    return {};
}

namespace {

// The loop or block whose list of statements holds the allocation; nullptr: the function's own list, or a parameter.
StmtPtr ownerOf(const Body& body, const std::string& buffer, const StmtPtr& owner)
{
    for (const StmtPtr& stmt : body) {
        if (const Alloc* alloc = as<Alloc>(stmt); alloc && alloc->buffer.name == buffer)
            return owner;
        if (StmtPtr inside = ownerOf(children(stmt), buffer, stmt))
            return inside;
    }
    return nullptr;
}

}  // namespace

Status requireVisible(const Function& function, const std::string& buffer, const Located& place)
{
    const StmtPtr owner = ownerOf(function.loops()->body, buffer, nullptr);
    if (!owner || owner == place.stmt
        || std::find(place.ancestors.begin(), place.ancestors.end(), owner) != place.ancestors.end())
        return {};
    const Loop* loop = as<Loop>(owner);
    return refused(
        say("Buffer {} lives inside {} only.", buffer, loop ? "loop " + loop->name : "block " + as<Block>(owner)->name),
        {bufferCursor(function, buffer)}, "Stay inside it.");
}

Cursor loopCursor(const Function& function, const std::string& name) { return {function.name, NodeKind::Loop, name}; }
Cursor blockCursor(const Function& function, const std::string& name) { return {function.name, NodeKind::Block, name}; }
Cursor bufferCursor(const Function& function, const std::string& name)
{
    return {function.name, NodeKind::Buffer, name};
}

bool isParameter(const Function& function, const std::string& buffer) { return findParam(function, buffer) != nullptr; }

bool mentions(const ExprPtr& e, const std::set<std::string>& variables)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || (node.op == Op::Var && variables.count(node.name)); });
    return found;
}

bool mentions(const ExprPtr& e, const std::string& variable) { return mentions(e, std::set<std::string>{variable}); }

bool loads(const ExprPtr& e, const std::string& buffer)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || (node.op == Op::Load && node.name == buffer); });
    return found;
}

std::vector<std::string> loopsAround(const Located& node)
{
    std::vector<std::string> names;
    for (const StmtPtr& stmt : node.ancestors)
        if (const Loop* loop = as<Loop>(stmt))
            names.push_back(loop->name);
    return names;
}

std::set<std::string> blocksInside(const Block& block)
{
    std::set<std::string> names;
    const auto look = [&](const StmtPtr& stmt) {
        if (const Block* inner = as<Block>(stmt))
            names.insert(inner->name);
    };
    walk(block.init, look);
    walk(block.body, look);
    return names;
}

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
}

std::vector<ExprPtr> conjuncts(const ExprPtr& predicate)
{
    if (!predicate)
        return {};
    if (predicate->op != Op::And)
        return {predicate};
    std::vector<ExprPtr> all = conjuncts(predicate->args[0]);
    for (const ExprPtr& more : conjuncts(predicate->args[1]))
        all.push_back(more);
    return all;
}

ExprPtr conjunction(const std::vector<ExprPtr>& conditions)
{
    ExprPtr all;
    for (const ExprPtr& condition : conditions)
        all = all ? binary(Op::And, all, condition) : condition;
    return all;
}

namespace {

template<class Node, class Make>
Body replaceNamed(const Body& body, const std::string& name, const Make& make)
{
    return transform(body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Node* node = as<Node>(stmt);
        return node && node->name == name ? std::optional(make(*node)) : std::nullopt;
    });
}

// Removes what `gone` says, and the loops that hold nothing then.
Body removeWhere(const Body& body, const std::function<bool(const StmtPtr&)>& gone)
{
    return transform(body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Loop* loop = as<Loop>(stmt);
        return gone(stmt) || (loop && loop->body.empty()) ? std::optional(Body{}) : std::nullopt;
    });
}

}  // namespace

Body replaceLoop(const Body& body, const std::string& name, const std::function<Body(const Loop&)>& make)
{
    return replaceNamed<Loop>(body, name, make);
}

Body replaceBlock(const Body& body, const std::string& name, const std::function<Body(const Block&)>& make)
{
    return replaceNamed<Block>(body, name, make);
}

Body replaceAlloc(const Body& body, const std::string& buffer, const std::function<Body(const Buffer&)>& make)
{
    return transform(body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Alloc* alloc = as<Alloc>(stmt);
        return alloc && alloc->buffer.name == buffer ? std::optional(make(alloc->buffer)) : std::nullopt;
    });
}

Body removeBlock(const Body& body, const std::string& name)
{
    return removeWhere(body, [&](const StmtPtr& stmt) { return as<Block>(stmt) && as<Block>(stmt)->name == name; });
}

Body removeAlloc(const Body& body, const std::string& buffer)
{
    return removeWhere(body,
                       [&](const StmtPtr& stmt) { return as<Alloc>(stmt) && as<Alloc>(stmt)->buffer.name == buffer; });
}

namespace {

// Rewrites the expressions over loops; keeps what does not mention a replaced variable.
class Rebinder {
public:
    Rebinder(const std::vector<Substitution>& values, Ranges ranges)
        : m_values(values)
        , m_ranges(std::move(ranges))
    {
        for (const Substitution& value : values)
            m_variables.insert(value.name);
    }

    Body rewrite(const Body& body)
    {
        Body result;
        for (const StmtPtr& stmt : body)
            result.push_back(rewrite(stmt));
        return result;
    }

private:
    StmtPtr rewrite(const StmtPtr& stmt);
    StmtPtr rewrite(const StmtPtr& stmt, const Loop& loop);
    StmtPtr rewrite(const StmtPtr& stmt, const Block& block);
    ExprPtr rewrite(const ExprPtr& e) const
    {
        return e && mentions(e, m_variables) ? simplify(substitute(e, m_values), m_ranges) : e;
    }

    const std::vector<Substitution>& m_values;
    std::set<std::string> m_variables;
    Ranges m_ranges;
};

StmtPtr Rebinder::rewrite(const StmtPtr& stmt)
{
    if (const Loop* loop = as<Loop>(stmt))
        return rewrite(stmt, *loop);
    if (const Block* block = as<Block>(stmt))
        return rewrite(stmt, *block);
    return transformExprs({stmt}, [this](const ExprPtr& e) { return rewrite(e); })[0];
}

StmtPtr Rebinder::rewrite(const StmtPtr& stmt, const Loop& loop)
{
    Loop copy = loop;
    copy.extent = rewrite(loop.extent);
    enter(m_ranges, loop.name, copy.extent);
    copy.body = rewrite(loop.body);
    m_ranges.erase(loop.name);
    return copy.extent == loop.extent && copy.body == loop.body ? stmt : makeStmt(std::move(copy));
}

StmtPtr Rebinder::rewrite(const StmtPtr& stmt, const Block& block)
{
    Block copy = block;
    bool changed = false;
    for (BlockIter& iter : copy.iters) {
        const ExprPtr binding = rewrite(iter.binding);
        changed = changed || binding != iter.binding;
        iter.binding = binding;
    }
    copy.predicate = rewrite(block.predicate);
    if (copy.predicate && isConst(copy.predicate, 1))
        copy.predicate = nullptr;
    const Ranges outer = m_ranges;
    for (const auto& [name, range] : iterRanges(block))
        m_ranges[name] = range;
    copy.init = rewrite(block.init);
    copy.body = rewrite(block.body);
    m_ranges = outer;
    changed = changed || copy.predicate != block.predicate || copy.init != block.init || copy.body != block.body;
    return changed ? makeStmt(std::move(copy)) : stmt;
}

}  // namespace

Body rebind(const Body& body, const std::vector<Substitution>& values, const Ranges& ranges)
{
    return Rebinder(values, ranges).rewrite(body);
}

Body guard(const Body& body, const ExprPtr& condition)
{
    Body result;
    for (const StmtPtr& stmt : body) {
        if (const Loop* loop = as<Loop>(stmt)) {
            Loop copy = *loop;
            copy.body = guard(loop->body, condition);
            result.push_back(makeStmt(std::move(copy)));
        } else if (const Block* block = as<Block>(stmt)) {
            Block copy = *block;
            copy.predicate = block->predicate ? binary(Op::And, block->predicate, condition) : condition;
            result.push_back(makeStmt(std::move(copy)));
        } else {
            result.push_back(stmt);
        }
    }
    return result;
}

namespace {

bool touches(const StmtPtr& stmt, const std::string& buffer)
{
    bool found = false;
    walk(Body{stmt}, [&](const StmtPtr& inner) {
        if (const Store* store = as<Store>(inner))
            found = found || store->buffer == buffer;
        if (const IntrinsicCall* call = as<IntrinsicCall>(inner))
            for (const IntrinsicCall::Argument& argument : call->arguments)
                found = found || argument.buffer == buffer;
    });
    walkExprs(Body{stmt}, [&](const ExprPtr& e) { found = found || loads(e, buffer); });
    return found;
}

// A block that moved up may stand before the allocation of what it writes; the allocation then goes before it.
bool hoistAllocs(Body& body)
{
    bool changed = false;
    for (std::size_t i = 1; i < body.size(); ++i) {
        const Alloc* alloc = as<Alloc>(body[i]);
        if (!alloc)
            continue;
        const auto end = body.begin() + std::ptrdiff_t(i);
        const auto use = std::find_if(body.begin(), end,
                                      [&](const StmtPtr& stmt) { return touches(stmt, alloc->buffer.name); });
        if (use == end)
            continue;
        std::rotate(use, end, end + 1);
        changed = true;
    }
    return changed;
}

Body withAllocsBeforeUse(const Body& body)
{
    Body result = transform(body, [](const StmtPtr& stmt) -> std::optional<Body> {
        Stmt copy = *stmt;
        if (Loop* loop = std::get_if<Loop>(&copy.node); loop && hoistAllocs(loop->body))
            return Body{makeStmt(std::move(*loop))};
        if (Block* block = std::get_if<Block>(&copy.node); block && hoistAllocs(block->body))
            return Body{makeStmt(std::move(*block))};
        return std::nullopt;
    });
    hoistAllocs(result);
    return result;
}

}  // namespace

bool holdsBareStatement(const Body& body)
{
    return std::any_of(body.begin(), body.end(), [](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        return loop ? holdsBareStatement(loop->body) : as<Store>(stmt) || as<IntrinsicCall>(stmt);
    });
}

FunctionPtr withBody(const Function& function, Body body)
{
    Function copy = function;
    copy.body = LoopsBody{withAllocsBeforeUse(body)};
    return std::make_shared<const Function>(std::move(copy));
}

Names::Names(const Function& function)
{
    for (std::string& name : usedNames(function))
        m_taken.insert(std::move(name));
}

std::string Names::fresh(const std::string& base)
{
    return *m_taken.insert(freshName(base, [this](const std::string& name) { return m_taken.count(name) != 0; })).first;
}

Result<std::string> Names::chosen(const Function& function, const std::string& name)
{
    if (!m_taken.insert(name).second)
        return refused(say("The name {} is taken in {}.", name, function.name), {functionCursor(function.name)},
                       "Choose another name.");
    return name;
}

Result<std::string> Names::argumentOr(const Function& function, const Arguments& arguments,
                                      const std::string& parameter, const std::string& base)
{
    if (arguments.has(parameter))
        return chosen(function, arguments.text(parameter));
    return fresh(base);
}

std::string numbered(const std::string& base, std::size_t index)
{
    const bool digit = !base.empty() && base.back() >= '0' && base.back() <= '9';
    return base + (digit ? "_" : "") + std::to_string(index);
}

Parameter functionParameter()
{
    return parameter("function", ParameterKind::Function, "The function whose loops change.");
}

Parameter parameter(std::string name, ParameterKind kind, std::string summary)
{
    return {std::move(name), kind, std::move(summary), {}, false, {}};
}

Parameter optionalParameter(std::string name, ParameterKind kind, std::string summary, std::string defaultValue)
{
    return {std::move(name), kind, std::move(summary), std::move(defaultValue), true, {}};
}

namespace {

constexpr std::string_view ownMemory = "global.";

}  // namespace

Parameter scopeParameter(std::string defaultValue)
{
    return {
        "scope",
        ParameterKind::Choice,
        "Where the buffer lives: local to one iteration (registers), shared by a block of threads, or in global memory.",
        std::move(defaultValue),
        true,
        {"global", "shared", "local"}};
}

Parameter memoryParameter(std::string defaultValue)
{
    Parameter parameter = scopeParameter(std::move(defaultValue));
    parameter.summary =
        "Where the buffer lives: local to one iteration (registers), shared by a block of threads, or in global memory. "
        "global.NAME is a memory of its own, such as the registers of an accelerator: local here, and the buffer has its name.";
    parameter.choices.push_back(std::string(ownMemory) + "NAME");
    return parameter;
}

std::string memoryName(const Arguments& arguments)
{
    const std::string text = arguments.has("scope") ? arguments.text("scope") : "";
    return text.starts_with(ownMemory) ? text.substr(ownMemory.size()) : "";
}

Scope scopeOf(const Arguments& arguments)
{
    if (!memoryName(arguments).empty())
        return Scope::Local;
    const std::string text = arguments.has("scope") ? arguments.text("scope") : "global";
    return text == "local" ? Scope::Local : text == "shared" ? Scope::Shared : Scope::Global;
}

Example example(const std::string& before, std::string step, const std::string& after)
{
    const std::string header = "module example(isa=x86-64-v3, threads=0):\n\n";
    return {header + before, std::move(step), header + after};
}

namespace {

Result<Change> planConcurrent(Planner plan, const Module& module, const Arguments& arguments)
{
    STRATA_TRY(Change change, plan(module, arguments));
    const FunctionPtr before = module.find(arguments.text("function"));
    const FunctionPtr after = change.function(arguments.text("function"));
    if (before && after && before->loops() && after->loops())
        STRATA_CHECK(requireConcurrent(*splice(module, change), *before, *after));
    return change;
}

}  // namespace

void setPlan(Transform& transform, Planner plan)
{
    transform.plan = [plan](const Module& module, const Arguments& arguments, const TransformContext&) {
        return planConcurrent(plan, module, arguments);
    };
    transform.reads = Transform::Reads::Function;
}

void setPlanAlone(Transform& transform, Planner plan)
{
    transform.plan = [plan](const Module& module, const Arguments& arguments, const TransformContext&) {
        return plan(module, arguments);
    };
    transform.reads = Transform::Reads::Function;
}

}  // namespace strata::loops
