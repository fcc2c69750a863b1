// Private to the text form: a recursive-descent parser over the tokens. Input is untrusted: recursion and sizes are
// bounded.
#pragma once

#include "core/text/lexer.h"
#include "core/text/short_form.h"
#include "core/text/text.h"

namespace strata::text {

class Parser {
public:
    static Result<Parser> make(std::string_view source, const ConstantLookup& lookup, const std::string& file);

    Result<ModulePtr> module();
    Result<FunctionPtr> onlyFunction();
    Result<SizeFacts> onlySizeFacts();
    Result<ExprPtr> onlyExpr(const std::map<std::string, DType>& variables);
    Result<IndexMap> onlyIndexMap(const std::vector<std::int64_t>& domain);
    // Where the text names what was parsed: node -> byte. Of a name that is given twice, the second place.
    const std::map<Cursor, std::size_t>& places() const { return m_places; }
    bool namesIsa() const { return m_namesIsa; }

private:
    // An expression with the depth of its tree, and how it was written if it is a bare literal (which takes the other
    // operand's type).
    struct Parsed {
        ExprPtr e;
        int depth = 1;
        std::string literal = {};
    };
    struct Variable {
        std::string name;
        DType type;
    };
    // A call as graph and library level write it: operands, then keywords.
    struct CallText {
        std::vector<Operand> inputs;
        Attributes attributes;
        std::string node, domain;
        std::vector<std::string> outputs;
        int version = 0;
        bool hasOutputs = false;
    };
    struct Decorators {
        std::optional<Level> level;
        std::int64_t arena = 0;
        std::map<std::string, std::string> attributes;
        std::optional<Implements> implements;
        std::vector<Choice> choices;
        SizeFacts facts;
        std::vector<ToldSize> told;
        Inouts inouts;
    };

    Parser(std::string_view source, const ConstantLookup& lookup, std::string file, std::vector<Token> tokens)
        : m_source(source)
        , m_lookup(lookup)
        , m_file(std::move(file))
        , m_tokens(std::move(tokens))
    {
    }

    // Tokens
    const Token& peek(std::size_t ahead = 0) const { return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)]; }
    const Token& take() { return m_tokens[m_at + 1 < m_tokens.size() ? m_at++ : m_at]; }
    bool isKind(TokenKind kind) const { return peek().kind == kind; }
    bool isSymbol(std::string_view text, std::size_t ahead = 0) const;
    bool isWord(std::string_view text, std::size_t ahead = 0) const;  // a bare name with this spelling
    bool acceptSymbol(std::string_view text);
    bool acceptWord(std::string_view text);
    Error error(const std::string& sentence, const std::string& hint = {}) const
    {
        return errorAtToken(peek(), sentence, hint);
    }
    Error errorAtToken(const Token& token, const std::string& sentence, const std::string& hint = {}) const;
    Error expected(const std::string& what) const;
    Status symbol(std::string_view text);
    Status word(std::string_view text);
    Status newline();
    void note(NodeKind kind, const std::string& name, const Token& at);
    Result<std::string> name(const char* what);
    Result<std::string> string(const char* what);
    Result<std::int64_t> integer(const char* what);  // with an optional minus
    Result<std::string> spelling(const char* what);  // tokens up to , or ) as written: x86-64-v3
    // item (, item)* until `close`, which is taken.
    Status list(std::string_view close, const std::function<Status()>& item);

    // Types
    Result<TensorType> tensorType();
    Result<ValueType> valueType();
    Result<Dim> dim();
    Result<Dim> dimTerm();
    Result<TypedName> typedName();
    Result<std::vector<TypedName>> typedNames();

    // Expressions
    Result<Parsed> expr(int least = 1);
    Result<Parsed> unaryExpr();
    Result<Parsed> primary();
    Result<Parsed> numberLiteral(bool negative);
    Result<Parsed> typedLiteral(DType type);
    Result<Parsed> binaryOf(const Token& op, Parsed a, Parsed b);
    Result<Parsed> function(const Token& name);
    Result<Parsed> castOf(bool bits);
    Result<Parsed> letOf();
    Result<Parsed> elementaryOf();
    Result<Parsed> builtin(Op op, const Token& at, std::vector<Parsed> args);
    Result<Parsed> element(const Token& name);
    Result<std::vector<Parsed>> arguments(std::string_view close);
    Result<Parsed> depthChecked(Parsed parsed, const Token& at) const;
    Result<ExprPtr> constOf(DType type, const std::string& literal, const Token& at) const;
    Status unify(Parsed& a, Parsed& b, const Token& at) const;
    Status adapt(Parsed& a, DType type) const;                        // only a literal adapts
    Result<ExprPtr> index();                                          // an i64 expression
    Result<std::vector<ExprPtr>> indices(const std::string& buffer);  // [i, j] after a buffer's name

    // Statements of the loops level
    Result<Body> suite();
    Result<Body> nested(const std::function<Result<Body>()>& parse);
    Result<Body> stmtsToDedent();
    Result<Body> oneStmt();
    Result<Body> loop();
    Result<Loop> loopHead(std::string name);
    Status clause(std::vector<Loop>& nest);  // "i, j in grid(4, 8)", appended outermost first
    Status grid(std::vector<std::string> names, std::vector<Loop>& nest);
    Result<Body> block();
    Result<Body> shortBlock();
    Result<std::vector<BlockIter>> blockIters();
    Result<BlockIter> blockIter();
    Result<Body> blockSuite(Block& block);
    Status blockHead(Block& block);
    Result<Region> region();
    Result<std::vector<Region>> regions();
    Result<Body> alloc(std::string name);
    Result<Body> intrinsicCall(std::string name);
    Result<Body> store(std::string name);
    Status annotations(std::map<std::string, std::string>& into);

    // Graph and library level
    Result<Operand> operand();
    Result<CallText> callText();
    Status keyword(CallText& call);
    Result<std::vector<std::string>> outputNames();
    Result<Attribute> attribute(const std::string& node, const std::string& name);
    Result<Attribute> listAttribute();
    Result<Attribute> tensorAttribute(const std::string& name);
    Result<float> floatNumber();
    Result<GraphBody> graphBody();
    Result<GraphNodePtr> graphNode();
    Result<LibraryBody> libraryBody(std::int64_t arena);
    Result<LibraryStmt> libraryStmt();
    Result<LibraryStmt> libraryCall();
    Result<LibraryStmt> libraryAlloc(std::string name);

    // Module
    Result<FunctionPtr> function();
    Result<Decorators> decorators();
    Status decorator(Decorators& into);
    Result<Implements> implements();
    Status sizeFact(SizeFacts& into);
    Result<ToldSize> toldSize();
    Status inout(Inouts& into);
    Result<Choice> choice();
    Result<Target::Isa> isa();
    Level guessLevel() const;
    Result<decltype(Function::body)> functionBody(Level level, std::int64_t arena);
    Status header(Module& module);
    Status headerItem(Module& module);
    Status moduleItem(Module& module);
    Status constant(Module& module);
    Status intrinsic(Module& module);
    Result<ConstantPtr> constantValue(const std::string& name, const TensorType& type);
    Result<ConstantPtr> elements(const TensorType& type);
    Status stringElement(Bytes& into);
    Result<std::uint64_t> element(DType type);
    Result<std::uint64_t> floatElement(DType type);

    std::string_view m_source;
    ConstantLookup m_lookup;
    std::string m_file;
    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_depth = 0;                         // of expressions within expressions
    int m_nesting = 0;                       // of statements within statements
    std::vector<Variable> m_variables;       // in scope, innermost last
    std::vector<Around> m_around;            // those of them that count: loops, and iterators of blocks
    std::map<std::string, DType> m_buffers;  // of the function
    std::string m_function;
    std::map<Cursor, std::size_t> m_places;
    bool m_namesIsa = false;
};

}  // namespace strata::text
