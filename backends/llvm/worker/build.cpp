#include "backends/llvm/worker/build.h"

#include "backends/devices.h"
#include "backends/host/derive.h"
#include "backends/llvm/codegen/entry.h"
#include "backends/llvm/protocol.h"
#include "backends/llvm/worker/link.h"
#include "backends/runtime/runtime_object.h"
#include "core/ir/cpu.h"
#include "core/text/text.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace strata {

namespace {

constexpr std::size_t mostObjects = 4096;                        // kept in the cache
constexpr std::int64_t mostEmbedded = std::int64_t(2000) << 20;  // code reaches data within 2 GB

double since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

std::span<const std::byte> bytesOf(const std::string& text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string routineOf(const std::string& section)
{
    const auto at = section.find("strata_rt_");
    return at == std::string::npos ? std::string() : section.substr(at);
}

// What a linked section is for.
Contribution contribution(const LinkedSection& section)
{
    if (section.file == "weights")
        return {"weights", "weights", section.bytes, {}};
    if (section.file == "runtime") {
        const auto dot = section.section.find('.', 1);
        return {
            "runtime", dot == std::string::npos ? section.section : section.section.substr(dot + 1), section.bytes, {}};
    }
    if (section.file == "entry")
        return {"interface", "entry and tables", section.bytes, {}};
    if (section.file.empty())
        return {"tables", "of the loader", section.bytes, {}};
    return {"code", section.file, section.bytes, {}};
}

std::vector<Contribution> contributions(const Linked& linked,
                                        const std::map<std::string, std::vector<Cursor>>& neededBy)
{
    std::map<std::pair<std::string, std::string>, Contribution> sums;
    for (const auto& section : linked.sections) {
        Contribution one = contribution(section);
        auto& sum = sums.emplace(std::pair{one.kind, one.name}, Contribution{one.kind, one.name, 0, {}}).first->second;
        sum.bytes += one.bytes;
    }
    std::vector<Contribution> result;
    for (auto& [key, sum] : sums) {
        if (const auto needed = neededBy.find(sum.name); needed != neededBy.end())
            sum.neededBy = needed->second;
        result.push_back(std::move(sum));
    }
    return result;
}

// Libraries that routines open by name.
std::vector<std::string> openedBy(const Linked& linked)
{
    std::set<std::string> opened;
    for (const auto& section : linked.sections) {
        const std::string routine = section.file == "runtime" ? routineOf(section.section) : std::string();
        if (const std::string library = libraryOfSymbol(routine); !library.empty())
            opened.insert(library);
        for (const DeviceBackend& device : devices())
            if (routine == launchRoutine(device.name))
                opened.insert(device.library);
    }
    return {opened.begin(), opened.end()};
}

// The runtime for an instruction set, if it has what the program needs.
Result<const Runtime*> runtimeOf(Target::Isa isa, const HostProgram& program)
{
    const Runtime* const runtime = runtimeFor(cpuOf(isa).architecture);
    if (!runtime)
        return refused(say("This build of Strata brings no runtime for {}.", cpuOf(isa).architecture), {},
                       "Build it where a C compiler for that architecture is installed (scripts/packages.txt names it).");
    if (runtime == &runtimes().front())
        return runtime;
    std::optional<Cursor> missing;
    forEachStatement(program, [&](const HostStatement& statement, int call) {
        if (std::holds_alternative<HostRoutine>(statement.is) || std::holds_alternative<HostLaunch>(statement.is))
            missing = Cursor{program.name, NodeKind::Operator, program.calls[std::size_t(call)]};
    });
    if (missing)
        return refused(say("Call {} runs a routine of a library or a kernel of a device, which is for {} alone.",
                           missing->name, std::string(runtimes().front().architecture)),
                       {*missing}, "Call loops instead.");
    return runtime;
}

std::vector<std::string> leftOut(const Linked& linked)
{
    std::set<std::string> routines;
    for (const auto& section : linked.removed)
        if (section.rfind(".text.strata_rt_", 0) == 0)
            routines.insert(routineOf(section));
    return {routines.begin(), routines.end()};
}

}  // namespace

Result<Builder::CompiledPtr> Builder::compiled(const Module& lowered, const Function& function)
{
    const std::string key = objectContent(lowered, function);
    if (const auto known = m_objects.find(key); known != m_objects.end())
        return known->second;
    const std::string stored = BuildStore::keyOf(key);
    Function plain = function;
    if (!holdsItsName(function))
        plain.name = stored;
    const ModulePtr own = only(lowered, std::make_shared<const Function>(function));  // for its own instruction set
    Compiled compiled;
    compiled.symbol = symbolOf(plain.name);
    if (const auto known = m_store ? m_store->read(BuildStore::Kind::Object, stored) : std::nullopt;
        known && !known->empty()) {
        compiled.takesRun = known->front() == '1';
        compiled.object = known->substr(1);
    } else {
        Result<Compiled> made = compileFunction(*own, plain);
        if (!made)  // once more, so that the refusal names the function
            made = compileFunction(*own, function);
        STRATA_TRY(compiled, std::move(made));
        if (m_store)  // a cache that cannot be written costs time, nothing else
            (void)m_store->write(BuildStore::Kind::Object, stored, (compiled.takesRun ? "1" : "0") + compiled.object);
    }
    if (m_objects.size() >= mostObjects)
        m_objects.clear();
    return m_objects[key] = std::make_shared<const Compiled>(std::move(compiled));
}

Status Builder::compile(const Module& lowered, const Function& function)
{
    STRATA_TRY(const CompiledPtr object, compiled(lowered, function));
    return {};
}

Result<Built> Builder::build(const Module& lowered, const BuildOptions& options, const Progress& progress)
{
    const auto start = std::chrono::steady_clock::now();
    if (options.weights == WeightsMode::Embedded && options.weightsBytes > mostEmbedded)
        return refused(say("The weights are {} MB, too many to embed.", options.weightsBytes >> 20), {},
                       "Keep them in a file beside.");
    STRATA_TRY(const HostProgram program, hostProgram(lowered, {options.device}));
    STRATA_TRY(const Runtime* const runtime, runtimeOf(lowered.target.isa, program));
    std::map<std::string, CompiledPtr> objects;
    const std::vector<FunctionPtr> functions = functionsOfCode(lowered);
    const std::vector<std::string> called = calledFunctions(program);
    for (std::size_t i = 0; i < functions.size(); ++i) {
        const Function& function = *functions[i];
        if (isDeviceFunction(function) && std::find(called.begin(), called.end(), function.name) == called.end())
            continue;
        progress("compiling " + function.name, 0.9 * double(i) / double(functions.size()));
        STRATA_TRY(objects[function.name], compiled(lowered, function));
    }
    const auto codeOf = [&](const std::string& name) {
        return objects[name] ? CodeSymbol{objects[name]->symbol, objects[name]->takesRun} : CodeSymbol{};
    };
    STRATA_TRY(const std::string entryObject, compileEntry(lowered, program, options, codeOf));
    const double compileMs = since(start);

    progress("linking", 0.9);
    std::vector<MemoryFile> files;
    const auto add = [&](const std::string& label, std::span<const std::byte> bytes) -> Status {
        STRATA_TRY(MemoryFile file, MemoryFile::create(label, bytes));
        files.push_back(std::move(file));
        return {};
    };
    STRATA_CHECK(add("entry", bytesOf(entryObject)));
    STRATA_CHECK(add("runtime", runtime->object));
    std::set<std::string> added;
    for (const auto& name : called)
        if (added.insert(objects[name]->symbol).second)
            STRATA_CHECK(add(name, bytesOf(objects[name]->object)));
    std::string weightsObject;
    if (options.weights == WeightsMode::Embedded && options.weightsBytes > 0) {
        weightsObject = options.output + ".weights.part";
        STRATA_CHECK(writeWeightsObject(*runtime, options.weightsFile, options.weightsBytes, weightsObject));
    }
    const std::string soname = options.output.substr(options.output.rfind('/') + 1);
    const auto linked = link(*runtime, files, weightsObject, options.output, soname);
    if (!weightsObject.empty())
        ::unlink(weightsObject.c_str());
    if (!linked)
        return linked.error();

    Built built;
    built.path = options.output;
    built.weightsFile = options.weights == WeightsMode::File && options.weightsBytes > 0 ? options.weightsFile
                                                                                         : std::string();
    built.compileMs = compileMs;
    built.linkMs = since(start) - compileMs;
    struct stat info { };
    if (::stat(options.output.c_str(), &info) == 0)
        built.fileBytes = info.st_size;
    built.contributions = contributions(*linked, neededBy(program));
    built.leftOut = leftOut(*linked);
    built.needed = linked->needed;
    built.opened = openedBy(*linked);
    return built;
}

}  // namespace strata
