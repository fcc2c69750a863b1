// What both faces (window and command line) do with the layers below: open, lower, show, check, run, compare, export.
// No Qt. Functions are plain, take snapshots and a stop token, and may be called from worker threads.
#pragma once

#include "backends/artifact/export.h"
#include "backends/process/temporary.h"
#include "core/onnx/import.h"
#include "core/operators/operator.h"
#include "core/session/recipe.h"
#include "core/text/text.h"
#include "passes/lowering/verify_lowered.h"

namespace strata {

using Progress = std::function<void(const std::string& what, double fraction)>;

struct ArtifactCache;
class BuildStore;

// Compiler and runner of this program, and a folder for artifacts that is removed at the end. Thread-safe.
struct Toolchain {
    std::shared_ptr<BuildStore> store;  // what survives this program; nullptr: nothing does
    std::string build;                  // of this program: how it plans and lowers
    Compiler compiler;
    Runner runner;
    TemporaryFolder scratch;
    std::shared_ptr<LoweringCache> lowering;
    std::shared_ptr<VerifiedFunctions> verified;  // what is compiled verifies
    std::shared_ptr<ArtifactCache> artifacts;     // built ones by content
    std::chrono::milliseconds runLimit{0};        // a run that takes longer is ended and reported; 0: none
    Toolchain();
};

std::shared_ptr<const Registry> makeRegistry();  // passes + backends
TransformContext makeContext(Toolchain& toolchain);

// .onnx, .strata, or a folder in ONNX's test layout (then its data are the inputs).
struct OpenedModel {
    ModulePtr module;  // dimensions bound if the data say what to
    std::string path, name;
    std::vector<onnx::TestData> data;
    std::vector<std::string> warnings;
    std::map<std::string, std::string> defined;  // operators that are data: where their definitions stand
    std::string producer;                        // of an ONNX file: what wrote it, "pytorch 2.15.0"; "" if it says nothing
    std::map<std::string, int> opsets;           // of an ONNX file: domain -> version; ai.onnx is ""
    onnx::Notes notes;                           // of an ONNX file: what it says of itself
    std::shared_ptr<const onnx::NodeNotes> nodeNotes = std::make_shared<onnx::NodeNotes>();  // ... and of its nodes
    std::map<std::string, SourceFilePtr> files;  // of external data, by their paths
    bool namesIsa = false;                       // the text says which instructions it is for
    struct Dimension {
        std::int64_t size = 0;
        bool fromData = false;  // else the caller said so
    };
    std::map<std::string, Dimension> dimensions;  // symbolic ones that were given a size
};
// A dimension that the model does not have is refused; test data that the given sizes do not fit are left aside with a
// warning.
struct Sizes {
    std::map<std::string, std::int64_t> dimensions;           // of symbolic dimensions
    std::map<std::string, std::vector<std::int64_t>> shapes;  // of inputs
    std::vector<std::string> definitions = {};  // files of operators that are data, besides the model's own
    bool any = false;                           // what `dimensions` does not fix stays a size, whatever the data have
};
Result<OpenedModel> openModel(const std::string& path, const Sizes& sizes = {}, const Progress& progress = {},
                              std::stop_token stop = {});

// The instruction set of this machine.
Target::Isa machineIsa();
// Compiles a model for an instruction set, unless its text names another.
void compileFor(Target::Isa isa, OpenedModel& model);

// Sizes with which an entry is run that takes any.
std::map<std::string, std::int64_t> drawnSizes(const Function& entry);
// Inputs for an entry, of some sizes where it takes any: from data if given, else drawn from a fixed
// seed (floats around 0 without denormals; integers legal for what they index and shape). Given ones are refused where
// they make other shapes than the model declares. `facts`: what a state of the model assumes of its sizes.
Result<std::vector<Tensor>> inputsFor(const Module& module, const std::vector<onnx::TestData>& data = {},
                                      const SizeFacts& facts = {});
// What the entry assumes.
SizeFacts assumedBy(const Module& state);

struct ModelInfo {
    std::vector<TypedName> inputs, outputs;
    std::map<std::string, int> known, opaque;  // operator -> count, over all functions
    std::map<std::string, std::string> because;  // opaque operator -> why it does not run
    std::vector<std::string> functions;          // besides the entry
    std::vector<std::string> sizes;              // that inputs leave open
    std::int64_t parameters = 0, parameterBytes = 0, nodes = 0;
    struct Parameters {
        std::int64_t count = 0, bytes = 0;
    };
    std::map<std::string, Parameters> parametersByType;
};
ModelInfo modelInfo(const Module& module);  // quick
// What one run computes and writes; nullopt: that depends on sizes that are not fixed. Lowers each node.
struct ModelWork {
    double flops = 0, activationBytes = 0;
};
std::optional<ModelWork> workOf(const Module& module, std::stop_token stop = {});
// The operations of a run as an expression of the sizes that inputs leave open: "2*batch*768 + 5". Nullopt: they are no
// such expression, or a node with such sizes has no loops.
std::optional<Dim> operationsOf(const Module& module, std::stop_token stop = {});
// Operators without a definition -> count; quick.
std::map<std::string, int> opaqueOperators(const Module& module);

// The artifact of a module: by content from this program or the user's store, else built.
struct Artifact {
    Built built;
    Loaded loaded;
    std::string name;  // of the module
    Target target;     // that it was lowered for
};
// Functions with bound loops run as kernels of `device` (backends/devices.h), if one is named.
Result<Artifact> buildArtifact(Toolchain& toolchain, const Module& module, std::stop_token stop = {},
                               const Progress& progress = {}, const std::string& device = {});

// What a module is, in 64 hex digits; nullopt: a file of its constants is gone.
std::optional<std::string> contentKeyOf(const Module& module);

// What a model's files open as, known from an earlier program: the content of the module, compiled for `isa`, what was
// said of it, and the inputs that it runs on. An ONNX model alone is known so.
struct KnownModel {
    std::string content;
    std::vector<std::string> notes;
    std::vector<Tensor> inputs;
};
// Asked before the model is opened, and answered after, for the next program.
class ModelQuestion {
public:
    ModelQuestion(const Toolchain& toolchain, std::string path, Sizes sizes, Target::Isa isa);
    std::optional<KnownModel> answer() const;
    void keep(const OpenedModel& opened, const KnownModel& model) const;

private:
    const Toolchain& m_toolchain;
    std::string m_path;
    Sizes m_sizes;
    Target::Isa m_isa;
    std::optional<std::string> m_key;
};

// The artifact of the state that steps lead to from a module, if a program like this built it before: nothing is
// planned, lowered or verified. `content` is the module's; `steps` says them in full: the text of a recipe, or that
// they are chosen automatically.
struct BuiltBefore {
    Artifact artifact;
    std::vector<std::string> remarks;  // what was said when the steps were taken
};
std::optional<BuiltBefore> builtBefore(Toolchain& toolchain, const std::string& content, const std::string& steps,
                                       std::stop_token stop = {});
// Says so of an artifact that is built; a store that cannot be written forgets it.
void rememberBuilt(Toolchain& toolchain, const std::string& content, const std::string& steps, const Module& state,
                   const std::vector<std::string>& remarks);

// A module that came from one that was built by changes that leave every index as it was: a twin in another precision.
// Built without looking at it again or keeping it; whoever asks forgets it.
Result<Artifact> buildTwin(Toolchain& toolchain, const Module& module, std::stop_token stop = {},
                           const Progress& progress = {});
void forget(Toolchain& toolchain, const Artifact& artifact);

// The text of a module at one level, as the panes show it; what no step has lowered is lowered by default. `function`
// empty: all. Hardware: assembly.
Result<std::vector<TextLine>> levelLines(Toolchain& toolchain, const Module& module, Level level,
                                         const std::string& function = {}, Form form = Form::Full,
                                         std::stop_token stop = {});

// The host program of the artifact that the module would become: its calls in order, each buffer with its place.
// Functions made for a device are launched on `device`, if one is named.
Result<std::vector<std::string>> hostLines(Toolchain& toolchain, const Module& module, const std::string& device);

// Drops all built artifacts and their files: a command that checks many models needs only one at a time.
void forgetArtifacts(Toolchain& toolchain);

// "AMD EPYC, 2 cores", to stand beside numbers.
std::string machineName();

// Whether a loop of some function is bound to an axis of a device, and what to say if none is.
bool hasDeviceFunctions(const Module& module);
Error noDeviceFunctions();

// Where a module runs: in the evaluator, or as machine code, and then functions made for a device on that one, if one
// is named.
struct RunTarget {
    static const RunTarget Cpu, Reference;
    bool evaluator = false;
    std::string device;  // of backends/devices.h
    friend bool operator==(const RunTarget&, const RunTarget&) = default;
};
Result<std::vector<Tensor>> runModule(Toolchain& toolchain, const Module& module, const RunTarget& target,
                                      const std::vector<Tensor>& inputs, int threads = 1, std::stop_token stop = {},
                                      const Progress& progress = {});

// Builds modules and times them in turn (A B A B), so that their ratio holds on a noisy machine. In the order given:
// the first is what the others are compared with, and each takes only the time that its ratio needs (see TurnPlan).
struct MeasureInTurn {
    std::vector<ModulePtr> modules;
    std::vector<Tensor> inputs;
    RunTarget target = RunTarget::Cpu;
    int threads = 1;
    double seconds = 1.0;  // for each at most, after warm-up
};
struct MeasuredModule {
    Artifact artifact;
    Timing timing;
};
// The same of what is built, of which `request` needs no modules.
Result<std::vector<MeasuredModule>> measureInTurn(Toolchain& toolchain, std::vector<Artifact> artifacts,
                                                  const MeasureInTurn& request, std::stop_token stop = {},
                                                  const Progress& progress = {});
Result<std::vector<MeasuredModule>> measureInTurn(Toolchain& toolchain, const MeasureInTurn& request,
                                                  std::stop_token stop = {}, const Progress& progress = {});

}  // namespace strata
