// Private to the text form: collects printed lines with what they show.
#pragma once

#include "core/text/names.h"
#include "core/text/short_form.h"
#include "core/text/text.h"

namespace strata::text {

constexpr std::size_t widest = 100;  // characters in a line of the short form that can be broken

class Printer {
public:
    explicit Printer(Form form = Form::Full)
        : m_form(form)
    {
    }
    void module(const Module& module);
    void function(const Function& function);
    void body(const Body& body);  // statements of the loops level
    std::vector<TextLine> take() { return std::move(m_lines); }

private:
    void line(const std::string& text, std::vector<Cursor> cursors);
    void raw(const std::string& head, const std::string& text, bool numbered);  // LLVM IR, line by line
    Cursor cursor(NodeKind kind, const std::string& name) const { return {m_function, kind, name}; }
    std::vector<Cursor> enclosing() const { return {m_enclosing}; }

    void header(const Module& module);
    void constant(const std::string& name, const Constant& constant);
    void intrinsic(const Intrinsic& intrinsic);
    void signature(const Function& function);

    void content(const GraphBody& body);
    void content(const LoopsBody& body);
    void content(const LibraryBody& body);
    void content(const HardwareBody& body);
    void node(const GraphNode& node);
    std::string attributeText(const std::string& node, const std::string& name, const Attribute& attribute) const;
    std::string attributesText(const std::string& node, const Attributes& attributes) const;

    void stmt(const Loop& loop);
    void stmt(const Block& block);
    void loops(const std::vector<const Loop*>& nest, const std::string& text);
    void blockSuite(const Block& block, const Cursor& own);
    bool shortBlock(const Block& block);  // false: it has no short form
    void stmt(const Store& store);
    void stmt(const Alloc& alloc);
    void stmt(const IntrinsicCall& call);
    void suite(const Body& body, Cursor owner);
    void init(const Body& body);

    void libraryStmt(const AllocateBuffer& allocation);
    void libraryStmt(const ViewBuffer& view);
    void libraryStmt(const LibraryCall& call);
    void libraryStmt(const CopyBuffer& copy);

    std::vector<TextLine> m_lines;
    Form m_form;
    int m_indent = 0;
    std::vector<Around> m_around;
    std::string m_function;
    Cursor m_enclosing;  // node that a line without a node of its own belongs to
};

std::string exprText(const ExprPtr& e);
std::string exprsText(const std::vector<ExprPtr>& list);  // "i, j"
std::string storeText(const Store& store);

}  // namespace strata::text
