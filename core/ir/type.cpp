#include "core/ir/type.h"

namespace strata {

std::string toString(const TensorType& type)
{
    return std::string(name(type.dtype)) + (type.ranked ? toString(type.shape) : "[...]");
}

std::string toString(const ValueType& type)
{
    switch (type.kind) {
    case ValueType::Kind::Sequence: return "sequence(" + toString(type.tensor) + ")";
    case ValueType::Kind::Optional: return "optional(" + toString(type.tensor) + ")";
    case ValueType::Kind::Unknown: return "unknown";
    case ValueType::Kind::Tensor: break;
    }
    return toString(type.tensor);
}

std::optional<std::int64_t> byteCount(const TensorType& type)
{
    if (!type.ranked)
        return std::nullopt;
    std::optional<std::int64_t> count = elementCount(type.shape);
    if (!count || *count > (std::int64_t(1) << 58))
        return std::nullopt;
    return byteCount(type.dtype, *count);
}

const char* name(Scope scope)
{
    switch (scope) {
    case Scope::Global: return "global";
    case Scope::Shared: return "shared";
    case Scope::Local: return "local";
    }
    return "global";
}

}  // namespace strata
