/**
 * What compose files and Kubernetes manifests say about the images that they run: one model for both.
 *
 * Sources: the compose specification (compose-spec/compose-spec, schema/compose-spec.json and 05-services.md) and the Kubernetes API
 * v1.30 (core/v1 PodSpec, apps/v1, batch/v1).
 */
#ifndef ANALYZER_ADVICE_WORKLOAD_H
#define ANALYZER_ADVICE_WORKLOAD_H

#include "ctxopt/base/vec.h"
#include "ctxopt/base/yaml.h"

/** A value and where it stands.  `text` is absent if there is none; then `line` may still tell where it would be, and is 0 if its key is
 * missing too. */
struct ana_value {
	struct ctx_str text;
	/** 1-based, columns in bytes; and the bytes of the file that it was written as. */
	uint32_t line, column, from, len;
	/** It depends on a variable without a default, or on a template: what it will be is not known.  Variables stand in it as written. */
	bool open;
	/** It was written without quotes: may be a number or a truth value. */
	bool plain;
};
/** Several of them. */
struct ana_values {
	struct ana_value *items;
	uint32_t count;
};

/** What one can know of a switch. */
enum ana_switch { ANA_SWITCH_ABSENT, ANA_SWITCH_OFF, ANA_SWITCH_ON, ANA_SWITCH_OPEN };

/** A variable. */
struct ana_workload_env {
	struct ana_value name, value;
	/** Not the value but where it comes from is given: secretKeyRef, configMapKeyRef, fieldRef, "NAME" alone in compose. */
	bool by_reference;
};

/** Kinds of mounts. */
enum ana_mount_source {
	/** A named or an anonymous volume, a claim. */
	ANA_SOURCE_VOLUME,
	/** A directory or file of the host. */
	ANA_SOURCE_HOST,
	/** emptyDir, tmpfs. */
	ANA_SOURCE_SCRATCH,
	/** A configuration or secret of the platform. */
	ANA_SOURCE_CONFIG,
	ANA_SOURCE_OTHER
};
/** A mount.  `source` is absent for an anonymous volume. */
struct ana_workload_mount {
	enum ana_mount_source kind;
	struct ana_value source, target;
	bool read_only;
};

/** How a check asks. */
enum ana_probe_kind {
	ANA_PROBE_ABSENT,
	ANA_PROBE_DISABLED,
	ANA_PROBE_COMMAND,
	ANA_PROBE_HTTP,
	ANA_PROBE_TCP,
	ANA_PROBE_GRPC,
	/** Not one of these. */
	ANA_PROBE_OPEN
};
/** A check.  Compose: a healthcheck with times but without a test is absent, and has its place in `at`. */
struct ana_probe {
	enum ana_probe_kind kind;
	/** Its value, without text. */
	struct ana_value at;
	/** Words of its command; of a shell, one word with `shell`. */
	struct ana_values words;
	bool shell;
};

/** Processor and memory. */
struct ana_resources {
	struct ana_value cpu, memory;
};

/** The `build` of a compose service. */
struct ana_workload_build {
	/** Its value. */
	struct ana_value at;
	/** As written; absent: ".", "Dockerfile" in the context.  A context that is a URL is told by the caller. */
	struct ana_value context, dockerfile, target;
	/** The text of `dockerfile_inline`; absent if there is none. */
	struct ana_value inline_text;
	/** `value` absent: from the environment. */
	struct ana_workload_env *args;
	uint32_t arg_count;
	/** additional_contexts: `name`, and `value` the path or URL. */
	struct ana_workload_env *contexts;
	uint32_t context_count;
};

/** Kinds of containers. */
enum ana_container_kind {
	ANA_CONTAINER_SERVICE,
	ANA_CONTAINER_MAIN,
	/** An init container that ends. */
	ANA_CONTAINER_INIT,
	/** An init container with restartPolicy Always. */
	ANA_CONTAINER_SIDECAR
};

/** A service of a compose file, or a container of a manifest. */
struct ana_container {
	enum ana_container_kind kind;
	/** Its name; the place is where the container is said to begin (key of the service, first key of the item). */
	struct ana_value name;
	/** Last line. */
	uint32_t end_line;
	/** Parts of it are in another file (extends, a patch without an image, an override): what is absent here may be there. */
	bool partial;
	/** It ends by itself: of a Job, a CronJob, or a Pod that is not started again; an init container; a service with "restart: no" and a
	 * profile, with deploy.mode *-job, or one whose success another one waits for. */
	bool ends;
	/** It publishes or exposes ports. */
	struct ana_value port;
	struct ana_value image;
	/** NULL for none. */
	const struct ana_workload_build *build;
	/** compose `user`, Kubernetes runAsUser, the one that counts; `user_of_pod`: it is said for the whole pod. */
	struct ana_value user;
	bool user_of_pod;
	/** runAsNonRoot, the one that counts. */
	enum ana_switch non_root;
	struct ana_value non_root_at;
	/** Everything that the kernel holds back from containers is given to it. */
	enum ana_switch privileged;
	/** Limits (compose: deploy.resources.limits, mem_limit, cpus) and requests (deploy.resources.reservations, mem_reservation). */
	struct ana_resources limits, requests;
	/** Kubernetes: livenessProbe, readinessProbe, startupProbe; compose: `health`. */
	struct ana_probe live, ready, startup, health;
	/** What is run instead of what the image says (compose entrypoint and command, Kubernetes command and args).  One that is given but
	 * empty has items and a count of 0.  Compose cuts texts into words, but gives them to no shell. */
	struct ana_values entrypoint, command;
	struct ana_workload_env *env;
	uint32_t env_count;
	/** compose env_file; as written. */
	struct ana_values env_files;
	struct ana_workload_mount *mounts;
	uint32_t mount_count;
	/** compose logging.driver. */
	struct ana_value log_driver;
};

/** A group of containers: a pod, or all services of a compose file. */
struct ana_workload {
	/** "Deployment", "CronJob", ...; "compose".  Points into the file or is static. */
	struct ctx_str kind;
	struct ana_value name;
	struct ctx_str space;
	struct ana_container *containers;
	uint32_t count;
	/** shareProcessNamespace and the like are not looked at.  Windows pods have other rules. */
	bool windows;
};

/** A literal of a Secret or ConfigMap, or another place that holds values: looked at for secrets alone. */
struct ana_literal {
	/** "Secret", "ConfigMap"; name of the object; key and value. */
	struct ctx_str kind;
	struct ana_value object, key, value;
};

/** What a file holds.  In the arena it was read with; texts may point into the file. */
struct ana_manifest {
	struct ana_workload *workloads;
	size_t count;
	/** Values of ConfigMaps and of Secrets' stringData; Secrets' data is base64 and decoded. */
	struct ana_literal *literals;
	size_t literal_count;
	/** The namespace that a LimitRange for containers is for, "" if it does not say, where its name stands; absent if there is none. */
	struct ana_value limit_range;
	/** Why it was not read, or not to its end, though that is no mistake: "a template"; NULL.  Static string. */
	const char *skipped;
};

/** What a file with that name and text is. */
enum ana_manifest_kind {
	ANA_MANIFEST_OTHER,
	ANA_MANIFEST_COMPOSE,
	ANA_MANIFEST_KUBERNETES,
	/** A template that becomes a manifest: it is no YAML yet. */
	ANA_MANIFEST_HELM
};

/** Tell looks at so many bytes. */
#define ANA_MANIFEST_TELL_BYTES (64u << 10)

/**
 * Tell compose files and manifests from other YAML, without reading it: by name (*.yml, *.yaml; compose.yaml, docker-compose*.yml) and by
 * top-level keys (apiVersion and kind; services with images or builds).  Lists of custom resource definitions are OTHER.
 *
 * @path  Base name and directories; "templates" among them speaks for a template.
 * @text  The file, or its first ANA_MANIFEST_TELL_BYTES bytes.
 */
enum ana_manifest_kind ana_manifest_tell(const char *path, struct ctx_str text);

/** How compose files are read. */
struct ana_compose_opts {
	/** Content of the .env file beside it, which fills in "${NAME}"; absent for none. */
	struct ctx_str env_file;
	/** The compose file that this one overrides (docker-compose.yml of docker-compose.override.yml) exists. */
	bool overrides;
};

/**
 * Read a compose file.
 *
 * @out     In `arena`; texts may point into `text`.  After CTX_E_SYNTAX: what the documents before say.
 * @opts    NULL: no .env file.
 * @return  0; CTX_E_SYNTAX with line and column, no YAML or `services` is no map of maps; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_compose_read(struct ana_manifest *out, struct ctx_arena *arena, struct ctx_str text,
	const struct ana_compose_opts *opts, struct ctx_error *err);

/**
 * Read Kubernetes manifests: Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, every other kind
 * with a pod template in spec.template, lists of them, ConfigMap, Secret, LimitRange.  Other kinds are passed over.  Ephemeral containers
 * are never in a manifest, and not read.
 *
 * @out     In `arena`; texts may point into `text`.  After CTX_E_SYNTAX: what the documents before say.
 * @return  0; CTX_E_SYNTAX with line and column; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_kubernetes_read(struct ana_manifest *out, struct ctx_arena *arena, struct ctx_str text, struct ctx_error *err);

#endif
