#include "core/text/parser.h"

#include <array>

#include <algorithm>

namespace strata::text {

namespace {

std::optional<LoopKind> loopKindOf(std::string_view word)
{
    for (LoopKind kind :
         {LoopKind::Serial, LoopKind::Parallel, LoopKind::Vectorized, LoopKind::Unrolled, LoopKind::Bound})
        if (word == name(kind))
            return kind;
    return word == "range" ? std::optional(LoopKind::Serial) : std::nullopt;
}

bool isAxis(std::string_view axis)
{
    return (axis.starts_with("blockIdx.") || axis.starts_with("threadIdx."))
           && (axis.ends_with(".x") || axis.ends_with(".y") || axis.ends_with(".z"));
}

Body single(StmtPtr stmt) { return Body{std::move(stmt)}; }

}  // namespace

// ": statement" on the same line, or a line end and an indented list.
Result<Body> Parser::suite()
{
    STRATA_CHECK(symbol(":"));
    if (!isKind(TokenKind::Newline))
        return nested([this] { return oneStmt(); });
    STRATA_CHECK(newline());
    if (!isKind(TokenKind::Indent))
        return expected("an indented statement");
    take();
    return nested([this] { return stmtsToDedent(); });
}

// What recurses over statements later must not exhaust the stack either, so loops of grids count.
Result<Body> Parser::nested(const std::function<Result<Body>()>& parse)
{
    if (m_nesting >= 200 || m_variables.size() > 600)
        return error("The statements are nested too deeply.");
    ++m_nesting;
    const std::size_t around = m_around.size();
    auto body = parse();
    m_around.resize(around);
    --m_nesting;
    return body;
}

Result<Body> Parser::stmtsToDedent()
{
    Body body;
    while (!isKind(TokenKind::Dedent) && !isKind(TokenKind::End)) {
        STRATA_TRY(const Body one, oneStmt());
        body.insert(body.end(), one.begin(), one.end());
    }
    if (isKind(TokenKind::Dedent))
        take();
    return body;
}

Result<Body> Parser::oneStmt()
{
    if (acceptWord("pass")) {
        STRATA_CHECK(newline());
        return Body{};
    }
    if (isWord("for") && !isSymbol("[", 1))
        return loop();
    if (isWord("with") && !isSymbol("[", 1))
        return block();
    if (!isKind(TokenKind::Name) && !isKind(TokenKind::QuotedName))
        return expected("a statement");
    const std::string target = peek().text;
    if (isSymbol(":", 1))
        return shortBlock();
    if (isSymbol("[", 1))
        return take(), store(target);
    if (isSymbol("(", 1))
        return take(), intrinsicCall(target);
    if (isSymbol("=", 1)) {
        note(NodeKind::Buffer, target, take());
        return alloc(target);
    }
    return expected("a statement: 'for', 'with block', a store, an alloc or an intrinsic");
}

Status Parser::annotations(std::map<std::string, std::string>& into)
{
    return list(")", [&]() -> Status {
        STRATA_TRY(const std::string key, name("an annotation, as key=\"value\""));
        STRATA_CHECK(symbol("="));
        STRATA_TRY(into[key], string("the annotation's value"));
        return {};
    });
}

// "for i, j in grid(4, 8), k in unrolled(2): ..."
Result<Body> Parser::loop()
{
    STRATA_CHECK(word("for"));
    const std::size_t outer = m_variables.size(), around = m_around.size();
    std::vector<Loop> nest;
    do {
        STRATA_CHECK(clause(nest));
    } while (acceptSymbol(","));
    STRATA_TRY(Body body, suite());
    m_variables.resize(outer);
    m_around.resize(around);
    for (auto inner = nest.rbegin(); inner != nest.rend(); ++inner) {
        inner->body = std::move(body);
        body = single(makeStmt(std::move(*inner)));
    }
    return body;
}

Status Parser::clause(std::vector<Loop>& nest)
{
    const std::size_t first = nest.size();
    std::vector<std::string> names;
    do {
        const Token token = peek();
        STRATA_TRY(std::string one, name("a loop variable"));
        note(NodeKind::Loop, one, token);
        names.push_back(std::move(one));
    } while (acceptSymbol(","));
    STRATA_CHECK(word("in"));
    if (acceptWord("grid")) {
        STRATA_CHECK(grid(std::move(names), nest));
    } else if (names.size() != 1) {
        return expected("'grid', because there are several variables");
    } else {
        STRATA_TRY(Loop head, loopHead(names[0]));
        nest.push_back(std::move(head));
    }
    for (std::size_t i = first; i < nest.size(); ++i) {
        m_variables.push_back({nest[i].name, DType::I64});
        m_around.push_back({nest[i].name, nest[i].extent});
    }
    return {};
}

Result<Loop> Parser::loopHead(std::string loopName)
{
    const std::optional<LoopKind> kind = isKind(TokenKind::Name) ? loopKindOf(peek().text) : std::nullopt;
    if (!kind)
        return expected("'range', 'parallel', 'vectorized', 'unrolled', 'bound' or 'grid'");
    take();
    Loop loop{std::move(loopName), nullptr, *kind, {}, {}, {}};
    STRATA_CHECK(symbol("("));
    STRATA_TRY(loop.extent, index());
    if (*kind == LoopKind::Bound || (isSymbol(",") && peek(1).kind == TokenKind::String)) {
        STRATA_CHECK(symbol(","));
        const Token token = peek();
        STRATA_TRY(loop.axis, string("an axis"));
        if (!isAxis(loop.axis))
            return errorAtToken(token, "There is no axis \"" + loop.axis + "\".",
                                "The axes are blockIdx.x .y .z and threadIdx.x .y .z.");
    }
    if (!acceptSymbol(",") && !isSymbol(")"))
        return expected("',' or ')'");
    STRATA_CHECK(annotations(loop.annotations));
    return loop;
}

Status Parser::grid(std::vector<std::string> names, std::vector<Loop>& nest)
{
    const Token token = peek();
    STRATA_CHECK(symbol("("));
    std::vector<ExprPtr> extents;
    STRATA_CHECK(list(")", [&]() -> Status {
        STRATA_TRY(ExprPtr one, index());
        extents.push_back(std::move(one));
        return {};
    }));
    if (extents.size() != names.size())
        return errorAtToken(token, "The grid has " + std::to_string(names.size()) + " variables and "
                                       + std::to_string(extents.size()) + " extents.");
    if (names.size() > 64)
        return errorAtToken(token, "A grid has at most 64 loops.");
    for (std::size_t i = 0; i < names.size(); ++i)
        nest.push_back({std::move(names[i]), std::move(extents[i]), LoopKind::Serial, {}, {}, {}});
    return {};
}

Result<Body> Parser::block()
{
    STRATA_CHECK(word("with"));
    STRATA_CHECK(word("block"));
    STRATA_CHECK(symbol("("));
    Block block;
    const Token token = peek();
    STRATA_TRY(block.name, string("the block's name"));
    note(NodeKind::Block, block.name, token);
    if (!acceptSymbol(",") && !isSymbol(")"))
        return expected("',' or ')'");
    STRATA_CHECK(annotations(block.annotations));
    const std::size_t outer = m_variables.size(), around = m_around.size();
    if (acceptWord("as")) {
        STRATA_TRY(block.iters, blockIters());
    }
    STRATA_TRY(block.body, blockSuite(block));
    m_variables.resize(outer);
    m_around.resize(around);
    return single(makeStmt(std::move(block)));
}

// "Y: Y[i, j] = 0.0", or more in an indented list.
Result<Body> Parser::shortBlock()
{
    Block block;
    const Token token = take();
    block.name = token.text;
    note(NodeKind::Block, block.name, token);
    STRATA_TRY(block.body, blockSuite(block));
    const auto isStore = [](const StmtPtr& stmt) { return as<Store>(stmt) != nullptr; };
    if (block.body.empty() || !std::all_of(block.body.begin(), block.body.end(), isStore)
        || !std::all_of(block.init.begin(), block.init.end(), isStore))
        return errorAtToken(token, "A block in short form only stores.",
                            "Write it in full: with block(\"" + block.name + "\") as (vi: spatial(4) = i): ...");
    return single(makeStmt(withIterators(std::move(block), m_around)));
}

Result<std::vector<BlockIter>> Parser::blockIters()
{
    std::vector<BlockIter> iters;
    STRATA_CHECK(symbol("("));
    STRATA_CHECK(list(")", [&]() -> Status {
        STRATA_TRY(BlockIter one, blockIter());
        iters.push_back(std::move(one));
        return {};
    }));
    for (const BlockIter& iter : iters) {
        m_variables.push_back({iter.name, DType::I64});
        m_around.push_back({iter.name, iter.extent});
    }
    return iters;
}

Result<BlockIter> Parser::blockIter()
{
    BlockIter iter;
    STRATA_TRY(iter.name, name("an iterator, as vi: spatial(4) = i"));
    STRATA_CHECK(symbol(":"));
    if (isWord("spatial"))
        iter.kind = IterKind::Spatial;
    else if (isWord("reduce"))
        iter.kind = IterKind::Reduce;
    else if (isWord("ordered"))
        iter.kind = IterKind::Ordered;
    else
        return expected("'spatial', 'reduce' or 'ordered'");
    take();
    STRATA_CHECK(symbol("("));
    STRATA_TRY(iter.extent, index());
    STRATA_CHECK(symbol(")"));
    STRATA_CHECK(symbol("="));
    STRATA_TRY(iter.binding, index());
    return iter;
}

Result<Body> Parser::blockSuite(Block& block)
{
    if (!isSymbol(":") || peek(1).kind != TokenKind::Newline)
        return suite();
    take();
    STRATA_CHECK(newline());
    if (!isKind(TokenKind::Indent))
        return expected("an indented statement");
    take();
    STRATA_CHECK(blockHead(block));
    return nested([this] { return stmtsToDedent(); });
}

// where, reads, writes and init, each at most once, in this order.
Status Parser::blockHead(Block& block)
{
    if (isWord("where") && isSymbol("(", 1)) {
        take();
        STRATA_CHECK(symbol("("));
        const Token token = peek();
        STRATA_TRY(const Parsed predicate, expr());
        if (predicate.e->type != DType::Bool)
            return errorAtToken(token, std::string("A predicate is bool, but this is ")
                                           + strata::name(predicate.e->type) + ".");
        block.predicate = predicate.e;
        STRATA_CHECK(symbol(")"));
        STRATA_CHECK(newline());
    }
    if (isWord("reads") && isSymbol("(", 1)) {
        take();
        STRATA_TRY(block.reads, regions());
    }
    if (isWord("writes") && isSymbol("(", 1)) {
        take();
        STRATA_TRY(block.writes, regions());
    }
    if (isWord("with") && isWord("init", 1)) {
        take();
        take();
        STRATA_CHECK(symbol("("));
        STRATA_CHECK(symbol(")"));
        STRATA_TRY(block.init, suite());
    }
    return {};
}

Result<std::vector<Region>> Parser::regions()
{
    std::vector<Region> list;
    STRATA_CHECK(symbol("("));
    STRATA_CHECK(this->list(")", [&]() -> Status {
        STRATA_TRY(Region one, region());
        list.push_back(std::move(one));
        return {};
    }));
    STRATA_CHECK(newline());
    return list;
}

// x[vi * 4:+4, vj]: first index and extent, 1 if left out.
Result<Region> Parser::region()
{
    Region region;
    STRATA_TRY(region.buffer, name("a buffer"));
    STRATA_CHECK(symbol("["));
    STRATA_CHECK(list("]", [&]() -> Status {
        STRATA_TRY(ExprPtr begin, index());
        ExprPtr extent = intConst(1);
        if (acceptSymbol(":")) {
            STRATA_CHECK(symbol("+"));
            STRATA_TRY(extent, index());
        }
        region.begin.push_back(std::move(begin));
        region.extent.push_back(std::move(extent));
        return {};
    }));
    return region;
}

Result<Body> Parser::alloc(std::string bufferName)
{
    STRATA_CHECK(symbol("="));
    STRATA_CHECK(word("alloc"));
    Buffer buffer{std::move(bufferName), {}, Scope::Global};
    STRATA_TRY(buffer.type, tensorType());
    if (acceptWord("in")) {
        const std::array<Scope, 3> scopes{Scope::Global, Scope::Shared, Scope::Local};
        const auto found = std::find_if(scopes.begin(), scopes.end(),
                                        [this](Scope scope) { return isWord(strata::name(scope)); });
        if (found == scopes.end())
            return expected("'global', 'shared' or 'local'");
        take();
        buffer.scope = *found;
    }
    STRATA_CHECK(newline());
    m_buffers[buffer.name] = buffer.type.dtype;
    m_around.push_back({buffer.name, nullptr});
    return single(makeStmt(Alloc{std::move(buffer)}));
}

Result<Body> Parser::intrinsicCall(std::string intrinsicName)
{
    IntrinsicCall call{std::move(intrinsicName), {}};
    STRATA_CHECK(symbol("("));
    STRATA_CHECK(list(")", [&]() -> Status {
        IntrinsicCall::Argument argument;
        STRATA_TRY(argument.buffer, name("a box, as x[i, 0]"));
        STRATA_TRY(argument.begin, indices(argument.buffer));
        call.arguments.push_back(std::move(argument));
        return {};
    }));
    STRATA_CHECK(newline());
    return single(makeStmt(std::move(call)));
}

Result<Body> Parser::store(std::string buffer)
{
    Store store{std::move(buffer), {}, nullptr};
    STRATA_TRY(store.indices, indices(store.buffer));
    STRATA_CHECK(symbol("="));
    const Token token = peek();
    STRATA_TRY(Parsed value, expr());
    const DType type = m_buffers[store.buffer];
    STRATA_CHECK(adapt(value, type));
    if (value.e->type != type)
        return errorAtToken(token,
                            std::string("The value is ") + strata::name(value.e->type) + ", but " + store.buffer
                                + " holds " + strata::name(type) + ".",
                            "Convert it with cast(type, value).");
    store.value = value.e;
    STRATA_CHECK(newline());
    return single(makeStmt(std::move(store)));
}

}  // namespace strata::text
