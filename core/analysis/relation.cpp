// isl behind a value class: text in, relations out, one place where its reference counts and error codes are handled.
//
// Only what isl decides exactly is handed to it: sums, products with constants, quotients and remainders by positive
// constants, min, max, comparisons and logic. toIsl is nullopt for all else, and whoever asks must then leave a
// constraint out, which makes a relation larger and a proof harder, never wrong. isl gives up after a quota of
// operations; its null relations count as not empty, and failure() says why.
#include "core/analysis/relation.h"

#include <isl/ctx.h>
#include <isl/map.h>
#include <isl/options.h>
#include <isl/point.h>
#include <isl/set.h>
#include <isl/val.h>

#include <utility>

namespace strata {

IslContext::IslContext(unsigned long operations)
    : m_ctx(isl_ctx_alloc())
{
    isl_options_set_on_error(m_ctx, ISL_ON_ERROR_CONTINUE);
    isl_ctx_set_max_operations(m_ctx, operations);
}

IslContext::~IslContext() { isl_ctx_free(m_ctx); }

std::string IslContext::failure() const
{
    switch (isl_ctx_last_error(m_ctx)) {
    case isl_error_none: return {};
    case isl_error_quota: return "The exact analysis used up its quota of operations.";
    default:
        return "The exact analysis fails: "
               + std::string(isl_ctx_last_error_msg(m_ctx) ? isl_ctx_last_error_msg(m_ctx) : "unknown error") + ".";
    }
}

Relation::Relation(const IslContext& context, const std::string& text)
    : m_map(isl_map_read_from_str(context.get(), text.c_str()))
{
}
Relation::Relation(const Relation& other)
    : m_map(isl_map_copy(other.m_map))
{
}
Relation::Relation(Relation&& other) noexcept
    : m_map(std::exchange(other.m_map, nullptr))
{
}
Relation::~Relation() { isl_map_free(m_map); }

Relation& Relation::operator=(Relation other) noexcept
{
    std::swap(m_map, other.m_map);
    return *this;
}

namespace {

// The name that asParameter made this of.
std::string ofParameter(const std::string& parameter)
{
    std::string name;
    for (std::size_t i = 2; i < parameter.size(); ++i)
        if (parameter[i] == '_' && i + 2 < parameter.size()) {
            name += char(std::stoi(parameter.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            name += parameter[i];
        }
    return name;
}

}  // namespace

Relation Relation::inverse() const { return Relation(isl_map_reverse(isl_map_copy(m_map))); }
Relation Relation::then(const Relation& next) const
{
    return Relation(isl_map_apply_range(isl_map_copy(m_map), isl_map_copy(next.m_map)));
}
Relation Relation::operator&(const Relation& other) const
{
    return Relation(isl_map_intersect(isl_map_copy(m_map), isl_map_copy(other.m_map)));
}
Relation Relation::operator|(const Relation& other) const
{
    return Relation(isl_map_union(isl_map_copy(m_map), isl_map_copy(other.m_map)));
}
Relation Relation::operator-(const Relation& other) const
{
    return Relation(isl_map_subtract(isl_map_copy(m_map), isl_map_copy(other.m_map)));
}
bool Relation::empty() const { return isl_map_is_empty(m_map) == isl_bool_true; }
bool Relation::injective() const { return isl_map_is_injective(m_map) == isl_bool_true; }

std::optional<Relation::Pair> Relation::sample() const
{
    if (!m_map || isl_map_is_empty(m_map) != isl_bool_false)
        return std::nullopt;
    const auto inputs = isl_map_dim(m_map, isl_dim_in), outputs = isl_map_dim(m_map, isl_dim_out);
    const auto sizes = isl_map_dim(m_map, isl_dim_param);
    std::vector<std::string> names;
    for (int i = 0; i < sizes; ++i)
        names.push_back(ofParameter(isl_map_get_dim_name(m_map, isl_dim_param, unsigned(i))));
    isl_set* pairs = isl_set_flatten(isl_map_wrap(isl_map_copy(m_map)));
    pairs = isl_set_move_dims(pairs, isl_dim_set, 0, isl_dim_param, 0, unsigned(sizes));  // the smallest sizes first
    isl_point* point = isl_set_sample_point(isl_set_lexmin(pairs));
    if (!point)
        return std::nullopt;
    Pair pair;
    for (int i = 0; i < sizes + inputs + outputs; ++i) {
        isl_val* coordinate = isl_point_get_coordinate_val(point, isl_dim_set, i);
        const std::int64_t value = isl_val_get_num_si(coordinate);
        isl_val_free(coordinate);
        if (i < sizes)
            pair.sizes[names[std::size_t(i)]] = value;
        else
            (i < sizes + inputs ? pair.from : pair.to).push_back(value);
    }
    isl_point_free(point);
    return pair;
}

std::string asParameter(const std::string& size)
{
    static const char* digits = "0123456789abcdef";
    std::string text = "p_";
    for (const unsigned char c : size)
        if (std::isalnum(c))
            text += char(c);
        else
            text += {'_', digits[c >> 4], digits[c & 15]};
    return text;
}

std::string parameters(const std::vector<std::string>& sizes)
{
    std::string text;
    for (const std::string& size : sizes)
        text += (text.empty() ? "[" : ", ") + asParameter(size);
    return text.empty() ? "" : text + "] -> ";
}

namespace {

using Names = std::map<std::string, std::string>;
using Text = std::optional<std::string>;

Text infix(const Expr& e, const Names& names, const char* symbol)
{
    const Text a = toIsl(e.args[0], names), b = toIsl(e.args[1], names);
    return a && b ? Text("(" + *a + symbol + *b + ")") : std::nullopt;
}

Text function(const Expr& e, const Names& names, const char* symbol)
{
    const Text a = toIsl(e.args[0], names), b = toIsl(e.args[1], names);
    return a && b ? Text(std::string(symbol) + "(" + *a + ", " + *b + ")") : std::nullopt;
}

Text product(const Expr& e, const Names& names)
{
    const bool first = e.args[0]->op == Op::Const;
    if (!first && e.args[1]->op != Op::Const)
        return std::nullopt;
    const Text other = toIsl(e.args[first ? 1 : 0], names);
    return other ? Text("(" + std::to_string(e.args[first ? 0 : 1]->i) + "*" + *other + ")") : std::nullopt;
}

Text division(const Expr& e, const Names& names)
{
    const Text a = toIsl(e.args[0], names);
    if (!a || e.args[1]->op != Op::Const || e.args[1]->i <= 0)
        return std::nullopt;
    const std::string divisor = std::to_string(e.args[1]->i);
    return e.op == Op::FloorDiv ? "floor((" + *a + ")/" + divisor + ")" : "((" + *a + ") mod " + divisor + ")";
}

Text logic(const Expr& e, const Names& names)
{
    return e.type == DType::Bool ? infix(e, names, e.op == Op::And ? " and " : " or ") : std::nullopt;
}

Text comparison(const Expr& e, const Names& names, const char* symbol)
{
    return e.args[0]->type == DType::I64 ? infix(e, names, symbol) : std::nullopt;
}

}  // namespace

std::optional<std::string> toIsl(const ExprPtr& e, const Names& names)
{
    if (e->type != DType::I64 && e->type != DType::Bool)
        return std::nullopt;
    switch (e->op) {
    case Op::Const: return e->type == DType::I64 ? "(" + std::to_string(e->i) + ")" : e->i ? "1 = 1" : "1 = 0";
    case Op::Var: {
        auto found = names.find(e->name);
        return e->type == DType::I64 && found != names.end() ? Text(found->second) : std::nullopt;
    }
    case Op::Add: return infix(*e, names, " + ");
    case Op::Sub: return infix(*e, names, " - ");
    case Op::Mul: return e->type == DType::I64 ? product(*e, names) : std::nullopt;
    case Op::FloorDiv:
    case Op::FloorMod: return division(*e, names);
    case Op::Min:
    case Op::Minimum: return function(*e, names, "min");
    case Op::Max:
    case Op::Maximum: return function(*e, names, "max");
    case Op::And:
    case Op::Or: return logic(*e, names);
    case Op::Eq: return comparison(*e, names, " = ");
    case Op::Ne: return comparison(*e, names, " != ");
    case Op::Lt: return comparison(*e, names, " < ");
    case Op::Le: return comparison(*e, names, " <= ");
    case Op::Not: {
        const Text a = e->type == DType::Bool ? toIsl(e->args[0], names) : std::nullopt;
        return a ? Text("not (" + *a + ")") : std::nullopt;
    }
    case Op::Neg: {
        const Text a = toIsl(e->args[0], names);
        return a ? Text("(-" + *a + ")") : std::nullopt;
    }
    case Op::Abs: {
        const Text a = toIsl(e->args[0], names);
        return a ? Text("max(" + *a + ", -" + *a + ")") : std::nullopt;
    }
    default: return std::nullopt;
    }
}

}  // namespace strata
