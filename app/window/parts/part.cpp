#include "app/window/parts/part.h"

#include "app/window/theme/theme.h"

namespace strata {

Part::Part(QString name, Aspects concerns, Workspace& workspace)
    : m_name(std::move(name))
    , m_concerns(concerns)
    , m_workspace(workspace)
{
}

QString Part::id() const
{
    const QString name = QString::fromLatin1(metaObject()->className()).section(QLatin1Char(':'), -1);
    return name.chopped(QStringView(u"Part").size()).toLower();
}

namespace {

// A widget with all that it holds in the colours of paper, while this lives.
class OnPaper {
public:
    explicit OnPaper(QWidget* widget)
    {
        QList<QWidget*> all = widget->findChildren<QWidget*>();
        all.prepend(widget);
        for (QWidget* one : all) {
            m_before.emplace_back(one, one->testAttribute(Qt::WA_SetPalette) ? one->palette() : QPalette());
            one->setPalette(paletteOf(lightTheme()));
        }
    }
    ~OnPaper()
    {
        for (const auto& [widget, palette] : m_before)
            widget->setPalette(palette);
    }
    OnPaper(const OnPaper&) = delete;
    OnPaper& operator=(const OnPaper&) = delete;

private:
    std::vector<std::pair<QWidget*, QPalette>> m_before;
};

}  // namespace

Drawing Part::drawing() const
{
    QWidget* shown = widget();
    const QSize size = shown->isVisible() ? shown->size() : shown->size().expandedTo(shown->sizeHint());
    return {size, [shown](QPainter& painter) {
                const OnPaper paper(shown);
                shown->render(&painter);
            }};
}

}  // namespace strata
