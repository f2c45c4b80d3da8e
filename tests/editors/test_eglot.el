;;; test_eglot.el --- eglot with the settings that the documentation has  -*- lexical-binding: t -*-

(require 'ert)
(require 'cl-lib)
(require 'eglot)
(require 'flymake)

(defconst test-eglot-deadline (string-to-number (or (getenv "TESTGEN_EDITOR_DEADLINE") "60")) "Seconds, for what never happens.")

;; The one block of Emacs Lisp in the documentation is the configuration.
(with-temp-buffer
  (insert-file-contents (getenv "TESTGEN_PAGE"))
  (re-search-forward "^```elisp\n")
  (let ((start (point)))
    (re-search-forward "^```$")
    (eval-region start (match-beginning 0))))

(defun test-eglot-wait (what condition)
  "Wait until CONDITION gives something, and return it; fail with WHAT when it never does."
  (let ((end (+ (float-time) test-eglot-deadline)) value)
    (while (not (or (setq value (funcall condition)) (> (float-time) end)))
      (accept-process-output nil 0.05))
    (or value (ert-fail (format "never happened: %s" what)))))

(defun test-eglot-visit (path)
  "Visit PATH of the project, and wait for the server."
  (find-file (expand-file-name path (getenv "TESTGEN_PROJECT")))
  (run-hooks 'post-command-hook) ; the command loop of an Emacs with windows does, and eglot waits for it
  (test-eglot-wait "a server" #'eglot-current-server))

(defun test-eglot-open (path)
  "Visit PATH of the project, and wait for the server's findings."
  (test-eglot-visit path)
  (test-eglot-wait "findings" (lambda () (flymake-start) (flymake-diagnostics))))

(defun test-eglot-finding (text)
  "The finding whose message holds TEXT."
  (test-eglot-wait text (lambda ()
                          (cl-find-if (lambda (found) (string-search text (flymake-diagnostic-text found)))
                                      (flymake-diagnostics)))))

(defun test-eglot-act (title start end)
  "Run the code action whose title begins with TITLE, for START to END."
  (let ((action (test-eglot-wait title (lambda ()
                                         (cl-find-if (lambda (action) (string-prefix-p title (plist-get action :title)))
                                                     (ignore-errors (eglot-code-actions start end)))))))
    (eglot-execute (eglot-current-server) action)))

(defun test-eglot-saved (path)
  "What PATH of the project holds on disk."
  (with-temp-buffer
    (insert-file-contents (expand-file-name path (getenv "TESTGEN_PROJECT")))
    (buffer-string)))

(ert-deftest test-eglot-findings-are-shown ()
  (test-eglot-open "tests/test_pricing.py")
  (let ((found (test-eglot-finding "asserts nothing")))
    (should (= 8 (line-number-at-pos (flymake-diagnostic-beg found))))
    (should (eq 'eglot-warning (flymake-diagnostic-type found)))))

(ert-deftest test-eglot-a-finding-behind-non-ascii-text-is-silenced-in-the-file ()
  (test-eglot-open "tests/test_pricing.py")
  (let* ((found (test-eglot-finding "compares a value with itself"))
         (start (flymake-diagnostic-beg found))
         (end (flymake-diagnostic-end found)))
    (should (equal "grüße == grüße" (buffer-substring-no-properties start end)))
    (test-eglot-act "Silence tautology here" start end)
    (test-eglot-wait "the comment" #'buffer-modified-p)
    (save-buffer)
    (should (string-search "    grüße = \"äöü\"; assert grüße == grüße  # testgen: ignore[tautology]\n"
                           (test-eglot-saved "tests/test_pricing.py")))))

(ert-deftest test-eglot-what-a-command-did-is-told ()
  (test-eglot-open "tests/test_pricing.py")
  (let (said)
    (cl-letf (((symbol-function 'eglot--message)
               (lambda (format &rest arguments) (push (apply #'format format arguments) said))))
      (test-eglot-act "Score suite" (point-min) (point-min))
      (test-eglot-wait "the score" (lambda ()
                                     (cl-some (lambda (line) (string-match-p "TestGen: Scored 4 tests: [0-9]+ of" line))
                                              said))))))

(ert-deftest test-eglot-nobody-waits-for-a-command ()
  (test-eglot-open "tests/test_pricing.py")
  (with-temp-file (expand-file-name "tests/test_slow.py" (getenv "TESTGEN_PROJECT"))
    (insert "import time\n\n\ndef test_slow():\n    time.sleep(300)\n"))
  (let ((answered nil) (server (eglot-current-server)))
    (eglot-execute server '(:title "Run" :command "testgen.runTests" :arguments [(:ids ["tests/test_slow.py"])]))
    ;; Had Emacs waited, there would be an error after ten seconds.
    (jsonrpc-async-request server :workspace/executeCommand '(:command "testgen.cancel" :arguments [])
                           :success-fn (lambda (_) (setq answered t))
                           :error-fn (lambda (refused) (setq answered refused)))
    (should (eq t (test-eglot-wait "the answer of another command" (lambda () answered))))))

(ert-deftest test-eglot-the-hover-says-what-tests-a-function ()
  (test-eglot-open "pricing.py")
  (goto-char (point-min))
  (re-search-forward "def ship")
  (let (shown)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq shown text)))
    (should (string-search "4 tests" (test-eglot-wait "the hover" (lambda () shown))))))

(ert-deftest test-eglot-the-tests-of-a-file-are-its-outline ()
  (test-eglot-open "tests/test_pricing.py")
  (let ((names (mapcar #'car (eglot-imenu))))
    (should (equal '("test_shipping" "test_runs" "test_names" "test_twice" "test_twice") names))))

(defun test-eglot-generate (place)
  "Have tests generated at PLACE of the current buffer, and write the file that they are put into."
  (goto-char (point-min))
  (search-forward place)
  (cl-letf (((symbol-function 'y-or-n-p) #'always))
    (test-eglot-act "Generate tests for" (point) (point))
    (let ((path (expand-file-name "tests/test_pricing.py" (getenv "TESTGEN_PROJECT"))))
      (with-current-buffer (test-eglot-wait "the edit" (lambda ()
                                                         (let ((tests (find-buffer-visiting path)))
                                                           (and tests (buffer-modified-p tests) tests))))
        (save-buffer)))))

(ert-deftest test-eglot-generated-tests-are-put-into-the-test-file ()
  (test-eglot-open "pricing.py")
  (test-eglot-generate "def disc")
  (should (string-match-p "def test_discount[a-z_0-9]*(" (test-eglot-saved "tests/test_pricing.py")))
  (should (string-search "def test_shipping():" (test-eglot-saved "tests/test_pricing.py"))))

(ert-deftest test-eglot-generated-tests-are-put-into-a-new-file ()
  (delete-file (expand-file-name "tests/test_pricing.py" (getenv "TESTGEN_PROJECT")))
  (test-eglot-visit "pricing.py")
  (test-eglot-generate "def disc")
  (should (string-match-p "def test_discount[a-z_0-9]*(" (test-eglot-saved "tests/test_pricing.py")))
  (should-not (string-search "def test_shipping():" (test-eglot-saved "tests/test_pricing.py"))))

;;; test_eglot.el ends here
