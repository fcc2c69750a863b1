#include "core/text/parser.h"

namespace strata::text {

Result<LibraryBody> Parser::libraryBody(std::int64_t arena)
{
    LibraryBody body;
    body.arenaBytes = arena;
    while (!isKind(TokenKind::Dedent) && !isKind(TokenKind::End)) {
        if (acceptWord("pass")) {
            STRATA_CHECK(newline());
            continue;
        }
        STRATA_TRY(LibraryStmt one, libraryStmt());
        body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(one)));
    }
    return body;
}

Result<LibraryStmt> Parser::libraryStmt()
{
    if (isWord("copy") && isSymbol("(", 1)) {
        take(), take();
        CopyBuffer copy;
        STRATA_TRY(copy.source, operand());
        STRATA_CHECK(symbol(","));
        STRATA_CHECK(word("out"));
        STRATA_CHECK(symbol("="));
        STRATA_TRY(copy.target, name("a buffer"));
        STRATA_CHECK(symbol(")"));
        STRATA_CHECK(newline());
        return LibraryStmt(std::move(copy));
    }
    if (!isSymbol("=", 1))
        return libraryCall();
    note(NodeKind::Buffer, peek().text, peek());
    STRATA_TRY(std::string target, name("a buffer"));
    take();
    if (acceptWord("alloc"))
        return libraryAlloc(std::move(target));
    if (!acceptWord("view"))
        return expected("'alloc' or 'view'");
    ViewBuffer view{std::move(target), {}, {}};
    STRATA_CHECK(symbol("("));
    STRATA_TRY(view.source, operand());
    STRATA_CHECK(symbol(","));
    STRATA_TRY(view.type, tensorType());
    STRATA_CHECK(symbol(")"));
    STRATA_CHECK(newline());
    return LibraryStmt(std::move(view));
}

// h = alloc f32[1, 200] at arena[0:+832]
// h = alloc f32[n, 200] in storage 2
Result<LibraryStmt> Parser::libraryAlloc(std::string bufferName)
{
    AllocateBuffer allocation{std::move(bufferName), {}, {}, {}};
    STRATA_TRY(allocation.type, tensorType());
    if (acceptWord("at")) {
        AllocateBuffer::Slot slot;
        STRATA_CHECK(word("arena"));
        STRATA_CHECK(symbol("["));
        STRATA_TRY(slot.offset, integer("an offset in bytes"));
        STRATA_CHECK(symbol(":"));
        STRATA_CHECK(symbol("+"));
        STRATA_TRY(slot.bytes, integer("a size in bytes"));
        STRATA_CHECK(symbol("]"));
        allocation.slot = slot;
    } else if (acceptWord("in")) {
        STRATA_CHECK(word("storage"));
        STRATA_TRY(allocation.storage, integer("the number of a storage"));
    }
    STRATA_CHECK(newline());
    return LibraryStmt(std::move(allocation));
}

// linear_relu(x, @w, out=h), onednn.matmul(h, @w, out=y): a dot makes it a provider's routine.
Result<LibraryStmt> Parser::libraryCall()
{
    LibraryCall call;
    const Token start = peek();
    const bool routine = isWord("routine") && !isSymbol("(", 1);
    if (routine)
        take();
    STRATA_TRY(call.callee, name("a statement: an alloc, a view, a copy or a call"));
    bool dotted = false;
    while (acceptSymbol(".")) {
        STRATA_TRY(const std::string part, name("the routine's name"));
        call.callee += "." + part;
        dotted = true;
    }
    call.kind = routine || dotted ? LibraryCall::Callee::Routine : LibraryCall::Callee::Function;
    const Token token = peek();
    STRATA_TRY(CallText text, callText());
    if (!text.hasOutputs)
        return errorAtToken(token, "This call does not say where its results go.",
                            "Add out=buffer, or out=(a, b) for several.");
    if (!text.domain.empty() || text.version != 0)
        return errorAtToken(token, "A call of the library level has no domain and no version.");
    call.name = text.node.empty() ? call.callee : std::move(text.node);
    note(NodeKind::Operator, call.name, start);
    call.inputs = std::move(text.inputs);
    call.outputs = std::move(text.outputs);
    call.attributes = std::move(text.attributes);
    return LibraryStmt(std::move(call));
}

}  // namespace strata::text
