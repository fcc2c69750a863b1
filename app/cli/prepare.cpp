#include "app/cli/commands.h"

#include "passes/automatic/automatic.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

Result<std::string> modelPath(const Options& options)
{
    if (options.paths.size() != 1)
        return refused("strata " + options.command + " takes one MODEL, " + std::to_string(options.paths.size())
                           + " are given.",
                       {}, "strata --help shows how.");
    return options.paths[0];
}

Result<Prepared> open(const Options& options, const std::string& path, Toolchain& toolchain)
{
    toolchain.runLimit = std::chrono::seconds(options.timeout);
    Prepared prepared;
    STRATA_TRY(prepared.model, openModel(path, options.dimensions));
    prepared.session = std::make_unique<Session>(prepared.model.module, makeRegistry(), makeContext(toolchain));
    return prepared;
}

Status applyRecipe(Session& session, const RecipeSource& source)
{
    if (source.kind == RecipeSource::Kind::Untouched)
        return {};
    if (source.kind == RecipeSource::Kind::Automatic) {
        const Result<int> steps = autoScheduleAll(session);
        return steps ? Status() : steps.error();
    }
    STRATA_TRY(Recipe recipe, loadRecipe(source.path, session.registry()));
    return replay(session, recipe);
}

Result<Prepared> prepare(const Options& options, const std::string& path, Toolchain& toolchain)
{
    if (options.recipes.size() > 1)
        return refused("strata " + options.command + " takes one recipe, " + std::to_string(options.recipes.size())
                       + " are given.");
    STRATA_TRY(Prepared prepared, open(options, path, toolchain));
    if (!options.recipes.empty())
        STRATA_CHECK(applyRecipe(*prepared.session, options.recipes[0]));
    return prepared;
}

void print(const nlohmann::json& object)
{
    std::printf("%s\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

namespace {

std::string scaled(double value, double step, const std::vector<const char*>& units)
{
    std::size_t unit = 0;
    for (; value >= step && unit + 1 < units.size(); ++unit)
        value /= step;
    char text[64];
    std::snprintf(text, sizeof text, unit == 0 || value >= 100 ? "%.0f%s" : "%.3g%s", value, units[unit]);
    return text;
}

}  // namespace

std::string bytesText(std::int64_t bytes) { return scaled(double(bytes), 1024, {" B", " KiB", " MiB", " GiB"}); }
std::string countText(double count) { return scaled(count, 1000, {" ", " k", " M", " G", " T"}); }

std::string millisecondsText(double ms)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f ms", ms < 1 ? 4 : ms < 100 ? 3 : 1, ms);
    return text;
}

}  // namespace strata::cli
