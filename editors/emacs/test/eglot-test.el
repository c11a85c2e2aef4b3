;;; eglot-test.el --- Policies in a real Emacs  -*- lexical-binding: t -*-

;;; Commentary:

;; Run by run.sh, which also removes the copies of examples that are made here.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'json)
(require 'pgpe-policy-mode)
(require 'eglot)

(setq make-backup-files nil
      create-lockfiles nil
      auto-save-default nil
      eglot-autoshutdown t
      eglot-sync-connect t)
;; As the README says.
(add-hook 'pgpe-policy-mode-hook #'eglot-ensure)

(defconst pgpe-test-root (expand-file-name "../../.." (file-name-directory load-file-name)))

(defun pgpe-test-wait (what look)
  "Wait for LOOK to give something, and give that; WHAT is for the message."
  (let ((end (+ (float-time) 60)) found)
    (while (not (setq found (funcall look)))
      (when (> (float-time) end)
        (error "%s did not come" what))
      (accept-process-output nil 0.05))
    found))

(defmacro pgpe-test-with-leaky (&rest body)
  "Run BODY in the policies of the example, with the server connected."
  `(let* ((folder (expand-file-name "project" (make-temp-file "pgpe" t)))
          (example (expand-file-name "policies/leaky" pgpe-test-root))
          (buffer (progn (copy-directory example folder nil nil t)
                         (find-file-noselect (expand-file-name "helpdesk.policy" folder)))))
     (unwind-protect
         (with-current-buffer buffer
           ;; A command loop would do this; it runs what `eglot-ensure' has left there.
           (run-hooks 'post-command-hook)
           (should (eglot-managed-p))
           (flymake-start)
           ,@body)
       (with-current-buffer buffer
         (set-buffer-modified-p nil)
         (when (eglot-current-server)
           (eglot-shutdown (eglot-current-server)))
         (kill-buffer)))))

(defun pgpe-test-go-to (text)
  "Put point on TEXT."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun pgpe-test-found (text)
  "Whether a diagnostic in the line of point says TEXT."
  (cl-some (lambda (found) (string-match-p text (flymake-diagnostic-text found)))
           (flymake-diagnostics (line-beginning-position) (line-end-position))))

(ert-deftest pgpe-files-are-recognised ()
  (let ((folder (file-name-as-directory (make-temp-file "pgpe" t)))
        (pgpe-policy-mode-hook nil))
    (cl-loop for (name text mode) in '(("a.policy" "POLICY p\n" pgpe-policy-mode)
                                       ("org.example.policy" "<?xml version=\"1.0\"?>\n" nxml-mode))
             do (let ((path (concat folder name)))
                  (with-temp-file path (insert text))
                  (with-current-buffer (find-file-noselect path)
                    (should (eq major-mode mode))
                    (kill-buffer))))
    (delete-directory folder t)))

(ert-deftest pgpe-words-have-colours ()
  (let* ((file (expand-file-name "grammar/policy.tmLanguage.json" pgpe-test-root))
         (repository (alist-get 'repository (json-read-file file)))
         (pgpe-policy-mode-hook nil))
    ;; The lists are those of the grammar.
    (dolist (role '(keywords functions constants))
      (let ((pattern (alist-get 'match (alist-get role repository))))
        (dolist (word (split-string pattern "\\\\b\\|\\\\s\\*\\|[^a-zA-Z_]+" t))
          (unless (member word '("b" "i" "s"))
            (with-temp-buffer
              (pgpe-policy-mode)
              (insert "  " word "('x')\n")
              (font-lock-ensure)
              (ert-info (word)
                (should (memq (get-text-property 3 'face)
                              '(font-lock-keyword-face font-lock-builtin-face font-lock-constant-face)))))))))
    (with-temp-buffer
      (pgpe-policy-mode)
      (insert "POLICY select -- note\nCLAUSE col = lit('a -- b') /* x /* y */ OR */ AND // z\n")
      (font-lock-ensure)
      (cl-flet ((face (text) (pgpe-test-go-to text) (get-text-property (point) 'face)))
        (should (eq (face "select") 'font-lock-function-name-face))
        (should (eq (face "note") 'font-lock-comment-face))
        (should (null (face "col =")))
        (should (eq (face "-- b") 'font-lock-string-face))
        (should (eq (face "OR") 'font-lock-comment-face))
        (should (eq (face "AND") 'font-lock-keyword-face))
        (should (eq (face "z") 'font-lock-comment-face))))))

(ert-deftest pgpe-a-leak-is-found-and-its-hover-shows-the-rows ()
  (pgpe-test-with-leaky
   (pgpe-test-go-to "'status') = lit('public')")
   (pgpe-test-wait "the leak" (lambda () (pgpe-test-found "tenant-isolation\\|another tenant\\|other tenant")))
   (let (text)
     (eglot-hover-eldoc-function (lambda (info &rest _) (setq text info)))
     (pgpe-test-wait "the hover" (lambda () text))
     (should (string-match-p "session 1" text)))))

(ert-deftest pgpe-a-quick-fix-mends-its-finding ()
  (pgpe-test-with-leaky
   (pgpe-test-go-to "rel(_, ticket_number, tickets, number)")
   (pgpe-test-wait "the finding" (lambda () (pgpe-test-found "number")))
   ;; As if the command were typed: otherwise the actions are offered in a menu, for which there is no screen.
   (cl-letf ((last-nonmenu-event ?a)
             ((symbol-function 'completing-read)
              (lambda (_ actions &rest _)
                (or (cl-find-if (lambda (it) (string-prefix-p "Follow the foreign key" it))
                                (mapcar (lambda (it) (if (consp it) (car it) it)) actions))
                    (error "No such action among %S" actions)))))
     (eglot-code-actions (line-beginning-position) (line-end-position) "quickfix" t))
   (pgpe-test-go-to "rel(_, ticket_id, tickets, id)")
   ;; Without a screen Emacs is never idle, so that edits are told of when they are saved.
   (save-buffer)
   (pgpe-test-wait "the end of the finding"
                   (lambda () (null (flymake-diagnostics (line-beginning-position) (line-end-position)))))))

(ert-deftest pgpe-formatting-lays-the-file-out ()
  (pgpe-test-with-leaky
   (let ((laid-out (buffer-string)))
     (pgpe-test-go-to "  PERMISSIVE")
     (delete-indentation)
     (should-not (equal (buffer-string) laid-out))
     (eglot-format-buffer)
     (should (equal (buffer-string) laid-out)))))

;;; eglot-test.el ends here
