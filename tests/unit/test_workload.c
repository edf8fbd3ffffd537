#include "ctxopt/base/alloc.h"
#include "tests/helper/dump_workload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void files_are_told(void **state) {
	(void)state;
	static const struct {
		const char *path, *text;
		enum ana_manifest_kind want;
	} rows[] = {
		{ "compose.yaml", "", ANA_MANIFEST_COMPOSE },
		{ "a/docker-compose.yml", "web:\n  image: a\n", ANA_MANIFEST_COMPOSE },
		{ "docker-compose.override.yml", "", ANA_MANIFEST_COMPOSE },
		{ "dev-docker-compose-2.yaml", "", ANA_MANIFEST_COMPOSE },
		{ "compose.prod.yml", "", ANA_MANIFEST_COMPOSE },
		{ "app.compose.yml", "", ANA_MANIFEST_COMPOSE },
		{ "decompose.yml", "", ANA_MANIFEST_OTHER },
		{ "docker-compose.yml.j2", "", ANA_MANIFEST_OTHER },
		{ "docker-compose.json", "", ANA_MANIFEST_OTHER },
		{ "stack.yml", "services:\n  web:\n    image: a\n", ANA_MANIFEST_COMPOSE },
		{ "stack.yml",
			"\xef\xbb\xbf"
			"services: # c\n\n  # c\n  web:\n    build: .\n",
			ANA_MANIFEST_COMPOSE },
		{ "services.yaml", "services:\n  _defaults:\n    autowire: true\n  image: x\n", ANA_MANIFEST_OTHER },
		{ ".travis.yml", "services:\n  - docker\n", ANA_MANIFEST_OTHER },
		{ ".gitlab-ci.yml", "services:\n  - name: a\n    image: x\n", ANA_MANIFEST_OTHER },
		{ ".woodpecker.yml", "services:\n  db:\n    image: x\nsteps:\n  a:\n    image: y\n",
			ANA_MANIFEST_OTHER },
		{ "ci.yml", "jobs:\n  a:\n    services:\n      x:\n        image: a\n", ANA_MANIFEST_OTHER },
		{ "a.yaml", "apiVersion: v1\nkind: Pod\n", ANA_MANIFEST_KUBERNETES },
		{ "a.yaml", "# c\n---\nkind: Pod\r\n\"apiVersion\": v1\r\n", ANA_MANIFEST_KUBERNETES },
		{ "a.yaml", "apiVersion: v1\n---\nkind: Pod\n", ANA_MANIFEST_OTHER },
		{ "a.yaml", "x:\n  apiVersion: v1\n  kind: Pod\n", ANA_MANIFEST_OTHER },
		{ "openapi.yaml", "openapi: 3.0.0\ninfo: {}\n", ANA_MANIFEST_OTHER },
		{ "Chart.yaml", "apiVersion: v2\nname: x\n", ANA_MANIFEST_OTHER },
		{ "crd.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n",
			ANA_MANIFEST_OTHER },
		{ "crd.yaml", "apiVersion: v1\nkind: CustomResourceDefinition\n---\napiVersion: v1\nkind: Pod\n",
			ANA_MANIFEST_KUBERNETES },
		{ "crd.yaml", "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: CustomResourceDefinition\n",
			ANA_MANIFEST_KUBERNETES },
		{ "c/templates/a.yaml", "apiVersion: v1\nkind: Pod\nx: {{ y }}\n", ANA_MANIFEST_HELM },
		{ "c/templates/a.yaml", "apiVersion: v1\nkind: Pod\n", ANA_MANIFEST_KUBERNETES },
		{ "c/a.yaml", "apiVersion: v1\nkind: Pod\nx: {{ .Values.y }}\n", ANA_MANIFEST_HELM },
		{ "c/a.yaml", "apiVersion: v1\nkind: Pod\nx: '{{ $labels.y }}'\n", ANA_MANIFEST_KUBERNETES },
		{ "c/templates/mail.yaml", "subject: {{ y }}\n", ANA_MANIFEST_OTHER },
		{ "c/templates/a.yaml", "{{- if .Values.x }}\n{{- end }}\n", ANA_MANIFEST_HELM },
		{ "a.txt", "apiVersion: v1\nkind: Pod\n", ANA_MANIFEST_OTHER },
		{ "", "", ANA_MANIFEST_OTHER },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		enum ana_manifest_kind kind = ana_manifest_tell(rows[i].path, CTX_STR(rows[i].text));
		if (kind != rows[i].want) {
			fail_msg("row %zu, %s: %d", i, rows[i].path, (int)kind);
		}
	}
}

/** What a text holds, and the error behind it. */
static void read_text(struct ctx_buf *out, bool compose, const char *text, const char *env_file, bool places) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_manifest manifest;
	struct ctx_error err = { .msg = "" };
	struct ana_compose_opts opts = { .env_file = env_file == NULL ? CTX_STR_NONE : CTX_STR(env_file) };
	int rc = compose ? ana_compose_read(&manifest, &arena, CTX_STR(text), &opts, &err)
			 : ana_kubernetes_read(&manifest, &arena, CTX_STR(text), &err);
	dump_workload(out, &manifest, places);
	if (rc < 0) {
		ctx_buf_addf(out, "%s %u:%u %s\n", ctx_errc_name(rc), err.line, err.column, err.msg);
	}
	ctx_arena_release(&arena);
}

/** A text, and what must be read of it. */
struct row {
	const char *text, *want, *env_file;
};

/** All rows are read right. */
static void check_rows(const struct row *rows, size_t count, bool compose, bool places) {
	for (size_t i = 0; i < count; ++i) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		read_text(&out, compose, rows[i].text, rows[i].env_file, places);
		if (strcmp(ctx_buf_str(&out), rows[i].want) != 0) {
			fail_msg("row %zu\n%s\n%s\ninstead of\n%s", i, rows[i].text, ctx_buf_str(&out), rows[i].want);
		}
	}
}

/** A compose file with one service: what is in it, and what is read behind the name. */
static void check_services(const struct row *rows, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, want = CTX_BUF_INIT;
		ctx_buf_addf(&text, "services:\n s: {image: a, %s}\n", rows[i].text);
		ctx_buf_addf(&want, "compose\n service s..2 %s\n", rows[i].want);
		struct row row = { ctx_buf_str(&text), ctx_buf_str(&want), rows[i].env_file };
		check_rows(&row, 1, true, false);
	}
}

static void services_have_many_forms(void **state) {
	(void)state;
	static const struct row rows[] = {
		{ "user: 1000", "image=a user=1000", NULL },
		{ "user: '0:0'", "image=a user=0:0", NULL },
		{ "user: ", "image=a user=-", NULL },
		{ "build: ./x", "image=a build(./x)", NULL },
		{ "build: {context: x, dockerfile: D, target: t, args: [A=1, B], additional_contexts: {c: ../c}}",
			"image=a build(x dockerfile=D target=t args=A=1,B<-- contexts=c=../c)", NULL },
		{ "build: {dockerfile_inline: 'FROM x', args: {A: 1, B: , C: ''}, additional_contexts: [c=docker-image://x]}",
			"image=a build( inline=FROM x args=A=1,B<--,C= contexts=c=docker-image://x)", NULL },
		{ "build: ., dockerfile: Dockerfile.dev", "image=a build(. dockerfile=Dockerfile.dev)", NULL },
		{ "build: ", "image=a", NULL },
		{ "ports: ['80:80', 81]", "image=a port=80:80", NULL },
		{ "ports: [{target: 80, published: 8080}]", "image=a port=80", NULL },
		{ "ports: [], expose: ['9']", "image=a port=9", NULL },
		{ "environment: {A: b, C: , D: '', E: true}", "image=a env=A=b,C<--,D=,E=true", NULL },
		{ "environment: [A=b, C, D=, 'E=x=y', =z]", "image=a env=A=b,C<--,D=,E=x=y", NULL },
		{ "env_file: .env", "image=a env_file=[.env]", NULL },
		{ "env_file: [a.env, {path: b.env, required: false}]", "image=a env_file=[a.env,b.env]", NULL },
		{ "healthcheck: {test: curl x || exit 1}", "image=a health=command-shell[curl x || exit 1]", NULL },
		{ "healthcheck: {test: [CMD, curl, x]}", "image=a health=command[curl,x]", NULL },
		{ "healthcheck: {test: [CMD-SHELL, curl x]}", "image=a health=command-shell[curl x]", NULL },
		{ "healthcheck: {test: [curl, x]}", "image=a health=open[curl,x]", NULL },
		{ "healthcheck: {test: []}", "image=a health=absent[]", NULL },
		{ "healthcheck: {test: [NONE]}", "image=a health=disabled[]", NULL },
		{ "healthcheck: {test: NONE}", "image=a health=command-shell[NONE]", NULL },
		{ "healthcheck: {disable: true, test: [CMD, x]}", "image=a health=disabled", NULL },
		{ "healthcheck: {interval: 5s}", "image=a health=absent", NULL },
		{ "deploy: {resources: {limits: {cpus: '0.5', memory: 50M}, reservations: {cpus: '0.1', memory: 20M}}}",
			"image=a cpu<0.5 memory<50M cpu>0.1 memory>20M", NULL },
		{ "mem_limit: 1g, cpus: 1.5, mem_reservation: 1m", "image=a cpu<1.5 memory<1g memory>1m", NULL },
		{ "cpu_quota: 50000", "image=a cpu<50000", NULL },
		{ "command: npm  run 'a b' \"c\\\"d\" e\\ f ''", "image=a command=[npm,run,a b,c\"d,e f,]", NULL },
		{ "command: a 'b && c'&& d", "image=a command=[a,b && c]", NULL },
		{ "command: npx x@1;y", "image=a command=[npx,x@1]", NULL },
		{ "command: ' | x'", "image=a command=[]", NULL },
		{ "command: [npm, run x]", "image=a command=[npm,run x]", NULL },
		{ "command: [], entrypoint: ''", "image=a entrypoint=[] command=[]", NULL },
		{ "command: ", "image=a", NULL },
		{ "entrypoint: /bin/sh -c", "image=a entrypoint=[/bin/sh,-c]", NULL },
		{ "volumes: [/data, 'vol:/v', './a:/a:ro', '~/b:/b:rw,z', '/c:/c:z,ro']",
			"image=a volume(:/data) volume(vol:/v) host-ro(./a:/a) host(~/b:/b) host-ro(/c:/c)", NULL },
		{ "volumes: ['C:\\x:/x:ro', 'd:/y:/y']", "image=a host-ro(C:\\x:/x) host(d:/y:/y)", NULL },
		{ "volumes: ['${A}:/a', '${B:?b:c}:/b:ro', './${C}:/c']",
			"image=a other(${A}~:/a~) other-ro(${B:?b:c}~:/b~) host(./${C}~:/c~)", NULL },
		{ "volumes: [{type: bind, source: /s, target: /t, read_only: true}, {type: volume, target: /u}, {type: tmpfs, target: /v}, {type: npipe}]",
			"image=a host-ro(/s:/t) volume(:/u) scratch(:/v) other()", NULL },
		{ "tmpfs: /run", "image=a scratch(-:/run)", NULL },
		{ "tmpfs: ['/run:size=1m', /tmp]", "image=a scratch(-:/run) scratch(-:/tmp)", NULL },
		{ "logging: {driver: none}", "image=a log=none", NULL },
		{ "log_driver: syslog", "image=a log=syslog", NULL },
		{ "restart: 'no', profiles: [x]", "ends image=a", NULL },
		{ "restart: no, profiles: [x]", "ends image=a", NULL },
		{ "restart: always, profiles: [x]", "image=a", NULL },
		{ "profiles: [x]", "image=a", NULL },
		{ "deploy: {mode: replicated-job}", "ends image=a", NULL },
		{ "extends: {file: b.yml, service: c}", "partial image=a", NULL },
		{ "extends: {file: b.yml}", "partial image=a", NULL },
		{ "extends: missing", "partial image=a", NULL },
		{ "extends: s", "partial image=a", NULL },
		{ "environment: 7, volumes: {a: b}, healthcheck: x, build: [y], deploy: z, logging: 1, tmpfs: {}, ports: x, command: {}, env_file: {}",
			"image=a build() port=x health=absent env_file=[]", NULL },
	};
	check_services(rows, CTX_COUNTOF(rows));
}

static void variables_are_filled_in(void **state) {
	(void)state;
	static const char env_file[] =
		"# c\nA=1\nexport B = two words # c\nC='$A'\nD=\"$A ${B}\\n\\$x\"\nE=\n\nF\nG=${NO}\nH=x#y\nI=\"a\nb\" # c\nJ='open\nbad-name=1\nA_2=3\r\n";
	static const struct row rows[] = {
		{ "user: $A", "image=a user=1", env_file },
		{ "user: '${A}$B-${C}'", "image=a user=1two words-$A", env_file },
		{ "user: $D", "image=a user=1 two words|$x", env_file },
		{ "user: '${E:-x}${E-y}${A:-z}${A:+p}${E:+q}${E+r}${NO+s}'", "image=a user=x1pr", env_file },
		{ "user: '${NO:-a${NO2:-b$A}}'", "image=a user=ab1", env_file },
		{ "user: '${NO}'", "image=a user=${NO}~", env_file },
		{ "user: '${NO:?required: yes}'", "image=a user=${NO:?required: yes}~", env_file },
		{ "user: '${A:?required}'", "image=a user=1", env_file },
		{ "user: '${G}'", "image=a user=${G}~", env_file },
		{ "user: '$H$I$A_2'", "image=a user=x#ya|b3", env_file },
		{ "user: '$J'", "image=a user='open", env_file },
		{ "user: '$$A $${A} $$$A'", "image=a user=$A ${A} $1", env_file },
		{ "user: '${A'", "image=a user=${A~", env_file },
		{ "user: '$ $( ${} ${1} ${A/x}'", "image=a user=$ $( ${} ${1} ${A/x}~", env_file },
		{ "environment: ['${A}=${B}', 'X$A=y']", "image=a env=1=two words,X1=y", env_file },
		{ "user: '${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-${NO-x}}}}}}}}}}}}}}}}}'",
			"image=a user=${NO-x}~", NULL },
	};
	check_services(rows, CTX_COUNTOF(rows));
}

static void compose_files_are_read(void **state) {
	(void)state;
	static const struct row rows[] = {
		{ "", "", NULL },
		{ "services:\n", "", NULL },
		{ "version: '3'\n", "", NULL },
		{ "name: p\nservices:\n  a: &a\n    image: x\n  b: *a\n  c:\n    <<: *a\n    user: u\n",
			"compose p@1:7+1\n service a@3:3+1..4 image=x@4:12+1\n service b@5:3+1..5 image=x@4:12+1\n"
			" service c@6:3+1..8 image=x@4:12+1 user=u@8:11+1\n",
			NULL },
		{ "services:\n  a:\n    environment:\n    - \"A=b c\"\n    - 'D=''e'\n    - F=${G:-h}\n    volumes: [\"./x:/y:ro\"]\n    command: run \"x y\"\n",
			"compose\n service a@2:3+1..8 partial command=[run@8:14+3,x y@8:18+5] env=A@4:8+1=b c@4:10+3,D@5:7+7='e@5:7+7,F@6:7+9=h@6:7+9"
			" host-ro(./x@7:16+3:/y@7:20+2)\n",
			NULL },
		{ "services:\n  base: {image: x, environment: {A: 1, B: 2}, volumes: [/v], deploy: {resources: {limits: {cpus: 1}}}}\n"
		  "  mid: {extends: {service: base}, environment: [B=3], deploy: {resources: {limits: {memory: 1g}}}}\n"
		  "  top: {extends: mid, volumes: [/w], user: u}\n",
			"compose\n service base@2:3+4..2 image=x@2:17+1 cpu<1@2:98+1 env=A@2:34+1=1@2:37+1,B@2:40+1=2@2:43+1 volume(:/v@2:57+2)\n"
			" service mid@3:3+3..3 image=x@2:17+1 cpu<1@2:98+1 memory<1g@3:93+2 env=B@3:49+1=3@3:51+1,A@2:34+1=1@2:37+1"
			" volume(:/v@2:57+2)\n"
			" service top@4:3+3..4 image=x@2:17+1 user=u@4:44+1 cpu<1@2:98+1 memory<1g@3:93+2 env=B@3:49+1=3@3:51+1,A@2:34+1=1@2:37+1"
			" volume(:/w@4:33+2) volume(:/v@2:57+2)\n",
			NULL },
		{ "services:\n  m: {image: x}\n  w: {image: y, depends_on: {m: {condition: service_completed_successfully}, z: {condition: x}}}\n"
		  "  v: {image: z, depends_on: [m]}\n",
			"compose\n service m@2:3+1..2 ends image=x@2:14+1\n service w@3:3+1..3 image=y@3:14+1\n service v@4:3+1..4 image=z@4:14+1\n",
			NULL },
		{ "services:\n  a: {extends: b, image: x}\n  b: {extends: a}\n",
			"compose\n service a@2:3+1..2 partial image=x@2:26+1\n service b@3:3+1..3 partial image=x@2:26+1\n",
			NULL },
		{ "web:\n  image: x\n  links: [db]\ndb:\n  build: .\n",
			"compose\n service web@1:1+3..3 image=x@2:10+1\n service db@4:1+2..5 build(.@5:10+1)\n", NULL },
		{ "web:\n  image: x\nother: text\n", "", NULL },
		{ "services:\n  a:\n  b: {image: }\n",
			"compose\n service a@2:3+1..2 partial\n service b@3:3+1..3 image=-@3:14+0\n", NULL },
		{ "services:\n  a: {image: {{ x }}}\n", "compose\n service a@2:3+1..2 image=-~@2:14+7\n", NULL },
		{ "services: [a]\n", "syntax 1:11 'services' is no map\n", NULL },
		{ "services:\n  a: x\n", "syntax 2:6 service 'a' is no map\n", NULL },
		{ "services:\n  a: {image: x}\n  a: {image: y}\n",
			"syntax 3:3 the key 'a' is there already, in line 2\n", NULL },
		{ "services:\n  a: {image: x}\n---\nservices:\n  b: {image: y}\n---\n&\n",
			"compose\n service a@2:3+1..2 image=x@2:14+1\ncompose\n service b@5:3+1..5 image=y@5:14+1\n"
			"syntax 7:2 did not find expected alphabetic or numeric character while scanning an anchor that begins in line 7\n",
			NULL },
	};
	check_rows(rows, CTX_COUNTOF(rows), true, true);
}

static void overrides_are_partial(void **state) {
	(void)state;
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_manifest manifest;
	struct ana_compose_opts opts = { .overrides = true };
	assert_int_equal(ana_compose_read(&manifest, &arena, CTX_STR("services: {a: {image: b}}"), &opts, NULL), 0);
	assert_true(manifest.workloads[0].containers[0].partial);
	assert_int_equal(ana_compose_read(&manifest, &arena, CTX_STR("services: {a: {image: b}}"), NULL, NULL), 0);
	assert_false(manifest.workloads[0].containers[0].partial);
	ctx_arena_release(&arena);
}

static void pods_are_read(void **state) {
	(void)state;
	static const struct row rows[] = {
		{ "", "", NULL },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: n}\nspec:\n  containers:\n  - name: a\n    image: x\n    ports:\n    - containerPort: 80\n",
			"Pod p@3:18+1 in n\n main a@6:5+55..9 image=x@7:12+1 port=80@9:22+2\n", NULL },
		{ "kind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: a, image: x}]}}}\n",
			"Deployment d@2:18+1\n main a@3:39+19..3 image=x@3:56+1\n", NULL },
		{ "kind: CronJob\napiVersion: batch/v1beta1\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: x}]}}}}}\n",
			"CronJob\n main -@3:60+10..3 ends image=x@3:68+1\n", NULL },
		{ "kind: Job\nspec: {template: {spec: {containers: [{image: x}]}}}\n",
			"Job\n main -@2:39+10..2 ends image=x@2:47+1\n", NULL },
		{ "kind: Pod\nspec: {restartPolicy: Never, containers: [{image: x}]}\n",
			"Pod\n main -@2:43+10..2 ends image=x@2:51+1\n", NULL },
		{ "kind: Rollout\nspec: {template: {spec: {containers: [{image: x}]}}}\n",
			"Rollout\n main -@2:39+10..2 image=x@2:47+1\n", NULL },
		{ "kind: PodTemplate\ntemplate: {spec: {containers: [{image: x}]}}\n",
			"PodTemplate\n main -@2:32+10..2 image=x@2:40+1\n", NULL },
		{ "kind: Service\nspec: {ports: [{port: 80}]}\n---\nkind: Certificate\nspec: {template: {metadata: {}}}\n",
			"", NULL },
		{ "kind: List\nitems:\n- kind: Pod\n  spec: {containers: [{image: x}]}\n- kind: PodList\n  items: [{kind: Pod, spec: {containers: [{image: y}]}}]\n",
			"Pod\n main -@4:23+10..4 image=x@4:31+1\n", NULL },
		{ "kind: PodList\nitems: [{kind: Pod, spec: {containers: [{image: y}]}}]\n",
			"Pod\n main -@2:41+10..2 image=y@2:49+1\n", NULL },
		{ "kind: Pod\nspec:\n  initContainers: [{image: a}, {image: b, restartPolicy: Always}]\n  containers: [{image: c}, x, {name: d}]\n  ephemeralContainers: [{image: e}]\n",
			"Pod\n init -@3:20+10..3 ends image=a@3:28+1\n sidecar -@3:32+33..3 image=b@3:40+1\n main -@4:16+10..4 image=c@4:24+1\n"
			" main d@4:31+9..4 partial\n",
			NULL },
		{ "kind: Pod\nspec: {os: {name: windows}, containers: [{image: c}]}\n",
			"Pod windows\n main -@2:42+10..2 image=c@2:50+1\n", NULL },
		{ "kind: Pod\nspec: {nodeSelector: {kubernetes.io/os: windows}, containers: [{image: c}]}\n",
			"Pod windows\n main -@2:64+10..2 image=c@2:72+1\n", NULL },
		{ "kind: Pod\nspec: x\n---\nkind: [Pod]\n---\nkind: Pod\nspec: {containers: {image: x}}\n---\nx\n---\n- y\n",
			"", NULL },
		{ "kind: Pod\nspec: {containers: [{image: x}]}\n---\nkind: Pod\nspec: {containers: [{image: {{ tag }}}]}\n",
			"Pod\n main -@2:21+10..2 image=x@2:29+1\nPod\n main -@5:21+18..5 image=-~@5:29+9\n", NULL },
		{ "kind: Pod\nspec: {containers: [{image: x}]}\n---\nkind: Pod\n{{ if y }}\n",
			"Pod\n main -@2:21+10..2 image=x@2:29+1\na template\n", NULL },
		{ "kind: Pod\nspec: {containers: [{image: x}]}\n---\nkind: Pod\n x: [y\n",
			"Pod\n main -@2:21+10..2 image=x@2:29+1\nsyntax 5:3 mapping values are not allowed in this context\n",
			NULL },
		{ "kind: Pod\nspec: {containers: [{image: 'r/x:${TAG}'}, {image: $(IMG)}, {image: x$y}]}\n",
			"Pod\n main -@2:21+21..2 image=r/x:${TAG}~@2:29+12\n main -@2:44+15..2 image=$(IMG)~@2:52+6\n main -@2:61+12..2 image=x$y@2:69+3\n",
			NULL },
	};
	check_rows(rows, CTX_COUNTOF(rows), false, true);
}

/** A pod with one container: its spec, "|", and what is in the container. */
static void check_pods(const struct row *rows, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, want = CTX_BUF_INIT;
		size_t bar = strcspn(rows[i].text, "|");
		ctx_buf_addf(&text, "kind: Pod\nspec: {%.*s containers: [{name: c, image: a, %s}]}\n", (int)bar,
			rows[i].text, rows[i].text + bar + 1);
		ctx_buf_addf(&want, "Pod\n main c..2 image=a%s\n", rows[i].want);
		struct row row = { ctx_buf_str(&text), ctx_buf_str(&want), NULL };
		check_rows(&row, 1, false, false);
	}
}

static void containers_have_many_forms(void **state) {
	(void)state;
	static const struct row rows[] = {
		{ "|", "", NULL },
		{ "|securityContext: {runAsUser: 7, runAsNonRoot: true}", " user=7 non-root=on", NULL },
		{ "securityContext: {runAsUser: 7, runAsNonRoot: true},|", " pod-user=7 non-root=on", NULL },
		{ "securityContext: {runAsUser: 7, runAsNonRoot: true},|securityContext: {runAsUser: 0, runAsNonRoot: false}",
			" user=0 non-root=off", NULL },
		{ "securityContext: {runAsNonRoot: true},|securityContext: {runAsUser: 8}", " user=8 non-root=on",
			NULL },
		{ "|securityContext: {runAsNonRoot: '{{ x }}'}", " non-root=open", NULL },
		{ "|securityContext: {runAsNonRoot: 'true'}", " non-root=open", NULL },
		{ "|securityContext: {runAsUser: , runAsNonRoot: }", "", NULL },
		{ "|resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m, memory: '5'}}",
			" cpu<1 memory<1Gi cpu>100m memory>5", NULL },
		{ "resources: {limits: {memory: 2Gi, cpu: 9}},|resources: {limits: {cpu: 1}}", " cpu<1 memory<2Gi",
			NULL },
		{ "|livenessProbe: {httpGet: {path: /}}, readinessProbe: {tcpSocket: {port: 1}}, startupProbe: {grpc: {port: 1}}",
			" live=http ready=tcp startup=grpc", NULL },
		{ "|livenessProbe: {exec: {command: [sh, -c, x]}}, readinessProbe: , startupProbe: {}",
			" live=command[sh,-c,x] ready=absent startup=open", NULL },
		{ "|command: [a, b], args: ['$(X)']", " entrypoint=[a,b] command=[$(X)~]", NULL },
		{ "|command: [], args: ", " entrypoint=[]", NULL },
		{ "|env: [{name: A, value: b}, {name: C, valueFrom: {secretKeyRef: {}}}, {name: D}, {value: x}, y]",
			" env=A=b,C<-,D=", NULL },
		{ "|volumeMounts: [{name: v, mountPath: /v, readOnly: true}]", " volume-ro(v:/v)", NULL },
		{ "volumes: [{name: v, hostPath: {path: /h}}, {name: w, emptyDir: {}}, {name: x, secret: {}}, {name: y, csi: {}}, {name: z},"
		  " {name: p, persistentVolumeClaim: {}}],|volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w}, {name: x, mountPath: /x},"
		  " {name: y, mountPath: /y}, {name: z, mountPath: /z}, {name: p, mountPath: /p}]",
			" host(/h:/v) scratch(w:/w) config(x:/x) other(y:/y) scratch(z:/z) volume(p:/p)", NULL },
		{ "volumes: x,|volumeMounts: y, env: z, ports: w, command: {}, livenessProbe: q, resources: r, securityContext: s",
			" live=open", NULL },
	};
	check_pods(rows, CTX_COUNTOF(rows));
}

static void literals_are_read(void **state) {
	(void)state;
	static const struct row rows[] = {
		{ "kind: Secret\nmetadata: {name: s}\ndata: {a: aGVsbG8=, b: 'eC\n  A==', c: '', d: '!', e: }\nstringData: {p: q}\n",
			"Secret s a=hello\nSecret s b=x \nSecret s c=\nSecret s d=\nSecret s p=q\n", NULL },
		{ "kind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: b\n  c: |\n    d\n    e\nbinaryData: {f: aGVsbG8=}\n",
			"ConfigMap c a=b\nConfigMap c c=d|e|\n", NULL },
		{ "kind: LimitRange\nmetadata: {name: l, namespace: n}\nspec: {limits: [{type: Pod}, {type: Container}]}\n",
			"limits in 'n'\n", NULL },
		{ "kind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Container}]}\n", "limits in ''\n",
			NULL },
		{ "kind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Pod}]}\n", "", NULL },
	};
	check_rows(rows, CTX_COUNTOF(rows), false, false);
}

/** Read a text that repeats a middle part. */
static int repeat(bool compose, const char *head, const char *middle, int n, const char *tail) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_manifest manifest;
	struct ctx_error err = { .msg = "" };
	ctx_buf_adds(&text, head);
	for (int i = 0; i < n; ++i) {
		const char *at = strstr(middle, "%d");
		size_t len = at == NULL ? strlen(middle) : (size_t)(at - middle);
		ctx_buf_add(&text, middle, len);
		if (at != NULL) {
			ctx_buf_addf(&text, "%d%s", i, at + 2);
		}
	}
	ctx_buf_adds(&text, tail);
	struct ctx_str all = { ctx_buf_str(&text), text.len };
	int rc = compose ? ana_compose_read(&manifest, &arena, all, NULL, &err)
			 : ana_kubernetes_read(&manifest, &arena, all, &err);
	assert_true(arena.reserved_bytes < 600u << 20);
	ctx_arena_release(&arena);
	return rc;
}

static void what_repeats_itself_is_bounded(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf list = CTX_BUF_INIT;
	ctx_buf_adds(&list, "x: &x [");
	for (int i = 0; i < 20000; ++i) {
		ctx_buf_addf(&list, "A%d=b,", i);
	}
	ctx_buf_adds(&list, "]\nservices:\n");
	assert_int_equal(repeat(true, ctx_buf_str(&list), " s%d: {image: a, environment: *x}\n", 10, ""), 0);
	assert_int_equal(repeat(true, ctx_buf_str(&list), " s%d: {image: a, environment: *x}\n", 60000, ""),
		CTX_E_LIMIT);
	assert_int_equal(repeat(true, "services:\n", " s%d: {image: a, environment: {A: b}, volumes: ['a:/b']}\n",
				 30000, ""),
		0);
	assert_int_equal(repeat(true, "services:\n s0: &s {image: a}\n", " t%d: *s\n", 100000, ""), 0);
	assert_int_equal(repeat(true, "services:\n s0: {image: a}\n", " t%d: {extends: s0}\n", 60000, ""), 0);
	assert_int_equal(
		repeat(false,
			"kind: List\nx: &p {kind: Pod, spec: {containers: [{image: a, volumeMounts: &m [{name: v}]}]}}\nitems:\n",
			"- *p\n", 60000, ""),
		0);
	assert_int_equal(repeat(false, "kind: Pod\nspec:\n  volumes:\n", "  - name: v%d\n", 30000,
				 "  containers:\n  - image: a\n    volumeMounts:\n"
				 "    - name: x\n"),
		0);
	ctx_auto_buf struct ctx_buf mounts = CTX_BUF_INIT;
	ctx_buf_adds(&mounts, "  containers:\n  - image: a\n    volumeMounts:\n");
	for (int i = 0; i < 30000; ++i) {
		ctx_buf_adds(&mounts, "    - name: x\n");
	}
	assert_int_equal(repeat(false, "kind: Pod\nspec:\n  volumes:\n", "  - name: v%d\n", 30000,
				 ctx_buf_str(&mounts)),
		CTX_E_LIMIT);
}

static void long_texts_take_linear_time(void **state) {
	(void)state;
	assert_int_equal(repeat(true, "services: {s: {command: '", "a ", 400000, "'}}"), 0);
	assert_int_equal(repeat(true, "services: {s: {volumes: ['", ":a", 400000, "']}}"), 0);
	assert_int_equal(repeat(true, "services: {s: {volumes: ['", "${", 400000, ":/x']}}"), 0);
	assert_int_equal(repeat(true, "services: {s: {image: '", "$a", 400000, "'}}"), 0);
	assert_int_equal(repeat(true, "services: {s: {environment: ['", "=", 400000, "']}}"), 0);
	assert_int_equal(repeat(false, "kind: Secret\ndata: {a: '", "YWJj", 400000, "'}"), 0);
	assert_int_equal(repeat(false, "kind: Secret\ndata:\n", " a%d: YWJj\n", 100000, ""), 0);
	assert_int_equal(repeat(false, "", "kind: Pod\nspec: {containers: [{image: x}]}\n---\n", 30000, ""), 0);
}

static void variables_do_not_explode(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf env = CTX_BUF_INIT;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_buf_adds(&env, "A0=xxxxxxxxxxxxxxxx\n");
	for (int i = 1; i < 60; ++i) {
		ctx_buf_addf(&env, "A%d=$A%d$A%d\n", i, i - 1, i - 1);
	}
	read_text(&out, true, "services: {s: {image: '$A59', user: $A2}}", ctx_buf_str(&env), false);
	if (strncmp(ctx_buf_str(&out), "compose\n service s..1 image=$A59~ user=xxxx", 43) != 0) {
		fail_msg("%.200s", ctx_buf_str(&out));
	}
	ctx_buf_reset(&out);
	ctx_buf_adds(&out, "services: {s: {image: \"");
	for (int i = 0; i < 500000; ++i) {
		ctx_buf_adds(&out, "${");
	}
	ctx_buf_adds(&out, "\", volumes: [\"x");
	for (int i = 0; i < 500000; ++i) {
		ctx_buf_adds(&out, "${");
	}
	ctx_buf_adds(&out, ":/y\"]}}");
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_manifest manifest;
	assert_int_equal(ana_compose_read(&manifest, &arena, (struct ctx_str){ ctx_buf_str(&out), out.len }, NULL,
				 NULL),
		0);
	assert_true(manifest.workloads[0].containers[0].image.open);
	ctx_arena_release(&arena);
}

static void memory_may_end_anywhere(void **state) {
	(void)state;
	static const char compose[] =
		"x: &x {A: 1}\nservices:\n a: {image: '${A:-b}', build: {args: {<<: *x}}, environment: [A=1, B=$C], command: a b 'c', volumes: [a:/b], "
		"env_file: x, tmpfs: /t}\n b: {extends: a, environment: {<<: *x}, depends_on: {a: {condition: service_completed_successfully}}}\n";
	static const char pods[] =
		"kind: Pod\nspec: {containers: [{image: x, env: [{name: a}], command: [a], volumeMounts: [{name: v}]}]}\n---\nkind: Secret\n"
		"data: {a: aGVsbG8=}\n---\nkind: Job\nspec: {template: {spec: {containers: [{image: x}]}}}\n";
	struct ana_compose_opts opts = { .env_file = CTX_STR("A=1\nB=\"$A\\n\"\nC='x'\n") };
	for (int way = 0; way < 2; ++way) {
		int rc = CTX_E_NOMEM;
		long n = 0;
		for (; rc == CTX_E_NOMEM; ++n) {
			struct ctx_arena arena = CTX_ARENA_INIT;
			struct ana_manifest manifest;
			ctx_alloc_fail_after(n);
			rc = way == 0 ? ana_compose_read(&manifest, &arena, CTX_STR(compose), &opts, NULL)
				      : ana_kubernetes_read(&manifest, &arena, CTX_STR(pods), NULL);
			ctx_alloc_fail_after(-1);
			ctx_arena_release(&arena);
		}
		assert_int_equal(rc, 0);
		assert_true(n > 5);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_told),
		cmocka_unit_test(services_have_many_forms),
		cmocka_unit_test(variables_are_filled_in),
		cmocka_unit_test(compose_files_are_read),
		cmocka_unit_test(overrides_are_partial),
		cmocka_unit_test(pods_are_read),
		cmocka_unit_test(containers_have_many_forms),
		cmocka_unit_test(literals_are_read),
		cmocka_unit_test(what_repeats_itself_is_bounded),
		cmocka_unit_test(long_texts_take_linear_time),
		cmocka_unit_test(variables_do_not_explode),
		cmocka_unit_test(memory_may_end_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
