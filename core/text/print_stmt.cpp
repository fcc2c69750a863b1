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

// The loops of a perfect nest whose extents do not depend on each other; of plain serial ones only, if `plain`.
std::vector<const Loop*> nestOf(const Loop& outer, bool plain)
{
    const auto joins = [plain](const Loop& loop) {
        return plain ? isPlain(loop) : loop.annotations.empty() && loop.kind != LoopKind::Bound;
    };
    std::vector<const Loop*> nest{&outer};
    while (joins(*nest.back()) && nest.back()->body.size() == 1) {
        const Loop* inner = as<Loop>(nest.back()->body[0]);
        if (!inner || !joins(*inner))
            break;
        const std::vector<std::string> used = freeVariables(inner->extent);
        if (std::any_of(nest.begin(), nest.end(),
                        [&used](const Loop* l) { return std::find(used.begin(), used.end(), l->name) != used.end(); }))
            break;
        nest.push_back(inner);
    }
    return nest;
}

std::string loopText(const Loop& loop)
{
    std::string text = nameText(loop.name) + " in " + (loop.kind == LoopKind::Serial ? "range" : name(loop.kind)) + "("
                       + exprText(loop.extent);
    if (!loop.axis.empty())
        text += ", " + stringText(loop.axis);
    return text + annotationsText(loop.annotations) + ")";
}

std::string gridText(const std::vector<const Loop*>& grid)
{
    if (grid.size() == 1)
        return loopText(*grid.front());
    std::string names, extents;
    for (const Loop* loop : grid) {
        names += (names.empty() ? "" : ", ") + nameText(loop->name);
        extents += (extents.empty() ? "" : ", ") + exprText(loop->extent);
    }
    return names + " in grid(" + extents + ")";
}

// "i, j in grid(4, 8), k in unrolled(2)": plain loops that follow each other are one grid.
std::string clausesText(const std::vector<const Loop*>& nest)
{
    std::string text;
    for (std::size_t at = 0; at < nest.size();) {
        std::vector<const Loop*> grid{nest[at++]};
        while (isPlain(*grid.front()) && at < nest.size() && isPlain(*nest[at]))
            grid.push_back(nest[at++]);
        text += (text.empty() ? "" : ", ") + gridText(grid);
    }
    return text;
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
    const std::size_t around = m_around.size();
    const Cursor outer = std::exchange(m_enclosing, std::move(owner));
    ++m_indent;
    body(statements);
    if (statements.empty())
        line("pass", enclosing());
    --m_indent;
    m_enclosing = outer;
    m_around.resize(around);
}

void Printer::body(const Body& statements)
{
    for (const StmtPtr& statement : statements)
        std::visit([this](const auto& node) { stmt(node); }, statement->node);
}

void Printer::loops(const std::vector<const Loop*>& nest, const std::string& text)
{
    std::vector<Cursor> shown;
    for (auto inner = nest.rbegin(); inner != nest.rend(); ++inner)
        shown.push_back(cursor(NodeKind::Loop, (*inner)->name));
    line("for " + text + ":", shown);
    for (const Loop* loop : nest)
        m_around.push_back({loop->name, loop->extent});
    suite(nest.back()->body, shown.front());
    m_around.resize(m_around.size() - nest.size());
}

void Printer::stmt(const Loop& loop)
{
    std::vector<const Loop*> nest = nestOf(loop, m_form == Form::Full);
    while (m_form == Form::Short && nest.size() > 1 && m_indent * 4 + clausesText(nest).size() + 5 > widest)
        nest.pop_back();
    loops(nest, clausesText(nest));
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
    if (m_form == Form::Short && shortBlock(block))
        return;
    const Cursor own = cursor(NodeKind::Block, block.name);
    line(blockText(block), {own});
    const std::size_t around = m_around.size();
    for (const BlockIter& iter : block.iters)
        m_around.push_back({iter.name, iter.extent});
    blockSuite(block, own);
    m_around.resize(around);
}

bool Printer::shortBlock(const Block& block)
{
    const std::optional<Block> said = spoken(block, m_around);
    if (!said)
        return false;
    const Cursor own = cursor(NodeKind::Block, block.name);
    const std::string label = nameText(block.name) + ":";
    if (said->init.empty() && !said->predicate && said->body.size() == 1) {
        line(label + " " + storeText(*as<Store>(said->body[0])), {own});
        return true;
    }
    line(label, {own});
    blockSuite(*said, own);
    return true;
}

void Printer::blockSuite(const Block& block, const Cursor& own)
{
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
    m_around.push_back({buffer.name, nullptr});
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
