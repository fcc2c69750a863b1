#include "app/window/views/parameter_form.h"

#include "app/window/models/said.h"
#include "app/window/theme/theme.h"
#include "app/window/views/code_edit.h"
#include "app/window/views/parameter_buttons.h"
#include "core/transform/named.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QRegularExpression>
#include <QToolButton>

namespace strata {

namespace {

ParameterKind kindOfOne(ParameterKind kind)
{
    return kind == ParameterKind::Loops   ? ParameterKind::Loop
           : kind == ParameterKind::Nodes ? ParameterKind::Node
                                          : kind;
}

// Names that a parameter can hold, or one of its list, as a recipe writes them.
QStringList namesFor(const Module& module, const Parameter& parameter, const QString& function)
{
    QStringList names;
    Parameter one = parameter;
    one.kind = kindOfOne(parameter.kind);
    const auto add = [&](const std::string& name) { names << recipeText(one, Argument(name)); };
    if (parameter.kind == ParameterKind::Function)
        for (const FunctionPtr& f : module.functions)
            add(f->name);
    const FunctionPtr f = module.find(function.toStdString());
    const auto kind = namedKind(parameter.kind);
    if (!f || !kind)
        return names;
    for (const Cursor& cursor : cursors(*f))
        if (cursor.kind == *kind)
            add(cursor.name);
    if (*kind == NodeKind::Buffer && names.isEmpty())
        for (const Buffer& buffer : buffers(*f))
            add(buffer.name);
    return names;
}

bool isSingleName(ParameterKind kind)
{
    return kind == ParameterKind::Function || kind == ParameterKind::Node || kind == ParameterKind::Loop
           || kind == ParameterKind::Block || kind == ParameterKind::Buffer;
}

QString placeholder(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::Integers: return QStringLiteral("[_, 4]");
    case ParameterKind::IndexMap: return QStringLiteral("(i, j) -> (i // 8, j, i % 8)");
    case ParameterKind::Nodes:
    case ParameterKind::Loops:
    case ParameterKind::Names: return QStringLiteral("[a, b]");
    default: return {};
    }
}

}  // namespace

ParameterForm::ParameterForm(const Transform& transform, ModulePtr module, const Arguments& arguments, QStringList ids,
                             QWidget* parent)
    : QFrame(parent)
    , m_transform(transform)
    , m_module(std::move(module))
    , m_ids(std::move(ids))
{
    setFrameShape(QFrame::NoFrame);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Window);
    auto* form = new QFormLayout(this);
    form->setContentsMargins(10, 8, 10, 8);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    auto* head = new QLabel(QStringLiteral("<b>%1</b>").arg(translated(transform.title).toHtmlEscaped()));
    head->setToolTip(translated(transform.documentation));
    m_summary = new QLabel(translated(transform.summary));
    m_summary->setWordWrap(true);
    m_summary->setForegroundRole(QPalette::PlaceholderText);
    form->addRow(head);
    form->addRow(m_summary);
    if (!transform.parameters.empty() && transform.parameters.front().kind == ParameterKind::Function
        && arguments.has(transform.parameters.front().name))
        m_function = QString::fromStdString(arguments.text(transform.parameters.front().name));
    for (const Parameter& parameter : transform.parameters) {
        const auto value = arguments.values.find(parameter.name);
        const QString text = value == arguments.values.end() ? QString::fromStdString(parameter.defaultValue)
                                                             : recipeText(parameter, value->second);
        QWidget* editor = makeEditor(parameter, text);
        editor->setToolTip(translated(parameter.summary));
        editor->setAccessibleName(QString::fromStdString(parameter.name));
        editor->setAccessibleDescription(translated(parameter.summary));
        m_editors.insert(QString::fromStdString(parameter.name), editor);
        if (auto* edit = qobject_cast<QLineEdit*>(editor))
            editor = withButtons(edit, parameter, namesFor(*m_module, parameter, m_function));
        form->addRow(QString::fromStdString(parameter.name), editor);
    }
    m_line = new QLabel;
    m_line->setFont(codeFont(font().pointSizeF() * 0.9));
    m_line->setWordWrap(true);
    m_line->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_line->setAccessibleName(tr("Recipe line"));
    m_verdict = new QLabel;
    m_verdict->setWordWrap(true);
    m_verdict->setTextFormat(Qt::RichText);
    m_verdict->setTextInteractionFlags(Qt::TextBrowserInteraction);
    connect(m_verdict, &QLabel::linkActivated, this, &ParameterForm::transformAsked);
    m_verdict->setAccessibleName(tr("May this step be taken?"));
    m_apply = new QPushButton(tr("Apply"));
    m_apply->setDefault(true);
    auto* close = new QPushButton(tr("Close"));
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(close);
    buttons->addWidget(m_apply);
    form->addRow(m_line);
    form->addRow(m_verdict);
    form->addRow(buttons);
    connect(m_apply, &QPushButton::clicked, this, [this] { emit accepted(line()); });
    connect(close, &QPushButton::clicked, this, &ParameterForm::closed);
    m_delay.setSingleShot(true);
    m_delay.setInterval(150);
    connect(&m_delay, &QTimer::timeout, this, [this] { emit edited(line()); });
    touched();
}

QWidget* ParameterForm::makeEditor(const Parameter& parameter, const QString& value)
{
    if (parameter.kind == ParameterKind::Boolean) {
        auto* box = new QCheckBox;
        box->setChecked(value == QLatin1String("True"));
        connect(box, &QCheckBox::toggled, this, &ParameterForm::touched);
        return box;
    }
    if (parameter.kind == ParameterKind::Choice || isSingleName(parameter.kind)) {
        auto* box = new QComboBox;
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
        const bool isOpen = !parameter.choices.empty() && parameter.choices.back().ends_with("NAME");
        box->setEditable(parameter.kind != ParameterKind::Choice || isOpen);
        if (parameter.optional && parameter.defaultValue.empty())
            box->addItem(QString());
        for (const std::string& choice : parameter.choices)
            box->addItem(QString::fromStdString(choice));
        box->addItems(namesFor(*m_module, parameter, m_function));
        if (box->findText(value) < 0 && !value.isEmpty())
            box->addItem(value);
        box->setCurrentText(value);
        connect(box, &QComboBox::currentTextChanged, this, &ParameterForm::touched);
        return box;
    }
    if (parameter.kind == ParameterKind::Text && value.contains(QLatin1String("\\n"))) {
        auto* text = new CodeEdit(value);
        text->setMaximumHeight(90);
        connect(text, &QPlainTextEdit::textChanged, this, &ParameterForm::touched);
        return text;
    }
    auto* edit = new QLineEdit(value);
    edit->setPlaceholderText(placeholder(parameter.kind));
    connect(edit, &QLineEdit::textChanged, this, &ParameterForm::touched);
    return edit;
}

QString ParameterForm::valueOf(const Parameter& parameter) const
{
    QWidget* editor = m_editors.value(QString::fromStdString(parameter.name));
    if (const auto* box = qobject_cast<QCheckBox*>(editor))
        return box->isChecked() ? QStringLiteral("True") : QStringLiteral("False");
    if (const auto* box = qobject_cast<QComboBox*>(editor))
        return box->currentText().trimmed();
    if (const auto* text = qobject_cast<QPlainTextEdit*>(editor))
        return text->toPlainText().trimmed();
    return static_cast<QLineEdit*>(editor)->text().trimmed();
}

QString ParameterForm::line() const
{
    QStringList parts;
    for (const Parameter& parameter : m_transform.parameters) {
        const QString value = valueOf(parameter);
        if (!parameter.optional)
            parts << value;
        else if (!value.isEmpty() && value != QString::fromStdString(parameter.defaultValue))
            parts << QString::fromStdString(parameter.name) + QLatin1Char('=') + value;
    }
    return QString::fromStdString(m_transform.id) + QLatin1Char('(') + parts.join(QStringLiteral(", "))
           + QLatin1Char(')');
}

void ParameterForm::touched()
{
    m_line->setText(line());
    fitTexts();
    m_apply->setEnabled(false);
    m_delay.start();
}

void ParameterForm::setVerdict(const QString& checked, bool ok, const QString& text)
{
    if (checked != line())
        return;
    const Theme& theme = themeOf(palette());
    QPalette colors = m_verdict->palette();
    colors.setColor(QPalette::WindowText, ok ? theme.right : theme.removedMark);
    m_verdict->setPalette(colors);
    m_verdict->setText((ok ? QStringLiteral("✓ ") : QStringLiteral("✗ ")) + linked(text));
    m_apply->setEnabled(ok);
    fitTexts();
}

// A form's layout gives a wrapped label the height of its hint, whatever the width: a long sentence would be cut.
void ParameterForm::fitTexts()
{
    const QMargins margins = layout()->contentsMargins();
    for (QLabel* label : {m_summary, m_line, m_verdict})
        label->setMinimumHeight(std::max(0, label->heightForWidth(width() - margins.left() - margins.right())));
}

void ParameterForm::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    fitTexts();
}

QString ParameterForm::linked(const QString& text) const
{
    QString html = text.toHtmlEscaped();
    for (const QString& id : m_ids)
        if (const QRegularExpression word(QStringLiteral("\\b%1\\b").arg(QRegularExpression::escape(id)));
            id != QString::fromStdString(m_transform.id))
            html.replace(word, QStringLiteral("<a href=\"%1\">%1</a>").arg(id));
    return html;
}

void ParameterForm::focusFirst()
{
    const auto& parameters = m_transform.parameters;
    for (const Parameter& parameter : parameters) {
        if (parameter.kind == ParameterKind::Function && parameters.size() > 1)
            continue;
        QWidget* editor = m_editors.value(QString::fromStdString(parameter.name));
        editor->setFocus();
        if (auto* edit = qobject_cast<QLineEdit*>(editor))
            edit->selectAll();
        return;
    }
    m_apply->setFocus();
}

void ParameterForm::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        return emit closed();
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_apply->isEnabled())
        return emit accepted(line());
    QFrame::keyPressEvent(event);
}

}  // namespace strata
