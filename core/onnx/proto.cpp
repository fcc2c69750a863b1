#include "core/onnx/proto.h"

#include "core/onnx/skeleton.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata::onnx {

namespace {

class File {
public:
    explicit File(const std::string& path)
        : m_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))
    {
    }
    ~File()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    int descriptor() const { return m_descriptor; }
    // -1 if this is no regular file.
    std::int64_t size() const
    {
        struct stat facts { };
        return m_descriptor >= 0 && ::fstat(m_descriptor, &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_size : -1;
    }

private:
    int m_descriptor;
};

bool parseWhole(const std::string& bytes, google::protobuf::MessageLite& message)
{
    google::protobuf::io::CodedInputStream coded(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                 int(bytes.size()));
    coded.SetRecursionLimit(deepestMessage);
    return message.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
}

}  // namespace

Status parseFile(const std::string& path, const std::string& what, google::protobuf::MessageLite& message)
{
    const File file(path);
    if (file.descriptor() < 0)
        return environmentError("The file " + path + " cannot be opened: " + std::strerror(errno) + ".");
    if (file.size() < 0)
        return refused(say("{} is not a file.", path));
    if (file.size() > largestMessage)
        return refused(say("The file {} is larger than the 2 GB that a protobuf file may have.", path), {},
                       "Save its weights as external data.");
    google::protobuf::io::FileInputStream stream(file.descriptor());
    google::protobuf::io::CodedInputStream coded(&stream);
    coded.SetTotalBytesLimit(int(largestMessage));
    coded.SetRecursionLimit(deepestMessage);
    if (!message.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage())
        return refused(say("The file {} is not {}: it is damaged, cut off at byte {} of {}, or of another kind.", path,
                           what, coded.CurrentPosition(), file.size()));
    return {};
}

Result<std::shared_ptr<const ModelFile>> parseModel(const std::string& path)
{
    auto model = std::make_shared<ModelFile>();
    const Result<SourceFilePtr> file = SourceFile::open(path);
    const std::optional<Skeleton> skeleton = file ? skeletonOf(*file) : std::nullopt;
    if (!skeleton || !parseWhole(skeleton->message, model->proto)) {
        model->proto.Clear();
        STRATA_CHECK(parseFile(path, "an ONNX model", model->proto));
        return std::shared_ptr<const ModelFile>(std::move(model));
    }
    model->file = *file;
    for (const auto& [position, data] : skeleton->weights)
        model->weights.emplace(&model->proto.graph().initializer(position), data);
    return std::shared_ptr<const ModelFile>(std::move(model));
}

}  // namespace strata::onnx
