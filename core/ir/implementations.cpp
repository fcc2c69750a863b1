#include "core/ir/implementations.h"

#include "core/ir/control.h"
#include "core/ir/cpu.h"

#include <algorithm>

namespace strata {

const char* name(Effect effect)
{
    constexpr const char* names[] = {"exact", "reassociated", "approximate", "unsafe"};
    return names[static_cast<int>(effect)];
}

std::vector<FunctionPtr> implementationsOf(const Module& module, std::string_view definition)
{
    std::vector<FunctionPtr> result;
    for (const FunctionPtr& function : module.functions)
        if (function->implements && function->implements->definition == definition)
            result.push_back(function);
    return result;
}

bool hasImplementations(const Module& module, std::string_view definition)
{
    return std::any_of(module.functions.begin(), module.functions.end(), [&](const FunctionPtr& function) {
        return function->implements && function->implements->definition == definition;
    });
}

namespace {

bool isModel(const Module& module, const Function& function)
{
    const FunctionPtr entry = module.entryFunction();
    return entry
           && (entry->name == function.name || (function.implements && function.implements->definition == entry->name));
}

}  // namespace

bool isProgram(const Module& module, const Function& function)
{
    if (isModel(module, function))
        return true;
    const std::vector<FunctionPtr> controlled = controlledFunctions(module);
    return std::any_of(controlled.begin(), controlled.end(),
                       [&](const FunctionPtr& one) { return one->name == function.name; });
}

std::vector<FunctionPtr> programsOf(const Module& module)
{
    const std::vector<FunctionPtr> controlled = controlledFunctions(module);
    std::vector<FunctionPtr> result;
    for (const FunctionPtr& function : module.functions)
        if (isModel(module, *function) || std::find(controlled.begin(), controlled.end(), function) != controlled.end())
            result.push_back(function);
    return result;
}

bool sameSignature(const Function& a, const Function& b)
{
    const auto sameType = [](const TypedName& x, const TypedName& y) { return x.type == y.type; };
    return std::equal(a.params.begin(), a.params.end(), b.params.begin(), b.params.end(), sameType)
           && std::equal(a.results.begin(), a.results.end(), b.results.begin(), b.results.end(), sameType);
}

namespace {

// What dimensions of one list are in the other: the same, or a number in the place of a size.
bool bindsTo(const std::vector<TypedName>& definition, const std::vector<TypedName>& implementation,
             std::map<std::string, std::int64_t>& numbers)
{
    if (definition.size() != implementation.size())
        return false;
    for (std::size_t i = 0; i < definition.size(); ++i) {
        const Shape &symbolic = definition[i].type.tensor.shape, &shape = implementation[i].type.tensor.shape;
        for (std::size_t d = 0; d < std::min(symbolic.size(), shape.size()); ++d)
            if (const auto symbols = symbolic[d].symbols();
                symbols.size() == 1 && symbolic[d] == Dim::symbol(symbols[0]) && shape[d].isConstant())
                numbers.emplace(symbols[0], shape[d].constant());
    }
    return true;
}

bool sameTypes(std::vector<TypedName> definition, const std::vector<TypedName>& implementation,
               const std::map<std::string, std::int64_t>& numbers)
{
    for (std::size_t i = 0; i < definition.size(); ++i) {
        for (Dim& dim : definition[i].type.tensor.shape)
            dim = dim.bind(numbers);
        if (!(definition[i].type == implementation[i].type))
            return false;
    }
    return true;
}

}  // namespace

std::optional<std::map<std::string, std::int64_t>> specializedSizes(const Function& definition,
                                                                    const Function& implementation)
{
    std::map<std::string, std::int64_t> numbers;
    if (!bindsTo(definition.params, implementation.params, numbers)
        || !bindsTo(definition.results, implementation.results, numbers)
        || !sameTypes(definition.params, implementation.params, numbers)
        || !sameTypes(definition.results, implementation.results, numbers))
        return std::nullopt;
    return numbers;
}

Function withoutStanding(const Function& function)
{
    Function plain = function;
    plain.implements.reset();
    plain.choices.clear();
    return plain;
}

std::string toString(const Choice& choice)
{
    std::string condition = factText(choice.where, " and ");
    if (choice.least)
        condition += (condition.empty() ? "isa >= " : " and isa >= ") + std::string(name(*choice.least));
    return choice.implementation + (condition.empty() ? "" : " if " + condition);
}

bool covers(const Choice& first, const Choice& other)
{
    return (!first.least || (other.least && runsCodeOf(*other.least, *first.least)))
           && implies(other.where, first.where);
}

namespace {

bool hold(const SizeFacts& facts, const std::map<std::string, std::int64_t>& sizes)
{
    return std::all_of(facts.begin(), facts.end(), [&sizes](const auto& one) {
        const auto size = sizes.find(one.first);
        return size != sizes.end() && one.second.holds(size->second);
    });
}

}  // namespace

FunctionPtr chosen(const Module& module, const FunctionPtr& called, Target::Isa isa,
                   const std::map<std::string, std::int64_t>& sizes)
{
    if (called)
        for (const Choice& choice : called->choices)
            if ((!choice.least || runsCodeOf(isa, *choice.least)) && hold(choice.where, sizes))
                return choice.implementation == called->name ? called : module.find(choice.implementation);
    return called;
}

const std::string& byDefault(const Function& definition)
{
    const bool any = !definition.choices.empty() && definition.choices.back().isForAll();
    return any ? definition.choices.back().implementation : definition.name;
}

Effect effectOf(const Implements& implements) { return implements.asserted ? Effect::Unsafe : implements.effect; }

Effect effectOfChoices(const Module& module)
{
    Effect worst = Effect::Exact;
    for (const FunctionPtr& function : module.functions)
        for (const Choice& choice : function->choices)
            if (const FunctionPtr one = module.find(choice.implementation); one && one->implements)
                worst = std::max(worst, effectOf(*one->implements));
    return worst;
}

Target::Isa isaOf(const Module& module, const Function& function)
{
    const FunctionPtr definition = function.implements ? module.find(function.implements->definition) : nullptr;
    if (!definition)
        return module.target.isa;
    std::optional<Target::Isa> least;
    for (const Choice& choice : definition->choices)
        if (choice.implementation == function.name)
            if (const Target::Isa isa = choice.least.value_or(module.target.isa); !least || runsCodeOf(*least, isa))
                least = isa;
    return least && runsCodeOf(*least, module.target.isa) ? *least : module.target.isa;
}

ModulePtr definitionsOf(const Module& module)
{
    auto result = std::make_shared<Module>(module);
    std::erase_if(result->functions, [](const FunctionPtr& function) { return function->implements.has_value(); });
    for (FunctionPtr& function : result->functions)
        if (!function->choices.empty()) {
            Function plain = *function;
            plain.choices.clear();
            function = std::make_shared<const Function>(std::move(plain));
        }
    return result;
}

}  // namespace strata
