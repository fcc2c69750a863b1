// Setting the kind of a loop, and the declarations that serial, parallel, vectorize, unroll and bind share. A kind says
// how iterations may run and changes no value by itself; each step asks its own condition first.
#include "passes/loops/kinds.h"

namespace strata::loops {

Change withKind(const Function& function, const Loop& loop, LoopKind kind, const std::string& axis)
{
    Loop copy = loop;
    copy.kind = kind;
    copy.axis = axis;
    return changeOf(withBody(
        function, replaceLoop(function.loops()->body, loop.name, [&](const Loop&) { return Body{makeStmt(copy)}; })));
}

Transform kindTransform(const std::string& id, const std::string& title, const std::string& summary)
{
    Transform transform;
    transform.id = id;
    transform.title = title;
    transform.summary = summary;
    transform.parameters = {functionParameter(), parameter("loop", ParameterKind::Loop, "The loop.")};
    transform.appliesTo = {NodeKind::Loop};
    return transform;
}

Example kindExample(const std::string& step, const std::string& range)
{
    const std::string head = "@loops\ndef double(x: f32[8]) -> (y: f32[8]):\n    for i in ";
    const std::string tail =
        ":\n        with block(\"double\") as (vi: spatial(8) = i):\n            y[vi] = x[vi] + x[vi]\n";
    return example(head + "range(8)" + tail, step, head + range + tail);
}

}  // namespace strata::loops
