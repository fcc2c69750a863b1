#include "app/lesson/words.h"

namespace strata {

const LessonWords& lessonWords(const std::string& language)
{
    static const LessonWords english{
        "What to look at", "Now you",   "Hints",     "What if",      "Questions", "What changed", "Time",
        "here",            "published", "not measured", "legal",     "refused",   "answer",
        "Graph",           "Loops",     "{} lines as before",
        "What it is about", "All times", "step",
        "{}, made by Strata on {}",
        "step by step",    "all below each other"};
    static const LessonWords chinese{
        "看这里",   "轮到你了", "提示",   "换个做法会怎样", "问题", "变了什么", "时间",
        "这里",     "公布的",   "没有测量", "可以",         "拒绝", "答案",
        "计算图",   "张量程序", "{} 行没有变",
        "这一课讲什么", "所有时间", "步骤",
        "{}，由 Strata 在 {} 上生成",
        "逐步翻看", "全部排在一起"};
    return language == "zh" ? chinese : english;
}

}  // namespace strata
