//! Writes the typed AST: one struct per node kind, one enum per choice.

use std::fmt::Write;

use crate::{
    HEADER,
    model::{Enum, Field, Model, Struct, snake_case},
};

/// The text of `syntax/src/generated/nodes.rs`.
pub fn generate(model: &Model) -> String {
    let mut out = format!("{HEADER}\n//! Typed views of the tree's nodes.\n\n");
    out.push_str("use rowan::ast::{AstChildren, AstNode, support};\n\n");
    out.push_str("use crate::{PolicyLanguage, SyntaxKind, SyntaxNode, SyntaxToken};\n");
    for node in &model.structs {
        write_struct(&mut out, node);
    }
    for node in &model.enums {
        write_enum(&mut out, node);
    }
    out
}

fn write_struct(out: &mut String, node: &Struct) {
    let name = &node.name;
    let kind = snake_case(name).to_ascii_uppercase();
    let _ = write!(
        out,
        "
/// A node of kind `{kind}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct {name} {{
    syntax: SyntaxNode,
}}

impl AstNode for {name} {{
    type Language = PolicyLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {{
        kind == SyntaxKind::{kind}
    }}

    fn cast(syntax: SyntaxNode) -> Option<Self> {{
        Self::can_cast(syntax.kind()).then_some(Self {{ syntax }})
    }}

    fn syntax(&self) -> &SyntaxNode {{
        &self.syntax
    }}
}}
"
    );
    if node.fields.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nimpl {name} {{");
    for (index, field) in node.fields.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        write_accessor(out, field);
    }
    out.push_str("}\n");
}

fn write_accessor(out: &mut String, field: &Field) {
    let (doc, accessor, result, body) = match field {
        Field::Token { accessor, kind } => (
            format!("The `{kind}` token"),
            accessor,
            "Option<SyntaxToken>".to_owned(),
            format!("support::token(&self.syntax, SyntaxKind::{kind})"),
        ),
        Field::Node { accessor, ty, position: None } => (
            format!("The `{ty}` below this node"),
            accessor,
            format!("Option<{ty}>"),
            "support::child(&self.syntax)".to_owned(),
        ),
        Field::Node { accessor, ty, position: Some(position) } => (
            format!("The `{ty}` below this node that counts as its `{accessor}`"),
            accessor,
            format!("Option<{ty}>"),
            format!("support::children(&self.syntax).nth({position})"),
        ),
        Field::Many { accessor, ty } => (
            format!("Every `{ty}` directly below this node"),
            accessor,
            format!("AstChildren<{ty}>"),
            "support::children(&self.syntax)".to_owned(),
        ),
    };
    let _ =
        writeln!(out, "    /// {doc}.\n    pub fn {accessor}(&self) -> {result} {{\n        {body}\n    }}");
}

fn write_enum(out: &mut String, node: &Enum) {
    let Enum { name, variants } = node;
    let _ = writeln!(
        out,
        "\n/// One of several nodes.\n#[derive(Clone, Debug, PartialEq, Eq, Hash)]\npub enum {name} {{"
    );
    for variant in variants {
        let _ = writeln!(out, "    /// A `{variant}`.\n    {variant}({variant}),");
    }
    let _ = writeln!(out, "}}\n\nimpl AstNode for {name} {{\n    type Language = PolicyLanguage;\n");
    let kinds: Vec<String> =
        variants.iter().map(|it| format!("SyntaxKind::{}", snake_case(it).to_ascii_uppercase())).collect();
    let _ = writeln!(
        out,
        "    fn can_cast(kind: SyntaxKind) -> bool {{\n        matches!(kind, {})\n    }}\n",
        kinds.join(" | ")
    );
    out.push_str("    fn cast(syntax: SyntaxNode) -> Option<Self> {\n        Some(match syntax.kind() {\n");
    for (variant, kind) in variants.iter().zip(&kinds) {
        let _ = writeln!(out, "            {kind} => Self::{variant}({variant} {{ syntax }}),");
    }
    out.push_str("            _ => return None,\n        })\n    }\n\n");
    out.push_str("    fn syntax(&self) -> &SyntaxNode {\n        match self {\n");
    for variant in variants {
        let _ = writeln!(out, "            Self::{variant}(it) => &it.syntax,");
    }
    out.push_str("        }\n    }\n}\n");
    for variant in variants {
        let _ = write!(
            out,
            "
impl From<{variant}> for {name} {{
    fn from(node: {variant}) -> Self {{
        Self::{variant}(node)
    }}
}}
"
        );
    }
}
