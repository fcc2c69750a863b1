#include "app/window/jobs/conflict.h"

#include "app/workbench/draw.h"
#include "core/index/simplify.h"
#include "core/index/sizes.h"
#include "core/machine/run_loops.h"

#include <cmath>

namespace strata {

namespace {

constexpr std::int64_t mostExecutions = 4'000'000, mostShown = 64 * 64;

// Executions of statements, loops multiplied; nullopt: an extent is no constant.
std::optional<std::int64_t> executions(const Body& body)
{
    std::int64_t count = 0;
    for (const StmtPtr& stmt : body) {
        const Loop* loop = as<Loop>(stmt);
        const Block* block = as<Block>(stmt);
        const auto inner = loop    ? executions(loop->body)
                           : block ? executions(block->body)
                                   : std::optional<std::int64_t>(1);
        if (!inner || (loop && !isConst(loop->extent)))
            return std::nullopt;
        count += *inner * (loop ? loop->extent->i : 1);
        if (count > mostExecutions)
            return std::nullopt;
    }
    return count;
}

// Loops whose iterations may come in any order, run backwards: what nothing forbids.
FunctionPtr backwards(const Function& function)
{
    Function result = function;
    result.body = LoopsBody{transform(function.loops()->body, [](const StmtPtr& stmt) -> std::optional<Body> {
        const Loop* loop = as<Loop>(stmt);
        if (!loop || loop->kind == LoopKind::Serial || loop->kind == LoopKind::Unrolled)
            return std::nullopt;
        Loop turned = *loop;
        const std::vector<Substitution> last{{loop->name, loop->extent - 1 - var(loop->name)}};
        turned.body = transformExprs(loop->body, [&](const ExprPtr& e) { return substitute(e, last); });
        return Body{makeStmt(std::move(turned))};
    })};
    return std::make_shared<const Function>(std::move(result));
}

QString elementName(const std::string& buffer, const std::vector<std::int64_t>& shape, std::int64_t index)
{
    QStringList parts;
    for (std::size_t d = shape.size(); d-- > 0; index /= shape[d])
        parts.prepend(QString::number(index % shape[d]));
    return QStringLiteral("%1[%2]").arg(QString::fromStdString(buffer), parts.join(QStringLiteral(", ")));
}

Damage compared(const std::string& name, const Tensor& now, const Tensor& asked)
{
    const std::vector<std::int64_t> shape = constants(now.type.shape);
    Damage damage;
    damage.buffer = QString::fromStdString(name);
    damage.total = now.count();
    damage.columns = shape.empty() ? 1 : shape.back();
    damage.rows = damage.columns == 0 ? 0 : damage.total / damage.columns;
    for (std::int64_t i = 0; i < damage.total; ++i) {
        const double a = now.at(i), b = asked.at(i);
        const bool differs = !(a == b || (std::isnan(a) && std::isnan(b)));
        if (damage.total <= mostShown)
            damage.differs.push_back(differs);
        if (!differs)
            continue;
        if (damage.count++ == 0) {
            damage.element = elementName(name, shape, i);
            damage.now = a;
            damage.asked = b;
        }
        damage.largest = std::max(damage.largest, std::abs(a - b));
    }
    return damage;
}

// Runs both on one drawn input in the evaluator. False: that takes too long, or does not go.
bool runBoth(const ConflictRequest& request, const Function& now, const Function& asked, const JobSink& sink,
             ConflictPicture& picture)
{
    const auto count = executions(now.loops()->body);
    if (!count)
        return false;
    Module alone = *request.module;
    alone.entry = now.name;
    reference::Tensors inputs;
    for (Tensor& tensor : drawInputs(alone))
        inputs.push_back(std::make_shared<const Tensor>(std::move(tensor)));
    const bool atOnce = request.conflict.atOnce;
    const auto before = reference::runLoops(*request.module, now, inputs, sink.stop);
    const auto after = reference::runLoops(*request.module, atOnce ? *backwards(asked) : asked, inputs, sink.stop);
    if (!before || !after)
        return false;
    for (std::size_t i = 0; i < before->size(); ++i) {
        Damage damage = compared(now.results[i].name, *(*before)[i], *(*after)[i]);
        damage.backwards = atOnce;
        if (damage.count > 0 && (picture.damage.empty() || picture.damage.front().count < damage.count))
            picture.damage = {std::move(damage)};
    }
    return true;
}

// nullptr where there is nothing to draw.
std::shared_ptr<ConflictPicture> drawn(const ConflictRequest& request, const FunctionPtr& now, const JobSink& sink)
{
    const auto transform = request.registry->find(request.step.transform);
    if (!transform)
        return nullptr;
    TransformContext context = request.context;
    context.stop = sink.stop;
    const auto asked = askedFor(*request.module, now->name, **transform, request.step.arguments, context);
    auto around = neighbourhoodOf(request.conflict, *now, asked ? asked->get() : nullptr, request.module.get());
    if (!around)
        return nullptr;
    auto picture = std::make_shared<ConflictPicture>();
    picture->conflict = request.conflict;
    picture->around = std::move(*around);
    if (asked)
        picture->ran = runBoth(request, *now, **asked, sink, *picture);
    return picture;
}

// Of a function for any size: for the smallest at which both executions are there, one number for all sizes.
std::shared_ptr<ConflictPicture> drawnSmall(const ConflictRequest& request, const FunctionPtr& now, const JobSink& sink)
{
    constexpr std::int64_t margin = 16;  // a tile may need some more
    const std::set<std::string> sizes = sizesOf(*now);
    std::int64_t least = 1;
    for (const Instance* one : {&request.conflict.first, &request.conflict.second})
        for (const auto& [name, value] : one->iters)
            least = std::max(least, value + 1);
    for (std::int64_t size = least; size <= least + margin && !sink.stop.stop_requested(); ++size) {
        SizeValues values;
        QStringList said;
        for (const std::string& name : sizes) {
            values[name] = size;
            said << QStringLiteral("%1 = %2").arg(QString::fromStdString(name)).arg(size);
        }
        const FunctionPtr bound = withSizes(now, values);
        ConflictRequest small = request;
        small.module = request.module->withFunction(bound);
        if (const auto picture = drawn(small, bound, sink)) {
            picture->sizes = said.join(QStringLiteral(", "));
            return picture;
        }
    }
    return nullptr;
}

}  // namespace

std::shared_ptr<const ConflictPicture> drawConflict(const ConflictRequest& request, const JobSink& sink)
{
    const FunctionPtr now = request.module->find(request.conflict.function);
    if (!now || !now->loops())
        return nullptr;
    return hasSizes(*now) ? drawnSmall(request, now, sink) : drawn(request, now, sink);
}

}  // namespace strata
