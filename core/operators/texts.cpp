// Operators of strings that make or read texts, by functions of texts in their expressions
// (core/ir/text_functions.h). What only moves or compares strings (Gather, Concat, Equal, Where ...) needs nothing of
// this.
//
// How many pieces a StringSplit makes, the data say: where the node declares a number, data that make another one are
// an error of the run; else they are counted first (core/operators/data_sizes.h).
#include "core/base/pattern.h"
#include "core/ir/text_functions.h"
#include "core/operators/elementwise.h"
#include "core/operators/special_families.h"

#include <cctype>

namespace strata {

namespace {

constexpr std::int64_t mostPieces = 1024;  // of one text, where no maxsplit says fewer

// --- StringConcat, StringNormalizer

Status computeJoin(LowerContext& ctx)
{
    return computeElementwise(ctx, [](const GraphNode&, const std::vector<Value>& x) {
        return Value(textCall("text_join", {x[0].expr, x[1].expr}));
    });
}

// Stop words are left out by other nodes (core/onnx/expansions/texts.cpp), so that what is left changes letters only.
Result<Types> lettersRule(const InferContext& context)
{
    const std::string change = textAttribute(context.node, "case_change_action", "NONE");
    if (change != "NONE" && change != "LOWER" && change != "UPPER")
        return nodeError(context.node, "has the case_change_action " + change + "; it is NONE, LOWER or UPPER.");
    return sameAsFirst(context);
}

Status computeLetters(LowerContext& ctx)
{
    const std::string change = textAttribute(ctx.node(), "case_change_action", "NONE");
    return computeElementwise(ctx, [&](const GraphNode&, const std::vector<Value>& x) {
        return change == "NONE" ? x[0] : Value(textCall(change == "LOWER" ? "text_lower" : "text_upper", {x[0].expr}));
    });
}

// --- RegexFullMatch

Result<Types> matchRule(const InferContext& context)
{
    const std::string expression = textAttribute(context.node, "pattern", "");
    if (const auto automaton = automatonOf(expression); !automaton)
        return nodeError(context.node, "has a pattern that it cannot match by. " + automaton.error().message);
    return ranked(context, 0) ? Types{tensorType(DType::Bool, shapeOf(context, 0))} : Types{unrankedType(DType::Bool)};
}

Status computeMatch(LowerContext& ctx)
{
    const ExprPtr expression = textConst(textAttribute(ctx.node(), "pattern", ""));
    return computeElementwise(ctx, [&](const GraphNode&, const std::vector<Value>& x) {
        return Value(textCall("text_matches", {x[0].expr, expression}));
    });
}

// --- StringSplit, Tokenizer

// How a text falls into pieces.
struct Split {
    ExprPtr by;               // a delimiter, or a class of characters
    std::int64_t number = 0;  // delimiters that part a text, at most (negative: all), or least characters
    bool isTokens = false;    // runs of the class
    std::string behind = {};  // what stands behind the last piece
    std::int64_t most = mostPieces;

    Value count(const Value& x) const
    {
        return textCall(isTokens ? "text_tokens" : "text_pieces", {x.expr, by, intConst(number)});
    }
    Value piece(const Value& x, const ExprPtr& k) const
    {
        const Value found = textCall(isTokens ? "text_token" : "text_piece", {x.expr, by, intConst(number), k});
        return behind.empty() ? found : select(Value(k) < count(x), found, Value(textConst(behind)));
    }
};

// "[a-z]+" is the class a-z, in runs; "[a-z]" and "." are single characters of a class.
struct TokenClass {
    std::string of;
    bool inRuns = true;
};
std::optional<TokenClass> classOf(const std::string& expression)
{
    if (expression == ".")
        return TokenClass{"^\n", false};
    if (expression == "\\w+")
        return TokenClass{"a-zA-Z0-9_"};
    const bool inRuns = expression.ends_with("+");
    if (expression.size() < (inRuns ? 4 : 3) || expression[0] != '['
        || expression[expression.size() - (inRuns ? 2 : 1)] != ']')
        return std::nullopt;
    const std::string within = expression.substr(1, expression.size() - (inRuns ? 3 : 2));
    for (std::size_t i = 0; i < within.size(); ++i) {
        if (within[i] == '[' || within[i] == ']')
            return std::nullopt;
        if (within[i] == '\\' && (++i == within.size() || std::isalnum(static_cast<unsigned char>(within[i]))))
            return std::nullopt;
    }
    return TokenClass{within, inRuns};
}

// All characters but these, each of which a separator is.
std::optional<TokenClass> classBetween(const std::vector<std::string>& separators)
{
    std::string of = "^";
    for (const std::string& separator : separators) {
        const bool isEscaped = separator.size() == 2 && separator[0] == '\\' && std::ispunct(separator[1]);
        const bool isPlain = separator.size() == 1
                             && std::string(".*+?()[]{}|^$\\").find(separator[0]) == std::string::npos;
        if (!isEscaped && !isPlain)
            return std::nullopt;
        of += std::string("\\") + separator.back();
    }
    return separators.empty() ? std::nullopt : std::optional(TokenClass{of});
}

std::vector<std::string> textsIn(const GraphNode& node, const std::string& attribute)
{
    const auto found = node.attributes.find(attribute);
    const auto* texts = found == node.attributes.end() ? nullptr
                                                       : std::get_if<std::vector<std::string>>(&found->second);
    return texts ? *texts : std::vector<std::string>();
}

Result<Split> tokenSplit(const GraphNode& node)
{
    const std::string expression = textAttribute(node, "tokenexp", "");
    const std::vector<std::string> separators = textsIn(node, "separators");
    const std::optional<TokenClass> of = expression.empty() ? classBetween(separators) : classOf(expression);
    if (!of)
        return nodeError(
            node,
            "parts texts by " + (expression.empty() ? "separators" : "the expression " + expression)
                + ", which Strata does not have.",
            "It has runs of a class of characters, [a-z]+, single ones, and single characters as separators.");
    const std::int64_t least = std::max<std::int64_t>(1, integerAttribute(node, "mincharnum", 1));
    if (!of->inRuns && least > 1)
        return nodeError(node, "takes single characters as words of " + std::to_string(least) + " or more.");
    if (integerAttribute(node, "mark", 0) != 0)
        return nodeError(node, "marks where texts begin and end, which Strata does not do.");
    Split split{textConst(of->of), of->inRuns ? least : 0, true};
    split.behind = textAttribute(node, "pad_value", "");
    return split;
}

Result<Split> splitOf(const GraphNode& node)
{
    if (node.op.starts_with("Tokenizer"))
        return tokenSplit(node);
    const std::int64_t parts = integerAttribute(node, "maxsplit", -1);
    Split split{textConst(textAttribute(node, "delimiter", "")), parts};
    split.most = parts >= 0 && parts < mostPieces ? parts + 1 : mostPieces;
    return split;
}

Result<Types> splitRule(const InferContext& context)
{
    STRATA_CHECK(splitOf(context.node));
    if (!ranked(context, 0))
        return Types{unrankedType(DType::String), unrankedType(DType::I64)};
    Shape shape = shapeOf(context, 0);
    const ValueType lengths = tensorType(DType::I64, shape);
    const bool isEmpty = elementCount(shape) == 0;
    shape.push_back(isEmpty ? Dim(0) : unknownDim(context.node, 0, shape.size()));
    return Types{tensorType(DType::String, std::move(shape)), lengths};
}

// The most pieces of any text.
Status countPieces(LowerContext& ctx, const TensorRef& count)
{
    STRATA_TRY(const Split split, splitOf(ctx.node()));
    const TensorRef& x = ctx.input(0);
    const Axes one = count.rank() == 0 ? Axes() : Axes{{"u", 1}};
    ctx.reduce("pieces", count, one, x.axes(), constantOf(DType::I64, 0),
               [&](const Indices&, const Indices& at, const Value& most) { return maximum(most, split.count(x(at))); });
    return {};
}

Status emitPieces(LowerContext& ctx)
{
    STRATA_TRY(const Split split, splitOf(ctx.node()));
    const TensorRef& x = ctx.input(0);
    ctx.compute("split", ctx.output(),
                [&](const Indices& at) { return split.piece(x(Indices(at.begin(), at.end() - 1)), at.back()); });
    if (ctx.wanted(1))
        ctx.compute("length", ctx.output(1), [&](const Indices& at) { return split.count(x(at)); });
    return {};
}

Status computeSplit(LowerContext& ctx)
{
    const TensorRef& y = ctx.output();
    if (elementCount(ctx.input(0).shape) == 0)
        return {};
    const std::string base = y.name;
    const TensorRef count = ctx.local(base + "_count", DType::I64, std::initializer_list<Dim>{}),
                    agree = ctx.local(base + "_agree", DType::I64, std::initializer_list<Dim>{});
    STRATA_CHECK(countPieces(ctx, count));
    ctx.compute("agree", agree,
                [&](const Indices&) { return Value(checked((count(Indices()) - y.number(-1)).expr, intConst(1))); });
    return emitPieces(ctx);
}

Result<Types> countSplitRule(const InferContext&) { return Types{tensorType(DType::I64, {Dim(1)})}; }

Status countSplit(LowerContext& ctx) { return countPieces(ctx, ctx.output()); }

Dim mostOfSplit(const InferContext& context, std::size_t)
{
    const Result<Split> split = splitOf(context.node);
    return Dim(split ? split->most : mostPieces);
}

}  // namespace

std::vector<Operator> textOperators()
{
    return {
        {.name = "RegexFullMatch",
         .sinceVersion = 20,
         .pattern = Pattern::ElementWise,
         .summary = "Whether all of a text matches a regular expression.",
         .formula = "y = x matches pattern",
         .infer = matchRule,
         .compute = computeMatch},
        {.name = "StringConcat",
         .sinceVersion = 20,
         .pattern = Pattern::Broadcast,
         .requiredInputs = 2,
         .summary = "Puts texts behind each other, element by element.",
         .formula = "z = x y",
         .infer = [](const InferContext& context) { return broadcastRule(context); },
         .compute = computeJoin},
        {.name = "StringNormalizer",
         .sinceVersion = 10,
         .pattern = Pattern::ElementWise,
         .summary = "Texts in upper or lower letters.",
         .formula = "y = lower(x)",
         .infer = lettersRule,
         .compute = computeLetters},
        {.name = "StringSplit",
         .sinceVersion = 20,
         .pattern = Pattern::Opaque,
         .summary =
             "The pieces of texts between delimiters, as a last dimension; short ones are filled up with empty texts.",
         .formula = "y[..., k] = piece k of x[...]",
         .infer = splitRule,
         .compute = computeSplit,
         .counted = Counted{"StringSplitCount", "StringSplitSelect", 1}},
        {.name = "StringSplitCount",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .summary = "How many pieces the text with the most of them has.",
         .formula = "count = max #{pieces of x}",
         .infer = countSplitRule,
         .compute = countSplit},
        {.name = "StringSplitSelect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The pieces of texts, as many as were counted.",
         .formula = "y[..., k] = piece k of x[...]",
         .infer = splitRule,
         .compute = emitPieces,
         .told = Told{1, mostOfSplit}},
        {.name = "Tokenizer",
         .domain = "com.microsoft",
         .pattern = Pattern::Opaque,
         .summary =
             "The words of texts, as a last dimension: runs of a class of characters, or what lies between separators.",
         .formula = "y[..., k] = word k of x[...]",
         .infer = splitRule,
         .compute = computeSplit,
         .counted = Counted{"TokenizerCount", "TokenizerSelect", 1}},
        {.name = "TokenizerCount",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .summary = "How many words the text with the most of them has.",
         .formula = "count = max #{words of x}",
         .infer = countSplitRule,
         .compute = countSplit},
        {.name = "TokenizerSelect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The words of texts, as many as were counted.",
         .formula = "y[..., k] = word k of x[...]",
         .infer = splitRule,
         .compute = emitPieces,
         .told = Told{1, mostOfSplit}},
    };
}

}  // namespace strata
