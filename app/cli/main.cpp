// strata: the command line. No Qt.
#include "app/cli/commands.h"

#include <cstdio>

using namespace strata::cli;

namespace {

struct Command {
    const char* name;
    int (*run)(const Options&);
};
constexpr Command commands[] = {{"apply", apply}, {"check", check}, {"export", exportModel},   {"info", info},
                                {"run", run},     {"show", show},   {"transforms", transforms}};

}  // namespace

int main(int argc, char** argv)
{
    const strata::Result<Options> options = parseOptions({argv + 1, argv + argc});
    if (!options)
        return fail(options.error(), {});
    if (options->help || options->command.empty() || options->command == "help") {
        const bool asked = options->help || !options->command.empty();
        std::fputs(usage().c_str(), asked ? stdout : stderr);
        return asked ? Fine : WrongUse;
    }
    for (const Command& command : commands)
        if (options->command == command.name)
            return command.run(*options);
    return fail(strata::refused("There is no command " + options->command + ".", {}, "strata --help lists them."),
                *options);
}
