//! Writes the TextMate grammar that editors colour with before, or without, the server.

use crate::model::{Model, Role};

/// The text of `grammar/policy.tmLanguage.json`.
pub fn generate(model: &Model) -> String {
    let words = |role| model.words(role).join("|");
    // `(?i:…)` because words are read in any case; a call word counts only before its parenthesis,
    // so that a column called `col` keeps the colour of a name.
    TEMPLATE
        .replace("{keywords}", &words(Role::Keyword))
        .replace("{functions}", &words(Role::Function))
        .replace("{constants}", &words(Role::Constant))
}

const TEMPLATE: &str = r##"{
  "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
  "name": "Policy",
  "scopeName": "source.policy",
  "fileTypes": ["policy"],
  "patterns": [
    { "include": "#comments" },
    { "include": "#header" },
    { "include": "#strings" },
    { "include": "#numbers" },
    { "include": "#functions" },
    { "include": "#keywords" },
    { "include": "#constants" },
    { "include": "#operators" },
    { "include": "#punctuation" },
    { "include": "#names" }
  ],
  "repository": {
    "comments": {
      "patterns": [
        {
          "name": "comment.line.double-dash.policy",
          "match": "--.*$",
          "captures": { "0": { "patterns": [{ "include": "#suppression" }] } }
        },
        {
          "name": "comment.line.double-slash.policy",
          "match": "//.*$",
          "captures": { "0": { "patterns": [{ "include": "#suppression" }] } }
        },
        { "include": "#block-comment" }
      ]
    },
    "block-comment": {
      "name": "comment.block.policy",
      "begin": "/\\*",
      "end": "\\*/",
      "patterns": [{ "include": "#block-comment" }]
    },
    "suppression": {
      "match": "(pgpe:)\\s*(allow)\\s*\\(\\s*([^)]*?)\\s*\\)",
      "captures": {
        "1": { "name": "keyword.other.pgpe.policy" },
        "2": { "name": "keyword.other.allow.policy" },
        "3": { "name": "entity.name.tag.rule.policy" }
      }
    },
    "header": {
      "match": "\\b(?i:(POLICY))\\s+([\\p{L}_][\\p{L}\\p{Nd}_]*)",
      "captures": {
        "1": { "name": "keyword.control.policy" },
        "2": { "name": "entity.name.function.policy" }
      }
    },
    "strings": {
      "name": "string.quoted.single.policy",
      "begin": "'",
      "end": "'(?!')|$",
      "patterns": [{ "name": "constant.character.escape.policy", "match": "''" }]
    },
    "numbers": {
      "name": "constant.numeric.integer.policy",
      "match": "-?\\b[0-9]+\\b"
    },
    "functions": {
      "match": "\\b(?i:({functions}))\\b(?=\\s*\\()",
      "captures": { "1": { "name": "support.function.policy" } }
    },
    "keywords": {
      "name": "keyword.control.policy",
      "match": "\\b(?i:{keywords})\\b"
    },
    "constants": {
      "name": "constant.language.policy",
      "match": "\\b(?i:{constants})\\b"
    },
    "operators": {
      "name": "keyword.operator.comparison.policy",
      "match": "<>|!=|<=|>=|=|<|>"
    },
    "punctuation": {
      "patterns": [
        { "name": "punctuation.separator.policy", "match": "[,.]" },
        { "name": "punctuation.brackets.policy", "match": "[()\\[\\]{}]" }
      ]
    },
    "names": {
      "name": "variable.other.policy",
      "match": "[\\p{L}_][\\p{L}\\p{Nd}_]*"
    }
  }
}
"##;
