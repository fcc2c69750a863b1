#include "app/report/report.h"

#include "app/cli/commands.h"
#include "core/session/document.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

Result<ReportFigures> figuresFor(const Study& prepared, const Options& options, Toolchain& toolchain,
                                 const Progress& progress)
{
    if (!options.run)
        return ReportFigures();
    STRATA_TRY(const std::vector<Tensor> inputs,
               inputsFor(*prepared.model.module, prepared.model.data, assumedBy(*prepared.session->current()->module)));
    return measureForReport(toolchain, *prepared.session, inputs,
                            threadsFor(options, prepared.session->current()->module->target), options.seconds, {},
                            progress);
}

// Of a file all that it holds: comments, branches, and steps that do not apply here, which stay with their refusal.
Exit takeAll(const RecipeSource& source, const Options& options, Session& session, const Progress& progress)
{
    if (source.kind != RecipeSource::Kind::File) {
        const Status taken = applyRecipe(session, source, options, progress);
        return taken ? Fine : failAnswer(taken.error(), options);
    }
    const Result<Recipe> recipe = loadRecipe(source.path, session.registry());
    if (!recipe)
        return fail(recipe.error(), options);
    restore(session, *recipe);
    return Fine;
}

// How many steps of the path do not apply.
int refusedSteps(const Session& session)
{
    int count = 0;
    for (const StatePtr& state : session.path())
        count += state->refusal ? 1 : 0;
    return count;
}

}  // namespace

int report(const Options& options)
{
    if (options.out.empty())
        return fail(refused("strata report writes a page; --out says where.", {}, "Add --out FILE.html."), options);
    Toolchain toolchain;
    ProgressLine progress(options);
    std::optional<Study> prepared;
    Options bare = options;  // the steps are taken by takeAll
    bare.recipes.clear();
    if (const Exit exit = prepare(bare, toolchain, progress.report(), prepared); exit != Fine)
        return exit;
    for (const RecipeSource& recipe : options.recipes)
        if (const Exit exit = takeAll(recipe, options, *prepared->session, progress.report()); exit != Fine)
            return exit;
    const Result<ReportFigures> figures = figuresFor(*prepared, options, toolchain, progress.report());
    if (!figures)
        return failAnswer(figures.error(), options);
    const Result<Report> report = reportOn(toolchain, *prepared->session, prepared->model.name, *figures, {},
                                           progress.report());
    progress.clear();
    if (!report)
        return fail(report.error(), options);
    if (const Status saved = savePage(page(*report), options.out); !saved)
        return fail(saved.error(), options);
    if (options.json)
        print({{"file", options.out}, {"steps", report->steps.size() - 1}, {"verdict", report->verdict}});
    else if (!options.quiet)
        std::printf("%s: %zu steps%s%s\n", options.out.c_str(), report->steps.size() - 1,
                    report->verdict.empty() ? "" : ". ", report->verdict.c_str());
    const int refusals = refusedSteps(*prepared->session);
    if (refusals > 0 && !options.quiet && !options.json)
        std::fprintf(stderr, "note: %d steps do not apply; the page says why.\n", refusals);
    return refusals > 0 ? AnswerIsNo : Fine;
}

}  // namespace strata::cli
