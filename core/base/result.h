// Errors as values.
//
// Every operation that can fail returns Result<T>. There are three kinds, and they say whose turn it is:
//   Refused      the user's: bad input, an illegal step, an unknown name. The sentence says what and where, the hint
//   what to do. Environment  the machine's: a missing file, driver or library, a full disk, a worker that was killed.
//   Bug          ours: an invariant of Strata does not hold. Never shown as the user's fault.
// Messages are sentences in the present tense. Nothing in Strata throws across a function that returns Result.
//
// A refusal is known by its pattern and arguments (sentence.h), the nodes it speaks of, and, where it is about order,
// the two executions that would change places.
#pragma once

#include "core/base/cursor.h"
#include "core/base/instance.h"
#include "core/base/sentence.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace strata {

enum class ErrorKind { Refused, Environment, Bug };

struct Error {
    ErrorKind kind = ErrorKind::Bug;
    std::string message;        // a sentence (text errors: followed by the source line and a caret line)
    std::vector<Cursor> nodes;  // what it speaks of, for the window to underline
    std::string hint;           // what would make it possible; may be empty
    Sentence said;              // the message with its arguments apart; no pattern: it is nothing but text
    std::optional<Conflict> conflict;

    // "message" or "message hint", as one paragraph.
    std::string text() const { return hint.empty() ? message : message + " " + hint; }
};

inline Error refused(Sentence said, std::vector<Cursor> nodes = {}, std::string hint = {})
{
    std::string message = said.text();
    return {ErrorKind::Refused, std::move(message), std::move(nodes), std::move(hint), std::move(said), {}};
}
inline Error refused(std::string message, std::vector<Cursor> nodes = {}, std::string hint = {})
{
    return {ErrorKind::Refused, std::move(message), std::move(nodes), std::move(hint), {}, {}};
}
template<std::size_t length>
Error refused(const char (&literal)[length], std::vector<Cursor> nodes = {}, std::string hint = {})
{
    return refused(Sentence{literal, {}}, std::move(nodes), std::move(hint));
}
inline Error environmentError(std::string message, std::string hint = {})
{
    return {ErrorKind::Environment, std::move(message), {}, std::move(hint), {}, {}};
}
inline Error bug(std::string message) { return {ErrorKind::Bug, std::move(message), {}, {}, {}, {}}; }

template<class T>
class [[nodiscard]] Result {
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {
    }

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }
    const T& value() const& { return std::get<0>(m_state); }
    T& value() & { return std::get<0>(m_state); }
    T&& value() && { return std::get<0>(std::move(m_state)); }
    const T& operator*() const& { return value(); }
    T& operator*() & { return value(); }
    const T* operator->() const { return &value(); }
    T* operator->() { return &value(); }
    const Error& error() const { return std::get<1>(m_state); }

private:
    std::variant<T, Error> m_state;
};

template<>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)
        : m_failed(true)
        , m_error(std::move(error))
    {
    }
    bool ok() const { return !m_failed; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return m_error; }

private:
    bool m_failed = false;
    Error m_error;
};

using Status = Result<void>;

}  // namespace strata

#define STRATA_CONCAT_(a, b) a##b
#define STRATA_CONCAT(a, b) STRATA_CONCAT_(a, b)

// Returns the error of a Status or Result from the enclosing function.
#define STRATA_CHECK(expression)                                                                                       \
    do {                                                                                                               \
        if (auto strata_status = (expression); !strata_status)                                                         \
            return strata_status.error();                                                                              \
    } while (false)

// STRATA_TRY(auto value, f(x)): declares `value` from a Result, or returns its error from the enclosing function.
#define STRATA_TRY(declaration, expression)                                                                            \
    auto STRATA_CONCAT(strata_result_, __LINE__) = (expression);                                                       \
    if (!STRATA_CONCAT(strata_result_, __LINE__))                                                                      \
        return STRATA_CONCAT(strata_result_, __LINE__).error();                                                        \
    declaration = std::move(STRATA_CONCAT(strata_result_, __LINE__)).value()
