#include "backends/process/worker.h"

#include <nlohmann/json.hpp>

namespace strata {

namespace {

const char* const kindNames[] = {"refused", "environment", "bug"};

ErrorKind kindByName(const std::string& name)
{
    if (name == kindNames[0])
        return ErrorKind::Refused;
    return name == kindNames[1] ? ErrorKind::Environment : ErrorKind::Bug;
}

}  // namespace

std::string errorToJson(const Error& error)
{
    nlohmann::json json = {{"kind", kindNames[int(error.kind)]}, {"message", error.message}, {"hint", error.hint}};
    json["nodes"] = nlohmann::json::array();
    for (const Cursor& node : error.nodes)
        json["nodes"].push_back({node.function, int(node.kind), node.name});
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Error errorFromJson(const std::string& text)
{
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("message") || !json["message"].is_string())
        return bug("A worker reports an error that cannot be read: " + text.substr(0, 200));
    Error error{kindByName(json.value("kind", "bug")), json["message"], {}, json.value("hint", ""), {}, {}};
    for (const nlohmann::json& node : json.value("nodes", nlohmann::json::array()))
        if (node.is_array() && node.size() == 3 && node[0].is_string() && node[1].is_number_integer()
            && node[2].is_string())
            error.nodes.push_back({node[0], NodeKind(node[1].get<int>()), node[2]});
    return error;
}

}  // namespace strata
