// A function by its name, or the names that there are: at most a handful, since a model may have thousands.
#include "passes/rewrite/function.h"

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
    return refused("There is no function " + name + ".", {}, whatThereIs(module));
}

}  // namespace strata
