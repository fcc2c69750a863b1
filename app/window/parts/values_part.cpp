#include "app/window/parts/values_part.h"

#include "app/window/views/value_view.h"

#include <QEvent>

namespace strata {

ValuesPart::ValuesPart(Workspace& workspace)
    : Part(tr("Values"), Aspects(Aspect::Model) | Aspect::State | Aspect::Place | Aspect::Value, workspace)
    , m_view(new ValueView)
{
    m_view->installEventFilter(this);
}

QWidget* ValuesPart::widget() const { return m_view; }

bool ValuesPart::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Show)
        workspace().runs().readValue();
    return Part::eventFilter(watched, event);
}

void ValuesPart::show(const Scene& scene, Aspects changed)
{
    if (changed & ~Aspects(Aspect::Value) && m_view->isVisible())
        workspace().runs().readValue();
    if (!(changed & Aspect::Value) || !scene.value)
        return;
    const SeenValue& seen = *scene.value;
    if (seen.value)
        m_view->setValue(qtext(seen.name), seen.value, seen.reference);
    else
        m_view->setMessage(qtext(seen.why));
}

}  // namespace strata
