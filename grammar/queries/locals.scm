(source_file) @local.scope

; Stages
(from_instruction
  as: (image_alias) @local.definition.namespace)

(copy_instruction
  (param
    name: (param_name) @_name
    value: (param_value) @local.reference)
  (#eq? @_name "from"))

(mount_param_param
  name: (param_name) @_name
  value: (param_value) @local.reference
  (#eq? @_name "from"))

; Variables
(arg_instruction
  name: (unquoted_string) @local.definition.var)

(env_pair
  name: (unquoted_string) @local.definition.var)

(variable) @local.reference
