#include "analyzer/advice/ship.h"

#include "ctxopt/base/path.h"

#include <stdio.h>

#define ROOT ANA_IMAGE_ROOT
#define USER ANA_IMAGE_USER
#define DROPS (ANA_IMAGE_ROOT | ANA_IMAGE_DROPS)
#define SERVER ANA_IMAGE_SERVER
#define COMPILES ANA_IMAGE_COMPILES
#define DEBIAN ANA_IMAGE_DEBIAN
#define FAT (ANA_IMAGE_DEBIAN | ANA_IMAGE_FAT)
#define BARE ANA_IMAGE_BARE
#define SLIM ANA_IMAGE_SLIM

/** What is known about well-known images; a '*' at the end stands for the rest of the name. */
static const struct row {
	const char *names;
	unsigned facts;
} rows[] = {
	{ " alpine busybox docker ", ROOT | ANA_IMAGE_ALPINE },
	{ " debian ubuntu bitnami/minideb ", ROOT | DEBIAN | SLIM },
	{ " buildpack-deps python node ruby pypy ", ROOT | FAT },
	{ " php ", ROOT | FAT | ANA_IMAGE_CURL },
	{ " centos rockylinux almalinux fedora amazonlinux oraclelinux opensuse/leap opensuse/tumbleweed archlinux "
	  "rockylinux/rockylinux registry.access.redhat.com/ubi7/ubi registry.access.redhat.com/ubi8/ubi "
	  "registry.access.redhat.com/ubi8/ubi-minimal registry.access.redhat.com/ubi8/ubi-micro "
	  "registry.access.redhat.com/ubi8/ubi-init registry.access.redhat.com/ubi9/ubi "
	  "registry.access.redhat.com/ubi9/ubi-minimal registry.access.redhat.com/ubi9/ubi-micro "
	  "registry.access.redhat.com/ubi9/ubi-init registry.access.redhat.com/ubi9-minimal "
	  "registry.access.redhat.com/ubi8-minimal registry.access.redhat.com/ubi8-micro "
	  "registry.access.redhat.com/ubi9-micro registry.access.redhat.com/ubi9 registry.access.redhat.com/ubi8 "
	  "quay.io/centos/centos nvidia/cuda tensorflow/tensorflow pytorch/pytorch ",
		ROOT },
	{ " golang rust gcc haskell swift maven gradle clojure perl erlang elixir julia dart ", ROOT | FAT | COMPILES },
	{ " openjdk eclipse-temurin amazoncorretto ibmjava sapmachine adoptopenjdk java groovy ", ROOT },
	{ " nginx ", ROOT | SERVER | ANA_IMAGE_CURL },
	{ " tomcat jetty httpd caddy traefik registry nats eclipse-mosquitto wordpress drupal joomla nextcloud "
	  "phpmyadmin mediawiki redmine ",
		ROOT | SERVER },
	{ " redis postgres mysql mariadb mongo rabbitmq cassandra couchdb neo4j ghost zookeeper influxdb consul vault "
	  "hashicorp/vault hashicorp/consul postgis/postgis timescale/timescaledb pgvector/pgvector gitea/gitea ",
		DROPS | SERVER },
	{ " memcached haproxy varnish elasticsearch kibana logstash docker.elastic.co/* opensearchproject/* "
	  "grafana/grafana grafana/loki prom/* quay.io/prometheus/* quay.io/keycloak/keycloak jboss/* sonarqube solr "
	  "sonatype/nexus3 jenkins/jenkins nginxinc/nginx-unprivileged bitnami/* bitnamilegacy/* apache/airflow "
	  "apache/kafka apache/superset ",
		USER | SERVER },
	{ " jupyter/* quay.io/jupyter/* selenium/* cimg/* circleci/* gitpod/* curlimages/curl paketobuildpacks/* "
	  "cgr.dev/chainguard/* chainguard/* registry.access.redhat.com/ubi8/* registry.access.redhat.com/ubi9/* "
	  "quay.io/sclorg/* ",
		USER },
	{ " gcr.io/distroless/* ", ROOT | BARE | SLIM },
	{ " mcr.microsoft.com/windows/* mcr.microsoft.com/windows ", ANA_IMAGE_WINDOWS },
	{ " mcr.microsoft.com/dotnet/sdk mcr.microsoft.com/dotnet/core/sdk ", ROOT | COMPILES },
	{ " mcr.microsoft.com/dotnet/aspnet mcr.microsoft.com/dotnet/runtime mcr.microsoft.com/dotnet/runtime-deps "
	  "mcr.microsoft.com/dotnet/core/aspnet mcr.microsoft.com/dotnet/core/runtime ",
		ROOT | SLIM },
};

/** Is the repository named in the list? */
static bool is_named(struct ctx_str repository, const char *names) {
	for (const char *at = names + 1; *at != '\0';) {
		size_t len = strcspn(at, " ");
		bool prefix = at[len - 1] == '*';
		size_t compared = len - prefix;
		if (prefix ? repository.len > compared : repository.len == compared) {
			if (memcmp(repository.ptr, at, compared) == 0) {
				return true;
			}
		}
		at += len + 1;
	}
	return false;
}

/** Does the tag have this word, between '-', '.' or the ends? */
static bool tag_has(struct ctx_str tag, const char *word) {
	size_t len = strlen(word);
	for (size_t i = 0; i + len <= tag.len; ++i) {
		bool starts = i == 0 || strchr("-._", tag.ptr[i - 1]) != NULL;
		if (starts && memcmp(tag.ptr + i, word, len) == 0) {
			return true;
		}
	}
	return false;
}

/** What the tag changes. */
static unsigned adjust(unsigned facts, struct ctx_str tag) {
	static const struct {
		const char *word;
		unsigned off, on;
	} words[] = {
		{ "alpine", FAT | SLIM, ANA_IMAGE_ALPINE },
		{ "slim", ANA_IMAGE_FAT, SLIM },
		{ "nonroot", ROOT, USER },
		{ "rootless", ROOT, USER },
		{ "unprivileged", ROOT, USER },
		{ "chiseled", ROOT, USER | BARE | SLIM },
		{ "distroless", 0, BARE | SLIM },
		{ "nanoserver", ROOT, ANA_IMAGE_WINDOWS },
		{ "windowsservercore", ROOT, ANA_IMAGE_WINDOWS },
		{ "debug", BARE, ANA_IMAGE_ALPINE },
	};
	for (size_t i = 0; facts != 0 && i < CTX_COUNTOF(words); ++i) {
		if (tag_has(tag, words[i].word)) {
			facts = (facts & ~words[i].off) | words[i].on;
		}
	}
	return facts;
}

int ana_image_parse(struct ana_image *out, struct ctx_str name, struct ctx_arena *arena, struct ctx_error *err) {
	struct ana_reference ref;
	*out = (struct ana_image){ 0 };
	int rc = ana_reference_parse(&ref, name, arena, err);
	if (rc < 0) {
		return rc;
	}
	static const char library[] = "docker.io/library/", hub[] = "docker.io/";
	size_t cut = ctx_str_starts(ref.name, library) ? strlen(library)
		: ctx_str_starts(ref.name, hub)        ? strlen(hub)
						       : 0;
	out->repository = ctx_str_from(ref.name, cut);
	out->tag = ref.tag;
	out->digest = ref.digest;
	for (size_t i = 0; out->facts == 0 && i < CTX_COUNTOF(rows); ++i) {
		out->facts = is_named(out->repository, rows[i].names) ? adjust(rows[i].facts, ref.tag) : 0;
	}
	return 0;
}

int ana_ship_make(struct ana_ship *ship, const struct ana_graph *graph, struct ctx_error *err) {
	uint32_t stage = graph->target;
	for (; stage != ANA_NONE; stage = graph->stages.items[stage].base_stage) {
		if (!CTX_VEC_PUSH(&ship->stages, stage)) {
			return ctx_fail_nomem(err);
		}
	}
	for (size_t i = 0, j = ship->stages.count; i + 1 < j; ++i) {
		uint32_t swap = ship->stages.items[--j];
		ship->stages.items[j] = ship->stages.items[i];
		ship->stages.items[i] = swap;
	}
	if (ship->stages.count == 0) {
		return 0;
	}
	struct ctx_str base = graph->stages.items[ship->stages.items[0]].base;
	if (ctx_str_is(base, "scratch")) {
		ship->base = (struct ana_image){ .repository = base, .facts = ROOT | BARE | SLIM | ANA_IMAGE_SCRATCH };
		return 0;
	}
	struct ctx_error ignored;
	int rc = ana_image_parse(&ship->base, base, &ship->arena, &ignored);
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 0;
}

void ana_ship_release(struct ana_ship *ship) {
	CTX_VEC_RELEASE(&ship->stages);
	ctx_arena_release(&ship->arena);
}

bool ana_ship_has(const struct ana_ship *ship, uint32_t stage) {
	for (size_t i = 0; i < ship->stages.count; ++i) {
		if (ship->stages.items[i] == stage) {
			return true;
		}
	}
	return false;
}

const struct ana_instruction *ana_ship_next(const struct ana_ship *ship, const struct ana_graph *graph,
	struct ana_ship_at *at) {
	while (at->stage < ship->stages.count) {
		const struct ana_stage *stage = graph->stages.items[ship->stages.items[at->stage]].stage;
		if (stage != NULL && at->next < stage->instruction_count) {
			return &stage->instructions[at->next++];
		}
		++at->stage;
		at->next = 0;
	}
	return NULL;
}

const struct ana_instruction *ana_ship_last(const struct ana_ship *ship, const struct ana_graph *graph,
	enum ana_keyword keyword) {
	const struct ana_instruction *last = NULL, *ins;
	struct ana_ship_at at = { 0 };
	while ((ins = ana_ship_next(ship, graph, &at)) != NULL) {
		last = ins->keyword == keyword ? ins : last;
	}
	return last;
}

const char *ana_stage_label(const struct ana_graph *graph, uint32_t index, char out[96]) {
	size_t count = graph->df->stages.count;
	const struct ana_stage *stage = graph->stages.items[index].stage;
	if (stage != NULL && stage->name.len > 0) {
		snprintf(out, 96, "stage '%.*s'", stage->name.len > 64 ? 64 : (int)stage->name.len, stage->name.ptr);
	} else if (count <= 1) {
		snprintf(out, 96, "the image");
	} else {
		snprintf(out, 96, "stage %u of %zu", index + 1, count);
	}
	return out;
}
