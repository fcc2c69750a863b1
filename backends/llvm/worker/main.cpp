// strata-compiler: holds LLVM and LLD, answers requests over a pipe (see protocol.h), one at a time. What LLVM aborts
// on ends this process only.
#include "backends/devices.h"
#include "backends/llvm/codegen/compile.h"
#include "backends/llvm/protocol.h"
#include "backends/llvm/worker/build.h"
#include "backends/process/temporary.h"
#include "core/text/text.h"

#include <optional>

using namespace strata;

namespace {

// What a function made for a device becomes there: its kernels, by the first device of this build that takes it.
std::optional<FunctionCode> kernelText(const Function& function)
{
    for (const DeviceBackend& device : devices()) {
        const Result<KernelProgram> program = device.kernels(function);
        if (!program)
            continue;
        FunctionCode code;
        for (KernelLine& line : device.lines(function, *program)) {
            code.codeBytes += std::int64_t(line.text.size()) + 1;
            code.assembly.push_back({std::move(line.text), std::move(line.cursors)});
        }
        return code;
    }
    return std::nullopt;
}

Result<FunctionPtr> functionOf(const Module& module, const Json& request)
{
    FunctionPtr function = module.find(request.at("function").get<std::string>());
    if (!function)
        return bug("The request names a function that its module does not have.");
    return function;
}

class Server {
public:
    Result<Message> answer(const Message& message, const std::function<void(const std::string&, double)>& progress)
    {
        const Json request = Json::parse(message.json, nullptr, false);
        if (!request.is_object() || !request.contains("do"))
            return bug("The compiler gets a request that it cannot read.");
        const std::string what = request["do"];
        if (what == "passes")
            return passes(request, message);
        STRATA_TRY(const ModulePtr module, parseModule(toText(message.blob), placeholder, "request"));
        if (what == "code")
            return code(request, *module);
        if (what == "ir")
            return ir(request, *module);
        if (what == "emit")
            return emit(request, *module);
        if (what == "object")
            return object(request, *module);
        if (what == "build")
            return build(request, *module, progress);
        return bug("The compiler does not know the request " + what + ".");
    }

private:
    // Constants do not travel; code needs their types only.
    static Result<ConstantPtr> placeholder(const std::string&, const TensorType& type)
    {
        if (type.dtype == DType::String) {  // empty ones: their bytes are looked at
            const auto count = std::size_t(elementCount(type.shape).value_or(0));
            return Constant::fromBytes(
                type, std::make_shared<const Bytes>(packStrings(std::vector<std::string>(count))));
        }
        static const auto owner = std::make_shared<const std::byte>();
        return Constant::fromView(type, owner, owner.get(), std::size_t(byteCount(type).value_or(0)));
    }

    static Result<Message> code(const Json& request, const Module& module)
    {
        STRATA_TRY(const FunctionPtr function, functionOf(module, request));
        if (isDeviceFunction(*function))
            if (const std::optional<FunctionCode> kernels = kernelText(*function))
                return Message{"{}", toBytes(dump(toJson(*kernels)))};
        STRATA_TRY(const FunctionCode code, showFunction(module, *function));
        return Message{"{}", toBytes(dump(toJson(code)))};
    }

    static Result<Message> ir(const Json& request, const Module& module)
    {
        STRATA_TRY(const FunctionPtr function, functionOf(module, request));
        STRATA_TRY(const FunctionIr ir, showIr(module, *function));
        return Message{"{}", toBytes(dump(toJson(ir)))};
    }

    static Result<Message> emit(const Json& request, const Module& module)
    {
        STRATA_TRY(const FunctionPtr function, functionOf(module, request));
        STRATA_TRY(const std::string text, emitText(module, *function));
        return Message{"{}", toBytes(text)};
    }

    static Result<Message> passes(const Json& request, const Message& message)
    {
        const auto isa = isaByName(request.at("isa").get<std::string>());
        STRATA_TRY(const std::string text,
                   runPassesOnText(toText(message.blob), request.at("passes"), isa.value_or(Target{}.isa)));
        return Message{"{}", toBytes(text)};
    }

    Result<Message> object(const Json& request, const Module& module)
    {
        STRATA_TRY(const FunctionPtr function, functionOf(module, request));
        STRATA_CHECK(m_builder.compile(module, *function));
        return Message{"{}", {}};
    }

    Result<Message> build(const Json& request, const Module& module,
                          const std::function<void(const std::string&, double)>& progress)
    {
        STRATA_TRY(const Built built, m_builder.build(module, buildOptionsFrom(request.at("options")), progress));
        return Message{dump(toJson(built)), {}};
    }

    Builder m_builder{BuildStore::ofUser("/proc/self/exe")};
};

}  // namespace

int main()
{
    removeOnSignals();
    initializeCodegen();
    Server server;
    return WorkerServer::serve(
        [&](const Message& message, const auto& progress) { return server.answer(message, progress); });
}
