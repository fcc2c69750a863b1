#include "app/window/jobs/graph.h"

namespace strata {

namespace {

constexpr std::chrono::seconds patience{4};

Forwarding forwardingBetween(const GraphRequest& request)
{
    if (!request.before)
        return {};
    if (request.after->parent == request.before->id)
        return request.after->forwarding;
    Forwarding forwarding;
    for (const Cursor& cursor : cursors(*request.before->module))
        if (cursor.kind == NodeKind::Operator || cursor.kind == NodeKind::Function)
            forwarding[cursor] = request.session->forwardBetween(request.before->id, request.after->id, cursor);
    return forwarding;
}

// Small graphs by dot, which draws them best; folded ones by our own layout, which knows frames and keeps their ports,
// and draws a group alike whether others are open or not.
LayoutAnswer layOut(Worker& worker, const LayoutRequest& request, bool folded, const JobSink& sink)
{
    if (!folded) {
        CallOptions options;
        options.what = "laying out the graph";
        options.timeout = patience;
        options.stop = sink.stop;
        const auto reply = worker.call({toJson(request), {}}, options);
        if (auto answer = reply ? layoutAnswerFromJson(reply->json) : Result<LayoutAnswer>(reply.error()); answer)
            return std::move(*answer);
    }
    return layeredLayout(request, sink.stop);
}

}  // namespace

GraphPicturePtr drawGraph(Worker& layout, const GraphRequest& request, const JobSink& sink)
{
    sink.progress("reading the graph", 0.1);
    const Module* before = request.before ? request.before->module.get() : nullptr;
    GraphPicture picture = makePicture(*request.after->module, request.options, before, forwardingBetween(request),
                                       request.step);
    const auto plain = std::make_shared<const GraphPicture>(picture);
    if (request.known && request.known->plain && *request.known->plain == *plain)
        return request.known;
    picture.plain = plain;
    sink.progress("laying out " + std::to_string(picture.boxes.size()) + " boxes", 0.4);
    place(picture, [&](const LayoutRequest& level) { return layOut(layout, level, !picture.groups.empty(), sink); });
    return std::make_shared<const GraphPicture>(std::move(picture));
}

}  // namespace strata
