#include "app/cli/commands.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

nlohmann::json toJson(const Transform& transform)
{
    nlohmann::json parameters = nlohmann::json::array();
    for (const Parameter& p : transform.parameters)
        parameters.push_back({{"name", p.name},
                              {"kind", name(p.kind)},
                              {"summary", p.summary},
                              {"default", p.defaultValue},
                              {"optional", p.optional},
                              {"choices", p.choices}});
    return {
        {"id", transform.id},
        {"level", name(transform.level)},
        {"title", transform.title},
        {"summary", transform.summary},
        {"documentation", transform.documentation},
        {"also_known_as", transform.alsoKnownAs},
        {"effect", name(transform.effect)},
        {"parameters", parameters},
        {"example",
         {{"before", transform.example.before}, {"step", transform.example.step}, {"after", transform.example.after}}}};
}

void printIndented(const std::string& text)
{
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::printf("    %s\n", text.substr(begin, end - begin).c_str());
        begin = end + 1;
    }
}

std::string listed(const std::vector<std::string>& words)
{
    std::string result;
    for (const std::string& word : words)
        result += (result.empty() ? "" : ", ") + word;
    return result;
}

void printParameter(const Parameter& p)
{
    std::string text = std::string(name(p.kind)) + ". " + p.summary;
    if (!p.choices.empty())
        text += " One of " + listed(p.choices) + ".";
    if (!p.defaultValue.empty())
        text += " Default: " + p.defaultValue + ".";
    else if (p.optional)
        text += " Optional.";
    std::printf("    %-12s%s\n", p.name.c_str(), text.c_str());
}

void printManual(const Transform& transform)
{
    std::printf("%s  %s\n\n%s\n", transform.id.c_str(), transform.title.c_str(), transform.summary.c_str());
    std::printf("\nEffect on the numbers: %s.\n", name(transform.effect));
    if (!transform.alsoKnownAs.empty())
        std::printf("Also known as: %s.\n", listed(transform.alsoKnownAs).c_str());
    std::printf("\nParameters\n");
    for (const Parameter& parameter : transform.parameters)
        printParameter(parameter);
    std::printf("\n%s\n\nExample\n\n", transform.documentation.c_str());
    printIndented(transform.example.before);
    std::printf("\n    %s\n\n", transform.example.step.c_str());
    printIndented(transform.example.after);
}

Transform translated(Transform transform, const Catalogue& catalogue)
{
    transform.title = catalogue.translated(transform.title);
    transform.summary = catalogue.translated(transform.summary);
    transform.documentation = catalogue.translated(transform.documentation);
    for (Parameter& parameter : transform.parameters)
        parameter.summary = catalogue.translated(parameter.summary);
    return transform;
}

}  // namespace

int transforms(const Options& options)
{
    const std::shared_ptr<const Registry> registry = makeRegistry();
    if (options.paths.size() > 1)
        return fail(refused("strata transforms takes at most one ID."), options);
    if (options.paths.size() == 1) {
        const Result<const Transform*> transform = registry->find(options.paths[0]);
        if (!transform)
            return fail(transform.error(), options);
        options.json ? print(toJson(**transform)) : printManual(translated(**transform, catalogueFor(options)));
        return Fine;
    }
    const Catalogue catalogue = catalogueFor(options);
    nlohmann::json all = nlohmann::json::array();
    for (const Transform& transform : registry->all()) {
        if (options.json)
            all.push_back(toJson(transform));
        else
            std::printf("%-28s%s\n", transform.id.c_str(), catalogue.translated(transform.summary).c_str());
    }
    if (options.json)
        print({{"transforms", all}});
    return Fine;
}

}  // namespace strata::cli
