#include "analyzer/cache/cost.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

#define APT ANA_COST_SYSTEM_PACKAGES
#define DEPS ANA_COST_DEPENDENCIES

/* Steps, and the class of the costliest command in them. */
static const struct {
	const char *step;
	enum ana_cost_class class;
} class_rows[] = {
	{ "COPY . .", ANA_COST_FILES },
	{ "WORKDIR /w", ANA_COST_FILES },
	{ "COPY <<E /f\nmake\nE", ANA_COST_FILES },
	{ "RUN mkdir -p /x && chown 1:1 /x", ANA_COST_LIGHT },
	{ "RUN echo make", ANA_COST_LIGHT },
	{ "RUN makeinfo x", ANA_COST_LIGHT },
	{ "RUN curl -sSL https://h/x | tar xz", ANA_COST_DOWNLOAD },
	{ "RUN set -eux; wget https://h/x", ANA_COST_DOWNLOAD },
	{ "RUN git clone https://h/r && rm -rf r/.git", ANA_COST_DOWNLOAD },
	{ "RUN apt-get update && apt-get install -y curl \\\n  git", APT },
	{ "RUN apt-get update -qq && apt-get install -qq -y curl", APT },
	{ "RUN apt-get -y install curl", APT },
	{ "RUN apt-get -y --no-install-recommends install curl", APT },
	{ "RUN apt-get install --no-install-recommends -y curl", APT },
	{ "RUN apt-get update", ANA_COST_DOWNLOAD },
	{ "RUN apt-get clean", ANA_COST_LIGHT },
	{ "RUN DEBIAN_FRONTEND=noninteractive apt-get install -y x", APT },
	{ "RUN apt -y install x", APT },
	{ "RUN apk add --no-cache --virtual .deps gcc", APT },
	{ "RUN apk --no-cache --update add gcc", APT },
	{ "RUN apk -U add gcc", APT },
	{ "RUN dnf -y --setopt=x=1 install gcc", APT },
	{ "RUN yum install -y gcc", APT },
	{ "RUN npm ci --omit=dev", DEPS },
	{ "RUN npm --prefix web ci", DEPS },
	{ "RUN cd web && npm install", DEPS },
	{ "RUN yarn --frozen-lockfile", DEPS },
	{ "RUN yarn", DEPS },
	{ "RUN yarn build", ANA_COST_BUILD },
	{ "RUN npm run build", ANA_COST_BUILD },
	{ "RUN npm ci && npm run build", ANA_COST_BUILD },
	{ "RUN pip install --no-cache-dir -r requirements.txt", DEPS },
	{ "RUN pip --no-cache-dir install -r requirements.txt", DEPS },
	{ "RUN python3 -m pip install .", DEPS },
	{ "RUN bundle install --jobs 4", DEPS },
	{ "RUN --mount=type=cache,target=/go go mod download", DEPS },
	{ "RUN [\"go\", \"build\", \"./...\"]", ANA_COST_BUILD },
	{ "RUN [\"/usr/bin/make\"]", ANA_COST_BUILD },
	{ "RUN CGO_ENABLED=0 GOOS=linux go build -o /x .", ANA_COST_BUILD },
	{ "RUN (cd x && make -j4)", ANA_COST_BUILD },
	{ "RUN if [ -f x ]; then make; fi", ANA_COST_BUILD },
	{ "RUN sudo -E make install", ANA_COST_BUILD },
	{ "RUN <<E\ncd x\nmake\nE", ANA_COST_BUILD },
	{ "RUN ./mvnw -B package", ANA_COST_BUILD },
	{ "RUN mvn dependency:go-offline", DEPS },
	{ "RUN mvn -B dependency:go-offline", DEPS },
	{ "RUN cargo build --release", ANA_COST_BUILD },
	{ "RUN /usr/bin/make", ANA_COST_BUILD },
	{ "RUN ./node_modules/.bin/ng build --configuration production", ANA_COST_BUILD },
	{ "RUN xx-apk add gcc && xx-info", APT },
	{ "RUN A=\"/usr/$(xx-info)-x\" R=\"${L:+-C link=}$L $R\" ${J:+env J=\"${J}\"} xx-cargo chef cook",
		ANA_COST_BUILD },
	{ "RUN A='b c' xx-go build ./x", ANA_COST_BUILD },
	{ "RUN A=\"make\" echo \"; make\"; echo ${B:-; make }", ANA_COST_LIGHT },
	{ "RUN npx vite build", ANA_COST_BUILD },
	{ "RUN bin/rails assets:precompile", ANA_COST_BUILD },
	{ "RUN ./configure && ./x/makeinfo", ANA_COST_LIGHT },
	{ "RUN A=\"b make", ANA_COST_BUILD },
	{ "RUN <<E\n# don't\nmake\n# don't\nE", ANA_COST_BUILD },
};

/** A Dockerfile with this step alone. */
static struct ana_variant *with_step(const char *step) {
	char text[512];
	snprintf(text, sizeof(text), "FROM b\n%s\n", step);
	return lab_variant(text, &(struct lab_how){ 0 });
}

static void classes(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(class_rows); ++i) {
		struct ana_variant *v = with_step(class_rows[i].step);
		enum ana_cost_class got = ana_cost_classify(&v->graph.vertices.items[v->steps[0].vertex]);
		if (got != class_rows[i].class) {
			print_error("%s: %s, not %s\n", class_rows[i].step, ana_cost_class_name(got),
				ana_cost_class_name(class_rows[i].class));
			++wrong;
		}
		if (v->steps[0].seconds != ana_cost_class_seconds(got)) {
			++wrong;
		}
		ana_variant_free(v);
	}
	assert_int_equal(wrong, 0);
	for (int i = 1; i < ANA_COST_CLASS_COUNT; ++i) { // a costlier class costs more
		assert_true(ana_cost_class_seconds((enum ana_cost_class)i) >
			ana_cost_class_seconds((enum ana_cost_class)(i - 1)));
	}
}

static void a_remote_source_is_a_download(void **state) {
	(void)state;
	struct ana_variant *v = lab_variant("FROM b\nADD https://h/f /f\n", &(struct lab_how){ 0 });
	for (size_t i = 0; i < v->graph.vertices.count; ++i) {
		const struct ana_vertex *vertex = &v->graph.vertices.items[i];
		if (vertex->op == ANA_OP_HTTP) {
			assert_int_equal(ana_cost_classify(vertex), ANA_COST_DOWNLOAD);
		}
	}
	ana_variant_free(v);
}

/* Seconds of steps by this file. */
static const char cost_file[] = "# measured\n"
				"\n"
				"12.5 build RUN npm ci\n"
				"  3\t*\tRUN\n"
				"0 * RUN true # no comment\r\n"
				"7 * RUN npm\n"
				"8 * RUN npm\n"
				"1e2 final COPY";
static const struct {
	const char *stage, *instruction;
	double seconds;
} cost_rows[] = {
	{ "build", "RUN npm ci --omit=dev", 12.5 },
	{ "other", "RUN npm ci", 8 },
	{ "", "RUN x", 3 },
	{ "", "RUN true # no comment", 0 },
	{ "final", "COPY a b", 100 },
	{ "build", "COPY a b", 0.2 },
	{ "build", "CO", 0.2 },
};

static void measured_costs(void **state) {
	(void)state;
	struct ana_costs *costs = NULL;
	struct ana_vertex files = { .op = ANA_OP_FILE };
	assert_int_equal(ana_costs_parse(&costs, cost_file, sizeof(cost_file) - 1, NULL), 0);
	for (size_t i = 0; i < CTX_COUNTOF(cost_rows); ++i) {
		double got = ana_cost_seconds(costs, &files, CTX_STR(cost_rows[i].stage),
			CTX_STR(cost_rows[i].instruction));
		if (got != cost_rows[i].seconds) {
			fail_msg("%s: %g", cost_rows[i].instruction, got);
		}
	}
	assert_true(ana_cost_seconds(NULL, &files, CTX_STR(""), CTX_STR("COPY a b")) == 0.2);
	ana_costs_free(costs);
	ana_costs_free(NULL);
	assert_int_equal(ana_costs_parse(&costs, "", 0, NULL), 0);
	ana_costs_free(costs);
}

/** Seconds of the only step of a file, given costs. */
static double only_step(const char *dockerfile, const struct ana_costs *costs, bool classic) {
	struct lab_room room = { 0 };
	struct ana_variant_opts opts = lab_opts(&(struct lab_how){ .classic = classic }, &room);
	struct ctx_buf text = CTX_BUF_INIT;
	struct ana_variant *v = NULL;
	opts.costs = costs;
	ctx_buf_adds(&text, dockerfile);
	assert_int_equal(ana_variant_new(&v, &text, &opts, NULL), 0);
	assert_int_equal(v->step_count, 1);
	double seconds = v->steps[0].seconds;
	ana_variant_free(v);
	return seconds;
}

/* The file of costs is stronger than a pragma, the newest Dockerfile's pragma than an older one's, any than the default. */
static void pragmas_are_stronger_than_defaults(void **state) {
	(void)state;
	static const char plain[] = "FROM b\nRUN make\n", said[] = "FROM b\n# ctxopt cost=7s\nRUN make\n",
			  newer[] = "FROM b\n# ctxopt cost=9s\nRUN make\n", other[] = "FROM b\nRUN make all\n";
	double usual = ana_cost_class_seconds(ANA_COST_BUILD);
	struct lab_room room = { 0 };
	struct ana_variant_opts opts = lab_opts(&(struct lab_how){ 0 }, &room);
	struct ana_costs *costs = NULL;
	for (int classic = 0; classic < 2; ++classic) {
		assert_true(only_step(plain, NULL, classic) == usual);
		assert_true(only_step(said, NULL, classic) == 7);
	}
	assert_int_equal(ana_variant_costs(&costs, CTX_STR(plain), &opts, NULL), 0);
	assert_null(costs);
	assert_int_equal(ana_variant_costs(&costs, CTX_STR(newer), &opts, NULL), 0);
	assert_true(only_step(plain, costs, false) == 9);
	assert_true(only_step(said, costs, false) == 9);
	assert_true(only_step(other, costs, false) == usual); // another command
	ana_costs_free(costs);
	costs = NULL;
	assert_int_equal(ana_costs_parse(&costs, "1 * RUN", 7, NULL), 0);
	assert_int_equal(ana_variant_costs(&costs, CTX_STR(newer), &opts, NULL), 0);
	assert_true(only_step(said, costs, false) == 1);
	ana_costs_free(costs);
}

/* Caches of the costliest commands, as bits; none where one of these keeps none. */
static const struct {
	const char *step;
	unsigned caches;
} cache_rows[] = {
	{ "RUN npm ci", ANA_KEPT_BIT(ANA_KEPT_NPM) },
	{ "RUN [\"npm\", \"ci\"]", ANA_KEPT_BIT(ANA_KEPT_NPM) },
	{ "RUN echo npm ci", 0 },
	{ "RUN npm ci && rm -rf /x", ANA_KEPT_BIT(ANA_KEPT_NPM) },
	{ "RUN npm ci && npm run build", 0 },
	{ "RUN npm ci && go mod download", ANA_KEPT_BIT(ANA_KEPT_NPM) | ANA_KEPT_BIT(ANA_KEPT_GO_MODULES) },
	{ "RUN npm ci && gem install x", 0 },
	{ "RUN go mod download && go build ./...", ANA_KEPT_BIT(ANA_KEPT_GO_BUILD) },
	{ "RUN xx-go build ./...; make", 0 },
	{ "COPY a b", 0 },
};

static void kept_caches(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cache_rows); ++i) {
		struct ana_variant *v = with_step(cache_rows[i].step);
		unsigned got = ana_cost_caches(&v->graph.vertices.items[v->steps[0].vertex]);
		if (got != cache_rows[i].caches) {
			fail_msg("%s: %x", cache_rows[i].step, got);
		}
		ana_variant_free(v);
	}
	assert_true(ana_kept_share(0) == 1);
	for (unsigned i = ANA_KEPT_NONE + 1; i < ANA_KEPT_COUNT; ++i) { // some time remains, the larger part counts
		assert_in_range(ana_kept_cache((enum ana_kept)i)->percent, 1, 99);
		assert_true(ana_kept_share(~0U) >= ana_kept_share(ANA_KEPT_BIT(i)));
	}
}

/* A step, and percent of the bytes of its class that its result has. */
static const struct {
	const char *step;
	unsigned percent;
} bytes_rows[] = {
	{ "RUN npm ci", 100 },
	{ "RUN --mount=type=cache,target=/root/.npm npm ci", 80 },
	{ "RUN --mount=type=cache,target=/root/.npm,sharing=private npm ci", 100 },
	{ "RUN --mount=type=cache,target=/x npm ci", 100 },
	{ "RUN --mount=type=cache,target=/root/.cache/uv uv sync", 100 },
	{ "RUN --mount=type=cache,target=/go/pkg/mod go mod download", 10 },
	{ "RUN --mount=type=cache,target=/go/pkg/mod go build", 100 },
	{ "RUN --mount=type=cache,target=/root/.cache --mount=type=cache,target=/go go mod download && go build", 20 },
};

static void what_is_in_a_mount_is_no_part_of_the_result(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(bytes_rows); ++i) {
		struct ana_variant *v = with_step(bytes_rows[i].step);
		uint64_t of_class = ana_cost_class_bytes(v->steps[0].class), got = ana_variant_step_bytes(&v->steps[0]);
		if (got * 100 != of_class * bytes_rows[i].percent) {
			fail_msg("%s: %llu of %llu", bytes_rows[i].step, (unsigned long long)got,
				(unsigned long long)of_class);
		}
		ana_variant_free(v);
	}
}

/* A step with mounts, and whether a row speaks of it, and of it as it is. */
static const struct {
	const char *row, *step;
	bool fits, as_is;
} mount_rows[] = {
	{ "RUN npm ci", "RUN --mount=type=cache,target=/c npm ci", true, false },
	{ "RUN npm", "RUN --mount=type=cache,target=/c --mount=type=secret,id=s npm ci", true, false },
	{ "RUN npm ci -x", "RUN --mount=type=cache,target=/c npm ci", false, false },
	{ "RUN --mount=type=cache", "RUN --mount=type=cache,target=/c npm ci", true, true },
	{ "RUN --network=none npm", "RUN --network=none --mount=type=cache,target=/c npm ci", true, false },
	{ "RUN --network=none npm", "RUN --mount=type=cache,target=/c --network=none npm ci", true, false },
	{ "RUN --network=none npm", "RUN --mount=type=cache,target=/c npm ci", false, false },
	{ "RUN npm", "RUN --network=none --mount=type=cache,target=/c npm ci", false, false },
	{ "RUN npm", "RUN --mount=type=bind,\"source=a b\",target=/c npm ci", true, false },
	{ "RUN npm", "RUN --mount=type=cache,target=/c", false, false },
	{ "RUN --mount=type=cache,target=/d npm", "RUN --mount=type=cache,target=/c npm ci", false, false },
	{ "COPY a", "COPY --link a b", false, false },
};

static void rows_fit_steps_with_mounts(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(mount_rows); ++i) {
		char text[256];
		struct ana_costs *costs = NULL;
		snprintf(text, sizeof(text), "5 * %s", mount_rows[i].row);
		assert_int_equal(ana_costs_parse(&costs, text, strlen(text), NULL), 0);
		struct ctx_str step = CTX_STR(mount_rows[i].step);
		if (ana_costs_has(costs, CTX_STR(""), step) != mount_rows[i].fits ||
			ana_costs_as_is(costs, CTX_STR(""), step) != mount_rows[i].as_is) {
			fail_msg("%s: %s", mount_rows[i].row, mount_rows[i].step);
		}
		ana_costs_free(costs);
	}
}

static void measured_sizes(void **state) {
	(void)state;
	static const char text[] = "3,120MB build RUN npm\n4 build RUN npm ci\n0.5,0 * COPY\n";
	struct ana_costs *costs = NULL;
	struct ana_vertex files = { .op = ANA_OP_FILE };
	assert_int_equal(ana_costs_parse(&costs, text, sizeof(text) - 1, NULL), 0);
	assert_true(ana_cost_seconds(costs, &files, CTX_STR("build"), CTX_STR("RUN npm ci")) == 4);
	assert_int_equal(ana_cost_bytes(costs, CTX_STR("build"), CTX_STR("RUN npm ci")), 120 << 20);
	assert_int_equal(ana_cost_bytes(costs, CTX_STR("other"), CTX_STR("RUN npm ci")), -1);
	assert_int_equal(ana_cost_bytes(costs, CTX_STR("other"), CTX_STR("COPY a b")), 0);
	assert_int_equal(ana_cost_bytes(NULL, CTX_STR("build"), CTX_STR("RUN npm")), -1);
	ana_costs_free(costs);
	for (unsigned i = 0; i < ANA_COST_CLASS_COUNT; ++i) {
		assert_true(ana_cost_class_bytes((enum ana_cost_class)i) > 0);
	}
}

/* What is no file of costs, and the line. */
static const struct {
	const char *text;
	unsigned line;
} cost_errors[] = {
	{ "x * RUN\n", 1 },
	{ "1 * RUN\n\n# c\n2\n", 4 },
	{ "1 *\n", 1 },
	{ "-1 * RUN", 1 },
	{ "1s * RUN", 1 },
	{ "nan * RUN", 1 },
	{ "inf * RUN", 1 },
	{ "1e9 * RUN", 1 },
	{ "1,x * RUN", 1 },
	{ "1, * RUN", 1 },
	{ "1,-5 * RUN", 1 },
	{ ",5 * RUN", 1 },
	{ "1 * RUN\n00000000000000000000000000000000000000001 * RUN", 2 },
};

static void broken_costs(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cost_errors); ++i) {
		struct ana_costs *costs = NULL;
		struct ctx_error err = { 0 };
		int rc = ana_costs_parse(&costs, cost_errors[i].text, strlen(cost_errors[i].text), &err);
		if (rc != CTX_E_SYNTAX || err.line != cost_errors[i].line) {
			fail_msg("%s: %d, line %u", cost_errors[i].text, rc, (unsigned)err.line);
		}
		assert_non_null(strstr(err.msg, "SECONDS[,SIZE] STAGE INSTRUCTION"));
	}
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		struct ana_costs *costs = NULL;
		ctx_alloc_fail_after(n);
		rc = ana_costs_parse(&costs, cost_file, sizeof(cost_file) - 1, NULL);
		ctx_alloc_fail_after(-1);
		ana_costs_free(costs);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(a_remote_source_is_a_download),
		cmocka_unit_test(measured_costs),
		cmocka_unit_test(pragmas_are_stronger_than_defaults),
		cmocka_unit_test(measured_sizes),
		cmocka_unit_test(kept_caches),
		cmocka_unit_test(what_is_in_a_mount_is_no_part_of_the_result),
		cmocka_unit_test(rows_fit_steps_with_mounts),
		cmocka_unit_test(broken_costs),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
