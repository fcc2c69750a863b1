// Names from content, so that the order of steps cannot show in them.
//
// A definition is called after its operators and shape. Where definitions that differ would share that name, each of
// them gets digits of its own content instead, whether the others are functions already or still nodes: so lowering one
// node never changes what another is called. A function that is there as NAME_DIGITS counts as one of that NAME, even
// after steps have changed what is in it. Digits hold a letter, since digits alone could be a shape.
#include "passes/lowering/function_names.h"

#include "core/operators/lower.h"

#include <algorithm>
#include <cctype>

namespace strata {

namespace {

constexpr std::size_t fewestDigits = 4;
constexpr std::size_t mostOperators = 3;

std::string lower(std::string text)
{
    for (char& c : text)
        c = std::isalnum(static_cast<unsigned char>(c)) ? char(std::tolower(static_cast<unsigned char>(c))) : '_';
    return text;
}

// At least `count` digits, and as many as it takes to have a letter among them.
std::string digitsOf(const std::string& digest, std::size_t count)
{
    const std::size_t letter = digest.find_first_of("abcdef");
    return digest.substr(0, letter == std::string::npos ? count : std::max(count, letter + 1));
}

// Where the digits of "gemm_1x200_3fa2" begin; the name's end if it has none.
std::size_t digitsBegin(const std::string& name)
{
    const std::size_t begin = name.rfind('_') + 1;
    const bool areDigits = begin > 1 && name.size() >= begin + fewestDigits
                           && name.find_first_not_of("0123456789abcdef", begin) == std::string::npos
                           && name.find_first_of("abcdef", begin) != std::string::npos;
    return areDigits ? begin : name.size();
}

}  // namespace

std::string operatorName(const GraphNode& node) { return lower(node.isCall() ? node.callee : node.op); }

std::string baseName(const std::vector<GraphNodePtr>& nodes, const ValueType& lastResult)
{
    std::string name;
    for (std::size_t i = 0; i < std::min(nodes.size(), mostOperators); ++i)
        name += (i ? "_" : "") + operatorName(*nodes[i]);
    if (nodes.size() > mostOperators)
        name += "_more";
    const Shape& shape = lastResult.tensor.shape;
    for (std::size_t i = 0; i < shape.size(); ++i)
        name += (i ? "x" : "_") + lower(shape[i].text());
    return identifier(name);
}

// What runs in a function's place does not change what it is.
bool equalButForName(const Function& a, const Function& b)
{
    if (a.params != b.params || a.results != b.results || a.level() != b.level())
        return false;
    Function renamed = a;
    renamed.name = b.name;
    renamed.choices = b.choices;
    return equal(renamed, b);
}

FunctionNames::FunctionNames(const Module& module, LoweringCache& cache)
    : m_cache(cache)
{
    for (const FunctionPtr& function : module.functions) {
        const std::string& name = function->name;
        m_existing[name].push_back({function, ""});
        if (const std::size_t digits = digitsBegin(name); digits < name.size())
            m_existing[name.substr(0, digits - 1)].push_back({function, name.substr(digits)});
    }
}

FunctionPtr FunctionNames::claim(const std::string& base, const FunctionPtr& definition)
{
    Known& known = m_known[definition.get()];
    if (!known.definition)
        known = {definition, firstEqual(base, definition), nullptr};
    return known.first;
}

FunctionPtr FunctionNames::named(const std::string& base, const FunctionPtr& definition)
{
    claim(base, definition);
    Known& known = m_known[definition.get()];
    if (!known.named)
        known.named = existingOrRenamed(base, known.first);
    return known.named;
}

FunctionPtr FunctionNames::firstEqual(const std::string& base, const FunctionPtr& definition)
{
    std::vector<FunctionPtr>& claims = m_claims[base];
    const auto found = std::find_if(claims.begin(), claims.end(),
                                    [&](const FunctionPtr& other) { return equalButForName(*other, *definition); });
    return found != claims.end() ? *found : claims.emplace_back(definition);
}

FunctionPtr FunctionNames::existingOrRenamed(const std::string& base, const FunctionPtr& definition)
{
    for (const Existing& existing : m_existing[base])
        if (equalButForName(*existing.function, *definition))
            return existing.function;
    return m_cache.renamed(definition, name(base, definition));
}

std::string FunctionNames::name(const std::string& base, const FunctionPtr& definition)
{
    std::vector<std::string> rivals;  // their digits, as far as they are known
    for (const Existing& existing : m_existing[base])
        rivals.push_back(existing.digits);
    for (const FunctionPtr& other : m_claims[base])
        if (other != definition)
            rivals.push_back(m_cache.digest(other));
    if (rivals.empty())
        return base;
    const std::string digest = m_cache.digest(definition);
    std::string digits;
    for (std::size_t count = fewestDigits; digits.size() < digest.size(); ++count) {
        digits = digitsOf(digest, count);
        if (std::none_of(rivals.begin(), rivals.end(),
                         [&](const std::string& rival) { return rival.rfind(digits, 0) == 0; }))
            break;
    }
    return base + "_" + digits;
}

}  // namespace strata
