// strata-layout: answers layout requests over the worker's pipe until its input ends.
#include "app/layout/dot.h"
#include "backends/process/worker.h"

int main()
{
    using namespace strata;
    return WorkerServer::serve([](const Message& request, const auto&) -> Result<Message> {
        STRATA_TRY(const LayoutRequest layout, layoutRequestFromJson(request.json));
        STRATA_TRY(const LayoutAnswer answer, dotLayout(layout));
        return Message{toJson(answer), {}};
    });
}
