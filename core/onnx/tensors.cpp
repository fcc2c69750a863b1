// TensorProto to constants and tensors.
#include "core/onnx/proto.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace strata::onnx {

namespace {

using ::onnx::TensorProto;

// Those above 16 came after the protobuf classes that Debian has.
constexpr std::pair<std::int32_t, DType> types[] = {
    {TensorProto::BOOL, DType::Bool},   {TensorProto::INT8, DType::I8},       {TensorProto::INT16, DType::I16},
    {TensorProto::INT32, DType::I32},   {TensorProto::INT64, DType::I64},     {TensorProto::UINT8, DType::U8},
    {TensorProto::UINT16, DType::U16},  {TensorProto::UINT32, DType::U32},    {TensorProto::UINT64, DType::U64},
    {TensorProto::FLOAT16, DType::F16}, {TensorProto::BFLOAT16, DType::BF16}, {TensorProto::FLOAT, DType::F32},
    {TensorProto::DOUBLE, DType::F64},  {TensorProto::STRING, DType::String}, {17, DType::F8E4M3FN},
    {18, DType::F8E4M3FNUZ},            {19, DType::F8E5M2},                  {20, DType::F8E5M2FNUZ},
    {21, DType::U4},                    {22, DType::I4},                      {23, DType::F4E2M1},
    {24, DType::F8E8M0},                {25, DType::U2},                      {26, DType::I2},
};

Error tensorError(const TensorProto& proto, const std::string& what)
{
    return refused(
        say("The tensor {} {}", proto.name().empty() ? std::string("without a name") : "'" + proto.name() + "'", what));
}

// Where the tensor's raw data lie, if they stayed in the model's file.
const RawData* dataInFile(const TensorProto& proto, const Storage& storage)
{
    if (!storage.model)
        return nullptr;
    const auto found = storage.model->weights.find(&proto);
    return found == storage.model->weights.end() ? nullptr : &found->second;
}

// The data stand in one field, and all of them in this message.
Status checkData(const TensorProto& proto, bool raw)
{
    const bool held[]{raw,
                      proto.float_data_size() > 0,
                      proto.int32_data_size() > 0,
                      proto.int64_data_size() > 0,
                      proto.uint64_data_size() > 0,
                      proto.double_data_size() > 0,
                      proto.string_data_size() > 0,
                      proto.data_location() == TensorProto::EXTERNAL};
    if (std::count(std::begin(held), std::end(held), true) > 1)
        return tensorError(proto, "holds its data in two ways.");
    if (proto.has_segment())
        return tensorError(proto, "is a segment of a larger one, which Strata does not read.");
    return {};
}

Result<TensorType> typeOf(const TensorProto& proto)
{
    const auto dtype = dtypeOf(proto.data_type());
    if (!dtype)
        return tensorError(proto,
                           "has the element type " + typeNameOf(proto.data_type()) + ", which Strata does not hold.");
    Shape shape;
    for (const std::int64_t size : proto.dims()) {
        if (size < 0)
            return tensorError(proto, "has a negative size.");
        shape.emplace_back(size);
    }
    if (!elementCount(shape))
        return tensorError(proto, "has more elements than 2^62.");
    return TensorType{*dtype, std::move(shape)};
}

template<class T, class List>
BytesPtr packed(const List& list)
{
    auto bytes = std::make_shared<Bytes>(std::size_t(list.size()) * sizeof(T));
    for (int i = 0; i < list.size(); ++i) {
        const T value = T(list.Get(i));
        std::memcpy(bytes->data() + std::size_t(i) * sizeof(T), &value, sizeof value);
    }
    return bytes;
}

// The data of the fields for types; int32_data holds every type of at most 32 bits, short floats as their bits, packed
// ones a byte a number.
BytesPtr typedData(const TensorProto& proto, DType dtype)
{
    switch (dtype) {
    case DType::Bool:
    case DType::I2:
    case DType::I4:
    case DType::I8:
    case DType::U2:
    case DType::U4:
    case DType::U8:
    case DType::F4E2M1:
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ:
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ:
    case DType::F8E8M0: return packed<std::uint8_t>(proto.int32_data());
    case DType::I16:
    case DType::U16:
    case DType::F16:
    case DType::BF16: return packed<std::uint16_t>(proto.int32_data());
    case DType::I32: return packed<std::int32_t>(proto.int32_data());
    case DType::I64: return packed<std::int64_t>(proto.int64_data());
    case DType::U32: return packed<std::uint32_t>(proto.uint64_data());
    case DType::U64: return packed<std::uint64_t>(proto.uint64_data());
    case DType::F32: return packed<float>(proto.float_data());
    case DType::F64: return packed<double>(proto.double_data());
    case DType::String: break;
    }
    return std::make_shared<Bytes>(packStrings({proto.string_data().begin(), proto.string_data().end()}));
}

std::string externalEntry(const TensorProto& proto, const std::string& key)
{
    for (const auto& entry : proto.external_data())
        if (entry.key() == key)
            return entry.value();
    return {};
}

Result<std::uint64_t> externalNumber(const TensorProto& proto, const std::string& key, std::uint64_t otherwise)
{
    const std::string text = externalEntry(proto, key);
    if (text.empty())
        return otherwise;
    if (text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
        return tensorError(proto, "has external data whose " + key + " is '" + text + "', which is no number.");
    return std::uint64_t(std::stoull(text));
}

bool isInside(const std::filesystem::path& folder, const std::filesystem::path& file)
{
    const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
    return end == folder.end() || (end->empty() && std::next(end) == folder.end());
}

// The file of external data, which must lie in the model's folder after every link is followed.
Result<std::string> externalPath(const TensorProto& proto, const std::string& folder)
{
    const std::filesystem::path location = externalEntry(proto, "location");
    const std::string shown = "keeps its data in '" + location.string() + "', ";
    if (folder.empty())
        return tensorError(proto, shown + "but external data is not allowed here.");
    bool upwards = false;
    for (const auto& part : location)
        upwards = upwards || part == "..";
    if (location.empty() || location.is_absolute() || upwards)
        return tensorError(proto, shown + "which points outside the model's folder.");
    std::error_code error;
    const auto inside = std::filesystem::canonical(folder, error);
    const auto path = std::filesystem::canonical(std::filesystem::path(folder) / location, error);
    if (error)
        return environmentError("The tensor '" + proto.name() + "' " + shown + "which is not there.",
                                "Put the file beside the model.");
    if (!isInside(inside, path))
        return tensorError(proto, shown + "which points outside the model's folder.");
    return path.string();
}

Result<ConstantPtr> externalConstant(const TensorProto& proto, const TensorType& type, Storage& storage)
{
    if (type.dtype == DType::String)
        return tensorError(proto, "holds strings as external data, which ONNX does not allow.");
    STRATA_TRY(const std::string path, externalPath(proto, storage.folder));
    STRATA_TRY(const std::uint64_t offset, externalNumber(proto, "offset", 0));
    const auto needed = std::uint64_t(byteCount(type).value_or(0));
    STRATA_TRY(const std::uint64_t length, externalNumber(proto, "length", needed));
    if (length < needed)
        return tensorError(proto, "needs " + std::to_string(needed) + " bytes of external data, its length is "
                                      + std::to_string(length) + ".");
    SourceFilePtr& file =
        storage.files[(std::filesystem::path(storage.folder) / externalEntry(proto, "location")).string()];
    if (!file) {
        STRATA_TRY(file, SourceFile::open(path));
    }
    return Constant::fromFile(type, file, offset, needed);
}

Status checkByteCount(const TensorProto& proto, const TensorType& type, std::size_t given)
{
    if (type.dtype == DType::String || byteCount(type) == std::int64_t(given))
        return {};
    return tensorError(proto, "is " + toString(type) + " and takes " + std::to_string(byteCount(type).value_or(0))
                                  + " bytes, but holds " + std::to_string(given) + ".");
}

}  // namespace

std::optional<DType> dtypeOf(std::int32_t onnxType)
{
    for (const auto& [number, dtype] : types)
        if (number == onnxType)
            return dtype;
    return std::nullopt;
}

std::int32_t onnxTypeOf(DType type)
{
    for (const auto& [number, dtype] : types)
        if (dtype == type)
            return number;
    return TensorProto::UNDEFINED;
}

std::string typeNameOf(std::int32_t onnxType)
{
    static const std::map<std::int32_t, std::string> names{
        {0, "UNDEFINED"}, {14, "COMPLEX64"}, {15, "COMPLEX128"}, {27, "FLOAT6E2M3"}, {28, "FLOAT6E3M2"}};
    if (const auto dtype = dtypeOf(onnxType))
        return name(*dtype);
    const auto it = names.find(onnxType);
    return it == names.end() ? "number " + std::to_string(onnxType) : it->second;
}

Result<ConstantPtr> toConstant(const TensorProto& proto, Storage& storage)
{
    STRATA_TRY(TensorType type, typeOf(proto));
    const RawData* inFile = dataInFile(proto, storage);
    STRATA_CHECK(checkData(proto, inFile || proto.has_raw_data()));
    if (proto.data_location() == TensorProto::EXTERNAL)
        return externalConstant(proto, type, storage);
    if (inFile && type.dtype != DType::String) {
        STRATA_CHECK(checkByteCount(proto, type, inFile->length));
        return Constant::fromFile(std::move(type), storage.model->file, inFile->offset, inFile->length);
    }
    if (proto.has_raw_data() && type.dtype != DType::String) {  // copied: the message may be made for one node
        const std::string& raw = proto.raw_data();
        STRATA_CHECK(checkByteCount(proto, type, raw.size()));
        const auto* const data = reinterpret_cast<const std::byte*>(raw.data());
        return Constant::fromBytes(std::move(type), std::make_shared<const Bytes>(data, data + raw.size()));
    }
    BytesPtr bytes = typedData(proto, type.dtype);
    STRATA_CHECK(checkByteCount(proto, type, bytes->size()));
    return Constant::fromBytes(std::move(type), std::move(bytes));
}

Result<Tensor> toTensor(const TensorProto& proto)
{
    Storage storage;
    STRATA_TRY(const ConstantPtr constant, toConstant(proto, storage));
    return strata::toTensor(*constant);
}

}  // namespace strata::onnx
