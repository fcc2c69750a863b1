// The recipe as a document: open, save, revert, recover; and nothing is left before the person has said what becomes of
// it.
#pragma once

#include "app/window/workspace/workspace.h"

#include <QWidget>

class QMenu;

namespace strata {

class Documents : public QObject {
    Q_OBJECT
public:
    Documents(Workspace& workspace, QWidget* window);
    bool mayLeave(const QString& before);  // asks where there is something to lose; false: stay
    void open(const QString& path, const QString& recipe = {});
    void openRecipe(const QString& path);
    // Kept: what is open is a lesson that was gone through, whose exercises are kept with the reader's progress.
    enum class Kept { No, Yes };
    void openLesson(const QString& folder, const QString& language, Kept kept = Kept::No);
    void askLesson(const QString& language);
    void drop(const QList<QUrl>& files);
    void askModel();
    void askRecipe();
    bool save();
    bool saveAs();
    void revert();
    void reload();
    // Documents that a crash left behind; `asked`: says so where there are none.
    void offerRecovery(bool asked);
    QStringList recent() const;  // newest first
    void forget(const QString& path);
    void fillRecent(QMenu* menu);
    void fillSamples(QMenu* menu);

signals:
    void opening(const QString& path);
    void said(const QString& sentence);

private:
    QString folder() const;
    bool saveTo(const QString& path);
    void addRecent(const QString& path);

    Workspace& m_workspace;
    QWidget* m_window;
};

}  // namespace strata
