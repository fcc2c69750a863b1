// strata definitions: the operators that are data, what they mean and where that stands.
#include "app/cli/commands.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

using Entry = onnx::Definitions::Entry;

// All, or those of a name: "com.microsoft.BiasGelu", or "BiasGelu" of any domain.
Result<std::vector<Entry>> wanted(const Options& options)
{
    if (options.paths.size() > 1)
        return refused("strata definitions takes at most one NAME.");
    STRATA_TRY(const onnx::DefinitionsPtr definitions, onnx::Definitions::read(options.definitions));
    std::vector<Entry> entries = definitions->entries();
    if (options.paths.empty())
        return entries;
    const std::string& name = options.paths[0];
    std::erase_if(entries, [&](const Entry& entry) { return entry.name != name && !entry.name.ends_with("." + name); });
    if (entries.empty())
        return refused(say("No definition is called {}.", name), {}, "strata definitions lists them.");
    return entries;
}

}  // namespace

int definitions(const Options& options)
{
    const Result<std::vector<Entry>> entries = wanted(options);
    if (!entries)
        return fail(entries.error(), options);
    nlohmann::json all = nlohmann::json::array();
    for (const Entry& entry : *entries) {
        const std::string place = entry.file + ", line " + std::to_string(entry.line);
        if (options.json)
            all.push_back({{"name", entry.name}, {"file", entry.file}, {"line", entry.line}, {"text", entry.text}});
        else if (options.paths.empty())
            std::printf("%-48s%s\n", printable(entry.name).c_str(), printable(place).c_str());
        else
            std::printf("# %s: %s\n%s\n", printable(entry.name).c_str(), printable(place).c_str(), entry.text.c_str());
    }
    if (options.json)
        print({{"definitions", all}});
    return Fine;
}

}  // namespace strata::cli
