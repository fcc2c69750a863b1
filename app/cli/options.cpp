#include "app/cli/options.h"

#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

// One option: its name, whether a value follows, and what it does with it.
struct Option {
    const char* name;
    bool takesValue;
    std::function<Status(Options&, const std::string&)> set;
};

template<class Number>
Status parseNumber(const std::string& name, const std::string& text, Number least, Number& target)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least)
        return refused(name + " takes a number of at least " + std::to_string(least) + ", not \"" + text + "\".");
    target = value;
    return {};
}

Status oneOf(const std::string& name, const std::string& value, const std::vector<std::string>& choices,
             std::string& target)
{
    std::string listed;
    for (const std::string& choice : choices) {
        if (choice == value) {
            target = value;
            return {};
        }
        listed += (listed.empty() ? "" : ", ") + choice;
    }
    return refused(name + " takes one of " + listed + ", not \"" + value + "\".");
}

Status setDimension(Options& options, const std::string& value)
{
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0)
        return refused("--dim takes NAME=SIZE, not \"" + value + "\".");
    return parseNumber<std::int64_t>("--dim", value.substr(equals + 1), 1, options.dimensions[value.substr(0, equals)]);
}

Status setLevel(Options& options, const std::string& value)
{
    options.level = levelByName(value);
    return options.level ? Status()
                         : refused("--level takes graph, loops, library or hardware, not \"" + value + "\".");
}

// Wraps what cannot fail.
template<class Set>
auto always(Set set)
{
    return [set](Options& options, const std::string& value) -> Status {
        set(options, value);
        return {};
    };
}

std::vector<Option> table()
{
    using Kind = RecipeSource::Kind;
    return {
        {"--auto", false, always([](Options& o, const std::string&) {
             o.recipes.push_back({Kind::Automatic, {}});
         })},
        {"--diff", false, always([](Options& o, const std::string&) { o.diff = true; })},
        {"--dim", true, setDimension},
        {"--function", true, always([](Options& o, const std::string& v) { o.function = v; })},
        {"--help", false, always([](Options& o, const std::string&) { o.help = true; })},
        {"--json", false, always([](Options& o, const std::string&) { o.json = true; })},
        {"--level", true, setLevel},
        {"--out", true, always([](Options& o, const std::string& v) { o.out = v; })},
        {"--recipe", true, always([](Options& o, const std::string& v) {
             o.recipes.push_back({Kind::File, v});
         })},
        {"--seconds", true,
         [](Options& o, const std::string& v) { return parseNumber("--seconds", v, 0.0, o.seconds); }},
        {"--step", true, always([](Options& o, const std::string& v) { o.steps.push_back(v); })},
        {"--target", true,
         [](Options& o, const std::string& v) {
             return oneOf("--target", v, {"cpu", "reference", "opencl"}, o.target);
         }},
        {"--threads", true, [](Options& o, const std::string& v) { return parseNumber("--threads", v, 1, o.threads); }},
        {"--timeout", true,
         [](Options& o, const std::string& v) { return parseNumber<std::int64_t>("--timeout", v, 1, o.timeout); }},
        {"--untouched", false, always([](Options& o, const std::string&) {
             o.recipes.push_back({Kind::Untouched, {}});
         })},
        {"--weights", true,
         [](Options& o, const std::string& v) {
             return oneOf("--weights", v, {"embedded", "file"}, o.weights);
         }},
    };
}

}  // namespace

std::string RecipeSource::label() const
{
    return kind == Kind::File ? path : kind == Kind::Automatic ? "--auto" : "untouched";
}

Result<Options> parseOptions(const std::vector<std::string>& arguments)
{
    Options options;
    const std::vector<Option> known = table();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string name = arguments[i] == "-h" ? "--help" : arguments[i], value;
        if (name.rfind("--", 0) != 0) {
            (options.command.empty() ? options.command : options.paths.emplace_back()) = name;
            continue;
        }
        const std::size_t equals = name.find('=');
        const bool inlined = equals != std::string::npos;
        if (inlined) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&](const Option& option) { return name == option.name; });
        if (found == known.end())
            return refused("There is no option " + name + ".", {}, "strata --help lists them.");
        if (found->takesValue && !inlined) {
            if (++i == arguments.size())
                return refused(name + " takes a value.");
            value = arguments[i];
        }
        STRATA_CHECK(found->set(options, value));
    }
    return options;
}

std::string usage()
{
    return R"(strata: see and steer how a machine-learning model becomes machine code

  strata info MODEL [--json]                   inputs, outputs, operators (known, opaque), parameters, FLOPs, bytes
  strata show MODEL [--recipe R] [--level graph|loops|library|hardware] [--function F] [--diff]
                                               the model at one level; --diff: what each step of the recipe changes there
  strata transforms [ID] [--json]              the manual of all transforms, or of one
  strata apply MODEL (--recipe R | --step 'LINE')... [--out FILE.strata]
                                               applies steps; a step that is not legal is refused with its reason
  strata check PATH... [--recipe R] [--target cpu|reference|opencl] [--json]
                                               against the outputs in test_data_set_*/, else against the untouched model
  strata run MODEL [--recipe R]... [--target T] [--threads N] [--seconds S] [--json]
                                               median and spread; several recipes are measured in turn, with ratios
  strata export MODEL [--recipe R] --out DIR [--target T] [--weights embedded|file]
                                               a shared library, its header, an example in C, a manifest

MODEL is a .onnx or .strata file, or a folder in ONNX's test layout (model.onnx, test_data_set_*), whose inputs are then used.
--auto stands for the automatic recipe and --untouched for none, wherever --recipe may stand. --dim NAME=SIZE binds a symbolic dimension.
--timeout S ends a run that takes longer (default 600) and says so.
--json prints one JSON object. Exit: 0 fine, 1 the answer is no, 2 wrong use or bad input, 3 environment, 70 our bug.
)";
}

int fail(const Error& error, const Options& options)
{
    const char* kinds[] = {"refused", "environment", "bug"};
    if (options.json) {
        nlohmann::json nodes = nlohmann::json::array();
        for (const Cursor& node : error.nodes)
            nodes.push_back(toString(node));
        const nlohmann::json object{
            {"error", kinds[int(error.kind)]}, {"message", error.message}, {"hint", error.hint}, {"nodes", nodes}};
        std::printf("%s\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else {
        std::fprintf(stderr, "strata: %s\n", error.message.c_str());
        if (!error.hint.empty())
            std::fprintf(stderr, "        %s\n", error.hint.c_str());
        if (error.kind == ErrorKind::Bug)
            std::fprintf(stderr, "        This is a fault of Strata, not of your input.\n");
    }
    return error.kind == ErrorKind::Refused       ? WrongUse
           : error.kind == ErrorKind::Environment ? EnvironmentFailed
                                                  : OurBug;
}

}  // namespace strata::cli
