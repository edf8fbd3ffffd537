/**
 * Dockerfile grammar.  Every token comes from src/scanner.c, because in this language nothing can be
 * tokenized without the logical line around it: an escape character at the end of a line joins lines
 * in the middle of a word, and JSON forms, heredocs and the old ENV form are each decided by the
 * whole line.  What is left for this file is the shape: which tokens make which nodes.
 *
 * An instruction exists twice: as it is checked on its own, and as it is checked behind ONBUILD,
 * where BuildKit reads the line but does not check flags, counts or keywords.
 */

const keyword = ($, name) => alias($[`_kw_${name.toLowerCase()}`], name);

/** The "--" that ends flags is legal everywhere; flags are not. */
const noFlags = ($) => optional(alias($._flags_end, "--"));
const flags = ($, flag = $.param) => seq(repeat(flag), noFlags($));

/** Rules of one instruction: `_onbuild_NAME` is the loose form. */
const instruction = (name, body) => ({
  [`${name}_instruction`]: ($) => body($, false),
  [`_onbuild_${name}`]: ($) => body($, true),
});

const needed = (loose, rule) => (loose ? optional(rule) : rule);
const raw = ($, node) => seq($._word_start, alias($._raw, node));
const anyFlags = ($, loose) => (loose ? flags($) : noFlags($));
const command = ($) => optional(choice($.json_string_array, $.shell_command));

const jsonArray = ($, strings) =>
  seq($._json_start, alias($._json_open, "["), strings, alias($._json_close, "]"));
const jsonMore = ($) => seq(alias($._json_comma, ","), $.json_string);

const pair = ($, key) => seq(
  $._pair_start,
  field(key, $._pair_key),
  alias($._equals, "="),
  optional(field("value", $._pair_value)),
);
const legacyPair = ($, key) => seq(
  $._legacy_start,
  field(key, alias($._legacy_key, $.unquoted_string)),
  $._word_start,
  field("value", alias($._raw, $.unquoted_string)),
);
const pairs = ($, node, legacy) => choice(repeat1(node), alias(legacy, node));

const onbuildNames = [
  "run", "cmd", "label", "expose", "env", "add", "copy", "entrypoint", "volume", "user", "workdir",
  "arg", "stopsignal", "healthcheck", "shell",
];

const copyBody = ($, loose, name) => seq(
  keyword($, name),
  flags($),
  loose
    ? optional(choice($.json_string_array, repeat1($._copy_source)))
    : choice(
        alias($._json_copy_array, $.json_string_array),
        seq(repeat1($._copy_source), $.path),
      ),
  optional($._heredocs),
);

module.exports = grammar({
  name: "dockerfile",

  // The order is the order of enum token in src/scanner.c.
  externals: ($) => [
    $._eol,
    $.line_continuation,
    $.comment,
    $._line_comment,
    $._hash,
    $.directive_name,
    $._directive_equals,
    $.directive_value,
    $._kw_from,
    $._kw_run,
    $._kw_cmd,
    $._kw_label,
    $._kw_expose,
    $._kw_env,
    $._kw_add,
    $._kw_copy,
    $._kw_entrypoint,
    $._kw_volume,
    $._kw_user,
    $._kw_workdir,
    $._kw_arg,
    $._kw_onbuild,
    $._kw_stopsignal,
    $._kw_healthcheck,
    $._kw_shell,
    $._kw_maintainer,
    $._kw_unknown,
    $._kw_as,
    $._kw_none,
    $._kw_health_cmd,
    $._flag_open,
    $._mount_open,
    $._flags_end,
    $._flag_name,
    $._flag_equals,
    $._flag_text,
    $._mount_comma,
    $._mount_key,
    $._mount_text,
    $._word_start,
    $._word_text,
    $._image_text,
    $._image_colon,
    $._image_at,
    $._tag_text,
    $._raw_text,
    $._user_colon,
    $._shell_start,
    $.shell_fragment,
    $._pair_start,
    $._legacy_start,
    $._key_text,
    $._equals,
    $._value_text,
    $._double_open,
    $._double_text,
    $._double_close,
    $._single_open,
    $._single_text,
    $._single_close,
    $.escape_sequence,
    $._json_start,
    $._json_open,
    $._json_close,
    $._json_comma,
    $._json_string_open,
    $._json_text,
    $._json_escape,
    $._json_string_close,
    $._dollar,
    $._brace_open,
    $.variable,
    $.expansion_modifier,
    $._brace_close,
    $.heredoc_marker,
    $._heredoc_nl,
    $.heredoc_line,
    $.heredoc_end,
    $._arg_start,
    $._invalid,
    $._error_sentinel,
  ],

  extras: ($) => [$.line_continuation, $.comment],

  rules: {
    source_file: ($) => repeat($._line),

    // An empty line is only ever seen after an error: it is where parsing picks up again.
    // A comment on a line of its own is no extra: extras in a row all go into one node, and
    // libtree-sitter before 0.20.8 breaks at 65,536 children.
    _line: ($) => choice(
      alias($._line_comment, $.comment),
      seq($.parser_directive, $._eol),
      seq($._instruction, $._eol),
      $._eol,
    ),

    parser_directive: ($) => seq(
      alias($._hash, "#"),
      field("name", $.directive_name),
      alias($._directive_equals, "="),
      field("value", $.directive_value),
    ),

    _instruction: ($) => choice(
      $.from_instruction,
      $.run_instruction,
      $.cmd_instruction,
      $.label_instruction,
      $.expose_instruction,
      $.env_instruction,
      $.add_instruction,
      $.copy_instruction,
      $.entrypoint_instruction,
      $.volume_instruction,
      $.user_instruction,
      $.workdir_instruction,
      $.arg_instruction,
      $.onbuild_instruction,
      $.stopsignal_instruction,
      $.healthcheck_instruction,
      $.shell_instruction,
      $.maintainer_instruction,
    ),

    from_instruction: ($) => seq(
      keyword($, "FROM"),
      flags($),
      $.image_spec,
      optional(seq(keyword($, "AS"), field("as", $.image_alias))),
    ),

    ...instruction("run", ($) => seq(
      keyword($, "RUN"),
      flags($, choice($.param, $.mount_param)),
      command($),
      optional($._heredocs),
    )),

    ...instruction("cmd", ($, loose) => seq(keyword($, "CMD"), anyFlags($, loose), command($))),

    ...instruction("entrypoint", ($, loose) => seq(
      keyword($, "ENTRYPOINT"), anyFlags($, loose), command($),
    )),

    ...instruction("shell", ($, loose) => seq(
      keyword($, "SHELL"),
      anyFlags($, loose),
      loose ? command($) : alias($._json_filled_array, $.json_string_array),
    )),

    ...instruction("label", ($, loose) => seq(
      keyword($, "LABEL"),
      anyFlags($, loose),
      needed(loose, pairs($, $.label_pair, $._legacy_label_pair)),
    )),

    ...instruction("env", ($, loose) => seq(
      keyword($, "ENV"),
      anyFlags($, loose),
      needed(loose, pairs($, $.env_pair, $._legacy_env_pair)),
    )),

    ...instruction("arg", ($, loose) => seq(
      keyword($, "ARG"),
      flags($),
      needed(loose, loose ? repeat1($._arg_loose) : repeat1($._arg)),
    )),

    ...instruction("expose", ($, loose) => seq(
      keyword($, "EXPOSE"), anyFlags($, loose), needed(loose, repeat1($.expose_port)),
    )),

    ...instruction("add", ($, loose) => copyBody($, loose, "ADD")),
    ...instruction("copy", ($, loose) => copyBody($, loose, "COPY")),

    ...instruction("volume", ($, loose) => seq(
      keyword($, "VOLUME"),
      anyFlags($, loose),
      loose
        ? optional(choice($.json_string_array, repeat1($.path)))
        : choice(alias($._json_filled_array, $.json_string_array), repeat1($.path)),
    )),

    ...instruction("user", ($, loose) => seq(
      keyword($, "USER"), anyFlags($, loose), needed(loose, $._user),
    )),

    ...instruction("workdir", ($, loose) => seq(
      keyword($, "WORKDIR"), anyFlags($, loose), needed(loose, raw($, $.path)),
    )),

    ...instruction("stopsignal", ($, loose) => seq(
      keyword($, "STOPSIGNAL"), flags($), needed(loose, raw($, $.unquoted_string)),
    )),

    maintainer_instruction: ($) => seq(
      keyword($, "MAINTAINER"), noFlags($), raw($, $.unquoted_string),
    ),

    healthcheck_instruction: ($) => seq(
      keyword($, "HEALTHCHECK"),
      flags($),
      choice(keyword($, "NONE"), alias($._health_cmd, $.cmd_instruction)),
    ),
    _onbuild_healthcheck: ($) => seq(
      keyword($, "HEALTHCHECK"),
      flags($),
      optional(choice(
        seq(keyword($, "NONE"), command($)),
        alias($._health_cmd_loose, $.cmd_instruction),
        alias($._health_unknown, $.unknown_instruction),
      )),
    ),
    _health_cmd: ($) => seq(
      alias($._kw_health_cmd, "CMD"),
      choice(alias($._json_filled_array, $.json_string_array), $.shell_command),
    ),
    _health_cmd_loose: ($) => seq(alias($._kw_health_cmd, "CMD"), command($)),
    _health_unknown: ($) => seq(field("name", alias($._kw_unknown, $.instruction_name)), command($)),

    onbuild_instruction: ($) => seq(
      keyword($, "ONBUILD"),
      noFlags($),
      choice(
        ...onbuildNames.map((name) => alias($[`_onbuild_${name}`], $[`${name}_instruction`])),
        $.unknown_instruction,
      ),
    ),
    unknown_instruction: ($) => seq(
      field("name", alias($._kw_unknown, $.instruction_name)),
      optional(raw($, $.unquoted_string)),
    ),

    // Flags

    param: ($) => seq(
      alias($._flag_open, "--"),
      optional(field("name", alias($._flag_names, $.param_name))),
      optional(seq(alias($._flag_equals, "="), optional(field("value", $.param_value)))),
    ),
    _flag_names: ($) => repeat1($._flag_name),
    param_value: ($) => repeat1(choice($._flag_text, $.expansion)),

    mount_param: ($) => seq(
      alias($._mount_open, "--"),
      field("name", alias($._flag_names, $.param_name)),
      alias($._flag_equals, "="),
      optional($.mount_param_param),
      repeat(seq(alias($._mount_comma, ","), optional($.mount_param_param))),
    ),
    mount_param_param: ($) => choice(
      seq(field("name", alias($._mount_keys, $.param_name)), optional($._mount_assign)),
      $._mount_assign,
    ),
    _mount_keys: ($) => repeat1($._mount_key),
    _mount_assign: ($) => seq(
      alias($._flag_equals, "="), optional(field("value", alias($._mount_value, $.param_value))),
    ),
    _mount_value: ($) => repeat1(choice($._mount_text, $.expansion)),

    // Words

    image_spec: ($) => seq(
      $._word_start,
      optional(field("name", $.image_name)),
      optional(field("tag", $.image_tag)),
      optional(field("digest", $.image_digest)),
    ),
    image_name: ($) => repeat1(choice($._image_text, $.expansion)),
    image_tag: ($) => seq(alias($._image_colon, ":"), repeat(choice($._tag_text, $.expansion))),
    image_digest: ($) => seq(alias($._image_at, "@"), repeat(choice($._word_text, $.expansion))),
    image_alias: ($) => $._word,

    path: ($) => $._word,
    expose_port: ($) => $._word,
    _word: ($) => seq($._word_start, repeat1(choice($._word_text, $.expansion))),
    _copy_source: ($) => choice($.path, alias($._heredoc_path, $.path)),
    _heredoc_path: ($) => seq(
      $._word_start, $.heredoc_marker, repeat(choice($._word_text, $.expansion)),
    ),

    _raw: ($) => repeat1(choice($._raw_text, $.expansion)),
    _user: ($) => seq($._word_start, choice(
      seq(field("user", alias($._raw, $.unquoted_string)), optional($._group)),
      $._group,
    )),
    _group: ($) => seq(
      alias($._user_colon, ":"), optional(field("group", alias($._raw, $.unquoted_string))),
    ),

    // KEY=VALUE

    env_pair: ($) => pair($, "name"),
    label_pair: ($) => pair($, "key"),
    _legacy_env_pair: ($) => legacyPair($, "name"),
    _legacy_label_pair: ($) => legacyPair($, "key"),
    _legacy_key: ($) => repeat1(choice($._word_text, $.expansion)),

    _arg: ($) => seq(
      $._arg_start,
      field("name", alias($._keys, $.unquoted_string)),
      optional(seq(alias($._equals, "="), optional(field("default", $._pair_value)))),
    ),
    _arg_loose: ($) => seq(
      $._arg_start,
      optional(field("name", alias($._keys, $.unquoted_string))),
      optional(seq(alias($._equals, "="), optional(field("default", $._pair_value)))),
    ),
    _keys: ($) => prec.right(repeat1($._key_text)),
    _pair_key: ($) => repeat1(choice(
      alias($._keys, $.unquoted_string), $.double_quoted_string, $.single_quoted_string,
    )),
    _pair_value: ($) => repeat1(choice(
      $.unquoted_string, $.double_quoted_string, $.single_quoted_string,
    )),
    unquoted_string: ($) => prec.right(repeat1(choice($._value_text, $.expansion))),
    double_quoted_string: ($) => seq(
      alias($._double_open, '"'),
      repeat(choice($._double_text, $.escape_sequence, $.expansion)),
      alias($._double_close, '"'),
    ),
    single_quoted_string: ($) => seq(
      alias($._single_open, "'"), repeat($._single_text), alias($._single_close, "'"),
    ),

    expansion: ($) => seq(
      alias($._dollar, "$"),
      choice(
        $.variable,
        seq(
          alias($._brace_open, "{"),
          $.variable,
          optional($.expansion_modifier),
          alias($._brace_close, "}"),
        ),
      ),
    ),

    // Shell and JSON forms

    shell_command: ($) => seq(
      optional($._shell_start), repeat1(choice($.shell_fragment, $.heredoc_marker)),
    ),
    json_string_array: ($) => jsonArray($, optional(seq($.json_string, repeat(jsonMore($))))),
    _json_filled_array: ($) => jsonArray($, seq($.json_string, repeat(jsonMore($)))),
    _json_copy_array: ($) => jsonArray($, seq($.json_string, repeat1(jsonMore($)))),
    json_string: ($) => seq(
      alias($._json_string_open, '"'),
      repeat(choice($._json_text, alias($._json_escape, $.escape_sequence))),
      alias($._json_string_close, '"'),
    ),

    _heredocs: ($) => seq($._heredoc_nl, repeat1($.heredoc_block)),
    heredoc_block: ($) => seq(repeat($.heredoc_line), $.heredoc_end),
  },
});
