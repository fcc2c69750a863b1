#include "core/machine/machine.h"

#include <algorithm>

namespace strata::reference {

namespace {

constexpr int iterationsBetweenStopChecks = 1 << 16;

Scalar toScalar(const Register& r, DType type)
{
    if (type == DType::F64)
        return {r.d, 0};
    return isFloat(type) ? Scalar{r.f, 0} : Scalar{0, r.i};
}

void fromScalar(Register& r, DType type, const Scalar& value)
{
    if (type == DType::F64)
        r.d = value.f;
    else if (isFloat(type))
        r.f = float(value.f);
    else
        r.i = value.i;
}

const Instruction* target(const Machine& m, const Instruction* x) { return m.program.code.data() + x->c; }

std::vector<std::int64_t> indices(const Machine& m, const std::vector<std::int32_t>& registers)
{
    std::vector<std::int64_t> values;
    for (const std::int32_t r : registers)
        values.push_back(m.registers[r].i);
    return values;
}

// The box of a buffer that an intrinsic's parameter stands for: its dimensions are the last ones of the buffer.
std::optional<View> box(const View& whole, const std::vector<std::int64_t>& begin,
                        const std::vector<std::int64_t>& extents)
{
    const std::size_t leading = whole.extents.size() - extents.size();
    View view{whole.data, extents, {whole.strides.begin() + std::ptrdiff_t(leading), whole.strides.end()}, whole.first};
    for (std::size_t k = 0; k < begin.size(); ++k) {
        const std::int64_t extent = k < leading ? 1 : extents[k - leading];
        if (begin[k] < 0 || begin[k] + extent > whole.extents[k])
            return std::nullopt;
        view.first += begin[k] * whole.strides[k];
    }
    return view;
}

}  // namespace

std::vector<std::int64_t> denseStrides(const std::vector<std::int64_t>& shape)
{
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t k = shape.size(); k-- > 1;)
        strides[k - 1] = strides[k] * shape[k];
    return strides;
}

Machine::Machine(const MachineCode& p, std::vector<View> parameters, std::stop_token s, Texts* t)
    : program(p)
    , registers(p.registers)
    , views(std::move(parameters))
    , stop(std::move(s))
    , texts(t)
{
    for (const auto& [r, text] : p.texts)
        registers[std::size_t(r)].i = t->number(text);
    for (std::size_t i = p.parameterCount; i < p.buffers.size(); ++i) {
        const std::size_t bytes = std::size_t(byteCount(p.buffers[i].type).value_or(0));
        m_storage.emplace_back(bytes, undefinedByte);
        views.push_back({m_storage.back().data(), p.shapes[i], denseStrides(p.shapes[i])});
    }
}

Status Machine::run()
{
    for (const Instruction* x = program.code.data(); x;)
        x = x->handler(*this, x);
    if (error)
        return *error;
    return {};
}

Scalar Machine::get(std::int32_t r, DType type) const { return toScalar(registers[r], type); }
void Machine::set(std::int32_t r, DType type, const Scalar& value) { fromScalar(registers[r], type, value); }

const Place& Machine::placeOf(const Instruction* at) const
{
    return program.placeTable[program.places[at - program.code.data()]];
}

// " at vi = 0, vj = 3"
std::string Machine::instanceText(const Place& place) const
{
    std::string text;
    for (const auto& [name, r] : place.iterators)
        text += (text.empty() ? " at " : ", ") + name + " = " + std::to_string(registers[r].i);
    return text;
}

const Instruction* Machine::end(Error why, const Place& place)
{
    error = std::move(why);
    if (!place.block.empty())
        error->nodes.push_back({program.function, NodeKind::Block, place.block});
    return nullptr;
}

const Instruction* Machine::fail(const Instruction* at, const std::string& what)
{
    const Place& place = placeOf(at);
    const std::string subject = place.block.empty() ? "Function " : "Block \"" + place.block + "\" of ";
    return end(bug(subject + program.function + instanceText(place) + " " + what + "."), place);
}

const Instruction* Machine::refuse(const Instruction* at, const std::string& what)
{
    const Place& place = placeOf(at);
    const std::string where = place.block.empty() ? " in " : " in block \"" + place.block + "\" of ";
    return end(refused(say("{}{}{}{}.", what, where, program.function, instanceText(place))), place);
}

namespace control {

const Instruction* end(Machine&, const Instruction*) { return nullptr; }

const Instruction* move(Machine& m, const Instruction* x)
{
    m.registers[x->target] = m.registers[x->a];
    return x + 1;
}

const Instruction* jump(Machine& m, const Instruction* x) { return target(m, x); }
const Instruction* jumpIfZero(Machine& m, const Instruction* x)
{
    return m.registers[x->a].i == 0 ? target(m, x) : x + 1;
}
const Instruction* jumpIfNonZero(Machine& m, const Instruction* x)
{
    return m.registers[x->a].i != 0 ? target(m, x) : x + 1;
}

const Instruction* loopBegin(Machine& m, const Instruction* x)
{
    m.registers[x->target].i = 0;
    return m.registers[x->a].i <= 0 ? target(m, x) : x + 1;
}

const Instruction* loopNext(Machine& m, const Instruction* x)
{
    if (--m.untilStopCheck < 0) {
        m.untilStopCheck = iterationsBetweenStopChecks;
        if (m.stop.stop_requested()) {
            m.error = refused(say("The evaluation of {} is cancelled.", m.program.function));
            return nullptr;
        }
    }
    return ++m.registers[x->target].i < m.registers[x->a].i ? target(m, x) : x + 1;
}

const Instruction* checkIterator(Machine& m, const Instruction* x)
{
    const std::int64_t value = m.registers[x->a].i, extent = m.registers[x->b].i;
    if (value >= 0 && value < extent)
        return x + 1;
    return m.fail(x, "binds an iterator to " + std::to_string(value) + ", outside its domain 0.."
                         + std::to_string(extent));
}

const Instruction* checkIndex(Machine& m, const Instruction* x)
{
    const std::int64_t index = m.registers[x->a].i, extent = m.registers[x->b].i;
    m.registers[x->target].i = index;
    if (index >= 0 && index < extent)
        return x + 1;
    const std::string of = x->c < 0 ? "" : " of " + m.program.buffers[x->c].name;
    return m.refuse(x, "Index " + std::to_string(index) + of + " is outside 0.." + std::to_string(extent - 1));
}

const Instruction* clear(Machine& m, const Instruction* x)
{
    const std::size_t bytes = std::size_t(byteCount(m.program.buffers[x->a].type).value_or(0));
    std::fill_n(m.views[x->a].data, bytes, undefinedByte);
    return x + 1;
}

const Instruction* loadFree(Machine& m, const Instruction* x)
{
    std::vector<std::int64_t> values;
    for (int k = 0; k < x->count; ++k)
        values.push_back(m.registers[m.program.lists[x->b + k]].i);
    const Buffer& buffer = m.program.buffers[x->a];
    if (!m.load)
        return m.fail(x, "reads " + buffer.name + ", and no elements are given");
    fromScalar(m.registers[x->target], x->type, m.load(buffer.name, values));
    return x + 1;
}

const Instruction* intrinsic(Machine& m, const Instruction* x)
{
    const IntrinsicUse& use = m.program.intrinsics[x->a];
    std::vector<View> views;
    for (std::size_t k = 0; k < use.arguments.size(); ++k) {
        const auto& argument = use.arguments[k];
        const Buffer& buffer = m.program.buffers[argument.buffer];
        const auto view = box(m.views[argument.buffer], indices(m, argument.begin), use.program->shapes[k]);
        if (!view)
            return m.fail(x, "calls " + use.name + " on a box that reaches outside " + buffer.name + ": "
                                 + toString(buffer.type));
        views.push_back(*view);
    }
    Machine inner(*use.program, std::move(views), m.stop, m.texts);
    if (Status status = inner.run(); !status) {
        m.error = status.error();
        return nullptr;
    }
    return x + 1;
}

}  // namespace control

}  // namespace strata::reference
