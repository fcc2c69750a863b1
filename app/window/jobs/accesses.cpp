#include "app/window/jobs/accesses.h"

#include "app/window/models/thread_picture.h"
#include "app/workbench/draw.h"

namespace strata {

namespace {

constexpr std::size_t mostAccesses = 10'000'000;

Result<reference::AccessTrace> trace(const Module& module, const std::string& name, const JobSink& sink)
{
    const FunctionPtr function = module.find(name);
    if (!function || !function->loops())
        return refused(say("{} has no loops, so there is no order of accesses to show.", name));
    Module alone = module;
    alone.entry = name;
    reference::Tensors inputs;
    for (Tensor& tensor : drawInputs(alone))
        inputs.push_back(std::make_shared<const Tensor>(std::move(tensor)));
    return reference::traceAccesses(module, *function, inputs, mostAccesses, sink.stop);
}

}  // namespace

Result<AccessPicturePtr> drawAccesses(const AccessRequest& request, const JobSink& sink)
{
    const Shown& shown = *request.shown;
    if (!shown.lowered || shown.function.empty())
        return refused("No function is shown, so there is no order of accesses.");
    const Module& module = shown.lowered->module();
    STRATA_TRY(auto entries, trace(module, shown.function, sink));
    auto picture = std::make_shared<AccessPicture>(
        accessPicture(QString::fromStdString(shown.function), std::move(entries), module.target, request.l1Bytes));
    picture->axes = boundAxes(*module.find(shown.function));
    const bool compared = shown.loweredBefore && !shown.functionBefore.empty()
                          && shown.loweredBefore->module().find(shown.functionBefore) != module.find(shown.function);
    if (compared && !sink.stop.stop_requested())
        if (const auto before = trace(shown.loweredBefore->module(), shown.functionBefore, sink))
            picture->before = countAccesses(*before, picture->caches);
    return AccessPicturePtr(std::move(picture));
}

}  // namespace strata
