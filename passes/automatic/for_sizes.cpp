// The rules count iterations, and loops for any size have no count. So the rules look at the same loops at typical
// sizes: names of loops, blocks and buffers are the same there, so a step that is taken there can be said of the loops
// for any size, and its transform decides whether it is legal for all of them. A typical size is a multiple of every
// tile that the rules know, so they see whole tiles; the part of a tile at the end of a size is the predicate that
// split adds. A batch is a number that no tile divides: whoever has one picture does not want to
// compute a tile of them. (It is not 1, since loops of 1 are left out where blocks move.)
#include "passes/automatic/for_sizes.h"

#include "core/index/sizes.h"

namespace strata::automatic {

namespace {

constexpr std::int64_t typicalSize = 192, typicalBatch = 13;

// The first of three or more dimensions, wherever it is one.
bool isBatch(const Function& function, const std::string& size)
{
    bool isFirst = true;
    for (const auto* list : {&function.params, &function.results})
        for (const TypedName& tensor : *list)
            for (std::size_t d = 0; d < tensor.type.tensor.shape.size(); ++d)
                if (plainSize(tensor.type.tensor.shape[d]) == size)
                    isFirst = isFirst && d == 0 && tensor.type.tensor.shape.size() > 2;
    return isFirst;
}

SizeValues typicalSizes(const Function& function)
{
    SizeValues sizes;
    for (const std::string& size : sizesOf(function))
        sizes[size] = nearest(function.facts, size, isBatch(function, size) ? typicalBatch : typicalSize);
    return sizes;
}

// The steps of a session, those of one group together.
std::vector<std::vector<StatePtr>> groupsOf(const Session& session)
{
    std::vector<std::vector<StatePtr>> groups;
    for (const StatePtr& state : session.path())
        if (state->parent >= 0) {
            if (groups.empty() || !state->group || groups.back().back()->group != state->group)
                groups.emplace_back();
            groups.back().push_back(state);
        }
    return groups;
}

Status takeAll(Session& session, const std::vector<StatePtr>& group)
{
    int first = 0;
    for (const StatePtr& state : group) {
        STRATA_TRY(const StatePtr taken, session.apply(state->step));
        first = first ? first : taken->id;
    }
    if (group.size() > 1 && group.front()->group)
        (void)session.setGroup({first, session.current()->id}, *group.front()->group);
    return {};
}

}  // namespace

void scheduleForSizes(Session& session, const std::string& function, AutomaticReport& report,
                      const std::function<void(Session&, AutomaticReport&)>& schedule)
{
    const ModulePtr module = session.current()->module;
    const FunctionPtr loops = module->find(function);
    Session typical(module->withFunction(withSizes(loops, typicalSizes(*loops))),
                    std::shared_ptr<const Registry>(std::shared_ptr<void>(), &session.registry()));
    schedule(typical, report);
    for (const std::vector<StatePtr>& group : groupsOf(typical)) {
        const Session before = session;  // states are shared, so this costs a list of pointers
        if (const Status taken = takeAll(session, group); !taken) {
            session = before;
            const std::string& rule = group.front()->group ? *group.front()->group : group.front()->step.automatic;
            report.failures.push_back({rule, function, taken.error()});
        }
    }
}

}  // namespace strata::automatic
