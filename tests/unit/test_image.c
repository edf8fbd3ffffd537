#include "ctxopt/context/image.h"

#include "ctxopt/base/file.h"
#include "ctxopt/context/sink.h"
#include "tests/unit/image_lab.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define LAYERS_MAX 4

/** "PATH KIND MODE UID BYTES [-> TARGET] [= FIRST] [x]" for each path but the root. */
static void describe(struct ctx_buf *out, const struct ctx_image *image) {
	for (size_t i = 0; i < image->paths.count; ++i) {
		const struct ctx_image_node *n = image->paths.items[i].node;
		static const struct ctx_digest none;
		if (image->paths.items[i].path[0] == '\0') {
			continue;
		}
		ctx_buf_addf(out, "%s %s %o %u %u", image->paths.items[i].path, ctx_kind_name(n->kind),
			(unsigned)n->mode, (unsigned)n->uid, (unsigned)n->size_bytes);
		if (n->target != NULL) {
			ctx_buf_addf(out, " -> %s", n->target);
		}
		if (n->first != NULL) {
			ctx_buf_addf(out, " = %s", n->first);
		}
		if (n->kind == CTX_KIND_DEVICE) {
			ctx_buf_addf(out, " %c %u:%u", n->is_char ? 'c' : 'b', n->major, n->minor);
		}
		ctx_buf_adds(out, ctx_digest_equal(&n->xattrs, &none) ? "\n" : " x\n");
	}
}

static const struct layers_case {
	const char *name, *layers[LAYERS_MAX], *paths;
} layers_cases[] = {
	{ "one layer", { "d a\nfu5m600 a/f hello\ns a/s f\nc n\nb o\np p" },
		"a dir 755 0 0\na/f file 600 5 5\na/s symlink 777 0 0 -> f\nn device 666 0 0 c 1:3\n"
		"o device 660 0 0 b 1:3\np fifo 600 0 0\n" },
	{ "no layer", { NULL }, "" },
	{ "an empty layer", { "f a", "" }, "a file 644 0 0\n" },
	{ "dots and slashes", { "f ./a\nd /b/\nf b//c x" }, "a file 644 0 0\nb dir 755 0 0\nb/c file 644 0 1\n" },
	{ "parents that no entry names", { "f a/b/c" }, "a dir 755 0 0\na/b dir 755 0 0\na/b/c file 644 0 0\n" },
	{ "a parent that was a file", { "f a x", "f a/b" }, "a dir 755 0 0\na/b file 644 0 0\n" },
	{ "order: a directory, what is in it, its neighbours", { "f a.b\nf a/z\nf a-b\nf ab" },
		"a dir 755 0 0\na/z file 644 0 0\na-b file 644 0 0\na.b file 644 0 0\nab file 644 0 0\n" },
	{ "an upper file", { "f a one", "f a three" }, "a file 644 0 5\n" },
	{ "the last of one name in a layer", { "f a one\nf a three" }, "a file 644 0 5\n" },
	{ "a whiteout", { "f a\nf b", "f .wh.a" }, "b file 644 0 0\n" },
	{ "a whiteout of a directory", { "f d/a\nf d/e/b\nf e", "f .wh.d" }, "e file 644 0 0\n" },
	{ "a whiteout of nothing", { "f a", "f .wh.b\nf x/.wh.c" }, "a file 644 0 0\n" },
	{ "a whiteout does not hide its own layer", { "f d/a", "d d\nf d/b\nf .wh.d" },
		"d dir 755 0 0\nd/b file 644 0 0\n" },
	{ "hidden, and there again", { "f d/a", "f .wh.d", "f d/c" }, "d dir 755 0 0\nd/c file 644 0 0\n" },
	{ "an opaque directory", { "f d/a\nf d/e/b", "d d\nf d/c\nf d/.wh..wh..opq" },
		"d dir 755 0 0\nd/c file 644 0 0\n" },
	{ "an opaque root", { "f a", "f .wh..wh..opq\nf b" }, "b file 644 0 0\n" },
	{ "again opaque", { "f d/a", "f d/.wh..wh..opq\nf d/.wh..wh..opq", "f d/b" },
		"d dir 755 0 0\nd/b file 644 0 0\n" },
	{ "names of aufs", { "f .wh..wh.plnk/1\nf .wh..wh.aufs\nf a" },
		".wh..wh.plnk dir 755 0 0\n"
		".wh..wh.plnk/1 file 644 0 0\na file 644 0 0\n" },
	{ "a file where a directory was", { "f d/a\nf d/b/c", "f d" }, "d file 644 0 0\n" },
	{ "a directory where a link was", { "s d x", "d d\nf d/a" }, "d dir 755 0 0\nd/a file 644 0 0\n" },
	{ "a directory with other bits keeps what it has", { "f d/a", "du7m700 d" },
		"d dir 700 7 0\nd/a file 644 0 0\n" },
	{ "a hard link", { "f b xy\nh a b" }, "a file 644 0 2 = a\nb file 644 0 2 = a\n" },
	{ "a hard link to a lower layer", { "f b xy", "h a /b" }, "a file 644 0 2 = a\nb file 644 0 2 = a\n" },
	{ "one name of two is replaced", { "f b xy\nh a b", "f b z" }, "a file 644 0 2\nb file 644 0 1\n" },
	{ "a line feed in a name", { "f a^b x\nf .wh", "f .wh.a^b" }, ".wh file 644 0 0\n" },
	{ "extended attributes", { "fxv a\nf b" }, "a file 644 0 0 x\nb file 644 0 0\n" },
	{ "a mode with all bits", { "fm6755 a" }, "a file 6755 0 0\n" },
};

static void layers_make_a_file_system(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(layers_cases); ++i) {
		const struct layers_case *c = &layers_cases[i];
		ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT, paths = CTX_BUF_INIT;
		ctx_auto_image struct ctx_image image = { 0 };
		struct ctx_error err = { 0 };
		size_t count = 0;
		while (count < LAYERS_MAX && c->layers[count] != NULL) {
			++count;
		}
		lab_image(&archive, LAB_CONFIG, c->layers, count);
		if (lab_read(&image, &archive, &err) < 0) {
			fail_msg("%s: %s", c->name, err.msg);
		}
		describe(&paths, &image);
		if (strcmp(ctx_buf_str(&paths), c->paths) != 0) {
			fail_msg("%s: %s", c->name, ctx_buf_str(&paths));
		}
	}
}

static void contents_are_told_apart(void **state) {
	(void)state;
	const char *const layer = "f a one\nf b two\nf c one\nfxv d\nfxw e";
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT;
	ctx_auto_image struct ctx_image image = { 0 };
	struct ctx_error err = { 0 };
	lab_image(&archive, LAB_CONFIG, &layer, 1);
	assert_int_equal(lab_read(&image, &archive, &err), 0);
	const struct ctx_image_path *p = image.paths.items + 1; // behind the root
	assert_false(ctx_digest_equal(&p[0].node->digest, &p[1].node->digest));
	assert_true(ctx_digest_equal(&p[0].node->digest, &p[2].node->digest));
	assert_false(ctx_digest_equal(&p[3].node->xattrs, &p[4].node->xattrs));
}

/** "NAME VALUE" for each setting. */
static void describe_settings(struct ctx_buf *out, const struct ctx_image *image) {
	for (size_t i = 0; i < image->settings.count; ++i) {
		ctx_buf_addf(out, "%s %s\n", image->settings.items[i].name, image->settings.items[i].value);
	}
}

static void settings_are_normal(void **state) {
	(void)state;
	const char *const config =
		"{\"created\":\"today\",\"os\":\"linux\",\"architecture\":\"amd64\",\"history\":[1],\"rootfs\":{\"a\":1},"
		"\"container_config\":{\"Cmd\":[\"x\"]},\"config\":{\"Hostname\":\"a\",\"Image\":\"sha256:1\",\"User\":\"\","
		"\"OnBuild\":null,\"Volumes\":{},\"ArgsEscaped\":false,\"Cmd\":[\"b\",\"a\"],\"Env\":[\"B=2\",\"A=1\"],"
		"\"Labels\":{\"b\":\"1\",\"a\":\"2\"},\"Healthcheck\":{\"Test\":[\"NONE\"],\"Retries\":0}}}";
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT, text = CTX_BUF_INIT;
	ctx_auto_image struct ctx_image image = { 0 };
	struct ctx_error err = { 0 };
	lab_image(&archive, config, NULL, 0);
	assert_int_equal(lab_read(&image, &archive, &err), 0);
	describe_settings(&text, &image);
	assert_string_equal(ctx_buf_str(&text),
		"Cmd [\"b\",\"a\"]\nEnv [\"A=1\",\"B=2\"]\nHealthcheck {\"Retries\":0,\"Test\":[\"NONE\"]}\n"
		"Labels {\"a\":\"2\",\"b\":\"1\"}\narchitecture \"amd64\"\nos \"linux\"\n");
}

/** Append a document of an archive. */
static void put_document(struct ctx_buf *out, const char *name, const char *text) {
	lab_entry(out, '0', name, NULL, text, strlen(text), 0644, 0);
}

/** Compress a layer. */
static void compress(struct ctx_buf *out, const char *text, enum ctx_filter filter) {
	ctx_auto_buf struct ctx_buf layer = CTX_BUF_INIT;
	struct ctx_error err = { 0 };
	struct ctx_sink *sink = NULL;
	lab_layer(&layer, text);
	int fd = memfd_create("layer", MFD_CLOEXEC);
	assert_int_equal(ctx_sink_new(&sink, fd, filter, 0, 1, &err), 0);
	assert_int_equal(ctx_sink_put(sink, layer.data, layer.len, &err), 0);
	assert_int_equal(ctx_sink_finish(sink, &err), 0);
	ctx_sink_free(sink);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(ctx_read_fd(out, fd, "layer", 1 << 20, &err), 0);
	close(fd);
}

static void oci_layouts_with_compressed_layers(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT, gzip = CTX_BUF_INIT, zstd = CTX_BUF_INIT,
				    paths = CTX_BUF_INIT;
	ctx_auto_image struct ctx_image image = { 0 };
	struct ctx_error err = { 0 };
	compress(&gzip, "f a one\nf b", CTX_FILTER_GZIP);
	compress(&zstd, "f .wh.b\nf c three", CTX_FILTER_ZSTD);
	put_document(&archive, "oci-layout", "{}");
	put_document(&archive, "index.json",
		"{\"manifests\":[{\"digest\":\"sha256:9\",\"platform\":{\"os\":\"unknown\"}},{\"digest\":\"sha256:1\"}]}");
	put_document(&archive, "blobs/sha256/1",
		"{\"manifests\":[{\"digest\":\"sha256:2\",\"platform\":{\"os\":\"linux\"}}]}");
	put_document(&archive, "blobs/sha256/2",
		"{\"config\":{\"digest\":\"sha256:3\"},\"layers\":[{\"digest\":\"sha256:4\"},{\"digest\":\"sha256:5\"}]}");
	put_document(&archive, "blobs/sha256/3", LAB_CONFIG);
	lab_entry(&archive, '0', "blobs/sha256/4", NULL, gzip.data, gzip.len, 0644, 0);
	lab_entry(&archive, '0', "blobs/sha256/5", NULL, zstd.data, zstd.len, 0644, 0);
	assert_int_equal(lab_read(&image, &archive, &err), 0);
	describe(&paths, &image);
	assert_string_equal(ctx_buf_str(&paths), "a file 644 0 3\nc file 644 0 5\n");
}

static void a_layer_by_another_name(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT, layer = CTX_BUF_INIT, paths = CTX_BUF_INIT;
	ctx_auto_image struct ctx_image image = { 0 };
	struct ctx_error err = { 0 };
	lab_layer(&layer, "f a one");
	lab_entry(&archive, '2', "x/layer.tar", "../y/layer.tar", NULL, 0, 0777, 0);
	lab_entry(&archive, '0', "y/layer.tar", NULL, layer.data, layer.len, 0644, 0);
	put_document(&archive, "c", LAB_CONFIG);
	put_document(&archive, "manifest.json", "[{\"Config\":\"c\",\"Layers\":[\"x/layer.tar\",\"y/layer.tar\"]}]");
	assert_int_equal(lab_read(&image, &archive, &err), 0);
	describe(&paths, &image);
	assert_string_equal(ctx_buf_str(&paths), "a file 644 0 3\n");
}

static const struct bad_case {
	const char *name, *layer, *manifest, *config;
	int code;
	const char *msg;
} bad_cases[] = {
	{ "outside", "f ../a", NULL, LAB_CONFIG, CTX_E_CORRUPT, "archive entry '../a' is not below the root" },
	{ "a link to nothing", "h a b", NULL, LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: hard link 'a' names 'b', which is no file" },
	{ "a link to a directory", "d b\nh a b", NULL, LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: hard link 'a' names 'b', which is no file" },
	{ "the root is a file", "f . x", NULL, LAB_CONFIG, CTX_E_CORRUPT, "damaged image: the root is no directory" },
	{ "no such layer", "", "[{\"Config\":\"c\",\"Layers\":[\"z\"]}]", LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: layer 'z' is missing" },
	{ "a layer that is none", "", "[{\"Config\":\"c\",\"Layers\":[\"c\"]}]", LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: layer 'c' is no archive" },
	{ "a layer without name", "", "[{\"Config\":\"c\",\"Layers\":[7]}]", LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: a layer has no name" },
	{ "no configuration named", "", "[{}]", LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: 'manifest.json' names no configuration" },
	{ "no such configuration", "", "[{\"Config\":\"d\"}]", LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: configuration 'd' is missing" },
	{ "a configuration that is a layer", "", "[{\"Config\":\"l\"}]", LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: 'configuration' is no JSON: '[' or '{' expected near end of file" },
	{ "a manifest that is no JSON", "", "[{", LAB_CONFIG, CTX_E_CORRUPT,
		"damaged image: 'manifest.json' is no JSON: string or '}' expected near end of file" },
	{ "a configuration that is no JSON", "", NULL, "{]", CTX_E_CORRUPT,
		"damaged image: 'configuration' is no JSON: string or '}' expected near ']'" },
};

static void damaged_images_are_refused(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(bad_cases); ++i) {
		const struct bad_case *c = &bad_cases[i];
		ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT, layer = CTX_BUF_INIT;
		ctx_auto_image struct ctx_image image = { 0 };
		struct ctx_error err = { 0 };
		lab_layer(&layer, c->layer);
		lab_entry(&archive, '0', "l", NULL, layer.data, layer.len, 0644, 0);
		put_document(&archive, "c", c->config);
		put_document(&archive, "manifest.json",
			c->manifest != NULL ? c->manifest : "[{\"Config\":\"c\",\"Layers\":[\"l\"]}]");
		int rc = lab_read(&image, &archive, &err);
		if (rc != c->code || strcmp(err.msg, c->msg) != 0) {
			fail_msg("%s: %d: %s", c->name, rc, err.msg);
		}
	}
}

/** Read an archive that must be refused. */
static void refuse(const struct ctx_buf *archive, int code, const char *msg) {
	ctx_auto_image struct ctx_image image = { 0 };
	struct ctx_error err = { 0 };
	int rc = lab_read(&image, archive, &err);
	if (rc != code || strstr(err.msg, msg) == NULL) {
		fail_msg("%d: %s", rc, err.msg);
	}
}

static void archives_that_are_no_images(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT;
	ctx_buf_adds(&archive, "no archive at all");
	refuse(&archive, CTX_E_CORRUPT, "damaged archive");
	ctx_buf_reset(&archive);
	lab_layer(&archive, "f a");
	refuse(&archive, CTX_E_CORRUPT, "damaged image: 'index.json' is missing");
	ctx_buf_reset(&archive);
	put_document(&archive, "a", "1");
	put_document(&archive, "./a", "2");
	refuse(&archive, CTX_E_CORRUPT, "damaged image: 'a' is there twice");
	ctx_buf_reset(&archive);
	put_document(&archive, "index.json", "{\"manifests\":[{\"digest\":\"sha256:1\"}]}");
	put_document(&archive, "blobs/sha256/1", "{\"manifests\":[{\"digest\":\"sha256:1\"}]}"); // itself
	refuse(&archive, CTX_E_CORRUPT, "damaged image: 'blobs/sha256/1' names no image");
}

/** An archive cut at every block is refused, or is one without its last zeros. */
static void truncated_archives(void **state) {
	(void)state;
	const char *const layers[] = { "f a one\nf b two", "f .wh.a\nd c" };
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT;
	lab_image(&archive, LAB_CONFIG, layers, 2);
	size_t whole = archive.len - 1024;
	for (size_t len = 0; len < whole; len += 256) {
		struct ctx_buf cut = { .data = archive.data, .len = len };
		refuse(&cut, CTX_E_CORRUPT, "damaged");
	}
}

static void limits_hold(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT, layer = CTX_BUF_INIT, record = CTX_BUF_INIT;
	// A path that is too long
	ctx_buf_addf(&record, "%05zu path=", (size_t)CTX_IMAGE_PATH_MAX + 13);
	while (record.len < CTX_IMAGE_PATH_MAX + 12) {
		ctx_buf_addc(&record, 'a');
	}
	ctx_buf_addc(&record, '\n');
	lab_entry(&layer, 'x', "pax", NULL, record.data, record.len, 0644, 0);
	lab_layer(&layer, "f a");
	lab_entry(&archive, '0', "l", NULL, layer.data, layer.len, 0644, 0);
	refuse(&archive, CTX_E_LIMIT, "a path of the image is longer than 8191 bytes");
	// A header that is too large
	ctx_buf_reset(&archive);
	ctx_buf_reset(&record);
	assert_true(ctx_buf_reserve(&record, 3 << 20));
	memset(record.data, 'a', 3 << 20);
	record.len = 3 << 20;
	lab_entry(&archive, 'L', "long", NULL, record.data, record.len, 0644, 0);
	put_document(&archive, "a", "1");
	refuse(&archive, CTX_E_CORRUPT, "damaged archive");
	// Documents that are too large
	ctx_buf_reset(&archive);
	assert_true(ctx_buf_reserve(&record, CTX_IMAGE_JSON_MAX));
	memset(record.data, ' ', CTX_IMAGE_JSON_MAX);
	lab_entry(&archive, '0', "a", NULL, record.data, CTX_IMAGE_JSON_MAX, 0644, 0);
	put_document(&archive, "b", "1");
	refuse(&archive, CTX_E_LIMIT, "what is no layer of it is larger than 16777216 bytes");
	// Too many layers
	ctx_buf_reset(&archive);
	ctx_buf_reset(&record);
	ctx_buf_adds(&record, "[{\"Config\":\"c\",\"Layers\":[\"l\"");
	for (size_t i = 0; i < CTX_IMAGE_LAYERS_MAX; ++i) {
		ctx_buf_adds(&record, ",\"l\"");
	}
	ctx_buf_adds(&record, "]}]");
	put_document(&archive, "manifest.json", ctx_buf_str(&record));
	put_document(&archive, "c", LAB_CONFIG);
	refuse(&archive, CTX_E_LIMIT, "the image has more than 1024 layers");
}

static void reading_stops(void **state) {
	(void)state;
	ctx_auto_image struct ctx_image image = { 0 };
	struct ctx_error err = { 0 };
	volatile int stop = 1;
	assert_int_equal(ctx_image_read(&image, STDIN_FILENO, &stop, &err), CTX_E_INTERRUPTED);
	assert_int_equal(ctx_image_read(&image, -1, NULL, &err), CTX_E_IO);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_make_a_file_system),
		cmocka_unit_test(contents_are_told_apart),
		cmocka_unit_test(settings_are_normal),
		cmocka_unit_test(oci_layouts_with_compressed_layers),
		cmocka_unit_test(a_layer_by_another_name),
		cmocka_unit_test(damaged_images_are_refused),
		cmocka_unit_test(archives_that_are_no_images),
		cmocka_unit_test(truncated_archives),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(reading_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
