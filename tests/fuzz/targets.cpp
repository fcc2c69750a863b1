#include "tests/fuzz/targets.h"

#include "core/onnx/import.h"
#include "core/tensor/npy.h"
#include "core/tensor/npz.h"
#include "core/text/text.h"
#include "core/verify/verify.h"

#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace fuzz {
using namespace strata;

namespace {

// The folder of this process's files, in memory where the system has such a place.
struct Folder {
    std::filesystem::path path;
    Folder()
    {
        const std::filesystem::path memory = "/dev/shm";
        path = (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path())
               / ("strata-fuzz-" + std::to_string(::getpid()));
        std::filesystem::create_directories(path);
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

std::string written(const std::string& name, std::string_view bytes)
{
    static const Folder folder;
    const std::string path = (folder.path / name).string();
    std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
    return path;
}

[[noreturn]] void fail(const std::string& what, const std::string& more)
{
    std::fprintf(stderr, "fuzz: %s\n%s\n", what.c_str(), more.c_str());
    std::abort();
}

void survivesPrinting(const Module& module)
{
    const std::string printed = print(module);
    // Constants whose elements the text leaves out are those of the module.
    const ConstantLookup lookup = [&](const std::string& name, const TensorType&) -> Result<ConstantPtr> {
        const auto found = module.constants.find(name);
        if (found == module.constants.end())
            return refused("There is no constant " + name + ".");
        return found->second;
    };
    const Result<ModulePtr> again = parseModule(printed, lookup);
    if (!again)
        fail("what was printed does not parse: " + again.error().text(), printed);
    if (const std::string second = print(**again); second != printed)
        fail("printed and parsed, a module is another", printed + "\n--- again\n" + second);
}

}  // namespace

void model(std::string_view bytes)
{
    static const google::protobuf::LogSilencer silent;
    if (const Result<onnx::Imported> imported = onnx::importModel(written("model.onnx", bytes)))
        survivesPrinting(*imported->module);
}

void text(std::string_view bytes)
{
    const Result<ModulePtr> module = parseModule(bytes);
    if (!module)
        return;
    survivesPrinting(**module);
    examine(**module);
}

void tensor(std::string_view bytes)
{
    if (bytes.empty())
        return;
    static const google::protobuf::LogSilencer silent;
    const std::string_view data = bytes.substr(1);
    const auto read = [&]() -> Result<Tensor> {
        switch (bytes[0] % 3) {
        case 0: return onnx::readTensor(written("tensor.pb", data));
        case 1: return parseNpy(std::string(data), "tensor.npy");
        default: return readNpz(written("tensor.npz", data), "");
        }
    };
    if (const Result<Tensor> found = read()) {
        const auto wanted = byteCount(found->type);
        const bool fits = found->type.dtype == DType::String ? std::int64_t(found->strings.size()) == found->count()
                                                             : wanted && *wanted == std::int64_t(found->bytes.size());
        if (!fits)
            fail("a tensor holds another number of bytes than its type says", toString(found->type));
    }
}

}  // namespace fuzz
