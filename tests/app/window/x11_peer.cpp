// Another program on the same X server, for x11.sh: what it gets from the clipboard, and a file to drag from it.
//
//   x11_peer clipboard      prints the text and the size of the picture that the clipboard has
//   x11_peer drag FILE      a window whose every pixel drags the file
#include <QApplication>
#include <QClipboard>
#include <QDrag>
#include <QImage>
#include <QMimeData>
#include <QTimer>
#include <QUrl>
#include <QWidget>

#include <cstdio>

namespace {

class Source : public QWidget {
public:
    explicit Source(const QString& file)
        : m_file(file)
    {
        setWindowTitle(QStringLiteral("peer"));
        resize(120, 120);
        move(1440, 0);
    }

protected:
    void mousePressEvent(QMouseEvent*) override
    {
        auto* drag = new QDrag(this);
        auto* data = new QMimeData;
        data->setUrls({QUrl::fromLocalFile(m_file)});
        drag->setMimeData(data);
        drag->exec(Qt::CopyAction);
    }

private:
    QString m_file;
};

}  // namespace

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    const QStringList arguments = QApplication::arguments();
    if (arguments.value(1) == QLatin1String("drag")) {
        Source source(arguments.value(2));
        source.show();
        return QApplication::exec();
    }
    QTimer::singleShot(300, &application, [] {  // X hands it over in the event loop
        const QMimeData* data = QGuiApplication::clipboard()->mimeData();
        const QImage picture = QGuiApplication::clipboard()->image();
        std::printf("picture %dx%d\n%s", picture.width(), picture.height(),
                    qPrintable(data ? data->text() : QString()));
        QCoreApplication::exit(0);
    });
    return QApplication::exec();
}
