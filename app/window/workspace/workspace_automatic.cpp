// The part of the workspace in which steps are not taken by hand.
#include "app/window/models/said.h"
#include "app/window/workspace/workspace.h"

#include "passes/automatic/automatic.h"

namespace strata {

void Workspace::scheduleAutomatically(const std::string& function)
{
    if (!isOpen())
        return;
    const MadeFor target = m_desk.scene.target.device.empty() ? MadeFor::Cpu : MadeFor::Device;
    edit(tr("Scheduling automatically"), [function, target](Session& session, const JobSink& sink) -> Status {
        if (function.empty()) {
            STRATA_CHECK(autoScheduleAll(session, sink.stop, sink.progress, Effect::Reassociated, target));
        } else {
            STRATA_CHECK(autoSchedule(session, function, sink.stop, {}, target));
        }
        return {};
    });
}

namespace {

QString sentenceOf(const Result<Tuning>& tuning)
{
    if (!tuning)
        return saidText(tuning.error());
    if (!tuning->holds)
        return Workspace::tr("What was found for functions by themselves does not hold in the model (%1 as fast): the "
                             "rules' own choices are taken.")
            .arg(formatSpeed(tuning->speed));
    return Workspace::tr("%1 as fast as by the rules' own choices: %2 instead of %3. Why it ended: %4.")
        .arg(formatSpeed(tuning->speed), formatTime(tuning->tunedMs), formatTime(tuning->ruleMs),
             QString::fromStdString(tuning->ended));
}

}  // namespace

void Workspace::tune(double seconds, int threads, std::stop_token enough)
{
    if (!isOpen())
        return;
    TuneRequest request;
    request.seconds = seconds;
    request.threads = threads;
    request.database = TuningDatabase::defaultPath(*m_desk.toolchain);
    // From the job's thread to this one; what is still on its way when the workspace goes is dropped.
    request.found = [this](const std::vector<TunedFunction>& found) {
        QMetaObject::invokeMethod(
            this, [this, found] { emit tuning(found); }, Qt::QueuedConnection);
    };
    edit(tr("Tuning"),
         [this, toolchain = m_desk.toolchain, model = m_desk.model, request,
          enough](Session& session, const JobSink& sink) mutable -> Status {
             std::stop_source end;
             const auto stop = [&] { end.request_stop(); };
             const std::stop_callback onEnough(enough, stop), onCancel(sink.stop, stop);
             STRATA_TRY(request.inputs, inputsFor(*model.module, model.data, assumedBy(*session.current()->module)));
             const Result<Tuning> tuning = strata::tune(*toolchain, session, request, end.get_token(), sink.progress);
             QMetaObject::invokeMethod(
                 this, [this, sentence = sentenceOf(tuning)] { emit tuned(sentence); }, Qt::QueuedConnection);
             return tuning ? Status() : tuning.error();
         });
}

}  // namespace strata
