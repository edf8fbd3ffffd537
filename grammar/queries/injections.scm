((comment) @injection.content
  (#set! injection.language "comment"))

; Shell text: one command line, whatever the number of lines it is written on
((shell_command
  (shell_fragment) @injection.content)
  (#set! injection.language "bash")
  (#set! injection.combined))

; JSON forms
((json_string_array) @injection.content
  (#set! injection.language "json"))

; Heredocs of RUN: the interpreter of the first line, the shell without one
((run_instruction
  (heredoc_block
    .
    (heredoc_line) @_first
    (heredoc_line) @injection.content))
  (#match? @_first "^[ \t]*#![^\n]*(python|pypy)")
  (#set! injection.language "python")
  (#set! injection.combined))

((run_instruction
  (heredoc_block
    .
    (heredoc_line) @_first
    (heredoc_line) @injection.content))
  (#match? @_first "^[ \t]*#![^\n]*(node|deno|bun)")
  (#set! injection.language "javascript")
  (#set! injection.combined))

((run_instruction
  (heredoc_block
    .
    (heredoc_line) @_first
    (heredoc_line) @injection.content))
  (#match? @_first "^[ \t]*#![^\n]*perl")
  (#set! injection.language "perl")
  (#set! injection.combined))

((run_instruction
  (heredoc_block
    .
    (heredoc_line) @_first
    (heredoc_line) @injection.content))
  (#match? @_first "^[ \t]*#![^\n]*ruby")
  (#set! injection.language "ruby")
  (#set! injection.combined))

((run_instruction
  (heredoc_block
    .
    (heredoc_line) @_first
    (heredoc_line) @injection.content))
  (#match? @_first "^[ \t]*#![^\n]*php")
  (#set! injection.language "php")
  (#set! injection.combined))

((run_instruction
  (heredoc_block
    .
    (heredoc_line) @_first
    (heredoc_line)* @injection.content))
  (#match? @_first "^[ \t]*#![^\n]*/(env +)?(ba|da|a|z|k)?sh")
  (#set! injection.language "bash")
  (#set! injection.combined))

((run_instruction
  (heredoc_block
    .
    (heredoc_line) @_first @injection.content
    (heredoc_line)* @injection.content))
  (#not-match? @_first "^[ \t]*#!")
  (#set! injection.language "bash")
  (#set! injection.combined))
