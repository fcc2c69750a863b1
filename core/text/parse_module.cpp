#include "core/base/rounding.h"
#include "core/base/tiny_float.h"
#include "core/index/sizes.h"
#include "core/ir/cpu.h"
#include "core/text/names.h"
#include "core/text/parser.h"
#include "core/text/source.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace strata {

namespace text {

namespace {

std::uint64_t floatBits(double value, DType type)
{
    switch (type) {
    case DType::F32: return std::bit_cast<std::uint32_t>(float(value));
    case DType::F64: return std::bit_cast<std::uint64_t>(value);
    default: return floatToShort(type, float(value));
    }
}

}  // namespace

Result<ModulePtr> Parser::module()
{
    auto module = std::make_shared<Module>();
    module->name = "module";
    if (isWord("module") && !isSymbol("=", 1))
        STRATA_CHECK(header(*module));
    while (!isKind(TokenKind::End))
        STRATA_CHECK(moduleItem(*module));
    if (!module->entry.empty() && !module->find(module->entry))
        return error("The entry '" + module->entry + "' is no function of the module.");
    return ModulePtr(std::move(module));
}

Status Parser::header(Module& module)
{
    STRATA_CHECK(word("module"));
    STRATA_TRY(module.name, name("the module's name"));
    if (acceptSymbol("("))
        STRATA_CHECK(list(")", [&] { return headerItem(module); }));
    STRATA_CHECK(symbol(":"));
    return newline();
}

Status Parser::headerItem(Module& module)
{
    const Token token = peek();
    STRATA_TRY(const std::string key, name("entry, isa, threads, l1, l2 or l3"));
    STRATA_CHECK(symbol("="));
    if (key == "entry") {
        STRATA_TRY(module.entry, name("a function"));
        return {};
    }
    if (key == "isa") {
        m_namesIsa = true;
        STRATA_TRY(module.target.isa, isa());
        return {};
    }
    STRATA_TRY(const std::int64_t value, integer("a number"));
    if (value < 0 || (key == "threads" && value > 65536))
        return errorAtToken(token, "The value of " + key + " is out of range.");
    if (key == "threads")
        module.target.threads = int(value);
    else if (key == "l1" || key == "l2" || key == "l3")
        (key == "l1" ? module.target.l1Bytes : key == "l2" ? module.target.l2Bytes : module.target.l3Bytes) = value;
    else
        return errorAtToken(token, "A module has no '" + key + "'.", "There are entry, isa, threads, l1, l2 and l3.");
    return {};
}

Result<Target::Isa> Parser::isa()
{
    const Token at = peek();
    STRATA_TRY(const std::string text, spelling("an instruction set"));
    if (const auto found = isaByName(text))
        return *found;
    return errorAtToken(at, "There is no instruction set '" + text + "'.", isaHint());
}

Status Parser::moduleItem(Module& module)
{
    if (isWord("const") && isSymbol("@", 1))
        return constant(module);
    if (isWord("intrinsic") && !isSymbol("=", 1))
        return intrinsic(module);
    const Token token = peek();
    STRATA_TRY(FunctionPtr one, function());
    if (module.find(one->name))
        return errorAtToken(token, "There are two functions '" + one->name + "'.");
    module.functions.push_back(std::move(one));
    return {};
}

Status Parser::constant(Module& module)
{
    take(), take();
    const Token token = peek();
    STRATA_TRY(const std::string constantName, name("a constant's name"));
    STRATA_CHECK(symbol(":"));
    STRATA_TRY(const TensorType type, tensorType());
    ConstantPtr value;
    if (acceptSymbol("=")) {
        STRATA_TRY(value, elements(type));
    } else {
        STRATA_TRY(value, constantValue(constantName, type));
    }
    if (!module.constants.emplace(constantName, std::move(value)).second)
        return errorAtToken(token, "There are two constants '" + constantName + "'.");
    return newline();
}

Result<ConstantPtr> Parser::constantValue(const std::string& constantName, const TensorType& type)
{
    if (!m_lookup)
        return error("The elements of constant '" + constantName + "' are not in the text.",
                     "Open the file that has its .weights beside it.");
    auto value = m_lookup(constantName, type);
    if (!value)
        return value.error();
    if ((*value)->type() != type)
        return error("Constant '" + constantName + "' has type " + toString(type) + " here and "
                     + toString((*value)->type()) + " in the side file.");
    return value;
}

Result<ConstantPtr> Parser::elements(const TensorType& type)
{
    const Token token = peek();
    Bytes strings;
    std::vector<std::uint64_t> elements;
    std::int64_t count = 0;
    const std::optional<std::int64_t> needed = type.ranked ? elementCount(type.shape) : std::nullopt;
    if (!needed)
        return error("A constant needs a constant shape, but its type is " + toString(type) + ".");
    STRATA_CHECK(symbol("["));
    STRATA_CHECK(list("]", [&]() -> Status {
        ++count;
        if (type.dtype == DType::String)
            return stringElement(strings);
        STRATA_TRY(const std::uint64_t bits, element(type.dtype));
        elements.push_back(bits);
        return {};
    }));
    if (count != *needed)
        return errorAtToken(token, "The type " + toString(type) + " has " + std::to_string(*needed) + " elements, but "
                                       + std::to_string(count) + " are given.");
    if (type.dtype == DType::String)
        return Constant::fromBytes(type, std::make_shared<const Bytes>(std::move(strings)));
    auto bytes = std::make_shared<Bytes>(std::size_t(byteCount(type.dtype, count)));
    for (std::int64_t i = 0; i < count; ++i)
        writeBits(type.dtype, bytes->data(), i, elements[std::size_t(i)]);
    return Constant::fromBytes(type, std::move(bytes));
}

Status Parser::stringElement(Bytes& into)
{
    STRATA_TRY(const std::string text, string("a string"));
    const Bytes packed = packStrings({text});
    into.insert(into.end(), packed.begin(), packed.end());
    return {};
}

// The element's bits.
Result<std::uint64_t> Parser::element(DType type)
{
    if (isFloat(type))
        return floatElement(type);
    const Token start = peek();
    if (type == DType::Bool && (isWord("True") || isWord("False"))) {
        return std::uint64_t(take().text == "True");
    }
    const std::string sign = acceptSymbol("-") ? "-" : "";
    if (!isKind(TokenKind::Integer))
        return expected(type == DType::Bool ? "True or False" : "an integer");
    STRATA_TRY(const ExprPtr value, constOf(type == DType::Bool ? DType::U8 : type, sign + take().text, start));
    return std::uint64_t(value->i);
}

Result<std::uint64_t> Parser::floatElement(DType type)
{
    const Token start = peek();
    if (isWord("nan") && isSymbol("(", 1)) {  // nan(0x7fc00001): its bits
        take(), take();
        if (!isKind(TokenKind::Integer))
            return expected("the bits of the NaN");
        STRATA_TRY(const ExprPtr bits, constOf(DType::U64, take().text, start));
        STRATA_CHECK(symbol(")"));
        return std::uint64_t(bits->i);
    }
    const std::string sign = acceptSymbol("-") ? "-" : "";
    if (!isKind(TokenKind::Float) && !isKind(TokenKind::Integer) && !isWord("inf") && !isWord("nan"))
        return expected("a number");
    STRATA_TRY(const ExprPtr value, constOf(type, sign + take().text, start));
    return floatBits(value->f, type);
}

Status Parser::intrinsic(Module& module)
{
    take();
    const Token token = peek();
    auto one = std::make_shared<Intrinsic>();
    STRATA_TRY(one->name, name("the intrinsic's name"));
    if (module.intrinsic(one->name))
        return errorAtToken(token, "There are two intrinsics '" + one->name + "'.");
    STRATA_CHECK(symbol(":"));
    STRATA_CHECK(newline());
    if (!isKind(TokenKind::Indent))
        return expected("the intrinsic's description, indented");
    take();
    if (acceptWord("pass"))
        STRATA_CHECK(newline());
    if (isSymbol("@") || isWord("def")) {
        STRATA_TRY(one->description, function());
    }
    if (acceptWord("implementation")) {
        STRATA_TRY(one->implementation, string("LLVM IR"));
        STRATA_CHECK(newline());
    }
    if (!isKind(TokenKind::Dedent))
        return expected("the end of the intrinsic");
    take();
    module.intrinsics.push_back(std::move(one));
    return {};
}

Result<FunctionPtr> Parser::function()
{
    STRATA_TRY(Decorators decorators, this->decorators());
    STRATA_CHECK(word("def"));
    auto function = std::make_shared<Function>();
    const Token token = peek();
    STRATA_TRY(function->name, name("the function's name"));
    m_function = function->name;
    note(NodeKind::Function, {}, token);
    STRATA_TRY(function->params, typedNames());
    STRATA_CHECK(symbol("->"));
    STRATA_TRY(function->results, typedNames());
    function->attributes = std::move(decorators.attributes);
    function->implements = std::move(decorators.implements);
    function->choices = std::move(decorators.choices);
    function->facts = std::move(decorators.facts);
    function->told = std::move(decorators.told);
    function->inouts = std::move(decorators.inouts);
    m_variables.clear();
    m_around.clear();
    m_buffers.clear();
    for (const std::string& size : sizesOf(*function))
        m_variables.push_back({size, DType::I64});
    for (const auto* names : {&function->params, &function->results})
        for (const TypedName& typed : *names)
            m_buffers[typed.name] = typed.type.tensor.dtype;
    STRATA_TRY(function->body, functionBody(decorators.level.value_or(guessLevel()), decorators.arena));
    return FunctionPtr(std::move(function));
}

Result<Parser::Decorators> Parser::decorators()
{
    Decorators result;
    while (isSymbol("@")) {
        take();
        STRATA_CHECK(decorator(result));
        STRATA_CHECK(newline());
    }
    return result;
}

Status Parser::decorator(Decorators& into)
{
    const Token token = peek();
    STRATA_TRY(const std::string text,
               name("graph, loops, library, hardware, attributes, implements, choose, assume, told or inout"));
    if (text == "attributes") {
        STRATA_CHECK(symbol("("));
        return annotations(into.attributes);
    }
    if (text == "implements") {
        STRATA_TRY(into.implements, implements());
        return {};
    }
    if (text == "choose") {
        STRATA_CHECK(symbol("("));
        return list(")", [&]() -> Status {
            STRATA_TRY(Choice one, choice());
            into.choices.push_back(std::move(one));
            return {};
        });
    }
    if (text == "assume") {
        STRATA_CHECK(symbol("("));
        return list(")", [&] { return sizeFact(into.facts); });
    }
    if (text == "told") {
        STRATA_CHECK(symbol("("));
        return list(")", [&]() -> Status {
            STRATA_TRY(ToldSize one, toldSize());
            into.told.push_back(std::move(one));
            return {};
        });
    }
    if (text == "inout") {
        STRATA_CHECK(symbol("("));
        return list(")", [&] { return inout(into.inouts); });
    }
    into.level = levelByName(text);
    if (!into.level)
        return errorAtToken(
            token, "There is no level '" + text + "'.",
            "The decorators are @graph, @loops, @library, @hardware, @attributes(...), @implements(...), "
            "@choose(...), @assume(...), @told(...) and @inout(...).");
    if (into.level != Level::Library || !acceptSymbol("("))
        return {};
    STRATA_CHECK(word("arena"));
    STRATA_CHECK(symbol("="));
    STRATA_TRY(into.arena, integer("the arena's size in bytes"));
    return symbol(")");
}

// (definition), (definition, derived=EFFECT) or (definition, asserted=EFFECT)
Result<Implements> Parser::implements()
{
    Implements result;
    STRATA_CHECK(symbol("("));
    STRATA_TRY(result.definition, name("the function that is implemented"));
    if (acceptSymbol(")"))
        return result;
    STRATA_CHECK(symbol(","));
    result.asserted = isWord("asserted");
    if (!acceptWord("derived") && !acceptWord("asserted"))
        return expected("derived=EFFECT or asserted=EFFECT");
    STRATA_CHECK(symbol("="));
    const Token at = peek();
    STRATA_TRY(const std::string text, name("an effect"));
    for (const Effect effect : {Effect::Exact, Effect::Reassociated, Effect::Approximate, Effect::Unsafe})
        if (text == strata::name(effect)) {
            result.effect = effect;
            STRATA_CHECK(symbol(")"));
            return result;
        }
    return errorAtToken(at, "There is no effect '" + text + "'.",
                        "There are exact, reassociated, approximate and unsafe.");
}

// n == 1, n >= 2, n <= 512 or n % 8 == 0
Status Parser::sizeFact(SizeFacts& into)
{
    const Token at = peek();
    STRATA_TRY(const std::string size, name("a size"));
    SizeFact fact;
    if (acceptSymbol("%")) {
        STRATA_TRY(fact.multipleOf, integer("what it is a multiple of"));
        STRATA_CHECK(symbol("=="));
        const Token zero = peek();
        STRATA_TRY(const std::int64_t rest, integer("0"));
        if (rest != 0)
            return errorAtToken(zero, "A size is assumed to be a multiple: the remainder is 0.");
    } else if (acceptSymbol(">=")) {
        STRATA_TRY(fact.least, integer("the least that it is"));
    } else if (acceptSymbol("<=")) {
        STRATA_TRY(fact.most, integer("the most that it is"));
    } else if (acceptSymbol("==")) {
        STRATA_TRY(fact.least, integer("what it is"));
        fact.most = fact.least;
    } else {
        return expected("==, >=, <= or %");
    }
    if (fact.least == 0)  // 1 or more is what nothing said means
        into[size].least = 0;
    else if (const auto known = into.find(size); known != into.end() && fact.least == 1)
        fact.least = std::min<std::int64_t>(known->second.least, 1);
    const std::optional<SizeFacts> all = both(into, {{size, fact}});
    if (fact.least < 0 || fact.most < 1 || fact.most > mostSize || !all)
        return errorAtToken(at, "No size " + size + " keeps this: sizes are 1 to " + std::to_string(mostSize) + ".");
    into = *all;
    return {};
}

// n = count[0] <= 3*m
Result<ToldSize> Parser::toldSize()
{
    ToldSize told;
    STRATA_TRY(told.size, name("a size"));
    STRATA_CHECK(symbol("="));
    STRATA_TRY(told.by, name("the parameter that tells it"));
    STRATA_CHECK(symbol("["));
    STRATA_TRY(told.element, integer("which element of it"));
    STRATA_CHECK(symbol("]"));
    STRATA_CHECK(symbol("<="));
    STRATA_TRY(told.most, dim());
    return told;
}

// result=parameter
Status Parser::inout(Inouts& into)
{
    const Token at = peek();
    STRATA_TRY(std::string result, name("a result"));
    STRATA_CHECK(symbol("="));
    STRATA_TRY(std::string parameter, name("the parameter in whose memory it lies"));
    if (!into.emplace(result, std::move(parameter)).second)
        return errorAtToken(at, "The memory of " + result + " is said twice.");
    return {};
}

// implementation, or implementation if n % 8 == 0 and isa >= x86-64-v4
Result<Choice> Parser::choice()
{
    Choice result;
    STRATA_TRY(result.implementation, name("an implementation"));
    if (!acceptWord("if"))
        return result;
    do {
        if (isWord("isa") && peek(2).kind != TokenKind::Integer) {
            take();
            STRATA_CHECK(symbol(">="));
            STRATA_TRY(result.least, isa());
        } else {
            STRATA_CHECK(sizeFact(result.where));
        }
    } while (acceptWord("and"));
    return result;
}

// Without a decorator the first statement decides.
Level Parser::guessLevel() const
{
    const std::size_t first = isSymbol(":") ? 3 : 0;  // : newline indent
    if (peek(first).kind == TokenKind::String)
        return Level::Hardware;
    if (isWord("for", first) || isWord("with", first) || isSymbol("[", first + 1) || isWord("pass", first))
        return Level::Loops;
    if (isSymbol("=", first + 1))
        return isWord("alloc", first + 2) ? Level::Loops : Level::Library;
    return isSymbol(".", first + 1) || isWord("copy", first) ? Level::Library : Level::Graph;
}

Result<decltype(Function::body)> Parser::functionBody(Level level, std::int64_t arena)
{
    using FunctionBody = decltype(Function::body);
    if (level == Level::Loops) {
        STRATA_TRY(Body body, suite());
        return FunctionBody(LoopsBody{std::move(body)});
    }
    STRATA_CHECK(symbol(":"));
    STRATA_CHECK(newline());
    if (!isKind(TokenKind::Indent))
        return expected("the function's body, indented");
    take();
    FunctionBody result;
    if (level == Level::Graph) {
        STRATA_TRY(result, graphBody());
    } else if (level == Level::Library) {
        STRATA_TRY(result, libraryBody(arena));
    } else {
        STRATA_TRY(std::string llvm, string("LLVM IR"));
        STRATA_CHECK(newline());
        result = HardwareBody{std::move(llvm)};
    }
    if (!isKind(TokenKind::Dedent))
        return expected("the end of the function");
    take();
    return result;
}

Result<FunctionPtr> Parser::onlyFunction()
{
    STRATA_TRY(FunctionPtr one, function());
    if (!isKind(TokenKind::End))
        return expected("the end of the text after the function");
    return one;
}

Result<SizeFacts> Parser::onlySizeFacts()
{
    SizeFacts facts;
    do
        STRATA_CHECK(sizeFact(facts));
    while (acceptWord("and") || acceptSymbol(","));
    while (isKind(TokenKind::Newline))
        take();
    if (!isKind(TokenKind::End))
        return expected("the end of what is known of sizes");
    return facts;
}

Result<ExprPtr> Parser::onlyExpr(const std::map<std::string, DType>& variables)
{
    for (const auto& [variable, type] : variables)
        m_variables.push_back({variable, type});
    STRATA_TRY(const Parsed parsed, expr());
    while (isKind(TokenKind::Newline))
        take();
    if (!isKind(TokenKind::End))
        return expected("the end of the expression");
    return parsed.e;
}

}  // namespace text

Result<ModulePtr> parseModule(std::string_view source, const ConstantLookup& lookup, const std::string& file)
{
    STRATA_TRY(text::Parser parser, text::Parser::make(source, lookup, file));
    return parser.module();
}

Result<FunctionPtr> parseFunction(std::string_view source, const ConstantLookup& lookup, const Function* like)
{
    STRATA_TRY(FunctionSource parsed, parseFunctionSource(source, lookup, like));
    return parsed.function;
}

Result<SizeFacts> parseSizeFacts(std::string_view source)
{
    STRATA_TRY(text::Parser parser, text::Parser::make(source, {}, "condition"));
    return parser.onlySizeFacts();
}

Result<ExprPtr> parseExpr(std::string_view source, const std::map<std::string, DType>& variables)
{
    STRATA_TRY(text::Parser parser, text::Parser::make(source, {}, "expression"));
    return parser.onlyExpr(variables);
}

}  // namespace strata
