// What every transform of the loops level needs: the nodes that arguments name (or the refusal that says why not),
// rewriting by name, and fresh names.
#pragma once

#include "core/analysis/locate.h"
#include "core/transform/transform.h"

#include <set>

namespace strata::loops {

// The function that the argument "function" names, if it is held at the loops level.
Result<FunctionPtr> functionOf(const Module& module, const Arguments& arguments);
Result<Located> loopOf(const Function& function, const std::string& name);
Result<Located> blockOf(const Function& function, const std::string& name);
Result<Buffer> bufferOf(const Function& function, const std::string& name);
// Its constant extent.
Result<std::int64_t> extentOf(const Function& function, const Loop& loop);
// Refuses loops that are parallel, vectorized, unrolled or bound, or carry annotations, for `what` ("split").
Status requireSerial(const Function& function, const Loop& loop, const std::string& what);

// Refuses if the buffer is allocated inside a loop or block that is not around the place (and is not `place` itself).
Status requireVisible(const Function& function, const std::string& buffer, const Located& place);

Cursor loopCursor(const Function& function, const std::string& name);
Cursor blockCursor(const Function& function, const std::string& name);
Cursor bufferCursor(const Function& function, const std::string& name);

bool isParameter(const Function& function, const std::string& buffer);  // a parameter or result
bool mentions(const ExprPtr& e, const std::set<std::string>& variables);
bool mentions(const ExprPtr& e, const std::string& variable);
bool loads(const ExprPtr& e, const std::string& buffer);
std::vector<std::string> loopsAround(const Located& node);  // outermost first
std::set<std::string> blocksInside(const Block& block);     // names of the blocks in its init and body
std::string listed(const std::vector<std::string>& names);  // "i, j and k"

// The conjuncts of a predicate; and the predicate of conjuncts, nullptr if there are none.
std::vector<ExprPtr> conjuncts(const ExprPtr& predicate);
ExprPtr conjunction(const std::vector<ExprPtr>& conditions);

// The statement of that name replaced; what stays is the same pointer.
Body replaceLoop(const Body& body, const std::string& name, const std::function<Body(const Loop&)>& make);
Body replaceBlock(const Body& body, const std::string& name, const std::function<Body(const Block&)>& make);
// Without the block or allocation, nor the loops that are empty then.
Body removeBlock(const Body& body, const std::string& name);
Body removeAlloc(const Body& body, const std::string& buffer);
Body replaceAlloc(const Body& body, const std::string& buffer, const std::function<Body(const Buffer&)>& make);

// Loop variables replaced by expressions in extents, bindings and predicates, simplified under the ranges of the loops
// around. Bodies of blocks speak of their iterators only, so they stay as they are.
Body rebind(const Body& body, const std::vector<Substitution>& values, const Ranges& ranges);
// Adds a condition to the predicate of every outermost block.
Body guard(const Body& body, const ExprPtr& condition);
// Is there a statement outside of any block, which nothing could guard?
bool holdsBareStatement(const Body& body);

FunctionPtr withBody(const Function& function, Body body);

// Names for new nodes: those asked for must be free, others are made free.
class Names {
public:
    explicit Names(const Function& function);
    std::string fresh(const std::string& base);
    Result<std::string> chosen(const Function& function, const std::string& name);
    // The argument if it is there, else a fresh name.
    Result<std::string> argumentOr(const Function& function, const Arguments& arguments, const std::string& parameter,
                                   const std::string& base);

private:
    std::set<std::string> m_taken;
};

// "j" + index; "j1" + "_" + index, so that digits do not run together.
std::string numbered(const std::string& base, std::size_t index);

// Parameters that most transforms have.
Parameter functionParameter();
Parameter parameter(std::string name, ParameterKind kind, std::string summary);
Parameter optionalParameter(std::string name, ParameterKind kind, std::string summary, std::string defaultValue = {});
Parameter scopeParameter(std::string defaultValue);
// The same, or a memory by a name of its own: "global.A_reg".
Parameter memoryParameter(std::string defaultValue);
std::string memoryName(const Arguments& arguments);  // "A_reg"; "": the scope has no name
Scope scopeOf(const Arguments& arguments);

// Functions in text form become modules with the usual header.
Example example(const std::string& before, std::string step, const std::string& after);

// What most steps on loops are: one function in place of another. What comes of it is asked whether iterations that run
// at the same time are still apart, since whatever moves a block may move it under or out of such a loop. The plan
// reads that function, the primitives and the target only.
using Planner = Result<Change> (*)(const Module&, const Arguments&);
void setPlan(Transform& transform, Planner plan);
// Without that question, for steps that ask it themselves or move nothing.
void setPlanAlone(Transform& transform, Planner plan);

}  // namespace strata::loops
