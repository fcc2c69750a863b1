// A lesson's step as a page of rich text, with links for what the reader can do there.
#pragma once

#include "app/window/scene/scene.h"
#include "app/window/theme/theme.h"

namespace strata {

// Links are "strata:WHAT" or "strata:WHAT/NAME": next, previous, check, hint, look/0, whatif/NAME, answer/QUESTION,
// yes/QUESTION, no/QUESTION, this/QUESTION, step/N, run,
// handin, handout, reset.
QString lessonPage(const Scene& scene, const Theme& theme);

// Paragraphs, lists, `code`, *emphasis* and **strong** of a lesson's text.
QString lessonHtml(const std::string& markdown, const Theme& theme);

}  // namespace strata
