// Two boxes of one buffer are apart if in some dimension one begins after the other ends, for all values of the
// variables around: the difference of their beginnings, bounded by intervals.
#include "core/analysis/arguments.h"

#include "core/analysis/accesses.h"

namespace strata {

namespace {

struct Box {
    std::string name;
    const IntrinsicCall::Argument* argument;
    Shape shape;  // of its last dimensions; it is one element thick in those before
    bool written;
};

std::vector<Box> boxesOf(const Intrinsic& intrinsic, const IntrinsicCall& call)
{
    const Function& description = *intrinsic.description;
    std::vector<TypedName> names = description.params;
    names.insert(names.end(), description.results.begin(), description.results.end());
    const std::vector<Touch> touched = touches(description);
    std::vector<Box> boxes;
    for (std::size_t i = 0; i < std::min(names.size(), call.arguments.size()); ++i)
        boxes.push_back({names[i].name, &call.arguments[i], names[i].type.tensor.shape, touched[i].writes});
    return boxes;
}

std::int64_t extentOf(const Box& box, std::size_t d)
{
    const std::size_t rank = box.argument->begin.size(), fromEnd = rank - d;
    return fromEnd <= box.shape.size() ? box.shape[box.shape.size() - fromEnd].constant() : 1;
}

bool apart(const Box& a, const Box& b, const Ranges& ranges)
{
    for (std::size_t d = 0; d < std::min(a.argument->begin.size(), b.argument->begin.size()); ++d) {
        const Linear offset = add(linear(b.argument->begin[d], ranges), linear(a.argument->begin[d], ranges), -1);
        const auto range = bounds(offset.expr(), ranges);
        if (range && (range->first >= extentOf(a, d) || range->second <= -extentOf(b, d)))
            return true;
    }
    return false;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> meetingArguments(const Intrinsic& intrinsic,
                                                                    const IntrinsicCall& call, const Ranges& ranges)
{
    const std::vector<Box> boxes = boxesOf(intrinsic, call);
    for (std::size_t i = 0; i < boxes.size(); ++i)
        for (std::size_t j = i + 1; j < boxes.size(); ++j)
            if (boxes[i].argument->buffer == boxes[j].argument->buffer && (boxes[i].written || boxes[j].written)
                && !apart(boxes[i], boxes[j], ranges))
                return std::pair(boxes[i].name, boxes[j].name);
    return std::nullopt;
}

}  // namespace strata
