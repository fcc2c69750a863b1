#include "app/window/parts/access_part.h"

#include "app/window/views/access_view.h"
#include "app/window/views/panel.h"
#include "app/window/views/thread_view.h"
#include "core/ir/cpu.h"

#include <QComboBox>
#include <QScrollArea>
#include <QSlider>
#include <QToolButton>

namespace strata {

namespace {

constexpr int sliderSteps = 10'000, tickMs = 40, secondsForAll = 20;

}  // namespace

AccessPart::AccessPart(Workspace& workspace)
    : Part(tr("Accesses"), Aspects(Aspect::Model) | Aspect::Levels | Aspect::Accesses, workspace)
    , m_view(new AccessView)
    , m_threads(new ThreadView)
{
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(pictures(), 1);
    layout->addWidget(makeControls());
    m_panel = new Panel(name(), content);
    m_panel->setMinimumWidth(240);
    m_timer.setInterval(tickMs);
    connect(&m_timer, &QTimer::timeout, this, &AccessPart::tick);
    connect(m_view, &AccessView::moved, this, &AccessPart::moveSlider);
}

QWidget* AccessPart::widget() const { return m_panel; }

// One below the other; where they are higher than the pane, they scroll.
QWidget* AccessPart::pictures()
{
    auto* both = new QWidget;
    auto* layout = new QVBoxLayout(both);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_threads);
    layout->addWidget(m_view, 1);
    auto* room = new QScrollArea;
    room->setAccessibleName(name());
    room->setFrameShape(QFrame::NoFrame);
    room->setWidgetResizable(true);
    room->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    room->setWidget(both);
    return room;
}

QToolButton* AccessPart::makeButton(const QString& sign, const QString& name)
{
    auto* button = new QToolButton;
    button->setAutoRaise(true);
    button->setText(sign);
    button->setToolTip(name);
    button->setAccessibleName(name);
    return button;
}

QWidget* AccessPart::makeControls()
{
    auto* controls = new QWidget;
    auto* row = new QHBoxLayout(controls);
    row->setContentsMargins(8, 2, 8, 6);
    row->setSpacing(4);
    QToolButton* back = makeButton(QStringLiteral("◀"),
                                   tr("One access back (Left; Shift: one turn, Ctrl: one around)"));
    m_play = makeButton(QStringLiteral("▶"), tr("Play (Space)"));
    m_play->setCheckable(true);
    m_play->setShortcut(QKeySequence());
    QToolButton* forward = makeButton(QStringLiteral("▶|"),
                                      tr("One access on (Right; Shift: one turn, Ctrl: one around)"));
    connect(back, &QToolButton::clicked, m_view, [this] { m_view->step(-1); });
    connect(forward, &QToolButton::clicked, m_view, [this] { m_view->step(1); });
    connect(m_play, &QToolButton::toggled, this, &AccessPart::play);
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setRange(0, sliderSteps);
    m_slider->setPageStep(sliderSteps / 20);
    m_slider->setAccessibleName(tr("Where the run stands"));
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
        if (const AccessPicturePtr& picture = m_view->picture())
            m_view->setPosition(std::size_t(double(value) / sliderSteps * double(picture->size() - 1)));
    });
    m_speed = new QComboBox;
    m_speed->addItem(tr("1 access"), 1);
    m_speed->addItem(tr("16"), 16);
    m_speed->addItem(tr("256"), 256);
    m_speed->addItem(tr("all in %1 s").arg(secondsForAll), 0);
    m_speed->setCurrentIndex(1);
    m_speed->setAccessibleName(tr("How fast it plays"));
    m_speed->setToolTip(tr("Accesses of a picture while it plays, %1 pictures a second").arg(1000 / tickMs));
    m_cache = new QComboBox;
    m_cache->setAccessibleName(tr("Size of L1"));
    m_cache->setToolTip(tr("A smaller cache shows on a small example what a real one does to a large one"));
    connect(m_cache, &QComboBox::activated, this,
            [this] { workspace().panes().watchAccesses(true, m_cache->currentData().toLongLong()); });
    for (QWidget* widget : std::initializer_list<QWidget*>{back, m_play, forward})
        row->addWidget(widget);
    row->addWidget(m_slider, 1);
    row->addWidget(m_speed);
    row->addWidget(m_cache);
    return controls;
}

void AccessPart::setWanted(bool on)
{
    m_panel->setVisible(on);
    workspace().panes().watchAccesses(on, m_cache->currentData().toLongLong());
    if (on)
        m_view->setFocus();
    else
        play(false);
}

void AccessPart::fillCaches(const Scene& scene)
{
    const std::int64_t own = scene.shown && scene.shown->lowered
                                 ? cachesOf(scene.shown->lowered->module().target).l1Bytes
                                 : 0;
    if (own == 0 || (m_cache->count() > 0 && m_cache->itemText(0).endsWith(formatBytes(double(own)))))
        return;
    m_cache->clear();
    m_cache->addItem(tr("L1 %1").arg(formatBytes(double(own))), 0);
    for (std::int64_t bytes = own / 2; bytes >= 512; bytes /= 2)
        m_cache->addItem(formatBytes(double(bytes)), qlonglong(bytes));
}

void AccessPart::show(const Scene& scene, Aspects changed)
{
    if (!scene.isOpen())
        return m_view->setMessage(tr("Which element is touched when, and what the cache holds: open a model first."));
    fillCaches(scene);
    if (!(changed & (Aspects(Aspect::Accesses) | Aspect::Model)))
        return;
    if (scene.accesses) {
        m_panel->setRemark(scene.accesses->function);
        m_view->setPicture(scene.accesses);
        m_threads->setAccesses(scene.accesses);
        m_view->setMinimumHeight(m_threads->picture().empty() ? 240 : 440);
        return;
    }
    play(false);
    m_threads->setAccesses(nullptr);
    m_panel->setRemark({});
    m_view->setMessage(scene.accessError ? qtext(scene.accessError->text())
                                         : tr("Running the loops in the evaluator…"));
}

QString AccessPart::copied() const
{
    return (m_threads->picture().empty() ? m_view->sentences() : m_threads->sentences() + m_view->sentences())
        .join(QLatin1Char('\n'));
}

void AccessPart::moveSlider()
{
    const AccessPicturePtr& picture = m_view->picture();
    const QSignalBlocker quiet(m_slider);
    m_slider->setEnabled(picture != nullptr);
    if (picture && picture->size() > 1)
        m_slider->setValue(int(double(m_view->position()) / double(picture->size() - 1) * sliderSteps));
}

void AccessPart::play(bool on)
{
    const AccessPicturePtr& picture = m_view->picture();
    on = on && picture;
    if (on && m_view->position() + 1 >= picture->size())
        m_view->setPosition(0);
    on ? m_timer.start() : m_timer.stop();
    m_play->setChecked(on);
    m_play->setText(on ? QStringLiteral("❚❚") : QStringLiteral("▶"));
}

void AccessPart::tick()
{
    const AccessPicturePtr& picture = m_view->picture();
    if (!picture || m_view->position() + 1 >= picture->size())
        return play(false);
    const int step = m_speed->currentData().toInt();
    const auto all = int(picture->size() / (secondsForAll * 1000 / tickMs));
    m_view->step(step > 0 ? step : std::max(1, all));
}

}  // namespace strata
