#include "app/window/views/parameter_buttons.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QMenu>
#include <QRegularExpression>
#include <QToolButton>

namespace strata {

namespace {

class ParameterButtons {
    Q_DECLARE_TR_FUNCTIONS(ParameterButtons)
public:
    static QWidget* numbers(QLineEdit* edit)
    {
        auto* row = new QWidget;
        QHBoxLayout* layout = rowOf(row, edit);
        const auto add = [&](const QString& text, const QString& tip, QString (*change)(const QString&, int)) {
            auto* button = new QToolButton;
            button->setText(text);
            button->setToolTip(tip);
            button->setAccessibleName(tip);
            QObject::connect(button, &QToolButton::clicked, edit, [edit, change] {
                const int place = edit->cursorPosition();
                edit->setText(change(edit->text(), place));
                edit->setCursorPosition(place);
            });
            layout->addWidget(button);
        };
        add(QStringLiteral("÷2"), tr("Halve the number"), halved);
        add(QStringLiteral("×2"), tr("Double the number"), doubled);
        return row;
    }

    static QWidget* names(QLineEdit* edit, const QStringList& names)
    {
        auto* row = new QWidget;
        auto* button = new QToolButton;
        button->setText(QStringLiteral("▾"));
        button->setToolTip(tr("Choose names: a click adds one at the end, another takes it out"));
        button->setAccessibleName(button->toolTip());
        button->setPopupMode(QToolButton::InstantPopup);
        auto* menu = new QMenu(button);
        menu->addAction(tr("None"), edit, [edit] { edit->setText(QStringLiteral("[]")); });
        menu->addSeparator();
        for (const QString& name : names)
            menu->addAction(name, edit, [edit, name] { edit->setText(withNameToggled(edit->text(), name)); });
        button->setMenu(menu);
        rowOf(row, edit)->addWidget(button);
        return row;
    }

private:
    static QHBoxLayout* rowOf(QWidget* row, QLineEdit* edit)
    {
        auto* layout = new QHBoxLayout(row);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(2);
        layout->addWidget(edit, 1);
        row->setFocusProxy(edit);
        return layout;
    }
};

QString withNumber(const QString& text, int place, const std::function<qlonglong(qlonglong)>& change)
{
    static const QRegularExpression number(QStringLiteral("(?<![A-Za-z_0-9])\\d+"));
    QRegularExpressionMatch chosen;
    for (auto matches = number.globalMatch(text); matches.hasNext();) {
        const QRegularExpressionMatch match = matches.next();
        const bool there = match.capturedStart() <= place && place <= match.capturedEnd();
        if (there || !chosen.hasMatch() || !(chosen.capturedStart() <= place && place <= chosen.capturedEnd()))
            chosen = match;
    }
    if (!chosen.hasMatch())
        return text;
    QString changed = text;
    const qlonglong value = change(chosen.captured().toLongLong());
    return value > 0 ? changed.replace(chosen.capturedStart(), chosen.capturedLength(), QString::number(value)) : text;
}

}  // namespace

QString halved(const QString& text, int place)
{
    return withNumber(text, place, [](qlonglong value) { return value % 2 == 0 ? value / 2 : 0; });
}

QString doubled(const QString& text, int place)
{
    return withNumber(text, place, [](qlonglong value) { return value < (1ll << 40) ? value * 2 : 0; });
}

QString withNameToggled(const QString& list, const QString& name)
{
    QString inside = list.trimmed();
    if (inside.startsWith(QLatin1Char('[')))
        inside = inside.mid(1, inside.size() - (inside.endsWith(QLatin1Char(']')) ? 2 : 1));
    QStringList names;
    for (const QString& one : inside.split(QLatin1Char(','), Qt::SkipEmptyParts))
        names << one.trimmed();
    if (names.removeAll(name) == 0)
        names << name;
    return QLatin1Char('[') + names.join(QStringLiteral(", ")) + QLatin1Char(']');
}

QWidget* withButtons(QLineEdit* edit, const Parameter& parameter, const QStringList& names)
{
    switch (parameter.kind) {
    case ParameterKind::Integer:
    case ParameterKind::Integers: return ParameterButtons::numbers(edit);
    case ParameterKind::Loops:
    case ParameterKind::Nodes: return ParameterButtons::names(edit, names);
    default: return edit;
    }
}

}  // namespace strata
