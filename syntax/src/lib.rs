//! Lexer, parser, lossless tree, typed AST and formatter of the policy language.
