// The loops stay as they are, one iteration after the other. A buffer that holds what was rounded gets companions: its
// error and, of floats, the additions and the magnitude of the sum that it may be in the middle of. A store becomes one
// for each. Where it reads what it writes, they are computed before any of them is written.
#include "app/workbench/error_twin.h"

#include "app/workbench/error_expr.h"
#include "app/workbench/roundoff.h"

#include <algorithm>

namespace strata {

namespace {

constexpr double slack = 1.01;  // second-order terms, and the roundings of the bound itself

TypedName doubles(std::string name, const TensorType& like)
{
    return {std::move(name), {ValueType::Kind::Tensor, {DType::F64, like.shape, true}}};
}

class Twin {
public:
    explicit Twin(const Function& function)
        : m_function(function)
    {
        for (const std::string& name : usedNames(function))
            m_names.insert(name);
        walkExprs(function.loops()->body,
                  [&](const ExprPtr& root) { walk(root, [&](const Expr& e) { m_names.insert(e.name); }); });
    }

    Result<ErrorTwin> run();

private:
    std::string fresh(const std::string& wanted)
    {
        const std::string name = freshName(wanted, [&](const std::string& n) { return m_names.count(n) != 0; });
        m_names.insert(name);
        return name;
    }
    // What no name begins with.
    std::string freshPrefix() const
    {
        std::string prefix = "t_";
        const auto taken = [&](const std::string& name) { return name.starts_with(prefix); };
        while (std::any_of(m_names.begin(), m_names.end(), taken))
            prefix += "_";
        return prefix;
    }

    void declare(const std::string& name, DType dtype, bool isParameter);
    void findRounded();
    void nameCompanions();
    Result<Body> body(const Body& statements);
    Status certain(const ExprPtr& e) const;
    Result<StmtPtr> loop(const Loop& loop);
    Result<StmtPtr> block(const Block& block);
    Result<Body> store(const Store& store);
    Body alloc(const Alloc& alloc) const;
    std::vector<TypedName> companions(const std::string& buffer, const TensorType& type) const;

    const Function& m_function;
    std::set<std::string> m_names;
    TrackedBuffers m_buffers;
    std::string m_prefix;
};

void Twin::declare(const std::string& name, DType dtype, bool isParameter)
{
    TrackedBuffer buffer;
    buffer.dtype = dtype;
    buffer.stored = isFloat(dtype) && !isParameter ? DType::F64 : dtype;
    m_buffers[name] = buffer;
}

// Buffers that something is stored to which rounds, or comes of what did.
void Twin::findRounded()
{
    for (bool changed = true; changed;) {
        changed = false;
        walk(m_function.loops()->body, [&](const StmtPtr& stmt) {
            const Store* store = as<Store>(stmt);
            TrackedBuffer* target = store ? &m_buffers[store->buffer] : nullptr;
            if (target && target->exact && rounds(store->value, m_buffers)) {
                target->exact = false;
                changed = true;
            }
        });
    }
}

void Twin::nameCompanions()
{
    for (auto& [name, buffer] : m_buffers)
        if (!buffer.exact) {
            buffer.error = fresh(name + "_error");
            if (isFloat(buffer.dtype)) {
                buffer.additions = fresh(name + "_additions");
                buffer.magnitude = fresh(name + "_magnitude");
            }
        }
}

std::vector<TypedName> Twin::companions(const std::string& name, const TensorType& type) const
{
    const TrackedBuffer& buffer = m_buffers.at(name);
    std::vector<TypedName> result;
    for (const std::string& companion : {buffer.error, buffer.additions, buffer.magnitude})
        if (!companion.empty())
            result.push_back(doubles(companion, type));
    return result;
}

Body Twin::alloc(const Alloc& alloc) const
{
    Alloc values = alloc;
    values.buffer.type.dtype = m_buffers.at(alloc.buffer.name).stored;
    Body result{makeStmt(values)};
    for (const TypedName& companion : companions(alloc.buffer.name, alloc.buffer.type))
        result.push_back(makeStmt(Alloc{{companion.name, companion.type.tensor, alloc.buffer.scope}}));
    return result;
}

bool reads(const ExprPtr& e, const std::string& buffer)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || (node.op == Op::Load && node.name == buffer); });
    return found;
}

Result<Body> Twin::store(const Store& store)
{
    ErrorTracker tracker(m_buffers, m_prefix);
    const TrackedBuffer& buffer = m_buffers.at(store.buffer);
    std::vector<ExprPtr> at;
    for (const ExprPtr& index : store.indices) {
        const Tracked tracked = tracker.track(index);
        if (!tracked.exact())
            return refused(say("Where {} stores to {} follows from numbers that were rounded, so its error has no "
                               "bound.",
                               m_function.name, store.buffer),
                           {functionCursor(m_function.name)});
        at.push_back(tracker.around(tracked.value));
    }
    const Tracked value = tracker.track(store.value);
    const Store main{store.buffer, at, tracker.around(value.value)};
    if (buffer.exact)
        return Body{makeStmt(main)};
    const ExprPtr zero = floatConst(0, DType::F64);
    std::vector<Store> extra{{buffer.error, at, value.error ? value.error : zero}};
    if (!buffer.magnitude.empty()) {
        extra.push_back({buffer.additions, at, value.additions ? value.additions : zero});
        extra.push_back({buffer.magnitude, at, tracker.magnitudeOf(value)});
    }
    Body result, after;
    const bool apart = reads(store.value, store.buffer);
    const TensorType one{DType::F64, toShape({1})};
    for (Store& companion : extra) {
        companion.value = tracker.around(companion.value);
        if (apart) {
            const std::string name = fresh(companion.buffer + "_new");
            result.push_back(makeStmt(Alloc{{name, one, Scope::Local}}));
            after.push_back(makeStmt(Store{companion.buffer, at, load(name, DType::F64, {intConst(0)})}));
            companion = {name, {intConst(0)}, companion.value};
        }
        result.push_back(makeStmt(companion));
    }
    result.push_back(makeStmt(main));
    result.insert(result.end(), after.begin(), after.end());
    return result;
}

// What decides which statements run may not follow from what was rounded.
Status Twin::certain(const ExprPtr& e) const
{
    bool decides = false;
    walk(e, [&](const Expr& node) {
        if (node.op == Op::Load) {
            const TrackedBuffer& buffer = m_buffers.at(node.name);
            decides = decides || !buffer.exact || buffer.stored != buffer.dtype;
        }
    });
    return decides
               ? Status(refused(say("What runs in {} follows from numbers that it computes, so its error has no bound.",
                                    m_function.name),
                                {functionCursor(m_function.name)}))
               : Status();
}

Result<StmtPtr> Twin::loop(const Loop& loop)
{
    STRATA_CHECK(certain(loop.extent));
    Loop copy = loop;
    copy.kind = LoopKind::Serial;
    copy.axis.clear();
    STRATA_TRY(copy.body, body(loop.body));
    return makeStmt(std::move(copy));
}

Result<StmtPtr> Twin::block(const Block& block)
{
    if (block.predicate)
        STRATA_CHECK(certain(block.predicate));
    for (const BlockIter& iter : block.iters)
        STRATA_CHECK(certain(iter.binding));
    Block copy = block;
    copy.reads.reset();
    copy.writes.reset();
    STRATA_TRY(copy.init, body(block.init));
    STRATA_TRY(copy.body, body(block.body));
    return makeStmt(std::move(copy));
}

Result<Body> Twin::body(const Body& statements)
{
    Body result;
    for (const StmtPtr& stmt : statements) {
        if (const auto* one = as<Loop>(stmt)) {
            STRATA_TRY(StmtPtr made, loop(*one));
            result.push_back(std::move(made));
        } else if (const auto* one = as<Block>(stmt)) {
            STRATA_TRY(StmtPtr made, block(*one));
            result.push_back(std::move(made));
        } else if (const auto* one = as<Store>(stmt)) {
            STRATA_TRY(const Body made, store(*one));
            result.insert(result.end(), made.begin(), made.end());
        } else if (const auto* one = as<Alloc>(stmt)) {
            const Body made = alloc(*one);
            result.insert(result.end(), made.begin(), made.end());
        } else {
            return refused(say("Function {} calls the primitive {}, whose error has no bound here.", m_function.name,
                               as<IntrinsicCall>(stmt)->intrinsic),
                           {functionCursor(m_function.name)});
        }
    }
    return result;
}

Result<ErrorTwin> Twin::run()
{
    for (const TypedName& param : m_function.params)
        declare(param.name, param.type.tensor.dtype, true);
    for (const TypedName& result : m_function.results)
        declare(result.name, result.type.tensor.dtype, false);
    ErrorTwin twin;
    walk(m_function.loops()->body, [&](const StmtPtr& stmt) {
        if (const Alloc* alloc = as<Alloc>(stmt))
            declare(alloc->buffer.name, alloc->buffer.type.dtype, false);
    });
    for (const auto& [name, buffer] : m_buffers)
        twin.inDoubles = twin.inDoubles || buffer.dtype == DType::F64;
    findRounded();
    nameCompanions();
    m_prefix = freshPrefix();

    Function function = m_function;
    function.results.clear();
    for (const TypedName& result : m_function.results) {
        const TensorType& type = result.type.tensor;
        ErrorTwin::Parts parts;
        parts.value = function.results.size();
        parts.roundoff = unitRoundoff(type.dtype);
        TypedName value = result;
        value.type.tensor.dtype = m_buffers.at(result.name).stored;
        function.results.push_back(value);
        const std::vector<TypedName> more = companions(result.name, type);
        for (std::size_t i = 0; i < more.size(); ++i)
            (i == 0 ? parts.error : i == 1 ? parts.additions : parts.magnitude) = function.results.size() + i;
        function.results.insert(function.results.end(), more.begin(), more.end());
        twin.results.push_back(parts);
    }
    STRATA_TRY(Body made, body(m_function.loops()->body));
    function.body = LoopsBody{std::move(made)};
    twin.function = std::make_shared<const Function>(std::move(function));
    return twin;
}

}  // namespace

Result<ErrorTwin> errorTwin(const Function& loops)
{
    if (!loops.loops())
        return refused(say("Function {} is not held as loops, so its error has no bound here.", loops.name),
                       {functionCursor(loops.name)});
    return Twin(loops).run();
}

std::vector<BoundedResult> boundedResults(const ErrorTwin& twin, const std::vector<Tensor>& outputs)
{
    std::vector<BoundedResult> results;
    for (const ErrorTwin::Parts& parts : twin.results) {
        BoundedResult result{outputs[parts.value], {}};
        const auto at = [&](const std::optional<std::size_t>& part, std::int64_t i) {
            return part ? outputs[*part].at(i) : 0;
        };
        for (std::int64_t i = 0, n = result.value.count(); i < n; ++i) {
            const double steps = stepsOf(at(parts.additions, i)), magnitude = at(parts.magnitude, i);
            const double sum = steps > 0 && std::isfinite(magnitude) ? steps * parts.roundoff * magnitude : 0;
            const double size = parts.error ? std::abs(result.value.at(i)) : 0;
            const double units = std::isfinite(size) ? 4 * parts.roundoff * size : 0;
            result.bound.push_back(((at(parts.error, i) + sum) * slack + units) * (twin.inDoubles ? 2 : 1));
        }
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace strata
