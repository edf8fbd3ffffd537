; Keywords
[
  "FROM"
  "AS"
  "RUN"
  "CMD"
  "LABEL"
  "EXPOSE"
  "ENV"
  "ADD"
  "COPY"
  "ENTRYPOINT"
  "VOLUME"
  "USER"
  "WORKDIR"
  "ARG"
  "ONBUILD"
  "STOPSIGNAL"
  "HEALTHCHECK"
  "NONE"
  "SHELL"
  "MAINTAINER"
] @keyword

; Comments and parser directives
(comment) @comment

(parser_directive
  "#" @keyword.directive
  name: (directive_name) @keyword.directive
  "=" @operator
  value: (directive_value) @string.special)

; Images
(image_spec
  name: (image_name) @type)

(image_tag
  ":" @punctuation.special) @string.special

(image_digest
  "@" @punctuation.special) @string.special

(image_alias) @label

; Flags
[
  (param
    "--" @punctuation.delimiter
    name: (param_name) @attribute)
  (mount_param
    "--" @punctuation.delimiter
    name: (param_name) @attribute)
]

(mount_param_param
  name: (param_name) @property)

(param_value) @string

[
  "="
] @operator

; Values
[
  (double_quoted_string)
  (single_quoted_string)
  (json_string)
] @string

(escape_sequence) @string.escape

(env_pair
  name: (_) @variable)

(label_pair
  key: (_) @property)

(arg_instruction
  name: (_) @variable.parameter)

(expose_port) @number

(stopsignal_instruction
  (unquoted_string) @constant)

(path) @string.special.path

; Expansions
(expansion
  [
    "$"
    "{"
    "}"
  ] @punctuation.special)

(variable) @variable

((variable) @constant
  (#match? @constant "^[A-Z][A-Z_0-9]*$"))

(expansion_modifier) @string

; Heredocs
[
  (heredoc_marker)
  (heredoc_end)
] @label

(heredoc_line) @string

; The rest
[
  "["
  "]"
] @punctuation.bracket

"," @punctuation.delimiter

(line_continuation) @punctuation.special
