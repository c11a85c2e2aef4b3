;;; pgpe-policy-mode.el --- Row-level security policies  -*- lexical-binding: t -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: languages, tools

;;; Commentary:

;; A mode for the files `*.policy' of pgpe: comments, colours, and the language server for eglot.

;;; Code:

(defconst pgpe-policy-keywords
  '("POLICY" "GRANT" "PERMISSIVE" "RESTRICTIVE" "FOR" "ALL" "SELECT" "INSERT" "UPDATE" "DELETE" "TO"
    "SELECTOR" "OR" "AND" "NOT" "CLAUSE" "WITH" "CHECK" "IN" "LIKE" "IS" "NULL")
  "Words that structure a policy.")

(defconst pgpe-policy-functions
  '("has_column" "in_schema" "named" "tagged" "exists" "rel" "col" "session" "lit" "fn")
  "Words that open a parenthesis.")

(defvar pgpe-policy-font-lock-keywords
  `(("\\_<POLICY\\s-+\\(\\(?:\\sw\\|\\s_\\)+\\)" 1 font-lock-function-name-face)
    (,(concat (regexp-opt pgpe-policy-functions 'symbols) "\\s-*(") 1 font-lock-builtin-face)
    (,(regexp-opt pgpe-policy-keywords 'symbols) . font-lock-keyword-face)
    (,(regexp-opt '("true" "false") 'symbols) . font-lock-constant-face)
    ("\\(pgpe:\\)\\s-*\\(allow\\)\\s-*([^)]*)" 0 font-lock-preprocessor-face prepend))
  "What is coloured beside comments and strings.")

(defvar pgpe-policy-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?\" "." table)
    ;; A backslash is only a backslash.
    (modify-syntax-entry ?\\ "." table)
    ;; Comments: -- and // to the end of the line, /* and */ around others, which nest.
    (modify-syntax-entry ?- ". 12b" table)
    (modify-syntax-entry ?/ ". 124b" table)
    (modify-syntax-entry ?* ". 23n" table)
    (modify-syntax-entry ?\n "> b" table)
    table)
  "Characters of policies.")

;;;###autoload
(define-derived-mode pgpe-policy-mode prog-mode "Policy"
  "Major mode for row-level security policies."
  (setq-local comment-start "-- "
              comment-end ""
              comment-start-skip "\\(?:--+\\|//+\\|/\\*+\\)\\s-*"
              indent-tabs-mode nil
              ;; Words are read in any mix of upper and lower case.
              font-lock-defaults '(pgpe-policy-font-lock-keywords nil t)))

;;;###autoload
(defun pgpe-policy-or-xml-mode ()
  "Turn on the mode for policies, unless this is a file of polkit, which is XML."
  (if (save-excursion (goto-char (point-min)) (looking-at-p "\\s-*<\\?xml"))
      (xml-mode)
    (pgpe-policy-mode)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.policy\\'" . pgpe-policy-or-xml-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(pgpe-policy-mode . ("pgpe" "lsp"))))

(provide 'pgpe-policy-mode)
;;; pgpe-policy-mode.el ends here
