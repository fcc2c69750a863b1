// Each worker takes the next function until none is left: functions differ in size, so nothing is dealt out beforehand.
// They meet in the store only; two that compile one thing write the same bytes.
#include "backends/llvm/crew.h"

#include "backends/llvm/protocol.h"
#include "backends/store/store.h"
#include "core/ir/placement.h"
#include "core/text/text.h"

#include <mutex>
#include <set>
#include <thread>

namespace strata {

namespace {

constexpr std::chrono::minutes crewPatience{15};
constexpr unsigned mostWorkers = 16;

}  // namespace

CompilerCrew::CompilerCrew(const std::vector<std::string>& command, std::shared_ptr<const BuildStore> store)
    : m_store(std::move(store))
{
    const unsigned count = std::min(std::max(1u, std::thread::hardware_concurrency()), mostWorkers);
    for (unsigned i = 0; i < count; ++i)
        m_workers.push_back(std::make_unique<Worker>("compiler", command));
}

// Functions that may run and whose objects are not there. Those that become kernels of a device are not
// compiled.
std::vector<FunctionPtr> CompilerCrew::missing(const Module& lowered, const BuildOptions& options) const
{
    std::vector<FunctionPtr> result;
    std::set<std::string> keys;
    for (const FunctionPtr& function : functionsOfCode(lowered)) {
        if (!options.device.empty() && isDeviceFunction(*function))
            continue;
        const std::string key = BuildStore::keyOf(objectContent(lowered, *function));
        if (keys.insert(key).second && !m_store->find(BuildStore::Kind::Object, key))
            result.push_back(function);
    }
    return result;
}

void CompilerCrew::compile(const Module& lowered, const BuildOptions& options, std::stop_token stop,
                           const std::function<void(const std::string&, double)>& progress)
{
    const std::vector<FunctionPtr> functions = missing(lowered, options);
    if (functions.size() < 2)
        return;
    std::atomic<std::size_t> next{0};
    std::mutex telling;
    const auto work = [&](Worker& worker) {
        for (std::size_t i; (i = next++) < functions.size() && !stop.stop_requested();) {
            const std::string& name = functions[i]->name;
            if (progress) {
                const std::lock_guard lock(telling);
                progress("compiling " + name, 0.9 * double(i) / double(functions.size()));
            }
            const Json request = {{"do", "object"}, {"function", name}};
            (void)worker.call({dump(request), toBytes(print(*only(lowered, functions[i])))},
                              {"compiling " + name, crewPatience, stop, {}});
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(m_workers.size(), functions.size()); ++i)
        threads.emplace_back([&, i] { work(*m_workers[i]); });
}

}  // namespace strata
