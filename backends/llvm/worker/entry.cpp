#include "backends/llvm/worker/entry.h"

#include "backends/llvm/worker/host_program.h"

#include <algorithm>

namespace strata {

namespace {

constexpr int abi = 1;  // STRATA_ABI

struct DlType {
    int code, bits;
};

DlType dlType(DType type)
{
    const int bits = byteSize(type) * 8;
    switch (type) {
    case DType::Bool: return {6, bits};
    case DType::BF16: return {4, bits};
    case DType::F16:
    case DType::F32:
    case DType::F64: return {2, bits};
    default: return {isSigned(type) ? 0 : 1, bits};
    }
}

std::string tensorTable(Globals& globals, const std::vector<TypedName>& tensors)
{
    std::vector<std::string> entries;
    for (const auto& tensor : tensors) {
        const auto shape = constants(tensor.type.tensor.shape);
        const DlType type = dlType(tensor.type.tensor.dtype);
        entries.push_back("%tensor { " + globals.string(tensor.name) + ", i8 " + std::to_string(type.code) + ", i8 "
                          + std::to_string(type.bits) + ", i32 " + std::to_string(shape.size()) + ", "
                          + globals.numbers(shape) + ", i64 "
                          + std::to_string(byteCount(tensor.type.tensor).value_or(0)) + " }");
    }
    return globals.structs("%tensor", entries);
}

bool hasParallelLoop(const Function& function)
{
    bool found = false;
    if (function.loops())
        walk(function.loops()->body, [&](const StmtPtr& stmt) {
            const auto* loop = as<Loop>(stmt);
            found |= loop && loop->kind == LoopKind::Parallel;
        });
    return found || (function.hardware() && function.hardware()->llvm.find("@strata_rt_parallel") != std::string::npos);
}

// The exported functions, each handing its arguments on (see runtime.h).
std::string exportedFunctions(const std::string& prefix)
{
    struct Exported {
        const char *name, *runtime, *result, *parameters, *arguments;
    };
    constexpr Exported table[] = {
        {"describe", "describe", "ptr", "", "ptr @model"},
        {"create", "create", "i32", "ptr %0, ptr %1", "ptr @model, ptr %0, ptr %1"},
        {"run", "run", "i32", "ptr %0, ptr %1, ptr %2", "ptr %0, ptr %1, ptr %2"},
        {"message", "message", "ptr", "ptr %0", "ptr %0"},
        {"set_threads", "set_threads", "i32", "ptr %0, i32 %1", "ptr %0, i32 %1"},
        {"set_profile", "set_profile", "i32", "ptr %0, i32 %1", "ptr %0, i32 %1"},
        {"profile", "profile_read", "i32", "ptr %0, ptr %1", "ptr %0, ptr %1"},
        {"destroy", "destroy", "void", "ptr %0", "ptr %0"},
    };
    std::string text;
    for (const auto& f : table) {
        const std::string runtime = std::string("@strata_rt_") + f.runtime, result = f.result;
        std::string types = f.arguments;
        for (std::size_t at = types.find_first_of("%@"); at != std::string::npos; at = types.find_first_of("%@"))
            types.erase(at, types.find_first_of(",", at) - at);
        text += "declare hidden " + result + " " + runtime + "(" + types + ")\n";
        text += "define " + result + " @" + prefix + "_" + f.name + "(" + f.parameters + ") nounwind {\n";
        const std::string call = "call " + result + " " + runtime + "(" + f.arguments + ")";
        text += result == "void" ? "  tail " + call + "\n  ret void\n}\n"
                                 : "  %r = tail " + call + "\n  ret " + result + " %r\n}\n";
    }
    return text;
}

std::string modelTable(Globals& globals, const Module& lowered, const Function& entry, const BuildOptions& options,
                       const HostProgram& program, bool parallel)
{
    const bool embedded = options.weights == WeightsMode::Embedded, any = options.weightsBytes > 0;
    const std::string weights = embedded && any ? "ptr @strata_weights" : "ptr null";
    const std::string file = !embedded && any ? options.weightsFile.substr(options.weightsFile.rfind('/') + 1)
                                              : std::string();
    std::vector<std::string> names;
    for (const auto& call : program.calls())
        names.push_back(globals.string(call));
    const auto number = [](std::int64_t value, int bits) {
        return "i" + std::to_string(bits) + " " + std::to_string(value);
    };
    const std::vector<std::string> fields = {number(abi, 32),
                                             globals.string(lowered.name),
                                             globals.string(name(lowered.target.isa)),
                                             number(std::int64_t(entry.params.size()), 32),
                                             number(std::int64_t(entry.results.size()), 32),
                                             tensorTable(globals, entry.params),
                                             tensorTable(globals, entry.results),
                                             number(program.arenaBytes(), 64),
                                             number(options.weightsBytes, 64),
                                             weights,
                                             file.empty() ? "ptr null" : globals.string(file),
                                             any ? globals.string(options.weightsHash) : "ptr null",
                                             number(parallel, 32),
                                             number(std::int64_t(names.size()), 32),
                                             globals.pointers(names),
                                             "ptr @entry",
                                             file.empty() ? "ptr null" : "ptr @strata_rt_map_weights",
                                             number(lowered.target.threads, 32)};
    std::string text, types;
    for (const auto& field : fields) {
        text += (text.empty() ? "" : ", ") + field;
        types += (types.empty() ? "" : ", ") + field.substr(0, field.find(' '));
    }
    std::string external = weights == "ptr null" ? "" : "@strata_weights = external hidden constant i8\n";
    if (!file.empty())
        external += "declare hidden i32 @strata_rt_map_weights(ptr)\n";
    return external + "@model = internal constant { " + types + " } { " + text + " }\n";
}

}  // namespace

Result<LibraryBody> plannedProgram(const Module& lowered)
{
    const FunctionPtr entry = lowered.entryFunction();
    if (!entry)
        return refused(say("The module {} has no entry to make a library of.", lowered.name), {},
                       "Name one: module NAME(entry=FUNCTION).");
    if (entry->library())
        return *entry->library();
    if (entry->graph())
        return bug("The entry " + entry->name + " reaches the compiler as a graph.");
    LibraryCall call;
    call.name = call.callee = entry->name;
    for (const auto& param : entry->params)
        call.inputs.push_back(Operand::value(param.name));
    for (const auto& result : entry->results)
        call.outputs.push_back(result.name);
    LibraryBody body;
    body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(call)));
    return body;
}

Result<Entry> writeEntry(const Module& lowered, const BuildOptions& options, const CodeSymbols& codeOf)
{
    STRATA_TRY(const LibraryBody body, plannedProgram(lowered));
    const Function& entry = *lowered.entryFunction();
    for (const auto* list : {&entry.params, &entry.results})
        for (const auto& tensor : *list)
            if (!byteCount(tensor.type.tensor))
                return refused(say("Tensor {} of {} is {}, which has no fixed size in memory.", tensor.name, entry.name,
                                   toString(tensor.type)),
                               {{entry.name, NodeKind::Buffer, tensor.name}}, "Bind its dimensions first.");
    Globals globals;
    HostProgram program(lowered, entry, options, codeOf, globals);
    STRATA_TRY(const std::string code, program.write(body));
    bool parallel = false;
    for (const auto& name : program.functions())
        parallel |= hasParallelLoop(*lowered.find(name));
    Entry result;
    const std::string model = modelTable(globals, lowered, entry, options, program, parallel);
    result.llvm = "%tensor = type { ptr, i8, i8, i32, ptr, i64 }\n" + globals.text() + model + program.declarations()
                  + code + exportedFunctions(options.prefix);
    result.functions = program.functions();
    result.neededBy = program.neededBy();
    return result;
}

}  // namespace strata
