#include "backends/llvm/protocol.h"

#include "core/ir/calls.h"
#include "core/ir/cpu.h"
#include "core/ir/implementations.h"
#include "core/text/text.h"

#include <set>

namespace strata {

namespace {

Json toJson(const Cursor& cursor) { return {cursor.function, int(cursor.kind), cursor.name}; }

Json toJson(const std::vector<Cursor>& cursors)
{
    Json json = Json::array();
    for (const auto& cursor : cursors)
        json.push_back(toJson(cursor));
    return json;
}

std::vector<Cursor> cursorsFrom(const Json& json)
{
    std::vector<Cursor> cursors;
    for (const auto& item : json)
        cursors.push_back({item[0].get<std::string>(), NodeKind(item[1].get<int>()), item[2].get<std::string>()});
    return cursors;
}

}  // namespace

ModulePtr only(const Module& module, const FunctionPtr& function)
{
    auto small = std::make_shared<Module>();
    small->name = module.name;
    small->functions = {std::make_shared<const Function>(withoutStanding(*function))};
    small->intrinsics = module.intrinsics;
    small->target = module.target;
    small->target.isa = isaOf(module, *function);
    return small;
}

bool holdsItsName(const Function& function)
{
    bool holds = !function.loops();
    if (const LoopsBody* loops = function.loops())
        walkExprs(loops->body, [&](const ExprPtr& e) {
            walk(e, [&](const Expr& node) { holds |= node.op == Op::Checked && !node.i; });
        });
    return holds;
}

std::string objectContent(const Module& module, const Function& function)
{
    Module context;
    context.name = "key";
    context.target.isa = isaOf(module, function);
    std::set<std::string> called;
    if (const LoopsBody* loops = function.loops())
        walk(loops->body, [&](const StmtPtr& stmt) {
            if (const IntrinsicCall* call = as<IntrinsicCall>(stmt); call && called.insert(call->intrinsic).second)
                if (const IntrinsicPtr intrinsic = module.intrinsic(call->intrinsic))
                    context.intrinsics.push_back(intrinsic);
        });
    Function plain = withoutStanding(function);
    if (!holdsItsName(function))
        plain.name = "code";
    return print(context) + print(plain);
}

namespace {

void addCode(const Module& module, const FunctionPtr& function, std::set<std::string>& seen,
             std::vector<FunctionPtr>& order)
{
    if (!function || !seen.insert(function->name).second)
        return;
    for (const Choice& choice : function->choices)
        if (!choice.least || cpuOf(*choice.least).architecture == cpuOf(module.target.isa).architecture)
            addCode(module, module.find(choice.implementation), seen, order);
    if (!function->library()) {
        order.push_back(function);
        return;
    }
    forEachUse(*function, [&](const std::string& used) { addCode(module, module.find(used), seen, order); });
}

}  // namespace

std::vector<FunctionPtr> functionsOfCode(const Module& lowered)
{
    std::vector<FunctionPtr> order;
    std::set<std::string> seen;
    addCode(lowered, lowered.entryFunction(), seen, order);
    return order;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Bytes toBytes(const std::string& text)
{
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return Bytes(data, data + text.size());
}

std::string toText(const Bytes& bytes)
{
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

namespace {

// Places repeat from line to line: they travel once, lines name them by number.
Json linesToJson(const std::vector<AssemblyLine>& listing)
{
    Json places = Json::array(), lines = Json::array();
    std::map<std::vector<Cursor>, std::size_t> known;
    for (const auto& line : listing) {
        const auto [place, isNew] = known.emplace(line.cursors, places.size());
        if (isNew)
            places.push_back(toJson(line.cursors));
        if (line.address < 0)
            lines.push_back({line.text, place->second});
        else
            lines.push_back({line.text, place->second, line.address, line.bytes});
    }
    return {{"places", places}, {"lines", lines}};
}

std::vector<AssemblyLine> linesFrom(const Json& json)
{
    std::vector<std::vector<Cursor>> places;
    for (const auto& place : json.at("places"))
        places.push_back(cursorsFrom(place));
    std::vector<AssemblyLine> listing;
    for (const auto& line : json.at("lines")) {
        listing.push_back({line[0].get<std::string>(), places.at(line[1].get<std::size_t>())});
        if (line.size() > 2) {
            listing.back().address = line[2];
            listing.back().bytes = line[3];
        }
    }
    return listing;
}

}  // namespace

Json toJson(const FunctionIr& ir) { return {{"before", linesToJson(ir.before)}, {"after", linesToJson(ir.after)}}; }

FunctionIr functionIrFrom(const Json& json) { return {linesFrom(json.at("before")), linesFrom(json.at("after"))}; }

Json toJson(const FunctionCode& code)
{
    Json remarks = Json::array();
    for (const auto& remark : code.remarks)
        remarks.push_back({remark.message, remark.hint, toJson(remark.nodes)});
    return {{"assembly", linesToJson(code.assembly)}, {"bytes", code.codeBytes}, {"remarks", remarks}};
}

FunctionCode functionCodeFrom(const Json& json)
{
    FunctionCode code;
    code.codeBytes = json.at("bytes");
    code.assembly = linesFrom(json.at("assembly"));
    for (const auto& remark : json.at("remarks"))
        code.remarks.push_back(refused(remark[0], cursorsFrom(remark[2]), remark[1]));
    return code;
}

Json toJson(const BuildOptions& options)
{
    return {{"output", options.output},
            {"prefix", options.prefix},
            {"embedded", options.weights == WeightsMode::Embedded},
            {"weightsFile", options.weightsFile},
            {"offsets", options.weightOffsets},
            {"weightsBytes", options.weightsBytes},
            {"weightsHash", options.weightsHash},
            {"device", options.device}};
}

BuildOptions buildOptionsFrom(const Json& json)
{
    BuildOptions options;
    options.output = json.at("output");
    options.prefix = json.at("prefix");
    options.weights = json.at("embedded").get<bool>() ? WeightsMode::Embedded : WeightsMode::File;
    options.weightsFile = json.at("weightsFile");
    options.weightOffsets = json.at("offsets").get<std::map<std::string, std::int64_t>>();
    options.weightsBytes = json.at("weightsBytes");
    options.weightsHash = json.at("weightsHash");
    options.device = json.at("device");
    return options;
}

Json toJson(const Built& built)
{
    Json contributions = Json::array();
    for (const auto& c : built.contributions)
        contributions.push_back({c.kind, c.name, c.bytes, toJson(c.neededBy)});
    return {{"path", built.path},       {"weightsFile", built.weightsFile}, {"compileMs", built.compileMs},
            {"linkMs", built.linkMs},   {"fileBytes", built.fileBytes},     {"contributions", contributions},
            {"leftOut", built.leftOut}, {"needed", built.needed},           {"opened", built.opened}};
}

Built builtFrom(const Json& json)
{
    Built built;
    built.path = json.at("path");
    built.weightsFile = json.at("weightsFile");
    built.compileMs = json.at("compileMs");
    built.linkMs = json.at("linkMs");
    built.fileBytes = json.at("fileBytes");
    for (const auto& c : json.at("contributions"))
        built.contributions.push_back(
            {c[0].get<std::string>(), c[1].get<std::string>(), c[2].get<std::int64_t>(), cursorsFrom(c[3])});
    built.leftOut = json.at("leftOut").get<std::vector<std::string>>();
    built.needed = json.at("needed").get<std::vector<std::string>>();
    built.opened = json.at("opened").get<std::vector<std::string>>();
    return built;
}

}  // namespace strata
