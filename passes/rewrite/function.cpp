// A function by its name, or the names that there are: at most a handful, since a model may have thousands.
#include "passes/rewrite/function.h"

#include "core/ir/implementations.h"

#include <algorithm>

namespace strata {

namespace {

constexpr std::size_t mostNamed = 8;

std::string whatThereIs(const Module& module)
{
    const std::size_t count = module.functions.size();
    std::string text;
    for (std::size_t i = 0; i < count && i < mostNamed; ++i)
        text += (i == 0 ? "" : i + 1 == count ? " and " : ", ") + module.functions[i]->name;
    if (count > mostNamed)
        text += " and " + std::to_string(count - mostNamed) + " others";
    return text.empty() ? "The module has none." : "The module has " + text + ".";
}

}  // namespace

Result<FunctionPtr> findFunction(const Module& module, const std::string& name)
{
    if (FunctionPtr function = module.find(name))
        return function;
    return refused(say("There is no function {}.", name), {}, whatThereIs(module));
}

namespace {

constexpr bool isInLlvmName(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'
           || c == '$' || c == '-';
}

// @old and @"old" where they stand as whole names.
std::string withLlvmName(const std::string& llvm, const std::string& old, const std::string& now)
{
    std::string result;
    for (std::size_t at = 0; at < llvm.size();) {
        const bool quoted = llvm.compare(at, old.size() + 3, "@\"" + old + "\"") == 0;
        const bool bare = llvm.compare(at, old.size() + 1, "@" + old) == 0
                          && (at + old.size() + 1 == llvm.size() || !isInLlvmName(llvm[at + old.size() + 1]));
        if (quoted || bare) {
            result += "@\"" + now + "\"";
            at += old.size() + (quoted ? 3 : 1);
        } else {
            result += llvm[at++];
        }
    }
    return result;
}

}  // namespace

Function renamed(Function function, const std::string& name)
{
    if (auto* hardware = std::get_if<HardwareBody>(&function.body))
        hardware->llvm = withLlvmName(hardware->llvm, function.name, name);
    function.name = name;
    return function;
}

namespace {

// Of conditions that do not hold each other the one that names more sizes comes first, then the one that asks more of
// the machine.
bool isWeaker(const Choice& other, const Choice& choice)
{
    if (other.where.size() != choice.where.size())
        return other.where.size() < choice.where.size();
    return choice.least && (!other.least || *other.least < *choice.least);
}

}  // namespace

Function choosing(Function definition, const Choice& choice)
{
    std::vector<Choice>& choices = definition.choices;
    std::erase_if(choices,
                  [&](const Choice& other) { return other.least == choice.least && other.where == choice.where; });
    const auto weaker = [&](const Choice& other) { return covers(other, choice) || isWeaker(other, choice); };
    choices.insert(std::find_if(choices.begin(), choices.end(), weaker), choice);
    // Its own body needs no line at the end, only before others.
    if (choices.back().isForAll() && choices.back().implementation == definition.name)
        choices.pop_back();
    return definition;
}

}  // namespace strata
