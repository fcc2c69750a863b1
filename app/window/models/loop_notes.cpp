#include "app/window/models/loop_notes.h"

#include "app/window/models/format.h"
#include "core/ir/cpu.h"

#include <QCoreApplication>

#include <algorithm>

namespace strata {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("LoopNotes", text); }

QString sizeText(std::int64_t bytes) { return formatBytes(double(bytes)); }

// "B 32×": what several iterations touch is worth keeping near.
QString reuseText(const LoopFootprint& loop)
{
    QStringList parts;
    for (const LoopFootprint::Touched& one : loop.buffers)
        if (one.reuse >= 1.5)
            parts << QStringLiteral("%1 %2×").arg(QString::fromStdString(one.buffer)).arg(qRound64(one.reuse));
    return parts.join(QLatin1Char(' '));
}

QString touchedText(const LoopFootprint& loop)
{
    QStringList parts;
    for (const LoopFootprint::Touched& one : loop.buffers)
        parts << QStringLiteral("%1 %2").arg(QString::fromStdString(one.buffer), sizeText(one.bytes));
    return parts.size() > 4 ? sizeText(loop.bytes()) : parts.join(QStringLiteral(", "));
}

QString tipOf(const LoopFootprint& loop, const Target& target)
{
    QStringList lines{
        tr("Loop %1: %2 turns").arg(QString::fromStdString(loop.loop)).arg(loop.turns),
        tr("One run touches %1, in cache lines %2: %3")
            .arg(sizeText(loop.bytes()), sizeText(loop.lineBytes()), cacheThatHolds(loop.lineBytes(), target))};
    for (const LoopFootprint::Touched& one : loop.buffers)
        lines << (one.reuse >= 1.5 ? tr("%1: %2, each element in %3 of the turns")
                                         .arg(QString::fromStdString(one.buffer), sizeText(one.bytes))
                                         .arg(qRound64(one.reuse))
                                   : tr("%1: %2, each element in one turn")
                                         .arg(QString::fromStdString(one.buffer), sizeText(one.bytes)));
    return lines.join(QLatin1Char('\n'));
}

struct Row {
    int number = 0;
    QString turns, touched, fits, reuse, tip;
};

// The loops that a line names, outermost first: what one run of the line touches is what the outermost does.
Row rowOf(int number, const std::vector<const LoopFootprint*>& loops, const Target& target)
{
    Row row{number, {}, touchedText(*loops.front()), cacheThatHolds(loops.front()->lineBytes(), target), {}, {}};
    QStringList turns, reuse, tips;
    for (const LoopFootprint* loop : loops) {
        turns << QString::number(loop->turns);
        if (const QString text = reuseText(*loop); !text.isEmpty())
            reuse << text;
        tips << tipOf(*loop, target);
    }
    row.turns = turns.join(QStringLiteral("·")) + QStringLiteral(" ×");
    row.reuse = reuse.join(QStringLiteral(" · "));
    row.tip = tips.join(QStringLiteral("\n\n"));
    return row;
}

}  // namespace

QString cacheThatHolds(std::int64_t lineBytes, const Target& target)
{
    const Caches caches = cachesOf(target);
    return lineBytes == 0                ? tr("registers")
           : lineBytes <= caches.l1Bytes ? QStringLiteral("L1")
           : lineBytes <= caches.l2Bytes ? QStringLiteral("L2")
           : lineBytes <= caches.l3Bytes ? QStringLiteral("L3")
                                         : tr("memory");
}

std::vector<std::pair<QString, QString>> footprintRows(const LoopFootprint& loop, const Target& target)
{
    std::vector<std::pair<QString, QString>> rows{
        {tr("one run touches"), touchedText(loop)},
        {tr("fits"),
         tr("%1, by cache lines of %2").arg(cacheThatHolds(loop.lineBytes(), target), sizeText(loop.lineBytes()))}};
    if (const QString reuse = reuseText(loop); !reuse.isEmpty())
        rows.emplace_back(tr("reuse"), reuse);
    return rows;
}

MarginNotes loopNotes(const LineDocument& document, const std::vector<LoopFootprint>& loops, const Target& target)
{
    std::vector<Row> rows;
    for (const PaneLine& line : document.lines) {
        if (line.number <= 0 || !line.text.trimmed().startsWith(QLatin1String("for ")))
            continue;
        std::vector<const LoopFootprint*> named;
        std::ptrdiff_t all = 0;
        for (auto cursor = line.cursors.rbegin(); cursor != line.cursors.rend(); ++cursor) {
            all += cursor->kind == NodeKind::Loop;
            for (const LoopFootprint& loop : loops)
                if (cursor->kind == NodeKind::Loop && cursor->name == loop.loop)
                    named.push_back(&loop);
        }
        // Of a line with a loop over a size nothing is known.
        if (!named.empty() && std::ssize(named) == all)
            rows.push_back(rowOf(line.number, named, target));
    }
    if (rows.empty())
        return {};
    const Row head{1, tr("turns"), tr("touched by one run"), tr("fits"), tr("reuse"), {}};
    int turns = int(head.turns.size()), touched = int(head.touched.size()), fits = int(head.fits.size()),
        reuse = int(head.reuse.size());
    for (const Row& row : rows) {
        turns = std::max(turns, int(row.turns.size()));
        touched = std::max(touched, int(row.touched.size()));
        fits = std::max(fits, int(row.fits.size()));
        reuse = std::max(reuse, int(row.reuse.size()));
    }
    MarginNotes notes;
    const auto add = [&](const Row& row, const QString& brief) {
        notes[row.number] = {row.turns.rightJustified(turns) + QStringLiteral("  ") + row.touched.leftJustified(touched)
                                 + QStringLiteral("  ") + row.fits.leftJustified(fits) + QStringLiteral("  ")
                                 + row.reuse.leftJustified(reuse),
                             brief, row.tip, false};
    };
    add(head, {});
    for (const Row& row : rows)
        add(row, row.turns + QStringLiteral("  ") + row.fits.leftJustified(fits));
    return notes;
}

}  // namespace strata
