/* What functions of texts do to bytes: UTF-8, as ONNX has it. C, because the runtime of artifacts does with it what the
 * evaluator does.
 *
 * Nothing here allocates: who calls gives the room that is named. A byte that is no UTF-8 is a character of its own and
 * stays what it is. Numbers are read and written with a point, whatever the program's locale. */
#pragma once

#include <locale.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A part of a text. */
typedef struct {
    const char* data;
    int64_t size;
} strata_text;

enum { STRATA_TEXT_NUMBER = 40 }; /* room for any number as text */

/* --- letters ------------------------------------------------------------------------------------------------------ */

/* The character at the beginning, and how many bytes it takes; 0xffffffff for a byte that begins none. */
static inline int strata_text_character(const unsigned char* at, int64_t left, uint32_t* code)
{
    const int bytes = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : 0;
    *code = 0xffffffff;
    if (bytes == 1)
        *code = at[0];
    if (bytes < 2 || bytes > left || (at[1] & 0xc0) != 0x80 || (bytes == 3 && (at[2] & 0xc0) != 0x80))
        return 1;
    *code = bytes == 2 ? (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f)
                       : (uint32_t)(at[0] & 0xf) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
    return bytes;
}

static inline int strata_text_put(uint32_t code, char* to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | code >> 12);
    to[1] = (char)(0x80 | (code >> 6 & 0x3f));
    to[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

/* Letters from `first` to `last`: upper ones lie `apart` below their lower ones; apart 1: they take turns, the upper
 * one first. */
typedef struct {
    uint16_t first, last, apart;
} strata_text_letters;

/* Latin, Greek, Cyrillic and Armenian: the alphabets whose letters have a case, but for rare ones. */
static const strata_text_letters strata_text_alphabets[] = {
    {0x41, 0x5a, 32},   {0xc0, 0xd6, 32},   {0xd8, 0xde, 32},    {0x100, 0x12f, 1},   {0x132, 0x137, 1},
    {0x139, 0x148, 1},  {0x14a, 0x177, 1},  {0x179, 0x17e, 1},   {0x1cd, 0x1dc, 1},   {0x1de, 0x1ef, 1},
    {0x1f8, 0x21f, 1},  {0x222, 0x233, 1},  {0x386, 0x386, 38},  {0x388, 0x38a, 37},  {0x38c, 0x38c, 64},
    {0x38e, 0x38f, 63}, {0x391, 0x3a1, 32}, {0x3a3, 0x3ab, 32},  {0x3d8, 0x3ef, 1},   {0x400, 0x40f, 80},
    {0x410, 0x42f, 32}, {0x460, 0x481, 1},  {0x48a, 0x4bf, 1},   {0x4c0, 0x4c0, 15},  {0x4c1, 0x4ce, 1},
    {0x4d0, 0x52f, 1},  {0x531, 0x556, 48}, {0x1e00, 0x1e95, 1}, {0x1ea0, 0x1eff, 1}, {0xff21, 0xff3a, 32},
};

static inline uint32_t strata_text_letter(uint32_t code, int upper)
{
    if (code == 0xff || code == 0x178)
        return upper ? 0x178 : 0xff;
    if (upper && (code == 0xb5 || code == 0x3c2 || code == 0x17f || code == 0x131))
        return code == 0xb5 ? 0x39c : code == 0x3c2 ? 0x3a3 : code == 0x17f ? 'S' : 'I';
    for (size_t i = 0; i < sizeof strata_text_alphabets / sizeof *strata_text_alphabets; ++i) {
        const strata_text_letters letters = strata_text_alphabets[i];
        if (letters.apart == 1 && code >= letters.first && code <= letters.last)
            return letters.first + ((code - letters.first) & ~1u) + (upper ? 0 : 1);
        if (letters.apart != 1 && !upper && code >= letters.first && code <= letters.last)
            return code + letters.apart;
        if (letters.apart != 1 && upper && code >= (uint32_t)letters.first + letters.apart
            && code <= (uint32_t)letters.last + letters.apart)
            return code - letters.apart;
    }
    return code;
}

/* The text in upper or lower letters; `to` has room for as many bytes. Returns how many it takes. */
static inline int64_t strata_text_case(strata_text text, int upper, char* to)
{
    int64_t size = 0;
    for (int64_t at = 0; at < text.size;) {
        uint32_t code;
        const int bytes = strata_text_character((const unsigned char*)text.data + at, text.size - at, &code);
        const uint32_t letter = code == 0xffffffff ? code : strata_text_letter(code, upper);
        if (upper && code == 0xdf) { /* the sharp s has no upper letter of its own */
            to[size++] = 'S';
            to[size++] = 'S';
        } else if (letter == code) {
            memcpy(to + size, text.data + at, (size_t)bytes);
            size += bytes;
        } else {
            size += strata_text_put(letter, to + size);
        }
        at += bytes;
    }
    return size;
}

/* --- whole texts -------------------------------------------------------------------------------------------------- */

/* Below 0 if the first comes before the second, 0 if they are equal: by bytes, which is by characters in UTF-8. */
static inline int strata_text_order(strata_text a, strata_text b)
{
    const int64_t both = a.size < b.size ? a.size : b.size;
    const int order = both ? memcmp(a.data, b.data, (size_t)both) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* Whether all of a text matches a regular expression, by its automaton (core/base/pattern.h). */
static inline int strata_text_matches(strata_text text, const unsigned char* automaton)
{
    const int classes = automaton[0] | automaton[1] << 8;
    const unsigned char *const class_of = automaton + 2, *const table = class_of + 256;
    int state = 1;
    for (int64_t i = 0; i <= text.size && state; ++i) {
        const int of = i < text.size ? class_of[(unsigned char)text.data[i]] : classes - 1;
        const unsigned char* const next = table + 2 * ((int64_t)state * classes + of);
        state = next[0] | next[1] << 8;
    }
    return state;
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

/* The locale of C for this thread, until it is given back. */
static inline locale_t strata_text_plain(void) { return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0)); }

static inline int strata_text_holds(const char* digits, double value, int isSingle)
{
    return isSingle ? strtof(digits, NULL) == (float)value : strtod(digits, NULL) == value;
}

/* As few digits as tell the number from all others of its type: 0.1, 25.0, 1e-05, 1.5e+20, nan, -inf. */
static inline int64_t strata_text_of_real(double value, int isSingle, char* to)
{
    if (value != value || value - value != 0)
        return snprintf(to, STRATA_TEXT_NUMBER, "%s", value != value ? "nan" : value < 0 ? "-inf" : "inf");
    const double size = value < 0 ? -value : value;
    const locale_t before = strata_text_plain();
    int digits = 1;
    for (; digits < 17; ++digits) {
        snprintf(to, STRATA_TEXT_NUMBER, "%.*e", digits - 1, value);
        if (strata_text_holds(to, value, isSingle))
            break;
    }
    int64_t length = snprintf(to, STRATA_TEXT_NUMBER, "%.*e", digits - 1, value);
    if (size == 0 || (size >= 1e-4 && size < 1e16)) {
        const int power = atoi(strchr(to, 'e') + 1), behind = digits - 1 - power;
        length = snprintf(to, STRATA_TEXT_NUMBER, "%.*f", behind > 1 ? behind : 1, value);
    }
    uselocale(before);
    return length;
}

static inline int64_t strata_text_of_whole(int64_t value, int isUnsigned, char* to)
{
    return isUnsigned ? snprintf(to, STRATA_TEXT_NUMBER, "%llu", (unsigned long long)value)
                      : snprintf(to, STRATA_TEXT_NUMBER, "%lld", (long long)value);
}

static inline int strata_text_is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The text between white space, with a 0 behind it; 0 if it is empty, holds a 0 or is too long for a number. */
static inline int strata_text_trimmed(strata_text text, char* to, int64_t room)
{
    while (text.size > 0 && strata_text_is_space(text.data[0]))
        ++text.data, --text.size;
    while (text.size > 0 && strata_text_is_space(text.data[text.size - 1]))
        --text.size;
    if (text.size < 1 || text.size >= room || memchr(text.data, 0, (size_t)text.size))
        return 0;
    memcpy(to, text.data, (size_t)text.size);
    to[text.size] = 0;
    return 1;
}

/* A real number, or inf, infinity and nan in any letters, with a sign or without. 0: it is none. */
static inline int strata_text_to_real(strata_text text, int isSingle, double* value)
{
    char digits[512];
    char* end = digits;
    if (!strata_text_trimmed(text, digits, sizeof digits))
        return 0;
    const char* first = digits + (digits[0] == '+' || digits[0] == '-');
    if (strchr("xX(", first[0]) || (first[0] == '0' && (first[1] == 'x' || first[1] == 'X')) || strchr(digits, '('))
        return 0;
    const locale_t before = strata_text_plain();
    *value = isSingle ? strtof(digits, &end) : strtod(digits, &end);
    uselocale(before);
    return *end == 0;
}

/* A whole number that the type holds. */
static inline int strata_text_to_whole(strata_text text, int isUnsigned, int64_t* value)
{
    char digits[64];
    if (!strata_text_trimmed(text, digits, sizeof digits))
        return 0;
    const int negative = digits[0] == '-', sign = negative || digits[0] == '+';
    uint64_t size = 0;
    if (!digits[sign])
        return 0;
    for (const char* at = digits + sign; *at; ++at) {
        if (*at < '0' || *at > '9' || size > (UINT64_MAX - (uint64_t)(*at - '0')) / 10)
            return 0;
        size = size * 10 + (uint64_t)(*at - '0');
    }
    const uint64_t most = isUnsigned ? (negative ? 0 : UINT64_MAX) : (uint64_t)INT64_MAX + (uint64_t)negative;
    *value = (int64_t)(negative ? 0 - size : size);
    return size <= most;
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

/* Where the delimiter begins in the text; -1: nowhere. An empty delimiter is any white space. */
static inline int64_t strata_text_find(strata_text text, strata_text delimiter, int64_t from)
{
    for (int64_t at = from; at + (delimiter.size ? delimiter.size : 1) <= text.size; ++at)
        if (delimiter.size ? memcmp(text.data + at, delimiter.data, (size_t)delimiter.size) == 0
                           : strata_text_is_space(text.data[at]))
            return at;
    return -1;
}

/* Piece `wanted` of the text between delimiters, of which the first `most` part it (all, if that is negative). Without
 * a delimiter pieces lie between white space, and none is empty. Returns how many pieces there are up to the wanted
 * one, or in all (`wanted` below 0). Past the last one the piece is empty. */
static inline int64_t strata_text_piece(strata_text text, strata_text delimiter, int64_t most, int64_t wanted,
                                        strata_text* piece)
{
    int64_t at = 0, count = 0;
    piece->data = text.data;
    piece->size = 0;
    for (;;) {
        while (!delimiter.size && at < text.size && strata_text_is_space(text.data[at]))
            ++at;
        if (!delimiter.size && at >= text.size)
            return count;
        const int64_t end = most >= 0 && count >= most ? -1 : strata_text_find(text, delimiter, at);
        if (count == wanted) {
            piece->data = text.data + at;
            piece->size = (end < 0 ? text.size : end) - at;
        }
        ++count;
        if (end < 0 || (wanted >= 0 && count > wanted))
            return count;
        at = end + (delimiter.size ? delimiter.size : 1);
    }
}

/* Whether a character is one of a class, written as between the brackets of a regular expression: "a-z0-9_", "^ ,." for
 * all others; a backslash stands before a character that means itself. */
static inline int strata_text_in_class(uint32_t code, strata_text of)
{
    int found = 0;
    int64_t at = 0;
    const int negated = of.size > 0 && of.data[0] == '^';
    for (at = negated; at < of.size;) {
        uint32_t ends[2] = {0, 0};
        for (int end = 0; end < 2; ++end) {
            if (end == 1 && !(at + 1 < of.size && of.data[at] == '-')) {
                ends[1] = ends[0];
                break;
            }
            at += end;
            at += of.data[at] == '\\' && at + 1 < of.size;
            at += strata_text_character((const unsigned char*)of.data + at, of.size - at, &ends[end]);
        }
        found |= code >= ends[0] && code <= ends[1];
    }
    return negated ? !found : found;
}

/* Token `wanted` of a text: the longest runs of `least` or more characters of a class; 0: each such character by
 * itself. As strata_text_piece. */
static inline int64_t strata_text_token(strata_text text, strata_text of, int64_t least, int64_t wanted,
                                        strata_text* token)
{
    int64_t count = 0, begin = 0, length = 0;
    token->data = text.data;
    token->size = 0;
    for (int64_t at = 0; at <= text.size;) {
        uint32_t code = 0;
        const int bytes = at < text.size
                              ? strata_text_character((const unsigned char*)text.data + at, text.size - at, &code)
                              : 1;
        const int isOne = at < text.size && strata_text_in_class(code, of);
        if (length > 0 && (!isOne || least == 0)) {
            if (length >= least && count++ == wanted) {
                token->data = text.data + begin;
                token->size = at - begin;
                return count;
            }
            length = 0;
        }
        if (isOne) {
            begin = length == 0 ? at : begin;
            ++length;
        }
        at += bytes;
    }
    return count;
}
