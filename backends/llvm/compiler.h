// The client of strata-compiler, the only program that holds LLVM and LLD. Lowered modules travel in text form,
// constants do not travel: code refers to them by their offset in a weights file (see backends/artifact/weights.h).
#pragma once

#include "backends/process/worker.h"
#include "core/ir/module.h"

namespace strata {

class BuildStore;

struct AssemblyLine {  // or of LLVM IR
    std::string text;
    std::vector<Cursor> cursors;  // blocks and loops of the function it came from, innermost first
    // Of an instruction: where it stands from the start of its section, and its bytes, "c5 fc 58 c1". -1: not known.
    std::int64_t address = -1;
    std::string bytes = {};
};

struct FunctionCode {
    std::vector<AssemblyLine> assembly;  // Intel syntax
    std::int64_t codeBytes = 0;
    // Worth saying, beside a loop or buffer: "acc did not become registers: index k is not constant".
    std::vector<Error> remarks;
};

// LLVM IR of a function: as the generator emits it, and after our pass list.
struct FunctionIr {
    std::vector<AssemblyLine> before, after;
};

enum class WeightsMode { Embedded, File };

struct BuildOptions {
    std::string output;             // path of the .so to write
    std::string prefix = "strata";  // C identifier; exported symbols are PREFIX_create and so on
    WeightsMode weights = WeightsMode::File;
    std::string weightsFile;  // written beforehand by writeWeights (backends/artifact/weights.h)
    std::map<std::string, std::int64_t> weightOffsets;  // module constant -> offset; STRATA_TEXTS_WEIGHT
    std::int64_t weightsBytes = 0;
    std::string weightsHash;
    // Functions with bound loops run as kernels of this device (backends/devices.h); where none is named, their loops
    // run one iteration after the other on the CPU, which is what they mean.
    std::string device;
};

// Bytes of the finished library by what they are for.
struct Contribution {
    std::string kind;  // "code", "runtime", "interface", "weights", "tables"
    std::string name;  // function or routine
    std::int64_t bytes = 0;
    std::vector<Cursor> neededBy;  // nodes that brought it in
};

struct Built {
    std::string path, weightsFile;
    double compileMs = 0, linkMs = 0;
    std::int64_t fileBytes = 0;
    std::vector<Contribution> contributions;
    std::vector<std::string> leftOut;  // runtime routines that were not needed
    std::vector<std::string> needed;   // DT_NEEDED: libc.so.6, libm.so.6
    std::vector<std::string> opened;   // libraries opened by name at run time: libdnnl.so.2
};

// What is known of a library, as text to be kept beside it, and back.
std::string about(const Built& built);
Result<Built> builtFromAbout(const std::string& text);

// Thread-safe; requests queue, builds apart from the rest, in a second worker that the first build starts, and with a
// store in as many as there are cores. A crash or
// kill of a worker is an Environment error and the next request starts a fresh one.
class Compiler {
public:
    // `command`: strata-compiler beside this program if empty. `store`: where workers find what others compiled.
    explicit Compiler(std::vector<std::string> command = {}, std::shared_ptr<const BuildStore> store = nullptr);
    ~Compiler();
    // Code of one loops or hardware function, cached by content.
    Result<FunctionCode> code(const Module& module, const std::string& function, std::stop_token stop = {});
    Result<FunctionIr> ir(const Module& module, const std::string& function, std::stop_token stop = {});
    // A shared library from a lowered module (entry is a library function). Objects of functions are kept by content,
    // in the worker and in the user's store.
    Result<Built> build(const Module& lowered, const BuildOptions& options, std::stop_token stop = {},
                        const std::function<void(const std::string&, double)>& progress = {});
    Result<std::string> runPasses(const std::string& ir, const std::string& passes, Target::Isa isa);
    Result<std::string> emitLlvm(const Module& module, const Function& function);
    Worker& worker();  // the one for everything but builds

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace strata
