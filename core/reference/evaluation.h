// One run of the evaluator over a module: what its functions share.
#pragma once

#include "core/index/sizes.h"
#include "core/ir/control.h"
#include "core/machine/run_loops.h"
#include "core/operators/data_sizes.h"
#include "core/reference/evaluate.h"

namespace strata::reference {

class Evaluation {
public:
    Evaluation(const Module& module, std::stop_token stop)
        : m_module(module)
        , m_stop(std::move(stop))
    {
    }

    // A function of any level but hardware. Shapes of its results, where the caller knows them, tell sizes, too.
    Result<Tensors> run(const Function& function, const Tensors& inputs, const std::vector<Shape>& results = {});
    Result<Tensors> call(const std::string& function, const Tensors& inputs, const std::vector<Shape>& results = {});
    // An operator on these inputs (null where left out); results for the node's named outputs, null elsewhere.
    Result<Tensors> runNode(const GraphNode& node, const Tensors& inputs);
    Result<Tensors> runCounted(const CountedNode& parts, Tensors inputs);
    // Control flow, of a graph or a runtime program; results in the order of the function that runs.
    Result<Tensors> runControl(const std::string& op, const Attributes& attributes, const Tensors& inputs);
    Result<Tensors> runLoop(const LoopForm& loop, const Tensors& inputs);
    // A routine of a library, as the operators that it stands for.
    Result<Tensors> runRoutine(const LibraryCall& call, const Tensors& inputs);
    Result<TensorPtr> constant(const std::string& name);
    // The shapes of a function's results that its caller knows, with the sizes that the inputs' data tell.
    static Result<std::vector<Shape>> toldResults(const Function& function, const Tensors& inputs,
                                                  const std::vector<Shape>& results);

private:
    Result<Tensors> runGraph(const Function& function, const GraphBody& body, const Tensors& inputs, SizeValues sizes);
    Result<Tensors> runGraphNode(const GraphNode& node, const Tensors& inputs);
    Result<Tensors> runForSizes(const Function& function, const Tensors& inputs, const std::vector<Shape>& results);
    Result<Tensors> runLibrary(const Function& function, const LibraryBody& body, const Tensors& inputs,
                               SizeValues sizes);

    const Module& m_module;
    std::stop_token m_stop;
    std::map<std::string, std::shared_ptr<const MachineCode>> m_programs;  // by function, and sizes if it has some
    std::map<std::string, FunctionPtr> m_bound;                            // the same, of those with sizes
    std::map<std::string, TensorPtr> m_constants;
};

// Sizes that the shape of a result tells, where its type leaves them open.
void learn(SizeValues& sizes, const TensorType& declared, const TensorPtr& result);

// The operator that a library routine stands for, as a node with the call's operands and attributes; an epilogue
// follows as a second node.
Result<std::vector<GraphNode>> routineAsNodes(const LibraryCall& call);

}  // namespace strata::reference
