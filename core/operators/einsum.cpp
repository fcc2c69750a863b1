#include "core/operators/families.h"
#include "core/operators/lower.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace strata {

namespace {
// "ij,jk->ik": a letter an axis; "..." stands for leading axes that broadcast, written 0, 1, ... from the last.
struct Equation {
    std::vector<std::string> terms;
    std::string result;
};

bool isHidden(char c) { return c >= '0' && c <= '9'; }

std::string expanded(std::string term, std::size_t rank)
{
    const std::size_t dots = term.find("...");
    if (dots == std::string::npos)
        return term;
    const std::size_t letters = term.size() - 3;
    std::string hidden;
    for (std::size_t i = letters < rank ? rank - letters : 0; i-- > 0;)
        hidden += char('0' + i);
    return term.replace(dots, 3, hidden);
}

// Without an arrow: the letters that occur once, sorted, after the broadcast axes.
std::string implicitResult(const std::vector<std::string>& terms)
{
    std::map<char, int> count;
    std::string hidden, letters;
    for (const std::string& term : terms)
        for (char c : term)
            ++count[c];
    for (auto [c, n] : count) {
        if (isHidden(c))
            hidden.insert(0, 1, c);
        else if (n == 1)
            letters += c;
    }
    return hidden + letters;
}

// Letters, commas, one arrow, and in each term at most one "...".
Status checkLetters(const GraphNode& node, std::string text)
{
    const auto wrong = [&] { return nodeError(node, "has the equation \"" + text + "\", which is none."); };
    std::string rest = text;
    if (const std::size_t arrow = rest.find("->"); arrow != std::string::npos)
        rest.replace(arrow, 2, ",");
    std::size_t dots = std::string::npos;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == ',')
            dots = std::string::npos;
        else if (rest.compare(i, 3, "...") == 0 && dots == std::string::npos)
            dots = i, i += 2;
        else if (!std::isalpha(static_cast<unsigned char>(rest[i])))
            return wrong();
    }
    return {};
}

Result<Equation> equationOf(const InferContext& context)
{
    std::string text = textAttribute(context.node, "equation", "");
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    const std::size_t arrow = text.find("->");
    STRATA_CHECK(checkLetters(context.node, text));
    Equation equation;
    std::string left = text.substr(0, arrow) + ",";
    std::size_t widest = 0;
    for (std::size_t begin = 0, i = 0; begin < left.size(); ++i) {
        const std::size_t comma = left.find(',', begin);
        if (i >= context.inputs.size())
            return nodeError(context.node, "has an equation of more terms than inputs.");
        const std::string term = expanded(left.substr(begin, comma - begin), std::size_t(rankOf(context, i)));
        if (term.size() > 9 + 52 || term.size() != std::size_t(rankOf(context, i)))
            return nodeError(context.node, "names " + std::to_string(term.size()) + " axes of a tensor of rank "
                                               + std::to_string(rankOf(context, i)) + ".");
        widest = std::max(widest, std::size_t(std::count_if(term.begin(), term.end(), isHidden)));
        equation.terms.push_back(term);
        begin = comma + 1;
    }
    if (equation.terms.size() != context.inputs.size())
        return nodeError(context.node, "has an equation of " + std::to_string(equation.terms.size()) + " terms for "
                                           + std::to_string(context.inputs.size()) + " inputs.");
    const std::string right = arrow == std::string::npos ? implicitResult(equation.terms) : text.substr(arrow + 2);
    equation.result = expanded(right, right.size() < 3 ? 0 : right.size() - 3 + widest);
    return equation;
}

Result<std::map<char, Dim>> letterSizes(const InferContext& context, const Equation& equation)
{
    std::map<char, Dim> sizes;
    for (std::size_t i = 0; i < equation.terms.size(); ++i)
        for (std::size_t d = 0; d < equation.terms[i].size(); ++d) {
            const Dim& size = shapeOf(context, i)[d];
            auto [known, isNew] = sizes.emplace(equation.terms[i][d], size);
            if (!isNew && known->second.isConstant() && size.isConstant() && !(known->second == size)
                && !(known->second == Dim(1)) && !(size == Dim(1)))
                return nodeError(context.node, std::string("gives the axis ") + equation.terms[i][d] + " two sizes.");
            if (known->second == Dim(1))
                known->second = size;
        }
    return sizes;
}

Result<Types> einsumRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        if (!ranked(context, i))
            return Types{unrankedType(type)};
    STRATA_TRY(const Equation equation, equationOf(context));
    STRATA_TRY(const auto sizes, letterSizes(context, equation));
    Shape shape;
    for (char c : equation.result) {
        if (!sizes.count(c))
            return nodeError(context.node, std::string("has an axis ") + c + " in its result that no input has.");
        if (std::count(equation.result.begin(), equation.result.end(), c) != 1)
            return nodeError(context.node, std::string("has the axis ") + c + " twice in its result.");
        shape.push_back(sizes.at(c));
    }
    return Types{tensorType(type, std::move(shape))};
}

Status computeEinsum(LowerContext& ctx)
{
    STRATA_TRY(const Equation equation, equationOf(ctx.in));
    STRATA_TRY(const auto sizes, letterSizes(ctx.in, equation));
    const TensorRef& y = ctx.output();
    const DType wide = accumulatorType(y.dtype);
    Axes at, over;
    std::string order = equation.result;
    for (auto& [letter, size] : sizes) {
        if (equation.result.find(letter) != std::string::npos)
            continue;
        over.push_back({std::string(1, letter), size.constant()});
        order += letter;
    }
    for (char c : equation.result)
        at.push_back({isHidden(c) ? std::string("b") + c : std::string(1, c), sizes.at(c).constant()});
    ctx.reduce("einsum", y, at, over, constantOf(wide, 0), [&](const Indices& i, const Indices& j, const Value& sum) {
        Indices all = i;
        all.insert(all.end(), j.begin(), j.end());
        auto element = [&](std::size_t input) {
            Indices index;
            for (std::size_t d = 0; d < equation.terms[input].size(); ++d)
                index.push_back(ctx.input(input).number(d) == 1 ? intConst(0)
                                                                : all[order.find(equation.terms[input][d])]);
            return cast(wide, ctx.input(input)(index));
        };
        Value product = element(0);
        for (std::size_t input = 1; input + 1 < ctx.inputCount(); ++input)
            product = product * element(input);
        return ctx.inputCount() == 1 ? sum + product : fma(product, element(ctx.inputCount() - 1), sum);
    });
    return {};
}
}  // namespace

std::vector<Operator> einsumOperators()
{
    return {{.name = "Einsum",
             .sinceVersion = 12,
             .pattern = Pattern::OutFusable,
             .summary = "A sum of products, written with a letter an axis: \"ij,jk->ik\" is the matrix product.",
             .formula = "y[i, k] = sum over j of a[i, j] * b[j, k]",
             .infer = einsumRule,
             .compute = computeEinsum}};
}

}  // namespace strata
