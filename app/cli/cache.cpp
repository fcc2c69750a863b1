// strata cache: what is kept of what was built, how much it may be, and how to be rid of it.
#include "app/cli/commands.h"
#include "backends/store/store.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

nlohmann::json toJson(const BuildStore& store, const BuildStore::Usage& usage)
{
    return {{"folder", store.folder()},
            {"bytes", usage.bytes},
            {"files", usage.files},
            {"limit", usage.limit},
            {"bytes_of_other_builds", usage.othersBytes}};
}

void printText(const BuildStore& store, const BuildStore::Usage& usage)
{
    std::printf("folder  %s\n", printable(store.folder()).c_str());
    std::printf("holds   %s in %zu files", bytesText(std::int64_t(usage.bytes)).c_str(), usage.files);
    if (usage.othersBytes)
        std::printf(", %s of other builds of Strata", bytesText(std::int64_t(usage.othersBytes)).c_str());
    std::printf("\nlimit   %s\n", bytesText(std::int64_t(usage.limit)).c_str());
}

}  // namespace

int cache(const Options& options)
{
    if (!options.paths.empty())
        return fail(refused("strata cache takes no MODEL: it is one cache for all."), options);
    const std::shared_ptr<BuildStore> store = BuildStore::ofUser(siblingProgram("strata-compiler"));
    if (!store)
        return fail(environmentError("There is no cache: STRATA_CACHE is off, or no folder of the user's is known.",
                                     "Set STRATA_CACHE to a folder."),
                    options);
    if (options.clear)
        if (const Status cleared = store->clear(); !cleared)
            return fail(cleared.error(), options);
    if (options.limit)
        if (const Status set = store->setLimit(*options.limit); !set)
            return fail(set.error(), options);
    const BuildStore::Usage usage = store->usage();
    if (options.json)
        print(toJson(*store, usage));
    else
        printText(*store, usage);
    return Fine;
}

}  // namespace strata::cli
