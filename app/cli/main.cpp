// strata: the command line. No Qt.
#include "app/cli/commands.h"
#include "backends/process/temporary.h"

#include <cstdio>

using namespace strata::cli;

namespace {

struct Command {
    const char* name;
    int (*run)(const Options&);
};
constexpr Command commands[] = {{"apply", apply},     {"cache", cache},
                                {"check", check},     {"definitions", definitions},
                                {"diff", diff},       {"edit", edit},
                                {"explain", explain}, {"export", exportModel},
                                {"info", info},       {"lesson", lesson},
                                {"report", report},   {"run", run},
                                {"show", show},       {"transforms", transforms},
                                {"tune", tune}};

}  // namespace

int main(int argc, char** argv)
{
    strata::removeOnSignals();
    strata::sweepTemporaries();
    const strata::Result<Options> options = parseOptions({argv + 1, argv + argc});
    if (!options)
        return fail(options.error(), {});
    if (options->help || options->command == "help") {
        const std::string asked = isCommand(options->command) ? options->command
                                  : options->paths.empty()    ? std::string()
                                                              : options->paths[0];
        if (!asked.empty() && !isCommand(asked))
            return fail(strata::refused(strata::say("There is no command {}.", asked), {}, "strata --help lists them."),
                        *options);
        std::fputs(usage(asked).c_str(), stdout);
        return Fine;
    }
    if (options->command.empty()) {
        std::fputs(usage().c_str(), stderr);
        return WrongUse;
    }
    for (const Command& command : commands)
        if (options->command == command.name)
            return command.run(*options);
    return fail(
        strata::refused(strata::say("There is no command {}.", options->command), {}, "strata --help lists them."),
        *options);
}
