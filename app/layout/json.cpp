#include "app/layout/layout.h"

#include <nlohmann/json.hpp>

namespace strata {

namespace {

using Json = nlohmann::json;

Json points(const std::vector<Point>& list)
{
    Json flat = Json::array();
    for (const Point& p : list) {
        flat.push_back(p.x);
        flat.push_back(p.y);
    }
    return flat;
}

std::vector<Point> pointsFrom(const Json& flat)
{
    std::vector<Point> list;
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
        list.push_back({flat[i].get<double>(), flat[i + 1].get<double>()});
    return list;
}

bool isFlatNumbers(const Json& json, const char* key)
{
    return json.contains(key) && json[key].is_array()
           && std::all_of(json[key].begin(), json[key].end(), [](const Json& value) { return value.is_number(); });
}

}  // namespace

std::string toJson(const LayoutRequest& request)
{
    Json boxes = Json::array(), edges = Json::array();
    for (const auto& box : request.boxes) {
        boxes.push_back(box.width);
        boxes.push_back(box.height);
    }
    for (const auto& edge : request.edges) {
        edges.push_back(edge.from);
        edges.push_back(edge.to);
    }
    return Json{{"boxes", boxes}, {"edges", edges}, {"rankGap", request.rankGap}, {"boxGap", request.boxGap}}.dump();
}

std::string toJson(const LayoutAnswer& answer)
{
    Json edges = Json::array();
    for (const auto& edge : answer.edges)
        edges.push_back(points(edge));
    return Json{{"centers", points(answer.centers)},
                {"edges", edges},
                {"width", answer.width},
                {"height", answer.height},
                {"engine", answer.engine}}
        .dump();
}

Result<LayoutRequest> layoutRequestFromJson(const std::string& text)
{
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !isFlatNumbers(json, "boxes") || !isFlatNumbers(json, "edges"))
        return bug("A layout request has no lists of boxes and edges.");
    LayoutRequest request;
    for (const Point& box : pointsFrom(json["boxes"]))
        request.boxes.push_back({box.x, box.y});
    const int count = static_cast<int>(request.boxes.size());
    for (const Point& edge : pointsFrom(json["edges"])) {
        request.edges.push_back({static_cast<int>(edge.x), static_cast<int>(edge.y)});
        if (edge.x < 0 || edge.x >= count || edge.y < 0 || edge.y >= count)
            return bug("A layout request has an edge to a box that it does not have.");
    }
    request.rankGap = json.value("rankGap", request.rankGap);
    request.boxGap = json.value("boxGap", request.boxGap);
    return request;
}

Result<LayoutAnswer> layoutAnswerFromJson(const std::string& text)
{
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !isFlatNumbers(json, "centers") || !json.contains("edges"))
        return bug("A layout answer has no positions.");
    LayoutAnswer answer;
    answer.centers = pointsFrom(json["centers"]);
    for (const Json& edge : json["edges"])
        answer.edges.push_back(pointsFrom(edge));
    answer.width = json.value("width", 0.0);
    answer.height = json.value("height", 0.0);
    answer.engine = json.value("engine", "");
    return answer;
}

}  // namespace strata
