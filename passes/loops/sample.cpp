// Drawing by a seed: the seed, and what is drawn for, are scrambled by a bijection of 64 bits, so that seeds that
// follow each other draw as if by chance, and the same seed always the same.
#include "passes/loops/sample.h"

#include "core/text/text.h"

namespace strata {

STRATA_TRANSFORM(loops_split);

namespace loops {

namespace {

// splitmix64.
std::uint64_t scrambled(std::uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

}  // namespace

std::size_t drawn(std::int64_t seed, const std::string& what, std::size_t count)
{
    std::uint64_t state = scrambled(static_cast<std::uint64_t>(seed));
    for (const char c : what)
        state = scrambled(state ^ static_cast<unsigned char>(c));
    return static_cast<std::size_t>(state % count);
}

std::int64_t integerOr(const Arguments& arguments, const std::string& name, std::int64_t otherwise)
{
    return arguments.has(name) ? arguments.integer(name) : otherwise;
}

Result<std::int64_t> extentToCut(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located found, loopOf(*function, arguments.text("loop")));
    const std::optional<std::int64_t> extent = number(found.loop()->extent);
    if (!extent || *extent < 1)
        return refused(say("Loop {} runs to {}, so its tiles are known only then.", found.loop()->name,
                           print(found.loop()->extent)),
                       {loopCursor(*function, found.loop()->name)}, "Split it by a number of your own.");
    return *extent;
}

Result<Change> splitAsDrawn(const Module& module, const Arguments& arguments, const std::vector<std::int64_t>& factors,
                            const std::string& note)
{
    Arguments split{
        {{"function", arguments.values.at("function")}, {"loop", arguments.values.at("loop")}, {"factors", factors}}};
    if (arguments.has("names"))
        split.values["names"] = arguments.values.at("names");
    STRATA_TRY(Change change, strata_transform_loops_split().plan(module, split, {}));
    change.notes.insert(change.notes.begin(), note);
    return change;
}

std::string listText(const std::vector<std::int64_t>& numbers)
{
    std::string text;
    for (const std::int64_t number : numbers)
        text += (text.empty() ? "" : ", ") + std::to_string(number);
    return "[" + text + "]";
}

}  // namespace loops

}  // namespace strata
