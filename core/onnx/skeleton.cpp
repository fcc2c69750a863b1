// A walk over the wire format along the one path on which weights lie: ModelProto.graph, GraphProto.initializer,
// TensorProto.raw_data. All else is copied as it stands, so that protobuf parses what the file has but for those bytes,
// over which the walk seeks. A model of a gigabyte opens by reading a megabyte.
#include "core/onnx/skeleton.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/wire_format_lite.h>

#include <unistd.h>

namespace strata::onnx {

namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr std::uint32_t smallestLeftOut = 4096;  // smaller data are cheaper to hold than to look up

std::uint32_t tagOf(int field) { return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED); }
const std::uint32_t graphTag = tagOf(::onnx::ModelProto::kGraphFieldNumber);
const std::uint32_t initializerTag = tagOf(::onnx::GraphProto::kInitializerFieldNumber);
const std::uint32_t rawDataTag = tagOf(::onnx::TensorProto::kRawDataFieldNumber);

void appendVarint(std::string& to, std::uint64_t value)
{
    std::uint8_t bytes[10];
    const std::uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, bytes);
    to.append(reinterpret_cast<const char*>(bytes), std::size_t(end - bytes));
}

class Walk {
public:
    Walk(CodedInputStream& in, Skeleton& skeleton)
        : m_in(in)
        , m_skeleton(skeleton)
    {
    }

    bool model(std::string& out)
    {
        return fields(
            [&](std::uint32_t tag) { return tag == graphTag ? nested(out, tag, &Walk::graph) : copy(out, tag); });
    }

private:
    using Message = bool (Walk::*)(std::string&);

    // Each field up to the limit of the message.
    template<class Field>
    bool fields(Field field)
    {
        while (const std::uint32_t tag = m_in.ReadTag())
            if (!field(tag))
                return false;
        return m_in.ConsumedEntireMessage();
    }

    bool nested(std::string& out, std::uint32_t tag, Message message)
    {
        std::uint32_t length = 0;
        if (!m_in.ReadVarint32(&length) || length > std::uint32_t(largestMessage))
            return false;
        const auto outer = m_in.PushLimit(int(length));
        const int begin = m_in.CurrentPosition();
        std::string inner;
        if (!(this->*message)(inner) || m_in.CurrentPosition() - begin != int(length))
            return false;
        m_in.PopLimit(outer);
        appendNested(out, tag, inner);
        return true;
    }

    bool graph(std::string& out)
    {
        return fields([&](std::uint32_t tag) {
            return tag == initializerTag ? nested(out, tag, &Walk::initializer) : copy(out, tag);
        });
    }

    bool initializer(std::string& out)
    {
        const int position = m_initializers++;
        return fields([&](std::uint32_t tag) { return tag == rawDataTag ? rawData(out, position) : copy(out, tag); });
    }

    bool rawData(std::string& out, int position)
    {
        std::uint32_t length = 0;
        if (!m_in.ReadVarint32(&length) || m_skeleton.weights.count(position))
            return false;
        if (length < smallestLeftOut)
            return bytes(out, rawDataTag, length);
        m_skeleton.weights[position] = {std::uint64_t(m_in.CurrentPosition()), length};
        return m_in.Skip(int(length));
    }

    bool copy(std::string& out, std::uint32_t tag)
    {
        std::uint64_t value = 0;
        switch (WireFormatLite::GetTagWireType(tag)) {
        case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
            std::uint32_t length = 0;
            return m_in.ReadVarint32(&length) && bytes(out, tag, length);
        }
        case WireFormatLite::WIRETYPE_VARINT:
            appendVarint(out, tag);
            if (!m_in.ReadVarint64(&value))
                return false;
            appendVarint(out, value);
            return true;
        case WireFormatLite::WIRETYPE_FIXED32: return fixed(out, tag, 4);
        case WireFormatLite::WIRETYPE_FIXED64: return fixed(out, tag, 8);
        default: return false;  // groups, which ONNX does not have
        }
    }

    bool fixed(std::string& out, std::uint32_t tag, int size)
    {
        char value[8];
        appendVarint(out, tag);
        if (!m_in.ReadRaw(value, size))
            return false;
        out.append(value, std::size_t(size));
        return true;
    }

    bool bytes(std::string& out, std::uint32_t tag, std::uint32_t length)
    {
        std::string text;
        if (length > std::uint32_t(largestMessage) || !m_in.ReadString(&text, int(length)))
            return false;
        appendNested(out, tag, text);
        return true;
    }

    static void appendNested(std::string& out, std::uint32_t tag, const std::string& message)
    {
        appendVarint(out, tag);
        appendVarint(out, message.size());
        out += message;
    }

    CodedInputStream& m_in;
    Skeleton& m_skeleton;
    int m_initializers = 0;
};

}  // namespace

std::optional<Skeleton> skeletonOf(const SourceFilePtr& file)
{
    // Seeking through a descriptor of its own moves the place of the file's, too, which nobody else uses.
    const int descriptor = file->size() <= std::uint64_t(largestMessage) ? ::dup(file->descriptor()) : -1;
    if (descriptor < 0)
        return std::nullopt;
    google::protobuf::io::FileInputStream stream(descriptor);
    stream.SetCloseOnDelete(true);
    CodedInputStream coded(&stream);
    coded.SetTotalBytesLimit(int(largestMessage));
    Skeleton skeleton;
    const bool whole = Walk(coded, skeleton).model(skeleton.message)
                       && std::uint64_t(coded.CurrentPosition()) == file->size();
    return whole ? std::optional(std::move(skeleton)) : std::nullopt;
}

}  // namespace strata::onnx
