// loops.prove_index: checks that cannot fail are dropped.
//
// An index that is data lies in a range where something says so: its type (a byte), a clamp, or the condition of a
// select around it. A condition bounds a value only where it compares just that value: data of i64 wrap, so nothing is
// moved from one side of a comparison to the other. Where the range follows from the expression alone, the index stands
// there unchecked; where it follows from a condition, it stays written with its range, as trusted(index, extent), for
// that is what every later analysis sees.
#include "core/text/text.h"
#include "passes/loops/checks.h"

#include <algorithm>
#include <limits>

namespace strata::loops {

namespace {

using Interval = std::pair<std::int64_t, std::int64_t>;
constexpr Interval anything{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
constexpr std::int64_t largest = std::int64_t(1) << 61;

bool isData(const Expr& e) { return e.type == DType::I64 && (e.op == Op::Load || e.op == Op::Cast); }

Interval rangeOfType(const Expr& e)
{
    const DType type = e.op == Op::Cast ? e.args[0]->type : e.type;
    if (!isInteger(type) || byteSize(type) == 8)
        return anything;
    const int bits = 8 * byteSize(type) - (isSigned(type) ? 1 : 0);
    const std::int64_t high = (std::int64_t(1) << bits) - 1;
    return {isSigned(type) ? -high - 1 : 0, high};
}

// What the condition, or its contrary, says of the value.
void narrow(Interval& value, const ExprPtr& data, const ExprPtr& condition, bool holds, const Ranges& ranges)
{
    if (condition->op == Op::Not)
        return narrow(value, data, condition->args[0], !holds, ranges);
    if (condition->op == (holds ? Op::And : Op::Or)) {
        for (const ExprPtr& part : condition->args)
            narrow(value, data, part, holds, ranges);
        return;
    }
    const bool equality = condition->op == (holds ? Op::Eq : Op::Ne);
    if (!equality && condition->op != Op::Lt && condition->op != Op::Le)
        return;
    for (const std::size_t side : {0, 1}) {
        const auto other = bounds(condition->args[1 - side], ranges);
        if (!other || !equal(condition->args[side], data))
            continue;
        const bool below = (side == 0) == holds;  // data < other, or not other < data
        const std::int64_t strict = (condition->op == Op::Lt) == holds ? 1 : 0;
        if (equality || below)
            value.second = std::min(value.second, other->second - (equality ? 0 : strict));
        if (equality || !below)
            value.first = std::max(value.first, other->first + (equality ? 0 : strict));
    }
}

// Data whose range is known become variables of that range.
ExprPtr named(const ExprPtr& e, const CheckPlace& place, Ranges& ranges)
{
    if (!isData(*e)) {
        Expr copy = *e;
        for (ExprPtr& arg : copy.args)
            arg = named(arg, place, ranges);
        return std::make_shared<const Expr>(std::move(copy));
    }
    Interval value = rangeOfType(*e);
    for (const ExprPtr& condition : place.conditions)
        narrow(value, e, condition, true, place.ranges);
    if (value.first > value.second || value.first < -largest || value.second > largest)
        return e;
    const std::string name = "#" + std::to_string(ranges.size());  // no name of a program
    ranges[name] = {value.first, value.second - value.first + 1};
    return var(name);
}

bool within(const ExprPtr& index, const ExprPtr& extent, const CheckPlace& place)
{
    if (index->op == Op::Select) {
        CheckPlace yes = place, no = place;
        yes.conditions.push_back(index->args[0]);
        no.conditions.push_back(unary(Op::Not, index->args[0]));
        return within(index->args[1], extent, yes) && within(index->args[2], extent, no);
    }
    Ranges ranges = place.ranges;
    const auto value = bounds(named(index, place, ranges), ranges), size = bounds(extent, place.ranges);
    return value && size && value->first >= 0 && value->second < size->first;
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    int proved = 0;
    std::string open;
    const auto prove = [&](const Expr& check, const CheckPlace& place) -> ExprPtr {
        if (!within(check.args[0], check.args[1], place)) {
            open = open.empty() ? print(check.args[0]) : open;
            return nullptr;
        }
        ++proved;
        const ExprPtr plain = simplify(std::make_shared<const Expr>(check), place.ranges);
        return plain->op == Op::Checked ? trusted(check.args[0], check.args[1]) : plain;
    };
    STRATA_TRY(Change result, applyToChecks(module, arguments, prove));
    const std::string block = arguments.text("block");
    if (proved == 0)
        return refused("Nothing bounds the index " + open + " of block " + block + ": it is whatever the data say.",
                       {{arguments.text("function"), NodeKind::Block, block}},
                       "loops.trust_index takes your word for it.");
    if (!open.empty())
        result.notes.push_back("keeps the check of " + open + ", which nothing bounds");
    return result;
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_prove_index)
{
    Transform transform;
    transform.id = "loops.prove_index";
    transform.title = "Prove that an index is in range";
    transform.summary = "Drops the checks of a block's indices that cannot fail.";
    transform.documentation =
        "An index that is data is written checked(i, n): compiled code compares it, so that whatever the data are, nothing outside a buffer is touched. "
        "The check is dropped where the range is certain: by the type of the data (a byte lies in 0..255), by min and max around it, or by the condition of a select "
        "that it stands in.\n\n"
        "What follows from a condition stays in the text as trusted(i, n), which compares nothing. Exact.";
    transform.alsoKnownAs = {"eliminate bounds check"};
    transform.parameters = loops::checkParameters();
    transform.appliesTo = {NodeKind::Block};
    transform.example = loops::example(R"(@loops
def pick(x: f32[256], c: u8[8]) -> (y: f32[8]):
    for i in range(8):
        with block("pick") as (v: spatial(8) = i):
            y[v] = x[checked(min(cast(i64, c[v]), 255), 256)]
)",
                                       "loops.prove_index(pick, pick)", R"(@loops
def pick(x: f32[256], c: u8[8]) -> (y: f32[8]):
    for i in range(8):
        with block("pick") as (v: spatial(8) = i):
            y[v] = x[trusted(min(cast(i64, c[v]), 255), 256)]
)");
    loops::setPlan(transform, loops::plan);
    return transform;
}

}  // namespace strata
