#include "backends/llvm/compiler.h"

#include "backends/llvm/crew.h"
#include "backends/llvm/protocol.h"
#include "core/text/text.h"

#include <deque>

namespace strata {

namespace {

constexpr std::chrono::seconds patience{60};  // for one function; pasted text may keep LLVM busy for ever
constexpr std::chrono::minutes buildPatience{15};
constexpr std::size_t mostCached = 64;  // functions whose code is kept

}  // namespace

std::string about(const Built& built) { return dump(toJson(built)); }

Result<Built> builtFromAbout(const std::string& text)
{
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        return bug("What is kept of a library is no JSON.");
    return builtFrom(json);
}

struct Compiler::Impl {
    Impl(const std::vector<std::string>& command, std::shared_ptr<const BuildStore> store)
        : worker("compiler", command)
        , builder("compiler", command)
    {
        if (store)
            crew.emplace(command, std::move(store));
    }

    Result<Message> ask(const Json& request, const std::string& blob, std::string what, std::stop_token stop = {})
    {
        return worker.call({dump(request), toBytes(blob)}, {std::move(what), patience, std::move(stop), {}});
    }

    Worker worker;   // small questions
    Worker builder;  // builds, which take long: the panes do not wait for them
    std::optional<CompilerCrew> crew;
    std::mutex mutex;
    std::map<std::string, FunctionCode> codes;  // by the text that was compiled
    std::deque<std::string> order;              // their texts, the oldest first

    // A listing is a hundred times as large as the function that it was made from.
    void keep(const std::string& text, const FunctionCode& code)
    {
        if (!codes.try_emplace(text, code).second)
            return;
        order.push_back(text);
        if (order.size() > mostCached) {
            codes.erase(order.front());
            order.pop_front();
        }
    }
};

Compiler::Compiler(std::vector<std::string> command, std::shared_ptr<const BuildStore> store)
    : m_impl(std::make_unique<Impl>(command.empty() ? std::vector{siblingProgram("strata-compiler")} : command,
                                    std::move(store)))
{
}
Compiler::~Compiler() = default;
Worker& Compiler::worker() { return m_impl->worker; }

Result<FunctionCode> Compiler::code(const Module& module, const std::string& name, std::stop_token stop)
{
    const FunctionPtr function = module.find(name);
    if (!function)
        return bug("The module has no function " + name + " to compile.");
    const std::string text = print(*only(module, function));
    {
        const std::lock_guard lock(m_impl->mutex);
        if (const auto known = m_impl->codes.find(text); known != m_impl->codes.end())
            return known->second;
    }
    STRATA_TRY(const Message answer,
               m_impl->ask({{"do", "code"}, {"function", name}}, text, "compiling " + name, stop));
    const Json json = Json::parse(toText(answer.blob), nullptr, false);
    if (json.is_discarded())
        return bug("The compiler answers with text that is no JSON.");
    FunctionCode code = functionCodeFrom(json);
    const std::lock_guard lock(m_impl->mutex);
    m_impl->keep(text, code);
    return code;
}

Result<FunctionIr> Compiler::ir(const Module& module, const std::string& name, std::stop_token stop)
{
    const FunctionPtr function = module.find(name);
    if (!function)
        return bug("The module has no function " + name + " to compile.");
    STRATA_TRY(const Message answer, m_impl->ask({{"do", "ir"}, {"function", name}}, print(*only(module, function)),
                                                 "making LLVM IR of " + name, stop));
    const Json json = Json::parse(toText(answer.blob), nullptr, false);
    if (json.is_discarded())
        return bug("The compiler answers with text that is no JSON.");
    return functionIrFrom(json);
}

Result<Built> Compiler::build(const Module& lowered, const BuildOptions& options, std::stop_token stop,
                              const std::function<void(const std::string&, double)>& progress)
{
    if (m_impl->crew)
        m_impl->crew->compile(lowered, options, stop, progress);
    const Json request = {{"do", "build"}, {"options", toJson(options)}};
    STRATA_TRY(const Message answer,
               m_impl->builder.call({dump(request), toBytes(print(lowered))},
                                    {"building " + lowered.name, buildPatience, std::move(stop), progress}));
    const Json json = Json::parse(answer.json, nullptr, false);
    if (json.is_discarded())
        return bug("The compiler answers with text that is no JSON.");
    return builtFrom(json);
}

Result<std::string> Compiler::runPasses(const std::string& ir, const std::string& passes, Target::Isa isa)
{
    const Json request = {{"do", "passes"}, {"passes", passes}, {"isa", name(isa)}};
    STRATA_TRY(const Message answer, m_impl->ask(request, ir, "running the LLVM passes " + passes));
    return toText(answer.blob);
}

Result<std::string> Compiler::emitLlvm(const Module& module, const Function& function)
{
    const auto shared = std::make_shared<const Function>(function);
    const Json request = {{"do", "emit"}, {"function", function.name}};
    STRATA_TRY(const Message answer,
               m_impl->ask(request, print(*only(module, shared)), "making LLVM IR of " + function.name));
    return toText(answer.blob);
}

}  // namespace strata
