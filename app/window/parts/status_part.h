// The status bar: whether the state is right, what is open, what was said last, what is running.
#pragma once

#include "app/window/parts/part.h"

#include <QTimer>

class QLabel;
class QProgressBar;
class QPushButton;
class QStatusBar;

namespace strata {

class ElidedLabel;

// The verdict on outputs, whose sentence ends with a number; of functions, as it is.
QString verdictText(const Verdict& verdict);

class StatusPart : public Part {
    Q_OBJECT
public:
    StatusPart(QStatusBar* bar, Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;
    void say(const QString& sentence);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void makeLabels();
    void makeProgress();
    void showVerdict(const std::optional<Verdict>& verdict);
    void showModel(const Scene& scene);
    void showJobs();

    QStatusBar* m_bar;
    QLabel *m_verdict, *m_model, *m_job;
    ElidedLabel* m_said;
    QTimer m_saidTimer;
    QProgressBar* m_progress;
    QPushButton* m_cancel;
};

}  // namespace strata
