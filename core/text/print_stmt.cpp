#include "core/text/printer.h"

#include <algorithm>

namespace strata::text {

namespace {

std::string annotationsText(const std::map<std::string, std::string>& annotations)
{
    std::string text;
    for (const auto& [key, value] : annotations)
        text += ", " + nameText(key) + "=" + stringText(value);
    return text;
}

std::string regionText(const Region& region)
{
    std::string text = nameText(region.buffer) + "[";
    for (std::size_t i = 0; i < region.begin.size(); ++i) {
        text += (i ? ", " : "") + exprText(region.begin[i]);
        if (!isConst(region.extent[i], 1))
            text += ":+" + exprText(region.extent[i]);
    }
    return text + "]";
}

std::string regionsText(const char* word, const std::vector<Region>& regions)
{
    std::string text = std::string(word) + "(";
    for (std::size_t i = 0; i < regions.size(); ++i)
        text += (i ? ", " : "") + regionText(regions[i]);
    return text + ")";
}

bool isPlain(const Loop& loop)
{
    return loop.kind == LoopKind::Serial && loop.annotations.empty() && loop.axis.empty();
}

// The loops of a perfect nest of plain serial loops whose extents do not depend on each other.
std::vector<const Loop*> gridOf(const Loop& outer)
{
    std::vector<const Loop*> grid{&outer};
    while (isPlain(*grid.back()) && grid.back()->body.size() == 1) {
        const Loop* inner = as<Loop>(grid.back()->body[0]);
        if (!inner || !isPlain(*inner))
            break;
        const std::vector<std::string> used = freeVariables(inner->extent);
        if (std::any_of(grid.begin(), grid.end(),
                        [&used](const Loop* l) { return std::find(used.begin(), used.end(), l->name) != used.end(); }))
            break;
        grid.push_back(inner);
    }
    return grid;
}

std::string loopText(const Loop& loop)
{
    std::string text = "for " + nameText(loop.name) + " in "
                       + (loop.kind == LoopKind::Serial ? "range" : name(loop.kind)) + "(" + exprText(loop.extent);
    if (!loop.axis.empty())
        text += ", " + stringText(loop.axis);
    return text + annotationsText(loop.annotations) + "):";
}

std::string gridText(const std::vector<const Loop*>& grid)
{
    std::string names, extents;
    for (const Loop* loop : grid) {
        names += (names.empty() ? "" : ", ") + nameText(loop->name);
        extents += (extents.empty() ? "" : ", ") + exprText(loop->extent);
    }
    return "for " + names + " in grid(" + extents + "):";
}

std::string blockText(const Block& block)
{
    std::string iters;
    for (const BlockIter& iter : block.iters)
        iters += (iters.empty() ? "" : ", ") + nameText(iter.name) + ": " + name(iter.kind) + "("
                 + exprText(iter.extent) + ") = " + exprText(iter.binding);
    return "with block(" + stringText(block.name) + annotationsText(block.annotations) + ")"
           + (iters.empty() ? "" : " as (" + iters + ")") + ":";
}

std::string scopeText(Scope scope) { return scope == Scope::Global ? "" : std::string(" in ") + name(scope); }

}  // namespace

std::string storeText(const Store& store)
{
    return nameText(store.buffer) + "[" + exprsText(store.indices) + "] = " + exprText(store.value);
}

void Printer::suite(const Body& statements, Cursor owner)
{
    const Cursor outer = std::exchange(m_enclosing, std::move(owner));
    ++m_indent;
    body(statements);
    if (statements.empty())
        line("pass", enclosing());
    --m_indent;
    m_enclosing = outer;
}

void Printer::body(const Body& statements)
{
    for (const StmtPtr& statement : statements)
        std::visit([this](const auto& node) { stmt(node); }, statement->node);
}

void Printer::stmt(const Loop& loop)
{
    const std::vector<const Loop*> grid = gridOf(loop);
    std::vector<Cursor> shown;
    for (auto inner = grid.rbegin(); inner != grid.rend(); ++inner)
        shown.push_back(cursor(NodeKind::Loop, (*inner)->name));
    line(grid.size() == 1 ? loopText(loop) : gridText(grid), shown);
    suite(grid.back()->body, shown.front());
}

void Printer::init(const Body& statements)
{
    const Store* only = statements.size() == 1 ? as<Store>(statements[0]) : nullptr;
    line(only ? "with init(): " + storeText(*only) : "with init():", enclosing());
    if (!only)
        suite(statements, m_enclosing);
}

void Printer::stmt(const Block& block)
{
    const Cursor own = cursor(NodeKind::Block, block.name);
    line(blockText(block), {own});
    const Cursor outer = std::exchange(m_enclosing, own);
    ++m_indent;
    if (block.predicate)
        line("where(" + exprText(block.predicate) + ")", enclosing());
    if (block.reads)
        line(regionsText("reads", *block.reads), enclosing());
    if (block.writes)
        line(regionsText("writes", *block.writes), enclosing());
    if (!block.init.empty())
        init(block.init);
    --m_indent;
    m_enclosing = outer;
    suite(block.body, own);
}

void Printer::stmt(const Store& store) { line(storeText(store), enclosing()); }

void Printer::stmt(const Alloc& alloc)
{
    const Buffer& buffer = alloc.buffer;
    line(nameText(buffer.name) + " = alloc " + typeText(buffer.type) + scopeText(buffer.scope),
         {cursor(NodeKind::Buffer, buffer.name)});
}

void Printer::stmt(const IntrinsicCall& call)
{
    std::string arguments;
    for (const IntrinsicCall::Argument& argument : call.arguments)
        arguments += (arguments.empty() ? "" : ", ") + nameText(argument.buffer) + "[" + exprsText(argument.begin)
                     + "]";
    line(nameText(call.intrinsic) + "(" + arguments + ")", enclosing());
}

}  // namespace strata::text
