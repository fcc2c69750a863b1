// The job that draws the graph: picture, layout by the child process, or by our own where that takes too long or fails.
#pragma once

#include "app/window/graph/picture.h"
#include "app/window/jobs/job_runner.h"
#include "backends/process/worker.h"
#include "core/session/session.h"

namespace strata {

struct GraphRequest {
    StatePtr after, before;  // before may be nullptr
    std::shared_ptr<const Session> session;
    GraphOptions options;
    QString step;           // "step 1 · fuse"
    GraphPicturePtr known;  // that is shown; nullptr: none
};
// The known picture itself where nothing in it would be another, as after a step on loops: it need not be laid out, nor
// painted.
GraphPicturePtr drawGraph(Worker& layout, const GraphRequest& request, const JobSink& sink);

}  // namespace strata
