#include "app/workbench/study.h"

#include "backends/devices.h"
#include "core/ir/cpu.h"

#include <algorithm>

namespace strata {

// --- targets
// -----------------------------------------------------------------------------------------------------------------------------

std::vector<std::string> placesToRun()
{
    std::vector<std::string> names{"cpu", "reference"};
    for (const DeviceBackend& device : devices())
        names.push_back(device.name);
    return names;
}

std::string nameOf(const RunTarget& where)
{
    return where.evaluator ? "reference" : where.device.empty() ? "cpu" : where.device;
}

namespace {

Result<Target::Isa> isaOfName(const std::string& name)
{
    if (name == "native")
        return machineIsa();
    if (const std::optional<Target::Isa> isa = isaByName(name))
        return *isa;
    return refused(say("There is no instruction set '{}'.", name), {}, isaHint() + " \"native\" is this machine's.");
}

}  // namespace

Result<ChosenTarget> targetByName(const std::string& name)
{
    const std::string cpu = "cpu:";
    if (name == "native" || name.starts_with(cpu)) {
        STRATA_TRY(const Target::Isa isa, isaOfName(name == "native" ? name : name.substr(cpu.size())));
        return ChosenTarget{RunTarget::Cpu, isa};
    }
    std::string listed;
    for (const std::string& place : placesToRun()) {
        if (place == name)
            return ChosenTarget{{name == "reference", name == "reference" || name == "cpu" ? std::string() : name}};
        listed += (listed.empty() ? "" : ", ") + place;
    }
    return refused(say("{} takes one of {}, not \"{}\".", "--target", listed, name));
}

// --- studies
// -----------------------------------------------------------------------------------------------------------------------------

namespace {

Status takeFirstSteps(Session& session, const StudyRequest& request)
{
    const FunctionPtr entry = session.current()->module->entryFunction();
    if (!entry)
        return {};
    const auto take = [&](const char* transform, const char* parameter,
                          const std::vector<std::string>& texts) -> Status {
        for (const std::string& text : texts) {
            Step step;
            step.transform = transform;
            step.arguments.values = {{"function", entry->name}, {parameter, text}};
            STRATA_CHECK(session.apply(step));
        }
        return {};
    };
    STRATA_CHECK(take("graph.assume", "fact", request.facts));
    return take("graph.specialize", "sizes", request.variants);
}

}  // namespace

Result<Study> openStudy(const StudyRequest& request, const std::shared_ptr<const Registry>& registry,
                        const TransformContext& context, const Progress& progress, std::stop_token stop)
{
    Study study;
    STRATA_TRY(study.model, openModel(request.model, request.sizes, progress, stop));
    if (request.isa)
        compileFor(*request.isa, study.model);
    study.session = std::make_shared<Session>(study.model.module, registry, context);
    STRATA_CHECK(takeFirstSteps(*study.session, request));
    return study;
}

SizeFacts assumedByAll(const std::vector<ModulePtr>& states)
{
    SizeFacts facts;
    for (const ModulePtr& state : states)
        facts = both(facts, assumedBy(*state)).value_or(facts);
    return facts;
}

}  // namespace strata
