// One small function an instruction, chosen by operation and type when a function is compiled.
#include "core/base/rounding.h"
#include "core/base/tiny_float.h"
#include "core/machine/machine.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace strata::reference {

namespace {

template<class T>
T& as(Register& r)
{
    if constexpr (std::is_same_v<T, float>)
        return r.f;
    else if constexpr (std::is_same_v<T, double>)
        return r.d;
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return r.u;
    else
        return r.i;
}

using I = std::int64_t;
using U = std::uint64_t;

template<class R, class T, auto f>
const Instruction* apply1(Machine& m, const Instruction* x)
{
    as<R>(m.registers[x->target]) = f(as<T>(m.registers[x->a]));
    return x + 1;
}

template<class R, class T, auto f>
const Instruction* apply2(Machine& m, const Instruction* x)
{
    as<R>(m.registers[x->target]) = f(as<T>(m.registers[x->a]), as<T>(m.registers[x->b]));
    return x + 1;
}

// Integer division as core/ir/expr.h defines it: by zero it gives 0, quotient and remainder alike.
I negate(I a) { return I(U(0) - U(a)); }
I truncatedDiv(I a, I b) { return b == 0 ? 0 : b == -1 ? negate(a) : a / b; }

I flooredDiv(I a, I b)
{
    const I quotient = truncatedDiv(a, b);
    return b != 0 && b != -1 && a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

I flooredMod(I a, I b) { return b == 0 || b == -1 ? 0 : I(U(a) - U(flooredDiv(a, b)) * U(b)); }

struct Handlers {
    Op op;
    Handler f32, f64, i64, u64;

    Handler at(DType type) const
    {
        if (type == DType::F64)
            return f64;
        if (isFloat(type))
            return f32;
        return isSigned(type) ? i64 : u64;
    }
};

template<std::size_t n>
Handler find(const Handlers (&table)[n], Op op, DType type)
{
    for (const Handlers& row : table)
        if (row.op == op)
            return row.at(type);
    return nullptr;
}

template<auto f>
constexpr Handlers arithmetic(Op op)
{
    return {op, &apply2<float, float, f>, &apply2<double, double, f>, &apply2<U, U, f>, &apply2<U, U, f>};
}

template<auto f>
constexpr Handlers selection(Op op)
{
    return {op, &apply2<float, float, f>, &apply2<double, double, f>, &apply2<I, I, f>, &apply2<U, U, f>};
}

template<auto f>
constexpr Handlers comparison(Op op)
{
    return {op, &apply2<I, float, f>, &apply2<I, double, f>, &apply2<I, I, f>, &apply2<I, U, f>};
}

template<auto f>
constexpr Handlers bits(Op op)
{
    return {op, nullptr, nullptr, &apply2<U, U, f>, &apply2<U, U, f>};
}

template<auto f>
constexpr Handlers onFloats(Op op)
{
    return {op, &apply1<float, float, f>, &apply1<double, double, f>, nullptr, nullptr};
}

constexpr auto fdiv = [](auto a, auto b) { return a / b; };
constexpr auto unsignedDiv = [](U a, U b) { return b == 0 ? 0 : a / b; };
constexpr auto unsignedMod = [](U a, U b) { return b == 0 ? 0 : a % b; };
constexpr auto larger = [](auto a, auto b) { return a > b ? a : b; };
constexpr auto smaller = [](auto a, auto b) { return a < b ? a : b; };
// A register holds more bits than a short type has: what is shifted past the type's width is 0, or the sign, already.
constexpr auto shiftLeft = [](U a, U b) { return b < 64 ? a << b : 0; };
constexpr auto shiftRight = [](auto a, U b) { return a >> std::min<U>(b, 63) >> (b > 63 ? 1 : 0); };

constexpr auto maximum = [](auto a, auto b) {
    if constexpr (std::is_floating_point_v<decltype(a)>)
        return a > b || a != a || (a == b && !std::signbit(a)) ? a : b;
    else
        return larger(a, b);
};
constexpr auto minimum = [](auto a, auto b) {
    if constexpr (std::is_floating_point_v<decltype(a)>)
        return a < b || a != a || (a == b && std::signbit(a)) ? a : b;
    else
        return smaller(a, b);
};

constexpr Handlers binaryTable[] = {
    arithmetic<[](auto a, auto b) { return a + b; }>(Op::Add),
    arithmetic<[](auto a, auto b) { return a - b; }>(Op::Sub),
    arithmetic<[](auto a, auto b) { return a * b; }>(Op::Mul),
    {Op::Div, &apply2<float, float, fdiv>, &apply2<double, double, fdiv>, &apply2<I, I, &truncatedDiv>,
     &apply2<U, U, unsignedDiv>},
    {Op::FloorDiv, nullptr, nullptr, &apply2<I, I, &flooredDiv>, &apply2<U, U, unsignedDiv>},
    {Op::FloorMod, nullptr, nullptr, &apply2<I, I, &flooredMod>, &apply2<U, U, unsignedMod>},
    selection<smaller>(Op::Min),
    selection<larger>(Op::Max),
    selection<minimum>(Op::Minimum),
    selection<maximum>(Op::Maximum),
    bits<[](U a, U b) { return a & b; }>(Op::And),
    bits<[](U a, U b) { return a | b; }>(Op::Or),
    bits<[](U a, U b) { return a ^ b; }>(Op::Xor),
    bits<shiftLeft>(Op::Shl),
    {Op::Shr, nullptr, nullptr, &apply2<I, I, shiftRight>, &apply2<U, U, shiftRight>},
    comparison<[](auto a, auto b) { return I(a == b); }>(Op::Eq),
    comparison<[](auto a, auto b) { return I(a != b); }>(Op::Ne),
    comparison<[](auto a, auto b) { return I(a < b); }>(Op::Lt),
    comparison<[](auto a, auto b) { return I(a <= b); }>(Op::Le),
};

constexpr Handlers unaryTable[] = {
    {Op::Not, nullptr, nullptr, &apply1<I, I, [](I a) { return ~a; }>, &apply1<I, I, [](I a) { return ~a; }>},
    {Op::Neg, &apply1<float, float, [](float a) { return -a; }>, &apply1<double, double, [](double a) { return -a; }>,
     &apply1<I, I, &negate>, &apply1<I, I, &negate>},
    {Op::Abs, &apply1<float, float, [](float a) { return std::fabs(a); }>,
     &apply1<double, double, [](double a) { return std::fabs(a); }>,
     &apply1<I, I, [](I a) { return a < 0 ? negate(a) : a; }>, &apply1<I, I, [](I a) { return a; }>},
    onFloats<[](auto a) { return std::sqrt(a); }>(Op::Sqrt),
    onFloats<[](auto a) { return std::floor(a); }>(Op::Floor),
    onFloats<[](auto a) { return std::ceil(a); }>(Op::Ceil),
    onFloats<[](auto a) { return std::trunc(a); }>(Op::Trunc),
    onFloats<[](auto a) { return std::nearbyint(a); }>(Op::Round),
};

template<class T>
const Instruction* fused(Machine& m, const Instruction* x)
{
    T& target = as<T>(m.registers[x->target]);
    const T a = as<T>(m.registers[x->a]), b = as<T>(m.registers[x->b]), c = as<T>(m.registers[x->c]);
    if constexpr (std::is_floating_point_v<T>)
        target = std::fma(a, b, c);
    else
        target = a * b + c;
    return x + 1;
}

std::string indexText(const Machine& m, const Instruction* x)
{
    std::string text;
    for (int k = 0; k < x->count; ++k)
        text += (k ? ", " : "") + std::to_string(m.registers[m.program.lists[x->b + k]].i);
    return "[" + text + "]";
}

const Instruction* outOfBounds(Machine& m, const Instruction* x, const char* verb)
{
    const Buffer& buffer = m.program.buffers[x->a];
    return m.fail(x, std::string(verb) + " " + buffer.name + indexText(m, x) + ", outside " + buffer.name + ": "
                         + toString(buffer.type));
}

// The element of the buffer's memory; -1 if an index is out of bounds.
std::int64_t offset(const Machine& m, const Instruction* x, const View& view)
{
    const std::int32_t* list = m.program.lists.data() + x->b;
    std::int64_t sum = view.first;
    for (int k = 0; k < x->count; ++k) {
        const std::int64_t index = m.registers[list[k]].i;
        if (std::uint64_t(index) >= std::uint64_t(view.extents[k]))
            return -1;
        sum += index * view.strides[k];
    }
    return sum;
}

inline void readElement(DType type, Register& target, const std::byte* data, std::int64_t index)
{
    if (type == DType::F32)
        std::memcpy(&target.f, data + index * std::int64_t(sizeof target.f), sizeof target.f);
    else if (type == DType::F64)
        std::memcpy(&target.d, data + index * std::int64_t(sizeof target.d), sizeof target.d);
    else if (isFloat(type))
        target.f = float(readFloat(type, data, index));
    else
        target.i = readInteger(type, data, index);
}

inline void writeElement(DType type, const Register& value, std::byte* data, std::int64_t index)
{
    if (type == DType::F32)
        std::memcpy(data + index * std::int64_t(sizeof value.f), &value.f, sizeof value.f);
    else if (type == DType::F64)
        std::memcpy(data + index * std::int64_t(sizeof value.d), &value.d, sizeof value.d);
    else if (isFloat(type))
        writeFloat(type, data, index, value.f);
    else
        writeInteger(type, data, index, value.i);
}

template<DType type>
const Instruction* loadElement(Machine& m, const Instruction* x)
{
    const View& view = m.views[x->a];
    const std::int64_t at = offset(m, x, view);
    if (at < 0)
        return outOfBounds(m, x, "reads");
    readElement(type, m.registers[x->target], view.data, at);
    return x + 1;
}

template<DType type>
const Instruction* storeElement(Machine& m, const Instruction* x)
{
    const View& view = m.views[x->a];
    const std::int64_t at = offset(m, x, view);
    if (at < 0)
        return outOfBounds(m, x, "writes");
    writeElement(type, m.registers[x->c], view.data, at);
    return x + 1;
}

// The handler made for the type.
template<template<DType> class Made, std::size_t... all>
Handler made(DType type, std::index_sequence<all...>)
{
    static constexpr Handler table[]{Made<DType(all)>::handler...};
    return std::size_t(type) < sizeof...(all) ? table[std::size_t(type)] : nullptr;
}
using AllTypes = std::make_index_sequence<std::size_t(DType::String) + 1>;

template<DType type>
struct Loading {
    static constexpr Handler handler = &loadElement<type>;
};
template<DType type>
struct Storing {
    static constexpr Handler handler = &storeElement<type>;
};

template<class T>
const Instruction* floatToInteger(Machine& m, const Instruction* x)
{
    m.registers[x->target].i = saturateTo(x->type, double(as<T>(m.registers[x->a])));
    return x + 1;
}

const Instruction* wrap(Machine& m, const Instruction* x)
{
    m.registers[x->target].i = wrapTo(x->type, m.registers[x->a].i);
    return x + 1;
}

Handler castFromFloat(DType from, DType to)
{
    const bool wide = from == DType::F64;
    if (!isFloat(to))
        return wide ? &floatToInteger<double> : &floatToInteger<float>;
    if (to == DType::F64)
        return wide ? &control::move : &apply1<double, float, [](float a) { return double(a); }>;
    return wide ? &apply1<float, double, [](double a) { return float(a); }> : &control::move;
}

Handler castFromInteger(DType from, DType to)
{
    if (!isFloat(to))
        return &wrap;
    if (from == DType::U64)
        return to == DType::F64 ? &apply1<double, U, [](U a) { return double(a); }>
                                : &apply1<float, U, [](U a) { return float(a); }>;
    return to == DType::F64 ? &apply1<double, I, [](I a) { return double(a); }>
                            : &apply1<float, I, [](I a) { return float(a); }>;
}

const Instruction* rounded(Machine& m, const Instruction* x)
{
    m.registers[x->target].f = roundToShort(x->type, m.registers[x->a].f);
    return x + 1;
}

// Through the bytes of an element: what a Bitcast means. `count` holds the type it comes from.
const Instruction* reinterpret(Machine& m, const Instruction* x)
{
    std::byte bytes[8]{};
    writeElement(DType(x->count), m.registers[x->a], bytes, 0);
    readElement(x->type, m.registers[x->target], bytes, 0);
    return x + 1;
}

}  // namespace

Handler unaryHandler(Op op, DType type)
{
    if (op == Op::Not && type == DType::Bool)
        return &apply1<I, I, [](I a) { return a ^ 1; }>;
    return find(unaryTable, op, type);
}

Handler binaryHandler(Op op, DType type) { return find(binaryTable, op, type); }

Handler fmaHandler(DType type)
{
    if (type == DType::F64)
        return &fused<double>;
    return isFloat(type) ? &fused<float> : &fused<std::uint64_t>;
}

Handler loadHandler(DType type) { return made<Loading>(type, AllTypes()); }

Handler storeHandler(DType type) { return made<Storing>(type, AllTypes()); }

Handler castHandler(DType from, DType to)
{
    return isFloat(from) ? castFromFloat(from, to) : castFromInteger(from, to);
}

Handler bitcastHandler(DType from, DType to) { return bitSize(from) == bitSize(to) ? &reinterpret : nullptr; }

Handler normalizeHandler(DType type)
{
    if (isShortFloat(type))
        return &rounded;
    return isFloat(type) || byteSize(type) == 8 || type == DType::Bool ? nullptr : &wrap;
}

}  // namespace strata::reference
