#include "app/window/parts/inputs_part.h"

#include "app/window/dialogs/draw.h"
#include "app/window/models/said.h"
#include "app/workbench/values.h"
#include "core/tensor/texts.h"

#include <QDropEvent>
#include <QFileDialog>
#include <QMimeData>
#include <QPushButton>
#include <QVBoxLayout>

namespace strata {

namespace {

QPushButton* makeButton(const QString& text, const QString& tip)
{
    auto* button = new QPushButton(text);
    button->setToolTip(tip);
    button->setAutoDefault(false);
    return button;
}

// "seven: 0.998   two: 0.001", the largest first; of a batch, those of its first row. A short vector in full.
QString outputText(const Tensor& tensor, const QStringList& labels)
{
    constexpr std::int64_t inFull = 4;
    if (tensor.type.dtype == DType::String)
        return QString::fromStdString(quoted(tensor, inFull));
    const Shape& shape = tensor.type.shape;
    const bool rows = shape.size() > 1 && shape.back().isConstant() && shape.back().constant() > 0;
    const std::int64_t count = rows ? shape.back().constant() : tensor.count();
    Tensor first = makeTensor(DType::F64, {count});
    QStringList all;
    for (std::int64_t i = 0; i < count; ++i) {
        first.set(i, tensor.at(i));
        if (i < inFull)
            all << QString::number(tensor.at(i), 'g', 4);
    }
    if (count <= inFull)
        return all.join(QStringLiteral(", "));
    QStringList parts;
    for (const auto& [index, value] : summarize(first).top) {
        const QString label = labels.size() == count ? labels[int(index)] : QString::number(index);
        parts << label + QStringLiteral(":\u00a0") + QString::number(value, 'g', 3);  // on one line
    }
    return parts.join(QStringLiteral("   "));
}

QString toolTipOf(const Tensor& tensor, const QStringList& labels)
{
    return outputText(tensor, labels).replace(QStringLiteral("   "), QStringLiteral("\n"));
}

QString filePatterns()
{
    QStringList pictures;
    for (const QByteArray& format : readablePictures())
        pictures << QStringLiteral("*.") + QString::fromLatin1(format);
    return InputsPart::tr("Values and pictures (%1)")
        .arg(QStringLiteral("*.npy *.npz *.pb *.txt *.csv ") + pictures.join(QLatin1Char(' ')));
}

}  // namespace

InputsPart::InputsPart(Workspace& workspace)
    : TablePart(tr("Inputs"), {tr("Name"), tr("Type"), tr("Value")}, {},
                Aspects(Aspect::Model) | Aspect::Work | Aspect::State | Aspect::Inputs | Aspect::Outputs, workspace)
    , m_widget(new QWidget)
    , m_file(makeButton(tr("From a file…"), tr("A .npy, .npz, .pb, numbers as text, or a picture; or drop it here")))
    , m_draw(makeButton(tr("Draw…"), tr("An input that is a picture, drawn by hand")))
    , m_back(makeButton(tr("As it was"), tr("The model's own test data again, or drawn values")))
{
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(8, 4, 8, 6);
    buttons->setSpacing(6);
    for (QPushButton* button : {m_file, m_draw, m_back})
        buttons->addWidget(button);
    buttons->addStretch(1);
    auto* layout = new QVBoxLayout(m_widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(table(), 1);
    layout->addLayout(buttons);
    m_widget->setAcceptDrops(true);
    m_widget->installEventFilter(this);
    table()->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    table()->horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    connect(m_file, &QPushButton::clicked, this, &InputsPart::askFile);
    connect(m_draw, &QPushButton::clicked, this, &InputsPart::draw);
    connect(m_back, &QPushButton::clicked, this, [this] { this->workspace().runs().takeBackInputs(); });
    connect(table()->selectionModel(), &QItemSelectionModel::currentChanged, this, &InputsPart::enable);
    connect(table(), &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (index.row() < 0 || index.row() >= model()->rowCount())  // no longer there
            return;
        if (const QString output = model()->rows()[index.row()].data.toString(); !output.isEmpty())
            emit valueChosen(output);
    });
    enable();
}

void InputsPart::show(const Scene& scene, Aspects changed)
{
    if (!scene.isOpen())
        return;
    QList<TableRow> rows;
    for (const TypedName& input : scene.info->inputs) {
        const auto given = scene.given.find(input.name);
        rows << TableRow{{QStringLiteral("→ ") + qtext(input.name), qtext(toString(input.type)),
                          given != scene.given.end() ? given->second
                          : scene.hasTestData        ? tr("from the model's test data")
                                                     : tr("drawn at random")},
                         tr("An input: give it a file, drop one here, or draw it."),
                         {}};
    }
    for (std::size_t i = 0; i < scene.info->outputs.size(); ++i) {
        const TypedName& output = scene.info->outputs[i];
        const Tensor* value = scene.outputs && i < scene.outputs->size() ? &(*scene.outputs)[i] : nullptr;
        rows << TableRow{{QStringLiteral("← ") + qtext(output.name), qtext(toString(output.type)),
                          value ? outputText(*value, scene.labels) : tr("not computed yet: Run")},
                         value ? toolTipOf(*value, scene.labels) : QString(),
                         qtext(output.name)};
    }
    const int row = table()->currentIndex().row();
    model()->setRows(std::move(rows));
    if (row >= 0 && row < model()->rowCount())
        table()->selectRow(row);
    enable();
    if (changed & ~Aspects(Aspect::Outputs) && m_widget->isVisible())
        compute();
}

// Without being asked only where nobody waits for it.
void InputsPart::compute()
{
    if (workspace().scene()->isQuick())
        workspace().runs().computeOutputs();
}

const TypedName* InputsPart::chosenInput() const
{
    if (!workspace().isOpen() || workspace().scene()->info->inputs.empty())
        return nullptr;
    const std::vector<TypedName>& inputs = workspace().scene()->info->inputs;
    const int row = table()->currentIndex().row();
    return row >= 0 && row < int(inputs.size()) ? &inputs[std::size_t(row)] : &inputs.front();
}

void InputsPart::enable()
{
    const TypedName* input = chosenInput();
    m_file->setEnabled(input);
    m_draw->setEnabled(input && pictureShape(input->type.tensor));
    m_back->setEnabled(workspace().isOpen() && !workspace().scene()->given.empty());
}

void InputsPart::giveFile(const std::string& name, const QString& path)
{
    const std::vector<TypedName>& inputs = workspace().scene()->info->inputs;
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const TypedName& i) { return i.name == name; });
    if (input == inputs.end())
        return;
    const QFileInfo file(path);
    if (readablePictures().contains(file.suffix().toLower().toLatin1())) {
        const QImage picture(path);
        return picture.isNull() ? emit said(tr("%1 is no picture that can be read.").arg(path))
                                : givePicture(name, picture, file.fileName());
    }
    Result<Tensor> value = readValue(path.toStdString(), *input);
    if (!value)
        return emit said(saidText(value.error()));
    workspace().runs().giveInput(name, std::move(*value), file.fileName());
}

void InputsPart::givePicture(const std::string& name, const QImage& picture, const QString& from)
{
    for (const TypedName& input : workspace().scene()->info->inputs) {
        if (input.name != name)
            continue;
        const std::optional<PictureShape> shape = pictureShape(input.type.tensor);
        if (!shape)
            return emit said(tr("%1 is %2, which is no picture.").arg(qtext(name), qtext(toString(input.type))));
        const QString scaled = picture.size() == QSize(shape->width, shape->height)
                                   ? QString()
                                   : tr(", scaled to %1 × %2").arg(shape->width).arg(shape->height);
        return workspace().runs().giveInput(name, tensorOf(picture, input.type.tensor, *shape), from + scaled);
    }
}

void InputsPart::askFile()
{
    const TypedName* input = chosenInput();
    const QString path = input ? QFileDialog::getOpenFileName(m_widget, tr("Value of %1").arg(qtext(input->name)), {},
                                                              filePatterns())
                               : QString();
    if (!path.isEmpty())
        giveFile(input->name, path);
}

// Each stroke is a new input, so that what the model makes of it follows the hand.
void InputsPart::draw()
{
    const TypedName* input = chosenInput();
    const std::optional<PictureShape> shape = input ? pictureShape(input->type.tensor) : std::nullopt;
    if (!shape)
        return;
    auto* dialog = new DrawDialog(QSize(shape->width, shape->height), m_widget->window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Draw %1").arg(qtext(input->name)));
    connect(dialog, &DrawDialog::drawn, this,
            [this, name = input->name](const QImage& picture) { givePicture(name, picture, tr("drawn by hand")); });
    connect(&workspace(), &Workspace::sceneChanged, dialog, [dialog](const ScenePtr&, Aspects changed) {
        if (changed & Aspect::Model)
            dialog->close();
    });
    connect(&workspace(), &Workspace::sceneChanged, dialog, [dialog](const ScenePtr& scene, Aspects changed) {
        if (changed & Aspect::Outputs && scene->outputs && !scene->outputs->empty())
            dialog->setAnswer(outputText(scene->outputs->front(), scene->labels));
    });
    dialog->show();
}

bool InputsPart::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Show)
        compute();
    if (event->type() == QEvent::DragEnter) {
        auto* drag = static_cast<QDragEnterEvent*>(event);
        if (drag->mimeData()->hasUrls() && chosenInput())
            drag->acceptProposedAction();
        return true;
    }
    if (event->type() == QEvent::Drop) {
        auto* drop = static_cast<QDropEvent*>(event);
        if (const TypedName* input = chosenInput(); input && !drop->mimeData()->urls().isEmpty())
            giveFile(input->name, drop->mimeData()->urls().front().toLocalFile());
        return true;
    }
    return TablePart::eventFilter(watched, event);
}

}  // namespace strata
