// Reads a lesson: the marks of its recipe, and the text of one language that belongs to them.
#include "app/lesson/lesson.h"
#include "app/workbench/place.h"
#include "core/base/trimmed.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace strata {

namespace {

// Takes a word off the front.
std::string word(std::string& text)
{
    text = trimmed(text);
    const std::size_t end = text.find_first_of(" \t");
    const std::string taken = text.substr(0, end);
    text = end == std::string::npos ? std::string() : trimmed(text.substr(end));
    return taken;
}

Error atLine(Error error, const std::string& file, int line)
{
    error.message = file + ", line " + std::to_string(line) + ": " + error.message;
    return error;
}

// --- marks
// -----------------------------------------------------------------------------------------------------------------------------

std::optional<NodeKind> kindByName(const std::string& word)
{
    for (const NodeKind kind :
         {NodeKind::Function, NodeKind::Operator, NodeKind::Value, NodeKind::Loop, NodeKind::Block, NodeKind::Buffer})
        if (word == nodeKindName(kind))
            return kind;
    return {};
}

// "mm_relu loop j1", "mm_relu function"
Result<Cursor> parseNode(std::string& rest)
{
    Cursor node{word(rest), NodeKind::Function, {}};
    const std::string kind = word(rest);
    const std::optional<NodeKind> known = kindByName(kind);
    if (node.function.empty() || !known)
        return refused(
            say("\"{}\" is no kind of node; a function is followed by function, node, value, loop, block or buffer, "
                "and its name.",
                kind));
    node.kind = *known;
    if (node.kind != NodeKind::Function && (node.name = word(rest)).empty())
        return refused(say("The {} has no name.", kind));
    return node;
}

class MarkReader {
public:
    MarkReader(Lesson& lesson, const Registry& registry, std::string file)
        : m_lesson(lesson)
        , m_registry(registry)
        , m_file(std::move(file))
    {
    }

    Status read()
    {
        int taken = 0;
        for (const RecipeLine& line : m_lesson.recipe.lines) {
            if (line.step) {
                if (line.depth > 0 || line.skipped)
                    continue;
                if (m_lesson.steps.empty())
                    return atLine(refused("A step stands before the first `#@ step NAME`."), m_file, line.number);
                ++m_lesson.steps.back().count;
                ++taken;
            } else if (line.comment.starts_with("#@")) {
                std::string rest = line.comment.substr(2);
                if (const Status status = mark(rest, taken, line.number); !status)
                    return atLine(status.error(), m_file, line.number);
            }
        }
        if (m_lesson.steps.empty())
            return refused(say("{} has no `#@ step NAME`, so it is a recipe without a lesson.", m_file));
        if (m_lesson.model.empty())
            return refused(say("{} does not say on which model: `#@ model FILE`.", m_file));
        return {};
    }

private:
    Status mark(std::string rest, int taken, int line)
    {
        const std::string kind = word(rest);
        if (kind == "model")
            return model(rest);
        if (kind == "input") {
            const std::string parameter = word(rest);
            m_lesson.inputs[parameter] = m_lesson.folder + "/" + rest;
            return {};
        }
        if (kind == "step") {
            for (const LessonStep& step : m_lesson.steps)
                if (step.name == rest)
                    return refused(say("There are two steps {}.", rest));
            LessonStep step;
            step.name = rest;
            step.first = taken;
            step.line = line;
            m_lesson.steps.push_back(std::move(step));
            return {};
        }
        if (m_lesson.steps.empty())
            return refused(say("`{}` stands before the first `#@ step NAME`.", kind));
        LessonStep& step = m_lesson.steps.back();
        if (kind == "look")
            return look(rest, step);
        if (kind == "whatif" || kind == "refused")
            return choice(kind, rest, step);
        if (kind == "question")
            return question(rest, step);
        if (kind == "published")
            return published(rest, step);
        if (kind == "target") {
            step.target = m_lesson.folder + "/" + rest;
            return {};
        }
        if (kind == "without")
            return without(rest, step);
        return refused(say("`{}` is no mark; there are model, input, step, look, whatif, refused, question, published, "
                           "target and without.",
                           kind));
    }

    Status model(const std::string& path)
    {
        const std::string samples = "samples:";
        m_lesson.model = path.starts_with(samples) ? folderOfProgram("samples") + "/" + path.substr(samples.size())
                                                   : m_lesson.folder + "/" + path;
        std::error_code error;
        if (!std::filesystem::exists(m_lesson.model, error))
            return refused(say("There is no model {}.", m_lesson.model));
        return {};
    }

    Status look(std::string rest, LessonStep& step)
    {
        LessonLook look;
        const std::string level = word(rest);
        const std::optional<Level> known = levelByName(level);
        if (!known)
            return refused(say("{} is no level; there are graph, loops, library and hardware.", level));
        look.level = *known;
        STRATA_TRY(look.node, parseNode(rest));
        step.looks.push_back(std::move(look));
        return {};
    }

    Result<Step> stepFrom(const std::string& text)
    {
        STRATA_TRY(Step step, parseStep(text, m_registry));
        return step;
    }

    Status choice(const std::string& kind, std::string rest, LessonStep& step)
    {
        LessonChoice choice;
        choice.name = word(rest);
        if (kind == "refused") {
            const std::size_t end = rest.size() > 1 && rest[0] == '"' ? rest.find('"', 1) : std::string::npos;
            if (end == std::string::npos || end == 1)
                return refused(say("After `refused {}` come words of the refusal, in quotes.", choice.name));
            choice.refusal = rest.substr(1, end - 1);
            rest = trimmed(rest.substr(end + 1));
        }
        STRATA_TRY(choice.step, stepFrom(rest));
        step.choices.push_back(std::move(choice));
        return {};
    }

    Status question(std::string rest, LessonStep& step)
    {
        using Kind = LessonQuestion::Kind;
        static const std::pair<const char*, Kind> kinds[] = {
            {"turns", Kind::Turns}, {"runs", Kind::Runs},   {"bytes", Kind::Bytes}, {"nodes", Kind::Nodes},
            {"value", Kind::Value}, {"legal", Kind::Legal}, {"node", Kind::Node}};
        LessonQuestion question;
        question.name = word(rest);
        const std::string kind = word(rest);
        const auto known = std::find_if(std::begin(kinds), std::end(kinds),
                                        [&](const auto& k) { return kind == k.first; });
        if (known == std::end(kinds))
            return refused(say("A question asks for turns, runs, bytes, nodes, value, legal or node, not {}.", kind));
        question.kind = known->second;
        const std::size_t equals = rest.rfind(" = ");
        if (question.kind != Kind::Node) {
            if (equals == std::string::npos)
                return refused(say("The question {} has no answer: it ends with ` = ANSWER`.", question.name));
            question.answer = trimmed(rest.substr(equals + 3));
            rest = rest.substr(0, equals);
        }
        STRATA_CHECK(subject(question, rest));
        step.questions.push_back(std::move(question));
        return {};
    }

    Status subject(LessonQuestion& question, std::string rest)
    {
        using Kind = LessonQuestion::Kind;
        switch (question.kind) {
        case Kind::Legal: {
            STRATA_TRY(question.step, stepFrom(rest));
            return {};
        }
        case Kind::Node: {
            STRATA_TRY(question.node, parseNode(rest));
            question.answer = std::string(nodeKindName(question.node.kind)) + " " + question.node.name;
            return {};
        }
        case Kind::Value:
            question.node = {"", NodeKind::Value, word(rest)};
            while (!rest.empty()) {
                const std::string number = word(rest);
                std::int64_t& at = question.index.emplace_back(0);
                if (std::from_chars(number.data(), number.data() + number.size(), at).ec != std::errc())
                    return refused(say("\"{}\" is no index.", number));
            }
            return {};
        case Kind::Nodes: question.node = functionCursor(word(rest)); return {};
        default:
            question.node = {word(rest), question.kind == Kind::Bytes ? NodeKind::Buffer : NodeKind::Loop, {}};
            question.node.name = word(rest);
            return {};
        }
    }

    Status without(std::string rest, LessonStep& step)
    {
        const std::string kind = word(rest);
        for (const MistakeKind known : allMistakes)
            if (kind == name(known) && !rest.empty()) {
                step.without[known] = rest;
                return {};
            }
        return refused(
            say("`without` takes argument, order, missing, extra or illegal, and why no reader can make this "
                "mistake, not \"{} {}\".",
                kind, rest));
    }

    Status published(std::string rest, LessonStep& step)
    {
        PublishedTime time;
        time.source = word(rest);
        const std::string number = word(rest);
        time.unit = rest;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), time.value);
        if (error != std::errc() || end != number.data() + number.size() || time.unit.empty())
            return refused(say("`published` takes a source, a number and a unit, not \"{} {}\".", number, rest));
        step.published.push_back(std::move(time));
        return {};
    }

    Lesson& m_lesson;
    const Registry& m_registry;
    std::string m_file;
};

// --- text
// ------------------------------------------------------------------------------------------------------------------------------

// The text between two headings, or its list, under a name.
struct Section {
    std::string name, title, text;
    std::vector<std::string> items;
    int line = 0;
};

class TextReader {
public:
    TextReader(Lesson& lesson, const Registry& registry, std::string file)
        : m_lesson(lesson)
        , m_registry(registry)
        , m_file(std::move(file))
    {
    }

    Status read(const std::string& text)
    {
        std::istringstream lines(text);
        STRATA_CHECK(front(lines));
        STRATA_CHECK(body(lines));
        for (std::size_t i = 0; i < m_lesson.steps.size(); ++i)
            if (m_lesson.steps[i].title.empty())
                return refused(say("{} has no heading {#{}}, as the recipe has.", m_file, m_lesson.steps[i].name));
        for (LessonStep& step : m_lesson.steps) {
            STRATA_CHECK(whole(step));
            if (step.count > 0)
                step.hints.push_back(answer(step));
        }
        return {};
    }

private:
    Error fault(Sentence said, int line) const { return atLine(refused(std::move(said)), m_file, line); }

    Status front(std::istream& lines)
    {
        std::string line;
        if (!next(lines, line) || line != "---")
            return fault(say("A lesson begins with `---`, then lines `key: value`, then `---`."), 1);
        while (next(lines, line) && line != "---") {
            const std::size_t colon = line.find(": ");
            if (colon == std::string::npos)
                return fault(say("\"{}\" is no `key: value`.", line), m_line);
            const std::string key = line.substr(0, colon), value = trimmed(line.substr(colon + 2));
            if (key == "title")
                m_lesson.title = value;
            else if (key == "chapter")
                m_lesson.chapter = value;
            else if (key == "summary")
                m_lesson.summary = value;
            else if (key == "differ")
                m_lesson.differ = value;
            else if (key.starts_with("source "))
                m_lesson.sources[trimmed(key.substr(7))] = value;
            else
                return fault(say("{} is none of title, chapter, summary, differ and `source NAME`.", key), m_line);
        }
        if (m_lesson.title.empty() || m_lesson.summary.empty())
            return fault(say("A lesson has a title and a summary."), 1);
        return {};
    }

    bool next(std::istream& lines, std::string& line)
    {
        if (!std::getline(lines, line))
            return false;
        ++m_line;
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
        return true;
    }

    // "## Title {#name}"
    bool heading(const std::string& line, std::string_view marks, Section& section) const
    {
        if (!line.starts_with(marks) || line.size() <= marks.size() || line[marks.size()] != ' ')
            return false;
        const std::size_t open = line.rfind("{#");
        section = {};
        section.line = m_line;
        if (open != std::string::npos && line.back() == '}') {
            section.name = line.substr(open + 2, line.size() - open - 3);
            section.title = trimmed(line.substr(marks.size(), open - marks.size()));
        } else {
            section.title = trimmed(line.substr(marks.size()));
        }
        return true;
    }

    static void add(Section& section, const std::string& line)
    {
        if (line.starts_with("- "))
            section.items.push_back(trimmed(line.substr(2)));
        else if (line.starts_with("  ") && !section.items.empty())
            section.items.back() += " " + trimmed(line);
        section.text += line + "\n";
    }

    Status body(std::istream& lines)
    {
        std::string line;
        Section section;  // what stands before the first heading
        Section found;
        while (next(lines, line)) {
            if (heading(line, "##", found)) {
                STRATA_CHECK(put(section));
                STRATA_CHECK(begin(found));
                section = {};
            } else if (heading(line, "###", found)) {
                STRATA_CHECK(put(section));
                section = found;
                if (section.name.empty())
                    return fault(say("The heading \"{}\" has no name: {#look}, {#task}, {#hints}, {#whatif}, "
                                     "{#questions} or {#changed}.",
                                     section.title),
                                 m_line);
            } else {
                add(section, line);
            }
        }
        return put(section);
    }

    Status begin(const Section& heading)
    {
        for (LessonStep& step : m_lesson.steps)
            if (step.name == heading.name) {
                if (!step.title.empty())
                    return fault(say("There are two headings {#{}}.", heading.name), heading.line);
                if (&step != &m_lesson.steps[m_next])
                    return fault(say("The steps stand in another order than in the recipe: here comes {}.",
                                     m_lesson.steps[m_next].name),
                                 heading.line);
                ++m_next;
                m_step = &step;
                step.title = heading.title;
                return {};
            }
        return fault(say("The heading \"{}\" names no step of the recipe.", heading.title), heading.line);
    }

    // "name: text"
    template<class List>
    Status assign(const Section& section, List& list)
    {
        for (const std::string& item : section.items) {
            const std::size_t colon = item.find(": ");
            const std::string key = item.substr(0, colon);
            const auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.name == key; });
            if (colon == std::string::npos || found == list.end())
                return fault(say("\"{}\" is no `name: text` of a mark of this step.", item), section.line);
            found->text = item.substr(colon + 2);
        }
        return {};
    }

    static std::string bare(const std::string& text)
    {
        const std::size_t first = text.find_first_not_of('\n'), last = text.find_last_not_of('\n');
        return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
    }

    Status put(const Section& section)
    {
        if (!m_step) {
            m_lesson.text = bare(section.text);
            return {};
        }
        LessonStep& step = *m_step;
        if (section.name.empty())
            step.text = bare(section.text);
        else if (section.name == "look")
            return looks(section, step);
        else if (section.name == "task")
            step.task = bare(section.text);
        else if (section.name == "hints")
            step.hints = section.items;
        else if (section.name == "whatif")
            return assign(section, step.choices);
        else if (section.name == "questions")
            return assign(section, step.questions);
        else if (section.name == "changed")
            step.changed = bare(section.text);
        else
            return fault(say("{#{}} is none of look, task, hints, whatif, questions and changed.", section.name),
                         section.line);
        return {};
    }

    Status looks(const Section& section, LessonStep& step)
    {
        if (section.items.size() != step.looks.size())
            return fault(
                say("There are {} things to look at; the recipe marks {}.", section.items.size(), step.looks.size()),
                section.line);
        for (std::size_t i = 0; i < step.looks.size(); ++i)
            step.looks[i].text = section.items[i];
        return {};
    }

    // The last hint is the answer, and that stands in the recipe.
    std::string answer(const LessonStep& step) const
    {
        std::string lines;
        for (Step taken : m_lesson.stepsOf(step)) {
            taken.comment.clear();
            lines += (lines.empty() ? "`" : ", `") + print(taken, m_registry) + "`";
        }
        return lines;
    }

    // Nothing that the marks promise is without words.
    Status whole(const LessonStep& step) const
    {
        const auto missing = [&](const std::string& what) {
            return refused(say("{}: the step {} has no text for {}.", m_file, step.name, what));
        };
        if (step.text.empty())
            return missing("itself");
        for (const LessonLook& look : step.looks)
            if (look.text.empty())
                return missing("what to look at");
        for (const LessonChoice& choice : step.choices)
            if (choice.text.empty())
                return missing(choice.name);
        for (const LessonQuestion& question : step.questions)
            if (question.text.empty())
                return missing(question.name);
        for (const PublishedTime& time : step.published)
            if (!m_lesson.sources.count(time.source))
                return missing("source " + time.source);
        if (!step.published.empty() && m_lesson.differ.empty())
            return missing("why its published figures differ from the reader's own: `differ: ...` above");
        if (step.count > 0 && (step.task.empty() || step.hints.size() != 2 || step.changed.empty()))
            return missing("what to do: {#task}, two {#hints} and {#changed}");
        return {};
    }

    Lesson& m_lesson;
    const Registry& m_registry;
    std::string m_file;
    LessonStep* m_step = nullptr;
    std::size_t m_next = 0;
    int m_line = 0;
};

}  // namespace

Result<Lesson> readLesson(const std::string& folder, const std::string& language, const Registry& registry)
{
    Lesson lesson;
    lesson.folder = folder;
    lesson.language = language;
    lesson.name = std::filesystem::path(folder).filename().string();
    const std::string recipe = folder + "/lesson.recipe", text = folder + "/lesson." + language + ".md";
    STRATA_TRY(lesson.recipe, loadRecipe(recipe, registry));
    STRATA_CHECK(MarkReader(lesson, registry, recipe).read());
    std::ifstream file(text, std::ios::binary);
    if (!file)
        return refused(say("The lesson {} has no text in this language: there is no {}.", lesson.name, text));
    std::ostringstream words;
    words << file.rdbuf();
    STRATA_CHECK(TextReader(lesson, registry, text).read(words.str()));
    return lesson;
}

}  // namespace strata
