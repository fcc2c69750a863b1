// What both faces begin with: a model that is opened, for a target, with a session on it.
#pragma once

#include "app/workbench/workbench.h"

namespace strata {

// Where code runs and what it is made of, as a person names it: "cpu", "cpu:x86-64-v3", "native", "reference", or a
// device of backends/devices.h.
struct ChosenTarget {
    RunTarget where;
    std::optional<Target::Isa> isa = {};  // that code is made for; nullopt: whoever asks decides
    friend bool operator==(const ChosenTarget&, const ChosenTarget&) = default;
};
Result<ChosenTarget> targetByName(const std::string& name);
// The places alone: "cpu", "reference", the devices. Of a place: its name.
std::vector<std::string> placesToRun();
std::string nameOf(const RunTarget& where);

struct StudyRequest {
    std::string model;  // path
    Sizes sizes;
    std::optional<Target::Isa> isa;            // unless the text names another; nullopt: as the model comes
    std::vector<std::string> facts, variants;  // of its sizes, as first steps: graph.assume and graph.specialize
};
struct Study {
    OpenedModel model;
    std::shared_ptr<Session> session;
};
Result<Study> openStudy(const StudyRequest& request, const std::shared_ptr<const Registry>& registry,
                        const TransformContext& context, const Progress& progress = {}, std::stop_token stop = {});

// What all of these states assume of sizes; where two of them contradict each other, what the first says.
SizeFacts assumedByAll(const std::vector<ModulePtr>& states);

}  // namespace strata
