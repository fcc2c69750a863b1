#include "core/ir/module.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

bool same(const GraphBody& a, const GraphBody& b)
{
    return a.returns == b.returns
           && std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(),
                         [](const auto& x, const auto& y) { return x == y || equal(*x, *y); });
}

bool same(const LoopsBody& a, const LoopsBody& b) { return equal(a.body, b.body); }

bool same(const LibraryBody& a, const LibraryBody& b)
{
    return a.arenaBytes == b.arenaBytes
           && std::equal(a.statements.begin(), a.statements.end(), b.statements.begin(), b.statements.end(),
                         [](const auto& x, const auto& y) { return x == y || equal(*x, *y); });
}

bool same(const HardwareBody& a, const HardwareBody& b) { return a.llvm == b.llvm; }

bool equalPointers(const FunctionPtr& a, const FunctionPtr& b) { return a == b || (a && b && equal(*a, *b)); }

bool same(const Intrinsic& a, const Intrinsic& b)
{
    return a.name == b.name && a.implementation == b.implementation && equalPointers(a.description, b.description);
}

// Each node of a body in printed order, as kind and name; some have no name, and are none.
template<class Tell>
void tellAll(NodeKind kind, const std::vector<TypedName>& names, const Tell& tell)
{
    for (const TypedName& name : names)
        tell(kind, name.name);
}

template<class Tell>
void tellNodes(const GraphBody& body, const Tell& tell)
{
    for (const GraphNodePtr& node : body.nodes) {
        tell(NodeKind::Operator, node->name);
        tellAll(NodeKind::Value, node->outputs, tell);
    }
}

template<class Tell>
void tellNodes(const LoopsBody& body, const Tell& tell)
{
    walk(body.body, [&tell](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt))
            tell(NodeKind::Loop, loop->name);
        if (const Block* block = as<Block>(stmt))
            tell(NodeKind::Block, block->name);
        if (const Alloc* alloc = as<Alloc>(stmt))
            tell(NodeKind::Buffer, alloc->buffer.name);
    });
}

template<class Tell>
void tellNodes(const LibraryBody& body, const Tell& tell)
{
    for (const LibraryStmtPtr& stmt : body.statements) {
        if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get()))
            tell(NodeKind::Buffer, allocation->name);
        if (const auto* view = std::get_if<ViewBuffer>(stmt.get()))
            tell(NodeKind::Buffer, view->name);
        if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
            tell(NodeKind::Operator, call->name);
    }
}

template<class Tell>
void tellNodes(const HardwareBody& body, const Tell& tell)
{
    auto lines = std::count(body.llvm.begin(), body.llvm.end(), '\n');
    if (!body.llvm.empty() && body.llvm.back() != '\n')
        ++lines;
    for (std::ptrdiff_t line = 1; line <= lines; ++line)
        tell(NodeKind::Line, std::to_string(line));
}

template<class Visit>
void forEachNode(const Function& function, const Visit& visit)
{
    const auto tell = [&visit](NodeKind kind, const std::string& name) {
        if (!name.empty())
            visit(kind, name);
    };
    visit(NodeKind::Function, std::string());
    if (function.graph()) {
        tellAll(NodeKind::Value, function.params, tell);
    } else {
        tellAll(NodeKind::Buffer, function.params, tell);
        tellAll(NodeKind::Buffer, function.results, tell);
    }
    std::visit([&tell](const auto& body) { tellNodes(body, tell); }, function.body);
}

}  // namespace

const char* name(Level level)
{
    switch (level) {
    case Level::Graph: return "graph";
    case Level::Loops: return "loops";
    case Level::Library: return "library";
    case Level::Hardware: return "hardware";
    }
    return "graph";
}

std::optional<Level> levelByName(std::string_view text)
{
    for (Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware})
        if (text == name(level))
            return level;
    return std::nullopt;
}

FunctionPtr Module::find(std::string_view function) const
{
    for (const FunctionPtr& candidate : functions)
        if (candidate->name == function)
            return candidate;
    return nullptr;
}

FunctionPtr Module::entryFunction() const
{
    if (!entry.empty())
        return find(entry);
    FunctionPtr only;
    for (const FunctionPtr& function : functions)
        if (!function->implements) {
            if (only)
                return nullptr;
            only = function;
        }
    return only;
}

IntrinsicPtr Module::intrinsic(std::string_view name) const
{
    for (const IntrinsicPtr& candidate : intrinsics)
        if (candidate->name == name)
            return candidate;
    return nullptr;
}

ModulePtr Module::withFunction(FunctionPtr function) const
{
    auto copy = std::make_shared<Module>(*this);
    for (FunctionPtr& candidate : copy->functions)
        if (candidate->name == function->name) {
            candidate = std::move(function);
            return copy;
        }
    copy->functions.push_back(std::move(function));
    return copy;
}

ModulePtr Module::withoutFunction(std::string_view function) const
{
    auto copy = std::make_shared<Module>(*this);
    std::erase_if(copy->functions, [function](const FunctionPtr& candidate) { return candidate->name == function; });
    return copy;
}

ModulePtr Module::withConstant(std::string name, ConstantPtr constant) const
{
    auto copy = std::make_shared<Module>(*this);
    copy->constants[std::move(name)] = std::move(constant);
    return copy;
}

bool equal(const Function& a, const Function& b)
{
    if (a.name != b.name || a.params != b.params || a.results != b.results || a.attributes != b.attributes
        || a.implements != b.implements || a.choices != b.choices || a.facts != b.facts || a.told != b.told
        || a.inouts != b.inouts || a.level() != b.level())
        return false;
    return std::visit([&b](const auto& x) { return same(x, std::get<std::decay_t<decltype(x)>>(b.body)); }, a.body);
}

bool equal(const Module& a, const Module& b)
{
    return a.name == b.name && a.entry == b.entry && a.target == b.target
           && std::equal(a.functions.begin(), a.functions.end(), b.functions.begin(), b.functions.end(), equalPointers)
           && std::equal(a.constants.begin(), a.constants.end(), b.constants.begin(), b.constants.end(),
                         [](const auto& x, const auto& y) { return x.first == y.first && equal(*x.second, *y.second); })
           && std::equal(a.intrinsics.begin(), a.intrinsics.end(), b.intrinsics.begin(), b.intrinsics.end(),
                         [](const auto& x, const auto& y) { return x == y || same(*x, *y); });
}

std::vector<Buffer> buffers(const Function& function)
{
    std::vector<Buffer> result;
    for (const auto* names : {&function.params, &function.results})
        for (const TypedName& name : *names)
            result.push_back({name.name, name.type.tensor, Scope::Global});
    if (const LoopsBody* loops = function.loops())
        walk(loops->body, [&result](const StmtPtr& stmt) {
            if (const Alloc* alloc = as<Alloc>(stmt))
                result.push_back(alloc->buffer);
        });
    return result;
}

const TypedName* findParam(const Function& function, std::string_view name)
{
    for (const auto* names : {&function.params, &function.results})
        for (const TypedName& candidate : *names)
            if (candidate.name == name)
                return &candidate;
    return nullptr;
}

std::map<std::size_t, std::size_t> inoutPositions(const Function& function)
{
    const auto place = [](const std::vector<TypedName>& names, const std::string& wanted) {
        return std::size_t(
            std::find_if(names.begin(), names.end(), [&](const TypedName& one) { return one.name == wanted; })
            - names.begin());
    };
    std::map<std::size_t, std::size_t> positions;
    for (const auto& [result, parameter] : function.inouts) {
        const std::size_t to = place(function.results, result), from = place(function.params, parameter);
        if (to < function.results.size() && from < function.params.size())
            positions[to] = from;
    }
    return positions;
}

std::vector<Cursor> cursors(const Function& function)
{
    std::vector<Cursor> all;
    forEachNode(function, [&](NodeKind kind, const std::string& name) { all.push_back({function.name, kind, name}); });
    return all;
}

std::vector<Cursor> cursors(const Module& module)
{
    std::vector<Cursor> result;
    for (const auto& [name, constant] : module.constants)
        result.push_back({"", NodeKind::Constant, name});
    for (const FunctionPtr& function : module.functions)
        for (Cursor& cursor : cursors(*function))
            result.push_back(std::move(cursor));
    return result;
}

bool exists(const Module& module, const Cursor& cursor)
{
    if (cursor.kind == NodeKind::Constant)
        return cursor.function.empty() && module.constants.count(cursor.name) != 0;
    const FunctionPtr function = module.find(cursor.function);
    if (!function)
        return false;
    bool found = false;
    forEachNode(*function, [&](NodeKind kind, const std::string& name) {
        found = found || (kind == cursor.kind && name == cursor.name);
    });
    return found;
}

std::string freshName(const std::string& base, const std::function<bool(const std::string&)>& taken)
{
    std::string name = base;
    for (int n = 1; taken(name); ++n)
        name = base + "_" + std::to_string(n);
    return name;
}

std::vector<std::string> usedNames(const Function& function)
{
    std::set<std::string> names;
    for (const Buffer& buffer : buffers(function))
        names.insert(buffer.name);
    if (const LoopsBody* loops = function.loops()) {
        walk(loops->body, [&names](const StmtPtr& stmt) {
            if (const Loop* loop = as<Loop>(stmt))
                names.insert(loop->name);
            if (const Block* block = as<Block>(stmt)) {
                names.insert(block->name);
                for (const BlockIter& iter : block->iters)
                    names.insert(iter.name);
            }
        });
        walkExprs(loops->body, [&names](const ExprPtr& e) {
            walk(e, [&names](const Expr& node) {
                if (node.op == Op::Let)
                    names.insert(node.name);
            });
        });
    }
    return {names.begin(), names.end()};
}

}  // namespace strata
