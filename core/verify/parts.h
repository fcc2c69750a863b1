// The parts of the verifier. Each appends what it finds.
#pragma once

#include "core/analysis/sites.h"
#include "core/index/premises.h"
#include "core/verify/verify.h"

#include <set>

namespace strata {

void verifyGraph(const Module& module, const Function& function, Findings& findings);
void verifyLibrary(const Module& module, const Function& function, Findings& findings);
void verifyImplementations(const Module& module, const Function& function, Findings& findings);
void verifyHardware(const Function& function, Findings& findings);
// `updated`: results that hold something when the function begins.
void verifyLoops(const Module& module, const Function& function, Findings& findings,
                 const std::set<std::string>& updated = {});
void append(Findings& findings, Findings more);
void verifySignature(const Function& function, Findings& findings);
// Results in the memory of parameters: of any function, and what its loops speak of.
void verifyInouts(const Module& module, const Function& function, Findings& findings);
void verifyInouts(const Function& function, const SiteTable& program, Findings& findings);
void verifyIntrinsic(const Module& module, const Intrinsic& intrinsic, Findings& findings);

// Of verifyLoops: names, types and shapes of statements and expressions; false if what follows would have nothing to
// stand on.
bool verifyLoopsTypes(const Module& module, const Function& function, Findings& findings);
// Of verifyLoops: extents and dimensions that analysis can count with; false if there are others.
bool verifySizes(const Function& function, Findings& findings);
void verifyBounds(const Function& function, const SiteTable& program, Findings& findings);
void verifyUpdates(const Module& module, const Function& function, Findings& findings);
void verifyRegions(const Module& module, const Function& function, Findings& findings);
void verifyCoverage(const Function& function, const SiteTable& program, const std::set<std::string>& updated,
                    Findings& findings);
void verifySchedule(const Function& function, Findings& findings);

// Does 0 <= e < size hold wherever the premises do?
struct Answer {
    enum class Truth { Yes, No, Unknown } truth = Truth::Yes;
    std::string reason;                      // Unknown: why, as "p[v] depends on data"
    std::int64_t value = 0;                  // No: a value outside, and
    std::map<std::string, std::int64_t> at;  // where it is taken
};
Answer inRange(const ExprPtr& e, const ExprPtr& size, const Premises& premises);

// What is wrong with the call of a library routine, as the end of a sentence; empty if nothing is.
std::string wrongControlFlow(const Module& module, const LibraryCall& call,
                             const std::vector<std::optional<ValueType>>& inputs,
                             const std::vector<std::optional<ValueType>>& outputs);
std::string wrongRoutineCall(const LibraryCall& call, const std::vector<TensorType>& inputs,
                             const std::vector<TensorType>& outputs);

// Values agree as far as known: shapes may be symbolic or unranked.
bool mayAgree(const ValueType& a, const ValueType& b);
// The same for what is given to a function, or taken from it, where its sizes are told by what is given: they have to
// be equal then, since loops go as far as they say.
bool agrees(const ValueType& given, const ValueType& wanted, const std::map<std::string, Dim>& sizes);
std::vector<Shape> shapesOf(const std::vector<std::optional<ValueType>>& types);
// What the callee assumes of a size and the call does not keep, as the end of a sentence; empty if it keeps all.
// `sizes`: of the callee, in those of the caller.
std::string brokenFact(const SizeFacts& caller, const Function& callee, const std::map<std::string, Dim>& sizes);

}  // namespace strata
