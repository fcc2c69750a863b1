// The form of a page that is handed on: sections to step through by keys, with a list of them beside. Everything is in
// the file and in the text of the page, so that it reads without a network, without scripts (all sections below each
// other), and by a program. Browsers take it as HTML, XML parsers as XHTML.
#pragma once

#include "app/report/report.h"

namespace strata {

struct SheetSection {
    std::string id, number, title, figure;  // figure: what stands at the end of its line in the list
    std::string group;                      // a heading in the list, where it is another than before
    bool refused = false;                   // its line is struck through
    std::string html;
};

struct Sheet {
    std::string language = "en";
    std::string title, head, sentence;                                           // of the document; above its sections
    std::string stepByStep = "step by step", allBelow = "all below each other";  // what the keys do
    std::vector<SheetSection> sections;
};

std::string sheetPage(const Sheet& sheet);

// Pieces of a section. `tag` may have attributes: "p class=\"note\"".
std::string element(const std::string& tag, const std::string& text);
std::string codeLines(const std::vector<std::string>& lines);
// The lines of a diff, of a long function those around its changes; `hiddenLines` ("{} lines as before") tells of the
// others.
std::string codeDiff(const ReportedFunction& function, const std::string& hiddenLines);
std::string timeText(double ms);

}  // namespace strata
