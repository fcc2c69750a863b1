// Blocks and threads of a device, and which thread touches which element: of a function whose loops are bound to them,
// read off the order of accesses of the evaluator.
#pragma once

#include "core/machine/trace.h"

#include <QString>
#include <QStringList>

#include <array>
#include <map>

namespace strata {

// By the names of loops, the axes that they are bound to.
using BoundAxes = std::map<std::string, std::string>;
BoundAxes boundAxes(const Function& function);

struct ThreadPicture {
    std::array<std::int64_t, 3> blocks{1, 1, 1}, threads{1, 1, 1};  // x, y, z
    std::int64_t block = 0;                                         // that the rows are of; x runs fastest

    // What the threads of the block do to a buffer in one block of the program.
    struct Row {
        std::string block, buffer;
        bool write = false;
        std::vector<std::int64_t> shape;                             // of the buffer
        std::map<std::int64_t, std::vector<std::int32_t>> elements;  // which threads touch it, in their order
        std::size_t mostThreads() const;                             // that touch one element
        std::string element(std::int64_t index) const;               // "A[0, 5]"
    };
    std::vector<Row> rows;

    std::int64_t blockCount() const { return blocks[0] * blocks[1] * blocks[2]; }
    std::int64_t threadCount() const { return threads[0] * threads[1] * threads[2]; }
    bool empty() const { return rows.empty(); }
    // "thread 5 of block 1", and for each row what it touches.
    QStringList sentences(std::int64_t thread) const;
};

// Memory that is a thread's own (local) is left out.
ThreadPicture threadPicture(const reference::AccessTrace& trace, const BoundAxes& axes, std::int64_t block);

}  // namespace strata
