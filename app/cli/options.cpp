#include "app/cli/options.h"

#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

struct Command {
    const char *name, *arguments, *summary, *details;
};
constexpr Command commands[] = {
    {"info", "MODEL", "inputs, outputs, operators (known, opaque), parameters, FLOPs, bytes", ""},
    {"show", "MODEL", "the model as text at one level; --diff: what each step of a recipe changes there",
     "Without --level, functions are shown at the level at which they are held."},
    {"diff", "MODEL MODEL",
     "what differs between two models or states, whatever their nodes are called (exit 1: they differ)",
     "Nodes stand for each other if what leads to them or what follows from them is alike; said is which are gone, which "
     "are new, and\nwhat changed in the others: attributes, what they read, values of constants. Functions below the graph "
     "are compared by their text."},
    {"transforms", "[ID]", "the manual of all transforms, or of one", ""},
    {"definitions", "[NAME]",
     "the operators that are data (definitions/*.define, --define FILE), or what one of them means",
     "A file of definitions says what an operator means by operators that Strata has: see resources/definitions."},
    {"apply", "MODEL", "applies steps and prints or writes the result; a step that is not legal is refused (exit 1)",
     "Recipes come first, in their order, then the steps. Without --out the resulting module is printed."},
    {"edit", "RECIPE [MODEL]",
     "changes, drops, moves ... the steps of a recipe by their lines, and replays what follows",
     "LINE counts from 1 in the recipe as it is given, however many edits there are; LINES is a LINE, or FROM-TO. The "
     "line of a\ngroup's mark stands for the whole group. Names in later steps follow what was renamed. A step that an "
     "edit is about has\nto apply where it comes to stand, else nothing is written (exit 1). Later steps that no longer "
     "apply are kept, but not taken\n(#-), and reported. Comments, blank lines, notes and branches stay. --note, --group "
     "and --ungroup need no MODEL.\nWithout --out or --in-place the recipe is printed, and what became of the steps is "
     "said on stderr."},
    {"check", "PATH...", "is it right? against test data, else the untouched model, else the evaluator",
     "A PATH is a MODEL or a folder of such folders. A model with test_data_set_*/ is compared with the outputs there, "
     "one with\nsteps with the untouched model. One that has neither has nothing to be compared with but itself: the "
     "evaluator is compared\nwith compiled code. Exit: 0 all passed; 1 something is wrong; 2 something could not be "
     "checked, so a SKIP is no pass.\n\n--functions also takes each implementation, each function that steps changed and "
     "each routine, on what reaches its calls when\nthe definitions run: every element may be off by what rounding does "
     "in the definition, in whatever order it adds. What is\nchosen on somebody's word (edited by hand) is always checked "
     "so."},
    {"run", "MODEL", "median and spread of the time; several recipes are measured in turn, with ratios",
     "Inputs are those of --input, else of the test data, else drawn from a fixed seed. With --input or --output it is said "
     "what comes\nout of the first recipe: type, range, and the largest five."},
    {"report", "MODEL", "one page to hand on: steps, notes, what each changed, the graph, times; needs no network",
     "The page holds everything: open it in a browser, go from step to step by the arrow keys, attach it, print it."},
    {"explain", "MODEL", "why is it slow? each function's time, against what the machine allows, and what would help",
     "Times are measured call by call; beside each stands what a cost model predicts from loops, footprints and the "
     "machine's measured\nlimits. Causes come with what they may cost and, where one is known, a step that is legal in "
     "this state."},
    {"lesson", "list | run LESSON | check LESSON | handout LESSON | verify REPORT | new FOLDER",
     "lessons of machine-learning compilation: play one, check them (--all), judge your steps, hand one out as a page, "
     "replay what was handed in, begin your own",
     "A LESSON is a name from the list, or a folder. check --all takes every step, choice, question and target of all "
     "lessons in every\nlanguage. check LESSON --recipe FILE holds your steps against the lesson's, up to its step --at: "
     "is it the same program, whatever\nthe order of steps, and if not, where does it differ and by which step (exit 1)? "
     "handout LESSON --out FILE.html\nwrites it as one page, with your own times if --run is given. verify "
     "REPORT takes the steps of a report that a reader handed in\n(the window "
     "writes it) again, and asks the questions again: exit 1 unless all is right."},
    {"tune", "MODEL", "which choices of the rules are fastest here? measures, and writes the recipe",
     "Function by function, where the time is: candidates evolve from the best, a cost model says which are worth "
     "measuring, and these\nrun in turn with the rules' own choice. It ends with the time, or where nothing promising is "
     "left; Ctrl+C ends it, too, and what\nwas found is written. What was measured is kept in a readable file, so the next "
     "call goes on from there."},
    {"cache", "", "what is kept of what was built: its folder and its size; --limit and --clear change them",
     "Functions, libraries and weights are kept by their content in ~/.cache/strata (STRATA_CACHE names another folder, "
     "or is\noff), so that what was compiled once is not compiled again. Above the limit, what was not used for longest "
     "goes."},
    {"export", "MODEL", "a shared library, its header, examples in C and Python, a manifest",
     "The folder is put together beside its place and moved there when it is whole. Symbolic "
     "dimensions stay open in\nthe library, which then holds for any size, unless --dim fixes them or an operator needs "
     "a number (that is said)."},
};

// One option: its name, what its value is (null: takes none), the commands that take it (null: all), what it says, and
// what it does with the value.
struct Option {
    const char *name, *value, *commands, *summary;
    std::function<Status(Options&, const std::string&)> set;
    // Of an option that takes lines of a recipe and a second value.
    std::function<Status(Options&, const std::string& lines, const std::string& second)> edit = {};
    bool takenBy(const std::string& command) const
    {
        return !commands || (" " + std::string(commands) + " ").find(" " + command + " ") != std::string::npos;
    }
};

constexpr std::int64_t largestSize = std::int64_t(1) << 40;  // of a dimension; beyond any memory

std::string numberText(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", value);
    return text;
}

template<class Number>
Status parseNumber(const std::string& name, const std::string& text, Number least, Number most, Number& target)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most))
        return refused(say("{} takes a number from {} to {}, not \"{}\".", name, numberText(double(least)),
                           numberText(double(most)), text));
    target = value;
    return {};
}

Status oneOf(const std::string& name, const std::string& value, const std::vector<std::string>& choices,
             std::string& target)
{
    std::string listed;
    for (const std::string& choice : choices) {
        if (choice == value) {
            target = value;
            return {};
        }
        listed += (listed.empty() ? "" : ", ") + choice;
    }
    return refused(say("{} takes one of {}, not \"{}\".", name, listed, value));
}

Status setDimension(Options& options, const std::string& value)
{
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0)
        return refused(say("--dim takes NAME=SIZE, not \"{}\".", value));
    return parseNumber<std::int64_t>("--dim", value.substr(equals + 1), 1, largestSize,
                                     options.dimensions[value.substr(0, equals)]);
}

Status setInout(Options& options, const std::string& value)
{
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == value.size())
        return refused(say("--inout takes RESULT=PARAMETER, not \"{}\".", value));
    options.inouts.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    return {};
}

Status setShape(Options& options, const std::string& value)
{
    const std::size_t equals = value.rfind('=');
    if (equals == std::string::npos || equals == 0)
        return refused(say("--shape takes NAME=1x3x224x224, not \"{}\".", value));
    std::vector<std::int64_t>& shape = options.shapes[value.substr(0, equals)];
    shape.clear();
    for (std::size_t at = equals + 1; at <= value.size();) {
        const std::size_t end = std::min(value.find('x', at), value.size());
        STRATA_CHECK(
            parseNumber<std::int64_t>("--shape", value.substr(at, end - at), 0, largestSize, shape.emplace_back()));
        at = end + 1;
    }
    return {};
}

Status setInput(Options& options, const std::string& value)
{
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == value.size())
        return refused(say("--input takes NAME=FILE, not \"{}\".", value));
    options.inputs[value.substr(0, equals)] = value.substr(equals + 1);
    return {};
}

// 500M, 8G, or bytes.
Status setLimit(Options& options, const std::string& value)
{
    static const std::string units = "KMGT";
    const std::size_t unit = value.empty() ? std::string::npos : units.find(value.back());
    const std::string digits = unit == std::string::npos ? value : value.substr(0, value.size() - 1);
    const int shift = unit == std::string::npos ? 0 : 10 * int(unit + 1);
    std::uint64_t count = 0;
    STRATA_CHECK(parseNumber<std::uint64_t>("--limit", digits, 0, (1ull << 60) >> shift, count));
    options.limit = count << shift;
    return {};
}

Status setIsa(Options& options, const std::string& value)
{
    STRATA_TRY(const ChosenTarget target, targetByName(value == "native" ? value : "cpu:" + value));
    options.isa = target.isa;
    return {};
}

Status setTarget(Options& options, const std::string& value)
{
    STRATA_TRY(const ChosenTarget target, targetByName(value));
    options.target = target.where;
    if (target.isa)
        options.isa = target.isa;
    return {};
}

Status setLevel(Options& options, const std::string& value)
{
    options.level = levelByName(value);
    return options.level ? Status()
                         : refused(say("--level takes graph, loops, library or hardware, not \"{}\".", value));
}

constexpr int lastLine = 1'000'000'000;

// 4 or 4-7
Status parseLines(const std::string& name, const std::string& text, LineRange& lines)
{
    const std::size_t dash = text.find('-');
    STRATA_CHECK(parseNumber(name, text.substr(0, dash), 1, lastLine, lines.first));
    lines.last = lines.first;
    return dash == std::string::npos ? Status()
                                     : parseNumber(name, text.substr(dash + 1), lines.first, lastLine, lines.last);
}

// An edit of lines alone: --drop 4-7.
Option editLines(const char* name, EditKind kind, const char* summary)
{
    return {name, "LINES", "edit", summary, [=](Options& options, const std::string& lines) {
                RecipeEdit& edit = options.edits.emplace_back();
                edit.kind = kind;
                return parseLines(name, lines, edit.lines);
            }};
}

// An edit of lines with a text: --change 4 'loops.split(...)'.
Option editText(const char* name, const char* value, EditKind kind, const char* summary)
{
    Option option{name, value, "edit", summary, {}};
    option.edit = [=](Options& options, const std::string& lines, const std::string& text) {
        RecipeEdit& edit = options.edits.emplace_back();
        edit.kind = kind;
        edit.text = text;
        return kind == EditKind::Insert ? parseNumber(name, lines, 0, lastLine, edit.after)
                                        : parseLines(name, lines, edit.lines);
    };
    return option;
}

Option editPlace(const char* summary)
{
    Option option{"--move", "LINES LINE", "edit", summary, {}};
    option.edit = [](Options& options, const std::string& lines, const std::string& after) -> Status {
        RecipeEdit& edit = options.edits.emplace_back();
        edit.kind = EditKind::Move;
        STRATA_CHECK(parseLines("--move", lines, edit.lines));
        return parseNumber("--move", after, 0, lastLine, edit.after);
    };
    return option;
}

// Wraps what cannot fail.
template<class Set>
auto always(Set set)
{
    return [set](Options& options, const std::string& value) -> Status {
        set(options, value);
        return {};
    };
}

constexpr const char* withRecipes = "show apply check run explain export report lesson";

std::vector<Option> table()
{
    using Kind = RecipeSource::Kind;
    return {
        {"--assume", "FACT", "show apply check run export",
         "what is known of a size, as 'seq <= 512' or 'n % 8 == 0' (the step graph.assume, before the recipe)",
         always([](Options& o, const std::string& v) { o.facts.push_back(v), o.anySize = true; })},
        {"--all", nullptr, "lesson", "of check: every lesson that comes with the program",
         always([](Options& o, const std::string&) { o.all = true; })},
        {"--at", "STEP", "lesson",
         "of check --recipe: the lesson's step, by number or name, that the recipe is to reach (default: the last)",
         always([](Options& o, const std::string& v) { o.at = v; })},
        {"--auto", nullptr, withRecipes, "the recipe that automatic scheduling makes",
         always([](Options& o, const std::string&) {
             o.recipes.push_back({Kind::Automatic, {}});
         })},
        editText("--change", "LINE STEP", EditKind::Change,
                 "another step in its place, as a recipe has it; its note stays"),
        {"--clear", nullptr, "cache", "removes everything",
         always([](Options& o, const std::string&) { o.clear = true; })},
        {"--database", "FILE", "tune", "what was measured (default: one of this machine, beside what is built)",
         always([](Options& o, const std::string& v) { o.database = v; })},
        {"--diff", nullptr, "show", "what each step of the recipe changes",
         always([](Options& o, const std::string&) { o.diff = true; })},
        {"--define", "FILE", "info show diff apply edit check run explain export report tune definitions",
         "reads what operators mean from a file (see strata definitions); may be repeated",
         always([](Options& o, const std::string& v) { o.definitions.push_back(v); })},
        {"--dim", "NAME=SIZE", "info show diff apply edit check run explain export report tune",
         "gives a symbolic dimension its size", setDimension},
        {"--any-size", nullptr, "show apply check run report",
         "leaves symbolic dimensions open where the test data would fix them: one code for all sizes (as export does)",
         always([](Options& o, const std::string&) { o.anySize = true; })},
        editLines("--drop", EditKind::Drop, "removes steps; what branches off behind them does so before them"),
        {"--function", "NAME", "show", "only this function",
         always([](Options& o, const std::string& v) { o.function = v; })},
        {"--functions", nullptr, "check",
         "each implementation and each changed function against its definition, with bound and time",
         always([](Options& o, const std::string&) { o.functions = true; })},
        editText("--group", "LINES TITLE", EditKind::Group, "steps become a group that folds, between #{ TITLE and #}"),
        {"--help", nullptr, nullptr, "this text", always([](Options& o, const std::string&) { o.help = true; })},
        {"--host", nullptr, "show", "the host program: what a run does, call by call, and where each buffer lies",
         always([](Options& o, const std::string&) { o.host = true; })},
        {"--short", nullptr, "show", "loops without what follows from the rest, as the window shows them",
         always([](Options& o, const std::string&) { o.shortForm = true; })},
        {"--implementations", nullptr, "show", "how each function can be computed, and what runs",
         always([](Options& o, const std::string&) { o.implementations = true; })},
        {"--in-place", nullptr, "edit", "writes the recipe over itself, at once or not at all",
         always([](Options& o, const std::string&) { o.inPlace = true; })},
        {"--inout", "RESULT=PARAMETER", "show apply check run export",
         "a result in the memory of a parameter, as 'present=past' or 'present_*=past_*' (the step library.inout, after the recipe)",
         setInout},
        {"--input", "NAME=FILE", "run", "the value of an input: .npy, .npz, .pb, or numbers in .txt or .csv", setInput},
        editText("--insert", "LINE STEP", EditKind::Insert, "a step behind a line; 0: before all"),
        {"--isa", "ISA", "show apply edit check run explain export report tune",
         "native, or a processor by its name (x86-64-v3, aarch64, ...: resources/targets), unless the text names one (default: native for show, check, run, explain and report)",
         setIsa},
        {"--json", nullptr, nullptr, "prints one JSON object",
         always([](Options& o, const std::string&) { o.json = true; })},
        {"--keep", nullptr, "edit", "the steps that the edits replace stay as a branch",
         always([](Options& o, const std::string&) { o.keep = true; })},
        {"--language", "LANGUAGE", nullptr,
         "en (default) or zh: of refusals, of the manual's sentences, of lessons (check takes both unless it is given)",
         [](Options& o, const std::string& v) {
             return oneOf("--language", v, {"en", "zh"}, o.language);
         }},
        editLines("--leave-out", EditKind::LeaveOut, "steps are kept, but not taken (#-)"),
        {"--level", "LEVEL", "show", "graph, loops, library or hardware", setLevel},
        {"--libraries", nullptr, "explain",
         "beside each function what oneDNN's and OpenBLAS's routines take for its products",
         always([](Options& o, const std::string&) { o.libraries = true; })},
        {"--limit", "SIZE", "cache", "the most that is kept, as in 500M or 8G", setLimit},
        editPlace("steps take a place behind a line, with what branches off there; 0: before all"),
        editText("--note", "LINE TEXT", EditKind::Note,
                 "the step's note, which is the comment behind it; '' removes it"),
        {"--notes", nullptr, "info",
         "what the file says of each node for people to read: the lines that it comes from, scopes",
         always([](Options& o, const std::string&) { o.notes = true; })},
        {"--out", "PATH", "apply edit export lesson report tune",
         "the file or, of export, the folder to write; also -o",
         always([](Options& o, const std::string& v) { o.out = v; })},
        {"--output", "FOLDER", "run", "writes what comes out, NAME.npy each, and says what it is",
         always([](Options& o, const std::string& v) { o.output = v; })},
        {"--quiet", nullptr, nullptr, "no progress and no notes on stderr",
         always([](Options& o, const std::string&) { o.quiet = true; })},
        {"--recipe", "FILE", withRecipes, "applies the steps of a file; several, and --auto among them, are taken in turn (run measures each by itself)",
         always([](Options& o, const std::string& v) {
             o.recipes.push_back({Kind::File, v});
         })},
        {"--run", nullptr, "lesson report",
         "measures the states in turn, and judges the last one (of a lesson's handout: its steps)",
         always([](Options& o, const std::string&) { o.run = true; })},
        {"--seconds", "S", "run explain lesson report", "time to measure each recipe (default 1)",
         [](Options& o, const std::string& v) { return parseNumber("--seconds", v, 0.0, 3600.0, o.seconds); }},
        {"--shape", "NAME=SIZES", "info show diff apply edit check run explain export report tune",
         "gives an input its shape, as in --shape image=1x3x224x224", setShape},
        {"--specialize", "SIZES", "show apply check export",
         "a variant for some sizes, as 'seq == 1' or 'batch % 8 == 0' (the step graph.specialize, before the recipe)",
         always([](Options& o, const std::string& v) { o.variants.push_back(v), o.anySize = true; })},
        {"--step", "LINE", "apply", "one step, as a recipe has it; may be repeated",
         always([](Options& o, const std::string& v) { o.steps.push_back(v); })},
        editLines("--take", EditKind::Take, "takes steps again that are left out"),
        {"--target", "TARGET", "show apply edit check run explain export report tune",
         "cpu, cpu:ISA, native (the cpu of this machine), a device, or reference, the evaluator; strata --help run lists "
         "them",
         setTarget},
        {"--threads", "N", "check run explain report tune",
         "threads of a run (default: what the module is made for, else 1)",
         [](Options& o, const std::string& v) { return parseNumber("--threads", v, 1, 4096, o.threads.emplace(1)); }},
        {"--time", "S", "tune", "how long to search, in seconds (default 60)",
         [](Options& o, const std::string& v) { return parseNumber("--time", v, 0.0, 1e6, o.tuneSeconds); }},
        {"--timeout", "S", "check run explain export report", "ends a run that takes longer, and says so (default 600)",
         [](Options& o, const std::string& v) {
             return parseNumber<std::int64_t>("--timeout", v, 1, 1'000'000'000, o.timeout);
         }},
        editLines("--ungroup", EditKind::Ungroup, "steps are in no group"),
        {"--untouched", nullptr, withRecipes, "no steps: the model as it is",
         always([](Options& o, const std::string&) {
             o.recipes.push_back({Kind::Untouched, {}});
         })},
        {"--weights", "WHERE", "export", "embedded in the library (default), or in a file beside it",
         [](Options& o, const std::string& v) {
             return oneOf("--weights", v, {"embedded", "file"}, o.weights);
         }},
    };
}

std::string helpHint(const std::string& command)
{
    return isCommand(command) ? "strata --help " + command + " lists its options."
                              : "strata --help lists the commands.";
}

// A word that begins with one hyphen and is no number is a mistyped option far more often than a file.
bool looksLikeOption(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace

std::string RecipeSource::label() const
{
    return kind == Kind::File ? path : kind == Kind::Automatic ? "--auto" : "untouched";
}

Result<Options> parseOptions(const std::vector<std::string>& arguments)
{
    Options options;
    const std::vector<Option> known = table();
    std::vector<const Option*> used;
    bool onlyPaths = false;  // after "--"
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string name = arguments[i] == "-h" ? "--help" : arguments[i] == "-o" ? "--out" : arguments[i], value;
        if (onlyPaths || !looksLikeOption(name)) {
            (options.command.empty() ? options.command : options.paths.emplace_back()) = name;
            continue;
        }
        if (name == "--") {
            onlyPaths = true;
            continue;
        }
        const std::size_t equals = name.find('=');
        const bool inlined = equals != std::string::npos;
        if (inlined) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&](const Option& option) { return name == option.name; });
        if (found == known.end())
            return refused(say("There is no option {}.", name), {}, helpHint(options.command));
        if (inlined && !found->value)
            return refused(say("{} takes no value.", name));
        if (found->value && !inlined) {
            if (++i == arguments.size())
                return refused(say("{} takes a value: {} {}.", name, name, found->value));
            value = arguments[i];
        }
        if (found->value && value.empty())
            return refused(say("{} takes a value: {} {}.", name, name, found->value));
        if (found->edit && ++i == arguments.size())
            return refused(say("{} takes two values: {} {}.", name, name, found->value));
        STRATA_CHECK(found->edit ? found->edit(options, value, arguments[i]) : found->set(options, value));
        used.push_back(&*found);
    }
    if (isCommand(options.command))
        for (const Option* option : used)
            if (!option->takenBy(options.command))
                return refused(say("strata {} takes no {}.", options.command, option->name), {},
                               helpHint(options.command));
    return options;
}

bool isCommand(const std::string& name)
{
    return std::any_of(std::begin(commands), std::end(commands), [&](const Command& c) { return name == c.name; });
}

std::string usage()
{
    std::string text = "strata: see and steer how a machine-learning model becomes machine code\n\n";
    for (const Command& command : commands) {
        std::string line = "  strata " + std::string(command.name) + " " + command.arguments;
        line.resize(std::max<std::size_t>(line.size() + 2, 28), ' ');
        text += line + command.summary + "\n";
    }
    return text + R"(
MODEL is a .onnx or .strata file, or a folder in ONNX's test layout (model.onnx, test_data_set_*), whose inputs are then used.
Steps come from --recipe FILE, or --auto. strata --help COMMAND lists the options of a command.
Exit: 0 fine; 1 the answer is no: a step is refused, a check fails, the data end a run (an index out of its range);
      2 wrong use or bad input, so that nothing ran, or (check) something could not be checked; 3 environment; 70 our bug.
)";
}

std::string usage(const std::string& name)
{
    const auto command = std::find_if(std::begin(commands), std::end(commands),
                                      [&](const Command& c) { return name == c.name; });
    if (command == std::end(commands))
        return usage();
    std::string text = "strata " + name + " " + command->arguments + " [OPTION...]\n  " + command->summary + "\n\n";
    for (const Option& option : table())
        if (option.takenBy(name)) {
            std::string line = "  " + std::string(option.name) + (option.value ? std::string(" ") + option.value : "");
            line.resize(std::max<std::size_t>(line.size() + 2, 24), ' ');
            text += line + option.summary + "\n";
        }
    return *command->details ? text + "\n" + command->details + "\n" : text;
}

std::string printable(const std::string& text)
{
    using nlohmann::json;
    std::string clean = json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
    for (char& c : clean)
        if ((c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
            c = '?';
    return clean;
}

namespace {

// Lines below the first stand where the first does.
std::string indented(std::string text)
{
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
        text.insert(at + 1, "        ");
    return text;
}

nlohmann::json toJson(const Instance& instance)
{
    return {{"instance", instance.text()}, {"writes", instance.writes}, {"element", instance.element}};
}

nlohmann::json toJson(const Conflict& conflict)
{
    return {{"dependence", name(conflict.kind)},
            {"function", conflict.function},
            {"first", toJson(conflict.first)},
            {"second", toJson(conflict.second)},
            {"at_once", conflict.atOnce}};
}

}  // namespace

Catalogue catalogueFor(const Options& options)
{
    if (options.language.empty() || options.language == "en")
        return {};
    Result<Catalogue> catalogue = catalogueOf(options.language);
    return catalogue ? std::move(*catalogue) : Catalogue();
}

Exit fail(const Error& error, const Options& options)
{
    const char* kinds[] = {"refused", "environment", "bug"};
    if (options.json) {
        nlohmann::json nodes = nlohmann::json::array();
        for (const Cursor& node : error.nodes)
            nodes.push_back(toString(node));
        nlohmann::json object{
            {"error", kinds[int(error.kind)]}, {"message", error.message}, {"hint", error.hint}, {"nodes", nodes}};
        if (!error.said.pattern.empty()) {
            object["id"] = error.said.pattern;
            object["arguments"] = error.said.arguments;
        }
        if (error.conflict)
            object["conflict"] = toJson(*error.conflict);
        std::printf("%s\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else {
        const Error said = catalogueFor(options).translated(error);
        std::fprintf(stderr, "strata: %s\n", printable(said.message).c_str());
        if (!said.hint.empty())
            std::fprintf(stderr, "        %s\n", indented(printable(said.hint)).c_str());
        if (error.kind == ErrorKind::Bug)
            std::fprintf(stderr, "        This is a fault of Strata, not of your input.\n");
    }
    return exitOf(error);
}

Exit exitOf(const Error& error)
{
    return error.kind == ErrorKind::Refused       ? WrongUse
           : error.kind == ErrorKind::Environment ? EnvironmentFailed
                                                  : OurBug;
}

}  // namespace strata::cli
